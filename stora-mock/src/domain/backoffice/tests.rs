//! Rentals that staff make, and starts that they move.

use super::*;
use crate::domain::billing::issue;
use crate::domain::contact::{ChargeOutcome, ContactStatus, SavedMethod};
use crate::domain::contract::{Contract, ContractTemplate, NewContractTemplate};
use crate::domain::coupon::{CouponDuration, NewCoupon};
use crate::domain::event::{Event, EventKind};
use crate::domain::fixtures::{Shop, advance, at, half_off, kinds, line, moment, pointers, rates, rule};
use crate::domain::ids::{Id, InvoiceId};
use crate::domain::invoice::InvoiceStatus;
use crate::domain::notice::NoticeKind;
use crate::domain::schedule::DueKind;
use crate::domain::site::{NewSite, Site, SiteAddress};
use crate::domain::unit::UnitStatus;

const NOW: &str = "2026-03-02";

fn words(events: &[Event]) -> Vec<&'static str> {
    kinds(events).into_iter().map(EventKind::as_str).collect()
}

/// A month's rent of one unit by card, from now on.
fn rental(shop: &Shop) -> NewRental {
    NewRental {
        contact: shop.contact,
        site: shop.site,
        billing_period: BillingPeriod::Monthly,
        starts_at: StartsAt::Now,
        payment_method: PaymentMethod::Card,
        purchase_order_number: None,
        coupon: None,
        line_items: vec![line(OrderLineKind::UnitType, shop.unit_type)],
    }
}

/// A shop whose contact has a card.
fn shop() -> Shop {
    let mut shop = Shop::new();
    save(&mut shop, PaymentMethod::Card);
    shop
}

fn save(shop: &mut Shop, kind: PaymentMethod) {
    let saved = SavedMethod { kind, saved_at: at(NOW) };
    shop.world.contacts.update(shop.contact, |contact| contact.account.payment_methods.push(saved));
}

fn later(shop: &Shop, start: &str) -> NewRental {
    NewRental { starts_at: StartsAt::At(at(start)), ..rental(shop) }
}

/// Makes a rental as an act.
fn made(shop: &mut Shop, new: NewRental) -> Result<(SubscriptionId, Vec<Event>), Refusal> {
    shop.world.transact(|world| rent(world, at(NOW), new))
}

fn moved(shop: &mut Shop, now: &str, id: SubscriptionId, to: StartsAt) -> Result<Vec<Event>, Refusal> {
    shop.world.transact(|world| move_start(world, at(now), id, to)).map(|((), events)| events)
}

fn only_invoice(shop: &Shop, id: SubscriptionId) -> InvoiceId {
    assert_eq!(shop.invoices(id).len(), 1);
    shop.invoices(id)[0].id
}

#[test]
fn staff_make_a_rental_without_an_order_whose_first_invoice_is_a_draft_for_an_hour() {
    // K4, B8, H10, A3
    let mut shop = shop();
    shop.add_unit("A1");
    let new = rental(&shop);
    let (id, events) = made(&mut shop, new).unwrap();
    let expected = ["contact.updated", "subscription.started", "invoice.created", "unit.updated", "unit.occupied"];
    assert_eq!(words(&events), expected);
    let subscription = shop.subscription(id);
    assert_eq!((subscription.order, subscription.starts_at), (None, at(NOW)));
    let tenancy = shop.world.tenancies.get(subscription.tenancy).unwrap();
    assert_eq!((tenancy.order, tenancy.started, tenancy.unit_allocations.len()), (None, true, 1));
    let contact = shop.world.contacts.get(shop.contact).unwrap();
    assert_eq!((contact.status, contact.tenancies_count), (ContactStatus::Customer, 1));
    assert!(contact.stripe_customer_id.is_some());

    let invoice = only_invoice(&shop, id);
    let status = |shop: &Shop| shop.world.invoices.get(invoice).unwrap().status;
    assert_eq!(status(&shop), InvoiceStatus::Draft);
    let hour = at(NOW).plus_seconds(3_600);
    assert_eq!(shop.world.next_due().map(|(due, _)| (due.at, due.kind)), Some((hour, DueKind::Finalization)));
    assert_eq!(advance(&mut shop.world, hour.plus_seconds(-1)), []);
    assert_eq!(words(&advance(&mut shop.world, hour)), ["invoice.finalized", "invoice.paid"]);
    assert_eq!(
        words(&advance(&mut shop.world, at("2026-04-02"))),
        ["invoice.created", "invoice.finalized", "invoice.paid"]
    );
}

