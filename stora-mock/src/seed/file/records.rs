//! Records of seed files that the control API has no request for: what comes about through the API or the storefront.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::body_id;
use crate::control::{ControlError, Make};
use crate::domain::booking::{Booker, Finalizing, NewOrder};
use crate::domain::calendar::BillingPeriod;
use crate::domain::completion::{self, PayOutcome, Payment};
use crate::domain::contact::{Address, Contact, NewContact};
use crate::domain::event::EventKind;
use crate::domain::ids::{AnyId, ContactId, Id as _, OrderId, WebhookEndpointId};
use crate::domain::order::{Emails, Order, OrderLineKind, OrderSource, OrderStatus, PaymentMethod, StartsAt};
use crate::domain::order_lines::NewLine;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::webhook_endpoint::{NewWebhookEndpoint, WebhookEndpoint};
use crate::store::World;

/// A contact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedContact {
    /// Its email address, unique without regard to case.
    #[schemars(extend("format" = "email"))]
    email: String,
    /// Its name.
    full_name: Option<String>,
    /// Its telephone number.
    phone_number: Option<String>,
    /// Its tax number.
    tax_id: Option<String>,
    /// Its number as a company.
    company_registration_number: Option<String>,
    /// Where it lives.
    address: Option<SeedAddress>,
    /// What it is, such as `company`.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// How it came to know of the business.
    marketing_source: Option<String>,
    /// Where it came from.
    source: Option<String>,
    /// What it wants storage for.
    use_case: Option<String>,
    /// The integrator's own pairs.
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// The address of a contact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SeedAddress {
    line_1: Option<String>,
    line_2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    /// The country, by ISO 3166 with two letters.
    country_alpha2: Option<String>,
}

/// An order, with all that comes of it if it is paid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedOrder {
    /// Where.
    site_id: String,
    /// Who books.
    contact_id: Option<String>,
    /// How far it is.
    status: OrderStatus,
    /// When it was paid, for a completed order; as it was made where this is left out.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    paid_at: Option<Timestamp>,
    /// How often the recurring lines are billed.
    #[schemars(with = "Option<crate::domain::price::PricePeriod>")]
    billing_period: Option<BillingPeriod>,
    /// How the customer pays; by card where this is left out.
    payment_method: Option<PaymentMethod>,
    /// When storage begins; as the order completes where this is left out.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    starts_at: Option<Timestamp>,
    /// The coupon that it carries.
    coupon_id: Option<String>,
    /// The template of the contract that completion makes.
    contract_template_id: Option<String>,
    /// The customer's own order number.
    purchase_order_number: Option<String>,
    /// Its lines.
    #[serde(default)]
    line_items: Vec<SeedLine>,
    /// The integrator's own pairs.
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedLine {
    /// What it is.
    #[serde(rename = "type")]
    kind: OrderLineKind,
    /// What it is for: a unit type, a protection level or a product.
    item_id: String,
    /// Number of pieces; one where this is left out.
    #[schemars(range(min = 1))]
    quantity: Option<i64>,
    /// Price of one piece, in minor units; that of the catalogue where this is left out.
    #[schemars(range(min = 0))]
    price: Option<i64>,
}

/// A webhook endpoint. Its creator is the access token that there was first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedWebhookEndpoint {
    /// Its name.
    name: String,
    /// Where events go.
    #[schemars(extend("format" = "uri"))]
    url: String,
    /// Which events go there.
    event_types: Vec<EventKind>,
    /// A text about it.
    description: Option<String>,
    /// The integrator's own pairs.
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

impl Make for SeedContact {
    type Made = Contact;

    fn make(self, world: &mut World, at: Timestamp) -> Result<ContactId, ControlError> {
        let new = NewContact {
            email: self.email,
            full_name: self.full_name,
            phone_number: self.phone_number,
            tax_id: self.tax_id,
            company_registration_number: self.company_registration_number,
            address: self.address.map(Address::from),
            kind: self.kind,
            marketing_source: self.marketing_source,
            source: self.source,
            use_case: self.use_case,
            metadata: self.metadata,
        };
        Ok(Contact::create(world, at, new)?)
    }
}

