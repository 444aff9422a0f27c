//! Everything that can be asked of the operations that only read: each format, order, filter and expansion.

use conformance::answers::{Operation, operations};
use conformance::document::{entries, items, resolve};
use serde_json::Value;

use crate::catalogue::Catalogue;
use crate::harness::{Mock, record};

/// Calls every operation that only reads, in every way.
pub(crate) async fn all(mock: &Mock, catalogue: &Catalogue) {
    let mut ids: Vec<_> =
        operations().iter().filter(|(id, operation)| operation.method == "get" && !id.starts_with("oauth_")).collect();
    ids.sort_unstable_by_key(|(id, _)| **id);
    for (id, operation) in ids {
        if *id == "image_show" {
            let answer = mock.call(id).paths(&catalogue.paths(id)).token(None).expect(302).await;
            assert!(answer.body.is_empty() && answer.header("location").is_some());
            continue;
        }
        formats(mock, catalogue, id, operation).await;
        expansions(mock, catalogue, id).await;
        if id.ends_with("_list") {
            orders(mock, catalogue, id).await;
            filters(mock, catalogue, id).await;
        }
    }
}

/// What the document says of a query parameter.
pub(crate) fn parameter(operation: &str, name: &str) -> Option<&'static Value> {
    parameters(operation).find(|parameter| parameter["name"] == name)
}

/// The query parameters of an operation.
pub(crate) fn parameters(operation: &str) -> impl Iterator<Item = &'static Value> {
    let all = items(operations()[operation].value, "parameters").iter().map(resolve);
    all.filter(|parameter| parameter["in"] == "query")
}

/// The names that an operation expands.
pub(crate) fn expandable(operation: &str) -> Vec<&'static str> {
    let Some(parameter) = parameter(operation, "expand") else { return Vec::new() };
    items(&parameter["schema"]["items"], "enum").iter().filter_map(Value::as_str).collect()
}

async fn formats(mock: &Mock, catalogue: &Catalogue, id: &str, operation: &Operation) {
    let paths = catalogue.paths(id);
    let call = || mock.call(id).paths(&paths);
    call().expect(200).await;
    for (media_type, _) in entries(resolve(&operation.value["responses"]["200"]), "content") {
        let call = match (id, media_type.as_str()) {
            ("contract_show", "application/pdf") => mock
                .call(id)
                .path("contract_id", catalogue.find_id("contract_list", |contract| contract["status"] == "signed")),
            _ => call(),
        };
        let answer = call.header("accept", media_type).expect(200).await;
        assert!(answer.header("content-type").unwrap().starts_with(media_type.as_str()), "{id}: {media_type}");
        if media_type == "text/csv" {
            let lines = String::from_utf8(answer.body).unwrap().matches("\r\n").count();
            let records = record(&mock.call(id).paths(&paths).expect(200).await);
            assert!(lines > records.as_array().unwrap().len(), "{id}: {lines} lines of CSV");
        }
    }
}

async fn expansions(mock: &Mock, catalogue: &Catalogue, id: &str) {
    let (paths, names) = (catalogue.paths(id), expandable(id));
    for name in &names {
        let call = mock.call(id).paths(&paths).query("expand", name);
        if id.ends_with("_list") { call.query("limit", "3") } else { call }.expect(200).await;
    }
    if !names.is_empty() && id.ends_with("_list") {
        let call = || mock.call(id).paths(&paths).query("expand", &names.join(",")).query("limit", "5");
        call().expect(200).await;
        call().header("accept", "text/csv").expect(200).await;
    }
}

async fn orders(mock: &Mock, catalogue: &Catalogue, id: &str) {
    let paths = catalogue.paths(id);
    let call = || mock.call(id).paths(&paths).query("limit", "100");
    let Some(sort_by) = parameter(id, "sort_by") else { return };
    for key in items(&sort_by["schema"], "enum").iter().filter_map(Value::as_str) {
        for direction in ["ASC", "DESC"] {
            let answer = call().query("sort_by", key).query("sort_direction", direction).expect(200).await;
            let records = record(&answer);
            let values = records.as_array().unwrap().iter().map(|record| &record[key]).filter(|value| !value.is_null());
            let is_sorted = match (key, direction) {
                // What the order of names is, the document does not say.
                ("full_name", _) => true,
                ("position", _) => {
                    numbers(values.clone()).is_sorted_by(|a, b| if direction == "ASC" { a <= b } else { a >= b })
                }
                _ => texts(values.clone()).is_sorted_by(|a, b| if direction == "ASC" { a <= b } else { a >= b }),
            };
            assert!(is_sorted, "{id} by {key} {direction}: {:?}", values.collect::<Vec<_>>());
        }
    }
}

