use super::*;
use crate::domain::charging::save_method;
use crate::domain::contact::ChargeOutcome;
use crate::domain::event::EventKind;
use crate::domain::fixtures::{Shop, at, kinds, pointers, rates, rule};
use crate::domain::ids::{Id, SubscriptionId};
use crate::domain::invoice::InvoiceStatus;
use crate::domain::notice::NoticeKind;

/// A shop whose contact rents from 14 March on, and whose site has a tax of 20 % on products.
fn shop() -> (Shop, SubscriptionId) {
    let mut shop = Shop::new();
    let subscription = shop.rent("2026-03-14", shop.booking("2026-03-14"));
    shop.settings(|settings| settings.product_tax = rates(["20"]));
    (shop, subscription)
}

fn cleaning(price: i64) -> OneOffLine {
    let item = OneOffItem::Text { description: "Cleaning".to_owned(), price };
    OneOffLine { item, quantity: 1, tax_rates: None }
}

fn boxes(shop: &Shop, price: Option<i64>) -> OneOffLine {
    let item = OneOffItem::Product { product: shop.one_time_product, price };
    OneOffLine { item, quantity: 4, tax_rates: None }
}

fn new(shop: &Shop, terms: OneOffTerms, lines: Vec<OneOffLine>) -> NewOneOff {
    NewOneOff { contact: shop.contact, site: shop.site, terms, purchase_order_number: Some("PO-1".to_owned()), lines }
}

fn raise(shop: &mut Shop, new: NewOneOff) -> Result<InvoiceId, Refusal> {
    shop.world.transact(|world| Invoice::raise_one_off(world, at("2026-03-20"), new)).map(|(id, _)| id)
}

fn issued(shop: &mut Shop, terms: OneOffTerms) -> InvoiceId {
    let id = raise(shop, new(shop, terms, vec![cleaning(3_000)])).unwrap();
    shop.world.transact(|world| issue(world, at("2026-03-20"), id)).unwrap();
    id
}

fn late_fee(shop: &mut Shop, day: &str, of: InvoiceId, fee: LateFee) -> Result<InvoiceId, Refusal> {
    shop.world.transact(|world| Invoice::charge_late_fee(world, at(day), of, fee)).map(|(id, _)| id)
}

#[test]
fn texts_and_products_bear_the_sites_tax_or_their_own_and_belong_to_no_subscription() {
    // I9, T3
    let (mut shop, _) = shop();
    let untaxed = OneOffLine { tax_rates: Some(TaxRates::NONE), ..cleaning(1_000) };
    let new =
        new(&shop, OneOffTerms::DueToday, vec![cleaning(3_000), untaxed, boxes(&shop, None), boxes(&shop, Some(300))]);
    let id = raise(&mut shop, new).unwrap();
    let invoice = shop.invoice(id);
    assert_eq!(
        (invoice.status, invoice.subscription, invoice.collection.purpose),
        (InvoiceStatus::Draft, None, InvoicePurpose::OneOff)
    );
    let lines: Vec<_> = invoice.line_items.iter().map(|line| (line.total, line.tax)).collect();
    assert_eq!(lines, [(3_000, 500), (1_000, 0), (1_000, 167), (1_200, 200)]);
    assert_eq!(invoice.line_items[2].accounting_code.as_deref(), Some("4200"));
    assert_eq!((invoice.total, invoice.purchase_order_number.as_deref()), (6_200, Some("PO-1")));
}

