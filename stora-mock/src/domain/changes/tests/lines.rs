use crate::domain::changes::testing::{Rental, added, date, edit, priced, removed};
use crate::domain::changes::{AddedLine, LineEdits, Timing, change_lines};
use crate::domain::contact::ChargeOutcome;
use crate::domain::event::EventKind;
use crate::domain::fixtures::{at, line, moment, pointers, rates, rule, unit_type};
use crate::domain::ids::{Id as _, SiteId, UnitTypeId};
use crate::domain::invoice::{InvoicePurpose, InvoiceStatus};
use crate::domain::order::{OrderLineKind, PaymentMethod};
use crate::domain::subscription::SubscriptionLineKind;
use crate::domain::unit::UnitStatus;

const PAID: [EventKind; 3] = [EventKind::InvoiceCreated, EventKind::InvoiceFinalized, EventKind::InvoicePaid];
const NOW: Timing = Timing::Immediately;

#[test]
fn scenario_15_an_upgrade_at_once_bills_the_difference_and_moves_no_unit() {
    // R1, R2, R3, R5, A15; the row of section 21: no event but those of the invoice.
    let mut rental = Rental::with("2026-04-10", "2026-04-10", 9_000, |shop, _| shop.add_unit("A1"));
    rental.shop.settings(|site| site.unit_type_tax = rates(["20"]));
    let large = rental.other_type(15_000);
    let events = rental.change("2026-04-25", edit(0, Some(large), None, None), NOW).unwrap();
    assert_eq!(events, PAID);
    let invoice = rental.last_invoice();
    let lines: Vec<_> = invoice.line_items.iter().map(|line| (line.total, line.quantity, line.proration)).collect();
    assert_eq!(lines, [(-4_500, 1, true), (7_500, 1, true)]);
    let words: Vec<_> = invoice.line_items.iter().map(|line| line.description.as_deref().unwrap()).collect();
    assert_eq!(
        words,
        [
            "Credit for 50 sq ft: 15 of 30 days from 25 April 2026",
            "Charge for 100 sq ft: 15 of 30 days from 25 April 2026"
        ]
    );
    assert_eq!((invoice.total, invoice.amount_paid, invoice.status), (3_000, 3_000, InvoiceStatus::Paid));
    assert_eq!(invoice.collection.purpose, InvoicePurpose::Proration);
    let period = invoice.period.unwrap();
    assert_eq!([period.starts_at, period.ends_at], [moment("2026-04-25T05:00:00Z"), moment("2026-05-10T05:00:00Z")]);
    assert_eq!(rental.shop.world.units.iter().next().unwrap().status, UnitStatus::Occupied);
    assert_eq!((rental.line(0).item, rental.line(0).price), (large.any(), 15_000));
    rental.advance(at("2026-05-10"));
    assert_eq!(rental.recurring(), [("2026-04-10".to_owned(), 9_000), ("2026-05-10".to_owned(), 15_000)]);
}

#[test]
fn a_cheaper_line_makes_account_credit_and_no_invoice() {
    // R6, I7
    let mut rental = Rental::monthly("2026-04-10", 15_000);
    let events = rental.change("2026-04-25", priced(0, 9_000), NOW).unwrap();
    assert_eq!((events, rental.credit()), (vec![], 3_000));
    assert!(rental.totals(InvoicePurpose::Proration).is_empty());
    rental.advance(at("2026-05-10"));
    let next = rental.last_invoice();
    assert_eq!((next.total, next.amount_due, next.collection.credit_used), (9_000, 6_000, 3_000));
    assert_eq!(rental.credit(), 0);
}

#[test]
fn a_change_that_costs_the_same_moves_no_money() {
    // R5, R6
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    let other = rental.other_type(9_000);
    assert_eq!(rental.change("2026-04-25", edit(0, Some(other), None, None), NOW), Ok(vec![]));
    assert_eq!((rental.line(0).item, rental.credit()), (other.any(), 0));
    assert_eq!(rental.shop.invoices(rental.id).len(), 1);
}

#[test]
fn a_change_without_effect_does_nothing() {
    // W2, C7
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    rental.advance(at("2026-04-25"));
    let before = rental.shop.snapshot();
    let own = rental.shop.unit_type;
    for edits in [LineEdits::default(), priced(0, 9_000), edit(0, Some(own), None, Some(1))] {
        for timing in [NOW, Timing::OnNextRenewal, Timing::Backdated(date("2026-04-12"))] {
            assert_eq!(rental.change("2026-04-25", edits.clone(), timing), Ok(vec![]));
            assert_eq!(rental.shop.snapshot(), before);
        }
    }
}

