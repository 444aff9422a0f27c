//! Values of which everything can be asked.

use std::collections::BTreeMap;
use std::fmt;

use liquid::model::{ArrayView as _, DateTime, DisplayCow, KStringCow, ObjectView, ScalarCow, State, Value, ValueView};
use serde_json::{Map, Value as Json};

use crate::domain::time::Timestamp;

/// A value of which everything can be asked; what it does not have is [`NOTHING`].
///
/// The library refuses to look up what is not there. It walks from the root along a path by [`ObjectView::get`] alone and takes
/// what it finds as a plain value, so that is where this gives in; in all else it is the plain value.
#[derive(Debug)]
pub(super) struct View {
    value: Value,
    /// What can be asked of it: properties by their names, items by their numbers.
    members: BTreeMap<String, View>,
}

static NOTHING: View = View { value: Value::Nil, members: BTreeMap::new() };

impl View {
    /// Adds a plain value.
    pub(super) fn insert(&mut self, name: &str, value: Value) {
        self.members.insert(name.to_owned(), Self::plain(value));
    }

    fn plain(value: Value) -> Self {
        Self { value, members: BTreeMap::new() }
    }

    /// The view of a value. `in_list` is for what a loop can come by: the variable of a loop is a plain value, which has to have
    /// all `named` properties itself.
    fn of(json: &Json, named: &[&str], in_list: bool) -> Self {
        match json {
            Json::Null => Self::plain(Value::Nil),
            Json::Bool(value) => Self::plain(Value::scalar(*value)),
            Json::Number(number) => Self::plain(match number.as_i64() {
                Some(number) => Value::scalar(number),
                None => Value::scalar(number.as_f64().unwrap_or_default()),
            }),
            Json::String(text) => Self::plain(match text.parse().ok().and_then(instant) {
                Some(instant) => Value::scalar(instant),
                None => Value::scalar(text.clone()),
            }),
            Json::Array(items) => {
                let items: Vec<Self> = items.iter().map(|item| Self::of(item, named, true)).collect();
                let value = Value::array(items.iter().map(|item| item.value.clone()));
                Self { value, members: items.into_iter().enumerate().map(|(i, item)| (i.to_string(), item)).collect() }
            }
            Json::Object(object) => Self::of_object(object, named, in_list),
        }
    }

    /// The view of an object; see [`View::of`].
    pub(super) fn of_object(object: &Map<String, Json>, named: &[&str], in_list: bool) -> Self {
        let members: BTreeMap<String, Self> =
            object.iter().map(|(name, value)| (name.clone(), Self::of(value, named, in_list))).collect();
        let missing = named.iter().filter(|name| in_list && !members.contains_key(**name));
        let value = missing
            .map(|name| (KStringCow::from_ref(name).into_owned(), Value::Nil))
            .chain(members.iter().map(|(name, member)| (KStringCow::from_ref(name).into_owned(), member.value.clone())))
            .collect();
        Self { value: Value::Object(value), members }
    }
}

/// An instant as the library has it, which reads no texts of RFC 3339.
pub(super) fn instant(at: Timestamp) -> Option<DateTime> {
    DateTime::from_str(&at.to_chrono().format("%Y-%m-%d %H:%M:%S +0000").to_string())
}

impl ObjectView for View {
    fn as_value(&self) -> &dyn ValueView {
        self
    }

    /// What `size` gives.
    fn size(&self) -> i64 {
        match &self.value {
            Value::Array(items) => items.size(),
            Value::Object(_) => i64::try_from(self.members.len()).unwrap_or(i64::MAX),
            other => i64::try_from(other.to_kstr().chars().count()).unwrap_or(i64::MAX),
        }
    }

    fn keys<'k>(&'k self) -> Box<dyn Iterator<Item = KStringCow<'k>> + 'k> {
        Box::new(self.members.keys().map(|name| KStringCow::from_ref(name)))
    }

    fn values<'k>(&'k self) -> Box<dyn Iterator<Item = &'k dyn ValueView> + 'k> {
        Box::new(self.members.values().map(|member| member as &dyn ValueView))
    }

    fn iter<'k>(&'k self) -> Box<dyn Iterator<Item = (KStringCow<'k>, &'k dyn ValueView)> + 'k> {
        Box::new(self.keys().zip(self.values()))
    }

    /// Everything is there, if only as nothing.
    fn contains_key(&self, _index: &str) -> bool {
        true
    }

    fn get<'s>(&'s self, index: &str) -> Option<&'s dyn ValueView> {
        let last = || self.members.len().checked_sub(1);
        let member = match (&self.value, index) {
            (Value::Array(_), "first") => self.members.get("0"),
            (Value::Array(_), "last") => last().and_then(|last| self.members.get(&last.to_string())),
            (Value::Array(_), index) if index.starts_with('-') => {
                let back = index[1..].parse().ok().and_then(|back| self.members.len().checked_sub(back));
                back.and_then(|at| self.members.get(&at.to_string()))
            }
            _ => self.members.get(index),
        };
        // The library makes a size of what has none of its own.
        let has_size = index == "size" && !self.is_nil();
        member.or((!has_size).then_some(&NOTHING)).map(|member| member as &dyn ValueView)
    }
}

impl ValueView for View {
    fn as_debug(&self) -> &dyn fmt::Debug {
        self
    }

    fn render(&self) -> DisplayCow<'_> {
        self.value.render()
    }

    fn source(&self) -> DisplayCow<'_> {
        self.value.source()
    }

    fn type_name(&self) -> &'static str {
        self.value.type_name()
    }

    fn query_state(&self, state: State) -> bool {
        self.value.query_state(state)
    }

    fn to_kstr(&self) -> KStringCow<'_> {
        self.value.to_kstr()
    }

    fn to_value(&self) -> Value {
        self.value.clone()
    }

    fn as_scalar(&self) -> Option<ScalarCow<'_>> {
        self.value.as_scalar()
    }

    fn as_object(&self) -> Option<&dyn ObjectView> {
        Some(self)
    }

    fn is_nil(&self) -> bool {
        self.value.is_nil()
    }
}
