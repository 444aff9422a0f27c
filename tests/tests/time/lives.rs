//! Random lives: rentals come and go, charges fail, customers pay late and staff give credit, over months. Whatever happens, the bills
//! are those that the calendar says.
//!
//! How many lives are tried is set by `PROPTEST_CASES`; without it there are few, so that all tests stay fast.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Europe::London;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::cases::config;
use crate::dice::Dice;
use crate::harness::{Business, Ear, Rental, amount, id, only_member};

/// How often something is billed, with its price.
const PERIODS: [(&str, i64); 6] = [
    ("weekly", 3_333),
    ("every_four_weeks", 11_000),
    ("monthly", 12_001),
    ("every_three_months", 35_000),
    ("every_six_months", 69_999),
    ("yearly", 130_000),
];

/// What a coupon takes off, as the tests know it.
#[derive(Debug, Clone, Copy)]
struct Coupon {
    percent: i64,
    /// For how many months; none for ever.
    months: Option<u32>,
    is_once: bool,
}

/// A rental as the tests know it.
#[derive(Debug)]
struct Known {
    rental: Rental,
    period: &'static str,
    price: i64,
    quantity: i64,
    starts_at: DateTime<Utc>,
    booked_at: DateTime<Utc>,
    cancelled_at: Option<DateTime<Utc>>,
    coupon: Option<Coupon>,
}

/// A business in which a life goes on.
struct Life {
    business: Business,
    ear: Ear,
    /// What the last event of each record said of it, by id: its type and the record.
    told: BTreeMap<String, (String, Value)>,
    unit_type: String,
    contacts: Vec<String>,
    coupons: Vec<(String, Coupon)>,
    rentals: Vec<Known>,
}

