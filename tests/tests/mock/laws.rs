//! Laws that hold whatever is called, in whatever order.
//!
//! How many cases are tried is set by `PROPTEST_CASES`; without it there are few, so that all tests stay fast.

mod acts;
mod cases;
mod dice;
mod lists;
mod money;
mod patches;
mod shares;
mod state;
mod views;

use std::collections::BTreeSet;

use conformance::answers::Answer;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::harness::Mock;
use acts::Act;
use cases::config;
use dice::Dice;
use shares::Shares;
use state::{State, ids_in};

/// A call: its kind, and the seed of all else.
type Step = (usize, u64);

fn steps(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    vec((0..acts::kinds(), any::<u64>()), count)
}

#[test]
fn whatever_is_called_the_laws_hold() {
    let runtime = Runtime::new().unwrap();
    let mut runner = TestRunner::new(config(2));
    let result = runner.run(&(steps(40..60), any::<u64>()), |(steps, seed)| {
        runtime.block_on(async {
            let mut run = Run::start().await;
            let mut shares = Shares::default();
            for (number, step) in steps.iter().enumerate() {
                run.step(number, *step, &mut shares).await;
            }
            run.laws(&mut Dice::new(seed)).await;
        });
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_same_calls_of_the_same_seed_give_the_same_state_to_the_byte() {
    let runtime = Runtime::new().unwrap();
    let mut runner = TestRunner::new(config(1));
    let result = runner.run(&steps(20..40), |steps| {
        let state = || async {
            let mock = Mock::start().await;
            let mut state = State::of(&mock, "demo").await;
            for &(kind, seed) in &steps {
                let answer = Act::new(kind, &mut Dice::new(seed), &state, &[]).send(&mock, None).await;
                if answer.status < 300 {
                    state = State::of(&mock, "demo").await;
                }
            }
            mock.snapshot().await
        };
        let (one, other) = (runtime.block_on(state()), runtime.block_on(state()));
        assert!(one == other, "the states differ");
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// Every kind of act is reached, and done with success: laws that are tried on refusals alone would say little.
#[test]
fn every_kind_of_act_succeeds() {
    Runtime::new().unwrap().block_on(async {
        let (mut run, mut shares, mut seeds) = (Run::start().await, Shares::default(), Dice::new(7));
        for round in 0..40 {
            for kind in 0..acts::kinds() {
                let seed = seeds.below(usize::MAX) as u64;
                // Once done, the kind has had its turn.
                if round == 0 || shares.never_done().contains(&acts::name(kind)) {
                    run.step(round * acts::kinds() + kind, (kind, seed), &mut shares).await;
                }
            }
        }
        println!("{shares}");
        assert_eq!(shares.never_done(), Vec::<&str>::new());
        assert!(acts::writes().iter().all(|operation| shares.names().contains(operation)));
        run.state.holds();
    });
}

/// A server with two operators, whose first one is called.
struct Run {
    mock: Mock,
    state: State,
    /// The ids of the other operator, and all that it has.
    strangers: Vec<String>,
    other: Vec<u8>,
    /// The ids of what was there and is gone.
    gone: BTreeSet<String>,
}

impl Run {
    async fn start() -> Self {
        let mock = Mock::start().await;
        mock.control("POST", "/operators", Some(json!({"id": "other", "seed": 2, "start": "demo"}))).await;
        let (state, other) = (State::of(&mock, "demo").await, State::of(&mock, "other").await);
        let strangers = other.by_id().keys().map(|id| (*id).to_owned()).collect();
        Self { mock, state, strangers, other: other.bytes, gone: BTreeSet::new() }
    }

    async fn step(&mut self, number: usize, (kind, seed): Step, shares: &mut Shares) {
        let mut dice = Dice::new(seed);
        let act = Act::new(kind, &mut dice, &self.state, &self.strangers);
        let key = format!("step {number}");
        let answer = act.send(&self.mock, Some(&key)).await;
        shares.add(&act, &answer);
        self.tells_of_no_stranger(&act.sent(), &answer.body);
        let after = State::of(&self.mock, "demo").await;
        if answer.status >= 400 {
            assert!(after.bytes == self.state.bytes, "a refused call has changed something: {act:?}");
        }
        if act.takes_key() {
            let again = act.send(&self.mock, Some(&key)).await;
            assert_eq!((again.status, &again.body), (answer.status, &answer.body), "a repeat of {act:?}");
            if dice.chance(20) {
                assert!(self.mock.snapshot().await == after.bytes, "a repeat has changed something: {act:?}");
            }
        }
        if let Act::Api { operation, .. } = &act {
            self.tells_what_happened(operation, &answer, &after).await;
        }
        let known = after.by_id();
        assert!(self.gone.iter().all(|id| !known.contains_key(id.as_str())), "an id is used again: {act:?}");
        let gone: Vec<String> =
            self.state.by_id().keys().filter(|id| !known.contains_key(*id)).map(|id| (*id).to_owned()).collect();
        self.gone.extend(gone);
        self.state = after;
    }

    /// No answer has an id of the other operator that was not sent.
    fn tells_of_no_stranger(&self, sent: &str, body: &[u8]) {
        let (sent, got) = (ids_in(sent), ids_in(&String::from_utf8_lossy(body)));
        let strange: Vec<_> =
            got.iter().filter(|id| self.strangers.binary_search(id).is_ok() && !sent.contains(*id)).collect();
        assert!(
            strange.is_empty(),
            "an answer tells of another operator: {strange:?} in {}",
            String::from_utf8_lossy(body)
        );
    }

    /// The events of a call are those of what it has changed (section 21).
    async fn tells_what_happened(&self, operation: &str, answer: &Answer, after: &State) {
        let request = answer.header("x-request-id").unwrap();
        let journal = self.mock.control("GET", &format!("/journal?limit=4&operation={operation}"), None).await.json();
        let entries = journal["entries"].as_array().unwrap();
        let entry = entries.iter().find(|entry| entry["request_id"] == request).expect("the journal has the call");
        let events: Vec<&str> = entry["events"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let told = |kind: &str| events.iter().filter(|event| **event == kind).count();
        if after.bytes == self.state.bytes {
            assert!(events.is_empty(), "{operation} changed nothing and tells of {events:?}");
        }
        let before = self.state.by_id();
        for (prefix, name) in
            [("con_", "contact"), ("order_", "order"), ("deal_", "deal"), ("unit_", "unit"), ("inv_", "invoice")]
        {
            let (mut made, mut changed) = (0, 0);
            for row in after.rows(prefix) {
                match before.get(row["id"].as_str().unwrap()) {
                    None => made += 1,
                    Some(before) if *before != row => changed += 1,
                    Some(_) => {}
                }
            }
            assert_eq!(told(&format!("{name}.created")), made, "{operation} tells of {events:?}");
            assert!(
                changed > 0 || made > 0 || told(&format!("{name}.updated")) == 0,
                "{operation} tells of {events:?}"
            );
            if ["deal", "order", "contact"].contains(&name) {
                assert!(
                    changed == 0 || told(&format!("{name}.updated")) > 0,
                    "{operation} does not tell of a {name}: {events:?}"
                );
            }
        }
        for (prefix, name, statuses) in [
            ("unit_", "unit", &["available", "reserved", "occupied", "overlocked", "unavailable", "repossessed"][..]),
            ("order_", "order", &["finalized", "completed", "abandoned"]),
            ("deal_", "deal", &["won", "lost"]),
        ] {
            for status in statuses {
                let is_new = |row: &&Value| {
                    let before = before.get(row["id"].as_str().unwrap());
                    row["status"] == *status && before.is_none_or(|before| before["status"] != *status)
                };
                let count = after.rows(prefix).iter().filter(is_new).count();
                assert_eq!(told(&format!("{name}.{status}")), count, "{operation} tells of {events:?}");
            }
        }
    }

    async fn laws(&self, dice: &mut Dice) {
        let Self { mock, state, .. } = self;
        state.holds();
        assert!(State::of(mock, "other").await.bytes == self.other, "the other operator has changed");
        let strangers: BTreeSet<&String> = self.strangers.iter().collect();
        assert!(state.ids().iter().all(|id| !strangers.contains(id)), "an id of another operator is stored");
        for id in &self.gone {
            if let Some((operation, parameter)) = views::show_of(id) {
                mock.call(operation).path(parameter, id).refused(404, "resource_not_found").await;
            }
        }
        let shown = views::shown(mock).await;
        for record in shown.values() {
            self.tells_of_no_stranger("", record.to_string().as_bytes());
        }
        money::adds_up(&shown, state);
        lists::hold(mock, dice, state, &self.strangers, 3).await;
        views::singles_agree(mock, dice, &shown).await;
        views::expansions_agree(mock, dice, &shown, 4).await;
        views::csv_agrees(mock, dice).await;
        patches::hold(mock, dice, &shown, 2).await;
        State::of(mock, "demo").await.holds();
    }
}
