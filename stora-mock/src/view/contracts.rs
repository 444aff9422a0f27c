//! Contracts.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::contact::Contact;
use crate::domain::contract::{Contract, ContractStatus, ContractTemplate};
use crate::domain::tenancy::Tenancy;
use crate::store::{Table, World};

impl Show for Contract {
    type Wire = types::Contract;

    fn table(world: &World) -> &Table<Self> {
        &world.contracts
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::Contract {
        types::Contract {
            id: wire_id(self.id),
            links: links(self),
            contact: view.reference::<Contact>(self.contact, expand, "contact"),
            contract_template: view.reference::<ContractTemplate>(self.contract_template, expand, "contract_template"),
            created_at: moment(self.created_at),
            name: self.name.clone(),
            sent_at: self.sent_at.map(moment),
            signed_at: self.signed_at.map(moment),
            status: self.status.as_str().into(),
            tenancy: view.reference::<Tenancy>(self.tenancy, expand, "tenancy"),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}

/// The page of the storefront that shows the contract: only while it is pending or signed (G6).
fn links(contract: &Contract) -> types::Links {
    let link = || types::Link {
        href: format!("/contracts/{}", contract.id),
        title: "Show contract".to_owned(),
        extra: Default::default(),
    };
    let linked = matches!(contract.status, ContractStatus::Pending | ContractStatus::Signed);
    linked.then(|| ("sf:show_contract".to_owned(), link())).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn the_link_stands_while_it_is_pending_or_signed() {
        // G6
        let mut sample = Sample::new();
        for status in ContractStatus::ALL {
            let change = |contract: &mut Contract| contract.status = *status;
            let links = match status {
                ContractStatus::Pending | ContractStatus::Signed => {
                    json!({"sf:show_contract": {"href": "/contracts/ctr_0000000000000001", "title": "Show contract"}})
                }
                _ => json!({}),
            };
            assert_eq!(sample.json_after(|world| &mut world.contracts, change)["_links"], links, "{status}");
        }
    }

    #[test]
    fn one_that_was_neither_sent_nor_signed_has_nulls() {
        let mut sample = Sample::new();
        let new = |contract: &mut Contract| {
            contract.sent_at = None;
            contract.signed_at = None;
        };
        let json = sample.json_after(|world| &mut world.contracts, new);
        assert_eq!((&json["sent_at"], &json["signed_at"]), (&Value::Null, &Value::Null));
        assert_eq!((json.get("text"), json.get("terms")), (None, None));
    }
}
