//! Issuing credit notes: all or part of an invoice is taken back (section 13 of the description of the business).

use super::credit_note::{CreditNote, CreditNoteKind, CreditNoteLine, CreditNoteLineKind, CreditNoteStatus};
use super::event::EventKind;
use super::faults::Faults;
use super::ids::{CreditNoteId, InvoiceId};
use super::invoice::{Deposit, Invoice, InvoiceLine, InvoicePurpose, InvoiceStatus};
use super::invoicing::settle;
use super::money::{Currency, format, sum, times, to_amount};
use super::refusal::Refusal;
use super::tax::TaxRates;
use super::time::Timestamp;
use crate::store::{FacetValue, World};

/// The data of a credit note to be issued.
#[derive(Debug, Clone)]
pub struct NewCreditNote {
    /// The invoice that it stands against.
    pub invoice: InvoiceId,
    /// What it takes back.
    pub credited: Credited,
    /// Why: any token.
    pub reason: Option<String>,
}

/// What a credit note takes back of its invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credited {
    /// All that other credit notes have left of it.
    Rest,
    /// So much in minor units, tax inside: of each line in proportion to what is left of it.
    Amount(i64),
    /// These lines; at least one.
    Lines(Vec<NewCreditNoteLine>),
}

/// The data of a line of a credit note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewCreditNoteLine {
    /// Takes back a line of the invoice.
    OfInvoice {
        /// The place of that line among those of the invoice, counted from 0: lines have no id.
        line: usize,
        /// How much of it in minor units, tax inside, with the sign of the line; all that is left if none is given.
        amount: Option<i64>,
        /// What it is, in words; those of the line if none are given.
        description: Option<String>,
    },
    /// Takes back something that no line of the invoice stands for.
    Custom {
        /// What it is, in words.
        description: String,
        /// For one piece in minor units, tax inside; at least 1.
        price: i64,
        /// Number of pieces; at least 1.
        quantity: i64,
        /// The tax rates that it bears.
        tax_rates: TaxRates,
    },
}

/// An invoice, with what credit notes have left of it.
struct Creditable<'w> {
    invoice: &'w Invoice,
    currency: Currency,
    /// What is left of the invoice as a whole.
    left: i64,
    /// Its lines, each with what is left of it.
    lines: Vec<(&'w InvoiceLine, i64)>,
}

/// The lines and figures of what is taken back.
struct Taken {
    line_items: Vec<CreditNoteLine>,
    total: i64,
    subtotal: i64,
}

impl CreditNote {
    /// Issues a credit note. It lowers what is due of an open invoice, which is paid if that leaves nothing to pay (N3); the money
    /// of a paid one goes back to the customer (N4), out of the deposit if the invoice is for one (P5). The total of the invoice
    /// stays as it is (N5).
    ///
    /// Account credit that an open invoice has used and no longer needs goes back to the contact, so that what is due never comes
    /// out below zero (I6).
    ///
    /// # Errors
    /// An unknown invoice at `/invoice/id`; at `/amount` and below `/line_items`, amounts that give nothing back and lines that the
    /// invoice does not have; a conflict unless the invoice is open or paid (N1), when the credit notes of the invoice, or those
    /// of one of its lines, would come to more than its total (N2), and when it is a deposit of which less is held (P3).
    pub fn issue(world: &mut World, at: Timestamp, new: NewCreditNote) -> Result<CreditNoteId, Refusal> {
        let unknown = || Refusal::unknown("/invoice/id", new.invoice);
        let invoice = world.invoices.get(new.invoice).ok_or_else(unknown)?;
        new.credited.check(invoice)?;
        let kind = kind_against(invoice)?;
        let Taken { line_items, total, subtotal } = Creditable::of(world, invoice).take(new.credited)?;
        let deposit = match kind {
            CreditNoteKind::PrePayment => invoice.collection.deposit,
            CreditNoteKind::PostPayment => Deposit::less(invoice, total)?,
        };
        let (contact, site, number) = (invoice.contact, invoice.site, next_number(world, invoice));
        let id = world.ids.fresh();
        world.credit_notes.insert(Self {
            id,
            contact,
            created_at: at,
            invoice: new.invoice,
            line_items,
            number,
            reason: new.reason,
            site,
            status: CreditNoteStatus::Issued,
            subtotal,
            total,
            kind,
        });
        world.tell(EventKind::CreditNoteCreated, id, at);
        match kind {
            CreditNoteKind::PrePayment => lower_due(world, at, new.invoice, total)?,
            CreditNoteKind::PostPayment => {
                world.invoices.amend(new.invoice, at, |invoice| {
                    invoice.post_payment_credit_notes_amount += total;
                    invoice.collection.deposit = deposit;
                });
            }
        }
        Ok(id)
    }
}

