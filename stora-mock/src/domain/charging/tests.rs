use super::*;
use crate::domain::billing::issue;
use crate::domain::booking::NewOrder;
use crate::domain::changes::set_payment_method;
use crate::domain::contact::ContactStatus;
use crate::domain::event::EventKind;
use crate::domain::fixtures::{Shop, advance, at, kinds, line, moment, pointers, rule};
use crate::domain::ids::SubscriptionId;
use crate::domain::invoice::InvoiceStatus;
use crate::domain::notice::NoticeKind;
use crate::domain::order::OrderLineKind;
use crate::domain::unit::UnitStatus;

/// A shop with one unit that is rented from a day on, and the subscription.
fn rented(booked: &str, start: &str, method: PaymentMethod) -> (Shop, SubscriptionId) {
    let mut shop = Shop::new();
    shop.add_unit("A1");
    let booking = NewOrder { payment_method: method, ..shop.booking(start) };
    let subscription = shop.rent(booked, booking);
    (shop, subscription)
}

fn act<T>(shop: &mut Shop, act: impl FnOnce(&mut World) -> Result<T, Refusal>) -> Result<T, Refusal> {
    shop.world.transact(act).map(|(result, _)| result)
}

fn by_link(shop: &mut Shop, day: &str, id: InvoiceId, keep: bool) -> Result<AttemptOutcome, Refusal> {
    act(shop, |world| pay_by_card(world, at(day), id, Card::New { keep }, Some(PayOutcome::Succeed)))
}

fn saved(shop: &Shop) -> Vec<PaymentMethod> {
    let contact = shop.world.contacts.get(shop.contact).unwrap();
    contact.account.payment_methods.iter().map(|saved| saved.kind).collect()
}

/// The state of the only invoice of a subscription, and the outcome of its only attempt.
fn only(shop: &Shop, id: SubscriptionId) -> (InvoiceStatus, AttemptOutcome) {
    let invoices = shop.invoices(id);
    assert_eq!((invoices.len(), invoices[0].collection.attempts.len()), (1, 1));
    (invoices[0].status, invoices[0].collection.attempts[0].outcome)
}

#[test]
fn scenario_14_a_debit_is_slow_and_the_customer_moves_in_meanwhile() {
    // I12, I13, H11: the mandate of Mon 2 Mar, the debit of Thu 5 Mar, the answer of Wed 11 Mar.
    let (mut shop, subscription) = rented("2026-03-02", "2026-03-05", PaymentMethod::BacsDebit);
    shop.advance("2026-03-05");
    assert_eq!(shop.units(), [UnitStatus::Occupied]);
    let in_process = (InvoiceStatus::Open, AttemptOutcome::Processing);
    assert_eq!(only(&shop, subscription), in_process);
    assert_eq!(shop.invoices(subscription)[0].collection.due.bank_result, Some(moment("2026-03-11T06:00:00Z")));
    advance(&mut shop.world, moment("2026-03-11T05:59:59Z"));
    assert_eq!(only(&shop, subscription), in_process);
    let events = advance(&mut shop.world, moment("2026-03-11T06:00:00Z"));
    assert_eq!(kinds(&events), [EventKind::InvoicePaid]);
    assert_eq!(only(&shop, subscription), (InvoiceStatus::Paid, AttemptOutcome::Succeeded));
    assert_eq!(shop.invoices(subscription)[0].paid_at, Some(moment("2026-03-11T06:00:00Z")));
}

#[test]
fn scenario_14_a_mandate_of_the_day_of_the_debit_takes_longer_and_a_failure_comes_after_the_move_in() {
    // I13, D4
    let (mut shop, subscription) = rented("2026-03-05", "2026-03-05", PaymentMethod::SepaDebit);
    shop.charges(ChargeOutcome::DeclineNext(1));
    let answer = moment("2026-03-16T06:00:00Z");
    assert_eq!(shop.invoices(subscription)[0].collection.due.bank_result, Some(answer));
    shop.advance("2026-03-15");
    assert_eq!(only(&shop, subscription), (InvoiceStatus::Open, AttemptOutcome::Processing));
    advance(&mut shop.world, answer);
    assert_eq!(only(&shop, subscription), (InvoiceStatus::Open, AttemptOutcome::Declined));
    assert_eq!(shop.invoices(subscription)[0].collection.failed_at, Some(answer));
    assert_eq!(shop.units(), [UnitStatus::Occupied]);
}

