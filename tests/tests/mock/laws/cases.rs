//! How many cases of a law are tried.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// How proptest is to run: as many cases as the environment says, else these.
pub(crate) fn config(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    // Who asks for more cases wants others too; otherwise every run is the same.
    let rng_seed = if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(1) };
    let cases = asked.unwrap_or(usual);
    ProptestConfig { cases, rng_seed, max_shrink_time: 20_000, failure_persistence: None, ..ProptestConfig::default() }
}
