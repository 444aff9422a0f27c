//! Which branch of a union a caller meant.
//!
//! A value that fits no branch of `oneOf` or `anyOf` has the faults of each. All but one branch were not meant, and their
//! faults would only confuse; "fits none of the forms" would help nobody.

use std::collections::HashSet;

use jsonschema::JsonTypeSet;

use super::Detail;
use super::fault::{Fault, Kind};
use super::words::Place;

/// The faults to tell of a value at `place` that fits no branch, given the faults of each branch.
///
/// Out of the running are branches for another JSON type than the value has. The others are ranked by, in this order: texts
/// that tell branches apart and do not fit; properties missing or too many; values that are not among those counted; all
/// faults. Of the best branch the faults are told; of several that are equally good, what they have in common.
pub(super) fn meant(place: Place<'_>, branches: Vec<Vec<Fault>>) -> Vec<Fault> {
    let type_at = |fault: &Fault| match fault.kind {
        Kind::Type(types) if fault.detail.pointer == place.pointer() => Some(types),
        _ => None,
    };
    let types = branches.iter().filter_map(|faults| faults.iter().find_map(type_at));
    let types = types.fold(JsonTypeSet::empty(), JsonTypeSet::union);
    let mut fitting = branches;
    fitting.retain(|faults| !faults.iter().any(|fault| type_at(fault).is_some()));
    if fitting.is_empty() {
        return vec![Fault::new(Kind::Type(types), place.not_of_type(types))];
    }
    if let Some(told_apart) = unknown_tag(place, &fitting) {
        return told_apart;
    }
    let best = fitting.iter().map(|faults| rank(place, faults)).min();
    fitting.retain(|faults| Some(rank(place, faults)) == best);
    let common = common(&fitting);
    if common.is_empty() { fitting.swap_remove(0) } else { common }
}

/// The faults when every branch asks for another text at the same place, and it is none of them: that, and what all branches
/// have in common.
fn unknown_tag(place: Place<'_>, branches: &[Vec<Fault>]) -> Option<Vec<Fault>> {
    let constant_at = |faults: &[Fault], pointer: &str| {
        faults.iter().find_map(|fault| match &fault.kind {
            Kind::Constant(text) if fault.detail.pointer == pointer => Some(text.clone()),
            _ => None,
        })
    };
    let mut tags = branches.first()?.iter().filter(|fault| is_tag(place, fault));
    let (pointer, values) = tags.find_map(|tag| {
        let pointer = &tag.detail.pointer;
        let values: Option<Vec<String>> = branches.iter().map(|faults| constant_at(faults, pointer)).collect();
        Some((pointer, values?))
    })?;
    let mut told = HashSet::new();
    let values: Vec<&String> = values.iter().filter(|value| told.insert(*value)).collect();
    let unknown = Fault::new(Kind::Enumerated, Place::value(pointer).not_one_of(&values));
    let others = common(branches).into_iter().filter(|fault| !matches!(fault.kind, Kind::Constant(_)));
    Some(std::iter::once(unknown).chain(others).collect())
}

/// Lower is nearer to what was meant.
fn rank(place: Place<'_>, faults: &[Fault]) -> [usize; 4] {
    let count = |counts: &dyn Fn(&Fault) -> bool| faults.iter().filter(|fault| counts(fault)).count();
    [
        count(&|fault| is_tag(place, fault)),
        count(&|fault| matches!(fault.kind, Kind::Missing | Kind::Additional)),
        count(&|fault| fault.kind == Kind::Enumerated),
        faults.len(),
    ]
}

/// Whether a fault is in a text that tells branches apart: the value itself, or a property right in it.
fn is_tag(place: Place<'_>, fault: &Fault) -> bool {
    let within = fault.detail.pointer.strip_prefix(place.pointer());
    matches!(fault.kind, Kind::Constant(_)) && within.is_some_and(|rest| rest.matches('/').count() <= 1)
}

/// The faults that all branches have.
fn common(branches: &[Vec<Fault>]) -> Vec<Fault> {
    let Some((first, others)) = branches.split_first() else { return Vec::new() };
    let details = |faults: &'_ Vec<Fault>| faults.iter().map(|fault| fault.detail.clone()).collect::<HashSet<Detail>>();
    let others: Vec<HashSet<Detail>> = others.iter().map(details).collect();
    let in_all = |fault: &&Fault| others.iter().all(|details| details.contains(&fault.detail));
    first.iter().filter(in_all).cloned().collect()
}
