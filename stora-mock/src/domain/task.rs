//! Tasks of staff.

use serde::{Deserialize, Serialize};

use super::change::set;
use super::faults::Faults;
use super::ids::{AnyId, Id, Kind, SiteId, StaffId, TaskId};
use super::metadata::{Metadata, MetadataPatch, merged};
use super::refusal::Refusal;
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, World, record_fields};

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Who is to do it.
    pub assignee: Option<StaffId>,
    /// When it was done.
    pub completed_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it: staff, an access token or an application.
    pub creator: AnyId,
    /// A text about it; may hold HTML.
    pub description: Option<String>,
    /// When it is due.
    pub due_at: Option<Timestamp>,
    /// The integrator's own pairs.
    pub metadata: Metadata,
    /// The contact, unit or subscription that it is about.
    pub resource: Option<AnyId>,
    /// Where.
    pub site: Option<SiteId>,
    /// Its state.
    pub status: TaskStatus,
    /// What is to be done.
    pub title: String,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// The data of a task to be made. `title` alone is needed.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct NewTask {
    pub title: String,
    pub description: Option<String>,
    pub due_at: Option<Timestamp>,
    pub site: Option<SiteId>,
    pub assignee: Option<StaffId>,
    /// A contact, unit or subscription.
    pub resource: Option<AnyId>,
    pub metadata: Metadata,
}

/// Changes to a task: what is none stays, what is `Some(None)` is cleared.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct TaskChange {
    pub title: Option<String>,
    pub description: Option<Option<String>>,
    pub due_at: Option<Option<Timestamp>>,
    pub site: Option<Option<SiteId>>,
    pub assignee: Option<Option<StaffId>>,
    /// A contact, unit or subscription.
    pub resource: Option<Option<AnyId>>,
    pub metadata: Option<MetadataPatch>,
}

words! {
    /// The states of a task (E6).
    TaskStatus {
        Open = "open",
        Completed = "completed",
    }
}

impl Task {
    /// Makes a task, which is open. Its site has nothing to do with what it is about. Nothing tells of tasks (W6).
    ///
    /// # Errors
    /// Whatever it names that there is not.
    pub fn create(world: &mut World, at: Timestamp, creator: AnyId, new: NewTask) -> Result<TaskId, Refusal> {
        let mut faults = Faults::default();
        check_references(world, new.site, new.assignee, new.resource, &mut faults);
        faults.none()?;
        let id = world.ids.fresh();
        world.tasks.insert(Self {
            id,
            assignee: new.assignee,
            completed_at: None,
            created_at: at,
            creator,
            description: new.description,
            due_at: new.due_at,
            metadata: new.metadata,
            resource: new.resource,
            site: new.site,
            status: TaskStatus::Open,
            title: new.title,
            updated_at: at,
        });
        Ok(id)
    }

    /// Changes a task, be it open or completed.
    ///
    /// # Errors
    /// Not found; whatever the change names that there is not; too many pairs.
    pub fn change(world: &mut World, at: Timestamp, id: TaskId, change: TaskChange) -> Result<(), Refusal> {
        let task = world.tasks.get(id).ok_or(Refusal::NotFound)?;
        let mut faults = Faults::default();
        let (site, assignee, resource) = (change.site, change.assignee, change.resource);
        check_references(world, site.flatten(), assignee.flatten(), resource.flatten(), &mut faults);
        let metadata = change.metadata.map(|patch| merged(&task.metadata, &patch)).transpose();
        let metadata = faults.gather(metadata)?.flatten();
        faults.none()?;
        world.tasks.amend(id, at, |task| {
            set(&mut task.title, change.title);
            set(&mut task.description, change.description);
            set(&mut task.due_at, change.due_at);
            set(&mut task.site, site);
            set(&mut task.assignee, assignee);
            set(&mut task.resource, resource);
            set(&mut task.metadata, metadata);
        });
        Ok(())
    }

    /// Puts a task back to open. One that is open stays as it is (E6).
    ///
    /// # Errors
    /// Not found.
    pub fn open(world: &mut World, at: Timestamp, id: TaskId) -> Result<(), Refusal> {
        let opened = world.tasks.amend(id, at, |task| {
            task.status = TaskStatus::Open;
            task.completed_at = None;
        });
        opened.map(drop).ok_or(Refusal::NotFound)
    }

    /// Marks a task as done, now. One that is done keeps the instant it was first done at (E6).
    ///
    /// # Errors
    /// Not found.
    pub fn complete(world: &mut World, at: Timestamp, id: TaskId) -> Result<(), Refusal> {
        let completed = world.tasks.amend(id, at, |task| {
            task.status = TaskStatus::Completed;
            task.completed_at.get_or_insert(at);
        });
        completed.map(drop).ok_or(Refusal::NotFound)
    }
}

