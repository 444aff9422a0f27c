//! Charging invoices: by card at once, by direct debit slowly, by hand not at all (I11, I12, I15). What follows a charge that fails
//! is told in `dunning`.

use super::bank_days::BankDays;
use super::calendar::daily_run;
use super::changes::card_given;
use super::completion::PayOutcome;
use super::contact::{ChargeOutcome, Contact, SavedMethod};
use super::dunning;
use super::ids::{ContactId, InvoiceId};
use super::invoice::{AttemptOutcome, Invoice, PaymentAttempt};
use super::invoicing::{payable, settle};
use super::order::PaymentMethod;
use super::refusal::Refusal;
use super::subscription::{Billing, Subscription};
use super::time::Timestamp;
use crate::store::World;

/// A card that is charged because somebody says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Card {
    /// The one that the contact saved last.
    Saved,
    /// One that is entered now.
    New {
        /// Whether it is saved on the contact once it has paid.
        keep: bool,
    },
}

/// Charges an invoice by itself, as it is to be collected. A card answers at once, as the contact's coming charges are set to end:
/// the invoice is paid then, or stays as it is (I2) and dunning begins or goes on (D1). A direct debit is with the bank from now on,
/// and the invoice stays as it is until the bank answers (I12).
///
/// # Errors
/// Not found; a conflict unless the invoice is open or uncollectible (I1), while a debit of it is with the bank (D4), and for a
/// method that nothing is charged by (I15).
pub fn charge(
    world: &mut World,
    at: Timestamp,
    id: InvoiceId,
    method: PaymentMethod,
) -> Result<AttemptOutcome, Refusal> {
    let outcome = attempt(world, at, id, method, None)?;
    if outcome == AttemptOutcome::Declined {
        dunning::charge_failed(world, at, id)?;
    }
    Ok(outcome)
}

/// Charges an invoice to a card because staff (I18) or the customer on the page that the link leads to (I15) say so. It ends as
/// `outcome` says, else as the contact's coming charges are set to end. A failure leaves the invoice as it is: nothing was charged by
/// itself, so that no dunning follows.
///
/// A new card that has paid is saved on the contact if it is to be kept, and in any case if the invoice is of a subscription that
/// awaits a card, which turns automatic with that (I17).
///
/// # Errors
/// Not found; a conflict unless the invoice is open or uncollectible (I1), while a debit of it is with the bank (D4), and when the
/// contact has no saved card to be charged (I18).
pub fn pay_by_card(
    world: &mut World,
    at: Timestamp,
    id: InvoiceId,
    card: Card,
    outcome: Option<PayOutcome>,
) -> Result<AttemptOutcome, Refusal> {
    let invoice = payable(world, id)?;
    let (contact, subscription) = (invoice.contact, invoice.subscription);
    if card == Card::Saved {
        check_saved(world, contact, PaymentMethod::Card, "I18")?;
    }
    let outcome = attempt(world, at, id, PaymentMethod::Card, outcome)?;
    if outcome == AttemptOutcome::Succeeded {
        let subscription = subscription.and_then(|id| world.subscriptions.get(id));
        match card {
            Card::New { keep } if keep || subscription.is_some_and(|it| awaits_card(world, it)) => {
                save_method(world, at, contact, PaymentMethod::Card)?;
            }
            Card::New { .. } => {}
            Card::Saved => card_given(world, at, contact),
        }
    }
    Ok(outcome)
}

/// The day has come on which the bank answers to a debit (I13): as the contact's coming charges are set to end.
///
/// # Errors
/// Not found; a conflict unless a debit of the invoice is with the bank (I12).
pub fn bank_result(world: &mut World, at: Timestamp, id: InvoiceId) -> Result<(), Refusal> {
    let contact = at_the_bank(world, id)?.contact;
    let outcome = next_outcome(world, contact);
    answer(world, at, id, outcome)
}

/// The bank answers to a debit now, before its day (X5). The contact's coming charges stay as they are set.
///
/// # Errors
/// Not found; a conflict unless the invoice is open or uncollectible (I1) and a debit of it is with the bank (I12).
pub fn answer_debit(world: &mut World, at: Timestamp, id: InvoiceId, outcome: PayOutcome) -> Result<(), Refusal> {
    at_the_bank(world, id)?;
    answer(world, at, id, attempted(outcome))
}

/// Saves a card or a mandate on a contact. Subscriptions stay as they are, but for those that await a card, which are paid by it from
/// now on (I17).
///
/// # Errors
/// Not found; at `/type`, paying by hand, of which there is nothing to save.
pub fn save_method(world: &mut World, at: Timestamp, id: ContactId, kind: PaymentMethod) -> Result<(), Refusal> {
    if kind == PaymentMethod::Manual {
        return Err(Refusal::invalid("/type", "Cards and mandates are saved; paying by hand needs neither."));
    }
    let saved = SavedMethod { kind, saved_at: at };
    // What is saved does not show in the API, so that the contact does not count as changed.
    world.contacts.update(id, |contact| contact.account.payment_methods.push(saved)).ok_or(Refusal::NotFound)?;
    if kind == PaymentMethod::Card {
        card_given(world, at, id);
    }
    Ok(())
}

/// How an invoice of a subscription that is raised now is collected: by its payment method, but by hand while it awaits a card, as
/// there is nothing to charge (I16, I17).
pub(super) fn collected_by(world: &World, subscription: &Subscription) -> PaymentMethod {
    if awaits_card(world, subscription) { PaymentMethod::Manual } else { subscription.billing.payment_method }
}

