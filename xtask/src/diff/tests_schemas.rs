//! One test per rule about schemas, on both sides.

use super::tests::{document, lines};

/// The changes from one schema to another, as `request | response`; where both are the same, once.
fn both_sides(old: &str, new: &str) -> String {
    let request = |schema: &str| {
        document(
            "3.1.0",
            &format!(
                "paths: {{/a: {{post: {{requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}, \
                 responses: {{204: {{description: x}}}}}}}}}}"
            ),
        )
    };
    let response = |schema: &str| {
        document(
            "3.1.0",
            &format!(
                "paths: {{/a: {{get: {{responses: {{200: {{description: x, content: \
                 {{application/json: {{schema: {schema}}}}}}}}}}}}}}}"
            ),
        )
    };
    let on_request = lines(&request(old), &request(new)).join(", ");
    let on_response = lines(&response(old), &response(new)).join(", ");
    let plain = |text: &str| text.replace(" body", "").replace(" 200", "");
    let (on_request, on_response) = (plain(&on_request), plain(&on_response));
    if on_request == on_response { on_request } else { format!("{on_request} | {on_response}") }
}

/// The changes of the property `p` of an object.
fn property(old: &str, new: &str) -> String {
    let object = |schema: &str| format!("{{type: object, properties: {{p: {schema}}}}}");
    both_sides(&object(old), &object(new))
}

#[test]
fn types() {
    for (old, new, expected) in [
        ("{type: string}", "{type: integer}", "breaking type_changed p"),
        ("{type: integer}", "{type: number}", "additive type_widened p | breaking type_widened p"),
        ("{type: [string, integer]}", "{type: string}", "breaking type_narrowed p | additive type_narrowed p"),
        ("{}", "{type: string}", "breaking type_narrowed p | additive type_narrowed p"),
        ("{type: 'null'}", "{type: [string, 'null']}", "additive type_widened p | breaking type_widened p"),
        ("{type: array, items: {type: string}}", "{type: array, items: {type: boolean}}", "breaking type_changed p[]"),
        (
            "{type: array}",
            "{type: array, items: {type: boolean}}",
            "breaking type_narrowed p | additive type_narrowed p",
        ),
        ("{type: array, prefixItems: [{}]}", "{type: array, prefixItems: [{}, {}]}", "breaking tuple_changed p"),
        ("true", "{}", ""),
        ("{properties: {a: {}}}", "{type: object, properties: {a: true}}", ""),
    ] {
        assert_eq!(property(old, new), expected, "{old} {new}");
    }
}

#[test]
fn null() {
    for (old, new, expected) in [
        ("{type: string}", "{type: [string, 'null']}", "additive null_added p | breaking null_added p"),
        ("{type: string, nullable: true}", "{type: string}", "breaking null_removed p | additive null_removed p"),
        ("{anyOf: [{type: string}, {type: 'null'}]}", "{type: [string, 'null']}", ""),
        ("{oneOf: [{type: string}, {const: null}]}", "{type: string, nullable: true}", ""),
        ("{oneOf: [{type: [string, 'null']}, {type: integer}]}", "{type: [string, integer, 'null']}", ""),
        ("{enum: [a, null]}", "{type: [string, 'null'], enum: [a]}", ""),
    ] {
        assert_eq!(property(old, new), expected, "{old} {new}");
    }
}

#[test]
fn formats() {
    for (old, new, expected) in [
        ("{type: string, format: date}", "{type: string, format: date-time}", "breaking format_changed p"),
        ("{type: string}", "{type: string, format: uuid}", "breaking format_added p | additive format_added p"),
        ("{type: string, format: uuid}", "{type: string}", "additive format_removed p | breaking format_removed p"),
        (
            "{type: integer, format: int32}",
            "{type: integer, format: int64}",
            "additive format_widened p | breaking format_widened p",
        ),
        (
            "{type: integer, format: int64}",
            "{type: integer, format: int32}",
            "breaking format_narrowed p | additive format_narrowed p",
        ),
        ("{type: integer}", "{type: integer, format: int64}", "cosmetic format_clarified p"),
        ("{type: string, format: byte}", "{type: string, contentEncoding: base64}", ""),
    ] {
        assert_eq!(property(old, new), expected, "{old} {new}");
    }
}

#[test]
fn values() {
    for (old, new, expected) in [
        ("{enum: [a]}", "{enum: [a, b]}", "additive enum_value_added p"),
        ("{enum: [a, b]}", "{enum: [b]}", "breaking enum_value_removed p | cosmetic enum_value_removed p"),
        (
            "{enum: [1, 2]}",
            "{enum: [1, 2, 3]}",
            "additive closed_enum_value_added p | breaking closed_enum_value_added p",
        ),
        ("{const: a}", "{const: b}", "breaking const_changed p"),
        ("{const: a}", "{type: string, enum: [a]}", ""),
        ("{enum: [a, b]}", "{enum: [b, a]}", ""),
        ("{enum: [1]}", "{enum: [1.0], type: integer}", ""),
        ("{enum: [a, b]}", "{oneOf: [{const: b}, {const: a, title: A}]}", ""),
        ("{type: string}", "{enum: [a]}", "breaking enum_introduced p | additive enum_introduced p"),
        ("{enum: [a]}", "{type: string}", "additive enum_dropped p"),
        ("{enum: [1]}", "{type: integer}", "additive closed_enum_value_added p | breaking closed_enum_value_added p"),
    ] {
        assert_eq!(property(old, new), expected, "{old} {new}");
    }
}

