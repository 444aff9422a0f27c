//! What a schema says once its spelling is gone: references followed, `allOf` merged, null taken out of unions, `const`
//! and `enum` the same thing, OpenAPI 3.0 and 3.1 alike.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::bounds::Bounds;
use super::branches::{all_values, base_of, branches};
use super::docs;
use super::source::{At, Place, Seen, Source};
use super::types::Types;
use crate::document::Version;

/// A schema keyword already accounted for elsewhere, to be skipped when the part is read again.
pub(super) const SKIP_ONE_OF: u8 = 1;
pub(super) const SKIP_ANY_OF: u8 = 2;
pub(super) const SKIP_REF: u8 = 4;
pub(super) const SKIP_ALL_OF: u8 = 8;
pub(super) const SKIP_DOCS: u8 = 16;

/// One written schema, of which some keywords may be skipped.
#[derive(Clone)]
pub(super) struct Part<'a> {
    pub(super) at: At<'a>,
    /// Where the reference stands that led to `at`.
    pub(super) used: Place<'a>,
    pub(super) skip: u8,
}

/// A schema as it is compared: all of `parts` hold at once, for values of the types in `mask`.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) parts: Vec<Part<'a>>,
    pub(super) mask: Types,
}

/// A keyword's value with the schema it stands in.
pub(super) type Facet<'a, T> = Option<(T, Place<'a>)>;

/// What objects may hold besides their named properties.
#[derive(Clone)]
pub(super) enum Additional<'a> {
    Free,
    Refused,
    Typed(Vec<Part<'a>>),
}

