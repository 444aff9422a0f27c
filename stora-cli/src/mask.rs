//! Keeps secrets out of what is shown.

use form_urlencoded::Serializer;
use serde_json::Value;

/// What stands where a secret was.
pub(crate) const MASK: &str = "***";

/// The properties that hold secrets, in the bodies of OAuth 2 and of webhook endpoints.
const SECRETS: [&str; 8] =
    ["access_token", "client_secret", "code", "code_verifier", "password", "refresh_token", "secret", "token"];

/// The headers that hold secrets, or may.
const SECRET_HEADERS: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "set-cookie"];

/// Whether a header is not to be shown.
pub(crate) fn is_secret_header(name: &str) -> bool {
    SECRET_HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

/// Puts masks over the secrets in a body. `code` is a secret where a token is asked for, and elsewhere the code of an error or a
/// coupon, so that it is masked only beside a `grant_type`.
pub(crate) fn mask(value: &mut Value) {
    match value {
        Value::Object(properties) => {
            let is_grant = properties.contains_key("grant_type");
            for (name, value) in properties.iter_mut() {
                if is_secret(name, is_grant) && value.is_string() {
                    *value = Value::from(MASK);
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

/// A body without its secrets: one that is JSON or a form. Others are given as they are if they are text, or else counted.
pub(crate) fn masked_body(media_type: &str, body: &[u8]) -> String {
    if let Ok(mut value) = serde_json::from_slice::<Value>(body) {
        mask(&mut value);
        return value.to_string();
    }
    if media_type.starts_with("application/x-www-form-urlencoded") {
        let pairs: Vec<_> = form_urlencoded::parse(body).collect();
        let is_grant = pairs.iter().any(|(name, _)| name == "grant_type");
        let masked = pairs.iter().map(|(name, value)| (name, if is_secret(name, is_grant) { MASK } else { value }));
        return Serializer::new(String::new()).extend_pairs(masked).finish();
    }
    match std::str::from_utf8(body) {
        // What should be JSON and is not may hold a secret anywhere.
        Ok(text) if !media_type.contains("json") => text.to_owned(),
        _ => format!("[{} bytes of {}]", body.len(), if media_type.is_empty() { "no known type" } else { media_type }),
    }
}

fn is_secret(name: &str, is_grant: bool) -> bool {
    SECRETS.contains(&name) && (name != "code" || is_grant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_masked_and_codes_of_errors_are_not() {
        let mut value =
            json!({"error": {"code": "conflict"}, "endpoint": {"secret": "hush"}, "list": [{"token": "hush"}]});
        mask(&mut value);
        assert_eq!(
            value,
            json!({"error": {"code": "conflict"}, "endpoint": {"secret": "***"}, "list": [{"token": "***"}]})
        );
        let body = br#"{"grant_type": "authorization_code", "code": "hush", "client_id": "app", "secret": null}"#;
        let shown = masked_body("application/json", body);
        assert_eq!(shown, r#"{"grant_type":"authorization_code","code":"***","client_id":"app","secret":null}"#);
    }

    #[test]
    fn a_form_is_masked_and_bytes_are_counted() {
        let form = masked_body("application/x-www-form-urlencoded", b"client_id=a&client_secret=hush");
        assert_eq!(form, "client_id=a&client_secret=***");
        assert_eq!(masked_body("application/pdf", &[0xff, 0xfe]), "[2 bytes of application/pdf]");
        assert_eq!(masked_body("application/json", b"{\"token\": \"hush"), "[15 bytes of application/json]");
        assert_eq!(masked_body("text/csv", b"id\n1"), "id\n1");
    }
}
