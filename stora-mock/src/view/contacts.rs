//! Contacts.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::contact::{Address, Contact};
use crate::store::{Table, World};

impl Show for Contact {
    type Wire = types::Contact;

    fn table(world: &World) -> &Table<Self> {
        &world.contacts
    }

    fn show(&self, _: &View<'_>, _: &ExpandTree) -> types::Contact {
        types::Contact {
            id: wire_id(self.id),
            address: self.address.as_ref().map(address),
            company_registration_number: self.company_registration_number.clone(),
            created_at: moment(self.created_at),
            email: self.email.clone(),
            full_name: self.full_name.clone(),
            identity_check: Some(types::ContactIdentityCheck {
                required: self.identity_check.required,
                status: self.identity_check.status.as_str().into(),
                extra: Default::default(),
            }),
            marketing_source: self.marketing_source.as_deref().map(Into::into),
            metadata: self.metadata.clone(),
            phone_number: self.phone_number.clone(),
            source: self.source.as_deref().map(Into::into),
            status: Some(self.status.as_str().into()),
            stripe_customer_id: self.stripe_customer_id.as_ref().map(wire_id),
            tax_id: self.tax_id.clone(),
            tenancies_count: self.tenancies_count,
            type_: self.kind.as_deref().map(Into::into),
            updated_at: moment(self.updated_at),
            use_case: self.use_case.as_deref().map(Into::into),
            extra: Default::default(),
        }
    }
}

fn address(address: &Address) -> types::Address {
    types::Address {
        city: address.city.clone(),
        country_alpha2: address.country_alpha2.clone(),
        line_1: address.line_1.clone(),
        line_2: address.line_2.clone(),
        postal_code: address.postal_code.clone(),
        state: address.state.clone(),
        extra: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn a_lead_that_is_hardly_known_has_nulls_and_empty_pairs() {
        let mut sample = Sample::new();
        let json = sample.json_after::<Contact>(
            |world| &mut world.contacts,
            |contact| {
                contact.address = None;
                contact.full_name = None;
                contact.kind = None;
                contact.metadata.clear();
                contact.stripe_customer_id = None;
            },
        );
        for name in ["address", "full_name", "type", "stripe_customer_id"] {
            assert_eq!(json[name], Value::Null, "{name}");
        }
        assert_eq!(json["metadata"], json!({}));
    }

    #[test]
    fn an_address_has_all_its_keys_known_or_not() {
        let json = Sample::new().json::<Contact>(&ExpandTree::default());
        let address = json!({"city": "Bath", "country_alpha2": null, "line_1": null, "line_2": null, "postal_code": null, "state": null});
        assert_eq!(json["address"], address);
    }
}
