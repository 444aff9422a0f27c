//! The worked scenarios of the description of the business, section 24, each through the API and the control API.

use serde_json::{Value, json};
use stora_mock::MockServer;

use crate::harness::{Business, amount, id};

fn bill(day: &str, total: i64) -> (String, i64, String) {
    (day.to_owned(), total, "paid".to_owned())
}

#[tokio::test]
async fn scenario_1_highest_unit_first() {
    // A3, A4, A5, A6, A9, U3
    for (starts, at_booking) in [("2026-03-09", "reserved"), ("2026-03-02", "occupied")] {
        let business = Business::open().await;
        let unit_type = business.unit_type_120().await;
        let units = business.units(&unit_type, ["A1", "A2", "A3", "A4", "A5"]).await;
        let other = business.contact("Olga").await;
        business.control("POST", &format!("/units/{}/take_offline", units[4]), json!(null)).await;
        // A4 is taken first, and A3 by the tenancy after it: A4 is then freed again.
        let first = business.rent(business.booking(&other, &unit_type, "2026-03-02")).await;
        let second = business.rent(business.booking(&other, &unit_type, "2026-03-02")).await;
        business.call("POST", &format!("/units/{}/deallocate", units[3]), json!(null)).await;
        assert_eq!(business.show("tenancies", &first.tenancy).await["unit_allocations"], json!([]));
        assert_eq!(business.show("tenancies", &second.tenancy).await["unit_allocations"].as_array().unwrap().len(), 1);
        let mut states = Vec::new();
        for unit in &units {
            states.push(business.status(unit).await);
        }
        assert_eq!(states, ["available", "available", "occupied", "available", "unavailable"]);

        let contact = business.contact("Ada").await;
        business.rent(business.booking(&contact, &unit_type, starts)).await;
        assert_eq!(business.status(&units[3]).await, at_booking);
        let unit = business.show("units", &units[3]).await;
        let id = id(&unit["unit_allocation"]);
        let allocation = business.show("unit_allocations", &id).await;
        assert_eq!(allocation["reserved_at"], "2026-03-02T12:00:00Z");
        if at_booking == "occupied" {
            assert_eq!(allocation["granted_access_at"], "2026-03-02T12:00:00Z");
            continue;
        }
        assert_eq!(allocation["granted_access_at"], json!(null));
        business.noon_of("2026-03-09").await;
        assert_eq!(business.status(&units[3]).await, "occupied");
        let allocation = business.show("unit_allocations", &id).await;
        assert_eq!(allocation["granted_access_at"], "2026-03-09T06:00:00Z");
    }
}

#[tokio::test]
async fn scenario_2_sold_out_still_completes() {
    // A7, S2
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    let contact = business.contact("Ada").await;
    let rental = business.rent(business.booking(&contact, &unit_type, "2026-03-09")).await;
    assert_eq!(business.show("tenancies", &rental.tenancy).await["unit_allocations"], json!([]));
    assert_eq!(business.bills(&rental).await, []);
    business.noon_of("2026-03-09").await;
    let subscription = business.show("subscriptions", &rental.subscription).await;
    assert_eq!(subscription["current_period"]["starts_at"], "2026-03-09T09:00:00Z");
    assert_eq!(business.show("tenancies", &rental.tenancy).await["unit_allocations"], json!([]));
    assert_eq!(business.bills(&rental).await, [bill("2026-03-09", 12_000)]);
}

#[tokio::test]
async fn scenario_3_in_advance_by_anniversary() {
    // B1, B5, B7, B8
    let business = Business::open().await;
    let unit_type = business.unit_type_120().await;
    let contact = business.contact("Ada").await;
    let rental = business.rent(business.booking(&contact, &unit_type, "2026-03-14")).await;
    business.noon_of("2026-03-13").await;
    assert_eq!(business.bills(&rental).await, []);
    business.noon_of("2026-03-14").await;
    assert_eq!(business.bills(&rental).await, [bill("2026-03-14", 12_000)]);
    let first = &business.invoices(&rental).await[0];
    assert_eq!(first["period_start"], "2026-03-14T09:00:00Z");
    assert_eq!(first["period_end"], "2026-04-14T05:00:00Z");
    // Nothing on the 1st.
    business.noon_of("2026-04-13").await;
    assert_eq!(business.bills(&rental).await.len(), 1);
    business.noon_of("2026-05-31").await;
    let expected = ["2026-03-14", "2026-04-14", "2026-05-14"].map(|day| bill(day, 12_000));
    assert_eq!(business.bills(&rental).await, expected);
}

