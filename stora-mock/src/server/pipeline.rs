//! What every call of the API passes, in one order.
//!
//! The order is that of platform.yaml (`order_of_checks`): endpoint, token, scope of the operation, rate limit, format, repeat
//! under an idempotency key, query, scopes of the expansion, body, and then the operation. Faults on demand come after the
//! caller is known, so that they can be meant for one operator, and before the caller is judged; those that stand for the work on a
//! request under an idempotency key, its slowness and its failure with 400 or 500, come once the key is taken.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

use super::Server;
use super::connection::Breaker;
use super::oauth::{self, Bearer, OauthCall};
use super::operators::Operator;
use super::respond::{self, Ending};
use crate::api::{self, Answer, Call, Handler, JSON, OauthEndpoint};
use crate::clock::{Stopwatch, real_now};
use crate::contract::error::{ApiError, Code};
use crate::contract::idempotency::{Begun, Claim, Content, Fingerprint, KeptAnswer};
use crate::contract::limits::Admission;
use crate::contract::query::Query;
use crate::contract::request_id::RequestId;
use crate::contract::{self, Match, Operation, OperationId, RouteError, accept, body, route};
use crate::control::faults::{Effect, Facts, FaultAnswer, Picked};
use crate::control::journal::{self, Target};
use crate::domain::access::{Principal, SecretHash, TokenFault};
use crate::domain::event::Event;
use crate::domain::ids::AnyId;
use crate::generated::DOCUMENT;
use crate::store::World;
use crate::web;

/// Where the document is served, to whoever asks (platform.yaml, `openapi_document`).
const DOCUMENT_PATH: &str = "/2025-09/openapi.json";

/// Answers one request.
pub(super) async fn serve(server: Arc<Server>, request: Request) -> Response {
    let watch = Stopwatch::start();
    let (parts, body) = request.into_parts();
    let breaker = parts.extensions.get::<ConnectInfo<Breaker>>().map(|info| info.0.clone()).unwrap_or_default();
    let mut exchange = Exchange::new(&server, &parts);
    let answer = exchange.answer(body).await;
    let answer = answer.unwrap_or_else(|error| exchange.refuse(&error));
    exchange.record(&answer, watch);
    let Exchange { request_id, admission, fault, .. } = exchange;
    let ending = fault.map_or(Ending::Whole, |picked| Ending::after(picked.effect));
    respond::response(answer, &request_id, admission, ending, &breaker)
}

/// What is kept of an answer under the key of its request.
fn kept(answer: &Answer) -> KeptAnswer {
    let content_type = answer.content_type.unwrap_or(JSON);
    KeptAnswer { status: answer.status, content_type, body: answer.body.clone() }
}

/// A request on its way, and what was learnt of it so far.
struct Exchange<'a> {
    server: &'a Arc<Server>,
    parts: &'a Parts,
    request_id: RequestId,
    operation: Option<&'static Operation>,
    operator: Option<Arc<Operator>>,
    token: Option<SecretHash>,
    caller: Option<AnyId>,
    admission: Option<Admission>,
    fault: Option<Picked>,
    replayed: bool,
    rule: Option<&'static str>,
    events: Vec<Event>,
    sent: Bytes,
}

impl<'a> Exchange<'a> {
    fn new(server: &'a Arc<Server>, parts: &'a Parts) -> Self {
        Self {
            server,
            parts,
            request_id: server.request_ids.next(),
            operation: None,
            operator: None,
            token: None,
            caller: None,
            admission: None,
            fault: None,
            replayed: false,
            rule: None,
            events: Vec::new(),
            sent: Bytes::new(),
        }
    }

