//! Timeline sources and templates, and what events read like.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use stora_client::types;

use crate::contract::Method::{Get, Post};
use crate::contract::error::ApiError;
use crate::control::handle::{Make, known};
use crate::control::route::{Route, Tag, route};
use crate::control::{ControlError, OperatorControl};
use crate::domain::ids::{TimelineEventId, TimelineSourceId, TimelineTemplateId};
use crate::domain::time::Timestamp;
use crate::domain::timeline::{
    NewTimelineSource, NewTimelineTemplate, PredefinedVariable, TimelineEvent, TimelineSource, TimelineTemplate,
};
use crate::store::World;
use crate::view::liquid;

/// A timeline source to make.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTimelineSource {
    /// Its name.
    pub name: String,
    /// Its website.
    pub website_url: Option<String>,
    /// Whether every operator sees it.
    #[serde(default)]
    pub global: bool,
}

/// A timeline template to make.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTimelineTemplate {
    /// Its name.
    pub name: String,
    /// What its events read like: Liquid over the variables.
    pub message: String,
    /// Its variables.
    #[serde(default)]
    pub variables: TemplateVariables,
    /// Whether every operator sees it.
    #[serde(default)]
    pub global: bool,
}

/// The variables of a timeline template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TemplateVariables {
    /// Those of its own.
    pub custom: Vec<String>,
    /// References that an event must have (E9).
    pub predefined: Vec<PredefinedVariable>,
}

/// What a timeline event reads like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RenderedEvent {
    /// As it is shown on the timeline of its contact; plain text, to be escaped in HTML.
    pub text: String,
    /// As it is shown on the timeline of everything, where the contact is not clear.
    pub global_text: String,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Post, "/timeline/sources", "timeline_source_create", Tag::TimelineSources, "Makes a timeline source.")
            .takes::<CreateTimelineSource>()
            .status(201)
            .record("source", "TimelineSource", |operator, _, new| operator.create_timeline_source(new)),
        route(
            Post,
            "/timeline/templates",
            "timeline_template_create",
            Tag::TimelineTemplates,
            "Makes a timeline template.",
        )
        .takes::<CreateTimelineTemplate>()
        .status(201)
        .record("template", "TimelineTemplate", |operator, _, new| operator.create_timeline_template(new)),
        route(
            Get,
            "/timeline/events/{event_id}/rendered",
            "timeline_event_rendered",
            Tag::TimelineEvents,
            "Tells what a timeline event reads like.",
        )
        .operator(|operator, input, ()| operator.rendered_event(input.param("event_id"))),
    ]
}

impl OperatorControl {
    /// Makes a timeline source.
    ///
    /// # Errors
    /// An empty name.
    pub fn create_timeline_source(&self, new: CreateTimelineSource) -> Result<types::TimelineSource, ControlError> {
        self.make(new)
    }

    /// Makes a timeline template.
    ///
    /// # Errors
    /// An empty name, a message that is no Liquid, a variable that is named twice.
    pub fn create_timeline_template(
        &self,
        new: CreateTimelineTemplate,
    ) -> Result<types::TimelineTemplate, ControlError> {
        self.make(new)
    }

    /// What a timeline event reads like.
    ///
    /// # Errors
    /// Not found; a conflict when its template cannot take the values of the event.
    pub fn rendered_event(&self, id: &str) -> Result<RenderedEvent, ControlError> {
        let now = self.operator.clock.now();
        let world = &*self.operator.read();
        let id: TimelineEventId = known(id)?;
        let event = world.timeline_events.get(id).ok_or_else(ControlError::not_found)?;
        let template = world.timeline_templates.get(event.template).ok_or_else(ControlError::not_found)?;
        let mut variables = texts(&event.variables);
        let about = PredefinedVariable::ALL
            .iter()
            .filter_map(|name| Some((name.as_str().to_owned(), self.shown(world, event, *name)?)));
        variables.extend(about);
        let render = |global| {
            liquid::render(&template.message, &variables, now, global).map_err(|error| {
                ControlError::from(ApiError::conflict(
                    "",
                    format!("The template {} cannot be filled in: {error}.", template.id),
                ))
            })
        };
        Ok(RenderedEvent { text: render(false)?, global_text: render(true)? })
    }

    /// A record that an event is about, as the API shows it.
    fn shown(&self, world: &World, event: &TimelineEvent, name: PredefinedVariable) -> Option<Value> {
        use crate::domain as d;
        use PredefinedVariable::{Contact, Invoice, Site, Subscription, Tenancy, Unit, UnitType};
        match name {
            Contact => self.json::<d::contact::Contact>(world, event.contact?),
            Invoice => self.json::<d::invoice::Invoice>(world, event.invoice?),
            Site => self.json::<d::site::Site>(world, event.site?),
            Subscription => self.json::<d::subscription::Subscription>(world, event.subscription?),
            Tenancy => self.json::<d::tenancy::Tenancy>(world, event.tenancy?),
            Unit => self.json::<d::unit::Unit>(world, event.unit?),
            UnitType => self.json::<d::unit_type::UnitType>(world, event.unit_type?),
        }
    }

    fn json<T: crate::view::Show>(&self, world: &World, id: T::Id) -> Option<Value> {
        serde_json::to_value(self.show::<T>(world, id).ok()?).ok()
    }
}

fn texts(variables: &BTreeMap<String, String>) -> Map<String, Value> {
    variables.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect()
}

impl Make for CreateTimelineSource {
    type Made = TimelineSource;

    fn make(self, world: &mut World, at: Timestamp) -> Result<TimelineSourceId, ControlError> {
        let Self { name, website_url, global } = self;
        Ok(TimelineSource::create(world, at, NewTimelineSource { name, website_url, global })?)
    }
}

impl Make for CreateTimelineTemplate {
    type Made = TimelineTemplate;

    fn make(self, world: &mut World, at: Timestamp) -> Result<TimelineTemplateId, ControlError> {
        let new = NewTimelineTemplate {
            name: self.name,
            message: self.message,
            custom_variables: self.variables.custom,
            predefined_variables: self.variables.predefined,
            global: self.global,
        };
        let check = |message: &str| liquid::check(message).err().map(|error| error.to_string());
        Ok(TimelineTemplate::create(world, at, new, check)?)
    }
}
