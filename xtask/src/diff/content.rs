//! Bodies, responses and their media types.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::change::{Area, Kind, Side};
use super::docs;
use super::log::{Raw, texts};
use super::operations::{Differ, both};
use super::source::{At, Source};

impl<'a> Differ<'_, 'a> {
    /// Compares the request bodies of two operations.
    pub(super) fn request_body(&mut self, number: usize, old: &At<'a>, new: &At<'a>) {
        self.body(number, Side::Request, old, new);
    }

    /// Compares `requestBody`, which the client writes in operations and reads in events.
    pub(super) fn body(&mut self, number: usize, side: Side, old: &At<'a>, new: &At<'a>) {
        let bodies = (self.old.child(old, "requestBody"), self.new.child(new, "requestBody"));
        match bodies {
            (Some(old), Some(new)) => {
                self.annotations(number, &old, &new);
                let required = (old.flag("required"), new.flag("required"));
                // Whether an event has a body is not for the client to choose.
                if side == Side::Request && required.0 != required.1 {
                    let (kind, what) = if required.1 {
                        (Kind::BodyNowRequired, "is now required")
                    } else {
                        (Kind::BodyNowOptional, "is now optional")
                    };
                    let values = (required.0.into(), required.1.into());
                    self.add(&Raw::at(kind, both(&old, &new), values, what), number);
                }
                self.media_types(number, side, &old, &new);
            }
            (Some(_), None) => {
                let places = (old.get("requestBody").map(|body| body.pointer()), None);
                self.add(&Raw::at(Kind::BodyRemoved, places, texts(Some("body"), None), "is gone").on(side), number);
            }
            (None, Some(body)) => {
                let places = (None, new.get("requestBody").map(|body| body.pointer()));
                let (kind, what) = if body.flag("required") {
                    (Kind::RequiredBodyAdded, "is new and required")
                } else {
                    (Kind::BodyAdded, "is new and optional")
                };
                self.add(&Raw::at(kind, places, texts(None, Some("body")), what).on(side), number);
            }
            (None, None) => {}
        }
    }

    /// Compares the responses of two operations.
    pub(super) fn responses(&mut self, number: usize, old: &At<'a>, new: &At<'a>) {
        let (mut before, mut after) = (statuses(self.old, old), statuses(self.new, new));
        let successes = (any_success(&before), any_success(&after));
        for (a, b) in partners(&before, &after) {
            let (Some(old), Some(new)) = (before.remove(&a), after.remove(&b)) else { continue };
            self.annotations(number, &old.1, &new.1);
            self.headers(number, &old.1, &new.1);
            self.media_types(number, Side::Response, &old.1, &new.1);
        }
        for (status, (used, _)) in before {
            let (kind, what) = if is_success(&status, successes.0) {
                (Kind::StatusRemoved, "is gone")
            } else {
                (Kind::ErrorStatusRemoved, "(an error) is gone")
            };
            let message = format!("status {status} {what}");
            let places = (Some(used.pointer()), None);
            self.add(&Raw::told(kind, (Area::Response, &status), places, texts(Some(&status), None), message), number);
        }
        for (status, (used, _)) in after {
            let (kind, what) = if is_success(&status, successes.1) {
                (Kind::StatusAdded, "is new")
            } else {
                (Kind::ErrorStatusAdded, "(an error) is new")
            };
            let message = format!("status {status} {what}");
            let places = (None, Some(used.pointer()));
            self.add(&Raw::told(kind, (Area::Response, &status), places, texts(None, Some(&status)), message), number);
        }
    }

    /// Compares the media types of two bodies or responses.
    fn media_types(&mut self, number: usize, side: Side, old: &At<'a>, new: &At<'a>) {
        let (before, mut after) = (media_types_of(old), media_types_of(new));
        let (owner_old, owner_new) = (old, new);
        for (name, old) in before {
            let Some(new) = after.remove(&name) else {
                let places = (Some(old.pointer()), Some(owner_new.pointer()));
                let what = format!("no longer comes as {name}");
                let what = if side == Side::Request { format!("is no longer accepted as {name}") } else { what };
                self.add(&Raw::at(Kind::MediaTypeRemoved, places, texts(Some(&name), None), what), number);
                continue;
            };
            self.annotations(number, &old, &new);
            if side == Side::Request {
                self.encoding(number, &old, &new);
            }
            let schemas = (old.get("schema"), new.get("schema"));
            if let Some(raw) = self.schemas.root(number, side, (&old, &new), schemas) {
                self.add(&raw, number);
            }
        }
        for (name, new) in after {
            let places = (Some(owner_old.pointer()), Some(new.pointer()));
            let what = if side == Side::Request { "is also accepted as" } else { "may also come as" };
            let what = format!("{what} {name}");
            self.add(&Raw::at(Kind::MediaTypeAdded, places, texts(None, Some(&name)), what), number);
        }
    }

    fn encoding(&mut self, number: usize, old: &At<'a>, new: &At<'a>) {
        let of = |at: &At<'a>| plain(at.value.get("encoding"));
        let (before, after) = (of(old), of(new));
        if before != after {
            let what = "has parts that are written differently";
            self.add(&Raw::at(Kind::EncodingChanged, both(old, new), (before, after), what), number);
        }
    }
}

