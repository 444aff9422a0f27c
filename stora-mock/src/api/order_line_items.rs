//! Order line items.

use std::cmp::Reverse;

use stora_client::types;

use super::body::body_any_id;
use super::{Answer, Call, Listed};
use crate::contract::error::ApiError;
use crate::domain::order::{Order, OrderLineItem, OrderLineKind};
use crate::domain::order_lines::{LineChange, NewLine};
use crate::domain::refusal::Refusal;
use crate::store::{Row, World};

/// `order_line_item_list`
///
/// Lines with equal sort values stay in the order in which they were added, in both directions (orders.yaml, Orders / Line Items).
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    let order = world.orders.get(call.id("order_id")?).ok_or(Refusal::NotFound)?;
    let mut rows: Vec<&Row<OrderLineItem>> =
        order.line_items.iter().filter_map(|id| world.order_line_items.row(*id)).collect();
    let by_update = call.query.sort_by == "updated_at";
    let moment = |row: &&Row<OrderLineItem>| if by_update { row.value.updated_at } else { row.value.created_at };
    // Both sorts are stable.
    if call.query.descending {
        rows.sort_by_key(|row| Reverse(moment(row)));
    } else {
        rows.sort_by_key(moment);
    }
    let listed = Listed { count: rows.len() as u64, page: call.query.page, limit: call.query.limit };
    let skipped = usize::try_from((listed.page - 1).saturating_mul(listed.limit)).unwrap_or(usize::MAX);
    let limit = usize::try_from(listed.limit).unwrap_or(usize::MAX);
    let page: Vec<&Row<OrderLineItem>> = rows.into_iter().skip(skipped).take(limit).collect();
    Ok(Answer::list(call, &call.view(world), "line_items", &page, listed))
}

/// `order_line_item_create`
pub fn create(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let order = call.existing::<Order>(world, "order_id")?;
    let body: types::OrderLineItemCreateBody = call.body()?;
    // The lines of an order's body are of the same forms.
    let line = match body {
        types::OrderLineItemCreateBody::UnitType(line) => types::OrderCreateBodyLineItem::UnitType(line),
        types::OrderLineItemCreateBody::Protection(line) => types::OrderCreateBodyLineItem::Protection(line),
        types::OrderLineItemCreateBody::Product(line) => types::OrderCreateBodyLineItem::Product(line),
        types::OrderLineItemCreateBody::SecurityDeposit(line) => types::OrderCreateBodyLineItem::SecurityDeposit(line),
        types::OrderLineItemCreateBody::Unknown(value) => types::OrderCreateBodyLineItem::Unknown(value),
        _ => return Err(unknown_type().into()),
    };
    let id = OrderLineItem::create(world, call.now, order, new_line(&line)?)?;
    call.show::<OrderLineItem>(world, 201, "line_item", id)
}

/// `order_line_item_update`
pub fn update(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let (order, id) = (call.id("order_id")?, call.id("line_item_id")?);
    let body: types::OrderLineItemUpdateBody = call.body()?;
    let change = LineChange { quantity: body.quantity, price: body.price.map(|price| price.amount) };
    OrderLineItem::change(world, call.now, order, id, change)?;
    call.show::<OrderLineItem>(world, 200, "line_item", id)
}

/// `order_line_item_delete`
pub fn delete(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    OrderLineItem::delete(world, call.now, call.id("order_id")?, call.id("line_item_id")?)?;
    Ok(Answer::success(call, "Line item deleted successfully."))
}

/// The data of a line, as they stand in a body. Pointers are into the line.
///
/// # Errors
/// 422 when the item is of no kind of record.
pub(super) fn new_line(body: &types::OrderCreateBodyLineItem) -> Result<NewLine, Refusal> {
    use types::OrderCreateBodyLineItem as Body;

    let (kind, item, quantity, price) = match body {
        Body::UnitType(line) => (OrderLineKind::UnitType, line.item.id.as_str(), line.quantity, &line.price),
        Body::Protection(line) => (OrderLineKind::Protection, line.item.id.as_str(), line.quantity, &line.price),
        Body::Product(line) => (OrderLineKind::Product, line.item.id.as_str(), line.quantity, &line.price),
        Body::SecurityDeposit(line) => {
            (OrderLineKind::SecurityDeposit, line.item.id.as_str(), line.quantity, &line.price)
        }
        _ => return Err(unknown_type()),
    };
    let item = body_any_id(item, "/item/id")?;
    Ok(NewLine { kind, item, quantity: quantity.unwrap_or(1), price: price.as_ref().map(|price| price.amount) })
}

fn unknown_type() -> Refusal {
    Refusal::invalid("/type", "There is no such type of line.")
}
