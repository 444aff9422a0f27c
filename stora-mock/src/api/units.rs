//! Units.

use stora_client::types;

use super::body::body_id;
use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::ids::UnitId;
use crate::domain::unit::{self, Unit};
use crate::store::World;

/// `unit_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Unit>(world, "units"))
}

/// `unit_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Unit>(world, 200, "unit", call.id("unit_id")?)
}

/// `unit_reserve`
pub fn reserve(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.existing::<Unit>(world, "unit_id")?;
    let body: types::UnitReserveBody = call.body()?;
    unit::reserve(world, call.now, id, body_id(body.tenancy_id.as_str(), "/tenancy_id")?)?;
    call.show::<Unit>(world, 200, "unit", id)
}

/// `unit_grant_access`
pub fn grant_access(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.existing::<Unit>(world, "unit_id")?;
    let body: types::UnitGrantAccessBody = call.body()?;
    unit::grant_access(world, call.now, id, body_id(body.tenancy_id.as_str(), "/tenancy_id")?)?;
    call.show::<Unit>(world, 200, "unit", id)
}

/// `unit_deallocate`
pub fn deallocate(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.id("unit_id")?;
    unit::deallocate(world, call.now, id)?;
    call.show::<Unit>(world, 200, "unit", id)
}

/// `unit_overlock`
pub fn overlock(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let body: types::UnitOverlockBody = call.body()?;
    let units = unit::overlock_contact(world, call.now, body_id(body.contact_id.as_str(), "/contact_id")?)?;
    Ok(Answer::success_with_units(call, &format!("{} overlocked.", counted(&units)), &units))
}

/// `unit_remove_overlock`
pub fn remove_overlock(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let body: types::UnitRemoveOverlockBody = call.body()?;
    let units = unit::remove_overlock_contact(world, call.now, body_id(body.contact_id.as_str(), "/contact_id")?)?;
    Ok(Answer::success_with_units(call, &format!("Overlock removed from {}.", counted(&units)), &units))
}