async fn filters(mock: &Mock, catalogue: &Catalogue, id: &str) {
    let paths = catalogue.paths(id);
    let count = async |query: &[(&str, &str)]| {
        let mut call = mock.call(id).paths(&paths).query("limit", "100");
        for (name, value) in query {
            call = call.query(name, value);
        }
        let answer = call.expect(200).await;
        (answer.json()["meta"]["pagination"]["count"].as_u64().unwrap(), record(&answer))
    };
    let (whole, records) = count(&[]).await;
    for parameter in parameters(id) {
        let name = parameter["name"].as_str().unwrap();
        let schema = &parameter["schema"];
        match name {
            "page" | "limit" | "sort_by" | "sort_direction" | "expand" => {}
            "metadata" => {
                let pair = records.as_array().unwrap().iter().find_map(|record| {
                    record["metadata"]
                        .as_object()?
                        .iter()
                        .next()
                        .map(|(key, value)| (format!("metadata[{key}]"), value.as_str().unwrap().to_owned()))
                });
                let (key, value) = pair.expect("the demo business has an endpoint with metadata");
                let (found, _) = count(&[(&key, &value)]).await;
                assert!(0 < found && found <= whole, "{id} by {name}: {found} of {whole}");
                assert_eq!(count(&[(&key, "no such value")]).await.0, 0, "{id} by {name}");
            }
            "email" => {
                let email = records[0]["email"].as_str().unwrap();
                let (found, records) = count(&[(name, &email.to_uppercase())]).await;
                assert!(found == 1 && records[0]["email"] == email, "{id} by {name}");
                assert_eq!(count(&[(name, "nobody@mail.example")]).await.0, 0, "{id} by {name}");
            }
            _ if schema["format"] == "date-time" => {
                let (field, end) = name.rsplit_once('_').unwrap();
                let field = format!("{field}_at");
                let records = records.as_array().unwrap();
                let middle = records[records.len() / 2][&field].as_str().unwrap();
                let (found, kept) = count(&[(name, middle)]).await;
                let (other, _) =
                    count(&[(&name.replace(end, if end == "after" { "before" } else { "after" }), middle)]).await;
                let is_right = |at: &str| if end == "after" { at >= middle } else { at < middle };
                assert!(
                    kept.as_array().unwrap().iter().all(|record| is_right(record[&field].as_str().unwrap())),
                    "{id} by {name}"
                );
                assert_eq!(found + other, whole, "{id}: {name} parts the list");
            }
            _ => {
                let values = values(schema, name, &records, catalogue);
                assert!(!values.is_empty(), "{id}: no value to filter by {name}");
                let mut sum = 0;
                for value in &values {
                    let (found, kept) = count(&[(name, value)]).await;
                    assert!(found <= whole, "{id} by {name}");
                    let member = name.strip_suffix("_id").unwrap_or(name);
                    let kept = kept.as_array().unwrap();
                    let is_right = |record: &Value| match &record[member] {
                        Value::String(text) => text == value || (value == "overlock" && text == "overlocked"),
                        Value::Object(reference) => reference["id"] == value.as_str(),
                        Value::Null => value == "unspecified" || record.get(member).is_none(),
                        _ => true,
                    };
                    assert!(kept.iter().all(is_right), "{id} by {name}={value}: {kept:?}");
                    if name.ends_with("_id") {
                        assert!(found > 0, "{id} by {name}={value} finds nothing");
                    }
                    sum += if value == "overlock" { 0 } else { found };
                }
                let (together, _) = count(&[(name, &values.join(","))]).await;
                assert_eq!(together, sum, "{id}: all values of {name}");
                if schema["items"].get("enum").is_some() {
                    assert_eq!(sum, whole, "{id}: the values of {name} part the list");
                }
                if name.ends_with("_id") {
                    let (found, _) = count(&[(name, "nobody_ffffffffffffffff")]).await;
                    assert_eq!(found, 0, "{id} by an unknown {name}");
                }
            }
        }
    }
}

/// Values for a filter: those of the document, or ids that records of the list have.
fn values(schema: &'static Value, name: &str, records: &Value, catalogue: &Catalogue) -> Vec<String> {
    let each = &schema["items"];
    let listed = items(each, "enum").iter().chain(items(each, "anyOf").iter().flat_map(|branch| items(branch, "enum")));
    let listed: Vec<String> = listed.filter_map(Value::as_str).map(str::to_owned).collect();
    if !listed.is_empty() {
        return listed;
    }
    let member = name.strip_suffix("_id").unwrap_or(name);
    let records = records.as_array().unwrap();
    let found = records.iter().find_map(|record| record[member]["id"].as_str());
    // What an allocation does not say itself, its tenancy does.
    let tenancy = || records.iter().find_map(|record| record["tenancy"]["id"].as_str());
    let found = found
        .or_else(|| catalogue.find("tenancy_list", |record| record["id"] == tenancy().unwrap())[member]["id"].as_str());
    found.map(str::to_owned).into_iter().collect()
}

fn texts<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<&'a str> {
    values.map(|value| value.as_str().unwrap()).collect()
}

fn numbers<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<i64> {
    values.map(|value| value.as_i64().unwrap()).collect()
}
