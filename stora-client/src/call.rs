//! What generated calls are made of: the arguments, what is said about one call alone, and the ways to send it.

use std::fmt::Display;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

pub use crate::request::Argument;
use crate::response::Answer;
use crate::{Client, Document, Error, Redirect, Response, RetryPolicy};

/// What the pipeline knows of an operation.
#[derive(Debug)]
pub struct Operation {
    /// Its id in the document.
    pub id: &'static str,
    /// Its method.
    pub method: Method,
    /// Its path, with the parameters as `{name}`.
    pub path: &'static str,
    /// Whether it is called without credentials.
    pub is_open: bool,
    /// Whether a repeat with the same `Idempotency-Key` is done once.
    pub takes_key: bool,
    /// Whether it does no harm to do it twice, though its method does not say so.
    pub is_harmless: bool,
}

/// A call that can be sent, as often as needed.
pub trait Call: Send + Sync {
    /// What is called.
    fn operation(&self) -> &Operation;
    /// Who calls.
    fn client(&self) -> &Client;
    /// What is said about this one call.
    fn options(&self) -> &CallOptions;
    /// The request, the same each time.
    ///
    /// # Errors
    /// When an argument is missing or does not fit.
    fn request(&self) -> Result<reqwest::Request, Error>;
}

/// What is said about one call alone.
#[derive(Clone, Debug, Default)]
pub struct CallOptions(Option<Box<Said>>);

#[derive(Clone, Debug, Default)]
struct Said {
    headers: HeaderMap,
    query: Vec<(String, String)>,
    timeout: Option<Duration>,
    retry: Option<RetryPolicy>,
    fault: Option<String>,
}

impl CallOptions {
    fn said(&mut self) -> &mut Said {
        self.0.get_or_insert_default()
    }

    /// Takes in a header.
    pub fn header(&mut self, name: &str, value: &str) {
        let said = self.said();
        match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Ok(name), Ok(mut value)) => {
                value.set_sensitive(matches!(name, AUTHORIZATION | COOKIE | PROXY_AUTHORIZATION));
                said.headers.append(name, value);
            }
            (Err(_), _) => said.fault = Some(format!("`{name}` cannot be the name of a header")),
            (_, Err(_)) => {
                said.fault = Some(format!("the value of the header `{name}` has characters that cannot stand in one"));
            }
        }
    }

    /// Takes in a query parameter.
    pub fn query(&mut self, name: &str, value: &dyn Display) {
        self.said().query.push((name.to_owned(), value.to_string()));
    }

    /// Takes in how long the call may take.
    pub fn timeout(&mut self, timeout: Duration) {
        self.said().timeout = Some(timeout);
    }

    /// Takes in how the call is repeated.
    pub fn retry(&mut self, policy: RetryPolicy) {
        self.said().retry = Some(policy);
    }

    /// How long the call may take, if that was said.
    pub(crate) fn total(&self) -> Option<Duration> {
        self.0.as_ref()?.timeout
    }

    /// How the call is repeated, if that was said.
    pub(crate) fn policy(&self) -> Option<&RetryPolicy> {
        self.0.as_ref()?.retry.as_ref()
    }

    /// Whether a header was said.
    pub(crate) fn has_header(&self, name: &HeaderName) -> bool {
        self.0.as_ref().is_some_and(|said| said.headers.contains_key(name))
    }

    /// Puts on a request what was said about it. A header that is said takes the place of one that the call sets itself.
    pub(crate) fn apply(&self, request: &mut reqwest::Request) -> Result<(), Error> {
        let Some(said) = &self.0 else { return Ok(()) };
        if let Some(fault) = &said.fault {
            return Err(Error::InvalidRequest(fault.clone()));
        }
        if !said.query.is_empty() {
            request.url_mut().query_pairs_mut().extend_pairs(&said.query);
        }
        for name in said.headers.keys() {
            request.headers_mut().remove(name);
        }
        request.headers_mut().extend(said.headers.clone());
        Ok(())
    }
}

