//! Many records at once, for tests under load.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChangeSiteSettings, ControlError, CreateSite, Make as _, OperatorControl, PeriodAmounts, StreetAddress};
use crate::domain::booking::{Booker, Finalizing, NewOrder};
use crate::domain::calendar::BillingPeriod;
use crate::domain::completion::{PayOutcome, pay};
use crate::domain::contact::{Contact, NewContact};
use crate::domain::ids::{ContactId, SiteId, UnitTypeId};
use crate::domain::metadata::Metadata;
use crate::domain::order::{Emails, Order, OrderLineKind, OrderSource, PaymentMethod, StartsAt};
use crate::domain::order_lines::NewLine;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit_type::{NewUnitType, UnitType};
use crate::seed::DAY;
use crate::store::World;

/// How much to make.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fill {
    /// How many contacts: leads with email addresses of their own, each created one second after the one before, the last now.
    /// Every tenth is a company.
    #[schemars(range(max = MOST_CONTACTS))]
    pub contacts: u32,
    /// How many rentals, each of a contact of its own: 120.00 a month by card, from today or one of the 27 days after it on, at a
    /// site of their own.
    #[schemars(range(max = MOST_RENTALS))]
    pub rentals: u32,
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Filled {
    /// How many contacts.
    pub contacts: u32,
    /// How many rentals.
    pub rentals: u32,
}

/// The most contacts that are made at once.
const MOST_CONTACTS: u32 = 1_000_000;

/// The most rentals that are made at once.
const MOST_RENTALS: u32 = 100_000;

/// The days over which the starts of rentals are spread.
const DAYS: u32 = 28;

impl OperatorControl {
    /// Makes many contacts and rentals at once. Like the loading of data, it fires no events (X7).
    ///
    /// # Errors
    /// More than a million contacts or 100,000 rentals; a conflict when a contact has one of the email addresses, which are made
    /// up.
    pub fn fill(&self, fill: Fill) -> Result<Filled, ControlError> {
        let Fill { contacts, rentals } = fill;
        for (pointer, count, most) in [("/contacts", contacts, MOST_CONTACTS), ("/rentals", rentals, MOST_RENTALS)] {
            if count > most {
                return Err(Refusal::invalid(pointer, format!("At most {most} are made at once.")).into());
            }
        }
        self.load(|world, now| {
            for i in 0..contacts {
                lead(world, now.plus_seconds(i64::from(i) + 1 - i64::from(contacts)), i)?;
            }
            if rentals > 0 {
                let (site, unit_type) = storage(world, now)?;
                for i in 0..rentals {
                    rental(world, now, site, unit_type, i)?;
                }
            }
            Ok(Filled { contacts, rentals })
        })
    }
}

fn lead(world: &mut World, at: Timestamp, i: u32) -> Result<ContactId, Refusal> {
    // The words of one source never repeat.
    let new = NewContact {
        email: format!("lead-{:016x}@example.com", world.ids.word()),
        full_name: Some(format!("Lead {}", world.contacts.len() + 1)),
        kind: (i % 10 == 9).then(|| "company".to_owned()),
        ..NewContact::default()
    };
    Contact::create(world, at, new)
}

/// A site with one unit type.
fn storage(world: &mut World, now: Timestamp) -> Result<(SiteId, UnitTypeId), ControlError> {
    let address = StreetAddress {
        line_1: "1 Load Lane".to_owned(),
        city: "Hull".to_owned(),
        postal_code: "HU1 1AA".to_owned(),
        line_2: None,
    };
    let new = CreateSite {
        name: "Load".to_owned(),
        address,
        access_hours: None,
        description: None,
        google_maps_url: None,
        opened_at: None,
        phone: None,
        settings: ChangeSiteSettings::default(),
    };
    let site = new.make(world, now)?;
    let new = NewUnitType {
        site,
        name: "50 sq ft".to_owned(),
        slug: None,
        dimensions: None,
        size_description: None,
        selling_points: Vec::new(),
        promotion: None,
        require_insurance_coverage: false,
        security_deposit: None,
        base_prices: PeriodAmounts { monthly: Some(12_000), ..PeriodAmounts::default() }.into(),
        price_rules: Vec::new(),
        status: None,
        auto_update_availability: false,
        accounting_code: None,
    };
    Ok((site, UnitType::create(world, now, new)?))
}

fn rental(world: &mut World, now: Timestamp, site: SiteId, unit_type: UnitTypeId, i: u32) -> Result<(), Refusal> {
    let contact = lead(world, now, i)?;
    let line = NewLine { kind: OrderLineKind::UnitType, item: unit_type.into(), quantity: 1, price: None };
    let new = NewOrder {
        site,
        source: OrderSource::PublicApi,
        billing_period: Some(BillingPeriod::Monthly),
        payment_method: PaymentMethod::Card,
        purchase_order_number: None,
        starts_at: Some(StartsAt::At(now.plus_seconds(i64::from(i % DAYS) * DAY))),
        emails: Emails { booking_confirmation: false, move_in_day: false },
        coupon: None,
        contract_template: None,
        contact: Some(Booker::Known(contact)),
        line_items: vec![line],
        metadata: Metadata::new(),
        finalize: Some(Finalizing::default()),
    };
    let order = Order::create(world, now, new)?;
    pay(world, now, order, PayOutcome::Succeed, None).map(drop)
}
