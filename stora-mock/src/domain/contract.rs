//! Contracts and their templates (section 19 of the description of the business).

use serde::{Deserialize, Serialize};

use super::change::{named, set};
use super::ids::{ContactId, ContractId, ContractTemplateId, TenancyId};
use super::money;
use super::notice::NoticeKind;
use super::refusal::Refusal;
use super::subscription::{Subscription, SubscriptionLineKind};
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, World, record_fields};

/// A contract for one tenancy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// Who is to sign.
    pub contact: ContactId,
    /// The template it was made from.
    pub contract_template: ContractTemplateId,
    /// When it was made.
    pub created_at: Timestamp,
    /// The template's name at that moment.
    pub name: String,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When it was signed.
    pub signed_at: Option<Timestamp>,
    /// Its state.
    pub status: ContractStatus,
    /// The tenancy it is for.
    pub tenancy: TenancyId,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What was filled in when it was made; it does not change afterwards (G5).
    pub terms: Vec<Term>,
    /// The text, filled in.
    pub text: String,
}

/// What contracts are made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContractTemplate {
    /// Its id.
    pub id: ContractTemplateId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its name.
    pub name: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The text; not in the API. `{{ contact }}` and its like stand for what is filled in ([`TERMS`]).
    pub text: String,
}

/// Something that is filled into a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// What it is: one of [`TERMS`].
    pub name: String,
    /// How it was when the contract was made.
    pub value: String,
}

/// What is filled into contracts, in the order in which it is listed (G5).
pub const TERMS: [&str; 8] =
    ["contact", "site", "unit_types", "units", "start_date", "prices", "billing_period", "cover"];

/// A contract template to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewContractTemplate {
    pub name: String,
    pub text: String,
}

/// Changes to a contract template: what is none stays.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct ContractTemplateChange {
    pub name: Option<String>,
    pub text: Option<String>,
}

words! {
    /// The states of a contract (G1).
    ContractStatus {
        Pending = "pending",
        Signed = "signed",
        Voided = "voided",
        Declined = "declined",
        Deleted = "deleted",
    }
}

impl Contract {
    /// Makes a contract from a template for a tenancy that runs or is to come, and sends it (G2).
    ///
    /// # Errors
    /// A tenancy or a template that does not exist, with the pointers of a body that names them; a conflict when the tenancy has
    /// ended.
    pub fn issue(
        world: &mut World,
        at: Timestamp,
        tenancy: TenancyId,
        template: ContractTemplateId,
    ) -> Result<ContractId, Refusal> {
        let rental = world.tenancies.get(tenancy).ok_or_else(|| Refusal::unknown("/tenancy/id", tenancy))?;
        let unknown = || Refusal::unknown("/contract_template/id", template);
        let template = world.contract_templates.get(template).ok_or_else(unknown)?;
        if rental.ended(at) {
            return Err(Refusal::conflict("G2", format!("The tenancy {tenancy} has ended.")));
        }
        let terms = terms(world, tenancy);
        let (contact, name, text) = (rental.contact, template.name.clone(), filled(&template.text, &terms));
        let contract_template = template.id;
        let id = world.ids.fresh();
        world.contracts.insert(Self {
            id,
            contact,
            contract_template,
            created_at: at,
            name,
            sent_at: Some(at),
            signed_at: None,
            status: ContractStatus::Pending,
            tenancy,
            updated_at: at,
            terms,
            text,
        });
        world.notify(at, NoticeKind::ContractSent, Some(contact), id);
        Ok(id)
    }

    /// The customer signs it (G3).
    ///
    /// # Errors
    /// Not found; a conflict unless it is pending (G1).
    pub fn sign(world: &mut World, at: Timestamp, id: ContractId) -> Result<(), Refusal> {
        Self::leave_pending(world, at, id, ContractStatus::Signed)
    }

    /// The customer declines it (G3).
    ///
    /// # Errors
    /// As [`Contract::sign`].
    pub fn decline(world: &mut World, at: Timestamp, id: ContractId) -> Result<(), Refusal> {
        Self::leave_pending(world, at, id, ContractStatus::Declined)
    }

    /// Staff void it (G3).
    ///
    /// # Errors
    /// As [`Contract::sign`].
    pub fn void(world: &mut World, at: Timestamp, id: ContractId) -> Result<(), Refusal> {
        Self::leave_pending(world, at, id, ContractStatus::Voided)
    }

    /// Staff delete it. It stays to be seen, in a state of its own (G3).
    ///
    /// # Errors
    /// As [`Contract::sign`].
    pub fn delete(world: &mut World, at: Timestamp, id: ContractId) -> Result<(), Refusal> {
        Self::leave_pending(world, at, id, ContractStatus::Deleted)
    }

    /// Staff make a new one in place of one that was voided or declined, which stays (G4).
    ///
    /// # Errors
    /// Not found; a conflict when it is neither voided nor declined, or its tenancy has ended.
    pub fn reissue(world: &mut World, at: Timestamp, id: ContractId) -> Result<ContractId, Refusal> {
        let contract = world.contracts.get(id).ok_or(Refusal::NotFound)?;
        if !matches!(contract.status, ContractStatus::Voided | ContractStatus::Declined) {
            let reason =
                format!("The contract {id} is {}; only a voided or declined one is issued anew.", contract.status);
            return Err(Refusal::conflict("G4", reason));
        }
        let (tenancy, template) = (contract.tenancy, contract.contract_template);
        Self::issue(world, at, tenancy, template)
    }

