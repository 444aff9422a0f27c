//! Tasks.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::site::Site;
use crate::domain::staff::Staff;
use crate::domain::task::Task;
use crate::store::{Table, World};

impl Show for Task {
    type Wire = types::Task;

    fn table(world: &World) -> &Table<Self> {
        &world.tasks
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::Task {
        types::Task {
            id: wire_id(self.id),
            assignee: view.optional::<Staff>(self.assignee, expand, "assignee"),
            completed_at: self.completed_at.map(moment),
            created_at: moment(self.created_at),
            creator: view.creator(self.creator, expand, "creator"),
            description: self.description.clone(),
            due_at: self.due_at.map(moment),
            metadata: self.metadata.clone(),
            resource: self.resource.map(|id| view.task_resource(id, expand, "resource")),
            site: view.optional::<Site>(self.site, expand, "site"),
            status: self.status.as_str().into(),
            title: self.title.clone(),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::sample::Sample;
    use super::*;
    use crate::domain::task::TaskStatus;

    #[test]
    fn a_task_may_be_no_more_than_a_title() {
        let mut sample = Sample::new();
        let json = sample.json_after::<Task>(
            |world| &mut world.tasks,
            |task| {
                task.assignee = None;
                task.completed_at = None;
                task.description = None;
                task.due_at = None;
                task.resource = None;
                task.site = None;
                task.status = TaskStatus::Open;
            },
        );
        for name in ["assignee", "completed_at", "description", "due_at", "resource", "site"] {
            assert_eq!(json.get(name), Some(&Value::Null), "{name}");
        }
        assert_eq!((&json["status"], &json["title"]), (&"open".into(), &"Call".into()));
    }
}
