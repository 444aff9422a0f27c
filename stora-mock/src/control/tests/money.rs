//! Bills over HTTP: what staff, customers and banks do about them, and what there is to be seen.

use serde_json::{Value, json};

use super::{call, options, pointers};
use crate::MockServer;

/// A business whose customer Ann has rented since now, by card, with a deposit of 50.00.
struct Bills {
    server: MockServer,
    site: String,
    ann: String,
    lead: String,
    subscription: String,
}

impl Bills {
    async fn start() -> Self {
        let server = options().start().await.unwrap();
        let data = json!({
            "sites": [{"key": "hull", "name": "Hull",
                "address": {"line_1": "1 Dock Road", "city": "Hull", "postal_code": "HU1 1AA"}}],
            "unit_types": [{"key": "small", "site_id": "hull", "name": "25 sq ft", "base_prices": {"monthly": 12_000},
                "security_deposit": 5_000}],
            "units": [{"key": "a1", "unit_type_id": "small", "reference_id": "A1"}],
            "contacts": [{"key": "ann", "email": "ann@example.com"}, {"key": "leo", "email": "leo@example.com"}],
            "orders": [{"key": "done", "site_id": "hull", "contact_id": "ann", "status": "completed",
                "billing_period": "monthly", "line_items": [{"type": "unit_type", "item_id": "small"},
                    {"type": "security_deposit", "item_id": "small"}]}],
        });
        let (status, seeded) = call(&server, "POST", "/seed", &data);
        assert_eq!(status, 200, "{seeded}");
        let key = |key: &str| seeded["keys"][key].as_str().unwrap().to_owned();
        let subscription = {
            let demo = server.control().operator("demo").unwrap();
            let world = demo.operator.read();
            let subscription = world.subscriptions.iter().next().unwrap().id;
            subscription.to_string()
        };
        Self { site: key("hull"), ann: key("ann"), lead: key("leo"), server, subscription }
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        call(&self.server, method, path, body)
    }

    /// An act that is done, and the record that it answers.
    fn done(&self, path: &str, body: &Value, envelope: &str) -> Value {
        let (status, answer) = self.call("POST", path, body);
        assert!(status == 200 || status == 201, "{path}: {status} {answer}");
        answer[envelope].clone()
    }

    fn invoice(&self, path: &str, body: &Value) -> Value {
        self.done(path, body, "invoice")
    }

    /// An act that the state of things forbids.
    fn conflict(&self, path: &str, body: &Value) {
        let (status, answer) = self.call("POST", path, body);
        assert_eq!((status, &answer["error"]["code"]), (409, &json!("conflict")), "{path}");
    }

    fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    fn advance(&self, to: &str) -> Value {
        let (status, answer) = self.call("POST", "/clock/advance", &json!({ "to": to }));
        assert_eq!((status, &answer["refused"]), (200, &json!(0)), "{answer}");
        answer
    }

    fn charges(&self, outcome: &Value) {
        let (status, answer) =
            self.call("PUT", &format!("/contacts/{}/charges", self.ann), &json!({ "outcome": outcome }));
        assert_eq!((status, &answer["charges"]), (200, outcome));
    }

    /// The body of a one-off invoice of 30.00.
    fn cleaning(&self) -> Value {
        let line = json!({"type": "text", "description": "Cleaning", "price": 3_000});
        json!({"contact_id": self.ann, "site_id": self.site, "line_items": [line]})
    }

    fn one_off(&self, more: &Value) -> Value {
        let mut body = self.cleaning();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.invoice("/invoices", &body)
    }
}

/// The path of an act on an invoice.
fn path(invoice: &Value, act: &str) -> String {
    format!("/invoices/{}/{act}", invoice["id"].as_str().unwrap())
}