#[test]
fn what_is_changed_says_when() {
    // C7
    let mut rental = Rental::with("2026-04-10", "2026-04-10", 9_000, |shop, new| {
        new.line_items.push(line(OrderLineKind::Protection, shop.protection));
    });
    rental.change("2026-04-25", edit(1, None::<UnitTypeId>, None, Some(2)), NOW).unwrap();
    rental.change("2026-04-26", added(rental.shop.recurring_product), NOW).unwrap();
    let dates: Vec<_> =
        rental.subscription().line_items.iter().map(|line| (line.created_at, line.updated_at)).collect();
    let [start, changed, new] = ["2026-04-10", "2026-04-25", "2026-04-26"].map(at);
    assert_eq!(dates, [(start, start), (start, changed), (new, new)]);
    assert_eq!(rental.subscription().updated_at, new);
}

#[test]
fn a_change_on_the_billing_date_after_the_invoice_prorates_the_whole_period_and_before_it_nothing() {
    // R10
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    rental.change("2026-05-10", priced(0, 15_000), NOW).unwrap();
    assert_eq!(rental.totals(InvoicePurpose::Proration), [6_000]);
    assert_eq!(rental.last_invoice().period, rental.subscription().current_period);
    let early = moment("2026-06-10T04:59:59Z");
    let change = |world: &mut _, now, id| change_lines(world, now, id, &priced(0, 20_000), NOW);
    assert_eq!(rental.at(early, change), Ok(vec![]));
    rental.advance(at("2026-06-10"));
    assert_eq!(rental.recurring()[2], ("2026-06-10".to_owned(), 20_000));
    assert_eq!((rental.totals(InvoicePurpose::Proration), rental.credit()), (vec![6_000], 0));
}

#[test]
fn days_are_those_of_the_site() {
    // R2, C1: half past ten in the evening of the 24th in New York.
    let mut rental = Rental::with("2026-04-10", "2026-04-10", 9_000, |shop, _| {
        shop.settings(|site| site.time_zone = chrono_tz::America::New_York);
    });
    let late = moment("2026-04-25T02:30:00Z");
    rental.at(late, |world, now, id| change_lines(world, now, id, &priced(0, 15_000), NOW)).unwrap();
    assert_eq!(rental.totals(InvoicePurpose::Proration), [3_200]);
}

#[test]
fn a_change_can_be_backdated_within_the_current_period_alone() {
    // R8
    let mut rental = Rental::monthly("2026-03-10", 9_000);
    for day in ["2026-04-09", "2026-04-26"] {
        let refused = rental.change("2026-04-25", priced(0, 15_000), Timing::Backdated(date(day)));
        assert_eq!(pointers(refused), ["/timing/backdated"], "{day}");
    }
    rental.change("2026-04-25", priced(0, 15_000), Timing::Backdated(date("2026-04-15"))).unwrap();
    assert_eq!(rental.totals(InvoicePurpose::Proration), [5_000], "25 of 30 days of 60.00");
    rental.change("2026-04-25", priced(0, 9_000), Timing::Backdated(date("2026-04-10"))).unwrap();
    assert_eq!(rental.credit(), 6_000);
    let mut upcoming = Rental::with("2026-03-02", "2026-03-14", 9_000, |_, _| {});
    let refused = upcoming.change("2026-03-05", priced(0, 15_000), Timing::Backdated(date("2026-03-04")));
    assert_eq!(pointers(refused), ["/timing/backdated"]);
}

