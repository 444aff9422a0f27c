//! Drafts and their lines, from the first to finalizing.

use super::*;
use crate::domain::contact::ContactStatus;
use crate::domain::coupon::{Coupon, CouponChange, NewCoupon};
use crate::domain::fixtures::{
    Shop, at, half_off, kinds, line, percent_off, pointers, prices, rates, rule, site, unit_type,
};
use crate::domain::ids::{Id, OrderLineItemId, UnitTypeId};
use crate::domain::order::OrderLineItem;
use crate::domain::order_lines::LineChange;
use crate::domain::price::PricePeriod;
use crate::domain::tax::TaxRates;

pub(super) const NOW: &str = "2026-03-02";

pub(super) fn order(shop: &Shop, id: OrderId) -> &Order {
    shop.world.orders.get(id).unwrap()
}

fn only_line(shop: &Shop, id: OrderId) -> &OrderLineItem {
    lines(&shop.world, order(shop, id)).next().unwrap()
}

fn inline(email: &str, data: ContactChange) -> Option<Booker> {
    Some(Booker::Inline { email: email.to_owned(), data: Box::new(data) })
}

pub(super) fn add(shop: &mut Shop, id: OrderId, new: NewLine) -> Result<OrderLineItemId, Refusal> {
    shop.world.transact(|world| OrderLineItem::create(world, at(NOW), id, new)).map(|(id, _)| id)
}

pub(super) fn change(shop: &mut Shop, id: OrderId, change: OrderChange) -> Result<Vec<EventKind>, Refusal> {
    shop.world.transact(|world| Order::change(world, at(NOW), id, change)).map(|((), events)| kinds(&events))
}

fn finalize(shop: &mut Shop, id: OrderId) -> Result<Vec<EventKind>, Refusal> {
    shop.world
        .transact(|world| Order::finalize(world, at(NOW), id, Finalizing::default()))
        .map(|((), events)| kinds(&events))
}

#[test]
fn a_draft_needs_only_its_site_and_shows_zero() {
    // O3
    let mut shop = Shop::new();
    let id = shop.order(NOW, shop.draft()).unwrap();
    let order = order(&shop, id);
    assert_eq!((order.status, order.totals, order.line_items.len()), (OrderStatus::Draft, Totals::default(), 0));
    assert_eq!(order.checkout_token, None);
}

#[test]
fn lines_take_the_catalogue_price_of_the_period_unless_one_is_sent() {
    // O13
    let mut shop = Shop::new();
    let new = NewOrder {
        billing_period: Some(BillingPeriod::Monthly),
        line_items: vec![
            NewLine { quantity: 2, ..line(OrderLineKind::UnitType, shop.unit_type) },
            NewLine { price: Some(1_000), ..line(OrderLineKind::Protection, shop.protection) },
            line(OrderLineKind::Product, shop.recurring_product),
            NewLine { quantity: 4, ..line(OrderLineKind::Product, shop.one_time_product) },
            line(OrderLineKind::SecurityDeposit, shop.unit_type),
        ],
        ..shop.draft()
    };
    let id = shop.order(NOW, new).unwrap();
    let order = order(&shop, id);
    let priced: Vec<(i64, i64, bool)> =
        lines(&shop.world, order).map(|line| (line.price, line.total, line.price_set_by_caller)).collect();
    let expected =
        [(12_000, 24_000, false), (1_000, 1_000, true), (400, 400, false), (250, 1_000, false), (5_000, 5_000, false)];
    assert_eq!(priced, expected);
    assert_eq!((order.totals.subtotal, order.totals.one_time_total), (25_400, 6_000));
}

