//! Sets of JSON types, with `null` as one of them.

use serde_json::Value;

/// A set of JSON types. `number` holds `integer` as well, so that widening is plain containment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Types(u8);

impl Types {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NULL: Self = Self(1);
    pub(super) const BOOLEAN: Self = Self(2);
    pub(super) const INTEGER: Self = Self(4);
    pub(super) const NUMBER: Self = Self(4 | 8);
    pub(super) const STRING: Self = Self(16);
    pub(super) const ARRAY: Self = Self(32);
    pub(super) const OBJECT: Self = Self(64);
    pub(super) const ALL: Self = Self(127);
    pub(super) const NOT_NULL: Self = Self(126);

    const NAMED: [(&'static str, Self); 7] = [
        ("object", Self::OBJECT),
        ("array", Self::ARRAY),
        ("string", Self::STRING),
        ("number", Self::NUMBER),
        ("integer", Self::INTEGER),
        ("boolean", Self::BOOLEAN),
        ("null", Self::NULL),
    ];

    /// What the keyword `type` says; words that are no type say nothing.
    pub(super) fn of_keyword(value: &Value) -> Option<Self> {
        let named = |word: &Value| {
            let word = word.as_str()?;
            Self::NAMED.iter().find(|(name, _)| *name == word).map(|(_, types)| *types)
        };
        match value {
            Value::Array(words) => words.iter().map(named).try_fold(Self::NONE, |all, one| Some(all.or(one?))),
            word => named(word),
        }
    }

    /// The types of a value itself.
    pub(super) fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(number) if number.is_f64() => Self::NUMBER,
            Value::Number(_) => Self::INTEGER,
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn holds(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The single types of the set, without null.
    pub(super) fn each(self) -> Vec<Self> {
        let named = Self::NAMED.iter().map(|(_, types)| *types);
        named.filter(|types| self.holds(*types) && *types != Self::NULL && !self.hides(*types)).collect()
    }

    /// The set in words: `string | null`.
    pub(super) fn text(self) -> String {
        if self.holds(Self::NOT_NULL) {
            return "any".to_owned();
        }
        let words: Vec<&str> = Self::NAMED
            .iter()
            .filter(|(_, types)| self.holds(*types) && !self.hides(*types))
            .map(|(name, _)| *name)
            .collect();
        if words.is_empty() { "nothing".to_owned() } else { words.join(" | ") }
    }

    /// Whether `types` goes without saying: integers among numbers.
    fn hides(self, types: Self) -> bool {
        types == Self::INTEGER && self.holds(Self::NUMBER)
    }
}
