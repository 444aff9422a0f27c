//! What was found, each real difference once however many ways lead to it.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::change::{Area, Change, Class, Kind, Side};
use super::names::{Name, name_of};
use super::source::Source;

/// A difference as the comparison finds it, before it knows who is affected.
#[derive(Clone)]
pub(super) struct Raw {
    kind: Kind,
    side: Option<Side>,
    places: (Option<String>, Option<String>),
    values: (Value, Value),
    text: Text,
}

#[derive(Clone)]
enum Text {
    /// What happened to the thing at the place: "may now be null".
    Predicate(String),
    /// The whole sentence, where the place says too little.
    Whole { area: Area, subject: String, message: String },
}

/// All differences, by what makes them the same.
#[derive(Default)]
pub(super) struct Log {
    known: HashMap<(Kind, Option<String>, Option<String>, String), usize>,
    entries: Vec<Entry>,
}

struct Entry {
    raw: Raw,
    request: Option<String>,
    response: Option<String>,
    operations: BTreeSet<usize>,
}

impl Raw {
    /// A difference in a schema; who and where follows from its places.
    pub(super) fn schema(
        kind: Kind,
        side: Side,
        places: (Option<String>, Option<String>),
        values: (Value, Value),
        what: String,
    ) -> Self {
        Self { kind, side: Some(side), places, values, text: Text::Predicate(what) }
    }

    /// A difference at a place that speaks for itself, without a side.
    pub(super) fn at(
        kind: Kind,
        places: (Option<String>, Option<String>),
        values: (Value, Value),
        what: impl Into<String>,
    ) -> Self {
        Self { kind, side: None, places, values, text: Text::Predicate(what.into()) }
    }

    /// A difference with a sentence of its own.
    pub(super) fn told(
        kind: Kind,
        (area, subject): (Area, &str),
        places: (Option<String>, Option<String>),
        values: (Value, Value),
        message: impl Into<String>,
    ) -> Self {
        let text = Text::Whole { area, subject: subject.to_owned(), message: message.into() };
        Self { kind, side: None, places, values, text }
    }

    /// All documentation that differs at one place.
    pub(super) fn documentation(
        side: Option<Side>,
        places: (Option<String>, Option<String>),
        changed: Vec<(&'static str, Option<Value>, Option<Value>)>,
    ) -> Self {
        let names: Vec<&str> = changed.iter().map(|(key, ..)| *key).collect();
        let what = format!("has another {}", enumerate(&names));
        let mut values = (Map::new(), Map::new());
        for (key, before, after) in changed {
            values.0.insert(key.to_owned(), before.unwrap_or_default());
            values.1.insert(key.to_owned(), after.unwrap_or_default());
        }
        let values = (Value::Object(values.0), Value::Object(values.1));
        Self { kind: Kind::DocumentationChanged, side, places, values, text: Text::Predicate(what) }
    }

    /// The side a difference outside schemas is classed by, where that matters.
    pub(super) fn on(mut self, side: Side) -> Self {
        self.side = Some(side);
        self
    }
}

impl Log {
    /// Adds `raw`, which the operations `operations` meet.
    pub(super) fn add(&mut self, raw: &Raw, operations: impl IntoIterator<Item = usize>) {
        let subject = match &raw.text {
            Text::Whole { subject, .. } => subject.as_str(),
            Text::Predicate(_) => "",
        };
        let same = format!("{}\n{}\n{subject}", raw.values.0, raw.values.1);
        let key = (raw.kind, raw.places.0.clone(), raw.places.1.clone(), same);
        let index = *self.known.entry(key).or_insert_with(|| {
            let operations = BTreeSet::new();
            self.entries.push(Entry { raw: raw.clone(), request: None, response: None, operations });
            self.entries.len() - 1
        });
        let entry = &mut self.entries[index];
        entry.operations.extend(operations);
        if let Text::Predicate(what) = &raw.text {
            let said = match raw.side {
                Some(Side::Response) => &mut entry.response,
                _ => &mut entry.request,
            };
            said.get_or_insert_with(|| what.clone());
        }
    }

