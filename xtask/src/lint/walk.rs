//! Every object of an OpenAPI document with its kind, found by the places the specification gives them. Rules look at
//! these nodes; nothing inside an example is ever taken for a part of the document.

use serde_json::Value;

use crate::document::pointer::{escape, join};

/// What an object of the document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// The document itself.
    Root,
    /// The `components` object.
    Components,
    /// One entry of `paths` or `webhooks`, or a reusable one.
    PathItem,
    /// One operation.
    Operation,
    /// One parameter.
    Parameter,
    /// One request body.
    RequestBody,
    /// One media type of a body, an answer, a parameter or a header.
    MediaType,
    /// One answer.
    Response,
    /// One header of an answer.
    Header,
    /// How one property of a form body is written.
    Encoding,
    /// One schema, at any depth.
    Schema,
    /// One named example.
    Example,
    /// One link of an answer.
    Link,
    /// One callback.
    Callback,
    /// One security scheme.
    SecurityScheme,
    /// One declared tag.
    Tag,
}

/// One object of the document.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub pointer: String,
    /// The object itself; for a reference, the reference.
    pub value: &'a Value,
    /// The index of the node that holds it. Only the root has none.
    pub parent: Option<usize>,
    /// The key of the parent it hangs from, such as `properties`, and its name or index there.
    pub place: (&'static str, String),
}

impl Node<'_> {
    /// The target when this is a reference.
    pub(crate) fn reference(&self) -> Option<&str> {
        self.value.get("$ref").and_then(Value::as_str)
    }
}

/// All nodes in the order of the document, parents before children.
pub(super) fn walk(root: &Value) -> Vec<Node<'_>> {
    let mut nodes = Vec::new();
    visit(
        &mut nodes,
        Node { kind: Kind::Root, pointer: String::new(), value: root, parent: None, place: ("", String::new()) },
    );
    nodes
}

/// The keys of an object of this kind whose values are data and not part of the document.
pub(super) fn literal_keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Schema => &["default", "const", "enum", "example", "examples"],
        Kind::Parameter | Kind::Header | Kind::MediaType => &["example"],
        Kind::Example => &["value"],
        _ => &[],
    }
}

/// Whether the keyword of a schema holds other schemas.
pub(super) fn holds_schemas(keyword: &str) -> bool {
    SCHEMA.iter().any(|(name, ..)| *name == keyword)
}

/// How children hang from a key.
#[derive(Clone, Copy)]
enum Shape {
    One,
    List,
    Map,
}

type Child = (&'static str, Shape, Kind);

const SCHEMA: &[Child] = &[
    ("properties", Shape::Map, Kind::Schema),
    ("patternProperties", Shape::Map, Kind::Schema),
    ("additionalProperties", Shape::One, Kind::Schema),
    ("unevaluatedProperties", Shape::One, Kind::Schema),
    ("propertyNames", Shape::One, Kind::Schema),
    ("dependentSchemas", Shape::Map, Kind::Schema),
    ("items", Shape::One, Kind::Schema),
    ("prefixItems", Shape::List, Kind::Schema),
    ("unevaluatedItems", Shape::One, Kind::Schema),
    ("contains", Shape::One, Kind::Schema),
    ("allOf", Shape::List, Kind::Schema),
    ("anyOf", Shape::List, Kind::Schema),
    ("oneOf", Shape::List, Kind::Schema),
    ("not", Shape::One, Kind::Schema),
    ("if", Shape::One, Kind::Schema),
    ("then", Shape::One, Kind::Schema),
    ("else", Shape::One, Kind::Schema),
    ("$defs", Shape::Map, Kind::Schema),
];

fn children(kind: Kind) -> &'static [Child] {
    match kind {
        Kind::Root => &[
            ("tags", Shape::List, Kind::Tag),
            ("paths", Shape::Map, Kind::PathItem),
            ("webhooks", Shape::Map, Kind::PathItem),
            ("components", Shape::One, Kind::Components),
        ],
        Kind::Components => &[
            ("schemas", Shape::Map, Kind::Schema),
            ("responses", Shape::Map, Kind::Response),
            ("parameters", Shape::Map, Kind::Parameter),
            ("examples", Shape::Map, Kind::Example),
            ("requestBodies", Shape::Map, Kind::RequestBody),
            ("headers", Shape::Map, Kind::Header),
            ("securitySchemes", Shape::Map, Kind::SecurityScheme),
            ("links", Shape::Map, Kind::Link),
            ("callbacks", Shape::Map, Kind::Callback),
            ("pathItems", Shape::Map, Kind::PathItem),
        ],
        Kind::PathItem => &[
            ("parameters", Shape::List, Kind::Parameter),
            ("get", Shape::One, Kind::Operation),
            ("put", Shape::One, Kind::Operation),
            ("post", Shape::One, Kind::Operation),
            ("delete", Shape::One, Kind::Operation),
            ("options", Shape::One, Kind::Operation),
            ("head", Shape::One, Kind::Operation),
            ("patch", Shape::One, Kind::Operation),
            ("trace", Shape::One, Kind::Operation),
        ],
        Kind::Operation => &[
            ("parameters", Shape::List, Kind::Parameter),
            ("requestBody", Shape::One, Kind::RequestBody),
            ("responses", Shape::Map, Kind::Response),
            ("callbacks", Shape::Map, Kind::Callback),
        ],
        Kind::Parameter | Kind::Header => &[
            ("schema", Shape::One, Kind::Schema),
            ("examples", Shape::Map, Kind::Example),
            ("content", Shape::Map, Kind::MediaType),
        ],
        Kind::RequestBody => &[("content", Shape::Map, Kind::MediaType)],
        Kind::Response => &[
            ("headers", Shape::Map, Kind::Header),
            ("content", Shape::Map, Kind::MediaType),
            ("links", Shape::Map, Kind::Link),
        ],
        Kind::MediaType => &[
            ("schema", Shape::One, Kind::Schema),
            ("examples", Shape::Map, Kind::Example),
            ("encoding", Shape::Map, Kind::Encoding),
        ],
        Kind::Encoding => &[("headers", Shape::Map, Kind::Header)],
        Kind::Schema => SCHEMA,
        Kind::Example | Kind::Link | Kind::Callback | Kind::SecurityScheme | Kind::Tag => &[],
    }
}

