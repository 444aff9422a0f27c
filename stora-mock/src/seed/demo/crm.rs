//! The office of the demo business: its pipeline of sales, tasks, notes, identity checks, what integrators report and what they
//! want to be told.

use std::collections::BTreeMap;

use crate::domain::contact::Contact;
use crate::domain::deal::{Deal, DealChange, DealLine, DealLineKind, DealStage, NewDeal, NewDealStage, Reopening};
use crate::domain::event::EventKind;
use crate::domain::identity_verification::{IdentityVerification, VerificationError};
use crate::domain::ids::{AnyId, ContactId, DealStageId, StaffId};
use crate::domain::metadata::Metadata;
use crate::domain::note::{NewNote, Note};
use crate::domain::refusal::Refusal;
use crate::domain::task::{NewTask, Task};
use crate::domain::time::Timestamp;
use crate::domain::timeline::{
    About, External, NewTimelineEvent, NewTimelineSource, NewTimelineTemplate, PredefinedVariable, TimelineEvent,
    TimelineSource, TimelineTemplate,
};
use crate::domain::webhook_endpoint::{EndpointStatus, NewWebhookEndpoint, WebhookEndpoint};
use crate::store::World;
use crate::view::liquid;

use super::agenda::{Agenda, Done};
use super::catalogue::Catalogue;
use super::people::{People, Person};
use super::{OPENED, below};

/// The creators of what integrators make: the demo token, and the demo application.
pub(super) type Integrators = (AnyId, AnyId);

/// Plans all of it.
///
/// # Errors
/// None that the tests know of.
pub(super) fn plan(
    world: &mut World,
    agenda: &mut Agenda,
    catalogue: &Catalogue,
    people: &People,
    integrators: Integrators,
) -> Done {
    plan_deals(world, agenda, catalogue, people, integrators)?;
    plan_identity_checks(agenda, people);
    plan_tasks(agenda, catalogue, people, integrators);
    plan_notes(agenda, catalogue, people, integrators);
    plan_timeline(world, agenda, catalogue, people, integrators)?;
    plan_endpoints(agenda, integrators);
    Ok(())
}

