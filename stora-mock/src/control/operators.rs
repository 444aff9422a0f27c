//! Operators: tenants of the server that see nothing of each other.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::{Taken, add_access_token, add_all, add_application};
use super::loading::seed as seed_file;
use super::{
    ClockState, Control, ControlError, CreateAccessToken, CreateApplication, CreatedAccessToken, CreatedApplication,
    OperatorControl, SetClock,
};
use crate::clock::Clock;
use crate::domain::change::set;
use crate::domain::money::Currency;
use crate::domain::refusal::Refusal;
use crate::domain::settings::{AfterRetries, Settings, check_retry_offsets};
use crate::seed;
use crate::server::Operator;
use crate::store::World;

/// An operator to make.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateOperator {
    /// What the control API is to call it by: lower-case letters, digits and hyphens. A number where this is left out.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,62}$"))]
    pub id: Option<String>,
    /// What decides its ids, and together with its own id its secrets; the seed of the server where this is left out.
    pub seed: Option<u64>,
    /// What it starts with.
    #[serde(default)]
    pub start: StartWith,
    /// Its settings, where they are not the usual ones.
    #[serde(default)]
    pub settings: SettingsChange,
    /// A seed file with what it is to have besides.
    #[schemars(with = "Option<crate::seed::file::SeedFile>")]
    pub data: Option<serde_json::Value>,
    /// How its clock is set; as that of the server was, where this is left out.
    pub clock: Option<SetClock>,
    /// The access tokens it starts with; one that may do everything where this is left out.
    pub tokens: Option<Vec<CreateAccessToken>>,
    /// The OAuth applications it starts with.
    #[serde(default)]
    pub applications: Vec<CreateApplication>,
}

/// What an operator starts with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartWith {
    /// Nothing.
    #[default]
    Empty,
    /// The demo business.
    Demo,
}

/// An operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OperatorInfo {
    /// What the control API calls it by.
    pub id: String,
    /// What decides its ids.
    pub seed: u64,
    /// What time it is for it.
    pub clock: ClockState,
    /// What it sets for the whole business.
    pub settings: SettingsInfo,
}

/// An operator that was just made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CreatedOperator {
    /// The operator.
    pub operator: OperatorInfo,
    /// The ids of the records of its data that have keys, by these.
    pub keys: BTreeMap<String, String>,
    /// Its access tokens with their values, which are not to be had again.
    pub access_tokens: Vec<CreatedAccessToken>,
    /// Its applications with their secrets, which are not to be had again.
    pub applications: Vec<CreatedApplication>,
}

/// Operators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OperatorList {
    /// All of them, by id.
    pub operators: Vec<OperatorInfo>,
}

/// What an operator sets for the whole business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SettingsInfo {
    /// Its name.
    pub name: String,
    /// The currency of all its money, by ISO 4217.
    pub currency: String,
    /// What follows the last failed retry of a charge (D3).
    pub after_retries: AfterRetries,
    /// Days after a failed charge on which it is tried again (D1).
    pub retry_offsets_days: Vec<u32>,
    /// Whether customers may cancel in the portal (M8).
    pub portal_cancellation: bool,
    /// Whether new customers must prove their identity.
    pub identity_required: bool,
    /// Days on which banks do not work, besides weekends (I13).
    #[schemars(with = "Vec<String>")]
    pub bank_holidays: Vec<NaiveDate>,
}

/// Changes to what an operator sets for the whole business: what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    /// Its name.
    pub name: Option<String>,
    /// The currency of all its money, by ISO 4217. Amounts keep their numbers.
    pub currency: Option<String>,
    /// What follows the last failed retry of a charge (D3).
    pub after_retries: Option<AfterRetries>,
    /// Days after a failed charge on which it is tried again (D1), in order, from 1 on.
    pub retry_offsets_days: Option<Vec<u32>>,
    /// Whether customers may cancel in the portal (M8).
    pub portal_cancellation: Option<bool>,
    /// Whether new customers must prove their identity.
    pub identity_required: Option<bool>,
    /// Days on which banks do not work, besides weekends (I13).
    #[schemars(with = "Option<Vec<super::Day>>")]
    pub bank_holidays: Option<Vec<NaiveDate>>,
}

impl Control {
    /// All operators.
    pub fn operators(&self) -> OperatorList {
        OperatorList { operators: self.server.operators.all().iter().map(|operator| info(operator)).collect() }
    }

