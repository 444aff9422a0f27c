//! Operations: which of the old is which of the new, and what stands at the operation itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::change::{Area, Kind};
use super::docs;
use super::log::{Log, Raw, texts};
use super::schemas::Schemas;
use super::security::Security;
use super::source::{At, Source};

/// Everything a comparison of two documents gathers.
pub(super) struct Differ<'c, 'a> {
    pub(super) old: &'c Source<'a>,
    pub(super) new: &'c Source<'a>,
    pub(super) log: Log,
    pub(super) schemas: Schemas<'c, 'a>,
    /// What operations and events are called, by the number that differences know them by.
    pub(super) labels: Vec<String>,
}

/// One method on one path.
pub(super) struct Operation<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) item: At<'a>,
    pub(super) at: At<'a>,
}

const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

impl<'a> Differ<'_, 'a> {
    /// Compares all operations.
    pub(super) fn operations(&mut self) {
        let security = Security::new(self.old, self.new);
        self.schemes(&security);
        let old = operations_of(self.old);
        let new = operations_of(self.new);
        let mut free: BTreeMap<(String, &'a str), Vec<usize>> = BTreeMap::new();
        let mut exact: HashMap<(&'a str, &'a str), usize> = HashMap::new();
        for (index, operation) in new.iter().enumerate() {
            free.entry((template(operation.path), operation.method)).or_default().push(index);
            exact.insert((operation.path, operation.method), index);
        }
        let mut taken: HashSet<usize> = HashSet::new();
        // Paths that differ in nothing go first, in case two of them differ in names only.
        let mut partners: Vec<Option<usize>> =
            old.iter().map(|operation| exact.get(&(operation.path, operation.method)).copied()).collect();
        taken.extend(partners.iter().flatten());
        for (operation, partner) in old.iter().zip(&mut partners).filter(|(_, partner)| partner.is_none()) {
            let candidates = free.get(&(template(operation.path), operation.method));
            *partner = candidates.into_iter().flatten().copied().find(|index| taken.insert(*index));
        }
        for (operation, partner) in old.iter().zip(partners) {
            let label = operation.label();
            let number = self.label(&label);
            match partner.and_then(|index| new.get(index)) {
                Some(other) => {
                    self.operation(number, operation, other);
                    self.security(number, &security, &label, &operation.at, &other.at);
                }
                None => {
                    let places = (Some(operation.at.pointer()), None);
                    let values = texts(operation.at.text("operationId"), None);
                    let message = format!("operation {label} is gone");
                    self.add(
                        &Raw::told(Kind::OperationRemoved, (Area::Operation, &label), places, values, message),
                        number,
                    );
                }
            }
        }
        for (_, operation) in new.iter().enumerate().filter(|(index, _)| !taken.contains(index)) {
            let label = operation.label();
            let number = self.label(&label);
            let places = (None, Some(operation.at.pointer()));
            let values = texts(None, operation.at.text("operationId"));
            let message = format!("operation {label} is new");
            self.add(&Raw::told(Kind::OperationAdded, (Area::Operation, &label), places, values, message), number);
        }
    }

    /// What stands above all operations.
    pub(super) fn document(&mut self) {
        let (old, new) = (self.old.start(), self.new.start());
        let info = |at: &At<'a>| at.get("info").map(|info| info.value.clone());
        let changed: Vec<_> = [
            ("info", info(&old), info(&new)),
            ("tags", old.value.get("tags").cloned(), new.value.get("tags").cloned()),
            ("externalDocs", old.value.get("externalDocs").cloned(), new.value.get("externalDocs").cloned()),
        ]
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .collect();
        if !changed.is_empty() {
            let places = (Some(String::new()), Some(String::new()));
            self.log.add(&Raw::documentation(None, places, changed), []);
        }
        self.servers(&old, &new, None);
    }

    /// Adds a difference that one operation meets.
    pub(super) fn add(&mut self, raw: &Raw, operation: usize) {
        self.log.add(raw, [operation]);
    }

    /// A new number for what is called `label`.
    pub(super) fn label(&mut self, label: &str) -> usize {
        self.labels.push(label.to_owned());
        self.labels.len() - 1
    }

    /// Documentation and deprecation of two things that are no schemas.
    pub(super) fn annotations(&mut self, operation: usize, old: &At<'a>, new: &At<'a>) {
        let changed = docs::differences((self.old, &docs::of(old)), (self.new, &docs::of(new)));
        if !changed.is_empty() {
            self.add(&Raw::documentation(None, both(old, new), changed), operation);
        }
        let deprecated = (old.flag("deprecated"), new.flag("deprecated"));
        if deprecated.0 != deprecated.1 {
            let what = if deprecated.1 { "is now deprecated" } else { "is no longer deprecated" };
            let values = (deprecated.0.into(), deprecated.1.into());
            self.add(&Raw::at(Kind::DeprecationChanged, both(old, new), values, what), operation);
        }
    }

    fn operation(&mut self, number: usize, old: &Operation<'a>, new: &Operation<'a>) {
        let (a, b) = (&old.at, &new.at);
        let ids = (a.text("operationId"), b.text("operationId"));
        if ids.0 != ids.1 {
            let said =
                |id: Option<&str>| id.map_or_else(|| "no operationId".to_owned(), |id| format!("operationId `{id}`"));
            let what = format!("has the operationId {} instead of {}", said(ids.1), said(ids.0));
            self.add(&Raw::at(Kind::OperationIdChanged, both(a, b), texts(ids.0, ids.1), what), number);
        }
        self.annotations(number, a, b);
        self.servers(a, b, Some(number));
        self.parameters(number, old, new);
        self.request_body(number, a, b);
        self.responses(number, a, b);
        self.callbacks(number, a, b);
    }

    fn servers(&mut self, old: &At<'a>, new: &At<'a>, operation: Option<usize>) {
        let (before, after) = (old.value.get("servers"), new.value.get("servers"));
        if before != after {
            let values = (before.cloned().unwrap_or_default(), after.cloned().unwrap_or_default());
            self.log.add(&Raw::at(Kind::ServersChanged, both(old, new), values, "has other servers"), operation);
        }
    }
}

impl Operation<'_> {
    /// `GET /contacts/{id}`.
    pub(super) fn label(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }
}

/// The operations of a path item.
pub(super) fn methods<'a>(item: &At<'a>) -> impl Iterator<Item = (&'a str, At<'a>)> + use<'a> {
    item.members().filter(|(method, at)| METHODS.contains(method) && at.value.is_object())
}

/// The places of two things.
pub(super) fn both(old: &At<'_>, new: &At<'_>) -> (Option<String>, Option<String>) {
    (Some(old.pointer()), Some(new.pointer()))
}

/// The names of the parameters in a path, in order.
pub(super) fn names_in(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
}

fn operations_of<'a>(source: &Source<'a>) -> Vec<Operation<'a>> {
    let mut found = Vec::new();
    let Some(paths) = source.start().get("paths") else { return found };
    for (path, item) in paths.members().filter(|(path, item)| !path.starts_with("x-") && item.value != &Value::Null) {
        let item = source.resolve(item);
        found.extend(methods(&item).map(|(method, at)| Operation { method, path, item: item.clone(), at }));
    }
    found
}

/// The path with its parameters unnamed.
fn template(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => {
                inside = true;
                plain.push('{');
            }
            '}' => {
                inside = false;
                plain.push('}');
            }
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    plain
}