/// How a deal ended.
#[derive(Clone, Copy)]
enum Ending {
    Open,
    Won,
    Lost(&'static str),
    /// Was lost, and is open again.
    Reopened,
}

fn plan_deals(
    world: &mut World,
    agenda: &mut Agenda,
    catalogue: &Catalogue,
    people: &People,
    (token, application): Integrators,
) -> Done {
    let opened = agenda.at(OPENED, 8);
    let mut stage =
        |name: &str| DealStage::create(world, opened, NewDealStage { name: name.to_owned(), position: None });
    let stages = [stage("New enquiry")?, stage("Contacted")?, stage("Viewing booked")?, stage("Quote sent")?];
    let call_back = stage("Call back")?;
    let endings = [
        Ending::Lost("price_concerns"),
        Ending::Won,
        Ending::Lost("chose_competitor"),
        Ending::Open,
        Ending::Open,
        Ending::Lost("accessibility_concern"),
        Ending::Reopened,
    ];
    let prospects = people.leads.iter().chain(people.customers.iter().step_by(6));
    for (number, person) in prospects.enumerate() {
        let ending = endings[number % endings.len()];
        let deal = deal(catalogue, number, *person, stages, call_back, agenda);
        let creator = match number % 3 {
            0 => token,
            1 => application,
            _ => catalogue.staff[number % catalogue.staff.len()].into(),
        };
        let (made, days) = ((person.met, 10), 1 + below(&mut world.ids, 3));
        let (assignee, next) = (catalogue.staff[0], stages[(number + 1) % stages.len()]);
        agenda.plan(agenda.at(made.0, made.1), move |world, agenda, at| {
            let id = Deal::create(world, at, creator, deal)?;
            let change = DealChange { note: Some(Some("Asked about parking.".to_owned())), ..DealChange::default() };
            agenda.plan_act((made.0 + days, 12), move |world, at| Deal::change(world, at, id, change));
            agenda.plan_act((made.0 + days + 2, 14), move |world, at| match ending {
                Ending::Open => Ok(()),
                Ending::Won => Deal::win(world, at, id),
                Ending::Lost(reason) => Deal::lose(world, at, id, reason.to_owned()),
                Ending::Reopened => {
                    Deal::lose(world, at, id, "other".to_owned())?;
                    let reopening = Reopening { assignee: Some(assignee), stage: Some(next) };
                    Deal::reopen(world, at.plus_seconds(5_400), id, reopening)
                }
            });
            Ok(())
        });
    }
    // One of its deals is left with a stage that is no more (E5).
    agenda.plan_act((-15, 16), move |world, at| DealStage::delete(world, at, call_back));
    Ok(())
}

fn deal(
    catalogue: &Catalogue,
    number: usize,
    person: Person,
    stages: [DealStageId; 4],
    call_back: DealStageId,
    agenda: &Agenda,
) -> NewDeal {
    let offer = &catalogue.types[number % catalogue.types.len()];
    let unit_type = DealLine { kind: DealLineKind::UnitType, item: offer.unit_type.into() };
    let protection = DealLine { kind: DealLineKind::Protection, item: catalogue.levels[number % 3].into() };
    NewDeal {
        name: format!("{} from {}", offer.name, agenda.date(person.met + 20).format("%-d %B")),
        contact: person.contact,
        stage: if number % 5 == 3 { call_back } else { stages[number % stages.len()] },
        line_items: match number % 3 {
            0 => vec![unit_type, protection],
            1 => vec![unit_type],
            _ => Vec::new(),
        },
        assignee: (!number.is_multiple_of(4)).then(|| catalogue.staff[number % catalogue.staff.len()]),
        site: (number % 6 != 5).then(|| catalogue.sites[offer.site]),
        note: None,
        starts_at: number.is_multiple_of(2).then(|| agenda.at(person.met + 20, 9)),
        metadata: Metadata::new(),
    }
}

/// How an identity check went.
#[derive(Clone, Copy)]
enum Check {
    Asked,
    Skipped,
    Processing,
    Succeeded,
    Failed,
    SucceededAtLast,
}

fn plan_identity_checks(agenda: &mut Agenda, people: &People) {
    let checks =
        [Check::Succeeded, Check::Failed, Check::Skipped, Check::SucceededAtLast, Check::Asked, Check::Processing];
    for (number, person) in people.customers.iter().rev().step_by(3).enumerate() {
        let (contact, check) = (person.contact, checks[number % checks.len()]);
        agenda.plan_act((person.met.max(-30) + 1, 17), move |world, at| checked(world, at, contact, check));
    }
}

fn checked(world: &mut World, at: Timestamp, contact: ContactId, check: Check) -> Result<(), Refusal> {
    Contact::require_identity_check(world, at, contact)?;
    let minutes = |count: i64| at.plus_seconds(count * 60);
    let fail = |world: &mut World, attempt| {
        IdentityVerification::fail(world, minutes(6), attempt, VerificationError::DocumentExpired)
    };
    match check {
        Check::Asked => {}
        Check::Skipped => Contact::skip_identity_check(world, minutes(5), contact)?,
        Check::Processing => IdentityVerification::begin(world, minutes(5), contact).map(drop)?,
        Check::Succeeded => {
            let attempt = IdentityVerification::begin(world, minutes(5), contact)?;
            IdentityVerification::succeed(world, minutes(6), attempt)?;
        }
        Check::Failed => {
            let attempt = IdentityVerification::begin(world, minutes(5), contact)?;
            fail(world, attempt)?;
        }
        Check::SucceededAtLast => {
            let attempt = IdentityVerification::begin(world, minutes(5), contact)?;
            fail(world, attempt)?;
            let attempt = IdentityVerification::begin(world, minutes(20), contact)?;
            IdentityVerification::succeed(world, minutes(21), attempt)?;
        }
    }
    Ok(())
}

/// What a task or a note is about.
#[derive(Clone, Copy)]
enum Topic {
    Nothing,
    Contact,
    Unit,
    Subscription,
    Task,
}

/// What a task or a note is about, as far as it is known before it is made.
#[derive(Clone, Copy)]
enum Resource {
    Known(Option<AnyId>),
    /// A subscription of a contact.
    SubscriptionOf(ContactId),
    /// The oldest task.
    OldestTask,
}

impl Resource {
    fn find(self, world: &World) -> Option<AnyId> {
        match self {
            Self::Known(id) => id,
            Self::SubscriptionOf(contact) => {
                Some(world.subscriptions.having("contact_id", &contact.into()).next()?.id.into())
            }
            Self::OldestTask => Some(world.tasks.iter().next()?.id.into()),
        }
    }
}

/// What is to be found of a kind, for a customer.
fn resource_of(catalogue: &Catalogue, person: Person, topic: Topic, number: usize) -> Resource {
    let unit = || Some((*catalogue.types.get(number)?.units.first()?).into());
    match topic {
        Topic::Nothing => Resource::Known(None),
        Topic::Contact => Resource::Known(Some(person.contact.into())),
        Topic::Unit => Resource::Known(unit()),
        Topic::Subscription => Resource::SubscriptionOf(person.contact),
        Topic::Task => Resource::OldestTask,
    }
}

/// A task to be made: the day, what is to be done, what it is about, days until it is due, and whether it is done.
const TASKS: [(i64, &str, Topic, i64, bool); 12] = [
    (-90, "Order new padlocks", Topic::Nothing, 7, true),
    (-62, "Check the door of the unit", Topic::Unit, 3, true),
    (-45, "Call about the renewal", Topic::Contact, 2, true),
    (-30, "Send the insurance papers", Topic::Subscription, 5, true),
    (-21, "Service the lift", Topic::Nothing, 30, false),
    (-14, "Replace the light in the unit", Topic::Unit, 7, true),
    (-9, "Ask for a new card", Topic::Contact, 3, false),
    (-7, "Offer a larger unit", Topic::Subscription, 14, false),
    (-5, "Walk through the building", Topic::Nothing, 1, true),
    (-4, "Photograph the unit", Topic::Unit, 10, false),
    (-2, "Call back after the viewing", Topic::Contact, 4, false),
    (-1, "Prepare the welcome pack", Topic::Subscription, 2, false),
];

fn plan_tasks(agenda: &mut Agenda, catalogue: &Catalogue, people: &People, (token, application): Integrators) {
    for (number, (day, title, topic, due_in, is_done)) in TASKS.into_iter().enumerate() {
        let Some(person) = people.customers.get(number).copied() else { continue };
        let staff: [StaffId; 4] = catalogue.staff;
        let resource = resource_of(catalogue, person, topic, number);
        let creator = [staff[1].into(), token, application][number % 3];
        let new = NewTask {
            title: title.to_owned(),
            description: (number % 2 == 1).then(|| "<p>See the <strong>handbook</strong>.</p>".to_owned()),
            due_at: (number % 4 != 2).then(|| agenda.at(day + due_in, 16)),
            site: (number % 3 != 1).then(|| catalogue.sites[number % 3]),
            assignee: (number % 5 != 4).then(|| staff[number % 4]),
            resource: None,
            metadata: Metadata::new(),
        };
        agenda.plan(agenda.at(day, 10), move |world, agenda, at| {
            let id = Task::create(world, at, creator, NewTask { resource: resource.find(world), ..new })?;
            if is_done {
                agenda.plan(at.plus_seconds(20 * 3_600), move |world, _, at| Ok(Task::complete(world, at, id)?));
            }
            Ok(())
        });
    }
}

/// A note to be made: the day, its text and what it is on.
const NOTES: [(i64, &str, Topic); 10] = [
    (-200, "Prefers to be called in the morning.", Topic::Contact),
    (-130, "The door sticks a little.", Topic::Unit),
    (-80, "Price agreed for a year.", Topic::Subscription),
    (-61, "Needs the long ladder.", Topic::Task),
    (-44, "Moves abroad in spring.", Topic::Contact),
    (-33, "Paid by the brother's card.", Topic::Subscription),
    (-20, "Light replaced.", Topic::Unit),
    (-12, "Would like a drive-up unit.", Topic::Contact),
    (-6, "Wants to add cover.", Topic::Subscription),
    (-3, "Waiting for the supplier.", Topic::Task),
];

fn plan_notes(agenda: &mut Agenda, catalogue: &Catalogue, people: &People, (token, application): Integrators) {
    for (number, (day, content, topic)) in NOTES.into_iter().enumerate() {
        let Some(person) = people.customers.get(number).copied() else { continue };
        let resource = resource_of(catalogue, person, topic, number);
        let creator = [catalogue.staff[2].into(), application, token][number % 3];
        agenda.plan(agenda.at(day, 12), move |world, _, at| {
            let resource = resource.find(world).ok_or(Refusal::NotFound)?;
            let new = NewNote { content: content.to_owned(), resource, metadata: Metadata::new() };
            Ok(Note::create(world, at, creator, new).map(drop)?)
        });
    }
}

fn plan_timeline(
    world: &mut World,
    agenda: &mut Agenda,
    catalogue: &Catalogue,
    people: &People,
    (token, application): Integrators,
) -> Done {
    let opened = agenda.at(OPENED, 8);
    let source = |name: &str, url: &str, global| NewTimelineSource {
        name: name.to_owned(),
        website_url: Some(url.to_owned()),
        global,
    };
    let calls = TimelineSource::create(world, opened, source("Phone calls", "https://calls.example.com", true))?;
    let doors = TimelineSource::create(world, opened, source("Door sensors", "https://doors.example.com", false))?;
    let check = |message: &str| liquid::check(message).err().map(|error| error.to_string());
    let called = NewTimelineTemplate {
        name: "Call".to_owned(),
        message: "Call with {{ contact.full_name }}".to_owned(),
        custom_variables: Vec::new(),
        predefined_variables: vec![PredefinedVariable::Contact],
        global: true,
    };
    let called = TimelineTemplate::create(world, opened, called, check)?;
    let moved = NewTimelineTemplate {
        name: "Door".to_owned(),
        message: "The door of unit {{ unit.reference_id }} was {{ movement }}".to_owned(),
        custom_variables: vec!["movement".to_owned()],
        predefined_variables: vec![PredefinedVariable::Unit],
        global: false,
    };
    let moved = TimelineTemplate::create(world, opened, moved, check)?;
    for (number, person) in people.customers.iter().step_by(2).enumerate() {
        let day = (person.met + 9).min(-1);
        let unit = catalogue.types.get(number % catalogue.types.len()).and_then(|offer| offer.units.last()).copied();
        let is_call = number % 3 != 1;
        let new = NewTimelineEvent {
            creator: if is_call { application } else { token },
            source: if is_call { calls } else { doors },
            template: if is_call { called } else { moved },
            about: About {
                contact: is_call.then_some(person.contact),
                unit: if is_call { None } else { unit },
                site: number.is_multiple_of(2).then(|| catalogue.sites[number % 3]),
                ..About::default()
            },
            description: is_call.then(|| "Spoke for three minutes.".to_owned()),
            external: number.is_multiple_of(4).then(|| External {
                id: Some(format!("{}", 70_000 + number)),
                url: Some(format!("https://calls.example.com/{}", 70_000 + number)),
            }),
            variables: if is_call { BTreeMap::new() } else { [("movement".to_owned(), "opened".to_owned())].into() },
        };
        agenda.plan_act((day, 18), move |world, at| TimelineEvent::create(world, at, new));
    }
    Ok(())
}

fn plan_endpoints(agenda: &mut Agenda, (token, application): Integrators) {
    let endpoint = |creator, name: &str, event_types: &[EventKind]| NewWebhookEndpoint {
        creator,
        name: name.to_owned(),
        url: format!("https://hooks.harbour.invalid/{}", name.to_lowercase()),
        event_types: event_types.to_vec(),
        description: None,
        metadata: Metadata::from([("system".to_owned(), name.to_lowercase())]),
    };
    let bookkeeping = endpoint(
        token,
        "Bookkeeping",
        &[EventKind::InvoiceFinalized, EventKind::InvoicePaid, EventKind::CreditNoteCreated],
    );
    let doors =
        endpoint(application, "Doors", &[EventKind::UnitOccupied, EventKind::UnitOverlocked, EventKind::UnitAvailable]);
    let trial = endpoint(token, "Trial", EventKind::ALL);
    for (day, new) in [(-300, bookkeeping), (-150, doors)] {
        agenda.plan_act((day, 9), move |world, at| Ok(WebhookEndpoint::create(world, at, new)));
    }
    agenda.plan(agenda.at(-100, 9), move |world, agenda, at| {
        let id = WebhookEndpoint::create(world, at, trial);
        agenda.plan_act((-95, 9), move |world, at| WebhookEndpoint::switch(world, at, id, EndpointStatus::Disabled));
        Ok(())
    });
}
