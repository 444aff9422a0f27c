//! Orders.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::contact::Contact;
use crate::domain::contract::ContractTemplate;
use crate::domain::coupon::Coupon;
use crate::domain::order::{Order, OrderLineItem, OrderStatus, StartsAt};
use crate::domain::site::Site;
use crate::domain::subscription::Subscription;
use crate::domain::tenancy::Tenancy;
use crate::store::{Table, World};

impl Show for Order {
    type Wire = types::Order;

    fn table(world: &World) -> &Table<Self> {
        &world.orders
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::Order {
        let totals = &self.totals;
        types::Order {
            id: wire_id(self.id),
            billing_period: self.billing_period.map(|period| period.as_str().into()),
            contact: view.optional::<Contact>(self.contact, expand, "contact"),
            contract_template: view.optional::<ContractTemplate>(self.contract_template, expand, "contract_template"),
            coupon: view.optional::<Coupon>(self.coupon, expand, "coupon"),
            created_at: moment(self.created_at),
            email_notifications: types::OrderEmailNotifications {
                booking_confirmation: self.emails.booking_confirmation,
                move_in_day: self.emails.move_in_day,
                extra: Default::default(),
            },
            line_items: view.references::<OrderLineItem>(&self.line_items, expand, "line_items"),
            metadata: self.metadata.clone(),
            one_time_total: view.money(totals.one_time_total),
            one_time_total_excluding_tax: view.money(totals.one_time_total_excluding_tax),
            payment_method: self.payment_method.as_str().into(),
            payment_url: payment_url(self, view),
            purchase_order_number: self.purchase_order_number.clone(),
            site: view.reference::<Site>(self.site, expand, "site"),
            source: self.source.as_str().into(),
            starts_at: self.starts_at.map(starts_at),
            status: self.status.as_str().into(),
            subscription: view.optional::<Subscription>(self.subscription, expand, "subscription"),
            subtotal: view.money(totals.subtotal),
            tax: view.money(totals.tax),
            tenancy: view.optional::<Tenancy>(self.tenancy, expand, "tenancy"),
            total: view.money(totals.total),
            total_discount: view.money(totals.total_discount),
            total_excluding_tax: view.money(totals.total_excluding_tax),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}

/// The page where the order is paid: while it is finalized, and in no other state (O24).
fn payment_url(order: &Order, view: &View<'_>) -> Option<String> {
    let token = order.checkout_token.as_ref().filter(|_| order.status == OrderStatus::Finalized)?;
    Some(format!("{}/checkout/{token}", view.addresses.server))
}

fn starts_at(starts_at: StartsAt) -> types::OrderStartsAt {
    match starts_at {
        StartsAt::At(at) => types::OrderStartsAt::DateTime(moment(at)),
        StartsAt::Now => types::OrderStartsAt::Now(types::OrderStartsAtNow),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::Sample;
    use super::*;

    fn after(change: impl FnOnce(&mut Order)) -> Value {
        Sample::new().json_after(|world| &mut world.orders, change)
    }

    #[test]
    fn an_order_is_paid_at_its_address_only_while_it_is_finalized() {
        for status in OrderStatus::ALL {
            let json = after(|order| order.status = *status);
            let address = match status {
                OrderStatus::Finalized => json!("http://mock.test/checkout/token"),
                _ => Value::Null,
            };
            assert_eq!(json["payment_url"], address, "{status}");
        }
    }

    #[test]
    fn storage_begins_at_an_instant_or_now_or_is_not_said() {
        let begins = |starts_at| after(|order| order.starts_at = starts_at)["starts_at"].clone();
        assert_eq!(begins(Some(StartsAt::Now)), "now");
        assert_eq!(begins(Some(StartsAt::At(super::super::sample::at()))), "2026-03-02T10:00:00Z");
        assert_eq!(begins(None), Value::Null);
    }

    #[test]
    fn a_new_draft_has_nulls_and_no_lines() {
        let json = after(|order| {
            order.billing_period = None;
            order.contact = None;
            order.contract_template = None;
            order.coupon = None;
            order.line_items.clear();
            order.purchase_order_number = None;
            order.status = OrderStatus::Draft;
            order.subscription = None;
            order.tenancy = None;
            order.totals = Default::default();
        });
        for name in [
            "billing_period",
            "contact",
            "contract_template",
            "coupon",
            "purchase_order_number",
            "subscription",
            "tenancy",
        ] {
            assert_eq!(json[name], Value::Null, "{name}");
        }
        assert_eq!(json["line_items"], json!([]));
        assert_eq!(json["total"], json!({"amount": 0, "currency": "GBP", "formatted": "£0.00"}));
        assert_eq!(json["email_notifications"], json!({"booking_confirmation": true, "move_in_day": false}));
    }
}
