//! Two schemas that hold at once, as one. Both are in the normal form; where they contradict each other, the later one
//! wins, because authors refine a base in what they write after it.

use serde_json::Value;

use super::{
    components::{Components, Expanded},
    keywords::kind,
    schemas::{self, Object},
    unions,
};

/// How deep merged properties may lie in merged properties.
const MAX_NESTING: usize = 24;

/// More variants than this no union gets by being multiplied with another.
const MAX_VARIANTS: usize = 64;

impl Components<'_> {
    /// The schema of what fits both `a` and `b`. `own` is the component whose outermost schema this is.
    pub(super) fn merge(&mut self, a: Object, b: Object, at: &str, own: Option<&str>) -> Object {
        if self.nesting >= MAX_NESTING {
            self.report.widen(at, "this is merged too deeply; only the last part is generated");
            return b;
        }
        self.nesting += 1;
        let merged = self.merge_kinds(a, b, at, own);
        self.nesting -= 1;
        merged
    }

    fn merge_kinds(&mut self, a: Object, b: Object, at: &str, own: Option<&str>) -> Object {
        match (kind(&a), kind(&b)) {
            ("", _) | (_, "") => overlay(a, b),
            ("$ref", "$ref") => self.refined(a, b, at),
            ("$ref", _) if is_slight(&b) => annotate(a, b),
            (_, "$ref") if is_slight(&a) => annotate_under(b, a),
            ("$ref", _) => match schemas::target(&a).map(|name| self.expand(&name, None)) {
                Some(Expanded::Whole(full)) => self.merge(full, b, at, own),
                _ => {
                    self.report.widen(
                        at,
                        "what this refines is too large or refers to itself; only the refinement is generated",
                    );
                    b
                }
            },
            (_, "$ref") => match schemas::target(&b).map(|name| self.expand(&name, None)) {
                // A named type that already has all of it is worth more than a copy of it.
                Some(Expanded::Whole(full)) if !covers(&full, &a) => self.merge(a, full, at, own),
                _ => b,
            },
            // A property that is refined to another union is of that union; only outermost both are meant.
            ("oneOf", "oneOf") if self.nesting > 1 => b,
            ("oneOf", _) => self.distribute(a, b, true, at, own),
            (_, "oneOf") => self.distribute(b, a, false, at, own),
            ("object", "object") => self.objects(a, b, at),
            ("array", "array") => self.arrays(a, b, at),
            (x, y) if x == y => scalars(a, b),
            ("integer", "number") | ("number", "integer") => {
                let mut merged = scalars(a, b);
                merged.insert("type".to_owned(), "integer".into());
                merged
            }
            // Names that are demanded of what has none.
            (_, "object") if only_demands(&b) => annotate(a, b),
            ("object", _) if only_demands(&a) => annotate_under(b, a),
            (x, y) => {
                self.report.widen(at, format!("this is to be {x} and {y} at once; it is generated as {y}"));
                b
            }
        }
    }

    /// Of two references the one that includes the other.
    fn refined(&mut self, a: Object, b: Object, at: &str) -> Object {
        let (Some(first), Some(second)) = (schemas::target(&a), schemas::target(&b)) else { return b };
        if first == second || self.derives(&second, &first) {
            return annotate_under(b, a);
        }
        if self.derives(&first, &second) {
            return annotate(a, b);
        }
        if !self.both_text(&first, &second) {
            self.report.widen(at, format!("this is to be {first} and {second} at once; it is generated as {second}"));
        }
        b
    }

    /// What goes for a union goes for each of its variants.
    fn distribute(
        &mut self,
        mut union: Object,
        other: Object,
        union_first: bool,
        at: &str,
        own: Option<&str>,
    ) -> Object {
        let variants = match union.remove("oneOf") {
            Some(Value::Array(variants)) => variants,
            _ => return other,
        };
        let factor = schemas::list(&other, "oneOf").len().max(1);
        if variants.len().saturating_mul(factor) > MAX_VARIANTS.max(variants.len()) {
            self.report.widen(at, "these are too many combinations; only one of the unions is generated");
            union.insert("oneOf".to_owned(), Value::Array(variants));
            return union;
        }
        if !self.can_copy(&other, variants.len()) {
            self.report.widen(at, "what stands beside these alternatives is too large to be merged into each of them");
            union.insert("oneOf".to_owned(), Value::Array(variants));
            return union;
        }
        let discriminator = union.get("discriminator").cloned();
        let mut merged = Vec::new();
        for variant in variants {
            let Value::Object(variant) = variant else { continue };
            match schemas::target(&variant) {
                Some(name) => {
                    let merged_variant =
                        self.variant(variant, &name, &other, discriminator.as_ref(), union_first, at, own);
                    merged.extend(merged_variant);
                }
                None if compatible(&variant, &other) => {
                    merged.push(self.ordered(variant, other.clone(), union_first, at));
                }
                None => {}
            }
        }
        if merged.is_empty() {
            self.report.widen(
                at,
                "no alternative agrees with what is demanded beside them; the alternatives are not generated",
            );
            return other;
        }
        union.insert("oneOf".to_owned(), merged.into_iter().map(Value::Object).collect());
        if !union_first
            && schemas::is_true(&union, "nullable")
            && !schemas::is_true(&other, "nullable")
            && other.contains_key("type")
        {
            union.remove("nullable");
        }
        if factor > 1 {
            // The tag is told by the outer union only.
            union.remove("discriminator");
        }
        unions::tidy(&mut union, at, self.report);
        union
    }

    /// One variant that is a component. It stays one when there is nothing to add to it.
    #[allow(clippy::too_many_arguments)]
    fn variant(
        &mut self,
        variant: Object,
        name: &str,
        other: &Object,
        discriminator: Option<&Value>,
        union_first: bool,
        at: &str,
        own: Option<&str>,
    ) -> Option<Object> {
        if is_slight(other) || own.is_some_and(|own| self.derives(name, own)) {
            return Some(variant);
        }
        let Expanded::Whole(full) = self.expand(name, None) else {
            self.report.widen(at, format!("{name} does not take over what is demanded beside the alternatives"));
            return Some(variant);
        };
        if !compatible(&full, other) {
            return None;
        }
        let mut merged = self.ordered(full.clone(), other.clone(), union_first, at);
        if same_shape(&merged, &full) {
            return Some(variant);
        }
        merged.insert("x-merged-from".to_owned(), name.into());
        if let Some(discriminator) = discriminator {
            let mapping = discriminator.get("mapping").and_then(Value::as_object);
            let mut tags: Vec<Value> = mapping
                .into_iter()
                .flatten()
                .filter(|(_, target)| target.as_str().and_then(schemas::name_of).as_deref() == Some(name))
                .map(|(tag, _)| Value::String(tag.clone()))
                .collect();
            if tags.is_empty() {
                tags.push(name.into());
            }
            merged.insert("x-discriminator-values".to_owned(), Value::Array(tags));
        }
        Some(merged)
    }

    fn ordered(&mut self, variant: Object, other: Object, variant_first: bool, at: &str) -> Object {
        if variant_first { self.merge(variant, other, at, None) } else { self.merge(other, variant, at, None) }
    }

    fn objects(&mut self, mut a: Object, b: Object, at: &str) -> Object {
        let nullable = schemas::is_true(&b, "nullable");
        let others = match (a.remove("additionalProperties"), b.get("additionalProperties").cloned()) {
            (Some(Value::Bool(false)), Some(Value::Bool(false))) => Some(Value::Bool(false)),
            (Some(Value::Object(a)), Some(Value::Object(b))) => {
                Some(Value::Object(self.merge(a, b, &format!("{at}/additionalProperties"), None)))
            }
            (Some(Value::Object(one)), _) | (_, Some(Value::Object(one))) => Some(Value::Object(one)),
            (Some(Value::Bool(true)), _) | (_, Some(Value::Bool(true))) => Some(Value::Bool(true)),
            _ => None,
        };
        for (keyword, value) in b {
            match (keyword.as_str(), value) {
                ("properties", Value::Object(later)) => {
                    let Value::Object(properties) = a.entry("properties").or_insert_with(|| schemas::object([])) else {
                        continue;
                    };
                    let mut properties = std::mem::take(properties);
                    for (name, schema) in later {
                        let merged = match (properties.get_mut(&name).map(Value::take), schema) {
                            (Some(Value::Object(a)), Value::Object(b)) => {
                                Value::Object(self.merge(a, b, &format!("{at}/properties/{name}"), None))
                            }
                            (_, schema) => schema,
                        };
                        properties.insert(name, merged);
                    }
                    a.insert("properties".to_owned(), Value::Object(properties));
                }
                ("required", Value::Array(later)) => {
                    let Value::Array(required) = a.entry("required").or_insert_with(|| Value::Array(Vec::new())) else {
                        continue;
                    };
                    let known: std::collections::HashSet<Value> = required.iter().cloned().collect();
                    required.extend(later.into_iter().filter(|name| !known.contains(name)));
                }
                ("additionalProperties", _) => {}
                (_, value) => {
                    a.insert(keyword, value);
                }
            }
        }
        if let Some(others) = others {
            a.insert("additionalProperties".to_owned(), others);
        }
        if !nullable {
            a.remove("nullable");
        }
        a
    }

    fn arrays(&mut self, mut a: Object, mut b: Object, at: &str) -> Object {
        let items = match (a.remove("items"), b.remove("items")) {
            (Some(Value::Object(a)), Some(Value::Object(b))) => {
                Some(Value::Object(self.merge(a, b, &format!("{at}/items"), None)))
            }
            (a, b) => b.or(a),
        };
        let mut merged = scalars(a, b);
        merged.extend(items.map(|items| ("items".to_owned(), items)));
        merged
    }
}