#[test]
fn staff_may_issue_the_draft_sooner_and_the_hour_then_passes_without_effect() {
    // B8
    let mut shop = shop();
    let new = rental(&shop);
    let (id, _) = made(&mut shop, new).unwrap();
    let invoice = only_invoice(&shop, id);
    issue(&mut shop.world, at(NOW).plus_seconds(60), invoice).unwrap();
    assert_eq!(shop.invoices(id)[0].status, InvoiceStatus::Paid);
    assert_eq!(advance(&mut shop.world, at("2026-03-03")), []);
}

#[test]
fn a_later_start_is_waited_for_and_the_first_invoice_is_a_draft_then_too() {
    // K4, B7, B8, S2, A6
    let mut shop = shop();
    shop.add_unit("A1");
    let new = later(&shop, "2026-03-14");
    let (id, events) = made(&mut shop, new).unwrap();
    assert_eq!(words(&events), ["contact.updated", "unit.updated", "unit.reserved"]);
    let six = moment("2026-03-14T06:00:00Z");
    let events = advance(&mut shop.world, six);
    assert_eq!(words(&events), ["subscription.started", "unit.updated", "unit.occupied", "invoice.created"]);
    assert_eq!(words(&advance(&mut shop.world, six.plus_seconds(3_600))), ["invoice.finalized", "invoice.paid"]);
    assert_eq!(shop.invoices(id).len(), 1);
    // Without an order there are no emails.
    assert_eq!(shop.world.notices.iter().count(), 0);
}

#[test]
fn a_past_start_is_billed_for_each_period_of_which_only_the_first_is_a_draft() {
    // K3, B8
    let mut shop = shop();
    let new = later(&shop, "2026-01-14");
    let (id, _) = made(&mut shop, new).unwrap();
    let statuses: Vec<_> = shop.invoices(id).iter().map(|invoice| invoice.status).collect();
    assert_eq!(statuses, [InvoiceStatus::Draft, InvoiceStatus::Paid]);
    assert_eq!(shop.subscription(id).billing.anchor.to_string(), "2026-01-14");
}

#[test]
fn prices_cover_products_and_the_number_of_the_order_are_kept_with_the_rates_of_the_site() {
    // K4, S5, T4, I15
    let mut shop = shop();
    shop.settings(|settings| settings.unit_type_tax = rates(["20"]));
    let new = NewRental {
        billing_period: BillingPeriod::EveryThreeMonths,
        payment_method: PaymentMethod::Manual,
        purchase_order_number: Some("PO-7".to_owned()),
        line_items: vec![
            NewLine { price: Some(30_000), quantity: 2, ..line(OrderLineKind::UnitType, shop.unit_type) },
            NewLine { price: Some(3_000), ..line(OrderLineKind::Protection, shop.protection) },
            NewLine { price: Some(1_200), ..line(OrderLineKind::Product, shop.recurring_product) },
        ],
        ..rental(&shop)
    };
    let (id, _) = made(&mut shop, new).unwrap();
    shop.settings(|settings| settings.unit_type_tax = rates([]));
    advance(&mut shop.world, at("2026-03-03"));
    let invoice = shop.invoices(id)[0];
    assert_eq!((invoice.total, invoice.tax, invoice.status), (64_200, 10_000, InvoiceStatus::Open));
    assert_eq!(invoice.purchase_order_number.as_deref(), Some("PO-7"));
    assert_eq!(invoice.period.unwrap().ends_at, moment("2026-06-02T05:00:00Z"));
}

