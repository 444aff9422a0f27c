//! What happens when: steps that are carried out in the order of time, each of which may plan others.

use std::collections::BTreeMap;
use std::error::Error;

use chrono::NaiveDate;

use crate::domain::refusal::Refusal;
use crate::domain::schedule;
use crate::domain::time::Timestamp;
use crate::seed::DAY;
use crate::store::World;

/// What a step gives, or why it was refused.
pub(super) type Done<T = ()> = Result<T, Box<dyn Error>>;

type Step = Box<dyn FnOnce(&mut World, &mut Agenda, Timestamp) -> Done>;

/// Steps to be carried out, up to the first instant of today.
pub(super) struct Agenda {
    midnight: Timestamp,
    /// By instant, and those of one instant in the order in which they were planned.
    steps: BTreeMap<(Timestamp, usize), Step>,
    planned: usize,
}

impl Agenda {
    /// An agenda that ends at midnight in UTC.
    pub(super) fn until(midnight: Timestamp) -> Self {
        Self { midnight, steps: BTreeMap::new(), planned: 0 }
    }

    /// A full hour in UTC of a day, counted from today.
    pub(super) fn at(&self, day: i64, hour: i64) -> Timestamp {
        self.midnight.plus_seconds(day * DAY + hour * 3_600)
    }

    /// The date of a day, counted from today.
    pub(super) fn date(&self, day: i64) -> NaiveDate {
        self.at(day, 12).to_chrono().date_naive()
    }

    /// Today's date.
    pub(super) fn today(&self) -> NaiveDate {
        self.date(0)
    }

    /// Plans a step for an instant. What would only happen today or later does not: that is up to the clock of the server.
    pub(super) fn plan(
        &mut self,
        at: Timestamp,
        step: impl FnOnce(&mut World, &mut Self, Timestamp) -> Done + 'static,
    ) {
        if at < self.midnight {
            self.steps.insert((at, self.planned), Box::new(step));
            self.planned += 1;
        }
    }

    /// Plans a plain act for a full hour in UTC of a day, counted from today.
    pub(super) fn plan_act<T>(
        &mut self,
        (day, hour): (i64, i64),
        act: impl FnOnce(&mut World, Timestamp) -> Result<T, Refusal> + 'static,
    ) {
        self.plan(self.at(day, hour), move |world, _, at| Ok(act(world, at).map(drop)?));
    }

    /// Carries out all steps, and those that they plan. What falls due by itself is done on the way, at its instant.
    ///
    /// # Errors
    /// The first step that is refused.
    pub(super) fn run(&mut self, world: &mut World) -> Done {
        while let Some(((at, _), step)) = self.steps.pop_first() {
            run_dues_before(world, at)?;
            step(world, self, at)?;
        }
        run_dues_before(world, self.midnight)
    }
}

/// Does what falls due by itself before an instant. A step of an instant comes before what falls due at it.
fn run_dues_before(world: &mut World, at: Timestamp) -> Done {
    while let Some((due, subject)) = world.next_due().filter(|(due, _)| due.at < at) {
        schedule::run(world, due, subject)?;
    }
    Ok(())
}
