//! The tables of the contract hang together, and say of some operations what the document says.

use std::collections::HashSet;

use stora_mock::contract::{
    DOCUMENT, EVENTS, EventId, Filter, Header, Method, OPERATIONS, OperationId, Page, RequestBody, SCOPES, Sort,
};

#[test]
fn a_row_stands_at_the_number_of_its_id() {
    for (i, row) in OPERATIONS.iter().enumerate() {
        assert_eq!(row.id as usize, i, "{}", row.name);
        assert_eq!(row.id.row(), row);
        assert_eq!(OperationId::of_name(row.name), Some(row.id));
        assert_eq!(row.id.to_string(), row.name);
    }
    for (i, row) in EVENTS.iter().enumerate() {
        assert_eq!(row.id as usize, i, "{}", row.name);
        assert_eq!(row.id.row(), row);
        assert_eq!(EventId::of_name(row.name), Some(row.id));
        assert_eq!(row.variant, format!("{:?}", row.id));
    }
    assert_eq!(OperationId::of_name("contact_destroy"), None);
    assert_eq!(EventId::of_name("contact.deleted"), None);
}

#[test]
fn the_tables_are_whole() {
    assert_eq!((OPERATIONS.len(), EVENTS.len(), SCOPES.len()), (91, 38, 39));
    let inferred = OPERATIONS.iter().filter(|row| row.evidence == Some("inferred"));
    assert_eq!(inferred.count(), 14);
}

#[test]
fn every_scope_that_is_needed_exists() {
    let known: HashSet<&str> = SCOPES.iter().map(|scope| scope.name).collect();
    assert_eq!(known.len(), SCOPES.len());
    for row in &OPERATIONS {
        let of_expand = row.expand.into_iter().flatten().flat_map(|expand| expand.scopes);
        for scope in row.scopes.iter().chain(of_expand) {
            assert!(known.contains(scope), "{}: {scope}", row.name);
        }
        assert!(!row.open || row.scopes.is_empty(), "{} is open and needs scopes", row.name);
    }
}

#[test]
fn every_operation_ends_well_in_some_way_and_fails_in_some() {
    for row in &OPERATIONS {
        assert!(
            !row.success.is_empty() && row.success.iter().all(|status| (200..400).contains(status)),
            "{}",
            row.name
        );
        assert!(row.errors.iter().all(|status| (400..600).contains(status)), "{}", row.name);
        assert!(row.errors.contains(&500), "{}", row.name);
        assert!(row.open || row.errors.contains(&401), "{} can be called without credentials after all?", row.name);
        assert!(row.body.is_none() || row.method != Method::Get, "{}", row.name);
    }
}

#[test]
fn lists_are_paged_and_nothing_else_is() {
    for row in &OPERATIONS {
        assert_eq!(row.page.is_some(), row.name.ends_with("_list"), "{}", row.name);
        let Some(page) = row.page else { continue };
        assert_eq!(page, Page::new().min_limit(1).max_limit(100).default_limit(50), "{}", row.name);
        assert!(row.produces.contains(&"text/csv"), "{}", row.name);
    }
}

#[test]
fn posts_under_the_version_take_an_idempotency_key() {
    for row in &OPERATIONS {
        let expected = row.method == Method::Post && row.path.starts_with("/2025-09/");
        assert_eq!(row.takes_idempotency_key(), expected, "{}", row.name);
    }
}

#[test]
fn a_list_has_its_sort_keys_and_filters() {
    let row = OperationId::ContactList.row();
    assert_eq!((row.method, row.path, row.tags), (Method::Get, "/2025-09/contacts", ["Contacts"].as_slice()));
    let keys = Sort::by(&["created_at", "updated_at", "full_name"]);
    assert_eq!(row.sort, Some(keys.default("created_at").directions(&["ASC", "DESC"]).default_direction("DESC")));
    let status = Filter::many("status").values(&["lead", "customer", "churned"]).evidence("inferred");
    assert_eq!(row.filter("status"), Some(&status));
    assert_eq!(row.filter("created_after"), Some(&Filter::one("created_after").format("date-time")));
    let open = Filter::many("type").values(&["domestic", "company", "unspecified"]).pattern("^[a-z][a-z0-9_]{0,49}$");
    assert_eq!(row.filter("type"), Some(&open));
    for name in ["page", "limit", "sort_by", "sort_direction", "expand", "nonsense"] {
        assert_eq!(row.filter(name), None);
    }
    let by_metadata = OperationId::WebhookEndpointList.row().filter("metadata").copied();
    assert!(by_metadata.is_some_and(|filter| filter.pairs && !filter.many));
}

#[test]
fn an_order_can_be_expanded_and_needs_scopes_for_it() {
    let row = OperationId::OrderShow.row();
    let item = row.expansion("line_items.item").map(|expand| expand.scopes);
    let scopes = ["public.order:read", "public.unit_type:read", "public.protection_level:read", "public.product:read"];
    assert_eq!(item, Some(scopes.as_slice()));
    assert_eq!(row.expansion("line_items.price"), None);
    assert_eq!(OperationId::ContactShow.row().expand, None);
    assert_eq!(OperationId::ProductCategoryList.row().expand, Some([].as_slice()));
}

#[test]
fn a_creation_takes_a_body_and_a_key() {
    let row = OperationId::OrderCreate.row();
    let schema = row.body.and_then(|body| body.schema).expect("an order is sent as JSON");
    assert!(
        schema.starts_with("{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"site\"]"),
        "{schema}"
    );
    assert_eq!(row.body, Some(RequestBody::required(&["application/json"]).schema(schema)));
    assert_eq!(row.headers, [Header::optional("Idempotency-Key")]);
    assert_eq!((row.success, row.scopes), ([201].as_slice(), ["public.order:write"].as_slice()));
    let finalize = OperationId::OrderFinalize.row().body;
    assert!(finalize.is_some_and(|body| !body.required && body.media_types == ["application/json"]));
}

#[test]
fn the_document_is_at_hand() {
    assert!(DOCUMENT.starts_with("{\"openapi\":\"3.1.1\","), "{}", &DOCUMENT[..80]);
    for row in &OPERATIONS {
        assert!(DOCUMENT.contains(&format!("\"operationId\":\"{}\"", row.name)), "{}", row.name);
    }
}

#[test]
fn what_is_open_is_open() {
    let open: Vec<&str> = OPERATIONS.iter().filter(|row| row.open).map(|row| row.name).collect();
    assert_eq!(open, ["image_show", "oauth_token_create", "oauth_token_revoke", "oauth_authorization_show"]);
    let token = OperationId::OauthTokenCreate.row().body.map(|body| body.media_types);
    assert_eq!(token, Some(["application/json", "application/x-www-form-urlencoded"].as_slice()));
    let secured_by_any_token = OperationId::OauthTokenShow.row();
    assert!(!secured_by_any_token.open && secured_by_any_token.scopes.is_empty());
}

#[test]
fn an_invoice_comes_as_pdf_too() {
    assert_eq!(OperationId::InvoiceShow.row().produces, ["application/json", "application/pdf"]);
    assert_eq!(OperationId::ImageShow.row().success, [302]);
}
