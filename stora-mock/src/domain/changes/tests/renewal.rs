use crate::domain::changes::testing::{Rental, added, date, edit, priced, removed};
use crate::domain::changes::{LineEdits, Timing, drop_planned_from, withdraw_plan};
use crate::domain::event::EventKind;
use crate::domain::fixtures::{at, line, pointers, rule};
use crate::domain::ids::{Id as _, UnitTypeId};
use crate::domain::order::OrderLineKind;
use crate::domain::product::Product;
use crate::domain::schedule::DueKind;

const LATER: Timing = Timing::OnNextRenewal;

/// A rental of a unit with cover.
fn covered() -> Rental {
    Rental::with("2026-04-10", "2026-04-10", 9_000, |shop, new| {
        new.line_items.push(line(OrderLineKind::Protection, shop.protection));
    })
}

#[test]
fn a_change_at_the_renewal_waits_for_the_next_billing_date_and_comes_before_its_invoice() {
    // R7, H3, C7
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    assert_eq!(rental.change("2026-04-25", priced(0, 15_000), LATER), Ok(vec![]));
    assert_eq!((rental.figures(), rental.subscription().updated_at), (vec![(9_000, 1)], at("2026-04-25")));
    let dues: Vec<_> = rental.shop.world.dues().into_iter().map(|(due, _)| (due.at.to_string(), due.kind)).collect();
    let then = "2026-05-10T05:00:00Z".to_owned();
    assert_eq!(dues, [(then.clone(), DueKind::PlannedChange), (then, DueKind::RecurringInvoice)]);
    assert!(rental.advance("2026-05-10T04:59:59Z".parse().unwrap()).is_empty());
    assert_eq!(rental.advance(at("2026-05-10"))[0], EventKind::InvoiceCreated);
    rental.advance(at("2026-06-10"));
    let totals: Vec<_> = rental.recurring().into_iter().map(|(_, total)| total).collect();
    assert_eq!((totals, rental.credit()), (vec![9_000, 15_000, 15_000], 0));
    assert!(rental.subscription().billing.plan.renewal.is_empty());
}

#[test]
fn several_changes_are_planned_one_upon_the_other() {
    // R7, R9
    let mut rental = covered();
    let other = rental.other_cover(2_000);
    rental.change("2026-04-11", priced(0, 10_000), LATER).unwrap();
    assert_eq!(pointers(rental.change("2026-04-12", added(other), LATER)), ["/add/0/item/id"]);
    rental.change("2026-04-12", removed(1), LATER).unwrap();
    assert_eq!(pointers(rental.change("2026-04-13", priced(1, 1), LATER)), ["/change/0/line"]);
    assert_eq!(pointers(rental.change("2026-04-13", removed(0), LATER)), ["/remove"]);
    rental.change("2026-04-13", added(other), LATER).unwrap();
    rental.change("2026-04-14", edit(0, None::<UnitTypeId>, None, Some(2)), LATER).unwrap();
    rental.advance(at("2026-05-10"));
    assert_eq!(rental.figures(), [(10_000, 2), (2_000, 1)]);
    assert_eq!(rental.recurring()[1].1, 22_000);
}

#[test]
fn a_planned_price_is_that_of_the_day_it_was_planned_on() {
    // L2, Y7
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    let large = rental.other_type(15_000);
    rental.change("2026-04-25", edit(0, Some(large), None, None), LATER).unwrap();
    rental.shop.world.unit_types.update(large, |it| it.prices = it.prices.increased("50".parse().unwrap()));
    rental.advance(at("2026-05-10"));
    assert_eq!((rental.line(0).item, rental.line(0).price), (large.any(), 15_000));
}

#[test]
fn a_change_at_once_moves_what_is_planned_along_or_is_refused_where_that_cannot_be() {
    // R7
    let mut rental = covered();
    rental.change("2026-04-11", edit(1, None::<UnitTypeId>, Some(2_000), None), LATER).unwrap();
    let large = rental.other_type(15_000);
    let swap = LineEdits { remove: vec![0], ..added(large) };
    rental.change("2026-04-12", swap, Timing::Immediately).unwrap();
    assert_eq!(rental.subscription().billing.plan.renewal[0].change[0].line, 0);
    rental.advance(at("2026-05-10"));
    assert_eq!(rental.figures(), [(2_000, 1), (15_000, 1)]);
    // To remove the one line now and the other later would leave none.
    rental.change("2026-05-11", removed(0), LATER).unwrap();
    assert_eq!(rule(rental.change("2026-05-12", removed(1), Timing::Immediately)), "R7");
    // What is planned for a line goes with it.
    rental.change("2026-05-12", removed(0), Timing::Immediately).unwrap();
    assert!(rental.subscription().billing.plan.renewal.is_empty());
}

#[test]
fn an_item_that_is_planned_for_stays_in_the_catalogue() {
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    let product = rental.shop.recurring_product;
    rental.change("2026-04-11", added(product), LATER).unwrap();
    let delete =
        |rental: &mut Rental| rental.shop.world.transact(|world| Product::delete(world, at("2026-04-12"), product));
    assert!(delete(&mut rental).is_err());
    rental.on("2026-04-12", withdraw_plan).unwrap();
    assert!(delete(&mut rental).is_ok());
}

#[test]
fn what_is_withdrawn_does_not_happen() {
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    rental.change("2026-04-11", priced(0, 1), LATER).unwrap();
    rental.on("2026-04-12", withdraw_plan).unwrap();
    rental.advance(at("2026-05-10"));
    assert_eq!(rental.recurring()[1].1, 9_000);
}

#[test]
fn an_end_drops_what_is_planned_for_its_day_and_later() {
    // M12
    for (end, is_kept) in [("2026-05-09", false), ("2026-05-10", false), ("2026-05-11", true)] {
        let mut rental = Rental::monthly("2026-04-10", 9_000);
        rental.change("2026-04-11", priced(0, 15_000), LATER).unwrap();
        drop_planned_from(&mut rental.shop.world, rental.id, date(end));
        rental.advance(at("2026-05-10"));
        assert_eq!(rental.figures() == [(15_000, 1)], is_kept, "{end}");
    }
}

#[test]
fn there_is_no_renewal_once_no_invoice_is_to_come_and_none_after_the_end() {
    // R7, M7, M12
    let mut rental = Rental::monthly("2026-04-10", 9_000);
    rental.change("2026-04-11", priced(0, 15_000), LATER).unwrap();
    let id = rental.id;
    // An end that forgot to drop what is planned.
    rental.shop.world.subscriptions.update(id, |it| it.ends_at = Some(at("2026-05-01")));
    rental.advance(at("2026-05-10"));
    assert_eq!(rental.figures(), [(9_000, 1)]);
    assert!(rental.subscription().billing.plan.renewal.is_empty());
    let mut ending = Rental::monthly("2026-04-10", 9_000);
    let id = ending.id;
    ending.shop.world.subscriptions.update(id, |it| {
        it.ends_at = Some(at("2026-05-01"));
        it.billing.next_invoice_at = None;
    });
    assert_eq!(rule(ending.change("2026-04-20", priced(0, 1), LATER)), "R7");
}