/// An argument as it was given, or what is wrong with it.
///
/// # Errors
/// When it is missing or did not convert.
pub fn given<T>(argument: &Result<T, String>) -> Result<&T, Error> {
    argument.as_ref().map_err(|reason| Error::InvalidRequest(reason.clone()))
}

/// The value of a header parameter.
///
/// # Errors
/// When it has characters that cannot stand in a header.
pub fn header_value(name: &str, text: String) -> Result<HeaderValue, Error> {
    HeaderValue::try_from(text)
        .map_err(|_| Error::InvalidRequest(format!("`{name}`: the value has characters that cannot stand in a header")))
}

/// Sends a call and reads the answer to its end.
///
/// # Errors
/// When the call fails.
pub async fn exchange(call: &dyn Call) -> Result<Answer, Error> {
    call.client().shared.exchange(call).await
}

/// The same, for those who want the answer as it came.
///
/// # Errors
/// When the call fails.
pub async fn raw(call: &dyn Call) -> Result<Response<Bytes>, Error> {
    exchange(call).await.map(Answer::bytes)
}

/// Sends a call for a document, in a format if there are several.
///
/// # Errors
/// When the call fails.
pub async fn document(call: &dyn Call, media_type: Option<&'static str>) -> Result<Document, Error> {
    call.client().shared.document(call, media_type).await
}

/// Sends a call that is answered by an address.
///
/// # Errors
/// When the call fails, or the answer leads nowhere.
pub async fn redirect(call: &dyn Call) -> Result<Redirect, Error> {
    call.client().shared.redirect(call).await
}

/// Asks for another format than the call does by itself.
pub(crate) fn ask_for(request: &mut reqwest::Request, media_type: &'static str) {
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static(media_type));
}

/// Makes a builder a call.
#[macro_export]
#[doc(hidden)]
macro_rules! call {
    ($builder:ident: $id:literal $method:ident $path:literal, open $open:literal, keyed $keyed:literal;) => {
        impl $crate::call::Call for $builder<'_> {
            fn operation(&self) -> &$crate::call::Operation {
                static OPERATION: $crate::call::Operation = $crate::call::Operation {
                    id: $id,
                    method: ::http::Method::$method,
                    path: $path,
                    is_open: $open,
                    takes_key: $keyed,
                    is_harmless: false,
                };
                &OPERATION
            }
            fn client(&self) -> &$crate::Client {
                self.client
            }
            fn options(&self) -> &$crate::call::CallOptions {
                &self.options
            }
            fn request(&self) -> Result<::reqwest::Request, $crate::Error> {
                self.request()
            }
        }

        impl $builder<'_> {
            /// Sends a header with this call. It takes the place of one that the client sets itself.
            #[must_use]
            pub fn with_header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
                self.options.header(name.as_ref(), value.as_ref());
                self
            }

            /// Adds a query parameter that the document does not name.
            #[must_use]
            pub fn with_query(mut self, name: impl AsRef<str>, value: impl ::std::fmt::Display) -> Self {
                self.options.query(name.as_ref(), &value);
                self
            }

            /// How long this call may take with all its attempts, instead of what the client says.
            #[must_use]
            pub fn with_timeout(mut self, timeout: ::std::time::Duration) -> Self {
                self.options.timeout(timeout);
                self
            }

            /// How this call is repeated, instead of what the client says.
            #[must_use]
            pub fn with_retry(mut self, policy: $crate::RetryPolicy) -> Self {
                self.options.retry(policy);
                self
            }

            /// Sends the call and gives the answer as it came: status, headers and the bytes of the body.
            ///
            /// # Errors
            /// As for `send`, less those of decoding.
            pub async fn send_raw(self) -> Result<$crate::Response<::bytes::Bytes>, $crate::Error> {
                $crate::call::raw(&self).await
            }
        }
    };
}
