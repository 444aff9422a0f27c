//! Unit types: what a customer books (A1).

use serde::{Deserialize, Serialize};

use super::change::set;
pub use super::dynamic_price::{Comparison, PriceRule};
use super::event::EventKind;
use super::faults::Faults;
use super::ids::{CouponId, SiteId, UnitTypeId};
use super::price::{BasePrices, Prices, check_base_prices, stripe_id};
use super::refusal::Refusal;
use super::site::{Image, slug, slug_or_id};
use super::time::Timestamp;
use super::unit::UnitStatus;
use super::words::words;
use crate::store::{FacetValue, Record, World, record_fields};

/// A kind of unit at a site, with its prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitType {
    /// Its id.
    pub id: UnitTypeId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Inner measurements.
    pub dimensions: Option<Dimensions>,
    /// Its picture, if it has one.
    pub image: Option<Image>,
    /// Its name, such as its area.
    pub name: String,
    /// What the storefront shows and new order lines take: the base prices as the rule in force changes them (Y4).
    pub prices: Prices,
    /// The coupon that the storefront advertises (Q12).
    pub promotion: Option<CouponId>,
    /// Whether the storefront insists on protection (O16).
    pub require_insurance_coverage: bool,
    /// The deposit that the storefront asks for, in minor units (P1).
    pub security_deposit: Option<i64>,
    /// Phrases in praise of it.
    pub selling_points: Vec<String>,
    /// Its site.
    pub site: SiteId,
    /// Its size in words.
    pub size_description: Option<String>,
    /// Its name in addresses, unique within the site.
    pub slug: String,
    /// Whether it can be booked (V1).
    pub status: UnitTypeStatus,
    /// Its id at the payment provider.
    pub stripe_product_id: Option<String>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What only the control API shows.
    pub settings: UnitTypeSettings,
}

/// Inner measurements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Dimensions {
    pub height: Option<f64>,
    pub length: Option<f64>,
    pub measurement_unit: MeasurementUnit,
    pub width: Option<f64>,
}

/// What staff set for a unit type.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct UnitTypeSettings {
    /// Whether its status follows the units that are available (V2).
    pub auto_update_availability: bool,
    /// Prices before dynamic pricing.
    pub base_prices: Prices,
    /// Rules of dynamic pricing, the oldest first (Y1).
    pub price_rules: Vec<PriceRule>,
    /// Code for bookkeeping, copied to invoice lines.
    pub accounting_code: Option<String>,
}

/// A unit type to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewUnitType {
    pub site: SiteId,
    pub name: String,
    /// Made from the name where it is none, or from the id where nothing of the name can stand in an address.
    pub slug: Option<String>,
    pub dimensions: Option<Dimensions>,
    pub size_description: Option<String>,
    pub selling_points: Vec<String>,
    pub promotion: Option<CouponId>,
    pub require_insurance_coverage: bool,
    /// In minor units.
    pub security_deposit: Option<i64>,
    pub base_prices: BasePrices,
    pub price_rules: Vec<PriceRule>,
    /// Bookable where it is none; must be none where the status follows the units (V3).
    pub status: Option<UnitTypeStatus>,
    pub auto_update_availability: bool,
    pub accounting_code: Option<String>,
}

/// Changes to a unit type: what is none stays, what is `Some(None)` is cleared.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct UnitTypeChange {
    pub name: Option<String>,
    pub slug: Option<String>,
    pub dimensions: Option<Option<Dimensions>>,
    pub size_description: Option<Option<String>>,
    pub selling_points: Option<Vec<String>>,
    pub promotion: Option<Option<CouponId>>,
    pub require_insurance_coverage: Option<bool>,
    pub security_deposit: Option<Option<i64>>,
    /// Periods that are not named keep their prices (L1).
    pub base_prices: BasePrices,
    /// In place of all rules there were.
    pub price_rules: Option<Vec<PriceRule>>,
    /// Must be none where the status follows the units (V3).
    pub status: Option<UnitTypeStatus>,
    pub auto_update_availability: Option<bool>,
    pub accounting_code: Option<Option<String>>,
}

words! {
    /// Whether a unit type can be booked on the storefront.
    UnitTypeStatus {
        Bookable = "bookable",
        CollectLeads = "collect_leads",
    }

    /// The unit of lengths.
    MeasurementUnit {
        Feet = "ft",
        Metres = "m",
    }
}