/// Whether a subscription awaits a card (I17): staff chose so, or it is to be paid by card and its contact has none.
fn awaits_card(world: &World, subscription: &Subscription) -> bool {
    let has_card = world.contacts.get(subscription.contact).and_then(|it| newest(it, PaymentMethod::Card)).is_some();
    let Billing { payment_method, plan, .. } = &subscription.billing;
    plan.awaits_card || (*payment_method == PaymentMethod::Card && !has_card)
}

/// How the next charge of a contact ends. Of the charges that are set to be declined, it uses up one.
pub(super) fn next_outcome(world: &mut World, contact: ContactId) -> AttemptOutcome {
    let charges = world.contacts.get(contact).map(|contact| contact.account.charges).unwrap_or_default();
    let (outcome, then) = match charges {
        ChargeOutcome::Succeed | ChargeOutcome::DeclineNext(0) => (AttemptOutcome::Succeeded, ChargeOutcome::Succeed),
        ChargeOutcome::Decline => (AttemptOutcome::Declined, ChargeOutcome::Decline),
        ChargeOutcome::DeclineNext(left) => (AttemptOutcome::Declined, ChargeOutcome::DeclineNext(left - 1)),
    };
    // What is to come of charges does not show in the API, so that the contact does not count as changed.
    world.contacts.update(contact, |contact| contact.account.charges = then);
    outcome
}

/// Whether a contact can be charged by a method, because it has saved such a card or mandate.
///
/// # Errors
/// Not found; a conflict by the given rule when it has not.
pub(super) fn check_saved(
    world: &World,
    contact: ContactId,
    method: PaymentMethod,
    rule: &'static str,
) -> Result<(), Refusal> {
    match newest(world.contacts.get(contact).ok_or(Refusal::NotFound)?, method) {
        Some(_) => Ok(()),
        None => Err(Refusal::conflict(rule, format!("The contact {contact} has not saved any {}.", noun(method)))),
    }
}

fn noun(method: PaymentMethod) -> &'static str {
    if method.is_direct_debit() { "mandate of this kind" } else { "card" }
}

/// The newest of the saved cards or mandates of a kind, which is the one that counts.
fn newest(contact: &Contact, kind: PaymentMethod) -> Option<&SavedMethod> {
    contact.account.payment_methods.iter().rev().find(|saved| saved.kind == kind)
}

/// One attempt to charge an invoice, which ends as told, else as the contact's coming charges are set to end.
fn attempt(
    world: &mut World,
    at: Timestamp,
    id: InvoiceId,
    method: PaymentMethod,
    told: Option<PayOutcome>,
) -> Result<AttemptOutcome, Refusal> {
    let invoice = payable(world, id)?;
    if invoice.collection.processing {
        return Err(Refusal::conflict("D4", format!("A debit of the invoice {id} is with the bank.")));
    }
    let (contact, amount) = (invoice.contact, invoice.outstanding());
    let (outcome, answer) = match method {
        PaymentMethod::Card => (told.map_or_else(|| next_outcome(world, contact), attempted), None),
        PaymentMethod::BacsDebit | PaymentMethod::SepaDebit => {
            (AttemptOutcome::Processing, Some(answer_of_bank(world, at, invoice, method)?))
        }
        PaymentMethod::Manual => {
            return Err(Refusal::conflict("I15", "A manual payment is made by the customer and cannot be charged."));
        }
    };
    world.invoices.amend(id, at, |invoice| {
        invoice.collection.attempts.push(PaymentAttempt { at, amount, method, outcome });
        invoice.collection.processing = outcome == AttemptOutcome::Processing;
        invoice.collection.due.bank_result = answer;
    });
    if outcome == AttemptOutcome::Succeeded {
        settle(world, at, id)?;
    }
    Ok(outcome)
}

/// When the bank answers to a debit that is submitted now: 06:00 at the site, on the day that follows from the debit and the newest
/// mandate of its kind (I13, I14, H11). A contact without one gives it with the debit.
fn answer_of_bank(
    world: &World,
    at: Timestamp,
    invoice: &Invoice,
    method: PaymentMethod,
) -> Result<Timestamp, Refusal> {
    let zone = world.sites.get(invoice.site).ok_or(Refusal::NotFound)?.settings.time_zone;
    let contact = world.contacts.get(invoice.contact).ok_or(Refusal::NotFound)?;
    let days = BankDays::less(&world.settings.bank_holidays);
    let debit = days.debit_day(at, zone);
    let mandate = newest(contact, method).map_or(debit, |mandate| mandate.saved_at.date_in(zone));
    Ok(daily_run(days.answer(debit, mandate), zone))
}

/// An invoice of which a debit is with the bank.
///
/// # Errors
/// Not found; a conflict unless it is open or uncollectible (I1) and there is such a debit (I12).
fn at_the_bank(world: &World, id: InvoiceId) -> Result<&Invoice, Refusal> {
    let invoice = payable(world, id)?;
    if !invoice.collection.processing {
        return Err(Refusal::conflict("I12", format!("No debit of the invoice {id} is with the bank.")));
    }
    Ok(invoice)
}

/// What the bank says to the debit of an invoice, which is open or uncollectible: it is paid, or the charge has failed (D4).
fn answer(world: &mut World, at: Timestamp, id: InvoiceId, outcome: AttemptOutcome) -> Result<(), Refusal> {
    world.invoices.amend(id, at, |invoice| {
        invoice.collection.answer(outcome);
    });
    match outcome {
        AttemptOutcome::Succeeded => settle(world, at, id),
        _ => dunning::charge_failed(world, at, id),
    }
}

const fn attempted(outcome: PayOutcome) -> AttemptOutcome {
    match outcome {
        PayOutcome::Succeed => AttemptOutcome::Succeeded,
        PayOutcome::Decline => AttemptOutcome::Declined,
    }
}

#[cfg(test)]
mod tests;
