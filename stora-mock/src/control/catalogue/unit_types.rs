//! Unit types.

use schemars::JsonSchema;
use serde::Deserialize;
use stora_client::types;

use super::{PeriodAmounts, SetImage, given};
use crate::api::body_id;
use crate::contract::Method::{Delete, Patch, Post, Put};
use crate::control::handle::{Make, known};
use crate::control::route::{Route, Tag, route};
use crate::control::{ControlError, OperatorControl};
use crate::domain::ids::{SiteId, UnitTypeId};
use crate::domain::money::Percent;
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::domain::unit_type::{
    Comparison, Dimensions, MeasurementUnit, NewUnitType, PriceRule, UnitType, UnitTypeChange, UnitTypeStatus,
};
use crate::store::World;

/// A unit type to make.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUnitType {
    /// Its site.
    pub site_id: String,
    /// Its name.
    pub name: String,
    /// Its part of storefront addresses, unique within the site; made of the name where this is left out.
    pub slug: Option<String>,
    /// How large it is.
    pub dimensions: Option<Measurements>,
    /// How large it is, in words.
    pub size_description: Option<String>,
    /// What speaks for it.
    #[serde(default)]
    pub selling_points: Vec<String>,
    /// A coupon that advertises it.
    pub promotion_id: Option<String>,
    /// Whether tenants need cover.
    #[serde(default)]
    pub require_insurance_coverage: bool,
    /// The deposit for one unit, in minor units.
    #[schemars(range(min = 0))]
    pub security_deposit: Option<i64>,
    /// Its base prices.
    #[serde(default)]
    pub base_prices: PeriodAmounts,
    /// Rules by which its prices move with its occupancy (Y1).
    #[serde(default)]
    pub price_rules: Vec<OccupancyRule>,
    /// Whether it can be booked; not to be set when that follows the units that are available (V3).
    pub status: Option<UnitTypeStatus>,
    /// Whether its status follows the units that are available (V3).
    #[serde(default)]
    pub auto_update_availability: bool,
    /// Code for bookkeeping.
    pub accounting_code: Option<String>,
}

/// Changes to a unit type. Its site never changes.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUnitType {
    /// Its name.
    pub name: Option<String>,
    /// Its part of storefront addresses.
    pub slug: Option<String>,
    /// How large it is.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Measurements>")]
    pub dimensions: Option<Option<Measurements>>,
    /// How large it is, in words.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub size_description: Option<Option<String>>,
    /// What speaks for it.
    pub selling_points: Option<Vec<String>>,
    /// A coupon that advertises it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub promotion_id: Option<Option<String>>,
    /// Whether tenants need cover.
    pub require_insurance_coverage: Option<bool>,
    /// The deposit for one unit, in minor units.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<i64>")]
    pub security_deposit: Option<Option<i64>>,
    /// Base prices to set.
    #[serde(default)]
    pub base_prices: PeriodAmounts,
    /// All rules by which its prices move with its occupancy.
    pub price_rules: Option<Vec<OccupancyRule>>,
    /// Whether it can be booked.
    pub status: Option<UnitTypeStatus>,
    /// Whether its status follows the units that are available (V3).
    pub auto_update_availability: Option<bool>,
    /// Code for bookkeeping.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub accounting_code: Option<Option<String>>,
}

/// How large something is.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Measurements {
    pub width: Option<f64>,
    pub length: Option<f64>,
    pub height: Option<f64>,
    pub measurement_unit: MeasurementUnit,
}

/// A rule by which prices move with the occupancy (Y1).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OccupancyRule {
    /// How the occupancy is compared with the threshold.
    pub comparison: Comparison,
    /// The threshold, in per cent of the units.
    #[schemars(with = "f64", range(min = 0, max = 100))]
    pub occupancy: Percent,
    /// What is added to the base price, in per cent of it; negative to take off.
    #[schemars(with = "f64", range(min = -100))]
    pub change: Percent,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Post, "/unit_types", "unit_type_create", Tag::UnitTypes, "Makes a unit type.")
            .takes::<CreateUnitType>()
            .status(201)
            .record("unit_type", "UnitType", |operator, _, new| operator.create_unit_type(new)),
        route(Patch, "/unit_types/{unit_type_id}", "unit_type_update", Tag::UnitTypes, "Changes a unit type.")
            .takes::<ChangeUnitType>()
            .record("unit_type", "UnitType", |operator, input, change| {
                operator.change_unit_type(input.param("unit_type_id"), change)
            }),
        route(
            Put,
            "/unit_types/{unit_type_id}/image",
            "unit_type_image_set",
            Tag::UnitTypes,
            "Gives a unit type a picture.",
        )
        .takes::<SetImage>()
        .record("unit_type", "UnitType", |operator, input, image| {
            operator.set_unit_type_image(input.param("unit_type_id"), Some(image))
        }),
        route(
            Delete,
            "/unit_types/{unit_type_id}/image",
            "unit_type_image_delete",
            Tag::UnitTypes,
            "Takes the picture of a unit type away.",
        )
        .record("unit_type", "UnitType", |operator, input, ()| {
            operator.set_unit_type_image(input.param("unit_type_id"), None)
        }),
    ]
}

