//! Numbers that limit a value: both spellings of exclusive bounds, lengths and counts.

use serde_json::{Map, Value, json};

use super::source::Place;

/// The limits a schema sets, the tightest of each kind.
#[derive(Default)]
pub(super) struct Bounds<'a>(Vec<Bound<'a>>);

/// One limit.
#[derive(Clone)]
pub(super) struct Bound<'a> {
    /// The keyword in its inclusive spelling.
    pub(super) name: &'static str,
    pub(super) limit: f64,
    pub(super) exclusive: bool,
    pub(super) place: Place<'a>,
}

/// How a limit compares to the one before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    Tighter,
    Looser,
}

impl<'a> Bounds<'a> {
    /// Takes up `key` if it is a limit.
    pub(super) fn read(&mut self, schema: &Map<String, Value>, key: &str, value: &Value, place: &Place<'a>) {
        // OpenAPI 3.0: `exclusiveMinimum: true` beside `minimum`.
        let flagged = |name: &str| schema.get(name) == Some(&Value::Bool(true));
        let (name, exclusive) = match key {
            "minimum" => ("minimum", flagged("exclusiveMinimum")),
            "maximum" => ("maximum", flagged("exclusiveMaximum")),
            "exclusiveMinimum" => ("minimum", true),
            "exclusiveMaximum" => ("maximum", true),
            "minLength" => ("minLength", false),
            "maxLength" => ("maxLength", false),
            "minItems" => ("minItems", false),
            "maxItems" => ("maxItems", false),
            "minProperties" => ("minProperties", false),
            "maxProperties" => ("maxProperties", false),
            "multipleOf" => ("multipleOf", false),
            "uniqueItems" => ("uniqueItems", false),
            _ => return,
        };
        let limit = match value {
            Value::Bool(true) if name == "uniqueItems" => 1.0,
            Value::Number(number) => number.as_f64().unwrap_or_default(),
            _ => return,
        };
        // No string is shorter than 0.
        if limit == 0.0 && matches!(name, "minLength" | "minItems" | "minProperties") {
            return;
        }
        let bound = Bound { name, limit, exclusive, place: place.clone() };
        match self.0.iter_mut().find(|known| known.name == name) {
            Some(known) => {
                if bound.against(known) == Some(Shift::Tighter) {
                    *known = bound;
                }
            }
            None => self.0.push(bound),
        }
    }

    /// Whole numbers need no exclusive bounds: more than 0 is at least 1.
    pub(super) fn finish(&mut self, integer: bool) {
        for bound in self.0.iter_mut().filter(|bound| integer && bound.exclusive) {
            bound.exclusive = false;
            bound.limit = if bound.name == "minimum" { bound.limit.floor() + 1.0 } else { bound.limit.ceil() - 1.0 };
        }
    }

    /// The limits of two schemas side by side, where they differ.
    pub(super) fn differences<'b>(
        &'b self,
        new: &'b Self,
    ) -> Vec<(Option<&'b Bound<'a>>, Option<&'b Bound<'a>>, Shift)> {
        let mut found = Vec::new();
        for old in &self.0 {
            match new.0.iter().find(|bound| bound.name == old.name) {
                Some(bound) => found.extend(bound.against(old).map(|shift| (Some(old), Some(bound), shift))),
                None => found.push((Some(old), None, Shift::Looser)),
            }
        }
        let added = new.0.iter().filter(|bound| self.0.iter().all(|old| old.name != bound.name));
        found.extend(added.map(|bound| (None, Some(bound), Shift::Tighter)));
        found
    }
}

impl Bound<'_> {
    /// The limit as it is written in 3.1.
    pub(super) fn value(&self) -> Value {
        let key = match (self.exclusive, self.name) {
            (true, "minimum") => "exclusiveMinimum",
            (true, _) => "exclusiveMaximum",
            (false, name) => name,
        };
        if key == "uniqueItems" {
            return json!({ key: true });
        }
        // Nearly all limits are whole, and nobody writes `maxLength: 20.0`.
        let text = format!("{}", self.limit);
        json!({ key: text.parse::<i64>().map_or_else(|_| json!(self.limit), |whole| json!(whole)) })
    }

    fn against(&self, old: &Self) -> Option<Shift> {
        #[expect(clippy::float_cmp, reason = "equal means written equal")]
        let level = self.limit == old.limit;
        if level {
            return match (old.exclusive, self.exclusive) {
                (false, true) => Some(Shift::Tighter),
                (true, false) => Some(Shift::Looser),
                _ => None,
            };
        }
        let tighter = match self.name {
            "multipleOf" => old.limit % self.limit != 0.0,
            name if name.starts_with("max") => self.limit < old.limit,
            _ => self.limit > old.limit,
        };
        Some(if tighter { Shift::Tighter } else { Shift::Looser })
    }
}