#[test]
fn everything_that_is_wrong_with_a_new_order_is_named_at_once_and_nothing_is_left() {
    let mut shop = Shop::new();
    let other_site = shop.world.transact(|world| Ok::<_, Refusal>(site(world, at(NOW)))).unwrap().0;
    let elsewhere = shop.world.transact(|world| Ok::<_, Refusal>(unit_type(world, at(NOW), other_site))).unwrap().0;
    let before = shop.snapshot();
    let new = NewOrder {
        coupon: Some(CouponId::new(1)),
        contract_template: Some(ContractTemplateId::new(1)),
        contact: Some(Booker::Known(ContactId::new(1))),
        line_items: vec![
            line(OrderLineKind::UnitType, UnitTypeId::new(1)),
            line(OrderLineKind::UnitType, shop.unit_type),
            line(OrderLineKind::SecurityDeposit, elsewhere),
            line(OrderLineKind::Product, shop.unit_type),
            NewLine { price: Some(0), ..line(OrderLineKind::Protection, shop.protection) },
            NewLine { price: Some(0), ..line(OrderLineKind::Protection, shop.protection) },
            NewLine { price: Some(i64::MAX), quantity: 2, ..line(OrderLineKind::Product, shop.one_time_product) },
            NewLine { price: Some(-1), quantity: 0, ..line(OrderLineKind::Product, shop.one_time_product) },
        ],
        finalize: Some(Finalizing::default()),
        ..shop.draft()
    };
    let expected = [
        "/coupon/id",
        "/contract_template/id",
        "/contact/id",
        "/line_items/0/item/id",
        "/line_items/1/price",
        "/line_items/2/item/id",
        "/line_items/3/item/id",
        "/line_items/5/type",
        "/line_items/6/quantity",
        "/line_items/7/quantity",
        "/line_items/7/price/amount",
        "/billing_period",
        "/starts_at",
    ];
    assert_eq!(pointers(shop.order(NOW, new)), expected);
    // Without a site there is nowhere that a unit type could belong to; whatever else is wrong is named all the same.
    let nowhere = NewOrder {
        site: SiteId::new(1),
        billing_period: Some(BillingPeriod::Monthly),
        line_items: vec![
            line(OrderLineKind::UnitType, shop.unit_type),
            line(OrderLineKind::UnitType, UnitTypeId::new(1)),
        ],
        ..shop.draft()
    };
    assert_eq!(pointers(shop.order(NOW, nowhere)), ["/site/id", "/line_items/1/item/id"]);
    assert_eq!(shop.snapshot(), before);
}

#[test]
fn a_price_that_the_catalogue_lacks_for_the_period_has_to_be_sent() {
    // O13
    let mut shop = Shop::new();
    let weekly = NewOrder {
        billing_period: Some(BillingPeriod::Weekly),
        line_items: vec![
            line(OrderLineKind::UnitType, shop.unit_type),
            line(OrderLineKind::Protection, shop.protection),
        ],
        ..shop.draft()
    };
    assert_eq!(pointers(shop.order(NOW, weekly)), ["/line_items/1/price"]);
    shop.world.unit_types.update(shop.unit_type, |unit_type| unit_type.security_deposit = None);
    let deposit = NewOrder { line_items: vec![line(OrderLineKind::SecurityDeposit, shop.unit_type)], ..shop.draft() };
    assert_eq!(pointers(shop.order(NOW, deposit)), ["/line_items/0/price"]);
    // What is charged once needs no period.
    let boxes = NewOrder { line_items: vec![line(OrderLineKind::Product, shop.one_time_product)], ..shop.draft() };
    assert!(shop.order(NOW, boxes).is_ok());
}

#[test]
fn sums_beyond_the_range_are_refused_where_they_come_from() {
    let mut shop = Shop::new();
    let huge = NewLine { price: Some(i64::MAX), ..line(OrderLineKind::UnitType, shop.unit_type) };
    let new = NewOrder { line_items: vec![huge, huge], ..shop.draft() };
    assert_eq!(pointers(shop.order(NOW, new)), ["/line_items"]);
    let id = shop.order(NOW, NewOrder { line_items: vec![huge], ..shop.draft() }).unwrap();
    assert_eq!(pointers(add(&mut shop, id, huge)), ["/price/amount"]);
    shop.world.orders.update(id, |order| order.billing_period = Some(BillingPeriod::Monthly));
    let at_catalogue_price = line(OrderLineKind::UnitType, shop.unit_type);
    assert_eq!(pointers(add(&mut shop, id, at_catalogue_price)), ["/quantity"]);
    let first = only_line(&shop, id).id;
    let quantity = LineChange { quantity: Some(2), price: None };
    let changed = shop.world.transact(|world| OrderLineItem::change(world, at(NOW), id, first, quantity));
    assert_eq!(pointers(changed), ["/quantity"]);
    assert_eq!(order(&shop, id).line_items.len(), 1);
}

