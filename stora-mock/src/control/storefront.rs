//! What customers do on the storefront and its checkout page (X1).

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stora_client::types;

use super::catalogue::Day;
use super::handle::known;
use super::rentals::{RentedKind, item};
use super::route::{Route, Tag, route};
use super::{ControlError, OperatorControl};
use crate::api::body_id;
use crate::contract::Method::Post;
use crate::domain::booking::Booker;
use crate::domain::calendar::BillingPeriod;
use crate::domain::contact::{Address, Contact, ContactChange};
use crate::domain::order::{Order, PaymentMethod};
use crate::domain::refusal::Refusal;
use crate::domain::storefront::{self, ChosenLine, NewBooking};

/// The form of the storefront, filled in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBooking {
    /// Where.
    pub site_id: String,
    /// Who books. The email address finds a contact that there is, without regard to case (O25).
    pub contact: Visitor,
    /// How often it is to be billed.
    #[schemars(with = "crate::domain::price::PricePeriod")]
    pub billing_period: BillingPeriod,
    /// The day of the move-in, which is one of the site's window (O8).
    #[schemars(with = "Day")]
    pub starts_on: NaiveDate,
    /// How it will be paid; by card where this is left out.
    pub payment_method: Option<PaymentMethod>,
    /// Unit types, cover and products; deposits come by themselves.
    pub line_items: Vec<ChosenItem>,
    /// The code of a coupon, in any case (Q11). Where none is typed, the coupon counts that the unit type is advertised with (Q12).
    pub coupon_code: Option<String>,
    /// The template of the contract that completion makes.
    pub contract_template_id: Option<String>,
    /// Where the browser goes when the customer turns back at the checkout (O11).
    #[schemars(regex(pattern = "^https?://"))]
    pub cancel_redirect_url: Option<String>,
}

/// Something that was chosen on the form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChosenItem {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: RentedKind,
    /// What it is for: a unit type, a protection level or a product.
    pub item_id: String,
    /// Number of pieces; one where this is left out.
    #[schemars(range(min = 1))]
    pub quantity: Option<i64>,
}

/// Whoever is on the storefront.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Visitor {
    /// The email address.
    #[schemars(extend("format" = "email"))]
    pub email: String,
    /// The name.
    pub full_name: Option<String>,
    /// The telephone number.
    pub phone_number: Option<String>,
    /// Where they live.
    pub address: Option<HomeAddress>,
    /// What they are, such as `company`.
    #[serde(rename = "type")]
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,49}$"))]
    pub kind: Option<String>,
    /// Number in the register of companies.
    pub company_registration_number: Option<String>,
    /// How they came to know of the business.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,49}$"))]
    pub marketing_source: Option<String>,
    /// What they need storage for.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]{0,49}$"))]
    pub use_case: Option<String>,
}

/// Where somebody lives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct HomeAddress {
    pub line_1: Option<String>,
    pub line_2: Option<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    pub postal_code: Option<String>,
    /// The country, by ISO 3166 with two letters.
    #[schemars(regex(pattern = "^[A-Z]{2}$"))]
    pub country_alpha2: Option<String>,
}

/// Somebody who would rent, where nothing can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLead {
    /// What they would rent: a unit type that collects leads.
    pub unit_type_id: String,
    /// Who.
    pub contact: Visitor,
}

/// Where a browser goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckoutLeft {
    /// The address that was given as the order was finalized; null where none was.
    pub redirect_to: Option<String>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Post, "/bookings", "booking_create", Tag::Bookings, "Books on the storefront, as the customer does.")
            .takes::<CreateBooking>()
            .status(201)
            .record("order", "Order", |operator, _, new| operator.book(new)),
        route(
            Post,
            "/leads",
            "lead_create",
            Tag::Leads,
            "Leaves data on the storefront for a unit type that collects leads.",
        )
        .takes::<CreateLead>()
        .status(201)
        .record("contact", "Contact", |operator, _, lead| operator.leave_data(lead)),
        route(
            Post,
            "/orders/{order_id}/leave_checkout",
            "order_leave_checkout",
            Tag::Orders,
            "Turns back at the checkout page of an order, which can still be paid.",
        )
        .operator(|operator, input, ()| operator.leave_checkout(input.param("order_id"))),
    ]
}

