//! One test per rule about what is no schema: operations, parameters, bodies, responses, security, events.

use super::tests::{document, lines};
use super::{Class, Side, diff};

/// The changes between two documents of the given text.
fn changes(old: &str, new: &str) -> String {
    lines(&document("3.1.0", old), &document("3.1.0", new)).join(", ")
}

/// The changes between two `GET /a` of the given text.
fn operation(old: &str, new: &str) -> String {
    let text = |inside: &str| format!("paths: {{/a: {{get: {{{inside}}}}}}}");
    changes(&text(old), &text(new))
}

#[test]
fn operations_go_by_method_and_path() {
    let (a, b) = ("paths: {/a: {get: {operationId: x}}}", "paths: {/a: {post: {operationId: x}}}");
    assert_eq!(changes(a, b), "breaking operation_removed GET /a, additive operation_added POST /a");
    assert_eq!(operation("operationId: x", "operationId: y"), "breaking operation_id_changed GET /a");
    assert_eq!(operation("summary: x, tags: [a, b]", "summary: x, tags: [b, a]"), "");
    let docs = operation("summary: x, description: y", "summary: z, description: w, x-evidence: inferred");
    assert_eq!(docs, "cosmetic documentation_changed GET /a");
    assert_eq!(operation("deprecated: false", "deprecated: true"), "cosmetic deprecation_changed GET /a");
    assert_eq!(changes("servers: [{url: a}]", "servers: [{url: b}]"), "cosmetic servers_changed ");
    assert_eq!(changes("tags: [{name: a}]", "tags: [{name: b}]"), "cosmetic documentation_changed ");
}

#[test]
fn path_parameters_go_by_position() {
    let path = |name: &str, kind: &str| {
        format!(
            "paths: {{'/a/{{{name}}}': {{get: {{parameters: [{{name: {name}, in: path, required: true, schema: {{type: {kind}}}}}]}}}}}}"
        )
    };
    assert_eq!(changes(&path("id", "string"), &path("id", "integer")), "breaking type_changed id");
    assert_eq!(changes(&path("id", "string"), &path("key", "string")), "breaking parameter_renamed id");
}

#[test]
fn parameters() {
    let with = |text: &str| format!("parameters: [{text}]");
    let query = |text: &str| with(&format!("{{name: q, in: query{text}}}"));
    for (old, new, expected) in [
        (with(""), query(""), "additive parameter_added q"),
        (with(""), query(", required: true"), "breaking required_parameter_added q"),
        (query(""), with(""), "breaking parameter_removed q"),
        (query(""), query(", required: true"), "breaking parameter_now_required q"),
        (query(", required: true"), query(""), "additive parameter_now_optional q"),
        (query(""), with("{name: q, in: header}"), "breaking parameter_removed q, additive parameter_added q"),
        (query(", schema: {type: array}"), query(", schema: {type: array}, style: form"), ""),
        (
            query(", schema: {type: array}"),
            query(", schema: {type: array}, explode: false"),
            "breaking parameter_serialization_changed q",
        ),
        (query(", schema: {type: string}"), query(", schema: {type: string}, explode: false"), ""),
        (
            query(", schema: {type: string}"),
            query(", content: {application/json: {schema: {type: string}}}"),
            "breaking parameter_serialization_changed q",
        ),
        (
            query(", schema: {type: string}"),
            query(", schema: {type: string, maxLength: 3}"),
            "breaking constraint_tightened q",
        ),
        (query(", description: a"), query(", description: b"), "cosmetic documentation_changed q"),
        (with("{name: X-A, in: header}"), with("{name: x-a, in: header}"), ""),
        (with("{name: Authorization, in: header}"), with(""), ""),
    ] {
        assert_eq!(operation(&old, &new), expected, "{old} {new}");
    }
}

#[test]
fn bodies() {
    let body = |text: &str| format!("requestBody: {{{text}}}");
    let json = body("content: {application/json: {schema: {type: string}}}");
    for (old, new, expected) in [
        (String::new(), json.clone(), "additive body_added body"),
        (String::new(), body("required: true"), "breaking required_body_added body"),
        (json.clone(), String::new(), "breaking body_removed body"),
        (body("required: false"), body("required: true"), "breaking body_now_required body"),
        (body("required: true"), body("required: false"), "additive body_now_optional body"),
        (
            json.clone(),
            body("content: {text/plain: {schema: {type: string}}}"),
            "breaking media_type_removed body, additive media_type_added body",
        ),
        (json, body("content: {Application/JSON; charset=utf-8: {schema: {type: string}}}"), ""),
        (
            body("content: {multipart/form-data: {encoding: {a: {contentType: text/plain}}}}"),
            body("content: {multipart/form-data: {encoding: {a: {contentType: image/png}}}}"),
            "breaking encoding_changed body",
        ),
    ] {
        assert_eq!(operation(&old, &new), expected, "{old} {new}");
    }
}

