//! Calls made at random from the document and the state: every operation that writes, and what staff and customers do.

use std::collections::BTreeSet;

use conformance::answers::{Answer, operations};
use conformance::document::{entries, items, resolve};
use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::state::State;
use crate::harness::{CLIENT, Mock};
use crate::samples::{body_schema, branches, prefixes, types};

/// Acts of the control API, each as its method and path with the prefix of the id that it is about.
const CONTROL: [(&str, &str); 31] = [
    ("POST", "/orders/{order_}/pay"),
    ("POST", "/orders/{order_}/pay"),
    ("POST", "/orders/{order_}/abandon"),
    ("POST", "/clock"),
    ("POST", "/contracts"),
    ("POST", "/contracts/{ctr_}/sign"),
    ("POST", "/contracts/{ctr_}/decline"),
    ("POST", "/contracts/{ctr_}/void"),
    ("POST", "/contracts/{ctr_}/delete"),
    ("POST", "/contracts/{ctr_}/reissue"),
    ("POST", "/units"),
    ("PATCH", "/units/{unit_}"),
    ("POST", "/units/{unit_}/take_offline"),
    ("POST", "/units/{unit_}/bring_back"),
    ("POST", "/units/{unit_}/overlock"),
    ("POST", "/units/{unit_}/remove_overlock"),
    ("POST", "/units/{unit_}/repossess"),
    ("POST", "/units/{unit_}/clear"),
    ("PATCH", "/unit_types/{utype_}"),
    ("PATCH", "/sites/{site_}/settings"),
    ("POST", "/coupons"),
    ("PATCH", "/coupons/{cpn_}"),
    ("DELETE", "/products/{prod_}"),
    ("PATCH", "/products/{prod_}"),
    ("PATCH", "/protection_levels/{plvl_}"),
    ("DELETE", "/deals/stages/{dstg_}"),
    ("POST", "/deals/stages"),
    ("POST", "/contacts/{con_}/identity_verifications"),
    ("POST", "/identity_verifications/{idver_}/succeed"),
    ("POST", "/identity_verifications/{idver_}/fail"),
    ("PATCH", "/settings"),
];

/// A call that is made up but not made.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Api { operation: &'static str, paths: Vec<(String, String)>, expand: String, body: Option<Value> },
    Control { method: &'static str, template: &'static str, path: String, body: Option<Value> },
}

/// How many kinds of acts there are.
pub(crate) fn kinds() -> usize {
    writes().len() + CONTROL.len()
}

/// What a kind is called.
pub(crate) fn name(kind: usize) -> &'static str {
    let writes = writes();
    writes.get(kind).copied().unwrap_or_else(|| CONTROL[kind - writes.len()].1)
}

/// Every operation that is no GET.
pub(crate) fn writes() -> Vec<&'static str> {
    let writes = operations().iter().filter(|(_, operation)| operation.method != "get");
    writes.map(|(id, _)| *id).collect::<BTreeSet<_>>().into_iter().collect()
}

impl Act {
    /// An act of a kind in a state. Most are aimed at what they can be done to; some name an id of `strangers`.
    pub(crate) fn new(kind: usize, dice: &mut Dice, state: &State, strangers: &[String]) -> Self {
        let mut maker = Maker { dice, state, strangers };
        match writes().get(kind) {
            Some(operation) => maker.api(operation),
            None => maker.control(CONTROL[kind - writes().len()]),
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Api { operation, .. } => operation,
            Self::Control { template, .. } => template,
        }
    }

    /// All that is sent, as a text.
    pub(crate) fn sent(&self) -> String {
        format!("{self:?}")
    }

    /// Whether it can be sent again under its key.
    pub(crate) fn takes_key(&self) -> bool {
        match self {
            Self::Api { operation, .. } => operations()[operation].method == "post" && !operation.starts_with("oauth_"),
            Self::Control { .. } => false,
        }
    }

