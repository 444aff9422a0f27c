//! What the demo business has to offer: sites, unit types with their units, cover, products, coupons, texts of contracts, staff.

use chrono::NaiveDate;

use crate::domain::calendar::BillingPeriod;
use crate::domain::contract::{ContractTemplate, NewContractTemplate};
use crate::domain::coupon::{Coupon, CouponDuration, NewCoupon};
use crate::domain::discount::{AutoApplyTo, Reduction};
use crate::domain::ids::{
    ContractTemplateId, CouponId, ProductId, ProtectionLevelId, SiteId, StaffId, UnitId, UnitTypeId,
};
use crate::domain::money::Percent;
use crate::domain::price::{BasePrices, PricePeriod};
use crate::domain::product::{ChargeType, NewProduct, Product, ProductCategory};
use crate::domain::protection_level::{NewProtectionLevel, ProtectionLevel};
use crate::domain::site::{
    AccessHours, DayHours, DayStatus, Image, MoveInWindow, NewSite, Site, SiteAddress, SiteSettings,
};
use crate::domain::staff::{NewStaff, Staff};
use crate::domain::tax::TaxRates;
use crate::domain::time::Timestamp;
use crate::domain::unit::{self, NewUnit, Unit};
use crate::domain::unit_type::{
    Comparison, Dimensions, MeasurementUnit, NewUnitType, PriceRule, UnitType, UnitTypeStatus,
};
use crate::store::World;

use super::agenda::{Agenda, Done};

/// What the demo business has to offer.
pub(super) struct Catalogue {
    pub(super) sites: [SiteId; 3],
    pub(super) types: Vec<Offer>,
    /// From the least cover to the most.
    pub(super) levels: [ProtectionLevelId; 3],
    /// What each site sells.
    pub(super) products: [Products; 3],
    pub(super) coupons: Coupons,
    /// For customers, and for companies.
    pub(super) contract_templates: [ContractTemplateId; 2],
    pub(super) staff: [StaffId; 4],
}

/// A unit type with its units.
pub(super) struct Offer {
    pub(super) unit_type: UnitTypeId,
    /// The place of its site among the sites.
    pub(super) site: usize,
    pub(super) name: &'static str,
    pub(super) units: Vec<UnitId>,
}

/// What a site sells.
#[derive(Clone, Copy)]
pub(super) struct Products {
    pub(super) padlock: ProductId,
    pub(super) boxes: ProductId,
    pub(super) parking: ProductId,
}

/// The coupons.
#[derive(Clone, Copy)]
pub(super) struct Coupons {
    /// Half off the first invoice.
    pub(super) half_price: CouponId,
    /// An amount off all of the first invoice.
    pub(super) welcome: CouponId,
    /// A fifth off storage for three months.
    pub(super) three_months: CouponId,
    /// A tenth off everything for ever.
    pub(super) loyal: CouponId,
    /// For one customer alone.
    pub(super) single: CouponId,
}

/// How a unit type is offered.
#[derive(Clone, Copy, PartialEq)]
enum Offering {
    /// Always bookable, at the base price.
    Plain,
    /// Bookable while a unit is available.
    FollowsUnits,
    /// At a price that follows the occupancy.
    Dynamic,
    /// With a deposit, and protection required.
    Deposit,
    /// Being rebuilt: its units are offline, and it collects leads.
    CollectsLeads,
}

/// A unit type to be made: its site, name, inner width and length in feet, price for a month, number of units, letter in their labels.
struct Plan(usize, &'static str, (f64, f64), i64, u32, &'static str, Offering);

/// The unit type of which every unit is let.
pub(super) const FULL: (usize, &str) = (1, "75 sq ft");

/// The unit type with a deposit where deposits are given back.
pub(super) const WITH_DEPOSIT: (usize, &str) = (0, "Drive-up 120 sq ft");

const PLANS: [Plan; 16] = [
    Plan(0, "Locker", (3.0, 4.0), 1_500, 14, "L", Offering::Plain),
    Plan(0, "25 sq ft", (5.0, 5.0), 5_500, 20, "A", Offering::Plain),
    Plan(0, "50 sq ft", (5.0, 10.0), 9_500, 20, "B", Offering::FollowsUnits),
    Plan(0, "100 sq ft", (10.0, 10.0), 16_500, 16, "C", Offering::Dynamic),
    Plan(0, "150 sq ft", (10.0, 15.0), 22_500, 8, "D", Offering::Plain),
    Plan(0, "Drive-up 120 sq ft", (8.0, 15.0), 19_900, 8, "U", Offering::Deposit),
    Plan(0, "Container 160 sq ft", (8.0, 20.0), 18_900, 6, "X", Offering::Plain),
    Plan(1, "Locker", (3.0, 4.0), 1_400, 10, "L", Offering::Plain),
    Plan(1, "25 sq ft", (5.0, 5.0), 4_900, 16, "A", Offering::Plain),
    Plan(1, "50 sq ft", (5.0, 10.0), 8_500, 16, "B", Offering::Plain),
    Plan(1, "75 sq ft", (7.5, 10.0), 11_500, 4, "M", Offering::Plain),
    Plan(1, "Drive-up 120 sq ft", (8.0, 15.0), 17_900, 6, "U", Offering::Deposit),
    Plan(2, "25 sq ft", (5.0, 5.0), 4_700, 18, "A", Offering::Plain),
    Plan(2, "50 sq ft", (5.0, 10.0), 8_100, 20, "B", Offering::FollowsUnits),
    Plan(2, "100 sq ft", (10.0, 10.0), 14_500, 14, "C", Offering::Plain),
    Plan(2, "150 sq ft", (10.0, 15.0), 19_500, 4, "D", Offering::CollectsLeads),
];

