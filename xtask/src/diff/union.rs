//! Unions: which variant of the old document is which of the new one, and which are gone or new.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use super::change::Kind;
use super::compare::Comparison;
use super::docs;
use super::source::Source;
use super::types::Types;
use super::view::{Node, Part, SKIP_ALL_OF, SKIP_ANY_OF, SKIP_DOCS, SKIP_ONE_OF, SKIP_REF, View};

/// One variant with what it is recognised by.
struct Variant<'a> {
    node: Node<'a>,
    view: View<'a>,
    /// Properties that have one value only.
    tags: BTreeMap<&'a str, String>,
    title: Option<&'a str>,
    component: Option<String>,
    /// The value the union's discriminator has for it.
    mapped: Option<String>,
}

/// Whether an old variant may be a new one.
type Rule<'r> = &'r dyn Fn(usize, usize) -> bool;

/// Variants with less in common than this are different things.
const ALIKE: f64 = 0.3;

impl<'a> Comparison<'_, 'a> {
    /// Compares two schemas of which at least one is a union.
    pub(super) fn union(&mut self, a: &Node<'a>, b: &Node<'a>) {
        if self.a.any || self.b.any {
            let (kind, what) = if self.b.any {
                (Kind::TypeWidened, "may now be anything and was one of several forms")
            } else {
                (Kind::TypeNarrowed, "now has one of several forms where anything was possible")
            };
            let values = (json!(self.a.summary()), json!(self.b.summary()));
            return self.report(kind, self.places(None, None), values, what);
        }
        let (old, new) = (variants(self.old, &self.a, a), variants(self.new, &self.b, b));
        let property = self.discriminator();
        let pairs = matches(&old, &new, &property);
        if pairs.is_empty() && (old.len() == 1 || new.len() == 1) {
            let values = (json!(self.a.summary()), json!(self.b.summary()));
            let what = "has another form altogether";
            return self.report(Kind::TypeChanged, self.places(None, None), values, what);
        }
        for (i, j) in &pairs {
            self.mapping(&old[*i], &new[*j], &property);
            self.below.push((old[*i].node.clone(), new[*j].node.clone()));
        }
        for (i, variant) in old.iter().enumerate().filter(|(i, _)| pairs.iter().all(|(old, _)| old != i)) {
            let what = format!("lost the variant {}", variant.name(i));
            let from = variant.node.parts.first().map(|part| part.used.pointer());
            self.report(Kind::VariantRemoved, (from, None), (json!(variant.name(i)), Value::Null), what);
        }
        let added: Vec<_> = new.iter().enumerate().filter(|(j, _)| pairs.iter().all(|(_, new)| new != j)).collect();
        if old.len() == 1 && !added.is_empty() {
            let names: Vec<String> = added.iter().map(|(j, variant)| variant.name(*j)).collect();
            let what = format!("has several forms now; new: {}", names.join(", "));
            let values = (json!(self.a.summary()), json!(names));
            return self.report(Kind::UnionIntroduced, self.places(None, None), values, what);
        }
        for (j, variant) in added {
            let what = format!("has the new variant {}", variant.name(j));
            let to = variant.node.parts.first().map(|part| part.used.pointer());
            self.report(Kind::VariantAdded, (None, to), (Value::Null, json!(variant.name(j))), what);
        }
    }

    /// The properties that tell variants apart by declaration.
    fn discriminator(&mut self) -> Vec<&'a str> {
        let (old, new) = (self.a.discriminator.clone(), self.b.discriminator.clone());
        let name = |value: &'a Value| value.get("propertyName").and_then(Value::as_str);
        let names = (old.as_ref().and_then(|(value, _)| name(value)), new.as_ref().and_then(|(value, _)| name(value)));
        if let (Some(before), Some(after)) = names
            && before != after
        {
            let places = self.places(old.as_ref().map(|(_, place)| place), new.as_ref().map(|(_, place)| place));
            let what = format!("is told apart by `{after}` instead of `{before}`");
            self.report(Kind::DiscriminatorChanged, places, (json!(before), json!(after)), what);
        }
        names.0.into_iter().chain(names.1).collect()
    }

    /// A variant that is chosen by another value than before. Where the variant itself says the value, that is compared
    /// like any other property.
    fn mapping(&mut self, old: &Variant<'a>, new: &Variant<'a>, property: &[&'a str]) {
        let said = |variant: &Variant<'a>| property.iter().any(|name| variant.tags.contains_key(name));
        let (Some(before), Some(after)) = (&old.mapped, &new.mapped) else { return };
        if before != after && !(said(old) && said(new)) {
            let what = format!("has the variant \"{after}\" that was \"{before}\"");
            self.report(Kind::DiscriminatorChanged, self.places(None, None), (json!(before), json!(after)), what);
        }
    }
}