#[test]
fn whatever_happens_bills_are_those_of_the_calendar() {
    // B1, B3, B4, B5, B6, M5, M6, M7, Q5, K3, I5, I6, N2, S5, W1, W2
    let runtime = Runtime::new().unwrap();
    let steps = vec((0..KINDS.len(), any::<u64>()), 30..50);
    let result = TestRunner::new(config(6)).run(&steps, |steps| {
        runtime.block_on(async {
            let life = Life::lived(&steps).await;
            for known in &life.rentals {
                life.is_billed_as_agreed(known).await;
            }
            life.figures_add_up().await;
            life.events_have_told_all().await;
        });
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_same_life_leaves_the_same_to_the_byte() {
    // H2, H3
    let runtime = Runtime::new().unwrap();
    let steps = vec((0..KINDS.len(), any::<u64>()), 20..40);
    let result = TestRunner::new(config(2)).run(&steps, |steps| {
        let lived = || async {
            let life = Life::lived(&steps).await;
            life.business.request("GET", "/_mock/snapshot").send().await.body
        };
        assert!(runtime.block_on(lived()) == runtime.block_on(lived()), "the two differ");
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// One long way or many short ones come to the same (H2).
#[test]
fn it_makes_no_difference_in_how_many_steps_the_clock_moves() {
    Runtime::new().unwrap().block_on(async {
        let steps: Vec<(usize, u64)> = (0..12).map(|i| (0, 77 * i)).collect();
        let (one, many) = (Life::begun(&steps).await, Life::begun(&steps).await);
        one.business.noon_of("2026-09-02").await;
        let mut day = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        while day < NaiveDate::from_ymd_opt(2026, 9, 2).unwrap() {
            day = day + Days::new(3);
            let to = day.min(NaiveDate::from_ymd_opt(2026, 9, 2).unwrap());
            many.business.noon_of(&to.to_string()).await;
        }
        let state = |life: Life| async move { life.business.request("GET", "/_mock/snapshot").send().await.body };
        assert!(state(one).await == state(many).await, "the two differ");
    });
}

/// What happens, the more often the more often it stands here.
const KINDS: [&str; 16] = [
    "rent",
    "rent",
    "rent",
    "advance",
    "advance",
    "advance",
    "advance",
    "charges",
    "charges",
    "cancel",
    "cancel",
    "pay",
    "pay",
    "credit",
    "void",
    "write_off",
];

impl Life {
    async fn begun(steps: &[(usize, u64)]) -> Self {
        let business = Business::open().await;
        let prices: serde_json::Map<String, Value> =
            PERIODS.iter().map(|(name, price)| ((*name).to_owned(), (*price).into())).collect();
        let unit_type = business.unit_type("50 sq ft", prices.into()).await;
        business.units(&unit_type, ["1", "2", "3", "4", "5"]).await;
        let mut contacts = Vec::new();
        for name in ["Ada", "Bo", "Cy"] {
            contacts.push(business.contact(name).await);
        }
        let mut coupons = Vec::new();
        for (duration, coupon) in [
            ("once", Coupon { percent: 50, months: None, is_once: true }),
            ("repeating", Coupon { percent: 25, months: Some(3), is_once: false }),
            ("forever", Coupon { percent: 10, months: None, is_once: false }),
        ] {
            let mut new = json!({"name": duration, "percent": coupon.percent, "duration": duration});
            if let Some(months) = coupon.months {
                new["months"] = months.into();
                new["billing_period"] = json!("monthly");
            }
            coupons.push((business.make("/coupons", new).await, coupon));
        }
        let (ear, told) = (business.listen(), BTreeMap::new());
        let mut life = Self { business, ear, told, unit_type, contacts, coupons, rentals: Vec::new() };
        for (kind, seed) in steps {
            life.step(KINDS[*kind], &mut Dice::new(*seed)).await;
            life.hear().await;
        }
        life
    }

    /// A life of these steps, and a season after them.
    async fn lived(steps: &[(usize, u64)]) -> Self {
        let mut life = Self::begun(steps).await;
        life.business.control("POST", "/clock/advance", json!({"by": "P3M"})).await;
        life.hear().await;
        life
    }

    /// Takes note of what was told.
    async fn hear(&mut self) {
        for (kind, event) in self.ear.heard().await {
            let record = only_member(event["event"]["data"].clone());
            self.told.insert(id(&record), (kind, record));
        }
    }

    /// Whoever has followed the events knows every record as it is.
    async fn events_have_told_all(&self) {
        for (id, (kind, record)) in &self.told {
            let resource = kind.split('.').next().unwrap();
            let now = match resource {
                "subscription" | "credit_note" => continue,
                resource => self.business.show(&format!("{resource}s"), id).await,
            };
            if resource == "invoice" {
                // Credit notes have an event of their own, and change what is due of the invoice without one of it.
                for name in ["status", "number", "total", "paid_at", "finalized_at", "voided_at", "line_items"] {
                    assert_eq!(record[name], now[name], "{name} of {id} after {kind}");
                }
            } else {
                assert_eq!(*record, now, "{id} after {kind}");
            }
        }
        for (list, told) in [("/invoices", "inv_"), ("/orders", "order_"), ("/credit_notes", "cred_")] {
            for record in self.business.list(list).await {
                assert!(self.told.contains_key(&id(&record)), "nothing was told of a {told}");
            }
        }
    }

    async fn now(&self) -> DateTime<Utc> {
        let clock = self.business.control("GET", "/clock", Value::Null).await;
        clock["now"].as_str().unwrap().parse().unwrap()
    }

    async fn step(&mut self, kind: &str, dice: &mut Dice) {
        match kind {
            "rent" => self.rent(dice).await,
            "advance" => {
                let hours = dice.below(24 * 40);
                let advanced =
                    self.business.control("POST", "/clock/advance", json!({"by": format!("PT{hours}H")})).await;
                assert_eq!(advanced["refused"], 0, "{advanced}");
            }
            "charges" => {
                let contact = dice.pick(&self.contacts).clone();
                let outcome = match dice.below(3) {
                    0 => json!("succeed"),
                    1 => json!("decline"),
                    _ => json!({"decline_next": dice.below(6)}),
                };
                let body = json!({"outcome": outcome});
                self.business.control("PUT", &format!("/contacts/{contact}/charges"), body).await;
            }
            "cancel" => self.cancel(dice).await,
            "pay" | "void" | "write_off" => self.on_open_invoice(kind, dice).await,
            _ => self.credit(dice).await,
        }
    }

    async fn rent(&mut self, dice: &mut Dice) {
        let (period, price) = *dice.pick(&PERIODS);
        let quantity = dice.within(1..=2);
        let booked_at = self.now().await;
        let today = booked_at.date_naive();
        let starts = today + chrono::TimeDelta::days(dice.within(-10..=20));
        let contact = dice.pick(&self.contacts).clone();
        let mut booking = self.business.booking(&contact, &self.unit_type, &starts.to_string());
        booking["billing_period"] = json!(period);
        booking["line_items"][0]["quantity"] = json!(quantity);
        let coupon = dice.chance(50).then(|| dice.pick(&self.coupons).clone());
        if let Some((id, _)) = &coupon {
            booking["coupon"] = json!({"id": id});
        }
        let rental = self.business.rent(booking).await;
        let starts_at = starts.and_hms_opt(9, 0, 0).unwrap().and_utc();
        let coupon = coupon.map(|(_, coupon)| coupon);
        self.rentals.push(Known { rental, period, price, quantity, starts_at, booked_at, cancelled_at: None, coupon });
    }

    async fn cancel(&mut self, dice: &mut Dice) {
        if self.rentals.is_empty() {
            return;
        }
        let place = dice.below(self.rentals.len());
        let (known, now) = (&self.rentals[place], self.now().await);
        let mut body = json!({"when": *dice.pick(&["immediately", "end_of_term", "on_date"]), "reason": "unknown"});
        if body["when"] == "on_date" {
            let day = now.with_timezone(&London).date_naive() + Days::new(dice.below(60) as u64);
            body["on"] = json!(day.to_string());
        }
        let target = format!("/subscriptions/{}/cancel", known.rental.subscription);
        let was_cancelled = self.business.show("subscriptions", &known.rental.subscription).await["cancelled"] == true;
        let outcome = self.business.try_control("POST", &target, body).await;
        let done = outcome.is_ok();
        assert_eq!(outcome.map_err(|refused| refused.status).err(), was_cancelled.then_some(409));
        if done {
            self.rentals[place].cancelled_at = Some(now);
        }
    }

    async fn on_open_invoice(&mut self, act: &str, dice: &mut Dice) {
        let open = self.business.list("/invoices?status=open").await;
        if !open.is_empty() {
            let invoice = id(dice.pick(&open));
            let body = if act == "pay" { json!({}) } else { Value::Null };
            self.business.control("POST", &format!("/invoices/{invoice}/{act}"), body).await;
        }
    }

    async fn credit(&mut self, dice: &mut Dice) {
        let invoices = self.business.list("/invoices?status=open,paid").await;
        if invoices.is_empty() {
            return;
        }
        let invoice = dice.pick(&invoices);
        let credited = ["pre_payment_credit_notes_amount", "post_payment_credit_notes_amount"];
        let left = amount(&invoice["total"]) - credited.iter().map(|name| amount(&invoice[*name])).sum::<i64>();
        let wanted = dice.within(1..=15_000);
        let body = json!({"invoice_id": id(invoice), "amount": wanted});
        let outcome = self.business.try_control("POST", "/credit_notes", body).await;
        assert_eq!(outcome.map_err(|refused| refused.status).err(), (wanted > left).then_some(409), "N2: {left}");
    }

    /// Holds the recurring invoices of a rental against what its calendar says, worked out here anew.
    async fn is_billed_as_agreed(&self, known: &Known) {
        let subscription = self.business.show("subscriptions", &known.rental.subscription).await;
        let ends_at = subscription["ends_at"].as_str().map(|end| end.parse::<DateTime<Utc>>().unwrap());
        let expected = known.bills(self.now().await, ends_at);
        let found: Vec<(DateTime<Utc>, DateTime<Utc>, i64)> = self
            .business
            .invoices(&known.rental)
            .await
            .iter()
            .map(|invoice| {
                let at = |name: &str| invoice[name].as_str().unwrap().parse().unwrap();
                (at("period_start"), at("period_end"), amount(&invoice["total"]))
            })
            .collect();
        assert_eq!(found, expected, "{known:?} {subscription}");
    }

    /// What every invoice says of itself adds up, and is told alike by its credit notes.
    async fn figures_add_up(&self) {
        let mut credited: BTreeMap<String, i64> = BTreeMap::new();
        for note in self.business.list("/credit_notes").await {
            *credited.entry(id(&note["invoice"])).or_default() += amount(&note["total"]);
        }
        for invoice in self.business.list("/invoices").await {
            let figure = |name: &str| amount(&invoice[name]);
            let lines = invoice["line_items"].as_array().unwrap();
            assert_eq!(figure("total"), lines.iter().map(|line| amount(&line["total"])).sum::<i64>(), "I5");
            assert_eq!(figure("subtotal") + figure("tax"), figure("total"), "I5");
            let credit = figure("pre_payment_credit_notes_amount") + figure("post_payment_credit_notes_amount");
            assert_eq!(credit, credited.get(&id(&invoice)).copied().unwrap_or_default());
            assert!(credit <= figure("total"), "N2: {invoice}");
            // There is no account credit in these lives.
            assert_eq!(figure("amount_due"), figure("total") - figure("pre_payment_credit_notes_amount"), "I6");
            let is_paid = invoice["status"] == "paid";
            assert_eq!(figure("amount_paid"), if is_paid { figure("amount_due") } else { 0 }, "I6: {invoice}");
        }
    }
}

impl Known {
    /// The periods that are billed up to now, with what each costs.
    fn bills(&self, now: DateTime<Utc>, ends_at: Option<DateTime<Utc>>) -> Vec<(DateTime<Utc>, DateTime<Utc>, i64)> {
        let local = |at: DateTime<Utc>| at.with_timezone(&London).date_naive();
        let six = |day: NaiveDate| {
            let time = NaiveTime::from_hms_opt(6, 0, 0).unwrap();
            London.from_local_datetime(&day.and_time(time)).unwrap().with_timezone(&Utc)
        };
        let anchor = local(self.starts_at);
        let mut bills = Vec::new();
        for k in 0.. {
            let (start, end) = (self.date(anchor, k), self.date(anchor, k + 1));
            // What had begun when it was booked was billed at once.
            let raised_at = if start <= local(self.booked_at) { self.booked_at } else { six(start) };
            if raised_at > now {
                break;
            }
            let (mut price, mut until) = (self.price, six(end));
            // What was billed before the cancellation stays as it is (M4).
            if let (Some(cancelled_at), Some(ends_at)) = (self.cancelled_at, ends_at)
                && raised_at > cancelled_at
            {
                let last = local(ends_at);
                if start >= last {
                    break;
                }
                if last < end {
                    price = rounded(price * (last - start).num_days(), (end - start).num_days());
                    until = ends_at;
                }
            }
            let gross = price * self.quantity;
            let from = if k == 0 { self.starts_at } else { six(start) };
            bills.push((from, until, gross - self.discount(gross, anchor, start, k)));
        }
        bills
    }

    fn date(&self, anchor: NaiveDate, k: u32) -> NaiveDate {
        match self.period {
            "weekly" => anchor + Days::new(7 * u64::from(k)),
            "every_four_weeks" => anchor + Days::new(28 * u64::from(k)),
            "monthly" => anchor + Months::new(k),
            "every_three_months" => anchor + Months::new(3 * k),
            "every_six_months" => anchor + Months::new(6 * k),
            _ => anchor + Months::new(12 * k),
        }
    }

    fn discount(&self, gross: i64, anchor: NaiveDate, start: NaiveDate, k: u32) -> i64 {
        let Some(coupon) = self.coupon else { return 0 };
        let applies = match coupon.months {
            Some(months) => start < anchor + Months::new(months),
            None => !coupon.is_once || k == 0,
        };
        if applies { rounded(gross * coupon.percent, 100) } else { 0 }
    }
}

/// A fraction, rounded half up.
fn rounded(amount: i64, of: i64) -> i64 {
    (2 * amount + of).div_euclid(2 * of)
}