/// Whether a schema says no more than which JSON type a value has, and within what bounds.
pub(super) fn is_slight(schema: &Object) -> bool {
    schema.iter().all(|(keyword, value)| {
        keyword == "type"
            || schemas::is_annotation(keyword)
            || schemas::is_constraint(keyword)
            || (keyword == "additionalProperties" && value.is_boolean())
            || (keyword == "properties" && value.as_object().is_some_and(Object::is_empty))
            || (keyword == "items" && value.as_object().is_some_and(Object::is_empty))
    })
}

/// Whether what `later` says replaces what `earlier` says, being a union or having all its properties.
fn covers(later: &Object, earlier: &Object) -> bool {
    match (kind(earlier), kind(later)) {
        ("oneOf", _) => true,
        ("object", "object") => {
            let names =
                |schema: &Object| schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
            let later = names(later);
            names(earlier).keys().all(|name| later.contains_key(name))
        }
        ("object", "oneOf") => false,
        (_, "oneOf") => true,
        (earlier, later) => earlier == later && later != "array",
    }
}

/// Whether two schemas are the same, whatever is said about them.
pub(super) fn same_shape(a: &Object, b: &Object) -> bool {
    let shape = |schema: &Object| {
        let mut shape = schema.clone();
        shape.retain(|keyword, _| !schemas::is_annotation(keyword) && keyword != "discriminator");
        shape
    };
    shape(a) == shape(b)
}

