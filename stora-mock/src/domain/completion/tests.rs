//! Paid orders and what follows from them at once, the worked scenarios of section 24 among them.

use super::*;
use crate::domain::billing::{bill_through_today, raise_recurring};
use crate::domain::booking::NewOrder;
use crate::domain::contact::{ChargeOutcome, ContactStatus, IdentityCheckStatus, SavedMethod};
use crate::domain::coupon::{CouponChange, CouponDuration, NewCoupon};
use crate::domain::discount::AutoApplyTo;
use crate::domain::fixtures::{Shop, at, half_off, kinds, line, percent_off, pointers, prices, rates, rule};
use crate::domain::ids::Id;
use crate::domain::invoice::InvoiceStatus;
use crate::domain::order::OrderLineKind;
use crate::domain::order_lines::NewLine;
use crate::domain::price::PricePeriod;
use crate::domain::unit::UnitStatus;

const NOW: &str = "2026-03-02";

/// Pays an order as an act, and gives what came of it with the events.
fn pay_on(shop: &mut Shop, day: &str, id: OrderId, outcome: PayOutcome) -> Result<(Payment, Vec<EventKind>), Refusal> {
    let paid = shop.world.transact(|world| pay(world, at(day), id, outcome, None));
    paid.map(|(payment, events)| (payment, kinds(&events)))
}

fn set_charges(shop: &mut Shop, charges: ChargeOutcome) {
    shop.world.contacts.update(shop.contact, |contact| contact.account.charges = charges);
}

fn with_lines(shop: &Shop, start: &str, more: &[NewLine]) -> NewOrder {
    let mut new = shop.booking(start);
    new.line_items.extend_from_slice(more);
    new
}

fn deposit(shop: &Shop) -> NewLine {
    line(OrderLineKind::SecurityDeposit, shop.unit_type)
}

fn boxes(shop: &Shop) -> NewLine {
    NewLine { quantity: 4, ..line(OrderLineKind::Product, shop.one_time_product) }
}

#[test]
fn a_later_start_makes_tenancy_and_subscription_and_no_rent_invoice() {
    let mut shop = Shop::new();
    shop.add_unit("A1");
    let id = shop.order(NOW, shop.booking("2026-03-14")).unwrap();
    let (payment, events) = pay_on(&mut shop, NOW, id, PayOutcome::Succeed).unwrap();
    assert_eq!(payment, Payment::Completed);
    let expected = [
        EventKind::OrderUpdated,
        EventKind::OrderCompleted,
        EventKind::ContactUpdated,
        EventKind::UnitUpdated,
        EventKind::UnitReserved,
    ];
    assert_eq!(events, expected);
    let order = shop.world.orders.get(id).unwrap();
    assert_eq!(order.status, OrderStatus::Completed);
    let (tenancy, subscription) = (order.tenancy.unwrap(), order.subscription.unwrap());
    let tenancy = shop.world.tenancies.get(tenancy).unwrap();
    assert_eq!((tenancy.order, tenancy.subscription), (Some(id), Some(subscription)));
    assert_eq!((tenancy.starts_at, tenancy.started, tenancy.ends_at), (at("2026-03-14"), false, None));
    let subscription = shop.subscription(subscription);
    assert_eq!((subscription.order, subscription.tenancy), (Some(id), tenancy.id));
    assert_eq!((subscription.current_period, subscription.starts_at), (None, at("2026-03-14")));
    assert!(shop.invoices(subscription.id).is_empty());
    let contact = shop.world.contacts.get(shop.contact).unwrap();
    assert_eq!((contact.status, contact.tenancies_count), (ContactStatus::Customer, 1));
    assert!(!contact.identity_check.required);
    assert_eq!(contact.account.payment_methods, [SavedMethod { kind: PaymentMethod::Card, saved_at: at(NOW) }]);
    assert_eq!(shop.world.units.iter().next().unwrap().status, UnitStatus::Reserved);
}

#[test]
fn scenario_2_a_sold_out_type_still_completes() {
    let mut shop = Shop::new();
    let subscription = shop.rent(NOW, shop.booking(NOW));
    let tenancy = shop.world.tenancies.get(shop.subscription(subscription).tenancy).unwrap();
    assert!(tenancy.started && tenancy.unit_allocations.is_empty());
    assert_eq!(shop.invoices(subscription)[0].total, 12_000);
}

