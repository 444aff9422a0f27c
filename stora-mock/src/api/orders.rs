//! Orders.

use stora_client::types;

use super::body::{body_id, member, reference};
use super::contacts::{address, word};
use super::order_line_items::new_line;
use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::booking::{Booker, Finalizing, NewOrder, OrderChange};
use crate::domain::calendar::BillingPeriod;
use crate::domain::contact::ContactChange;
use crate::domain::faults::{Faults, within};
use crate::domain::ids::OrderId;
use crate::domain::order::{Emails, Order, OrderSource, PaymentMethod, StartsAt};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::store::World;

/// The data of a contact within an order: the same members when an order is made and when it is changed, in two types.
macro_rules! inline {
    ($data:ident, $pairs:expr) => {
        Booker::Inline {
            email: $data.email,
            data: Box::new(ContactChange {
                email: None,
                full_name: $data.full_name.into_option(),
                phone_number: $data.phone_number.into_option(),
                tax_id: $data.tax_id.into_option(),
                company_registration_number: $data.company_registration_number.into_option(),
                address: $data.address.into_option().map(|given| given.map(address)),
                kind: word($data.type_),
                marketing_source: word($data.marketing_source),
                source: word($data.source),
                use_case: word($data.use_case),
                metadata: $pairs,
            }),
        }
    };
}

/// `order_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Order>(world, "orders"))
}

/// `order_create`
pub fn create(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let new = new_order(call.body()?)?;
    let id = Order::create(world, call.now, new)?;
    call.show::<Order>(world, 201, "order", id)
}

/// `order_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Order>(world, 200, "order", call.id("order_id")?)
}

/// `order_update`
pub fn update(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.existing::<Order>(world, "order_id")?;
    let change = order_change(call.body()?)?;
    Order::change(world, call.now, id, change)?;
    call.show::<Order>(world, 200, "order", id)
}

/// `order_finalize`
pub fn finalize(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id: OrderId = call.id("order_id")?;
    let body: types::OrderFinalizeBody = call.body()?;
    Order::finalize(world, call.now, id, body.finalize.map(finalizing).unwrap_or_default())?;
    call.show::<Order>(world, 200, "order", id)
}

fn new_order(body: types::OrderCreateBody) -> Result<NewOrder, Refusal> {
    let mut faults = Faults::default();
    let site = faults.gather(body_id(body.site.id.as_str(), "/site/id"))?;
    let billing_period = faults.gather(body.billing_period.value().map(billing_period).transpose())?;
    let method = faults.gather(body.payment_method.as_ref().map(payment_method).transpose())?;
    let starts_at = faults.gather(body.starts_at.value().map(starts_at).transpose())?;
    let coupon = faults.gather(reference(body.coupon, "/coupon/id"))?.flatten();
    let contract_template = faults.gather(reference(body.contract_template, "/contract_template/id"))?.flatten();
    let contact = match body.contact.into_value() {
        Some(types::OrderCreateBodyContact::ExistingContact(contact)) => known_contact(contact.id.as_str()).map(Some),
        Some(types::OrderCreateBodyContact::NewContact(data)) => {
            let pairs = data.metadata.map(|pairs| pairs.into_iter().map(|(key, value)| (key, Some(value))).collect());
            Ok(Some(inline!(data, pairs)))
        }
        Some(_) => Err(no_contact()),
        None => Ok(None),
    };
    let contact = faults.gather(contact)?;
    let mut line_items = Vec::new();
    for (place, line) in body.line_items.unwrap_or_default().iter().enumerate() {
        let line = new_line(line).map_err(|refusal| within(&format!("/line_items/{place}"), refusal));
        line_items.extend(faults.gather(line)?);
    }
    let emails = body.emails.as_ref();
    Ok(NewOrder {
        site: faults.finish(site)?,
        source: OrderSource::PublicApi,
        billing_period: billing_period.flatten(),
        payment_method: method.flatten().unwrap_or(PaymentMethod::Card),
        purchase_order_number: body.purchase_order_number.into_value(),
        starts_at: starts_at.flatten(),
        emails: Emails {
            booking_confirmation: emails.and_then(|emails| emails.booking_confirmation).unwrap_or(true),
            move_in_day: emails.and_then(|emails| emails.move_in_day).unwrap_or(true),
        },
        coupon: coupon.flatten(),
        contract_template: contract_template.flatten(),
        contact: contact.flatten(),
        line_items,
        metadata: body.metadata.unwrap_or_default(),
        finalize: body.finalize.into_value().map(finalizing),
    })
}

