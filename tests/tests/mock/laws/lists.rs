//! Lists against a search through all that there is: every filter, every order, any page.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use conformance::answers::operations;
use conformance::document::items;
use serde_json::Value;

use super::dice::Dice;
use super::state::{State, prefix};
use crate::catalogue::all;
use crate::harness::{Mock, record};
use crate::reads::{parameter, parameters};

/// A query of a list: its filters, each with its alternatives.
type Filters = Vec<(String, Vec<String>)>;

/// A list with all that is in it, in order of creation.
pub(crate) struct List<'a> {
    operation: &'static str,
    records: Vec<Value>,
    state: &'a State,
}

/// Every list that has no parameter in its path.
pub(crate) fn names() -> Vec<&'static str> {
    let lists = operations().iter().filter(|(id, operation)| id.ends_with("_list") && !operation.path.contains('{'));
    lists.map(|(id, _)| *id).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Every filter by each of its values, and some queries made at random of each list.
pub(crate) async fn hold(mock: &Mock, dice: &mut Dice, state: &State, strangers: &[String], queries: usize) {
    for name in names() {
        let list = List::read(mock, name, state).await;
        let values = list.values(dice, strangers);
        for (filter, values) in &values {
            for value in values {
                list.agrees(mock, dice, &vec![(filter.clone(), vec![value.clone()])]).await;
            }
        }
        for _ in 0..queries {
            let mut filters = Filters::new();
            for (filter, values) in &values {
                // Of two pairs with one key the last would count.
                let is_there = filters.iter().any(|(known, _)| known == filter);
                if dice.chance(30) && !values.is_empty() && !is_there {
                    let is_one = filter.ends_with("_after") || filter.ends_with("_before");
                    let count = if is_one || filter.contains('[') || filter == "email" { 1 } else { 1 + dice.below(3) };
                    filters.push((filter.clone(), (0..count).map(|_| dice.pick(values).clone()).collect()));
                }
            }
            list.agrees(mock, dice, &filters).await;
        }
    }
}

impl<'a> List<'a> {
    async fn read(mock: &Mock, operation: &'static str, state: &'a State) -> Self {
        let mut records = all(mock, operation).await;
        let order: BTreeMap<&str, usize> = match records.first() {
            Some(first) => {
                let rows = state.rows(prefix(first["id"].as_str().unwrap())).iter().enumerate();
                rows.map(|(place, row)| (row["id"].as_str().unwrap(), place)).collect()
            }
            None => BTreeMap::new(),
        };
        assert_eq!(records.len(), order.len(), "{operation} does not list all");
        records.sort_by_key(|record| order[record["id"].as_str().unwrap()]);
        Self { operation, records, state }
    }

    /// Values for each filter: those of the document, and such as records have or have not.
    fn values(&self, dice: &mut Dice, strangers: &[String]) -> Vec<(String, Vec<String>)> {
        let mut filters = Vec::new();
        for parameter in parameters(self.operation) {
            let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
            let mut values = BTreeSet::new();
            let each = &schema["items"];
            let listed =
                items(each, "enum").iter().chain(items(each, "anyOf").iter().flat_map(|one| items(one, "enum")));
            values.extend(listed.filter_map(Value::as_str).map(str::to_owned));
            match name {
                "page" | "limit" | "sort_by" | "sort_direction" | "expand" => continue,
                "metadata" => {
                    for (key, value) in self.records.iter().flat_map(|record| record["metadata"].as_object().unwrap()) {
                        let key = format!("metadata[{key}]");
                        filters.push((key.clone(), vec![value.as_str().unwrap().to_owned()]));
                        filters.push((key, vec!["no such value".to_owned()]));
                    }
                    continue;
                }
                "email" => {
                    let emails = self.records.iter().filter_map(|record| record["email"].as_str());
                    values.extend(emails.map(str::to_uppercase).take(3));
                    values.insert("nobody@mail.example".to_owned());
                }
                _ if schema["format"] == "date-time" => {
                    let field = moment_of(name);
                    let moments: Vec<&str> = self.records.iter().filter_map(|record| record[&field].as_str()).collect();
                    for _ in 0..moments.len().min(2) {
                        values.insert((*dice.pick(&moments)).to_owned());
                    }
                    values.insert("2026-03-10T14:00:00+02:00".to_owned());
                }
                _ => {
                    let found: BTreeSet<String> =
                        self.records.iter().flat_map(|record| self.members(record, name)).flatten().collect();
                    let found: Vec<String> = found.into_iter().collect();
                    for _ in 0..found.len().min(4) {
                        values.insert(dice.pick(&found).clone());
                    }
                    if name.ends_with("_id") {
                        let prefix = found.first().map_or("con_", |id| prefix(id));
                        values.insert(format!("{prefix}ffffffffffffffff"));
                        values.extend(strangers.iter().find(|id| id.starts_with(prefix)).cloned());
                    }
                }
            }
            filters.push((name.to_owned(), values.into_iter().collect()));
        }
        filters
    }

