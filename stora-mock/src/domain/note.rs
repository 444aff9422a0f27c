//! Notes on other records.

use serde::{Deserialize, Serialize};

use super::change::set;
use super::faults::Faults;
use super::ids::{AnyId, NoteId};
use super::metadata::{Metadata, MetadataPatch, merged};
use super::refusal::Refusal;
use super::task::can_be_about;
use super::time::Timestamp;
use crate::store::{FacetValue, Record, World, record_fields};

/// A note on a contact, unit, subscription or task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The text.
    pub content: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: staff, an access token or an application.
    pub creator: AnyId,
    /// The integrator's own pairs.
    pub metadata: Metadata,
    /// What it is on.
    pub resource: AnyId,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The data of a note to be made.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub struct NewNote {
    pub content: String,
    /// A contact, unit, subscription or task.
    pub resource: AnyId,
    pub metadata: Metadata,
}

/// Changes to a note: what is none stays.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct NoteChange {
    pub content: Option<String>,
    /// Where it moves to, which may be of another kind.
    pub resource: Option<AnyId>,
    pub metadata: Option<MetadataPatch>,
}

impl Note {
    /// Makes a note. Nothing tells of notes (W6).
    ///
    /// # Errors
    /// `/resource/id` when there is no such contact, unit, subscription or task.
    pub fn create(world: &mut World, at: Timestamp, creator: AnyId, new: NewNote) -> Result<NoteId, Refusal> {
        let mut faults = Faults::default();
        check_resource(world, Some(new.resource), &mut faults);
        faults.none()?;
        let id = world.ids.fresh();
        world.notes.insert(Self {
            id,
            content: new.content,
            created_at: at,
            creator,
            metadata: new.metadata,
            resource: new.resource,
            updated_at: at,
        });
        Ok(id)
    }

    /// Changes a note, whoever made it, or moves it. Its creator stays.
    ///
    /// # Errors
    /// Not found; `/resource/id` when there is no such contact, unit, subscription or task; too many pairs.
    pub fn change(world: &mut World, at: Timestamp, id: NoteId, change: NoteChange) -> Result<(), Refusal> {
        let note = world.notes.get(id).ok_or(Refusal::NotFound)?;
        let mut faults = Faults::default();
        check_resource(world, change.resource, &mut faults);
        let metadata = change.metadata.map(|patch| merged(&note.metadata, &patch)).transpose();
        let metadata = faults.gather(metadata)?.flatten();
        faults.none()?;
        world.notes.amend(id, at, |note| {
            set(&mut note.content, change.content);
            set(&mut note.resource, change.resource);
            set(&mut note.metadata, metadata);
        });
        Ok(())
    }

    /// Removes a note, whatever it is on and whoever made it.
    ///
    /// # Errors
    /// Not found.
    pub fn delete(world: &mut World, id: NoteId) -> Result<(), Refusal> {
        world.notes.remove(id).map(drop).ok_or(Refusal::NotFound)
    }
}

/// Notes an id of nothing that a note can be on.
fn check_resource(world: &World, id: Option<AnyId>, faults: &mut Faults) {
    let is_there = |id: AnyId| can_be_about(world, id) || id.of().is_some_and(|task| world.tasks.contains(task));
    if let Some(id) = id.filter(|id| !is_there(*id)) {
        faults.add("/resource/id", format!("There is no contact, unit, subscription or task {id}."));
    }
}

