//! Sites: the places where an operator has units.

use std::fmt::Display;

use chrono::{NaiveDate, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

use super::change::{ids_having, set};
use super::faults::{Faults, within};
use super::ids::SiteId;
use super::refusal::Refusal;
use super::tax::TaxRates;
use super::time::Timestamp;
use super::words::words;
use crate::store::{Record, World, record_fields};

/// A place with units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// When it can be entered.
    pub access_hours: AccessHours,
    /// Where it is.
    pub address: SiteAddress,
    /// When it was made.
    pub created_at: Timestamp,
    /// A text about it.
    pub description: Option<String>,
    /// Directions on a map.
    pub google_maps_url: Option<String>,
    /// Its picture, if it has one.
    pub image: Option<Image>,
    /// Its name.
    pub name: String,
    /// When it opened, or will.
    pub opened_at: Option<Timestamp>,
    /// Phone number.
    pub phone: Option<String>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What only the control API shows.
    pub settings: SiteSettings,
}

/// A picture of a site or unit type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Name for the download.
    pub filename: String,
    /// Bytes that were uploaded, in base64; none for the picture that the mock draws.
    pub uploaded: Option<String>,
    /// Media type of what was uploaded.
    pub media_type: Option<String>,
}

/// When a site can be entered, by day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AccessHours {
    pub friday: DayHours,
    pub monday: DayHours,
    pub saturday: DayHours,
    pub sunday: DayHours,
    pub thursday: DayHours,
    pub tuesday: DayHours,
    pub wednesday: DayHours,
}

/// When a site can be entered on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayHours {
    /// Closed, open all day, or between two hours.
    pub status: DayStatus,
    /// From, as `HH:MM` at the site; only with set hours.
    pub open: Option<String>,
    /// Until, as `HH:MM` at the site; only with set hours.
    pub close: Option<String>,
}

/// Where a site is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SiteAddress {
    pub city: String,
    pub line_1: String,
    pub line_2: Option<String>,
    pub postal_code: String,
}

/// What staff set for a site (section 0 of the description of the business).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteSettings {
    /// The zone its days are counted in.
    pub time_zone: chrono_tz::Tz,
    /// Whether units are reserved as orders complete (A3).
    pub auto_reserve: bool,
    /// Whether units are freed at the end of the move-out day (A24).
    pub auto_deallocate: bool,
    /// Whether a smart-entry system is told of access.
    pub smart_entry: bool,
    /// Whether units are overlocked by themselves after a failed charge (D6).
    pub auto_overlock: bool,
    /// Days from the failure to that overlock (D7).
    pub overlock_grace_days: u32,
    /// Tax on unit types.
    pub unit_type_tax: TaxRates,
    /// Tax on protection.
    pub protection_tax: TaxRates,
    /// Tax on products.
    pub product_tax: TaxRates,
    /// The move-in window of the storefront (O8).
    pub move_in: MoveInWindow,
}

/// Days on which a booking on the storefront may begin (O8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoveInWindow {
    /// Days from today to the first.
    pub lead_days: u32,
    /// Days from today, or from the opening, to the last.
    pub range_days: u32,
    /// Days of the week it may be.
    pub allowed_weekdays: Vec<Weekday>,
    /// The day the site opens, if that is to come.
    pub opening_date: Option<NaiveDate>,
}

/// A site to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewSite {
    pub name: String,
    pub address: SiteAddress,
    pub access_hours: AccessHours,
    pub description: Option<String>,
    pub google_maps_url: Option<String>,
    pub opened_at: Option<Timestamp>,
    pub phone: Option<String>,
    pub settings: SiteSettings,
}

/// Changes to a site: what is none stays, what is `Some(None)` is cleared.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct SiteChange {
    pub name: Option<String>,
    pub address: Option<SiteAddress>,
    pub access_hours: Option<AccessHours>,
    pub description: Option<Option<String>>,
    pub google_maps_url: Option<Option<String>>,
    pub opened_at: Option<Option<Timestamp>>,
    pub phone: Option<Option<String>>,
}

/// The most days that a move-in window may span (O8).
pub const MOST_RANGE_DAYS: u32 = 90;