impl From<SeedAddress> for Address {
    fn from(address: SeedAddress) -> Self {
        let SeedAddress { line_1, line_2, city, state, postal_code, country_alpha2 } = address;
        Self { city, country_alpha2, line_1, line_2, postal_code, state }
    }
}

impl Make for SeedOrder {
    type Made = Order;

    /// Makes the order and leads it to its status, as customers and staff do.
    fn make(self, world: &mut World, at: Timestamp) -> Result<OrderId, ControlError> {
        let (status, paid_at) = (self.status, self.paid_at.unwrap_or(at));
        if paid_at < at {
            return Err(Refusal::invalid("/paid_at", "An order is paid after it was made.").into());
        }
        let id =
            Order::create(world, at, self.booked()?).map_err(|refusal| ControlError::from(refusal).naming_ids())?;
        match status {
            OrderStatus::Draft | OrderStatus::Finalized => {}
            OrderStatus::Abandoned => completion::abandon(world, at, id)?,
            OrderStatus::Completed => {
                if completion::pay(world, paid_at, id, PayOutcome::Succeed, None)? == Payment::Declined {
                    return Err(ControlError::conflict("The charge for the order is declined."));
                }
            }
        }
        Ok(id)
    }
}

impl SeedOrder {
    /// The order as it is made. One that is to be completed is finalized.
    fn booked(self) -> Result<NewOrder, Refusal> {
        let known = |id: Option<String>, pointer: &str| id.map(|id| body_id(&id, pointer)).transpose();
        let is_locked = matches!(self.status, OrderStatus::Finalized | OrderStatus::Completed);
        let lines = self.line_items.into_iter().enumerate().map(|(i, line)| line.read(i));
        Ok(NewOrder {
            site: body_id(&self.site_id, "/site_id")?,
            source: OrderSource::Backoffice,
            billing_period: self.billing_period,
            payment_method: self.payment_method.unwrap_or(PaymentMethod::Card),
            purchase_order_number: self.purchase_order_number,
            starts_at: Some(self.starts_at.map_or(StartsAt::Now, StartsAt::At)),
            emails: Emails { booking_confirmation: true, move_in_day: true },
            coupon: self.coupon_id.map(|id| body_id(&id, "/coupon_id")).transpose()?,
            contract_template: self.contract_template_id.map(|id| body_id(&id, "/contract_template_id")).transpose()?,
            contact: known(self.contact_id, "/contact_id")?.map(Booker::Known),
            line_items: lines.collect::<Result<_, _>>()?,
            metadata: self.metadata,
            finalize: is_locked.then(Finalizing::default),
        })
    }
}

impl SeedLine {
    /// The line, which is the one at a place.
    fn read(self, place: usize) -> Result<NewLine, Refusal> {
        let pointer = format!("/line_items/{place}/item_id");
        let unknown =
            || Refusal::invalid(pointer, format!("There is no record with the key or id `{}`.", self.item_id));
        let item = AnyId::parse(&self.item_id).ok_or_else(unknown)?;
        Ok(NewLine { kind: self.kind, item, quantity: self.quantity.unwrap_or(1), price: self.price })
    }
}

impl Make for SeedWebhookEndpoint {
    type Made = WebhookEndpoint;

    fn make(self, world: &mut World, at: Timestamp) -> Result<WebhookEndpointId, ControlError> {
        let creator = world.access.access_tokens().map(|token| (token.created_at, token.id)).min();
        let Some((_, creator)) = creator else {
            return Err(ControlError::conflict(
                "A webhook endpoint is made with an access token, of which there is none.",
            ));
        };
        let new = NewWebhookEndpoint {
            creator: creator.any(),
            name: self.name,
            url: self.url,
            event_types: self.event_types,
            description: self.description,
            metadata: self.metadata,
        };
        Ok(WebhookEndpoint::create(world, at, new))
    }
}
