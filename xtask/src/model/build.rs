//! From the marks in a lowered document to the model.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::parts::{doc_of, enum_values, integer, multipart_type, reach, reach_component, secret_type};
use super::{
    Constant, Event, Events, Field, Id, Kind, Model, PageOf, Rest, Scope, StatusArm, StatusUnion, Struct, Tag, Ty,
    Type, Union, UnionBy, Variant,
};
use crate::lower::names::{Unique, pascal, type_name};
use crate::lower::semantic::{content, flag, is_struct, operations, required, resolve, schemas, target, text};

/// Reads the model off a lowered document.
pub fn build(root: &Value) -> Model {
    let mut builder = Builder::new(root);
    let ids = builder.ids();
    let types =
        schemas(root).into_iter().flatten().map(|(name, schema)| builder.type_of_component(name, schema)).collect();
    let results = builder.results();
    let operations = super::operations::build(&mut builder);
    let events = builder.events();
    let info = |key: &str| root.pointer(&format!("/info/{key}")).and_then(Value::as_str).unwrap_or_default().to_owned();
    Model {
        title: info("title"),
        version: info("version"),
        server: root.pointer("/servers/0/url").and_then(Value::as_str).map(str::to_owned),
        tags: tags(root),
        scopes: scopes(root),
        ids,
        types,
        constants: builder.constants,
        results,
        operations,
        events,
    }
}

fn tags(root: &Value) -> Vec<Tag> {
    let tags = root.get("tags").and_then(Value::as_array).into_iter().flatten();
    tags.filter_map(|tag| {
        let description = text(tag, "description").unwrap_or_default().trim().to_owned();
        Some(Tag { name: text(tag, "name")?.to_owned(), description })
    })
    .collect()
}

/// The scopes of all OAuth flows, each once.
fn scopes(root: &Value) -> Vec<Scope> {
    let schemes = root.pointer("/components/securitySchemes").and_then(Value::as_object);
    let flows = schemes.into_iter().flatten().filter_map(|(_, scheme)| scheme.get("flows")?.as_object()).flatten();
    let mut out: Vec<Scope> = Vec::new();
    for (name, description) in flows.filter_map(|(_, flow)| flow.get("scopes")?.as_object()).flatten() {
        if !out.iter().any(|known| known.name == *name) {
            out.push(Scope { name: name.clone(), description: description.as_str().unwrap_or_default().to_owned() });
        }
    }
    out
}

/// The document, with what is asked of it again and again.
pub(super) struct Builder<'a> {
    pub(super) root: &'a Value,
    constants: Vec<Constant>,
    names: Unique,
    sent: HashSet<&'a str>,
    received: HashSet<&'a str>,
    multipart: HashSet<&'a str>,
    builders: HashMap<&'a str, String>,
}

