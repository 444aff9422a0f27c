//! A small business in this process, whose days pass as a test says.

use conformance::answers::Answer;
use conformance::http::{Call, Caller};
pub(crate) use conformance::json::only_member;
use serde_json::{Value, json};
use stora_mock::{DEMO_TOKEN, MockServer, Options};

/// Noon of 2 March 2026 in UTC, a Monday: when every business here begins.
const OPENING: i64 = 1_772_452_800;

/// A business with one site in London, whose clock stands at noon of a day.
#[derive(Debug)]
pub(crate) struct Business {
    server: MockServer,
    caller: Caller,
    /// The site.
    pub(crate) site: String,
}

/// A rental as it came about.
#[derive(Debug, Clone)]
pub(crate) struct Rental {
    pub(crate) contact: String,
    pub(crate) tenancy: String,
    pub(crate) subscription: String,
}

/// An answer that is no success: its status, the code and the message of the error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) pointers: Vec<String>,
}

impl Business {
    /// One that opens at noon of 2 March 2026.
    pub(crate) async fn open() -> Self {
        Self::with(MockServer::builder(), json!({})).await
    }

    /// One with other options, or other settings of its site.
    pub(crate) async fn with(options: Options, settings: Value) -> Self {
        Self::opening_at(OPENING, options, settings).await
    }

    /// One that opens at another instant.
    pub(crate) async fn opening_at(opening: i64, options: Options, settings: Value) -> Self {
        let server = options.empty(true).seed(1).clock_at(opening).start().await.unwrap();
        let caller = Caller::new(server.url());
        let mut business = Self { server, caller, site: String::new() };
        let address = json!({"line_1": "1 Dock Road", "city": "London", "postal_code": "E16 1AA"});
        let site = json!({"name": "Docks", "address": address, "settings": settings});
        business.site = business.make("/sites", site).await;
        business
    }

    pub(crate) fn server(&self) -> &MockServer {
        &self.server
    }

    /// A request as it is written, by nobody.
    pub(crate) fn request(&self, method: &str, target: &str) -> Call<'_> {
        self.caller.request(method, target)
    }

    /// An act of the control API, or why it was refused.
    pub(crate) async fn try_control(&self, method: &str, target: &str, body: Value) -> Result<Value, Refused> {
        read(&self.request(method, &format!("/_mock{target}")).given(&body).send().await)
    }

    /// An act of the control API, which must succeed.
    pub(crate) async fn control(&self, method: &str, target: &str, body: Value) -> Value {
        self.try_control(method, target, body).await.unwrap_or_else(|refused| panic!("{method} {target}: {refused:?}"))
    }

    /// A call of the API, or why it was refused.
    pub(crate) async fn try_call(&self, method: &str, target: &str, body: Value) -> Result<Value, Refused> {
        let call = self.request(method, &format!("/2025-09{target}")).token(Some(DEMO_TOKEN));
        read(&call.given(&body).send().await)
    }

    /// A call of the API, which must succeed.
    pub(crate) async fn call(&self, method: &str, target: &str, body: Value) -> Value {
        self.try_call(method, target, body).await.unwrap_or_else(|refused| panic!("{method} {target}: {refused:?}"))
    }

    /// A record of the API: `show("contacts", "con_…")`.
    pub(crate) async fn show(&self, kind: &str, id: &str) -> Value {
        let answer = self.call("GET", &format!("/{kind}/{id}"), Value::Null).await;
        only_member(answer)
    }

    /// All records of a list, the first created first.
    pub(crate) async fn list(&self, target: &str) -> Vec<Value> {
        let gap = if target.contains('?') { '&' } else { '?' };
        let mut all = Vec::new();
        for page in 1.. {
            let target = format!("{target}{gap}limit=100&sort_direction=ASC&page={page}");
            let answer = self.call("GET", &target, Value::Null).await;
            let is_last = answer["meta"]["pagination"]["next"].is_null();
            let Value::Array(mut items) = only_member(answer) else { panic!("{target} is no list") };
            all.append(&mut items);
            if is_last {
                break;
            }
        }
        all
    }

    /// Makes something by the control API, and gives its id.
    pub(crate) async fn make(&self, target: &str, body: Value) -> String {
        id(&only_member(self.control("POST", target, body).await))
    }

    /// A unit type at a monthly price, with the same for every other period unless `prices` says otherwise.
    pub(crate) async fn unit_type(&self, name: &str, prices: Value) -> String {
        self.make("/unit_types", json!({"site_id": self.site, "name": name, "base_prices": prices})).await
    }

    /// A unit type at 120.00 a month.
    pub(crate) async fn unit_type_120(&self) -> String {
        self.unit_type("50 sq ft", json!({"monthly": 12_000})).await
    }

    /// Units of a type.
    pub(crate) async fn units<const N: usize>(&self, unit_type: &str, labels: [&str; N]) -> [String; N] {
        let mut units = [const { String::new() }; N];
        for (unit, label) in units.iter_mut().zip(labels) {
            *unit = self.make("/units", json!({"unit_type_id": unit_type, "reference_id": label})).await;
        }
        units
    }

    /// A new contact.
    pub(crate) async fn contact(&self, name: &str) -> String {
        let email = format!("{}@mail.example", name.to_lowercase());
        let answer = self.call("POST", "/contacts", json!({"email": email, "full_name": name})).await;
        id(&answer["contact"])
    }

    /// The body of an order of one unit type from a day on, by the month and card.
    pub(crate) fn booking(&self, contact: &str, unit_type: &str, starts: &str) -> Value {
        json!({
            "site": {"id": self.site},
            "contact": {"id": contact},
            "billing_period": "monthly",
            "starts_at": format!("{starts}T09:00:00Z"),
            "line_items": [{"type": "unit_type", "item": {"id": unit_type}, "quantity": 1}],
            "finalize": {},
        })
    }

    /// Books and pays, and gives what came of it.
    pub(crate) async fn rent(&self, booking: Value) -> Rental {
        let order = id(&self.call("POST", "/orders", booking).await["order"]);
        self.pay(&order).await
    }

    /// Pays a finalized order, and gives what came of it.
    pub(crate) async fn pay(&self, order: &str) -> Rental {
        let paid = only_member(self.control("POST", &format!("/orders/{order}/pay"), json!({})).await);
        assert_eq!(paid["status"], "completed", "{paid}");
        let of = |name: &str| id(&paid[name]);
        Rental { contact: of("contact"), tenancy: of("tenancy"), subscription: of("subscription") }
    }

    /// Moves the clock to noon UTC of a day, and tells what ran.
    pub(crate) async fn noon_of(&self, day: &str) -> Value {
        self.advance_to(&format!("{day}T12:00:00Z")).await
    }

    /// Moves the clock to an instant, and tells what ran. Nothing that fell due may have been refused.
    pub(crate) async fn advance_to(&self, instant: &str) -> Value {
        let advanced = self.control("POST", "/clock/advance", json!({"to": instant})).await;
        assert_eq!(advanced["refused"], 0, "{advanced}");
        advanced
    }

    /// The invoices of a subscription, the first raised first.
    pub(crate) async fn invoices(&self, rental: &Rental) -> Vec<Value> {
        let invoices = self.list(&format!("/invoices?contact_id={}", rental.contact)).await;
        invoices.into_iter().filter(|invoice| invoice["subscription"]["id"] == rental.subscription.as_str()).collect()
    }

    /// The day on which each invoice of a subscription was raised, with its total in minor units and its state.
    pub(crate) async fn bills(&self, rental: &Rental) -> Vec<(String, i64, String)> {
        let bill = |invoice: &Value| {
            let day = invoice["created_at"].as_str().unwrap()[..10].to_owned();
            (day, amount(&invoice["total"]), invoice["status"].as_str().unwrap().to_owned())
        };
        self.invoices(rental).await.iter().map(bill).collect()
    }

    /// The state of a unit.
    pub(crate) async fn status(&self, unit: &str) -> String {
        self.show("units", unit).await["status"].as_str().unwrap().to_owned()
    }
}