#[test]
fn inline_data_make_a_contact_or_change_the_one_of_the_email() {
    // O25
    let mut shop = Shop::new();
    let named = |name: &str| ContactChange { full_name: Some(Some(name.to_owned())), ..ContactChange::default() };
    let new = NewOrder { contact: inline("bob@example.com", named("Bob")), ..shop.draft() };
    let (id, events) = shop.world.transact(|world| Order::create(world, at(NOW), new)).unwrap();
    assert_eq!(kinds(&events), [EventKind::ContactCreated, EventKind::OrderCreated]);
    let bob = shop.world.contacts.get(order(&shop, id).contact.unwrap()).unwrap();
    assert_eq!((bob.full_name.as_deref(), bob.status), (Some("Bob"), ContactStatus::Lead));

    let linked = NewOrder { contact: inline("ANNA@example.com", named("Anna")), ..shop.draft() };
    let (id, events) = shop.world.transact(|world| Order::create(world, at(NOW), linked.clone())).unwrap();
    assert_eq!(kinds(&events), [EventKind::ContactUpdated, EventKind::OrderCreated]);
    assert_eq!(order(&shop, id).contact, Some(shop.contact));
    let anna = shop.world.contacts.get(shop.contact).unwrap();
    assert_eq!((anna.full_name.as_deref(), anna.email.as_str()), (Some("Anna"), "anna@example.com"));
    // The same data again change nothing.
    let (_, events) = shop.world.transact(|world| Order::create(world, at(NOW), linked)).unwrap();
    assert_eq!(kinds(&events), [EventKind::OrderCreated]);

    let many = (0..21).map(|i| (i.to_string(), Some(String::new()))).collect();
    let data = ContactChange { metadata: Some(many), ..ContactChange::default() };
    let new = NewOrder { contact: inline("anna@example.com", data), ..shop.draft() };
    assert_eq!(pointers(shop.order(NOW, new)), ["/contact/metadata"]);
    // What is wrong with the data of a new contact is pointed at within them too.
    let data = ContactChange { kind: Some(Some("unspecified".to_owned())), ..ContactChange::default() };
    let new = NewOrder { contact: inline("carl@example.com", data), ..shop.draft() };
    assert_eq!(pointers(shop.order(NOW, new)), ["/contact/type"]);
}

#[test]
fn creating_and_finalizing_at_once_locks_the_order() {
    let mut shop = Shop::new();
    let booking = NewOrder {
        finalize: Some(Finalizing { cancel_redirect_url: Some("https://example.com/back".to_owned()) }),
        ..shop.booking("2026-03-14")
    };
    let (id, events) = shop.world.transact(|world| Order::create(world, at(NOW), booking)).unwrap();
    assert_eq!(kinds(&events), [EventKind::OrderCreated, EventKind::OrderFinalized, EventKind::ContactUpdated]);
    let first = order(&shop, id);
    assert_eq!(first.status, OrderStatus::Finalized);
    assert_eq!(first.cancel_redirect_url.as_deref(), Some("https://example.com/back"));
    let token = first.checkout_token.clone().unwrap();
    assert_eq!(token.len(), 43);
    assert!(token.bytes().all(|byte| URL_SAFE.contains(&byte)));
    let customer = shop.world.contacts.get(shop.contact).unwrap().stripe_customer_id.clone().unwrap();
    assert_eq!((customer.len(), &customer[..4]), (18, "cus_"));
    // The next order finds a customer id, and has a page of its own.
    let (next, events) = shop.world.transact(|world| Order::create(world, at(NOW), shop_booking(world))).unwrap();
    assert_eq!(kinds(&events), [EventKind::OrderCreated, EventKind::OrderFinalized]);
    assert_ne!(order(&shop, next).checkout_token.as_ref(), Some(&token));
    assert_eq!(shop.world.contacts.get(shop.contact).unwrap().stripe_customer_id, Some(customer));
}

/// The booking of the last order, once more.
fn shop_booking(world: &World) -> NewOrder {
    let last = world.orders.iter().next_back().unwrap();
    let line_items = lines(world, last)
        .map(|line| NewLine { kind: line.kind, item: line.item, quantity: line.quantity, price: None })
        .collect();
    NewOrder {
        site: last.site,
        source: last.source,
        billing_period: last.billing_period,
        payment_method: last.payment_method,
        purchase_order_number: None,
        starts_at: last.starts_at,
        emails: last.emails,
        coupon: None,
        contract_template: None,
        contact: last.contact.map(Booker::Known),
        line_items,
        metadata: Metadata::new(),
        finalize: Some(Finalizing::default()),
    }
}

