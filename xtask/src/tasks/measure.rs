//! The figures of the generator and of what it generates, against the limits they have to keep.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::process::{Taken, watch};
use super::run::{RunError, capture, cargo, command, stream, target_directory, workspace_root};
use super::{CONTROL_DOCUMENT, DOCUMENT};
use crate::{Failure, codegen, document, lower, model};

/// The most that a run of codegen may take.
const CODEGEN: Duration = Duration::from_secs(3);
/// The most that the debug build of the client may take, its dependencies being built.
const BUILD: Duration = Duration::from_secs(45);
/// The most memory that the compiler may take for it, in bytes.
const MEMORY: u64 = 1_500_000_000;
/// The most lines that the generated code of the client may have.
const LINES: usize = 60_000;

/// How often a run of codegen is timed; the best counts.
const RUNS: usize = 3;

/// The package of the client.
const CLIENT: &str = "stora-client";

/// How to measure.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Time the phases of codegen in this very process, and print each in milliseconds.
    #[arg(long, hide = true)]
    phases: bool,
}

/// Measures, and prints a table of what is limited and one of what dominates.
///
/// # Errors
/// When a limit is broken, or something cannot be measured.
pub fn run(options: &Options) -> Result<(), Failure> {
    let root = workspace_root()?;
    if options.phases {
        phases(&root)?.iter().for_each(|(phase, time)| println!("{phase}\t{}", time.as_secs_f64() * 1000.0));
        return Ok(());
    }
    let codegen::Read { document, model, mut report } = codegen::read(&root.join(DOCUMENT))?;
    let control = codegen::read(&root.join(CONTROL_DOCUMENT))?.model;
    let files = codegen::workspace_files(&document, &model, &control, &mut report)?;
    let target = target_directory(&root)?;
    eprintln!("measuring codegen, in a debug and a release build of xtask …");
    let [debug, release] = [Generator::measure(&root, &target, "dev")?, Generator::measure(&root, &target, "release")?];
    let builds = Builds::measure(&root)?;
    let lines: Vec<(&String, usize)> = files.iter().map(|(path, text)| (path, text.lines().count())).collect();
    let own = lines.iter().filter(|(path, _)| path.starts_with(CLIENT)).map(|(_, lines)| lines).sum();

    let limits = [
        Limit::time("codegen, debug build of xtask", debug.process, CODEGEN),
        Limit::time("codegen, release build of xtask", release.process, CODEGEN),
        Limit::time("debug build of the client alone", builds.build.time, BUILD),
        Limit::memory("memory of the compiler for it", builds.build.memory),
        Limit::lines("generated code of the client", own),
    ];
    println!("{:<34} {:>12} {:>12}", "", "measured", "limit");
    limits.iter().for_each(Limit::print);

    println!("\n{:<34} {:>12} {:>12}", "codegen, in process", "debug", "release");
    for ((phase, debug), (_, release)) in debug.phases.iter().zip(&release.phases) {
        println!("{phase:<34} {:>12} {:>12}", milliseconds(*debug), milliseconds(*release));
    }
    println!("\n{:<34} {:>12} {:>12}", "the client alone", "time", "memory");
    for (what, taken) in [
        ("check, models only", builds.check_models),
        ("check", builds.check),
        ("debug build, models only", builds.build_models),
        ("debug build", builds.build),
    ] {
        println!(
            "{what:<34} {:>12} {:>12}",
            seconds(taken.time),
            taken.memory.map_or("not known".to_owned(), gigabytes)
        );
    }
    println!("\n{:<50} {:>9}", "generated code", "lines");
    lines.iter().for_each(|(path, lines)| println!("{path:<50} {lines:>9}"));
    println!("{:<50} {:>9}", "in all", lines.iter().map(|(_, lines)| lines).sum::<usize>());

    let broken: Vec<&str> = limits.iter().filter(|limit| !limit.is_kept).map(|limit| limit.what).collect();
    if broken.is_empty() { Ok(()) } else { Err(Failure::new(format!("over the limit: {}", broken.join(", ")))) }
}

/// One figure that has a limit.
struct Limit {
    what: &'static str,
    measured: String,
    limit: String,
    is_kept: bool,
}

impl Limit {
    fn time(what: &'static str, measured: Duration, limit: Duration) -> Self {
        Self { what, measured: seconds(measured), limit: seconds(limit), is_kept: measured < limit }
    }

    /// What the system does not tell breaks no limit.
    fn memory(what: &'static str, measured: Option<u64>) -> Self {
        let is_kept = measured.is_none_or(|measured| measured < MEMORY);
        Self { what, measured: measured.map_or("not known".to_owned(), gigabytes), limit: gigabytes(MEMORY), is_kept }
    }

    fn lines(what: &'static str, measured: usize) -> Self {
        Self { what, measured: format!("{measured} lines"), limit: format!("{LINES} lines"), is_kept: measured < LINES }
    }

    fn print(&self) {
        let verdict = if self.is_kept { "ok" } else { "OVER" };
        println!("{:<34} {:>12} {:>12}  {verdict}", self.what, self.measured, self.limit);
    }
}

