//! Credit notes.

use super::answer::PDF;
use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::credit_note::CreditNote;
use crate::domain::ids::CreditNoteId;
use crate::domain::refusal::Refusal;
use crate::store::World;
use crate::view::documents;

/// `credit_note_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<CreditNote>(world, "credit_notes"))
}

/// `credit_note_show`, as JSON or PDF
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    let id: CreditNoteId = call.id("credit_note_id")?;
    if call.format != PDF {
        return call.show::<CreditNote>(world, 200, "credit_note", id);
    }
    let note = world.credit_notes.get(id).ok_or(Refusal::NotFound)?;
    Ok(Answer::pdf(documents::credit_note(&call.view(world), note), &format!("{id}.pdf")))
}