#[test]
fn a_debit_needs_a_mandate() {
    // I17
    let mut shop = shop();
    let new = NewRental { payment_method: PaymentMethod::BacsDebit, ..rental(&shop) };
    let before = shop.snapshot();
    assert_eq!(rule(made(&mut shop, new.clone())), "I17");
    assert_eq!(shop.snapshot(), before);
    save(&mut shop, PaymentMethod::BacsDebit);
    assert!(made(&mut shop, new).is_ok());
}

#[test]
fn a_coupon_is_checked_and_counted_and_its_terms_are_kept() {
    // Q8, Q9, S5, Q6
    let mut shop = shop();
    let coupon = NewCoupon {
        duration: CouponDuration::Forever,
        max_redemptions: Some(1),
        expires_on: Some("2026-03-31".parse().unwrap()),
        ..half_off()
    };
    let coupon = Coupon::create(&mut shop.world, at(NOW), coupon).unwrap();
    let with = |new: NewRental| NewRental { coupon: Some(coupon), ..new };
    let before = shop.snapshot();
    let new = with(later(&shop, "2026-04-01"));
    assert_eq!(rule(made(&mut shop, new)), "Q8");
    assert_eq!(shop.snapshot(), before);
    let new = with(rental(&shop));
    let (id, _) = made(&mut shop, new).unwrap();
    assert_eq!(shop.world.coupons.get(coupon).unwrap().redemptions, 1);
    assert_eq!(shop.invoices(id)[0].total, 6_000);
    let new = with(rental(&shop));
    assert_eq!(rule(made(&mut shop, new)), "Q9");
}

#[test]
fn everything_that_is_wrong_with_a_rental_is_pointed_at_and_nothing_made() {
    // K4, O12, O15
    let mut shop = shop();
    let address =
        SiteAddress { city: "York".into(), line_1: "1 Ouse Road".into(), line_2: None, postal_code: "YO1 1AA".into() };
    let elsewhere = Site::create(&mut shop.world, at(NOW), NewSite::named("York", address)).unwrap();
    let before = shop.snapshot();
    let refused = |shop: &mut Shop, new: NewRental| pointers(made(shop, new));
    let new = NewRental { contact: Id::new(1), site: Id::new(1), coupon: Some(Id::new(1)), ..rental(&shop) };
    assert_eq!(refused(&mut shop, new), ["/contact/id", "/site/id", "/coupon/id"]);
    let new = NewRental { site: elsewhere, ..rental(&shop) };
    assert_eq!(refused(&mut shop, new), ["/line_items/0/item/id"]);
    let new = NewRental { line_items: Vec::new(), ..rental(&shop) };
    assert_eq!(refused(&mut shop, new), ["/line_items"]);
    let new = NewRental { billing_period: BillingPeriod::Yearly, ..rental(&shop) };
    assert_eq!(refused(&mut shop, new), ["/line_items/0/price"]);
    let once = [
        line(OrderLineKind::UnitType, shop.unit_type),
        line(OrderLineKind::Product, shop.one_time_product),
        line(OrderLineKind::SecurityDeposit, shop.unit_type),
    ];
    let new = NewRental { line_items: once.to_vec(), ..rental(&shop) };
    assert_eq!(refused(&mut shop, new), ["/line_items/1/type", "/line_items/2/type"]);
    let huge = NewLine { price: Some(i64::MAX), ..line(OrderLineKind::UnitType, shop.unit_type) };
    let new = NewRental { line_items: vec![huge, huge], ..rental(&shop) };
    assert_eq!(refused(&mut shop, new), ["/line_items"]);
    assert_eq!(shop.snapshot(), before);
}

