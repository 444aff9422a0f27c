//! Unions whose branches can be told apart.

use std::collections::BTreeSet;

use serde_json::Value;

use super::context::{Context, text};
use super::schema::{branches, is_id_only, is_object, properties, property, required, types};
use super::walk::Kind;
use super::{Finding, Rule};

/// The rules of this family.
pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "id-form-last",
        summary: "In a oneOf of a resource's forms the one with only an id stands last, once, and every form requires its id.",
        check: id_form_last,
    },
    Rule {
        name: "variant-tag",
        summary: "Variants told apart by a const each have one, all different and required.",
        check: variant_tag,
    },
    Rule {
        name: "variant-apart",
        summary: "No value fits two branches of a oneOf: a const, a pattern, a type or a required property tells them apart.",
        check: variant_apart,
    },
];

fn id_form_last(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in context.of(Kind::Schema) {
        let forms: Vec<&Value> = branches(node.value)
            .iter()
            .filter(|branch| properties(context, branch).iter().any(|(name, _)| *name == "id"))
            .collect();
        let short: Vec<usize> = (0..forms.len()).filter(|&i| is_id_only(context, forms[i])).collect();
        if short.is_empty() || forms.len() < 2 {
            continue;
        }
        if short.len() > 1 {
            findings.push(Finding::at(&node.pointer, "several forms have only an id"));
        } else if short[0] + 1 != forms.len() {
            findings.push(Finding::at(&node.pointer, "the form with only an id does not stand last"));
        }
        if forms.iter().any(|form| !required(context, form).contains(&"id")) {
            findings.push(Finding::at(&node.pointer, "a form of the resource does not require its id"));
        }
    }
    findings
}

fn variant_tag(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in context.of(Kind::Schema) {
        let variants = variants(context, node.value);
        if variants.len() < 2 {
            continue;
        }
        let mut best: Option<(&str, usize)> = None;
        for name in variants.iter().flat_map(|variant| properties(context, variant)).map(|(name, _)| name) {
            let distinct: BTreeSet<String> = consts(context, &variants, name).into_iter().flatten().collect();
            if best.is_none_or(|(_, count)| distinct.len() > count) && !distinct.is_empty() {
                best = Some((name, distinct.len()));
            }
        }
        let Some((tag, _)) = best else { continue };
        let mut seen = BTreeSet::new();
        for (variant, value) in variants.iter().zip(consts(context, &variants, tag)) {
            let message = match value {
                None => format!("a variant has no const in `{tag}`, others have"),
                Some(value) if !seen.insert(value.clone()) => format!("two variants have {value} in `{tag}`"),
                Some(value) if !required(context, variant).contains(&tag) => {
                    format!("the variant {value} does not require `{tag}`, which tells it apart")
                }
                Some(_) => continue,
            };
            findings.push(Finding::at(&node.pointer, message));
        }
    }
    findings
}

fn variant_apart(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in context.of(Kind::Schema).filter(|node| node.value.get("oneOf").is_some()) {
        let direct: Vec<&Value> = branches(node.value).iter().map(|branch| context.resolve(branch)).collect();
        for (i, branch) in direct.iter().enumerate() {
            if direct[..i].iter().any(|other| std::ptr::eq(*other, *branch)) {
                findings.push(Finding::at(&node.pointer, format!("the branch {} stands there twice", i + 1)));
            }
        }
        let variants = variants(context, node.value);
        for (i, one) in variants.iter().enumerate() {
            for (j, two) in variants.iter().enumerate().skip(i + 1) {
                if !are_apart(context, one, two) {
                    let (i, j) = (i + 1, j + 1);
                    findings.push(Finding::at(&node.pointer, format!("nothing tells the variants {i} and {j} apart")));
                }
            }
        }
    }
    findings
}

/// The full forms of a union: the objects among its branches, those of unions inside it included, without the forms
/// that are only an id.
fn variants<'a>(context: &Context<'a>, schema: &'a Value) -> Vec<&'a Value> {
    let mut found: Vec<&Value> = Vec::new();
    let mut unions = vec![schema];
    let mut next = 0;
    while let Some(union) = unions.get(next).copied() {
        next += 1;
        for branch in branches(union).iter().map(|branch| context.resolve(branch)) {
            if !branches(branch).is_empty() {
                // A recursive union comes round to itself.
                if !unions.iter().any(|known| std::ptr::eq(*known, branch)) {
                    unions.push(branch);
                }
            } else if is_object(context, branch) && !is_id_only(context, branch) {
                found.push(branch);
            }
        }
    }
    found
}

/// The const each variant has in the property `name`.
fn consts<'a>(context: &Context<'a>, variants: &[&'a Value], name: &str) -> Vec<Option<String>> {
    let const_of =
        |variant: &&'a Value| property(context, variant, name).and_then(|p| p.get("const")).map(Value::to_string);
    variants.iter().map(const_of).collect()
}

