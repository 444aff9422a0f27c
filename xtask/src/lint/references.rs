//! References lead somewhere, nothing stands beside them in vain, and every component is reached by one.

use std::collections::{BTreeSet, HashSet};

use super::context::{Context, entries, text};
use super::walk::Kind;
use super::{Finding, Rule};
use crate::document::pointer;

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "reference-target",
        summary: "Every $ref leads to something in this document, and not in a circle.",
        check: reference_target,
    },
    Rule {
        name: "reference-sibling",
        summary: "Nothing stands beside a $ref that readers have to ignore.",
        check: reference_sibling,
    },
    Rule {
        name: "unused-component",
        summary: "Every component is reached from a path or a webhook, or linked in a text by its pointer (#/components/...).",
        check: unused_component,
    },
];

fn reference_target(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, target) in &context.references {
        let place = format!("{at}/$ref");
        let Some(to) = pointer::of_reference(target) else {
            findings.push(Finding::at(place, format!("`{target}` leaves the document or names an anchor")));
            continue;
        };
        let Some(value) = pointer::get(&context.document.root, &to) else {
            findings.push(Finding::at(place, format!("there is nothing at `{target}`")));
            continue;
        };
        // A chain that is still a reference after its longest length is a circle.
        let (_, end) = context.resolve_at(to, value);
        if end
            .get("$ref")
            .and_then(|end| pointer::of_reference(end.as_str()?))
            .is_some_and(|end| context.document.root.pointer(&end).is_some())
        {
            findings.push(Finding::at(place, format!("`{target}` refers to itself")));
        }
    }
    findings
}

fn reference_sibling(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in context.nodes.iter().filter(|node| node.reference().is_some()) {
        let allowed: &[&str] = match node.kind {
            Kind::Schema if !context.is_v30() => continue,
            _ if context.is_v30() => &["$ref"],
            _ => &["$ref", "summary", "description"],
        };
        for (key, _) in entries(Some(node.value)).filter(|(key, _)| !allowed.contains(key)) {
            let at = pointer::join(&node.pointer, key);
            findings.push(Finding::at(at, format!("`{key}` beside $ref is ignored")));
        }
    }
    findings
}

fn unused_component(context: &Context<'_>) -> Vec<Finding> {
    // Edges between components, and from the rest of the document (the empty name) to them.
    let mut edges: Vec<(String, String)> = Vec::new();
    for (at, target) in &context.references {
        if let Some(to) = pointer::of_reference(target) {
            edges.push((component_of(at), component_of(&to)));
        }
    }
    for node in context.of(Kind::Schema) {
        let mapping = node.value.get("discriminator").and_then(|discriminator| discriminator.get("mapping"));
        for target in entries(mapping).filter_map(|(_, target)| target.as_str()) {
            let to = pointer::of_reference(target).unwrap_or_else(|| pointer::join("/components/schemas", target));
            edges.push((component_of(&node.pointer), component_of(&to)));
        }
    }
    let asked = context.operations.iter().chain(&context.webhooks).flat_map(super::context::Operation::security);
    let root = context.document.root.get("security").and_then(|security| security.as_array());
    let root = root.into_iter().flatten().flat_map(|alternative| entries(Some(alternative)));
    for scheme in asked.flatten().map(|(scheme, _)| scheme).chain(root.map(|(scheme, _)| scheme)) {
        edges.push((String::new(), pointer::join("/components/securitySchemes", scheme)));
    }

    let mut reached: HashSet<&str> = HashSet::new();
    let mut open = vec![""];
    while let Some(from) = open.pop() {
        let next = edges.iter().filter(|(source, _)| source == from).map(|(_, target)| target.as_str());
        let fresh: BTreeSet<&str> = next.filter(|target| !reached.contains(target)).collect();
        reached.extend(&fresh);
        open.extend(fresh);
    }
    let described = context.nodes.iter().map(|node| (node.pointer.as_str(), node.value));
    let described = described.chain(context.document.root.get("info").map(|info| ("/info", info)));
    let texts: Vec<(String, &str)> = described
        .map(|(at, value)| (at, text(value, "description")))
        .filter(|(_, text)| text.contains("#/components/"))
        .map(|(at, text)| (component_of(at), text))
        .collect();
    let mut findings = Vec::new();
    for (section, members) in entries(context.document.root.get("components")) {
        for (name, _) in entries(Some(members)).filter(|_| !section.starts_with("x-")) {
            let at = pointer::join(&format!("/components/{section}"), name);
            if !reached.contains(at.as_str()) && !is_linked(&texts, &at) {
                findings.push(Finding::at(at, "nothing reached from a path or a webhook uses this component"));
            }
        }
    }
    findings
}

