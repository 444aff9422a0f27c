//! Parameters of operations and headers of responses.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::change::{Kind, Side};
use super::log::{Raw, texts};
use super::operations::{Differ, Operation, both, names_in};
use super::source::{At, Source};
use super::types::Types;
use super::view::{Node, Part, View};

/// Where a parameter goes and what it is called there: what makes two parameters the same.
type Slot = (String, String);

impl<'a> Differ<'_, 'a> {
    /// Compares the parameters of two operations, those of their paths included.
    pub(super) fn parameters(&mut self, number: usize, old: &Operation<'a>, new: &Operation<'a>) {
        let (before, after) = (parameters_of(self.old, old), parameters_of(self.new, new));
        self.slots(number, Side::Request, &before, &after);
    }

    /// Compares the parameters of two events: what the server sends along, such as a signature.
    pub(super) fn event_parameters(&mut self, number: usize, old: &Operation<'a>, new: &Operation<'a>) {
        let (before, after) = (parameters_of(self.old, old), parameters_of(self.new, new));
        self.slots(number, Side::Response, &before, &after);
    }

    /// Compares the headers of two responses.
    pub(super) fn headers(&mut self, number: usize, old: &At<'a>, new: &At<'a>) {
        let of = |source: &Source<'a>, at: &At<'a>| -> BTreeMap<String, (At<'a>, At<'a>)> {
            let Some(headers) = at.get("headers") else { return BTreeMap::new() };
            let named = headers.members().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            named.map(|(name, at)| (name.to_lowercase(), (at.clone(), source.resolve(at)))).collect()
        };
        let (mut before, mut after) = (of(self.old, old), of(self.new, new));
        let names: Vec<String> = before.keys().cloned().collect();
        for name in names {
            match (before.remove(&name), after.remove(&name)) {
                (Some((_, old)), Some((_, new))) => {
                    self.annotations(number, &old, &new);
                    let required = (old.flag("required"), new.flag("required"));
                    let (kind, what) = match required {
                        (false, true) => (Kind::HeaderNowRequired, "is now always there"),
                        _ => (Kind::HeaderNowOptional, "may now be missing"),
                    };
                    if required.0 != required.1 {
                        let values = (required.0.into(), required.1.into());
                        self.add(&Raw::at(kind, both(&old, &new), values, what), number);
                    }
                    self.value(number, Side::Response, &old, &new);
                }
                (Some((used, _)), None) => {
                    let places = (Some(used.pointer()), None);
                    self.add(&Raw::at(Kind::HeaderRemoved, places, texts(Some(&name), None), "is gone"), number);
                }
                _ => {}
            }
        }
        for (name, (used, _)) in after {
            let places = (None, Some(used.pointer()));
            self.add(&Raw::at(Kind::HeaderAdded, places, texts(None, Some(&name)), "is new"), number);
        }
    }

    fn slots(
        &mut self,
        number: usize,
        side: Side,
        before: &BTreeMap<Slot, Used<'a>>,
        after: &BTreeMap<Slot, Used<'a>>,
    ) {
        for (slot, old) in before {
            let Some(new) = after.get(slot) else {
                let places = (Some(old.used.pointer()), None);
                let values = texts(Some(old.place()), None);
                let what = format!("({}) is gone", old.place());
                self.add(&Raw::at(Kind::ParameterRemoved, places, values, what).on(side), number);
                continue;
            };
            self.parameter(number, side, &old.at, &new.at);
        }
        for (_, new) in after.iter().filter(|(slot, _)| !before.contains_key(*slot)) {
            let places = (None, Some(new.used.pointer()));
            let values = texts(None, Some(new.place()));
            let (kind, what) = match new.required() {
                true => (Kind::RequiredParameterAdded, format!("({}) is new and required", new.place())),
                false => (Kind::ParameterAdded, format!("({}) is new and optional", new.place())),
            };
            self.add(&Raw::at(kind, places, values, what).on(side), number);
        }
    }

    fn parameter(&mut self, number: usize, side: Side, old: &At<'a>, new: &At<'a>) {
        self.annotations(number, old, new);
        let path = old.text("in") == Some("path");
        let names = (old.text("name"), new.text("name"));
        if path && names.0 != names.1 {
            let what = format!("is now called `{}`", names.1.unwrap_or_default());
            self.add(&Raw::at(Kind::ParameterRenamed, both(old, new), texts(names.0, names.1), what), number);
        }
        let required = (old.flag("required"), new.flag("required"));
        if !path && required.0 != required.1 {
            let (kind, what) = if required.1 {
                (Kind::ParameterNowRequired, "is now required")
            } else {
                (Kind::ParameterNowOptional, "is now optional")
            };
            let values = (required.0.into(), required.1.into());
            self.add(&Raw::at(kind, both(old, new), values, what).on(side), number);
        }
        let written = (self.serialization(self.old, old), self.serialization(self.new, new));
        let (single, plain) = (written.0.1 && written.1.1, written.0.0 != written.1.0);
        // A single value looks the same with and without `explode`.
        let ignored = |value: &Value| json!([value.get("style"), value.get("content")]);
        if plain && !(single && ignored(&written.0.0) == ignored(&written.1.0)) {
            let what = format!("is written as {} instead of {}", words(&written.1.0), words(&written.0.0));
            let values = (written.0.0, written.1.0);
            self.add(&Raw::at(Kind::ParameterSerializationChanged, both(old, new), values, what), number);
        }
        self.value(number, side, old, new);
    }

    /// The schema of a parameter or header, which stands in it or under its only media type.
    fn value(&mut self, number: usize, side: Side, old: &At<'a>, new: &At<'a>) {
        let raw = self.schemas.root(number, side, (old, new), (schema(old), schema(new)));
        if let Some(raw) = raw {
            self.add(&raw, number);
        }
    }

    /// How a parameter is written, defaults filled in, and whether its value is always a single one.
    fn serialization(&self, source: &Source<'a>, at: &At<'a>) -> (Value, bool) {
        if let Some((media, _)) = at.get("content").and_then(|content| content.members().next()) {
            return (json!({ "content": media }), false);
        }
        let query = matches!(at.text("in"), Some("query" | "cookie"));
        let style = at.text("style").unwrap_or(if query { "form" } else { "simple" });
        let explode = at.value.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
        let view = schema(at).map(|schema| View::of(source, &Node::new(vec![Part::new(source, schema)])));
        let several =
            view.is_some_and(|view| view.union.is_some() || (!view.any && view.may_be(Types::ARRAY.or(Types::OBJECT))));
        (json!({ "style": style, "explode": explode }), !several)
    }
}