#[test]
fn bank_holidays_and_the_time_of_the_day_put_the_answer_off() {
    // I13, I14, H11: Good Friday and Easter Monday are listed.
    let (mut shop, subscription) = rented("2026-03-02", "2026-04-01", PaymentMethod::BacsDebit);
    shop.world.settings.bank_holidays = ["2026-04-03", "2026-04-06"].map(|day| day.parse().unwrap()).to_vec();
    shop.advance("2026-04-01");
    // In British Summer Time.
    let first = shop.invoices(subscription)[0];
    assert_eq!(first.collection.due.bank_result, Some(moment("2026-04-09T05:00:00Z")));
    let id = first.id;
    act(&mut shop, |world| answer_debit(world, at("2026-04-02"), id, PayOutcome::Decline)).unwrap();
    let late = moment("2026-04-02T20:00:01Z");
    act(&mut shop, |world| charge(world, late, id, PaymentMethod::BacsDebit)).unwrap();
    assert_eq!(shop.invoice(id).collection.due.bank_result, Some(moment("2026-04-13T05:00:00Z")));
}

#[test]
fn the_bank_can_be_made_to_answer_before_its_day() {
    // X5, I12
    let (mut shop, subscription) = rented("2026-03-02", "2026-03-05", PaymentMethod::BacsDebit);
    shop.charges(ChargeOutcome::Decline);
    shop.advance("2026-03-05");
    let id = shop.invoices(subscription)[0].id;
    act(&mut shop, |world| answer_debit(world, at("2026-03-06"), id, PayOutcome::Succeed)).unwrap();
    assert_eq!(only(&shop, subscription), (InvoiceStatus::Paid, AttemptOutcome::Succeeded));
    assert_eq!(rule(act(&mut shop, |world| answer_debit(world, at("2026-03-06"), id, PayOutcome::Succeed))), "I1");
    let (mut shop, subscription) = rented("2026-03-02", "2026-03-02", PaymentMethod::Card);
    let paid = shop.invoices(subscription)[0].id;
    assert_eq!(rule(act(&mut shop, |world| bank_result(world, at("2026-03-06"), paid))), "I1");
}

#[test]
fn an_invoice_without_a_debit_at_the_bank_gets_no_answer() {
    // I12
    let (mut shop, subscription) = rented("2026-03-02", "2026-03-09", PaymentMethod::Card);
    shop.charges(ChargeOutcome::Decline);
    shop.advance("2026-03-09");
    let id = shop.invoices(subscription)[0].id;
    let refused = act(&mut shop, |world| answer_debit(world, at("2026-03-09"), id, PayOutcome::Succeed));
    assert_eq!(rule(refused), "I12");
}

#[test]
fn a_debit_is_called_off_when_its_invoice_is_paid_otherwise_or_voided_and_answered_when_it_is_given_up() {
    // I12, D5
    type Act = fn(&mut World, Timestamp, InvoiceId) -> Result<(), Refusal>;
    let table: [(Act, InvoiceStatus, AttemptOutcome); 3] = [
        (Invoice::mark_paid, InvoiceStatus::Paid, AttemptOutcome::CalledOff),
        (Invoice::void, InvoiceStatus::Void, AttemptOutcome::CalledOff),
        (Invoice::mark_uncollectible, InvoiceStatus::Paid, AttemptOutcome::Succeeded),
    ];
    for (done, status, outcome) in table {
        let (mut shop, subscription) = rented("2026-03-02", "2026-03-05", PaymentMethod::BacsDebit);
        shop.advance("2026-03-05");
        let id = shop.invoices(subscription)[0].id;
        act(&mut shop, |world| done(world, at("2026-03-06"), id)).unwrap();
        let events = shop.advance("2026-03-12");
        assert_eq!(only(&shop, subscription), (status, outcome));
        assert_eq!(events.len(), usize::from(outcome == AttemptOutcome::Succeeded));
    }
}

