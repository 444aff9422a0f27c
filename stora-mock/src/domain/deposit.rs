//! Deposits, once they are held: given back in part or in whole, or withheld (section 11 of the description of the business).

use super::credit_note::CreditNote;
use super::crediting::{Credited, NewCreditNote};
use super::ids::{CreditNoteId, InvoiceId};
use super::invoice::{Deposit, Invoice, InvoicePurpose};
use super::refusal::Refusal;
use super::time::Timestamp;
use crate::store::World;

impl Deposit {
    /// Gives a deposit back: so much of it in minor units, or all that is held if no amount is given, which settles it. It shows as
    /// a credit note against the invoice of the deposit (P5), which is given the reason, any token.
    ///
    /// # Errors
    /// Not found; at `/amount`, an amount that is not above zero; a conflict unless the invoice is one of a deposit of which that
    /// much is held (P3).
    pub fn refund(
        world: &mut World,
        at: Timestamp,
        invoice: InvoiceId,
        amount: Option<i64>,
        reason: Option<String>,
    ) -> Result<CreditNoteId, Refusal> {
        let of = world.invoices.get(invoice).ok_or(Refusal::NotFound)?;
        if amount.is_some_and(|amount| amount < 1) {
            return Err(Refusal::invalid("/amount", "The amount is above zero."));
        }
        let deposit = held(of)?;
        let amount = amount.unwrap_or(deposit.held);
        // A deposit of which less is held is refused as one, and not as an invoice that would be credited beyond its total.
        Self::less(of, amount)?;
        CreditNote::issue(world, at, NewCreditNote { invoice, credited: Credited::Amount(amount), reason })
    }

    /// Withholds all that is held of a deposit, which settles it: the money is revenue from now on (P4). Gives how much that was,
    /// in minor units.
    ///
    /// # Errors
    /// Not found; a conflict unless the invoice is one of a deposit that is held (P3).
    pub fn withhold(world: &mut World, at: Timestamp, invoice: InvoiceId) -> Result<i64, Refusal> {
        let withheld = held(world.invoices.get(invoice).ok_or(Refusal::NotFound)?)?.held;
        world.invoices.amend(invoice, at, |invoice| {
            invoice.collection.deposit = Some(Self { held: 0, settled: true });
        });
        Ok(withheld)
    }

    /// What is left of the deposit that an invoice is of, after so much of it in minor units was given back; none if it is of no
    /// deposit.
    ///
    /// # Errors
    /// A conflict when less is held, or the deposit is settled (P3).
    pub(super) fn less(invoice: &Invoice, amount: i64) -> Result<Option<Self>, Refusal> {
        if invoice.collection.purpose != InvoicePurpose::Deposit {
            return Ok(None);
        }
        let left = held(invoice)?.held - amount;
        if left < 0 {
            let reason = format!("Less than that is held of the deposit of the invoice {}.", invoice.id);
            return Err(Refusal::conflict("P3", reason));
        }
        Ok(Some(Self { held: left, settled: left == 0 }))
    }
}

