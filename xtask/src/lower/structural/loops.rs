//! A component that is another one, or one of several, is never in the end itself. Without it a reader that follows
//! references does not return, and a generated decoder that tries the variants of a union tries them for ever.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    Report,
    schemas::{self, Object},
    unions,
};
use crate::document::pointer;

pub(super) fn pass(root: &mut Value, report: &mut Report) {
    let Some(Value::Object(components)) = root.pointer_mut("/components/schemas") else { return };
    for (name, target) in closing_edges(components) {
        let at = pointer::join("/components/schemas", &name);
        if let Some(Value::Object(schema)) = components.get_mut(&name) {
            report.widen(
                at.as_str(),
                format!("this is {target}, which is this again; that alternative is not generated"),
            );
            drop_edge(schema, &target, &at, report);
        }
    }
}

/// What a component can be without any nesting: the references that it is, or that are its variants.
fn edges(schema: &Object, found: &mut Vec<String>) {
    found.extend(schemas::target(schema));
    for branch in schemas::list(schema, "oneOf").iter().filter_map(Value::as_object) {
        edges(branch, found);
    }
}

/// The references that lead back to where a walk along them has come from.
fn closing_edges(components: &Object) -> Vec<(String, String)> {
    let graph: HashMap<&str, Vec<String>> = components
        .iter()
        .filter_map(|(name, schema)| {
            let mut found = Vec::new();
            edges(schema.as_object()?, &mut found);
            (!found.is_empty()).then_some((name.as_str(), found))
        })
        .collect();
    let (mut closing, mut done, mut open) = (Vec::new(), HashSet::new(), HashSet::new());
    for name in components.keys() {
        let mut stack = vec![(name.as_str(), 0)];
        while let Some((name, next)) = stack.pop() {
            if next == 0 {
                if done.contains(name) {
                    continue;
                }
                open.insert(name);
            }
            match graph.get(name).and_then(|targets| targets.get(next)) {
                Some(target) => {
                    stack.push((name, next + 1));
                    if open.contains(target.as_str()) {
                        closing.push((name.to_owned(), target.clone()));
                    } else {
                        stack.push((target.as_str(), 0));
                    }
                }
                None => {
                    open.remove(name);
                    done.insert(name);
                }
            }
        }
    }
    closing
}

fn drop_edge(schema: &mut Object, target: &str, at: &str, report: &mut Report) {
    if schemas::target(schema).as_deref() == Some(target) {
        schema.remove("$ref");
    }
    if let Some(Value::Array(branches)) = schema.get_mut("oneOf") {
        branches.retain(|branch| branch.as_object().and_then(schemas::target).as_deref() != Some(target));
        branches.iter_mut().filter_map(Value::as_object_mut).for_each(|branch| drop_edge(branch, target, at, report));
    }
    unions::tidy(schema, at, report);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::lower::structural::tests::{lowered, without_pointers};

    #[test]
    fn what_is_itself_in_the_end_is_not() {
        let c = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let root = lowered(json!({"openapi": "3.0.0", "components": {"schemas": {
            "A": c("B"), "B": {"allOf": [c("A")]},
            "U": {"oneOf": [c("V"), {"type": "string"}]}, "V": {"anyOf": [c("U"), {"type": "boolean"}, {"type": "array", "items": c("U")}]},
            "S": {"oneOf": [c("S"), {"type": "string"}, {"type": "null"}]}
        }}}));
        let schemas = without_pointers(root["components"]["schemas"].clone());
        assert_eq!((&schemas["A"], &schemas["B"]), (&c("B"), &json!({})));
        assert_eq!(schemas["U"], json!({"oneOf": [c("V"), {"type": "string"}]}));
        assert_eq!(schemas["V"], json!({"oneOf": [{"type": "boolean"}, {"type": "array", "items": c("U")}]}));
        assert_eq!(schemas["S"], json!({"type": "string", "nullable": true}));
    }
}
