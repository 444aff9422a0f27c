//! A request that has passed the contract.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::{Answer, Listed};
use crate::contract::error::ApiError;
use crate::contract::query::Query;
use crate::contract::{Operation, Params};
use crate::domain::ids::{AnyId, Id};
use crate::domain::refusal::Refusal;
use crate::domain::time::Timestamp;
use crate::store::{FacetValue, Period, Selection, Sort, World};
use crate::view::{Addresses, Show, View};

/// A request that has passed the contract: the caller may make it, and all of it is well-formed.
#[derive(Debug)]
pub struct Call<'a> {
    /// What is called.
    pub operation: &'static Operation,
    /// The parameters in the path.
    pub params: &'a Params<'a>,
    /// The parameters behind it.
    pub query: &'a Query,
    /// The body, valid by its schema; none for operations that take none.
    pub body: Option<Value>,
    /// Who calls: the access token or the application, which is the creator of what the call makes.
    pub caller: AnyId,
    /// When it is.
    pub now: Timestamp,
    /// The id of the request.
    pub request_id: &'a str,
    /// Where the server is.
    pub addresses: &'a Addresses,
    /// Whether only documented types of events can be asked for (W3).
    pub documented_events_only: bool,
    /// The media type that was agreed on.
    pub format: &'static str,
}

impl Call<'_> {
    /// The id in the path.
    ///
    /// # Errors
    /// 404 when it is no id of this kind (platform.yaml, errors).
    pub fn id<I: Id>(&self, parameter: &str) -> Result<I, ApiError> {
        self.params.get(parameter).and_then(I::parse).ok_or_else(|| Refusal::NotFound.into())
    }

    /// The id in the path, of a record that there is. That there is none is told before anything about the body (platform.yaml,
    /// order of checks).
    ///
    /// # Errors
    /// 404 when there is no such record.
    pub fn existing<T: Show>(&self, world: &World, parameter: &str) -> Result<T::Id, ApiError> {
        let id = self.id(parameter)?;
        if T::table(world).contains(id) { Ok(id) } else { Err(Refusal::NotFound.into()) }
    }

    /// The body in its type; an absent one is an empty object.
    ///
    /// # Errors
    /// 422 should a body pass its schema and still not fit its type.
    pub fn body<T: DeserializeOwned>(&mut self) -> Result<T, ApiError> {
        let value = self.body.take().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        serde_path_to_error::deserialize(value).map_err(|error| {
            let pointer = pointer(error.path());
            let reason = format!("value at `{pointer}` cannot be used: {}", error.inner());
            Refusal::invalid(pointer, reason).into()
        })
    }

    /// The world as this call shows it.
    pub fn view<'w>(&'w self, world: &'w World) -> View<'w> {
        View { world, addresses: self.addresses }
    }

    /// Shows one record.
    ///
    /// # Errors
    /// 404 when there is none of this id.
    pub fn show<T: Show>(&self, world: &World, status: u16, envelope: &str, id: T::Id) -> Result<Answer, ApiError> {
        let row = T::table(world).row(id).ok_or(Refusal::NotFound)?;
        Ok(Answer::single(self, &self.view(world), status, envelope, row))
    }

    /// Shows a page of a list.
    pub fn list<T: Show>(&self, world: &World, envelope: &str) -> Answer {
        self.list_selected::<T>(world, envelope, &self.selection())
    }

    /// Shows a page of a list that was selected in a way of its own.
    pub fn list_selected<T: Show>(&self, world: &World, envelope: &str, selection: &Selection) -> Answer {
        let found = T::table(world).select(selection);
        let listed = Listed { count: found.count, page: self.query.page, limit: self.query.limit };
        Answer::list(self, &self.view(world), envelope, &found.rows, listed)
    }

    /// What a list is asked for.
    ///
    /// Filters go by their names: `…_id` holds ids, `created_after` and its like are bounds, pairs are pairs, and all others are
    /// words, with `unspecified` for none. A record's facets have the same names.
    pub fn selection(&self) -> Selection {
        let bound = |name: &str| self.query.moment(name);
        let mut any_of = Vec::new();
        for filter in self.operation.filters {
            if filter.pairs {
                any_of.extend(
                    self.query
                        .pairs(filter.name)
                        .iter()
                        .map(|(key, value)| (filter.name, vec![FacetValue::pair(key, value)])),
                );
            } else if let Some(words) = self.query.words(filter.name) {
                any_of.push((filter.name, words.iter().filter_map(|word| facet(filter.name, word)).collect()));
            } else if let Some(text) = self.query.text(filter.name) {
                any_of.push((filter.name, facet(filter.name, text).into_iter().collect()));
            }
        }
        Selection {
            any_of,
            created: Period { after: bound("created_after"), before: bound("created_before") },
            updated: Period { after: bound("updated_after"), before: bound("updated_before") },
            sort: match self.query.sort_by {
                "updated_at" => Sort::Updated,
                "full_name" | "name" => Sort::Name,
                "position" => Sort::Position,
                _ => Sort::Created,
            },
            descending: self.query.descending,
            page: self.query.page,
            limit: self.query.limit,
        }
    }
}

