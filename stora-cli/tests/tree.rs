//! The tree of commands: complete, sound, and as it was.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::fmt::Write as _;

use stora_cli::{COMMANDS, CONTROL_COMMANDS, CONTROL_GROUPS, GROUPS, command};

/// Every command that has no further commands, with the names that lead to it.
fn leaves(command: &clap::Command, path: &[String], out: &mut Vec<(Vec<String>, clap::Command)>) {
    let subcommands: Vec<_> = command.get_subcommands().filter(|inner| inner.get_name() != "help").collect();
    if subcommands.is_empty() {
        out.push((path.to_vec(), command.clone()));
    }
    for inner in subcommands {
        let path: Vec<String> = path.iter().cloned().chain([inner.get_name().to_owned()]).collect();
        leaves(inner, &path, out);
    }
}

fn all_leaves() -> Vec<(Vec<String>, clap::Command)> {
    let mut out = Vec::new();
    let mut root = command();
    root.build();
    leaves(&root, &[], &mut out);
    out
}

#[test]
fn clap_finds_no_fault() {
    command().debug_assert();
}

#[test]
fn every_operation_has_one_command_and_every_command_an_operation() {
    let commands: Vec<Vec<String>> = all_leaves().into_iter().map(|(path, _)| path).collect();
    let rows: Vec<Vec<String>> =
        COMMANDS.iter().map(|row| row.command_path().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert_eq!(rows.iter().collect::<HashSet<_>>().len(), COMMANDS.len(), "two operations have the same command");
    assert_eq!(commands.len(), COMMANDS.len());
    assert_eq!(commands.iter().collect::<HashSet<_>>(), rows.iter().collect::<HashSet<_>>());
    let ids: HashSet<&str> = COMMANDS.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), COMMANDS.len());
}

#[test]
fn every_group_holds_something_and_stands_after_the_one_around_it() {
    for (i, group) in GROUPS.iter().enumerate() {
        assert!(COMMANDS.iter().any(|row| row.group.starts_with(group.path)), "{:?}", group.path);
        assert!(!group.about.is_empty(), "{:?}", group.path);
        if let [around @ .., _] = group.path
            && !around.is_empty()
        {
            assert!(GROUPS[..i].iter().any(|other| other.path == around), "{:?}", group.path);
        }
    }
}

#[test]
fn every_parameter_of_a_path_is_an_argument() {
    for row in &COMMANDS {
        let in_path: Vec<&str> =
            row.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect();
        let arguments: Vec<&str> = row.positionals.iter().map(|positional| positional.wire).collect();
        assert_eq!(arguments, in_path, "{}", row.id);
    }
}

#[test]
fn every_command_and_argument_says_what_it_is() {
    for (path, leaf) in all_leaves() {
        assert!(leaf.get_about().is_some_and(|about| !about.to_string().is_empty()), "{path:?}");
        for arg in leaf.get_arguments() {
            assert!(arg.get_help().is_some_and(|help| !help.to_string().is_empty()), "{path:?}: {arg}");
        }
    }
}

/// The help of the whole command and of each command that is written by hand, below one another.
#[test]
fn the_help_of_what_is_written_by_hand_is_as_it_was() {
    let help = |words: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_stora"));
        let output = command.env_clear().args(words).arg("--help").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let mut all = String::new();
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(path) = waiting.pop() {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let text = help(&words);
        let is_generated = |name: &str| match words.as_slice() {
            [] => GROUPS.iter().any(|group| group.path == [name]),
            // Some of these groups have commands by hand as well.
            ["mock"] => {
                !["clock", "faults", "journal", "snapshots"].contains(&name)
                    && CONTROL_GROUPS.iter().any(|group| group.path == [name])
            }
            ["mock", group] => CONTROL_COMMANDS.iter().any(|row| row.group == [*group] && row.name == name),
            _ => false,
        };
        let listed = text.split("Commands:\n").nth(1).unwrap_or_default().lines().take_while(|line| !line.is_empty());
        let names = listed
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next());
        let below: Vec<&str> = names.filter(|name| *name != "help" && !is_generated(name)).collect();
        waiting.extend(below.into_iter().rev().map(|name| [path.clone(), vec![name.to_owned()]].concat()));
        let _ = writeln!(all, "# stora {}\n\n{text}", path.join(" "));
    }
    same_as_before("help.txt", &all);
}

#[test]
fn the_tree_is_as_it_was() {
    let mut tree = String::new();
    for (path, leaf) in all_leaves() {
        let row = COMMANDS.iter().find(|row| row.command_path().eq(path.iter().map(String::as_str))).unwrap();
        let _ = write!(tree, "stora {}", path.join(" "));
        for arg in leaf.get_positionals() {
            let _ = write!(tree, " {arg}");
        }
        let _ = writeln!(tree, "  ({})", row.id);
        for arg in leaf.get_arguments().filter(|arg| !arg.is_positional() && arg.get_id() != "help") {
            let _ = write!(tree, "    {arg}");
            if matches!(arg.get_action(), clap::ArgAction::Append) {
                tree.push_str(" …");
            }
            let flag = row.flags.iter().find(|flag| flag.name == arg.get_id().as_str());
            let marks = flag.map_or([false; 3], |flag| [flag.required, flag.nullable, flag.deprecated]);
            for (mark, name) in marks.into_iter().zip(["required", "nullable", "deprecated"]) {
                if mark {
                    let _ = write!(tree, " {name}");
                }
            }
            let values: Vec<String> =
                arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
            if !values.is_empty() && values != ["true", "false"] {
                let _ = write!(tree, " [{}]", values.join(", "));
            }
            tree.push('\n');
        }
        tree.push('\n');
    }
    same_as_before("commands.txt", &tree);
}

/// Compares a text with that of a golden file.
#[track_caller]
fn same_as_before(file: &str, now: &str) {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, now).unwrap();
    }
    let before = std::fs::read_to_string(&golden).unwrap_or_default().replace("\r\n", "\n");
    let changed = now.lines().zip(before.lines()).find(|(now, before)| now != before);
    assert!(
        now == before,
        "the commands changed, first at {changed:?}; if that is meant, run the test with UPDATE_GOLDEN=1"
    );
}
