//! Faults on demand: what goes wrong between a client and a service, made to happen.
//!
//! A rule says which requests it is for, how often it acts, and what goes wrong. Of the rules that a request meets, in the
//! order they were added, every latency acts, and the first that is anything else.

mod spec;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::ids::mix;
use crate::domain::refusal::Refusal;

pub(crate) use spec::{Facts, FaultAnswer};
pub use spec::{Fault, FaultSpec, StatusFault};

/// The rules that are in force. Any number of threads may ask it and change it.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    /// Whether there are any rules, so that a request need not wait for the lock to learn that there are none.
    is_armed: AtomicBool,
    rules: Mutex<Rules>,
}

/// A rule in force.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FaultRule {
    /// Its number, by which it is removed. The first rule has 1, and no number comes twice.
    pub id: u64,
    /// How often it has acted.
    pub acted: u64,
    /// What it says. Its `times` are those that are left.
    #[serde(flatten)]
    pub spec: FaultSpec,
}

/// What is to go wrong with a request. Its `Display` is for the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Picked {
    /// How much later the answer is to come.
    pub latency: Duration,
    /// What else is to go wrong.
    pub effect: Option<Effect>,
}

/// What goes wrong besides latency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// As [`Fault::Status`].
    Status(StatusFault),
    /// As [`Fault::ConnectionReset`].
    ConnectionReset,
    /// As [`Fault::TruncatedBody`].
    TruncatedBody {
        /// How many bytes of the body are sent.
        after_bytes: u64,
    },
    /// As [`Fault::AnswerLost`].
    AnswerLost,
    /// As [`Fault::NotSaved`].
    NotSaved,
}

impl Faults {
    /// No rules. The seed decides what rules with a probability do.
    pub fn new(seed: u64) -> Self {
        Self { seed, is_armed: AtomicBool::new(false), rules: Mutex::default() }
    }

    /// Puts a rule in force, after those that are.
    ///
    /// # Errors
    /// `Refusal::Invalid` with a pointer to each value of the rule that cannot be.
    pub fn add(&self, spec: FaultSpec) -> Result<FaultRule, Refusal> {
        spec.validate()?;
        let mut rules = self.lock();
        rules.last += 1;
        let rule = FaultRule { id: rules.last, acted: 0, spec };
        rules.armed.push(Armed { rule: rule.clone(), draws: 0 });
        self.is_armed.store(true, Ordering::Release);
        Ok(rule)
    }

    /// The rules in force, in the order they were added.
    pub fn list(&self) -> Vec<FaultRule> {
        self.lock().armed.iter().map(|armed| armed.rule.clone()).collect()
    }

    /// Removes a rule and gives it, if it was in force.
    pub fn remove(&self, id: u64) -> Option<FaultRule> {
        let mut rules = self.lock();
        let place = rules.armed.iter().position(|armed| armed.rule.id == id)?;
        let removed = rules.armed.remove(place);
        self.is_armed.store(!rules.armed.is_empty(), Ordering::Release);
        Some(removed.rule)
    }

    /// Removes every rule. Their numbers do not come again.
    pub fn clear(&self) {
        let mut rules = self.lock();
        rules.armed.clear();
        self.is_armed.store(false, Ordering::Release);
    }

    /// What is to go wrong with a request, if anything. Rules that act are counted down at once, so that a rule for two times
    /// acts on two of many requests at the same time.
    pub fn pick(&self, facts: &Facts<'_>) -> Option<Picked> {
        if !self.is_armed.load(Ordering::Acquire) {
            return None;
        }
        let mut rules = self.lock();
        let mut picked = Picked::default();
        let mut is_hit = false;
        for armed in rules.armed.iter_mut().filter(|armed| armed.rule.spec.is_for(facts)) {
            let effect = armed.rule.spec.fault.effect();
            if (effect.is_some() && picked.effect.is_some()) || !armed.acts(self.seed) {
                continue;
            }
            is_hit = true;
            picked.effect = picked.effect.or(effect);
            picked.latency += armed.rule.spec.fault.latency();
        }
        rules.armed.retain(|armed| armed.rule.spec.times != Some(0));
        self.is_armed.store(!rules.armed.is_empty(), Ordering::Release);
        is_hit.then_some(picked)
    }

    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock()
    }
}

impl fmt::Display for Picked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let latency = (!self.latency.is_zero()).then(|| format!("latency of {} ms", self.latency.as_millis()));
        let effect = self.effect.map(|effect| effect.to_string());
        f.write_str(&latency.into_iter().chain(effect).collect::<Vec<_>>().join(", "))
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(fault) => write!(f, "status {}", fault.status),
            Self::ConnectionReset => f.write_str("connection reset"),
            Self::TruncatedBody { after_bytes } => write!(f, "body truncated after {after_bytes} bytes"),
            Self::AnswerLost => f.write_str("answer lost"),
            Self::NotSaved => f.write_str("not saved"),
        }
    }
}

#[derive(Debug, Default)]
struct Rules {
    armed: Vec<Armed>,
    /// The number of the latest rule.
    last: u64,
}

#[derive(Debug)]
struct Armed {
    rule: FaultRule,
    /// How often it was left to chance.
    draws: u64,
}

