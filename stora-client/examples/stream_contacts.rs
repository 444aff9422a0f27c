//! Goes through all contacts, however many pages they take, holding one page at a time.
//!
//! Start the mock with `cargo run -p stora-mock`, then `cargo run -p stora-client --example stream_contacts`.

use std::collections::BTreeMap;
use std::error::Error;

use stora_client::Client;
use stora_client::types::{ContactListSortBy, SortDirection};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The mock on this machine, unless the environment names another service (STORA_BASE_URL, STORA_ACCESS_TOKEN).
    let mock = Client::builder().base_url("http://127.0.0.1:4010").access_token("stora-mock-demo-token")?;
    let client = mock.from_env()?.build()?;

    // Item by item. Sorted by what never changes, so that nothing is skipped while others write.
    let oldest_first =
        || client.contact_list().sort_by(ContactListSortBy::CreatedAt).sort_direction(SortDirection::Asc).limit(100);
    let mut by_status: BTreeMap<String, u32> = BTreeMap::new();
    let mut contacts = oldest_first().stream();
    while let Some(contact) = contacts.next().await {
        let contact = contact?;
        let status = contact.status.map_or_else(|| "without status".to_owned(), |status| status.to_string());
        *by_status.entry(status).or_default() += 1;
    }
    for (status, number) in &by_status {
        println!("{number:>6} {status}");
    }

    // Or page by page, where what comes with a page is wanted: its number, the rate limit, the id of the request.
    let mut pages = oldest_first().pages();
    let mut all = 0;
    while let Some(page) = pages.next().await {
        let page = page?;
        all += page.contacts.len();
        println!(
            "page {}: {} contacts (request {})",
            page.meta.pagination.page,
            page.contacts.len(),
            page.meta.request_id
        );
    }

    // `Items` and `Pages` are streams of the crate `futures` as well, with all that it offers for them.
    if by_status.values().sum::<u32>() as usize != all {
        return Err("somebody made or deleted a contact meanwhile".into());
    }
    Ok(())
}