#[test]
fn too_few_units_are_no_fault_and_an_identity_check_is_asked_for_where_that_is_set() {
    // A7, A8, Z4
    let mut shop = shop();
    shop.world.settings.identity_required = true;
    let new = rental(&shop);
    made(&mut shop, new).unwrap();
    assert_eq!(shop.world.notices.iter().map(|it| it.kind).collect::<Vec<_>>(), [NoticeKind::UnitsMissing]);
    assert!(shop.world.contacts.get(shop.contact).unwrap().identity_check.required);
}

#[test]
fn a_first_charge_that_is_declined_leaves_the_rental_as_it_is() {
    // K1
    let mut shop = shop();
    shop.world.contacts.update(shop.contact, |contact| contact.account.charges = ChargeOutcome::Decline);
    let new = rental(&shop);
    let (id, _) = made(&mut shop, new).unwrap();
    advance(&mut shop.world, at(NOW).plus_seconds(3_600));
    assert_eq!(shop.invoices(id)[0].status, InvoiceStatus::Open);
    assert!(!shop.subscription(id).cancelled);
}

#[test]
fn a_contract_is_issued_later_and_sent_at_once() {
    // G2, X3
    let mut shop = shop();
    let new = rental(&shop);
    let (id, _) = made(&mut shop, new).unwrap();
    let template = NewContractTemplate { name: "Storage".to_owned(), text: "{{ contact }}".to_owned() };
    let template = ContractTemplate::create(&mut shop.world, at(NOW), template).unwrap();
    let tenancy = shop.subscription(id).tenancy;
    let contract = Contract::issue(&mut shop.world, at(NOW), tenancy, template).unwrap();
    assert_eq!(shop.world.contracts.get(contract).unwrap().sent_at, Some(at(NOW)));
    let sent = shop.world.notices.iter().next_back().unwrap();
    assert_eq!((sent.kind, sent.to, sent.about), (NoticeKind::ContractSent, Some(shop.contact), contract.any()));
}

#[test]
fn a_moved_start_takes_reservation_first_invoice_and_billing_dates_along() {
    // S4, B6
    let mut shop = shop();
    shop.add_unit("A1");
    let id = shop.rent(NOW, shop.booking("2026-03-14"));
    assert_eq!(moved(&mut shop, "2026-03-05", id, StartsAt::At(at("2026-03-31"))), Ok(Vec::new()));
    let subscription = shop.subscription(id);
    let tenancy = shop.world.tenancies.get(subscription.tenancy).unwrap();
    assert_eq!((subscription.starts_at, tenancy.starts_at), (at("2026-03-31"), at("2026-03-31")));
    assert_eq!((subscription.updated_at, tenancy.updated_at), (at("2026-03-05"), at("2026-03-05")));
    assert_eq!(advance(&mut shop.world, moment("2026-03-31T04:59:59Z")), []);
    assert_eq!(shop.world.units.iter().next().unwrap().status, UnitStatus::Reserved);
    let events = words(&advance(&mut shop.world, moment("2026-03-31T05:00:00Z")));
    assert_eq!(events[..3], ["subscription.started", "unit.updated", "unit.occupied"]);
    advance(&mut shop.world, at("2026-05-01"));
    let dates: Vec<_> = shop.invoices(id).iter().map(|it| it.collection.due_on.unwrap().to_string()).collect();
    assert_eq!(dates, ["2026-03-31", "2026-04-30"]);
    assert_eq!(shop.invoices(id)[0].period.unwrap().starts_at, at("2026-03-31"));
}

#[test]
fn a_start_can_be_moved_back_and_forth_until_it_has_come() {
    // S4
    let mut shop = shop();
    let id = shop.rent(NOW, shop.booking("2026-03-14"));
    moved(&mut shop, NOW, id, StartsAt::At(at("2026-05-01"))).unwrap();
    moved(&mut shop, NOW, id, StartsAt::At(at("2026-03-10"))).unwrap();
    advance(&mut shop.world, at("2026-03-10"));
    assert_eq!(shop.invoices(id).len(), 1);
    let before = shop.snapshot();
    assert_eq!(rule(moved(&mut shop, "2026-03-10", id, StartsAt::At(at("2026-05-01")))), "S4");
    assert_eq!(moved(&mut shop, NOW, Id::new(1), StartsAt::Now), Err(Refusal::NotFound));
    assert_eq!(shop.snapshot(), before);
}

