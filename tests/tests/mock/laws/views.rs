//! One record looks the same wherever it is shown: by itself, in a list, expanded in another, and as a row of CSV.

use std::collections::{BTreeMap, BTreeSet};

use conformance::answers::operations;
use serde_json::{Map, Value};

use super::dice::Dice;
use super::lists;
use super::state::prefix;
use crate::catalogue::all;
use crate::harness::{Mock, record};
use crate::reads::expandable;

/// Every record that the API shows, by its id.
pub(crate) type Shown = BTreeMap<String, Value>;

/// Reads all there is.
pub(crate) async fn shown(mock: &Mock) -> Shown {
    let mut shown = Shown::new();
    for name in lists::names() {
        shown.extend(all(mock, name).await.into_iter().map(|record| (id(&record), record)));
    }
    let orders: Vec<String> = shown.keys().filter(|id| id.starts_with("order_")).cloned().collect();
    for order in orders {
        let lines = mock.call("order_line_item_list").path("order_id", &order).query("limit", "100").expect(200).await;
        shown.extend(record(&lines).as_array().unwrap().iter().map(|line| (id(line), line.clone())));
    }
    shown
}

/// What is shown by itself is what lists show.
pub(crate) async fn singles_agree(mock: &Mock, dice: &mut Dice, shown: &Shown) {
    for (operation, parameter) in shows() {
        let of: Vec<&String> = shown.keys().filter(|id| is_shown_by(operation, id)).collect();
        for _ in 0..of.len().min(2) {
            let id = *dice.pick(&of);
            let alone = record(&mock.call(operation).path(parameter, id).expect(200).await);
            assert_eq!(alone, shown[id], "{operation} {id}");
        }
    }
}

/// Expanded references are the records themselves, and nothing else is expanded.
pub(crate) async fn expansions_agree(mock: &Mock, dice: &mut Dice, shown: &Shown, paths: usize) {
    for name in lists::names() {
        let names = expandable(name);
        let chosen: Vec<&str> =
            if names.len() <= paths { names } else { (0..paths).map(|_| *dice.pick(&names)).collect() };
        for path in chosen {
            let call = mock.call(name).query("expand", path).query("limit", "20").query("page", "1");
            let what = call.to_string();
            for expanded in record(&call.expect(200).await).as_array().unwrap() {
                let mut walk = Walk { shown, asked: path, seen: BTreeSet::new(), what: &what };
                walk.same(expanded, &shown[&id(expanded)], "");
            }
        }
    }
}

struct Walk<'a> {
    shown: &'a Shown,
    asked: &'a str,
    seen: BTreeSet<String>,
    what: &'a str,
}

impl Walk<'_> {
    /// Compares a value with what it would be unexpanded.
    fn same(&mut self, expanded: &Value, plain: &Value, path: &str) {
        let is_asked = self.asked == path || self.asked.starts_with(&format!("{path}.")) && !path.is_empty();
        match (expanded, plain) {
            (Value::Object(expanded), Value::Object(plain)) if is_reference(plain) && is_asked => {
                let of = plain["id"].as_str().unwrap();
                assert_eq!(expanded["id"], of, "{}: {path}", self.what);
                // Tokens and applications are not listed; a product may be gone.
                let Some(whole) = self.shown.get(of) else {
                    assert!(["tok_", "app_", "prod_"].contains(&prefix(of)), "{}: {path} {of} is not there", self.what);
                    return;
                };
                self.seen.insert(path.to_owned());
                self.members(expanded, whole.as_object().unwrap(), path);
            }
            (Value::Object(expanded), Value::Object(plain)) => self.members(expanded, plain, path),
            (Value::Array(expanded), Value::Array(plain)) => {
                assert_eq!(expanded.len(), plain.len(), "{}: {path}", self.what);
                for (expanded, plain) in expanded.iter().zip(plain) {
                    self.same(expanded, plain, path);
                }
            }
            (expanded, plain) => assert_eq!(expanded, plain, "{}: {path}", self.what),
        }
    }

    fn members(&mut self, expanded: &Map<String, Value>, plain: &Map<String, Value>, path: &str) {
        let names = |map: &Map<String, Value>| map.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(expanded), names(plain), "{}: {path}", self.what);
        for (name, value) in expanded {
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.same(value, &plain[name], &below);
        }
    }
}