/// The JSON Pointer of a place in a body.
pub(crate) fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            // Variants of an enum and what is not known are no places of the body.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// What a word of a filter stands for; none if nothing can be like it.
fn facet(filter: &str, word: &str) -> Option<FacetValue> {
    if filter.ends_with("_id") {
        return AnyId::parse(word).map(FacetValue::from);
    }
    Some(match (filter, word) {
        (_, "unspecified") => FacetValue::Null,
        // The filter spells one status in two ways (inventory.yaml, Units).
        ("status", "overlock") => "overlocked".into(),
        ("email", address) => address.to_lowercase().into(),
        (_, word) => word.to_owned().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::get;
    use super::*;
    use crate::contract::OPERATIONS;
    use crate::domain::contact::{Contact, NewContact};
    use crate::domain::fixtures::{Shop, at};
    use crate::domain::ids::ContactId;

    /// What a list is asked for by a query.
    fn asked(operation: &'static Operation, query: &str) -> Selection {
        let call = Call {
            operation,
            params: &Params::default(),
            query: &Query::parse(operation, Some(query), true).unwrap(),
            body: None,
            caller: ContactId::new(1).any(),
            now: at("2026-03-02"),
            request_id: "c446375c-d36a-4230-a6dc-85ab9b79893c",
            addresses: &Addresses::new("http://mock.test", None, None, [0; 32]),
            documented_events_only: false,
            format: "application/json",
        };
        call.selection()
    }

    #[test]
    fn every_filter_of_every_list_has_a_say() {
        for operation in OPERATIONS.iter().filter(|operation| operation.page.is_some()) {
            for filter in operation.filters {
                let value = match (filter.format, filter.values) {
                    (Some("date-time"), _) => "2026-03-02T09:00:00Z",
                    (_, [word, ..]) => word,
                    _ => "site_0000000000000001",
                };
                let key = if filter.pairs { "[key]" } else { "" };
                let given = asked(operation, &format!("{}{key}={value}", filter.name));
                assert_ne!(given, asked(operation, ""), "{}: {}", operation.name, filter.name);
            }
        }
    }

    /// How many contacts a list of them has.
    fn count(shop: &mut Shop, query: &str) -> u64 {
        get(shop, &format!("/2025-09/contacts?{query}"))["meta"]["pagination"]["count"].as_u64().unwrap()
    }

    #[test]
    fn a_filter_for_one_text_picks_whole_addresses_without_regard_to_case() {
        let mut shop = Shop::new();
        for email in ["Jo@Example.com", "jo@example.co", "a,jo@example.com"] {
            let new = NewContact { email: email.to_owned(), ..NewContact::default() };
            Contact::create(&mut shop.world, at("2026-03-01"), new).unwrap();
        }
        assert_eq!(count(&mut shop, "email=jo@EXAMPLE.com"), 1);
        assert_eq!(count(&mut shop, "email=a,jo@example.com"), 1);
        assert_eq!(count(&mut shop, "email=jo@example.com&status=lead"), 1);
        for none in ["email=jo", "email=unspecified", "email=jo@example.com&status=churned"] {
            assert_eq!(count(&mut shop, none), 0, "{none}");
        }
    }
}
