//! Answers that differ by status.

/// A type that is decoded from a whole answer, its status included.
pub trait FromResponse: Sized {
    /// Decodes an answer.
    ///
    /// # Errors
    /// When the body is not what the document says for this status.
    fn from_response(status: u16, body: &[u8]) -> Result<Self, serde_json::Error>;
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

        impl $crate::status::FromResponse for $name {
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