impl OperatorControl {
    /// The customer books on the storefront. The order is finalized, and is paid on its checkout page.
    ///
    /// # Errors
    /// Values that cannot be, and what is lacking on the form; a conflict for a unit type that only collects leads (V1), over the
    /// coupon (Q8, Q9), and when a deposit would not be paid by card (P2).
    pub fn book(&self, new: CreateBooking) -> Result<types::Order, ControlError> {
        self.act_on::<Order>(|world, now| {
            let new = new.read()?;
            storefront::book(world, now, new).map_err(|refusal| ControlError::from(refusal).naming_ids())
        })
    }

    /// Somebody leaves their data on the storefront for a unit type that collects leads (V1, V5). Gives the contact.
    ///
    /// # Errors
    /// A unit type that there is not, and what contacts are refused for; a conflict when the unit type can be booked (V1).
    pub fn leave_data(&self, lead: CreateLead) -> Result<types::Contact, ControlError> {
        self.act_on::<Contact>(|world, now| {
            let unit_type = body_id(&lead.unit_type_id, "/unit_type_id")?;
            storefront::leave_data(world, now, unit_type, lead.contact.into())
                .map_err(|refusal| ControlError::from(refusal).naming_ids())
        })
    }

    /// The customer turns back at the checkout page of an order, which stays as it is (O11).
    ///
    /// # Errors
    /// Not found; a conflict unless the order is finalized.
    pub fn leave_checkout(&self, id: &str) -> Result<CheckoutLeft, ControlError> {
        let world = self.operator.read();
        let redirect_to = storefront::leave_checkout(&world, known(id)?)?.map(str::to_owned);
        Ok(CheckoutLeft { redirect_to })
    }
}

impl CreateBooking {
    fn read(self) -> Result<NewBooking, Refusal> {
        let method = self.payment_method.unwrap_or(PaymentMethod::Card);
        if method == PaymentMethod::Manual {
            return Err(Refusal::invalid("/payment_method", "The checkout page takes cards and mandates only."));
        }
        let line_items = self.line_items.into_iter().enumerate().map(|(place, line)| line.read(place));
        let template = self.contract_template_id.map(|id| body_id(&id, "/contract_template_id"));
        Ok(NewBooking {
            site: body_id(&self.site_id, "/site_id")?,
            contact: self.contact.into(),
            billing_period: self.billing_period,
            starts_on: self.starts_on,
            payment_method: method,
            line_items: line_items.collect::<Result<_, _>>()?,
            coupon_code: self.coupon_code,
            contract_template: template.transpose()?,
            cancel_redirect_url: self.cancel_redirect_url,
        })
    }
}

impl ChosenItem {
    /// The line, which is the one at a place.
    fn read(self, place: usize) -> Result<ChosenLine, Refusal> {
        let item = item(&self.item_id, place)?;
        Ok(ChosenLine { kind: self.kind.into(), item, quantity: self.quantity.unwrap_or(1) })
    }
}

impl From<Visitor> for Booker {
    /// What was not filled in stays as it is.
    fn from(visitor: Visitor) -> Self {
        let data = ContactChange {
            full_name: visitor.full_name.map(Some),
            phone_number: visitor.phone_number.map(Some),
            address: visitor.address.map(|address| Some(address.into())),
            kind: visitor.kind.map(Some),
            company_registration_number: visitor.company_registration_number.map(Some),
            marketing_source: visitor.marketing_source.map(Some),
            use_case: visitor.use_case.map(Some),
            ..ContactChange::default()
        };
        Self::Inline { email: visitor.email, data: Box::new(data) }
    }
}

impl From<HomeAddress> for Address {
    fn from(address: HomeAddress) -> Self {
        let HomeAddress { line_1, line_2, city, state, postal_code, country_alpha2 } = address;
        Self { city, country_alpha2, line_1, line_2, postal_code, state }
    }
}
