//! What is said of bodies that are wrong in the ways that bodies are.

use serde_json::json;

use super::*;
use crate::contract::OperationId;

const JSON: Option<&str> = Some("application/json");

/// Checks a body, with nothing conceded.
fn check(operation: &'static Operation, content_type: Option<&str>, bytes: &[u8]) -> Result<Option<Value>, BodyError> {
    super::check(operation, content_type, bytes, |_, _| false)
}

fn read(id: OperationId, bytes: impl AsRef<[u8]>) -> Result<Option<Value>, BodyError> {
    check(id.row(), JSON, bytes.as_ref())
}

/// The faults of a body, each as `pointer: message`.
#[track_caller]
fn faults(id: OperationId, body: &Value) -> Vec<(String, String)> {
    match read(id, body.to_string()) {
        Err(BodyError::Invalid(details)) => {
            details.into_iter().map(|detail| (detail.pointer, detail.message)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_faults(id: OperationId, body: &Value, expected: &[(&str, &str)]) {
    let faults = faults(id, body);
    let faults: Vec<(&str, &str)> =
        faults.iter().map(|(pointer, message)| (pointer.as_str(), message.as_str())).collect();
    assert_eq!(faults, expected, "{body}");
}

#[track_caller]
fn unreadable(outcome: Result<Option<Value>, BodyError>) -> String {
    match outcome {
        Err(BodyError::NotJson(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_body_must_be_sent_as_json() {
    let check = |content_type| check(OperationId::ContactCreate.row(), content_type, br#"{"email":"jo@example.com"}"#);
    for right in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=ISO-8859-1",
        " application/json ;",
    ] {
        assert!(check(Some(right)).is_ok(), "{right}");
    }
    for wrong in [
        None,
        Some(""),
        Some("text/json"),
        Some("application/jsonp"),
        Some("application/x-www-form-urlencoded"),
        Some("*/*"),
    ] {
        assert_eq!(unreadable(check(wrong)), "The body must be sent with the Content-Type application/json.");
    }
}

#[test]
fn an_empty_body_is_an_empty_object_where_nothing_is_required() {
    for id in [OperationId::OrderFinalize, OperationId::DealReopen, OperationId::ContactUpdate] {
        assert_eq!(check(id.row(), None, b""), Ok(Some(json!({}))), "{id}");
    }
    for id in [OperationId::ContactCreate, OperationId::OrderLineItemCreate, OperationId::UnitReserve] {
        assert_eq!(unreadable(check(id.row(), None, b"")), "The body is missing.");
    }
    let prices = check(OperationId::UnitTypeBasePriceCreate.row(), None, b"");
    assert_eq!(prices, Err(BodyError::Invalid(vec![Detail::new("", "object at root has fewer than 1 properties")])));
}

#[test]
fn an_operation_without_a_body_ignores_what_is_sent() {
    for id in [OperationId::DealWin, OperationId::UnitDeallocate, OperationId::ContactDelete, OperationId::ContactList]
    {
        assert_eq!(check(id.row(), Some("text/plain"), b"{{{"), Ok(None), "{id}");
    }
}

#[test]
fn a_body_that_is_no_json_is_told_where_it_breaks() {
    let why = |bytes: &[u8]| unreadable(read(OperationId::ContactCreate, bytes));
    assert_eq!(why(b"{\n  \"email\": jo\n}"), "The body is not valid JSON: expected value at line 2 column 12.");
    for broken in [
        b" ".as_slice(),
        b"{",
        b"{'email': 1}",
        b"{\"email\": \"a\",}",
        b"{} {}",
        b"NaN",
        b"{\"email\": 1e999}",
        b"\xef\xbb\xbf{}",
        b"{\"email\": \"\xff\xfe\"}",
        b"{\"email\": \"\\ud800\"}",
        b"{\"email\": \"a\nb\"}",
        b"\0",
    ] {
        assert!(why(broken).starts_with("The body is not valid JSON: "), "{broken:?}");
    }
    for bomb in ["[".repeat(100_000), r#"{"a":"#.repeat(100_000)] {
        assert!(why(bomb.as_bytes()).contains("recursion limit"));
    }
}

#[test]
fn a_secret_is_in_no_message() {
    let body = json!({"email": "hunter2", "full_name": ["hunter2"], "type": "hunter2!", "address": {"country_alpha2": "hunter2"}});
    for (_, message) in faults(OperationId::ContactCreate, &body) {
        assert!(!message.contains("hunter2"), "{message}");
    }
    let why = unreadable(read(OperationId::ContactCreate, r#"{"email": "hunter2" "x"}"#));
    assert!(!why.contains("hunter2"), "{why}");
}

#[test]
fn json_that_is_no_object_is_a_fault_of_the_whole_body() {
    for other in [json!(null), json!([]), json!("text"), json!(1), json!(true)] {
        for id in [OperationId::ContactCreate, OperationId::OrderLineItemCreate, OperationId::OrderFinalize] {
            assert_faults(id, &other, &[("", "value at root is not an object")]);
        }
    }
}

#[test]
fn every_fault_is_told_once() {
    let body = json!({
        "email": "nobody",
        "full_name": 7,
        "nickname": "Jo",
        "address": {"country_alpha2": "gb", "planet": "Earth"},
        "metadata": {"Bad Key": 1, "long": "x".repeat(501)},
    });
    assert_faults(
        OperationId::ContactCreate,
        &body,
        &[
            ("/address/country_alpha2", "string at `/address/country_alpha2` does not match pattern: ^[A-Z]{2}$"),
            ("/address/planet", "object property at `/address/planet` is a disallowed additional property"),
            ("/email", "value at `/email` does not match format: email"),
            ("/full_name", "value at `/full_name` is not a string or null"),
            ("/metadata/Bad Key", "value at `/metadata/Bad Key` is not a string"),
            ("/metadata/Bad Key", "property name at `/metadata/Bad Key` does not match pattern: ^[a-z0-9._:-]{1,40}$"),
            ("/metadata/long", "string length at `/metadata/long` is greater than: 500"),
            ("/nickname", "object property at `/nickname` is a disallowed additional property"),
        ],
    );
}

#[test]
fn each_missing_property_is_a_fault_of_its_own() {
    assert_faults(
        OperationId::WebhookEndpointCreate,
        &json!({"event_types": ["no.such"]}),
        &[
            ("/api_version", "object at root is missing required properties: api_version"),
            ("/event_types/0", &format!("value at `/event_types/0` is not one of: {}", event_types())),
            ("/name", "object at root is missing required properties: name"),
            ("/url", "object at root is missing required properties: url"),
        ],
    );
    let of_contact = [("/contact/id", "object at `/contact` is missing required properties: id")];
    let body = json!({"name": "A", "contact": {}, "stage": {"id": "dstg_1"}});
    assert_faults(OperationId::DealCreate, &body, &of_contact);
}

fn event_types() -> String {
    crate::contract::EVENTS.iter().map(|event| event.name).collect::<Vec<_>>().join(", ")
}

#[test]
fn an_email_is_an_address_and_nothing_more() {
    let is_right = |email: &str| read(OperationId::ContactCreate, json!({ "email": email }).to_string()).is_ok();
    for right in ["jo@example.com", "jo+tag@mail.example.co.uk", "o'hara@example.com", "jo@localhost"] {
        assert!(is_right(right), "{right}");
    }
    for wrong in
        ["", "jo", "jo@", "@example.com", "Jo <jo@example.com>", "jo@ex ample.com", "jo@example.com ", "a@b@c.com"]
    {
        assert!(!is_right(wrong), "{wrong}");
    }
}

#[test]
fn a_moment_is_a_date_and_time_with_an_offset() {
    let body = |at: &str| json!({"title": "Call", "due_at": at}).to_string();
    for right in [
        "2026-03-02T10:00:00Z",
        "2026-03-02t10:00:00z",
        "2026-03-02T10:00:00.123456789012Z",
        "2026-03-02T10:00:00+05:30",
        "2024-02-29T00:00:00-00:00",
        "2016-12-31T23:59:60Z",
        "9999-12-31T23:59:59.5+00:01",
        "0000-01-01T00:00:00-00:01",
    ] {
        assert!(read(OperationId::TaskCreate, body(right)).is_ok(), "{right}");
    }
    for wrong in [
        "",
        "now",
        "2026-03-02",
        "2026-03-02T10:00Z",
        "2026-03-02T10:00:00",
        "2026-03-02 10:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-03-02T24:00:00Z",
        "2026-03-02T10:00:60Z",
        "2026-03-02T10:00:00+24:00",
        "2026-03-02T10:00:00\u{2212}01:00",
        "１０26-03-02T10:00:00Z",
        "9999-12-31T23:59:59-00:01",
        "0000-01-01T00:00:00+00:01",
    ] {
        assert!(read(OperationId::TaskCreate, body(wrong)).is_err(), "{wrong}");
        assert_eq!(moment(wrong), None);
    }
}

#[test]
fn a_whole_number_comes_out_as_an_integer_however_it_is_written() {
    for (written, read_as) in [
        ("1.0", 1),
        ("1e2", 100),
        ("12E0", 12),
        ("9007199254740993", 9_007_199_254_740_993),
        ("-0", 0),
        ("9223372036854775807", i64::MAX),
    ] {
        let body = format!(r#"{{"monthly":{{"amount":{written}}}}}"#);
        let prices = read(OperationId::UnitTypeBasePriceCreate, body).unwrap().unwrap();
        assert_eq!(prices["monthly"]["amount"].as_i64(), Some(read_as), "{written}");
    }
    for (written, fault) in [
        ("1.5", "value at `/monthly/amount` is not an integer"),
        ("\"1\"", "value at `/monthly/amount` is not an integer"),
        ("-1", "number at `/monthly/amount` is less than: 0"),
        ("9223372036854775808", "number at `/monthly/amount` is greater than: 9223372036854775807"),
        ("1e300", "number at `/monthly/amount` is greater than: 9223372036854775807"),
    ] {
        let body: Value = serde_json::from_str(&format!(r#"{{"monthly":{{"amount":{written}}}}}"#)).unwrap();
        assert_faults(OperationId::UnitTypeBasePriceCreate, &body, &[("/monthly/amount", fault)]);
    }
}

#[test]
fn of_a_key_that_is_there_twice_the_last_value_counts() {
    let body = r#"{"email":"nobody","email":"jo@example.com"}"#;
    assert_eq!(read(OperationId::ContactCreate, body), Ok(Some(json!({"email": "jo@example.com"}))));
}

#[test]
fn an_open_set_is_told_by_its_pattern() {
    let pattern = "string at `/type` does not match pattern: ^[a-z][a-z0-9_]{0,49}$";
    for wrong in ["Domestic", "", "two words", "9lives"] {
        assert_faults(OperationId::ContactUpdate, &json!({ "type": wrong }), &[("/type", pattern)]);
    }
    assert_faults(
        OperationId::ContactUpdate,
        &json!({"type": 5}),
        &[("/type", "value at `/type` is not a string or null")],
    );
    for right in [json!("domestic"), json!("a_kind_of_tomorrow"), json!(null)] {
        assert!(read(OperationId::ContactUpdate, json!({ "type": right }).to_string()).is_ok(), "{right}");
    }
    let lost = [("/lost_reason", "value at `/lost_reason` is not a string")];
    assert_faults(OperationId::DealLose, &json!({"lost_reason": null}), &lost);
}

#[test]
fn a_line_item_is_judged_by_its_type() {
    let types = "value at `/type` is not one of: unit_type, protection, product, security_deposit";
    let id = OperationId::OrderLineItemCreate;
    assert_faults(id, &json!({"type": "unit", "item": {"id": "utype_1"}}), &[("/type", types)]);
    assert_faults(id, &json!({"type": 1, "item": {"id": "utype_1"}}), &[("/type", "value at `/type` is not a string")]);
    let product = json!({"type": "product", "item": {"id": "utype_1"}, "quantity": 0, "color": "red"});
    assert_faults(
        id,
        &product,
        &[
            ("/color", "object property at `/color` is a disallowed additional property"),
            ("/item/id", "string at `/item/id` does not match pattern: ^prod_."),
            ("/quantity", "number at `/quantity` is less than: 1"),
        ],
    );
    // Without a type only what is wrong for all types is told, or for the one that fits best.
    let missing = ("/type", "object at root is missing required properties: type");
    assert_faults(id, &json!({"item": {"id": "plvl_1"}}), &[missing]);
    assert_faults(id, &json!({"item": {"id": "con_1"}}), &[missing]);
    let quantity = ("/quantity", "number at `/quantity` is less than: 1");
    let item = ("/item", "object at root is missing required properties: item");
    assert_faults(id, &json!({"quantity": 0}), &[item, quantity, missing]);
    assert_faults(id, &json!({"type": "unit", "quantity": 0}), &[item, quantity, ("/type", types)]);
}

#[test]
fn the_prefix_of_an_id_is_no_id() {
    for (id, body, pointer, pattern) in [
        (OperationId::UnitOverlock, json!({"contact_id": "con_"}), "/contact_id", "^con_."),
        (OperationId::TaskUpdate, json!({"resource": {"id": "unit_"}}), "/resource/id", "^(con|unit|sub)_."),
        (OperationId::OrderLineItemCreate, json!({"type": "product", "item": {"id": "prod_"}}), "/item/id", "^prod_."),
    ] {
        let says = format!("string at `{pointer}` does not match pattern: {pattern}");
        assert_faults(id, &body, &[(pointer, &says)]);
    }
}

#[test]
fn a_contact_of_an_order_is_judged_by_what_it_holds() {
    let order = |contact: Value| json!({"site": {"id": "site_1"}, "contact": contact});
    let id = OperationId::OrderCreate;
    for (contact, pointer, message) in [
        (json!({"id": "ten_1"}), "/contact/id", "string at `/contact/id` does not match pattern: ^con_."),
        (json!({"email": "jo"}), "/contact/email", "value at `/contact/email` does not match format: email"),
        (json!({"full_name": "Jo"}), "/contact/email", "object at `/contact` is missing required properties: email"),
        (
            json!({"id": "con_1", "full_name": "Jo"}),
            "/contact/full_name",
            "object property at `/contact/full_name` is a disallowed additional property",
        ),
        (json!([]), "/contact", "value at `/contact` is not an object or null"),
        (
            json!({"email": "jo@example.com", "metadata": {"A": "b"}}),
            "/contact/metadata/A",
            "property name at `/contact/metadata/A` does not match pattern: ^[a-z0-9._:-]{1,40}$",
        ),
        (
            json!({"email": "jo@example.com", "type": "A B"}),
            "/contact/type",
            "string at `/contact/type` does not match pattern: ^[a-z][a-z0-9_]{0,49}$",
        ),
    ] {
        assert_faults(id, &order(contact), &[(pointer, message)]);
    }
}

#[test]
fn the_start_of_an_order_is_a_moment_or_now() {
    let order = |starts_at: Value| json!({"site": {"id": "site_1"}, "starts_at": starts_at});
    for right in [json!("now"), json!("2026-03-02T10:00:00Z"), json!(null)] {
        assert!(read(OperationId::OrderCreate, order(right).to_string()).is_ok());
    }
    let format = ("/starts_at", "value at `/starts_at` does not match format: date-time");
    let pattern = "string at `/starts_at` does not match pattern: ^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]";
    assert_faults(OperationId::OrderCreate, &order(json!("2026-03-02T10:00")), &[format]);
    assert_faults(OperationId::OrderCreate, &order(json!("tomorrow")), &[("/starts_at", pattern), format]);
    let types = [("/starts_at", "value at `/starts_at` is not a string or null")];
    assert_faults(OperationId::OrderCreate, &order(json!(5)), &types);
}

#[test]
fn metadata_has_limits() {
    let contact = |metadata: Value| json!({"email": "jo@example.com", "metadata": metadata});
    let many = |count: usize| (0..count).map(|i| (format!("k{i}"), json!("v"))).collect::<Map<_, _>>().into();
    let id = OperationId::ContactCreate;
    for right in [json!({}), many(20), json!({"a.b_c:d-9": "", "k": "ä".repeat(500)})] {
        assert!(read(id, contact(right).to_string()).is_ok());
    }
    assert_faults(id, &contact(many(21)), &[("/metadata", "object at `/metadata` has more than 20 properties")]);
    assert_faults(id, &contact(json!(null)), &[("/metadata", "value at `/metadata` is not an object")]);
    assert_faults(id, &contact(json!({"k": null})), &[("/metadata/k", "value at `/metadata/k` is not a string")]);
    let nested = json!({"a/b~c": {}});
    assert_faults(
        id,
        &contact(nested),
        &[
            ("/metadata/a~1b~0c", "value at `/metadata/a~1b~0c` is not a string"),
            ("/metadata/a~1b~0c", "property name at `/metadata/a~1b~0c` does not match pattern: ^[a-z0-9._:-]{1,40}$"),
        ],
    );
    // An update may remove a key, and says nothing of how many there will be.
    let update = json!({"metadata": {"k": null}});
    assert_eq!(read(OperationId::ContactUpdate, update.to_string()), Ok(Some(update)));
    assert_faults(
        OperationId::ContactUpdate,
        &json!({"metadata": null}),
        &[("/metadata", "value at `/metadata` is not an object")],
    );
}

#[test]
fn a_huge_body_is_refused_without_a_list() {
    let huge = |key: &str| (0..200_000).map(|i| (format!("{key}{i}"), json!(1))).collect::<Map<_, _>>();
    for body in [
        Value::Object(huge("k")),
        json!({"site": {"id": "site_1"}, "contact": {"email": "jo@example.com", "metadata": huge("K")}}),
        json!({"site": {"id": "site_1"}, "line_items": vec![json!({}); 200_000]}),
    ] {
        let too_large = [("", "value at root is not valid, and is too large for its faults to be listed")];
        assert_faults(OperationId::OrderCreate, &body, &too_large);
    }
}

#[test]
fn a_large_body_has_all_its_faults_listed() {
    let body = json!({"site": {"id": "site_1"}, "line_items": vec![json!({"type": "x"}); 1000]});
    assert_eq!(faults(OperationId::OrderCreate, &body).len(), 2000);
}

#[test]
fn an_error_says_what_is_wrong() {
    let error = read(OperationId::DealCreate, "{}").unwrap_err();
    let all = "object at root is missing required properties: contact; object at root is missing required properties: name; \
               object at root is missing required properties: stage";
    assert_eq!(error.to_string(), all);
    assert_eq!(read(OperationId::DealCreate, "").unwrap_err().to_string(), "The body is missing.");
}

#[test]
fn what_is_conceded_is_taken_and_nothing_else() {
    let operation = OperationId::WebhookEndpointUpdate.row();
    let bytes = br#"{"url":"http://localhost/","name":""}"#;
    let pointers = |concedes: fn(&str, &Value) -> bool| match super::check(operation, JSON, bytes, concedes) {
        Err(BodyError::Invalid(details)) => details.into_iter().map(|detail| detail.pointer).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(pointers(|_, _| false), ["/name", "/url"]);
    assert_eq!(pointers(|pointer, value| pointer == "/url" && value == "http://localhost/"), ["/name"]);
    let all = super::check(operation, JSON, bytes, |_, _| true).unwrap();
    assert_eq!(all, Some(json!({"url": "http://localhost/", "name": ""})));
}
