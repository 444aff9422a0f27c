//! How a call is sent, and what its answer stands for.

use progenitor_client::{ClientHooks, Error, OperationInfo, ResponseValue};

use crate::Client;
use crate::status::FromResponse;

/// Sends a request through the hooks of the client.
///
/// # Errors
/// When a hook refuses, or the request does not get through.
pub async fn dispatch<E>(
    client: &Client,
    mut request: reqwest::Request,
    operation_id: &'static str,
) -> Result<reqwest::Response, Error<E>> {
    let info = OperationInfo { operation_id };
    client.pre(&mut request, &info).await?;
    let result = client.exec(request, &info).await;
    client.post(&result, &info).await?;
    Ok(result?)
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
