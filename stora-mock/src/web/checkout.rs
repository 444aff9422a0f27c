//! The checkout page: where the `payment_url` of a finalized order leads, and the customer pays (O11, O24). Plain HTML without
//! scripts.
//!
//! The mock has no bank behind it, so that the page asks what the bank would say: it has a button for a payment that is accepted and
//! one for a payment that is declined.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use bytes::Bytes;

use super::escape;
use super::page::{field, html, is_same_origin, response, see_other};
use crate::api::Answer;
use crate::domain::billing;
use crate::domain::booking::check_deposit;
use crate::domain::completion::{self, PayOutcome, Payment};
use crate::domain::ids::OrderId;
use crate::domain::money::{self, Currency};
use crate::domain::order::{Order, OrderLineItem, OrderStatus, PaymentMethod, StartsAt};
use crate::domain::order_lines::lines;
use crate::domain::refusal::Refusal;
use crate::domain::storefront;
use crate::domain::time::Timestamp;
use crate::server::{Operator, Server};
use crate::store::World;

/// The ways to pay that the page offers.
const METHODS: [(PaymentMethod, &str); 3] = [
    (PaymentMethod::Card, "Card"),
    (PaymentMethod::BacsDebit, "Direct debit (Bacs)"),
    (PaymentMethod::SepaDebit, "Direct debit (SEPA)"),
];

/// The page, and the address that its form is sent to, which is the same.
pub fn router(server: Arc<Server>) -> Router {
    Router::new().route("/checkout/{token}", get(show).post(act)).with_state(server)
}

async fn show(State(server): State<Arc<Server>>, Path(token): Path<String>) -> Response<Body> {
    response(match find(&server, &token) {
        Some((operator, order)) => page(&operator, order, StatusCode::OK, None),
        None => unknown(),
    })
}

async fn act(
    State(server): State<Arc<Server>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    form: Bytes,
) -> Response<Body> {
    if !is_same_origin(&headers) {
        return response(sorry(StatusCode::FORBIDDEN, "This form comes from a page of another origin."));
    }
    response(match find(&server, &token) {
        Some((operator, order)) => acted(&operator, order, &format!("/checkout/{}", escape::address(&token)), &form),
        None => unknown(),
    })
}

/// The order that a token stands for, and its operator.
fn find(server: &Server, token: &str) -> Option<(Arc<Operator>, OrderId)> {
    let operators = server.operators.all().into_iter();
    let mut found = operators.filter_map(|operator| {
        let order = operator.read().orders.having("checkout_token", &token.to_owned().into()).next()?.id;
        Some((operator, order))
    });
    found.next()
}

/// Does what the form asks for.
fn acted(operator: &Operator, id: OrderId, here: &str, form: &[u8]) -> Answer {
    let outcome = match field(form, "act").as_str() {
        "pay" => PayOutcome::Succeed,
        "decline" => PayOutcome::Decline,
        "cancel" => {
            // Nothing changes: the order can still be paid (O11).
            let back = storefront::leave_checkout(&operator.read(), id).map(|back| back.map(str::to_owned));
            return match back {
                Ok(back) => back.map_or_else(|| cancelled(here), see_other),
                Err(refusal) => page(operator, id, StatusCode::CONFLICT, Some(&refusal.to_string())),
            };
        }
        _ => return sorry(StatusCode::BAD_REQUEST, "The form says neither to pay nor to cancel."),
    };
    let method = match field(form, "payment_method").as_str() {
        "" => None,
        word => match METHODS.iter().find(|(method, _)| method.as_str() == word) {
            Some((method, _)) => Some(*method),
            None => return sorry(StatusCode::BAD_REQUEST, "This is no way to pay that the page offers."),
        },
    };
    let paid = operator.act(|world| completion::pay(world, operator.clock.now(), id, outcome, method));
    match paid.map(|(payment, _)| payment) {
        Ok(Payment::Completed) => see_other(here.to_owned()),
        Ok(Payment::Declined) => {
            let alert = "The payment was declined. Nothing was charged; try again or pay in another way.";
            page(operator, id, StatusCode::PAYMENT_REQUIRED, Some(alert))
        }
        Err(refusal) => page(operator, id, StatusCode::CONFLICT, Some(&refusal.to_string())),
    }
}

/// The page of an order as it is, with what is to be said above all else.
fn page(operator: &Operator, id: OrderId, status: StatusCode, alert: Option<&str>) -> Answer {
    let at = operator.clock.now();
    let is_payable = operator.read().orders.get(id).is_some_and(|order| order.status == OrderStatus::Finalized);
    let due = is_payable.then(|| operator.rehearse(|world| completion::due_now(world, at, id)));
    let world = operator.read();
    let Some(order) = world.orders.get(id) else { return unknown() };
    match (order.status, due) {
        (OrderStatus::Finalized, Some(due)) => html(status, "Checkout", &checkout(&world, order, at, due, alert)),
        (OrderStatus::Completed, _) => {
            let main = format!(
                "<h1>Thank you</h1><p>The booking at {} is paid. You can close this page.</p>{}",
                escape::html(&site(&world, order)),
                reference(order)
            );
            html(status, "Paid", &main)
        }
        // What is not finalized at the first look is not at the second.
        (OrderStatus::Draft | OrderStatus::Abandoned, _) | (OrderStatus::Finalized, None) => {
            sorry(StatusCode::GONE, "This booking was called off and can no longer be paid.")
        }
    }
}

