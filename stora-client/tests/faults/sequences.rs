//! Laws that hold for every sequence of faults.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use stora_client::RetryPolicy;
use tokio::time::Instant;

use crate::retries::{KINDS, Kind};
use crate::server::{Server, Step};

fn step() -> impl Strategy<Value = Step> {
    let passing = prop::sample::select(vec![408_u16, 429, 500, 502, 503, 504]);
    prop_oneof![
        6 => passing.clone().prop_map(Step::status),
        2 => (passing, 0_u64..90).prop_map(|(status, wait)| Step::with(status, "retry-after", wait)),
        2 => (400_u16..600).prop_map(Step::status),
        1 => Just(Step::status(201)),
        2 => Just(Step::Close),
        1 => Just(Step::Reset),
        1 => prop::sample::select(vec![200_u16, 404, 429, 500]).prop_map(|status| Step::Cut(status, "{")),
    ]
}

/// Whether it is unknown what became of the request.
fn is_ambiguous(step: &Step) -> bool {
    match step {
        Step::Close | Step::Reset | Step::Silent | Step::Cut(..=299, _) | Step::Stalled(..) => true,
        Step::Answer(status, ..) | Step::Cut(status, _) => matches!(status, 500 | 502 | 504),
    }
}

fn is_final(step: &Step) -> bool {
    match step {
        Step::Answer(status, ..) => !matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
        Step::Cut(status, _) => matches!(status, 404),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_call_is_sent_again_where_that_might_do_it_twice(
        steps in prop::collection::vec(step(), 1..6),
        kinds in prop::collection::vec(prop::sample::select(KINDS.to_vec()), 1..4),
        most in 1_u32..6,
        budget in 0_u32..6,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let server = Server::start(steps.clone());
        let policy = RetryPolicy::default().max_attempts(most);
        let client = server.builder().retry(policy).retry_budget(budget).build().unwrap();
        let (mut repeats, mut keys) = (0, HashSet::new());
        for kind in kinds {
            let before = server.seen().len();
            let (result, waited) = runtime.block_on(async {
                let start = Instant::now();
                (kind.make(&client).await, start.elapsed())
            });
            let seen = server.seen().split_off(before);
            let done: Vec<_> = (before..before + seen.len()).map(|number| &steps[number.min(steps.len() - 1)]).collect();
            prop_assert!((1..=most as usize).contains(&seen.len()));
            repeats += seen.len() - 1;
            // No attempt but the last was one after which there is to be no other.
            let earlier = &done[..done.len() - 1];
            prop_assert!(!earlier.iter().any(|step| is_final(step)), "{:?}", done);
            if matches!(kind, Kind::Patch | Kind::Delete) {
                prop_assert!(!earlier.iter().any(|step| is_ambiguous(step)), "{:?}", done);
            }
            if kind == Kind::Post {
                // What was reset was not read, so that its key is unknown.
                let used: HashSet<_> = done.iter().zip(&seen)
                    .filter(|(step, _)| !matches!(step, Step::Reset))
                    .map(|(_, one)| one.key().expect("a key").to_owned())
                    .collect();
                prop_assert!(used.len() <= 1, "several keys for one call");
                for key in used {
                    prop_assert!(keys.insert(key), "two calls share a key");
                }
            }
            // Each told wait is at most a minute, each other at most eight seconds.
            prop_assert!(waited <= Duration::from_millis(60_010) * most);
            if let Err(error) = result {
                prop_assert_eq!(error.attempts(), Some(seen.len() as u32));
            }
        }
        // A success earns a tenth back: three calls earn no whole repeat.
        prop_assert!(repeats <= budget as usize, "{} repeats of {}", repeats, budget);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// In real time, since it is sockets that take it.
    #[test]
    fn no_call_takes_longer_than_it_may(
        steps in prop::collection::vec(prop_oneof![
            Just(Step::Silent), Just(Step::Stalled(200, "{")), Just(Step::status(503)), Just(Step::Close),
            (0_u64..3).prop_map(|wait| Step::with(429, "retry-after", wait)),
        ], 1..6),
        kind in prop::sample::select(KINDS.to_vec()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let server = Server::start(steps);
        let policy = RetryPolicy::default().max_attempts(8).base(Duration::from_millis(50));
        let builder = server.builder().retry(policy).attempt_timeout(Duration::from_millis(80));
        let client = builder.timeout(Duration::from_millis(200)).build().unwrap();
        let start = std::time::Instant::now();
        prop_assert!(runtime.block_on(kind.make(&client)).is_err());
        prop_assert!(start.elapsed() < Duration::from_millis(1_500), "{:?}", start.elapsed());
    }
}
