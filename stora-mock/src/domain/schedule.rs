//! What falls due by itself as time passes (section 23 of the description of the business).
//!
//! Records say what falls due in them ([`Record::dues`](crate::store::Record::dues)), and tables keep that in order, so that the
//! schedule is never out of step with the state: an act that pays an invoice drops its retries by paying it, and a refused act leaves
//! the schedule as it was.

use super::billing;
use super::changes;
use super::charging;
use super::dunning;
use super::ending;
use super::event::Event;
use super::ids::{AnyId, Id, SiteId};
use super::notice::{Notice, NoticeKind};
use super::refusal::Refusal;
use super::time::Timestamp;
use super::words::words;
use crate::store::World;

words! {
    /// What falls due by itself. Of one instant, they happen in this order (H3); those of the daily run come first.
    DueKind {
        /// The bank answers to a debit (I13).
        BankResult = "bank_result",
        /// Customers are told of a price increase (L4).
        PriceIncreaseNotice = "price_increase_notice",
        /// A price increase, a change at the renewal or a move of the billing date takes effect (L5, R7, B9).
        PlannedChange = "planned_change",
        /// A tenancy starts (S2).
        Start = "start",
        /// A recurring invoice is raised, finalised and charged (B5, B8).
        RecurringInvoice = "recurring_invoice",
        /// A charge that failed is tried again (D1).
        Retry = "retry",
        /// The units of a tenancy are overlocked for an invoice that is still unpaid (D7).
        Overlock = "overlock",
        /// A tenancy and its subscription end (H8).
        End = "end",
        /// The units of a tenancy that has ended are freed (A24, H8).
        Deallocation = "deallocation",
        /// A draft is finalised and charged (B8, H10).
        Finalization = "finalization",
    }
}

/// Something that falls due by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: DueKind,
    /// Where: of one instant and kind, sites come in the order of their ids (H3).
    pub site: SiteId,
}

/// Hands to `add` what falls due at a site, of what is planned or not.
pub fn each(site: SiteId, planned: impl IntoIterator<Item = (Option<Timestamp>, DueKind)>, add: &mut dyn FnMut(Due)) {
    for (at, kind) in planned {
        if let Some(at) = at {
            add(Due { at, kind, site });
        }
    }
}

/// An act that ran because it fell due.
#[derive(Debug)]
pub struct Ran {
    /// What fell due, and when.
    pub due: Due,
    /// The record it fell due in.
    pub subject: AnyId,
    /// What it told of; or why it was refused, in which case it will not be tried again.
    pub outcome: Result<Vec<Event>, Refusal>,
}

/// Does what falls due up to an instant, that instant included, in its order (H2, H3). What an act makes due within the span is done
/// too. Each act is done as a whole or not at all; one that is refused is passed over. `told` hears of each.
pub fn run_until(world: &mut World, to: Timestamp, mut told: impl FnMut(Ran)) {
    while let Some((due, subject)) = world.next_due().filter(|(due, _)| due.at <= to) {
        let outcome = world.transact(|world| run(world, due, subject)).map(|((), events)| events);
        // What still is due as before would be for ever.
        if world.next_due() == Some((due, subject)) {
            pass_over(world, due, subject);
        }
        told(Ran { due, subject, outcome });
    }
}

/// Carries out what has fallen due in a record, at its instant.
///
/// # Errors
/// Whatever the act refuses.
pub fn run(world: &mut World, due: Due, subject: AnyId) -> Result<(), Refusal> {
    let Due { at, kind, .. } = due;
    match kind {
        DueKind::BankResult => charging::bank_result(world, at, of(subject)?),
        DueKind::PriceIncreaseNotice => changes::give_notice(world, at, of(subject)?),
        DueKind::PlannedChange => changes::carry_out(world, at, of(subject)?),
        DueKind::Start => billing::move_in(world, at, of(subject)?),
        DueKind::RecurringInvoice => billing::bill_through_today(world, at, of(subject)?).map(drop),
        DueKind::Retry => dunning::retry(world, at, of(subject)?),
        DueKind::Overlock => dunning::overlock(world, at, of(subject)?),
        DueKind::End => ending::end(world, at, of(subject)?),
        DueKind::Deallocation => ending::move_out(world, at, of(subject)?),
        DueKind::Finalization => billing::issue(world, at, of(subject)?),
    }
}

/// Lets what has fallen due in a record pass without effect: what was refused would be refused again for ever.
fn pass_over(world: &mut World, due: Due, subject: AnyId) {
    world.notices.write(Notice { at: due.at, kind: NoticeKind::ActRefused, to: None, about: subject });
    if let Some(id) = subject.of() {
        world.invoices.update(id, |invoice| {
            let planned = &mut invoice.collection.due;
            match due.kind {
                DueKind::BankResult => planned.bank_result = None,
                DueKind::Retry => planned.retry = None,
                DueKind::Overlock => planned.overlock = None,
                DueKind::Finalization => planned.finalization = None,
                _ => {}
            }
        });
    } else if let Some(id) = subject.of() {
        world.tenancies.update(id, |tenancy| match due.kind {
            DueKind::Start => tenancy.due.start = None,
            DueKind::End => tenancy.due.end = None,
            DueKind::Deallocation => tenancy.due.deallocation = None,
            _ => {}
        });
    } else if let Some(id) = subject.of() {
        world.subscriptions.update(id, |subscription| match due.kind {
            DueKind::RecurringInvoice => subscription.billing.next_invoice_at = None,
            DueKind::PriceIncreaseNotice | DueKind::PlannedChange => {
                let next_invoice_at = subscription.billing.next_invoice_at;
                subscription.billing.plan.pass_over(due, next_invoice_at);
            }
            _ => {}
        });
    }
}

/// The id that something due is about.
fn of<I: Id>(subject: AnyId) -> Result<I, Refusal> {
    subject.of().ok_or(Refusal::NotFound)
}
