//! What is generated, as plain data: the one reading of a lowered document that all emitters share.

mod build;
mod operations;
mod parts;
mod ty;

pub use build::build;
pub use ty::Ty;

/// Everything that is generated from a document.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// The title of the document.
    pub title: String,
    /// The version of the API that the document describes.
    pub version: String,
    /// The address of the first server, if the document names one.
    pub server: Option<String>,
    /// The tags that the document describes.
    pub tags: Vec<Tag>,
    /// The scopes that the document knows, in its order.
    pub scopes: Vec<Scope>,
    /// Id types.
    pub ids: Vec<Id>,
    /// All other types, in the order of the document.
    pub types: Vec<Type>,
    /// Constants that tell the forms of unions apart.
    pub constants: Vec<Constant>,
    /// Results told apart by status.
    pub results: Vec<StatusUnion>,
    /// The operations, in the order of the document.
    pub operations: Vec<Operation>,
    /// What the service sends by itself.
    pub events: Option<Events>,
}

/// A tag that operations are listed under.
#[derive(Debug, Clone)]
pub struct Tag {
    /// Its name.
    pub name: String,
    /// What it is about, in Markdown.
    pub description: String,
}

/// A scope that credentials can have.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Its name.
    pub name: String,
    /// What it allows.
    pub description: String,
}

/// An id type.
#[derive(Debug, Clone)]
pub struct Id {
    /// Its name in Rust.
    pub name: String,
    /// What its ids begin with.
    pub prefixes: Vec<String>,
    /// The resource it is the id of, if that is known.
    pub of: Option<String>,
}

/// A type with one value.
#[derive(Debug, Clone)]
pub struct Constant {
    /// Its name in Rust.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A type made from a component.
#[derive(Debug, Clone)]
pub struct Type {
    /// Its name in Rust.
    pub name: String,
    /// The name of the component in the document; none for a type that had no name there.
    pub component: Option<String>,
    /// What it is, in Markdown.
    pub doc: String,
    /// What it is made of.
    pub kind: Kind,
}

/// What a type is made of.
#[derive(Debug, Clone)]
pub enum Kind {
    /// An object with properties.
    Struct(Struct),
    /// Another name for a type.
    Alias(Ty),
    /// A type of its own around another.
    Newtype(Ty),
    /// A set of texts.
    Enum(Vec<EnumValue>),
    /// One of several forms.
    Union(Union),
}

/// An object with properties.
#[derive(Debug, Clone)]
pub struct Struct {
    /// The properties.
    pub fields: Vec<Field>,
    /// What becomes of other properties.
    pub rest: Rest,
    /// The name of its builder, if callers make it.
    pub builder: Option<String>,
    /// Whether it is the body of a multipart request, and has no JSON form.
    pub is_multipart: bool,
    /// The type of its id, if it is a resource that can be referred to.
    pub resource_id: Option<Ty>,
    /// How to page through it: the field of the items and their type, and the way to the number of the next page.
    pub page: Option<PageOf>,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct PageOf {
    /// The field that holds the items.
    pub items: String,
    /// The type of one item.
    pub item: Ty,
    /// The fields that lead to the number of the next page.
    pub next: Vec<String>,
}

/// What becomes of properties that an object does not name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rest {
    /// There are none: callers make the object, and it is closed.
    None,
    /// They are kept as they came.
    Extra,
    /// They all have this type.
    Map(Ty),
}

/// A property of an object.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name in Rust.
    pub name: String,
    /// Its name in JSON.
    pub wire: String,
    /// What it is, in Markdown.
    pub doc: String,
    /// Its type, with its wrappers.
    pub ty: Ty,
    /// Whether it must be there.
    pub required: bool,
    /// Whether it has but one value.
    pub is_constant: bool,
    /// Whether it is deprecated.
    pub deprecated: bool,
}

/// A value of a set of texts.
#[derive(Debug, Clone)]
pub struct EnumValue {
    /// Its name in Rust.
    pub name: String,
    /// The text.
    pub value: String,
    /// Whether the document marks it as inferred.
    pub inferred: bool,
}

/// One of several forms.
#[derive(Debug, Clone)]
pub struct Union {
    /// How the forms are told apart.
    pub by: UnionBy,
    /// The forms.
    pub variants: Vec<Variant>,
    /// The order in which forms are tried when they are told apart by shape.
    pub order: Vec<usize>,
    /// The type of the id that all forms have, if the union is a resource.
    pub resource_id: Option<Ty>,
}

/// How the forms of a union are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnionBy {
    /// By the text under this key.
    Tag(String),
    /// By the prefix of the id.
    IdPrefix,
    /// By shape.
    Shape,
}

