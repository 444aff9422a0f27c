//! The rows of the generated tables: what the document says about a command and its arguments.
//!
//! Rows are written with the `const` functions below, so that a row says what is there and is silent about the rest.

/// The flag for a whole body.
pub(crate) const BODY: &str = "body";

/// The flag that sets properties of the body to null.
pub(crate) const NULL: &str = "null";

/// A group of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Its names, from the outermost group to this one.
    pub path: &'static [&'static str],
    /// What it is about.
    pub about: &'static str,
}

/// An operation of the API, as a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The groups around it, from the outermost.
    pub group: &'static [&'static str],
    /// Its name in the group.
    pub name: &'static str,
    /// Its `operationId`.
    pub id: &'static str,
    /// The method it is called by.
    pub method: &'static str,
    /// The path template it is called at.
    pub path: &'static str,
    /// One line on what it does.
    pub summary: &'static str,
    /// What it does.
    pub description: &'static str,
    /// The document's mark on how well it is known; none means documented.
    pub evidence: Option<&'static str>,
    /// Whether it is deprecated.
    pub deprecated: bool,
    /// Whether it is called without credentials.
    pub open: bool,
    /// The scopes that credentials need for it.
    pub scopes: &'static [&'static str],
    /// Whether its answer is a page of a list.
    pub paged: bool,
    /// The media types that a success can have.
    pub produces: &'static [&'static str],
    /// The parameters in its path, in the order of the command line.
    pub positionals: &'static [Positional],
    /// Its other parameters, and the properties of its body.
    pub flags: &'static [Flag],
    /// Its body.
    pub body: Option<Body>,
}

/// An argument without a flag: a parameter in the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Positional {
    /// Its name among the arguments of the command, in capitals.
    pub name: &'static str,
    /// Its name in the path template.
    pub wire: &'static str,
    /// One line on what it is.
    pub help: &'static str,
    /// What is to follow `help` where there is room for more.
    pub details: &'static str,
}

/// An argument with a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// The flag, without the hyphens before it. No other argument of the command has it for a name.
    pub name: &'static str,
    /// Its name on the wire.
    pub wire: &'static str,
    /// Where its value goes.
    pub place: Place,
    /// What it holds.
    pub kind: Kind,
    /// How its value is written, in a query.
    pub style: Style,
    /// Whether it can be given several times.
    pub many: bool,
    /// The values that the document knows. Others are taken, too: the API may know more by now.
    pub values: &'static [&'static str],
    /// Whether it must be given.
    pub required: bool,
    /// Whether it can be set to null.
    pub nullable: bool,
    /// Whether it is deprecated.
    pub deprecated: bool,
    /// What counts if it is not given.
    pub default: Option<&'static str>,
    /// One line on what it is.
    pub help: &'static str,
    /// What is to follow `help` where there is room for more.
    pub details: &'static str,
}

/// Where a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Into the query.
    Query,
    /// Into a header.
    Header,
    /// Into a cookie.
    Cookie,
    /// Into the body, as a property.
    Body,
}

/// What an argument holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text; what kind of text is said in one word.
    Text(&'static str),
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`; the flag alone is `true`.
    Boolean,
    /// Any value, written as JSON.
    Json,
    /// A resource by its id, whose type is said. JSON is taken as well, for references that hold more.
    Reference(&'static str),
    /// A map from text to text, written `KEY=VALUE` and repeated. JSON is taken as well.
    Pairs,
}

/// How a value is written in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// All values in one parameter, parted by commas.
    Comma,
    /// A parameter for each value.
    Repeat,
    /// All values in one parameter, parted by bars.
    Pipe,
    /// All values in one parameter, parted by blanks.
    Space,
    /// A parameter for each property: `name[key]=value`.
    Deep,
    /// All properties in one parameter: `name=key,value,key,value`.
    CommaObject,
    /// As JSON.
    Json,
    /// A parameter for each property: `key=value`.
    Form,
}

/// The body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Body {
    /// Whether it must be sent.
    pub required: bool,
    /// Its media type.
    pub media_type: &'static str,
    /// Whether it is sent as it is given, and is no JSON.
    pub raw: bool,
    /// The properties that can have but one value, and this value: they need not be given.
    pub constants: &'static [(&'static str, &'static str)],
}

impl Operation {
    /// The names of the command, from the outermost group to its own.
    pub fn command_path(&self) -> impl Iterator<Item = &'static str> {
        self.group.iter().copied().chain(std::iter::once(self.name))
    }

    /// The flags for properties of the body.
    pub fn properties(&self) -> impl Iterator<Item = &'static Flag> {
        self.flags.iter().filter(|flag| flag.place == Place::Body)
    }
}

impl Positional {
    /// A parameter in the path.
    pub const fn new(name: &'static str, wire: &'static str) -> Self {
        Self { name, wire, help: "", details: "" }
    }

    /// With one line on what it is.
    #[must_use]
    pub const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// With what is to follow `help` where there is room for more.
    #[must_use]
    pub const fn details(self, details: &'static str) -> Self {
        Self { details, ..self }
    }
}

impl Flag {
    const fn new(name: &'static str, wire: &'static str, place: Place, kind: Kind) -> Self {
        Self {
            name,
            wire,
            place,
            kind,
            style: Style::Plain,
            many: false,
            values: &[],
            required: false,
            nullable: false,
            deprecated: false,
            default: None,
            help: "",
            details: "",
        }
    }

    /// A parameter in the query.
    pub const fn query(name: &'static str, wire: &'static str, kind: Kind) -> Self {
        Self::new(name, wire, Place::Query, kind)
    }

    /// A parameter in a header.
    pub const fn header(name: &'static str, wire: &'static str, kind: Kind) -> Self {
        Self::new(name, wire, Place::Header, kind)
    }

    /// A parameter in a cookie.
    pub const fn cookie(name: &'static str, wire: &'static str, kind: Kind) -> Self {
        Self::new(name, wire, Place::Cookie, kind)
    }

    /// A property of the body.
    pub const fn body(name: &'static str, wire: &'static str, kind: Kind) -> Self {
        Self::new(name, wire, Place::Body, kind)
    }

    /// With the way it is written in a query.
    #[must_use]
    pub const fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }

    /// Can be given several times.
    #[must_use]
    pub const fn many(self) -> Self {
        Self { many: true, ..self }
    }

    /// With the values that the document knows.
    #[must_use]
    pub const fn values(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }

    /// Must be given.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Can be set to null.
    #[must_use]
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// Is deprecated.
    #[must_use]
    pub const fn deprecated(self) -> Self {
        Self { deprecated: true, ..self }
    }

    /// With what counts if it is not given.
    #[must_use]
    pub const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// With one line on what it is.
    #[must_use]
    pub const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// With what is to follow `help` where there is room for more.
    #[must_use]
    pub const fn details(self, details: &'static str) -> Self {
        Self { details, ..self }
    }
}

impl Body {
    const fn new(required: bool, media_type: &'static str) -> Self {
        Self { required, media_type, raw: false, constants: &[] }
    }

    /// A body that must be sent.
    pub const fn required(media_type: &'static str) -> Self {
        Self::new(true, media_type)
    }

    /// A body that may be sent.
    pub const fn optional(media_type: &'static str) -> Self {
        Self::new(false, media_type)
    }

    /// Is sent as it is given.
    #[must_use]
    pub const fn raw(self) -> Self {
        Self { raw: true, ..self }
    }

    /// With the properties that can have but one value.
    #[must_use]
    pub const fn constants(self, constants: &'static [(&'static str, &'static str)]) -> Self {
        Self { constants, ..self }
    }
}