    /// Does it, as the demo operator. What the API answers is held against the document.
    pub(crate) async fn send(&self, mock: &Mock, key: Option<&str>) -> Answer {
        match self {
            Self::Api { operation, paths, expand, body } => {
                let call = mock.call(operation).paths(paths).maybe(body.as_ref());
                let call = match key {
                    Some(key) if self.takes_key() => call.header("idempotency-key", key),
                    _ => call,
                };
                let call = if expand.is_empty() { call } else { call.query("expand", expand) };
                let call = if *operation == "oauth_token_introspect" || !operation.starts_with("oauth_") {
                    call
                } else {
                    call.token(None)
                };
                call.send().await
            }
            Self::Control { method, path, body, .. } => {
                let answer = mock.request(method, &format!("/_mock{path}")).maybe(body.as_ref()).send().await;
                assert!(answer.status < 500, "{self:?}: {}", answer.json());
                answer
            }
        }
    }
}

struct Maker<'a> {
    dice: &'a mut Dice,
    state: &'a State,
    strangers: &'a [String],
}

impl<'a> Maker<'a> {
    fn api(&mut self, operation: &'static str) -> Act {
        let path = operations()[operation].path;
        let names: Vec<&str> =
            path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect();
        let mut paths = Vec::new();
        for name in names {
            let value = match name {
                "line_item_id" => {
                    let order = self.state.row(&paths.first().map(|(_, id): &(String, String)| id.clone()).unwrap());
                    let lines: &[Value] =
                        order.and_then(|order| order["line_items"].as_array()).map_or(&[], Vec::as_slice);
                    match lines {
                        [] => self.any("olitm_"),
                        lines => self.dice.pick(lines).as_str().unwrap().to_owned(),
                    }
                }
                name => {
                    let of = prefix_of(name);
                    self.fitting(of, |row| suits(operation, row))
                }
            };
            paths.push((name.to_owned(), value));
        }
        let expands = crate::reads::expandable(operation);
        let expand = if expands.is_empty() || self.dice.chance(60) {
            String::new()
        } else {
            (*self.dice.pick(&expands)).to_owned()
        };
        let body = match operation {
            "oauth_token_create" => Some(json!({
                "grant_type": "client_credentials", "client_id": CLIENT.0, "scope": "public.contact:read",
                "client_secret": (if self.dice.chance(70) { CLIENT.1 } else { "wrong" }),
            })),
            "oauth_token_introspect" => Some(json!({"token": "nobody"})),
            "oauth_token_revoke" => Some(json!({"client_id": CLIENT.0, "client_secret": CLIENT.1, "token": "nobody"})),
            _ => body_schema(operation).map(|schema| self.value(schema)),
        };
        let subject = paths.first().and_then(|(_, id)| self.state.row(id));
        let body = body.map(|body| self.sensible(operation, subject, body));
        Act::Api { operation, paths, expand, body }
    }

    /// An id of a kind, most often of a record that suits, sometimes of another operator.
    fn fitting(&mut self, prefix: &str, suits: impl Fn(&Value) -> bool) -> String {
        if self.dice.chance(5) {
            let theirs: Vec<&String> = self.strangers.iter().filter(|id| id.starts_with(prefix)).collect();
            if !theirs.is_empty() {
                return (*self.dice.pick(&theirs)).clone();
            }
        }
        let rows = self.state.rows(prefix);
        let suitable: Vec<&Value> = rows.iter().filter(|row| suits(row)).collect();
        let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
        match (&suitable[..], rows) {
            ([], []) => format!("{prefix}ffffffffffffffff"),
            ([], rows) => id(self.dice.pick(rows)),
            (suitable, _) if self.dice.chance(90) => id(self.dice.pick::<&Value>(suitable)),
            (_, rows) => id(self.dice.pick(rows)),
        }
    }

    fn any(&mut self, prefix: &str) -> String {
        self.fitting(prefix, |_| true)
    }

