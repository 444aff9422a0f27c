//! Sites.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{NaiveDate, Weekday};
use schemars::JsonSchema;
use serde::Deserialize;
use stora_client::types;

use super::{Day, Moment, given};
use crate::contract::Method::{Delete, Patch, Post, Put};
use crate::control::handle::{Make, known};
use crate::control::route::{Route, Tag, route};
use crate::control::{ControlError, OperatorControl};
use crate::domain::change::set;
use crate::domain::ids::SiteId;
use crate::domain::refusal::Refusal;
use crate::domain::site::{
    AccessHours, DayHours, DayStatus, Image, NewSite, Site, SiteAddress, SiteChange, SiteSettings,
};
use crate::domain::tax::TaxRates;
use crate::domain::time::Timestamp;
use crate::store::World;
use crate::web::images;

/// A site to open.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSite {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: StreetAddress,
    /// When tenants can get in; day and night where this is left out.
    pub access_hours: Option<OpeningHours>,
    /// A text about it.
    pub description: Option<String>,
    /// A map with it.
    pub google_maps_url: Option<String>,
    /// When it opened.
    #[schemars(with = "Option<Moment>")]
    pub opened_at: Option<Timestamp>,
    /// Its telephone number.
    pub phone: Option<String>,
    /// Its settings, where they are not the usual ones.
    #[serde(default)]
    pub settings: ChangeSiteSettings,
}

/// Changes to a site.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSite {
    /// Its name.
    pub name: Option<String>,
    /// Where it is.
    pub address: Option<StreetAddress>,
    /// When tenants can get in.
    pub access_hours: Option<OpeningHours>,
    /// A text about it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub description: Option<Option<String>>,
    /// A map with it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub google_maps_url: Option<Option<String>>,
    /// When it opened.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Moment>")]
    pub opened_at: Option<Option<Timestamp>>,
    /// Its telephone number.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub phone: Option<Option<String>>,
}

/// An address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct StreetAddress {
    pub line_1: String,
    pub line_2: Option<String>,
    pub city: String,
    pub postal_code: String,
}

/// When tenants can get in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct OpeningHours {
    pub monday: OpeningDay,
    pub tuesday: OpeningDay,
    pub wednesday: OpeningDay,
    pub thursday: OpeningDay,
    pub friday: OpeningDay,
    pub saturday: OpeningDay,
    pub sunday: OpeningDay,
}

/// When tenants can get in on a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningDay {
    /// Whether it has hours.
    pub status: DayStatus,
    /// From when on, as `HH:MM`; only with set hours.
    pub open: Option<String>,
    /// Until when, as `HH:MM`; only with set hours.
    pub close: Option<String>,
}

/// Changes to the settings of a site: what is left out stays (section 0 of the description of the business).
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSiteSettings {
    /// Its time zone, such as `Europe/London`.
    pub time_zone: Option<String>,
    /// Whether units are allocated by themselves as orders complete (A8).
    pub auto_reserve: Option<bool>,
    /// Whether units are deallocated by themselves as tenancies end.
    pub auto_deallocate: Option<bool>,
    /// Whether it has a smart-entry system (U6).
    pub smart_entry: Option<bool>,
    /// Whether units are overlocked by themselves (D6).
    pub auto_overlock: Option<bool>,
    /// Days after a failed charge before that.
    pub overlock_grace_days: Option<u32>,
    /// Its tax rates, in per cent, per kind of line (T3).
    #[serde(default)]
    pub tax_rates: TaxRatesChange,
    /// When storefront bookings may begin.
    #[serde(default)]
    pub move_in: WindowChange,
}

/// Changes to the tax rates of a site, in per cent: what is left out stays, an empty list is no tax.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxRatesChange {
    /// Of unit types.
    #[schemars(with = "Option<Vec<f64>>")]
    pub unit_types: Option<TaxRates>,
    /// Of protection levels.
    #[schemars(with = "Option<Vec<f64>>")]
    pub protections: Option<TaxRates>,
    /// Of products.
    #[schemars(with = "Option<Vec<f64>>")]
    pub products: Option<TaxRates>,
}