#[test]
fn statuses() {
    let with = |statuses: &[&str]| {
        let all: Vec<String> = statuses.iter().map(|status| format!("'{status}': {{description: x}}")).collect();
        format!("responses: {{{}}}", all.join(", "))
    };
    for (old, new, expected) in [
        (vec!["200"], vec!["200", "202"], "additive status_added 202"),
        (vec!["200", "202"], vec!["200"], "breaking status_removed 202"),
        (vec!["200"], vec!["200", "404"], "additive error_status_added 404"),
        (vec!["200", "404"], vec!["200"], "cosmetic error_status_removed 404"),
        (vec!["200", "default"], vec!["200"], "cosmetic error_status_removed default"),
        (vec!["default"], vec!["404"], "breaking status_removed default, additive error_status_added 404"),
        (vec!["200", "404"], vec!["2XX", "4xx"], ""),
    ] {
        assert_eq!(operation(&with(&old), &with(&new)), expected, "{old:?} {new:?}");
    }
}

#[test]
fn headers() {
    let with = |text: &str| format!("responses: {{200: {{description: x, headers: {{{text}}}}}}}");
    for (old, new, expected) in [
        ("", "A: {schema: {type: string}}", "additive header_added A"),
        ("A: {schema: {type: string}}", "", "breaking header_removed A"),
        ("A: {}", "a: {required: true}", "additive header_now_required A"),
        ("A: {required: true}", "A: {}", "breaking header_now_optional A"),
        ("A: {schema: {type: string}}", "A: {schema: {type: integer}}", "breaking type_changed A"),
    ] {
        assert_eq!(operation(&with(old), &with(new)), expected, "{old} {new}");
    }
}

const SCHEMES: &str = "
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://a', scopes: {read: r, write: w}}}}
";

#[test]
fn scopes() {
    let with = |security: &str| format!("paths: {{/a: {{get: {{security: [{security}]}}}}}}{SCHEMES}");
    for (old, new, expected) in [
        ("{oauth: [read]}", "{oauth: [read, write]}", "breaking scope_added GET /a"),
        ("{oauth: [read, write]}", "{oauth: [read]}", "additive scope_removed GET /a"),
        ("{oauth: [read]}", "{oauth: [write]}", "breaking scope_changed GET /a"),
        // The same scope asked of both kinds of token is one difference.
        ("{oauth: [read]}, {bearer: [read]}", "{bearer: [write]}, {oauth: [write]}", "breaking scope_changed GET /a"),
        ("{bearer: []}", "{oauth: [read]}, {bearer: []}", "additive security_alternative_added GET /a"),
        ("{oauth: [read]}, {bearer: []}", "{bearer: []}", "breaking security_alternative_removed GET /a"),
        ("", "{bearer: []}", "breaking security_alternative_removed GET /a"),
        ("{bearer: []}", "", "additive security_alternative_added GET /a"),
        ("{}", "", ""),
    ] {
        assert_eq!(changes(&with(old), &with(new)), expected, "{old} {new}");
    }
}

#[test]
fn security_that_all_operations_share_changes_once() {
    let with = |scope: &str| {
        format!("security: [{{oauth: [{scope}]}}]\npaths: {{/a: {{get: {{}}}}, /b: {{get: {{}}}}}}{SCHEMES}")
    };
    let diff = diff(&document("3.1.0", &with("read")), &document("3.1.0", &with("write")));
    assert_eq!(diff.changes.len(), 1);
    assert_eq!(diff.changes[0].operations, ["GET /a", "GET /b"]);
}

#[test]
fn schemes_and_flows() {
    let gone = SCHEMES.replace("    bearer: {type: http, scheme: bearer}\n", "");
    assert_eq!(changes(SCHEMES, &gone), "breaking security_scheme_removed bearer");
    assert_eq!(changes(&gone, SCHEMES), "additive security_scheme_added bearer");
    assert_eq!(changes(SCHEMES, &SCHEMES.replace("bearer:", "token:")), "");
    assert_eq!(
        changes(SCHEMES, &SCHEMES.replace("scheme: bearer", "scheme: basic")),
        "breaking security_scheme_changed bearer"
    );
    assert_eq!(
        changes(SCHEMES, &SCHEMES.replace("https://a", "https://b")),
        "breaking oauth_flow_changed clientCredentials"
    );
    assert_eq!(changes(SCHEMES, &SCHEMES.replace(", write: w", "")), "breaking oauth_scope_removed clientCredentials");
    assert_eq!(changes(&SCHEMES.replace(", write: w", ""), SCHEMES), "additive oauth_scope_added clientCredentials");
    assert_eq!(
        changes(SCHEMES, &SCHEMES.replace("read: r", "read: R")),
        "cosmetic documentation_changed clientCredentials"
    );
    let flow = SCHEMES.replace("clientCredentials", "authorizationCode");
    let expected = "breaking oauth_flow_removed clientCredentials, additive oauth_flow_added authorizationCode";
    assert_eq!(changes(SCHEMES, &flow), expected);
    // A scheme that is gone is one difference, however many operations used it.
    let with = |schemes: &str, way: &str| {
        format!("paths: {{/a: {{get: {{security: [{way}]}}}}, /b: {{get: {{security: [{way}]}}}}}}{schemes}")
    };
    let diff = diff(
        &document("3.1.0", &with(SCHEMES, "{bearer: []}, {oauth: []}")),
        &document("3.1.0", &with(&gone, "{oauth: []}")),
    );
    assert_eq!(diff.changes.len(), 1);
    assert_eq!(diff.changes[0].operations, ["GET /a", "GET /b"]);
}

