//! From method and path to the operation.
//!
//! The paths of the document make a tree, built once. A literal segment wins over a parameter: `/deals/stages` is the list of
//! stages, not the deal with the id `stages`. What lies below a parameter is also reachable below the literals beside it, so
//! that `/units/overlock/reserve` is the reservation of a unit with an odd id. This is settled while the tree is built, so
//! that finding a path means one step per segment, and never a step back.
//!
//! Paths are taken as they are written: a trailing slash or an empty segment makes another path, and there is none such.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use super::method::Method;
use super::operation::Operation;
use super::params::{Params, decode};
use crate::generated::OPERATIONS;

/// The operation of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'p> {
    /// The operation.
    pub operation: &'static Operation,
    /// The parameters in the path, decoded.
    pub params: Params<'p>,
}

/// Why a request has no operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteError {
    /// There is nothing at the path.
    NotFound,
    /// There is something at the path, but not by this method.
    MethodNotAllowed {
        /// The methods that the path has, each once and in a fixed order: what the header `Allow` is to hold.
        allow: &'static [Method],
    },
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is nothing at this path"),
            Self::MethodNotAllowed { allow } => {
                f.write_str("this path takes ")?;
                for (i, method) in allow.iter().enumerate() {
                    write!(f, "{}{method}", if i == 0 { "" } else { ", " })?;
                }
                f.write_str(" only")
            }
        }
    }
}

impl std::error::Error for RouteError {}

/// The operation that a request calls.
///
/// `path` is the path alone, without the query and still with its escapes. Parameters come decoded; an escaped slash does not
/// end a segment. An escape that is broken, or that does not give UTF-8, makes a path that is not found.
///
/// # Errors
/// When the document has no such path, or has it by other methods.
pub fn route<'p>(method: &str, path: &'p str) -> Result<Match<'p>, RouteError> {
    TREE.route(method, path)
}

static TREE: LazyLock<Node> = LazyLock::new(|| Node::of(&OPERATIONS));

/// A place in the tree: what follows it, and the operations that end here.
#[derive(Debug, Clone, Default)]
struct Node {
    literals: BTreeMap<&'static str, Node>,
    parameter: Option<Box<Node>>,
    ends: Vec<&'static Operation>,
    allow: Vec<Method>,
}

impl Node {
    fn of(operations: &'static [Operation]) -> Self {
        let mut root = Self::default();
        for operation in operations {
            root.insert(operation);
        }
        root.settle();
        root
    }

    fn insert(&mut self, operation: &'static Operation) {
        let mut node = self;
        for segment in segments(operation.path) {
            node = if is_parameter(segment) {
                node.parameter.get_or_insert_default()
            } else {
                node.literals.entry(segment).or_default()
            };
        }
        node.ends.push(operation);
        node.allow.push(operation.method);
        node.allow.sort_unstable();
        node.allow.dedup();
    }

    /// Gives every literal what lies below the parameter beside it.
    fn settle(&mut self) {
        self.literals.values_mut().for_each(Self::settle);
        if let Some(parameter) = &mut self.parameter {
            parameter.settle();
            self.literals.values_mut().for_each(|literal| literal.adopt(parameter));
        }
    }

    /// Takes over what `other` has, wherever this node has nothing of its own. Both are settled, and so is the result.
    fn adopt(&mut self, other: &Self) {
        if self.ends.is_empty() {
            self.ends.clone_from(&other.ends);
            self.allow.clone_from(&other.allow);
        }
        if let Some(beside) = &other.parameter {
            let unnamed = self.literals.iter_mut().filter(|(segment, _)| !other.literals.contains_key(*segment));
            unnamed.for_each(|(_, literal)| literal.adopt(beside));
        }
        for (segment, node) in &other.literals {
            // A literal that is new here was caught by the parameter of this node so far, which is still the nearer one.
            let nearer = || self.parameter.as_deref().cloned().unwrap_or_default();
            self.literals.entry(segment).or_insert_with(nearer).adopt(node);
        }
        if let Some(node) = &other.parameter {
            self.parameter.get_or_insert_default().adopt(node);
        }
    }