    async fn answer(&mut self, body: Body) -> Result<Answer, ApiError> {
        if self.parts.uri.path() == DOCUMENT_PATH {
            return match self.parts.method {
                Method::GET => Ok(Answer::json(200, DOCUMENT)),
                _ => Err(RouteError::MethodNotAllowed { allow: &[contract::Method::Get] }.into()),
            };
        }
        let Match { operation, params } = route(self.parts.method.as_str(), self.parts.uri.path())?;
        self.operation = Some(operation);
        let handler = api::handler(operation.id);
        let credential = self.authenticate();
        self.fault = self.server.faults.pick(&Facts {
            operator: self.operator.as_deref().map(|operator| operator.id.as_str()),
            operation: Some(operation.id),
            method: operation.method.as_str(),
            path: self.parts.uri.path(),
        });
        let is_late = self.fails_under_its_key(operation);
        if !is_late && let Some(answer) = self.fail_on_demand().await {
            return Ok(answer);
        }
        let (read, write) = match handler {
            Handler::Read(read) => (Some(read), None),
            Handler::Write(write) => (None, Some(write)),
            Handler::Oauth(endpoint) => return self.oauth(operation, endpoint, credential, body).await,
            Handler::Picture => return web::images::show(self.server, &params),
        };

        let credential = credential?;
        let missing = lacks(&credential, operation.scopes.iter().copied());
        if !missing.is_empty() {
            return Err(ApiError::missing_scopes(&missing));
        }
        let operator = self.operator.clone().ok_or_else(|| ApiError::new(Code::InvalidToken))?;
        let admission = operator.limiter.admit(credential.credential, real_now().unix().unsigned_abs());
        self.admission = Some(admission);
        if !admission.allowed {
            return Err(admission.refusal());
        }
        let format = self.negotiate(operation)?;

        if operation.body.is_some() || operation.takes_idempotency_key() {
            self.sent = self.read(body).await?;
        }
        let now = operator.clock.now();
        let claim = match self.begin(&operator, &credential, operation)? {
            Repeat::First(claim) => claim,
            Repeat::Answered(answer) => {
                self.replayed = true;
                return Ok(answer);
            }
        };
        if is_late && let Some(answer) = self.fail_on_demand().await {
            if let Some(claim) = claim {
                claim.finish(kept(&answer));
            }
            return Ok(answer);
        }
        let run = |exchange: &mut Self| -> Result<Answer, ApiError> {
            let query = Query::parse(operation, exchange.parts.uri.query(), exchange.server.options.strict)
                .map_err(ApiError::invalid_params)?;
            let missing = lacks(&credential, query.expand.scopes());
            if !missing.is_empty() {
                return Err(ApiError::missing_expand_scopes(&missing));
            }
            let headers = &exchange.parts.headers;
            if operation.body.is_some() && !exchange.sent.is_empty() && is_encoded(headers) {
                return Err(ApiError::invalid_request("The body must be sent without a Content-Encoding."));
            }
            let options = &exchange.server.options;
            let concedes =
                |pointer: &str, value: &Value| !options.strict && api::concedes(operation.id, pointer, value);
            let content_type = header(headers, &CONTENT_TYPE);
            let body = body::check(operation, content_type, &exchange.sent, concedes)?;
            let mut call = Call {
                operation,
                params: &params,
                query: &query,
                body,
                caller: credential.credential,
                now,
                request_id: exchange.request_id.as_str(),
                addresses: operator.addresses(),
                documented_events_only: options.webhooks.documented_only,
                format,
            };
            if let Some(read) = read {
                return read(&call, &operator.read());
            }
            let Some(write) = write else { return Err(ApiError::new(Code::InternalServerError)) };
            let token = exchange.token;
            let act = |world: &mut World| {
                // A restore may have put another world in the place of the one that knew the caller.
                call.now = operator.clock.now();
                match token.map(|token| world.access.authenticate(&token, call.now)) {
                    Some(Err(fault)) => Err(ApiError::invalid_token(fault.to_string())),
                    _ => write(&mut call, world),
                }
            };
            if exchange.fault.as_ref().is_some_and(|picked| picked.effect == Some(Effect::NotSaved)) {
                return operator.rehearse(act);
            }
            let (answer, events) = operator.act(act)?;
            exchange.events = events;
            Ok(answer)
        };
        // An act that panics is rolled back on the way here; the caller is told, and the server goes on.
        let result = catch_unwind(AssertUnwindSafe(|| run(self)))
            .unwrap_or_else(|_| Err(ApiError::new(Code::InternalServerError)));
        // A call that its caller may not make has not begun: it does not count, and its key stays free (platform.yaml).
        let may_be_made = !result.as_ref().is_err_and(|error| error.code == Code::Forbidden);
        if !may_be_made {
            operator.limiter.take_back(credential.credential, real_now().unix().unsigned_abs());
        }
        let answer = result.unwrap_or_else(|error| self.refuse(&error));
        if let Some(claim) = claim.filter(|_| may_be_made) {
            claim.finish(kept(&answer));
        }
        Ok(answer)
    }