impl Armed {
    /// Whether it acts on a request that meets it; if so it is counted.
    fn acts(&mut self, seed: u64) -> bool {
        if self.rule.spec.times == Some(0) || !self.is_lucky(seed) {
            return false;
        }
        self.rule.acted += 1;
        self.rule.spec.times = self.rule.spec.times.map(|times| times - 1);
        true
    }

    fn is_lucky(&mut self, seed: u64) -> bool {
        let Some(probability) = self.rule.spec.probability else { return true };
        self.draws += 1;
        // The upper 53 bits, as many as a float holds, make a number from 0 to just below 1.
        let drawn = (mix(self.draws ^ mix(seed ^ mix(self.rule.id))) >> 11) as f64 / (1u64 << 53) as f64;
        drawn < probability
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::contract::OperationId;

    const FACTS: Facts<'static> = Facts {
        operator: Some("harbour"),
        operation: Some(OperationId::ContactCreate),
        method: "POST",
        path: "/2025-09/contacts",
    };

    fn spec(value: Value) -> FaultSpec {
        serde_json::from_value(value).unwrap()
    }

    fn faults(specs: &[Value]) -> Faults {
        let faults = Faults::new(1);
        for value in specs {
            faults.add(spec(value.clone())).unwrap();
        }
        faults
    }

    fn status(status: u16) -> Value {
        json!({"kind": "status", "status": status})
    }

    fn picked(faults: &Faults) -> String {
        faults.pick(&FACTS).map_or_else(|| "none".to_owned(), |picked| picked.to_string())
    }

    #[test]
    fn without_rules_nothing_goes_wrong() {
        assert_eq!(Faults::new(1).pick(&FACTS), None);
    }

    #[test]
    fn a_rule_is_gone_after_its_times() {
        let faults = faults(&[json!({"times": 2, "fault": status(503)})]);
        assert_eq!(picked(&faults), "status 503");
        let left = &faults.list()[0];
        assert_eq!((left.spec.times, left.acted), (Some(1), 1));
        assert_eq!(picked(&faults), "status 503");
        assert_eq!(picked(&faults), "none");
        assert_eq!(faults.list(), []);
        assert!(!faults.is_armed.load(Ordering::Relaxed));
    }

    #[test]
    fn of_many_requests_at_once_a_rule_acts_on_as_many_as_it_says() {
        let faults = faults(&[json!({"times": 100, "fault": status(503)})]);
        let hit: usize = std::thread::scope(|scope| {
            let work = || (0..200).filter(|_| faults.pick(&FACTS).is_some()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(hit, 100);
    }

    #[test]
    fn latencies_add_up_and_of_the_rest_the_first_acts() {
        let faults = faults(&[
            json!({"fault": {"kind": "latency", "milliseconds": 200}}),
            json!({"times": 1, "fault": {"kind": "answer_lost"}}),
            json!({"times": 1, "fault": status(429)}),
            json!({"fault": {"kind": "latency", "milliseconds": 50}}),
        ]);
        let expected = Picked { latency: Duration::from_millis(250), effect: Some(Effect::AnswerLost) };
        assert_eq!(faults.pick(&FACTS), Some(expected));
        // The rule whose turn had not come was not counted down.
        assert_eq!(picked(&faults), "latency of 250 ms, status 429");
        assert_eq!(picked(&faults), "latency of 250 ms");
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed_and_about_as_likely_as_it_says() {
        let rule = json!({"probability": 0.25, "fault": status(500)});
        let run = |seed| {
            let faults = Faults::new(seed);
            faults.add(spec(rule.clone())).unwrap();
            (0..1000).map(|_| faults.pick(&FACTS).is_some()).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let hits = run(1).into_iter().filter(|hit| *hit).count();
        assert!((200..300).contains(&hits), "{hits}");
        let counted = |probability: f64| {
            let faults = faults(&[json!({"probability": probability, "fault": status(500)})]);
            (0..100).filter(|_| faults.pick(&FACTS).is_some()).count()
        };
        assert_eq!((counted(0.0), counted(1.0)), (0, 100));
    }

    #[test]
    fn rules_are_listed_in_their_order_and_removed_by_their_number() {
        let faults = faults(&[json!({"fault": status(500)}), json!({"fault": status(502)})]);
        assert_eq!(faults.list().iter().map(|rule| rule.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(faults.remove(1).map(|rule| rule.id), Some(1));
        assert_eq!(faults.remove(1), None);
        assert_eq!(picked(&faults), "status 502");
        faults.clear();
        assert_eq!(picked(&faults), "none");
        assert_eq!(faults.add(spec(json!({"fault": status(500)}))).unwrap().id, 3);
    }

    #[test]
    fn a_rule_is_listed_as_it_was_written() {
        let rule = json!({
            "operation": "contact_create", "times": 2, "probability": 0.5,
            "fault": {"kind": "status", "status": 429, "retry_after": 3},
        });
        let mut listed = serde_json::to_value(&faults(std::slice::from_ref(&rule)).list()[0]).unwrap();
        let schema = serde_json::to_value(schemars::schema_for!(FaultRule)).unwrap();
        assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&listed), "{listed} {schema}");
        let members = listed.as_object_mut().unwrap();
        assert_eq!((members.remove("id"), members.remove("acted")), (Some(json!(1)), Some(json!(0))));
        assert_eq!(listed, rule);
    }
}
