//! Invoices.

use super::answer::PDF;
use super::{Answer, Call};
use crate::contract::error::{ApiError, Code};
use crate::domain::ids::InvoiceId;
use crate::domain::invoice::{Invoice, InvoiceStatus};
use crate::domain::refusal::Refusal;
use crate::store::World;
use crate::view::documents;

/// `invoice_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Invoice>(world, "invoices"))
}

/// `invoice_show`, as JSON or PDF. A draft has no PDF (billing.yaml, Invoices).
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    let id: InvoiceId = call.id("invoice_id")?;
    if call.format != PDF {
        return call.show::<Invoice>(world, 200, "invoice", id);
    }
    let invoice = world.invoices.get(id).ok_or(Refusal::NotFound)?;
    if invoice.status == InvoiceStatus::Draft {
        return Err(ApiError::new(Code::InvalidFormat).with_message("There is no PDF of a draft."));
    }
    Ok(Answer::pdf(documents::invoice(&call.view(world), invoice), &format!("{id}.pdf")))
}
