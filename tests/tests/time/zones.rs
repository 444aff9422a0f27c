//! Days are those of the site: across the changes of the clocks in London, and far from UTC.

use serde_json::{Value, json};
use stora_mock::MockServer;

use crate::harness::{Business, Rental};

/// The instants at which a kind of act ran.
fn instants(advanced: &Value, act: &str) -> Vec<String> {
    let acts = advanced["acts"].as_array().unwrap().iter();
    acts.filter(|it| it["act"] == act).map(|it| it["at"].as_str().unwrap().to_owned()).collect()
}

async fn weekly(business: &Business, starts: &str) -> Rental {
    let unit_type = business.unit_type("50 sq ft", json!({"weekly": 3_000, "monthly": 12_000})).await;
    business.units(&unit_type, ["1"]).await;
    let contact = business.contact("Ada").await;
    let mut booking = business.booking(&contact, &unit_type, starts);
    booking["billing_period"] = json!("weekly");
    business.rent(booking).await
}

#[tokio::test]
async fn in_london_the_daily_run_is_at_six_by_the_clocks_on_the_wall() {
    // C1, B6, H7
    let business = Business::open().await;
    // The clocks go forward on Sunday 29 March, and back on Sunday 25 October.
    let rental = weekly(&business, "2026-03-15").await;
    let advanced = business.noon_of("2026-04-12").await;
    assert_eq!(instants(&advanced, "start"), ["2026-03-15T06:00:00Z"]);
    let expected = [
        "2026-03-15T06:00:00Z",
        "2026-03-22T06:00:00Z",
        "2026-03-29T05:00:00Z",
        "2026-04-05T05:00:00Z",
        "2026-04-12T05:00:00Z",
    ];
    assert_eq!(instants(&advanced, "recurring_invoice"), expected);
    let invoices = business.invoices(&rental).await;
    let bounds: Vec<_> = invoices.iter().map(|it| (it["period_start"].clone(), it["period_end"].clone())).collect();
    assert_eq!(bounds[0], (json!("2026-03-15T09:00:00Z"), json!("2026-03-22T06:00:00Z")));
    // The week of the change is an hour short, and no hour is billed twice or not at all.
    assert_eq!(bounds[1], (json!("2026-03-22T06:00:00Z"), json!("2026-03-29T05:00:00Z")));
    assert!(bounds.windows(2).all(|two| two[0].1 == two[1].0), "{bounds:?}");

    business.noon_of("2026-10-17").await;
    let advanced = business.noon_of("2026-11-01").await;
    let expected = ["2026-10-18T05:00:00Z", "2026-10-25T06:00:00Z", "2026-11-01T06:00:00Z"];
    assert_eq!(instants(&advanced, "recurring_invoice"), expected);
}

#[tokio::test]
async fn a_rental_that_starts_on_the_day_of_the_change_starts_at_six_by_the_new_clocks() {
    let business = Business::open().await;
    weekly(&business, "2026-03-29").await;
    let advanced = business.advance_to("2026-03-29T04:59:59Z").await;
    assert_eq!(advanced["ran"], 0);
    let advanced = business.advance_to("2026-03-29T05:00:00Z").await;
    assert_eq!(instants(&advanced, "start"), ["2026-03-29T05:00:00Z"]);
}

#[tokio::test]
async fn far_from_utc_the_day_is_another_one() {
    // Auckland is 13 hours ahead in March and 12 from 5 April on; Honolulu is 10 hours behind all year.
    for (zone, start, runs) in [
        (
            "Pacific/Auckland",
            "2026-03-29T18:00:00Z",
            ["2026-03-29T17:00:00Z", "2026-04-05T18:00:00Z", "2026-04-12T18:00:00Z"],
        ),
        (
            "Pacific/Honolulu",
            "2026-03-30T05:00:00Z",
            ["2026-03-29T16:00:00Z", "2026-04-05T16:00:00Z", "2026-04-12T16:00:00Z"],
        ),
    ] {
        let business = Business::with(MockServer::builder(), json!({"time_zone": zone})).await;
        let unit_type = business.unit_type("50 sq ft", json!({"weekly": 3_000})).await;
        let contact = business.contact("Ada").await;
        let mut booking = business.booking(&contact, &unit_type, "2026-03-29");
        booking["billing_period"] = json!("weekly");
        booking["starts_at"] = json!(start);
        let rental = business.rent(booking).await;
        let advanced = business.noon_of("2026-04-13").await;
        assert_eq!(instants(&advanced, "recurring_invoice"), runs, "{zone}");
        let first = &business.invoices(&rental).await[0];
        // The first period begins when storage does, whatever hour that is.
        assert_eq!((&first["period_start"], &first["period_end"]), (&json!(start), &json!(runs[1])), "{zone}");
    }
}

#[tokio::test]
async fn what_falls_due_at_one_instant_comes_by_kind_then_by_site_then_by_age() {
    // H2, H3
    let business = Business::open().await;
    let address = json!({"line_1": "2 Dock Road", "city": "London", "postal_code": "E16 1AB"});
    let other = business.make("/sites", json!({"name": "Quays", "address": address})).await;
    let contact = business.contact("Ada").await;
    let mut rentals = Vec::new();
    for site in [&business.site, &other, &business.site, &other] {
        let new =
            json!({"site_id": site, "name": format!("Unit {}", rentals.len()), "base_prices": {"monthly": 12_000}});
        let unit_type = business.make("/unit_types", new).await;
        let mut booking = business.booking(&contact, &unit_type, "2026-03-09");
        booking["site"] = json!({"id": site});
        rentals.push((site.clone(), business.rent(booking).await));
    }
    let advanced = business.noon_of("2026-03-09").await;
    // A stable sort: those of one site stay in the order in which they were made.
    rentals.sort_by(|a, b| a.0.cmp(&b.0));
    let starts = rentals.iter().map(|(_, rental)| ("start", rental.tenancy.clone()));
    let invoices = rentals.iter().map(|(_, rental)| ("recurring_invoice", rental.subscription.clone()));
    let expected: Vec<_> = starts.chain(invoices).collect();
    let acts = advanced["acts"].as_array().unwrap();
    let ran: Vec<_> =
        acts.iter().map(|it| (it["act"].as_str().unwrap(), it["subject"].as_str().unwrap().to_owned())).collect();
    assert_eq!(ran, expected);
}