#[tokio::test]
async fn scenario_4_month_ends_and_four_weeks() {
    // B2, B3, B4
    let opening = "2026-01-31T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    let business = Business::opening_at(opening, MockServer::builder(), json!({})).await;
    let unit_type = business.unit_type("50 sq ft", json!({"monthly": 12_000, "every_four_weeks": 11_000})).await;
    let contact = business.contact("Ada").await;
    let monthly = business.rent(business.booking(&contact, &unit_type, "2026-01-31")).await;
    business.noon_of("2026-03-02").await;
    let mut four_weeks = business.booking(&contact, &unit_type, "2026-03-02");
    four_weeks["billing_period"] = json!("every_four_weeks");
    let four_weeks = business.rent(four_weeks).await;
    business.noon_of("2026-05-31").await;
    let expected = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"];
    assert_eq!(business.bills(&monthly).await, expected.map(|day| bill(day, 12_000)));
    let expected = ["2026-03-02", "2026-03-30", "2026-04-27", "2026-05-25"];
    assert_eq!(business.bills(&four_weeks).await, expected.map(|day| bill(day, 11_000)));
    // 52 weeks are 13 invoices and not 12; the one after them opens the next year.
    business.advance_to("2027-02-28T12:00:00Z").await;
    assert_eq!(business.bills(&four_weeks).await.len(), 13);
    business.advance_to("2027-03-01T12:00:00Z").await;
    assert_eq!(business.bills(&four_weeks).await.len(), 14);
}

#[tokio::test]
async fn scenario_5_tax_inside_the_price() {
    // T1, T2, T3, T4, S5
    let business = Business::with(MockServer::builder(), json!({"tax_rates": {"unit_types": [20]}})).await;
    let unit_type = business.unit_type_120().await;
    let contact = business.contact("Ada").await;
    let running = business.rent(business.booking(&contact, &unit_type, "2026-03-02")).await;
    let figures = |invoice: &Value| ["subtotal", "tax", "total"].map(|name| amount(&invoice[name]));
    assert_eq!(figures(&business.invoices(&running).await[0]), [10_000, 2_000, 12_000]);
    let settings = format!("/sites/{}/settings", business.site);
    business.control("PATCH", &settings, json!({"tax_rates": {"unit_types": [0]}})).await;
    let new = business.rent(business.booking(&contact, &unit_type, "2026-03-02")).await;
    business.noon_of("2026-04-02").await;
    assert_eq!(figures(&business.invoices(&running).await[1]), [10_000, 2_000, 12_000]);
    for invoice in business.invoices(&new).await {
        assert_eq!(figures(&invoice), [12_000, 0, 12_000]);
    }
}

#[tokio::test]
async fn scenario_6_discount_on_units_only() {
    // Q4, Q5, I4, I5
    let settings = json!({"tax_rates": {"unit_types": [20], "protections": [12]}});
    let business = Business::with(MockServer::builder(), settings).await;
    let unit_type = business.unit_type_120().await;
    let level = json!({"cover_level": 200_000, "prices": {"monthly": 1_120}});
    let level = business.make("/protection_levels", level).await;
    let coupon = business.make("/coupons", json!({"name": "Half", "percent": 50, "duration": "once"})).await;
    let contact = business.contact("Ada").await;
    let mut booking = business.booking(&contact, &unit_type, "2026-03-02");
    let protection = json!({"type": "protection", "item": {"id": level}, "quantity": 1});
    booking["line_items"].as_array_mut().unwrap().push(protection);
    booking["coupon"] = json!({"id": coupon});
    let rental = business.rent(booking).await;
    business.noon_of("2026-04-02").await;
    let invoices = business.invoices(&rental).await;
    let figures: Vec<_> = invoices.iter().map(|it| (amount(&it["total"]), amount(&it["tax"]))).collect();
    assert_eq!(figures, [(7_120, 1_120), (13_120, 2_120)]);
    let lines: Vec<_> = invoices[0]["line_items"].as_array().unwrap().iter().map(|it| amount(&it["total"])).collect();
    assert_eq!(lines, [6_000, 1_120]);
}

#[tokio::test]
async fn scenario_7_three_month_coupon() {
    // Q5, Q6, Q7
    let opening = "2026-01-01T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    let business = Business::opening_at(opening, MockServer::builder(), json!({})).await;
    let periods = [
        ("weekly", 13),
        ("every_four_weeks", 4),
        ("monthly", 3),
        ("every_three_months", 1),
        ("every_six_months", 1),
        ("yearly", 1),
    ];
    let prices: serde_json::Map<String, Value> =
        periods.iter().map(|(name, _)| ((*name).to_owned(), 10_000.into())).collect();
    let unit_type = business.unit_type("50 sq ft", prices.into()).await;
    let coupon =
        json!({"name": "Quarter", "percent": 25, "duration": "repeating", "months": 3, "billing_period": "monthly"});
    let coupon = business.make("/coupons", coupon).await;
    let contact = business.contact("Ada").await;
    let mut rentals = Vec::new();
    for (period, discounted) in periods {
        let mut booking = business.booking(&contact, &unit_type, "2026-01-01");
        booking["billing_period"] = json!(period);
        booking["coupon"] = json!({"id": coupon});
        rentals.push((period, discounted, business.rent(booking).await));
    }
    business.noon_of("2027-06-01").await;
    for (period, discounted, rental) in rentals {
        let totals: Vec<i64> = business.bills(&rental).await.into_iter().map(|(_, total, _)| total).collect();
        let (with, without) = totals.split_at(discounted);
        assert!(with.iter().all(|total| *total == 7_500), "{period}: {totals:?}");
        assert!(!without.is_empty() && without.iter().all(|total| *total == 10_000), "{period}: {totals:?}");
    }
}