    /// A value of a schema, without what is left out at will.
    fn value(&mut self, schema: &'static Value) -> Value {
        let schema = resolve(schema);
        let branches = branches(schema);
        let takes_null = types(schema).contains(&"null")
            || ["oneOf", "anyOf"].iter().any(|key| items(schema, key).iter().any(|one| resolve(one)["type"] == "null"));
        if takes_null && self.dice.chance(20) {
            return Value::Null;
        }
        if !branches.is_empty() {
            let branch = *self.dice.pick(&branches);
            return self.value(branch);
        }
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        let listed: Vec<&Value> = items(schema, "enum").iter().filter(|value| !value.is_null()).collect();
        if !listed.is_empty() {
            return (*self.dice.pick(&listed)).clone();
        }
        match types(schema).into_iter().find(|name| *name != "null") {
            Some("object") => self.object(schema),
            Some("array") => {
                let count = self.dice.below(4);
                let list: Vec<Value> = (0..count).map(|_| self.value(&schema["items"])).collect();
                list.into()
            }
            Some("integer") if schema["minimum"] == 1 => self.dice.within(1..=4).into(),
            Some("integer") => self.dice.within(0..=40_000).into(),
            Some("boolean") => self.dice.chance(50).into(),
            Some("null") | None => Value::Null,
            Some(_) => self.text(schema).into(),
        }
    }

    fn object(&mut self, schema: &'static Value) -> Value {
        let required: Vec<&str> = items(schema, "required").iter().filter_map(Value::as_str).collect();
        let mut object = Map::new();
        for (name, below) in entries(schema, "properties") {
            if required.contains(&name.as_str()) || self.dice.chance(45) {
                object.insert(name.clone(), self.value(below));
            }
        }
        if let Some(free) = schema.get("additionalProperties").filter(|free| free.is_object()) {
            for _ in 0..self.dice.below(3) {
                let name = *self.dice.pick(&["crm.id", "env", "a-b", "x_1"]);
                object.insert(name.to_owned(), self.value(free));
            }
        }
        object.into()
    }

    fn text(&mut self, schema: &'static Value) -> String {
        let prefixes = prefixes(schema);
        if !prefixes.is_empty() {
            let prefix = self.dice.pick(&prefixes).clone();
            return self.any(&prefix);
        }
        let texts: &[&str] = match (schema["format"].as_str(), schema["pattern"].as_str()) {
            (Some("email"), _) => return format!("someone{}@Mail.example", self.dice.below(60)),
            (Some("date-time"), _) => &[
                "2026-03-20T09:00:00Z",
                "2026-03-10T12:00:00+14:00",
                "2028-02-29T23:59:59-11:30",
                "2026-02-20T09:00:00.999Z",
                "2026-12-31t23:59:59z",
            ],
            (Some("uri"), _) => &["https://partner.example/path?a=b#c", "https://partner.example:8443/é"],
            (_, Some("^[A-Z]{2}$")) => &["GB", "DE"],
            (_, Some(pattern)) if pattern.starts_with("^[a-z]") => &["word", "word_2", "domestic", "unspecified"],
            _ => &[
                "Text",
                "Zoë \"Z\" O'Neil, 日本",
                "line one\nline two",
                "=1+1",
                "  blanks  ",
                "<b>{{ name }}</b>",
                "0",
            ],
        };
        (*self.dice.pick(texts)).to_owned()
    }