#[test]
fn what_finalizing_lacks_is_a_fault_on_creation_and_a_conflict_later() {
    let mut shop = Shop::new();
    let only_boxes = vec![line(OrderLineKind::Product, shop.one_time_product)];
    let new = NewOrder { line_items: only_boxes, ..shop.draft() };
    let at_once = NewOrder { finalize: Some(Finalizing::default()), ..new.clone() };
    assert_eq!(pointers(shop.order(NOW, at_once)), ["/contact", "/billing_period", "/starts_at", "/line_items"]);
    assert!(shop.world.orders.is_empty());
    let id = shop.order(NOW, new).unwrap();
    let Err(Refusal::Conflict { rule, reason }) = finalize(&mut shop, id) else { panic!("it lacks four members") };
    assert_eq!(rule, "O4");
    for member in ["`contact`", "`billing_period`", "`starts_at`", "`line_items`", "unit type"] {
        assert!(reason.contains(member), "{reason}");
    }
}

#[test]
fn a_complete_draft_is_finalized_once() {
    let mut shop = Shop::new();
    let id = shop.order(NOW, NewOrder { finalize: None, ..shop.booking("2026-03-14") }).unwrap();
    assert_eq!(
        finalize(&mut shop, id),
        Ok(vec![EventKind::OrderUpdated, EventKind::OrderFinalized, EventKind::ContactUpdated])
    );
    assert_eq!(rule(finalize(&mut shop, id)), "O1");
    assert_eq!(
        Order::finalize(&mut shop.world, at(NOW), OrderId::new(1), Finalizing::default()),
        Err(Refusal::NotFound)
    );
}

#[test]
fn a_finalized_order_and_its_lines_stay_as_they_are() {
    let mut shop = Shop::new();
    let id = shop.order(NOW, shop.booking("2026-03-14")).unwrap();
    let only = only_line(&shop, id).id;
    let before = shop.snapshot();
    let card = OrderChange { payment_method: Some(PaymentMethod::BacsDebit), ..OrderChange::default() };
    assert_eq!(rule(change(&mut shop, id, card)), "O1");
    // An empty change is refused as well.
    assert_eq!(rule(change(&mut shop, id, OrderChange::default())), "O1");
    let one_more = line(OrderLineKind::UnitType, shop.unit_type);
    assert_eq!(rule(add(&mut shop, id, one_more)), "O1");
    let world = &mut shop.world;
    assert_eq!(rule(OrderLineItem::change(world, at(NOW), id, only, LineChange::default())), "O1");
    assert_eq!(rule(OrderLineItem::delete(world, at(NOW), id, only)), "O1");
    // Unknown ids come before the state.
    let unknown = OrderChange { coupon: Some(Some(CouponId::new(1))), ..OrderChange::default() };
    assert_eq!(pointers(change(&mut shop, id, unknown)), ["/coupon/id"]);
    let unknown = line(OrderLineKind::UnitType, UnitTypeId::new(1));
    assert_eq!(pointers(add(&mut shop, id, unknown)), ["/item/id"]);
    assert_eq!(shop.snapshot(), before);
}

#[test]
fn members_change_null_clears_them_and_no_difference_tells_nothing() {
    let mut shop = Shop::new();
    let id = shop.order(NOW, NewOrder { finalize: None, ..shop.booking("2026-03-14") }).unwrap();
    let one_switch = OrderChange { move_in_day: Some(false), ..OrderChange::default() };
    assert_eq!(change(&mut shop, id, one_switch.clone()), Ok(vec![EventKind::OrderUpdated]));
    assert_eq!(order(&shop, id).emails, Emails { booking_confirmation: true, move_in_day: false });
    assert_eq!(change(&mut shop, id, one_switch), Ok(Vec::new()));
    assert_eq!(change(&mut shop, id, OrderChange::default()), Ok(Vec::new()));
    let clear = OrderChange {
        billing_period: Some(None),
        starts_at: Some(None),
        coupon: Some(None),
        contract_template: Some(None),
        contact: Some(None),
        purchase_order_number: Some(None),
        ..OrderChange::default()
    };
    assert_eq!(change(&mut shop, id, clear), Ok(vec![EventKind::OrderUpdated]));
    let order = order(&shop, id);
    assert_eq!((order.billing_period, order.starts_at, order.contact), (None, None, None));
    // Without a period the line keeps the price of its moment.
    assert_eq!(order.totals.total, 12_000);
}

