use crate::domain::changes::testing::Rental;
use crate::domain::changes::{RatesChange, card_given, set_payment_method, set_purchase_order_number, set_tax_rates};
use crate::domain::contact::SavedMethod;
use crate::domain::fixtures::{at, line, pointers, rates, rule};
use crate::domain::invoice::InvoiceStatus;
use crate::domain::order::{OrderLineKind, PaymentMethod};
use crate::domain::refusal::Refusal;

/// A rental of 120.00 a month from 14 April, paid by hand by a contact that has saved nothing.
fn by_hand() -> Rental {
    let mut rental = Rental::with("2026-04-02", "2026-04-14", 12_000, |_, _| {});
    let (id, contact) = (rental.id, rental.shop.contact);
    rental.shop.world.subscriptions.update(id, |it| it.billing.payment_method = PaymentMethod::Manual);
    rental.shop.world.contacts.update(contact, |it| it.account.payment_methods.clear());
    rental
}

fn save(rental: &mut Rental, kind: PaymentMethod) {
    let contact = rental.shop.contact;
    rental.shop.world.contacts.update(contact, |contact| {
        contact.account.payment_methods.push(SavedMethod { kind, saved_at: at("2026-04-02") });
    });
}

fn choose(rental: &mut Rental, day: &str, method: PaymentMethod, awaits_card: bool) -> Result<(), Refusal> {
    let chosen = rental.on(day, |world, now, id| set_payment_method(world, now, id, method, awaits_card));
    chosen.map(|events| assert!(events.is_empty()))
}

#[test]
fn scenario_13_a_card_on_the_subscription_charges_the_next_invoice_and_none_before() {
    // I15, I16, I17, I20
    let mut rental = by_hand();
    save(&mut rental, PaymentMethod::Card);
    rental.advance(at("2026-05-14"));
    let statuses = |rental: &Rental| -> Vec<_> {
        rental.shop.invoices(rental.id).iter().map(|it| (it.status, it.collection.method)).collect()
    };
    let open = (InvoiceStatus::Open, PaymentMethod::Manual);
    assert_eq!(statuses(&rental), [open, open]);
    choose(&mut rental, "2026-05-15", PaymentMethod::Card, false).unwrap();
    assert_eq!(rental.subscription().updated_at, at("2026-05-15"));
    rental.advance(at("2026-06-14"));
    assert_eq!(statuses(&rental), [open, open, (InvoiceStatus::Paid, PaymentMethod::Card)]);
    choose(&mut rental, "2026-06-15", PaymentMethod::Manual, false).unwrap();
    rental.advance(at("2026-07-14"));
    assert_eq!(statuses(&rental)[3], open);
}

#[test]
fn a_card_or_mandate_is_chosen_of_those_that_the_contact_has_saved() {
    // I17
    let mut rental = by_hand();
    for method in [PaymentMethod::Card, PaymentMethod::BacsDebit, PaymentMethod::SepaDebit] {
        assert_eq!(rule(choose(&mut rental, "2026-04-20", method, false)), "I17");
        save(&mut rental, method);
        assert_eq!(choose(&mut rental, "2026-04-20", method, false), Ok(()));
        assert_eq!(rental.subscription().billing.payment_method, method);
    }
    assert_eq!(pointers(choose(&mut rental, "2026-04-20", PaymentMethod::Card, true)), ["/await_card"]);
    let id = rental.id;
    rental.shop.world.subscriptions.update(id, |it| it.ends_at = Some(at("2026-04-21")));
    assert_eq!(rule(choose(&mut rental, "2026-04-21", PaymentMethod::Card, false)), "I17");
}

#[test]
fn a_subscription_that_awaits_a_card_turns_to_the_first_one_and_others_do_not() {
    // I17
    let mut rental = by_hand();
    let contact = rental.shop.contact;
    let give = |rental: &mut Rental| {
        card_given(&mut rental.shop.world, at("2026-05-01"), contact);
        rental.subscription().billing.payment_method
    };
    assert_eq!(give(&mut rental), PaymentMethod::Manual);
    choose(&mut rental, "2026-04-20", PaymentMethod::Manual, true).unwrap();
    assert_eq!(give(&mut rental), PaymentMethod::Card);
    assert!(!rental.subscription().billing.plan.awaits_card);
    choose(&mut rental, "2026-05-02", PaymentMethod::Manual, false).unwrap();
    assert_eq!(give(&mut rental), PaymentMethod::Manual);
    choose(&mut rental, "2026-05-02", PaymentMethod::Manual, true).unwrap();
    let id = rental.id;
    rental.shop.world.subscriptions.update(id, |it| it.ends_at = Some(at("2026-04-30")));
    assert_eq!(give(&mut rental), PaymentMethod::Manual);
}

#[test]
fn staff_change_the_tax_rates_of_a_rental_and_its_price_stays() {
    // T1, T4
    let mut rental = Rental::with("2026-04-10", "2026-04-10", 12_000, |shop, order| {
        shop.settings(|site| site.unit_type_tax = rates(["20"]));
        order.line_items.push(line(OrderLineKind::Protection, shop.protection));
    });
    rental.shop.settings(|site| site.unit_type_tax = rates(["0"]));
    rental.advance(at("2026-05-10"));
    assert_eq!((rental.last_invoice().total, rental.last_invoice().tax), (13_120, 2_000));
    let change = RatesChange { protections: Some(rates(["12"])), unit_types: Some(rates([])), products: None };
    let set = |world: &mut _, now, id| set_tax_rates(world, now, id, &change);
    assert_eq!(rental.on("2026-05-11", set), Ok(vec![]));
    assert_eq!([0, 1].map(|place| rental.line(place).updated_at), [at("2026-05-11"); 2]);
    let before = rental.shop.snapshot();
    assert_eq!(rental.on("2026-05-12", set), Ok(vec![]));
    assert_eq!(rental.shop.snapshot(), before, "a change without effect");
    rental.advance(at("2026-06-10"));
    assert_eq!((rental.last_invoice().total, rental.last_invoice().tax), (13_120, 120));
    let id = rental.id;
    rental.shop.world.subscriptions.update(id, |it| it.ends_at = Some(at("2026-06-11")));
    assert_eq!(rule(rental.on("2026-06-11", set)), "T4");
}

#[test]
fn coming_invoices_bear_the_order_number_of_the_customer() {
    let mut rental = Rental::monthly("2026-04-10", 12_000);
    let number = Some("PO-9".to_owned());
    rental.on("2026-04-11", |world, now, id| set_purchase_order_number(world, now, id, number)).unwrap();
    rental.advance(at("2026-05-10"));
    let numbers: Vec<_> =
        rental.shop.invoices(rental.id).iter().map(|it| it.purchase_order_number.as_deref()).collect();
    assert_eq!(numbers, [None, Some("PO-9")]);
}
