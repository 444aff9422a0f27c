//! Who calls, and what is written and filed.

use std::collections::BTreeMap;

use super::{at, id, pairs, text};
use crate::domain::access::{NewAccessToken, NewApplication};
use crate::domain::contract::{Contract, ContractStatus};
use crate::domain::deal::{Deal, DealLine, DealLineKind, DealStage, DealStatus, Stage};
use crate::domain::event::EventKind;
use crate::domain::identity_verification::{IdentityVerification, VerificationStatus};
use crate::domain::ids::{AnyId, ContactId, Id, ProtectionLevelId, StaffId, UnitTypeId};
use crate::domain::note::Note;
use crate::domain::staff::Staff;
use crate::domain::task::{Task, TaskStatus};
use crate::domain::timeline::{External, PredefinedVariable, TimelineEvent, TimelineSource, TimelineTemplate};
use crate::domain::webhook_endpoint::{EndpointStatus, SigningSecret, WebhookEndpoint};
use crate::store::World;

pub(super) fn callers(world: &mut World) -> (AnyId, AnyId) {
    let token = NewAccessToken { name: "Nightly export".to_owned(), ..Default::default() };
    let token = world.access.add_access_token(token, at(), &mut world.ids).unwrap();
    let application = NewApplication { name: "Partner".to_owned(), ..Default::default() };
    let application = world.access.add_application(application, at(), &mut world.ids).unwrap();
    let (name, email) = ("Priya Shah".to_owned(), "priya@example.com".to_owned());
    world.staff.insert(Staff { id: id(), created_at: at(), email, name, updated_at: at() });
    (token.id.any(), application.id.any())
}

/// Staff made the deal and the endpoint, a token the note, an application the task.
pub(super) fn paperwork(world: &mut World, token: AnyId, application: AnyId) {
    let staff = id::<StaffId>().any();
    world.contracts.insert(Contract {
        id: id(),
        contact: id(),
        contract_template: id(),
        created_at: at(),
        name: "Storage agreement".to_owned(),
        sent_at: Some(at()),
        signed_at: Some(at()),
        status: ContractStatus::Signed,
        tenancy: id(),
        updated_at: at(),
        terms: Vec::new(),
        text: String::new(),
    });
    world.identity_verifications.insert(IdentityVerification {
        id: id(),
        contact: id(),
        created_at: at(),
        error_code: text("document_expired"),
        status: VerificationStatus::Failed,
        updated_at: at(),
    });
    let name = "Enquiry".to_owned();
    world.deal_stages.insert(DealStage { id: id(), created_at: at(), name, position: 1, updated_at: at() });
    world.deals.insert(Deal {
        id: id(),
        assignee: Some(id()),
        contact: id(),
        created_at: at(),
        creator: staff,
        line_items: vec![
            DealLine { kind: DealLineKind::UnitType, item: id::<UnitTypeId>().any() },
            DealLine { kind: DealLineKind::Protection, item: id::<ProtectionLevelId>().any() },
        ],
        lost_reason: text("other"),
        metadata: pairs(),
        name: "Ada, 50 sq ft".to_owned(),
        note: text("Calls back"),
        site: Some(id()),
        stage: Stage::Live(id()),
        starts_at: Some(at()),
        status: DealStatus::Lost,
        updated_at: at(),
    });
    world.tasks.insert(Task {
        id: id(),
        assignee: Some(id()),
        completed_at: Some(at()),
        created_at: at(),
        creator: application,
        description: text("<p>Twice</p>"),
        due_at: Some(at()),
        metadata: pairs(),
        resource: Some(id::<ContactId>().any()),
        site: Some(id()),
        status: TaskStatus::Completed,
        title: "Call".to_owned(),
        updated_at: at(),
    });
    world.notes.insert(Note {
        id: id(),
        content: "Friendly".to_owned(),
        created_at: at(),
        creator: token,
        metadata: pairs(),
        resource: id::<ContactId>().any(),
        updated_at: at(),
    });
    world.webhook_endpoints.insert(WebhookEndpoint {
        id: id(),
        created_at: at(),
        creator: staff,
        description: text("Of the partner"),
        disabled_at: None,
        event_types: vec![EventKind::UnitUpdated, EventKind::ContactCreated],
        metadata: pairs(),
        name: "Partner".to_owned(),
        secret: SigningSecret::new("5".repeat(64)),
        status: EndpointStatus::Enabled,
        updated_at: at(),
        url: "https://partner.example.com/hook".to_owned(),
    });
}

pub(super) fn timeline(world: &mut World, application: AnyId) {
    world.timeline_sources.insert(TimelineSource {
        id: id(),
        created_at: at(),
        global: false,
        name: "Call centre".to_owned(),
        updated_at: at(),
        website_url: text("https://calls.example.com"),
    });
    world.timeline_templates.insert(TimelineTemplate {
        id: id(),
        created_at: at(),
        global: true,
        message: "{{ contact.full_name }} called about {{ subject }}".to_owned(),
        name: "Call".to_owned(),
        updated_at: at(),
        custom_variables: vec!["subject".to_owned()],
        predefined_variables: vec![PredefinedVariable::Contact, PredefinedVariable::UnitType],
    });
    world.timeline_events.insert(TimelineEvent {
        id: id(),
        created_at: at(),
        creator: application,
        description: text("Two minutes"),
        external: Some(External { id: text("call-1"), url: None }),
        contact: Some(id()),
        invoice: Some(id()),
        site: Some(id()),
        subscription: Some(id()),
        tenancy: Some(id()),
        unit: Some(id()),
        unit_type: Some(id()),
        source: id(),
        template: id(),
        updated_at: at(),
        variables: BTreeMap::from([("subject".to_owned(), "rent".to_owned())]),
    });
}
