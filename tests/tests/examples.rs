//! Every example of the document decodes into the client's types and encodes back to equal JSON.

use std::collections::{BTreeMap, BTreeSet};

use conformance::exactly;
use conformance::examples::{Row, all, rows};
use conformance::json::difference;

#[test]
fn every_example_decodes_and_encodes_back_to_equal_json() {
    let rows = rows();
    let mut failures = Vec::new();
    let mut counts = BTreeMap::<&str, usize>::new();
    for example in all() {
        let Some(again) = rows.get(&example.row) else {
            failures.push(format!("{}: no type for the {}", example.pointer, example.row));
            continue;
        };
        *counts.entry(kind(&example.row)).or_default() += 1;
        match exactly(*again, example.value) {
            Ok(back) => {
                failures.extend(difference(example.value, &back).map(|at| format!("{}: {at}", example.pointer)));
            }
            Err(error) => failures.push(format!("{}: {error}", example.pointer)),
        }
    }
    println!("examples run: {counts:?}, {} in all", counts.values().sum::<usize>());
    assert!(failures.is_empty(), "{} of the examples fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_row_of_the_tables_has_an_example() {
    let exercised: BTreeSet<Row> = all().into_iter().map(|example| example.row).collect();
    let rows = rows();
    let mut counts = BTreeMap::<&str, usize>::new();
    for row in rows.keys() {
        *counts.entry(kind(row)).or_default() += 1;
    }
    println!("rows: {counts:?}, {} in all", rows.len());
    for table in ["components", "bodies", "answers", "errors", "events"] {
        assert!(counts.contains_key(table), "the table of {table} is empty");
    }
    let bare: Vec<String> = rows.keys().filter(|row| !exercised.contains(row)).map(ToString::to_string).collect();
    assert!(bare.is_empty(), "without an example: {}", bare.join(", "));
}

/// The tables are made by the generator: what it left out would not be missed above.
#[test]
fn the_tables_hold_everything_that_the_document_holds() {
    use conformance::document::{document, entries, resolve};
    let mut expected = BTreeSet::new();
    for (name, _) in entries(&document()["components"], "schemas") {
        expected.insert(Row::Component(name.clone()));
    }
    for (_, methods) in entries(document(), "paths") {
        for operation in methods.as_object().into_iter().flatten().map(|(_, operation)| operation) {
            let Some(id) = operation.get("operationId").and_then(|id| id.as_str()) else { continue };
            if operation.get("requestBody").is_some() {
                expected.insert(Row::Body(id.to_owned()));
            }
            for (status, response) in entries(operation, "responses") {
                if resolve(response).pointer("/content/application~1json").is_none() {
                    continue;
                }
                expected.insert(match status.as_str() {
                    status if status.starts_with('2') => Row::Answer(id.to_owned()),
                    _ => Row::Error(id.to_owned(), status.clone()),
                });
            }
        }
    }
    expected.extend(entries(document(), "webhooks").map(|(name, _)| Row::Event(name.clone())));
    let rows: BTreeSet<Row> = rows().into_keys().collect();
    let missing: Vec<String> = expected.difference(&rows).map(ToString::to_string).collect();
    let surplus: Vec<String> = rows.difference(&expected).map(ToString::to_string).collect();
    assert!(missing.is_empty(), "not in the tables: {}", missing.join(", "));
    assert!(surplus.is_empty(), "not in the document: {}", surplus.join(", "));
}

fn kind(row: &Row) -> &'static str {
    match row {
        Row::Component(_) => "components",
        Row::Body(_) => "bodies",
        Row::Answer(_) => "answers",
        Row::Error(..) => "errors",
        Row::Event(_) => "events",
    }
}
