//! Webhooks and callbacks: what the server sends unasked.

use super::change::{Area, Kind, Side};
use super::log::{Raw, texts};
use super::operations::{Differ, Operation, methods};
use super::source::{At, Source};

/// One request the server makes.
struct Event<'a> {
    name: String,
    /// Where it is declared, before references.
    used: At<'a>,
    operation: Operation<'a>,
}

impl<'a> Differ<'_, 'a> {
    /// Compares the webhooks of the two documents.
    pub(super) fn webhooks(&mut self) {
        let (old, new) = (webhooks_of(self.old), webhooks_of(self.new));
        self.events(old, new, None);
    }

    /// Compares the callbacks of two operations.
    pub(super) fn callbacks(&mut self, number: usize, old: &At<'a>, new: &At<'a>) {
        let (old, new) = (callbacks_of(self.old, old), callbacks_of(self.new, new));
        self.events(old, new, Some(number));
    }

    fn events(&mut self, old: Vec<Event<'a>>, new: Vec<Event<'a>>, operation: Option<usize>) {
        let mut new = new;
        for old in old {
            let number = operation.unwrap_or_else(|| self.label(&format!("event {}", old.name)));
            let Some(index) = new.iter().position(|new| new.name == old.name) else {
                let places = (Some(old.used.pointer()), None);
                let message = format!("event {} is gone", old.name);
                let values = texts(Some(&old.name), None);
                self.add(&Raw::told(Kind::EventRemoved, (Area::Event, &old.name), places, values, message), number);
                continue;
            };
            let new = new.remove(index).operation;
            let old = old.operation;
            self.annotations(number, &old.at, &new.at);
            self.event_parameters(number, &old, &new);
            self.body(number, Side::Response, &old.at, &new.at);
        }
        for new in new {
            let number = operation.unwrap_or_else(|| self.label(&format!("event {}", new.name)));
            let places = (None, Some(new.used.pointer()));
            let message = format!("event {} is new", new.name);
            let values = texts(None, Some(&new.name));
            self.add(&Raw::told(Kind::EventAdded, (Area::Event, &new.name), places, values, message), number);
        }
    }
}

/// The webhooks of a document; `x-webhooks` is how 3.0 documents write them.
fn webhooks_of<'a>(source: &Source<'a>) -> Vec<Event<'a>> {
    let start = source.start();
    let Some(webhooks) = start.get("webhooks").or_else(|| start.get("x-webhooks")) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, used) in webhooks.members().filter(|(name, _)| !name.starts_with("x-")) {
        push(&mut found, source, name, name, &used);
    }
    found
}

fn callbacks_of<'a>(source: &Source<'a>, operation: &At<'a>) -> Vec<Event<'a>> {
    let mut found = Vec::new();
    for (callback, at) in source.entries(operation, "callbacks") {
        for (expression, used) in at.members().filter(|(expression, _)| !expression.starts_with("x-")) {
            push(&mut found, source, &format!("{callback} {expression}"), expression, &used);
        }
    }
    found
}

fn push<'a>(found: &mut Vec<Event<'a>>, source: &Source<'a>, name: &str, path: &'a str, used: &At<'a>) {
    let item = source.resolve(used.clone());
    for (index, (method, at)) in methods(&item).enumerate() {
        // An event is one request; further methods are events of their own.
        let name = if index == 0 { name.to_owned() } else { format!("{name} ({method})") };
        let operation = Operation { method, path, item: item.clone(), at };
        found.push(Event { name, used: used.clone(), operation });
    }
}
