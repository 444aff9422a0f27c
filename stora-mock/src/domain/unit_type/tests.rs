use super::super::calendar::BillingPeriod;
use super::super::fixtures::pointers;
use super::super::inventory_fixtures::{Business, LATER, NOW, moment};
use super::super::money::Percent;
use super::super::price::PricePeriod;
use super::super::unit;
use super::*;

fn unit_type(business: &Business) -> &UnitType {
    business.world.unit_types.get(business.unit_type).unwrap()
}

fn change(business: &mut Business, change: UnitTypeChange) -> Vec<&'static str> {
    let id = business.unit_type;
    business.events(|world, at| UnitType::change(world, at, id, change))
}

fn follow() -> UnitTypeChange {
    UnitTypeChange { auto_update_availability: Some(true), ..UnitTypeChange::default() }
}

#[test]
fn a_new_type_has_its_ids_and_what_was_given_and_is_bookable() {
    let mut business = Business::new();
    let new = NewUnitType {
        base_prices: BasePrices::from([(BillingPeriod::Monthly, 12_000)]),
        ..NewUnitType::named(business.site, "Drive-up, 100 sq ft")
    };
    let (id, events) = business.act(|world, at| UnitType::create(world, at, new)).unwrap();
    assert_eq!(events.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["unit_type.created"]);
    let made = business.world.unit_types.get(id).unwrap();
    assert_eq!((made.slug.as_str(), made.status), ("drive-up-100-sq-ft", UnitTypeStatus::Bookable));
    assert_eq!(made.prices.amount(PricePeriod::Monthly), Some(12_000));
    let stripe_id = made.stripe_product_id.as_deref().and_then(|id| id.strip_prefix("test_")).unwrap();
    assert!(stripe_id.len() == 14 && stripe_id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
}

#[test]
fn a_name_that_cannot_stand_in_an_address_leaves_that_to_the_id() {
    let mut business = Business::new();
    let new = NewUnitType::named(business.site, "四畳");
    let (id, _) = business.act(|world, at| UnitType::create(world, at, new)).unwrap();
    let made = business.world.unit_types.get(id).unwrap();
    assert_eq!(made.slug, slug(&id.to_string()));
}

#[test]
fn values_that_cannot_be_are_pointed_at_all_at_once() {
    let mut business = Business::new();
    let (site, promotion) = (business.world.ids.fresh(), business.world.ids.fresh());
    let dimensions = Dimensions {
        height: Some(0.0),
        length: Some(f64::NAN),
        measurement_unit: MeasurementUnit::Feet,
        width: Some(5.0),
    };
    let new = NewUnitType {
        slug: Some("Not a slug".into()),
        promotion: Some(promotion),
        security_deposit: Some(-1),
        dimensions: Some(dimensions),
        base_prices: BasePrices::from([(BillingPeriod::Weekly, -1)]),
        ..NewUnitType::named(site, " ")
    };
    let refused = business.act(|world, at| UnitType::create(world, at, new));
    let lengths = ["/dimensions/height", "/dimensions/length"];
    let others = ["/site_id", "/base_prices/weekly/amount", "/name", "/slug", "/promotion_id", "/security_deposit"];
    assert_eq!(pointers(refused), [&others[..], &lengths].concat());
}

#[test]
fn a_slug_is_one_of_its_kind_within_a_site() {
    let mut business = Business::new();
    // The other site has such a type too.
    business.elsewhere();
    let new = NewUnitType::named(business.site, "25 SQ FT");
    let (_, reason) = business.conflict(|world, at| UnitType::create(world, at, new));
    assert!(reason.contains(&business.unit_type.to_string()) && reason.contains("25-sq-ft"), "{reason}");
    let new = NewUnitType { slug: Some("other".into()), ..NewUnitType::named(business.site, "25 sq ft") };
    let other = business.act(|world, at| UnitType::create(world, at, new)).unwrap().0;
    let taken = UnitTypeChange { slug: Some("25-sq-ft".into()), ..UnitTypeChange::default() };
    business.conflict(|world, at| UnitType::change(world, at, other, taken));
}

#[test]
fn base_prices_merge_and_each_one_set_is_told_of_even_if_the_amount_stays() {
    let mut business = Business::new();
    let id = business.unit_type;
    let set = |period, amount| BasePrices::from([(period, amount)]);
    business.act(|world, at| UnitType::set_base_prices(world, at, id, set(BillingPeriod::Yearly, 100_000))).unwrap();
    business.at = moment(NOW).plus_seconds(60);
    for _ in 0..2 {
        let before = unit_type(&business).prices.clone();
        let events =
            business.events(|world, at| UnitType::set_base_prices(world, at, id, set(BillingPeriod::Monthly, 10_000)));
        assert_eq!(events, ["unit_type.updated"]);
        let after = unit_type(&business);
        assert_eq!(after.updated_at, business.at);
        assert_ne!(after.prices, before);
        assert_eq!(after.prices.amount(PricePeriod::Yearly), Some(100_000));
    }
    let refusal = business
        .act(|world, at| UnitType::set_base_prices(world, at, id, set(BillingPeriod::Monthly, -1)))
        .unwrap_err();
    assert_eq!(refusal, Refusal::invalid("/monthly/amount", "A price is not below zero."));
    let unknown = business.world.ids.fresh();
    let refusal = business.act(|world, at| UnitType::set_base_prices(world, at, unknown, BasePrices::new()));
    assert_eq!(refusal.unwrap_err(), Refusal::NotFound);
}

#[test]
fn a_type_that_follows_its_units_is_bookable_while_one_of_them_is_available() {
    let mut business = Business::new();
    assert_eq!(change(&mut business, follow()), ["unit_type.updated"]);
    assert_eq!(unit_type(&business).status, UnitTypeStatus::CollectLeads);
    let [unit] = business.units(["A1"]);
    assert_eq!(unit_type(&business).status, UnitTypeStatus::Bookable);
    let tenancy = business.tenancy(LATER);
    let events = business.events(|world, at| unit::reserve(world, at, unit, tenancy));
    assert_eq!(events, ["unit.updated", "unit.reserved", "unit_type.updated"]);
    assert_eq!(unit_type(&business).status, UnitTypeStatus::CollectLeads);
    // From reserved to occupied nothing moves.
    let events = business.events(|world, at| unit::grant_access(world, at, unit, tenancy));
    assert_eq!(events, ["unit.updated", "unit.occupied"]);
    let events = business.events(|world, at| unit::deallocate(world, at, unit));
    assert_eq!(events, ["unit.updated", "unit.available", "unit_type.updated"]);
}

#[test]
fn a_type_that_does_not_follow_its_units_stays_as_staff_set_it() {
    let mut business = Business::new();
    assert_eq!(unit_type(&business).status, UnitTypeStatus::Bookable);
    let by_hand = UnitTypeChange { status: Some(UnitTypeStatus::CollectLeads), ..UnitTypeChange::default() };
    assert_eq!(change(&mut business, by_hand), ["unit_type.updated"]);
    business.units(["A1"]);
    assert_eq!(unit_type(&business).status, UnitTypeStatus::CollectLeads);
}

#[test]
fn the_status_is_not_set_by_hand_while_it_follows_the_units() {
    let mut business = Business::new();
    let id = business.unit_type;
    let by_hand = UnitTypeChange { status: Some(UnitTypeStatus::Bookable), ..UnitTypeChange::default() };
    let both = UnitTypeChange { auto_update_availability: Some(true), ..by_hand.clone() };
    assert_eq!(business.conflict(|world, at| UnitType::change(world, at, id, both)).0, "V3");
    change(&mut business, follow());
    let refused = by_hand.clone();
    assert_eq!(business.conflict(|world, at| UnitType::change(world, at, id, refused)).0, "V3");
    let new = NewUnitType {
        auto_update_availability: true,
        status: Some(UnitTypeStatus::Bookable),
        ..NewUnitType::named(business.site, "Other")
    };
    assert_eq!(business.conflict(|world, at| UnitType::create(world, at, new)).0, "V3");
    let off = UnitTypeChange { auto_update_availability: Some(false), ..by_hand };
    assert_eq!(change(&mut business, off), ["unit_type.updated"]);
    assert_eq!(unit_type(&business).status, UnitTypeStatus::Bookable);
}

#[test]
fn a_change_that_the_api_does_not_show_tells_of_nothing() {
    let mut business = Business::new();
    let rule = |threshold| PriceRule {
        comparison: Comparison::Above,
        occupancy: Percent::whole(threshold).unwrap(),
        change: Percent::whole(5).unwrap(),
    };
    let rules = |rules: &[PriceRule]| UnitTypeChange { price_rules: Some(rules.to_vec()), ..UnitTypeChange::default() };
    business.at = moment(NOW).plus_seconds(60);
    let code = UnitTypeChange { accounting_code: Some(Some("4000".into())), ..UnitTypeChange::default() };
    assert_eq!(change(&mut business, code), [""; 0]);
    assert_eq!(unit_type(&business).updated_at, moment(NOW));
    assert_eq!(unit_type(&business).settings.accounting_code.as_deref(), Some("4000"));
    // The first rule shows, as `dynamic_pricing`; the second does not.
    assert_eq!(change(&mut business, rules(&[rule(50)])), ["unit_type.updated"]);
    assert_eq!(change(&mut business, rules(&[rule(50), rule(80)])), [""; 0]);
    assert_eq!(change(&mut business, rules(&[])), ["unit_type.updated"]);
    let same = UnitTypeChange { name: Some("25 sq ft".into()), ..UnitTypeChange::default() };
    assert_eq!(change(&mut business, same), [""; 0]);
}

#[test]
fn a_picture_is_given_and_taken_away_and_its_name_can_stand_in_an_address() {
    let mut business = Business::new();
    let id = business.unit_type;
    let image = |name: &str| Some(Image { filename: name.into(), uploaded: None, media_type: None });
    for bad in ["", " ", "a/b.png", "a\n.png"] {
        let refusal = business.act(|world, at| UnitType::set_image(world, at, id, image(bad))).unwrap_err();
        assert_eq!(refusal, Refusal::invalid("/filename", "A file name is not blank and has no slash."));
    }
    for picture in [image("a door.png"), None] {
        let expected = picture.clone();
        assert_eq!(business.events(|world, at| UnitType::set_image(world, at, id, picture)), ["unit_type.updated"]);
        assert_eq!(unit_type(&business).image, expected);
    }
    assert_eq!(business.events(|world, at| UnitType::set_image(world, at, id, None)), [""; 0]);
}