#[test]
fn lines_come_and_go_for_the_days_that_remain() {
    // R9, Y4, T4: at the price and with the rates of the moment.
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    rental.shop.settings(|site| site.protection_tax = rates(["12"]));
    let (protection, product) = (rental.shop.protection, rental.shop.recurring_product);
    let add = [protection.any(), product.any()].map(|item| AddedLine { item, price: None, quantity: 1 });
    rental.change("2026-04-25", LineEdits { add: add.to_vec(), ..LineEdits::default() }, NOW).unwrap();
    assert_eq!(rental.figures(), [(9_000, 1), (1_120, 1), (400, 1)]);
    let invoice = rental.last_invoice();
    let lines: Vec<_> = invoice.line_items.iter().map(|line| (line.kind, line.total, line.tax)).collect();
    let (cover, custom) = (SubscriptionLineKind::Protection, SubscriptionLineKind::CustomProduct);
    assert_eq!(lines, [(Some(cover), 560, 60), (Some(custom), 200, 0)]);
    assert_eq!(invoice.line_items[0].accounting_code.as_deref(), Some("4100"));
    rental.change("2026-04-30", removed(1), NOW).unwrap();
    assert_eq!((rental.figures(), rental.credit()), (vec![(9_000, 1), (400, 1)], 373));
    rental.change("2026-04-30", edit(1, None::<UnitTypeId>, None, Some(3)), NOW).unwrap();
    assert_eq!(rental.last_invoice().line_items[1].description.as_deref().map(|it| &it[..15]), Some("Charge for 3 x "));
}

#[test]
fn cover_can_be_swapped_in_one_act_and_is_never_had_twice() {
    // R9, O12
    let mut rental = Rental::with("2026-04-10", "2026-04-10", 9_000, |shop, new| {
        new.line_items.push(line(OrderLineKind::Protection, shop.protection));
    });
    let other = rental.other_cover(2_240);
    assert_eq!(pointers(rental.change("2026-04-10", added(other), NOW)), ["/add/0/item/id"]);
    let swap = LineEdits { remove: vec![1], ..added(other) };
    rental.change("2026-04-10", swap, NOW).unwrap();
    assert_eq!((rental.line(1).item, rental.totals(InvoicePurpose::Proration)), (other.any(), vec![1_120]));
    let first = rental.shop.protection;
    rental.change("2026-04-10", edit(1, Some(first), None, None), NOW).unwrap();
    assert_eq!((rental.line(1).item, rental.credit()), (first.any(), 1_120));
}

#[test]
fn lines_that_cannot_be_are_pointed_at_all_at_once() {
    // R1, R9, O12, Y4
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    let elsewhere: SiteId = rental.shop.world.ids.fresh();
    let far = unit_type(&mut rental.shop.world, at("2026-01-01"), elsewhere);
    let unknown: UnitTypeId = rental.shop.world.ids.fresh();
    let (once, cover, contact) = (rental.shop.one_time_product, rental.shop.protection, rental.shop.contact);
    rental.shop.world.protection_levels.update(cover, |level| level.prices = Default::default());
    let mut edits = LineEdits { remove: vec![1, 7, 0], ..LineEdits::default() };
    edits.change = [
        edit(0, Some(far), None, None),
        edit(0, None::<UnitTypeId>, Some(1), None),
        edit(3, None::<UnitTypeId>, Some(1), None),
    ]
    .into_iter()
    .flat_map(|edits| edits.change)
    .collect();
    let items = [far.any(), unknown.any(), once.any(), contact.any(), cover.any()];
    edits.add = items.map(|item| AddedLine { item, price: None, quantity: 1 }).to_vec();
    edits.add.push(AddedLine { item: rental.shop.unit_type.any(), price: Some(-1), quantity: 0 });
    edits.add.push(AddedLine { item: rental.shop.unit_type.any(), price: Some(i64::MAX), quantity: 2 });
    assert_eq!(
        pointers(rental.change("2026-04-10", edits, NOW)),
        [
            "/change/0/item/id",
            "/change/1/line",
            "/change/2/line",
            "/remove/0",
            "/remove/1",
            "/remove/2",
            "/add/0/item/id",
            "/add/1/item/id",
            "/add/2/item/id",
            "/add/3/item/id",
            "/add/4/price",
            "/add/5/quantity",
            "/add/5/price",
            "/add/6/quantity",
        ]
    );
    assert_eq!(pointers(rental.change("2026-04-10", removed(0), NOW)), ["/remove"]);
    let wrong_kind = edit(0, Some(rental.shop.protection), None, None);
    assert_eq!(pointers(rental.change("2026-04-10", wrong_kind, NOW)), ["/change/0/item/id"]);
    let priceless = edit(0, Some(rental.other_type(1)), None, None);
    rental
        .shop
        .world
        .subscriptions
        .update(rental.id, |it| it.billing_period = crate::domain::calendar::BillingPeriod::Yearly);
    assert_eq!(pointers(rental.change("2026-04-10", priceless, NOW)), ["/change/0/price"]);
    let huge = LineEdits {
        add: vec![AddedLine { item: rental.shop.unit_type.any(), price: Some(i64::MAX), quantity: 1 }],
        ..LineEdits::default()
    };
    assert_eq!(pointers(rental.change("2026-04-10", huge, NOW)), [""]);
}

