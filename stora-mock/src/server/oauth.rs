//! The operations of OAuth over HTTP, on top of [`domain::access`](crate::domain::access).
//!
//! Faults of token, revoke and authorize are flat, as RFC 6749 has them. Those of the bearer token at info and introspect are in
//! the common envelope, and so is 406 everywhere (platform.yaml, OAuth 2, decisions); the pipeline has looked at both before.

mod parameters;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::http::request::Parts;
use bytes::Bytes;
use serde::Serialize;
use stora_client::{Nullable, types};

use self::parameters::{ParameterFault, Parameters};
use super::{Operator, Server};
use crate::api::{Answer, OauthEndpoint};
use crate::contract::error::{ApiError, Code};
use crate::domain::access::{
    Access, AuthorizeOutcome, AuthorizeRequest, OAuthError, OAuthFault, Redirect, RevokeRequest, Secret, SecretHash,
    TokenAnswer, TokenRequest,
};
use crate::domain::ids::IdSource;
use crate::domain::time::Timestamp;
use crate::store::World;
use crate::web::consent;

/// What a client that is not identified is told to do (RFC 6749, section 5.2).
const BASIC_CHALLENGE: &str = "Basic realm=\"oauth2\", charset=\"UTF-8\"";

/// A call of one of the operations.
pub(super) struct OauthCall<'a> {
    /// The server.
    pub(super) server: &'a Server,
    /// What is called.
    pub(super) endpoint: OauthEndpoint,
    /// The head of the request.
    pub(super) parts: &'a Parts,
    /// Its body, or why there is none.
    pub(super) body: Result<Bytes, ApiError>,
    /// Its id.
    pub(super) request_id: &'a str,
    /// The token that makes the call, which is alive; none where no token is needed.
    pub(super) bearer: Option<Bearer>,
    /// Whether what the call does is kept. Otherwise it is answered as if it were.
    pub(super) is_kept: bool,
}

/// A token that makes a call.
#[derive(Debug, Clone)]
pub(super) struct Bearer {
    /// Whose it is.
    pub(super) operator: Arc<Operator>,
    /// The hash of it.
    pub(super) token: SecretHash,
}

/// An answer, and the operator whose client asked for it, if that is known.
type Answered = (Answer, Option<Arc<Operator>>);

/// Answers a call. Beside the answer stands the operator whose business it is, where it is known.
///
/// # Errors
/// What the common envelope tells of: at introspect a body that cannot be read, and the bearer token as the one to examine.
pub(super) fn answer(call: &OauthCall<'_>) -> Result<Answered, ApiError> {
    match call.endpoint {
        OauthEndpoint::Token => Ok(call.token()),
        OauthEndpoint::Revoke => Ok(call.revoke()),
        OauthEndpoint::Authorize => Ok(call.authorize()),
        OauthEndpoint::Info => call.info(call.bearer()?),
        OauthEndpoint::Introspect => call.introspect(call.bearer()?),
    }
}

impl Server {
    /// Answers a question for consent as whoever sits at the browser says.
    pub fn decide(&self, request: &AuthorizeRequest, agreed: bool) -> AuthorizeOutcome {
        self.with_client(request.client_id.as_deref(), true, |access, now, ids| {
            access.decide(request, agreed, now, ids)
        })
        .0
    }

    /// Does something with the access of the operator that a client belongs to, and keeps it, whatever the result: a code that
    /// is used twice is refused and revokes tokens all the same.
    ///
    /// A client that belongs to nobody is answered by an access that knows no client, so that faults that come before that of
    /// the client are told in the same order.
    fn with_client<R>(
        &self,
        client_id: Option<&str>,
        is_kept: bool,
        act: impl FnOnce(&mut Access, Timestamp, &mut IdSource) -> R,
    ) -> (R, Option<Arc<Operator>>) {
        let Some(operator) = client_id.and_then(|id| self.operators.of_client(id)) else {
            return (act(&mut Access::default(), Timestamp::from_unix(0), &mut IdSource::new(0)), None);
        };
        let now = operator.clock.now();
        let act = |World { access, ids, .. }: &mut World| Ok::<_, Infallible>(act(access, now, ids));
        let Ok(result) = if is_kept { operator.act(act).map(|(result, _)| result) } else { operator.rehearse(act) };
        (result, Some(operator))
    }
}