impl Record for Note {
    record_fields!(id: NoteId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("resource_id", self.resource.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{Shop, at, pointers};
    use crate::domain::ids::{AccessTokenId, Id};
    use crate::domain::metadata::MOST_PAIRS;
    use crate::domain::task::{NewTask, Task};

    const OPENED: &str = "2026-01-01";
    const LATER: &str = "2026-03-02";

    fn creator() -> AnyId {
        AccessTokenId::new(7).any()
    }

    fn note(resource: impl Into<AnyId>) -> NewNote {
        NewNote { content: "Friendly".to_owned(), resource: resource.into(), metadata: Metadata::new() }
    }

    /// A shop with a record of each kind that a note can be on.
    fn shop() -> (Shop, [AnyId; 4]) {
        let mut shop = Shop::new();
        shop.add_unit("A1");
        let booking = shop.booking(LATER);
        let subscription = shop.rent(OPENED, booking);
        let world = &mut shop.world;
        let task = NewTask { title: "Call".to_owned(), ..NewTask::default() };
        let task = Task::create(world, at(OPENED), creator(), task).unwrap();
        let unit = world.units.iter().next().unwrap().id;
        let resources = [shop.contact.any(), unit.any(), subscription.any(), task.any()];
        (shop, resources)
    }

    fn change(shop: &mut Shop, id: NoteId, change: NoteChange) -> Result<(), Refusal> {
        let (_, events) = shop.world.transact(|world| Note::change(world, at(LATER), id, change))?;
        assert!(events.is_empty(), "nothing tells of notes");
        Ok(())
    }

    #[test]
    fn a_note_is_on_a_contact_unit_subscription_or_task_and_nothing_else() {
        let (mut shop, resources) = shop();
        let (site, unit_type) = (shop.site.any(), shop.unit_type.any());
        for resource in resources {
            let made = shop.world.transact(|world| Note::create(world, at(LATER), creator(), note(resource)));
            let (id, events) = made.unwrap();
            let made = shop.world.notes.get(id).unwrap();
            assert_eq!((made.resource, made.creator, made.created_at), (resource, creator(), at(LATER)));
            assert!(events.is_empty(), "nothing tells of notes");
            let unknown = AnyId { number: 1, ..resource };
            let refused = Note::create(&mut shop.world, at(LATER), creator(), note(unknown));
            assert_eq!(pointers(refused), ["/resource/id"]);
        }
        for resource in [site, unit_type] {
            let refused = Note::create(&mut shop.world, at(LATER), creator(), note(resource));
            assert_eq!(pointers(refused), ["/resource/id"]);
        }
    }

    #[test]
    fn a_note_moves_to_a_resource_of_any_kind_and_keeps_its_creator() {
        let (mut shop, resources) = shop();
        let id = Note::create(&mut shop.world, at(OPENED), creator(), note(resources[0])).unwrap();
        for resource in resources {
            change(&mut shop, id, NoteChange { resource: Some(resource), ..NoteChange::default() }).unwrap();
            let note = shop.world.notes.get(id).unwrap();
            assert_eq!((note.resource, note.creator, note.content.as_str()), (resource, creator(), "Friendly"));
        }
        let site = shop.site.any();
        let moved = change(&mut shop, id, NoteChange { resource: Some(site), ..NoteChange::default() });
        assert_eq!(pointers(moved), ["/resource/id"]);
    }

    #[test]
    fn pairs_are_merged_and_a_change_without_effect_leaves_the_note_as_it_was() {
        let (mut shop, resources) = shop();
        let pairs = [("a".to_owned(), "1".to_owned())];
        let new = NewNote { metadata: pairs.clone().into(), ..note(resources[0]) };
        let id = Note::create(&mut shop.world, at(OPENED), creator(), new).unwrap();
        let same = NoteChange {
            content: Some("Friendly".to_owned()),
            resource: Some(resources[0]),
            metadata: Some([("b".to_owned(), None)].into()),
        };
        change(&mut shop, id, same).unwrap();
        assert_eq!(shop.world.notes.get(id).unwrap().updated_at, at(OPENED));
        let add =
            NoteChange { metadata: Some([("b".to_owned(), Some("2".to_owned()))].into()), ..NoteChange::default() };
        change(&mut shop, id, add).unwrap();
        let note = shop.world.notes.get(id).unwrap();
        assert_eq!((note.metadata.len(), note.updated_at), (2, at(LATER)));
        let clear = NoteChange { metadata: Some(MetadataPatch::new()), ..NoteChange::default() };
        change(&mut shop, id, clear).unwrap();
        assert!(shop.world.notes.get(id).unwrap().metadata.is_empty());
        let pairs = (0..=MOST_PAIRS).map(|i| (i.to_string(), Some(String::new()))).collect();
        let bad = NoteChange { resource: Some(shop.site.any()), metadata: Some(pairs), content: None };
        assert_eq!(pointers(change(&mut shop, id, bad)), ["/resource/id", "/metadata"]);
    }

    #[test]
    fn a_deleted_note_is_gone_for_good() {
        let (mut shop, resources) = shop();
        let id = Note::create(&mut shop.world, at(OPENED), creator(), note(resources[0])).unwrap();
        assert_eq!(Note::delete(&mut shop.world, id), Ok(()));
        assert_eq!(Note::delete(&mut shop.world, id), Err(Refusal::NotFound));
        assert_eq!(change(&mut shop, id, NoteChange::default()), Err(Refusal::NotFound));
    }
}
