use super::*;
use crate::domain::booking::NewOrder;
use crate::domain::changes::set_payment_method;
use crate::domain::charging::{Card, answer_debit, pay_by_card, save_method};
use crate::domain::completion::PayOutcome;
use crate::domain::contact::ChargeOutcome;
use crate::domain::credit_note::CreditNote;
use crate::domain::crediting::{Credited, NewCreditNote};
use crate::domain::event::EventKind;
use crate::domain::fixtures::{Shop, advance, at, kinds, line, moment, rule};
use crate::domain::invoice::AttemptOutcome;
use crate::domain::order::{OrderLineKind, PaymentMethod};
use crate::domain::unit::UnitStatus::{Available, Occupied, Overlocked};

mod laws;

/// A shop where two units are rented from 14 March on, paid for until 14 April, and where charges are declined from then on; the
/// subscription, and what is set for the site.
fn behind(set: impl FnOnce(&mut SiteSettings)) -> (Shop, SubscriptionId) {
    let mut shop = Shop::new();
    shop.settings(set);
    shop.add_unit("A1");
    shop.add_unit("A2");
    let booking = shop.booking("2026-03-14");
    let mut lines = booking.line_items.clone();
    lines[0].quantity = 2;
    let subscription = shop.rent("2026-03-14", NewOrder { line_items: lines, ..booking });
    shop.charges(ChargeOutcome::Decline);
    (shop, subscription)
}

fn locking(grace: u32) -> impl FnOnce(&mut SiteSettings) {
    move |settings| (settings.auto_overlock, settings.overlock_grace_days) = (true, grace)
}

fn act<T>(shop: &mut Shop, act: impl FnOnce(&mut World) -> Result<T, Refusal>) -> T {
    shop.world.transact(act).unwrap().0
}

/// Lets the invoice of 14 April fail, and gives it.
fn failed(shop: &mut Shop, subscription: SubscriptionId) -> InvoiceId {
    shop.advance("2026-04-14");
    let invoice = *shop.invoices(subscription).last().unwrap();
    assert_eq!(invoice.collection.failed_at, Some(moment("2026-04-14T05:00:00Z")));
    invoice.id
}

/// The days on which an invoice was charged, without year and month.
fn days(invoice: &Invoice) -> Vec<String> {
    let attempts = invoice.collection.attempts.iter();
    attempts.map(|attempt| attempt.at.date_in(chrono_tz::Europe::London).format("%d").to_string()).collect()
}

fn is_overdue(shop: &Shop, id: InvoiceId, day: &str) -> bool {
    shop.invoice(id).is_overdue(day.parse().unwrap())
}

#[test]
fn scenario_11_the_third_retry_succeeds_and_the_invoice_is_paid_once() {
    // D1, D2, D8, I2
    let (mut shop, subscription) = behind(|_| {});
    let id = failed(&mut shop, subscription);
    assert_eq!((shop.invoice(id).status, is_overdue(&shop, id, "2026-04-14")), (InvoiceStatus::Open, true));
    shop.charges(ChargeOutcome::DeclineNext(2));
    shop.advance("2026-04-18");
    assert_eq!((shop.invoice(id).collection.retries, shop.invoice(id).status), (2, InvoiceStatus::Open));
    let events = shop.advance("2026-05-13");
    assert_eq!(kinds(&events), [EventKind::InvoicePaid]);
    let invoice = shop.invoice(id);
    assert_eq!(invoice.paid_at, Some(moment("2026-04-19T05:00:00Z")));
    assert_eq!(days(invoice), ["14", "15", "17", "19"]);
    assert_eq!(invoice.collection.failed_at, Some(moment("2026-04-14T05:00:00Z")), "D8");
    assert_eq!((invoice.amount_paid, invoice.collection.due.retry), (invoice.total, None));
    assert_eq!(shop.notices(), [NoticeKind::PaymentFailed; 3]);
}

#[test]
fn scenario_11_all_retries_fail_and_the_subscription_stays_past_due() {
    // D1, D3
    let (mut shop, subscription) = behind(|_| {});
    let id = failed(&mut shop, subscription);
    shop.advance("2026-05-13");
    let invoice = shop.invoice(id);
    assert_eq!(days(invoice), ["14", "15", "17", "19", "21", "23", "25", "27", "28"]);
    assert_eq!((invoice.status, invoice.collection.retries), (InvoiceStatus::Open, 8));
    assert!(is_overdue(&shop, id, "2026-05-13"));
    // It goes on, and keeps billing.
    assert!(!shop.subscription(subscription).cancelled);
    shop.advance("2026-05-14");
    assert_eq!(shop.invoices(subscription).len(), 3);
}

