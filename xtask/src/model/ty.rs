//! Types as they are written in Rust.

/// A type of a generated item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ty {
    /// Any JSON value.
    Value,
    /// A text.
    String,
    /// A text that must not be seen.
    Secret,
    /// `true` or `false`.
    Bool,
    /// A whole number, by the name of its Rust type.
    Integer(&'static str),
    /// A number with decimals.
    Float,
    /// A moment in time.
    DateTime,
    /// A day without a time.
    Date,
    /// A file in a multipart body.
    File,
    /// A generated type.
    Named(String),
    /// A value on the heap.
    Boxed(Box<Ty>),
    /// A value that may be null or left out.
    Option(Box<Ty>),
    /// A value that may be null, or left out, which is not the same.
    Nullable(Box<Ty>),
    /// A reference to a resource that may be shown in full.
    Expandable(Box<Ty>),
    /// A resource named by its id.
    Reference(Box<Ty>),
    /// A list.
    List(Box<Ty>),
    /// A map from text.
    Map(Box<Ty>),
    /// A list of fixed length whose places have types of their own.
    Tuple(Vec<Ty>),
    /// Several values in one query parameter.
    CommaList(Box<Ty>),
}

impl Ty {
    /// The type in Rust; `types` is what stands before the name of a generated type, such as `types::`.
    pub fn render(&self, types: &str) -> String {
        let inner = |ty: &Ty| ty.render(types);
        match self {
            Self::Value => "::serde_json::Value".to_owned(),
            Self::String => "String".to_owned(),
            Self::Secret => "crate::Secret".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Integer(name) => (*name).to_owned(),
            Self::Float => "f64".to_owned(),
            Self::DateTime => "::chrono::DateTime<::chrono::Utc>".to_owned(),
            Self::Date => "::chrono::NaiveDate".to_owned(),
            Self::File => "crate::FilePart".to_owned(),
            Self::Named(name) => format!("{types}{name}"),
            Self::Boxed(ty) => format!("Box<{}>", inner(ty)),
            Self::Option(ty) => format!("Option<{}>", inner(ty)),
            Self::Nullable(ty) => format!("crate::Nullable<{}>", inner(ty)),
            Self::Expandable(ty) => format!("crate::Expandable<{}>", inner(ty)),
            Self::Reference(ty) => format!("crate::Reference<{}>", inner(ty)),
            Self::List(ty) => format!("Vec<{}>", inner(ty)),
            Self::Map(ty) => format!("::std::collections::BTreeMap<String, {}>", inner(ty)),
            Self::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(inner).collect();
                if parts.len() == 1 { format!("({},)", parts[0]) } else { format!("({})", parts.join(", ")) }
            }
            Self::CommaList(ty) => format!("crate::CommaList<{}>", inner(ty)),
        }
    }

    /// The type in words for a message: without paths.
    pub fn plain(&self) -> String {
        self.render("")
            .replace("::serde_json::", "")
            .replace("::chrono::", "")
            .replace("::std::collections::", "")
            .replace("crate::", "")
    }

    /// Whether the type, its wrappers taken off, is a number with decimals in a place that keeps its form on the wire.
    pub fn is_float(&self) -> bool {
        match self {
            Self::Float => true,
            Self::Option(ty) | Self::Nullable(ty) | Self::List(ty) => ty.is_float(),
            _ => false,
        }
    }

    /// Wraps the type, unless it is wrapped so already.
    pub fn optional(self) -> Self {
        match self {
            Self::Option(_) | Self::Nullable(_) => self,
            other => Self::Option(Box::new(other)),
        }
    }
}