#[test]
fn constraints() {
    let tighter = "breaking constraint_tightened p | cosmetic constraint_tightened p";
    let looser = "additive constraint_loosened p";
    for (old, new, expected) in [
        ("{type: string, maxLength: 9}", "{type: string, maxLength: 8}", tighter),
        ("{type: string, maxLength: 9}", "{type: string}", looser),
        ("{type: string}", "{type: string, minLength: 1}", tighter),
        ("{type: string}", "{type: string, minLength: 0}", ""),
        ("{type: number, minimum: 1}", "{type: number, exclusiveMinimum: 1}", tighter),
        ("{type: number, minimum: 1, exclusiveMinimum: true}", "{type: number, exclusiveMinimum: 1}", ""),
        ("{type: integer, exclusiveMinimum: 0}", "{type: integer, minimum: 1}", ""),
        ("{type: integer, multipleOf: 2}", "{type: integer, multipleOf: 4}", tighter),
        ("{type: integer, multipleOf: 4}", "{type: integer, multipleOf: 2}", looser),
        ("{type: array}", "{type: array, uniqueItems: true}", tighter),
        (
            "{type: string}",
            "{type: string, not: {const: x}}",
            "breaking constraint_changed p | cosmetic constraint_changed p",
        ),
        ("{type: string}", "{type: string, pattern: a}", "breaking pattern_added p | cosmetic pattern_added p"),
        ("{type: string, pattern: a}", "{type: string}", "additive pattern_removed p | cosmetic pattern_removed p"),
        (
            "{type: string, pattern: '^con_a'}",
            "{type: string, pattern: '^con_b'}",
            "breaking pattern_changed p | cosmetic pattern_changed p",
        ),
        ("{type: string, pattern: '^con_a'}", "{type: string, pattern: '^ctc_a'}", "breaking id_prefix_changed p"),
        (
            "{type: string, pattern: '^con_a'}",
            "{type: string}",
            "additive id_prefix_dropped p | breaking id_prefix_dropped p",
        ),
    ] {
        assert_eq!(property(old, new), expected, "{old} {new}");
    }
}

#[test]
fn defaults_and_documentation() {
    for (old, new, expected) in [
        ("{type: integer}", "{type: integer, default: 1}", "additive default_added p | cosmetic default_added p"),
        ("{type: integer, default: 1}", "{type: integer}", "breaking default_removed p | cosmetic default_removed p"),
        (
            "{type: integer, default: 1}",
            "{type: integer, default: 2}",
            "breaking default_changed p | cosmetic default_changed p",
        ),
        (
            "{description: a, title: b}",
            "{description: c, title: d, x-evidence: inferred}",
            "cosmetic documentation_changed p",
        ),
        ("{example: a}", "{examples: [a]}", ""),
        ("{x-internal: 1}", "{x-internal: 2}", ""),
        ("{deprecated: true}", "{}", "cosmetic deprecation_changed p"),
    ] {
        assert_eq!(property(old, new), expected, "{old} {new}");
    }
}

#[test]
fn properties() {
    for (old, new, expected) in [
        ("{properties: {a: {}}}", "{properties: {a: {}, b: {}}}", "additive property_added b"),
        (
            "{properties: {a: {}}}",
            "{required: [b], properties: {a: {}, b: {}}}",
            "breaking required_property_added b | additive required_property_added b",
        ),
        ("{properties: {a: {}, b: {}}}", "{properties: {a: {}}}", "breaking property_removed b"),
        (
            "{properties: {a: {}}}",
            "{required: [a], properties: {a: {}}}",
            "breaking property_now_required a | additive property_now_required a",
        ),
        (
            "{required: [a], properties: {a: {}}}",
            "{properties: {a: {}}}",
            "additive property_now_optional a | breaking property_now_optional a",
        ),
        // Read-only is no property of a request, write-only none of a response.
        ("{properties: {a: {}}}", "{properties: {a: {}, b: {readOnly: true}}}", " | additive property_added b"),
        (
            "{properties: {a: {}, b: {}}}",
            "{properties: {a: {}, b: {writeOnly: true}}}",
            " | breaking property_removed b",
        ),
        ("{allOf: [{properties: {a: {}}}, {properties: {b: {}}}]}", "{type: object, properties: {b: {}, a: {}}}", ""),
        (
            "{type: object, patternProperties: {'^x': {type: string}}}",
            "{type: object, patternProperties: {'^x': {type: integer}}}",
            "breaking type_changed /^x/",
        ),
    ] {
        assert_eq!(both_sides(old, new), expected, "{old} {new}");
    }
}