#[test]
fn scenario_11_all_retries_fail_and_the_subscription_is_cancelled_that_day() {
    // D3, H8, S7
    let (mut shop, subscription) = behind(|_| {});
    shop.world.settings.after_retries = AfterRetries::Cancel;
    let id = failed(&mut shop, subscription);
    shop.advance("2026-04-27");
    assert!(!shop.subscription(subscription).cancelled);
    shop.advance("2026-04-28");
    let ended = shop.subscription(subscription);
    assert_eq!((ended.cancelled, ended.ends_at), (true, Some(moment("2026-04-28T05:00:00Z"))));
    assert_eq!(ended.cancellation_reason.as_deref(), Some("other"));
    assert_eq!(shop.units(), [Occupied, Occupied]);
    shop.advance("2026-05-14");
    assert_eq!((shop.invoice(id).status, shop.invoices(subscription).len()), (InvoiceStatus::Open, 2));
    assert_eq!(shop.units(), [Available, Available]);
}

#[test]
fn a_cancellation_that_was_made_before_is_not_made_again() {
    // D3, M9
    let (mut shop, subscription) = behind(|_| {});
    shop.world.settings.after_retries = AfterRetries::Cancel;
    failed(&mut shop, subscription);
    act(&mut shop, |world| cancel(world, at("2026-04-20"), subscription, Cancellation::of(CancelWhen::EndOfTerm)));
    let end = shop.subscription(subscription).ends_at;
    shop.advance("2026-04-30");
    assert_eq!((shop.subscription(subscription).ends_at, end), (end, Some(moment("2026-05-14T22:59:59Z"))));
}

#[test]
fn a_rental_whose_first_rent_cannot_be_charged_at_all_ends_as_it_begins_if_there_are_no_retries() {
    // D3, K1, K3: two periods have passed; the second is not billed any more, and no unit is given.
    let mut shop = Shop::new();
    shop.add_unit("A1");
    shop.world.settings.after_retries = AfterRetries::Cancel;
    shop.world.settings.retry_offsets_days.clear();
    shop.charges(ChargeOutcome::Decline);
    let subscription = shop.rent("2026-03-16", shop.booking("2026-02-16"));
    assert_eq!(shop.subscription(subscription).ends_at, Some(at("2026-03-16")));
    assert_eq!((shop.invoices(subscription).len(), shop.units()), (1, vec![Available]));
    shop.advance("2026-05-14");
    assert_eq!((shop.invoices(subscription).len(), shop.units()), (1, vec![Available]));
}

#[test]
fn without_retries_the_first_failure_is_the_last() {
    // D1, D3
    for (after, cancelled) in [(AfterRetries::LeavePastDue, false), (AfterRetries::Cancel, true)] {
        let (mut shop, subscription) = behind(|_| {});
        shop.world.settings.retry_offsets_days.clear();
        shop.world.settings.after_retries = after;
        let id = failed(&mut shop, subscription);
        shop.advance("2026-05-13");
        assert_eq!(
            (days(shop.invoice(id)), shop.subscription(subscription).cancelled),
            (vec!["14".to_owned()], cancelled)
        );
    }
}

#[test]
fn retries_of_one_day_begin_with_the_oldest_invoice_and_come_after_the_new_ones() {
    // Steps 5 and 6 of section 23, H3
    let (mut shop, _) = behind(|_| {});
    let weekly =
        NewOrder { billing_period: Some(crate::domain::calendar::BillingPeriod::Weekly), ..shop.booking("2026-03-28") };
    shop.charges(ChargeOutcome::Succeed);
    shop.rent("2026-03-28", weekly);
    shop.charges(ChargeOutcome::Decline);
    shop.world.settings.retry_offsets_days = vec![4, 11];
    // Declined on 4, 11, 14 and 18 April; the retries of 4 and 14 April are due on 15 and 18 April.
    shop.advance("2026-04-18");
    let today = moment("2026-04-18T05:00:00Z");
    let charged = |invoice: &&Invoice| invoice.collection.attempts.iter().any(|attempt| attempt.at == today);
    let charged: Vec<_> =
        shop.world.invoices.iter().filter(charged).map(|invoice| (invoice.created_at, invoice.id)).collect();
    let notices = shop.world.notices.iter().filter(|notice| notice.at == today);
    let told: Vec<_> = notices.map(|notice| notice.about.of::<InvoiceId>().unwrap()).collect();
    assert_eq!(told, [charged[1].1, charged[0].1], "the new one first, then the retry");
    assert_eq!([charged[0].0, charged[1].0], ["2026-04-14T05:00:00Z", "2026-04-18T05:00:00Z"].map(moment));
}