fn are_apart<'a>(context: &Context<'a>, one: &'a Value, two: &'a Value) -> bool {
    let lacks = |a: &'a Value, b: &'a Value| {
        let names = properties(context, b);
        let closed = b.get("additionalProperties") == Some(&false.into());
        closed && required(context, a).iter().any(|name| !names.iter().any(|(other, _)| other == name))
    };
    let both = required(context, one);
    let other = required(context, two);
    let differs = both.iter().filter(|name| other.contains(name)).any(|name| {
        match (property(context, one, name), property(context, two, name)) {
            (Some(a), Some(b)) => are_disjoint(a, b),
            _ => false,
        }
    });
    differs || lacks(one, two) || lacks(two, one)
}

/// Whether no value fits both schemas of a property.
fn are_disjoint(a: &Value, b: &Value) -> bool {
    let values = |schema: &Value| -> Option<Vec<Value>> {
        let listed = schema.get("enum").and_then(Value::as_array).cloned();
        schema.get("const").map(|value| vec![value.clone()]).or(listed)
    };
    if let (Some(a), Some(b)) = (values(a), values(b)) {
        return !a.iter().any(|value| b.contains(value));
    }
    // Patterns that begin differently, as those of ids do; whether two others can meet is more than can be told.
    let (p, q) = (text(a, "pattern"), text(b, "pattern"));
    let prefixes = p.starts_with('^') && q.starts_with('^') && !p.starts_with(q) && !q.starts_with(p);
    let (t, u) = (types(a), types(b));
    let kinds = !t.is_empty()
        && !u.is_empty()
        && !t.iter().any(|name| u.contains(name) || *name == "integer" && u.contains(&"number"));
    prefixes || kinds
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;

    #[test]
    fn the_id_form_stands_last() {
        check(
            "id-form-last",
            "components:
  schemas:
    Full: {required: [id], properties: {id: {}, a: {}}}
    A: {oneOf: [{required: [id], properties: {id: {}}}, {$ref: '#/components/schemas/Full'}]}
    B: {oneOf: [{properties: {id: {}, b: {}}}, {required: [id], properties: {id: {}}}, {type: 'null'}]}",
            &["/components/schemas/A: last", "/components/schemas/B: does not require"],
            &[
                (
                    "[{required: [id], properties: {id: {}}}, {$ref: '#/components/schemas/Full'}]",
                    "[{$ref: '#/components/schemas/Full'}, {required: [id], properties: {id: {}}}]",
                ),
                ("{properties: {id: {}, b: {}}}", "{required: [id], properties: {id: {}, b: {}}}"),
            ],
        );
    }

    #[test]
    fn tags_are_distinct() {
        check(
            "variant-tag",
            "components:
  schemas:
    A: {oneOf: [{required: [type], properties: {type: {const: a}, x: {}}}, {required: [type], properties: {type: {const: a}}}, {properties: {x: {}, y: {}}}, {properties: {id: {}}}]}
    B: {oneOf: [{required: [type], properties: {type: {const: a}, same: {const: s}}}, {properties: {type: {const: b}, same: {const: s}}}]}",
            &["/components/schemas/A: two variants have \"a\"", "/components/schemas/A: no const in `type`", "/components/schemas/B: does not require `type`"],
            &[
                ("{const: a}}}, {properties: {x", "{const: b}}}, {required: [type], properties: {type: {const: c}, x"),
                ("{properties: {type: {const: b}", "{required: [type], properties: {type: {const: b}"),
            ],
        );
    }

    #[test]
    fn variants_are_apart() {
        check(
            "variant-apart",
            "components:
  schemas:
    A: {oneOf: [{properties: {a: {}}}, {properties: {b: {}}}]}
    B: {oneOf: [{$ref: '#/components/schemas/S'}, {$ref: '#/components/schemas/T'}]}
    S: {oneOf: [{required: [id], properties: {id: {pattern: ^s_}, n: {}}}, {properties: {id: {}}}]}
    T: {required: [id], properties: {id: {pattern: ^s_}, n: {}}}
    U: {oneOf: [{$ref: '#/components/schemas/S'}, {$ref: '#/components/schemas/S'}]}",
            &[
                "/components/schemas/A: 1 and 2",
                "/components/schemas/B: 1 and 2",
                "/components/schemas/U: branch 2 stands there twice",
            ],
            &[
                (
                    "{properties: {a: {}}}, {properties",
                    "{properties: {a: {}}}, {additionalProperties: false, properties",
                ),
                (
                    "[{$ref: '#/components/schemas/S'}, {$ref: '#/components/schemas/S'}]",
                    "[{$ref: '#/components/schemas/S'}]",
                ),
                ("[{properties: {a: {}}}", "[{required: [a], properties: {a: {}}}"),
                (
                    "T: {required: [id], properties: {id: {pattern: ^s_}",
                    "T: {required: [id], properties: {id: {pattern: ^t_}",
                ),
            ],
        );
    }
}