#[test]
fn scenario_3_the_first_rent_invoice_comes_with_the_start_and_covers_a_month() {
    let mut shop = Shop::new();
    shop.add_unit("A1");
    let new = NewOrder { purchase_order_number: Some("PO-7".to_owned()), ..shop.booking("2026-03-14") };
    let id = shop.order("2026-03-14", new).unwrap();
    let (_, events) = pay_on(&mut shop, "2026-03-14", id, PayOutcome::Succeed).unwrap();
    let expected = [
        EventKind::OrderUpdated,
        EventKind::OrderCompleted,
        EventKind::ContactUpdated,
        EventKind::SubscriptionStarted,
        EventKind::InvoiceCreated,
        EventKind::InvoiceFinalized,
        EventKind::InvoicePaid,
        EventKind::UnitUpdated,
        EventKind::UnitOccupied,
    ];
    assert_eq!(events, expected);
    let subscription = shop.world.orders.get(id).unwrap().subscription.unwrap();
    let invoices = shop.invoices(subscription);
    assert_eq!(invoices.len(), 1);
    let first = invoices[0];
    let period = first.period.unwrap();
    assert_eq!((period.starts_at, period.ends_at.to_string()), (at("2026-03-14"), "2026-04-14T05:00:00Z".to_owned()));
    assert_eq!(shop.subscription(subscription).current_period, Some(period));
    assert_eq!((first.total, first.amount_due, first.amount_paid), (12_000, 12_000, 12_000));
    assert_eq!(
        (first.status, first.paid_at, first.finalized_at),
        (InvoiceStatus::Paid, Some(at("2026-03-14")), first.paid_at)
    );
    assert_eq!((first.number.as_deref(), first.purchase_order_number.as_deref()), (Some("INV-000001"), Some("PO-7")));
    assert_eq!(first.collection.due_on, Some("2026-03-14".parse().unwrap()));
    assert_eq!(first.line_items[0].kind, Some(SubscriptionLineKind::UnitType));
}

#[test]
fn scenario_5_the_rates_of_the_order_stay_with_its_subscription() {
    let mut shop = Shop::new();
    shop.settings(|settings| settings.unit_type_tax = rates(["20"]));
    let subscription = shop.rent(NOW, shop.booking(NOW));
    shop.settings(|settings| settings.unit_type_tax = rates(["0"]));
    raise_recurring(&mut shop.world, at("2026-04-02"), subscription, 1).unwrap();
    let figures: Vec<_> =
        shop.invoices(subscription).iter().map(|invoice| (invoice.subtotal, invoice.tax, invoice.total)).collect();
    assert_eq!(figures, [(10_000, 2_000, 12_000); 2]);
    let new = shop.rent("2026-04-02", shop.booking("2026-04-02"));
    assert_eq!((shop.invoices(new)[0].tax, shop.invoices(new)[0].total), (0, 12_000));
}

#[test]
fn scenario_6_a_coupon_of_units_discounts_the_first_invoice_alone() {
    let mut shop = Shop::new();
    shop.settings(|settings| {
        settings.unit_type_tax = rates(["20"]);
        settings.protection_tax = rates(["12"]);
    });
    let coupon = Coupon::create(&mut shop.world, at(NOW), half_off()).unwrap();
    let protection = line(OrderLineKind::Protection, shop.protection);
    let new = NewOrder { coupon: Some(coupon), ..with_lines(&shop, NOW, &[protection]) };
    let subscription = shop.rent(NOW, new);
    raise_recurring(&mut shop.world, at("2026-04-02"), subscription, 1).unwrap();
    let invoices = shop.invoices(subscription);
    assert_eq!((invoices[0].total, invoices[0].tax), (7_120, 1_120));
    assert_eq!((invoices[1].total, invoices[1].tax), (13_120, 2_120));
    let words: Vec<_> = invoices[0]
        .line_items
        .iter()
        .map(|line| (line.description.as_deref().unwrap(), line.accounting_code.as_deref(), line.discount_total))
        .collect();
    assert_eq!(words, [("50 sq ft", None, 6_000), ("Protection up to £2,000.00", Some("4100"), 0)]);
    assert_eq!(shop.world.coupons.get(coupon).unwrap().redemptions, 1);
}

