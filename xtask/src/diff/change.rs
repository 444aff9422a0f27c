//! One difference, and the rules that class it.

use serde_json::Value;

/// What a difference means to a client that was generated from the old document and now talks to the new server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Something that worked may fail, or code written against the client no longer compiles.
    Breaking,
    /// Something new that existing clients need not know of.
    Additive,
    /// Nothing a program can notice.
    Cosmetic,
}

impl Class {
    /// The stable name used in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Additive => "additive",
            Self::Cosmetic => "cosmetic",
        }
    }
}

/// Who writes the value that a schema describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The client: parameters and request bodies.
    Request,
    /// The server: responses and the payloads of events.
    Response,
}

impl Side {
    /// The stable name used in messages and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// The part of the API a difference belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// A method on a path.
    Operation,
    /// A webhook or callback.
    Event,
    /// Schemes, flows and scopes.
    Security,
    /// A parameter in path, query, header or cookie.
    Parameter,
    /// A request body as a whole.
    Body,
    /// A response as a whole: its statuses and media types.
    Response,
    /// A response header.
    Header,
    /// A property of an object.
    Property,
    /// A schema that is no property: a component, a list's item, a variant.
    Schema,
    /// What stands above all operations: info, servers, tags.
    Document,
}

impl Area {
    /// The stable name used in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Event => "event",
            Self::Security => "security",
            Self::Parameter => "parameter",
            Self::Body => "body",
            Self::Response => "response",
            Self::Header => "header",
            Self::Property => "property",
            Self::Schema => "schema",
            Self::Document => "document",
        }
    }
}

/// One difference between two documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What it means to existing clients.
    pub class: Class,
    /// What changed.
    pub kind: Kind,
    /// The part of the API it belongs to.
    pub area: Area,
    /// The sides a schema was seen on, request first. Empty for what is no schema. With both, `class` is the worse one.
    pub sides: Vec<Side>,
    /// The operation or event it stands in; none when it stands in a component or above all operations.
    pub operation: Option<String>,
    /// Every operation and event it reaches, in the order of the document.
    pub operations: Vec<String>,
    /// The component it stands in.
    pub component: Option<String>,
    /// Its place in the old document.
    pub pointer_old: Option<String>,
    /// Its place in the new document.
    pub pointer_new: Option<String>,
    /// The thing that changed, named as a reader would: `Contact.email`, `GET /contacts`.
    pub subject: String,
    /// What was there before; null when there was nothing.
    pub before: Value,
    /// What is there now; null when there is nothing.
    pub after: Value,
    /// The difference as a sentence.
    pub message: String,
}