#[test]
fn retries_of_void_paid_and_given_up_invoices_are_dropped() {
    // D2, D5
    type Act = fn(&mut World, Timestamp, InvoiceId) -> Result<(), Refusal>;
    for done in [Invoice::void as Act, Invoice::mark_paid, Invoice::mark_uncollectible] {
        let (mut shop, subscription) = behind(locking(3));
        let id = failed(&mut shop, subscription);
        act(&mut shop, |world| done(world, at("2026-04-14"), id));
        shop.advance("2026-05-13");
        assert_eq!(days(shop.invoice(id)), ["14"]);
        assert_eq!(shop.units(), [Occupied, Occupied]);
        assert_eq!(rule(retry(&mut shop.world, at("2026-05-13"), id)), "D5");
    }
}

/// A debit of 14 April that fails as the bank answers, on 20 April.
fn failed_debit() -> (Shop, InvoiceId) {
    let (mut shop, subscription) = behind(locking(0));
    let contact = shop.contact;
    act(&mut shop, |world| save_method(world, at("2026-03-16"), contact, PaymentMethod::BacsDebit));
    act(&mut shop, |world| set_payment_method(world, at("2026-03-16"), subscription, PaymentMethod::BacsDebit, false));
    shop.advance("2026-04-19");
    assert_eq!(shop.units(), [Occupied, Occupied]);
    shop.advance("2026-04-20");
    let id = shop.invoices(subscription)[1].id;
    (shop, id)
}

#[test]
fn a_failed_debit_is_a_failed_charge_of_its_result_day_and_retries_are_skipped_while_one_is_with_the_bank() {
    // D4, D8, I12: answers on Mon 20 and Mon 27 April, Fri 1 May and, as Mon 4 May is a bank holiday, Fri 8 May.
    let (mut shop, id) = failed_debit();
    shop.world.settings.bank_holidays = vec!["2026-05-04".parse().unwrap()];
    assert_eq!(shop.invoice(id).collection.failed_at, Some(moment("2026-04-20T05:00:00Z")));
    assert_eq!(shop.units(), [Overlocked, Overlocked], "H9");
    shop.advance("2026-05-13");
    let invoice = shop.invoice(id);
    // Offsets 1, 7 and 11: the others fall into the time of the bank. Of one morning, its answer comes before the retry.
    assert_eq!(days(invoice), ["14", "21", "27", "01"]);
    assert_eq!(invoice.collection.retries, 3);
    let is_debit = |method| method == PaymentMethod::BacsDebit;
    assert!(invoice.collection.attempts.iter().all(|attempt| is_debit(attempt.method)));
    assert!(invoice.collection.attempts.iter().all(|attempt| attempt.outcome == AttemptOutcome::Declined));
    assert_eq!(shop.notices(), [NoticeKind::PaymentFailed; 4]);
}

#[test]
fn a_retried_debit_that_is_paid_gives_access_back_at_once() {
    // D4, D9
    let (mut shop, id) = failed_debit();
    shop.advance("2026-04-22");
    assert!(shop.invoice(id).collection.processing);
    let paid = |world: &mut World| answer_debit(world, at("2026-04-22"), id, PayOutcome::Succeed);
    let events = shop.world.transact(paid).unwrap().1;
    let each = [EventKind::UnitUpdated, EventKind::UnitOccupied];
    assert_eq!(kinds(&events), [&[EventKind::InvoicePaid][..], &each, &each].concat());
    assert_eq!(shop.units(), [Occupied, Occupied]);
}

#[test]
fn the_day_of_a_failure_is_that_of_the_site() {
    // D1, D7, C1
    let (mut shop, subscription) = behind(locking(1));
    shop.settings(|settings| settings.time_zone = chrono_tz::Pacific::Auckland);
    let id = shop.invoices(subscription)[0].id;
    shop.world.invoices.amend(id, at("2026-03-14"), |invoice| invoice.status = InvoiceStatus::Open);
    // It is 1 April at the site already.
    act(&mut shop, |world| charge(world, moment("2026-03-31T20:00:00Z"), id, PaymentMethod::Card));
    let due = shop.invoice(id).collection.due;
    let next_morning = Some(moment("2026-04-01T17:00:00Z"));
    assert_eq!((due.retry, due.overlock), (next_morning, next_morning));
}

