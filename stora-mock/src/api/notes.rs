//! Notes.

use stora_client::types;

use super::body::body_any_id;
use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::ids::AnyId;
use crate::domain::note::{NewNote, Note, NoteChange};
use crate::domain::refusal::Refusal;
use crate::store::World;

/// `note_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Note>(world, "notes"))
}

/// `note_create`
pub fn create(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let new = new_note(call.body()?)?;
    let id = Note::create(world, call.now, call.caller, new)?;
    call.show::<Note>(world, 201, "note", id)
}

/// `note_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Note>(world, 200, "note", call.id("note_id")?)
}

/// `note_update`
pub fn update(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.existing::<Note>(world, "note_id")?;
    let change = note_change(call.body()?)?;
    Note::change(world, call.now, id, change)?;
    call.show::<Note>(world, 200, "note", id)
}

/// `note_delete`
pub fn delete(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    Note::delete(world, call.id("note_id")?)?;
    Ok(Answer::success(call, "Note deleted successfully."))
}

/// The id of what a note or task is about, as a body names it.
pub(super) fn resource_id(text: &str) -> Result<AnyId, Refusal> {
    body_any_id(text, "/resource/id")
}

fn new_note(body: types::NoteCreateBody) -> Result<NewNote, Refusal> {
    let resource = resource_id(body.resource.id.as_str())?;
    Ok(NewNote { content: body.content, resource, metadata: body.metadata.unwrap_or_default() })
}

fn note_change(body: types::NoteUpdateBody) -> Result<NoteChange, Refusal> {
    let resource = body.resource.map(|resource| resource_id(resource.id.as_str())).transpose()?;
    Ok(NoteChange { content: body.content, resource, metadata: body.metadata })
}