impl Credited {
    /// Checks what does not depend on earlier credit notes.
    fn check(&self, invoice: &Invoice) -> Result<(), Refusal> {
        let mut faults = Faults::default();
        match self {
            Self::Amount(..=0) => faults.add("/amount", "The amount is above zero."),
            Self::Rest | Self::Amount(_) => {}
            Self::Lines(lines) if lines.is_empty() => faults.add("/line_items", "There is at least one line."),
            Self::Lines(lines) => {
                for (place, line) in lines.iter().enumerate() {
                    line.check(invoice, &format!("/line_items/{place}"), &mut faults);
                }
            }
        }
        faults.none()
    }
}

impl NewCreditNoteLine {
    /// Notes what is wrong with it by itself. `part` is the JSON Pointer to it.
    fn check(&self, invoice: &Invoice, part: &str, faults: &mut Faults) {
        match self {
            Self::OfInvoice { line, amount, .. } => match (invoice.line_items.get(*line), amount) {
                (None, _) => {
                    let lines = invoice.line_items.len();
                    faults.add(format!("{part}/line"), format!("The invoice has {lines} lines, counted from 0."));
                }
                (Some(of), Some(amount)) if *amount == 0 || amount.signum() != of.total.signum() => {
                    faults
                        .add(format!("{part}/amount"), "The amount is not zero, and has the sign of the line's total.");
                }
                _ => {}
            },
            Self::Custom { price, quantity, .. } => {
                if *price < 1 {
                    faults.add(format!("{part}/price"), "The price is above zero.");
                }
                if *quantity < 1 {
                    faults.add(format!("{part}/quantity"), "The quantity is at least 1.");
                } else if let Err(overflow) = times(*price, *quantity) {
                    faults.add(format!("{part}/quantity"), overflow.to_string());
                }
            }
        }
    }
}

impl<'w> Creditable<'w> {
    fn of(world: &World, invoice: &'w Invoice) -> Self {
        let mut lines: Vec<(&InvoiceLine, i64)> = invoice.line_items.iter().map(|line| (line, line.total)).collect();
        let own = FacetValue::from(invoice.id);
        for credited in world.credit_notes.having("invoice_id", &own).flat_map(|note| &note.line_items) {
            if let Some((_, left)) = credited.invoice_line.and_then(|place| lines.get_mut(place)) {
                *left -= credited.amount;
            }
        }
        let credited = invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount;
        Self { invoice, currency: world.settings.currency, left: invoice.total - credited, lines }
    }

    /// Works out the lines and figures of what is to be taken back, if that much is left.
    fn take(mut self, credited: Credited) -> Result<Taken, Refusal> {
        let line_items = match credited {
            Credited::Rest => self.shared(self.left)?,
            Credited::Amount(amount) => self.shared(amount)?,
            Credited::Lines(lines) => lines.into_iter().map(|line| self.line(line)).collect::<Result<_, _>>()?,
        };
        let total = sum(line_items.iter().map(|line| line.amount));
        let subtotal = sum(line_items.iter().map(|line| line.amount - line.tax));
        match (total, subtotal) {
            (Ok(..=0), _) => Err(Refusal::invalid("/line_items", "The lines sum up to more than nothing.")),
            (Ok(total), Ok(subtotal)) if total <= self.left => Ok(Taken { line_items, total, subtotal }),
            // What no amount can hold is more than any invoice has left.
            _ => Err(self.exceeded()),
        }
    }

    /// The lines that share an amount of the whole.
    fn shared(&self, amount: i64) -> Result<Vec<CreditNoteLine>, Refusal> {
        if amount < 1 || amount > self.left {
            return Err(self.exceeded());
        }
        let left: Vec<i64> = self.lines.iter().map(|(_, left)| *left).collect();
        let shares = self.lines.iter().zip(shares(amount, &left)).enumerate().filter(|(_, (_, share))| *share != 0);
        Ok(shares.map(|(place, ((line, _), share))| self.part_of(line, place, share)).collect())
    }

    /// One line, which leaves less for those after it.
    fn line(&mut self, new: NewCreditNoteLine) -> Result<CreditNoteLine, Refusal> {
        match new {
            NewCreditNoteLine::OfInvoice { line: place, amount, description } => {
                let (line, left) = self.lines.get_mut(place).ok_or(Refusal::NotFound)?;
                let amount = amount.unwrap_or(*left);
                if amount == 0 || amount.unsigned_abs() > left.unsigned_abs() {
                    let left = format(*left, self.currency);
                    let reason =
                        format!("Of line {place} of the invoice {}, {left} is left to credit.", self.invoice.id);
                    return Err(Refusal::conflict("N2", reason));
                }
                *left -= amount;
                let line = *line;
                let part = self.part_of(line, place, amount);
                Ok(CreditNoteLine { description: description.or(part.description), ..part })
            }
            NewCreditNoteLine::Custom { description, price, quantity, tax_rates } => {
                let amount = times(price, quantity).map_err(|_| self.exceeded())?;
                Ok(CreditNoteLine {
                    amount,
                    description: Some(description),
                    discount_total: 0,
                    price,
                    quantity,
                    tax: self.tax(&tax_rates, amount),
                    kind: CreditNoteLineKind::CustomLineItem,
                    invoice_line: None,
                })
            }
        }
    }

