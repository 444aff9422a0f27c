//! Tasks.

use stora_client::types;

use super::body::{instant, member, reference};
use super::notes::resource_id;
use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::faults::Faults;
use crate::domain::ids::TaskId;
use crate::domain::refusal::Refusal;
use crate::domain::task::{NewTask, Task, TaskChange};
use crate::store::World;

/// `task_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Task>(world, "tasks"))
}

/// `task_create`
pub fn create(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let new = new_task(call.body()?)?;
    let id = Task::create(world, call.now, call.caller, new)?;
    call.show::<Task>(world, 201, "task", id)
}

/// `task_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Task>(world, 200, "task", call.id("task_id")?)
}

/// `task_update`
pub fn update(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.existing::<Task>(world, "task_id")?;
    let change = task_change(call.body()?)?;
    Task::change(world, call.now, id, change)?;
    call.show::<Task>(world, 200, "task", id)
}

/// `task_open`
pub fn open(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id: TaskId = call.id("task_id")?;
    Task::open(world, call.now, id)?;
    call.show::<Task>(world, 200, "task", id)
}

/// `task_complete`
pub fn complete(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id: TaskId = call.id("task_id")?;
    Task::complete(world, call.now, id)?;
    call.show::<Task>(world, 200, "task", id)
}

fn new_task(body: types::TaskCreateBody) -> Result<NewTask, Refusal> {
    let mut faults = Faults::default();
    let site = faults.gather(reference(body.site, "/site/id"))?.flatten();
    let assignee = faults.gather(reference(body.assignee, "/assignee/id"))?.flatten();
    let resource = faults.gather(member(body.resource, |given| resource_id(given.id.as_str())))?.flatten();
    faults.none()?;
    Ok(NewTask {
        title: body.title,
        description: body.description.into_value(),
        due_at: instant(body.due_at).flatten(),
        site: site.flatten(),
        assignee: assignee.flatten(),
        resource: resource.flatten(),
        metadata: body.metadata.unwrap_or_default(),
    })
}

fn task_change(body: types::TaskUpdateBody) -> Result<TaskChange, Refusal> {
    let mut faults = Faults::default();
    let site = faults.gather(reference(body.site, "/site/id"))?.flatten();
    let assignee = faults.gather(reference(body.assignee, "/assignee/id"))?.flatten();
    let resource = faults.gather(member(body.resource, |given| resource_id(given.id.as_str())))?.flatten();
    faults.none()?;
    Ok(TaskChange {
        title: body.title,
        description: body.description.into_option(),
        due_at: instant(body.due_at),
        site,
        assignee,
        resource,
        metadata: body.metadata,
    })
}
