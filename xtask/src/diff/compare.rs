//! One pair of schemas. What differs here is reported, what lies below is handed on as further pairs.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::bounds::Shift;
use super::change::{Kind, Side};
use super::docs;
use super::log::Raw;
use super::source::{Place, Source};
use super::types::Types;
use super::view::{Additional, Facet, Node, Part, View, same};

/// The comparison of one pair, with what it finds.
pub(super) struct Comparison<'c, 'a> {
    pub(super) old: &'c Source<'a>,
    pub(super) new: &'c Source<'a>,
    pub(super) side: Side,
    pub(super) a: View<'a>,
    pub(super) b: View<'a>,
    /// What differs between the two themselves.
    pub(super) found: Vec<Raw>,
    /// The pairs of schemas below.
    pub(super) below: Vec<(Node<'a>, Node<'a>)>,
}

impl<'c, 'a> Comparison<'c, 'a> {
    /// Compares `a` with `b`.
    pub(super) fn of(
        (old, new): (&'c Source<'a>, &'c Source<'a>),
        side: Side,
        (a, b): (&Node<'a>, &Node<'a>),
    ) -> (Vec<Raw>, Vec<(Node<'a>, Node<'a>)>) {
        let views = (View::of(old, a), View::of(new, b));
        let mut comparison = Self { old, new, side, a: views.0, b: views.1, found: Vec::new(), below: Vec::new() };
        // Between one form and several, what is written about the one belongs to the variant it is.
        let one =
            |view: &View<'a>| view.union.is_none() && !view.any && view.types.and(Types::NOT_NULL).each().len() < 2;
        let (a_view, b_view) = (&comparison.a, &comparison.b);
        if !(a_view.union.is_some() && one(b_view) || b_view.union.is_some() && one(a_view)) {
            comparison.annotations();
        }
        comparison.null();
        if comparison.references() {
            return (comparison.found, comparison.below);
        }
        if comparison.a.union.is_some() || comparison.b.union.is_some() {
            comparison.union(a, b);
        } else if comparison.types() {
            comparison.scalars();
            if comparison.a.may_be(Types::OBJECT) && comparison.b.may_be(Types::OBJECT) {
                comparison.object();
            }
            if comparison.a.may_be(Types::ARRAY) && comparison.b.may_be(Types::ARRAY) {
                comparison.array();
            }
        }
        (comparison.found, comparison.below)
    }

    /// Reports `kind` at two places.
    pub(super) fn report(
        &mut self,
        kind: Kind,
        (old, new): (Option<String>, Option<String>),
        (before, after): (Value, Value),
        what: impl Into<String>,
    ) {
        self.found.push(Raw::schema(kind, self.side, (old, new), (before, after), what.into()));
    }

    /// One wording for requests, one for responses: what is a demand on the one side is a promise on the other.
    pub(super) fn by_side<'t>(&self, request: &'t str, response: &'t str) -> &'t str {
        match self.side {
            Side::Request => request,
            Side::Response => response,
        }
    }

    /// Where a keyword stands on both sides. Where it is missing, that is the place it would have been written at.
    pub(super) fn places(&self, old: Option<&Place<'a>>, new: Option<&Place<'a>>) -> (Option<String>, Option<String>) {
        let old_text = old.map(Place::pointer);
        let new_text = new.map(Place::pointer);
        let (a, b) = (&self.a, &self.b);
        match (old_text, new_text) {
            (None, None) => (Some(a.base.pointer()), Some(b.base.pointer())),
            (Some(old), None) => {
                let new = counterpart(a, &old, b);
                (Some(old), Some(new))
            }
            (None, Some(new)) => (Some(counterpart(b, &new, a)), Some(new)),
            both => both,
        }
    }

