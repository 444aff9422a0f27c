//! The whole state of an operator: back to where it began, and to and from a document.

mod files;
mod references;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::clock::SetClock;
use super::{ClockState, ControlError, OperatorControl};
use crate::api::pointer;
use crate::clock::Running;
use crate::contract::SCOPES;
use crate::contract::error::{ApiError, Detail};
use crate::domain::ids::Kind;
use crate::store::World;
use crate::webhooks::Outbox;

pub use files::{SavedSnapshot, SavedSnapshots};

/// The version of snapshots that this build writes and reads.
pub(super) const VERSION: u32 = 2;

/// A snapshot. Of secrets that others hold it has hashes alone.
#[derive(Serialize)]
struct Written<'w> {
    version: u32,
    clock: SetClock,
    outbox: &'w Outbox,
    world: &'w World,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    #[serde(rename = "version")]
    _version: u32,
    clock: SetClock,
    outbox: Outbox,
    world: World,
}

/// What is looked at before all else.
#[derive(Deserialize)]
struct Version {
    version: Option<u32>,
}

impl OperatorControl {
    /// Puts the operator back to where it was when it was made, its clock too. Nothing is on its way to its endpoints then.
    pub fn reset(&self) -> Result<ClockState, ControlError> {
        let (world, clock) = self.operator.origin();
        self.replace(world, Outbox::default(), clock)
    }

    /// The whole state as a JSON document.
    #[expect(clippy::expect_used, reason = "the message says why it holds")]
    pub fn snapshot(&self) -> Bytes {
        let world = self.operator.read();
        let outbox = self.operator.webhooks.outbox().copy();
        let written = Written { version: VERSION, clock: self.clock().setting(), outbox: &outbox, world: &world };
        serde_json::to_vec(&written).expect("a world has string keys and no failing serializers").into()
    }

    /// Puts what a snapshot holds in the place of all that there is, its clock too, whichever operator it was taken of.
    /// Idempotency keys are forgotten.
    ///
    /// # Errors
    /// A document that is no snapshot of this version, or refers to records that it does not have, with pointers into it; a
    /// conflict when another operator has one of its tokens or client ids. Nothing has changed then.
    pub fn restore(&self, snapshot: &[u8]) -> Result<ClockState, ControlError> {
        let Version { version } = read(snapshot)?;
        match version {
            Some(VERSION) => {}
            Some(other) => {
                let reason = format!("This build reads version {VERSION} of snapshots, not {other}.");
                return Err(invalid("/version", reason));
            }
            None => return Err(invalid("/version", "A snapshot says which version it has.")),
        }
        let Read { clock, outbox, mut world, .. } = read(snapshot)?;
        if !world.ids.is_sound() {
            let reason =
                format!("The ids of {} kinds are counted, up to half of what a number can hold.", Kind::ALL.len());
            return Err(invalid("/world/ids/given", reason));
        }
        let mut faults = references::faults(&world);
        faults.extend(references::faults_of_outbox(&outbox, &world));
        if !faults.is_empty() {
            return Err(ApiError::invalid_content(faults).into());
        }
        let scopes = SCOPES.iter().map(|scope| scope.name);
        world.access.learn_scopes(scopes).map_err(|error| invalid("/world/access/scopes", format!("{error}.")))?;
        let Some(at) = clock.at else {
            return Err(invalid("/clock/at", "A snapshot says what time it is."));
        };
        self.replace(world, outbox, clock.from(at))
    }

    /// Puts a world in the place of the one there is, with what is on its way to its endpoints, and sets the clock.
    ///
    /// # Errors
    /// A conflict when another operator has one of its tokens or client ids.
    fn replace(&self, world: World, outbox: Outbox, clock: Running) -> Result<ClockState, ControlError> {
        let _held = self.hold_directory();
        let taken = self.taken();
        let mut tokens = world.access.token_hashes();
        let free = tokens.try_for_each(|token| taken.check_token(&token));
        let free =
            free.and_then(|()| world.access.client_ids().try_for_each(|client_id| taken.check_client(client_id)));
        free.map_err(|error| error.at("/world/access"))?;
        drop(tokens);
        self.operator.replace(world, outbox, clock);
        self.server.operators.reindex(&self.operator);
        Ok(self.clock())
    }
}

/// Reads a document.
///
/// # Errors
/// What is no JSON, and what is no such document, with a pointer to where it is not.
fn read<'s, T: Deserialize<'s>>(snapshot: &'s [u8]) -> Result<T, ControlError> {
    let broken = |pointer: &str, error: &serde_json::Error| {
        if error.is_data() {
            invalid(pointer, format!("This is no snapshot: {error}."))
        } else {
            ApiError::invalid_request(format!("The snapshot is not valid JSON: {error}.")).into()
        }
    };
    let mut json = serde_json::Deserializer::from_slice(snapshot);
    let document = serde_path_to_error::deserialize(&mut json);
    let document = document.map_err(|error| broken(&pointer(error.path()), error.inner()))?;
    json.end().map_err(|error| broken("", &error))?;
    Ok(document)
}

fn invalid(pointer: &str, reason: impl Into<String>) -> ControlError {
    ApiError::invalid_content(vec![Detail::new(pointer, reason)]).into()
}