#[test]
fn unnamed_properties() {
    let map = |values: &str| format!("{{type: object, additionalProperties: {values}}}");
    let (free, refused, text, number) = (map("true"), map("false"), map("{type: string}"), map("{type: integer}"));
    let narrowed = "breaking additional_properties_narrowed p | additive additional_properties_narrowed p";
    for (old, new, expected) in [
        (&free, &refused, narrowed),
        (&free, &text, narrowed),
        (&refused, &free, "additive additional_properties_allowed p"),
        (&refused, &text, "additive additional_properties_allowed p"),
        (&text, &free, "additive additional_properties_untyped p | breaking additional_properties_untyped p"),
        (&text, &refused, "breaking additional_properties_refused p"),
        (&text, &number, "breaking type_changed p.*"),
    ] {
        assert_eq!(property(old, new), expected, "{old} {new}");
    }
    assert_eq!(property(&free, "{type: object, additionalProperties: {}}"), "");
    assert_eq!(property(&free, "{type: object}"), "");
}

#[test]
fn unions() {
    let percent = "{title: Percentage, type: object, properties: {object: {const: coupon}, type: {const: percentage}, percent: {type: number}}}";
    let amount = "{title: Amount, type: object, properties: {object: {const: coupon}, type: {const: amount}, amount: {type: integer}}}";
    let id = "{type: object, required: [id], properties: {id: {type: string}}}";
    let union = |branches: &[&str]| format!("{{oneOf: [{}]}}", branches.join(", "));
    let all = union(&[percent, amount, id]);
    for (new, expected) in [
        (union(&[id, amount, percent]), ""),
        (union(&[percent, id]), "breaking variant_removed p"),
        (union(&[percent, amount, id, "{type: string}"]), "additive variant_added p"),
        (union(&[id, &amount.replace("integer", "string"), percent]), "breaking type_changed p(Amount).amount"),
        // Told apart by another value, and still the same variant.
        (
            union(&[id, &amount.replace("const: amount", "const: fixed"), percent]),
            "breaking const_changed p(Amount).type",
        ),
        (union(&[percent, amount, &id.replace("type: string", "type: integer")]), "breaking type_changed p(3).id"),
        (percent.to_owned(), "breaking variant_removed p, breaking variant_removed p"),
        ("{type: string}".to_owned(), "breaking type_changed p"),
        ("{}".to_owned(), "additive type_widened p | breaking type_widened p"),
    ] {
        assert_eq!(property(&all, &new), expected, "{new}");
    }
    let expected = "additive union_introduced p | breaking union_introduced p";
    assert_eq!(property(percent, &union(&[percent, amount])), expected);
    // What stands beside a union holds for its branches.
    let beside = "{type: object, properties: {object: {const: coupon}}, oneOf: [\
        {title: Amount, properties: {type: {const: amount}, amount: {type: integer}}}, \
        {title: Percentage, properties: {type: {const: percentage}, percent: {type: number}}}]}";
    assert_eq!(property(&union(&[percent, amount]), beside), "");
}

#[test]
fn discriminators() {
    let document = |names: [&str; 2], property: &str| {
        document(
            "3.0.3",
            &format!(
                "
paths: {{/a: {{get: {{responses: {{200: {{description: x, content: {{application/json: {{schema: {{
  discriminator: {{propertyName: {property}, mapping: {{{}: '#/components/schemas/Dog', {}: '#/components/schemas/Cat'}}}},
  oneOf: [{{$ref: '#/components/schemas/Dog'}}, {{$ref: '#/components/schemas/Cat'}}]}}}}}}}}}}}}}}}}
components:
  schemas:
    Dog: {{type: object, properties: {{kind: {{type: string}}, sort: {{type: string}}, bark: {{type: string}}}}}}
    Cat: {{type: object, properties: {{kind: {{type: string}}, sort: {{type: string}}, meow: {{type: string}}}}}}
",
                names[0], names[1]
            ),
        )
    };
    let old = document(["dog", "cat"], "kind");
    assert_eq!(lines(&old, &document(["dog", "cat"], "sort")), ["breaking discriminator_changed 200"]);
    assert_eq!(lines(&old, &document(["hound", "cat"], "kind")), ["breaking discriminator_changed 200"]);
}

#[test]
fn references_that_lead_nowhere() {
    assert_eq!(property("{$ref: 'a.yaml#/x'}", "{$ref: 'a.yaml#/x'}"), "");
    let expected = "breaking unresolved_reference_changed p";
    assert_eq!(property("{$ref: 'a.yaml#/x'}", "{$ref: 'b.yaml#/x'}"), expected);
    assert_eq!(property("{type: string}", "{$ref: '#/nowhere'}"), expected);
}