    fn annotations(&mut self) {
        let changed = docs::differences((self.old, &self.a.docs), (self.new, &self.b.docs));
        if let Some((first, ..)) = changed.first() {
            let place = |view: &View<'a>| {
                let stands = |key: &str| key == *first || (*first == "examples" && key == "example");
                view.docs.iter().find(|(key, ..)| stands(key)).map(|(.., place)| place.clone())
            };
            let places = self.places(place(&self.a).as_ref(), place(&self.b).as_ref());
            self.found.push(Raw::documentation(Some(self.side), places, changed));
        }
        let (old, new) = (self.a.deprecated.clone(), self.b.deprecated.clone());
        if old.is_some() != new.is_some() {
            let places = self.places(at(&old), at(&new));
            let what = if new.is_some() { "is now deprecated" } else { "is no longer deprecated" };
            self.report(Kind::DeprecationChanged, places, (old.is_some().into(), new.is_some().into()), what);
        }
        self.default();
    }

    fn default(&mut self) {
        let (old, new) = (self.a.default.clone(), self.b.default.clone());
        let (kind, what) = match (&old, &new) {
            (Some((old, _)), Some((new, _))) if same(old, new) => return,
            (Some((old, _)), Some((new, _))) => (Kind::DefaultChanged, format!("defaults to {new} instead of {old}")),
            (None, Some((new, _))) => (Kind::DefaultAdded, format!("now has the default {new}")),
            (Some((old, _)), None) => (Kind::DefaultRemoved, format!("no longer has the default {old}")),
            (None, None) => return,
        };
        let values = (value(&old), value(&new));
        self.report(kind, self.places(at(&old), at(&new)), values, what);
    }

    fn null(&mut self) {
        let (old, new) = (self.a.types.holds(Types::NULL), self.b.types.holds(Types::NULL));
        // What may be anything may be null too; its type says so.
        if old == new || self.a.any || self.b.any {
            return;
        }
        // Only the side that allows null says where; on the other side nothing is written.
        let place = |view: &View<'a>| view.null.as_ref().map(|(_, place)| place.clone());
        let (kind, places, what) = if new {
            let places = self.places(None, place(&self.b).as_ref());
            (Kind::NullAdded, places, self.by_side("now accepts null", "may now be null"))
        } else {
            let places = self.places(place(&self.a).as_ref(), None);
            (Kind::NullRemoved, places, self.by_side("no longer accepts null", "is never null any more"))
        };
        self.report(kind, places, (old.into(), new.into()), what);
    }

    /// Whether a reference leads nowhere, so that nothing else can be said.
    fn references(&mut self) -> bool {
        let (old, new) = (self.a.opaque.clone(), self.b.opaque.clone());
        let text = |facet: &Facet<'a, &'a str>| facet.as_ref().map(|(text, _)| *text);
        if text(&old) != text(&new) {
            let what = "refers to something else, which cannot be followed";
            let values = (json!(text(&old)), json!(text(&new)));
            self.report(Kind::UnresolvedReferenceChanged, self.places(at(&old), at(&new)), values, what);
        }
        old.is_some() || new.is_some()
    }

    /// Whether the types have enough in common to go on.
    fn types(&mut self) -> bool {
        let (old, new) = (self.a.types.and(Types::NOT_NULL), self.b.types.and(Types::NOT_NULL));
        if old == new {
            return true;
        }
        let kind = if new.holds(old) {
            Kind::TypeWidened
        } else if old.holds(new) {
            Kind::TypeNarrowed
        } else {
            Kind::TypeChanged
        };
        let word = |types: Types| if types.is_none() { "null".to_owned() } else { types.text() };
        let words = (word(old), word(new));
        let what = match kind {
            Kind::TypeChanged => format!("is now {} instead of {}", words.1, words.0),
            _ => format!("is now {} and was {}", words.1, words.0),
        };
        let places = self.places(self.a.types_at.as_ref(), self.b.types_at.as_ref());
        self.report(kind, places, (json!(words.0), json!(words.1)), what);
        !old.and(new).is_none()
    }

    fn scalars(&mut self) {
        self.format();
        self.values();
        self.pattern();
        let shifts: Vec<_> = self
            .a
            .bounds
            .differences(&self.b.bounds)
            .into_iter()
            .map(|(old, new, shift)| (old.cloned(), new.cloned(), shift))
            .collect();
        for (old, new, shift) in shifts {
            let kind = match shift {
                Shift::Tighter => Kind::ConstraintTightened,
                Shift::Looser => Kind::ConstraintLoosened,
            };
            let places = self.places(old.as_ref().map(|bound| &bound.place), new.as_ref().map(|bound| &bound.place));
            let values = [old, new].map(|bound| bound.map_or(Value::Null, |bound| bound.value()));
            let [before, after] = &values;
            let what = match (before.is_null(), after.is_null()) {
                (true, _) => format!("now has {}", pairs(after)),
                (_, true) => format!("no longer has {}", pairs(before)),
                _ => format!("now has {} instead of {}", pairs(after), pairs(before)),
            };
            let [before, after] = values;
            self.report(kind, places, (before, after), what);
        }
        let keys: HashSet<&'static str> = self.a.others.keys().chain(self.b.others.keys()).copied().collect();
        let mut keys: Vec<&'static str> = keys.into_iter().collect();
        keys.sort_unstable();
        for key in keys {
            let (old, new) = (self.a.others.get(key).cloned(), self.b.others.get(key).cloned());
            if value(&old) != value(&new) {
                let values = (value(&old), value(&new));
                self.report(
                    Kind::ConstraintChanged,
                    self.places(at(&old), at(&new)),
                    values,
                    format!("has another `{key}`"),
                );
            }
        }
    }

    fn format(&mut self) {
        let (old, new) = (self.a.format.clone(), self.b.format.clone());
        let types = self.a.types.or(self.b.types).and(Types::NOT_NULL);
        let natural = |format: &str| {
            (format == "int64" && types == Types::INTEGER)
                || (format == "double" && types == Types::NUMBER)
                || format == "password"
        };
        let (kind, what) = match (&old, &new) {
            (Some((old, _)), Some((new, _))) if old == new => return,
            (Some((old, _)), Some((new, _))) => {
                let kind = match (*old, *new) {
                    ("int32", "int64") | ("float", "double") => Kind::FormatWidened,
                    ("int64", "int32") | ("double", "float") => Kind::FormatNarrowed,
                    _ => Kind::FormatChanged,
                };
                (kind, format!("has the format {new} instead of {old}"))
            }
            (None, Some((new, _))) => {
                let kind = if natural(new) { Kind::FormatClarified } else { Kind::FormatAdded };
                (kind, format!("now has the format {new}"))
            }
            (Some((old, _)), None) => {
                let kind = if natural(old) { Kind::FormatClarified } else { Kind::FormatRemoved };
                (kind, format!("no longer has the format {old}"))
            }
            (None, None) => return,
        };
        let text = |facet: &Facet<'a, &'a str>| json!(facet.as_ref().map(|(text, _)| *text));
        self.report(kind, self.places(at(&old), at(&new)), (text(&old), text(&new)), what);
    }

    fn pattern(&mut self) {
        let (old, new) = (self.a.pattern.clone(), self.b.pattern.clone());
        let text = |facet: &Facet<'a, &'a str>| facet.as_ref().map(|(text, _)| *text);
        if text(&old) == text(&new) {
            return;
        }
        let prefix = |facet| text(facet).and_then(id_prefix);
        let (kind, what) = match (text(&old), text(&new)) {
            (None, Some(new)) => (Kind::PatternAdded, format!("must now match `{new}`")),
            (Some(before), None) if prefix(&old).is_some() => {
                (Kind::IdPrefixDropped, format!("is no longer an id that matches `{before}`"))
            }
            (Some(before), None) => (Kind::PatternRemoved, format!("need no longer match `{before}`")),
            (Some(before), Some(after)) => {
                let moved = prefix(&old).is_some() && prefix(&old) != prefix(&new);
                let kind = if moved { Kind::IdPrefixChanged } else { Kind::PatternChanged };
                (kind, format!("matches `{after}` instead of `{before}`"))
            }
            (None, None) => return,
        };
        let values = (json!(text(&old)), json!(text(&new)));
        self.report(kind, self.places(at(&old), at(&new)), values, what);
    }

    fn values(&mut self) {
        let (old, new) = (self.a.values.clone(), self.b.values.clone());
        let all = |facet: &Facet<'a, Vec<&'a Value>>| facet.as_ref().map_or(Value::Null, |(all, _)| json!(all));
        let closed = |values: &[&Value]| !values.iter().all(|value| value.is_string());
        match (&old, &new) {
            (Some((before, old_at)), Some((after, new_at))) => {
                let places = self.places(Some(old_at), Some(new_at));
                let (removed, added) = (minus(before, after), minus(after, before));
                if let ([old], [new], [_], [_]) = (&before[..], &after[..], &removed[..], &added[..]) {
                    let what = format!("is always {new} instead of {old}");
                    self.report(Kind::ConstChanged, places, (json!(old), json!(new)), what);
                    return;
                }
                if !removed.is_empty() {
                    let what = format!("{} {}", self.by_side("no longer accepts", "is no longer"), list(&removed));
                    self.report(Kind::EnumValueRemoved, places.clone(), (json!(removed), Value::Null), what);
                }
                if !added.is_empty() {
                    let kind = if closed(&added) { Kind::ClosedEnumValueAdded } else { Kind::EnumValueAdded };
                    let what = format!("{} {}", self.by_side("also accepts", "may also be"), list(&added));
                    self.report(kind, places, (Value::Null, json!(added)), what);
                }
            }
            (None, Some((after, _))) => {
                let places = self.places(None, at(&new));
                let what = format!("is now limited to {}", list(after));
                self.report(Kind::EnumIntroduced, places, (Value::Null, all(&new)), what);
            }
            (Some((before, _)), None) => {
                let places = self.places(at(&old), None);
                let kind = if closed(before) { Kind::ClosedEnumValueAdded } else { Kind::EnumDropped };
                let what = format!("is no longer limited to {}", list(before));
                self.report(kind, places, (all(&old), Value::Null), what);
            }
            (None, None) => {}
        }
    }

    fn array(&mut self) {
        let (old, new) = (self.a.items.clone(), self.b.items.clone());
        self.child(old, new);
        let (old, new) = (self.a.prefix.clone(), self.b.prefix.clone());
        if old.len() != new.len() {
            let what = format!("has {} fixed positions instead of {}", new.len(), old.len());
            self.report(Kind::TupleChanged, self.places(None, None), (json!(old.len()), json!(new.len())), what);
        }
        for (old, new) in old.into_iter().zip(new) {
            self.below.push((Node::new(vec![old]), Node::new(vec![new])));
        }
    }

    /// Hands on a pair of schemas of which one may be missing, which then means anything.
    pub(super) fn child(&mut self, old: Vec<Part<'a>>, new: Vec<Part<'a>>) {
        let (before, after) = (Node::new(old), Node::new(new));
        match (before.parts.first(), after.parts.first()) {
            (Some(_), Some(_)) => self.below.push((before, after)),
            (Some(first), None) => {
                let view = View::of(self.old, &before);
                if !view.any {
                    let places = (Some(first.used.pointer()), Some(self.b.base.pointer()));
                    let what = format!("may now be anything and was {}", view.summary());
                    self.report(Kind::TypeWidened, places, (json!(view.summary()), json!("any")), what);
                }
            }
            (None, Some(first)) => {
                let view = View::of(self.new, &after);
                if !view.any {
                    let places = (Some(self.a.base.pointer()), Some(first.used.pointer()));
                    let what = format!("now has items of {} where anything was possible", view.summary());
                    self.report(Kind::TypeNarrowed, places, (json!("any"), json!(view.summary())), what);
                }
            }
            (None, None) => {}
        }
    }

    /// Properties that are neither named nor matched by a pattern.
    pub(super) fn additional(&mut self) {
        let (old, new) = (self.a.additional.clone(), self.b.additional.clone());
        let (kind, what) = match (old.0, new.0) {
            (Additional::Free, Additional::Free) | (Additional::Refused, Additional::Refused) => return,
            (Additional::Typed(old), Additional::Typed(new)) => return self.child(old, new),
            (Additional::Free, Additional::Refused) => (
                Kind::AdditionalPropertiesNarrowed,
                self.by_side("refuses unknown properties", "has no unknown properties"),
            ),
            (Additional::Free, Additional::Typed(_)) => {
                (Kind::AdditionalPropertiesNarrowed, "has unknown properties of one type only")
            }
            (Additional::Refused, _) => (
                Kind::AdditionalPropertiesAllowed,
                self.by_side("now accepts unknown properties", "may now have unknown properties"),
            ),
            (Additional::Typed(_), Additional::Free) => {
                (Kind::AdditionalPropertiesUntyped, "may now have entries of any type")
            }
            (Additional::Typed(_), Additional::Refused) => (
                Kind::AdditionalPropertiesRefused,
                self.by_side("no longer accepts entries", "has no entries any more"),
            ),
        };
        let places = self.places(old.1.as_ref(), new.1.as_ref());
        self.report(kind, places, (Value::Null, Value::Null), what);
    }
}

