//! The timeline: what integrators report to have done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::change::{named, set};
use super::ids::{
    AnyId, ContactId, InvoiceId, SiteId, SubscriptionId, TenancyId, TimelineEventId, TimelineSourceId,
    TimelineTemplateId, UnitId, UnitTypeId,
};
use super::refusal::{Fault, Refusal};
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, Table, World, record_fields};

/// Something that an integrator reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineEvent {
    /// Its id.
    pub id: TimelineEventId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: staff, an access token or an application.
    pub creator: AnyId,
    /// Free text.
    pub description: Option<String>,
    /// What it is in the integrator's own system.
    pub external: Option<External>,
    /// The contact it happened to.
    pub contact: Option<ContactId>,
    /// The invoice it is about.
    pub invoice: Option<InvoiceId>,
    /// The site it happened at.
    pub site: Option<SiteId>,
    /// The subscription it is about.
    pub subscription: Option<SubscriptionId>,
    /// The tenancy it is about.
    pub tenancy: Option<TenancyId>,
    /// The unit it is about.
    pub unit: Option<UnitId>,
    /// The unit type it is about.
    pub unit_type: Option<UnitTypeId>,
    /// The system it comes from.
    pub source: TimelineSourceId,
    /// What kind of event it is.
    pub template: TimelineTemplateId,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Values of the template's own variables.
    pub variables: BTreeMap<String, String>,
}

/// What an event is in the integrator's own system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct External {
    pub id: Option<String>,
    pub url: Option<String>,
}

/// A system that reports events.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineSource {
    /// Its id.
    pub id: TimelineSourceId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether every operator sees it.
    pub global: bool,
    /// Its name.
    pub name: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Its website.
    pub website_url: Option<String>,
}

/// A kind of event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineTemplate {
    /// Its id.
    pub id: TimelineTemplateId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether every operator sees it.
    pub global: bool,
    /// Liquid text over the variables.
    pub message: String,
    /// Its name.
    pub name: String,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Variables of its own.
    pub custom_variables: Vec<String>,
    /// References that an event must have (E9).
    pub predefined_variables: Vec<PredefinedVariable>,
}

/// The data of an event to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewTimelineEvent {
    pub creator: AnyId,
    pub source: TimelineSourceId,
    pub template: TimelineTemplateId,
    pub about: About,
    pub description: Option<String>,
    pub external: Option<External>,
    pub variables: BTreeMap<String, String>,
}

/// What an event is about.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct About {
    pub contact: Option<ContactId>,
    pub invoice: Option<InvoiceId>,
    pub site: Option<SiteId>,
    pub subscription: Option<SubscriptionId>,
    pub tenancy: Option<TenancyId>,
    pub unit: Option<UnitId>,
    pub unit_type: Option<UnitTypeId>,
}

/// Changes to an event: what is none stays, what is `Some(None)` is cleared. Variables and external each replace the former
/// value as a whole.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct TimelineEventChange {
    pub source: Option<TimelineSourceId>,
    pub template: Option<TimelineTemplateId>,
    pub about: AboutChange,
    pub description: Option<Option<String>>,
    pub external: Option<Option<External>>,
    pub variables: Option<BTreeMap<String, String>>,
}

/// Changes to what an event is about.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct AboutChange {
    pub contact: Option<Option<ContactId>>,
    pub invoice: Option<Option<InvoiceId>>,
    pub site: Option<Option<SiteId>>,
    pub subscription: Option<Option<SubscriptionId>>,
    pub tenancy: Option<Option<TenancyId>>,
    pub unit: Option<Option<UnitId>>,
    pub unit_type: Option<Option<UnitTypeId>>,
}

/// A source to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewTimelineSource {
    pub name: String,
    pub website_url: Option<String>,
    pub global: bool,
}

/// A template to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewTimelineTemplate {
    pub name: String,
    pub message: String,
    pub custom_variables: Vec<String>,
    pub predefined_variables: Vec<PredefinedVariable>,
    pub global: bool,
}

words! {
    /// References that a template can ask for.
    PredefinedVariable {
        Contact = "contact",
        Invoice = "invoice",
        Site = "site",
        Subscription = "subscription",
        Tenancy = "tenancy",
        Unit = "unit",
        UnitType = "unit_type",
    }
}

impl TimelineEvent {
    /// Records an event.
    ///
    /// # Errors
    /// References that lead nowhere, with the pointers of a body that names them; a predefined variable of the template that is
    /// left out (E9).
    pub fn create(world: &mut World, at: Timestamp, new: NewTimelineEvent) -> Result<TimelineEventId, Refusal> {
        let NewTimelineEvent { creator, source, template, about, description, external, variables } = new;
        let event = Self {
            id: world.ids.fresh(),
            created_at: at,
            creator,
            description,
            external,
            contact: about.contact,
            invoice: about.invoice,
            site: about.site,
            subscription: about.subscription,
            tenancy: about.tenancy,
            unit: about.unit,
            unit_type: about.unit_type,
            source,
            template,
            updated_at: at,
            variables,
        };
        let id = event.id;
        event.check(world)?;
        world.timeline_events.insert(event);
        Ok(id)
    }