#[test]
fn staff_choose_the_day_by_which_it_is_paid_and_the_customer_is_sent_a_link() {
    // I8, I15
    for (terms, due_on) in [
        (OneOffTerms::DueToday, "2026-03-20"),
        (OneOffTerms::DueTomorrow, "2026-03-21"),
        (OneOffTerms::DueIn7Days, "2026-03-27"),
        (OneOffTerms::DueIn30Days, "2026-04-19"),
    ] {
        let (mut shop, _) = shop();
        let id = issued(&mut shop, terms);
        let invoice = shop.invoice(id);
        assert_eq!((invoice.status, invoice.collection.due_on), (InvoiceStatus::Open, Some(due_on.parse().unwrap())));
        assert_eq!(shop.notices(), [NoticeKind::InvoiceSent]);
        assert!(!invoice.is_overdue(due_on.parse().unwrap()));
        assert!(invoice.is_overdue("2026-04-20".parse().unwrap()));
    }
}

#[test]
fn a_draft_that_is_issued_days_later_is_due_as_many_days_later() {
    // I8
    let (mut shop, _) = shop();
    let new = new(&shop, OneOffTerms::DueIn7Days, vec![cleaning(3_000)]);
    let id = raise(&mut shop, new).unwrap();
    issue(&mut shop.world, at("2026-03-25"), id).unwrap();
    assert_eq!(shop.invoice(id).collection.due_on, Some("2026-04-01".parse().unwrap()));
}

#[test]
fn a_saved_card_is_charged_at_once_and_charged_again_if_it_fails() {
    // I8, I11, D1: and no overlock, for no subscription.
    let (mut shop, _) = shop();
    let id = issued(&mut shop, OneOffTerms::SavedCard);
    assert_eq!(shop.invoice(id).status, InvoiceStatus::Paid);
    shop.charges(ChargeOutcome::DeclineNext(1));
    let id = issued(&mut shop, OneOffTerms::SavedCard);
    assert_eq!(shop.invoice(id).status, InvoiceStatus::Open);
    assert_eq!(shop.notices(), [NoticeKind::PaymentFailed]);
    shop.advance("2026-03-21");
    assert_eq!(shop.invoice(id).status, InvoiceStatus::Paid);
}

#[test]
fn the_contact_was_a_customer_and_has_the_card_that_is_to_be_charged() {
    // I8, I9
    let mut lead = Shop::new();
    let of_lead = new(&lead, OneOffTerms::DueToday, vec![cleaning(3_000)]);
    assert_eq!(rule(raise(&mut lead, of_lead.clone())), "I9");
    lead.world.contacts.update(lead.contact, |contact| contact.status = ContactStatus::Churned);
    let by_card = NewOneOff { terms: OneOffTerms::SavedCard, ..of_lead.clone() };
    assert_eq!(rule(raise(&mut lead, by_card)), "I8");
    raise(&mut lead, of_lead).unwrap();
}

#[test]
fn what_cannot_be_is_pointed_at() {
    let (mut shop, _) = shop();
    let nobody =
        NewOneOff { contact: ContactId::new(1), site: SiteId::new(1), ..new(&shop, OneOffTerms::DueToday, vec![]) };
    assert_eq!(pointers(raise(&mut shop, nobody)), ["/contact_id", "/site_id", "/line_items"]);
    let product =
        |product, price| OneOffLine { item: OneOffItem::Product { product, price }, quantity: 1, tax_rates: None };
    let blank =
        OneOffLine { item: OneOffItem::Text { description: " ".to_owned(), price: -1 }, quantity: 0, tax_rates: None };
    let wrong = vec![blank, product(ProductId::new(1), None), product(shop.recurring_product, None)];
    let wrong = new(&shop, OneOffTerms::DueToday, wrong);
    let expected = [
        "/line_items/0/quantity",
        "/line_items/0/description",
        "/line_items/0/price",
        "/line_items/1/product_id",
        "/line_items/2/price",
    ];
    assert_eq!(pointers(raise(&mut shop, wrong)), expected);
    let huge = OneOffLine { quantity: i64::MAX, ..cleaning(2) };
    let huge = new(&shop, OneOffTerms::DueToday, vec![huge]);
    assert_eq!(pointers(raise(&mut shop, huge)), ["/line_items/0/quantity"]);
    let two = new(&shop, OneOffTerms::DueToday, vec![cleaning(i64::MAX), cleaning(1)]);
    assert_eq!(pointers(raise(&mut shop, two)), ["/line_items"]);
}

