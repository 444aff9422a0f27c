//! The control API over HTTP: the router, and what every call of it passes.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodFilter, on};

use super::route::{Input, Query, Reply, Route, text};
use super::{Control, ControlError, table, watch};
use crate::contract::Method;
use crate::contract::error::{ApiError, Code, Detail};
use crate::contract::request_id::RequestId;
use crate::domain::access::SecretHash;
use crate::server::Server;

/// The longest body that is read: snapshots of a large business are long.
const LONGEST_BODY: usize = 1 << 30;

/// The routes of the control API, below `/_mock`.
pub fn router(server: Arc<Server>) -> Router {
    let control = Control::new(server.clone());
    let token = server.options.control_token.as_deref().map(SecretHash::of);
    let mut router = Router::new();
    for route in table::routes() {
        let (path, filter, route) = (route.path, filter(route.method), Arc::new(route));
        let control = control.clone();
        let handler = async move |params: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
            // A name that is no text is that of nothing.
            let Ok(params) = params else {
                let server = &control.server;
                return fail(server, &ApiError::not_found(), &server.request_ids.next());
            };
            let params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            serve(control.clone(), route.clone(), token, params, request).await
        };
        router = router.route(path, on(filter, handler));
    }
    let unknown = server.clone();
    let unknown_path = async move || fail(&unknown, &ApiError::new(Code::InvalidEndpoint), &unknown.request_ids.next());
    let unknown_method = async move || {
        let error = ApiError { status: 405, ..ApiError::new(Code::InvalidEndpoint) };
        fail(&server, &error.with_message("This path does not have that method."), &server.request_ids.next())
    };
    router.fallback(unknown_path).method_not_allowed_fallback(unknown_method)
}

/// Answers one request.
async fn serve(
    control: Control,
    route: Arc<Route>,
    token: Option<SecretHash>,
    params: HashMap<String, String>,
    request: Request,
) -> Response {
    let server = control.server.clone();
    let request_id = server.request_ids.next();
    let (parts, body) = request.into_parts();
    if !route.open && !token.is_none_or(|token| is_authorized(&parts.headers, token)) {
        let error = ApiError::invalid_token("The control API needs its token as bearer token.");
        return fail(&server, &error, &request_id);
    }
    let Ok(body) = axum::body::to_bytes(body, LONGEST_BODY).await else {
        return fail(
            &server,
            &ApiError::invalid_request("The body did not arrive whole, or is too long."),
            &request_id,
        );
    };
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let input = Input { params, query, content_type: content_type.map(str::to_owned), body };
    if let Err(error) = knows_query(&route, &input) {
        return fail(&server, &error, &request_id);
    }
    // Some acts take long, such as restoring a large snapshot. One that panics has changed nothing.
    let acting = route.clone();
    let result = tokio::task::spawn_blocking(move || (acting.run)(&control, &input)).await;
    match result {
        Ok(Ok(reply)) => succeed(&server, &route, reply, &request_id),
        Ok(Err(ControlError(error))) => fail(&server, &error, &request_id),
        Err(_) => fail(&server, &ApiError::new(Code::InternalServerError), &request_id),
    }
}

/// Whether a request brings the control token. It takes the same time wherever what it brings differs.
fn is_authorized(headers: &HeaderMap, token: SecretHash) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    given
        .and_then(|given| given.trim().split_once(' '))
        .is_some_and(|(scheme, given)| scheme.eq_ignore_ascii_case("Bearer") && token.matches(given.trim()))
}

/// Refuses query parameters that an operation does not know: who misspells `operator` is not to change another one. Those that
/// are members of an object are checked with that object.
fn knows_query(route: &Route, input: &Input) -> Result<(), ApiError> {
    let known = match route.query {
        Query::None => None,
        Query::Operator => Some("operator"),
        Query::Members(_) | Query::OperatorAnd(_) => return Ok(()),
    };
    let unknown = input.query.iter().filter(|(name, _)| Some(name.as_str()) != known);
    let unknown = unknown.map(|(name, _)| Detail::new(format!("/{name}"), "This operation has no such parameter."));
    let details: Vec<Detail> = unknown.collect();
    if details.is_empty() { Ok(()) } else { Err(ApiError::invalid_params(details)) }
}

fn succeed(server: &Server, route: &Route, reply: Reply, request_id: &RequestId) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let (content_type, body) = match reply {
        Reply::Empty => (None, Body::empty()),
        Reply::Json(json) => (Some(JSON), Body::from(json)),
        Reply::Record(envelope, record) => {
            let curies = &server.addresses.curies;
            let id = request_id.as_str();
            let body =
                format!("{{{}:{record},\"meta\":{{\"request_id\":\"{id}\",\"curies\":{curies}}}}}", text(&envelope));
            (Some(JSON), Body::from(body))
        }
        Reply::Page(page) => (Some(HeaderValue::from_static("text/html; charset=utf-8")), Body::from(page)),
        Reply::Events(events) => {
            (Some(HeaderValue::from_static("text/event-stream")), Body::from_stream(watch::messages(events)))
        }
    };
    let mut response = respond(route.status, content_type, body, request_id);
    if matches!(route.response, super::route::Response::Events) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    response
}

fn fail(server: &Server, error: &ApiError, request_id: &RequestId) -> Response {
    let json = HeaderValue::from_static("application/json");
    let body = error.to_json(request_id.as_str(), &server.error_links);
    let mut response = respond(error.status, Some(json), Body::from(body), request_id);
    // The journal names the rule of a refusal, and control calls are none of it.
    if let Some(rule) = error.rule.filter(|rule| !rule.is_empty()) {
        response.headers_mut().insert("x-stora-mock-rule", HeaderValue::from_static(rule));
    }
    for (name, value) in error.headers() {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn respond(status: u16, content_type: Option<HeaderValue>, body: Body, request_id: &RequestId) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = content_type {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    if let Ok(id) = HeaderValue::from_str(request_id.as_str()) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
        Method::Head => MethodFilter::HEAD,
        Method::Options => MethodFilter::OPTIONS,
        Method::Trace => MethodFilter::TRACE,
    }
}