words! {
    /// How a day is for a site.
    DayStatus {
        SetHours = "set_hours",
        TwentyFourHours = "twenty_four_hours",
        Closed = "closed",
    }
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            time_zone: chrono_tz::Europe::London,
            auto_reserve: true,
            auto_deallocate: true,
            smart_entry: true,
            auto_overlock: false,
            overlock_grace_days: 0,
            unit_type_tax: TaxRates::default(),
            protection_tax: TaxRates::default(),
            product_tax: TaxRates::default(),
            move_in: MoveInWindow::default(),
        }
    }
}

impl Default for MoveInWindow {
    fn default() -> Self {
        use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
        let allowed_weekdays = vec![Mon, Tue, Wed, Thu, Fri, Sat, Sun];
        Self { lead_days: 0, range_days: 90, allowed_weekdays, opening_date: None }
    }
}

impl AccessHours {
    /// The same hours on every day.
    pub fn every_day(hours: &DayHours) -> Self {
        let hours = || hours.clone();
        Self {
            friday: hours(),
            monday: hours(),
            saturday: hours(),
            sunday: hours(),
            thursday: hours(),
            tuesday: hours(),
            wednesday: hours(),
        }
    }

    /// The days by name.
    fn days(&self) -> [(&'static str, &DayHours); 7] {
        [
            ("monday", &self.monday),
            ("tuesday", &self.tuesday),
            ("wednesday", &self.wednesday),
            ("thursday", &self.thursday),
            ("friday", &self.friday),
            ("saturday", &self.saturday),
            ("sunday", &self.sunday),
        ]
    }
}

impl DayHours {
    /// Open all day.
    pub const ALL_DAY: Self = Self { status: DayStatus::TwentyFourHours, open: None, close: None };

    /// Open between two hours, as `HH:MM`.
    pub fn between(open: &str, close: &str) -> Self {
        Self { status: DayStatus::SetHours, open: Some(open.to_owned()), close: Some(close.to_owned()) }
    }

    /// Notes hours that are missing, unreadable, or there where none belong. `day` is the JSON Pointer.
    fn check(&self, day: &str, faults: &mut Faults) {
        for (name, hour) in [("open", self.open.as_deref()), ("close", self.close.as_deref())] {
            let pointer = format!("{day}/{name}");
            match (self.status, hour) {
                (DayStatus::SetHours, Some(hour)) if is_hour(hour) => {}
                (DayStatus::SetHours, _) => faults.add(pointer, "A day with set hours needs this as HH:MM."),
                (_, Some(_)) => faults.add(pointer, format!("A day that is {} has no hours.", self.status)),
                (_, None) => {}
            }
        }
    }
}

impl Image {
    /// Whether it can have the name it has.
    ///
    /// # Errors
    /// `/filename` when that is blank, has a slash, which would end it in an address, or has a control character.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.filename.trim().is_empty() || self.filename.contains(|c: char| c == '/' || c.is_control()) {
            return Err(Refusal::invalid("/filename", "A file name is not blank and has no slash."));
        }
        Ok(())
    }
}

impl SiteSettings {
    /// Notes settings that there cannot be.
    fn check(&self, faults: &mut Faults) {
        if self.move_in.range_days > MOST_RANGE_DAYS {
            faults.add("/move_in/range_days", format!("The window for moving in is {MOST_RANGE_DAYS} days at most."));
        }
    }
}

impl NewSite {
    /// A site with a name and an address that is open all day, with the usual settings.
    pub fn named(name: impl Into<String>, address: SiteAddress) -> Self {
        Self {
            name: name.into(),
            address,
            access_hours: AccessHours::every_day(&DayHours::ALL_DAY),
            description: None,
            google_maps_url: None,
            opened_at: None,
            phone: None,
            settings: SiteSettings::default(),
        }
    }
}

impl Site {
    /// Makes a site. Nothing tells of sites (W6).
    ///
    /// # Errors
    /// Values that cannot be, each with its pointer; those of the settings are below `/settings`.
    pub fn create(world: &mut World, at: Timestamp, new: NewSite) -> Result<SiteId, Refusal> {
        let site = Self {
            id: world.ids.fresh(),
            access_hours: new.access_hours,
            address: new.address,
            created_at: at,
            description: new.description,
            google_maps_url: new.google_maps_url,
            image: None,
            name: new.name,
            opened_at: new.opened_at,
            phone: new.phone,
            updated_at: at,
            settings: new.settings,
        };
        let mut faults = Faults::default();
        site.check(&mut faults);
        let mut in_settings = Faults::default();
        site.settings.check(&mut in_settings);
        faults.gather(in_settings.none().map_err(|refusal| within("/settings", refusal)))?;
        faults.none()?;
        let id = site.id;
        world.sites.insert(site);
        Ok(id)
    }

