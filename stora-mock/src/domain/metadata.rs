//! The integrator's own key-value pairs on a record.

use std::collections::BTreeMap;

use super::refusal::Refusal;

/// The integrator's own key-value pairs on a record.
pub type Metadata = BTreeMap<String, String>;

/// Changes to such pairs: a value sets its key, none removes it.
pub type MetadataPatch = BTreeMap<String, Option<String>>;

/// Most pairs on a record.
pub const MOST_PAIRS: usize = 20;

/// The pairs after a change: those named change, the others stay, and a change that names none removes all (platform.yaml,
/// metadata).
///
/// # Errors
/// When there would be more than [`MOST_PAIRS`].
pub fn merged(pairs: &Metadata, patch: &MetadataPatch) -> Result<Metadata, Refusal> {
    if patch.is_empty() {
        return Ok(Metadata::new());
    }
    let mut pairs = pairs.clone();
    for (key, value) in patch {
        match value {
            Some(value) => pairs.insert(key.clone(), value.clone()),
            None => pairs.remove(key),
        };
    }
    if pairs.len() > MOST_PAIRS {
        let reason = format!("object at `/metadata` has more than {MOST_PAIRS} properties");
        return Err(Refusal::invalid("/metadata", reason));
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Metadata {
        list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn named_pairs_change_null_removes_and_nothing_clears() {
        let before = pairs(&[("a", "1"), ("b", "2")]);
        let patch = MetadataPatch::from([
            ("a".to_owned(), None),
            ("c".to_owned(), Some(String::new())),
            ("x".to_owned(), None),
        ]);
        assert_eq!(merged(&before, &patch).unwrap(), pairs(&[("b", "2"), ("c", "")]));
        assert_eq!(merged(&before, &MetadataPatch::new()).unwrap(), Metadata::new());
    }

    #[test]
    fn the_most_is_counted_on_the_result() {
        let full: Metadata = (0..MOST_PAIRS).map(|i| (i.to_string(), String::new())).collect();
        let add = MetadataPatch::from([("new".to_owned(), Some(String::new()))]);
        assert!(merged(&full, &add).is_err());
        let swap = MetadataPatch::from([("new".to_owned(), Some(String::new())), ("0".to_owned(), None)]);
        assert_eq!(merged(&full, &swap).unwrap().len(), MOST_PAIRS);
    }
}