/// A row of CSV says what the object in JSON says, and every plain value of the object has a column.
pub(crate) async fn csv_agrees(mock: &Mock, dice: &mut Dice) {
    for name in lists::names() {
        let names = expandable(name);
        let expand = if names.is_empty() { "" } else { *dice.pick(&names) };
        for expand in BTreeSet::from(["", expand]) {
            let call = || {
                let call = mock.call(name).query("limit", "40");
                if expand.is_empty() { call } else { call.query("expand", expand) }
            };
            let what = call().to_string();
            let records = record(&call().expect(200).await);
            let csv = call().header("accept", "text/csv").expect(200).await;
            let mut rows = parsed(std::str::from_utf8(&csv.body).unwrap()).into_iter();
            let header = rows.next().unwrap();
            assert_eq!(header.iter().collect::<BTreeSet<_>>().len(), header.len(), "{what}: a column is there twice");
            let rows: Vec<Vec<String>> = rows.collect();
            let records = records.as_array().unwrap();
            assert_eq!(rows.len(), records.len(), "{what}");
            for (row, record) in rows.iter().zip(records) {
                assert_eq!(row.len(), header.len(), "{what}");
                for (column, cell) in header.iter().zip(row) {
                    let value = column.split('.').try_fold(record, |value, step| value.get(step));
                    match value {
                        None | Some(Value::Null) => assert_eq!(cell, "", "{what}: {column}"),
                        Some(Value::String(text)) => assert_eq!(cell, text, "{what}: {column}"),
                        Some(value @ (Value::Array(_) | Value::Object(_))) => {
                            assert_eq!(serde_json::from_str::<Value>(cell).unwrap(), *value, "{what}: {column}");
                        }
                        Some(value) => assert_eq!(*cell, value.to_string(), "{what}: {column}"),
                    }
                }
                let columns: BTreeSet<&str> = header.iter().map(String::as_str).collect();
                has_columns(record, "", &columns, &what);
            }
        }
    }
}

fn has_columns(value: &Value, path: &str, columns: &BTreeSet<&str>, what: &str) {
    if columns.contains(path) || value.is_null() {
        return;
    }
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "_links") {
                let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                has_columns(value, &below, columns, what);
            }
        }
        _ => panic!("{what}: there is no column {path} for {value}"),
    }
}

/// The rows of a text in CSV (RFC 4180).
fn parsed(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(char) = chars.next() {
        match char {
            '"' if is_quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !is_quoted => {
                assert_eq!(chars.next(), Some('\n'), "a line ends with CRLF");
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\n' if !is_quoted => panic!("a line ends with LF alone"),
            char => cell.push(char),
        }
    }
    assert!(!is_quoted && row.is_empty() && cell.is_empty(), "the last line has no end");
    rows
}

/// The operations that show one record, each with the parameter for its id.
fn shows() -> Vec<(&'static str, &'static str)> {
    let shows = operations()
        .iter()
        .filter(|(id, _)| id.ends_with("_show") && !id.starts_with("oauth_") && **id != "image_show");
    let parameter = |path: &'static str| path.rsplit_once('{').unwrap().1.trim_end_matches('}');
    shows.map(|(id, operation)| (*id, parameter(operation.path))).collect::<BTreeSet<_>>().into_iter().collect()
}

fn is_shown_by(operation: &str, id: &str) -> bool {
    let of = match operation {
        "contact_show" => "con_",
        "contract_show" => "ctr_",
        "coupon_show" => "cpn_",
        "credit_note_show" => "cred_",
        "deal_show" => "deal_",
        "deal_stage_show" => "dstg_",
        "identity_verification_show" => "idver_",
        "invoice_show" => "inv_",
        "note_show" => "note_",
        "order_show" => "order_",
        "product_show" => "prod_",
        "product_category_show" => "pcat_",
        "protection_level_show" => "plvl_",
        "site_show" => "site_",
        "staff_show" => "staff_",
        "subscription_show" => "sub_",
        "task_show" => "task_",
        "tenancy_show" => "ten_",
        "timeline_event_show" => "aevt_",
        "unit_allocation_show" => "alloc_",
        "unit_show" => "unit_",
        "unit_type_show" => "utype_",
        "webhook_endpoint_show" => "we_",
        other => panic!("nothing is known of {other}"),
    };
    prefix(id) == of
}

/// The operation that shows a record of an id, with the parameter for the id.
pub(crate) fn show_of(of: &str) -> Option<(&'static str, &'static str)> {
    shows().into_iter().find(|(operation, _)| is_shown_by(operation, of))
}

fn is_reference(object: &Map<String, Value>) -> bool {
    object.len() == 1 && object.contains_key("id")
}

fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}
