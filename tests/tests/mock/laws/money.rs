//! Totals worked out once more, in whole numbers, from the rules of the business.
//!
//! Rules: C5, T2, Q1 to Q3, O17 to O22, I4 to I6, N2

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::state::State;
use super::views::Shown;
use crate::catalogue::{Catalogue, is_at};
use crate::harness::{Mock, id, record};

/// What a line of an order is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unit,
    Cover,
    Recurring,
    OneTime,
    Deposit,
}

#[derive(Debug, Clone, Copy)]
struct Line {
    kind: Kind,
    price: i64,
    quantity: i64,
}

/// A coupon: hundredths of a per cent or minor units, off products, protections, subscriptions and unit types.
#[derive(Debug, Clone, Copy)]
struct Off {
    is_percent: bool,
    size: i64,
    applies_to: [bool; 4],
}

/// Tax rates of unit types, protections and products, in hundredths of a per cent.
type Rates = [Vec<i64>; 3];

impl Kind {
    fn is_recurring(self) -> bool {
        matches!(self, Self::Unit | Self::Cover | Self::Recurring)
    }

    fn rates(self, rates: &Rates) -> &[i64] {
        match self {
            Self::Unit => &rates[0],
            Self::Cover => &rates[1],
            Self::Recurring | Self::OneTime => &rates[2],
            Self::Deposit => &[],
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit_type",
            Self::Cover => "protection",
            Self::Recurring | Self::OneTime => "product",
            Self::Deposit => "security_deposit",
        }
    }
}

impl Off {
    /// Q2, Q3.
    fn covers(&self, kind: Kind) -> bool {
        let [products, protections, subscriptions, unit_types] = self.applies_to;
        match kind {
            Kind::Unit => unit_types || subscriptions,
            Kind::Cover => protections || subscriptions,
            Kind::Recurring => products || subscriptions,
            Kind::OneTime => products,
            Kind::Deposit => false,
        }
    }

    /// What it takes off each line (Q1): a percentage of each, an amount once, in proportion.
    fn shares(&self, lines: &[Line]) -> Vec<i64> {
        let covered: Vec<i64> =
            lines.iter().map(|line| if self.covers(line.kind) { line.price * line.quantity } else { 0 }).collect();
        if self.is_percent {
            return covered.iter().map(|total| rounded(total * self.size, 10_000)).collect();
        }
        let whole: i64 = covered.iter().sum();
        let amount = self.size.min(whole);
        if amount == 0 {
            return vec![0; lines.len()];
        }
        let mut shares: Vec<i64> = covered.iter().map(|total| amount * total / whole).collect();
        let mut places: Vec<usize> = (0..lines.len()).collect();
        places.sort_by_key(|place| std::cmp::Reverse(amount * covered[*place] % whole));
        let left = amount - shares.iter().sum::<i64>();
        for place in places.into_iter().take(usize::try_from(left).unwrap()) {
            shares[place] += 1;
        }
        shares
    }
}

/// Rounds half up what is not negative (C5).
fn rounded(dividend: i64, divisor: i64) -> i64 {
    (2 * dividend + divisor) / (2 * divisor)
}

/// T2.
fn contained(gross: i64, rates: &[i64]) -> i64 {
    let whole = 10_000 + rates.iter().sum::<i64>();
    rates.iter().map(|rate| rounded(gross * rate, whole)).sum::<i64>().min(gross)
}

fn amount(value: &Value, name: &str) -> i64 {
    value[name]["amount"].as_i64().unwrap_or_else(|| panic!("{name} of {value} is no amount"))
}

fn line() -> impl Strategy<Value = Line> {
    let kind = prop_oneof![
        3 => Just(Kind::Unit), 2 => Just(Kind::Cover), 2 => Just(Kind::Recurring), 2 => Just(Kind::OneTime), 1 => Just(Kind::Deposit)
    ];
    (kind, 0..60_000_i64, 1..5_i64).prop_map(|(kind, price, quantity)| Line { kind, price, quantity })
}

fn rates() -> impl Strategy<Value = Rates> {
    let some = || vec(0..3_000_i64, 0..3);
    [some(), some(), some()]
}

fn off() -> impl Strategy<Value = Option<Off>> {
    let percent = (Just(true), 1..=10_000_i64);
    let fixed = (Just(false), 1..150_000_i64);
    let off = (prop_oneof![percent, fixed], any::<[bool; 4]>());
    proptest::option::weighted(
        0.8,
        off.prop_map(|((is_percent, size), applies_to)| Off { is_percent, size, applies_to }),
    )
}

