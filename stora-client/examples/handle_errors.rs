//! Shows what can go wrong with a call, and how to tell what to do about it.
//!
//! Start the mock with `cargo run -p stora-mock`, then `cargo run -p stora-client --example handle_errors`.

use std::time::Duration;

use stora_client::types::ErrorCode;
use stora_client::{Client, Error, RetryPolicy};

/// What to do about an error, from the most special to the most general.
fn advice(error: &Error) -> String {
    match error {
        // Each fault of a body comes with a JSON Pointer to it: to be shown beside the field of a form.
        Error::Api(fault) if fault.code == Some(ErrorCode::InvalidContent) => {
            let faults = fault.details.iter().map(|detail| format!("\n  {}: {}", detail.pointer, detail.message));
            format!("correct the body:{}", faults.collect::<String>())
        }
        Error::InvalidRequest(reason) => format!("correct the program, nothing was sent: {reason}"),
        Error::Decode(fault) => format!("tell the makers of this crate about {} in the answer", fault.path),
        // The predicates look through `Exhausted` to what happened in the last of several attempts.
        error if error.is_not_found() => "it is gone: forget the id".to_owned(),
        error if error.is_conflict() => format!("its state forbids that: fetch it and look ({error})"),
        error if error.is_unauthorized() => "look at the token: it ended, or it never was one".to_owned(),
        error if error.is_forbidden() => "have the scope added to the token".to_owned(),
        error if error.is_connect() => {
            "no connection, nothing was sent: look at the address and the network".to_owned()
        }
        error if error.is_retryable() => "the client has tried again already: try later".to_owned(),
        error => format!("ask support about request {}", error.request_id().unwrap_or("without an id")),
    }
}

/// Does what must fail, and tells what to do about it.
fn tell<T>(what: &str, result: Result<T, Error>) -> Result<Error, String> {
    let error = result.err().ok_or_else(|| format!("{what} succeeded"))?;
    let times = error.attempts().map_or_else(String::new, |attempts| format!(", attempts: {attempts}"));
    println!("{what}: {error}{times}\n-> {}\n", advice(&error));
    Ok(error)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The mock on this machine, unless the environment names another service (STORA_BASE_URL, STORA_ACCESS_TOKEN).
    let mock = Client::builder().base_url("http://127.0.0.1:4010").access_token("stora-mock-demo-token")?;
    let client = mock.from_env()?.build()?;
    let mut told = Vec::new();

    // Ids are types of their own: that of a unit is none of a contact. Nothing is sent.
    told.push(tell("showing a contact by the id of a unit", client.contact_show().contact_id("unit_1").send().await)?);
    told.push(tell("showing a contact that is gone", client.contact_show().contact_id("con_gone").send().await)?);

    let lead = client.contact_create().body_map(|contact| contact.email("this is no address"));
    told.push(tell("making a contact", lead.send().await)?);

    // An order with nothing in it cannot be paid for.
    let sites = client.site_list().limit(1).send().await?;
    let site = sites.sites.first().ok_or("there is no site")?;
    let order = client.order_create().body_map(|order| order.site(&site.id)).send().await?.into_inner().order;
    told.push(tell("finalizing an empty order", client.order_finalize().order_id(&order.id).send().await)?);

    let stranger = Client::builder().base_url(client.base_url()).access_token("made-up")?.build()?;
    told.push(tell("calling with a token that is none", stranger.site_list().send().await)?);

    // Nobody listens there. A call says for itself how often it is tried, and how long it may take.
    let patience = RetryPolicy::default().max_attempts(3).base(Duration::from_millis(10));
    let lost = Client::builder().base_url("http://127.0.0.1:9").access_token("any")?.build()?;
    let call = lost.site_list().with_retry(patience).with_timeout(Duration::from_secs(5));
    told.push(tell("calling where nobody listens", call.send().await)?);

    let statuses: Vec<_> = told.iter().map(|error| error.status().map(|status| status.as_u16())).collect();
    println!("statuses: {statuses:?}");
    Ok(())
}
