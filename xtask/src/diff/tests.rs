//! What holds for every difference: classes, reports, equality by meaning, and an end.

use std::path::Path;

use super::*;
use crate::document::{load, parse};

/// A document with the given paths, components and the like.
pub(super) fn document(version: &str, text: &str) -> Document {
    parse(&format!("openapi: {version}\ninfo: {{title: T, version: '1'}}\n{text}"))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The changes from `old` to `new`, each as `class kind subject`.
pub(super) fn lines(old: &Document, new: &Document) -> Vec<String> {
    let line = |change: &Change| format!("{} {} {}", change.class.name(), change.kind.name(), change.subject);
    diff(old, new).changes.iter().map(line).collect()
}

/// A small business with most of what a document can say.
const SHOP: &str = include_str!("tests_shop.yaml");

#[test]
fn every_kind_has_its_class() {
    let table: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| {
            let letter = |side| kind.class(side).name()[..1].to_uppercase();
            format!("{} {}{}", kind.name(), letter(Side::Request), letter(Side::Response))
        })
        .collect();
    // B, A and C are breaking, additive and cosmetic; where the client writes, then where it reads.
    let expected = "operation_added AA, operation_removed BB, operation_id_changed BB, documentation_changed CC, \
        deprecation_changed CC, servers_changed CC, parameter_added AA, required_parameter_added BA, \
        parameter_removed BB, parameter_renamed BB, parameter_now_required BA, parameter_now_optional AB, \
        parameter_serialization_changed BB, body_added AA, required_body_added BA, body_removed BB, \
        body_now_required BA, body_now_optional AB, media_type_added AA, media_type_removed BB, encoding_changed BB, \
        status_added AA, status_removed BB, error_status_added AA, error_status_removed CC, header_added AA, \
        header_removed BB, header_now_required AA, header_now_optional BB, property_added AA, \
        required_property_added BA, property_removed BB, property_now_required BA, property_now_optional AB, \
        type_changed BB, type_widened AB, type_narrowed BA, format_changed BB, format_added BA, format_removed AB, \
        format_widened AB, format_narrowed BA, format_clarified CC, null_added AB, null_removed BA, \
        enum_value_added AA, closed_enum_value_added AB, enum_value_removed BC, enum_introduced BA, enum_dropped AA, \
        const_changed BB, constraint_tightened BC, constraint_loosened AA, constraint_changed BC, pattern_added BC, \
        pattern_removed AC, pattern_changed BC, id_prefix_changed BB, id_prefix_dropped AB, \
        additional_properties_narrowed BA, additional_properties_allowed AA, additional_properties_untyped AB, \
        additional_properties_refused BB, tuple_changed BB, default_added AC, default_removed BC, default_changed BC, \
        variant_added AA, variant_removed BB, union_introduced AB, discriminator_changed BB, \
        unresolved_reference_changed BB, not_compared BB, scope_added BB, scope_removed AA, scope_changed BB, \
        security_alternative_added AA, security_alternative_removed BB, security_scheme_added AA, \
        security_scheme_removed BB, security_scheme_changed BB, oauth_flow_added AA, oauth_flow_removed BB, \
        oauth_flow_changed BB, oauth_scope_added AA, oauth_scope_removed BB, event_added AA, event_removed BB";
    assert_eq!(table.join(", "), expected.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[test]
fn a_document_does_not_differ_from_itself() {
    let (old, new) = (document("3.1.1", SHOP), document("3.1.1", SHOP));
    assert_eq!(lines(&old, &new), Vec::<String>::new());
    assert_eq!(diff(&old, &new).to_table(), "0 breaking, 0 additive, 0 cosmetic\n");
}

#[test]
fn the_documents_of_this_project_do_not_differ_from_themselves() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if let Ok(document) = load(&entry.path()) {
            assert_eq!(lines(&document, &document.clone()), Vec::<String>::new(), "{}", entry.path().display());
        }
    }
}

#[test]
fn spelling_is_no_difference() {
    // The same API in the other dialect: references inline, components renamed, unions turned round, path parameters on
    // the path, and every keyword of 3.1 in its 3.0 form.
    let (new, old) = (document("3.1.1", SHOP), document("3.0.3", include_str!("tests_shop_3_0.yaml")));
    assert_eq!(lines(&old, &new), Vec::<String>::new());
    assert_eq!(lines(&new, &old), Vec::<String>::new());
}