    /// Answers a call of OAuth: it has no rate limit and no idempotency key, and refuses what it reads in its own way.
    async fn oauth(
        &mut self,
        operation: &'static Operation,
        endpoint: OauthEndpoint,
        credential: Result<Principal, ApiError>,
        body: Body,
    ) -> Result<Answer, ApiError> {
        let mut bearer = None;
        if !operation.open {
            credential?;
            bearer = self.operator.clone().zip(self.token).map(|(operator, token)| Bearer { operator, token });
        }
        // What leads elsewhere has no format.
        if !operation.produces.is_empty() {
            self.negotiate(operation)?;
        }
        let body = if operation.body.is_some() { self.read(body).await } else { Ok(Bytes::new()) };
        if let Ok(body) = &body {
            self.sent = body.clone();
        }
        let call = OauthCall {
            server: self.server,
            endpoint,
            parts: self.parts,
            body,
            request_id: self.request_id.as_str(),
            bearer,
            is_kept: !self.fault.as_ref().is_some_and(|picked| picked.effect == Some(Effect::NotSaved)),
        };
        // As with every other act: one that panics is rolled back, and the server goes on.
        let (answer, operator) = catch_unwind(AssertUnwindSafe(|| oauth::answer(&call)))
            .unwrap_or_else(|_| Err(ApiError::new(Code::InternalServerError)))?;
        self.operator = operator;
        Ok(answer)
    }

    /// The format of the answer.
    fn negotiate(&self, operation: &'static Operation) -> Result<&'static str, ApiError> {
        let accepted = joined(&self.parts.headers, &ACCEPT);
        accept::negotiate(accepted.as_deref(), operation.produces)
            .map_err(|_| ApiError::not_acceptable(operation.produces))
    }

    /// Finds out who calls.
    fn authenticate(&mut self) -> Result<Principal, ApiError> {
        let headers = &self.parts.headers;
        let token = header(headers, &AUTHORIZATION).and_then(bearer).ok_or_else(|| {
            ApiError::invalid_token(match headers.get_all(&AUTHORIZATION).iter().count() {
                0 => "The request has no bearer token.",
                1 => "The header Authorization holds no bearer token.",
                _ => "The header Authorization is there more than once.",
            })
        })?;
        let hash = SecretHash::of(token);
        let operator = self.server.operators.of_token(&hash);
        let operator = operator.ok_or_else(|| ApiError::invalid_token(TokenFault::Unknown.to_string()))?;
        let now = operator.clock.now();
        let credential = operator.read().access.authenticate(&hash, now);
        let credential = credential.map_err(|fault| ApiError::invalid_token(fault.to_string()));
        self.operator = Some(operator);
        self.token = Some(hash);
        let credential = credential?;
        self.caller = Some(credential.credential);
        Ok(credential)
    }

    /// Whether the fault stands for what becomes of a request whose idempotency key is taken: it is slow, so that a repeat meets it
    /// in work, or its answer is one that is kept (platform.yaml).
    fn fails_under_its_key(&self, operation: &Operation) -> bool {
        let has_key = operation.takes_idempotency_key() && self.parts.headers.contains_key("idempotency-key");
        has_key
            && self.fault.as_ref().is_some_and(|picked| match &picked.effect {
                Some(Effect::Status(fault)) => matches!(fault.status, 400 | 500),
                Some(Effect::ConnectionReset) => false,
                _ => !picked.latency.is_zero(),
            })
    }

    /// Faults that take effect before the operation is carried out.
    async fn fail_on_demand(&self) -> Option<Answer> {
        let picked = self.fault.as_ref()?;
        if !picked.latency.is_zero() {
            tokio::time::sleep(picked.latency).await;
        }
        match picked.effect.as_ref()? {
            Effect::Status(fault) => {
                let mut answer = match fault.answer() {
                    FaultAnswer::Error(error) => self.error(&error),
                    FaultAnswer::Page(page) => Answer::html(fault.status, page),
                };
                let retry_after = fault.retry_after.map(|seconds| ("retry-after", seconds.to_string()));
                answer.headers.extend(retry_after);
                Some(answer)
            }
            Effect::ConnectionReset => Some(Answer::empty(StatusCode::OK.as_u16())),
            Effect::TruncatedBody { .. } | Effect::AnswerLost | Effect::NotSaved => None,
        }
    }

    async fn read(&self, body: Body) -> Result<Bytes, ApiError> {
        let limit = self.server.options.body_limit;
        let too_long = || ApiError::invalid_request(format!("The body is longer than {limit} bytes."));
        // Who says so beforehand is told before sending it all.
        let announced = header(&self.parts.headers, &CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(too_long());
        }
        axum::body::to_bytes(body, limit).await.map_err(|error| {
            let source = std::error::Error::source(&error);
            if source.is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>) {
                too_long()
            } else {
                ApiError::invalid_request("The body did not arrive whole.")
            }
        })
    }