impl NewUnitType {
    /// A type with a site, a name, and nothing else: without prices, bookable until staff say otherwise.
    pub fn named(site: SiteId, name: impl Into<String>) -> Self {
        Self {
            site,
            name: name.into(),
            slug: None,
            dimensions: None,
            size_description: None,
            selling_points: Vec::new(),
            promotion: None,
            require_insurance_coverage: false,
            security_deposit: None,
            base_prices: BasePrices::new(),
            price_rules: Vec::new(),
            status: None,
            auto_update_availability: false,
            accounting_code: None,
        }
    }
}

impl UnitType {
    /// Makes a unit type.
    ///
    /// # Errors
    /// `/site_id` or `/promotion_id` when there is no such record; values that are out of range, each with its pointer; a conflict
    /// when another type of the site has the slug, or when a status is given that is to follow the units (V3).
    pub fn create(world: &mut World, at: Timestamp, new: NewUnitType) -> Result<UnitTypeId, Refusal> {
        let mut faults = Faults::default();
        faults.check_known("/site_id", &world.sites, Some(new.site));
        check_base_prices(&new.base_prices, "/base_prices", &mut faults);
        let mut base_prices = Prices::default();
        base_prices.set_base(&mut world.ids, new.base_prices);
        let id = world.ids.fresh();
        let mut unit_type = Self {
            id,
            created_at: at,
            dimensions: new.dimensions,
            image: None,
            slug: new.slug.unwrap_or_else(|| slug_or_id(&new.name, id)),
            name: new.name,
            prices: Prices::default(),
            promotion: new.promotion,
            require_insurance_coverage: new.require_insurance_coverage,
            security_deposit: new.security_deposit,
            selling_points: new.selling_points,
            site: new.site,
            size_description: new.size_description,
            status: new.status.unwrap_or(UnitTypeStatus::Bookable),
            stripe_product_id: Some(stripe_id(&mut world.ids, "test_", 14)),
            updated_at: at,
            settings: UnitTypeSettings {
                auto_update_availability: new.auto_update_availability,
                base_prices,
                price_rules: new.price_rules,
                accounting_code: new.accounting_code,
            },
        };
        unit_type.check(world, faults)?;
        unit_type.may_set_status(new.status)?;
        (unit_type.status, unit_type.prices) = unit_type.standing(world);
        world.unit_types.insert(unit_type);
        world.tell(EventKind::UnitTypeCreated, id, at);
        Ok(id)
    }

    /// Changes a unit type. Following the units, once switched on, begins at once (V3). A change that the API does not show tells
    /// of nothing (W2).
    ///
    /// # Errors
    /// Not found; otherwise as on creation.
    pub fn change(world: &mut World, at: Timestamp, id: UnitTypeId, change: UnitTypeChange) -> Result<(), Refusal> {
        let mut unit_type = world.unit_types.get(id).ok_or(Refusal::NotFound)?.clone();
        set(&mut unit_type.name, change.name);
        set(&mut unit_type.slug, change.slug);
        set(&mut unit_type.dimensions, change.dimensions);
        set(&mut unit_type.size_description, change.size_description);
        set(&mut unit_type.selling_points, change.selling_points);
        set(&mut unit_type.promotion, change.promotion);
        set(&mut unit_type.require_insurance_coverage, change.require_insurance_coverage);
        set(&mut unit_type.security_deposit, change.security_deposit);
        set(&mut unit_type.settings.price_rules, change.price_rules);
        set(&mut unit_type.status, change.status);
        set(&mut unit_type.settings.auto_update_availability, change.auto_update_availability);
        set(&mut unit_type.settings.accounting_code, change.accounting_code);
        let mut faults = Faults::default();
        check_base_prices(&change.base_prices, "/base_prices", &mut faults);
        unit_type.settings.base_prices.set_base(&mut world.ids, change.base_prices);
        unit_type.check(world, faults)?;
        unit_type.may_set_status(change.status)?;
        (unit_type.status, unit_type.prices) = unit_type.standing(world);
        Self::put(world, at, unit_type);
        Ok(())
    }

    /// Sets base prices; periods that are not named keep theirs (L1).
    ///
    /// # Errors
    /// Not found; a price below zero, such as `/monthly/amount`.
    pub fn set_base_prices(
        world: &mut World,
        at: Timestamp,
        id: UnitTypeId,
        prices: BasePrices,
    ) -> Result<(), Refusal> {
        if !world.unit_types.contains(id) {
            return Err(Refusal::NotFound);
        }
        let mut faults = Faults::default();
        check_base_prices(&prices, "", &mut faults);
        faults.none()?;
        Self::change(world, at, id, UnitTypeChange { base_prices: prices, ..UnitTypeChange::default() })
    }

