//! Contacts.

use stora_client::{Nullable, types};

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::contact::{Address, Contact, ContactChange, NewContact};
use crate::domain::ids::ContactId;
use crate::store::World;

/// `contact_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Contact>(world, "contacts"))
}

/// `contact_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Contact>(world, 200, "contact", call.id("contact_id")?)
}

/// `contact_create`
pub fn create(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let body: types::ContactCreateBody = call.body()?;
    let id = Contact::create(world, call.now, new_contact(body))?;
    call.show::<Contact>(world, 201, "contact", id)
}

/// `contact_update`
pub fn update(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id: ContactId = call.id("contact_id")?;
    let body: types::ContactUpdateBody = call.body()?;
    Contact::change(world, call.now, id, change(body))?;
    call.show::<Contact>(world, 200, "contact", id)
}

/// `contact_delete`
pub fn delete(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    Contact::delete(world, call.now, call.id("contact_id")?)?;
    Ok(Answer::success(call, "Contact deleted successfully."))
}

fn new_contact(body: types::ContactCreateBody) -> NewContact {
    NewContact {
        email: body.email,
        full_name: body.full_name.into_value(),
        phone_number: body.phone_number.into_value(),
        tax_id: body.tax_id.into_value(),
        company_registration_number: body.company_registration_number.into_value(),
        address: body.address.into_value().map(address),
        kind: word(body.type_).flatten(),
        marketing_source: word(body.marketing_source).flatten(),
        source: word(body.source).flatten(),
        use_case: word(body.use_case).flatten(),
        metadata: body.metadata.unwrap_or_default(),
    }
}

fn change(body: types::ContactUpdateBody) -> ContactChange {
    ContactChange {
        email: body.email,
        full_name: body.full_name.into_option(),
        phone_number: body.phone_number.into_option(),
        tax_id: body.tax_id.into_option(),
        company_registration_number: body.company_registration_number.into_option(),
        address: body.address.into_option().map(|given| given.map(address)),
        kind: word(body.type_),
        marketing_source: word(body.marketing_source),
        source: word(body.source),
        use_case: word(body.use_case),
        metadata: body.metadata,
    }
}

/// A given address replaces the whole address: what is left out of it becomes null (crm.yaml, `contact_update`).
pub(super) fn address(body: types::ContactCreateBodyAddress) -> Address {
    Address {
        city: body.city.into_value(),
        country_alpha2: body.country_alpha2.into_value(),
        line_1: body.line_1.into_value(),
        line_2: body.line_2.into_value(),
        postal_code: body.postal_code.into_value(),
        state: body.state.into_value(),
    }
}

/// The word of an open enum.
pub(super) fn word<E: ToString>(given: Nullable<E>) -> Option<Option<String>> {
    given.into_option().map(|value| value.map(|value| value.to_string()))
}
