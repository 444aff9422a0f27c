//! Answers that differ by status.

use progenitor_client::{Error, ResponseValue};

/// A type that is decoded from a whole answer, its status included.
pub trait FromResponse: Sized {
    /// Decodes an answer.
    ///
    /// # Errors
    /// When the body is not what the document says for this status.
    fn from_response(status: u16, body: &[u8]) -> Result<Self, serde_json::Error>;
}

/// Reads an answer to its end and decodes it by its status.
///
/// # Errors
/// When the body cannot be read or decoded.
pub async fn decode<T: FromResponse, E>(response: reqwest::Response) -> Result<ResponseValue<T>, Error<E>> {
    let status = response.status();
    let headers = response.headers().clone();
    let body = response.bytes().await.map_err(Error::ResponseBodyError)?;
    match T::from_response(status.as_u16(), &body) {
        Ok(value) => Ok(ResponseValue::new(value, status, headers)),
        Err(error) => Err(Error::InvalidResponsePayload(body, error)),
    }
}

/// The error that an answer with a status of failure stands for. One whose body is not what the document says, such as the
/// page of a gateway, keeps its status, its headers and its body.
pub async fn failure<E: serde::de::DeserializeOwned>(response: reqwest::Response) -> Error<E> {
    fail(response, |_, body| serde_json::from_slice(body)).await
}

/// The same, where the body depends on the status.
pub async fn failure_by_status<E: FromResponse>(response: reqwest::Response) -> Error<E> {
    fail(response, E::from_response).await
}

async fn fail<E>(response: reqwest::Response, decode: fn(u16, &[u8]) -> Result<E, serde_json::Error>) -> Error<E> {
    let status = response.status();
    let headers = response.headers().clone();
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => return Error::ResponseBodyError(error),
    };
    if let Ok(value) = decode(status.as_u16(), &body) {
        return Error::ErrorResponse(ResponseValue::new(value, status, headers));
    }
    let mut answer = http::Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Error::UnexpectedResponse(answer.into())
}

/// Declares answers whose body depends on the status.
#[macro_export]
#[doc(hidden)]
macro_rules! status_union {
    ($($(#[$meta:meta])* $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident $(($type:ty))? = $status:pat => $kind:ident,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant $(($type))?,)*
            /// An answer with a status that the document does not describe: the status and the body as it came.
            Unknown(u16, Vec<u8>),
        }

        impl $crate::response::FromResponse for $name {
            fn from_response(status: u16, body: &[u8]) -> Result<Self, ::serde_json::Error> {
                #[allow(unreachable_patterns)]
                match status {
                    $($status => $crate::status_body!($kind $variant body),)*
                    _ => Ok(Self::Unknown(status, body.to_vec())),
                }
            }
        }
    )*};
}

#[macro_export]
#[doc(hidden)]
macro_rules! status_body {
    (json $variant:ident $body:ident) => {
        ::serde_json::from_slice($body).map(Self::$variant)
    };
    (text $variant:ident $body:ident) => {
        Ok(Self::$variant(String::from_utf8_lossy($body).into_owned()))
    };
    (binary $variant:ident $body:ident) => {
        Ok(Self::$variant($body.to_vec()))
    };
    (none $variant:ident $body:ident) => {
        Ok(Self::$variant)
    };
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "what the macros declare is meant for other crates")]
mod tests {
    use super::FromResponse;

    crate::status_union! {
        Outcome {
            Fine(Vec<u8>) = 200 => json,
            Text(String) = 201 => text,
            Bytes(Vec<u8>) = 202 => binary,
            Nothing = 204 => none,
            Fault(String) = 400..=499 => json,
        }
    }

    #[test]
    fn the_status_tells_how_the_body_is_read() {
        for (status, body, expected) in [
            (200, "[1,2]", Outcome::Fine(vec![1, 2])),
            (201, "[1,2]", Outcome::Text("[1,2]".into())),
            (202, "ab", Outcome::Bytes(b"ab".to_vec())),
            (204, "whatever", Outcome::Nothing),
            (404, r#""no""#, Outcome::Fault("no".into())),
            (502, "<html>", Outcome::Unknown(502, b"<html>".to_vec())),
        ] {
            assert_eq!(Outcome::from_response(status, body.as_bytes()).unwrap(), expected);
        }
        assert!(Outcome::from_response(404, b"<html>").is_err());
    }
}
