//! The mock side by side with what else a user could take: a bare axum handler as the ceiling, Prism on the same document,
//! and json-server with the same contacts.

mod contestant;
mod probe;
mod report;

use std::time::Duration;

use super::load::{self, Figures};
use super::server::Server;
use crate::Failure;
use crate::tasks::run::workspace_root;
use contestant::{Contestant, Field, LOADS};
use probe::Findings;
use report::{Format, Measured, Report};

/// How to compare.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Seconds that each load lasts, after a second to warm up.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How many connections send requests at a time.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..))]
    connections: u64,
    /// How often each server is started and loaded; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// How to print the figures.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// A file that the figures are written to besides, as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<std::path::PathBuf>,
}

/// How long each load runs before it is measured: programs that are compiled while they run are slow at first.
const WARM_UP: Duration = Duration::from_secs(1);
/// How many numbers each load has to itself, so that no contact is posted twice.
const NUMBERS: u64 = 10_000_000;

/// What one round of a contestant came to.
#[derive(Debug)]
struct Round {
    start: Duration,
    memory_after_start: Option<u64>,
    memory_after_gets: Option<u64>,
    memory_after_posts: Option<u64>,
    loads: [Figures; LOADS.len()],
}

/// Measures one contestant after the other, round by round, and prints the figures side by side. Slowness is no failure.
///
/// # Errors
/// When something cannot be built, installed or started, or an answer has another status than it should.
pub fn compare(options: &Options) -> Result<(), Failure> {
    let Field { contestants, left_out, node } = Field::prepare(&workspace_root()?)?;
    let mut rounds: Vec<Vec<Round>> = contestants.iter().map(|_| Vec::new()).collect();
    let mut findings = Vec::new();
    for number in 1..=options.rounds {
        // In turn, so that what else the machine does in the meantime slows one as much as the other.
        for (contestant, rounds) in contestants.iter().zip(&mut rounds) {
            eprintln!("round {number} of {}: {}", options.rounds, contestant.name);
            let failed = |failure: Failure| Failure::new(format!("{}: {failure}", contestant.name));
            let server = contestant.start().map_err(failed)?;
            rounds.push(round(contestant, &server, options).map_err(failed)?);
            if number == options.rounds {
                findings.push(probe::ask(contestant, &server).map_err(failed)?);
            }
        }
    }
    let measured = contestants.into_iter().zip(rounds).zip(findings);
    let measured = measured.map(|((contestant, rounds), findings)| summary(contestant, &rounds, findings));
    let report = Report {
        seconds: options.seconds,
        connections: options.connections,
        rounds: options.rounds,
        cores: std::thread::available_parallelism().ok().map(std::num::NonZero::get),
        node,
        contestants: measured.collect::<Option<_>>().ok_or_else(|| Failure::new("nothing was measured"))?,
        left_out,
    };
    // First, so that a file that cannot be written costs nobody the figures.
    print!("{}", report.print(options.format)?);
    if let Some(file) = &options.json {
        let json = report.to_json()?;
        std::fs::write(file, json).map_err(|error| Failure::new(format!("{}: {error}", file.display())))?;
    }
    Ok(())
}

/// Loads a server that was just started.
fn round(contestant: &Contestant, server: &Server, options: &Options) -> Result<Round, Failure> {
    let start = server.first_answer.unwrap_or_default();
    let memory_after_start = server.memory();
    let mut from = 1;
    let mut load = |request, time| {
        from += NUMBERS;
        load::run(server.address, request, options.connections, time, from)
            .map_err(|error| Failure::new(format!("a load failed: {error}")))
    };
    let mut figures = Vec::new();
    let mut memory = Vec::new();
    for request in &contestant.requests {
        load(request, WARM_UP)?;
        figures.push(load(request, Duration::from_secs(options.seconds))?);
        memory.push(server.memory());
    }
    let missing = || Failure::new("a load is missing");
    let loads = figures.try_into().map_err(|_| missing())?;
    // The two that read come first.
    let [_, memory_after_gets, memory_after_posts] = memory.try_into().map_err(|_| missing())?;
    Ok(Round { start, memory_after_start, memory_after_gets, memory_after_posts, loads })
}

/// The medians of the rounds of a contestant; none if there was no round.
fn summary(contestant: Contestant, rounds: &[Round], findings: Findings) -> Option<Measured> {
    let loads = (0..LOADS.len()).map(|i| Figures::median(rounds.iter().map(|round| round.loads[i]).collect()));
    let figures: Vec<Figures> = loads.collect::<Option<_>>()?;
    Some(Measured {
        name: contestant.name,
        version: contestant.version,
        settings: contestant.settings,
        loads: LOADS.into_iter().zip(figures).map(Into::into).collect(),
        start_ms: median(rounds.iter().map(|round| round.start).collect())?.as_secs_f64() * 1000.0,
        resident_after_start_bytes: median(rounds.iter().map(|round| round.memory_after_start).collect())?,
        resident_after_gets_bytes: median(rounds.iter().map(|round| round.memory_after_gets).collect())?,
        resident_after_posts_bytes: median(rounds.iter().map(|round| round.memory_after_posts).collect())?,
        findings,
    })
}

/// The one in the middle; none if there is none at all.
fn median<T: Ord + Copy>(mut values: Vec<T>) -> Option<T> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    fn parse(line: &str) -> Result<Options, String> {
        let words = std::iter::once("bench").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.options).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_is_measured_in_no_time_over_no_connection_or_in_no_round() {
        for (line, culprit) in
            [("--seconds 0", "--seconds"), ("--connections 0", "--connections"), ("--rounds 0", "--rounds")]
        {
            let error = parse(line).unwrap_err();
            assert!(error.contains(culprit), "{error}");
        }
    }

    #[test]
    fn a_format_that_is_not_known_is_refused_with_those_that_are() {
        let error = parse("--format html").unwrap_err();
        assert!(error.contains("table, markdown, json"), "{error}");
        assert_eq!(parse("--format markdown --json bench.json").unwrap().format, Format::Markdown);
    }

    #[test]
    fn the_median_of_an_even_number_is_the_higher_one_of_the_middle() {
        assert_eq!(median(vec![5, 1, 9]), Some(5));
        assert_eq!(median(vec![5, 1]), Some(5));
        assert_eq!(median::<u64>(Vec::new()), None);
    }

    #[test]
    fn each_figure_has_its_own_median() {
        let round = |n: u64| Round {
            start: Duration::from_millis(10 - n),
            memory_after_start: Some(n),
            memory_after_gets: Some(10 * n),
            memory_after_posts: None,
            loads: [Figures { per_second: n as f64, p50: Duration::from_micros(n), p99: Duration::from_micros(2 * n) };
                LOADS.len()],
        };
        let measured = summary(Contestant::of("one"), &[1, 2, 3].map(round), Findings::none()).unwrap();
        assert!((measured.start_ms - 8.0).abs() < 1e-9, "{}", measured.start_ms);
        assert_eq!((measured.resident_after_start_bytes, measured.resident_after_gets_bytes), (Some(2), Some(20)));
        assert_eq!(measured.resident_after_posts_bytes, None);
        assert_eq!(measured.loads.len(), LOADS.len());
        assert!(measured.loads.iter().all(|load| (load.requests_per_second - 2.0).abs() < 1e-9));
        assert!(summary(Contestant::of("none"), &[], Findings::none()).is_none());
    }
}