fn members<'v>(list: &'v Value, name: &str) -> Vec<&'v Value> {
    list.as_array().unwrap().iter().map(|item| &item[name]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_off_invoice_goes_from_draft_to_paid_by_link() {
    // I3, I9, I15, I17, I19, X1, X4
    let bills = Bills::start().await;
    let draft = bills.one_off(&json!({"draft": true, "purchase_order_number": "PO-1"}));
    assert_eq!(
        (&draft["status"], &draft["number"], &draft["subscription"]),
        (&json!("draft"), &Value::Null, &Value::Null)
    );
    bills.conflict(&path(&draft, "pay"), &Value::Null);
    let open = bills.invoice(&path(&draft, "finalize"), &Value::Null);
    assert_eq!((&open["status"], &open["amount_due"]["amount"]), (&json!("open"), &json!(3_000)));
    bills.conflict(&path(&open, "finalize"), &Value::Null);

    let awaiting = bills.get(&format!("/awaiting_payment?contact_id={}", bills.ann));
    assert_eq!((&awaiting["total"], &awaiting["count"]), (&json!(3_000), &json!(1)));
    assert_eq!(members(&awaiting["invoices"], "invoice_id"), [&open["id"]]);
    assert_eq!(members(&awaiting["invoices"], "due_on"), [&json!("2026-03-02")]);
    assert_eq!(members(&awaiting["invoices"], "overdue"), [&json!(false)]);
    let notices = bills.get("/notices?kind=invoice_sent");
    assert_eq!(members(&notices["notices"], "about"), [&open["id"]]);

    let declined = bills.invoice(&path(&open, "pay"), &json!({"outcome": "decline"}));
    assert_eq!(declined["status"], "open");
    let paid = bills.invoice(&path(&open, "pay"), &json!({"outcome": "succeed"}));
    assert_eq!((&paid["status"], &paid["amount_paid"]["amount"]), (&json!("paid"), &json!(3_000)));
    let attempts = bills.get(&format!("/payment_attempts?invoice_id={}", open["id"].as_str().unwrap()));
    assert_eq!(members(&attempts["payment_attempts"], "outcome"), [&json!("succeeded"), &json!("declined")]);
    let account = bills.get(&format!("/contacts/{}/account", bills.ann));
    assert_eq!(members(&account["payment_methods"], "type"), [&json!("card"), &json!("card")]);
    assert_eq!(bills.get("/awaiting_payment")["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_deleted_and_open_invoices_are_marked_voided_and_written_off() {
    // I1
    let bills = Bills::start().await;
    let draft = bills.one_off(&json!({"draft": true}));
    let id = draft["id"].as_str().unwrap().to_owned();
    assert_eq!(bills.call("DELETE", &format!("/invoices/{id}"), &Value::Null).0, 204);
    assert_eq!(bills.call("DELETE", &format!("/invoices/{id}"), &Value::Null).0, 404);
    let open = bills.one_off(&json!({}));
    assert_eq!(bills.call("DELETE", &format!("/invoices/{}", open["id"].as_str().unwrap()), &Value::Null).0, 409);
    assert_eq!(bills.invoice(&path(&open, "write_off"), &Value::Null)["status"], "uncollectible");
    assert_eq!(bills.invoice(&path(&open, "mark_paid"), &Value::Null)["status"], "paid");
    for act in ["void", "mark_paid", "write_off", "finalize", "charge", "bank_result", "late_fee"] {
        let body = if act == "late_fee" { json!({"flat": 100}) } else { Value::Null };
        bills.conflict(&path(&open, act), &body);
    }
    let open = bills.one_off(&json!({}));
    assert_eq!(bills.invoice(&path(&open, "void"), &Value::Null)["status"], "void");
}

#[tokio::test(flavor = "multi_thread")]
async fn charges_that_fail_are_tried_again_and_cost_a_late_fee() {
    // D1, D2, D11, I18, I19
    let bills = Bills::start().await;
    bills.charges(&json!("decline"));
    bills.advance("2026-04-02T12:00:00Z");
    bills.charges(&json!({"decline_next": 1}));
    bills.advance("2026-04-03T12:00:00Z");
    let awaiting = bills.get("/awaiting_payment");
    let owed = &awaiting["invoices"][0];
    let expected = json!({"overdue": true, "retries": 1, "retry_at": "2026-04-05T05:00:00Z", "outstanding": 12_000});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&owed[name], value, "{name}");
    }
    let id = json!({"id": owed["invoice_id"]});
    let fee = bills.invoice(&path(&id, "late_fee"), &json!({"flat": 500, "percent": 10}));
    assert_eq!((&fee["total"]["amount"], &fee["status"]), (&json!(1_700), &json!("open")));
    assert_eq!(bills.get("/awaiting_payment")["total"], 13_700);
    let failed = bills.get("/notices?kind=payment_failed&limit=1");
    assert_eq!(members(&failed["notices"], "at"), [&json!("2026-04-03T05:00:00Z")]);
    let still = bills.invoice(&path(&id, "charge"), &json!({"outcome": "decline"}));
    assert_eq!(still["status"], "open");
    let advanced = bills.advance("2026-04-05T12:00:00Z");
    assert_eq!(advanced["counts"], json!({"retry": 1}));
    assert_eq!(advanced["acts"][0]["events"], json!(["invoice.paid"]));
    let attempts = bills.get(&format!("/payment_attempts?contact_id={}&limit=4", bills.ann));
    let outcomes = ["succeeded", "declined", "declined", "declined"].map(Value::from);
    assert_eq!(members(&attempts["payment_attempts"], "outcome"), outcomes.iter().collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debit_is_answered_by_hand() {
    // I12, I17, X5
    let bills = Bills::start().await;
    let choose = |method: &str| {
        let path = format!("/subscriptions/{}/payment_method", bills.subscription);
        bills.call("POST", &path, &json!({ "payment_method": method }))
    };
    assert_eq!(choose("bacs_debit").0, 409);
    let methods = format!("/contacts/{}/payment_methods", bills.ann);
    assert_eq!(bills.call("POST", &methods, &json!({"type": "bacs_debit"})).0, 201);
    assert_eq!(pointers(bills.call("POST", &methods, &json!({"type": "manual"}))), ["/type"]);
    let (status, answer) = choose("bacs_debit");
    assert_eq!((status, &answer["subscription"]["id"]), (200, &json!(bills.subscription)));
    bills.advance("2026-04-02T12:00:00Z");
    let owed = bills.get("/awaiting_payment")["invoices"][0].clone();
    assert_eq!(
        (&owed["processing"], &owed["overdue"], &owed["method"]),
        (&json!(true), &json!(false), &json!("bacs_debit"))
    );
    let id = json!({"id": owed["invoice_id"]});
    bills.conflict(&path(&id, "pay"), &Value::Null);
    assert_eq!(bills.invoice(&path(&id, "bank_result"), &json!({"outcome": "decline"}))["status"], "open");
    bills.conflict(&path(&id, "bank_result"), &Value::Null);
    assert_eq!(bills.invoice(&path(&id, "charge"), &json!({"new_card": true}))["status"], "paid");
}

#[tokio::test(flavor = "multi_thread")]
async fn scenario_10_a_deposit_is_refunded_in_part_and_the_rest_withheld() {
    // P3, P4, P5
    let bills = Bills::start().await;
    let deposits = bills.get("/deposits?state=held");
    assert_eq!((&deposits["held"], members(&deposits["deposits"], "paid")), (&json!(5_000), vec![&json!(5_000)]));
    let id = json!({"id": deposits["deposits"][0]["invoice_id"]});
    let note = bills.done(&path(&id, "refund_deposit"), &json!({"amount": 2_000, "reason": "other"}), "credit_note");
    assert_eq!((&note["type"], &note["total"]["amount"]), (&json!("post_payment"), &json!(2_000)));
    assert_eq!(bills.get("/deposits")["held"], 3_000);
    assert_eq!(bills.invoice(&path(&id, "withhold_deposit"), &Value::Null)["status"], "paid");
    for act in ["refund_deposit", "withhold_deposit"] {
        bills.conflict(&path(&id, act), &Value::Null);
    }
    let deposits = bills.get(&format!("/deposits?contact_id={}", bills.ann));
    let expected = json!({"state": "settled", "paid": 5_000, "refunded": 2_000, "withheld": 3_000, "held": 0});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&deposits["deposits"][0][name], value, "{name}");
    }
    assert_eq!(bills.get("/deposits?state=held")["deposits"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn credit_notes_are_for_the_rest_an_amount_or_lines() {
    // N1, N2, N3
    let bills = Bills::start().await;
    let open = bills.one_off(&json!({}));
    let credit = |more: Value| {
        let mut body = json!({"invoice_id": open["id"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        bills.call("POST", "/credit_notes", &body)
    };
    let total = |(status, answer): (u16, Value)| {
        assert_eq!(status, 201, "{answer}");
        answer["credit_note"]["total"]["amount"].as_i64().unwrap()
    };
    assert_eq!(total(credit(json!({"amount": 500}))), 500);
    let lines = json!([{"type": "invoice_line_item", "line": 0, "amount": 300},
        {"type": "custom_line_item", "description": "Goodwill", "price": 200, "tax_rates": [20]}]);
    assert_eq!(total(credit(json!({ "line_items": lines }))), 500);
    assert_eq!(pointers(credit(json!({"amount": 1, "line_items": lines}))), ["/amount"]);
    assert_eq!(
        pointers(credit(json!({"line_items": [{"type": "invoice_line_item", "line": 7}]}))),
        ["/line_items/0/line"]
    );
    assert_eq!(credit(json!({"amount": 2_001})).0, 409);
    assert_eq!(total(credit(json!({}))), 2_000);
    let unknown = json!({"invoice_id": "inv_0000000000000000"});
    assert_eq!(pointers(bills.call("POST", "/credit_notes", &unknown)), ["/invoice_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn account_credit_is_shown_and_used_up() {
    // I7, R6
    let bills = Bills::start().await;
    let demo = bills.server.control().operator("demo").unwrap();
    let ann = bills.ann.parse().unwrap();
    demo.operator
        .act(|world| {
            world.contacts.update(ann, |contact| contact.account.credit = 4_000);
            Ok::<_, crate::control::ControlError>(())
        })
        .unwrap();
    let credit = bills.get("/account_credit");
    assert_eq!(
        (&credit["total"], members(&credit["account_credit"], "contact_id")),
        (&json!(4_000), vec![&json!(bills.ann)])
    );
    assert_eq!(bills.get(&format!("/account_credit?contact_id={}", bills.lead))["total"], 0);
    assert_eq!(bills.one_off(&json!({}))["status"], "paid");
    assert_eq!(bills.get("/account_credit")["total"], 1_000);
    assert_eq!(bills.get("/account_credit?limit=0")["account_credit"], json!([]));
    assert_eq!(bills.get(&format!("/contacts/{}/account", bills.ann))["credit"], 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_pointed_at_and_changes_nothing() {
    // C2, C3, I9
    let bills = Bills::start().await;
    let before = bills.server.control().operator("demo").unwrap().snapshot();
    let create = |change: Value| {
        let mut body = bills.cleaning();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        bills.call("POST", "/invoices", &body)
    };
    assert_eq!(create(json!({"contact_id": bills.lead})).0, 409);
    assert_eq!(pointers(create(json!({"contact_id": "con_0000000000000000"}))), ["/contact_id"]);
    assert_eq!(pointers(create(json!({"site_id": "elsewhere"}))), ["/site_id"]);
    assert_eq!(pointers(create(json!({"line_items": []}))), ["/line_items"]);
    assert_eq!(pointers(create(json!({"terms": "some_day", "colour": "red"}))), ["/colour", "/terms"]);
    let line = |line: Value| pointers(create(json!({ "line_items": [line] })));
    assert_eq!(line(json!({"type": "text", "description": "x", "price": -1})), ["/line_items/0/price"]);
    assert_eq!(line(json!({"type": "product", "product_id": "prod_1"})), ["/line_items/0/product_id"]);
    let late_fee = format!("/invoices/{}/late_fee", "inv_0000000000000000");
    assert_eq!(bills.call("POST", &late_fee, &json!({"flat": 1})).0, 404);
    assert_eq!(pointers(bills.call("POST", &late_fee, &json!({"flat": 0}))), ["/flat"]);
    for unknown in ["/contacts/con_0000000000000000/account", "/contacts/none/account"] {
        assert_eq!(bills.call("GET", unknown, &Value::Null).0, 404);
    }
    let charges = "/contacts/con_0000000000000000/charges";
    assert_eq!(bills.call("PUT", charges, &json!({"outcome": "decline"})).0, 404);
    assert_eq!(pointers(bills.call("PUT", charges, &json!({"outcome": "maybe"}))), ["/outcome"]);
    for (query, pointer) in [
        ("/payment_attempts?contact_id=inv_0000000000000000", "/contact_id"),
        ("/payment_attempts?invoice_id=x", "/invoice_id"),
        ("/deposits?state=lost", "/state"),
        ("/notices?kind=love_letter", "/kind"),
        ("/awaiting_payment?limit=many", "/limit"),
        ("/account_credit?colour=red", "/colour"),
    ] {
        assert_eq!(pointers(bills.call("GET", query, &Value::Null)), [pointer], "{query}");
    }
    let offsets = json!({"retry_offsets_days": [0, 3, 3, 4]});
    assert_eq!(
        pointers(bills.call("PATCH", "/settings", &offsets)),
        ["/retry_offsets_days/0", "/retry_offsets_days/2"]
    );
    assert_eq!(bills.server.control().operator("demo").unwrap().snapshot(), before);
}