/// A parameter with the place it is used at.
struct Used<'a> {
    used: At<'a>,
    at: At<'a>,
}

impl<'a> Used<'a> {
    fn place(&self) -> &'a str {
        self.at.text("in").unwrap_or_default()
    }

    fn required(&self) -> bool {
        self.at.flag("required") || self.place() == "path"
    }
}

/// The parameters of an operation over those of its path. Path parameters go by their position, because their names are
/// not on the wire; headers by their name in small letters.
fn parameters_of<'a>(source: &Source<'a>, operation: &Operation<'a>) -> BTreeMap<Slot, Used<'a>> {
    let positions = names_in(operation.path);
    let mut found = BTreeMap::new();
    for level in [&operation.item, &operation.at] {
        for used in level.get("parameters").into_iter().flat_map(|all| all.elements()) {
            let at = source.resolve(used.clone());
            let (Some(name), Some(place)) = (at.text("name"), at.text("in")) else { continue };
            let name = match place {
                "path" => positions.iter().position(|known| *known == name).map_or(name.to_owned(), |i| i.to_string()),
                "header" => name.to_lowercase(),
                _ => name.to_owned(),
            };
            // OpenAPI says to ignore these three: they are said elsewhere.
            if place == "header" && matches!(name.as_str(), "accept" | "content-type" | "authorization") {
                continue;
            }
            found.insert((place.to_owned(), name), Used { used, at });
        }
    }
    found
}

fn schema<'a>(at: &At<'a>) -> Option<At<'a>> {
    at.get("schema").or_else(|| at.get("content")?.members().next()?.1.get("schema"))
}

fn words(serialization: &Value) -> String {
    match (serialization.get("content"), serialization.get("style"), serialization.get("explode")) {
        (Some(media), ..) => media.as_str().unwrap_or_default().to_owned(),
        (_, Some(style), Some(Value::Bool(true))) => format!("{} (explode)", style.as_str().unwrap_or_default()),
        (_, style, _) => style.and_then(Value::as_str).unwrap_or_default().to_owned(),
    }
}