fn order_change(body: types::OrderUpdateBody) -> Result<OrderChange, Refusal> {
    let mut faults = Faults::default();
    let starts_at = faults.gather(member(body.starts_at, |given| starts_at(&given)))?;
    let method = faults.gather(body.payment_method.as_ref().map(payment_method).transpose())?;
    let billing_period = faults.gather(member(body.billing_period, |word| billing_period(&word)))?;
    let coupon = faults.gather(reference(body.coupon, "/coupon/id"))?;
    let contract_template = faults.gather(reference(body.contract_template, "/contract_template/id"))?;
    let contact = faults.gather(member(body.contact, |contact| match contact {
        types::OrderUpdateBodyContact::ExistingContact(contact) => known_contact(contact.id.as_str()),
        types::OrderUpdateBodyContact::NewContact(data) => Ok(inline!(data, data.metadata)),
        _ => Err(no_contact()),
    }))?;
    faults.none()?;
    let emails = body.emails.as_ref();
    Ok(OrderChange {
        billing_period: billing_period.flatten(),
        payment_method: method.flatten(),
        purchase_order_number: body.purchase_order_number.into_option(),
        starts_at: starts_at.flatten(),
        booking_confirmation: emails.and_then(|emails| emails.booking_confirmation),
        move_in_day: emails.and_then(|emails| emails.move_in_day),
        coupon: coupon.flatten(),
        contract_template: contract_template.flatten(),
        contact: contact.flatten(),
        metadata: body.metadata,
    })
}

fn known_contact(text: &str) -> Result<Booker, Refusal> {
    body_id(text, "/contact/id").map(Booker::Known)
}

fn no_contact() -> Refusal {
    Refusal::invalid("/contact", "A contact is given by its `id` or with an `email`.")
}

fn billing_period(word: &types::BillingPeriod) -> Result<BillingPeriod, Refusal> {
    word.as_str().parse().map_err(|unknown| Refusal::invalid("/billing_period", format!("{unknown}")))
}

fn payment_method(word: &types::PaymentMethod) -> Result<PaymentMethod, Refusal> {
    let method = PaymentMethod::parse(word.as_str()).filter(|method| *method != PaymentMethod::Manual);
    method.ok_or_else(|| Refusal::invalid("/payment_method", format!("Orders are not paid by `{word}`.")))
}

fn starts_at(given: &types::OrderStartsAt) -> Result<StartsAt, Refusal> {
    match given {
        types::OrderStartsAt::DateTime(at) => match Timestamp::from(*at) {
            // An offset can lead out of the years that can be written.
            start if start.unix() != at.timestamp() => {
                Err(Refusal::invalid("/starts_at", "In UTC, the start lies outside the years 0000 to 9999."))
            }
            start => Ok(StartsAt::At(start)),
        },
        types::OrderStartsAt::Now(_) => Ok(StartsAt::Now),
        _ => Err(Refusal::invalid("/starts_at", "An order starts at a date and time, or `now`.")),
    }
}