    /// Makes an operator. Its tokens open nothing of any other.
    ///
    /// # Errors
    /// Settings, tokens or applications that cannot be; a conflict when there is an operator of this id, or another one has one
    /// of the tokens or client ids.
    pub fn create_operator(&self, new: CreateOperator) -> Result<CreatedOperator, ControlError> {
        let _held = self.hold_directory();
        let id = self.id_of(new.id)?;
        let server_clock = self.server.options.clock;
        let clock = Clock::new(
            new.clock.map_or(server_clock, |set| set.from(set.at.unwrap_or_else(|| Clock::new(server_clock).now()))),
        );
        let now = clock.now();
        let seed = new.seed.unwrap_or(self.server.options.seed);
        let mut world = match new.start {
            StartWith::Empty => seed::blank(Settings::named(&id), seed),
            StartWith::Demo => seed::demo(seed, now),
        };
        world.ids.set_salt(&id);
        // The tokens of the demo operator open that one alone; here they are the creators of records, and nothing else.
        world.access.lock_out(now, &mut world.ids);
        change(&mut world, new.settings).map_err(|error| error.inside("/settings"))?;
        let taken = Taken { operators: &self.server.operators, by_others_than: &id };
        let tokens = new.tokens.unwrap_or_else(|| vec![CreateAccessToken::everything("Default")]);
        let mut access_tokens = add_all("tokens", tokens, |new| add_access_token(&mut world, now, new, &taken))?;
        let mut applications =
            add_all("applications", new.applications, |new| add_application(&mut world, now, new, &taken))?;
        let mut keys = BTreeMap::new();
        if let Some(document) = new.data {
            let seeded = seed_file(&mut world, now, document, &taken).map_err(|error| error.inside("/data"))?;
            access_tokens.extend(seeded.access_tokens);
            applications.extend(seeded.applications);
            keys = seeded.keys;
        }
        let operator = self.server.operator(id, world, clock);
        let operator = self.server.operators.add(operator).ok_or_else(|| ControlError::conflict(EXISTS))?;
        Ok(CreatedOperator { operator: info(&operator), keys, access_tokens, applications })
    }

    /// Removes an operator, with all that it has.
    ///
    /// # Errors
    /// Not found.
    pub fn delete_operator(&self, id: &str) -> Result<(), ControlError> {
        let _held = self.hold_directory();
        let operator = self.server.operators.remove(id).ok_or_else(ControlError::not_found)?;
        operator.webhooks.close();
        Ok(())
    }

    /// The id that a new operator is to have.
    fn id_of(&self, wanted: Option<String>) -> Result<String, ControlError> {
        let Some(id) = wanted else {
            let free = (1_u32..).map(|number| format!("operator-{number}"));
            let mut free = free.filter(|id| self.server.operators.get(id).is_none());
            return free.next().ok_or_else(|| ControlError::conflict("There are too many operators."));
        };
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || id.len() > 63 || id.starts_with('-') || !id.bytes().all(is_plain) {
            let reason = "An id is 1 to 63 lower-case letters, digits and hyphens, and does not begin with a hyphen.";
            return Err(Refusal::invalid("/id", reason).into());
        }
        if self.server.operators.get(&id).is_some() {
            return Err(ControlError::conflict(EXISTS));
        }
        Ok(id)
    }
}

const EXISTS: &str = "There is an operator of this id already.";

impl OperatorControl {
    /// The operator.
    pub fn info(&self) -> OperatorInfo {
        info(&self.operator)
    }

    /// Changes what it sets for the whole business. Nothing tells of it.
    ///
    /// # Errors
    /// An empty name, a currency that there is not, and days of retries that are out of order.
    pub fn change_settings(&self, settings: SettingsChange) -> Result<SettingsInfo, ControlError> {
        self.act(|world, _| {
            change(world, settings)?;
            Ok(SettingsInfo::of(&world.settings))
        })
    }
}

impl CreateAccessToken {
    /// One that may do everything, under a name.
    pub fn everything(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

impl SettingsInfo {
    fn of(settings: &Settings) -> Self {
        Self {
            name: settings.name.clone(),
            currency: settings.currency.code().to_owned(),
            after_retries: settings.after_retries,
            retry_offsets_days: settings.retry_offsets_days.clone(),
            portal_cancellation: settings.portal_cancellation,
            identity_required: settings.identity_required,
            bank_holidays: settings.bank_holidays.clone(),
        }
    }
}

fn info(operator: &Operator) -> OperatorInfo {
    let world = operator.read();
    OperatorInfo {
        id: operator.id.clone(),
        seed: world.ids.seed(),
        clock: ClockState::of(&operator.clock),
        settings: SettingsInfo::of(&world.settings),
    }
}

pub(crate) fn change(world: &mut World, change: SettingsChange) -> Result<(), ControlError> {
    let mut faults = crate::domain::faults::Faults::default();
    if change.name.as_deref().is_some_and(|name| name.trim().is_empty()) {
        faults.add("/name", "A name has at least one character.");
    }
    let currency = change.currency.map(|code| {
        code.parse::<Currency>()
            .map_err(|_| Refusal::invalid("/currency", format!("`{code}` is no currency of an operator.")))
    });
    let currency = faults.gather(currency.transpose())?.flatten();
    if let Some(days) = &change.retry_offsets_days {
        check_retry_offsets(days, "/retry_offsets_days", &mut faults);
    }
    faults.none()?;
    let settings = &mut world.settings;
    set(&mut settings.name, change.name);
    set(&mut settings.currency, currency);
    set(&mut settings.after_retries, change.after_retries);
    set(&mut settings.retry_offsets_days, change.retry_offsets_days);
    set(&mut settings.portal_cancellation, change.portal_cancellation);
    set(&mut settings.identity_required, change.identity_required);
    set(&mut settings.bank_holidays, change.bank_holidays);
    world.forget_renderings();
    Ok(())
}