    /// Gives a unit type a picture, in place of the one it had, or takes it away.
    ///
    /// # Errors
    /// Not found; `/filename` when it cannot stand in an address.
    pub fn set_image(world: &mut World, at: Timestamp, id: UnitTypeId, image: Option<Image>) -> Result<(), Refusal> {
        let mut unit_type = world.unit_types.get(id).ok_or(Refusal::NotFound)?.clone();
        image.iter().try_for_each(Image::check)?;
        unit_type.image = image;
        Self::put(world, at, unit_type);
        Ok(())
    }

    /// Looks again at whether a unit type can be booked and at its price, now that its units have changed (U5, Y3).
    pub(super) fn follow_units(world: &mut World, at: Timestamp, id: UnitTypeId) {
        let Some(unit_type) = world.unit_types.get(id) else { return };
        let (status, prices) = unit_type.standing(world);
        if (status, &prices) != (unit_type.status, &unit_type.prices) {
            let unit_type = Self { status, prices, ..unit_type.clone() };
            Self::put(world, at, unit_type);
        }
    }

    /// What follows from the units that there are: whether it can be booked, which is as staff set it unless it follows the units
    /// (V2), and the prices of the storefront (Y4).
    fn standing(&self, world: &World) -> (UnitTypeStatus, Prices) {
        let available = [("unit_type_id", self.id.into()), ("status", UnitStatus::Available.as_str().into())];
        let status = if !self.settings.auto_update_availability {
            self.status
        } else if world.units.having_all(&available).next().is_some() {
            UnitTypeStatus::Bookable
        } else {
            UnitTypeStatus::CollectLeads
        };
        let rule = PriceRule::in_force(&self.settings.price_rules, world, self.id);
        let base = &self.settings.base_prices;
        (status, rule.map_or_else(|| base.clone(), |rule| base.increased(rule.change)))
    }

    /// Puts a changed unit type in place of what it was. It is told of, and said to have been updated, if the API shows a
    /// difference.
    fn put(world: &mut World, at: Timestamp, unit_type: Self) {
        let id = unit_type.id;
        let mut shows = false;
        world.unit_types.update(id, |before| {
            shows = !unit_type.looks_like(before);
            *before = unit_type;
            if shows {
                before.touch(at);
            }
        });
        if shows {
            world.tell(EventKind::UnitTypeUpdated, id, at);
        }
    }

    /// Whether the API shows the same of both. Of the settings, it shows whether there is any price rule (Y6).
    fn looks_like(&self, other: &Self) -> bool {
        self.settings.price_rules.is_empty() == other.settings.price_rules.is_empty()
            && *self == Self { settings: self.settings.clone(), ..other.clone() }
    }

    /// Whether it is one that there can be, beside those that there are; `faults` are those found before.
    fn check(&self, world: &World, mut faults: Faults) -> Result<(), Refusal> {
        faults.check_name(&self.name);
        if self.slug.is_empty() || self.slug != slug(&self.slug) {
            faults.add("/slug", "A slug is words of lower-case letters and digits, with hyphens between them.");
        }
        faults.check_known("/promotion_id", &world.coupons, self.promotion);
        if self.security_deposit.is_some_and(|amount| amount < 0) {
            faults.add("/security_deposit", "A deposit is not below zero.");
        }
        for (name, length) in self.dimensions.iter().flat_map(Dimensions::lengths) {
            if !length.is_finite() || length <= 0.0 {
                faults.add(format!("/dimensions/{name}"), "A length is above zero.");
            }
        }
        PriceRule::check(&self.settings.price_rules, "/price_rules", &mut faults);
        faults.none()?;
        let slug = [("site_id", self.site.into()), ("slug", self.slug.clone().into())];
        match world.unit_types.having_all(&slug).find(|other| other.id != self.id) {
            Some(other) => {
                let reason = format!("The unit type {} of the site has the slug `{}` already.", other.id, self.slug);
                Err(Refusal::conflict("", reason))
            }
            None => Ok(()),
        }
    }

    fn may_set_status(&self, status: Option<UnitTypeStatus>) -> Result<(), Refusal> {
        if status.is_some() && self.settings.auto_update_availability {
            let reason = "The status follows the units that are available; it cannot be set by hand meanwhile.";
            return Err(Refusal::conflict("V3", reason));
        }
        Ok(())
    }
}

impl Dimensions {
    /// The lengths that are known, by name.
    fn lengths(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let lengths = [("height", self.height), ("length", self.length), ("width", self.width)];
        lengths.into_iter().filter_map(|(name, length)| Some((name, length?)))
    }
}

impl Record for UnitType {
    record_fields!(id: UnitTypeId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("site_id", self.site.into());
        add("status", self.status.as_str().into());
        add("slug", self.slug.clone().into());
    }
}

#[cfg(test)]
mod tests;