    fn route<'p>(&'static self, method: &str, path: &'p str) -> Result<Match<'p>, RouteError> {
        let node = self.find(path).ok_or(RouteError::NotFound)?;
        let end = node.ends.iter().find(|operation| operation.method.as_str() == method);
        let operation = end.ok_or(RouteError::MethodNotAllowed { allow: &node.allow })?;
        // Which segments are parameters is for the operation to say: on the way here a literal may have stood for one.
        let mut params = Params::default();
        for (template, segment) in segments(operation.path).zip(segments(path)) {
            if let Some(name) = parameter_name(template) {
                let value = decode(segment).ok_or(RouteError::NotFound)?;
                params.push(name, value).ok_or(RouteError::NotFound)?;
            }
        }
        Ok(Match { operation, params })
    }

    /// The place of a path, if something ends there.
    fn find(&self, path: &str) -> Option<&Self> {
        let mut node = self;
        if !path.starts_with('/') {
            return None;
        }
        for segment in segments(path) {
            let segment = decode(segment).filter(|segment| !segment.is_empty())?;
            node = node.literals.get(segment.as_ref()).or(node.parameter.as_deref())?;
        }
        (!node.ends.is_empty()).then_some(node)
    }
}

/// The segments of a path that begins with a slash.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

fn is_parameter(segment: &str) -> bool {
    parameter_name(segment).is_some()
}