/// Whether there is a contact, unit or subscription of this id.
pub(super) fn can_be_about(world: &World, id: AnyId) -> bool {
    match id.kind {
        Kind::Contact => world.contacts.contains(Id::new(id.number)),
        Kind::Unit => world.units.contains(Id::new(id.number)),
        Kind::Subscription => world.subscriptions.contains(Id::new(id.number)),
        _ => false,
    }
}

/// Notes ids that nothing has which a task can name there.
fn check_references(
    world: &World,
    site: Option<SiteId>,
    assignee: Option<StaffId>,
    resource: Option<AnyId>,
    faults: &mut Faults,
) {
    faults.check_known("/site/id", &world.sites, site);
    faults.check_known("/assignee/id", &world.staff, assignee);
    if let Some(resource) = resource.filter(|resource| !can_be_about(world, *resource)) {
        faults.add("/resource/id", format!("There is no contact, unit or subscription {resource}."));
    }
}

impl Record for Task {
    record_fields!(id: TaskId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("status", self.status.as_str().into());
        add("assignee_id", self.assignee.into());
        add("site_id", self.site.into());
        add("resource_id", self.resource.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{Shop, at, pointers};
    use crate::domain::ids::AccessTokenId;
    use crate::domain::metadata::MOST_PAIRS;
    use crate::domain::staff::{NewStaff, Staff};

    const OPENED: &str = "2026-01-01";
    const LATER: &str = "2026-03-02";

    fn creator() -> AnyId {
        AccessTokenId::new(7).any()
    }

    fn titled(title: &str) -> NewTask {
        NewTask { title: title.to_owned(), ..NewTask::default() }
    }

    fn create(shop: &mut Shop, new: NewTask) -> Result<TaskId, Refusal> {
        let (id, events) = shop.world.transact(|world| Task::create(world, at(OPENED), creator(), new))?;
        assert!(events.is_empty(), "nothing tells of tasks");
        Ok(id)
    }

    fn act(
        shop: &mut Shop,
        day: &str,
        act: impl FnOnce(&mut World, Timestamp) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let (_, events) = shop.world.transact(|world| act(world, at(day)))?;
        assert!(events.is_empty(), "nothing tells of tasks");
        Ok(())
    }

    fn change(shop: &mut Shop, id: TaskId, change: TaskChange) -> Result<(), Refusal> {
        act(shop, LATER, |world, at| Task::change(world, at, id, change))
    }

    fn task(shop: &Shop, id: TaskId) -> &Task {
        shop.world.tasks.get(id).unwrap()
    }

    fn staff(shop: &mut Shop) -> StaffId {
        let new = NewStaff { name: "Priya Shah".to_owned(), email: "priya@example.com".to_owned() };
        Staff::create(&mut shop.world, at(OPENED), new).unwrap()
    }

    #[test]
    fn a_title_alone_makes_an_open_task() {
        let mut shop = Shop::new();
        let id = create(&mut shop, titled("Call")).unwrap();
        let task = task(&shop, id);
        assert_eq!((task.title.as_str(), task.status, task.completed_at), ("Call", TaskStatus::Open, None));
        assert_eq!((task.creator, task.resource, task.site, task.assignee), (creator(), None, None, None));
    }

    #[test]
    fn a_task_is_about_a_contact_unit_or_subscription_and_nothing_else() {
        let mut shop = Shop::new();
        shop.add_unit("A1");
        let booking = shop.booking(LATER);
        let subscription = shop.rent(OPENED, booking);
        let unit = shop.world.units.iter().next().unwrap().id;
        let another_task = create(&mut shop, titled("Call")).unwrap();
        for resource in [shop.contact.any(), unit.any(), subscription.any()] {
            let id = create(&mut shop, NewTask { resource: Some(resource), ..titled("Call") }).unwrap();
            assert_eq!((task(&shop, id).resource, task(&shop, id).site), (Some(resource), None));
            let unknown = AnyId { number: 1, ..resource };
            let refused = create(&mut shop, NewTask { resource: Some(unknown), ..titled("Call") });
            assert_eq!(pointers(refused), ["/resource/id"]);
        }
        for resource in [another_task.any(), shop.site.any()] {
            let refused = create(&mut shop, NewTask { resource: Some(resource), ..titled("Call") });
            assert_eq!(pointers(refused), ["/resource/id"]);
        }
    }

    #[test]
    fn everything_unknown_is_pointed_at_in_one_refusal() {
        let mut shop = Shop::new();
        let (site, assignee) = (Id::new(1), Id::new(1));
        let resource = shop.site.any();
        let bad = NewTask { site: Some(site), assignee: Some(assignee), resource: Some(resource), ..titled("Call") };
        assert_eq!(pointers(create(&mut shop, bad)), ["/site/id", "/assignee/id", "/resource/id"]);
        let id = create(&mut shop, titled("Call")).unwrap();
        let pairs = (0..=MOST_PAIRS).map(|i| (i.to_string(), Some(String::new()))).collect();
        let bad = TaskChange {
            site: Some(Some(site)),
            assignee: Some(Some(assignee)),
            resource: Some(Some(resource)),
            metadata: Some(pairs),
            ..TaskChange::default()
        };
        assert_eq!(pointers(change(&mut shop, id, bad)), ["/site/id", "/assignee/id", "/resource/id", "/metadata"]);
    }

    #[test]
    fn null_clears_and_what_is_left_out_stays() {
        let mut shop = Shop::new();
        let new = NewTask {
            description: Some("<p>Twice</p>".to_owned()),
            due_at: Some(at(LATER)),
            site: Some(shop.site),
            assignee: Some(staff(&mut shop)),
            resource: Some(shop.contact.any()),
            ..titled("Call")
        };
        let id = create(&mut shop, new).unwrap();
        change(&mut shop, id, TaskChange { title: Some("Call again".to_owned()), ..TaskChange::default() }).unwrap();
        let changed = task(&shop, id);
        assert_eq!((changed.title.as_str(), changed.description.as_deref()), ("Call again", Some("<p>Twice</p>")));
        assert!(changed.due_at.is_some() && changed.site.is_some() && changed.assignee.is_some());
        let clearing = TaskChange {
            description: Some(None),
            due_at: Some(None),
            site: Some(None),
            assignee: Some(None),
            resource: Some(None),
            ..TaskChange::default()
        };
        change(&mut shop, id, clearing).unwrap();
        let cleared = task(&shop, id);
        assert_eq!((&cleared.description, cleared.due_at, cleared.site), (&None, None, None));
        assert_eq!((cleared.assignee, cleared.resource, cleared.title.as_str()), (None, None, "Call again"));
    }

    #[test]
    fn completing_and_opening_can_be_repeated_without_effect() {
        // E6
        let mut shop = Shop::new();
        let id = create(&mut shop, titled("Call")).unwrap();
        act(&mut shop, LATER, |world, at| Task::open(world, at, id)).unwrap();
        assert_eq!(task(&shop, id).updated_at, at(OPENED));
        act(&mut shop, LATER, |world, at| Task::complete(world, at, id)).unwrap();
        act(&mut shop, "2026-03-09", |world, at| Task::complete(world, at, id)).unwrap();
        let done = task(&shop, id);
        assert_eq!((done.status, done.completed_at), (TaskStatus::Completed, Some(at(LATER))));
        assert_eq!(done.updated_at, at(LATER));
        act(&mut shop, "2026-03-10", |world, at| Task::open(world, at, id)).unwrap();
        let open = task(&shop, id);
        assert_eq!((open.status, open.completed_at, open.updated_at), (TaskStatus::Open, None, at("2026-03-10")));
    }

    #[test]
    fn a_completed_task_can_be_changed_and_stays_completed() {
        let mut shop = Shop::new();
        let id = create(&mut shop, titled("Call")).unwrap();
        act(&mut shop, OPENED, |world, at| Task::complete(world, at, id)).unwrap();
        change(&mut shop, id, TaskChange { title: Some("Called".to_owned()), ..TaskChange::default() }).unwrap();
        let done = task(&shop, id);
        assert_eq!((done.title.as_str(), done.status), ("Called", TaskStatus::Completed));
        assert_eq!((done.completed_at, done.updated_at), (Some(at(OPENED)), at(LATER)));
    }

    #[test]
    fn a_task_that_there_is_not_is_not_found() {
        let mut shop = Shop::new();
        let id = TaskId::new(1);
        let bad = TaskChange { site: Some(Some(Id::new(1))), ..TaskChange::default() };
        assert_eq!(change(&mut shop, id, bad), Err(Refusal::NotFound));
        assert_eq!(act(&mut shop, LATER, |world, at| Task::open(world, at, id)), Err(Refusal::NotFound));
        assert_eq!(act(&mut shop, LATER, |world, at| Task::complete(world, at, id)), Err(Refusal::NotFound));
    }
}
