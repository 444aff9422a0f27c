//! Contacts: whoever rents, may rent or has rented.

use serde::{Deserialize, Serialize};

use super::change::{ids_having, set};
use super::event::EventKind;
use super::faults::Faults;
use super::ids::ContactId;
use super::metadata::{Metadata, MetadataPatch, merged};
use super::order::OrderStatus;
use super::refusal::Refusal;
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, World, record_fields};

/// A person or company.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// Postal address.
    pub address: Option<Address>,
    /// Number in the register of companies.
    pub company_registration_number: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Email address, unique among the contacts of an operator without regard to case.
    pub email: String,
    /// Name.
    pub full_name: Option<String>,
    /// State of the identity check.
    pub identity_check: IdentityCheck,
    /// How it heard of the operator: any token.
    pub marketing_source: Option<String>,
    /// The integrator's own pairs.
    pub metadata: Metadata,
    /// Phone number.
    pub phone_number: Option<String>,
    /// Where it came from: any token.
    pub source: Option<String>,
    /// Whether it rents.
    pub status: ContactStatus,
    /// Customer id at the payment provider, from the first finalized order on.
    pub stripe_customer_id: Option<String>,
    /// Tax number.
    pub tax_id: Option<String>,
    /// Number of tenancies it ever had.
    pub tenancies_count: i64,
    /// Private person or company: any token.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What it needs storage for: any token.
    pub use_case: Option<String>,
    /// What only the control API shows.
    pub account: Account,
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Address {
    pub city: Option<String>,
    pub country_alpha2: Option<String>,
    pub line_1: Option<String>,
    pub line_2: Option<String>,
    pub postal_code: Option<String>,
    pub state: Option<String>,
}

/// Whether a contact must prove its identity, and how far it is (Z2, Z4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityCheck {
    /// Whether it must.
    pub required: bool,
    /// How far it is.
    pub status: IdentityCheckStatus,
}

/// What the API does not show of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    /// Ways to pay that were saved, the newest last.
    pub payment_methods: Vec<SavedMethod>,
    /// Credit that the next invoices use up (R6), in minor units.
    pub credit: i64,
    /// How charges to come end.
    pub charges: ChargeOutcome,
}

/// A way to pay that a contact saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedMethod {
    /// What it is.
    pub kind: super::order::PaymentMethod,
    /// When it was saved.
    pub saved_at: Timestamp,
}

/// How charges to come end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChargeOutcome {
    /// They succeed.
    #[default]
    Succeed,
    /// They are declined.
    Decline,
    /// So many are declined, those after them succeed.
    DeclineNext(u32),
}

/// The data of a contact to be made. `email` alone is needed.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct NewContact {
    pub email: String,
    pub full_name: Option<String>,
    pub phone_number: Option<String>,
    pub tax_id: Option<String>,
    pub company_registration_number: Option<String>,
    pub address: Option<Address>,
    pub kind: Option<String>,
    pub marketing_source: Option<String>,
    pub source: Option<String>,
    pub use_case: Option<String>,
    pub metadata: Metadata,
}

/// Changes to a contact: what is none stays, what is `Some(None)` is cleared.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct ContactChange {
    pub email: Option<String>,
    pub full_name: Option<Option<String>>,
    pub phone_number: Option<Option<String>>,
    pub tax_id: Option<Option<String>>,
    pub company_registration_number: Option<Option<String>>,
    pub address: Option<Option<Address>>,
    pub kind: Option<Option<String>>,
    pub marketing_source: Option<Option<String>>,
    pub source: Option<Option<String>>,
    pub use_case: Option<Option<String>>,
    pub metadata: Option<MetadataPatch>,
}

words! {
    /// Whether a contact rents.
    ContactStatus {
        /// Never had a tenancy.
        Lead = "lead",
        /// Has a tenancy that runs or is to come.
        Customer = "customer",
        /// Had tenancies, all ended.
        Churned = "churned",
    }

    /// How far the identity check of a contact is.
    IdentityCheckStatus {
        NotAttempted = "not_attempted",
        Processing = "processing",
        Succeeded = "succeeded",
        Failed = "failed",
        /// Waived by staff.
        Skipped = "skipped",
    }
}