fn parameter_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::params::MOST_PARAMS;
    use crate::contract::{OperationId, RouteError};

    /// A path of the operation, with a value for every parameter.
    fn sample(operation: &Operation) -> String {
        operation.path.replace('{', "sample_").replace('}', "")
    }

    #[test]
    fn every_operation_is_found_at_its_own_path() {
        for operation in &OPERATIONS {
            let path = sample(operation);
            let found =
                route(operation.method.as_str(), &path).unwrap_or_else(|error| panic!("{}: {error}", operation.name));
            assert_eq!(found.operation.id, operation.id);
            let expected: Vec<(&str, String)> =
                operation.path_parameters().map(|name| (name, format!("sample_{name}"))).collect();
            let params: Vec<(&str, String)> =
                found.params.iter().map(|(name, value)| (name, value.to_owned())).collect();
            assert_eq!(params, expected, "{path}");
        }
    }

    #[test]
    fn the_router_can_hold_every_path_of_the_document() {
        for operation in &OPERATIONS {
            assert!(operation.path.starts_with('/'), "{}", operation.path);
            assert!(operation.path_parameters().count() <= MOST_PARAMS, "{}", operation.path);
            for segment in segments(operation.path) {
                let is_whole = is_parameter(segment) || !segment.contains(['{', '}', '%']);
                assert!(is_whole && !segment.is_empty(), "{}: `{segment}` is partly a parameter", operation.path);
            }
            // A twin, the same path by other names of the parameters, would hide behind the first.
            let twins = OPERATIONS.iter().filter(|other| {
                let same = |(a, b): (&str, &str)| a == b || (is_parameter(a) && is_parameter(b));
                other.method == operation.method
                    && segments(other.path).count() == segments(operation.path).count()
                    && segments(other.path).zip(segments(operation.path)).all(same)
            });
            assert_eq!(twins.count(), 1, "{} {}", operation.method, operation.path);
        }
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        for operation in &OPERATIONS {
            let mut allow: Vec<Method> =
                OPERATIONS.iter().filter(|other| other.path == operation.path).map(|other| other.method).collect();
            allow.sort_unstable();
            for method in Method::ALL.iter().filter(|method| !allow.contains(method)) {
                match route(method.as_str(), &sample(operation)) {
                    Err(RouteError::MethodNotAllowed { allow: told }) => assert_eq!(told, allow, "{}", operation.path),
                    other => panic!("{method} {}: {other:?}", operation.path),
                }
            }
            let path = sample(operation);
            let unheard_of = route("BREW", &path);
            assert!(matches!(unheard_of, Err(RouteError::MethodNotAllowed { allow: told }) if told == allow));
        }
    }

    #[test]
    fn what_is_at_no_path_is_not_found() {
        for operation in &OPERATIONS {
            let path = sample(operation);
            let method = operation.method.as_str();
            for wrong in
                [format!("{path}/"), format!("/{path}"), format!("{path}//"), format!("{path}/no_such_thing/x/y")]
            {
                assert_eq!(route(method, &wrong), Err(RouteError::NotFound), "{wrong}");
            }
            assert_eq!(route(method, path.trim_start_matches('/')), Err(RouteError::NotFound), "{path}");
        }
        for path in
            ["", "/", "//", "/2025-09", "/2025-09/", "/2025-09/contact", "/2025-09/Contacts", "/2024-01/contacts", "*"]
        {
            assert_eq!(route("GET", path), Err(RouteError::NotFound), "{path}");
        }
    }

    #[test]
    fn an_empty_parameter_is_a_trailing_slash_and_not_found() {
        assert_eq!(route("GET", "/2025-09/contacts/"), Err(RouteError::NotFound));
        assert_eq!(route("POST", "/2025-09/orders//finalize"), Err(RouteError::NotFound));
    }

    #[test]
    fn a_literal_wins_over_a_parameter() -> Result<(), RouteError> {
        let id = |method: &str, path: &str| route(method, path).map(|found| found.operation.id);
        assert_eq!(id("GET", "/2025-09/deals/stages")?, OperationId::DealStageList);
        assert_eq!(id("GET", "/2025-09/deals/stagesx")?, OperationId::DealShow);
        assert_eq!(id("GET", "/2025-09/deals/stages/stg_1")?, OperationId::DealStageShow);
        assert_eq!(id("POST", "/2025-09/units/overlock")?, OperationId::UnitOverlock);
        // The path of the overlock has no GET; it does not become the unit with the id `overlock`.
        assert_eq!(id("GET", "/2025-09/units/overlock"), Err(RouteError::MethodNotAllowed { allow: &[Method::Post] }));
        Ok(())
    }

    #[test]
    fn below_a_literal_the_parameter_beside_it_still_counts() -> Result<(), RouteError> {
        let found = route("POST", "/2025-09/units/overlock/reserve")?;
        assert_eq!(found.operation.id, OperationId::UnitReserve);
        assert_eq!(found.params.get("unit_id"), Some("overlock"));
        // `/deals/stages/{stage_id}` is nearer than `/deals/{deal_id}/win`.
        assert_eq!(
            route("POST", "/2025-09/deals/stages/win"),
            Err(RouteError::MethodNotAllowed { allow: &[Method::Get] })
        );
        Ok(())
    }

    #[test]
    fn parameters_come_decoded_and_borrow_where_they_can() -> Result<(), RouteError> {
        let found = route("GET", "/2025-09/images/a%2Fb/front%20door.jpg")?;
        assert_eq!(found.operation.id, OperationId::ImageShow);
        let params: Vec<_> = found.params.iter().collect();
        assert_eq!(params, [("signed_token", "a/b"), ("filename", "front door.jpg")]);
        assert_eq!(route("GET", "/2025-09/%63ontacts")?.operation.id, OperationId::ContactList);
        for broken in ["/2025-09/contacts/%", "/2025-09/contacts/%ff", "/2025-09/contacts/%zz"] {
            assert_eq!(route("GET", broken), Err(RouteError::NotFound), "{broken}");
        }
        Ok(())
    }

    #[test]
    fn an_error_says_what_to_do() {
        assert_eq!(RouteError::NotFound.to_string(), "there is nothing at this path");
        let error = RouteError::MethodNotAllowed { allow: &[Method::Get, Method::Post] };
        assert_eq!(error.to_string(), "this path takes GET, POST only");
    }
}