/// Where on `other` the keyword would stand that stands at `pointer` on `view`.
fn counterpart<'a>(view: &View<'a>, pointer: &str, other: &View<'a>) -> String {
    if let Some(twin) = other.leaves.iter().map(|leaf| leaf.at.pointer()).find(|twin| twin == pointer) {
        return twin;
    }
    let used = pointer == view.used.pointer() && pointer != view.base.pointer();
    if used { other.used.pointer() } else { other.base.pointer() }
}

fn at<'f, 'a, T>(facet: &'f Facet<'a, T>) -> Option<&'f Place<'a>> {
    facet.as_ref().map(|(_, place)| place)
}

fn value<'a>(facet: &Facet<'a, &'a Value>) -> Value {
    facet.as_ref().map_or(Value::Null, |(value, _)| (*value).clone())
}

/// The values of `these` that are not among `those`.
fn minus<'a>(these: &[&'a Value], those: &[&Value]) -> Vec<&'a Value> {
    if these == those {
        return Vec::new();
    }
    // Lists of countries and the like are long, and are compared at every place they stand.
    let exact: HashSet<String> = those.iter().map(ToString::to_string).collect();
    let missing = these.iter().filter(|value| !exact.contains(&value.to_string()));
    missing.filter(|value| !value.is_number() || !those.iter().any(|other| same(value, other))).copied().collect()
}

/// Values as they are read in a sentence; long lists are cut, the change itself has them all.
fn list(values: &[&Value]) -> String {
    const SHOWN: usize = 8;
    let mut words: Vec<String> = values.iter().take(SHOWN).map(ToString::to_string).collect();
    if values.len() > SHOWN {
        words.push(format!("{} more", values.len() - SHOWN));
    }
    words.join(", ")
}

/// The beginning all ids share that a pattern such as `^con_[a-z]+$` describes.
fn id_prefix(pattern: &str) -> Option<&str> {
    let rest = pattern.strip_prefix('^')?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric())?;
    (end > 0 && matches!(rest.as_bytes()[end], b'_' | b'-')).then(|| &rest[..=end])
}

fn pairs(value: &Value) -> String {
    let all = value.as_object().into_iter().flatten();
    all.map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(", ")
}
