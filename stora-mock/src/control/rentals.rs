//! How rentals are made by staff, moved, and cancelled.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stora_client::types;

use super::catalogue::{Day, Moment};
use super::handle::known;
use super::route::{Input, Route, Tag, route};
use super::{ControlError, OperatorControl};
use crate::api::body_id;
use crate::contract::Method::Post;
use crate::domain::backoffice::{self, NewRental};
use crate::domain::calendar::BillingPeriod;
use crate::domain::ending::{self, CancelWhen, Cancellation};
use crate::domain::ids::AnyId;
use crate::domain::order::{OrderLineKind, PaymentMethod, StartsAt};
use crate::domain::order_lines::NewLine;
use crate::domain::refusal::Refusal;
use crate::domain::subscription::Subscription;
use crate::domain::time::Timestamp;

/// A rental to make without an order (K4).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSubscription {
    /// Who rents.
    pub contact_id: String,
    /// Where.
    pub site_id: String,
    /// How often it is billed.
    #[schemars(with = "crate::domain::price::PricePeriod")]
    pub billing_period: BillingPeriod,
    /// When it starts; now where this is left out. A past start means that storage has already begun (K3).
    #[schemars(with = "Option<Moment>")]
    pub starts_at: Option<Timestamp>,
    /// How it is paid; by card where this is left out. A card may be saved later, a mandate must have been (I17).
    pub payment_method: Option<PaymentMethod>,
    /// The customer's own order number.
    pub purchase_order_number: Option<String>,
    /// The coupon that it carries.
    pub coupon_id: Option<String>,
    /// What is billed in every period: at least one unit type.
    pub line_items: Vec<RentedItem>,
}

/// Something that a rental bills in every period.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RentedItem {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: RentedKind,
    /// What it is for: a unit type, a protection level or a product that is charged in every period.
    pub item_id: String,
    /// Number of pieces; one where this is left out.
    #[schemars(range(min = 1))]
    pub quantity: Option<i64>,
    /// Price of one piece, in minor units; that of the catalogue where this is left out.
    #[schemars(range(min = 0))]
    pub price: Option<i64>,
}

/// What can be rented or bought beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RentedKind {
    /// Units of a type.
    UnitType,
    /// Cover.
    Protection,
    /// A product.
    Product,
}

/// Another start of a rental that is to come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveStart {
    /// When it starts; now where this is left out.
    #[schemars(with = "Option<Moment>")]
    pub starts_at: Option<Timestamp>,
}

/// A cancellation by staff.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelSubscription {
    /// When the rental is to end, if it has started; before the start it ends at once (M1).
    pub when: CancelAt,
    /// The day to end on, with `on_date` alone.
    #[schemars(with = "Option<Day>")]
    pub on: Option<NaiveDate>,
    /// Why: any word; `unknown` where this is left out.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,49}$"))]
    pub reason: Option<String>,
    /// Why, in words; needed with the reason `other`.
    pub text: Option<String>,
}

/// When a rental is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelAt {
    /// Now.
    Immediately,
    /// At the end of the day on which the billed period ends.
    EndOfTerm,
    /// At the end of a day.
    OnDate,
}

pub(super) fn routes() -> Vec<Route> {
    let id = |input: &Input| input.param("subscription_id").to_owned();
    vec![
        route(Post, "/subscriptions", "subscription_create", Tag::Subscriptions, "Makes a rental without an order.")
            .takes::<CreateSubscription>()
            .status(201)
            .record("subscription", "Subscription", |operator, _, new| operator.create_subscription(new)),
        route(
            Post,
            "/subscriptions/{subscription_id}/move_start",
            "subscription_move_start",
            Tag::Subscriptions,
            "Moves the start of a rental that is to come.",
        )
        .takes::<MoveStart>()
        .record("subscription", "Subscription", move |operator, input, start| operator.move_start(&id(input), start)),
        route(
            Post,
            "/subscriptions/{subscription_id}/cancel",
            "subscription_cancel",
            Tag::Subscriptions,
            "Cancels a rental, as staff do.",
        )
        .takes::<CancelSubscription>()
        .record("subscription", "Subscription", move |operator, input, cancel| {
            operator.cancel_subscription(&id(input), cancel)
        }),
        route(
            Post,
            "/subscriptions/{subscription_id}/cancel_in_portal",
            "subscription_cancel_in_portal",
            Tag::Subscriptions,
            "Cancels a rental, as the customer does in the portal.",
        )
        .record("subscription", "Subscription", move |operator, input, ()| operator.cancel_in_portal(&id(input))),
        route(
            Post,
            "/subscriptions/{subscription_id}/undo_cancellation",
            "subscription_undo_cancellation",
            Tag::Subscriptions,
            "Is refused: a cancellation is final.",
        )
        .record("subscription", "Subscription", move |operator, input, ()| operator.undo_cancellation(&id(input))),
    ]
}