impl Variant<'_> {
    /// What a reader calls it.
    fn name(&self, index: usize) -> String {
        let tag = || self.tags.iter().next().map(|(key, value)| format!("{key} {value}"));
        let title = self.title.map(str::to_owned).or_else(|| self.component.clone());
        title.map(|title| format!("`{title}`")).or_else(tag).unwrap_or_else(|| match self.view.summary().as_str() {
            "object" => format!("{} (object)", index + 1),
            other => other.to_owned(),
        })
    }
}

/// The variants of a union; those of a plain type list; or the schema itself as its only one.
fn variants<'a>(source: &Source<'a>, view: &View<'a>, node: &Node<'a>) -> Vec<Variant<'a>> {
    let Some((branches, index, bit)) = &view.union else {
        let types = view.types.and(Types::NOT_NULL).each();
        if types.len() < 2 {
            return vec![variant(source, view, node.clone().masked(Types::NOT_NULL))];
        }
        let mut node = node.clone();
        // What is written about all of them was compared already.
        node.parts.iter_mut().for_each(|part| part.skip |= SKIP_DOCS);
        return types.into_iter().map(|mask| variant(source, view, node.clone().masked(mask))).collect();
    };
    // What stands beside the union holds for every branch. It was read already, so that it must not lead back here.
    let mut beside = Vec::new();
    for (i, leaf) in view.leaves.iter().enumerate() {
        let mut leaf = leaf.clone();
        leaf.skip |= SKIP_REF | SKIP_ALL_OF | SKIP_DOCS | if i == *index { *bit } else { 0 };
        if asserts(&leaf) {
            beside.push(leaf);
        }
    }
    let nodes = branches.iter().map(|branch| {
        let mut parts = vec![branch.clone()];
        parts.extend(beside.iter().cloned());
        Node { parts, mask: node.mask.and(Types::NOT_NULL) }
    });
    let all: Vec<Variant<'a>> = nodes.map(|node| variant(source, view, node)).collect();
    // What contradicts what stands beside the union is no variant.
    let (possible, never): (Vec<_>, Vec<_>) = all.into_iter().partition(|variant| !variant.view.types.is_none());
    if possible.is_empty() { never } else { possible }
}

fn variant<'a>(source: &Source<'a>, union: &View<'a>, node: Node<'a>) -> Variant<'a> {
    let view = View::of(source, &node);
    let mut tags = BTreeMap::new();
    for (name, parts) in &view.properties {
        if parts.iter().any(may_list_values)
            && let Some(value) = View::of(source, &Node::new(parts.clone())).sole_value()
        {
            tags.insert(*name, value.to_string());
        }
    }
    let title = view.docs.iter().find(|(key, ..)| *key == "title").and_then(|(_, value, _)| value.as_str());
    let component = component(&view);
    let mapped = union.discriminator.as_ref().and_then(|(value, _)| mapped(source, value, &node, component.as_deref()));
    Variant { node, tags, title, component, mapped, view }
}

/// Spares plain properties the closer look.
fn may_list_values(part: &Part<'_>) -> bool {
    ["const", "enum", "$ref", "allOf", "oneOf", "anyOf"].iter().any(|key| part.at.value.get(key).is_some())
}

fn component(view: &View<'_>) -> Option<String> {
    let pointer = view.base.pointer();
    let name = pointer.strip_prefix("/components/schemas/")?;
    (!name.contains('/')).then(|| crate::document::pointer::unescape(name))
}

/// The discriminator's value for a variant: from the mapping, else the component's name.
fn mapped<'a>(
    source: &Source<'a>,
    discriminator: &'a Value,
    node: &Node<'a>,
    component: Option<&str>,
) -> Option<String> {
    let address = node.parts.first()?.at.address();
    for (tag, target) in discriminator.get("mapping").and_then(Value::as_object).into_iter().flatten() {
        let target = target.as_str()?;
        let hit = source.reference(target).is_some_and(|at| at.address() == address);
        if hit || component == Some(target) {
            return Some(tag.clone());
        }
    }
    component.map(str::to_owned)
}

