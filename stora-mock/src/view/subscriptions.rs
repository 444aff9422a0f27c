//! Subscriptions.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::contact::Contact;
use crate::domain::order::Order;
use crate::domain::site::Site;
use crate::domain::subscription::{Subscription, SubscriptionLine};
use crate::domain::tenancy::Tenancy;
use crate::store::{Table, World};

impl Show for Subscription {
    type Wire = types::Subscription;

    fn table(world: &World) -> &Table<Self> {
        &world.subscriptions
    }

    /// The ids at the payment provider stay null: the mock has no subscriptions there (billing.yaml, decisions).
    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::Subscription {
        let nothing = ExpandTree::default();
        let below = expand.child("line_items").unwrap_or(&nothing);
        let period = self.running_period(view.world);
        types::Subscription {
            id: wire_id(self.id),
            billing_period: self.billing_period.as_str().into(),
            cancellation_reason: self.cancellation_reason.as_deref().map(Into::into),
            cancelled: self.cancelled,
            contact: view.reference::<Contact>(self.contact, expand, "contact"),
            created_at: moment(self.created_at),
            current_period: types::SubscriptionPeriod {
                ends_at: period.map(|period| moment(period.ends_at)),
                starts_at: period.map(|period| moment(period.starts_at)),
                extra: Default::default(),
            },
            ends_at: self.ends_at.map(moment),
            line_items: self.line_items.iter().map(|line| line_item(line, view, below)).collect(),
            order: view.optional::<Order>(self.order, expand, "order"),
            site: view.reference::<Site>(self.site, expand, "site"),
            starts_at: moment(self.starts_at),
            stripe_subscription_id: None,
            stripe_subscription_schedule_id: None,
            tenancy: Some(view.reference::<Tenancy>(self.tenancy, expand, "tenancy")),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}

/// A line, which is no record of its own: what it is for is expanded by `line_items.item`.
fn line_item(line: &SubscriptionLine, view: &View<'_>, expand: &ExpandTree) -> types::SubscriptionLineItem {
    types::SubscriptionLineItem {
        created_at: moment(line.created_at),
        item: view.catalogue_item(line.item, expand, "item"),
        price: view.money(line.price),
        quantity: line.quantity,
        type_: line.kind.as_str().into(),
        updated_at: moment(line.updated_at),
        extra: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn before_the_start_both_members_of_the_period_are_null() {
        let mut sample = Sample::new();
        let unbilled = |subscription: &mut Subscription| subscription.current_period = None;
        // Just started, it has the period that its first invoice is to be for.
        let json = sample.json_after(|world| &mut world.subscriptions, unbilled);
        let period = json!({"ends_at": "2026-04-02T05:00:00Z", "starts_at": "2026-03-02T10:00:00Z"});
        assert_eq!(json["current_period"], period);
        let mut sample = Sample::new();
        let tenancies: Vec<_> = sample.world.tenancies.iter().map(|tenancy| tenancy.id).collect();
        for id in tenancies {
            sample.world.tenancies.update(id, |tenancy| tenancy.started = false);
        }
        let json = sample.json_after(|world| &mut world.subscriptions, unbilled);
        assert_eq!(json["current_period"], json!({"ends_at": null, "starts_at": null}));
    }

    #[test]
    fn one_that_runs_has_a_period_and_neither_an_end_nor_a_reason_for_it() {
        let json = Sample::new().json::<Subscription>(&ExpandTree::default());
        let period = json!({"ends_at": "2026-03-03T10:00:00Z", "starts_at": "2026-03-02T10:00:00Z"});
        assert_eq!(json["current_period"], period);
        assert_eq!((&json["ends_at"], &json["cancellation_reason"]), (&Value::Null, &Value::Null));
        assert_eq!(json["cancelled"], false);
    }

    #[test]
    fn the_payment_provider_knows_no_subscription() {
        let json = Sample::new().json::<Subscription>(&ExpandTree::default());
        for name in ["stripe_subscription_id", "stripe_subscription_schedule_id"] {
            assert_eq!(json.get(name), Some(&Value::Null), "{name}");
        }
    }

    #[test]
    fn any_reason_for_a_cancellation_is_shown_as_it_is() {
        let mut sample = Sample::new();
        let cancelled = |subscription: &mut Subscription| {
            subscription.cancelled = true;
            subscription.cancellation_reason = Some("moved_abroad".to_owned());
        };
        assert_eq!(
            sample.json_after(|world| &mut world.subscriptions, cancelled)["cancellation_reason"],
            "moved_abroad"
        );
    }
}