#[test]
fn events_are_read_by_the_client() {
    let event = |name: &str, schema: &str| {
        format!(
            "webhooks: {{{name}: {{post: {{requestBody: {{required: true, content: {{application/json: {{schema: {schema}}}}}}}}}}}}}"
        )
    };
    let (a, b) = (event("made", "{type: string}"), event("lost", "{type: string}"));
    assert_eq!(changes(&a, &b), "breaking event_removed made, additive event_added lost");
    assert_eq!(changes(&a, &event("made", "{type: [string, 'null']}")), "breaking null_added body");
    let property = event("made", "{type: object, properties: {a: {}}}");
    let more = event("made", "{type: object, required: [b], properties: {a: {}, b: {}}}");
    assert_eq!(changes(&property, &more), "additive required_property_added b");
    let callback = |schema: &str| {
        format!(
            "callbacks: {{done: {{'{{$url}}': {{post: {{requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}}}}}}}}}"
        )
    };
    assert_eq!(operation(&callback("{type: integer}"), &callback("{type: number}")), "breaking type_widened body");
    assert_eq!(operation(&callback("{}"), ""), "breaking event_removed done {$url}");
}

#[test]
fn what_stands_in_a_component_is_told_once() {
    let with = |schema: &str| {
        document(
            "3.1.0",
            &format!(
                "
paths:
  /a:
    get: {{responses: {{200: {{description: x, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Pet'}}}}}}}}}}}}
    put: {{requestBody: {{content: {{application/json: {{schema: {{type: array, items: {{$ref: '#/components/schemas/Pet'}}}}}}}}}}}}
  /b:
    get: {{responses: {{200: {{description: x, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Dog'}}}}}}}}}}}}
  /c: {{get: {{responses: {{200: {{description: x}}}}}}}}
components:
  schemas:
    Pet: {schema}
    Dog: {{allOf: [{{$ref: '#/components/schemas/Pet'}}, {{type: object, properties: {{bark: {{type: string}}}}}}]}}
"
            ),
        )
    };
    let old = with("{type: object, properties: {name: {type: string}, sort: {enum: [a, b]}}}");
    let new = with("{type: object, properties: {sort: {enum: [a, c]}}}");
    let found = diff(&old, &new);
    let told: Vec<&str> = found.changes.iter().map(|change| change.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "request property `Pet.name` is no longer accepted; in responses it is gone",
            "request property `Pet.sort` no longer accepts \"b\"; in responses it is no longer \"b\"",
            "request property `Pet.sort` also accepts \"c\"; in responses it may also be \"c\"",
        ]
    );
    for change in &found.changes {
        assert_eq!(change.operations, ["GET /a", "PUT /a", "GET /b"]);
        assert_eq!(change.component.as_deref(), Some("Pet"));
        assert_eq!(change.sides, [Side::Request, Side::Response]);
        assert!(change.operation.is_none());
    }
    assert_eq!(found.changes[1].class, Class::Breaking);
}

#[test]
fn another_component_in_the_same_place_is_named() {
    let with = |name: &str, kind: &str| {
        document(
            "3.1.0",
            &format!(
                "paths: {{/a: {{get: {{responses: {{200: {{description: x, content: {{application/json: \
                 {{schema: {{$ref: '#/components/schemas/{name}'}}}}}}}}}}}}}}}}\n\
                 components: {{schemas: {{{name}: {{type: object, properties: {{id: {{type: {kind}}}}}}}}}}}"
            ),
        )
    };
    assert_eq!(lines(&with("A", "string"), &with("B", "string")), Vec::<String>::new());
    let found = diff(&with("A", "string"), &with("B", "integer"));
    assert_eq!(found.changes[0].message, "response property `A.id` is now integer instead of string (`A` became `B`)");
}
