//! What rules ask about a document: its nodes, its operations with everything resolved, and where references lead.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::walk::{Kind, Node, literal_keys, walk};
use crate::document::{Document, Version, pointer};

/// The longest chain of references that is followed, so that a circle of them ends.
const LONGEST_CHAIN: usize = 32;

/// A document prepared for the rules.
pub struct Context<'a> {
    /// The document itself.
    pub(crate) document: &'a Document,
    /// Every object of it, in its order.
    pub(crate) nodes: Vec<Node<'a>>,
    /// The operations under `paths`.
    pub(crate) operations: Vec<Operation<'a>>,
    /// The operations under `webhooks`.
    pub(crate) webhooks: Vec<Operation<'a>>,
    /// Every `$ref` outside examples: where it stands and what it says.
    pub(crate) references: Vec<(String, &'a str)>,
    /// Every key that begins with `x-` outside examples: the object that holds it, and the key.
    pub(crate) extensions: Vec<(String, &'a str)>,
    by_pointer: HashMap<String, usize>,
}

/// One operation, of a path or of a webhook.
pub(crate) struct Operation<'a> {
    /// Where it stands.
    pub(crate) pointer: String,
    /// The path, or the name of the webhook.
    pub(crate) path: &'a str,
    /// The method in lower case.
    pub(crate) method: &'a str,
    /// The operation object.
    pub(crate) value: &'a Value,
    /// Its parameters, resolved, those of the path item that it does not replace included.
    pub(crate) parameters: Vec<Parameter<'a>>,
    /// Its answers, resolved, by status.
    pub(crate) responses: Vec<Place<'a>>,
}

/// One parameter of an operation.
pub(crate) struct Parameter<'a> {
    /// Where it hangs from the operation or the path item.
    pub(crate) pointer: String,
    /// Where it is defined: the end of its references, or where it hangs.
    pub(crate) target: String,
    /// Its name.
    pub(crate) name: &'a str,
    /// `query`, `path`, `header` or `cookie`.
    pub(crate) location: &'a str,
    /// The parameter, resolved.
    pub(crate) value: &'a Value,
}

/// A named, resolved part of an operation.
pub(crate) struct Place<'a> {
    /// Where it is defined: the end of its references, or where it hangs. A fault of a shared part is one fault.
    pub(crate) target: String,
    /// Its key.
    pub(crate) key: &'a str,
    /// What it resolves to.
    pub(crate) value: &'a Value,
}

impl<'a> Context<'a> {
    /// Prepares `document`.
    pub(crate) fn new(document: &'a Document) -> Self {
        let nodes = walk(&document.root);
        let mut by_pointer = HashMap::with_capacity(nodes.len());
        let mut literals = HashSet::new();
        for (index, node) in nodes.iter().enumerate() {
            by_pointer.insert(node.pointer.clone(), index);
            for key in literal_keys(node.kind) {
                if node.value.get(key).is_some() {
                    literals.insert(format!("{}/{key}", node.pointer));
                }
            }
        }
        let mut context = Self {
            document,
            nodes,
            operations: Vec::new(),
            webhooks: Vec::new(),
            references: Vec::new(),
            extensions: Vec::new(),
            by_pointer,
        };
        context.scan(&literals, &mut String::new(), &document.root);
        context.operations = context.collect("paths");
        context.webhooks = context.collect("webhooks");
        context
    }

    /// Whether the document is of OpenAPI 3.0, whose schemas are of another dialect.
    pub(crate) fn is_v30(&self) -> bool {
        self.document.version == Version::V30
    }