/// A form of a union.
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its name in Rust.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// The texts of the tag, or the prefix of the id.
    pub values: Vec<String>,
    /// Keys that must be there for the form to fit.
    pub required: Vec<String>,
    /// Keys that must have these texts for the form to fit.
    pub constants: Vec<(String, String)>,
}

/// A result told apart by status.
#[derive(Debug, Clone)]
pub struct StatusUnion {
    /// Its name in Rust.
    pub name: String,
    /// Its arms.
    pub arms: Vec<StatusArm>,
}

/// What an answer with one status holds.
#[derive(Debug, Clone)]
pub struct StatusArm {
    /// The name of the variant.
    pub variant: String,
    /// The status: a code, a range such as `4XX`, or `default`.
    pub status: String,
    /// What the body holds.
    pub body: Body,
}

/// What a body holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Body {
    /// No body is described.
    #[default]
    Absent,
    /// There is no body.
    None,
    /// JSON of this type.
    Json(Ty),
    /// Text.
    Text,
    /// Bytes.
    Binary,
    /// It depends on the status.
    Union(String),
}

/// An operation.
#[derive(Debug, Clone, Default)]
pub struct Operation {
    /// Where it stands in the document.
    pub pointer: String,
    /// Its id in the document.
    pub id: String,
    /// Its name in Rust.
    pub name: String,
    /// The method, in upper case.
    pub method: String,
    /// The path template as the document has it.
    pub path: String,
    /// One line on what it does.
    pub summary: String,
    /// What it does, in Markdown.
    pub description: String,
    /// The tags it is listed under.
    pub tags: Vec<String>,
    /// The scopes it needs; none if it needs none.
    pub scopes: Vec<String>,
    /// Whether it is called without credentials.
    pub is_open: bool,
    /// The document's mark on how well it is known, if not plainly documented.
    pub evidence: Option<String>,
    /// Whether it is deprecated.
    pub deprecated: bool,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Its request body.
    pub body: Option<RequestBody>,
    /// What it gives.
    pub success: Body,
    /// The statuses of `success`.
    pub success_statuses: Vec<String>,
    /// What it fails with.
    pub error: Body,
    /// All statuses the document names for failures.
    pub error_statuses: Vec<String>,
    /// Whether it answers with a redirect alone.
    pub redirects: bool,
    /// The media type that the generated call asks for.
    pub accept: Option<String>,
    /// All media types of a success.
    pub produces: Vec<String>,
    /// Whether its answer is a page of a list.
    pub is_paged: bool,
}

/// A parameter of an operation.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name in Rust.
    pub name: String,
    /// Its name on the wire.
    pub wire: String,
    /// Where it stands.
    pub place: Place,
    /// How it is written.
    pub style: String,
    /// What it is, in Markdown.
    pub doc: String,
    /// Its type, without the wrapper of an optional one.
    pub ty: Ty,
    /// Whether it must be given.
    pub required: bool,
    /// The texts it may hold, if they are counted.
    pub values: Vec<String>,
    /// Its default, if it has one.
    pub default: Option<String>,
    /// The least whole number it may hold, if the document says.
    pub minimum: Option<i64>,
    /// The greatest whole number it may hold, if the document says.
    pub maximum: Option<i64>,
    /// The document's mark on how well it is known, if not plainly documented.
    pub evidence: Option<String>,
    /// The scopes that a value of it needs besides, if the document lists them.
    pub scopes: Vec<(String, Vec<String>)>,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// In a header.
    Header,
    /// In a cookie.
    Cookie,
}

/// A request body.
#[derive(Debug, Clone)]
pub struct RequestBody {
    /// Its media type.
    pub media_type: String,
    /// Other media types that are taken instead.
    pub also: Vec<String>,
    /// Its form.
    pub form: BodyForm,
    /// Whether it must be sent.
    pub required: bool,
    /// What it is, in Markdown.
    pub doc: String,
    /// The name of the builder of its type, if it has one.
    pub builder: Option<String>,
}

/// The form of a request body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyForm {
    /// JSON of this type.
    Json(Ty),
    /// A form of this type.
    Form(Ty),
    /// A multipart form of this type.
    Multipart(Ty),
    /// Bytes or text as they are.
    Raw,
}

/// What the service sends by itself.
#[derive(Debug, Clone)]
pub struct Events {
    /// The way to the text that names the event inside its payload, if there is one.
    pub path: Option<Vec<String>>,
    /// The events.
    pub list: Vec<Event>,
}

/// An event.
#[derive(Debug, Clone)]
pub struct Event {
    /// The name of the variant.
    pub variant: String,
    /// The name of the event.
    pub value: String,
    /// The type of the payload.
    pub ty: Ty,
    /// One line on when it is sent.
    pub summary: String,
    /// The document's mark on how well it is known, if not plainly documented.
    pub evidence: Option<String>,
}
