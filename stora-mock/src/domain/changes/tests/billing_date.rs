use crate::domain::changes::testing::{Rental, date, priced};
use crate::domain::changes::{
    NewPriceIncrease, RaisedPrices, Timing, drop_planned_from, move_billing_date, schedule_price_increases,
};
use crate::domain::event::EventKind;
use crate::domain::fixtures::{at, moment, pointers, rates, rule};

fn moved(rental: &mut Rental, day: &str, to: &str) -> Result<Vec<EventKind>, crate::domain::refusal::Refusal> {
    rental.on(day, |world, now, id| move_billing_date(world, now, id, date(to)))
}

fn bills(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs.iter().map(|(day, total)| ((*day).to_owned(), *total)).collect()
}

#[test]
fn billing_moves_on_the_new_day_which_credits_the_unused_days_and_becomes_the_anchor() {
    // B9: half of the period from 10 April is unused on the 25th.
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    assert_eq!(moved(&mut rental, "2026-04-15", "2026-04-25"), Ok(vec![]));
    assert_eq!(rental.subscription().updated_at, at("2026-04-15"));
    assert_eq!(rental.subscription().billing.next_invoice_at, Some(moment("2026-05-10T05:00:00Z")));
    rental.advance(moment("2026-04-25T04:59:59Z"));
    assert_eq!((rental.credit(), rental.recurring().len()), (0, 1));
    let events = rental.advance(at("2026-04-25"));
    assert_eq!(events, [EventKind::InvoiceCreated, EventKind::InvoiceFinalized, EventKind::InvoicePaid]);
    let first = rental.last_invoice();
    assert_eq!((first.total, first.amount_due, first.collection.credit_used), (4_500, 4_500, 0));
    let lines: Vec<_> = first.line_items.iter().map(|line| (line.total, line.proration)).collect();
    assert_eq!(lines, [(-4_500, true), (9_000, false)]);
    assert_eq!(rental.subscription().billing.next_invoice_at, Some(moment("2026-05-25T05:00:00Z")));
    rental.advance(at("2026-06-25"));
    let days = [("2026-04-10", 9_000), ("2026-04-25", 4_500), ("2026-05-25", 9_000), ("2026-06-25", 9_000)];
    assert_eq!((rental.recurring(), rental.credit()), (bills(&days), 0));
}

#[test]
fn a_day_of_the_next_period_comes_after_its_invoice() {
    // B9: 10 May is billed as ever; on 30 May 11 of its 31 days are unused.
    let mut rental = Rental::monthly("2026-04-10", 9_300);
    moved(&mut rental, "2026-04-15", "2026-05-30").unwrap();
    rental.advance(at("2026-06-30"));
    let days = [("2026-04-10", 9_300), ("2026-05-10", 9_300), ("2026-05-30", 6_000), ("2026-06-30", 9_300)];
    assert_eq!((rental.recurring(), rental.credit()), (bills(&days), 0));
}

#[test]
fn what_is_given_back_bears_its_tax_and_no_second_discount() {
    // B9, R4, T2: 90.00 hold 15.00 of tax, and the half that is given back 7.50.
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    let id = rental.id;
    rental.shop.world.subscriptions.update(id, |it| it.line_items[0].tax = rates(["20"]));
    moved(&mut rental, "2026-04-15", "2026-04-25").unwrap();
    rental.advance(at("2026-04-25"));
    let invoice = rental.last_invoice();
    assert_eq!((invoice.total, invoice.tax, invoice.subtotal), (4_500, 750, 3_750));
}

#[test]
fn what_is_given_back_beyond_the_new_period_becomes_account_credit() {
    // B9, R6
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    rental.change("2026-04-15", priced(0, 1_000), Timing::OnNextRenewal).unwrap();
    moved(&mut rental, "2026-04-15", "2026-04-25").unwrap();
    rental.advance(at("2026-04-25"));
    let invoice = rental.last_invoice();
    assert_eq!((invoice.total, invoice.amount_due, invoice.collection.credit_used), (1_000, 0, 1_000));
    assert_eq!(rental.credit(), 3_500);
}