    /// So much of a line: the line as it stands if that is all of it, else one piece of that price.
    fn part_of(&self, line: &InvoiceLine, place: usize, amount: i64) -> CreditNoteLine {
        let is_whole = amount == line.total;
        CreditNoteLine {
            amount,
            description: line.description.clone(),
            discount_total: if is_whole { line.discount_total } else { 0 },
            price: if is_whole { line.price } else { amount },
            quantity: if is_whole { line.quantity } else { 1 },
            tax: self.tax(&line.rates, amount),
            kind: CreditNoteLineKind::InvoiceLineItem,
            invoice_line: Some(place),
        }
    }

    /// The tax contained in an amount (N6). There is none in a deposit (T5).
    fn tax(&self, rates: &TaxRates, amount: i64) -> i64 {
        if self.invoice.collection.purpose == InvoicePurpose::Deposit { 0 } else { rates.contained(amount) }
    }

    fn exceeded(&self) -> Refusal {
        let left = format(self.left, self.currency);
        Refusal::conflict("N2", format!("Of the invoice {}, {left} is left to credit.", self.invoice.id))
    }
}

/// Of which type a credit note against an invoice is.
///
/// # Errors
/// A conflict unless the invoice is open or paid (N1).
fn kind_against(invoice: &Invoice) -> Result<CreditNoteKind, Refusal> {
    match invoice.status {
        InvoiceStatus::Open => Ok(CreditNoteKind::PrePayment),
        InvoiceStatus::Paid => Ok(CreditNoteKind::PostPayment),
        status @ (InvoiceStatus::Draft | InvoiceStatus::Uncollectible | InvoiceStatus::Void) => {
            let reason = format!("The invoice {} is {status}; only an open or a paid one can be credited.", invoice.id);
            Err(Refusal::conflict("N1", reason))
        }
    }
}

/// The number of the next credit note of an invoice (N5).
fn next_number(world: &World, invoice: &Invoice) -> String {
    let counter = world.credit_notes.count_having("invoice_id", &FacetValue::from(invoice.id)) + 1;
    // An invoice that can be credited was finalized, and has a number since then.
    format!("{}-CN-{counter}", invoice.number.as_deref().unwrap_or_default())
}

/// Lowers what is due of an open invoice by what a credit note takes back; nothing due is paid (N3).
fn lower_due(world: &mut World, at: Timestamp, id: InvoiceId, credited: i64) -> Result<(), Refusal> {
    let invoice = world.invoices.get(id).ok_or(Refusal::NotFound)?;
    let payable = invoice.total - invoice.pre_payment_credit_notes_amount - credited;
    let credit_used = invoice.collection.credit_used.min(payable);
    let (contact, unused) = (invoice.contact, invoice.collection.credit_used - credit_used);
    // Account credit does not show in the API, so that the contact does not count as changed.
    world.contacts.update(contact, |contact| contact.account.credit = contact.account.credit.saturating_add(unused));
    world.invoices.amend(id, at, |invoice| {
        invoice.pre_payment_credit_notes_amount += credited;
        invoice.amount_due = payable - credit_used;
        invoice.collection.credit_used = credit_used;
    });
    if payable == credit_used { settle(world, at, id) } else { Ok(()) }
}

/// Shares an amount in proportion to some others, whose sum is at least as large. Where the running sum of these cuts the amount
/// is rounded down, so that the shares sum up to it and each lies between zero and what it is a share of.
#[expect(clippy::expect_used, reason = "the message says why it holds")]
fn shares(amount: i64, of: &[i64]) -> Vec<i64> {
    let whole: i128 = of.iter().copied().map(i128::from).sum();
    let amount = i128::from(amount);
    // Whole multiples apart, so that no product leaves the range.
    let cut = |at: i128| amount * at.div_euclid(whole) + (amount * at.rem_euclid(whole)).div_euclid(whole);
    let (mut from, mut to) = (0i128, 0i128);
    let mut share = |part: &i64| {
        from = to;
        to += i128::from(*part);
        to_amount(cut(to) - cut(from)).expect("a share is no larger than the amount that it is a share of")
    };
    of.iter().map(&mut share).collect()
}

#[cfg(test)]
mod tests;
