//! The document, read once.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The whole document.
///
/// # Panics
/// When it cannot be read: there is nothing to test then.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let path = workspace().join("openapi/2025-09.yaml");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut options = serde_saphyr::Options::default();
        options.budget = None;
        options.strict_booleans = true;
        serde_saphyr::from_str_with_options(&text, options)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    })
}

/// What a `$ref` stands for; anything else stands for itself.
///
/// # Panics
/// When the reference leads nowhere.
pub fn resolve(value: &'static Value) -> &'static Value {
    let mut value = value;
    while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        let pointer = reference.strip_prefix('#').unwrap_or(reference);
        value = document().pointer(pointer).unwrap_or_else(|| panic!("`{reference}` leads nowhere"));
    }
    value
}

/// The name of the component that a `$ref` names.
pub fn component(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

/// The entries of the object under a key; none when there is no such key.
pub fn entries(value: &'static Value, key: &str) -> impl Iterator<Item = (&'static String, &'static Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

/// The items of the list under a key; none when there is no such key.
pub fn items(value: &'static Value, key: &str) -> &'static [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// One key of a JSON pointer.
pub fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