impl OperatorControl {
    /// Staff make a rental without an order (K4). Its first invoice stays a draft for an hour (B8).
    ///
    /// # Errors
    /// Whatever is named that there is not, or not at this site; a price that is missing or too large; lines that are charged once,
    /// and no line of a unit type. A conflict over the coupon (Q8, Q9), and for a debit without a mandate (I17).
    pub fn create_subscription(&self, new: CreateSubscription) -> Result<types::Subscription, ControlError> {
        self.act_on::<Subscription>(|world, now| {
            let new = new.read()?;
            backoffice::rent(world, now, new).map_err(|refusal| ControlError::from(refusal).naming_ids())
        })
    }

    /// Staff move the start of a rental that is to come. Moved to today or an earlier day, it starts at once (S4, H12).
    ///
    /// # Errors
    /// Not found; a conflict when it is cancelled (M9) or has started (S4).
    pub fn move_start(&self, id: &str, start: MoveStart) -> Result<types::Subscription, ControlError> {
        self.act_on::<Subscription>(|world, now| {
            let id = known(id)?;
            backoffice::move_start(world, now, id, starting(start.starts_at))?;
            Ok(id)
        })
    }

    /// Staff cancel a rental, which nothing undoes (M1 to M10).
    ///
    /// # Errors
    /// Not found; a day that is past, or one without `on_date`; `other` without a text; a conflict when it is cancelled already
    /// (M9).
    pub fn cancel_subscription(
        &self,
        id: &str,
        cancel: CancelSubscription,
    ) -> Result<types::Subscription, ControlError> {
        self.act_on::<Subscription>(|world, now| {
            let id = known(id)?;
            ending::cancel(world, now, id, cancel.read()?)?;
            Ok(id)
        })
    }

    /// The customer cancels a rental in the portal, to the day up to which it is paid (M8).
    ///
    /// # Errors
    /// Not found; a conflict when customers may not (M8), and when it is cancelled already (M9).
    pub fn cancel_in_portal(&self, id: &str) -> Result<types::Subscription, ControlError> {
        self.act_on::<Subscription>(|world, now| {
            let id = known(id)?;
            ending::cancel_in_portal(world, now, id)?;
            Ok(id)
        })
    }

    /// Staff want a cancellation undone, which cannot be (S3).
    ///
    /// # Errors
    /// Always: not found, or a conflict (M9).
    pub fn undo_cancellation(&self, id: &str) -> Result<types::Subscription, ControlError> {
        self.act_on::<Subscription>(|world, _| {
            let id = known(id)?;
            ending::undo(world, id)?;
            Ok(id)
        })
    }
}

impl CreateSubscription {
    fn read(self) -> Result<NewRental, Refusal> {
        let line_items = self.line_items.into_iter().enumerate().map(|(place, line)| line.read(place));
        Ok(NewRental {
            contact: body_id(&self.contact_id, "/contact_id")?,
            site: body_id(&self.site_id, "/site_id")?,
            billing_period: self.billing_period,
            starts_at: starting(self.starts_at),
            payment_method: self.payment_method.unwrap_or(PaymentMethod::Card),
            purchase_order_number: self.purchase_order_number,
            coupon: self.coupon_id.map(|id| body_id(&id, "/coupon_id")).transpose()?,
            line_items: line_items.collect::<Result<_, _>>()?,
        })
    }
}

impl RentedItem {
    /// The line, which is the one at a place.
    fn read(self, place: usize) -> Result<NewLine, Refusal> {
        let item = item(&self.item_id, place)?;
        Ok(NewLine { kind: self.kind.into(), item, quantity: self.quantity.unwrap_or(1), price: self.price })
    }
}

impl CancelSubscription {
    /// One that says when, and no more.
    pub fn at(when: CancelAt) -> Self {
        Self { when, on: None, reason: None, text: None }
    }

    /// One to the end of a day.
    pub fn on(day: NaiveDate) -> Self {
        Self { on: Some(day), ..Self::at(CancelAt::OnDate) }
    }

    fn read(self) -> Result<Cancellation, Refusal> {
        let when = match (self.when, self.on) {
            (CancelAt::Immediately, None) => CancelWhen::Immediately,
            (CancelAt::EndOfTerm, None) => CancelWhen::EndOfTerm,
            (CancelAt::OnDate, Some(day)) => CancelWhen::On(day),
            (CancelAt::OnDate, None) => return Err(Refusal::invalid("/on", "With `on_date`, this says which day.")),
            (_, Some(_)) => return Err(Refusal::invalid("/on", "Only with `on_date` a day is chosen.")),
        };
        Ok(Cancellation { when, reason: self.reason, text: self.text })
    }
}

impl From<RentedKind> for OrderLineKind {
    fn from(kind: RentedKind) -> Self {
        match kind {
            RentedKind::UnitType => Self::UnitType,
            RentedKind::Protection => Self::Protection,
            RentedKind::Product => Self::Product,
        }
    }
}

/// The item of the line at a place.
pub(super) fn item(id: &str, place: usize) -> Result<AnyId, Refusal> {
    let unknown = || {
        let reason = format!("There is no unit type, protection level or product {id}.");
        Refusal::invalid(format!("/line_items/{place}/item_id"), reason)
    };
    AnyId::parse(id).ok_or_else(unknown)
}

fn starting(at: Option<Timestamp>) -> StartsAt {
    at.map_or(StartsAt::Now, StartsAt::At)
}