impl OperatorControl {
    /// Makes a unit type.
    ///
    /// # Errors
    /// Values that cannot be; a conflict when the site has the slug already, and over the status (V3).
    pub fn create_unit_type(&self, new: CreateUnitType) -> Result<types::UnitType, ControlError> {
        self.make(new)
    }

    /// Changes a unit type.
    ///
    /// # Errors
    /// Not found; otherwise as on creation.
    pub fn change_unit_type(&self, id: &str, change: ChangeUnitType) -> Result<types::UnitType, ControlError> {
        self.act_on::<UnitType>(|world, now| {
            let id = known(id)?;
            UnitType::change(world, now, id, change.try_into()?)?;
            Ok(id)
        })
    }

    /// Gives a unit type a picture, or takes it away.
    ///
    /// # Errors
    /// Not found; what is no picture.
    pub fn set_unit_type_image(&self, id: &str, image: Option<SetImage>) -> Result<types::UnitType, ControlError> {
        self.act_on::<UnitType>(|world, now| {
            let id = known(id)?;
            let image = image.map(SetImage::read).transpose()?;
            UnitType::set_image(world, now, id, image)?;
            Ok(id)
        })
    }
}

impl CreateUnitType {
    /// The unit type at a site, without a promotion.
    fn at(self, site: SiteId) -> NewUnitType {
        NewUnitType {
            site,
            name: self.name,
            slug: self.slug,
            dimensions: self.dimensions.map(Dimensions::from),
            size_description: self.size_description,
            selling_points: self.selling_points,
            promotion: None,
            require_insurance_coverage: self.require_insurance_coverage,
            security_deposit: self.security_deposit,
            base_prices: self.base_prices.into(),
            price_rules: self.price_rules.into_iter().map(PriceRule::from).collect(),
            status: self.status,
            auto_update_availability: self.auto_update_availability,
            accounting_code: self.accounting_code,
        }
    }
}

impl TryFrom<ChangeUnitType> for UnitTypeChange {
    type Error = Refusal;

    fn try_from(change: ChangeUnitType) -> Result<Self, Refusal> {
        let promotion = change.promotion_id.map(|id| id.map(|id| body_id(&id, "/promotion_id")).transpose());
        Ok(Self {
            name: change.name,
            slug: change.slug,
            dimensions: change.dimensions.map(|dimensions| dimensions.map(Dimensions::from)),
            size_description: change.size_description,
            selling_points: change.selling_points,
            promotion: promotion.transpose()?,
            require_insurance_coverage: change.require_insurance_coverage,
            security_deposit: change.security_deposit,
            base_prices: change.base_prices.into(),
            price_rules: change.price_rules.map(|rules| rules.into_iter().map(PriceRule::from).collect()),
            status: change.status,
            auto_update_availability: change.auto_update_availability,
            accounting_code: change.accounting_code,
        })
    }
}

impl From<Measurements> for Dimensions {
    fn from(measured: Measurements) -> Self {
        let Measurements { width, length, height, measurement_unit } = measured;
        Self { height, length, measurement_unit, width }
    }
}

impl From<OccupancyRule> for PriceRule {
    fn from(rule: OccupancyRule) -> Self {
        let OccupancyRule { comparison, occupancy, change } = rule;
        Self { comparison, occupancy, change }
    }
}

impl Make for CreateUnitType {
    type Made = UnitType;

    fn make(self, world: &mut World, at: Timestamp) -> Result<UnitTypeId, ControlError> {
        let site = body_id(&self.site_id, "/site_id")?;
        let promotion = self.promotion_id.as_deref().map(|id| body_id(id, "/promotion_id")).transpose()?;
        Ok(UnitType::create(world, at, NewUnitType { promotion, ..self.at(site) })?)
    }
}
