//! The operations of the control API, described in one place for the router and the document.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use jsonschema::Validator;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub(super) use super::tag::Tag;
use super::{Control, ControlError, OperatorControl};
use crate::api::pointer;
use crate::contract::Method;
use crate::contract::body::{self, BodyError};
use crate::contract::error::{ApiError, Detail};
use crate::server::DEMO_OPERATOR;
use crate::webhooks::Events;

/// An operation: all that the router and the document know of it.
pub(super) struct Route {
    pub(super) id: &'static str,
    pub(super) method: Method,
    /// Its path below `/_mock`, with parameters in braces.
    pub(super) path: &'static str,
    pub(super) tag: Tag,
    pub(super) summary: &'static str,
    /// Whether it is open to whoever asks, without the control token.
    pub(super) open: bool,
    pub(super) query: Query,
    pub(super) request: Option<Request>,
    /// The status of success.
    pub(super) status: u16,
    pub(super) response: Response,
    pub(super) run: Run,
}

/// Which query parameters an operation knows.
#[derive(Clone, Copy)]
pub(super) enum Query {
    None,
    /// `operator`: the one that it is about.
    Operator,
    /// The members of an object with this schema.
    Members(SchemaOf),
    /// `operator`, and the members of an object with this schema.
    OperatorAnd(SchemaOf),
}

/// What an operation takes as its body.
#[derive(Clone, Copy)]
pub(super) struct Request {
    pub(super) schema: SchemaOf,
    pub(super) media_types: &'static [&'static str],
    pub(super) required: bool,
}

/// What an operation answers.
#[derive(Clone, Copy)]
pub(super) enum Response {
    /// Nothing but the status.
    Empty,
    /// An object of this schema.
    Json(SchemaOf),
    /// A record of the API under its envelope: the name of the envelope, and of the schema in the document of the API.
    Record(&'static str, &'static str),
    /// A page.
    Page,
    /// Events as they happen, without end.
    Events,
}

/// The schema of a type.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

type Run = Box<dyn Fn(&Control, &Input) -> Result<Reply, ControlError> + Send + Sync>;

type ReadBody<B> = Arc<dyn Fn(&Input) -> Result<B, ControlError> + Send + Sync>;

/// What a request brings.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) params: HashMap<String, String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) content_type: Option<String>,
    pub(super) body: Bytes,
}

/// What an operation answers when it succeeds.
#[derive(Debug)]
pub(super) enum Reply {
    /// Nothing but the status.
    Empty,
    /// JSON.
    Json(Bytes),
    /// JSON of a record, to be put under an envelope.
    Record(&'static str, String),
    /// A page.
    Page(String),
    /// Events as they happen, without end.
    Events(Events),
}

/// An operation whose handler is still to be told.
pub(super) struct Draft<B> {
    route: Route,
    read: ReadBody<B>,
}

impl Input {
    /// A parameter in the path.
    pub(super) fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    fn operator<'a>(&'a self) -> &'a str {
        let named = self.query.iter().find(|(name, _)| name == "operator");
        named.map_or(DEMO_OPERATOR, |(_, value): &'a (String, String)| value)
    }
}

/// An operation to be told more of.
pub(super) fn route(
    method: Method,
    path: &'static str,
    id: &'static str,
    tag: Tag,
    summary: &'static str,
) -> Draft<()> {
    let run: Run = Box::new(|_, _| Ok(Reply::Empty));
    let (query, response) = (Query::None, Response::Empty);
    let route = Route { id, method, path, tag, summary, open: false, query, request: None, status: 200, response, run };
    Draft { route, read: Arc::new(|_| Ok(())) }
}

impl Draft<()> {
    /// It takes a JSON body, which may be left out where nothing in it is required.
    pub(super) fn takes<T: DeserializeOwned + JsonSchema + 'static>(self) -> Draft<T> {
        let schema: SchemaOf = SchemaGenerator::subschema_for::<T>;
        let validator = OnceLock::new();
        let read = move |input: &Input| decode::<T>(validator.get_or_init(|| validator_of::<T>()), input);
        let request = Request { schema, media_types: &["application/json"], required: is_required::<T>() };
        Draft { route: Route { request: Some(request), ..self.route }, read: Arc::new(read) }
    }

    /// It takes a body that it reads by itself. `schema` describes it.
    pub(super) fn takes_raw(self, schema: SchemaOf, media_types: &'static [&'static str]) -> Draft<Raw> {
        let request = Request { schema, media_types, required: true };
        let read = |input: &Input| Ok(Raw { body: input.body.clone(), content_type: input.content_type.clone() });
        Draft { route: Route { request: Some(request), ..self.route }, read: Arc::new(read) }
    }
}

/// A body as it was sent.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) body: Bytes,
    pub(super) content_type: Option<String>,
}