/// The deposit of an invoice, of which something is held.
fn held(invoice: &Invoice) -> Result<Deposit, Refusal> {
    let reason = match invoice.collection.deposit {
        Some(deposit) if !deposit.settled && deposit.held > 0 => return Ok(deposit),
        Some(_) => format!("The deposit of the invoice {} is settled.", invoice.id),
        None => format!("The invoice {} is {} and holds no deposit.", invoice.id, invoice.status),
    };
    Err(Refusal::conflict("P3", reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::booking::NewOrder;
    use crate::domain::credit_note::CreditNoteKind;
    use crate::domain::fixtures::{Shop, at, line, pointers, rates, rule};
    use crate::domain::ids::Id;
    use crate::domain::invoice::InvoiceStatus;
    use crate::domain::order::OrderLineKind;

    /// A shop where a deposit of 50.00 was paid with a booking.
    fn shop() -> (Shop, InvoiceId) {
        let mut shop = Shop::new();
        shop.settings(|settings| settings.unit_type_tax = rates(["20"]));
        let lines = [OrderLineKind::UnitType, OrderLineKind::SecurityDeposit].map(|kind| line(kind, shop.unit_type));
        let booking = NewOrder { line_items: lines.to_vec(), ..shop.booking("2026-03-09") };
        let subscription = shop.rent("2026-03-02", booking);
        let deposit = shop.invoices(subscription)[0].id;
        (shop, deposit)
    }

    fn refund(shop: &mut Shop, invoice: InvoiceId, amount: Option<i64>) -> Result<CreditNote, Refusal> {
        let act = |world: &mut World| Deposit::refund(world, at("2026-06-01"), invoice, amount, None);
        let (id, _) = shop.world.transact(act)?;
        Ok(shop.world.credit_notes.get(id).unwrap().clone())
    }

    fn withhold(shop: &mut Shop, invoice: InvoiceId) -> Result<i64, Refusal> {
        shop.world.transact(|world| Deposit::withhold(world, at("2026-06-01"), invoice)).map(|(withheld, _)| withheld)
    }

    fn deposit(shop: &Shop, invoice: InvoiceId) -> (i64, bool) {
        let deposit = shop.world.invoices.get(invoice).unwrap().collection.deposit.unwrap();
        (deposit.held, deposit.settled)
    }

    #[test]
    fn scenario_10_a_part_is_refunded_the_rest_withheld_and_then_it_is_settled() {
        let (mut shop, id) = shop();
        let invoice = shop.world.invoices.get(id).unwrap();
        assert_eq!((invoice.total, invoice.tax, invoice.status), (5_000, 0, InvoiceStatus::Paid));
        assert_eq!(deposit(&shop, id), (5_000, false));
        refund(&mut shop, id, Some(2_000)).unwrap();
        assert_eq!(deposit(&shop, id), (3_000, false));
        assert_eq!(withhold(&mut shop, id), Ok(3_000));
        assert_eq!(deposit(&shop, id), (0, true));
        assert_eq!(rule(refund(&mut shop, id, Some(100))), "P3");
        assert_eq!(rule(refund(&mut shop, id, None)), "P3");
        assert_eq!(rule(withhold(&mut shop, id)), "P3");
    }

    #[test]
    fn a_refund_is_a_credit_note_after_payment_without_tax() {
        let (mut shop, id) = shop();
        let note = refund(&mut shop, id, Some(2_000)).unwrap();
        assert_eq!((note.invoice, note.kind), (id, CreditNoteKind::PostPayment));
        assert_eq!((note.total, note.subtotal), (2_000, 2_000));
        assert_eq!(note.line_items[0].description.as_deref(), Some("Security deposit, 50 sq ft"));
        assert_eq!(shop.world.invoices.get(id).unwrap().post_payment_credit_notes_amount, 2_000);
    }

    #[test]
    fn refunds_are_repeatable_and_that_of_all_that_is_left_settles() {
        let (mut shop, id) = shop();
        refund(&mut shop, id, Some(2_000)).unwrap();
        assert_eq!(rule(refund(&mut shop, id, Some(3_001))), "P3");
        refund(&mut shop, id, Some(1_000)).unwrap();
        assert_eq!(refund(&mut shop, id, None).unwrap().total, 2_000);
        assert_eq!(deposit(&shop, id), (0, true));
        assert_eq!(rule(refund(&mut shop, id, Some(1))), "P3");
    }

    #[test]
    fn a_credit_note_against_the_invoice_of_a_deposit_gives_it_back() {
        let (mut shop, id) = shop();
        let all = |credited| NewCreditNote { invoice: id, credited, reason: None };
        CreditNote::issue(&mut shop.world, at("2026-06-01"), all(Credited::Amount(2_000))).unwrap();
        assert_eq!(deposit(&shop, id), (3_000, false));
        withhold(&mut shop, id).unwrap();
        assert_eq!(rule(CreditNote::issue(&mut shop.world, at("2026-06-01"), all(Credited::Rest))), "P3");
    }

    #[test]
    fn only_a_deposit_that_was_paid_is_held() {
        let (mut shop, id) = shop();
        let subscription = shop.world.invoices.get(id).unwrap().subscription.unwrap();
        assert_eq!(shop.invoices(subscription).len(), 1, "rent is not billed before the start (B7)");
        let rented = shop.rent("2026-03-02", shop.booking("2026-03-02"));
        let rent = shop.invoices(rented)[0].id;
        assert_eq!(rule(refund(&mut shop, rent, Some(1))), "P3");
        assert_eq!(rule(withhold(&mut shop, rent)), "P3");
        assert_eq!(refund(&mut shop, InvoiceId::new(1), None), Err(Refusal::NotFound));
        assert_eq!(withhold(&mut shop, InvoiceId::new(1)), Err(Refusal::NotFound));
    }

    #[test]
    fn an_amount_of_nothing_is_pointed_at_even_when_the_deposit_is_settled() {
        let (mut shop, id) = shop();
        withhold(&mut shop, id).unwrap();
        for amount in [0, -1] {
            assert_eq!(pointers(refund(&mut shop, id, Some(amount))), ["/amount"]);
        }
    }
}
