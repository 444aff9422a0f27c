//! What a reader calls the thing at a pointer.

use serde_json::Value;

use super::change::Area;
use crate::document::pointer;

/// The thing at a pointer.
pub(super) struct Name {
    pub(super) area: Area,
    /// `Contact.email`, `data[].email`, `limit`.
    pub(super) subject: String,
    /// The component it stands in, if any.
    pub(super) component: Option<String>,
}

impl Default for Name {
    fn default() -> Self {
        Self { area: Area::Document, subject: String::new(), component: None }
    }
}

/// Walks down a pointer, and knows what comes next.
struct Walk<'p, 'v> {
    tokens: &'p [String],
    value: Option<&'v Value>,
    root: &'v Value,
    name: Name,
}

/// Names the thing at `pointer` of the document `root`.
pub(super) fn name_of(root: &Value, pointer: &str) -> Name {
    let tokens = pointer::tokens(pointer);
    let mut walk = Walk { tokens: &tokens, value: Some(root), root, name: Name::default() };
    walk.document();
    let mut name = walk.name;
    if let Some(plain) = name.subject.strip_prefix('.') {
        name.subject = plain.to_owned();
    }
    name
}

impl Walk<'_, '_> {
    fn next(&mut self) -> Option<String> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        self.value = self.value.and_then(|value| match value {
            Value::Object(object) => object.get(first),
            Value::Array(array) => array.get(first.parse::<usize>().ok()?),
            _ => None,
        });
        Some(first.clone())
    }

    fn text(&self, key: &str) -> Option<String> {
        let mut value = self.value?;
        // A parameter may be used by reference; more hops are not worth a name.
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            value =
                pointer::of_reference(reference).and_then(|pointer| pointer::get(self.root, &pointer)).unwrap_or(value);
        }
        Some(value.get(key)?.as_str()?.to_owned())
    }

    fn document(&mut self) {
        match self.next().as_deref() {
            Some("components") => self.component(),
            Some("paths") => {
                let path = self.next().unwrap_or_default();
                self.item(&path, Area::Operation);
            }
            Some("webhooks" | "x-webhooks") => {
                let event = self.next().unwrap_or_default();
                self.item(&event, Area::Event);
            }
            Some(other) => self.name.subject = other.to_owned(),
            None => {}
        }
    }

    fn component(&mut self) {
        let kind = self.next().unwrap_or_default();
        let Some(component) = self.next() else { return };
        self.name.component = Some(component.clone());
        match kind.as_str() {
            "schemas" => {
                self.name.area = Area::Schema;
                self.name.subject = component;
                self.schema();
            }
            "parameters" => self.parameter(Area::Parameter, &component),
            "headers" => self.parameter(Area::Header, &component),
            "responses" => self.content(Area::Response, &component),
            "requestBodies" => self.content(Area::Body, &component),
            "pathItems" | "callbacks" => self.item(&component, Area::Operation),
            "securitySchemes" => {
                self.name.area = Area::Security;
                self.name.subject = component;
            }
            _ => self.name.subject = component,
        }
    }

    fn item(&mut self, path: &str, area: Area) {
        self.name.area = area;
        self.name.subject = path.to_owned();
        match self.next().as_deref() {
            Some("parameters") => {
                self.next();
                self.parameter(Area::Parameter, "");
            }
            Some(method) => {
                if area == Area::Operation {
                    self.name.subject = format!("{} {path}", method.to_uppercase());
                }
                self.operation();
            }
            None => {}
        }
    }

    fn operation(&mut self) {
        match self.next().as_deref() {
            Some("parameters") => {
                self.next();
                self.parameter(Area::Parameter, "");
            }
            Some("requestBody") => self.content(Area::Body, "body"),
            Some("responses") => {
                let status = self.next().unwrap_or_default();
                self.content(Area::Response, &status);
            }
            Some("callbacks") => {
                let callback = self.next().unwrap_or_default();
                self.next();
                self.item(&callback, Area::Event);
            }
            _ => {}
        }
    }

    /// A parameter or header, down to its schema.
    fn parameter(&mut self, area: Area, component: &str) {
        self.name.area = area;
        self.name.subject = match area {
            Area::Parameter => self.text("name").unwrap_or_else(|| component.to_owned()),
            _ => component.to_owned(),
        };
        match self.next().as_deref() {
            Some("schema") => self.schema(),
            Some("content") => {
                self.next();
                self.next();
                self.schema();
            }
            _ => {}
        }
    }

    /// A body or response, down to a schema or header.
    fn content(&mut self, area: Area, called: &str) {
        self.name.area = area;
        self.name.subject = called.to_owned();
        match self.next().as_deref() {
            Some("headers") => {
                let header = self.next().unwrap_or_default();
                self.parameter(Area::Header, &header);
            }
            Some("content") => {
                self.next();
                if self.next().as_deref() == Some("schema") && !self.tokens.is_empty() {
                    self.name.subject.clear();
                    self.schema();
                    if self.name.subject.is_empty() {
                        called.clone_into(&mut self.name.subject);
                    }
                }
            }
            _ => {}
        }
    }

    fn schema(&mut self) {
        while let Some(keyword) = self.next() {
            match keyword.as_str() {
                "properties" => {
                    let name = self.next().unwrap_or_default();
                    self.name.subject.push('.');
                    self.name.subject.push_str(&name);
                    self.name.area = Area::Property;
                }
                "patternProperties" => {
                    let pattern = self.next().unwrap_or_default();
                    self.name.subject.push_str(&format!("./{pattern}/"));
                }
                "items" => self.name.subject.push_str("[]"),
                "prefixItems" => {
                    let index = self.next().unwrap_or_default();
                    self.name.subject.push_str(&format!("[{index}]"));
                }
                "additionalProperties" | "unevaluatedProperties" => self.name.subject.push_str(".*"),
                "allOf" => {
                    self.next();
                }
                "oneOf" | "anyOf" => {
                    let index = self.next().unwrap_or_default();
                    let variant = self.variant(&index);
                    self.name.subject.push_str(&format!("({variant})"));
                }
                "$defs" | "definitions" => self.name.subject = self.next().unwrap_or_default(),
                other => self.name.subject.push_str(&format!(".{other}")),
            }
        }
    }

    /// A branch of a union by its title, by the component it refers to, or by its number from 1.
    fn variant(&self, index: &str) -> String {
        let value = self.value;
        let own = |key: &str| value?.get(key)?.as_str();
        let component = || own("$ref")?.rsplit('/').next().map(pointer::unescape);
        let number = || index.parse::<usize>().map_or_else(|_| index.to_owned(), |n| (n + 1).to_string());
        own("title").map(str::to_owned).or_else(component).unwrap_or_else(number)
    }
}
