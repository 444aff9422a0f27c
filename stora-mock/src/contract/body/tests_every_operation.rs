//! The body of every operation, from its own schema and from the examples in the document.

use proptest::prelude::*;
use serde_json::Value;

use super::samples::{Schema, examples};
use super::*;
use crate::contract::OPERATIONS;

const JSON: Option<&str> = Some("application/json");

/// Checks a body, with nothing conceded.
fn check(operation: &'static Operation, content_type: Option<&str>, bytes: &[u8]) -> Result<Option<Value>, BodyError> {
    super::check(operation, content_type, bytes, |_, _| false)
}

fn bodies() -> impl Iterator<Item = (&'static Operation, Value)> {
    OPERATIONS.iter().filter_map(|operation| Some((operation, serde_json::from_str(operation.body?.schema?).unwrap())))
}

fn checked(operation: &'static Operation, body: &Value) -> Result<Value, Vec<Detail>> {
    match check(operation, JSON, body.to_string().as_bytes()) {
        Ok(value) => Ok(value.unwrap()),
        Err(BodyError::Invalid(details)) => Err(details),
        Err(BodyError::NotJson(why)) => panic!("{}: {why}\n{body}", operation.name),
    }
}

#[test]
fn the_examples_of_the_document_pass() {
    let mut count = 0;
    for (operation, _) in bodies() {
        for (name, example) in examples(operation) {
            assert_eq!(checked(operation, &example).as_ref(), Ok(&example), "{} {name}", operation.name);
            count += 1;
        }
    }
    assert!(count > 30, "{count} examples only");
}

#[test]
fn a_right_body_passes_as_it_is() {
    for (operation, schema) in bodies() {
        for right in Schema::new(&schema).right() {
            assert_eq!(checked(operation, &right).as_ref(), Ok(&right), "{}", operation.name);
        }
    }
}

#[test]
fn each_fault_is_told_with_its_place_and_no_other_is() {
    let mut count = 0;
    for (operation, schema) in bodies() {
        let schema = Schema::new(&schema);
        for right in schema.right() {
            for wrong in schema.wrong(&right, "") {
                let details = checked(operation, &wrong.body).expect_err(operation.name);
                let context = || format!("{} {}\n{}\n{details:#?}", operation.name, wrong.pointer, wrong.body);
                let is_told = details.iter().any(|detail| {
                    // Where it is not known which branch of a union is meant, the place may be further within.
                    let is_there = wrong.says.is_empty() || detail.pointer == wrong.pointer;
                    is_there && detail.message.contains(wrong.says)
                });
                assert!(is_told, "{}", context());
                // Two rules may be broken at once by the same value, but nothing elsewhere is.
                let is_within = |detail: &Detail| detail.pointer.starts_with(&wrong.pointer);
                assert!(details.iter().all(is_within), "{}", context());
                count += 1;
            }
        }
    }
    assert!(count > 5000, "{count} faults only");
}

#[test]
fn what_passes_keeps_to_the_schema_and_faults_point_into_the_body() {
    let operations: Vec<_> = bodies().collect();
    let values: Vec<Value> = operations.iter().flat_map(|(_, schema)| Schema::new(schema).right()).collect();
    // Bodies of one operation sent to each other one: wrong in many ways at once.
    for (operation, schema) in &operations {
        let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
        for value in &values {
            match checked(operation, value) {
                Ok(passed) => assert!(validator.is_valid(value) && passed == *value),
                Err(details) => {
                    assert!(!validator.is_valid(value) && !details.is_empty());
                    for (i, detail) in details.iter().enumerate() {
                        let (parent, _) = detail.pointer.rsplit_once('/').unwrap_or_default();
                        assert!(value.pointer(parent).is_some(), "{}: {detail:?}\n{value}", operation.name);
                        assert!(!details[..i].contains(detail), "{}: twice {detail:?}", operation.name);
                        assert!(!detail.message.contains("oneOf") && !detail.message.contains("anyOf"), "{detail:?}");
                    }
                }
            }
        }
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof!["[a-z_]{1,8}", Just("type".to_owned()), Just("item".to_owned()), Just("metadata".to_owned())];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_passed_or_refused_with_faults(value in any_json(), at in 0_usize..64) {
        let operations: Vec<_> = bodies().collect();
        let (operation, _) = operations[at % operations.len()];
        if let Err(details) = checked(operation, &value) {
            prop_assert!(!details.is_empty());
        }
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..64), at in 0_usize..64) {
        let operations: Vec<_> = bodies().collect();
        let (operation, _) = operations[at % operations.len()];
        let _ = check(operation, JSON, &bytes);
    }
}
