//! Invoices.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::contact::Contact;
use crate::domain::invoice::{Invoice, InvoiceLine};
use crate::domain::site::Site;
use crate::domain::subscription::Subscription;
use crate::store::{Table, World};

impl Show for Invoice {
    type Wire = types::Invoice;

    fn table(world: &World) -> &Table<Self> {
        &world.invoices
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::Invoice {
        types::Invoice {
            id: wire_id(self.id),
            amount_due: view.money(self.amount_due),
            amount_paid: view.money(self.amount_paid),
            contact: view.reference::<Contact>(self.contact, expand, "contact"),
            created_at: Some(moment(self.created_at)),
            finalized_at: self.finalized_at.map(moment),
            line_items: self.line_items.iter().map(|line| line_item(line, view)).collect(),
            number: self.number.clone(),
            paid_at: self.paid_at.map(moment),
            period_end: self.period.map(|period| moment(period.ends_at)),
            period_start: self.period.map(|period| moment(period.starts_at)),
            post_payment_credit_notes_amount: view.money(self.post_payment_credit_notes_amount),
            pre_payment_credit_notes_amount: view.money(self.pre_payment_credit_notes_amount),
            purchase_order_number: self.purchase_order_number.clone(),
            site: view.reference::<Site>(self.site, expand, "site"),
            status: self.status.as_str().into(),
            subscription: view.optional::<Subscription>(self.subscription, expand, "subscription"),
            subtotal: view.money(self.subtotal),
            tax: view.money(self.tax),
            total: view.money(self.total),
            voided_at: self.voided_at.map(moment),
            extra: Default::default(),
        }
    }
}

fn line_item(line: &InvoiceLine, view: &View<'_>) -> types::InvoiceLineItem {
    types::InvoiceLineItem {
        accounting_code: line.accounting_code.clone(),
        description: line.description.clone(),
        discount_total: view.money(line.discount_total),
        price: view.money(line.price),
        proration: line.proration,
        quantity: line.quantity,
        tax: view.money(line.tax),
        total: view.money(line.total),
        total_excluding_tax: view.money(line.total - line.tax),
        type_: line.kind.map(|kind| kind.as_str().into()),
        extra: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::sample::Sample;
    use super::*;
    use crate::domain::invoice::InvoiceStatus;

    #[test]
    fn a_line_is_net_of_its_discount_and_splits_into_tax_and_the_rest() {
        let json = Sample::new().json::<Invoice>(&ExpandTree::default());
        let line = &json["line_items"][0];
        let amounts =
            ["total", "discount_total", "tax", "total_excluding_tax"].map(|name| line[name]["amount"].as_i64());
        assert_eq!(amounts, [Some(1_100), Some(100), Some(183), Some(917)]);
    }

    #[test]
    fn a_draft_of_a_single_charge_has_neither_number_nor_dates_nor_period_nor_subscription() {
        let mut sample = Sample::new();
        let json = sample.json_after::<Invoice>(
            |world| &mut world.invoices,
            |invoice| {
                invoice.status = InvoiceStatus::Draft;
                invoice.number = None;
                invoice.finalized_at = None;
                invoice.paid_at = None;
                invoice.period = None;
                invoice.subscription = None;
                invoice.line_items[0].kind = None;
                invoice.line_items[0].accounting_code = None;
            },
        );
        for name in ["number", "finalized_at", "paid_at", "period_start", "period_end", "subscription", "voided_at"] {
            assert_eq!(json.get(name), Some(&Value::Null), "{name}");
        }
        for name in ["type", "accounting_code"] {
            assert_eq!(json["line_items"][0].get(name), Some(&Value::Null), "{name}");
        }
    }

    #[test]
    fn how_it_is_collected_is_not_shown() {
        let json = Sample::new().json::<Invoice>(&ExpandTree::default());
        assert_eq!((json.get("collection"), json["line_items"][0].get("rates")), (None, None));
    }
}
