//! Types that hold themselves.
//!
//! Unlowered, a type that contains itself by value has no size, and an alias of itself no meaning. Afterwards the
//! references that close such a circle are marked `x-boxed`, and aliases on a circle `x-newtype`.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::{children_mut, flag, schemas, schemas_mut, target};
use crate::lower::Report;

/// The pass.
pub fn run(root: &mut Value, _report: &mut Report) {
    let by_value = edges(root, false);
    let by_value = components(&by_value);
    for (name, schema) in schemas_mut(root) {
        let circle = by_value.get(name);
        mark(schema, &mut |reference| circle.is_some() && by_value.get(reference) == circle);
    }
    let every = edges(root, true);
    let every = components(&every);
    for (name, schema) in schemas_mut(root) {
        let is_alias = schema.get("properties").is_none() && schema.get("oneOf").is_none();
        if is_alias && every.contains_key(name) {
            schema["x-newtype"] = json!(true);
        }
    }
}

fn mark(schema: &mut Value, closes: &mut dyn FnMut(&str) -> bool) {
    if target(schema).is_some_and(&mut *closes) {
        schema["x-boxed"] = json!(true);
        return;
    }
    for (token, child) in children_mut(schema) {
        // What stands in a list or a map has its size elsewhere.
        if token != "items" && token != "value" {
            mark(child, closes);
        }
    }
}

/// Which components each component refers to; through lists, maps and boxes as well, if `indirect`.
fn edges(root: &Value, indirect: bool) -> HashMap<String, Vec<String>> {
    fn collect(schema: &Value, indirect: bool, out: &mut Vec<String>) {
        if let Some(name) = target(schema)
            && (indirect || !flag(schema, "x-expandable"))
        {
            out.push(name.to_owned());
        }
        let Some(object) = schema.as_object() else { return };
        for (key, value) in object {
            match (key.as_str(), value) {
                ("properties", Value::Object(properties)) => {
                    properties.values().for_each(|child| collect(child, indirect, out));
                }
                ("oneOf" | "x-tuple", Value::Array(branches)) => {
                    branches.iter().for_each(|child| collect(child, indirect, out));
                }
                ("items" | "additionalProperties", child @ Value::Object(_)) if indirect => {
                    collect(child, indirect, out);
                }
                _ => {}
            }
        }
    }
    schemas(root)
        .into_iter()
        .flatten()
        .map(|(name, schema)| {
            let mut out = Vec::new();
            collect(schema, indirect, &mut out);
            (name.clone(), out)
        })
        .collect()
}

/// The circles of a graph: each node that lies on one, with a number for its circle (strongly connected components,
/// by Tarjan's algorithm without recursion).
fn components(edges: &HashMap<String, Vec<String>>) -> HashMap<String, usize> {
    let mut names: Vec<&String> = edges.keys().collect();
    names.sort();
    let index_of: HashMap<&str, usize> = names.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let next: Vec<Vec<usize>> = names
        .iter()
        .map(|name| edges[*name].iter().filter_map(|to| index_of.get(to.as_str()).copied()).collect())
        .collect();
    let mut order = vec![usize::MAX; names.len()];
    let mut low = vec![0; names.len()];
    let mut on_stack = HashSet::new();
    let mut stack = Vec::new();
    let mut counter = 0;
    let mut out = HashMap::new();
    let mut circle = 0;
    for start in 0..names.len() {
        if order[start] != usize::MAX {
            continue;
        }
        let mut work = vec![(start, 0)];
        while let Some((node, step)) = work.pop() {
            if step == 0 {
                order[node] = counter;
                low[node] = counter;
                counter += 1;
                stack.push(node);
                on_stack.insert(node);
            } else {
                let child = next[node][step - 1];
                if on_stack.contains(&child) {
                    low[node] = low[node].min(low[child]);
                }
            }
            let mut step = step;
            let mut descended = false;
            while step < next[node].len() {
                let child = next[node][step];
                step += 1;
                if order[child] == usize::MAX {
                    work.push((node, step));
                    work.push((child, 0));
                    descended = true;
                    break;
                }
                if on_stack.contains(&child) {
                    low[node] = low[node].min(order[child]);
                }
            }
            if descended || low[node] != order[node] {
                continue;
            }
            let mut members = Vec::new();
            while let Some(member) = stack.pop() {
                on_stack.remove(&member);
                members.push(member);
                if member == node {
                    break;
                }
            }
            if members.len() > 1 || next[node].contains(&node) {
                out.extend(members.into_iter().map(|member| (names[member].clone(), circle)));
                circle += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(name: &str) -> Value {
        super::super::reference(name)
    }

    #[test]
    fn only_references_that_close_a_circle_are_boxed() {
        let object = |property: Value| json!({"type": "object", "properties": {"p": property}});
        let mut root = json!({"components": {"schemas": {
            "Node": object(to("Node")), "A": object(to("B")), "B": object(to("A")), "Leaf": object(to("Node")),
            "Tree": {"type": "object", "properties": {"p": {"type": "array", "items": to("Tree")}}}}}});
        run(&mut root, &mut Report::default());
        let boxed = |name: &str| flag(&root["components"]["schemas"][name]["properties"]["p"], "x-boxed");
        assert!(boxed("Node") && boxed("A") && boxed("B"));
        assert!(!boxed("Leaf"));
        assert!(!flag(&root["components"]["schemas"]["Tree"]["properties"]["p"]["items"], "x-boxed"));
    }

    #[test]
    fn an_alias_of_itself_becomes_a_type() {
        let mut root = json!({"components": {"schemas": {
            "List": {"type": "array", "items": to("List")}, "Names": {"type": "array", "items": {"type": "string"}}}}});
        run(&mut root, &mut Report::default());
        assert!(flag(&root["components"]["schemas"]["List"], "x-newtype"));
        assert!(!flag(&root["components"]["schemas"]["Names"], "x-newtype"));
    }
}
