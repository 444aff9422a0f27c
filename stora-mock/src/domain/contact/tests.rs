use super::*;
use crate::domain::booking::NewOrder;
use crate::domain::completion::abandon;
use crate::domain::contract::{Contract, ContractTemplate, NewContractTemplate};
use crate::domain::credit_note::CreditNote;
use crate::domain::crediting::{Credited, NewCreditNote};
use crate::domain::deal::{Deal, DealStage, NewDeal, NewDealStage};
use crate::domain::event::Event;
use crate::domain::fixtures::{Shop, at, kinds, pointers, rule};
use crate::domain::identity_verification::IdentityVerification;
use crate::domain::ids::{AccessTokenId, AnyId, Id};
use crate::domain::metadata::MOST_PAIRS;
use crate::domain::note::{NewNote, Note};
use crate::domain::task::{NewTask, Task};
use crate::domain::timeline::{About, NewTimelineEvent, NewTimelineSource, NewTimelineTemplate};
use crate::domain::timeline::{TimelineEvent, TimelineSource, TimelineTemplate};
use crate::store::Table;

const OPENED: &str = "2026-01-01";
const LATER: &str = "2026-03-02";

fn creator() -> AnyId {
    AccessTokenId::new(7).any()
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn new_contact(email: &str) -> NewContact {
    NewContact { email: email.to_owned(), ..NewContact::default() }
}

fn act<R>(
    shop: &mut Shop,
    act: impl FnOnce(&mut World, Timestamp) -> Result<R, Refusal>,
) -> Result<Vec<Event>, Refusal> {
    shop.world.transact(|world| act(world, at(LATER))).map(|(_, events)| events)
}

fn change(shop: &mut Shop, change: ContactChange) -> Result<Vec<EventKind>, Refusal> {
    let id = shop.contact;
    act(shop, |world, at| Contact::change(world, at, id, change)).map(|events| kinds(&events))
}

fn delete(shop: &mut Shop) -> Result<Vec<Event>, Refusal> {
    let id = shop.contact;
    act(shop, |world, at| Contact::delete(world, at, id))
}

fn contact(shop: &Shop) -> &Contact {
    shop.world.contacts.get(shop.contact).unwrap()
}

#[test]
fn a_new_contact_is_a_lead_of_whom_little_is_known() {
    let mut shop = Shop::new();
    let told = act(&mut shop, |world, at| Contact::create(world, at, new_contact("Ben@Example.com"))).unwrap();
    assert_eq!(kinds(&told), [EventKind::ContactCreated]);
    let contact = Contact::of_email(&shop.world, "ben@example.COM").unwrap();
    assert_eq!(told[0].subject, contact.id.any());
    assert_eq!((contact.email.as_str(), contact.status), ("Ben@Example.com", ContactStatus::Lead));
    assert_eq!((contact.tenancies_count, &contact.stripe_customer_id), (0, &None));
    let unchecked = IdentityCheck { required: false, status: IdentityCheckStatus::NotAttempted };
    assert_eq!(contact.identity_check, unchecked);
    assert!(contact.full_name.is_none() && contact.address.is_none() && contact.metadata.is_empty());
    assert_eq!((contact.created_at, contact.updated_at), (at(LATER), at(LATER)));
}

#[test]
fn no_two_contacts_share_an_email_address_in_whatever_case() {
    let mut shop = Shop::new();
    let again = act(&mut shop, |world, at| Contact::create(world, at, new_contact("ANNA@example.com")));
    assert_eq!(rule(again), "");
    act(&mut shop, |world, at| Contact::create(world, at, new_contact("ben@example.com"))).unwrap();
    let to = |email: &str| ContactChange { email: text(email), ..ContactChange::default() };
    assert_eq!(rule(change(&mut shop, to("Ben@example.com"))), "");
    // Its own address can be written in another way, and one that was given up is free.
    assert_eq!(change(&mut shop, to("Anna@Example.com")), Ok(vec![EventKind::ContactUpdated]));
    assert_eq!(contact(&shop).email, "Anna@Example.com");
    assert_eq!(change(&mut shop, to("anna@example.org")), Ok(vec![EventKind::ContactUpdated]));
    assert!(act(&mut shop, |world, at| Contact::create(world, at, new_contact("anna@example.com"))).is_ok());
}

#[test]
fn what_is_left_out_stays_null_clears_and_an_address_is_replaced_as_a_whole() {
    let mut shop = Shop::new();
    let address = |city: &str| Address { city: text(city), ..Address::default() };
    let known = ContactChange {
        full_name: Some(text("Anna Lind")),
        phone_number: Some(text("+44 20 7946 0000")),
        address: Some(Some(Address { line_1: text("1 Wharf Road"), ..address("London") })),
        kind: Some(text("company")),
        use_case: Some(text("business_needs")),
        metadata: Some([("a".to_owned(), text("1")), ("b".to_owned(), text("2"))].into()),
        ..ContactChange::default()
    };
    assert_eq!(change(&mut shop, known), Ok(vec![EventKind::ContactUpdated]));
    let partly = ContactChange {
        phone_number: Some(None),
        address: Some(Some(address("York"))),
        kind: Some(None),
        metadata: Some([("a".to_owned(), None)].into()),
        ..ContactChange::default()
    };
    assert_eq!(change(&mut shop, partly), Ok(vec![EventKind::ContactUpdated]));
    let anna = contact(&shop);
    assert_eq!((anna.full_name.as_deref(), &anna.phone_number), (Some("Anna Lind"), &None));
    assert_eq!((&anna.kind, anna.use_case.as_deref()), (&None, Some("business_needs")));
    assert_eq!(anna.address, Some(address("York")));
    assert_eq!(anna.metadata, [("b".to_owned(), "2".to_owned())].into());
    assert_eq!((anna.email.as_str(), anna.updated_at), ("anna@example.com", at(LATER)));
}

#[test]
fn a_change_without_effect_tells_of_nothing() {
    let mut shop = Shop::new();
    let same = ContactChange { email: text("anna@example.com"), address: Some(None), ..ContactChange::default() };
    assert_eq!(change(&mut shop, same), Ok(vec![]));
    assert_eq!(contact(&shop).updated_at, at(OPENED));
}

#[test]
fn the_word_that_filters_have_for_null_is_in_no_contact() {
    let mut shop = Shop::new();
    let word = || text("unspecified");
    // The email address is taken as well, which is told only when all else is well.
    let new = NewContact {
        kind: word(),
        source: word(),
        marketing_source: word(),
        use_case: word(),
        ..new_contact("anna@example.com")
    };
    let created = act(&mut shop, |world, at| Contact::create(world, at, new));
    assert_eq!(pointers(created), ["/type", "/source", "/marketing_source", "/use_case"]);
    let pairs = (0..=MOST_PAIRS).map(|i| (i.to_string(), Some(String::new()))).collect();
    let bad = ContactChange { source: Some(word()), metadata: Some(pairs), ..ContactChange::default() };
    assert_eq!(pointers(change(&mut shop, bad)), ["/source", "/metadata"]);
}

#[test]
fn a_contact_that_there_is_not_is_neither_changed_nor_removed() {
    let mut shop = Shop::new();
    shop.contact = ContactId::new(1);
    assert_eq!(change(&mut shop, ContactChange::default()), Err(Refusal::NotFound));
    assert_eq!(delete(&mut shop), Err(Refusal::NotFound));
}

/// A contact with all that keeps one from being removed.
fn bound() -> Shop {
    let mut shop = Shop::new();
    let now = at(LATER);
    let booking = shop.booking(LATER);
    let subscription = shop.rent(LATER, booking);
    let invoice = shop.invoices(subscription)[0].id;
    let tenancy = shop.subscription(subscription).tenancy;
    let world = &mut shop.world;
    let note = NewCreditNote { invoice, credited: Credited::Rest, reason: None };
    CreditNote::issue(world, now, note).unwrap();
    let template = NewContractTemplate { name: "Agreement".to_owned(), text: "Terms".to_owned() };
    let template = ContractTemplate::create(world, now, template).unwrap();
    Contract::issue(world, now, tenancy, template).unwrap();
    let stage = NewDealStage { name: "Enquiry".to_owned(), position: None };
    let stage = DealStage::create(world, now, stage).unwrap();
    let deal = NewDeal {
        name: "Anna".to_owned(),
        contact: shop.contact,
        stage,
        line_items: Vec::new(),
        assignee: None,
        site: None,
        note: None,
        starts_at: None,
        metadata: Metadata::new(),
    };
    Deal::create(world, now, creator(), deal).unwrap();
    shop
}

fn clear<T: Record>(table: &mut Table<T>) {
    let ids: Vec<T::Id> = table.iter().map(Record::id).collect();
    for id in ids {
        table.remove(id);
    }
}

/// The words in which the removal of the contact is refused.
fn refused(shop: &mut Shop) -> String {
    match delete(shop) {
        Err(Refusal::Conflict { rule: "E8", reason }) => reason,
        other => panic!("{other:?} is no such conflict"),
    }
}

#[test]
fn each_thing_that_belongs_to_a_contact_keeps_it_and_is_named() {
    let holders =
        ["a deal", "a completed order", "a tenancy", "a subscription", "an invoice", "a credit note", "a contract"];
    let mut shop = bound();
    assert_eq!(refused(&mut shop), format!("The contact {} has {}.", shop.contact, holders.join(", ")));
    for (kept, holder) in holders.into_iter().enumerate() {
        let mut shop = bound();
        let world = &mut shop.world;
        let clear_all: [&mut dyn FnMut(); 7] = [
            &mut || clear(&mut world.deals),
            &mut || clear(&mut world.orders),
            &mut || clear(&mut world.tenancies),
            &mut || clear(&mut world.subscriptions),
            &mut || clear(&mut world.invoices),
            &mut || clear(&mut world.credit_notes),
            &mut || clear(&mut world.contracts),
        ];
        clear_all.into_iter().enumerate().filter(|(place, _)| *place != kept).for_each(|(_, clear)| clear());
        assert_eq!(refused(&mut shop), format!("The contact {} has {holder}.", shop.contact));
    }
}

#[test]
fn a_finalized_order_keeps_a_contact_and_a_draft_does_not() {
    let mut shop = Shop::new();
    let booking = shop.booking("2026-03-09");
    let order = shop.order(LATER, booking).unwrap();
    assert!(refused(&mut shop).contains("a finalized order"));
    act(&mut shop, |world, at| abandon(world, at, order)).unwrap();
    let told = delete(&mut shop).unwrap();
    assert_eq!((told.len(), told[0].kind, told[0].subject), (1, EventKind::OrderUpdated, order.any()));
    assert_eq!(shop.world.orders.get(order).unwrap().contact, None);
}

#[test]
fn what_is_only_linked_to_a_contact_goes_with_it_or_stays_without_it() {
    let mut shop = Shop::new();
    let now = at(OPENED);
    let draft = NewOrder { finalize: None, ..shop.booking("2026-03-09") };
    let draft = shop.order(OPENED, draft).unwrap();
    let id = shop.contact;
    let world = &mut shop.world;
    let other = Contact::create(world, now, new_contact("ben@example.com")).unwrap();
    let note_on = |resource: ContactId| NewNote {
        content: "Friendly".to_owned(),
        resource: resource.any(),
        metadata: Metadata::new(),
    };
    let note = Note::create(world, now, creator(), note_on(id)).unwrap();
    let other_note = Note::create(world, now, creator(), note_on(other)).unwrap();
    let attempt = IdentityVerification::begin(world, now, id).unwrap();
    let other_attempt = IdentityVerification::begin(world, now, other).unwrap();
    let task = NewTask { title: "Call".to_owned(), resource: Some(id.any()), ..NewTask::default() };
    let task = Task::create(world, now, creator(), task).unwrap();
    let source = NewTimelineSource { name: "Phone".to_owned(), website_url: None, global: false };
    let source = TimelineSource::create(world, now, source).unwrap();
    let template = NewTimelineTemplate {
        name: "Call".to_owned(),
        message: "Called".to_owned(),
        custom_variables: Vec::new(),
        predefined_variables: Vec::new(),
        global: false,
    };
    let template = TimelineTemplate::create(world, now, template, |_| None).unwrap();
    let event = NewTimelineEvent {
        creator: creator(),
        source,
        template,
        about: About { contact: Some(id), ..About::default() },
        description: None,
        external: None,
        variables: Metadata::new(),
    };
    let event = TimelineEvent::create(world, now, event).unwrap();

    let told = delete(&mut shop).unwrap();
    assert_eq!((told.len(), told[0].kind, told[0].subject), (1, EventKind::OrderUpdated, draft.any()));
    let world = &shop.world;
    assert!(!world.contacts.contains(id) && world.contacts.contains(other));
    assert!(!world.notes.contains(note) && world.notes.contains(other_note));
    assert!(!world.identity_verifications.contains(attempt) && world.identity_verifications.contains(other_attempt));
    let task = world.tasks.get(task).unwrap();
    assert_eq!((task.resource, task.updated_at), (None, at(LATER)));
    let event = world.timeline_events.get(event).unwrap();
    assert_eq!((event.contact, event.updated_at), (None, at(LATER)));
}
