//! Sites.

use stora_client::{Nullable, types};

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::ids::Id;
use crate::domain::site::{AccessHours, DayHours, DayStatus, Site, SiteAddress};
use crate::store::{Table, World};

impl Show for Site {
    type Wire = types::Site;

    fn table(world: &World) -> &Table<Self> {
        &world.sites
    }

    fn show(&self, view: &View<'_>, _: &ExpandTree) -> types::Site {
        types::Site {
            id: wire_id(self.id),
            access_hours: access_hours(&self.access_hours),
            address: address(&self.address),
            created_at: moment(self.created_at),
            description: self.description.clone(),
            directions: types::SiteDirections {
                google_maps_url: self.google_maps_url.clone(),
                extra: Default::default(),
            },
            images: view.images(self.id.any(), self.image.as_ref()),
            name: self.name.clone(),
            opened_at: self.opened_at.map(moment),
            phone: self.phone.clone(),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}

fn access_hours(hours: &AccessHours) -> types::AccessHours {
    types::AccessHours {
        friday: day(&hours.friday),
        monday: day(&hours.monday),
        saturday: day(&hours.saturday),
        sunday: day(&hours.sunday),
        thursday: day(&hours.thursday),
        tuesday: day(&hours.tuesday),
        wednesday: day(&hours.wednesday),
        extra: Default::default(),
    }
}

/// A day. Hours stand only with set hours; on other days they are left out, not null (inventory.yaml, Sites).
fn day(day: &DayHours) -> types::AccessHoursDay {
    let hour = |hour: &Option<String>| match (day.status, hour) {
        (DayStatus::SetHours, Some(hour)) => Nullable::Value(hour.clone()),
        _ => Nullable::Absent,
    };
    types::AccessHoursDay {
        close: hour(&day.close),
        open: hour(&day.open),
        status: day.status.as_str().into(),
        extra: Default::default(),
    }
}

fn address(address: &SiteAddress) -> types::SiteAddress {
    types::SiteAddress {
        city: address.city.clone(),
        line_1: address.line_1.clone(),
        line_2: address.line_2.clone(),
        postal_code: address.postal_code.clone(),
        extra: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn hours_stand_only_on_days_with_set_hours() {
        let json = Sample::new().json::<Site>(&ExpandTree::default());
        let hours = &json["access_hours"];
        assert_eq!(hours["monday"], json!({"close": "22:00", "open": "06:00", "status": "set_hours"}));
        assert_eq!(hours["saturday"], json!({"status": "twenty_four_hours"}));
        assert_eq!(hours["sunday"], json!({"status": "closed"}));
    }

    #[test]
    fn a_site_without_a_picture_says_so_with_null() {
        let mut sample = Sample::new();
        let json = sample.json_after::<Site>(|world| &mut world.sites, |site| site.image = None);
        assert_eq!(json["images"], json!({"default": null}));
    }

    #[test]
    fn what_staff_set_for_a_site_is_not_shown() {
        let json = Sample::new().json::<Site>(&ExpandTree::default());
        assert_eq!((&json["settings"], &json["image"]), (&Value::Null, &Value::Null));
        assert_eq!(json["directions"], json!({"google_maps_url": "https://maps.example.com/1"}));
    }
}