#[test]
fn a_debit_that_fails_after_its_invoice_was_given_up_leaves_it_so() {
    // D5
    let (mut shop, subscription) = rented("2026-03-02", "2026-03-05", PaymentMethod::BacsDebit);
    shop.charges(ChargeOutcome::Decline);
    shop.advance("2026-03-05");
    let id = shop.invoices(subscription)[0].id;
    act(&mut shop, |world| Invoice::mark_uncollectible(world, at("2026-03-06"), id)).unwrap();
    shop.advance("2026-04-04");
    assert_eq!(only(&shop, subscription), (InvoiceStatus::Uncollectible, AttemptOutcome::Declined));
    assert_eq!(shop.invoice(id).collection.failed_at, None);
    assert_eq!(shop.notices(), []);
}

#[test]
fn scenario_13_a_manual_payer_is_left_alone_and_a_card_on_the_subscription_counts_from_the_next_invoice() {
    // I8, I15, I16, I17, I19, I20
    let (mut shop, subscription) = rented("2026-03-14", "2026-03-14", PaymentMethod::Card);
    shop.settings(|settings| settings.auto_overlock = true);
    act(&mut shop, |world| set_payment_method(world, at("2026-03-20"), subscription, PaymentMethod::Manual, false))
        .unwrap();
    shop.advance("2026-05-14");
    let open: Vec<(i64, bool)> = shop.invoices(subscription)[1..]
        .iter()
        .map(|invoice| (invoice.outstanding(), invoice.is_overdue(at("2026-05-14").date_in(chrono_tz::UTC))))
        .collect();
    assert_eq!(open, [(12_000, true), (12_000, false)]);
    assert_eq!(shop.units(), [UnitStatus::Occupied]);
    assert_eq!(shop.notices(), [NoticeKind::InvoiceSent; 2]);
    act(&mut shop, |world| set_payment_method(world, at("2026-05-15"), subscription, PaymentMethod::Card, false))
        .unwrap();
    shop.advance("2026-06-14");
    let states: Vec<_> = shop.invoices(subscription)[1..]
        .iter()
        .map(|invoice| (invoice.collection.method, invoice.status, invoice.collection.attempts.len()))
        .collect();
    let (manual, card) = (PaymentMethod::Manual, PaymentMethod::Card);
    let (open, paid) = (InvoiceStatus::Open, InvoiceStatus::Paid);
    assert_eq!(states, [(manual, open, 0), (manual, open, 0), (card, paid, 1)]);
}

#[test]
fn only_what_the_contact_has_saved_can_be_chosen_for_a_subscription() {
    // I17
    let (mut shop, subscription) = rented("2026-03-02", "2026-03-09", PaymentMethod::Card);
    let choose = |shop: &mut Shop, method| {
        act(shop, |world| set_payment_method(world, at("2026-03-03"), subscription, method, false))
    };
    assert_eq!(rule(choose(&mut shop, PaymentMethod::BacsDebit)), "I17");
    let contact = shop.contact;
    act(&mut shop, |world| save_method(world, at("2026-03-03"), contact, PaymentMethod::BacsDebit)).unwrap();
    // Saving it changes no subscription.
    assert_eq!(shop.subscription(subscription).billing.payment_method, PaymentMethod::Card);
    choose(&mut shop, PaymentMethod::BacsDebit).unwrap();
    assert_eq!(shop.subscription(subscription).billing.payment_method, PaymentMethod::BacsDebit);
    let refused = act(&mut shop, |world| save_method(world, at("2026-03-03"), contact, PaymentMethod::Manual));
    assert_eq!(pointers(refused), ["/type"]);
}

/// A subscription to be paid by a card that its contact does not have.
fn awaiting_card() -> (Shop, SubscriptionId) {
    let (mut shop, subscription) = rented("2026-03-02", "2026-03-09", PaymentMethod::Card);
    shop.world.contacts.update(shop.contact, |contact| contact.account.payment_methods.clear());
    shop.advance("2026-03-09");
    (shop, subscription)
}

