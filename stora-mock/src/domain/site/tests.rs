use super::super::fixtures::pointers;
use super::super::ids::Id;
use super::super::inventory_fixtures::{Business, NOW, address, moment};
use super::*;

fn site(business: &Business) -> &Site {
    business.world.sites.get(business.site).unwrap()
}

#[test]
fn a_site_is_named_in_addresses_by_its_letters_and_digits() {
    assert_eq!(slug("Harbour Self-Storage, Hull (No. 2)"), "harbour-self-storage-hull-no-2");
    assert_eq!(slug("  Über  "), "ber");
    assert_eq!(slug_or_id("Hull", SiteId::new(1)), "hull");
    assert_eq!(slug_or_id("東京", SiteId::new(1)), "site-0000000000000001");
}

#[test]
fn a_new_site_has_the_usual_settings_and_nothing_tells_of_it() {
    let mut business = Business::new();
    let new = NewSite::named("York", address());
    let (id, events) = business.act(|world, at| Site::create(world, at, new)).unwrap();
    assert_eq!(events, []);
    assert_eq!(business.world.sites.get(id).unwrap().settings, SiteSettings::default());
}

#[test]
fn values_that_cannot_be_are_pointed_at_all_at_once() {
    let mut business = Business::new();
    let mut new = NewSite::named(" ", SiteAddress { city: String::new(), ..address() });
    new.access_hours.monday = DayHours::between("6:00", "24:00");
    new.access_hours.tuesday = DayHours { close: None, ..DayHours::between("06:00", "") };
    new.access_hours.sunday = DayHours { status: DayStatus::Closed, ..DayHours::between("06:00", "22:00") };
    new.access_hours.friday = DayHours::between("00:00", "23:59");
    new.settings.move_in.range_days = 91;
    let refused = business.act(|world, at| Site::create(world, at, new));
    let hours = ["monday/open", "monday/close", "tuesday/close", "sunday/open", "sunday/close"];
    let hours = hours.map(|hour| format!("/access_hours/{hour}"));
    let expected: Vec<&str> = ["/name", "/address/city"]
        .into_iter()
        .chain(hours.iter().map(String::as_str))
        .chain(["/settings/move_in/range_days"])
        .collect();
    assert_eq!(pointers(refused), expected);
}

#[test]
fn a_change_moves_the_time_of_the_change_and_settings_which_the_api_does_not_show_do_not() {
    let mut business = Business::new();
    let id = business.site;
    business.at = moment(NOW).plus_seconds(60);
    let settings = SiteSettings { auto_overlock: true, ..SiteSettings::default() };
    business.act(|world, _| Site::change_settings(world, id, settings)).unwrap();
    assert!(site(&business).settings.auto_overlock);
    assert_eq!(site(&business).updated_at, moment(NOW));
    let change = SiteChange { phone: Some(Some("01632 960001".into())), ..SiteChange::default() };
    business.act(|world, at| Site::change(world, at, id, change)).unwrap();
    assert_eq!(site(&business).updated_at, business.at);
    let mut settings = SiteSettings::default();
    settings.move_in.range_days = 100;
    let refusal = business.act(|world, _| Site::change_settings(world, id, settings)).unwrap_err();
    assert!(refusal.to_string().starts_with("/move_in/range_days: "), "{refusal}");
}

#[test]
fn a_new_name_makes_the_links_of_the_unit_types_anew() {
    let mut business = Business::new();
    let (id, unit_type) = (business.site, business.unit_type);
    let rendering = |business: &Business, text: &str| {
        business.world.unit_types.row(unit_type).unwrap().json_or(|_| text.to_owned()).to_owned()
    };
    assert_eq!(rendering(&business, "old"), "old");
    let same_link = SiteChange { name: Some("HULL".into()), ..SiteChange::default() };
    business.act(|world, at| Site::change(world, at, id, same_link)).unwrap();
    assert_eq!(rendering(&business, "new"), "old");
    let other_link = SiteChange { name: Some("Hull North".into()), ..SiteChange::default() };
    business.act(|world, at| Site::change(world, at, id, other_link)).unwrap();
    assert_eq!(rendering(&business, "new"), "new");
}

#[test]
fn an_unknown_site_is_not_found() {
    let mut business = Business::new();
    let id: SiteId = business.world.ids.fresh();
    type Act = fn(&mut World, Timestamp, SiteId) -> Result<(), Refusal>;
    let acts: [Act; 3] = [
        |world, at, id| Site::change(world, at, id, SiteChange::default()),
        |world, _, id| Site::change_settings(world, id, SiteSettings::default()),
        |world, at, id| Site::set_image(world, at, id, None),
    ];
    for act in acts {
        assert_eq!(business.act(|world, at| act(world, at, id)).unwrap_err(), Refusal::NotFound);
    }
}