#[test]
fn moved_to_today_the_rental_starts_at_once_at_any_hour_and_the_daily_run_does_not_repeat_it() {
    // S4, H12
    let mut shop = shop();
    shop.add_unit("A1");
    let id = shop.rent(NOW, shop.booking("2026-03-14"));
    let events = moved(&mut shop, "2026-03-05", id, StartsAt::Now).unwrap();
    let expected = [
        "subscription.started",
        "unit.updated",
        "unit.occupied",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
    ];
    assert_eq!(words(&events), expected);
    assert_eq!(shop.subscription(id).starts_at, at("2026-03-05"));
    assert_eq!(advance(&mut shop.world, at("2026-04-04")), []);
    // The hour that is named does not matter (S2).
    let id = shop.rent("2026-04-04", shop.booking("2026-04-20"));
    let events = moved(&mut shop, "2026-04-04", id, StartsAt::At(moment("2026-04-04T22:00:00Z"))).unwrap();
    assert_eq!(words(&events)[0], "subscription.started");
}

#[test]
fn moved_into_the_past_the_rental_is_billed_for_each_date_that_has_passed() {
    // K3, S4
    let mut shop = shop();
    let id = shop.rent(NOW, shop.booking("2026-03-14"));
    moved(&mut shop, NOW, id, StartsAt::At(at("2026-01-10"))).unwrap();
    let totals: Vec<_> = shop.invoices(id).iter().map(|invoice| invoice.total).collect();
    assert_eq!(totals, [12_000, 12_000]);
    assert_eq!(shop.subscription(id).billing.next_invoice_at, Some(moment("2026-03-10T06:00:00Z")));
}

#[test]
fn the_window_of_a_discount_moves_along_with_the_start() {
    // Q5, Q6, S4: three months from 1 April, not from 14 March.
    let mut shop = shop();
    let coupon = NewCoupon { duration: CouponDuration::Repeating, months: Some(3), ..half_off() };
    let coupon = Coupon::create(&mut shop.world, at(NOW), coupon).unwrap();
    let mut booking = shop.booking("2026-03-14");
    booking.coupon = Some(coupon);
    let id = shop.rent(NOW, booking);
    moved(&mut shop, NOW, id, StartsAt::At(at("2026-04-01"))).unwrap();
    advance(&mut shop.world, at("2026-07-01"));
    let totals: Vec<_> = shop.invoices(id).iter().map(|invoice| invoice.total).collect();
    assert_eq!(totals, [6_000, 6_000, 6_000, 12_000]);
}

#[test]
fn the_customer_is_told_of_booking_and_move_in_as_the_order_says() {
    // Section 23, step 4
    for told in [true, false] {
        let mut shop = Shop::new();
        shop.add_unit("A1");
        let mut booking = shop.booking("2026-03-14");
        booking.emails.booking_confirmation = told;
        booking.emails.move_in_day = told;
        let id = shop.rent(NOW, booking);
        advance(&mut shop.world, at("2026-03-14"));
        let order = shop.subscription(id).order.unwrap().any();
        let tenancy = shop.subscription(id).tenancy.any();
        let notices: Vec<_> = shop.world.notices.iter().map(|it| (it.kind, it.to, it.about)).collect();
        let to = Some(shop.contact);
        let expected = [(NoticeKind::BookingConfirmation, to, order), (NoticeKind::MoveInDay, to, tenancy)];
        assert_eq!(notices, if told { expected.to_vec() } else { Vec::new() });
    }
}