impl Catalogue {
    /// Makes all of it at the instant when the business opened.
    ///
    /// # Errors
    /// None that the tests know of.
    pub(super) fn open(world: &mut World, agenda: &Agenda, at: Timestamp) -> Done<Self> {
        let staff = staff(world, at)?;
        let sites = sites(world, at)?;
        let coupons = coupons(world, agenda, at)?;
        let levels = levels(world, at)?;
        let types = types(world, at, sites, coupons)?;
        let products = products(world, at, sites)?;
        let contract_templates = contract_templates(world, at)?;
        Ok(Self { sites, types, levels, products, coupons, contract_templates, staff })
    }

    /// The unit type of a name at a site.
    pub(super) fn offer(&self, (site, name): (usize, &str)) -> Option<&Offer> {
        self.types.iter().find(|offer| offer.site == site && offer.name == name)
    }
}

fn staff(world: &mut World, at: Timestamp) -> Done<[StaffId; 4]> {
    let mut hire = |name: &str| {
        let email = format!("{}@harbour.example.com", name.to_lowercase().replace(' ', "."));
        Staff::create(world, at, NewStaff { name: name.to_owned(), email })
    };
    Ok([hire("Rosa Tremlett")?, hire("Gareth Pugh")?, hire("Imogen Vale")?, hire("Dev Banerjee")?])
}

fn sites(world: &mut World, at: Timestamp) -> Done<[SiteId; 3]> {
    let percent = |percent| -> Done<TaxRates> { Ok(TaxRates::try_from(vec![Percent::whole(percent)?])?) };
    let open = |from, to| AccessHours { sunday: DayHours::between("10:00", "16:00"), ..daily(from, to) };
    let bristol = NewSite {
        access_hours: AccessHours::every_day(&DayHours::ALL_DAY),
        description: Some(
            "Indoor and drive-up storage beside the floating harbour, open all day and night.".to_owned(),
        ),
        google_maps_url: Some("https://maps.example.com/?q=Bristol+Harbourside".to_owned()),
        phone: Some("+44 117 496 0142".to_owned()),
        settings: SiteSettings {
            unit_type_tax: percent(20)?,
            protection_tax: percent(12)?,
            product_tax: percent(20)?,
            ..SiteSettings::default()
        },
        ..NewSite::named("Bristol Harbourside", address("12 Wapping Quay", "Bristol", "BS1 4RW"))
    };
    let cardiff = NewSite {
        access_hours: open("06:00", "22:00"),
        description: Some("Small units for households, ten minutes from the bay.".to_owned()),
        phone: Some("+44 29 2018 0077".to_owned()),
        settings: SiteSettings {
            auto_overlock: true,
            overlock_grace_days: 3,
            protection_tax: percent(12)?,
            ..SiteSettings::default()
        },
        ..NewSite::named("Cardiff Bay", address("3 Tidal Row", "Cardiff", "CF10 5BZ"))
    };
    let closed = DayHours { status: DayStatus::Closed, open: None, close: None };
    let liverpool = NewSite {
        access_hours: AccessHours { sunday: closed, ..daily("07:00", "20:00") },
        phone: Some("+44 151 496 0319".to_owned()),
        settings: SiteSettings {
            smart_entry: false,
            move_in: MoveInWindow { lead_days: 1, ..MoveInWindow::default() },
            ..SiteSettings::default()
        },
        ..NewSite::named("Liverpool Docks", address("Warehouse 9, Regent Dock", "Liverpool", "L3 0AN"))
    };
    let mut make = |site: NewSite| -> Done<SiteId> {
        let id = Site::create(world, at, NewSite { opened_at: Some(at), ..site })?;
        Site::set_image(world, at, id, Some(picture("front.png")))?;
        Ok(id)
    };
    Ok([make(bristol)?, make(cardiff)?, make(liverpool)?])
}