#[test]
fn scenario_12_units_are_locked_once_the_grace_is_over_and_freed_in_the_instant_of_payment() {
    // D6, D7, D9, H9: "a tenancy with 2 units has both locked"
    let (mut shop, subscription) = behind(locking(3));
    let id = failed(&mut shop, subscription);
    advance(&mut shop.world, moment("2026-04-17T04:59:59Z"));
    assert_eq!(shop.units(), [Occupied, Occupied]);
    let events = advance(&mut shop.world, moment("2026-04-17T05:00:00Z"));
    let each = [EventKind::UnitUpdated, EventKind::UnitOverlocked];
    // The retry of the day, step 6, has come before.
    assert_eq!((kinds(&events), shop.invoice(id).collection.retries), ([each, each].concat(), 2));
    assert_eq!(shop.units(), [Overlocked, Overlocked]);
    shop.charges(ChargeOutcome::Succeed);
    advance(&mut shop.world, moment("2026-04-19T05:00:00Z"));
    assert_eq!((shop.invoice(id).status, shop.units()), (InvoiceStatus::Paid, vec![Occupied, Occupied]));
}

#[test]
fn scenario_12_without_grace_units_are_locked_in_the_act_of_failing_and_paid_in_time_never() {
    // D7, H9
    let (mut shop, subscription) = behind(locking(0));
    failed(&mut shop, subscription);
    assert_eq!(shop.units(), [Overlocked, Overlocked]);
    let (mut shop, subscription) = behind(locking(3));
    let id = failed(&mut shop, subscription);
    act(&mut shop, |world| Invoice::mark_paid(world, at("2026-04-16"), id));
    let events = shop.advance("2026-05-13");
    assert_eq!((events, shop.units()), (vec![], vec![Occupied, Occupied]));
}

#[test]
fn nothing_is_locked_without_the_switch_or_smart_entry_on_the_day_of_the_failure_and_of_the_lock() {
    // D6
    type Set = fn(&mut SiteSettings);
    for set in [(|it| it.auto_overlock = false) as Set, |it| it.smart_entry = false] {
        let (mut shop, subscription) = behind(|settings| {
            locking(0)(settings);
            set(settings);
        });
        failed(&mut shop, subscription);
        assert_eq!(shop.units(), [Occupied, Occupied]);
        let (mut shop, subscription) = behind(locking(3));
        failed(&mut shop, subscription);
        shop.settings(set);
        shop.advance("2026-04-18");
        assert_eq!(shop.units(), [Occupied, Occupied]);
    }
}

#[test]
fn a_manual_invoice_is_neither_retried_nor_locked_for_and_stands_in_nobodys_way() {
    // I20, D9
    let (mut shop, subscription) = behind(locking(0));
    act(&mut shop, |world| set_payment_method(world, at("2026-04-13"), subscription, PaymentMethod::Manual, false));
    shop.advance("2026-04-14");
    let manual = shop.invoices(subscription)[1].id;
    act(&mut shop, |world| pay_by_card(world, at("2026-04-14"), manual, Card::Saved, None));
    act(&mut shop, |world| set_payment_method(world, at("2026-04-14"), subscription, PaymentMethod::Card, false));
    assert_eq!(shop.units(), [Occupied, Occupied]);
    shop.advance("2026-05-14");
    assert_eq!((days(shop.invoice(manual)).len(), shop.units()), (1, vec![Overlocked, Overlocked]));
    let automatic = shop.invoices(subscription)[2].id;
    act(&mut shop, |world| Invoice::mark_paid(world, at("2026-05-15"), automatic));
    assert!(is_overdue(&shop, manual, "2026-05-15"));
    assert_eq!(shop.units(), [Occupied, Occupied]);
}