impl Contact {
    /// The contact of an email address, without regard to case.
    pub fn of_email<'w>(world: &'w World, email: &str) -> Option<&'w Self> {
        world.contacts.having("email", &email.to_lowercase().into()).next()
    }

    /// Makes a contact: a lead, whose identity is neither to be checked nor was.
    ///
    /// # Errors
    /// A word that none can have; a conflict when another contact has the email address.
    pub fn create(world: &mut World, at: Timestamp, new: NewContact) -> Result<ContactId, Refusal> {
        let mut faults = Faults::default();
        check_words([&new.kind, &new.source, &new.marketing_source, &new.use_case], &mut faults);
        faults.none()?;
        free_email(world, &new.email, None)?;
        let id = world.ids.fresh();
        world.contacts.insert(Self {
            id,
            address: new.address,
            company_registration_number: new.company_registration_number,
            created_at: at,
            email: new.email,
            full_name: new.full_name,
            identity_check: IdentityCheck { required: false, status: IdentityCheckStatus::NotAttempted },
            marketing_source: new.marketing_source,
            metadata: new.metadata,
            phone_number: new.phone_number,
            source: new.source,
            status: ContactStatus::Lead,
            stripe_customer_id: None,
            tax_id: new.tax_id,
            tenancies_count: 0,
            kind: new.kind,
            updated_at: at,
            use_case: new.use_case,
            account: Account::default(),
        });
        world.tell(EventKind::ContactCreated, id, at);
        Ok(id)
    }

    /// Changes a contact. A change without effect tells of nothing (W2).
    ///
    /// # Errors
    /// Not found; a word that none can have; too many pairs; a conflict when another contact has the email address.
    pub fn change(world: &mut World, at: Timestamp, id: ContactId, change: ContactChange) -> Result<(), Refusal> {
        let contact = world.contacts.get(id).ok_or(Refusal::NotFound)?;
        let mut faults = Faults::default();
        let given = [&change.kind, &change.source, &change.marketing_source, &change.use_case];
        check_words(given.map(|word| word.as_ref().unwrap_or(&None)), &mut faults);
        let metadata = change.metadata.map(|patch| merged(&contact.metadata, &patch)).transpose();
        let metadata = faults.gather(metadata)?.flatten();
        faults.none()?;
        if let Some(email) = &change.email {
            free_email(world, email, Some(id))?;
        }
        Self::amend(world, at, id, |contact| {
            set(&mut contact.email, change.email);
            set(&mut contact.full_name, change.full_name);
            set(&mut contact.phone_number, change.phone_number);
            set(&mut contact.tax_id, change.tax_id);
            set(&mut contact.company_registration_number, change.company_registration_number);
            set(&mut contact.address, change.address);
            set(&mut contact.kind, change.kind);
            set(&mut contact.marketing_source, change.marketing_source);
            set(&mut contact.source, change.source);
            set(&mut contact.use_case, change.use_case);
            set(&mut contact.metadata, metadata);
        });
        Ok(())
    }

    /// Changes a contact that is known to exist, and tells of it if that makes a difference.
    pub fn amend(world: &mut World, at: Timestamp, id: ContactId, change: impl FnOnce(&mut Self)) {
        if world.contacts.amend(id, at, change) == Some(true) {
            world.tell(EventKind::ContactUpdated, id, at);
        }
    }

    /// Removes a contact that nothing depends on, with its notes and identity verifications; drafts, tasks and timeline
    /// events lose the link to it (E8).
    ///
    /// # Errors
    /// Not found; a conflict while a deal, a finalized or completed order, a tenancy, a subscription, an invoice, a credit
    /// note or a contract belongs to it.
    pub fn delete(world: &mut World, at: Timestamp, id: ContactId) -> Result<(), Refusal> {
        if !world.contacts.contains(id) {
            return Err(Refusal::NotFound);
        }
        let own = FacetValue::from(id);
        let binding = |status: OrderStatus| {
            let facets = [("contact_id", own.clone()), ("status", status.as_str().into())];
            world.orders.having_all(&facets).next().is_some()
        };
        let holders = [
            ("a deal", world.deals.any_having("contact_id", &own)),
            ("a finalized order", binding(OrderStatus::Finalized)),
            ("a completed order", binding(OrderStatus::Completed)),
            ("a tenancy", world.tenancies.any_having("contact_id", &own)),
            ("a subscription", world.subscriptions.any_having("contact_id", &own)),
            ("an invoice", world.invoices.any_having("contact_id", &own)),
            ("a credit note", world.credit_notes.any_having("contact_id", &own)),
            ("a contract", world.contracts.any_having("contact_id", &own)),
        ];
        let held_by: Vec<&str> = holders.iter().filter(|(_, holds)| *holds).map(|(what, _)| *what).collect();
        if !held_by.is_empty() {
            return Err(Refusal::conflict("E8", format!("The contact {id} has {}.", held_by.join(", "))));
        }
        for order in ids_having(&world.orders, "contact_id", &own) {
            world.orders.amend(order, at, |order| order.contact = None);
            world.tell(EventKind::OrderUpdated, order, at);
        }
        for note in ids_having(&world.notes, "resource_id", &own) {
            world.notes.remove(note);
        }
        for verification in ids_having(&world.identity_verifications, "contact_id", &own) {
            world.identity_verifications.remove(verification);
        }
        for task in ids_having(&world.tasks, "resource_id", &own) {
            world.tasks.amend(task, at, |task| task.resource = None);
        }
        for event in ids_having(&world.timeline_events, "contact_id", &own) {
            world.timeline_events.amend(event, at, |event| event.contact = None);
        }
        world.contacts.remove(id);
        Ok(())
    }
}

/// Notes words that stand for null in the filters of lists, so that no contact has them (crm.yaml, `contact_list`). They come as
/// type, source, marketing source and use case.
fn check_words(words: [&Option<String>; 4], faults: &mut Faults) {
    for (pointer, word) in ["/type", "/source", "/marketing_source", "/use_case"].into_iter().zip(words) {
        if word.as_deref() == Some("unspecified") {
            faults.add(pointer, "`unspecified` is a word of filters; in a contact it is null.");
        }
    }
}

fn free_email(world: &World, email: &str, but: Option<ContactId>) -> Result<(), Refusal> {
    match Contact::of_email(world, email) {
        Some(other) if Some(other.id) != but => {
            Err(Refusal::conflict("", format!("The contact {} has this email address already.", other.id)))
        }
        _ => Ok(()),
    }
}

impl Record for Contact {
    record_fields!(id: ContactId, created_at, updated_at);
    const NAMED: bool = true;

    fn name(&self) -> Option<&str> {
        self.full_name.as_deref()
    }

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("type", self.kind.clone().into());
        add("source", self.source.clone().into());
        add("marketing_source", self.marketing_source.clone().into());
        add("use_case", self.use_case.clone().into());
        add("status", self.status.as_str().into());
        add("email", self.email.to_lowercase().into());
        if self.account.credit > 0 {
            add("has_credit", "yes".into());
        }
    }
}

#[cfg(test)]
mod tests;