    fn leave_pending(world: &mut World, at: Timestamp, id: ContractId, to: ContractStatus) -> Result<(), Refusal> {
        let status = world.contracts.get(id).ok_or(Refusal::NotFound)?.status;
        if status != ContractStatus::Pending {
            return Err(Refusal::conflict(
                "G1",
                format!("The contract {id} is {status}; only a pending one becomes {to}."),
            ));
        }
        world.contracts.amend(id, at, |contract| {
            contract.status = to;
            contract.signed_at = (to == ContractStatus::Signed).then_some(at);
        });
        Ok(())
    }
}

impl ContractTemplate {
    /// Makes a template.
    ///
    /// # Errors
    /// A name without a character.
    pub fn create(world: &mut World, at: Timestamp, new: NewContractTemplate) -> Result<ContractTemplateId, Refusal> {
        named(&new.name)?;
        let id = world.ids.fresh();
        let NewContractTemplate { name, text } = new;
        world.contract_templates.insert(Self { id, created_at: at, name, updated_at: at, text });
        Ok(id)
    }

    /// Changes a template. Contracts that were made from it stay as they are (G5).
    ///
    /// # Errors
    /// Not found; a name without a character.
    pub fn change(
        world: &mut World,
        at: Timestamp,
        id: ContractTemplateId,
        change: ContractTemplateChange,
    ) -> Result<(), Refusal> {
        if !world.contract_templates.contains(id) {
            return Err(Refusal::NotFound);
        }
        change.name.as_deref().map_or(Ok(()), named)?;
        world.contract_templates.amend(id, at, |template| {
            set(&mut template.name, change.name);
            set(&mut template.text, change.text);
        });
        Ok(())
    }
}

/// What is filled into a contract of a tenancy, as it is now. Nothing is left out: what does not apply says so.
fn terms(world: &World, tenancy: TenancyId) -> Vec<Term> {
    let rental = world.tenancies.get(tenancy);
    let contact = rental.and_then(|rental| world.contacts.get(rental.contact));
    let site = rental.and_then(|rental| world.sites.get(rental.site));
    let subscription = rental.and_then(|rental| world.subscriptions.get(rental.subscription?));
    let zone = site.map_or(chrono_tz::UTC, |site| site.settings.time_zone);
    let units = rental.into_iter().flat_map(|rental| &rental.unit_allocations).filter_map(|allocation| {
        let allocation = world.unit_allocations.get(*allocation)?;
        Some(world.units.get(allocation.unit)?.reference_id.as_str())
    });
    let value = |name: &str| match name {
        "contact" => contact.map(|contact| contact.full_name.clone().unwrap_or_else(|| contact.email.clone())),
        "site" => site.map(|site| site.name.clone()),
        "unit_types" => lines_of(world, subscription, SubscriptionLineKind::UnitType),
        "units" => Some(units.clone().collect::<Vec<_>>().join(", ")).filter(|units| !units.is_empty()),
        "start_date" => rental.map(|rental| rental.starts_at.date_in(zone).format("%-d %B %Y").to_string()),
        "prices" => subscription.map(|subscription| prices(world, subscription)),
        "billing_period" => subscription.map(|subscription| subscription.billing_period.as_str().replace('_', " ")),
        _ => lines_of(world, subscription, SubscriptionLineKind::Protection),
    };
    let none = || "none".to_owned();
    TERMS.iter().map(|name| Term { name: (*name).to_owned(), value: value(name).unwrap_or_else(none) }).collect()
}

/// What a subscription bills of a kind, in words; none if it bills nothing of it.
fn lines_of(world: &World, subscription: Option<&Subscription>, kind: SubscriptionLineKind) -> Option<String> {
    let lines = subscription?.line_items.iter().filter(|line| line.kind == kind);
    let texts: Vec<String> = lines
        .filter_map(|line| {
            let what = if kind == SubscriptionLineKind::Protection {
                let level = world.protection_levels.get(line.item.of()?)?;
                money::format(level.cover_level, world.settings.currency)
            } else {
                world.unit_types.get(line.item.of()?)?.name.clone()
            };
            Some(if line.quantity == 1 { what } else { format!("{} x {what}", line.quantity) })
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

fn prices(world: &World, subscription: &Subscription) -> String {
    let lines = subscription.line_items.iter().map(|line| {
        let price = money::format(line.price, world.settings.currency);
        if line.quantity == 1 { price } else { format!("{} x {price}", line.quantity) }
    });
    lines.collect::<Vec<_>>().join(" + ")
}

/// A text with its placeholders filled. One that stands for nothing known stays as it is.
fn filled(text: &str, terms: &[Term]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        let found = after
            .split_once("}}")
            .and_then(|(name, after)| Some((terms.iter().find(|term| term.name == name.trim())?, after)));
        rest = match found {
            Some((term, after)) => {
                filled.push_str(&term.value);
                after
            }
            None => {
                filled.push_str("{{");
                after
            }
        };
    }
    filled.push_str(rest);
    filled
}

impl Record for Contract {
    record_fields!(id: ContractId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("contact_id", self.contact.into());
        add("tenancy_id", self.tenancy.into());
        add("status", self.status.as_str().into());
    }
}

impl Record for ContractTemplate {
    record_fields!(id: ContractTemplateId, created_at, updated_at);
}

#[cfg(test)]
mod tests;
