//! What is about the server as a whole: health, faults, the journal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::faults::{FaultRule, FaultSpec};
use super::journal::{Entry, JournalQuery};
use super::{Control, ControlError};

/// That a server is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Health {
    /// How it is.
    pub status: HealthStatus,
}

/// How a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// It answers.
    Ok,
    /// It answers, and has its operators.
    Ready,
}

/// Rules for faults.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FaultList {
    /// Those in force, in the order they were added.
    pub faults: Vec<FaultRule>,
}

/// Exchanges of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct JournalEntries {
    /// The exchanges, the newest first.
    pub entries: Vec<Entry>,
}

impl Control {
    /// Whether the server answers, which it does whenever it can be asked.
    pub fn health(&self) -> Health {
        Health { status: HealthStatus::Ok }
    }

    /// Whether the server can serve, which it can from the start: it listens only once its operators are there.
    pub fn ready(&self) -> Health {
        Health { status: HealthStatus::Ready }
    }

    /// The exchanges in the journal that a query asks for, the newest first.
    pub fn journal(&self, query: &JournalQuery) -> JournalEntries {
        JournalEntries { entries: self.server.journal.query(query) }
    }

    /// Forgets every exchange in the journal.
    pub fn clear_journal(&self) {
        self.server.journal.clear();
    }

    /// The rules for faults in force.
    pub fn faults(&self) -> FaultList {
        FaultList { faults: self.server.faults.list() }
    }

    /// Puts a rule for faults in force, after those that are.
    ///
    /// # Errors
    /// Values of the rule that cannot be.
    pub fn add_fault(&self, spec: FaultSpec) -> Result<FaultRule, ControlError> {
        Ok(self.server.faults.add(spec)?)
    }

    /// Removes a rule for faults and gives it.
    ///
    /// # Errors
    /// Not found.
    pub fn remove_fault(&self, id: u64) -> Result<FaultRule, ControlError> {
        self.server.faults.remove(id).ok_or_else(ControlError::not_found)
    }

    /// Removes every rule for faults.
    pub fn clear_faults(&self) {
        self.server.faults.clear();
    }
}