    /// What of a record a filter looks at; none for null.
    fn members(&self, record: &Value, filter: &str) -> Vec<Option<String>> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let Some(name) = filter.strip_suffix("_id") else { return vec![text(&record[filter])] };
        if let Some(member) = record.get(name) {
            return vec![text(&member["id"])];
        }
        // What an allocation does not say itself, its tenancy does.
        let tenancy = record["tenancy"]["id"].as_str().and_then(|id| self.state.row(id));
        vec![text(&tenancy.unwrap_or_else(|| panic!("{}: what is {filter}?", self.operation))[name])]
    }

    fn fits(&self, record: &Value, filters: &Filters) -> bool {
        filters.iter().all(|(filter, values)| {
            if let Some(key) = filter.strip_prefix("metadata[").and_then(|rest| rest.strip_suffix(']')) {
                return record["metadata"][key] == values[0].as_str();
            }
            if filter == "email" {
                return record["email"].as_str().unwrap().to_lowercase() == values[0].to_lowercase();
            }
            if filter.ends_with("_after") || filter.ends_with("_before") {
                let Some(at) = self.moment(record, &moment_of(filter)) else { return true };
                let bound = seconds(&values[0]);
                return if filter.ends_with("_after") { at >= bound } else { at < bound };
            }
            self.members(record, filter).iter().any(|member| {
                values.iter().any(|value| match member.as_deref() {
                    None => value == "unspecified",
                    Some(member) => member == value || (member == "overlocked" && value == "overlock"),
                })
            })
        })
    }

    /// A moment of a record; lists that do not show one are asked what is stored.
    fn moment(&self, record: &Value, field: &str) -> Option<i64> {
        let stored =
            || self.state.row(record["id"].as_str().unwrap()).and_then(|row| row.get(field)).and_then(Value::as_str);
        record.get(field).and_then(Value::as_str).or_else(stored).map(seconds)
    }

    /// Asks for a page in some order, and compares it with what a search comes to.
    async fn agrees(&self, mock: &Mock, dice: &mut Dice, filters: &Filters) {
        let mut found: Vec<&Value> = self.records.iter().filter(|record| self.fits(record, filters)).collect();
        let mut call = mock.call(self.operation);
        for (name, values) in filters {
            call = call.query(name, &values.join(","));
        }
        // Newest first; product categories come by their names, without a choice (billing.yaml, `product_category_list`).
        let has_choice = parameter(self.operation, "sort_by").is_some();
        let (mut key, mut is_descending) = if has_choice { ("created_at", true) } else { ("name", false) };
        if let Some(sort_by) = parameter(self.operation, "sort_by").filter(|_| dice.chance(70)) {
            let keys: Vec<&str> = items(&sort_by["schema"], "enum").iter().filter_map(Value::as_str).collect();
            key = *dice.pick(&keys);
            is_descending = dice.chance(50);
            call = call.query("sort_by", key).query("sort_direction", if is_descending { "DESC" } else { "ASC" });
        }
        // Stable: equals stay in order of creation, or in its reverse (platform.yaml, sorting_and_filters); null comes last.
        if is_descending {
            found.reverse();
        }
        found.sort_by(|one, other| match (self.key(one, key), self.key(other, key)) {
            (None, None) => Ordering::Equal,
            (None, _) => Ordering::Greater,
            (_, None) => Ordering::Less,
            (one, other) if is_descending => other.cmp(&one),
            (one, other) => one.cmp(&other),
        });
        let limit = [1, 2, 3, 7, 50, 100][dice.below(6)];
        let pages = found.len().div_ceil(limit).max(1);
        let page = 1 + dice.below(pages + 1);
        let call = call.query("limit", &limit.to_string()).query("page", &page.to_string());
        let what = call.to_string();
        let answer = call.expect(200).await;
        let ids = |records: &mut dyn Iterator<Item = &Value>| -> Vec<String> {
            records.map(|record| record["id"].as_str().unwrap().to_owned()).collect()
        };
        let expected = ids(&mut found.iter().copied().skip((page - 1) * limit).take(limit));
        assert_eq!(ids(&mut record(&answer).as_array().unwrap().iter()), expected, "{what}");
        let meta = &answer.json()["meta"]["pagination"];
        let next = if page < pages { Value::from(page + 1) } else { Value::Null };
        let before = if page > 1 { Value::from((page - 1).min(pages)) } else { Value::Null };
        assert_eq!(
            (&meta["count"], &meta["pages"], &meta["last"]),
            (&found.len().into(), &pages.into(), &pages.into()),
            "{what}"
        );
        assert_eq!((&meta["next"], &meta["prev"], &meta["page"]), (&next, &before, &page.into()), "{what}");
        assert_eq!(meta["limit"], limit, "{what}");
    }

    fn key(&self, record: &Value, key: &str) -> Option<Key> {
        match &record[key] {
            Value::String(text) if ["full_name", "name"].contains(&key) => Some(Key::Text(text.to_lowercase())),
            Value::String(at) => Some(Key::Number(seconds(at))),
            Value::Number(number) => number.as_i64().map(Key::Number),
            _ => self.moment(record, key).map(Key::Number),
        }
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Text(String),
    Number(i64),
}

/// The member that a bound is for: of `created_after` it is `created_at`.
fn moment_of(filter: &str) -> String {
    format!("{}_at", filter.rsplit_once('_').unwrap().0)
}

fn seconds(at: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(at).unwrap_or_else(|error| panic!("{at}: {error}")).timestamp()
}