    /// A body that has a good chance to be taken: what it names fits together.
    fn sensible(&mut self, operation: &str, subject: Option<&Value>, mut body: Value) -> Value {
        if self.dice.chance(10) {
            return body;
        }
        match operation {
            "unit_reserve" | "unit_grant_access" => {
                let Some(unit) = subject else { return body };
                let own = unit["allocation"].as_str().and_then(|id| self.state.row(id));
                let is_early = operation == "unit_reserve";
                let tenancy = match own {
                    Some(allocation) => allocation["tenancy"].as_str().unwrap().to_owned(),
                    None => self.fitting("ten_", |tenancy| {
                        let is_open = tenancy["ends_at"].is_null() && tenancy["site"] == unit["site"];
                        is_open && (!is_early || tenancy["started"] == false)
                    }),
                };
                body["tenancy_id"] = tenancy.into();
            }
            "unit_overlock" | "unit_remove_overlock" => {
                let wanted = if operation == "unit_overlock" { "occupied" } else { "overlocked" };
                let units = self.state.rows("unit_").iter().filter(|unit| unit["status"] == wanted);
                let allocations: Vec<&str> = units.filter_map(|unit| unit["allocation"].as_str()).collect();
                if !allocations.is_empty() {
                    let allocation = self.state.row(self.dice.pick::<&str>(&allocations)).unwrap();
                    body["contact_id"] = allocation["contact"].clone();
                }
            }
            "order_create" => {
                let site = self.fitting("site_", |_| true);
                body["site"] = json!({"id": site});
                self.lines_of_site(&site, body.get_mut("line_items"));
                if body.get("finalize").is_some_and(Value::is_object) {
                    body["contact"] = json!({"id": self.any("con_")});
                    body["billing_period"] = "monthly".into();
                    body["starts_at"] =
                        (*self.dice.pick(&["now", "2026-03-28T09:00:00Z", "2026-02-20T09:00:00Z"])).into();
                    body["line_items"] =
                        json!([{"type": "unit_type", "item": {"id": ""}, "quantity": self.dice.within(1..=3)}]);
                    self.lines_of_site(&site, body.get_mut("line_items"));
                }
            }
            "order_update" if self.dice.chance(70) => {
                body["billing_period"] = "monthly".into();
                body["contact"] = json!({"id": self.any("con_")});
                body["starts_at"] = "2026-03-28T09:00:00Z".into();
            }
            "order_line_item_create" => {
                let Some(order) = subject else { return body };
                let mut lines = json!([body]);
                self.lines_of_site(order["site"].as_str().unwrap(), Some(&mut lines));
                body = lines[0].take();
            }
            "timeline_event_create" | "timeline_event_update" => {
                for (name, prefix) in [("contact", "con_"), ("unit", "unit_")] {
                    body[name] = json!({"id": self.any(prefix)});
                }
            }
            "product_base_price_create" => {
                body = json!({"monthly": {"amount": self.dice.within(0..=9_000)}});
            }
            _ => {}
        }
        body
    }

    /// Lets lines name what there is at a site, with a price of their own.
    fn lines_of_site(&mut self, site: &str, lines: Option<&mut Value>) {
        for line in lines.and_then(Value::as_array_mut).into_iter().flatten() {
            let prefix = match line["type"].as_str().unwrap() {
                "product" => "prod_",
                "protection" => "plvl_",
                _ => "utype_",
            };
            let item = self.fitting(prefix, |row| row.get("site").is_none_or(|at| *at == *site));
            line["item"] = json!({"id": item});
            line["price"] = json!({"amount": self.dice.within(0..=20_000)});
        }
    }

