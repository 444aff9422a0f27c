//! Secrets: token values, client secrets, codes. What is kept of them is their hash alone.

use std::fmt::{self, Write};
use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

use crate::domain::ids::IdSource;

/// A secret in plain text. It has no serialised form, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// The SHA-256 of a secret: what is kept of it. It is stored as hexadecimal digits, and `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretHash([u8; 32]);

/// A record that was just made, and its secret, which is not to be had again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued<I> {
    /// The id of the record.
    pub id: I,
    /// The value of an access token, or the secret of an application.
    pub value: Secret,
}

impl Secret {
    /// A secret that was chosen elsewhere.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// A new secret: 43 URL-safe characters, 32 random bytes in base64url.
    pub fn generate(ids: &mut IdSource) -> Self {
        let mut bytes = [0; 32];
        for word in bytes.chunks_exact_mut(8) {
            word.copy_from_slice(&ids.word().to_be_bytes());
        }
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The secret in plain text, to hand to its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl SecretHash {
    /// The hash of a secret.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// The hash that stands in base64url without padding, as PKCE writes it; `None` if it is no such text.
    pub fn from_base64url(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// Whether this is the hash of a secret. It takes the same time wherever the two differ.
    pub fn matches(&self, secret: &str) -> bool {
        let other = Self::of(secret);
        let difference = self.0.iter().zip(other.0).fold(0, |sum, (one, other)| black_box(sum | (one ^ other)));
        difference == 0
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

impl Serialize for SecretHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut hex = String::with_capacity(64);
        for byte in self.0 {
            write!(hex, "{byte:02x}").map_err(serde::ser::Error::custom)?;
        }
        serializer.serialize_str(&hex)
    }
}

impl<'de> Deserialize<'de> for SecretHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits: Option<Vec<u8>> =
            text.chars().map(|c| c.to_digit(16).and_then(|digit| digit.try_into().ok())).collect();
        let bytes: Option<Vec<u8>> = digits
            .filter(|digits| digits.len() == 64)
            .map(|digits| digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect());
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        // The text may be a secret that was put where its hash belongs, so the message does not show it.
        bytes.map(Self).ok_or_else(|| D::Error::custom("a hash of a secret is 64 hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_value_is_an_opaque_string_of_43_url_safe_characters() {
        let mut ids = IdSource::new(7);
        let values: Vec<Secret> = (0..100).map(|_| Secret::generate(&mut ids)).collect();
        for (i, value) in values.iter().enumerate() {
            assert_eq!(value.expose().len(), 43);
            assert!(value.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
            assert!(!values[..i].contains(value));
        }
        assert_eq!(Secret::generate(&mut IdSource::new(7)), values[0]);
    }

    #[test]
    fn debug_shows_neither_a_secret_nor_its_hash() {
        let secret = Secret::new("hunter2");
        let issued = Issued { id: 1, value: secret.clone() };
        assert_eq!(
            format!("{secret:?} {:?} {issued:?}", secret.hash()),
            "Secret(..) SecretHash(..) Issued { id: 1, value: Secret(..) }"
        );
    }

    #[test]
    fn a_hash_matches_its_secret_alone() {
        let hash = SecretHash::of("abc");
        assert!(hash.matches("abc"));
        for other in ["", "abcd", "abd", "ABC"] {
            assert!(!hash.matches(other), "{other}");
        }
    }

    #[test]
    fn a_hash_is_stored_as_hexadecimal_digits_and_read_back() {
        let hash = SecretHash::of("abc");
        let stored = serde_json::to_string(&hash).unwrap();
        assert_eq!(stored, "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
        assert_eq!(serde_json::from_str::<SecretHash>(&stored).unwrap(), hash);
        for wrong in ["\"\"", "\"ba78\"", &stored.replace('a', "g"), &stored.replace("ba", "é")] {
            let message = serde_json::from_str::<SecretHash>(wrong).unwrap_err().to_string();
            assert!(message.contains("64 hexadecimal digits") && !message.contains("7816"), "{message}");
        }
    }

    #[test]
    fn a_hash_is_read_from_base64url_of_exactly_32_bytes() {
        // The example of RFC 7636, appendix B.
        let hash = SecretHash::from_base64url("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(hash.matches("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        for wrong in
            ["", "abc", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM=", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"]
        {
            assert_eq!(SecretHash::from_base64url(wrong), None, "{wrong}");
        }
    }
}