    /// The changes as they are reported: the worst first, then by place.
    pub(super) fn finish(self, old: &Source<'_>, new: &Source<'_>, labels: &[String]) -> Vec<Change> {
        let mut changes: Vec<Change> =
            self.entries.into_iter().map(|entry| entry.into_change(old, new, labels)).collect();
        changes.sort_by(|a, b| {
            let key = |change: &Change| {
                let home = change.component.clone().or_else(|| change.operation.as_deref().map(by_path));
                (change.class, change.area, home, change.subject.clone(), change.kind)
            };
            key(a).cmp(&key(b)).then_with(|| (&a.pointer_old, &a.pointer_new).cmp(&(&b.pointer_old, &b.pointer_new)))
        });
        changes
    }
}

impl Entry {
    fn into_change(self, old: &Source<'_>, new: &Source<'_>, labels: &[String]) -> Change {
        let Self { raw, request, response, operations } = self;
        let there = raw.places.1.as_deref().map(|pointer| name_of(new.root, pointer));
        let here = raw.places.0.as_deref().map(|pointer| name_of(old.root, pointer));
        let moved = match (&here, &there) {
            (Some(Name { component: Some(a), .. }), Some(Name { component: Some(b), .. })) if a != b => {
                format!(" (`{a}` became `{b}`)")
            }
            _ => String::new(),
        };
        let mut name = here.or(there).unwrap_or_default();
        // The place of a variant is its own, but it is the union that has it or lost it.
        if matches!(raw.kind, Kind::VariantAdded | Kind::VariantRemoved)
            && name.subject.ends_with(')')
            && let Some(start) = name.subject.rfind('(')
        {
            name.subject.truncate(start);
        }
        let mut sides = Vec::new();
        if raw.side.is_some() {
            sides.extend(request.is_some().then_some(Side::Request));
            sides.extend(response.is_some().then_some(Side::Response));
        }
        let class = if sides.is_empty() {
            raw.kind.class(raw.side.unwrap_or(Side::Request))
        } else {
            sides.iter().map(|side| raw.kind.class(*side)).min().unwrap_or(Class::Breaking)
        };
        let (area, subject, message) = match raw.text {
            Text::Whole { area, subject, message } => (area, subject, message),
            Text::Predicate(_) => {
                let message = sentence(&name, raw.kind, &sides, request.as_deref(), response.as_deref());
                (name.area, name.subject, message + &moved)
            }
        };
        let operations: Vec<String> = operations.iter().filter_map(|index| labels.get(*index).cloned()).collect();
        let inside = name.component.is_none() && operations.len() == 1;
        Change {
            class,
            kind: raw.kind,
            area,
            sides,
            operation: operations.first().filter(|_| inside).cloned(),
            operations,
            component: name.component,
            pointer_old: raw.places.0,
            pointer_new: raw.places.1,
            subject,
            before: raw.values.0,
            after: raw.values.1,
            message,
        }
    }
}

/// The methods of one path stand together.
fn by_path(label: &str) -> String {
    label.split_once(' ').map_or_else(|| label.to_owned(), |(method, path)| format!("{path} {method}"))
}

/// "response property `contact.email` may now be null"; where both sides see it, the worse one speaks first.
fn sentence(name: &Name, kind: Kind, sides: &[Side], request: Option<&str>, response: Option<&str>) -> String {
    let thing = if name.subject.is_empty() || name.subject == name.area.name() {
        name.area.name().to_owned()
    } else {
        format!("{} `{}`", name.area.name(), name.subject)
    };
    // A parameter is always sent and a header always received; the words say so already.
    let side = |side: Side| match name.area {
        Area::Property | Area::Schema => format!("{} ", side.name()),
        _ => String::new(),
    };
    match (sides, request, response) {
        ([_, _], Some(request), Some(response)) if request == response => {
            let lead = if matches!(name.area, Area::Property | Area::Schema) { "request and response " } else { "" };
            format!("{lead}{thing} {request}")
        }
        ([_, _], Some(request), Some(response)) => {
            if kind.class(Side::Request) <= kind.class(Side::Response) {
                format!("{}{thing} {request}; in responses it {response}", side(Side::Request))
            } else {
                format!("{}{thing} {response}; in requests it {request}", side(Side::Response))
            }
        }
        ([only], ..) => format!("{}{thing} {}", side(*only), request.or(response).unwrap_or_default()),
        _ => format!("{thing} {}", request.or(response).unwrap_or_default()),
    }
}

fn enumerate(names: &[&str]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

/// Both values of a difference, for what is plain text or missing.
pub(super) fn texts(before: Option<&str>, after: Option<&str>) -> (Value, Value) {
    (json!(before), json!(after))
}