#[test]
fn every_way_in_which_nothing_is_owed_any_more_gives_access_back() {
    // D9, D10, N3
    type Act = fn(&mut World, InvoiceId) -> Result<(), Refusal>;
    let ways: [(&str, Act); 6] = [
        ("staff mark", |world, id| Invoice::mark_paid(world, at("2026-04-16"), id)),
        ("link", |world, id| {
            pay_by_card(world, at("2026-04-16"), id, Card::New { keep: false }, Some(PayOutcome::Succeed)).map(drop)
        }),
        ("retry", |world, id| {
            let contact = world.invoices.get(id).unwrap().contact;
            world.contacts.update(contact, |contact| contact.account.charges = ChargeOutcome::Succeed);
            retry(world, at("2026-04-16"), id)
        }),
        ("credit note", |world, id| {
            let new = NewCreditNote { invoice: id, credited: Credited::Rest, reason: None };
            CreditNote::issue(world, at("2026-04-16"), new).map(drop)
        }),
        ("void", |world, id| Invoice::void(world, at("2026-04-16"), id)),
        ("write-off", |world, id| Invoice::mark_uncollectible(world, at("2026-04-16"), id)),
    ];
    for (name, way) in ways {
        let (mut shop, subscription) = behind(locking(0));
        let id = failed(&mut shop, subscription);
        let (_, events) = shop.world.transact(|world| way(world, id)).unwrap();
        assert_eq!(shop.units(), [Occupied, Occupied], "{name}");
        let each = [EventKind::UnitUpdated, EventKind::UnitOccupied];
        assert!(kinds(&events).ends_with(&[each, each].concat()), "{name}: {events:?}");
    }
}

#[test]
fn access_comes_back_only_once_every_automatic_invoice_of_the_subscription_is_settled() {
    // D9, D10
    let (mut shop, subscription) = behind(locking(0));
    shop.advance("2026-05-14");
    let [first, second] = [1, 2].map(|place| shop.invoices(subscription)[place].id);
    act(&mut shop, |world| Invoice::mark_paid(world, at("2026-05-15"), second));
    assert_eq!(shop.units(), [Overlocked, Overlocked]);
    act(&mut shop, |world| Invoice::void(world, at("2026-05-15"), first));
    assert_eq!(shop.units(), [Occupied, Occupied]);
}

#[test]
fn another_subscription_of_the_contact_is_neither_locked_nor_in_the_way() {
    // D7, D9
    let (mut shop, subscription) = behind(locking(0));
    shop.add_unit("B1");
    shop.charges(ChargeOutcome::Succeed);
    let other = shop.rent("2026-03-20", shop.booking("2026-03-20"));
    shop.charges(ChargeOutcome::Decline);
    let id = failed(&mut shop, subscription);
    assert_eq!(shop.units(), [Overlocked, Overlocked, Occupied]);
    shop.advance("2026-04-20");
    assert_eq!(shop.units(), [Overlocked; 3]);
    act(&mut shop, |world| Invoice::mark_paid(world, at("2026-04-21"), id));
    assert_eq!(shop.units(), [Occupied, Occupied, Overlocked]);
    assert_eq!(shop.invoices(other)[1].status, InvoiceStatus::Open);
}

#[test]
fn a_payment_lifts_no_overlock_of_staff() {
    // A21
    let (mut shop, subscription) = behind(locking(3));
    let first = shop.world.units.iter().next().unwrap().id;
    act(&mut shop, |world| unit::overlock_one(world, at("2026-04-01"), first));
    let id = failed(&mut shop, subscription);
    shop.advance("2026-04-17");
    assert_eq!(shop.units(), [Overlocked, Overlocked]);
    act(&mut shop, |world| Invoice::mark_paid(world, at("2026-04-18"), id));
    assert_eq!(shop.units(), [Overlocked, Occupied]);
}

#[test]
fn what_was_lifted_by_hand_is_not_locked_again_for_the_same_invoice_but_for_a_later_one() {
    // A22, D8
    let (mut shop, subscription) = behind(locking(0));
    failed(&mut shop, subscription);
    let contact = shop.contact;
    act(&mut shop, |world| unit::remove_overlock_contact(world, at("2026-04-14"), contact));
    shop.advance("2026-05-13");
    assert_eq!(shop.units(), [Occupied, Occupied], "failed retries do not lock");
    // Nor is a unit locked that is given now.
    shop.add_unit("A3");
    let (third, tenancy) = (shop.world.units.iter().last().unwrap().id, shop.subscription(subscription).tenancy);
    act(&mut shop, |world| unit::grant_access(world, at("2026-05-13"), third, tenancy));
    assert_eq!(shop.units(), [Occupied; 3]);
    shop.advance("2026-05-14");
    assert_eq!(shop.units(), [Overlocked; 3]);
}