    /// The nodes of one kind.
    pub(crate) fn of(&self, kind: Kind) -> impl Iterator<Item = &Node<'a>> {
        self.nodes.iter().filter(move |node| node.kind == kind)
    }

    /// The node at `pointer`.
    pub(crate) fn node(&self, pointer: &str) -> Option<&Node<'a>> {
        self.by_pointer.get(pointer).map(|&index| &self.nodes[index])
    }

    /// The node that holds `node`.
    pub(crate) fn parent(&self, node: &Node<'a>) -> Option<&Node<'a>> {
        node.parent.map(|index| &self.nodes[index])
    }

    /// The entries of one section of `components`.
    pub(crate) fn components(&self, section: &str) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let entries = self.document.root.get("components").and_then(|c| c.get(section)).and_then(Value::as_object);
        entries.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
    }

    /// What `value` stands for: the end of its chain of references, or itself. A reference that leads nowhere stands
    /// for itself; a rule of its own reports it.
    pub(crate) fn resolve(&self, value: &'a Value) -> &'a Value {
        self.resolve_at(String::new(), value).1
    }

    /// The same with its place, `at` being that of `value`.
    pub(crate) fn resolve_at(&self, at: String, value: &'a Value) -> (String, &'a Value) {
        let (mut at, mut current) = (at, value);
        for _ in 0..LONGEST_CHAIN {
            let Some(target) = current.get("$ref").and_then(Value::as_str).and_then(pointer::of_reference) else {
                break;
            };
            let Some(value) = pointer::get(&self.document.root, &target) else { break };
            (at, current) = (target, value);
        }
        (at, current)
    }

    /// The entries of the object `key` of `holder` (itself at `base`), each resolved.
    pub(crate) fn places(&self, base: &str, holder: &'a Value, key: &str) -> Vec<Place<'a>> {
        let base = pointer::join(base, key);
        entries(holder.get(key))
            .filter(|(name, _)| !name.starts_with("x-"))
            .map(|(name, value)| {
                let (target, value) = self.resolve_at(pointer::join(&base, name), value);
                Place { target, key: name, value }
            })
            .collect()
    }

    fn scan(&mut self, literals: &HashSet<String>, at: &mut String, value: &'a Value) {
        if literals.contains(at.as_str()) {
            return;
        }
        let length = at.len();
        match value {
            Value::Object(object) => {
                for (key, child) in object {
                    if key == "$ref"
                        && let Some(target) = child.as_str()
                    {
                        self.references.push((at.clone(), target));
                    }
                    // The keys of these maps are names that the author is free to choose.
                    let free = at.ends_with("/properties") || at.ends_with("/headers");
                    if key.starts_with("x-") && !free {
                        self.extensions.push((at.clone(), key));
                        continue;
                    }
                    at.push('/');
                    at.push_str(&pointer::escape(key));
                    self.scan(literals, at, child);
                    at.truncate(length);
                }
            }
            Value::Array(items) => {
                for (i, child) in items.iter().enumerate() {
                    at.push_str(&format!("/{i}"));
                    self.scan(literals, at, child);
                    at.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn collect(&self, section: &'static str) -> Vec<Operation<'a>> {
        let mut found = Vec::new();
        for item in self.nodes.iter().filter(|node| node.kind == Kind::PathItem && node.place.0 == section) {
            let resolved = self.resolve(item.value);
            let Some((path, _)) = entries(self.document.root.get(section)).find(|(name, _)| *name == item.place.1)
            else {
                continue;
            };
            for (method, value) in entries(Some(resolved)) {
                if matches!(method, "get" | "put" | "post" | "delete" | "options" | "head" | "patch" | "trace") {
                    let at = pointer::join(&item.pointer, method);
                    found.push(Operation {
                        parameters: self.parameters(&at, value, &item.pointer, resolved),
                        responses: self.places(&at, value, "responses"),
                        pointer: at,
                        path,
                        method,
                        value,
                    });
                }
            }
        }
        found
    }

    fn parameters(&self, at: &str, operation: &'a Value, item_at: &str, item: &'a Value) -> Vec<Parameter<'a>> {
        let mut found: Vec<Parameter<'a>> = Vec::new();
        for (base, holder, shared) in [(at, operation, false), (item_at, item, true)] {
            let listed = holder.get("parameters").and_then(Value::as_array);
            for (i, value) in listed.into_iter().flatten().enumerate() {
                let pointer = format!("{base}/parameters/{i}");
                let (target, value) = self.resolve_at(pointer.clone(), value);
                let (name, location) = (text(value, "name"), text(value, "in"));
                if shared && found.iter().any(|other| other.name == name && other.location == location) {
                    continue;
                }
                found.push(Parameter { pointer, target, name, location, value });
            }
        }
        found
    }
}

impl<'a> Operation<'a> {
    /// Its `operationId`, empty when it has none.
    pub(crate) fn id(&self) -> &'a str {
        text(self.value, "operationId")
    }

    /// Its first tag, empty when it has none.
    pub(crate) fn tag(&self) -> &'a str {
        self.value.get("tags").and_then(|tags| tags.get(0)).and_then(Value::as_str).unwrap_or_default()
    }

    /// The alternatives of its own `security`: each a set of schemes with the scopes it asks for.
    pub(crate) fn security(&self) -> Vec<Vec<(&'a str, Vec<&'a str>)>> {
        let alternatives = self.value.get("security").and_then(Value::as_array);
        alternatives
            .into_iter()
            .flatten()
            .map(|alternative| {
                entries(Some(alternative)).map(|(scheme, scopes)| (scheme, strings(Some(scopes)))).collect()
            })
            .collect()
    }

    /// Whether a call without credentials is refused.
    pub(crate) fn is_secured(&self) -> bool {
        let security = self.security();
        !security.is_empty() && security.iter().all(|alternative| !alternative.is_empty())
    }

    /// The scopes of all alternatives, each once.
    pub(crate) fn scopes(&self) -> Vec<&'a str> {
        let mut found: Vec<&str> = self.security().into_iter().flatten().flat_map(|(_, scopes)| scopes).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The parameters of one location.
    pub(crate) fn parameters_in(&self, location: &str) -> impl Iterator<Item = &Parameter<'a>> {
        self.parameters.iter().filter(move |parameter| parameter.location == location)
    }

    /// The parameter of this name and location; header names have no case.
    pub(crate) fn parameter(&self, location: &str, name: &str) -> Option<&Parameter<'a>> {
        self.parameters_in(location).find(|parameter| {
            parameter.name == name || location == "header" && parameter.name.eq_ignore_ascii_case(name)
        })
    }

    /// The answer of this status.
    pub(crate) fn response(&self, status: &str) -> Option<&Place<'a>> {
        self.responses.iter().find(|response| response.key == status)
    }

    /// The answers that are no errors.
    pub(crate) fn successes(&self) -> impl Iterator<Item = &Place<'a>> {
        self.responses.iter().filter(|response| response.key.starts_with(['2', '3']))
    }

    /// The answers that are errors.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &Place<'a>> {
        self.responses.iter().filter(|response| response.key.starts_with(['4', '5']) || response.key == "default")
    }
}

/// Whether the media type is JSON, `application/problem+json` and its like included.
pub(super) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

/// The string at `key`, empty when there is none.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The entries of an object; of anything else, none.
pub(super) fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// The strings of an array.
pub(super) fn strings(value: Option<&Value>) -> Vec<&str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}