fn daily(from: &str, to: &str) -> AccessHours {
    AccessHours::every_day(&DayHours::between(from, to))
}

fn address(line_1: &str, city: &str, postal_code: &str) -> SiteAddress {
    SiteAddress { city: city.to_owned(), line_1: line_1.to_owned(), line_2: None, postal_code: postal_code.to_owned() }
}

/// A picture that the mock draws.
fn picture(filename: &str) -> Image {
    Image { filename: filename.to_owned(), uploaded: None, media_type: None }
}

/// Prices of all periods, that of a month given: longer ones are a little cheaper by the day.
fn prices(monthly: i64) -> BasePrices {
    BasePrices::from([
        (BillingPeriod::Weekly, monthly * 12 / 50),
        (BillingPeriod::EveryFourWeeks, monthly * 12 / 13),
        (BillingPeriod::Monthly, monthly),
        (BillingPeriod::EveryThreeMonths, monthly * 3),
        (BillingPeriod::EverySixMonths, monthly * 11 / 2),
        (BillingPeriod::Yearly, monthly * 10),
    ])
}

fn types(world: &mut World, at: Timestamp, sites: [SiteId; 3], coupons: Coupons) -> Done<Vec<Offer>> {
    let mut offers = Vec::with_capacity(PLANS.len());
    for Plan(site, name, (width, length), monthly, count, letter, offering) in PLANS {
        let new = NewUnitType {
            dimensions: Some(Dimensions {
                height: Some(if letter == "L" { 4.0 } else { 8.0 }),
                length: Some(length),
                measurement_unit: MeasurementUnit::Feet,
                width: Some(width),
            }),
            size_description: size_in_words(width * length).map(str::to_owned),
            selling_points: vec!["Dry and clean".to_owned(), "Cameras day and night".to_owned()],
            promotion: (offering == Offering::FollowsUnits).then_some(coupons.half_price),
            require_insurance_coverage: offering == Offering::Deposit,
            security_deposit: (offering == Offering::Deposit).then_some(10_000),
            base_prices: prices(monthly),
            price_rules: if offering == Offering::Dynamic { price_rules()? } else { Vec::new() },
            status: (offering == Offering::CollectsLeads).then_some(UnitTypeStatus::CollectLeads),
            auto_update_availability: offering == Offering::FollowsUnits,
            accounting_code: Some("4000".to_owned()),
            ..NewUnitType::named(sites[site], name)
        };
        let unit_type = UnitType::create(world, at, new)?;
        if letter != "L" {
            UnitType::set_image(world, at, unit_type, Some(picture("unit.png")))?;
        }
        let label = |number| NewUnit { unit_type, reference_id: format!("{letter}{number}") };
        let units = (1..=count).map(|number| Unit::create(world, at, label(number))).collect::<Result<Vec<_>, _>>()?;
        // The lowest number of some types is a store room of the site.
        let offline = match offering {
            Offering::CollectsLeads => units.as_slice(),
            _ if offers.len() % 3 == 1 && (site, name) != FULL => &units[..1],
            _ => &[],
        };
        offline.iter().try_for_each(|unit| unit::take_offline(world, at, *unit))?;
        offers.push(Offer { unit_type, site, name, units });
    }
    Ok(offers)
}

fn size_in_words(square_feet: f64) -> Option<&'static str> {
    Some(match square_feet {
        ..15.0 => "A few boxes",
        ..30.0 => "A wardrobe and a few boxes",
        ..80.0 => "A small van",
        ..130.0 => "A one-bedroom flat",
        _ => return None,
    })
}

/// Dearer when nearly full, cheaper when nearly empty.
fn price_rules() -> Done<Vec<PriceRule>> {
    let rule = |comparison, occupancy, change| -> Done<PriceRule> {
        Ok(PriceRule { comparison, occupancy: Percent::whole(occupancy)?, change: Percent::whole(change)? })
    };
    Ok(vec![rule(Comparison::AtLeast, 90, 15)?, rule(Comparison::AtLeast, 30, 5)?, rule(Comparison::Below, 15, -10)?])
}

fn levels(world: &mut World, at: Timestamp) -> Done<[ProtectionLevelId; 3]> {
    let mut level = |cover_level, monthly, public| {
        let account_code = Some("4100".to_owned());
        let new = NewProtectionLevel { account_code, cover_level, prices: prices(monthly), public };
        ProtectionLevel::create(world, at, new)
    };
    Ok([level(200_000, 1_120, true)?, level(500_000, 2_240, true)?, level(1_500_000, 5_600, false)?])
}

