//! The tree of commands of the control API: complete, sound, and as it was.

#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::fmt::Write as _;

use stora_cli::command::Place;
use stora_cli::{CONTROL_COMMANDS, CONTROL_GROUPS};

#[test]
fn every_operation_has_a_command_of_its_own_in_a_group_that_there_is() {
    let paths: HashSet<Vec<&str>> = CONTROL_COMMANDS.iter().map(|row| row.command_path().collect()).collect();
    assert_eq!(paths.len(), CONTROL_COMMANDS.len());
    for row in &CONTROL_COMMANDS {
        assert!(CONTROL_GROUPS.iter().any(|group| group.path == row.group), "{}", row.id);
        assert!(!row.summary.is_empty(), "{}", row.id);
        assert!(row.positionals.iter().all(|row| !row.help.is_empty()), "{}", row.id);
        for flag in row.flags {
            assert!(!flag.help.is_empty(), "{} --{}", row.id, flag.name);
        }
    }
}

#[test]
fn the_document_that_the_commands_are_made_of_has_each_of_them() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/control.json");
    let document: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let ids: Vec<&str> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(ids, CONTROL_COMMANDS.iter().map(|row| row.id).collect::<Vec<_>>());
}

#[test]
fn the_tree_is_as_it_was() {
    let mut tree = String::new();
    for row in &CONTROL_COMMANDS {
        let _ = write!(tree, "stora mock {}", row.command_path().collect::<Vec<_>>().join(" "));
        for positional in row.positionals {
            let _ = write!(tree, " <{}>", positional.name);
        }
        let _ = writeln!(tree, "  ({})", row.id);
        for flag in row.flags {
            let place = if flag.place == Place::Body { "body" } else { "query" };
            let _ = write!(tree, "    --{} {place} {:?}", flag.name, flag.kind);
            for (mark, name) in [(flag.many, "many"), (flag.required, "required"), (flag.nullable, "nullable")] {
                if mark {
                    let _ = write!(tree, " {name}");
                }
            }
            if !flag.values.is_empty() {
                let _ = write!(tree, " [{}]", flag.values.join(", "));
            }
            tree.push('\n');
        }
        tree.push('\n');
    }
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/control.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &tree).unwrap();
    }
    let before = std::fs::read_to_string(&golden).unwrap_or_default().replace("\r\n", "\n");
    let changed = tree.lines().zip(before.lines()).find(|(now, before)| now != before);
    assert!(
        tree == before,
        "the commands changed, first at {changed:?}; if that is meant, run the test with UPDATE_GOLDEN=1"
    );
}
