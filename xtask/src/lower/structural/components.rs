//! The components while they are merged: which is made of which, and each one's schema once it is settled.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    Report,
    keywords::kind,
    schemas::{self, Object},
    unions,
};
use crate::document::pointer;

/// How many JSON values copies of components may have together: so many, and so many times what the components have.
/// Real documents stay below the one or the other by far; without a limit, copies of copies double at every step.
const BUDGET: usize = 250_000;
const BUDGET_FACTOR: usize = 3;

/// How large and how deep a component may be that is copied.
const MAX_COPY: usize = 20_000;
const MAX_DEPTH: usize = 50;

/// How many steps are walked to see whether one component is made of another.
const MAX_STEPS: usize = 1_000;

/// How many components may be settled one inside the other.
const MAX_OPEN: usize = 16;

/// What became of a component that is to be copied.
pub(super) enum Expanded {
    /// Its schema, without what is said about it.
    Whole(Object),
    /// It is part of itself, or too large.
    Not,
}

/// The components, each settled when first needed.
pub(super) struct Components<'r> {
    pub(super) report: &'r mut Report,
    pub(super) nesting: usize,
    raw: HashMap<String, Value>,
    settled: HashMap<String, Value>,
    /// Components with a union, without it: what their heirs inherit.
    bases: HashMap<String, Object>,
    parents: HashMap<String, Vec<String>>,
    pub(super) heirs: HashMap<String, HashSet<String>>,
    open: HashSet<String>,
    budget: usize,
}

impl<'r> Components<'r> {
    pub(super) fn new(schemas: Object, report: &'r mut Report) -> Self {
        let (mut bases, mut parents, mut heirs) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (name, schema) in &schemas {
            let Value::Object(schema) = schema else { continue };
            let all_of = schemas::list(schema, "allOf").iter().filter_map(Value::as_object).filter_map(schemas::target);
            let mut direct: Vec<String> = all_of.collect();
            direct.extend(schemas::target(schema));
            if !direct.is_empty() {
                parents.insert(name.clone(), direct);
            }
            let mut named: HashSet<String> = HashSet::new();
            named
                .extend(schemas::list(schema, "oneOf").iter().filter_map(Value::as_object).filter_map(schemas::target));
            let mapping = schema.get("discriminator").and_then(|discriminator| discriminator.get("mapping"));
            named.extend(
                mapping
                    .and_then(Value::as_object)
                    .into_iter()
                    .flat_map(|mapping| mapping.values())
                    .filter_map(|target| target.as_str().and_then(schemas::name_of)),
            );
            if schema.contains_key("oneOf") {
                let mut base = schema.clone();
                base.remove("oneOf");
                base.remove("discriminator");
                bases.insert(name.clone(), base);
                heirs.insert(name.clone(), named);
            }
        }
        let values: usize = schemas.values().filter_map(|schema| size(std::iter::once(schema), 0, usize::MAX)).sum();
        Self {
            report,
            nesting: 0,
            raw: schemas.into_iter().collect(),
            settled: HashMap::new(),
            bases,
            parents,
            heirs,
            open: HashSet::new(),
            budget: BUDGET + values.saturating_mul(BUDGET_FACTOR),
        }
    }

    /// The components, those first that others are made of; so that settling one finds its parts settled, however
    /// long the chain is.
    pub(super) fn order(&mut self, names: &[String]) -> Vec<String> {
        let mut needs: HashMap<&str, Vec<String>> = HashMap::new();
        for name in names {
            let Some(schema) = self.raw.get_mut(name) else { continue };
            let mut needed = Vec::new();
            schemas::children_first_within(schema, "", &mut |schema, _| {
                let Value::Object(schema) = schema else { return };
                let mut parts: Vec<&Value> = schemas::list(schema, "allOf").iter().collect();
                if unions::has_structure(schema) {
                    parts.extend(schemas::list(schema, "oneOf"));
                }
                needed.extend(parts.into_iter().filter_map(Value::as_object).filter_map(schemas::target));
            });
            needs.insert(name, needed);
        }
        let (mut order, mut seen) = (Vec::new(), HashSet::new());
        for name in names {
            let mut stack = vec![(name.as_str(), 0)];
            if !seen.insert(name.as_str()) {
                continue;
            }
            while let Some((name, next)) = stack.pop() {
                match needs.get(name).and_then(|needed| needed.get(next)) {
                    Some(needed) => {
                        stack.push((name, next + 1));
                        if let Some((needed, _)) = needs.get_key_value(needed.as_str())
                            && seen.insert(needed)
                        {
                            stack.push((needed, 0));
                        }
                    }
                    None => order.push(name.to_owned()),
                }
            }
        }
        order
    }