#[test]
fn a_subscription_that_awaits_a_card_turns_automatic_with_the_first_card_payment() {
    // I16, I17
    let (mut shop, subscription) = awaiting_card();
    let first = shop.invoices(subscription)[0].id;
    assert_eq!(shop.invoice(first).collection.method, PaymentMethod::Manual);
    assert_eq!(shop.notices(), [NoticeKind::InvoiceSent]);
    let declined = act(&mut shop, |world| {
        pay_by_card(world, at("2026-03-10"), first, Card::New { keep: true }, Some(PayOutcome::Decline))
    });
    assert_eq!((declined, saved(&shop)), (Ok(AttemptOutcome::Declined), vec![]));
    by_link(&mut shop, "2026-03-10", first, false).unwrap();
    assert_eq!(saved(&shop), [PaymentMethod::Card]);
    shop.advance("2026-04-09");
    let second = shop.invoices(subscription)[1];
    assert_eq!((second.collection.method, second.status), (PaymentMethod::Card, InvoiceStatus::Paid));
}

#[test]
fn a_subscription_that_awaits_a_card_turns_automatic_with_the_first_card() {
    // I16, I17
    let (mut shop, subscription) = awaiting_card();
    let contact = shop.contact;
    act(&mut shop, |world| save_method(world, at("2026-03-10"), contact, PaymentMethod::Card)).unwrap();
    shop.advance("2026-04-09");
    let states: Vec<_> =
        shop.invoices(subscription).iter().map(|invoice| (invoice.collection.method, invoice.status)).collect();
    let expected = [(PaymentMethod::Manual, InvoiceStatus::Open), (PaymentMethod::Card, InvoiceStatus::Paid)];
    assert_eq!(states, expected);
}

#[test]
fn a_manual_subscription_that_staff_let_await_a_card_is_paid_by_the_first_one() {
    // I17
    for by_saved_card in [true, false] {
        let (mut shop, subscription) = rented("2026-03-14", "2026-03-14", PaymentMethod::Card);
        let manual = PaymentMethod::Manual;
        act(&mut shop, |world| set_payment_method(world, at("2026-03-20"), subscription, manual, true)).unwrap();
        shop.advance("2026-04-14");
        let id = shop.invoices(subscription)[1].id;
        assert_eq!(shop.invoice(id).status, InvoiceStatus::Open);
        let card = if by_saved_card { Card::Saved } else { Card::New { keep: false } };
        act(&mut shop, |world| pay_by_card(world, at("2026-04-20"), id, card, None)).unwrap();
        assert_eq!(shop.subscription(subscription).billing.payment_method, PaymentMethod::Card);
        shop.advance("2026-05-14");
        assert_eq!(shop.invoices(subscription)[2].status, InvoiceStatus::Paid);
    }
}

#[test]
fn a_link_is_paid_by_a_card_that_is_kept_or_not_and_a_manual_subscription_stays_so() {
    // I15, I17
    for keep in [true, false] {
        let (mut shop, subscription) = rented("2026-03-14", "2026-03-14", PaymentMethod::Card);
        act(&mut shop, |world| set_payment_method(world, at("2026-03-20"), subscription, PaymentMethod::Manual, false))
            .unwrap();
        shop.advance("2026-04-14");
        let id = shop.invoices(subscription)[1].id;
        by_link(&mut shop, "2026-04-20", id, keep).unwrap();
        assert_eq!(shop.invoice(id).status, InvoiceStatus::Paid);
        assert_eq!(saved(&shop).len(), 1 + usize::from(keep));
        assert_eq!(shop.subscription(subscription).billing.payment_method, PaymentMethod::Manual);
        assert_eq!(rule(by_link(&mut shop, "2026-04-20", id, keep)), "I1");
    }
}

#[test]
fn staff_charge_a_saved_card_or_a_new_one_and_a_failure_leaves_the_invoice_open_without_dunning() {
    // I18, I2
    let (mut shop, subscription) = awaiting_card();
    let id = shop.invoices(subscription)[0].id;
    let charge_saved = |shop: &mut Shop| act(shop, |world| pay_by_card(world, at("2026-03-10"), id, Card::Saved, None));
    assert_eq!(rule(charge_saved(&mut shop)), "I18");
    let contact = shop.contact;
    act(&mut shop, |world| save_method(world, at("2026-03-10"), contact, PaymentMethod::Card)).unwrap();
    shop.charges(ChargeOutcome::DeclineNext(1));
    assert_eq!(charge_saved(&mut shop), Ok(AttemptOutcome::Declined));
    let invoice = shop.invoice(id);
    assert_eq!((invoice.status, invoice.collection.failed_at), (InvoiceStatus::Open, None));
    assert_eq!(shop.notices(), [NoticeKind::InvoiceSent]);
    assert_eq!(charge_saved(&mut shop), Ok(AttemptOutcome::Succeeded));
}

