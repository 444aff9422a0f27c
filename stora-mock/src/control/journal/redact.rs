//! Takes secrets out of what the journal keeps.
//!
//! A secret is known by the name before it: a member of a JSON object, a field of a form, a parameter of a query. Where a name
//! like that stands in a text that is none of these, there is no telling where the secret ends, and nothing of it is kept.

use std::borrow::Cow;

use serde_json::Value;

const REDACTED: &str = "[redacted]";

/// The endings of names of secrets, in lower case: `secret`, `client_secret`, `token`, `refresh_token`, `code_verifier`.
const SECRET_ENDINGS: [&str; 4] = ["secret", "token", "password", "verifier"];

/// A path with its query, without the values of secret parameters.
pub(super) fn target(path_and_query: &str) -> String {
    match path_and_query.split_once('?') {
        Some((path, query)) => format!("{path}?{}", pairs(query, is_oauth(path))),
        None => path_and_query.to_owned(),
    }
}

/// Whether a path leads to OAuth. There `code` is the code of an authorization; elsewhere it is that of a coupon or an error.
pub(super) fn is_oauth(path: &str) -> bool {
    // The router looks at paths without their escapes, too.
    form_urlencoded::parse(path.as_bytes()).next().is_some_and(|(path, _)| path.starts_with("/oauth2/"))
}

/// The body without secrets, or none if the first `most_bytes` of it have none in them and can be kept as they are.
///
/// Only bodies that may hold a secret are read as a whole: a name stands before its value, so that a secret in the beginning
/// has its name there too.
pub(super) fn body(body: &[u8], most_bytes: usize, is_oauth: bool) -> Option<Vec<u8>> {
    let beginning = &body[..body.len().min(most_bytes)];
    let is_text = std::str::from_utf8(beginning).map_or_else(|error| error.error_len().is_none(), |_| true);
    if !is_text || !(is_oauth || may_name_a_secret(beginning)) {
        return None;
    }
    if let Ok(mut value @ (Value::Object(_) | Value::Array(_))) = serde_json::from_slice(body) {
        redact(&mut value, is_oauth);
        // Written anew in any case: of a member that is there twice, only the last was looked at.
        return Some(value.to_string().into_bytes());
    }
    let may_be_read = |text: &&str| is_form(text) || !(is_oauth || is_like_json(body) || mentions_a_secret(body));
    Some(match std::str::from_utf8(body).ok().filter(may_be_read) {
        Some(text) => pairs(text, is_oauth).into_bytes(),
        None => {
            format!("[redacted: {} bytes that may hold a secret and are neither JSON nor a form]", body.len()).into()
        }
    })
}

/// Whether a text may have a secret in it, in plain or with escapes in its name.
fn may_name_a_secret(text: &[u8]) -> bool {
    let escape: &[u8] = if is_like_json(text) { b"\\u" } else { b"%" };
    text.windows(escape.len()).any(|window| window == escape) || mentions_a_secret(text)
}

fn is_like_json(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'['))
}

fn mentions_a_secret(text: &[u8]) -> bool {
    (0..text.len()).any(|at| {
        let ending = match text[at].to_ascii_lowercase() {
            b's' => SECRET_ENDINGS[0],
            b't' => SECRET_ENDINGS[1],
            b'p' => SECRET_ENDINGS[2],
            b'v' => SECRET_ENDINGS[3],
            _ => return false,
        };
        text[at..].get(..ending.len()).is_some_and(|text| text.eq_ignore_ascii_case(ending.as_bytes()))
    })
}

fn is_secret(name: &str, is_oauth: bool) -> bool {
    let name = name.to_ascii_lowercase();
    // A challenge by the method `plain` is the verifier itself.
    SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
        || (is_oauth && ["code", "code_challenge"].contains(&name.as_str()))
}

/// `code` is a secret at the top only: below it is that of an error.
fn redact(value: &mut Value, is_oauth_top: bool) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    // There is nothing in these to hide, and whether a secret was given is worth knowing.
                    Value::Null | Value::Bool(_) => {}
                    _ if is_secret(name, is_oauth_top) => *member = REDACTED.into(),
                    _ => redact(member, false),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, false)),
        _ => {}
    }
}