impl OauthCall<'_> {
    /// `oauth_token_create`.
    fn token(&self) -> Answered {
        let (mut answer, operator) = match self.token_request() {
            Err(fault) => (refusal(&fault), None),
            Ok(request) => {
                let client_id = request.client.id.as_deref();
                let ask = |access: &mut Access, now, ids: &mut _| access.token(&request, now, ids);
                let (result, operator) = self.server.with_client(client_id, self.is_kept, ask);
                if let (Ok(token), Some(operator), true) = (&result, &operator, self.is_kept) {
                    self.server.operators.add_token(operator, token.access_token.hash());
                }
                (result.map_or_else(|fault| refusal(&fault), issued), operator)
            }
        };
        answer.headers.push(no_store());
        (answer, operator)
    }

    /// `oauth_token_revoke`.
    fn revoke(&self) -> Answered {
        let request = match self.revoke_request() {
            Ok(request) => request,
            Err(fault) => return (refusal(&fault), None),
        };
        let client_id = request.client.id.as_deref();
        let (result, operator) =
            self.server.with_client(client_id, self.is_kept, |access, now, _| access.revoke(&request, now));
        let done = |()| json(StatusCode::OK, &types::Empty { extra: Default::default() });
        (result.map_or_else(|fault| refusal(&fault), done), operator)
    }

    /// `oauth_authorization_show`.
    fn authorize(&self) -> Answered {
        let query = Parameters::of_form(self.parts.uri.query().unwrap_or_default());
        let (request, fault) = match authorize_request(&query) {
            Ok(read) => read,
            Err(fault) => return (bad_request(&fault.into()), None),
        };
        let client_id = request.client_id.as_deref();
        let ask = |access: &mut Access, now, ids: &mut _| access.authorize(&request, now, ids);
        let (outcome, operator) = self.server.with_client(client_id, self.is_kept, ask);
        let answer = match outcome {
            AuthorizeOutcome::Refused(fault) => bad_request(&fault),
            AuthorizeOutcome::Redirect(redirect) => found(&match fault {
                Some(fault) => Redirect { answer: Err(fault.into()), ..redirect },
                None => redirect,
            }),
            AuthorizeOutcome::Consent(page) => {
                let (name, now) = operator.as_deref().map_or_else(Default::default, |operator| {
                    (operator.read().settings.name.clone(), operator.clock.now())
                });
                let ticket = self.server.consents.ask(self.request_id, request, now);
                consent::page(&page, &name, &ticket)
            }
        };
        (answer, operator)
    }

    /// `oauth_token_show`.
    fn info(&self, bearer: &Bearer) -> Result<Answered, ApiError> {
        let Bearer { operator, token } = bearer;
        let world = operator.read();
        let description = world.access.describe(token, operator.clock.now());
        let description = description.map_err(|fault| ApiError::invalid_token(fault.to_string()))?;
        let info = types::OAuthTokenInfo {
            scope: description.scopes,
            expires_in: description.expires_at.map(Timestamp::unix),
            created_at: description.created_at.unix(),
            application: description
                .client_id
                .map(|uid| types::OAuthTokenInfoApplication { uid, extra: Default::default() }),
            operator: types::OAuthTokenInfoOperator { name: world.settings.name.clone(), extra: Default::default() },
            extra: Default::default(),
        };
        Ok((json(StatusCode::OK, &info), Some(operator.clone())))
    }

    /// `oauth_token_introspect`.
    fn introspect(&self, bearer: &Bearer) -> Result<Answered, ApiError> {
        let body = self.body.as_ref().map_err(ApiError::clone)?;
        let token = Parameters::of_body(&self.parts.headers, body)?.text("token")?.filter(|token| !token.is_empty());
        let token = token.map(|token| SecretHash::of(&token));
        let operator = &bearer.operator;
        let found = operator.read().access.introspect(&bearer.token, token.as_ref(), operator.clock.now());
        let found = found.map_err(|own| ApiError::invalid_token(own.to_string()))?;
        let inactive = types::OAuthIntrospection {
            active: false,
            scope: None,
            client_id: Nullable::Absent,
            token_type: None,
            exp: Nullable::Absent,
            iat: None,
            extra: Default::default(),
        };
        let introspection = match found {
            None => inactive,
            Some(token) => types::OAuthIntrospection {
                active: true,
                scope: Some(token.scopes.join(" ")),
                client_id: token.client_id.into(),
                token_type: Some(types::TokenType::Bearer),
                exp: token.expires_at.map(Timestamp::unix).into(),
                iat: Some(token.created_at.unix()),
                ..inactive
            },
        };
        Ok((json(StatusCode::OK, &introspection), Some(operator.clone())))
    }

    fn token_request(&self) -> Result<TokenRequest, OAuthFault> {
        let body = self.parameters()?;
        Ok(TokenRequest {
            grant_type: body.text("grant_type")?,
            client: body.client(&self.parts.headers)?,
            scope: body.text("scope")?,
            code: body.secret("code")?,
            redirect_uri: body.text("redirect_uri")?,
            code_verifier: body.secret("code_verifier")?,
            refresh_token: body.secret("refresh_token")?,
        })
    }

    fn revoke_request(&self) -> Result<RevokeRequest, OAuthFault> {
        let body = self.parameters()?;
        body.text("token_type_hint")?;
        Ok(RevokeRequest { client: body.client(&self.parts.headers)?, token: body.secret("token")? })
    }

    /// The parameters in the body of a request whose faults are flat.
    fn parameters(&self) -> Result<Parameters, OAuthFault> {
        let body = self.body.as_ref();
        let body = body.map_err(|error| parameters::fault(OAuthError::InvalidRequest, error.message.clone()))?;
        Ok(Parameters::of_body(&self.parts.headers, body)?)
    }

    fn bearer(&self) -> Result<&Bearer, ApiError> {
        self.bearer.as_ref().ok_or_else(|| ApiError::new(Code::InvalidToken))
    }
}