/// Changes to when storefront bookings may begin: what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowChange {
    /// Days from the booking to the first day.
    pub lead_days: Option<u32>,
    /// Days from the first day to the last, at most 90.
    #[schemars(range(max = 90))]
    pub range_days: Option<u32>,
    /// Weekdays, such as `Mon`.
    #[schemars(with = "Option<Vec<String>>")]
    pub allowed_weekdays: Option<Vec<Weekday>>,
    /// The first day at all.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Day>")]
    pub opening_date: Option<Option<NaiveDate>>,
}

/// A picture.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetImage {
    /// The name of its file.
    pub filename: String,
    /// Its bytes in base64: PNG, JPEG, GIF or WebP. Where this is left out, one is drawn.
    pub content: Option<String>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Post, "/sites", "site_create", Tag::Sites, "Opens a site.").takes::<CreateSite>().status(201).record(
            "site",
            "Site",
            |operator, _, new| operator.create_site(new),
        ),
        route(Patch, "/sites/{site_id}", "site_update", Tag::Sites, "Changes a site.").takes::<ChangeSite>().record(
            "site",
            "Site",
            |operator, input, change| operator.change_site(input.param("site_id"), change),
        ),
        route(
            Patch,
            "/sites/{site_id}/settings",
            "site_settings_update",
            Tag::Sites,
            "Changes the settings of a site.",
        )
        .takes::<ChangeSiteSettings>()
        .record("site", "Site", |operator, input, change| {
            operator.change_site_settings(input.param("site_id"), change)
        }),
        route(Put, "/sites/{site_id}/image", "site_image_set", Tag::Sites, "Gives a site a picture.")
            .takes::<SetImage>()
            .record("site", "Site", |operator, input, image| {
                operator.set_site_image(input.param("site_id"), Some(image))
            }),
        route(Delete, "/sites/{site_id}/image", "site_image_delete", Tag::Sites, "Takes the picture of a site away.")
            .record("site", "Site", |operator, input, ()| operator.set_site_image(input.param("site_id"), None)),
    ]
}

impl OperatorControl {
    /// Opens a site.
    ///
    /// # Errors
    /// Values that cannot be.
    pub fn create_site(&self, new: CreateSite) -> Result<types::Site, ControlError> {
        self.make(new)
    }

    /// Changes a site.
    ///
    /// # Errors
    /// Not found; values that cannot be.
    pub fn change_site(&self, id: &str, change: ChangeSite) -> Result<types::Site, ControlError> {
        self.act_on::<Site>(|world, now| {
            let id = known(id)?;
            Site::change(world, now, id, change.into())?;
            Ok(id)
        })
    }

    /// Changes the settings of a site, which the API does not show.
    ///
    /// # Errors
    /// Not found; values that cannot be.
    pub fn change_site_settings(&self, id: &str, change: ChangeSiteSettings) -> Result<types::Site, ControlError> {
        self.act_on::<Site>(|world, _| {
            let id = known(id)?;
            let site = world.sites.get(id).ok_or(Refusal::NotFound)?;
            let settings = change.applied_to(site.settings.clone())?;
            Site::change_settings(world, id, settings)?;
            Ok(id)
        })
    }

    /// Gives a site a picture, or takes it away.
    ///
    /// # Errors
    /// Not found; what is no picture.
    pub fn set_site_image(&self, id: &str, image: Option<SetImage>) -> Result<types::Site, ControlError> {
        self.act_on::<Site>(|world, now| {
            let id = known(id)?;
            let image = image.map(SetImage::read).transpose()?;
            Site::set_image(world, now, id, image)?;
            Ok(id)
        })
    }
}