fn finalizing(body: types::OrderFinalize) -> Finalizing {
    Finalizing { cancel_redirect_url: body.cancel_redirect_url }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::ids::{AnyId, Id, SiteId};
    use crate::domain::order::OrderLineKind;

    const SITE: &str = "site_0000000000000001";

    fn created(body: Value) -> Result<NewOrder, Refusal> {
        new_order(serde_json::from_value(body).unwrap())
    }

    fn changed(body: Value) -> Result<OrderChange, Refusal> {
        order_change(serde_json::from_value(body).unwrap())
    }

    fn pointers<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Vec<String> {
        match result {
            Err(Refusal::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
            other => panic!("{other:?} names no faults"),
        }
    }

    #[test]
    fn what_a_new_order_leaves_out_takes_its_default() {
        let new = created(json!({"site": {"id": SITE}, "finalize": null, "contact": null})).unwrap();
        assert_eq!((new.site, new.source), (SiteId::new(1), OrderSource::PublicApi));
        assert_eq!(new.payment_method, PaymentMethod::Card);
        assert_eq!(new.emails, Emails { booking_confirmation: true, move_in_day: true });
        assert!(new.finalize.is_none() && new.contact.is_none() && new.line_items.is_empty());
    }

    #[test]
    fn a_whole_new_order_is_read() {
        let new = created(json!({
            "site": {"id": SITE},
            "billing_period": "every_four_weeks",
            "payment_method": "sepa_debit",
            "starts_at": "2026-03-02T10:00:00+02:00",
            "emails": {"move_in_day": false},
            "contact": {"email": "anna@example.com", "full_name": "Anna", "phone_number": null, "metadata": {"a": "1"}},
            "finalize": {},
            "line_items": [
                {"type": "unit_type", "item": {"id": "utype_0000000000000001"}, "quantity": 2},
                {"type": "security_deposit", "item": {"id": "utype_0000000000000001"}, "price": {"amount": 5}},
            ],
        }))
        .unwrap();
        assert_eq!(
            (new.billing_period, new.payment_method),
            (Some(BillingPeriod::EveryFourWeeks), PaymentMethod::SepaDebit)
        );
        assert_eq!(new.starts_at, Some(StartsAt::At("2026-03-02T08:00:00Z".parse().unwrap())));
        assert_eq!(new.emails, Emails { booking_confirmation: true, move_in_day: false });
        let Some(Booker::Inline { email, data }) = new.contact else { panic!("the contact is given inline") };
        assert_eq!(email, "anna@example.com");
        assert_eq!((data.full_name, data.phone_number, data.tax_id), (Some(Some("Anna".to_owned())), Some(None), None));
        assert_eq!(data.metadata.unwrap()["a"].as_deref(), Some("1"));
        assert_eq!(new.finalize, Some(Finalizing::default()));
        let item = AnyId::parse("utype_0000000000000001").unwrap();
        let lines: Vec<_> =
            new.line_items.iter().map(|line| (line.kind, line.item, line.quantity, line.price)).collect();
        let expected = [(OrderLineKind::UnitType, item, 2, None), (OrderLineKind::SecurityDeposit, item, 1, Some(5))];
        assert_eq!(lines, expected);
    }

    #[test]
    fn ids_that_are_none_are_named_together() {
        let body = json!({
            "site": {"id": "site_x"},
            "coupon": {"id": "cpn_x"},
            "contract_template": {"id": "ctpl_x"},
            "contact": {"id": "con_x"},
            "line_items": [{"type": "product", "item": {"id": "prod_x"}}],
        });
        let expected = ["/site/id", "/coupon/id", "/contract_template/id", "/contact/id", "/line_items/0/item/id"];
        assert_eq!(pointers(created(body)), expected);
        let body =
            json!({"coupon": {"id": "cpn_x"}, "contract_template": {"id": "ctpl_x"}, "contact": {"id": "con_x"}});
        assert_eq!(pointers(changed(body)), expected[1..4]);
    }

    #[test]
    fn a_start_that_cannot_be_written_in_utc_is_pointed_at() {
        let start = |text: &str| json!({"site": {"id": SITE}, "starts_at": text});
        for text in ["9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+00:01"] {
            assert_eq!(pointers(created(start(text))), ["/starts_at"], "{text}");
        }
        for text in ["9999-12-31T23:59:59.5Z", "9999-12-31T23:59:59+14:00", "0000-01-01T00:00:00-14:00"] {
            assert!(created(start(text)).is_ok(), "{text}");
        }
    }

    #[test]
    fn null_clears_and_what_is_left_out_stays() {
        let change = changed(json!({"starts_at": "now", "coupon": null, "emails": {"move_in_day": false}})).unwrap();
        assert_eq!(change.starts_at, Some(Some(StartsAt::Now)));
        assert_eq!((change.coupon, change.contract_template), (Some(None), None));
        assert_eq!((change.booking_confirmation, change.move_in_day), (None, Some(false)));
        assert!(matches!(changed(json!({"contact": null})).unwrap().contact, Some(None)));
        let inline = changed(json!({"contact": {"email": "a@example.com", "metadata": {"a": null}}})).unwrap();
        let Some(Some(Booker::Inline { data, .. })) = inline.contact else { panic!("the contact is given inline") };
        assert_eq!(data.metadata.unwrap()["a"], None);
    }
}
