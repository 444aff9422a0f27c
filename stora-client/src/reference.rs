//! How a request names another resource: an object that holds its id.

use serde::{Deserialize, Serialize};

use crate::Nullable;

/// `{"id": …}`: a resource named in a request. Every id converts into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference<I> {
    /// The id of the resource.
    pub id: I,
}

impl<I> From<I> for Reference<I> {
    fn from(id: I) -> Self {
        Self { id }
    }
}

impl<I: Clone> From<&I> for Reference<I> {
    fn from(id: &I) -> Self {
        Self { id: id.clone() }
    }
}

impl<I> From<I> for Nullable<Reference<I>> {
    fn from(id: I) -> Self {
        Self::Value(Reference { id })
    }
}

impl<I: Clone> From<&I> for Nullable<Reference<I>> {
    fn from(id: &I) -> Self {
        Self::Value(Reference { id: id.clone() })
    }
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "what the macros declare is meant for other crates")]
mod tests {
    use super::*;

    crate::id_type! {
        BoxId: "box_";
    }

    #[test]
    fn an_id_converts_into_a_reference_by_value_and_borrowed() {
        let id: BoxId = "box_1".parse().unwrap();
        let references: [Reference<BoxId>; 2] = [(&id).into(), id.clone().into()];
        let nullable: [Nullable<Reference<BoxId>>; 2] = [(&id).into(), id.into()];
        for text in [serde_json::to_string(&references), serde_json::to_string(&nullable)] {
            assert_eq!(text.unwrap(), r#"[{"id":"box_1"},{"id":"box_1"}]"#);
        }
    }
}
