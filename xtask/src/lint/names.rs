//! How components, properties, parameters and headers are spelled.

use super::context::{Context, text};
use super::walk::Kind;
use super::words::{is_kebab, is_pascal, is_snake, is_train};
use super::{Finding, Rule};
use crate::document::pointer;

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "component-name",
        summary: "A schema is PascalCase, or snake_case for an envelope (_list, _single); other sections keep to one spelling.",
        check: component_name,
    },
    Rule {
        name: "property-name",
        summary: "A property is snake_case; _links and link relations such as app:show are allowed.",
        check: property_name,
    },
    Rule {
        name: "parameter-name",
        summary: "A parameter is snake_case, a header Is-Written-Like-This.",
        check: parameter_name,
    },
];

/// The name of a spelling, and whether a word has it.
type Spelling = (&'static str, fn(&str) -> bool);

/// The spellings between which a section of components chooses.
const SPELLINGS: &[Spelling] =
    &[("PascalCase", is_pascal), ("snake_case", is_snake), ("kebab-case", is_kebab), ("Train-Case", is_train)];

fn component_name(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, _) in context.components("schemas") {
        let envelope = is_snake(name) && (name.ends_with("_list") || name.ends_with("_single"));
        if !is_pascal(name) && !envelope {
            let at = pointer::join("/components/schemas", name);
            findings.push(Finding::at(
                at,
                format!("`{name}` is neither PascalCase nor the snake_case name of a _list or _single"),
            ));
        }
    }
    for section in ["parameters", "responses", "requestBodies", "headers", "examples", "pathItems"] {
        let names: Vec<&str> = context.components(section).map(|(name, _)| name).collect();
        let count = |fits: &fn(&str) -> bool| names.iter().filter(|name| fits(name)).count();
        // The last of equals would win, and the first is the more usual.
        let Some((spelling, fits)) = SPELLINGS.iter().rev().max_by_key(|(_, fits)| count(fits)) else { continue };
        for name in names.iter().filter(|name| !fits(name)) {
            let at = pointer::join(&format!("/components/{section}"), name);
            findings.push(Finding::at(at, format!("`{name}` is not {spelling} like the other {section}")));
        }
    }
    findings
}

fn property_name(context: &Context<'_>) -> Vec<Finding> {
    let properties = context.of(Kind::Schema).filter(|node| node.place.0 == "properties");
    properties
        .filter(|node| {
            let name = node.place.1.as_str();
            let relation =
                name.split_once(':').is_some_and(|(prefix, relation)| is_snake(prefix) && is_snake(relation));
            !is_snake(name.strip_prefix('_').unwrap_or(name)) && !relation
        })
        .map(|node| Finding::at(&node.pointer, format!("the property `{}` is not snake_case", node.place.1)))
        .collect()
}

fn parameter_name(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in context.of(Kind::Parameter).filter(|node| node.reference().is_none()) {
        let name = text(node.value, "name");
        let (spelling, fits): Spelling = match text(node.value, "in") {
            "header" => ("Train-Case", is_train),
            _ => ("snake_case", is_snake),
        };
        if !fits(name) {
            findings.push(Finding::at(&node.pointer, format!("the parameter `{name}` is not {spelling}")));
        }
    }
    let headers =
        context.of(Kind::Header).filter(|node| context.parent(node).is_some_and(|p| p.kind == Kind::Response));
    let wrong = headers.filter(|node| !is_train(&node.place.1));
    findings.extend(
        wrong.map(|node| Finding::at(&node.pointer, format!("the header `{}` is not Train-Case", node.place.1))),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn components_are_spelled_alike() {
        check(
            "component-name",
            "components:
  schemas: {UnitType: {}, unit_type_list: {}, unit_type: {}, Unit_list: {}}
  parameters: {PageNumber: {}, sort_by: {}, Limit: {}}",
            &[
                "/components/schemas/unit_type: neither",
                "/components/schemas/Unit_list: neither",
                "/components/parameters/sort_by: not PascalCase like the other parameters",
            ],
            &[("unit_type: {}, Unit_list", "unit_type_single: {}, unit_list"), ("sort_by", "SortBy")],
        );
    }

    #[test]
    fn properties_are_snake_case() {
        check(
            "property-name",
            "components: {schemas: {A: {properties: {_links: {properties: {'app:show_unit': {}, 'app:Show': {}}}, createdAt: {}, line1: {}}}}}",
            &[
                "/components/schemas/A/properties/_links/properties/app:Show: not snake_case",
                "/components/schemas/A/properties/createdAt: not snake_case",
            ],
            &[("app:Show'", "app:show'"), ("createdAt", "created_at")],
        );
    }

    #[test]
    fn parameters_and_headers_are_spelled_by_their_kind() {
        check(
            "parameter-name",
            "components:
  parameters: {A: {in: query, name: sortBy}, B: {in: header, name: idempotency-key}, C: {in: path, name: a_id}}
  responses: {R: {headers: {X-Request-Id: {}, x_limit: {}}}}
  headers: {limit: {}}",
            &[
                "/components/parameters/A: `sortBy` is not snake_case",
                "/components/parameters/B: not Train-Case",
                "/components/responses/R/headers/x_limit: not Train-Case",
            ],
            &[("sortBy", "sort_by"), ("idempotency-key", "Idempotency-Key"), ("x_limit", "X-Limit")],
        );
    }
}