#[test]
fn scenario_7_a_past_start_bills_every_period_since_and_discounts_those_in_the_window() {
    let periods = [
        (BillingPeriod::Weekly, PricePeriod::Weekly, 53, 13),
        (BillingPeriod::EveryFourWeeks, PricePeriod::EveryFourWeeks, 14, 4),
        (BillingPeriod::Monthly, PricePeriod::Monthly, 12, 3),
        (BillingPeriod::EveryThreeMonths, PricePeriod::EveryThreeMonths, 4, 1),
        (BillingPeriod::EverySixMonths, PricePeriod::EverySixMonths, 2, 1),
        (BillingPeriod::Yearly, PricePeriod::Yearly, 1, 1),
    ];
    for (billing_period, price_period, billed, discounted) in periods {
        let mut shop = Shop::new();
        shop.world.unit_types.update(shop.unit_type, |it| it.prices = prices(&[(price_period, 10_000)]));
        let three_months = NewCoupon { duration: CouponDuration::Repeating, months: Some(3), ..half_off() };
        let coupon = Coupon::create(&mut shop.world, at("2026-12-31"), three_months).unwrap();
        let new = NewOrder { coupon: Some(coupon), billing_period: Some(billing_period), ..shop.booking("2026-01-01") };
        let subscription = shop.rent("2026-12-31", new);
        let invoices = shop.invoices(subscription);
        let half: Vec<_> = invoices.iter().filter(|invoice| invoice.total == 5_000).collect();
        assert_eq!((invoices.len(), half.len()), (billed, discounted), "{billing_period}");
        assert!(invoices.iter().all(|invoice| invoice.status == InvoiceStatus::Paid));
        let joined =
            invoices.windows(2).all(|pair| pair[0].period.unwrap().ends_at == pair[1].period.unwrap().starts_at);
        assert!(joined, "the periods of {billing_period} follow one another");
        assert_eq!(shop.subscription(subscription).billing.invoices_raised as usize, billed);
        // It is billed up to now, and once.
        assert_eq!(bill_through_today(&mut shop.world, at("2026-12-31"), subscription), Ok(Vec::new()));
    }
}

#[test]
fn scenario_10_a_deposit_is_taken_at_booking_and_held() {
    let mut shop = Shop::new();
    let id = shop.order(NOW, with_lines(&shop, "2026-03-09", &[deposit(&shop)])).unwrap();
    let (_, events) = pay_on(&mut shop, NOW, id, PayOutcome::Succeed).unwrap();
    let paid = [EventKind::InvoiceCreated, EventKind::InvoiceFinalized, EventKind::InvoicePaid];
    assert_eq!(events[2..], [&[EventKind::ContactUpdated][..], &paid].concat());
    let subscription = shop.world.orders.get(id).unwrap().subscription.unwrap();
    let invoices = shop.invoices(subscription);
    assert_eq!(invoices.len(), 1);
    let taken = invoices[0];
    assert_eq!((taken.total, taken.tax, taken.paid_at), (5_000, 0, Some(at(NOW))));
    assert_eq!((taken.period, taken.line_items[0].kind), (None, None));
    let held = taken.collection.deposit.unwrap();
    assert_eq!((held.held, held.settled), (5_000, false));
    assert_eq!(shop.subscription(subscription).line_items.len(), 1);
}

#[test]
fn deposits_and_products_make_an_invoice_each_and_the_coupon_may_cover_products() {
    let mut shop = Shop::new();
    shop.settings(|settings| settings.product_tax = rates(["20"]));
    let mut new = half_off();
    new.auto_apply_to.products = true;
    let coupon = Coupon::create(&mut shop.world, at(NOW), new).unwrap();
    let lines = [boxes(&shop), deposit(&shop), line(OrderLineKind::Product, shop.recurring_product)];
    let new = NewOrder { coupon: Some(coupon), ..with_lines(&shop, "2026-03-09", &lines) };
    let subscription = shop.rent(NOW, new);
    let figures: Vec<_> = shop
        .invoices(subscription)
        .iter()
        .map(|invoice| (invoice.collection.purpose, invoice.total, invoice.tax, invoice.line_items[0].kind))
        .collect();
    let expected = [
        (InvoicePurpose::Deposit, 5_000, 0, None),
        (InvoicePurpose::Products, 500, 83, Some(SubscriptionLineKind::CustomProduct)),
    ];
    assert_eq!(figures, expected);
    let kinds: Vec<_> = shop.subscription(subscription).line_items.iter().map(|line| line.kind).collect();
    assert_eq!(kinds, [SubscriptionLineKind::UnitType, SubscriptionLineKind::CustomProduct]);
}

#[test]
fn a_fixed_amount_counts_once_for_an_order_and_once_for_each_later_invoice() {
    let mut shop = Shop::new();
    let all = AutoApplyTo { products: true, ..AutoApplyTo::default() };
    let new = NewCoupon {
        reduction: Reduction::Amount(1_300),
        auto_apply_to: all,
        duration: CouponDuration::Forever,
        ..half_off()
    };
    let coupon = Coupon::create(&mut shop.world, at(NOW), new).unwrap();
    let lines = [boxes(&shop)];
    let id = shop.order(NOW, NewOrder { coupon: Some(coupon), ..with_lines(&shop, "2026-02-02", &lines) }).unwrap();
    // The boxes are 1000 of 13,000, and so take 100 of the amount.
    let totals = shop.world.orders.get(id).unwrap().totals;
    assert_eq!((totals.total, totals.one_time_total), (10_800, 900));
    pay_on(&mut shop, NOW, id, PayOutcome::Succeed).unwrap();
    let subscription = shop.world.orders.get(id).unwrap().subscription.unwrap();
    let billed: Vec<i64> = shop.invoices(subscription).iter().map(|invoice| invoice.total).collect();
    assert_eq!(billed, [900, 10_800, 10_700]);
}