    /// Looks whether the call repeats one that was made before.
    fn begin(
        &self,
        operator: &Arc<Operator>,
        credential: &Principal,
        operation: &'static Operation,
    ) -> Result<Repeat, ApiError> {
        if !operation.takes_idempotency_key() {
            return Ok(Repeat::First(None));
        }
        let mut keys = self.parts.headers.get_all("idempotency-key").iter();
        let Some(key) = keys.next() else { return Ok(Repeat::First(None)) };
        if keys.next().is_some() {
            return Err(ApiError::invalid_request("The request has more than one Idempotency-Key."));
        }
        let key = std::str::from_utf8(key.as_bytes());
        let key = key.map_err(|_| ApiError::invalid_request("The Idempotency-Key is no text."))?;
        let path = self.parts.uri.path_and_query().map_or("", |path| path.as_str());
        let value = serde_json::from_slice(&self.sent);
        let content = value.as_ref().map_or(Content::Other(&self.sent), Content::Json);
        let fingerprint = Fingerprint::of(self.parts.method.as_str(), path, content);
        Ok(match operator.idempotency.begin(credential.credential, key, fingerprint, operator.clock.now())? {
            Begun::First(claim) => Repeat::First(Some(claim)),
            Begun::Replay(KeptAnswer { status, content_type, body }) => {
                Repeat::Answered(Answer { status, content_type: Some(content_type), headers: Vec::new(), body })
            }
        })
    }

    fn refuse(&mut self, error: &ApiError) -> Answer {
        self.rule = error.rule;
        self.error(error)
    }

    fn error(&self, error: &ApiError) -> Answer {
        let mut answer = Answer::json(error.status, error.to_json(self.request_id.as_str(), &self.server.error_links));
        answer.headers.extend(error.headers());
        answer
    }

    fn record(&self, answer: &Answer, watch: Stopwatch) {
        let at = self.operator.as_ref().map_or_else(real_now, |operator| operator.clock.now());
        let target = Target::new(self.parts.uri.path_and_query().map_or("", |path| path.as_str()));
        let journal = &self.server.journal;
        journal.push(journal::Exchange {
            request_id: self.request_id,
            operator: self.operator.as_ref().map(|operator| operator.id.clone()),
            at,
            method: self.parts.method.as_str().to_owned(),
            operation: self.operation.map(|operation| operation.name),
            status: answer.status,
            duration_micros: watch.micros(),
            credential: self.caller,
            idempotent_replay: self.replayed,
            fault: self.fault.as_ref().map(ToString::to_string),
            rule: self.rule,
            events: self.events.iter().map(|event| event.kind.as_str()).collect(),
            request_body: journal.body(&target, &self.sent),
            response_body: match self.operation.map(|operation| operation.id) {
                // All other operations answer with what is no secret.
                Some(OperationId::WebhookEndpointCreate) => journal.body(&target, &answer.body),
                Some(id) if matches!(api::handler(id), Handler::Oauth(_)) => journal.body(&target, &answer.body),
                _ => journal.plain_answer(&answer.body),
            },
            path: target,
        });
    }
}

/// Whether a call was made before.
enum Repeat {
    /// It was not, or has no key; with a key, its answer is to be kept.
    First(Option<Claim>),
    /// It was, and this was the answer.
    Answered(Answer),
}

/// The scopes that a caller does not have.
fn lacks(caller: &Principal, scopes: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    scopes.filter(|scope| !caller.may(scope)).collect()
}

/// The token of `Bearer …`; the word is matched without regard to case (platform.yaml, authentication).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("Bearer") && !token.is_empty() && !token.contains(' ')).then_some(token)
}

/// The value of a header that has one: none if it is not there, is no text, or is there twice, so that nobody knows what counts.
fn header<'h>(headers: &'h HeaderMap<HeaderValue>, name: &HeaderName) -> Option<&'h str> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next().filter(|_| lines.next().is_none())?;
    line.to_str().ok()
}

/// Whether a body is compressed, or made into something else in another way.
fn is_encoded(headers: &HeaderMap<HeaderValue>) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// The lines of a header as one.
fn joined<'h>(headers: &'h HeaderMap<HeaderValue>, name: &HeaderName) -> Option<Cow<'h, str>> {
    let mut lines = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
    let first = lines.next()?;
    Some(lines.fold(Cow::Borrowed(first), |all, line| Cow::Owned(format!("{all}, {line}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_bearer_has_any_case_and_a_token_must_follow() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bEARER   abc "), Some("abc"));
        for header in ["", "Bearer", "Bearer ", "Basic abc", "abc", "Bearer a b"] {
            assert_eq!(bearer(header), None, "{header}");
        }
    }
}