    fn control(&mut self, (method, template): (&'static str, &'static str)) -> Act {
        let mut path = template.to_owned();
        if let Some((_, rest)) = template.split_once('{') {
            let (prefix, _) = rest.split_once('}').unwrap();
            let id = self.fitting(prefix, |row| suits(template, row));
            path = path.replace(&format!("{{{prefix}}}"), &id);
        }
        let amount = self.dice.within(0..=30_000);
        let body = match template {
            "/orders/{order_}/pay" => {
                Some(json!({"outcome": (if self.dice.chance(85) { "succeed" } else { "decline" })}))
            }
            "/clock" => {
                let (minute, second) = (self.dice.below(60), self.dice.below(60));
                Some(json!({"at": format!("2026-03-10T12:{minute:02}:{second:02}Z")}))
            }
            "/contracts" => Some(
                json!({"tenancy_id": self.fitting("ten_", |row| row["ends_at"].is_null()), "contract_template_id": self.any("ctpl_")}),
            ),
            "/units" => {
                Some(json!({"unit_type_id": self.any("utype_"), "reference_id": format!("Z{}", self.dice.below(99))}))
            }
            "/units/{unit_}" => Some(json!({"reference_id": format!("Y{}", self.dice.below(99))})),
            "/unit_types/{utype_}" => Some(match self.dice.below(4) {
                0 => json!({"base_prices": {"monthly": amount}}),
                1 => json!({"auto_update_availability": self.dice.chance(60)}),
                2 => {
                    json!({"price_rules": [{"comparison": ">=", "occupancy": 20, "change": self.dice.within(-50..=50)}]})
                }
                _ => json!({"status": (["bookable", "collect_leads"][self.dice.below(2)])}),
            }),
            "/sites/{site_}/settings" => Some(json!({
                "auto_reserve": self.dice.chance(80),
                "tax_rates": {"unit_types": [self.dice.below(25)], "products": [5, 7.5], "protections": []},
            })),
            "/coupons" => Some(json!({
                "name": "Any", "code": format!("CODE{}", self.dice.below(40)), "percent": self.dice.within(1..=100), "duration": "once",
            })),
            "/coupons/{cpn_}" => {
                Some(json!({"title": format!("Title {}", self.dice.below(9)), "public": self.dice.chance(50)}))
            }
            "/products/{prod_}" if method == "PATCH" => Some(json!({"name": format!("Lock {}", self.dice.below(9))})),
            "/protection_levels/{plvl_}" => Some(json!({"prices": {"monthly": amount}})),
            "/deals/stages" => Some(json!({"name": "Stage", "position": self.dice.within(5..=40)})),
            "/identity_verifications/{idver_}/fail" => Some(json!({"error_code": "document_expired"})),
            "/settings" => Some(json!({"identity_required": self.dice.chance(50)})),
            _ => None,
        };
        Act::Control { method, template, path, body }
    }
}

/// Whether an act has a chance with a record.
fn suits(act: &str, row: &Value) -> bool {
    let is = |status: &str| row["status"] == status;
    match act {
        "contact_delete" => is("lead"),
        "deal_win" | "deal_lose" => is("open"),
        "deal_reopen" => !is("open"),
        "order_update" | "order_line_item_create" | "order_line_item_update" | "order_line_item_delete" => is("draft"),
        "order_finalize" => {
            is("draft")
                && !["contact", "billing_period", "starts_at"].iter().any(|name| row[name].is_null())
                && row["line_items"] != json!([])
        }
        "task_open" => row["completed_at"].is_string(),
        "task_complete" => row["completed_at"].is_null(),
        "unit_reserve" | "/units/{unit_}/take_offline" => is("available"),
        "unit_grant_access" => is("available") || is("reserved"),
        "unit_deallocate" => is("occupied") || is("reserved"),
        "webhook_endpoint_enable" => row["disabled_at"].is_string(),
        "webhook_endpoint_disable" => row["disabled_at"].is_null(),
        "/orders/{order_}/pay" => is("finalized"),
        "/orders/{order_}/abandon" => is("draft") || is("finalized"),
        "/contracts/{ctr_}/sign"
        | "/contracts/{ctr_}/decline"
        | "/contracts/{ctr_}/void"
        | "/contracts/{ctr_}/delete" => is("pending"),
        "/contracts/{ctr_}/reissue" => is("voided") || is("declined"),
        "/units/{unit_}/bring_back" => is("unavailable"),
        "/units/{unit_}/overlock" => is("occupied"),
        "/units/{unit_}/remove_overlock" | "/units/{unit_}/repossess" => is("overlocked"),
        "/units/{unit_}/clear" => is("repossessed"),
        "/contacts/{con_}/identity_verifications" => row["identity_check"]["status"] == "not_attempted",
        "/identity_verifications/{idver_}/succeed" | "/identity_verifications/{idver_}/fail" => is("processing"),
        _ => true,
    }
}

fn prefix_of(parameter: &str) -> &'static str {
    match parameter {
        "contact_id" => "con_",
        "deal_id" => "deal_",
        "event_id" => "aevt_",
        "note_id" => "note_",
        "order_id" => "order_",
        "product_id" => "prod_",
        "protection_level_id" => "plvl_",
        "task_id" => "task_",
        "unit_id" => "unit_",
        "unit_type_id" => "utype_",
        "webhook_endpoint_id" => "we_",
        other => panic!("nothing is known of {{{other}}}"),
    }
}