#[test]
fn products_by_direct_debit_stay_open_while_the_bank_works() {
    let mut shop = Shop::new();
    let new = NewOrder { payment_method: PaymentMethod::BacsDebit, ..with_lines(&shop, NOW, &[boxes(&shop)]) };
    let subscription = shop.rent(NOW, new);
    for invoice in shop.invoices(subscription) {
        assert_eq!((invoice.status, invoice.collection.processing), (InvoiceStatus::Open, true));
        assert_eq!(invoice.collection.attempts[0].outcome, AttemptOutcome::Processing);
    }
    assert_eq!(shop.invoices(subscription).len(), 2);
}

#[test]
fn a_declined_payment_leaves_the_order_finalized_and_can_be_tried_again() {
    let mut shop = Shop::new();
    let id = shop.order(NOW, with_lines(&shop, NOW, &[deposit(&shop)])).unwrap();
    let before = shop.snapshot();
    assert_eq!(pay_on(&mut shop, NOW, id, PayOutcome::Decline), Ok((Payment::Declined, Vec::new())));
    assert_eq!(shop.snapshot(), before);
    set_charges(&mut shop, ChargeOutcome::DeclineNext(1));
    assert_eq!(pay_on(&mut shop, NOW, id, PayOutcome::Succeed), Ok((Payment::Declined, Vec::new())));
    assert_eq!(shop.world.orders.get(id).unwrap().status, OrderStatus::Finalized);
    assert!(shop.world.tenancies.is_empty() && shop.world.invoices.is_empty());
    assert!(shop.world.contacts.get(shop.contact).unwrap().account.payment_methods.is_empty());
    assert_eq!(pay_on(&mut shop, NOW, id, PayOutcome::Succeed).unwrap().0, Payment::Completed);
}

#[test]
fn a_declined_first_rent_does_not_undo_the_completion() {
    let mut shop = Shop::new();
    set_charges(&mut shop, ChargeOutcome::Decline);
    let subscription = shop.rent(NOW, shop.booking(NOW));
    let first = shop.invoices(subscription)[0];
    assert_eq!((first.status, first.outstanding()), (InvoiceStatus::Open, 12_000));
    assert_eq!((first.collection.failed_at, first.collection.attempts.len()), (Some(at(NOW)), 1));
}

#[test]
fn account_credit_pays_first_and_what_it_pays_is_not_charged() {
    let mut shop = Shop::new();
    set_charges(&mut shop, ChargeOutcome::Decline);
    shop.world.contacts.update(shop.contact, |contact| contact.account.credit = 6_000);
    let subscription = shop.rent(NOW, with_lines(&shop, NOW, &[deposit(&shop)]));
    let due: Vec<_> = shop.invoices(subscription).iter().map(|invoice| (invoice.amount_due, invoice.status)).collect();
    assert_eq!(due, [(0, InvoiceStatus::Paid), (11_000, InvoiceStatus::Open)]);
    assert_eq!(shop.world.contacts.get(shop.contact).unwrap().account.credit, 0);
}

#[test]
fn now_becomes_the_instant_of_completion() {
    let mut shop = Shop::new();
    let id = shop.order(NOW, NewOrder { starts_at: Some(StartsAt::Now), ..shop.booking(NOW) }).unwrap();
    pay_on(&mut shop, "2026-03-05", id, PayOutcome::Succeed).unwrap();
    let order = shop.world.orders.get(id).unwrap();
    assert_eq!(order.starts_at, Some(StartsAt::At(at("2026-03-05"))));
    let subscription = shop.subscription(order.subscription.unwrap());
    assert_eq!(subscription.starts_at, at("2026-03-05"));
    assert_eq!(subscription.billing.anchor, "2026-03-05".parse().unwrap());
}

