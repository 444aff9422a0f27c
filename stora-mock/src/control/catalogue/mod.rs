//! What staff make and edit: sites, units, products, coupons and the like (X2).
//!
//! The structures here are bodies of requests. Where a change has a member that may be cleared, null clears it, and leaving it
//! out lets it be. Amounts are in minor units of the operator's currency.

mod contracts;
mod coupons;
mod crm;
mod prices;
mod products;
mod sites;
mod timeline;
mod unit_types;
mod units;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::route::Route;

pub use contracts::{ChangeContractTemplate, CreateContractTemplate};
pub use coupons::{AppliesTo, ChangeCoupon, CreateCoupon};
pub use crm::{ChangeDealStage, ChangeStaff, CreateDealStage, CreateStaff, FailIdentityVerification};
pub use prices::{PeriodAmounts, ProductAmounts};
pub use products::{ChangeProduct, ChangeProtectionLevel, CreateProduct, CreateProductCategory, CreateProtectionLevel};
pub use sites::{
    ChangeSite, ChangeSiteSettings, CreateSite, OpeningDay, OpeningHours, SetImage, StreetAddress, TaxRatesChange,
    WindowChange,
};
pub use timeline::{CreateTimelineSource, CreateTimelineTemplate, RenderedEvent, TemplateVariables};
pub use unit_types::{ChangeUnitType, CreateUnitType, Measurements, OccupancyRule};
pub use units::{ChangeUnit, CreateUnit};

/// The operations.
pub(super) fn routes() -> Vec<Route> {
    let groups = [
        sites::routes(),
        unit_types::routes(),
        units::routes(),
        products::routes(),
        coupons::routes(),
        crm::routes(),
        contracts::routes(),
        timeline::routes(),
    ];
    groups.into_iter().flatten().collect()
}

/// A member that is there, with its value or null.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A date.
#[derive(JsonSchema)]
#[schemars(transparent, extend("format" = "date"))]
#[allow(dead_code, reason = "it stands for a date in schemas alone")]
pub struct Day(String);

/// An instant.
#[derive(JsonSchema)]
#[schemars(transparent, extend("format" = "date-time"))]
#[allow(dead_code, reason = "it stands for an instant in schemas alone")]
pub struct Moment(String);