#[test]
fn a_late_fee_is_an_invoice_of_its_own_for_what_is_overdue() {
    // D11
    let (mut shop, subscription) = shop();
    shop.charges(ChargeOutcome::Decline);
    shop.advance("2026-04-14");
    let overdue = shop.invoices(subscription)[1].id;
    let percent = Some("2.5".parse().unwrap());
    for (fee, total) in [
        (LateFee { flat: Some(1_000), ..LateFee::default() }, 1_000),
        (LateFee { percent, ..LateFee::default() }, 300),
        (LateFee { flat: Some(1_000), percent, charge: false }, 1_300),
    ] {
        let id = late_fee(&mut shop, "2026-04-15", overdue, fee).unwrap();
        let invoice = shop.invoice(id);
        assert_eq!((invoice.total, invoice.tax, invoice.subscription), (total, 0, None));
        assert_eq!((invoice.status, invoice.collection.purpose), (InvoiceStatus::Open, InvoicePurpose::LateFee));
        assert_eq!(invoice.line_items[0].description.as_deref(), Some("Late fee for invoice INV-000002"));
        assert_eq!(shop.notices().last(), Some(&NoticeKind::InvoiceSent));
    }
    assert_eq!(shop.invoice(overdue).outstanding(), 12_000);
}

#[test]
fn a_late_fee_is_charged_to_the_saved_card_if_there_is_one() {
    // D11
    let (mut shop, _) = shop();
    let overdue = issued(&mut shop, OneOffTerms::DueToday);
    let fee = LateFee { flat: Some(1_000), percent: None, charge: true };
    let contact = shop.contact;
    shop.world.contacts.update(contact, |contact| contact.account.payment_methods.clear());
    assert_eq!(rule(late_fee(&mut shop, "2026-03-21", overdue, fee)), "D11");
    save_method(&mut shop.world, at("2026-03-21"), contact, PaymentMethod::Card).unwrap();
    let act = |world: &mut World| Invoice::charge_late_fee(world, at("2026-03-21"), overdue, fee);
    let (id, events) = shop.world.transact(act).unwrap();
    assert_eq!(shop.invoice(id).status, InvoiceStatus::Paid);
    assert_eq!(kinds(&events), [EventKind::InvoiceCreated, EventKind::InvoiceFinalized, EventKind::InvoicePaid]);
}

#[test]
fn there_is_no_late_fee_on_what_is_not_overdue_and_none_of_nothing() {
    // D11
    let (mut shop, subscription) = shop();
    let paid = shop.invoices(subscription)[0].id;
    let open = issued(&mut shop, OneOffTerms::DueToday);
    let fee = LateFee { flat: Some(1_000), ..LateFee::default() };
    assert_eq!(rule(late_fee(&mut shop, "2026-05-01", paid, fee)), "D11");
    assert_eq!(rule(late_fee(&mut shop, "2026-03-20", open, fee)), "D11");
    assert_eq!(late_fee(&mut shop, "2026-03-21", InvoiceId::new(1), fee), Err(Refusal::NotFound));
    let percent = |text: &str| Some(text.parse().unwrap());
    for (fee, pointer) in [
        (LateFee::default(), ""),
        (LateFee { flat: Some(0), ..LateFee::default() }, "/flat"),
        (LateFee { percent: percent("-1"), ..LateFee::default() }, "/percent"),
        (LateFee { percent: percent("0.001"), ..LateFee::default() }, "/percent"),
        (LateFee { flat: Some(i64::MAX), percent: percent("1"), charge: false }, "/percent"),
    ] {
        assert_eq!(pointers(late_fee(&mut shop, "2026-03-21", open, fee)), [pointer]);
    }
}