#[test]
fn a_start_later_on_the_same_day_of_the_site_is_reached() {
    let mut shop = Shop::new();
    shop.settings(|settings| settings.time_zone = chrono_tz::America::New_York);
    let new = NewOrder { starts_at: Some(StartsAt::At("2026-03-03T04:00:00Z".parse().unwrap())), ..shop.booking(NOW) };
    let subscription = shop.rent(NOW, new);
    assert_eq!(shop.invoices(subscription).len(), 1);
    assert_eq!(shop.subscription(subscription).billing.anchor, NOW.parse().unwrap());
}

#[test]
fn a_finalized_order_keeps_its_discount_whatever_becomes_of_the_coupon() {
    let mut shop = Shop::new();
    let new = NewCoupon { duration: CouponDuration::Forever, max_redemptions: Some(1), ..half_off() };
    let coupon = Coupon::create(&mut shop.world, at(NOW), new).unwrap();
    let book = |shop: &mut Shop| {
        let new = NewOrder { coupon: Some(coupon), ..shop.booking(NOW) };
        shop.order(NOW, new).unwrap()
    };
    let (first, second) = (book(&mut shop), book(&mut shop));
    let less = CouponChange { reduction: Some(percent_off("10")), ..CouponChange::default() };
    Coupon::change(&mut shop.world, at(NOW), coupon, less).unwrap();
    for id in [first, second] {
        pay_on(&mut shop, NOW, id, PayOutcome::Succeed).unwrap();
        let subscription = shop.world.orders.get(id).unwrap().subscription.unwrap();
        assert_eq!(shop.invoices(subscription)[0].total, 6_000);
    }
}

#[test]
fn an_identity_check_is_asked_for_unless_it_was_passed_or_waived() {
    for (status, required) in [
        (IdentityCheckStatus::NotAttempted, true),
        (IdentityCheckStatus::Failed, true),
        (IdentityCheckStatus::Succeeded, false),
        (IdentityCheckStatus::Skipped, false),
    ] {
        let mut shop = Shop::new();
        shop.world.settings.identity_required = true;
        shop.world.contacts.update(shop.contact, |contact| contact.identity_check.status = status);
        shop.rent(NOW, shop.booking(NOW));
        assert_eq!(shop.world.contacts.get(shop.contact).unwrap().identity_check.required, required, "{status}");
    }
}

#[test]
fn another_method_on_the_checkout_page_takes_the_place_of_the_orders_own() {
    let mut shop = Shop::new();
    let id = shop.order(NOW, shop.booking("2026-03-09")).unwrap();
    let pay_by = |shop: &mut Shop, id, method| pay(&mut shop.world, at(NOW), id, PayOutcome::Succeed, Some(method));
    assert_eq!(pointers(pay_by(&mut shop, id, PaymentMethod::Manual)), ["/payment_method"]);
    assert_eq!(pay_by(&mut shop, id, PaymentMethod::SepaDebit), Ok(Payment::Completed));
    let order = shop.world.orders.get(id).unwrap();
    assert_eq!(order.payment_method, PaymentMethod::SepaDebit);
    assert_eq!(shop.subscription(order.subscription.unwrap()).billing.payment_method, PaymentMethod::SepaDebit);
    let with_deposit = shop.order(NOW, with_lines(&shop, "2026-03-09", &[deposit(&shop)])).unwrap();
    assert_eq!(rule(pay_by(&mut shop, with_deposit, PaymentMethod::SepaDebit)), "P2");
}

#[test]
fn only_a_finalized_order_is_paid_and_an_end_is_final() {
    let mut shop = Shop::new();
    let draft = shop.order(NOW, NewOrder { finalize: None, ..shop.booking(NOW) }).unwrap();
    assert_eq!(rule(pay_on(&mut shop, NOW, draft, PayOutcome::Succeed)), "O2");
    assert_eq!(pay_on(&mut shop, NOW, OrderId::new(1), PayOutcome::Succeed), Err(Refusal::NotFound));
    let finalized = shop.order(NOW, shop.booking(NOW)).unwrap();
    for id in [draft, finalized] {
        let ((), events) = shop.world.transact(|world| abandon(world, at(NOW), id)).unwrap();
        assert_eq!(kinds(&events), [EventKind::OrderUpdated, EventKind::OrderAbandoned]);
        assert_eq!(rule(abandon(&mut shop.world, at(NOW), id)), "O2");
        assert_eq!(rule(pay_on(&mut shop, NOW, id, PayOutcome::Succeed)), "O2");
    }
    let completed = shop.order(NOW, shop.booking(NOW)).unwrap();
    pay_on(&mut shop, NOW, completed, PayOutcome::Succeed).unwrap();
    assert_eq!(rule(pay_on(&mut shop, NOW, completed, PayOutcome::Succeed)), "O2");
    assert_eq!(rule(abandon(&mut shop.world, at(NOW), completed)), "O2");
}
