//! Input that is wrong in one place: each is refused with the place, and nothing changes.

use conformance::answers::operations;
use conformance::document::items;
use serde_json::Value;

use crate::cases::{Case, broken, unknown_ids};
use crate::catalogue::Catalogue;
use crate::harness::{Mock, pointers};
use crate::reads::parameters;
use crate::samples::bodies;

/// Every operation of the API proper; those of OAuth have rules of their own.
fn ids() -> Vec<&'static str> {
    let mut ids: Vec<_> =
        operations().keys().copied().filter(|id| !id.starts_with("oauth_") && *id != "image_show").collect();
    ids.sort_unstable();
    ids
}

/// Fails with all that went wrong.
fn report(wrong: &[String]) {
    let listed = wrong.iter().take(60).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} cases went wrong:\n{listed}", wrong.len());
}

/// Sends bodies with a fault each, made of the samples. Fails unless there are more than `least`, and each of them is refused
/// with the place of its fault and changes nothing.
async fn refuse(faulty: fn(&str, &Value) -> Vec<Case>, least: usize) {
    let mock = Mock::start().await;
    let catalogue = Catalogue::read(&mock).await;
    let before = mock.snapshot().await;
    let (mut wrong, mut count) = (Vec::new(), 0);
    for id in ids() {
        let paths = catalogue.paths(id);
        for sample in bodies(id, &catalogue) {
            for case in faulty(id, &sample) {
                count += 1;
                let answer = mock.call(id).paths(&paths).json(&case.body).send().await;
                let is_refused = answer.status == 422 && answer.json()["error"]["code"] == "invalid_content";
                if !is_refused || !case.is_told(&pointers(&answer)) {
                    let told = answer.json()["error"].to_string();
                    wrong.push(format!("{id}: {}: {} {told:.400}", case.fault, answer.status));
                }
            }
        }
        if mock.snapshot().await != before {
            wrong.push(format!("{id}: a refused body has changed something"));
        }
    }
    println!("{count} bodies");
    assert!(count > least, "there are {count} cases only");
    report(&wrong);
}

#[tokio::test]
async fn a_body_that_breaks_its_schema_is_refused_with_the_place_of_the_fault() {
    refuse(broken, 1_000).await;
}

#[tokio::test]
async fn an_id_in_a_body_that_no_record_has_is_refused_with_its_place() {
    refuse(unknown_ids, 100).await;
}

#[tokio::test]
async fn an_id_in_a_path_that_no_record_has_is_not_found() {
    let mock = Mock::start().await;
    let catalogue = Catalogue::read(&mock).await;
    let before = mock.snapshot().await;
    let mut wrong = Vec::new();
    for id in ids() {
        let paths = catalogue.paths(id);
        let body = bodies(id, &catalogue).into_iter().next();
        for place in 0..paths.len() {
            let known = &paths[place].1;
            let prefix = known.split_once('_').unwrap().0;
            let bad = [
                format!("{prefix}_ffffffffffffffff"),
                format!("{prefix}_"),
                prefix.to_owned(),
                known.to_uppercase(),
                format!("{known}0"),
                format!(" {known}"),
                known.replace('_', "-"),
                "evt_0123456789abcdef".to_owned(),
                "0".to_owned(),
                "é\u{0}\"'<>&?#%2F".to_owned(),
                "{id}".to_owned(),
                "a/b".to_owned(),
                "x".repeat(3_000),
            ];
            for value in bad {
                let mut paths = paths.clone();
                paths[place].1.clone_from(&value);
                let answer = mock.call(id).paths(&paths).maybe(body.as_ref()).send().await;
                if answer.status != 404 || answer.json()["error"]["code"] != "resource_not_found" {
                    wrong.push(format!(
                        "{id}: {value:?}: {} {:.300}",
                        answer.status,
                        answer.json()["error"].to_string()
                    ));
                }
            }
        }
    }
    if mock.snapshot().await != before {
        wrong.push("something has changed".to_owned());
    }
    report(&wrong);
}

#[tokio::test]
async fn a_query_parameter_that_breaks_its_rule_is_refused_by_its_name() {
    let mock = Mock::start().await;
    let catalogue = Catalogue::read(&mock).await;
    let before = mock.snapshot().await;
    let (mut wrong, mut count) = (Vec::new(), 0);
    for id in ids() {
        let paths = catalogue.paths(id);
        let body = bodies(id, &catalogue).into_iter().next();
        for parameter in parameters(id) {
            let name = parameter["name"].as_str().unwrap();
            for value in bad_values(parameter) {
                count += 1;
                let answer = mock.call(id).paths(&paths).query(name, &value).maybe(body.as_ref()).send().await;
                let is_refused = answer.status == 422 && answer.json()["error"]["code"] == "invalid_url_param";
                if !is_refused || pointers(&answer) != [format!("/{name}")] {
                    wrong.push(format!(
                        "{id}: {name}={value}: {} {:.300}",
                        answer.status,
                        answer.json()["error"].to_string()
                    ));
                }
            }
        }
    }
    if mock.snapshot().await != before {
        wrong.push("something has changed".to_owned());
    }
    println!("{count} queries");
    report(&wrong);
}

fn bad_values(parameter: &'static Value) -> Vec<String> {
    let schema = &parameter["schema"];
    let each = &schema["items"];
    let mut bad: Vec<&str> = match parameter["name"].as_str().unwrap() {
        "expand" => {
            return ["nope", "contact.nope.nope", ".", "contact,,", "Contact"]
                .iter()
                .map(|value| (*value).to_owned())
                .collect();
        }
        "metadata" => return Vec::new(),
        _ => vec![""],
    };
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => {
            bad.extend(["0", "-1", "1.5", "1e1", "x", " 1", "+1", "0x1", "99999999999999999999", "١"]);
        }
        (_, Some("date-time")) => bad.extend([
            "yesterday",
            "2026-03-10",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-03-10T12:00:00",
            "1773144000",
        ]),
        _ => {}
    }
    if schema["maximum"] == 100 {
        bad.extend(["101", "1000000"]);
    }
    let has_enum = schema.get("enum").is_some() || each.get("enum").is_some();
    if has_enum {
        bad.extend(["nope", "NULL", " ", "\u{0}"]);
    }
    if each.get("enum").is_some() {
        bad.extend(["nope,nope"]);
    }
    if items(each, "anyOf").iter().any(|branch| branch.get("pattern").is_some()) {
        bad.extend(["Not A Word", "9lives"]);
    }
    bad.into_iter().map(str::to_owned).collect()
}
