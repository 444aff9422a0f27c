//! Sites, what they offer and at what prices.

use super::{at, id, image, prices, text};
use crate::domain::contract::ContractTemplate;
use crate::domain::coupon::{Coupon, CouponDuration, CouponTerms};
use crate::domain::discount::{AutoApplyTo, Discount, Reduction, Scope};
use crate::domain::money::Percent;
use crate::domain::price::PricePeriod;
use crate::domain::product::{ChargeType, Product, ProductCategory};
use crate::domain::protection_level::ProtectionLevel;
use crate::domain::site::{AccessHours, DayHours, DayStatus, Site, SiteAddress, SiteSettings};
use crate::domain::unit::{Unit, UnitAllocation, UnitStatus};
use crate::domain::unit_type::{
    Comparison, Dimensions, MeasurementUnit, PriceRule, UnitType, UnitTypeSettings, UnitTypeStatus,
};
use crate::store::World;

pub(super) fn catalogue(world: &mut World) {
    world.coupons.insert(Coupon {
        id: id(),
        billing_period: None,
        code: text("SPRING"),
        created_at: at(),
        terms: CouponTerms {
            discount: Discount {
                reduction: Reduction::Percentage("12.5".parse::<Percent>().unwrap().try_into().unwrap()),
                scope: Scope::AutoApplyTo(AutoApplyTo::default()),
            },
            duration: CouponDuration::Once,
            months: None,
        },
        max_redemptions: Some(10),
        name: "Spring".to_owned(),
        public: false,
        title: text("Spring offer"),
        updated_at: at(),
        expires_on: None,
        redemptions: 1,
    });
    world.protection_levels.insert(ProtectionLevel {
        id: id(),
        account_code: text("4100"),
        cover_level: 200_000,
        created_at: at(),
        prices: prices(&[(PricePeriod::Monthly, 900)]),
        public: true,
        stripe_product_id: text("test_plvl"),
        updated_at: at(),
    });
    world.product_categories.insert(ProductCategory { id: id(), name: "Locks".to_owned() });
    world.products.insert(Product {
        id: id(),
        accounting_code: text("4200"),
        category: id(),
        charge_type: ChargeType::OneTime,
        created_at: at(),
        description: text("Of brass"),
        name: "Padlock".to_owned(),
        prices: prices(&[(PricePeriod::OneTime, 1_250)]),
        site: id(),
        sku: text("LOCK-1"),
        updated_at: at(),
    });
    world.contract_templates.insert(ContractTemplate {
        id: id(),
        created_at: at(),
        name: "Storage agreement".to_owned(),
        updated_at: at(),
        text: "The parties agree.".to_owned(),
    });
}

pub(super) fn places(world: &mut World) {
    let day = |status| DayHours { status, open: text("06:00"), close: text("22:00") };
    world.sites.insert(Site {
        id: id(),
        access_hours: AccessHours {
            friday: day(DayStatus::SetHours),
            monday: day(DayStatus::SetHours),
            saturday: day(DayStatus::TwentyFourHours),
            sunday: day(DayStatus::Closed),
            thursday: day(DayStatus::SetHours),
            tuesday: day(DayStatus::SetHours),
            wednesday: day(DayStatus::SetHours),
        },
        address: SiteAddress {
            city: "Bristol".to_owned(),
            line_1: "1 Quay".to_owned(),
            line_2: None,
            postal_code: "BS1 1AA".to_owned(),
        },
        created_at: at(),
        description: text("By the water"),
        google_maps_url: text("https://maps.example.com/1"),
        image: image(),
        name: "Harbour, Bristol".to_owned(),
        opened_at: Some(at()),
        phone: text("+44 117 496 0100"),
        updated_at: at(),
        settings: SiteSettings::default(),
    });
    world.unit_types.insert(UnitType {
        id: id(),
        created_at: at(),
        dimensions: Some(Dimensions {
            height: Some(8.0),
            length: Some(10.5),
            measurement_unit: MeasurementUnit::Feet,
            width: None,
        }),
        image: image(),
        name: "50 sq ft".to_owned(),
        prices: prices(&[(PricePeriod::Monthly, 11_000), (PricePeriod::Weekly, 3_000)]),
        promotion: Some(id()),
        require_insurance_coverage: true,
        security_deposit: Some(5_000),
        selling_points: vec!["Dry".to_owned()],
        site: id(),
        size_description: text("A garden shed"),
        slug: "50-sq-ft".to_owned(),
        status: UnitTypeStatus::Bookable,
        stripe_product_id: text("test_utype"),
        updated_at: at(),
        settings: UnitTypeSettings {
            price_rules: vec![PriceRule {
                comparison: Comparison::AtLeast,
                occupancy: Percent::HUNDRED,
                change: Percent::HUNDRED,
            }],
            ..Default::default()
        },
    });
    world.units.insert(Unit {
        id: id(),
        created_at: at(),
        reference_id: "A12".to_owned(),
        site: id(),
        status: UnitStatus::Occupied,
        allocation: Some(id()),
        unit_type: id(),
        updated_at: at(),
        overlocked_by_itself: false,
        smart_entry: None,
    });
    world.unit_allocations.insert(UnitAllocation {
        id: id(),
        created_at: at(),
        granted_access_at: Some(at()),
        reserved_at: Some(at()),
        tenancy: id(),
        unit: id(),
        updated_at: at(),
        contact: id(),
        site: id(),
    });
}