/// Whether a leaf says anything about values once its union, references and documentation are left out.
fn asserts(leaf: &Part<'_>) -> bool {
    let silent = |key: &str| match key {
        "oneOf" => leaf.skip & SKIP_ONE_OF != 0,
        "anyOf" => leaf.skip & SKIP_ANY_OF != 0,
        "$ref" | "allOf" | "type" | "nullable" | "readOnly" | "writeOnly" | "default" | "$defs" => true,
        key => docs::is_documentation(key) || key.starts_with("x-"),
    };
    leaf.at.value.as_object().is_some_and(|schema| !schema.keys().all(|key| silent(key)))
}

/// Pairs of old and new variants: by the values that tell them apart, by title, by component, by likeness.
fn matches(old: &[Variant<'_>], new: &[Variant<'_>], property: &[&str]) -> Vec<(usize, usize)> {
    let telling = telling(old, new, property);
    let key = |variant: &Variant<'_>| -> Vec<(String, String)> {
        let own = telling.iter().filter_map(|name| Some(((*name).to_owned(), variant.tags.get(name)?.clone())));
        let mut key: Vec<_> = own.collect();
        if let (true, Some(mapped)) = (key.is_empty(), &variant.mapped) {
            key.push((String::new(), mapped.clone()));
        }
        key
    };
    let (old_keys, new_keys): (Vec<_>, Vec<_>) = (old.iter().map(key).collect(), new.iter().map(key).collect());
    let by_key = |i: usize, j: usize| !old_keys[i].is_empty() && old_keys[i] == new_keys[j];
    let by_title = |i: usize, j: usize| old[i].title.is_some() && old[i].title == new[j].title;
    let by_component = |i: usize, j: usize| old[i].component.is_some() && old[i].component == new[j].component;
    let always = |_: usize, _: usize| true;
    let rules: [(Rule<'_>, f64); 4] = [(&by_key, 0.0), (&by_title, 0.0), (&by_component, 0.0), (&always, ALIKE)];

    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let (mut old_done, mut new_done) = (vec![false; old.len()], vec![false; new.len()]);
    for (rule, least) in rules {
        let mut candidates = Vec::new();
        for i in (0..old.len()).filter(|i| !old_done[*i]) {
            for j in (0..new.len()).filter(|j| !new_done[*j]) {
                if rule(i, j) {
                    candidates.push((likeness(&old[i], &new[j]), i, j));
                }
            }
        }
        candidates.retain(|(score, ..)| *score >= least);
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (_, i, j) in candidates {
            if !old_done[i] && !new_done[j] {
                (old_done[i], new_done[j]) = (true, true);
                pairs.push((i, j));
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

/// The properties whose single values differ between variants: `type`, and not the `object` that all share.
fn telling<'a>(old: &[Variant<'a>], new: &[Variant<'a>], property: &[&'a str]) -> BTreeSet<&'a str> {
    let mut telling: BTreeSet<&'a str> = property.iter().copied().collect();
    for variants in [old, new] {
        let mut values: BTreeMap<&'a str, HashSet<&str>> = BTreeMap::new();
        for (name, value) in variants.iter().flat_map(|variant| &variant.tags) {
            values.entry(name).or_default().insert(value);
        }
        telling.extend(values.iter().filter(|(_, values)| values.len() > 1).map(|(name, _)| *name));
    }
    telling
}

/// How much two variants have in common, from 0 to 1.
fn likeness(a: &Variant<'_>, b: &Variant<'_>) -> f64 {
    if a.view.types.is_none() && b.view.types.is_none() {
        return ALIKE;
    }
    let common = a.view.types.and(b.view.types).and(Types::NOT_NULL);
    if common.is_none() {
        return 0.0;
    }
    if common.holds(Types::OBJECT) && !(a.view.properties.is_empty() && b.view.properties.is_empty()) {
        let shared = a.view.properties.keys().filter(|name| b.view.properties.contains_key(*name)).count();
        let all = a.view.properties.len() + b.view.properties.len() - shared;
        let conflict = a.tags.iter().any(|(name, value)| b.tags.get(name).is_some_and(|other| other != value));
        let share = ratio(shared, all);
        return if conflict { share / 2.0 } else { share };
    }
    let format = |view: &View<'_>| view.format.as_ref().map(|(format, _)| (*format).to_owned());
    let values = match (&a.view.values, &b.view.values) {
        (Some((old, _)), Some((new, _))) => {
            ratio(old.iter().filter(|value| new.contains(value)).count(), old.len().max(1))
        }
        (None, None) => 1.0,
        _ => 0.2,
    };
    0.4 + 0.2 * f64::from(u8::from(format(&a.view) == format(&b.view))) + 0.4 * values
}

fn ratio(part: usize, whole: usize) -> f64 {
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    count(part) / count(whole)
}
