//! How long a command takes, how much memory the programs that it starts take, and that none of them is left behind.

use std::collections::HashMap;
use std::fs;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::run::{RunError, ended, not_started};

/// What a command took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// From its start to its end.
    pub(crate) time: Duration,
    /// The most memory that one of its child processes held, in bytes; `None` where the system does not tell.
    pub(crate) memory: Option<u64>,
}

/// How often the children are looked at. The system keeps the peak of each, so that only what a child takes in its very
/// last moment can be missed.
const INTERVAL: Duration = Duration::from_millis(10);

/// Runs `command` and watches the processes that it starts.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn watch(command: &mut Command) -> Result<Taken, RunError> {
    let start = Instant::now();
    let mut child = command.spawn().map_err(|source| not_started(command, source))?;
    let done = AtomicBool::new(false);
    let parent = child.id();
    let (status, time, memory) = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut children = Children::of(parent);
            let mut most = None;
            while !done.load(Ordering::Relaxed) {
                most = most.max(children.look().filter_map(peak).max());
                std::thread::sleep(INTERVAL);
            }
            most
        });
        let status = child.wait();
        let time = start.elapsed();
        done.store(true, Ordering::Relaxed);
        (status, time, watcher.join().unwrap_or_default())
    });
    ended(command, status.map_err(|source| not_started(command, source))?)?;
    Ok(Taken { time, memory })
}

/// The processes that one process started, where the system lists processes as Linux does.
struct Children {
    parent: u32,
    /// Every process seen so far, and whether it is a child: a look costs little when only the new ones are read.
    seen: HashMap<u32, bool>,
}

impl Children {
    fn of(parent: u32) -> Self {
        Self { parent, seen: HashMap::new() }
    }

    fn look(&mut self) -> impl Iterator<Item = u32> {
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(process) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let parent = self.parent;
            self.seen
                .entry(process)
                .or_insert_with(|| field(process, "PPid:").is_some_and(|id| id == parent.to_string()));
        }
        self.seen.iter().filter_map(|(process, is_child)| is_child.then_some(*process))
    }
}

/// The most memory that a process has held so far, in bytes.
fn peak(process: u32) -> Option<u64> {
    bytes(&field(process, "VmHWM:")?)
}

/// The memory that a process and all below it hold now, in bytes; `None` where the system does not tell.
pub(crate) fn resident(process: u32) -> Option<u64> {
    let held = |process| bytes(&field(process, "VmRSS:")?);
    // One of those below may have ended meanwhile.
    Some(held(process)? + descendants(process).into_iter().filter_map(held).sum::<u64>())
}

/// The processes that a process started and those that they started, where the system lists processes as Linux does.
pub(crate) fn descendants(process: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let processes = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parents: Vec<(u32, u32)> =
        processes.filter_map(|process| Some((process, field(process, "PPid:")?.parse().ok()?))).collect();
    let mut found = Vec::new();
    let mut ancestors = vec![process];
    while let Some(ancestor) = ancestors.pop() {
        let children = parents.iter().filter(|(_, parent)| *parent == ancestor).map(|(child, _)| *child);
        let from = found.len();
        found.extend(children);
        ancestors.extend_from_slice(&found[from..]);
    }
    found
}

/// A process that is ended, with all below it, when this is dropped.
#[derive(Debug)]
pub(crate) struct Ending(pub(crate) Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let below = descendants(self.0.id());
        // It, and those below it, may have ended by themselves.
        let _ = self.0.kill();
        let _ = self.0.wait();
        below.into_iter().for_each(end);
    }
}

#[cfg(unix)]
fn end(process: u32) {
    let process = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    let _ = process.map(|process| rustix::process::kill_process(process, rustix::process::Signal::KILL));
}

/// Nowhere else are they found.
#[cfg(not(unix))]
fn end(_: u32) {}

fn bytes(amount: &str) -> Option<u64> {
    let kibibytes: u64 = amount.strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// A field of what the system tells about a process.
fn field(process: u32, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::run::command;
    use super::*;

    #[test]
    fn the_system_counts_in_kibibytes() {
        assert_eq!(bytes("2048 kB"), Some(2048 * 1024));
        assert_eq!((bytes("2048"), bytes("")), (None, None));
    }

    #[test]
    fn a_command_is_timed_and_its_failure_told() {
        let root = std::env::temp_dir();
        let taken = watch(&mut command(&root, "sh", ["-c", "sleep 0.2; true"])).unwrap();
        assert!(taken.time >= Duration::from_millis(200));
        assert!(watch(&mut command(&root, "sh", ["-c", "exit 1"])).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_memory_of_a_child_is_seen() {
        let taken = watch(&mut command(&std::env::temp_dir(), "sh", ["-c", "sleep 0.2; true"])).unwrap();
        assert!(taken.memory.is_some_and(|bytes| bytes > 0));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_process_started_is_counted_with_it_and_ends_with_it() {
        let shell = command(&std::env::temp_dir(), "sh", ["-c", "(sleep 60; true) & sleep 60; true"]).spawn().unwrap();
        let process = shell.id();
        let shell = Ending(shell);
        let below = || descendants(process);
        // The shell, its copy of itself, and what each of them sleeps in.
        let started = std::time::Instant::now();
        while below().len() < 3 && started.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(INTERVAL);
        }
        let found = below();
        assert_eq!(found.len(), 3);
        let alone = bytes(&field(process, "VmRSS:").unwrap()).unwrap();
        assert!(resident(process).unwrap() > alone);

        drop(shell);
        let lives = |process: &u32| field(*process, "State:").is_some_and(|state| !state.starts_with('Z'));
        while found.iter().any(lives) && started.elapsed() < Duration::from_secs(40) {
            std::thread::sleep(INTERVAL);
        }
        assert!(!found.iter().any(lives));
    }
}