    /// Changes an event. What the template asks for is looked for in the result.
    ///
    /// # Errors
    /// Not found; as [`TimelineEvent::create`].
    pub fn change(
        world: &mut World,
        at: Timestamp,
        id: TimelineEventId,
        change: TimelineEventChange,
    ) -> Result<(), Refusal> {
        let mut changed = world.timeline_events.get(id).ok_or(Refusal::NotFound)?.clone();
        set(&mut changed.source, change.source);
        set(&mut changed.template, change.template);
        set(&mut changed.contact, change.about.contact);
        set(&mut changed.invoice, change.about.invoice);
        set(&mut changed.site, change.about.site);
        set(&mut changed.subscription, change.about.subscription);
        set(&mut changed.tenancy, change.about.tenancy);
        set(&mut changed.unit, change.about.unit);
        set(&mut changed.unit_type, change.about.unit_type);
        set(&mut changed.description, change.description);
        set(&mut changed.external, change.external);
        set(&mut changed.variables, change.variables);
        changed.check(world)?;
        world.timeline_events.amend(id, at, |event| *event = changed);
        Ok(())
    }

    /// Every reference has to lead somewhere, and every predefined variable of the template has to be given.
    fn check(&self, world: &World) -> Result<(), Refusal> {
        let mut faults = Vec::new();
        let mut known = |name: &str, is_there: bool| {
            if !is_there {
                faults.push(Fault::new(format!("/{name}/id"), format!("There is no such {}.", name.replace('_', " "))));
            }
        };
        known("source", world.timeline_sources.contains(self.source));
        known("template", world.timeline_templates.contains(self.template));
        known("contact", is_there(&world.contacts, self.contact));
        known("invoice", is_there(&world.invoices, self.invoice));
        known("site", is_there(&world.sites, self.site));
        known("subscription", is_there(&world.subscriptions, self.subscription));
        known("tenancy", is_there(&world.tenancies, self.tenancy));
        known("unit", is_there(&world.units, self.unit));
        known("unit_type", is_there(&world.unit_types, self.unit_type));
        if let Some(template) = world.timeline_templates.get(self.template) {
            for variable in &template.predefined_variables {
                if !self.has(*variable) {
                    let reason = format!("The template {} asks for `{variable}`.", template.id);
                    faults.push(Fault::new(format!("/{variable}"), reason));
                }
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
    }

    fn has(&self, variable: PredefinedVariable) -> bool {
        match variable {
            PredefinedVariable::Contact => self.contact.is_some(),
            PredefinedVariable::Invoice => self.invoice.is_some(),
            PredefinedVariable::Site => self.site.is_some(),
            PredefinedVariable::Subscription => self.subscription.is_some(),
            PredefinedVariable::Tenancy => self.tenancy.is_some(),
            PredefinedVariable::Unit => self.unit.is_some(),
            PredefinedVariable::UnitType => self.unit_type.is_some(),
        }
    }
}

/// Whether a reference leads somewhere; one that is missing does no harm.
fn is_there<T: Record>(table: &Table<T>, id: Option<T::Id>) -> bool {
    id.is_none_or(|id| table.contains(id))
}

impl TimelineSource {
    /// Makes a source.
    ///
    /// # Errors
    /// A name without a character.
    pub fn create(world: &mut World, at: Timestamp, new: NewTimelineSource) -> Result<TimelineSourceId, Refusal> {
        named(&new.name)?;
        let id = world.ids.fresh();
        let NewTimelineSource { name, website_url, global } = new;
        world.timeline_sources.insert(Self { id, created_at: at, global, name, updated_at: at, website_url });
        Ok(id)
    }
}

impl TimelineTemplate {
    /// Makes a template. `check` says what is wrong with its text, if anything is.
    ///
    /// # Errors
    /// A name without a character; a text that is no template; a variable that is named twice.
    pub fn create(
        world: &mut World,
        at: Timestamp,
        new: NewTimelineTemplate,
        check: impl FnOnce(&str) -> Option<String>,
    ) -> Result<TimelineTemplateId, Refusal> {
        named(&new.name)?;
        if let Some(reason) = check(&new.message) {
            return Err(Refusal::invalid("/message", reason));
        }
        let repeated =
            new.custom_variables.iter().enumerate().find(|(i, name)| new.custom_variables[..*i].contains(name));
        if let Some((i, name)) = repeated {
            return Err(Refusal::invalid(format!("/variables/custom/{i}"), format!("`{name}` is named twice.")));
        }
        let mut predefined_variables = new.predefined_variables;
        predefined_variables.sort_unstable();
        predefined_variables.dedup();
        let id = world.ids.fresh();
        world.timeline_templates.insert(Self {
            id,
            created_at: at,
            global: new.global,
            message: new.message,
            name: new.name,
            updated_at: at,
            custom_variables: new.custom_variables,
            predefined_variables,
        });
        Ok(id)
    }
}

impl Record for TimelineEvent {
    record_fields!(id: TimelineEventId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("contact_id", self.contact.into());
        add("site_id", self.site.into());
        add("source_id", self.source.into());
        add("template_id", self.template.into());
    }
}

impl Record for TimelineSource {
    record_fields!(id: TimelineSourceId, created_at, updated_at);
}

impl Record for TimelineTemplate {
    record_fields!(id: TimelineTemplateId, created_at, updated_at);
}
