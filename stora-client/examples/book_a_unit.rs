//! Books a unit for a customer, up to the page where the customer pays.
//!
//! Start the mock with `cargo run -p stora-mock`, then `cargo run -p stora-client --example book_a_unit`.

use std::error::Error;

use stora_client::Client;
use stora_client::types::{
    BillingPeriod, OrderCreateBodyContact, OrderCreateBodyContactNewContact, OrderStartsAt, OrderStartsAtNow,
    OrderUnitTypeLine, Price, PriceBillingPeriod, UnitTypeExpand, UnitTypeStatus,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The mock on this machine, unless the environment names another service (STORA_BASE_URL, STORA_ACCESS_TOKEN).
    let mock = Client::builder().base_url("http://127.0.0.1:4010").access_token("stora-mock-demo-token")?;
    let client = mock.from_env()?.build()?;

    // What is to be had, each with the site that it is at: the first that is let by the month.
    let mut unit_types =
        client.unit_type_list().status([UnitTypeStatus::Bookable]).expand([UnitTypeExpand::Site]).stream();
    let (unit_type, price) = loop {
        let unit_type = unit_types.next().await.ok_or("nothing can be booked by the month")??;
        let monthly = |price: &&Price| price.billing_period == PriceBillingPeriod::Monthly;
        if let Some(price) = unit_type.prices.iter().find(monthly).map(|price| price.price.formatted.clone()) {
            break (unit_type, price);
        }
    };
    let site = unit_type.site.get().map_or("a site", |site| &site.name);
    println!("{} at {site}: {price} a month", unit_type.name);

    // A draft for a new customer; one whose email is known already is found by it. The call carries an idempotency key, the same
    // for all its attempts, so that no broken connection makes two orders.
    let customer = OrderCreateBodyContactNewContact::builder()
        .email("ada.lovelace@example.com")
        .full_name("Ada Lovelace")
        .phone_number("+44 20 7946 0018");
    let line = OrderUnitTypeLine::builder().item(&unit_type.id).quantity(1);
    let (customer, line) = (customer.build()?, line.build()?);
    let draft = client
        .order_create()
        .body_map(|order| {
            order
                .site(unit_type.site.id())
                .contact(OrderCreateBodyContact::from(customer))
                .billing_period(BillingPeriod::Monthly)
                .starts_at(OrderStartsAt::Now(OrderStartsAtNow))
                .line_items(vec![line.into()])
        })
        .send()
        .await?;
    println!("order {} is a {}, to be paid now: {}", draft.order.id, draft.order.status, draft.order.total.formatted);

    // Finalized, it is locked and waits for the customer to pay.
    let order = client.order_finalize().order_id(&draft.order.id).send().await?.into_inner().order;
    let address = order.payment_url.ok_or("a finalized order has a page to pay at")?;
    println!("order {} is {}: send the customer to {address}", order.id, order.status);
    println!("The webhook event `order.completed` tells when it is paid.");
    Ok(())
}