/// What is booked, what is due now, and the form.
fn checkout(world: &World, order: &Order, at: Timestamp, due: Result<i64, Refusal>, alert: Option<&str>) -> String {
    let currency = world.settings.currency;
    let alert =
        alert.map(|text| format!("<p class=\"alert\" role=\"alert\">{}</p>", escape::html(text))).unwrap_or_default();
    let rows: String = lines(world, order).map(|line| row(&wording(world, line), line.total, currency)).collect();
    let totals = order.totals;
    let period = order.billing_period.map_or("", |period| period.as_str()).replace('_', " ");
    let recurring = format!("Rent, {period}");
    let summary = [
        (totals.total_discount != 0).then(|| row("Discount", -totals.total_discount, currency)),
        Some(row(&recurring, totals.total, currency)),
        (totals.one_time_total != 0).then(|| row("Once", totals.one_time_total, currency)),
    ];
    let summary: String = summary.into_iter().flatten().collect();
    let due = match due {
        Ok(due) => format!("<tr class=\"due\"><th scope=\"row\">Due now</th><td>{}</td></tr>", amount(due, currency)),
        // It cannot be paid as it stands, and the form says why when it is sent.
        Err(refusal) => format!("<tr><th colspan=\"2\">{}</th></tr>", escape::html(&refusal.to_string())),
    };
    format!(
        "<h1>{name}: your booking at {site}</h1>{alert}<p>Storage begins {starts}.</p>\
         <table><tbody>{rows}{summary}{due}</tbody></table>\
         <form method=\"post\"><fieldset><legend>Pay by</legend>{methods}</fieldset>\
         <button class=\"main\" name=\"act\" value=\"pay\">Pay</button>\
         <button name=\"act\" value=\"decline\">Pay, and be declined</button>\
         <button name=\"act\" value=\"cancel\">Cancel</button></form>{reference}",
        name = escape::html(&world.settings.name),
        site = escape::html(&site(world, order)),
        starts = begins(world, order, at),
        methods = methods(world, order),
        reference = reference(order),
    )
}

/// The ways to pay, the one of the order chosen. Those that the order cannot be paid by are not offered (P2).
fn methods(world: &World, order: &Order) -> String {
    let offered = METHODS.iter().filter(|(method, _)| check_deposit(world, order, *method).is_ok());
    let choice = |(method, name): &(PaymentMethod, &str)| {
        let checked = if *method == order.payment_method { " checked" } else { "" };
        format!("<label><input type=\"radio\" name=\"payment_method\" value=\"{method}\"{checked}> {name}</label>")
    };
    offered.map(choice).collect()
}

/// When storage begins, in words.
fn begins(world: &World, order: &Order, at: Timestamp) -> String {
    let zone = world.sites.get(order.site).map(|site| site.settings.time_zone).unwrap_or_default();
    match order.starts_at {
        Some(StartsAt::At(start)) if start.date_in(zone) != at.date_in(zone) => {
            format!("on {}", start.date_in(zone).format("%-d %B %Y"))
        }
        _ => "today".to_owned(),
    }
}

/// What a line is for, in words.
fn wording(world: &World, line: &OrderLineItem) -> String {
    let name = billing::wording(world, line.line_kind(), line.item).map(|(name, _)| name);
    let name = name.unwrap_or_else(|| line.item.to_string());
    if line.quantity == 1 { name } else { format!("{} × {name}", line.quantity) }
}

fn row(name: &str, total: i64, currency: Currency) -> String {
    format!("<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escape::html(name), amount(total, currency))
}

fn amount(amount: i64, currency: Currency) -> String {
    escape::html(&money::format(amount, currency))
}

fn site(world: &World, order: &Order) -> String {
    world.sites.get(order.site).map_or_else(|| order.site.to_string(), |site| site.name.clone())
}

fn reference(order: &Order) -> String {
    format!("<footer>Order <code>{}</code>. This is a mock: no money moves.</footer>", order.id)
}

/// What a customer sees who cancels an order that does not say where to go.
fn cancelled(here: &str) -> Answer {
    let main = format!(
        "<h1>Not paid</h1><p>Nothing was charged. The booking is kept: <a href=\"{}\">pay it after all</a>.</p>",
        escape::html(here)
    );
    html(StatusCode::OK, "Not paid", &main)
}

fn unknown() -> Answer {
    sorry(StatusCode::NOT_FOUND, "There is no such booking.")
}

fn sorry(status: StatusCode, reason: &str) -> Answer {
    html(status, "Checkout", &format!("<h1>{}</h1>", escape::html(reason)))
}