#[test]
fn before_the_start_a_change_just_applies_and_after_the_end_none_does() {
    // R1: nothing is billed yet, so that nothing is prorated.
    let mut rental = Rental::with("2026-03-02", "2026-03-14", 9_000, |_, _| {});
    for (price, timing) in [(10_000, NOW), (11_000, Timing::OnNextRenewal)] {
        assert_eq!(rental.change("2026-03-05", priced(0, price), timing), Ok(vec![]));
        assert_eq!(rental.figures(), [(price, 1)]);
    }
    rental.advance(at("2026-03-14"));
    assert_eq!(rental.recurring(), [("2026-03-14".to_owned(), 11_000)]);
    let id = rental.id;
    rental.shop.world.subscriptions.update(id, |it| it.ends_at = Some(at("2026-03-20")));
    assert_eq!(rule(rental.change("2026-03-20", priced(0, 1), NOW)), "R1");
}

#[test]
fn the_difference_is_collected_like_any_other_invoice() {
    // R5, I15, I16, D1: by hand it stays open, and so it does when the card is declined.
    for (method, charges, attempts) in
        [(PaymentMethod::Manual, ChargeOutcome::Succeed, 0), (PaymentMethod::Card, ChargeOutcome::Decline, 1)]
    {
        let mut rental = Rental::monthly("2026-04-10", 9_000);
        let (id, contact) = (rental.id, rental.shop.contact);
        rental.shop.world.subscriptions.update(id, |it| {
            it.billing.payment_method = method;
            it.billing.purchase_order_number = Some("PO-7".to_owned());
        });
        rental.shop.world.contacts.update(contact, |it| it.account.charges = charges);
        rental.change("2026-04-25", priced(0, 15_000), NOW).unwrap();
        let invoice = rental.last_invoice();
        assert_eq!(
            (invoice.status, invoice.amount_due, invoice.collection.method),
            (InvoiceStatus::Open, 3_000, method)
        );
        assert_eq!(invoice.collection.attempts.len(), attempts);
        assert_eq!(invoice.collection.due_on, Some(date("2026-04-25")));
        assert_eq!(invoice.purchase_order_number.as_deref(), Some("PO-7"));
    }
}

#[test]
fn each_line_holds_the_tax_of_its_own_rates() {
    // R4: the old line had 20 %, the new one has 20 % still, as the rates of the site reach new lines alone (T4).
    let mut rental = Rental::with("2026-04-10", "2026-04-10", 9_000, |shop, _| {
        shop.settings(|site| site.unit_type_tax = rates(["20"]));
    });
    rental.shop.settings(|site| site.unit_type_tax = rates(["0"]));
    rental.change("2026-04-25", priced(0, 15_000), NOW).unwrap();
    let invoice = rental.last_invoice();
    let taxes: Vec<_> = invoice.line_items.iter().map(|line| line.tax).collect();
    assert_eq!((taxes, invoice.tax, invoice.subtotal), (vec![-750, 1_250], 500, 2_500));
}

#[test]
fn a_period_that_the_customer_moves_out_in_is_prorated_by_what_it_was_billed() {
    // M5, R3: 15 days of 30 were billed, 45.00; ten of them are left.
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    let id = rental.id;
    rental.shop.world.subscriptions.update(id, |it| {
        it.current_period.as_mut().unwrap().ends_at = moment("2026-04-25T05:00:00Z");
    });
    rental.change("2026-04-15", priced(0, 15_000), NOW).unwrap();
    let invoice = rental.last_invoice();
    let totals: Vec<_> = invoice.line_items.iter().map(|line| line.total).collect();
    assert_eq!(totals, [-3_000, 5_000]);
}

#[test]
fn later_list_prices_leave_a_rental_alone() {
    // S5, L2, Y7
    let mut rental = Rental::monthly("2026-04-10", 12_000);
    let unit_type = rental.shop.unit_type;
    rental.shop.world.unit_types.update(unit_type, |it| it.prices = it.prices.increased("50".parse().unwrap()));
    rental.change("2026-04-25", edit(0, Some(unit_type), None, Some(2)), NOW).unwrap();
    assert_eq!(rental.figures(), [(12_000, 2)]);
}
