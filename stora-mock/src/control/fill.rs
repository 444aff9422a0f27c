//! Many contacts at once, for tests under load.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ControlError, OperatorControl};
use crate::domain::contact::{Contact, NewContact};

/// How much to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// How many contacts: leads with email addresses of their own, each created one second after the one before, the last now.
    /// Every tenth is a company.
    #[schemars(range(max = MOST_CONTACTS))]
    pub contacts: u32,
}

/// What was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Filled {
    /// How many contacts.
    pub contacts: u32,
}

/// The most contacts that are made at once.
const MOST_CONTACTS: u32 = 1_000_000;

impl OperatorControl {
    /// Makes many contacts at once. Like the loading of data, it fires no events (X7).
    ///
    /// # Errors
    /// More than a million; a conflict when a contact has one of the email addresses, which are made up.
    pub fn fill(&self, fill: Fill) -> Result<Filled, ControlError> {
        let Fill { contacts } = fill;
        if contacts > MOST_CONTACTS {
            let reason = format!("At most {MOST_CONTACTS} contacts are made at once.");
            return Err(crate::domain::refusal::Refusal::invalid("/contacts", reason).into());
        }
        self.act(|world, now| {
            world.hush();
            for i in 0..contacts {
                let at = now.plus_seconds(i64::from(i) + 1 - i64::from(contacts));
                // The words of one source never repeat.
                let new = NewContact {
                    email: format!("lead-{:016x}@example.com", world.ids.word()),
                    full_name: Some(format!("Lead {}", world.contacts.len() + 1)),
                    kind: (i % 10 == 9).then(|| "company".to_owned()),
                    ..NewContact::default()
                };
                Contact::create(world, at, new)?;
            }
            Ok(Filled { contacts })
        })
    }
}