/// Whether one of `texts` links to the component from outside of it, as it does to one that is there for readers.
fn is_linked(texts: &[(String, &str)], component: &str) -> bool {
    let link = format!("#{component}");
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/'));
    let outside = texts.iter().filter(|(place, _)| place != component);
    outside.flat_map(|(_, text)| text.match_indices(&link).map(|(start, _)| &text[start + link.len()..])).any(ends)
}

/// The component that `pointer` stands in, as a pointer; empty outside of components.
fn component_of(pointer: &str) -> String {
    if !pointer.starts_with("/components/") {
        return String::new();
    }
    let end = pointer.match_indices('/').nth(3).map_or(pointer.len(), |(end, _)| end);
    pointer[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, found};

    #[test]
    fn references_lead_somewhere() {
        check(
            "reference-target",
            "paths: {/a: {get: {responses: {200: {$ref: '#/components/responses/No'}, 404: {$ref: 'other.yaml#/a'}}}}}
components: {responses: {Yes: {}}, schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}, C: {items: {$ref: '#/components/schemas/C'}}}}",
            &[
                "/paths/~1a/get/responses/200/$ref: nothing at",
                "/paths/~1a/get/responses/404/$ref: leaves",
                "/components/schemas/A/$ref: itself",
                "/components/schemas/B/$ref: itself",
            ],
            &[("/No'", "/Yes'"), ("other.yaml#/a", "#/components/responses/Yes"), ("B: {$ref: '#/components/schemas/A'}", "B: {}")],
        );
    }

    #[test]
    fn nothing_is_ignored_beside_a_reference() {
        let text = "components: {parameters: {A: {$ref: '#/components/parameters/B', description: b, x-evidence: inferred}}, schemas: {S: {$ref: '#/components/schemas/T', description: s}}}";
        check(
            "reference-sibling",
            text,
            &["/components/parameters/A/x-evidence: ignored"],
            &[(", x-evidence: inferred", "")],
        );
        let v30 = found("reference-sibling", &format!("openapi: 3.0.3\n{text}"));
        assert_eq!(v30.len(), 3, "{v30:?}");
    }

    #[test]
    fn components_are_reached() {
        check(
            "unused-component",
            "tags: [{name: a, description: 'see `#/components/schemas/Linked`, not #/components/schemas/DD'}]
paths: {/a: {get: {security: [{Used: []}], responses: {200: {$ref: '#/components/responses/R'}}}}}
components:
  securitySchemes: {Used: {}, Unused: {}}
  responses: {R: {content: {a/b: {schema: {$ref: '#/components/schemas/A'}}}}}
  schemas:
    Linked: {description: 'nor #/components/schemas/E/items'}
    A: {oneOf: [{$ref: '#/components/schemas/B/properties/b'}], discriminator: {mapping: {c: C}}}
    B: {properties: {b: {}}}
    C: {}
    D: {items: {$ref: '#/components/schemas/E'}}
    E: {items: {$ref: '#/components/schemas/D'}}",
            &["/components/securitySchemes/Unused: uses", "/components/schemas/D: uses", "/components/schemas/E: uses"],
            &[
                ("[{Used: []}]", "[{Used: []}, {Unused: []}]"),
                ("C: {}", "C: {items: {$ref: '#/components/schemas/D'}}"),
            ],
        );
    }
}
