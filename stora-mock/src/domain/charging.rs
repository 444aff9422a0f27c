//! Charging invoices: by card at once, by direct debit slowly, by hand not at all (I11, I12, I15).

use super::contact::ChargeOutcome;
use super::ids::{ContactId, InvoiceId};
use super::invoice::{AttemptOutcome, PaymentAttempt};
use super::invoicing::{payable, settle};
use super::order::PaymentMethod;
use super::refusal::Refusal;
use super::time::Timestamp;
use crate::store::World;

/// Charges an invoice that can be paid. A card answers at once, as the contact's coming charges are set to end: the invoice is paid
/// then, or stays as it is (I2, I18). A direct debit is with the bank from now on, and the invoice stays as it is until the bank
/// answers (I12).
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
    let invoice = payable(world, id)?;
    if invoice.collection.processing {
        return Err(Refusal::conflict("D4", format!("A debit of the invoice {id} is with the bank.")));
    }
    let (contact, amount) = (invoice.contact, invoice.outstanding());
    let outcome = match method {
        PaymentMethod::Card => card_outcome(world, contact),
        PaymentMethod::BacsDebit | PaymentMethod::SepaDebit => AttemptOutcome::Processing,
        PaymentMethod::Manual => {
            return Err(Refusal::conflict("I15", "A manual payment is made by the customer and cannot be charged."));
        }
    };
    world.invoices.amend(id, at, |invoice| {
        invoice.collection.attempts.push(PaymentAttempt { at, amount, method, outcome });
        invoice.collection.processing = outcome == AttemptOutcome::Processing;
        // The first failure counts (D8), and none of an invoice that is paid by hand (I20).
        if outcome == AttemptOutcome::Declined && invoice.collection.method != PaymentMethod::Manual {
            invoice.collection.failed_at.get_or_insert(at);
        }
    });
    if outcome == AttemptOutcome::Succeeded {
        settle(world, at, id);
    }
    Ok(outcome)
}

/// How the next charge to a contact's card ends. Of the charges that are set to be declined, it uses up one.
pub(super) fn card_outcome(world: &mut World, contact: ContactId) -> AttemptOutcome {
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