/// What a schema says.
pub(super) struct View<'a> {
    /// Where the schema is used, and the one schema behind it that says what it is (often a component).
    pub(super) used: Place<'a>,
    pub(super) base: Place<'a>,
    /// All schemas that were merged into this view.
    pub(super) leaves: Vec<Part<'a>>,
    pub(super) types: Types,
    pub(super) types_at: Option<Place<'a>>,
    /// Nothing narrows the type, null included.
    pub(super) any: bool,
    pub(super) null: Facet<'a, bool>,
    pub(super) format: Facet<'a, &'a str>,
    pub(super) values: Facet<'a, Vec<&'a Value>>,
    pub(super) bounds: Bounds<'a>,
    pub(super) pattern: Facet<'a, &'a str>,
    pub(super) default: Facet<'a, &'a Value>,
    pub(super) deprecated: Facet<'a, bool>,
    pub(super) docs: Vec<(&'static str, &'a Value, Place<'a>)>,
    pub(super) properties: BTreeMap<&'a str, Vec<Part<'a>>>,
    pub(super) required: HashSet<&'a str>,
    pub(super) additional: (Additional<'a>, Option<Place<'a>>),
    pub(super) patterns: BTreeMap<&'a str, Vec<Part<'a>>>,
    pub(super) items: Vec<Part<'a>>,
    pub(super) prefix: Vec<Part<'a>>,
    /// The branches of the first union, at least two, and the part and keyword they come from.
    pub(super) union: Option<(Vec<Part<'a>>, usize, u8)>,
    pub(super) discriminator: Facet<'a, &'a Value>,
    pub(super) others: BTreeMap<&'static str, (&'a Value, Place<'a>)>,
    pub(super) opaque: Facet<'a, &'a str>,
}

impl<'a> Part<'a> {
    /// The schema at `at`, or the one it is nothing but a reference to.
    pub(super) fn new(source: &Source<'a>, at: At<'a>) -> Self {
        let used = at.place.clone();
        let mut at = at;
        let mut seen = Seen::default();
        while seen.insert(at.address()) {
            let Some(object) = at.value.as_object() else { break };
            let Some(text) = object.get("$ref").and_then(Value::as_str) else { break };
            if source.version == Version::V31 && object.len() > 1 {
                break;
            }
            match source.reference(text) {
                Some(target) => at = target,
                None => break,
            }
        }
        Self { at, used, skip: 0 }
    }
}

impl<'a> Node<'a> {
    pub(super) fn new(parts: Vec<Part<'a>>) -> Self {
        Self { parts, mask: Types::ALL }
    }

    pub(super) fn masked(mut self, mask: Types) -> Self {
        self.mask = self.mask.and(mask);
        self
    }
}

impl<'a> View<'a> {
    pub(super) fn of(source: &Source<'a>, node: &Node<'a>) -> Self {
        let used = node.parts.first().map_or_else(|| Place::start(String::new()), |part| part.used.clone());
        let base = node.parts.first().map_or_else(|| used.clone(), |part| base_of(source, part));
        let mut view = Self {
            used,
            base,
            leaves: Vec::new(),
            types: Types::ALL,
            types_at: None,
            any: false,
            null: None,
            format: None,
            values: None,
            bounds: Bounds::default(),
            pattern: None,
            default: None,
            deprecated: None,
            docs: Vec::new(),
            properties: BTreeMap::new(),
            required: HashSet::new(),
            additional: (Additional::Free, None),
            patterns: BTreeMap::new(),
            items: Vec::new(),
            prefix: Vec::new(),
            union: None,
            discriminator: None,
            others: BTreeMap::new(),
            opaque: None,
        };
        let mut seen = Seen::default();
        let mut stack: Vec<Part<'a>> = node.parts.iter().rev().cloned().collect();
        while let Some(part) = stack.pop() {
            if seen.insert(part.at.address()) {
                view.read(source, part, &mut stack);
            }
        }
        view.finish(node.mask);
        view
    }

    /// Whether the schema can say something about values of `types`.
    pub(super) fn may_be(&self, types: Types) -> bool {
        !self.types.and(types).is_none()
    }

    /// The sole value, if there is only one besides null.
    pub(super) fn sole_value(&self) -> Option<&'a Value> {
        match &self.values {
            Some((values, _)) if values.len() == 1 => values.first().copied(),
            _ => None,
        }
    }

    /// The type in a few words, for what was added or removed.
    pub(super) fn summary(&self) -> String {
        if self.union.is_some() {
            return "union".to_owned();
        }
        let format = self.format.as_ref().map(|(format, _)| format!(" ({format})")).unwrap_or_default();
        let null = self.types.holds(Types::NULL) && !self.any;
        let plain = self.types.and(Types::NOT_NULL);
        if plain.is_none() && null {
            return "null".to_owned();
        }
        format!("{}{format}{}", plain.text(), if null { " | null" } else { "" })
    }

    fn read(&mut self, source: &Source<'a>, part: Part<'a>, stack: &mut Vec<Part<'a>>) {
        let at = &part.at;
        let place = &at.place;
        let Some(object) = at.value.as_object() else {
            if at.value == &Value::Bool(false) {
                self.narrow(Types::NONE, place);
            }
            self.leaves.push(part);
            return;
        };
        let mut leaf = part.clone();
        let mut later: Vec<Part<'a>> = Vec::new();
        if let Some(text) = object.get("$ref").and_then(Value::as_str).filter(|_| part.skip & SKIP_REF == 0) {
            leaf.skip |= SKIP_REF;
            match source.reference(text) {
                Some(target) => later.push(Part::new(source, target)),
                None => set(&mut self.opaque, text, place),
            }
            if source.version == Version::V30 {
                self.leaves.push(leaf);
                stack.extend(later);
                return;
            }
        }
        let mut types = None;
        let mut nullable = false;
        let mut values: Option<Vec<&'a Value>> = None;
        for (key, value) in object {
            let key = key.as_str();
            let child = || At { value, place: place.key(key) };
            match key {
                "type" => types = Types::of_keyword(value),
                "nullable" => nullable = value == &Value::Bool(true),
                "const" => values = Some(vec![value]),
                "enum" => values = value.as_array().map(|all| all.iter().collect()),
                "format" => {
                    if let Some(format) = value.as_str() {
                        set(&mut self.format, format, place);
                    }
                }
                // How 3.1 spells the formats `byte` and `binary`.
                "contentEncoding" if value == "base64" => set(&mut self.format, "byte", place),
                "contentMediaType"
                    if value == "application/octet-stream" && !object.contains_key("contentEncoding") =>
                {
                    set(&mut self.format, "binary", place);
                }
                "pattern" => {
                    if let Some(pattern) = value.as_str() {
                        set(&mut self.pattern, pattern, place);
                    }
                }
                "default" if part.skip & SKIP_DOCS == 0 => set(&mut self.default, value, place),
                "deprecated" => {
                    if value == &Value::Bool(true) && part.skip & SKIP_DOCS == 0 {
                        set(&mut self.deprecated, true, place);
                    }
                }
                "properties" => {
                    for (name, property) in child().members() {
                        self.properties.entry(name).or_default().push(Part::new(source, property));
                    }
                }
                "required" => self.required.extend(value.as_array().into_iter().flatten().filter_map(Value::as_str)),
                "additionalProperties" => self.additional(source, child(), place),
                "unevaluatedProperties" if !object.contains_key("additionalProperties") => {
                    self.additional(source, child(), place);
                }
                "patternProperties" => {
                    for (name, property) in child().members() {
                        self.patterns.entry(name).or_default().push(Part::new(source, property));
                    }
                }
                "items" => self.items.push(Part::new(source, child())),
                "prefixItems" if self.prefix.is_empty() => {
                    self.prefix = child().elements().map(|item| Part::new(source, item)).collect();
                }
                "allOf" if part.skip & SKIP_ALL_OF == 0 => {
                    leaf.skip |= SKIP_ALL_OF;
                    later.extend(child().elements().map(|member| Part::new(source, member)));
                }
                "discriminator" => set(&mut self.discriminator, value, place),
                "not" => other(&mut self.others, "not", value, place),
                "if" => other(&mut self.others, "if", value, place),
                "then" => other(&mut self.others, "then", value, place),
                "else" => other(&mut self.others, "else", value, place),
                "contains" => other(&mut self.others, "contains", value, place),
                "minContains" => other(&mut self.others, "minContains", value, place),
                "maxContains" => other(&mut self.others, "maxContains", value, place),
                "propertyNames" => other(&mut self.others, "propertyNames", value, place),
                "dependentRequired" => other(&mut self.others, "dependentRequired", value, place),
                "dependentSchemas" => other(&mut self.others, "dependentSchemas", value, place),
                "$dynamicRef" => other(&mut self.others, "$dynamicRef", value, place),
                _ => {
                    self.bounds.read(object, key, value, place);
                    if part.skip & SKIP_DOCS == 0 {
                        docs::read(&mut self.docs, key, value, place);
                    }
                }
            }
        }
        let mut null = types.map(|types| types.holds(Types::NULL) || nullable);
        null = null.or(nullable.then_some(true));
        if let Some(listed) = values {
            null = null.or(Some(listed.iter().any(|value| value.is_null())));
            self.restrict_values(&listed, place);
        }
        for (key, bit) in [("oneOf", SKIP_ONE_OF), ("anyOf", SKIP_ANY_OF)] {
            if let Some(union) = at.get(key).filter(|union| union.value.is_array() && part.skip & bit == 0) {
                let (branches, with_null) = branches(source, &union);
                null = null.or(with_null);
                if let [sole] = branches.as_slice() {
                    leaf.skip |= bit;
                    later.push(sole.clone());
                } else if let Some(values) = all_values(&branches) {
                    leaf.skip |= bit;
                    self.restrict_values(&values, place);
                } else if branches.is_empty() {
                    self.narrow(Types::NULL, place);
                } else if self.union.is_none() {
                    self.union = Some((branches, self.leaves.len(), bit));
                }
            }
        }
        if let Some(types) = types {
            self.narrow(types, place);
        }
        if let Some(null) = null.filter(|_| self.null.is_none()) {
            self.null = Some((null, place.clone()));
        }
        self.leaves.push(leaf);
        stack.extend(later.into_iter().rev());
    }

    fn additional(&mut self, source: &Source<'a>, at: At<'a>, place: &Place<'a>) {
        let said = match at.value {
            Value::Bool(false) => Additional::Refused,
            Value::Object(object) if !object.keys().all(|key| docs::is_documentation(key)) => {
                Additional::Typed(vec![Part::new(source, at)])
            }
            _ => return,
        };
        match (&mut self.additional.0, said) {
            (Additional::Refused, _) => {}
            (Additional::Typed(all), Additional::Typed(more)) => all.extend(more),
            (current, said) => {
                *current = said;
                self.additional.1 = Some(place.clone());
            }
        }
    }

    fn narrow(&mut self, types: Types, place: &Place<'a>) {
        // Null is decided apart, by the outermost schema that has an opinion.
        self.types = self.types.and(types.or(Types::NULL));
        self.types_at.get_or_insert_with(|| place.clone());
    }

    fn restrict_values(&mut self, listed: &[&'a Value], place: &Place<'a>) {
        let listed = listed.iter().copied().filter(|value| !value.is_null());
        match &mut self.values {
            Some((values, _)) => {
                let listed: Vec<&Value> = listed.collect();
                values.retain(|value| listed.iter().any(|other| same(value, other)));
            }
            None => self.values = Some((listed.collect(), place.clone())),
        }
    }

    fn finish(&mut self, mask: Types) {
        if self.types_at.is_none() && self.union.is_none() {
            let object = !self.properties.is_empty() || !self.patterns.is_empty() || self.additional.1.is_some();
            if let Some((values, _)) = &self.values {
                self.types = values.iter().fold(Types::NULL, |types, value| types.or(Types::of_value(value)));
            } else if object || !self.required.is_empty() {
                self.types = Types::OBJECT.or(Types::NULL);
            } else if !self.items.is_empty() || !self.prefix.is_empty() {
                self.types = Types::ARRAY.or(Types::NULL);
            } else {
                self.any = mask == Types::ALL && self.opaque.is_none();
            }
        }
        let null = self.null.as_ref().map_or(self.any, |(null, _)| *null);
        self.any = self.any && null;
        if !null {
            self.types = self.types.and(Types::NOT_NULL);
        }
        self.types = self.types.and(mask);
        self.bounds.finish(self.types.and(Types::NOT_NULL) == Types::INTEGER);
    }
}

/// Equal as JSON values: `1` is `1.0`.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

fn set<'a, T>(facet: &mut Facet<'a, T>, value: T, place: &Place<'a>) {
    if facet.is_none() {
        *facet = Some((value, place.clone()));
    }
}

fn other<'a>(
    others: &mut BTreeMap<&'static str, (&'a Value, Place<'a>)>,
    key: &'static str,
    value: &'a Value,
    place: &Place<'a>,
) {
    others.entry(key).or_insert_with(|| (value, place.clone()));
}