/// Whether a text is written as a form is, at least loosely.
fn is_form(text: &str) -> bool {
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"_-.~*+%[]".contains(&b);
    let is_value = |b: u8| b.is_ascii_graphic() && !b"\"'{}<>\\".contains(&b);
    let is_pair = |(name, value): (&str, &str)| name.bytes().all(is_name) && value.bytes().all(is_value);
    text.contains('=') && text.split('&').all(|pair| is_pair(pair.split_once('=').unwrap_or((pair, ""))))
}

/// The pairs of a form or query, as they are written, without the values of secrets.
fn pairs(text: &str, is_oauth: bool) -> String {
    let redacted = text.split('&').map(|pair| {
        let name = form_urlencoded::parse(pair.as_bytes()).next().map(|(name, _)| name).unwrap_or_default();
        match pair.split_once('=') {
            Some((written, _)) if is_secret(name.trim(), is_oauth) => Cow::Owned(format!("{written}={REDACTED}")),
            _ => Cow::Borrowed(pair),
        }
    });
    redacted.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "8Y68U9SGSkzRQX0";

    fn of(text: &str, is_oauth: bool) -> Value {
        let kept = body(text.as_bytes(), 4096, is_oauth).unwrap_or_else(|| text.as_bytes().to_vec());
        let kept = String::from_utf8(kept).unwrap();
        serde_json::from_str(&kept).unwrap_or(Value::String(kept))
    }

    #[test]
    fn secret_members_are_redacted_however_deep_and_others_are_not() {
        let sent = json!({
            "endpoint": {"id": "we_1", "secret": SECRET, "urls": [{"Webhook_Secret": SECRET}]},
            "access_token": SECRET, "refresh_token": SECRET, "token": SECRET, "client_secret": SECRET,
            "password": 12345, "code_verifier": SECRET, "code_challenge": "kept", "tokens": [{"token": {"value": SECRET}}],
            "token_type": "Bearer", "client_id": "kept",
        });
        assert_eq!(
            of(&sent.to_string(), false),
            json!({
                "endpoint": {"id": "we_1", "secret": REDACTED, "urls": [{"Webhook_Secret": REDACTED}]},
                "access_token": REDACTED, "refresh_token": REDACTED, "token": REDACTED, "client_secret": REDACTED,
                "password": REDACTED, "code_verifier": REDACTED, "code_challenge": "kept", "tokens": [{"token": REDACTED}],
                "token_type": "Bearer", "client_id": "kept",
            })
        );
    }

    #[test]
    fn a_secret_that_is_not_there_is_seen_not_to_be() {
        let sent = json!({"secret": null, "has_secret": true});
        assert_eq!(of(&sent.to_string(), false), sent);
    }

    #[test]
    fn a_code_is_a_secret_at_the_top_of_oauth_only() {
        let sent = json!({"code": "SPRING10", "error": {"code": "invalid_token"}});
        assert_eq!(of(&sent.to_string(), false), sent);
        assert_eq!(of(&sent.to_string(), true), json!({"code": REDACTED, "error": {"code": "invalid_token"}}));
        let asked = "/oauth2/authorize?client_id=app&code_challenge=8Y68U9SGSkzRQX0&code_challenge_method=plain";
        assert_eq!(
            target(asked),
            "/oauth2/authorize?client_id=app&code_challenge=[redacted]&code_challenge_method=plain"
        );
    }

    #[test]
    fn names_written_with_escapes_and_members_given_twice_hide_nothing() {
        assert_eq!(of(r#"{"s\u0065cret": "8Y68U9SGSkzRQX0"}"#, false), json!({"secret": REDACTED}));
        assert_eq!(of(r#"{"secret": "8Y68U9SGSkzRQX0", "secret": null}"#, false), json!({"secret": null}));
        assert_eq!(of("client%5Fs%65cret=8Y68U9SGSkzRQX0", false), "client%5Fs%65cret=[redacted]");
    }

    #[test]
    fn fields_of_a_form_are_redacted_and_the_others_kept_as_they_are_written() {
        assert_eq!(
            of("grant_type=refresh_token&refresh_token=8Y68U9SGSkzRQX0&client_id=a%20b&x&Token=&y=", true),
            "grant_type=refresh_token&refresh_token=[redacted]&client_id=a%20b&x&Token=[redacted]&y="
        );
        assert_eq!(
            of("grant_type=authorization_code&code=8Y68", true),
            "grant_type=authorization_code&code=[redacted]"
        );
        assert_eq!(of("code=SPRING10", false), "code=SPRING10");
    }

    #[test]
    fn parameters_of_a_query_are_redacted() {
        assert_eq!(
            target("/2025-09/contacts?page=2&access_token=8Y68"),
            "/2025-09/contacts?page=2&access_token=[redacted]"
        );
        assert_eq!(target("/oauth2/authorize?code=8Y68&state=x"), "/oauth2/authorize?code=[redacted]&state=x");
        assert_eq!(target("/oauth%32/authorize?code=8Y68"), "/oauth%32/authorize?code=[redacted]");
        assert_eq!(target("/2025-09/coupons?code=SPRING10"), "/2025-09/coupons?code=SPRING10");
        assert_eq!(target("/2025-09/contacts"), "/2025-09/contacts");
        assert_eq!(target("/x?"), "/x?");
        assert_eq!(target("/x?client%5Fsecret=a=b?c"), "/x?client%5Fsecret=[redacted]");
    }

    #[test]
    fn of_a_text_that_may_hold_a_secret_and_cannot_be_read_nothing_is_kept() {
        for text in [
            r#"{"client_secret": "8Y68U9SGSkzRQX0""#,
            r#"{'client_secret': '8Y68U9SGSkzRQX0'}"#,
            "client_secret: 8Y68U9SGSkzRQX0",
            r#"{"s\u0065cret": "8Y68U9SGSkzRQX0""#,
            r#"a={"token":"8Y68U9SGSkzRQX0"}"#,
            r#""token=8Y68U9SGSkzRQX0""#,
            "token:8Y68U9SGSkzRQX0&a=b",
            "\u{feff}{\"secret\": \"8Y68U9SGSkzRQX0\"}",
        ] {
            let kept = of(text, false).to_string();
            assert!(kept.contains("neither JSON nor a form") && !kept.contains("8Y68"), "{text}: {kept}");
        }
        // Its beginning alone would be text.
        let kept = body(b"secret 8Y68U9SGSkzRQX0 \xff", 23, false).unwrap();
        assert!(!String::from_utf8(kept).unwrap().contains("8Y68"));
    }

    #[test]
    fn bodies_without_secrets_are_left_as_they_are() {
        for text in [r#"{ "id" : "con_1" }"#, "id,email\r\n1,a@b.c\r\n", "", "plain", r#"{"discount": "10 %"}"#] {
            assert_eq!(body(text.as_bytes(), 4096, false), None, "{text}");
        }
        assert_eq!(of("id,discount\r\n1,10 %\r\n", false), "id,discount\r\n1,10 %\r\n");
        assert_eq!(body(b"%PDF-1.7\n\xe2\xe3 secret", 4096, true), None);
    }

    #[test]
    fn a_secret_in_the_beginning_of_a_long_body_is_redacted_and_the_rest_does_not_matter() {
        let long = json!({"secret": SECRET, "padding": "x".repeat(5000)}).to_string();
        let kept = String::from_utf8(body(long.as_bytes(), 100, false).unwrap()).unwrap();
        assert!(kept.starts_with(r#"{"secret":"[redacted]","padding":"xxx"#));
        let late = json!({"padding": "x".repeat(5000), "secret": SECRET}).to_string();
        assert_eq!(body(late.as_bytes(), 100, false), None);
    }

    proptest::proptest! {
        #[test]
        fn no_secret_gets_through_whatever_is_around_it(
            before in "[a-z&{}\\[, ]{0,12}",
            name in proptest::sample::select(vec!["token", "client_secret", "code_verifier", "Refresh_Token", "secret"]),
            quote in proptest::sample::select(vec!["\"", "", "'"]),
            between in proptest::sample::select(vec![":", "=", ": "]),
            after in "[a-z&={}:, \"]{0,12}",
        ) {
            let text = format!("{before}{quote}{name}{quote}{between}{quote}{SECRET}{quote}{after}");
            let kept = body(text.as_bytes(), 4096, false);
            let kept = String::from_utf8(kept.unwrap_or_else(|| text.clone().into_bytes())).unwrap();
            proptest::prop_assert!(!kept.contains(SECRET), "{} became {}", text, kept);
        }
    }
}