impl<'a> Builder<'a> {
    fn new(root: &'a Value) -> Self {
        let mut names = Unique::default();
        for (_, schema) in schemas(root).into_iter().flatten() {
            names.take(text(schema, "x-rust-name").unwrap_or_default());
        }
        for list in ["x-ids", "x-results"] {
            root.get(list).and_then(Value::as_object).into_iter().flatten().for_each(|(name, _)| {
                names.take(name);
            });
        }
        let (mut sent, mut received, mut multipart) = (HashSet::new(), HashSet::new(), HashSet::new());
        for (_, _, operation) in operations(root, "paths") {
            if let Some(body) = operation.get("requestBody")
                && let Some((_, schema)) = content(body)
            {
                if text(body, "x-body") == Some("multipart") {
                    multipart.extend(target(schema));
                }
                reach(root, schema, &mut sent);
            }
            for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                parameter.get("schema").into_iter().for_each(|schema| reach(root, schema, &mut sent));
            }
            for (_, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
                content(response).into_iter().for_each(|(_, schema)| reach(root, schema, &mut received));
            }
        }
        for event in root.pointer("/x-events/events").and_then(Value::as_array).into_iter().flatten() {
            if let Some((name, _)) = schemas(root).and_then(|s| s.get_key_value(text(event, "schema")?)) {
                reach_component(root, name, &mut received);
            }
        }
        // A body that is a file upload here and JSON elsewhere keeps its JSON form.
        multipart.retain(|name| !received.contains(name));
        let mut builders = HashMap::new();
        for (name, schema) in schemas(root).into_iter().flatten() {
            if is_struct(schema) && sent.contains(name.as_str()) {
                let rust_name = text(schema, "x-rust-name").unwrap_or_default();
                builders.insert(name.as_str(), names.take(&format!("{rust_name}Builder")));
            }
        }
        Self { root, constants: Vec::new(), names, sent, received, multipart, builders }
    }

    fn ids(&self) -> Vec<Id> {
        let strings = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        self.root
            .get("x-ids")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, id)| Id {
                name: name.clone(),
                prefixes: strings(&id["prefixes"]),
                of: text(id, "of").map(str::to_owned),
            })
            .collect()
    }

    /// The type of a schema, without what its place adds. `owner` names constants that stand in it.
    pub(super) fn ty(&mut self, schema: &Value, owner: &str) -> Ty {
        let ty = self.bare(schema, owner);
        if self.is_nullable(schema) { ty.optional() } else { ty }
    }

    pub(super) fn is_nullable(&self, schema: &Value) -> bool {
        flag(schema, "nullable") || (target(schema).is_some() && flag(resolve(self.root, schema), "nullable"))
    }

    /// The type of a schema as if it could not be null.
    pub(super) fn bare(&mut self, schema: &Value, owner: &str) -> Ty {
        if let Some(value) = text(schema, "x-constant") {
            return Ty::Named(self.constant_type(owner, value));
        }
        if flag(schema, "x-reference") {
            let id = schema.pointer("/properties/id").map_or(Ty::String, |id| self.ty(id, owner));
            return Ty::Reference(Box::new(id));
        }
        if let Some(id) = text(schema, "x-id") {
            return Ty::Named(id.to_owned());
        }
        if let Some(name) = target(schema) {
            return self.named(schema, name);
        }
        match (text(schema, "type"), text(schema, "format")) {
            (Some("string"), Some("date-time")) if schema.get("enum").is_none() => Ty::DateTime,
            (Some("string"), Some("date")) if schema.get("enum").is_none() => Ty::Date,
            (Some("string"), _) => Ty::String,
            (Some("boolean"), _) => Ty::Bool,
            (Some("integer"), format) => Ty::Integer(integer(format)),
            (Some("number"), _) => Ty::Float,
            (Some("array"), _) => self.list(schema, owner),
            (Some("object"), _) => match schema.get("additionalProperties") {
                Some(values @ Value::Object(_)) => Ty::Map(Box::new(self.ty(values, owner))),
                _ => Ty::Map(Box::new(Ty::Value)),
            },
            _ => Ty::Value,
        }
    }

    fn named(&self, schema: &Value, name: &str) -> Ty {
        let component = schemas(self.root).and_then(|schemas| schemas.get(name));
        let Some(rust_name) = component.and_then(|component| text(component, "x-rust-name")) else { return Ty::Value };
        let named = Ty::Named(rust_name.to_owned());
        let is_expandable = flag(schema, "x-expandable");
        if is_expandable && component.is_some_and(|component| self.resource_id(component).is_some()) {
            Ty::Expandable(Box::new(named))
        } else if is_expandable || flag(schema, "x-boxed") {
            Ty::Boxed(Box::new(named))
        } else {
            named
        }
    }

    fn list(&mut self, schema: &Value, owner: &str) -> Ty {
        if let Some(places) = schema.get("x-tuple").and_then(Value::as_array) {
            // serde knows tuples of up to sixteen places; with a rest behind, the length is open.
            let is_open = schema.get("items").is_some_and(|items| !flag(items, "x-never"));
            if !is_open && (1..=12).contains(&places.len()) {
                return Ty::Tuple(places.iter().map(|place| self.ty(place, owner)).collect());
            }
            return Ty::List(Box::new(Ty::Value));
        }
        let item = schema.get("items").map_or(Ty::Value, |items| self.ty(items, owner));
        Ty::List(Box::new(item))
    }

    fn constant_type(&mut self, owner: &str, value: &str) -> String {
        let wanted = type_name(owner);
        let known = self.constants.iter().find(|constant| constant.name == wanted && constant.value == value);
        if let Some(constant) = known {
            return constant.name.clone();
        }
        let name = self.names.take(&wanted);
        self.constants.push(Constant { name: name.clone(), value: value.to_owned() });
        name
    }

    fn type_of_component(&mut self, component: &str, schema: &'a Value) -> Type {
        let name = text(schema, "x-rust-name").unwrap_or_default().to_owned();
        let kind = if let Some(union) = schema.get("x-union") {
            Kind::Union(self.union(schema, union, &name))
        } else if is_struct(schema) {
            Kind::Struct(self.structure(schema, &name))
        } else if let Some(values) = enum_values(schema).filter(|_| schema.get("x-constant").is_none()) {
            Kind::Enum(values)
        } else {
            let ty = self.bare(schema, &name);
            if flag(schema, "x-newtype") { Kind::Newtype(ty) } else { Kind::Alias(ty) }
        };
        let component = schema.get("x-pointer").is_some().then(|| component.to_owned());
        Type { name, component, doc: doc_of(schema), kind }
    }

    fn structure(&mut self, schema: &'a Value, name: &str) -> Struct {
        let component = self.component_name(schema);
        let is_sent = component.is_some_and(|name| self.sent.contains(name));
        let is_received = component.is_some_and(|name| self.received.contains(name));
        let is_multipart = component.is_some_and(|name| self.multipart.contains(name));
        let required = required(schema);
        let mut fields = Vec::new();
        for (wire, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let is_required = required.contains(&wire.as_str());
            let owner = format!("{name}{}", pascal(wire));
            let mut bare = self.bare(property, &owner);
            if is_multipart {
                bare = multipart_type(property, bare);
            } else if wire != "id" {
                bare = secret_type(property, bare);
            }
            let ty = if flag(property, "x-tri-state") {
                Ty::Nullable(Box::new(bare))
            } else if !is_required || self.is_nullable(property) {
                bare.optional()
            } else {
                bare
            };
            fields.push(Field {
                name: text(property, "x-rust-name").unwrap_or_default().to_owned(),
                wire: wire.clone(),
                doc: doc_of(property),
                ty,
                required: is_required,
                is_constant: text(property, "x-constant").is_some() && is_required,
                deprecated: flag(property, "deprecated"),
            });
        }
        let rest = match schema.get("additionalProperties") {
            Some(values @ Value::Object(_)) if !is_multipart => {
                let owner = format!("{name}Value");
                Rest::Map(self.ty(values, &owner))
            }
            Some(Value::Bool(false)) if is_sent && !is_received => Rest::None,
            _ if is_multipart => Rest::None,
            _ => Rest::Extra,
        };
        let page = schema.get("x-page").and_then(|page| self.page(schema, page, &fields));
        let resource_id = flag(schema, "x-resource").then(|| self.resource_id(schema)).flatten();
        let resource_id =
            resource_id.or_else(|| self.is_form_of_resource(schema).then(|| self.id_type(schema)).flatten());
        let builder = component.and_then(|name| self.builders.get(name).cloned());
        Struct { fields, rest, builder, is_multipart, resource_id, page }
    }

    fn page(&mut self, schema: &Value, page: &Value, fields: &[Field]) -> Option<PageOf> {
        let items = text(page, "items")?;
        let field = fields.iter().find(|field| field.wire == items)?;
        let Ty::List(item) = &field.ty else { return None };
        let mut next = Vec::new();
        let mut form = schema;
        for key in page["next"].as_array()?.iter().filter_map(Value::as_str) {
            let property = form.get("properties")?.get(key)?;
            next.push(text(property, "x-rust-name")?.to_owned());
            form = resolve(self.root, property);
        }
        Some(PageOf { items: field.name.clone(), item: (**item).clone(), next })
    }

    fn component_name(&self, schema: &'a Value) -> Option<&'a str> {
        schemas(self.root)?.iter().find(|(_, other)| std::ptr::eq(*other, schema)).map(|(name, _)| name.as_str())
    }

    /// Whether a structure is one of the full forms of a resource.
    fn is_form_of_resource(&self, schema: &'a Value) -> bool {
        let Some(name) = self.component_name(schema) else { return false };
        schemas(self.root).into_iter().flatten().any(|(_, other)| {
            flag(other, "x-resource")
                && other
                    .get("oneOf")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                    .any(|branch| target(branch) == Some(name))
        })
    }

    /// The type of the ids of a resource: of its own, or of all its forms together.
    fn resource_id(&self, schema: &Value) -> Option<Ty> {
        let Some(union) = schema.get("x-union") else { return self.id_type(schema) };
        if text(union, "kind") == Some("resources") {
            let prefixes = crate::lower::semantic::ids::union_prefixes(self.root, schema)?;
            let ids = self.ids();
            return ids.into_iter().find(|id| id.prefixes == prefixes).map(|id| Ty::Named(id.name));
        }
        let forms = schema.get("oneOf")?.as_array()?;
        let mut types: Vec<Ty> =
            forms.iter().map(|form| self.id_type(resolve(self.root, form))).collect::<Option<_>>()?;
        types.dedup();
        match types.as_slice() {
            [one @ (Ty::Named(_) | Ty::String)] => Some(one.clone()),
            _ if types.iter().all(|ty| matches!(ty, Ty::Named(_) | Ty::String)) => Some(Ty::String),
            _ => None,
        }
    }

    fn id_type(&self, schema: &Value) -> Option<Ty> {
        let id = schema.pointer("/properties/id")?;
        if !required(schema).contains(&"id") || self.is_nullable(id) {
            return None;
        }
        match (text(id, "x-id"), text(id, "type"), text(id, "format")) {
            (Some(name), _, _) => Some(Ty::Named(name.to_owned())),
            (None, Some("string"), Some("date" | "date-time")) => None,
            (None, Some("string"), _) if id.get("enum").is_none() && id.get("x-constant").is_none() => Some(Ty::String),
            (None, Some("integer"), format) => Some(Ty::Integer(integer(format))),
            _ => None,
        }
    }

    fn union(&mut self, schema: &Value, union: &Value, name: &str) -> Union {
        let strings = |value: Option<&Value>| -> Vec<String> {
            value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let empty = Vec::new();
        let branches = schema.get("oneOf").and_then(Value::as_array).unwrap_or(&empty);
        let marks = union.get("variants").and_then(Value::as_array).unwrap_or(&empty);
        let variants = branches
            .iter()
            .zip(marks)
            .map(|(branch, mark)| {
                let variant = text(mark, "name").unwrap_or_default().to_owned();
                let values = match text(mark, "prefix") {
                    Some(prefix) => vec![prefix.to_owned()],
                    None => strings(mark.get("values")),
                };
                let constants = mark.get("constants").and_then(Value::as_object).cloned().unwrap_or_else(Map::new);
                Variant {
                    ty: self.bare(branch, &format!("{name}{variant}")),
                    name: variant,
                    values,
                    required: strings(mark.get("required")),
                    constants: constants
                        .into_iter()
                        .filter_map(|(key, value)| Some((key, value.as_str()?.to_owned())))
                        .collect(),
                }
            })
            .collect::<Vec<_>>();
        let order = union.get("order").and_then(Value::as_array).into_iter().flatten();
        let order: Vec<usize> = order.filter_map(|i| usize::try_from(i.as_u64()?).ok()).collect();
        let by = match text(union, "kind") {
            Some("tagged") => UnionBy::Tag(text(union, "key").unwrap_or_default().to_owned()),
            Some("resources") => UnionBy::IdPrefix,
            _ => UnionBy::Shape,
        };
        let resource_id = flag(schema, "x-resource").then(|| self.resource_id(schema)).flatten();
        Union { by, variants, order, resource_id }
    }

    fn results(&mut self) -> Vec<StatusUnion> {
        let root = self.root;
        let mut out = Vec::new();
        for (name, arms) in root.get("x-results").and_then(Value::as_object).into_iter().flatten() {
            let arms = arms.as_array().into_iter().flatten().map(|arm| StatusArm {
                variant: text(arm, "variant").unwrap_or_default().to_owned(),
                status: text(arm, "status").unwrap_or_default().to_owned(),
                body: self.body(arm, name),
            });
            out.push(StatusUnion { name: name.clone(), arms: arms.collect() });
        }
        out
    }

    /// The builder of the structure that a schema is, or leads to through other names.
    pub(super) fn builder_of(&self, schema: &Value) -> Option<String> {
        let mut name = target(schema)?;
        for _ in 0..64 {
            match target(schemas(self.root)?.get(name)?) {
                Some(next) => name = next,
                None => break,
            }
        }
        self.builders.get(name).cloned()
    }

    /// What a result says it holds.
    pub(super) fn body(&mut self, result: &Value, owner: &str) -> super::Body {
        match text(result, "kind") {
            Some("json") => super::Body::Json(self.ty(&result["schema"], owner)),
            Some("text") => super::Body::Text,
            Some("binary") => super::Body::Binary,
            Some("union") => super::Body::Union(text(result, "name").unwrap_or_default().to_owned()),
            Some("none") => super::Body::None,
            _ => super::Body::Absent,
        }
    }

    fn events(&mut self) -> Option<Events> {
        let events = self.root.get("x-events")?;
        let path =
            events["path"].as_array().map(|path| path.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        let mut variants = Unique::default();
        variants.take("Unknown");
        let list = events["events"].as_array()?.iter().filter_map(|event| {
            let component = text(event, "schema")?;
            let name = text(event, "name")?;
            Some(Event {
                variant: variants.take(&pascal(name)),
                value: text(event, "value").unwrap_or(name).to_owned(),
                ty: Ty::Named(text(schemas(self.root)?.get(component)?, "x-rust-name")?.to_owned()),
                summary: text(event, "summary").or_else(|| text(event, "description")).unwrap_or_default().to_owned(),
                evidence: text(event, "x-evidence").map(str::to_owned),
            })
        });
        Some(Events { path, list: list.collect() })
    }
}
