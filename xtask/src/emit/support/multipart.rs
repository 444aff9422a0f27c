//! Multipart bodies.

use serde::Serialize;
use serde_json::Value;

/// A file to be uploaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePart {
    /// Its name, if it has one.
    pub file_name: Option<String>,
    /// Its media type, if it is known.
    pub media_type: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl From<Vec<u8>> for FilePart {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, ..Self::default() }
    }
}

impl From<&[u8]> for FilePart {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

/// One file, several, or none.
pub trait Files {
    #[doc(hidden)]
    fn into_parts(self) -> Vec<FilePart>;
}

impl Files for FilePart {
    fn into_parts(self) -> Vec<FilePart> {
        vec![self]
    }
}

impl<T: Files> Files for Vec<T> {
    fn into_parts(self) -> Vec<FilePart> {
        self.into_iter().flat_map(Files::into_parts).collect()
    }
}

impl<T: Files> Files for Option<T> {
    fn into_parts(self) -> Vec<FilePart> {
        self.map(Files::into_parts).unwrap_or_default()
    }
}

impl<T: Files> Files for crate::Nullable<T> {
    fn into_parts(self) -> Vec<FilePart> {
        self.into_value().into_parts()
    }
}

/// A multipart form: texts, JSON values and files under their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Multipart(Vec<(String, Part)>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Json(String),
    File(FilePart),
}

impl Multipart {
    /// A form without parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// A form of the properties of an object.
    pub fn from_map<T: Serialize>(body: Option<&T>) -> Self {
        let mut form = Self::new();
        if let Ok(Value::Object(properties)) = serde_json::to_value(body) {
            for (name, value) in properties {
                form.add(&name, value);
            }
        }
        form
    }

    /// Adds a value: a scalar as text, a list part by part, an object as JSON; nothing for null.
    #[must_use]
    pub fn value<T: Serialize>(mut self, name: &str, value: T) -> Self {
        self.add(name, serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// Adds files.
    #[must_use]
    pub fn files(mut self, name: &str, files: impl Files) -> Self {
        self.0.extend(files.into_parts().into_iter().map(|file| (name.to_owned(), Part::File(file))));
        self
    }

    fn add(&mut self, name: &str, value: Value) {
        match value {
            Value::Null => {}
            Value::Array(items) => items.into_iter().for_each(|item| self.add(name, item)),
            Value::String(text) => self.0.push((name.to_owned(), Part::Text(text))),
            Value::Object(_) => self.0.push((name.to_owned(), Part::Json(value.to_string()))),
            scalar => self.0.push((name.to_owned(), Part::Text(scalar.to_string()))),
        }
    }

    #[cfg(feature = "client")]
    #[doc(hidden)]
    pub fn attach(self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        use reqwest::multipart::{Form, Part as Wire};
        let form = self.0.into_iter().fold(Form::new(), |form, (name, part)| match part {
            Part::Text(text) => form.text(name, text),
            Part::Json(text) => {
                let part = Wire::text(text.clone()).mime_str("application/json").unwrap_or_else(|_| Wire::text(text));
                form.part(name, part)
            }
            Part::File(file) => {
                let file_name = file.file_name.clone().unwrap_or_else(|| name.clone());
                let plain = || Wire::bytes(file.bytes.clone()).file_name(file_name.clone());
                let part = match &file.media_type {
                    Some(media_type) => plain().mime_str(media_type).unwrap_or_else(|_| plain()),
                    None => plain(),
                };
                form.part(name, part)
            }
        });
        request.multipart(form)
    }
}