#[test]
fn while_a_debit_is_with_the_bank_no_card_is_charged() {
    // D4
    let (mut shop, subscription) = rented("2026-03-02", "2026-03-05", PaymentMethod::BacsDebit);
    shop.advance("2026-03-05");
    let id = shop.invoices(subscription)[0].id;
    assert_eq!(rule(by_link(&mut shop, "2026-03-06", id, false)), "D4");
}

#[test]
fn a_draft_can_neither_be_charged_nor_paid_and_is_issued_by_the_clock_an_hour_later() {
    // B8, H10, I3
    let (mut shop, subscription) = rented("2026-03-02", "2026-03-09", PaymentMethod::Card);
    let made = at("2026-03-04");
    let draft = act(&mut shop, |world| {
        let id = crate::domain::billing::raise_recurring(world, made, subscription, 0)?;
        world.invoices.amend(id, made, |invoice| invoice.collection.due.finalization = Some(made.plus_seconds(3_600)));
        Ok(id)
    });
    let draft = draft.unwrap();
    assert_eq!(rule(by_link(&mut shop, "2026-03-04", draft, false)), "I1");
    advance(&mut shop.world, made.plus_seconds(3_599));
    assert_eq!(shop.invoice(draft).status, InvoiceStatus::Draft);
    let events = advance(&mut shop.world, made.plus_seconds(3_600));
    assert_eq!(kinds(&events), [EventKind::InvoiceFinalized, EventKind::InvoicePaid]);
    assert_eq!(shop.invoice(draft).finalized_at, Some(made.plus_seconds(3_600)));
}

#[test]
fn a_draft_that_staff_finalise_sooner_is_not_finalised_again_and_is_due_on_the_day_of_its_issue() {
    // B8, I8
    let (mut shop, subscription) = rented("2026-03-02", "2026-03-09", PaymentMethod::Card);
    shop.charges(ChargeOutcome::Decline);
    let made = moment("2026-03-04T23:30:00Z");
    let draft = act(&mut shop, |world| {
        let id = crate::domain::billing::raise_recurring(world, made, subscription, 0)?;
        world.invoices.amend(id, made, |invoice| invoice.collection.due.finalization = Some(made.plus_seconds(3_600)));
        Ok(id)
    });
    let draft = draft.unwrap();
    act(&mut shop, |world| issue(world, made.plus_seconds(3_000), draft)).unwrap();
    let invoice = shop.invoice(draft);
    assert_eq!(invoice.collection.due_on, Some("2026-03-05".parse().unwrap()));
    let number = invoice.number.clone();
    advance(&mut shop.world, made.plus_seconds(7_200));
    assert_eq!((shop.invoice(draft).number.clone(), shop.invoice(draft).collection.attempts.len()), (number, 1));
}

#[test]
fn products_by_debit_stay_open_until_the_bank_answers_and_the_contact_is_a_customer_at_once() {
    // I10, I12, and step 6 of section 4
    let mut shop = Shop::new();
    let lines =
        vec![line(OrderLineKind::UnitType, shop.unit_type), line(OrderLineKind::Product, shop.one_time_product)];
    let booking =
        NewOrder { payment_method: PaymentMethod::BacsDebit, line_items: lines, ..shop.booking("2026-04-09") };
    let subscription = shop.rent("2026-03-02", booking);
    assert_eq!(only(&shop, subscription), (InvoiceStatus::Open, AttemptOutcome::Processing));
    assert_eq!(shop.world.contacts.get(shop.contact).unwrap().status, ContactStatus::Customer);
    shop.advance("2026-03-11");
    assert_eq!(only(&shop, subscription), (InvoiceStatus::Paid, AttemptOutcome::Succeeded));
}