/// The id of a record.
pub(crate) fn id(record: &Value) -> String {
    record["id"].as_str().unwrap_or_else(|| panic!("no id: {record}")).to_owned()
}

/// An amount in minor units.
pub(crate) fn amount(money: &Value) -> i64 {
    money["amount"].as_i64().unwrap_or_else(|| panic!("no amount: {money}"))
}

fn read(answer: &Answer) -> Result<Value, Refused> {
    let body = if answer.body.is_empty() { Value::Null } else { serde_json::from_slice(&answer.body).unwrap() };
    if (200..300).contains(&answer.status) {
        return Ok(body);
    }
    let error = &body["error"];
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let details = error["details"].as_array().into_iter().flatten();
    let pointers = details.map(|detail| detail["pointer"].as_str().unwrap_or_default().to_owned()).collect();
    Err(Refused { status: answer.status, code: text("code"), message: text("message"), pointers })
}

/// What a business tells of, from when this was made on.
pub(crate) struct Ear(stora_mock::control::Events);

impl Business {
    /// Listens to all that happens from now on.
    pub(crate) fn listen(&self) -> Ear {
        Ear(self.server.control().operator("demo").unwrap().events(None))
    }
}

impl Ear {
    /// The events since this was last asked: their types, and their payloads.
    pub(crate) async fn heard(&mut self) -> Vec<(String, Value)> {
        let mut heard = Vec::new();
        // What has happened is there already, so that there is nothing to wait for.
        while let Ok(Some(watched)) = tokio::time::timeout(std::time::Duration::ZERO, self.0.next()).await {
            match watched {
                stora_mock::control::Watched::Event(happened) => {
                    let payload: Value = serde_json::from_str(&happened.payload).unwrap();
                    heard.push((payload["event"]["type"].as_str().unwrap().to_owned(), payload));
                }
                lagged => panic!("{lagged:?}"),
            }
        }
        heard
    }

    /// The types of the events since this was last asked.
    pub(crate) async fn types(&mut self) -> Vec<String> {
        self.heard().await.into_iter().map(|(kind, _)| kind).collect()
    }
}