/// Whether an object is only told which properties it must have.
fn only_demands(schema: &Object) -> bool {
    schema.keys().all(|keyword| matches!(keyword.as_str(), "type" | "required") || schemas::is_annotation(keyword))
}

/// Whether some value might fit both.
fn compatible(a: &Object, b: &Object) -> bool {
    match (kind(a), kind(b)) {
        ("" | "oneOf" | "$ref", _) | (_, "" | "oneOf" | "$ref") => true,
        ("integer", "number") | ("number", "integer") => true,
        ("string", "string") => {
            let (a, b) = (schemas::list(a, "enum"), schemas::list(b, "enum"));
            a.is_empty() || b.is_empty() || a.iter().any(|value| b.contains(value))
        }
        (a, b) => a == b,
    }
}

fn scalars(mut a: Object, b: Object) -> Object {
    let nullable = schemas::is_true(&b, "nullable");
    let open = schemas::is_true(&a, "x-open-enum") && schemas::is_true(&b, "x-open-enum");
    let (ours, theirs) = (schemas::list(&a, "enum"), schemas::list(&b, "enum"));
    let both: Vec<Value> = ours.iter().filter(|value| theirs.contains(value)).cloned().collect();
    let values = if theirs.is_empty() {
        ours.to_vec()
    } else if both.is_empty() {
        theirs.to_vec()
    } else {
        both
    };
    a.extend(b);
    if !values.is_empty() {
        a.insert("enum".to_owned(), Value::Array(values));
    }
    if !open {
        a.remove("x-open-enum");
    }
    if !nullable {
        a.remove("nullable");
    }
    a
}

/// Any value and something: the something, with what is said about both.
fn overlay(a: Object, b: Object) -> Object {
    if kind(&b).is_empty() { annotate(a, b) } else { annotate_under(b, a) }
}

/// `schema` with the annotations of `more`, which win.
pub(super) fn annotate(mut schema: Object, more: Object) -> Object {
    schema.extend(more.into_iter().filter(|(keyword, _)| schemas::is_annotation(keyword)));
    schema
}

/// `schema` with those annotations of `more` that it does not have.
pub(super) fn annotate_under(mut schema: Object, more: Object) -> Object {
    for (keyword, value) in more {
        if schemas::is_annotation(&keyword) {
            schema.entry(keyword).or_insert(value);
        }
    }
    schema
}