#[test]
fn orders_and_their_invoices_come_to_what_the_rules_say() {
    let runtime = Runtime::new().unwrap();
    let mock = runtime.block_on(Mock::start());
    let shelf = runtime.block_on(Shelf::of(&mock));
    let basket = (vec(line(), 0..6), rates(), rates(), off());
    let mut runner = TestRunner::new(super::config(12));
    let result = runner.run(&basket, |(mut lines, before, rates, off)| {
        lines.insert(0, Line { kind: Kind::Unit, price: 12_345, quantity: 1 });
        let mut covers = 0;
        lines.retain(|line| {
            covers += i32::from(line.kind == Kind::Cover);
            line.kind != Kind::Cover || covers == 1
        });
        runtime.block_on(shelf.sells(&mock, &lines, &before, &rates, off));
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// What a site has to sell.
struct Shelf {
    site: String,
    unit_type: String,
    cover: String,
    recurring: String,
    one_time: String,
}

impl Shelf {
    async fn of(mock: &Mock) -> Self {
        let catalogue = Catalogue::read(mock).await;
        let site = catalogue.site().to_owned();
        let product = |kind: &str| {
            catalogue
                .find_id("product_list", |product| is_at(product, &site) && product["charge_type"] == kind)
                .to_owned()
        };
        Self {
            unit_type: catalogue.find_id("unit_type_list", |unit_type| is_at(unit_type, &site)).to_owned(),
            cover: catalogue.id_of("plvl_").to_owned(),
            recurring: product("recurring"),
            one_time: product("one_time"),
            site,
        }
    }

    /// Sells it all in one order, which is drafted under some tax rates, finalized under others, and paid under others again.
    async fn sells(&self, mock: &Mock, lines: &[Line], before: &Rates, rates: &Rates, off: Option<Off>) {
        self.tax(mock, before).await;
        let coupon = match off {
            Some(off) => Some(self.coupon(mock, off).await),
            None => None,
        };
        let items = lines.iter().map(|line| {
            let item = match line.kind {
                Kind::Unit | Kind::Deposit => &self.unit_type,
                Kind::Cover => &self.cover,
                Kind::Recurring => &self.recurring,
                Kind::OneTime => &self.one_time,
            };
            json!({"type": line.kind.word(), "item": {"id": item}, "quantity": line.quantity, "price": {"amount": line.price}})
        });
        let body = json!({
            "site": {"id": self.site}, "contact": {"email": "buyer@mail.example"}, "billing_period": "monthly", "starts_at": "now",
            "coupon": coupon.map(|id| json!({"id": id})), "line_items": items.collect::<Vec<_>>(),
        });
        let order = id(&mock.call("order_create").json(&body).expect(201).await);
        self.order_is(mock, &order, lines, before, off).await;
        self.tax(mock, rates).await;
        mock.call("order_finalize").path("order_id", &order).expect(200).await;
        self.order_is(mock, &order, lines, rates, off).await;
        self.tax(mock, before).await;
        mock.control("POST", &format!("/orders/{order}/pay"), Some(json!({}))).await;
        self.order_is(mock, &order, lines, rates, off).await;
        self.invoices_are(mock, &order, lines, rates, off).await;
    }

    async fn tax(&self, mock: &Mock, rates: &Rates) {
        let percent = |rates: &[i64]| rates.iter().map(|rate| *rate as f64 / 100.0).collect::<Vec<_>>();
        let [unit_types, protections, products] = rates.each_ref().map(|rates| percent(rates));
        let body = json!({"tax_rates": {"unit_types": unit_types, "protections": protections, "products": products}});
        mock.control("PATCH", &format!("/sites/{}/settings", self.site), Some(body)).await;
    }

    async fn coupon(&self, mock: &Mock, off: Off) -> String {
        let [products, protections, subscriptions, unit_types] = off.applies_to;
        let size = if off.is_percent { json!(off.size as f64 / 100.0) } else { json!(off.size) };
        let body = json!({
            "name": "Any", "duration": "once", (if off.is_percent { "percent" } else { "amount" }): size,
            "auto_apply_to": {"products": products, "protections": protections, "subscriptions": subscriptions, "unit_types": unit_types},
        });
        id(&mock.control("POST", "/coupons", Some(body)).await)
    }

    /// O17 to O22.
    async fn order_is(&self, mock: &Mock, id: &str, lines: &[Line], rates: &Rates, off: Option<Off>) {
        let order = record(&mock.call("order_show").path("order_id", id).expect(200).await);
        let call = mock.call("order_line_item_list").path("order_id", id).query("limit", "100");
        let shown = record(&call.query("sort_direction", "ASC").expect(200).await);
        let offs = off.map_or_else(|| vec![0; lines.len()], |off| off.shares(lines));
        let (mut subtotal, mut covered, mut shares, mut tax, mut once, mut once_tax) = (0, 0, 0, 0, 0, 0);
        for ((line, shown), share) in lines.iter().zip(shown.as_array().unwrap()).zip(&offs) {
            let total = line.price * line.quantity;
            let line_tax = contained(total, line.kind.rates(rates));
            assert_eq!(shown["type"], line.kind.word());
            assert_eq!(amount(shown, "total"), total, "{shown}");
            assert_eq!(amount(shown, "discount_total"), *share, "{shown}");
            assert_eq!(amount(shown, "tax"), line_tax, "{shown}");
            assert_eq!(amount(shown, "total_excluding_tax"), total - line_tax, "{shown}");
            let net_tax = contained(total - share, line.kind.rates(rates));
            if line.kind.is_recurring() {
                subtotal += total;
                shares += share;
                tax += net_tax;
                covered += if off.is_some_and(|off| off.covers(line.kind)) { total } else { 0 };
            } else {
                once += total - share;
                once_tax += net_tax;
            }
        }
        let discount = off.map_or(0, |off| if off.is_percent { rounded(covered * off.size, 10_000) } else { shares });
        let expected = [
            ("subtotal", subtotal),
            ("total_discount", discount),
            ("total", subtotal - discount),
            ("tax", tax),
            ("total_excluding_tax", subtotal - discount - tax),
            ("one_time_total", once),
            ("one_time_total_excluding_tax", once - once_tax),
        ];
        for (name, expected) in expected {
            assert_eq!(amount(&order, name), expected, "{name}: {order}");
        }
        assert_eq!(shown.as_array().unwrap().len(), lines.len());
    }

    /// I4, I5, P1, Q1: the first invoice of the subscription, one for one-time products, one for deposits.
    async fn invoices_are(&self, mock: &Mock, order: &str, lines: &[Line], rates: &Rates, off: Option<Off>) {
        let order = record(&mock.call("order_show").path("order_id", order).expect(200).await);
        let call = mock.call("invoice_list").query("subscription_id", order["subscription"]["id"].as_str().unwrap());
        let invoices = record(&call.query("limit", "100").expect(200).await);
        let all = off.map_or_else(|| vec![0; lines.len()], |off| off.shares(lines));
        let of = |is_wanted: &dyn Fn(Kind) -> bool| -> Vec<(Line, i64)> {
            let both = lines.iter().copied().zip(all.iter().copied());
            both.filter(|(line, _)| is_wanted(line.kind)).collect()
        };
        let mut recurring = of(&Kind::is_recurring);
        // A fixed amount counts once for an order: the first rent takes off what one-time lines left of it.
        if let Some(mut off) = off {
            if !off.is_percent {
                off.size -= of(&|kind| !kind.is_recurring()).iter().map(|(_, share)| share).sum::<i64>();
            }
            let alone: Vec<Line> = recurring.iter().map(|(line, _)| *line).collect();
            recurring = alone.iter().copied().zip(off.shares(&alone)).collect();
        }
        let groups = [of(&|kind| kind == Kind::Deposit), of(&|kind| kind == Kind::OneTime), recurring];
        let groups: Vec<_> = groups.into_iter().filter(|group| !group.is_empty()).collect();
        let invoices = invoices.as_array().unwrap();
        assert_eq!(invoices.len(), groups.len(), "{invoices:?}");
        // The newest first.
        for (invoice, group) in invoices.iter().rev().zip(&groups) {
            let (mut total, mut tax) = (0, 0);
            let shown = invoice["line_items"].as_array().unwrap();
            assert_eq!(shown.len(), group.len(), "{invoice}");
            for (shown, (line, share)) in shown.iter().zip(group) {
                let net = line.price * line.quantity - share;
                let net_tax = contained(net, line.kind.rates(rates));
                assert_eq!(
                    (amount(shown, "price"), &shown["quantity"]),
                    (line.price, &json!(line.quantity)),
                    "{shown}"
                );
                assert_eq!(amount(shown, "discount_total"), *share, "{shown}");
                assert_eq!((amount(shown, "total"), amount(shown, "tax")), (net, net_tax), "{shown}");
                total += net;
                tax += net_tax;
            }
            assert_eq!((amount(invoice, "total"), amount(invoice, "tax")), (total, tax), "{invoice}");
            assert_eq!((amount(invoice, "amount_due"), amount(invoice, "amount_paid")), (total, total), "{invoice}");
            assert_eq!(invoice["status"], "paid", "{invoice}");
        }
    }
}

/// What holds of all orders, invoices and credit notes, however they came to be.
pub(crate) fn adds_up(shown: &Shown, state: &State) {
    let of =
        |prefix: &'static str| shown.iter().filter(move |(id, _)| id.starts_with(prefix)).map(|(_, record)| record);
    of("order_").for_each(|order| order_adds_up(order, shown, state));
    for invoice in of("inv_") {
        let notes = of("cred_").filter(|note| note["invoice"]["id"] == invoice["id"]);
        let stored = state.row(invoice["id"].as_str().unwrap()).unwrap();
        invoice_adds_up(invoice, &notes.collect::<Vec<_>>(), stored["collection"]["credit_used"].as_i64().unwrap());
    }
    of("cred_").for_each(|note| credit_note_adds_up(note, &shown[note["invoice"]["id"].as_str().unwrap()]));
}

fn order_adds_up(order: &Value, shown: &Shown, state: &State) {
    let (mut subtotal, mut off, mut once, mut count) = (0, 0, 0, 0);
    for line in order["line_items"].as_array().unwrap() {
        let line = &shown[line["id"].as_str().unwrap()];
        let total = amount(line, "price") * line["quantity"].as_i64().unwrap();
        assert_eq!(amount(line, "total"), total, "{line}");
        assert_eq!(amount(line, "total_excluding_tax"), total - amount(line, "tax"), "{line}");
        let share = amount(line, "discount_total");
        assert!((0..=total).contains(&share) && (0..=total).contains(&amount(line, "tax")), "{line}");
        // Of a product that is gone, only the line knows how it was charged.
        let is_recurring = match (line["type"].as_str().unwrap(), shown.get(line["item"]["id"].as_str().unwrap())) {
            ("product", Some(product)) => product["charge_type"] == "recurring",
            ("product", None) => state.row(line["id"].as_str().unwrap()).unwrap()["recurring"] == true,
            (kind, _) => kind != "security_deposit",
        };
        if is_recurring {
            subtotal += total;
            off += share;
            count += 1;
        } else {
            once += total - share;
        }
    }
    let discount = amount(order, "total_discount");
    assert_eq!(amount(order, "subtotal"), subtotal, "{order}");
    assert!((discount - off).abs() <= count && discount <= subtotal, "{order}: the lines have {off} off");
    assert_eq!(amount(order, "total"), subtotal - discount, "{order}");
    assert_eq!(amount(order, "total_excluding_tax"), amount(order, "total") - amount(order, "tax"), "{order}");
    assert_eq!(amount(order, "one_time_total"), once, "{order}");
    assert!((0..=once).contains(&amount(order, "one_time_total_excluding_tax")), "{order}");
}

/// I4 to I6, N2 to N5.
fn invoice_adds_up(invoice: &Value, notes: &[&Value], credit_used: i64) {
    let (mut total, mut tax) = (0, 0);
    for line in invoice["line_items"].as_array().unwrap() {
        let whole = amount(line, "price") * line["quantity"].as_i64().unwrap();
        assert_eq!(amount(line, "total"), whole - amount(line, "discount_total"), "{line}");
        assert_eq!(amount(line, "total_excluding_tax"), amount(line, "total") - amount(line, "tax"), "{line}");
        assert!(whole < 0 || (0..=whole).contains(&amount(line, "discount_total")), "{line}");
        total += amount(line, "total");
        tax += amount(line, "tax");
    }
    assert_eq!((amount(invoice, "total"), amount(invoice, "tax")), (total, tax), "{invoice}");
    assert_eq!(amount(invoice, "subtotal"), total - tax, "{invoice}");
    let credited = |kind: &str| -> i64 {
        notes.iter().filter(|note| note["type"] == kind).map(|note| amount(note, "total")).sum()
    };
    let before = credited("pre_payment");
    assert_eq!(amount(invoice, "pre_payment_credit_notes_amount"), before, "{invoice}");
    assert_eq!(amount(invoice, "post_payment_credit_notes_amount"), credited("post_payment"), "{invoice}");
    assert!(before + credited("post_payment") <= total.max(0), "{invoice}");
    let (due, paid) = (amount(invoice, "amount_due"), amount(invoice, "amount_paid"));
    assert_eq!(due, total.max(0) - before - credit_used, "{invoice}");
    match invoice["status"].as_str().unwrap() {
        "paid" => assert_eq!(paid, due, "{invoice}"),
        "draft" => assert_eq!(paid, 0, "{invoice}"),
        _ => assert!((0..due).contains(&paid), "{invoice}"),
    }
}

fn credit_note_adds_up(note: &Value, invoice: &Value) {
    let (mut total, mut subtotal) = (0, 0);
    for line in note["line_items"].as_array().unwrap() {
        let whole = amount(line, "price") * line["quantity"].as_i64().unwrap();
        assert_eq!(amount(line, "amount"), whole - amount(line, "discount_total"), "{line}");
        total += amount(line, "amount");
        subtotal += amount(line, "amount") - amount(line, "tax");
    }
    assert_eq!((amount(note, "total"), amount(note, "subtotal")), (total, subtotal), "{note}");
    assert_eq!((&note["contact"], &note["site"]), (&invoice["contact"], &invoice["site"]), "{note}");
    let number = format!("{}-CN-", invoice["number"].as_str().unwrap());
    assert!(note["number"].as_str().unwrap().starts_with(&number), "{note}");
}