#[test]
fn the_last_day_of_a_short_month_is_a_new_date_though_it_is_a_billing_date() {
    // B9, B4: 28 February is fully used by then.
    let mut rental = Rental::monthly("2026-01-31", 9_000);
    moved(&mut rental, "2026-02-10", "2026-02-28").unwrap();
    rental.advance(at("2026-03-28"));
    assert_eq!(rental.recurring(), bills(&[("2026-01-31", 9_000), ("2026-02-28", 9_000), ("2026-03-28", 9_000)]));
    assert_eq!(rental.credit(), 0);
}

#[test]
fn a_billing_date_of_its_own_leaves_things_as_they_are() {
    // W2; it takes a planned move back.
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    rental.advance(at("2026-04-15"));
    let before = rental.shop.snapshot();
    for day in ["2026-05-10", "2026-06-10"] {
        assert_eq!(moved(&mut rental, "2026-04-15", day), Ok(vec![]));
        assert_eq!(rental.shop.snapshot(), before);
    }
    moved(&mut rental, "2026-04-15", "2026-04-20").unwrap();
    moved(&mut rental, "2026-04-16", "2026-04-22").unwrap();
    moved(&mut rental, "2026-04-17", "2026-05-10").unwrap();
    rental.advance(at("2026-05-10"));
    assert_eq!(rental.recurring(), bills(&[("2026-04-10", 9_000), ("2026-05-10", 9_000)]));
}

#[test]
fn billing_never_moves_back_nor_beyond_the_next_period() {
    // B9
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    for day in ["2026-04-14", "2026-04-15", "2026-06-11"] {
        assert_eq!(pointers(moved(&mut rental, "2026-04-15", day)), ["/date"], "{day}");
    }
    let id = rental.id;
    rental.shop.world.subscriptions.update(id, |it| {
        it.cancelled = true;
        it.ends_at = Some(at("2026-06-01"));
    });
    assert_eq!(rule(moved(&mut rental, "2026-04-15", "2026-04-20")), "B9");
    assert_eq!(rule(moved(&mut rental, "2026-06-01", "2026-06-02")), "B9");
    let mut upcoming = Rental::with("2026-03-02", "2026-03-14", 9_000, |_, _| {});
    assert_eq!(rule(moved(&mut upcoming, "2026-03-05", "2026-03-20")), "B9");
}

#[test]
fn what_is_planned_follows_the_billing_dates() {
    // B9, R7, L3, L4: the next billing date is the new day, and an increase of 10 June comes with the first one after that.
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    rental.change("2026-04-15", priced(0, 10_000), Timing::OnNextRenewal).unwrap();
    let new = NewPriceIncrease { raises: RaisedPrices::Unit, percent: "10".parse().unwrap(), notice_days: Some(20) };
    let schedule = |world: &mut _, now, id| {
        schedule_price_increases(world, now, new, &[(id, date("2026-06-10"))]).map_err(|mut it| it.remove(0).refusal)
    };
    rental.on("2026-04-15", schedule).unwrap();
    moved(&mut rental, "2026-04-15", "2026-04-25").unwrap();
    rental.advance(at("2026-04-25"));
    // The unused half was paid by the price before.
    assert_eq!((rental.figures(), rental.last_invoice().total), (vec![(10_000, 1)], 5_500));
    let increase = rental.subscription().billing.plan.pending_increase().unwrap();
    assert_eq!((increase.effective.on, increase.notice_at), (date("2026-06-25"), Some(moment("2026-06-05T05:00:00Z"))));
    rental.advance(at("2026-06-25"));
    let totals: Vec<_> = rental.recurring().into_iter().map(|(_, total)| total).collect();
    assert_eq!(totals, [9_000, 5_500, 10_000, 11_000]);
}

#[test]
fn an_end_drops_a_move_of_its_day_and_later() {
    // M12
    for (end, is_kept) in [("2026-04-20", false), ("2026-04-25", false), ("2026-04-26", true)] {
        let mut rental = Rental::monthly("2026-04-10", 9_000);
        moved(&mut rental, "2026-04-15", "2026-04-25").unwrap();
        drop_planned_from(&mut rental.shop.world, rental.id, date(end));
        assert_eq!(rental.subscription().billing.plan.billing_date.is_some(), is_kept, "{end}");
    }
}
