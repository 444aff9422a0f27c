//! The codes of errors, with what follows from each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What went wrong: the codes of the document, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is no JSON or is missing, or a header is malformed.
    InvalidRequest,
    /// A provider behind the API fails.
    ApiError,
    /// The token is missing, unknown, expired or revoked.
    InvalidToken,
    /// The token lacks a scope.
    Forbidden,
    /// The id in the path is unknown.
    ResourceNotFound,
    /// The path, or the method on it, does not exist.
    InvalidEndpoint,
    /// `Accept` names no format that the operation can give.
    InvalidFormat,
    /// State or dependency forbids the change, or an idempotency key is taken.
    Conflict,
    /// A query parameter breaks its rule.
    InvalidUrlParam,
    /// The body breaks its schema or names an unknown id.
    InvalidContent,
    /// A rate limit is exceeded.
    TooManyRequests,
    /// An unexpected fault.
    InternalServerError,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 12] = [
        Self::InvalidRequest,
        Self::ApiError,
        Self::InvalidToken,
        Self::Forbidden,
        Self::ResourceNotFound,
        Self::InvalidEndpoint,
        Self::InvalidFormat,
        Self::Conflict,
        Self::InvalidUrlParam,
        Self::InvalidContent,
        Self::TooManyRequests,
        Self::InternalServerError,
    ];

    /// The code as it stands in the answer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::ApiError => "api_error",
            Self::InvalidToken => "invalid_token",
            Self::Forbidden => "forbidden",
            Self::ResourceNotFound => "resource_not_found",
            Self::InvalidEndpoint => "invalid_endpoint",
            Self::InvalidFormat => "invalid_format",
            Self::Conflict => "conflict",
            Self::InvalidUrlParam => "invalid_url_param",
            Self::InvalidContent => "invalid_content",
            Self::TooManyRequests => "too_many_requests",
            Self::InternalServerError => "internal_server_error",
        }
    }

    /// The status that the code is answered with.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::ApiError => 400,
            Self::InvalidToken => 401,
            Self::Forbidden => 403,
            Self::ResourceNotFound | Self::InvalidEndpoint => 404,
            Self::InvalidFormat => 406,
            Self::Conflict => 409,
            Self::InvalidUrlParam | Self::InvalidContent => 422,
            Self::TooManyRequests => 429,
            Self::InternalServerError => 500,
        }
    }

    /// The `type` beside the code: whether the request or the service is at fault.
    pub const fn error_type(self) -> &'static str {
        match self {
            Self::ApiError | Self::InternalServerError => "api_error",
            _ => "invalid_request_error",
        }
    }

    /// The message where nothing more precise is known.
    pub const fn default_message(self) -> &'static str {
        match self {
            Self::InvalidRequest => "The body cannot be read as a valid request.",
            Self::ApiError => "An internal or outside service failed.",
            Self::InvalidToken => "The token is not valid.",
            Self::Forbidden => "This token may not do that.",
            Self::ResourceNotFound => "No such resource.",
            Self::InvalidEndpoint => "No such endpoint.",
            Self::InvalidFormat => "None of the formats in Accept is offered here.",
            Self::Conflict => "The state of the resource, or something that depends on it, forbids this.",
            Self::InvalidUrlParam => "A parameter in the URL is not valid.",
            Self::InvalidContent => "The body content is not valid.",
            Self::TooManyRequests => "Too many requests; wait for the window to reset.",
            Self::InternalServerError => "Something went wrong on our side.",
        }
    }
}

#[cfg(test)]
mod tests {
    use stora_client::types;

    use super::*;

    #[test]
    fn the_codes_are_those_of_the_document_in_its_order() {
        assert_eq!(Code::ALL.map(Code::as_str), types::ErrorCode::VALUES);
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }

    #[test]
    fn status_and_type_of_each_code_are_those_of_the_table() {
        assert_eq!(Code::ALL.map(Code::status), [400, 400, 401, 403, 404, 404, 406, 409, 422, 422, 429, 500]);
        for code in Code::ALL {
            let is_ours = matches!(code, Code::ApiError | Code::InternalServerError);
            assert_eq!(code.error_type(), if is_ours { "api_error" } else { "invalid_request_error" });
        }
    }
}