impl<B: 'static> Draft<B> {
    /// Its status when it succeeds, where that is not 200.
    pub(super) fn status(mut self, status: u16) -> Self {
        self.route.status = status;
        self
    }

    /// Whoever asks may call it.
    pub(super) fn open(mut self) -> Self {
        self.route.open = true;
        self
    }

    /// Its query parameters are the members of an object.
    pub(super) fn query<Q: JsonSchema>(mut self) -> Self {
        self.route.query = Query::Members(SchemaGenerator::subschema_for::<Q>);
        self
    }

    /// It is about the server, and answers an object.
    pub(super) fn server<R: Serialize + JsonSchema>(
        self,
        act: impl Fn(&Control, &Input, B) -> Result<R, ControlError> + Send + Sync + 'static,
    ) -> Route {
        self.run(Response::Json(SchemaGenerator::subschema_for::<R>), move |control, input, body| {
            Ok(Reply::Json(json(&act(control, input, body)?)))
        })
    }

    /// It is about the server, and answers nothing but its status.
    pub(super) fn server_does(
        self,
        act: impl Fn(&Control, &Input, B) -> Result<(), ControlError> + Send + Sync + 'static,
    ) -> Route {
        self.status(204).run(Response::Empty, move |control, input, body| {
            act(control, input, body)?;
            Ok(Reply::Empty)
        })
    }

    /// It is about the server, and answers JSON that is written already, or a page.
    pub(super) fn server_replies(
        self,
        response: Response,
        act: impl Fn(&Control, &Input, B) -> Result<Reply, ControlError> + Send + Sync + 'static,
    ) -> Route {
        self.run(response, act)
    }

    /// It is about an operator, and answers an object.
    pub(super) fn operator<R: Serialize + JsonSchema>(
        self,
        act: impl Fn(&OperatorControl, &Input, B) -> Result<R, ControlError> + Send + Sync + 'static,
    ) -> Route {
        self.about_operator().server(move |control, input, body| act(&control.operator(input.operator())?, input, body))
    }

    /// It is about an operator, and answers nothing but its status.
    pub(super) fn operator_does(
        self,
        act: impl Fn(&OperatorControl, &Input, B) -> Result<(), ControlError> + Send + Sync + 'static,
    ) -> Route {
        let draft = self.about_operator();
        draft.server_does(move |control, input, body| act(&control.operator(input.operator())?, input, body))
    }

    /// It is about an operator, and answers JSON that is written already.
    pub(super) fn operator_replies(
        self,
        response: Response,
        act: impl Fn(&OperatorControl, &Input, B) -> Result<Reply, ControlError> + Send + Sync + 'static,
    ) -> Route {
        let draft = self.about_operator();
        draft.run(response, move |control, input, body| act(&control.operator(input.operator())?, input, body))
    }

    /// It is about a record of an operator, and answers that record as the API does: under `envelope`, by the schema `schema`
    /// of the document of the API.
    pub(super) fn record<R: Serialize>(
        self,
        envelope: &'static str,
        schema: &'static str,
        act: impl Fn(&OperatorControl, &Input, B) -> Result<R, ControlError> + Send + Sync + 'static,
    ) -> Route {
        self.operator_replies(Response::Record(envelope, schema), move |operator, input, body| {
            Ok(Reply::Record(envelope, text(&act(operator, input, body)?)))
        })
    }

    fn about_operator(mut self) -> Self {
        self.route.query = match self.route.query {
            Query::Members(schema) => Query::OperatorAnd(schema),
            _ => Query::Operator,
        };
        self
    }

    fn run(
        self,
        response: Response,
        act: impl Fn(&Control, &Input, B) -> Result<Reply, ControlError> + Send + Sync + 'static,
    ) -> Route {
        let read = self.read;
        Route { response, run: Box::new(move |control, input| act(control, input, read(input)?)), ..self.route }
    }
}

/// Something as JSON.
#[expect(clippy::expect_used, reason = "the message says why it holds")]
pub(super) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what the control API answers has string keys and no failing serializers")
}

fn json(value: &impl Serialize) -> Bytes {
    text(value).into()
}

/// Whether a body of a type cannot be left out.
fn is_required<T: JsonSchema>() -> bool {
    let schema = schemars::schema_for!(T);
    schema.get("required").and_then(Value::as_array).is_some_and(|names| !names.is_empty())
        || schema.get("oneOf").is_some()
}

/// What checks bodies of a type.
pub(crate) fn validator_of<T: JsonSchema>() -> Validator {
    body::validator_of(SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value())
}

fn decode<T: DeserializeOwned>(validator: &Validator, input: &Input) -> Result<T, ControlError> {
    let value = if input.body.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(&input.body)
            .map_err(|error| ApiError::invalid_request(format!("The body is not valid JSON: {error}.")))?
    };
    from_value(validator, value)
}

/// A value in its type, once it has passed the schema of that.
pub(crate) fn from_value<T: DeserializeOwned>(validator: &Validator, value: Value) -> Result<T, ControlError> {
    let faults = body::faults(validator, &value);
    if !faults.is_empty() {
        return Err(ApiError::from(BodyError::Invalid(faults)).into());
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let detail = Detail::new(pointer(error.path()), format!("This cannot be used: {}.", error.inner()));
        ApiError::invalid_content(vec![detail]).into()
    })
}