#[test]
fn a_new_period_reprices_catalogue_lines_and_leaves_those_that_the_caller_priced() {
    // O14
    let mut shop = Shop::new();
    let custom = NewLine { price: Some(7_700), ..line(OrderLineKind::UnitType, shop.unit_type) };
    let once = line(OrderLineKind::Product, shop.one_time_product);
    let new = NewOrder {
        line_items: vec![line(OrderLineKind::UnitType, shop.unit_type), custom, once],
        finalize: None,
        ..shop.booking("2026-03-14")
    };
    let id = shop.order(NOW, new).unwrap();
    shop.world
        .products
        .update(shop.one_time_product, |product| product.prices = prices(&[(PricePeriod::OneTime, 999)]));
    let period = |period| OrderChange { billing_period: Some(Some(period)), ..OrderChange::default() };
    change(&mut shop, id, period(BillingPeriod::Weekly)).unwrap();
    let priced: Vec<i64> = lines(&shop.world, order(&shop, id)).map(|line| line.price).collect();
    assert_eq!(priced, [3_000, 7_700, 250]);
    assert_eq!(order(&shop, id).totals.total, 10_700);
    assert_eq!(pointers(change(&mut shop, id, period(BillingPeriod::Yearly))), ["/billing_period"]);
    // A price sent makes a line the caller's for good.
    for line in order(&shop, id).line_items.clone() {
        let price = LineChange { quantity: None, price: Some(5) };
        OrderLineItem::change(&mut shop.world, at(NOW), id, line, price).unwrap();
    }
    assert_eq!(change(&mut shop, id, period(BillingPeriod::Yearly)), Ok(vec![EventKind::OrderUpdated]));
}

#[test]
fn lines_are_added_changed_and_removed_and_the_order_follows() {
    let mut shop = Shop::new();
    let id = shop.order(NOW, NewOrder { finalize: None, ..shop.booking("2026-03-14") }).unwrap();
    let later = at("2026-03-03");
    let new = NewLine { price: Some(1_000), ..line(OrderLineKind::Protection, shop.protection) };
    let (added, events) = shop.world.transact(|world| OrderLineItem::create(world, later, id, new)).unwrap();
    assert_eq!(kinds(&events), [EventKind::OrderUpdated]);
    assert_eq!(order(&shop, id).line_items.last(), Some(&added));
    assert_eq!((order(&shop, id).totals.subtotal, order(&shop, id).updated_at), (13_000, later));
    assert_eq!(pointers(add(&mut shop, id, new)), ["/type"]);

    // Twice as many at half the price: the line changes, the figures of the order do not.
    let latest = at("2026-03-04");
    let halved = LineChange { quantity: Some(2), price: Some(500) };
    let act = |world: &mut World| OrderLineItem::change(world, latest, id, added, halved);
    let ((), events) = shop.world.transact(act).unwrap();
    assert_eq!((kinds(&events), order(&shop, id).updated_at), (vec![EventKind::OrderUpdated], latest));
    let ((), events) = shop.world.transact(act).unwrap();
    assert_eq!(kinds(&events), []);

    let other = shop.order(NOW, shop.draft()).unwrap();
    assert_eq!(OrderLineItem::delete(&mut shop.world, latest, other, added), Err(Refusal::NotFound));
    for line in order(&shop, id).line_items.clone() {
        OrderLineItem::delete(&mut shop.world, latest, id, line).unwrap();
        assert!(!shop.world.order_line_items.contains(line));
    }
    assert_eq!(order(&shop, id).totals, Totals::default());
}

