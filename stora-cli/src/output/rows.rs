//! What an answer is about, and the paths into it.

use serde_json::{Map, Value};

/// The property beside the content.
const META: &str = "meta";

/// What an answer is about: the items of a list, the resource in its envelope, or itself.
pub(crate) fn content(answer: &Value) -> &Value {
    let Value::Object(properties) = answer else { return answer };
    let mut besides = properties.iter().filter(|(name, _)| *name != META);
    let (first, second) = (besides.next(), besides.next());
    match (first, second) {
        (Some((_, list @ Value::Array(_))), None) => list,
        (Some((_, resource @ Value::Object(_))), None) if properties.contains_key(META) => resource,
        _ => answer,
    }
}

/// The name of the property that holds the items of a page.
pub(crate) fn items_key(page: &Value) -> Option<&str> {
    let mut besides = page.as_object()?.iter().filter(|(name, _)| *name != META);
    match (besides.next(), besides.next()) {
        (Some((name, Value::Array(_))), None) => Some(name),
        _ => None,
    }
}

/// The rows of an answer.
pub(super) fn items(answer: &Value) -> Vec<&Value> {
    match content(answer) {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

/// What is at a path such as `contact.id` or `line_items.0.total`; none if there is nothing.
pub(super) fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    // A key may have a dot in itself.
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    path.split('.').try_fold(value, |value, word| match value {
        Value::Array(items) => items.get(word.parse::<usize>().ok()?),
        other => other.get(word),
    })
}

/// The paths to all the words in an item, in its order. A list counts as a word.
pub(super) fn paths(item: &Value) -> Vec<String> {
    let mut out = Vec::new();
    if let Value::Object(properties) = item {
        walk("", properties, &mut out);
    }
    out
}

fn walk(prefix: &str, properties: &Map<String, Value>, out: &mut Vec<String>) {
    for (key, value) in properties {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Object(inner) if !inner.is_empty() => walk(&path, inner, out),
            _ => out.push(path),
        }
    }
}

/// The paths of all items together, each beside its neighbours. What is null in one item and an object in another is told by the
/// words of the object.
pub(super) fn all_paths(items: &[&Value]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for item in items {
        let mut after = 0;
        for path in paths(item) {
            match all.iter().position(|known| *known == path) {
                Some(place) => after = place + 1,
                None => {
                    all.insert(after.min(all.len()), path);
                    after += 1;
                }
            }
        }
    }
    let is_deeper = |path: &str, other: &String| other.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    let known = all.clone();
    all.retain(|path| !known.iter().any(|other| is_deeper(path, other)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_content_is_what_stands_beside_the_meta() {
        let list = json!({"contacts": [1], "meta": {}});
        let single = json!({"contact": {"id": 1}, "meta": {}});
        let bare = json!({"scope": [1], "operator": {}});
        let control = json!({"deliveries": []});
        assert_eq!(content(&list), &json!([1]));
        assert_eq!(content(&single), &json!({"id": 1}));
        assert_eq!(content(&bare), &bare);
        assert_eq!(content(&control), &json!([]));
        assert_eq!(content(&json!({"clock": {"now": 1}})), &json!({"clock": {"now": 1}}));
        assert_eq!((items_key(&list), items_key(&bare), items_key(&single)), (Some("contacts"), None, None));
    }

    #[test]
    fn paths_lead_through_objects_and_lists() {
        let item = json!({"a": {"b": [{"c": 1}]}, "x.y": 2, "e": {}, "n": null});
        assert_eq!(at(&item, "a.b.0.c"), Some(&json!(1)));
        assert_eq!(at(&item, "x.y"), Some(&json!(2)));
        assert_eq!(at(&item, "a.z"), None);
        assert_eq!(paths(&item), ["a.b", "x.y", "e", "n"]);
    }

    #[test]
    fn what_is_null_in_one_item_is_told_by_the_words_of_another() {
        let (one, two) = (json!({"a": null, "z": 1}), json!({"a": {"id": 1}, "b": 2, "z": 1}));
        assert_eq!(all_paths(&[&one, &two]), ["a.id", "b", "z"]);
    }
}
