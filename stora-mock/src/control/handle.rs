//! The control API as methods.

use std::sync::Arc;

use parking_lot::MutexGuard;
use serde::de::DeserializeOwned;

use crate::contract::query::ExpandTree;
use crate::domain::ids::Id;
use crate::domain::time::Timestamp;
use crate::server::{Operator, Server};
use crate::store::{Record, World};
use crate::view::{Show, View};

use super::ControlError;

/// What only a mock has: operators, faults, the journal, and by [`Control::operator`] what staff and customers of one do.
///
/// It is what `/_mock` offers over HTTP, without the way there: methods take the bodies of requests and give what answers hold.
/// A clone controls the same server.
#[derive(Debug, Clone)]
pub struct Control {
    pub(super) server: Arc<Server>,
}

/// What staff and customers of one operator do. A clone acts on the same operator.
#[derive(Debug, Clone)]
pub struct OperatorControl {
    pub(super) server: Arc<Server>,
    pub(super) operator: Arc<Operator>,
}

/// The data of a record to be made.
pub(crate) trait Make: DeserializeOwned {
    /// What is made of it.
    type Made: Show;

    /// Makes the record, in the course of an act.
    fn make(self, world: &mut World, at: Timestamp) -> Result<<Self::Made as Record>::Id, ControlError>;
}

impl Control {
    /// The controls of a server.
    pub(crate) fn new(server: Arc<Server>) -> Self {
        Self { server }
    }

    /// The controls of an operator; the one that a server starts with is `demo`.
    ///
    /// # Errors
    /// Not found.
    pub fn operator(&self, id: &str) -> Result<OperatorControl, ControlError> {
        let operator = self.server.operators.get(id).ok_or_else(ControlError::not_found)?;
        Ok(OperatorControl { server: self.server.clone(), operator })
    }

    /// Keeps others from giving out tokens and client ids while it is held, so that no two operators get the same.
    pub(super) fn hold_directory(&self) -> MutexGuard<'_, ()> {
        hold(&self.server)
    }
}

impl OperatorControl {
    /// The id of the operator.
    pub fn id(&self) -> &str {
        &self.operator.id
    }

    /// Carries out an act at the operator's now, whole or not at all (C4).
    pub(super) fn act<R>(
        &self,
        act: impl FnOnce(&mut World, Timestamp) -> Result<R, ControlError>,
    ) -> Result<R, ControlError> {
        // The clock is read once the world is held: a restore that comes in between sets both.
        self.operator.act(|world| act(world, self.operator.clock.now())).map(|(result, _)| result)
    }

    /// Loads data, whole or not at all, which nobody hears of (X7), and does what has fallen due in them by now.
    pub(super) fn load<R>(
        &self,
        act: impl FnOnce(&mut World, Timestamp) -> Result<R, ControlError>,
    ) -> Result<R, ControlError> {
        self.operator.load(|world| act(world, self.operator.clock.now()))
    }

    /// Carries out an act on a record, and gives the record as the API shows it.
    pub(super) fn act_on<T: Show>(
        &self,
        act: impl FnOnce(&mut World, Timestamp) -> Result<T::Id, ControlError>,
    ) -> Result<T::Wire, ControlError> {
        self.act(|world, now| {
            let id = act(world, now)?;
            self.show::<T>(world, id)
        })
    }

    /// Makes a record, and gives it as the API shows it.
    pub(super) fn make<N: Make>(&self, new: N) -> Result<<N::Made as Show>::Wire, ControlError> {
        self.act_on::<N::Made>(|world, now| new.make(world, now))
    }

    /// A record as the API shows it.
    pub(super) fn show<T: Show>(&self, world: &World, id: T::Id) -> Result<T::Wire, ControlError> {
        let record = T::table(world).get(id).ok_or_else(ControlError::not_found)?;
        let view = View { world, addresses: self.operator.addresses() };
        Ok(record.show(&view, &ExpandTree::default()))
    }

    pub(super) fn hold_directory(&self) -> MutexGuard<'_, ()> {
        hold(&self.server)
    }
}

fn hold(server: &Server) -> MutexGuard<'_, ()> {
    server.directory_changes.lock()
}

/// The id that a path names: one that no record can have is as unknown as one that none has.
pub(super) fn known<I: Id>(text: &str) -> Result<I, ControlError> {
    I::parse(text).ok_or_else(ControlError::not_found)
}