#[test]
fn scenario_8_a_coupon_that_lapses_before_the_start_is_refused_and_nothing_is_created() {
    let mut shop = Shop::new();
    let new = NewCoupon {
        code: Some("HALFPRICE".to_owned()),
        expires_on: Some("2026-03-31".parse().unwrap()),
        max_redemptions: Some(1),
        ..half_off()
    };
    let id = Coupon::create(&mut shop.world, at(NOW), new).unwrap();
    let coupon = Coupon::of_code(&shop.world, "halfprice").map(|coupon| coupon.id);
    assert_eq!(coupon, Some(id));
    let before = shop.snapshot();
    let contact = inline("new@example.com", ContactChange::default());
    let too_late = NewOrder { coupon, contact: contact.clone(), ..shop.booking("2026-04-01") };
    assert_eq!(rule(shop.order("2026-03-20", too_late.clone())), "Q8");
    assert_eq!(rule(shop.order("2026-03-20", NewOrder { finalize: None, ..too_late })), "Q8");
    assert_eq!(shop.snapshot(), before);

    // A draft without a start takes it, and is refused when the start comes up.
    let draft = NewOrder { coupon, finalize: None, starts_at: None, ..shop.booking("2026-04-01") };
    let order = shop.order("2026-03-20", draft).unwrap();
    let start = |day: &str| OrderChange { starts_at: Some(Some(StartsAt::At(at(day)))), ..OrderChange::default() };
    assert_eq!(rule(change(&mut shop, order, start("2026-04-01"))), "Q8");
    change(&mut shop, order, start("2026-03-31")).unwrap();
    Coupon::redeem(&mut shop.world, id);
    assert_eq!(rule(finalize(&mut shop, order)), "Q9");
}

#[test]
fn now_is_the_day_of_the_call_for_the_coupon() {
    let mut shop = Shop::new();
    let new = NewCoupon { expires_on: Some("2026-03-02".parse().unwrap()), ..half_off() };
    let coupon = Some(Coupon::create(&mut shop.world, at(NOW), new).unwrap());
    let booking = |shop: &Shop| NewOrder { coupon, starts_at: Some(StartsAt::Now), ..shop.booking(NOW) };
    assert_eq!(rule(shop.order("2026-03-03", booking(&shop))), "Q8");
    let id = shop.order(NOW, booking(&shop)).unwrap();
    assert_eq!(order(&shop, id).starts_at, Some(StartsAt::Now));
}

#[test]
fn a_deposit_is_finalized_with_a_card_alone() {
    let mut shop = Shop::new();
    let mut line_items = shop.booking(NOW).line_items;
    line_items.push(line(OrderLineKind::SecurityDeposit, shop.unit_type));
    let new = NewOrder { line_items, payment_method: PaymentMethod::BacsDebit, ..shop.booking("2026-03-09") };
    assert_eq!(rule(shop.order(NOW, new.clone())), "P2");
    let id = shop.order(NOW, NewOrder { finalize: None, ..new }).unwrap();
    assert_eq!(rule(finalize(&mut shop, id)), "P2");
    let card = OrderChange { payment_method: Some(PaymentMethod::Card), ..OrderChange::default() };
    change(&mut shop, id, card).unwrap();
    assert!(finalize(&mut shop, id).is_ok());
}

#[test]
fn drafts_follow_the_coupon_and_the_rates_until_they_are_finalized() {
    // O23
    let mut shop = Shop::new();
    shop.settings(|settings| settings.unit_type_tax = rates(["20"]));
    let coupon = Coupon::create(&mut shop.world, at(NOW), half_off()).unwrap();
    let new = NewOrder { coupon: Some(coupon), finalize: None, ..shop.booking("2026-03-14") };
    let id = shop.order(NOW, new).unwrap();
    let figures = |shop: &Shop| (order(shop, id).totals.total, order(shop, id).totals.tax);
    assert_eq!(figures(&shop), (6_000, 1_000));
    let line = only_line(&shop, id);
    assert_eq!((line.total, line.tax, line.discount_total), (12_000, 2_000, 6_000));

    let quarter = CouponChange { reduction: Some(percent_off("25")), ..CouponChange::default() };
    Coupon::change(&mut shop.world, at(NOW), coupon, quarter).unwrap();
    shop.settings(|settings| settings.unit_type_tax = TaxRates::NONE);
    assert_eq!(figures(&shop), (6_000, 1_000));
    finalize(&mut shop, id).unwrap();
    assert_eq!(figures(&shop), (9_000, 0));

    let all = CouponChange { reduction: Some(percent_off("100")), ..CouponChange::default() };
    Coupon::change(&mut shop.world, at(NOW), coupon, all).unwrap();
    assert_eq!((figures(&shop), order(&shop, id).discount.is_some()), ((9_000, 0), true));
}
