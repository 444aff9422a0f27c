//! What holds whatever the outcomes of charges, and whatever customers and staff do.

use proptest::prelude::*;

use super::*;

/// What may happen on a day.
#[derive(Debug, Clone, Copy)]
enum Step {
    Charges(ChargeOutcome),
    Choose(PaymentMethod),
    Link(usize, PayOutcome),
    Bank(usize, PayOutcome),
    Mark(usize),
    Void(usize),
    GiveUp(usize),
    Credit(usize),
    Lift,
    Lock,
    Nothing,
}

fn any_step() -> impl Strategy<Value = Step> {
    let outcome = || prop_oneof![Just(PayOutcome::Succeed), Just(PayOutcome::Decline)];
    let charges = prop_oneof![
        Just(ChargeOutcome::Succeed),
        Just(ChargeOutcome::Decline),
        (1u32..6).prop_map(ChargeOutcome::DeclineNext),
    ];
    let methods = prop::sample::select(vec![PaymentMethod::Card, PaymentMethod::BacsDebit, PaymentMethod::Manual]);
    prop_oneof![
        4 => charges.prop_map(Step::Charges),
        2 => methods.prop_map(Step::Choose),
        1 => (0usize..6, outcome()).prop_map(|(of, outcome)| Step::Link(of, outcome)),
        1 => (0usize..6, outcome()).prop_map(|(of, outcome)| Step::Bank(of, outcome)),
        1 => (0usize..6).prop_map(Step::Mark),
        1 => (0usize..6).prop_map(Step::Void),
        1 => (0usize..6).prop_map(Step::GiveUp),
        1 => (0usize..6).prop_map(Step::Credit),
        1 => Just(Step::Lift),
        1 => Just(Step::Lock),
        4 => Just(Step::Nothing),
    ]
}

impl Step {
    /// Does it, if the state of things allows it.
    fn take(
        self,
        world: &mut World,
        now: Timestamp,
        of: SubscriptionId,
        invoices: &[InvoiceId],
    ) -> Result<(), Refusal> {
        let nth = |place: usize| invoices.get(place).copied().ok_or(Refusal::NotFound);
        let contact = world.subscriptions.get(of).unwrap().contact;
        match self {
            Self::Charges(outcome) => {
                world.contacts.update(contact, |contact| contact.account.charges = outcome);
                Ok(())
            }
            Self::Choose(method) => set_payment_method(world, now, of, method, false),
            Self::Link(place, outcome) => {
                pay_by_card(world, now, nth(place)?, Card::New { keep: false }, Some(outcome)).map(drop)
            }
            Self::Bank(place, outcome) => answer_debit(world, now, nth(place)?, outcome),
            Self::Mark(place) => Invoice::mark_paid(world, now, nth(place)?),
            Self::Void(place) => Invoice::void(world, now, nth(place)?),
            Self::GiveUp(place) => Invoice::mark_uncollectible(world, now, nth(place)?),
            Self::Credit(place) => {
                let new = NewCreditNote { invoice: nth(place)?, credited: Credited::Rest, reason: None };
                CreditNote::issue(world, now, new).map(drop)
            }
            Self::Lift => unit::remove_overlock_contact(world, now, contact).map(drop),
            Self::Lock => unit::overlock_contact(world, now, contact).map(drop),
            Self::Nothing => Ok(()),
        }
    }
}

fn check(shop: &Shop, of: SubscriptionId, now: Timestamp) -> Result<(), TestCaseError> {
    let today = now.date_in(chrono_tz::Europe::London);
    let offsets = shop.world.settings.retry_offsets_days.len();
    for invoice in shop.invoices(of) {
        let collection = &invoice.collection;
        prop_assert!(collection.retries as usize <= offsets, "D1");
        prop_assert!(collection.is_automatic() || (collection.retries == 0 && collection.failed_at.is_none()), "I20");
        let done = matches!(invoice.status, InvoiceStatus::Paid | InvoiceStatus::Void);
        let due = collection.due;
        prop_assert!(!done || due == crate::domain::invoice::InvoiceDue::default(), "D2, D5");
        let processing = collection.attempts.iter().filter(|it| it.outcome == AttemptOutcome::Processing).count();
        prop_assert_eq!((processing, due.bank_result.is_some()), (collection.processing.into(), collection.processing));
    }
    let owed = shop.invoices(of).into_iter().any(|it| it.collection.is_automatic() && it.is_overdue(today));
    let is_locked = shop.world.units.iter().any(|unit| unit.overlocked_by_itself);
    prop_assert!(owed || !is_locked, "D9, D10: locked though nothing is overdue");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn an_invoice_is_paid_once_retries_end_and_no_lock_outlives_the_debt(
        steps in prop::collection::vec((1i64..9, any_step()), 1..40),
        grace in 0u32..5,
        offsets in prop::sample::subsequence(vec![1u32, 2, 3, 5, 8, 13], 0..=6),
    ) {
        let (mut shop, of) = behind(locking(grace));
        let contact = shop.contact;
        act(&mut shop, |world| save_method(world, at("2026-03-14"), contact, PaymentMethod::BacsDebit));
        shop.world.settings.retry_offsets_days = offsets;
        let mut now = at("2026-03-14");
        let mut events = Vec::new();
        for (days, step) in steps {
            now = now.plus_seconds(days * 86_400);
            events.extend(advance(&mut shop.world, now));
            check(&shop, of, now)?;
            let invoices: Vec<_> = shop.invoices(of).iter().rev().map(|invoice| invoice.id).collect();
            // What the state of things forbids changes nothing.
            if let Ok(((), told)) = shop.world.transact(|world| step.take(world, now, of, &invoices)) {
                events.extend(told);
            }
            check(&shop, of, now)?;
        }
        for invoice in shop.invoices(of).into_iter().skip(1) {
            let paid = events.iter().filter(|it| it.kind == EventKind::InvoicePaid && it.subject == invoice.id.into());
            prop_assert_eq!(paid.count(), usize::from(invoice.status == InvoiceStatus::Paid), "D2");
            prop_assert_eq!(invoice.amount_paid, if invoice.status == InvoiceStatus::Paid { invoice.amount_due } else { 0 });
        }
    }
}