/// A value without the documentation in it.
fn plain(value: Option<&Value>) -> Value {
    match value {
        None => Value::Object(Map::new()),
        Some(Value::Object(object)) => {
            let kept = object.iter().filter(|(key, _)| !docs::is_documentation(key) && !key.starts_with("x-"));
            Value::Object(kept.map(|(key, value)| (key.clone(), plain(Some(value)))).collect())
        }
        Some(other) => other.clone(),
    }
}

/// The responses by status, each with the place it is used at.
fn statuses<'a>(source: &Source<'a>, operation: &At<'a>) -> BTreeMap<String, (At<'a>, At<'a>)> {
    let Some(responses) = operation.get("responses") else { return BTreeMap::new() };
    let told = responses.members().filter(|(status, _)| !status.starts_with("x-"));
    told.map(|(status, at)| {
        let status = if status == "default" { status.to_owned() } else { status.to_uppercase() };
        (status, (at.clone(), source.resolve(at)))
    })
    .collect()
}

/// The statuses that mean the same on both sides. `2XX` stands for a single 2xx of the other side that has no partner.
fn partners<T>(before: &BTreeMap<String, T>, after: &BTreeMap<String, T>) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = before
        .keys()
        .filter(|status| after.contains_key(*status))
        .map(|status| (status.clone(), status.clone()))
        .collect();
    let is_range = |status: &str| status.len() == 3 && status.ends_with("XX");
    for a in before.keys().filter(|status| !after.contains_key(*status)) {
        let fits = |b: &String| b.get(..1) == a.get(..1) && a != "default" && is_range(a) != is_range(b);
        let free = |b: &String| pairs.iter().all(|(_, taken)| taken != b);
        let partner = after.keys().find(|b| fits(b) && free(b) && !before.contains_key(*b)).cloned();
        pairs.extend(partner.map(|b| (a.clone(), b)));
    }
    pairs
}

fn any_success<T>(statuses: &BTreeMap<String, T>) -> bool {
    statuses.keys().any(|status| status.starts_with(['1', '2', '3']))
}

/// `default` is the success of an operation that names no other.
fn is_success(status: &str, other_successes: bool) -> bool {
    if status == "default" { !other_successes } else { status.starts_with(['1', '2', '3']) }
}

/// Media types by their name in small letters; the charset says nothing about JSON and text that is always UTF-8.
fn media_types_of<'a>(at: &At<'a>) -> BTreeMap<String, At<'a>> {
    let Some(content) = at.get("content") else { return BTreeMap::new() };
    let name = |text: &str| {
        let mut parts = text.split(';').map(|part| part.trim().to_lowercase());
        let essence = parts.next().unwrap_or_default();
        parts.filter(|part| !part.starts_with("charset=")).fold(essence, |name, part| format!("{name}; {part}"))
    };
    content.members().map(|(text, at)| (name(text), at)).collect()
}
