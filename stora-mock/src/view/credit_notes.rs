//! Credit notes.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::contact::Contact;
use crate::domain::credit_note::{CreditNote, CreditNoteLine};
use crate::domain::invoice::Invoice;
use crate::domain::site::Site;
use crate::store::{Table, World};

impl Show for CreditNote {
    type Wire = types::CreditNote;

    fn table(world: &World) -> &Table<Self> {
        &world.credit_notes
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::CreditNote {
        types::CreditNote {
            id: wire_id(self.id),
            contact: view.reference::<Contact>(self.contact, expand, "contact"),
            created_at: moment(self.created_at),
            invoice: view.reference::<Invoice>(self.invoice, expand, "invoice"),
            line_items: self.line_items.iter().map(|line| line_item(line, view)).collect(),
            number: self.number.clone(),
            reason: self.reason.as_deref().map(Into::into),
            site: view.reference::<Site>(self.site, expand, "site"),
            status: self.status.as_str().into(),
            subtotal: view.money(self.subtotal),
            total: view.money(self.total),
            type_: self.kind.as_str().into(),
            extra: Default::default(),
        }
    }
}

fn line_item(line: &CreditNoteLine, view: &View<'_>) -> types::CreditNoteLineItem {
    types::CreditNoteLineItem {
        amount: view.money(line.amount),
        description: line.description.clone(),
        discount_total: view.money(line.discount_total),
        price: view.money(line.price),
        quantity: line.quantity,
        tax: view.money(line.tax),
        type_: line.kind.as_str().into(),
        extra: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn it_has_neither_a_tax_nor_a_time_of_change_and_may_have_no_reason() {
        let mut sample = Sample::new();
        let json = sample.json_after(|world| &mut world.credit_notes, |note: &mut CreditNote| note.reason = None);
        assert_eq!((json.get("tax"), json.get("updated_at")), (None, None));
        assert_eq!(json.get("reason"), Some(&Value::Null));
        assert_eq!((&json["type"], &json["number"]), (&"post_payment".into(), &"INV-1-CN-1".into()));
    }
}