#[test]
fn units_that_are_given_to_a_locked_tenancy_are_locked_in_the_same_act() {
    // D7
    let (mut shop, subscription) = behind(locking(0));
    let id = failed(&mut shop, subscription);
    shop.add_unit("A3");
    let (third, tenancy) = (shop.world.units.iter().last().unwrap().id, shop.subscription(subscription).tenancy);
    let given = |world: &mut World| unit::grant_access(world, at("2026-04-15"), third, tenancy);
    let events = kinds(&shop.world.transact(given).unwrap().1);
    let expected = [EventKind::UnitUpdated, EventKind::UnitOccupied, EventKind::UnitUpdated, EventKind::UnitOverlocked];
    assert_eq!((events, shop.units()), (expected.to_vec(), vec![Overlocked; 3]));
    act(&mut shop, |world| Invoice::mark_paid(world, at("2026-04-16"), id));
    assert_eq!(shop.units(), [Occupied; 3]);
}

#[test]
fn the_units_of_an_order_whose_first_rent_is_declined_are_locked_in_the_act_that_completes_it() {
    // D7, K1, H9: the units are given after the charge has failed.
    let mut shop = Shop::new();
    shop.settings(locking(0));
    shop.add_unit("A1");
    shop.charges(ChargeOutcome::DeclineNext(1));
    let subscription = shop.rent("2026-03-14", shop.booking("2026-03-14"));
    assert_eq!((shop.invoices(subscription)[0].status, shop.units()), (InvoiceStatus::Open, vec![Overlocked]));
    shop.advance("2026-03-15");
    assert_eq!(shop.units(), [Occupied]);
}

#[test]
fn products_that_a_debit_does_not_pay_lock_the_unit_as_it_is_moved_into() {
    // D4, D7, I10
    let mut shop = Shop::new();
    shop.settings(locking(0));
    shop.add_unit("A1");
    shop.world.settings.retry_offsets_days.clear();
    let lines =
        vec![line(OrderLineKind::UnitType, shop.unit_type), line(OrderLineKind::Product, shop.one_time_product)];
    let booking =
        NewOrder { payment_method: PaymentMethod::BacsDebit, line_items: lines, ..shop.booking("2026-04-09") };
    shop.charges(ChargeOutcome::DeclineNext(1));
    let subscription = shop.rent("2026-03-02", booking);
    shop.advance("2026-04-08");
    assert_eq!(shop.units(), [crate::domain::unit::UnitStatus::Reserved]);
    shop.advance("2026-04-09");
    assert_eq!(shop.units(), [Overlocked]);
    let id = shop.invoices(subscription)[0].id;
    act(&mut shop, |world| Invoice::mark_paid(world, at("2026-04-09"), id));
    assert_eq!(shop.units(), [Occupied]);
}

#[test]
fn an_invoice_is_overdue_once_a_charge_failed_or_its_day_is_over_but_not_while_the_bank_works() {
    // I2, D11
    let (mut shop, subscription) = behind(|_| {});
    let id = failed(&mut shop, subscription);
    assert!(is_overdue(&shop, id, "2026-04-14"));
    shop.world.invoices.amend(id, at("2026-04-14"), |invoice| invoice.collection.failed_at = None);
    assert!(!is_overdue(&shop, id, "2026-04-14"));
    assert!(is_overdue(&shop, id, "2026-04-15"));
    shop.world.invoices.amend(id, at("2026-04-14"), |invoice| invoice.collection.processing = true);
    assert!(!is_overdue(&shop, id, "2026-04-15"));
    for status in [InvoiceStatus::Draft, InvoiceStatus::Paid, InvoiceStatus::Uncollectible, InvoiceStatus::Void] {
        shop.world.invoices.amend(id, at("2026-04-14"), |invoice| {
            invoice.status = status;
            invoice.collection.failed_at = Some(at("2026-04-14"));
        });
        assert!(!is_overdue(&shop, id, "2026-04-15"), "{status}");
    }
}

#[test]
fn what_is_not_at_hand_any_more_is_not_locked() {
    // A25, D7: the units are gone from the tenancy before the grace is over.
    let (mut shop, subscription) = behind(locking(3));
    failed(&mut shop, subscription);
    for id in shop.world.units.iter().map(|unit| unit.id).collect::<Vec<_>>() {
        act(&mut shop, |world| unit::deallocate(world, at("2026-04-15"), id));
    }
    shop.advance("2026-04-18");
    assert_eq!(shop.units(), [Available, Available]);
}
