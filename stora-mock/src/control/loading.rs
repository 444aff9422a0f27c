//! Data from seed files.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::access::{Taken, add_access_token, add_all, add_application};
use super::{ControlError, CreatedAccessToken, CreatedApplication, OperatorControl};
use crate::domain::time::Timestamp;
use crate::seed::file;
use crate::store::World;

/// What became of a seed file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Seeded {
    /// The ids of the records that have keys, by these.
    pub keys: BTreeMap<String, String>,
    /// The access tokens with their values, which are not to be had again.
    pub access_tokens: Vec<CreatedAccessToken>,
    /// The applications with their secrets, which are not to be had again.
    pub applications: Vec<CreatedApplication>,
}

impl OperatorControl {
    /// Makes what a seed file describes, besides what there is already. It fires no events (X7).
    ///
    /// # Errors
    /// Whatever is wrong with the document, with pointers into it; a conflict when another operator has one of its tokens or
    /// client ids. Nothing has changed then.
    pub fn seed(&self, document: Value) -> Result<Seeded, ControlError> {
        let _held = self.hold_directory();
        let seeded = self.load(|world, now| seed(world, now, document, &self.taken()))?;
        self.server.operators.reindex(&self.operator);
        Ok(seeded)
    }

    /// Makes what a seed file in YAML describes, as [`seed`](Self::seed) does.
    ///
    /// # Errors
    /// What is no YAML; otherwise as [`seed`](Self::seed).
    pub fn seed_yaml(&self, document: &str) -> Result<Seeded, ControlError> {
        self.seed(file::from_yaml(document)?)
    }
}

/// Makes what a document describes, in the course of an act.
pub(crate) fn seed(
    world: &mut World,
    now: Timestamp,
    document: Value,
    taken: &Taken<'_>,
) -> Result<Seeded, ControlError> {
    let loaded = file::load(world, now, document)?;
    Ok(Seeded {
        keys: loaded.keys.into_iter().map(|(key, id)| (key, id.to_string())).collect(),
        access_tokens: add_all("tokens", loaded.tokens, |new| add_access_token(world, now, new, taken))?,
        applications: add_all("applications", loaded.applications, |new| add_application(world, now, new, taken))?,
    })
}