    pub(super) fn settled(&mut self, name: &str) -> Option<&Value> {
        if !self.settled.contains_key(name) {
            if self.open.len() >= MAX_OPEN || self.open.contains(name) {
                return None;
            }
            let mut schema = self.raw.remove(name)?;
            let place = match schema.get("x-pointer") {
                Some(Value::String(place)) => place.clone(),
                _ => pointer::join("/components/schemas", name),
            };
            self.open.insert(name.to_owned());
            schemas::children_first_within(&mut schema, &place, &mut |schema, at| {
                let outermost = at.len() == place.len();
                self.settle(schema, at, outermost.then_some(name));
            });
            self.open.remove(name);
            self.settled.insert(name.to_owned(), schema);
        }
        self.settled.get(name)
    }

    /// Whether the component `name` is made of `base`, directly or not.
    pub(super) fn derives(&self, name: &str, base: &str) -> bool {
        let (mut stack, mut seen, mut steps) = (vec![name], HashSet::new(), 0);
        while let Some(name) = stack.pop() {
            for parent in self.parents.get(name).into_iter().flatten() {
                steps += 1;
                if parent == base || steps > MAX_STEPS {
                    return parent == base;
                }
                if seen.insert(parent.as_str()) {
                    stack.push(parent);
                }
            }
        }
        false
    }

    /// Whether two components are text; of two enums the later is the narrower.
    pub(super) fn both_text(&mut self, first: &str, second: &str) -> bool {
        [first, second]
            .into_iter()
            .all(|name| self.settled(name).and_then(Value::as_object).is_some_and(|schema| kind(schema) == "string"))
    }

    /// The components in their order, with those that were never needed as they were.
    pub(super) fn finish(mut self, names: Vec<String>) -> Object {
        let mut finished = Object::new();
        for name in names {
            let schema = self.settled.remove(&name).or_else(|| self.raw.remove(&name));
            finished.insert(name, schema.unwrap_or_else(|| schemas::object([])));
        }
        finished
    }

    /// The schema of a component, to be merged with others into `own`.
    pub(super) fn expand(&mut self, name: &str, own: Option<&str>) -> Expanded {
        let inherits = own.is_some_and(|own| {
            self.heirs
                .get(name)
                .is_some_and(|heirs| heirs.contains(own) || heirs.iter().any(|heir| self.derives(own, heir)))
        });
        if inherits {
            return self.base(name, own);
        }
        let mut name = name.to_owned();
        for _ in 0..MAX_OPEN {
            if self.settled(&name).is_none() {
                return Expanded::Not;
            }
            let Some(Value::Object(schema)) = self.settled.get(&name) else { return Expanded::Not };
            if let Some(onward) = schemas::target(schema) {
                name = onward;
                continue;
            }
            if !pay(&mut self.budget, schema, 1) {
                return Expanded::Not;
            }
            let mut copy = schema.clone();
            copy.retain(|keyword, _| keyword == "nullable" || !schemas::is_annotation(keyword));
            if !copy.contains_key("oneOf") {
                copy.remove("discriminator");
            }
            return Expanded::Whole(copy);
        }
        Expanded::Not
    }

    /// Whether there may be `times` more copies of `schema`.
    pub(super) fn can_copy(&mut self, schema: &Object, times: usize) -> bool {
        pay(&mut self.budget, schema, times)
    }

    /// A component that lists its heirs, as they inherit it: without the list.
    fn base(&mut self, name: &str, own: Option<&str>) -> Expanded {
        let key = format!("{name} as a base");
        let Some(mut base) = self.bases.get(name).cloned() else { return Expanded::Not };
        if !pay(&mut self.budget, &base, 1) {
            return Expanded::Not;
        }
        if self.open.len() >= MAX_OPEN || !self.open.insert(key.clone()) {
            return Expanded::Not;
        }
        base.retain(|keyword, _| !schemas::is_annotation(keyword));
        let mut base = Value::Object(base);
        let place = pointer::join("/components/schemas", name);
        schemas::children_first_within(&mut base, &place, &mut |schema, at| {
            let outermost = at.len() == place.len();
            self.settle(schema, at, if outermost { own } else { None });
        });
        self.open.remove(&key);
        match base {
            Value::Object(base) => match schemas::target(&base) {
                Some(onward) => self.expand(&onward, own),
                None => Expanded::Whole(base),
            },
            _ => Expanded::Not,
        }
    }
}

/// Takes from `budget` what `times` copies of `schema` cost. False when it does not suffice.
fn pay(budget: &mut usize, schema: &Object, times: usize) -> bool {
    let limit = MAX_COPY.min(*budget / times.max(1));
    match size(schema.values(), 0, limit) {
        Some(size) => {
            *budget -= size * times;
            true
        }
        None => false,
    }
}

/// How many values there are, unless more than `limit` or too deep.
fn size<'a>(values: impl Iterator<Item = &'a Value>, depth: usize, limit: usize) -> Option<usize> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut total = 1_usize;
    for value in values {
        total += match value {
            Value::Object(entries) => size(entries.values(), depth + 1, limit)?,
            Value::Array(elements) => size(elements.iter(), depth + 1, limit)?,
            _ => 1,
        };
        if total > limit {
            return None;
        }
    }
    (total <= limit).then_some(total)
}
