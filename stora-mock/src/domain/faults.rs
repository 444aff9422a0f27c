//! Faults of a body, gathered so that its sender hears of all of them at once.

use super::ids::Id;
use super::refusal::{Fault, Refusal};
use crate::store::{Record, Table};

/// Faults of a body, in the order in which they were found.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Notes a value that cannot be used: where it is, as a JSON Pointer, and what is wrong with it, as a sentence.
    pub fn add(&mut self, pointer: impl Into<String>, reason: impl Into<String>) {
        self.0.push(Fault::new(pointer, reason));
    }

    /// Notes at `/name` a name without a character that can be seen.
    pub fn check_name(&mut self, name: &str) {
        if name.trim().is_empty() {
            self.add("/name", "A name has at least one character that can be seen.");
        }
    }

    /// Notes an id that no record of a table has.
    pub fn check_known<T: Record>(&mut self, pointer: impl Into<String>, table: &Table<T>, id: Option<T::Id>) {
        if let Some(id) = id.filter(|id| !table.contains(*id)) {
            self.0.push(Fault::unknown(pointer, T::Id::KIND.noun(), id));
        }
    }

    /// Gives what a check gave; if it found faults, notes them and gives nothing.
    ///
    /// # Errors
    /// Any refusal that does not come of values that were sent.
    pub fn gather<T>(&mut self, checked: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
        match checked {
            Ok(value) => Ok(Some(value)),
            Err(Refusal::Invalid(faults)) => {
                self.0.extend(faults);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Ends the gathering.
    ///
    /// # Errors
    /// What was gathered, if it was anything.
    pub fn none(self) -> Result<(), Refusal> {
        self.finish(Some(()))
    }

    /// Ends the gathering with a value that a check gave.
    ///
    /// # Errors
    /// What was gathered, if it was anything; there is always something where a check gave nothing.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Refusal> {
        value.filter(|_| self.0.is_empty()).ok_or(Refusal::Invalid(self.0))
    }
}

/// A refusal of what was sent as a part of a body, with pointers into the whole body. `part` is the pointer to the part.
pub fn within(part: &str, refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Invalid(faults) => Refusal::Invalid(
            faults.into_iter().map(|fault| Fault::new(format!("{part}{}", fault.pointer), fault.reason)).collect(),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_gathered_and_other_refusals_let_through() {
        let mut faults = Faults::default();
        assert_eq!(faults.gather(Ok(1)), Ok(Some(1)));
        assert_eq!(faults.gather::<()>(Err(within("/contact", Refusal::invalid("/metadata", "Too many.")))), Ok(None));
        faults.add("/site/id", "Unknown.");
        assert_eq!(faults.gather::<()>(Err(Refusal::NotFound)), Err(Refusal::NotFound));
        let Err(Refusal::Invalid(faults)) = faults.none() else { panic!("two faults were gathered") };
        let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/contact/metadata", "/site/id"]);
        assert_eq!(Faults::default().none(), Ok(()));
    }
}