    /// Changes what the API shows of a site.
    ///
    /// # Errors
    /// Not found; values that cannot be, each with its pointer.
    pub fn change(world: &mut World, at: Timestamp, id: SiteId, change: SiteChange) -> Result<(), Refusal> {
        let before = world.sites.get(id).ok_or(Refusal::NotFound)?;
        let mut site = before.clone();
        set(&mut site.name, change.name);
        set(&mut site.address, change.address);
        set(&mut site.access_hours, change.access_hours);
        set(&mut site.description, change.description);
        set(&mut site.google_maps_url, change.google_maps_url);
        set(&mut site.opened_at, change.opened_at);
        set(&mut site.phone, change.phone);
        let mut faults = Faults::default();
        site.check(&mut faults);
        faults.none()?;
        let is_renamed = site.slug() != before.slug();
        world.sites.amend(id, at, |before| *before = site);
        if is_renamed {
            // The links of its unit types hold its name.
            for unit_type in ids_having(&world.unit_types, "site_id", &id.into()) {
                world.unit_types.clear_json_of(unit_type);
            }
        }
        Ok(())
    }

    /// Puts other settings in place of those of a site. The API does not show them, so that the site counts as unchanged.
    ///
    /// The days of rentals are those of the time zone (C1), so that it stays once there is one that has not ended.
    ///
    /// # Errors
    /// Not found; values that cannot be, each with its pointer; a conflict for another time zone while there are rentals.
    pub fn change_settings(world: &mut World, id: SiteId, settings: SiteSettings) -> Result<(), Refusal> {
        let site = world.sites.get(id).ok_or(Refusal::NotFound)?;
        let mut faults = Faults::default();
        settings.check(&mut faults);
        faults.none()?;
        let moves = settings.time_zone != site.settings.time_zone;
        if moves
            && world
                .tenancies
                .iter()
                .any(|it| it.site == id && (it.ends_at.is_none() || it.due.start.or(it.due.end).is_some()))
        {
            let reason = format!("The site {id} has rentals, whose days are those of {}.", site.settings.time_zone);
            return Err(Refusal::conflict("C1", reason));
        }
        world.sites.update(id, |site| site.settings = settings);
        Ok(())
    }

    /// Gives a site a picture, in place of the one it had, or takes it away.
    ///
    /// # Errors
    /// Not found; `/filename` when it cannot stand in an address.
    pub fn set_image(world: &mut World, at: Timestamp, id: SiteId, image: Option<Image>) -> Result<(), Refusal> {
        if !world.sites.contains(id) {
            return Err(Refusal::NotFound);
        }
        image.iter().try_for_each(Image::check)?;
        world.sites.amend(id, at, |site| site.image = image);
        Ok(())
    }

    /// The name as it stands in addresses: lower case, other characters turned to hyphens.
    pub fn slug(&self) -> String {
        slug_or_id(&self.name, self.id)
    }

    /// Notes values that cannot be.
    fn check(&self, faults: &mut Faults) {
        let texts = [
            ("/name", &self.name),
            ("/address/line_1", &self.address.line_1),
            ("/address/city", &self.address.city),
            ("/address/postal_code", &self.address.postal_code),
        ];
        for (pointer, _) in texts.iter().filter(|(_, text)| text.trim().is_empty()) {
            faults.add(*pointer, "A site has this, and it is not blank.");
        }
        for (day, hours) in self.access_hours.days() {
            hours.check(&format!("/access_hours/{day}"), faults);
        }
    }
}

/// Whether a text names a time of day as `HH:MM`.
fn is_hour(text: &str) -> bool {
    let is_plain = text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    is_plain && NaiveTime::parse_from_str(text, "%H:%M").is_ok()
}

/// A name as it stands in addresses: lower case, runs of other characters turned to a hyphen.
pub fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// A name as it stands in addresses, or the id where nothing of the name can stand there: no part of an address is empty.
pub fn slug_or_id(name: &str, id: impl Display) -> String {
    let of_name = slug(name);
    if of_name.is_empty() { slug(&id.to_string()) } else { of_name }
}

impl Record for Site {
    record_fields!(id: SiteId, created_at, updated_at);
}

#[cfg(test)]
mod tests;