/// Writes the enum, its names and its classes from one table, so that a kind without a rule cannot exist.
macro_rules! kinds {
    ($($(#[doc = $why:literal])+ $variant:ident $name:literal $request:ident $response:ident;)+) => {
        /// What changed. Each kind has one class per side, so that the class always follows from the kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[doc = $why])+ $variant,)+
        }

        impl Kind {
            /// All kinds, in the order of the declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable name used in JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The class where the client writes (`Request`) and where it reads (`Response`). What has no side is the
            /// same on both.
            pub fn class(self, side: Side) -> Class {
                match (self, side) {
                    $((Self::$variant, Side::Request) => Class::$request,
                    (Self::$variant, Side::Response) => Class::$response,)+
                }
            }
        }
    };
}

kinds! {
    /// An operation that was not there.
    OperationAdded "operation_added" Additive Additive;
    /// An operation that is gone.
    OperationRemoved "operation_removed" Breaking Breaking;
    /// Nothing on the wire, but the method of the generated client has another name.
    OperationIdChanged "operation_id_changed" Breaking Breaking;
    /// Descriptions, titles, tags, examples and evidence marks: one change for all of them at one place.
    DocumentationChanged "documentation_changed" Cosmetic Cosmetic;
    /// Deprecated, or no longer so: everything still works.
    DeprecationChanged "deprecation_changed" Cosmetic Cosmetic;
    /// Clients are told where to connect by their user.
    ServersChanged "servers_changed" Cosmetic Cosmetic;
    /// An optional parameter that was not there.
    ParameterAdded "parameter_added" Additive Additive;
    /// A parameter existing clients do not send. Harmless where the server sends it (a webhook's header).
    RequiredParameterAdded "required_parameter_added" Breaking Additive;
    /// Existing clients still send it, and nothing comes of it.
    ParameterRemoved "parameter_removed" Breaking Breaking;
    /// A path parameter's name is not on the wire, but it is the builder's method, as an operationId is the client's.
    ParameterRenamed "parameter_renamed" Breaking Breaking;
    /// A parameter that may no longer be left out.
    ParameterNowRequired "parameter_now_required" Breaking Additive;
    /// A parameter that may now be left out.
    ParameterNowOptional "parameter_now_optional" Additive Breaking;
    /// Other `style`, `explode` or media type: the same value is written differently.
    ParameterSerializationChanged "parameter_serialization_changed" Breaking Breaking;
    /// An optional body that was not there.
    BodyAdded "body_added" Additive Additive;
    /// A body existing clients do not send.
    RequiredBodyAdded "required_body_added" Breaking Additive;
    /// Existing clients still send it.
    BodyRemoved "body_removed" Breaking Breaking;
    /// A body that may no longer be left out.
    BodyNowRequired "body_now_required" Breaking Additive;
    /// A body that may now be left out.
    BodyNowOptional "body_now_optional" Additive Breaking;
    /// One more media type to choose from.
    MediaTypeAdded "media_type_added" Additive Additive;
    /// A media type clients may rely on.
    MediaTypeRemoved "media_type_removed" Breaking Breaking;
    /// The parts of a form or multipart body are written differently.
    EncodingChanged "encoding_changed" Breaking Breaking;
    /// One more way to succeed.
    StatusAdded "status_added" Additive Additive;
    /// A success clients wait for.
    StatusRemoved "status_removed" Breaking Breaking;
    /// One more way to fail: clients handle unknown failures already.
    ErrorStatusAdded "error_status_added" Additive Additive;
    /// A failure that no longer happens.
    ErrorStatusRemoved "error_status_removed" Cosmetic Cosmetic;
    /// One more response header.
    HeaderAdded "header_added" Additive Additive;
    /// A response header clients may read.
    HeaderRemoved "header_removed" Breaking Breaking;
    /// A response header that is now always there.
    HeaderNowRequired "header_now_required" Additive Additive;
    /// A response header that may now be missing.
    HeaderNowOptional "header_now_optional" Breaking Breaking;
    /// A property that was not there; in responses clients must tolerate it.
    PropertyAdded "property_added" Additive Additive;
    /// A property existing clients do not send.
    RequiredPropertyAdded "required_property_added" Breaking Additive;
    /// Existing clients still send it (and a closed object refuses it), or still read it.
    PropertyRemoved "property_removed" Breaking Breaking;
    /// A property that may no longer be left out, or is now always there.
    PropertyNowRequired "property_now_required" Breaking Additive;
    /// A property that may now be left out, or may now be missing.
    PropertyNowOptional "property_now_optional" Additive Breaking;
    /// Another type: no value is valid in both.
    TypeChanged "type_changed" Breaking Breaking;
    /// More types than before.
    TypeWidened "type_widened" Additive Breaking;
    /// Fewer types than before.
    TypeNarrowed "type_narrowed" Breaking Additive;
    /// Another format, so another type in the generated client.
    FormatChanged "format_changed" Breaking Breaking;
    /// A format where every text was valid; readers that expect any text are content.
    FormatAdded "format_added" Breaking Additive;
    /// No format any more: readers that parse it may fail.
    FormatRemoved "format_removed" Additive Breaking;
    /// The same numbers and more of them (int32 to int64).
    FormatWidened "format_widened" Additive Breaking;
    /// Some of the same numbers (int64 to int32).
    FormatNarrowed "format_narrowed" Breaking Additive;
    /// A format that says what holds without it: int64 on an integer, double on a number.
    FormatClarified "format_clarified" Cosmetic Cosmetic;
    /// Null was no value and is one now.
    NullAdded "null_added" Additive Breaking;
    /// Null was a value and is none now.
    NullRemoved "null_removed" Breaking Additive;
    /// Generated enums of strings are open: readers keep unknown values.
    EnumValueAdded "enum_value_added" Additive Additive;
    /// As above for numbers and booleans, whose types in the client are closed.
    ClosedEnumValueAdded "closed_enum_value_added" Additive Breaking;
    /// Writers may still send it. Readers keep a name for a value that never comes, which nobody can notice.
    EnumValueRemoved "enum_value_removed" Breaking Cosmetic;
    /// Any value was valid, now only listed ones.
    EnumIntroduced "enum_introduced" Breaking Additive;
    /// Only listed values were valid, now any is. Open enums keep unknown values.
    EnumDropped "enum_dropped" Additive Additive;
    /// The one value there was is another one. Unions are told apart by it.
    ConstChanged "const_changed" Breaking Breaking;
    /// A bound is stricter. Generated clients check no bounds on what they read.
    ConstraintTightened "constraint_tightened" Breaking Cosmetic;
    /// A bound is less strict.
    ConstraintLoosened "constraint_loosened" Additive Additive;
    /// `not`, `if`, `contains` and the like differ. What they mean is not compared, so the worse is assumed.
    ConstraintChanged "constraint_changed" Breaking Cosmetic;
    /// A pattern where there was none.
    PatternAdded "pattern_added" Breaking Cosmetic;
    /// No pattern any more.
    PatternRemoved "pattern_removed" Additive Cosmetic;
    /// Another pattern: taken as stricter, because patterns cannot be ordered.
    PatternChanged "pattern_changed" Breaking Cosmetic;
    /// Ids begin otherwise. Typed ids are made from their prefix and refuse another one, so readers fail too.
    IdPrefixChanged "id_prefix_changed" Breaking Breaking;
    /// Ids need no prefix any more; typed ids still do.
    IdPrefixDropped "id_prefix_dropped" Additive Breaking;
    /// Unnamed properties were free and are now refused or of one type.
    AdditionalPropertiesNarrowed "additional_properties_narrowed" Breaking Additive;
    /// Unnamed properties were refused and are now possible; readers must tolerate them.
    AdditionalPropertiesAllowed "additional_properties_allowed" Additive Additive;
    /// The values of a map may now be anything.
    AdditionalPropertiesUntyped "additional_properties_untyped" Additive Breaking;
    /// What was a map has no entries any more.
    AdditionalPropertiesRefused "additional_properties_refused" Breaking Breaking;
    /// The fixed positions of a list differ in number.
    TupleChanged "tuple_changed" Breaking Breaking;
    /// A default where none was documented: whoever left the value out got something before as well.
    DefaultAdded "default_added" Additive Cosmetic;
    /// A promise taken back: leaving the value out may do something else.
    DefaultRemoved "default_removed" Breaking Cosmetic;
    /// Leaving the value out does something else, and existing clients do leave it out. In what the server sends a
    /// default only explains.
    DefaultChanged "default_changed" Breaking Cosmetic;
    /// One more form. Generated unions keep a form they do not know.
    VariantAdded "variant_added" Additive Additive;
    /// A form that clients send, or have code for.
    VariantRemoved "variant_removed" Breaking Breaking;
    /// There was one form and there are several: readers know only the one.
    UnionIntroduced "union_introduced" Additive Breaking;
    /// Variants are told apart by another property or value.
    DiscriminatorChanged "discriminator_changed" Breaking Breaking;
    /// References that cannot be followed (other files, anchors) differ in their text.
    UnresolvedReferenceChanged "unresolved_reference_changed" Breaking Breaking;
    /// The documents hold more combinations of schemas than can be compared; nothing is promised about the rest.
    NotCompared "not_compared" Breaking Breaking;
    /// A token needs one more scope.
    ScopeAdded "scope_added" Breaking Breaking;
    /// A token needs one scope less.
    ScopeRemoved "scope_removed" Additive Additive;
    /// A token needs another scope.
    ScopeChanged "scope_changed" Breaking Breaking;
    /// One more way to authenticate.
    SecurityAlternativeAdded "security_alternative_added" Additive Additive;
    /// A way to authenticate (or to do without) that no longer works.
    SecurityAlternativeRemoved "security_alternative_removed" Breaking Breaking;
    /// A security scheme that was not there.
    SecuritySchemeAdded "security_scheme_added" Additive Additive;
    /// A security scheme that is gone.
    SecuritySchemeRemoved "security_scheme_removed" Breaking Breaking;
    /// The credential goes elsewhere or has another kind.
    SecuritySchemeChanged "security_scheme_changed" Breaking Breaking;
    /// One more OAuth flow.
    OauthFlowAdded "oauth_flow_added" Additive Additive;
    /// An OAuth flow that is gone.
    OauthFlowRemoved "oauth_flow_removed" Breaking Breaking;
    /// The addresses of an OAuth flow, which generated clients carry.
    OauthFlowChanged "oauth_flow_changed" Breaking Breaking;
    /// One more scope to ask for.
    OauthScopeAdded "oauth_scope_added" Additive Additive;
    /// A scope that can no longer be asked for.
    OauthScopeRemoved "oauth_scope_removed" Breaking Breaking;
    /// An event that was not there.
    EventAdded "event_added" Additive Additive;
    /// An event that receivers wait for.
    EventRemoved "event_removed" Breaking Breaking;
}
