//! What an operator sets for the whole business (section 0 of its description).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::faults::Faults;
use super::money::Currency;
use super::words::words;

/// The settings of an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Its name.
    pub name: String,
    /// The currency of all its money.
    pub currency: Currency,
    /// What follows the last failed retry of a charge (D3).
    pub after_retries: AfterRetries,
    /// Days after a failed charge on which it is tried again (D1).
    pub retry_offsets_days: Vec<u32>,
    /// Whether customers may cancel in the portal (M8).
    pub portal_cancellation: bool,
    /// Whether new customers must prove their identity.
    pub identity_required: bool,
    /// Days on which banks do not work, besides weekends (I13).
    pub bank_holidays: Vec<NaiveDate>,
}

words! {
    /// What follows the last failed retry of a charge (D3).
    AfterRetries {
        LeavePastDue = "leave_past_due",
        Cancel = "cancel",
    }
}

/// Notes days of retries that are not in order, the first at least one day after the failure: retries follow in later daily runs (D1).
/// There may be none, so that the first failure is the last. `part` is the JSON Pointer to them.
pub fn check_retry_offsets(days: &[u32], part: &str, faults: &mut Faults) {
    let before = std::iter::once(&0).chain(days);
    for (place, (_, day)) in before.zip(days).enumerate().filter(|(_, (before, day))| day <= before) {
        faults.add(format!("{part}/{place}"), format!("{day} is not after the day before it in the list, or below 1."));
    }
}

impl Settings {
    /// The defaults, under a name.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            currency: Currency::Gbp,
            after_retries: AfterRetries::LeavePastDue,
            retry_offsets_days: vec![1, 3, 5, 7, 9, 11, 13, 14],
            portal_cancellation: true,
            identity_required: false,
            bank_holidays: Vec::new(),
        }
    }
}