fn counted(units: &[UnitId]) -> String {
    match units.len() {
        1 => "1 unit".to_owned(),
        count => format!("{count} units"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{call, get};
    use crate::domain::fixtures::Shop;

    /// A shop with the units A1 and A2, and the text ids of A1 and of a tenancy that starts on a day.
    fn shop(start: &str) -> (Shop, String, String) {
        let mut shop = Shop::new();
        shop.settings(|settings| settings.auto_reserve = false);
        shop.add_unit("A1");
        shop.add_unit("A2");
        let booking = shop.booking(start);
        let subscription = shop.rent("2026-03-02", booking);
        let tenancy = shop.subscription(subscription).tenancy.to_string();
        let unit = shop.world.units.iter().next().unwrap().id.to_string();
        (shop, unit, tenancy)
    }

    #[test]
    fn a_reserved_unit_shows_its_allocation_and_so_do_the_tenancy_and_the_list() {
        let (mut shop, unit, tenancy) = shop("2026-03-09");
        let body = json!({"tenancy_id": tenancy});
        let (status, answer) = call(&mut shop, "POST", &format!("/2025-09/units/{unit}/reserve"), body);
        assert_eq!((status, &answer["unit"]["status"]), (200, &json!("reserved")));
        let allocation = &answer["unit"]["unit_allocation"];
        assert_eq!(
            get(&mut shop, &format!("/2025-09/tenancies/{tenancy}"))["tenancy"]["unit_allocations"],
            json!([allocation])
        );
        let filters = format!("contact_id={}&tenancy_id={tenancy}&unit_id={unit}&site_id={}", shop.contact, shop.site);
        let listed = get(&mut shop, &format!("/2025-09/unit_allocations?{filters}&expand=unit,tenancy"));
        let [found] = listed["unit_allocations"].as_array().unwrap().as_slice() else {
            panic!("one allocation: {listed}")
        };
        assert_eq!((&found["id"], &found["unit"]["reference_id"]), (&allocation["id"], &json!("A1")));

        let (status, answer) = call(&mut shop, "POST", &format!("/2025-09/units/{unit}/deallocate"), Value::Null);
        assert_eq!((status, &answer["unit"]["unit_allocation"]), (200, &Value::Null));
        let id = allocation["id"].as_str().unwrap();
        assert_eq!(call(&mut shop, "GET", &format!("/2025-09/unit_allocations/{id}"), Value::Null).0, 404);
    }

    #[test]
    fn an_unknown_unit_is_told_before_an_unknown_tenancy_and_that_before_the_state() {
        let (mut shop, unit, tenancy) = shop("2026-03-02");
        for act in ["reserve", "grant_access"] {
            for unknown in ["unit_0000000000000000", "site_0000000000000000", "unit_1"] {
                let address = format!("/2025-09/units/{unknown}/{act}");
                assert_eq!(call(&mut shop, "POST", &address, json!({"tenancy_id": "ten_1"})).0, 404, "{address}");
            }
        }
        let grant = format!("/2025-09/units/{unit}/grant_access");
        assert_eq!(call(&mut shop, "POST", &grant, json!({"tenancy_id": tenancy})).0, 200);
        for unknown in ["ten_1", "ten_0000000000000000"] {
            let answer = call(&mut shop, "POST", &grant, json!({"tenancy_id": unknown}));
            assert_eq!(answer, (422, json!(["/tenancy_id"])));
        }
        assert_eq!(call(&mut shop, "POST", &grant, json!({"tenancy_id": tenancy})).0, 409);
    }

    #[test]
    fn overlocking_names_the_units_and_the_filter_knows_both_spellings_of_the_state() {
        let (mut shop, unit, tenancy) = shop("2026-03-02");
        let body = json!({"contact_id": shop.contact.to_string()});
        let overlock = |shop: &mut Shop, act: &str| call(shop, "POST", &format!("/2025-09/units/{act}"), body.clone());
        assert_eq!(overlock(&mut shop, "overlock").0, 409);
        let grant = format!("/2025-09/units/{unit}/grant_access");
        call(&mut shop, "POST", &grant, json!({"tenancy_id": tenancy}));
        let (status, answer) = overlock(&mut shop, "overlock");
        assert_eq!((status, &answer["success"]["message"]), (200, &json!("1 unit overlocked.")));
        assert_eq!(answer["meta"]["unit_ids"], json!([unit]));
        for spelling in ["overlock", "overlocked"] {
            let listed = get(&mut shop, &format!("/2025-09/units?status={spelling}"));
            assert_eq!(listed["units"][0]["id"], json!(unit));
        }
        let (_, answer) = overlock(&mut shop, "remove_overlock");
        assert_eq!(answer["success"]["message"], "Overlock removed from 1 unit.");
        for act in ["overlock", "remove_overlock"] {
            for unknown in ["con_1", "con_0000000000000000"] {
                let answer = call(&mut shop, "POST", &format!("/2025-09/units/{act}"), json!({"contact_id": unknown}));
                assert_eq!(answer, (422, json!(["/contact_id"])));
            }
        }
    }

    #[test]
    fn base_prices_that_are_set_show_in_the_whole_unit_type() {
        let mut shop = Shop::new();
        let address = format!("/2025-09/unit_types/{}/base_price?expand=site", shop.unit_type);
        let body = json!({"yearly": {"amount": 120_000}, "monthly": {"amount": 0}});
        let (status, answer) = call(&mut shop, "POST", &address, body);
        let prices = answer["unit_type"]["prices"].as_array().unwrap();
        let prices: Vec<_> = prices.iter().map(|price| (&price["billing_period"], &price["price"]["amount"])).collect();
        let expected =
            [(json!("weekly"), json!(3_000)), (json!("monthly"), json!(0)), (json!("yearly"), json!(120_000))];
        assert_eq!((status, prices), (201, expected.iter().map(|(period, amount)| (period, amount)).collect()));
        assert_eq!(answer["unit_type"]["site"]["name"], "Wharf Road");
        let unknown = "/2025-09/unit_types/utype_0000000000000000/base_price";
        assert_eq!(call(&mut shop, "POST", unknown, json!({"monthly": {"amount": 1}})).0, 404);
    }

    #[test]
    fn every_list_and_every_record_can_be_shown() {
        let (mut shop, unit, tenancy) = shop("2026-03-09");
        let (site, unit_type) = (shop.site, shop.unit_type);
        for (address, envelope, count) in [
            ("/2025-09/sites", "sites", 1),
            ("/2025-09/units", "units", 2),
            (&format!("/2025-09/units?unit_type_id={unit_type}&site_id={site}&status=available"), "units", 2),
            ("/2025-09/units?status=occupied,reserved", "units", 0),
            (&format!("/2025-09/unit_types?site_id={site}&status=bookable"), "unit_types", 1),
            ("/2025-09/unit_types?status=collect_leads", "unit_types", 0),
            ("/2025-09/unit_allocations", "unit_allocations", 0),
            ("/2025-09/tenancies", "tenancies", 1),
        ] {
            let listed = get(&mut shop, address);
            assert_eq!(listed[envelope].as_array().unwrap().len(), count, "{address}");
            assert_eq!(listed["meta"]["pagination"]["count"], count, "{address}");
        }
        for (address, envelope) in [
            (format!("/2025-09/sites/{site}"), "site"),
            (format!("/2025-09/units/{unit}?expand=site,unit_type"), "unit"),
            (format!("/2025-09/unit_types/{unit_type}"), "unit_type"),
            (format!("/2025-09/tenancies/{tenancy}?expand=contact,order,site,subscription"), "tenancy"),
        ] {
            assert!(get(&mut shop, &address)[envelope]["id"].is_string(), "{address}");
        }
    }
}
