//! Signatures of deliveries.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::domain::time::Timestamp;
use crate::domain::webhook_endpoint::SigningSecret;

/// What deliveries to one endpoint are signed with.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// The key of a secret: the bytes of its text (webhooks.yaml, signature).
    #[expect(clippy::expect_used, reason = "the message says why it holds")]
    pub fn of(secret: &SigningSecret) -> Self {
        Self(Hmac::new_from_slice(secret.reveal().as_bytes()).expect("a key of HMAC has any length"))
    }

    /// The value of the header `X-Stora-Signature` for a body sent at an instant.
    pub fn sign(&self, at: Timestamp, body: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(at.unix().to_string().as_bytes());
        mac.update(b".");
        mac.update(body.as_bytes());
        let mut header = format!("t={},v1=", at.unix());
        for byte in mac.finalize().into_bytes() {
            // Writing to a text does not fail.
            let _ = write!(header, "{byte:02x}");
        }
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_of_the_moment_a_dot_and_the_body() {
        let key = Key::of(&SigningSecret::new("0123456789abcdef".repeat(4)));
        let header = key.sign(Timestamp::from_unix(1_763_640_000), "{\"event\":{}}");
        // printf '1763640000.{"event":{}}' | openssl dgst -sha256 -hmac "$secret"
        assert_eq!(header, "t=1763640000,v1=558b1f914ae64cabe8716650386d693d052804cf9e9738fc1194d48eba47a3d4");
    }
}