#[test]
fn recursion_ends() {
    let looped = |extra: &str| {
        document(
            "3.1.0",
            &format!(
                "
paths:
  /a:
    get:
      responses:
        '200': {{description: x, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Node'}}}}}}}}
components:
  schemas:
    Node:
      type: object
      properties:
        parent: {{oneOf: [{{$ref: '#/components/schemas/Node'}}, {{type: 'null'}}]}}
        children: {{type: array, items: {{$ref: '#/components/schemas/Node'}}}}
        any: {{$ref: '#/components/schemas/Or'}}
        loop: {{$ref: '#/components/schemas/Loop'}}
        self: {{$ref: '#/components/schemas/SelfAll'}}
{extra}
    Or: {{anyOf: [{{$ref: '#/components/schemas/Or'}}, {{$ref: '#/components/schemas/Node'}}, {{type: string}}]}}
    Loop: {{$ref: '#/components/schemas/Pool'}}
    Pool: {{$ref: '#/components/schemas/Loop'}}
    SelfAll: {{allOf: [{{$ref: '#/components/schemas/SelfAll'}}, {{type: object, properties: {{x: {{type: string}}}}}}]}}
"
            ),
        )
    };
    let (old, new) = (looped(""), looped("        depth: {type: integer}"));
    assert_eq!(lines(&old, &old), Vec::<String>::new());
    assert_eq!(lines(&old, &new), ["additive property_added Node.depth"]);
}

#[test]
fn schemas_that_multiply_are_given_up() {
    // Eight unions of four in one `allOf`: 65,536 forms.
    let union = |i: usize| {
        let branches: Vec<String> =
            (0..4).map(|j| format!("{{type: object, properties: {{k{i}_{j}: {{}}}}}}")).collect();
        format!("{{oneOf: [{}]}}", branches.join(", "))
    };
    let all: Vec<String> = (0..8).map(union).collect();
    let schema = format!("{{allOf: [{}]}}", all.join(", "));
    let text = format!(
        "paths: {{/a: {{get: {{responses: {{200: {{description: x, content: {{a: {{schema: {schema}}}}}}}}}}}}}}}"
    );
    let document = document("3.1.0", &text);
    assert_eq!(lines(&document, &document.clone()), ["breaking not_compared schemas"]);
}

#[test]
fn broken_documents_are_compared_as_far_as_they_go() {
    for text in [
        "",
        "paths: null",
        "paths: []",
        "paths: {/a: {get: null, post: {parameters: 3, responses: {200: 7}}}}",
        "paths: {/a: {get: {security: [3], responses: {'': {content: {x: {schema: {type: [3], enum: 5, oneOf: []}}}}}}}}",
        "paths: {/a: {get: {parameters: [{$ref: '#/nowhere'}], requestBody: {$ref: 'other.yaml#/a'}}}}",
        "components: {securitySchemes: {a: 3}}\nwebhooks: {a: {post: {requestBody: {content: {a: {schema: false}}}}}}",
    ] {
        let document = document("3.1.0", text);
        assert_eq!(lines(&document, &document.clone()), Vec::<String>::new(), "{text}");
        let shop = self::document("3.1.1", SHOP);
        assert!(diff(&shop, &document).breaks(), "{text}");
        let _ = diff(&document, &shop).to_json();
    }
}

#[test]
fn the_table_is_aligned_and_begins_with_what_breaks() {
    let old = document("3.1.1", SHOP);
    let new = SHOP.replace("email: {type: string}", "email: {type: [string, 'null']}");
    let new = document("3.1.1", &new.replace("title: Shop", "title: Store").replace("  /health:", "  /status:"));
    assert_eq!(
        diff(&old, &new).to_table(),
        "\
CLASS     AREA       WHERE                   WHAT
breaking  operation  GET /health             is gone
breaking  property   Contact (3 operations)  response property `Contact.email` may now be null
additive  operation  GET /status             is new

2 breaking, 1 additive, 0 cosmetic
"
    );
}

#[test]
fn json_has_stable_keys() {
    let old = document("3.1.1", SHOP);
    let new = document("3.1.1", &SHOP.replace("email: {type: string}", "email: {type: [string, 'null']}"));
    assert_eq!(
        diff(&old, &new).to_json(),
        serde_json::json!({
            "breaks": true,
            "summary": { "breaking": 1, "additive": 0, "cosmetic": 0 },
            "changes": [{
                "class": "breaking",
                "kind": "null_added",
                "area": "property",
                "sides": ["response"],
                "component": "Contact",
                "pointer_old": "/components/schemas/Contact/allOf/1/properties/email",
                "pointer_new": "/components/schemas/Contact/allOf/1/properties/email",
                "operations": ["GET /contacts", "GET /contacts/{id}", "event contact.created"],
                "subject": "Contact.email",
                "before": false,
                "after": true,
                "message": "response property `Contact.email` may now be null",
            }],
        })
    );
}