fn visit<'a>(nodes: &mut Vec<Node<'a>>, node: Node<'a>) {
    let (kind, value, parent) = (node.kind, node.value, Some(nodes.len()));
    let at = node.pointer.clone();
    nodes.push(node);
    // A reference that is no schema has no parts of its own: whatever stands beside `$ref` is ignored.
    let leaf = kind != Kind::Schema && value.get("$ref").is_some_and(Value::is_string);
    let Some(object) = value.as_object().filter(|_| !leaf) else { return };
    if kind == Kind::Callback {
        for (name, value) in object.iter().filter(|(name, _)| !name.starts_with("x-")) {
            let (kind, pointer, place) = (Kind::PathItem, join(&at, name), ("", name.clone()));
            visit(nodes, Node { kind, pointer, value, parent, place });
        }
    }
    // The order of the document, not that of the table, so that findings read from top to bottom.
    for (key, child) in object {
        let Some(&(key, shape, kind)) = children(kind).iter().find(|(name, ..)| name == key) else { continue };
        let base = format!("{at}/{key}");
        match (shape, child) {
            (Shape::One, value) => {
                visit(nodes, Node { kind, pointer: base, value, parent, place: (key, String::new()) });
            }
            (Shape::List, Value::Array(items)) => {
                for (i, value) in items.iter().enumerate() {
                    let (pointer, place) = (format!("{base}/{i}"), (key, i.to_string()));
                    visit(nodes, Node { kind, pointer, value, parent, place });
                }
            }
            (Shape::Map, Value::Object(entries)) => {
                for (name, value) in entries {
                    // Extensions stand among the entries of these maps, and nowhere else.
                    if name.starts_with("x-") && matches!(key, "paths" | "responses") {
                        continue;
                    }
                    let (pointer, place) = (format!("{base}/{}", escape(name)), (key, name.clone()));
                    visit(nodes, Node { kind, pointer, value, parent, place });
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nodes_come_in_document_order_and_examples_are_none() {
        let root = json!({
            "components": {"schemas": {"A": {
                "properties": {"x-odd": {"type": ["string", "null"]}, "example": {"items": {"$ref": "#/b"}}},
                "example": {"properties": {"no": {}}},
            }}},
            "paths": {"x-skip": {}, "/a": {"get": {"responses": {"200": {"$ref": "#/r", "content": {"a/b": {}}}}}}},
        });
        let found: Vec<_> = walk(&root).into_iter().map(|node| node.pointer).collect();
        assert_eq!(
            found,
            [
                "",
                "/components",
                "/components/schemas/A",
                "/components/schemas/A/properties/x-odd",
                "/components/schemas/A/properties/example",
                "/components/schemas/A/properties/example/items",
                "/paths/~1a",
                "/paths/~1a/get",
                "/paths/~1a/get/responses/200",
            ]
        );
    }
}