fn products(world: &mut World, at: Timestamp, sites: [SiteId; 3]) -> Done<[Products; 3]> {
    let packing = ProductCategory::create(world, "Packing".to_owned())?;
    let locks = ProductCategory::create(world, "Locks".to_owned())?;
    let services = ProductCategory::create(world, "Services".to_owned())?;
    let mut stock = |site| -> Done<Products> {
        let once = |category, name: &str, sku: &str, amount| NewProduct {
            site,
            category,
            name: name.to_owned(),
            description: None,
            sku: Some(sku.to_owned()),
            accounting_code: Some("4200".to_owned()),
            charge_type: ChargeType::OneTime,
            prices: [(PricePeriod::OneTime, amount)].into(),
        };
        let padlock = Product::create(world, at, once(locks, "Disc padlock", "LOCK-70", 1_490))?;
        let boxes = Product::create(world, at, once(packing, "Ten moving boxes", "BOX-10", 2_450))?;
        Product::create(world, at, once(packing, "Bubble wrap, 50 m", "WRAP-50", 1_800))?;
        let parking = NewProduct {
            description: Some("A space for one van, day and night.".to_owned()),
            charge_type: ChargeType::Recurring,
            prices: prices(4_500).into_iter().map(|(period, amount)| (period.into(), amount)).collect(),
            ..once(services, "Van parking", "PARK-1", 0)
        };
        Ok(Products { padlock, boxes, parking: Product::create(world, at, parking)? })
    };
    Ok([stock(sites[0])?, stock(sites[1])?, stock(sites[2])?])
}

fn coupons(world: &mut World, agenda: &Agenda, at: Timestamp) -> Done<Coupons> {
    let percentage = |percent| -> Done<Reduction> { Ok(Reduction::Percentage(Percent::whole(percent)?.try_into()?)) };
    let everything = AutoApplyTo { products: false, protections: false, subscriptions: true, unit_types: false };
    let lapsed: NaiveDate = agenda.date(-60);
    let coupon = |name: &str, code: &str, reduction| NewCoupon {
        name: name.to_owned(),
        title: Some(name.to_owned()),
        code: Some(code.to_owned()),
        public: true,
        reduction,
        auto_apply_to: AutoApplyTo::default(),
        duration: CouponDuration::Once,
        months: None,
        billing_period: None,
        max_redemptions: None,
        expires_on: None,
    };
    let half_price = Coupon::create(world, at, coupon("Half price at first", "HALFPRICE", percentage(50)?))?;
    let welcome = coupon("£25 off to start", "WELCOME25", Reduction::Amount(2_500));
    let welcome = Coupon::create(world, at, NewCoupon { auto_apply_to: everything, ..welcome })?;
    let three_months = NewCoupon {
        duration: CouponDuration::Repeating,
        months: Some(3),
        billing_period: Some(PricePeriod::Monthly),
        ..coupon("20% off for three months", "QUARTER20", percentage(20)?)
    };
    let three_months = Coupon::create(world, at, three_months)?;
    let loyal = NewCoupon {
        title: None,
        public: false,
        auto_apply_to: everything,
        duration: CouponDuration::Forever,
        ..coupon("10% for loyal customers", "LOYAL10", percentage(10)?)
    };
    let loyal = Coupon::create(world, at, loyal)?;
    let single = NewCoupon {
        code: None,
        public: false,
        max_redemptions: Some(1),
        ..coupon("Making good for a mishap", "", Reduction::Amount(4_000))
    };
    let single = Coupon::create(world, at, single)?;
    let spring = NewCoupon {
        auto_apply_to: AutoApplyTo { products: true, ..AutoApplyTo::default() },
        expires_on: Some(lapsed),
        ..coupon("Spring offer", "SPRING15", percentage(15)?)
    };
    Coupon::create(world, at, spring)?;
    Ok(Coupons { half_price, welcome, three_months, loyal, single })
}

fn contract_templates(world: &mut World, at: Timestamp) -> Done<[ContractTemplateId; 2]> {
    let mut template = |name: &str, text: &str| {
        ContractTemplate::create(world, at, NewContractTemplate { name: name.to_owned(), text: text.to_owned() })
    };
    let customers = template(
        "Storage licence",
        "This licence is between Harbour Self Storage and {{ contact }}.\n\n\
         From {{ start_date }} the customer may store goods at {{ site }}: {{ unit_types }}, at first in {{ units }}.\n\n\
         The fee of {{ prices }} is due in advance ({{ billing_period }}). Goods are covered up to: {{ cover }}.\n\n\
         Nothing that lives, burns, leaks or spoils may be stored.",
    )?;
    let companies = template(
        "Storage licence for companies",
        "Harbour Self Storage lets {{ contact }} store stock and tools at {{ site }} from {{ start_date }}: {{ unit_types }}.\n\n\
         Fee: {{ prices }}, in advance ({{ billing_period }}). Cover: {{ cover }}.\n\n\
         The company sees to it that those who come on its behalf know the rules of the site.",
    )?;
    Ok([customers, companies])
}
