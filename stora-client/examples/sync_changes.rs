//! Keeps a copy of all contacts up to date by asking for what changed since the last time.
//!
//! Start the mock with `cargo run -p stora-mock`, then `cargo run -p stora-client --example sync_changes`.

use std::collections::BTreeMap;
use std::error::Error;

use chrono::{DateTime, Utc};
use stora_client::types::{Contact, ContactId};
use stora_client::{Client, Nullable};

/// What is known here. A real one lies in a database.
#[derive(Default)]
struct Copy {
    contacts: BTreeMap<ContactId, Contact>,
    /// The time of the latest change that is in it, by the clock of the service.
    up_to: Option<DateTime<Utc>>,
}

impl Copy {
    /// Takes in what changed since the last time; everything, the first time. Gives how many contacts came.
    async fn update(&mut self, client: &Client) -> Result<usize, stora_client::Error> {
        let mut list = client.contact_list().limit(100);
        if let Some(up_to) = self.up_to {
            // What changed at that very moment comes once more, which does no harm.
            list = list.updated_after(up_to);
        }
        let (mut changed, mut up_to) = (0, self.up_to);
        let mut contacts = list.stream();
        while let Some(contact) = contacts.next().await {
            let contact = contact?;
            up_to = up_to.max(Some(contact.updated_at));
            self.contacts.insert(contact.id.clone(), contact);
            changed += 1;
        }
        // Only now: after a failure in the middle, the next time begins where this one did.
        self.up_to = up_to;
        Ok(changed)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // The mock on this machine, unless the environment names another service (STORA_BASE_URL, STORA_ACCESS_TOKEN).
    let mock = Client::builder().base_url("http://127.0.0.1:4010").access_token("stora-mock-demo-token")?;
    let client = mock.from_env()?.build()?;

    let mut copy = Copy::default();
    println!("first: {} contacts", copy.update(&client).await?);

    // Somebody makes a contact, and changes it.
    let created = client.contact_create().body_map(|contact| contact.email("grace.hopper@example.com")).send().await?;
    let id = created.into_inner().contact.id;
    let change =
        |phone: Nullable<String>| client.contact_update().contact_id(&id).body_map(|body| body.phone_number(phone));
    change("+44 161 496 0032".into()).send().await?;
    println!("then: {} of {} contacts came", copy.update(&client).await?, copy.contacts.len());
    let known = copy.contacts.get(&id).ok_or("the contact that was made did not come")?;
    println!("{} has the number {}", known.email, known.phone_number.as_deref().unwrap_or("?"));

    // A property that is left out of a change stays; null clears it.
    change(Nullable::Null).send().await?;
    copy.update(&client).await?;
    println!("{} has the number {:?}", copy.contacts[&id].email, copy.contacts[&id].phone_number);

    // What was deleted is in no list any more: the webhook event `contact.deleted` tells of it.
    client.contact_delete().contact_id(&id).send().await?;
    Ok(())
}