/// The question that a query asks, and what is wrong with the query besides, which the browser takes back.
///
/// # Errors
/// It is not clear who asks or where the browser is to be sent.
fn authorize_request(query: &Parameters) -> Result<(AuthorizeRequest, Option<ParameterFault>), ParameterFault> {
    let mut fault = None;
    let mut text = |name| {
        query.text(name).unwrap_or_else(|repeated| {
            fault.get_or_insert(repeated);
            None
        })
    };
    let request = AuthorizeRequest {
        client_id: query.text("client_id")?,
        redirect_uri: query.text("redirect_uri")?,
        response_type: text("response_type"),
        scope: text("scope"),
        state: text("state"),
        code_challenge: text("code_challenge").map(Secret::new),
        code_challenge_method: text("code_challenge_method"),
    };
    // Without a response type nothing is granted: what comes back is only where the fault is to be taken.
    let response_type = request.response_type.clone().filter(|_| fault.is_none());
    Ok((AuthorizeRequest { response_type, ..request }, fault))
}

fn issued(token: TokenAnswer) -> Answer {
    let refresh_token = token.refresh_token.map(|token| token.expose().into());
    let token = types::OAuthToken {
        access_token: token.access_token.expose().into(),
        token_type: types::TokenType::Bearer,
        expires_in: token.expires_in,
        scope: token.scopes.join(" "),
        created_at: token.created_at.unix(),
        refresh_token: refresh_token.map_or(Nullable::Absent, Nullable::Value),
        extra: Default::default(),
    };
    json(StatusCode::OK, &token)
}

/// Sends the browser back to the application.
fn found(redirect: &Redirect) -> Answer {
    let mut answer = Answer::empty(StatusCode::FOUND.as_u16());
    answer.headers.extend([("location", redirect.location()), no_store()]);
    answer
}

/// The answer of token and revoke to a request that is refused.
fn refusal(fault: &OAuthFault) -> Answer {
    let mut answer = flat(fault.error.status(), fault);
    if fault.error == OAuthError::InvalidClient {
        answer.headers.push(("www-authenticate", BASIC_CHALLENGE.to_owned()));
    }
    answer
}

/// The answer to a question for consent that does not send the browser anywhere.
fn bad_request(fault: &OAuthFault) -> Answer {
    flat(StatusCode::BAD_REQUEST.as_u16(), fault)
}

fn flat(status: u16, fault: &OAuthFault) -> Answer {
    let error = types::OAuthError {
        error: fault.error.code().into(),
        error_description: fault.description.clone(),
        extra: Default::default(),
    };
    Answer { status, ..json(StatusCode::BAD_REQUEST, &error) }
}

#[expect(clippy::expect_used, reason = "the message says why it holds")]
fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(body).expect("a generated type is JSON: its keys are texts");
    Answer::json(status.as_u16(), body)
}

fn no_store() -> (&'static str, String) {
    ("cache-control", "no-store".to_owned())
}