impl SetImage {
    pub(super) fn read(self) -> Result<Image, Refusal> {
        let bytes = self.content.map(|content| STANDARD.decode(content)).transpose();
        let bytes = bytes.map_err(|_| Refusal::invalid("/content", "This is no base64."))?;
        images::image(self.filename, bytes.as_deref())
    }
}

/// Without the bytes.
impl std::fmt::Debug for SetImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetImage").field("filename", &self.filename).finish_non_exhaustive()
    }
}

impl ChangeSiteSettings {
    /// The settings with the changes.
    fn applied_to(self, mut settings: SiteSettings) -> Result<SiteSettings, Refusal> {
        if let Some(name) = self.time_zone {
            settings.time_zone =
                name.parse().map_err(|_| Refusal::invalid("/time_zone", format!("There is no time zone `{name}`.")))?;
        }
        set(&mut settings.auto_reserve, self.auto_reserve);
        set(&mut settings.auto_deallocate, self.auto_deallocate);
        set(&mut settings.smart_entry, self.smart_entry);
        set(&mut settings.auto_overlock, self.auto_overlock);
        set(&mut settings.overlock_grace_days, self.overlock_grace_days);
        set(&mut settings.unit_type_tax, self.tax_rates.unit_types);
        set(&mut settings.protection_tax, self.tax_rates.protections);
        set(&mut settings.product_tax, self.tax_rates.products);
        set(&mut settings.move_in.lead_days, self.move_in.lead_days);
        set(&mut settings.move_in.range_days, self.move_in.range_days);
        set(&mut settings.move_in.allowed_weekdays, self.move_in.allowed_weekdays);
        set(&mut settings.move_in.opening_date, self.move_in.opening_date);
        Ok(settings)
    }
}

impl TryFrom<CreateSite> for NewSite {
    type Error = Refusal;

    fn try_from(site: CreateSite) -> Result<Self, Refusal> {
        let all_day = || AccessHours::every_day(&DayHours::ALL_DAY);
        let settings = site.settings.applied_to(SiteSettings::default());
        Ok(Self {
            name: site.name,
            address: site.address.into(),
            access_hours: site.access_hours.map_or_else(all_day, AccessHours::from),
            description: site.description,
            google_maps_url: site.google_maps_url,
            opened_at: site.opened_at,
            phone: site.phone,
            settings: settings.map_err(|refusal| crate::domain::faults::within("/settings", refusal))?,
        })
    }
}

impl From<ChangeSite> for SiteChange {
    fn from(change: ChangeSite) -> Self {
        Self {
            name: change.name,
            address: change.address.map(SiteAddress::from),
            access_hours: change.access_hours.map(AccessHours::from),
            description: change.description,
            google_maps_url: change.google_maps_url,
            opened_at: change.opened_at,
            phone: change.phone,
        }
    }
}

impl From<StreetAddress> for SiteAddress {
    fn from(address: StreetAddress) -> Self {
        let StreetAddress { line_1, line_2, city, postal_code } = address;
        Self { city, line_1, line_2, postal_code }
    }
}

impl From<OpeningHours> for AccessHours {
    fn from(hours: OpeningHours) -> Self {
        let OpeningHours { monday, tuesday, wednesday, thursday, friday, saturday, sunday } = hours;
        Self {
            friday: friday.into(),
            monday: monday.into(),
            saturday: saturday.into(),
            sunday: sunday.into(),
            thursday: thursday.into(),
            tuesday: tuesday.into(),
            wednesday: wednesday.into(),
        }
    }
}

impl From<OpeningDay> for DayHours {
    fn from(day: OpeningDay) -> Self {
        let OpeningDay { status, open, close } = day;
        Self { status, open, close }
    }
}

impl Make for CreateSite {
    type Made = Site;

    fn make(self, world: &mut World, at: Timestamp) -> Result<SiteId, ControlError> {
        Ok(Site::create(world, at, self.try_into()?)?)
    }
}