/// What a run of codegen takes in one build of this program.
struct Generator {
    /// From start to end, as one who runs it waits for it.
    process: Duration,
    /// The parts of it.
    phases: Vec<(String, Duration)>,
}

impl Generator {
    fn measure(root: &Path, target: &Path, profile: &str) -> Result<Self, Failure> {
        stream(&mut cargo(root, ["build", "--quiet", "--package", "xtask", "--profile", profile]))?;
        let folder = if profile == "dev" { "debug" } else { profile };
        let program = target.join(folder).join("xtask").with_extension(std::env::consts::EXE_EXTENSION);
        let mut process = Duration::MAX;
        for _ in 0..RUNS {
            let mut run = command(root, &program, ["codegen", "--check"]);
            process = process.min(watch(run.stderr(Stdio::null()))?.time);
        }
        let told = capture(&mut command(root, &program, ["measure", "--phases"]))?;
        let phase = |line: &str| {
            let (phase, time) = line.split_once('\t')?;
            Some((phase.to_owned(), Duration::from_secs_f64(time.parse::<f64>().ok()? / 1000.0)))
        };
        Ok(Self { process, phases: told.lines().filter_map(phase).collect() })
    }
}

/// The phases of codegen, each at its best.
fn phases(root: &Path) -> Result<Vec<(&'static str, Duration)>, Failure> {
    let [file, control] = [DOCUMENT, CONTROL_DOCUMENT].map(|file| root.join(file));
    let mut best: Vec<(&'static str, Duration)> = Vec::new();
    for _ in 0..RUNS {
        let mut times = Vec::new();
        let mut start = Instant::now();
        let mut done = |phase| {
            times.push((phase, start.elapsed()));
            start = Instant::now();
        };
        let document = document::load(&file)?;
        done("load");
        let lowered = lower::lower(&document)?;
        done("lower");
        let model = model::build(&lowered.root);
        done("model");
        let control = codegen::read(&control)?.model;
        done("the document of the control API");
        codegen::workspace_files(&document, &model, &control, &mut crate::lower::Report::default())?;
        done("emit");
        times.push(("all", times.iter().map(|(_, time)| *time).sum()));
        best = if best.is_empty() { times } else { least(&best, &times) };
    }
    Ok(best)
}

fn least(one: &[(&'static str, Duration)], other: &[(&'static str, Duration)]) -> Vec<(&'static str, Duration)> {
    one.iter().zip(other).map(|((phase, one), (_, other))| (*phase, *one.min(other))).collect()
}

/// What the compiler takes for the client, its dependencies being built.
struct Builds {
    check_models: Taken,
    check: Taken,
    build_models: Taken,
    build: Taken,
}

impl Builds {
    fn measure(root: &Path) -> Result<Self, RunError> {
        let models = ["--no-default-features", "--features", "types"];
        Ok(Self {
            check_models: compile(root, "check", &models)?,
            check: compile(root, "check", &[])?,
            build_models: compile(root, "build", &models)?,
            build: compile(root, "build", &[])?,
        })
    }
}

fn compile(root: &Path, how: &str, features: &[&str]) -> Result<Taken, RunError> {
    eprintln!("measuring cargo {how} of the client {} …", features.join(" "));
    let compile = || {
        let mut compile = cargo(root, [how, "--quiet", "--package", CLIENT]);
        compile.args(features);
        compile
    };
    // Once for the dependencies; then the crate alone, from nothing.
    stream(&mut compile())?;
    capture(&mut cargo(root, ["clean", "--quiet", "--package", CLIENT]))?;
    watch(&mut compile())
}

/// Where cargo puts what it builds.
fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}

fn gigabytes(bytes: u64) -> String {
    let hundredths = bytes / 10_000_000;
    format!("{}.{:02} GB", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_kept_below_it() {
        assert!(Limit::time("", Duration::from_secs(2), CODEGEN).is_kept);
        assert!(!Limit::time("", Duration::from_secs(3), CODEGEN).is_kept);
        assert!(Limit::memory("", Some(MEMORY - 1)).is_kept);
        assert!(!Limit::memory("", Some(MEMORY)).is_kept);
        assert!(Limit::memory("", None).is_kept);
        assert!(Limit::lines("", LINES - 1).is_kept);
        assert!(!Limit::lines("", LINES).is_kept);
    }

    #[test]
    fn figures_are_rounded_for_people() {
        assert_eq!(gigabytes(MEMORY), "1.50 GB");
        assert_eq!(gigabytes(987_000_000), "0.98 GB");
        assert_eq!(seconds(Duration::from_millis(1234)), "1.23 s");
        assert_eq!(milliseconds(Duration::from_micros(4700)), "5 ms");
    }

    #[test]
    fn each_phase_is_taken_at_its_best() {
        let ms = Duration::from_millis;
        assert_eq!(least(&[("a", ms(1)), ("b", ms(5))], &[("a", ms(2)), ("b", ms(3))]), [("a", ms(1)), ("b", ms(3))]);
    }
}
