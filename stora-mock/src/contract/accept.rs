//! Which format an answer has: the choice that the header `Accept` makes among what an operation offers (RFC 9110, 12.5.1).

/// `Accept` names none of the formats on offer, or refuses them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("none of the formats in Accept is offered here")]
pub struct NotAcceptable;

/// The media type to answer with, out of `offered`.
///
/// `accept` is the value of the header, several lines of it joined by commas. `offered` is what the operation can give, as
/// media types without parameters, the preferred one first. An operation that offers nothing is not to be asked for.
///
/// Each offered type has the quality of the most specific range that covers it: `text/csv` before `text/*` before `*/*`. The
/// highest quality wins. At equal quality it is the type whose range is named first, and of those under one range the one
/// that is offered first; so `*/*` and `application/*` give JSON wherever it is offered. A quality of nothing excludes.
/// Parameters other than `q` are not looked at, and an entry that is malformed counts as if it were not there. A header
/// without any entry is no header.
///
/// # Errors
/// When nothing that is offered is acceptable.
pub fn negotiate(accept: Option<&str>, offered: &'static [&'static str]) -> Result<&'static str, NotAcceptable> {
    let mut entries = accept.into_iter().flat_map(|accept| split(accept, ',')).map(str::trim).peekable();
    while entries.next_if(|entry| entry.is_empty()).is_some() {}
    if entries.peek().is_none() {
        return offered.first().copied().ok_or(NotAcceptable);
    }
    let ranges: Vec<Range> = entries.enumerate().filter_map(|(place, entry)| Range::parse(entry, place)).collect();
    let mut best: Option<(&'static str, &Range)> = None;
    for media_type in offered {
        let range = ranges.iter().filter(|range| range.covers(media_type)).max_by_key(|range| range.precedence());
        if let Some(range) = range.filter(|range| range.quality > 0)
            && best.is_none_or(|(_, other)| range.merit() > other.merit())
        {
            best = Some((media_type, range));
        }
    }
    best.map(|(media_type, _)| media_type).ok_or(NotAcceptable)
}

/// An entry of the header.
struct Range<'a> {
    /// What is before the slash; none is any.
    main: Option<&'a str>,
    /// What is after the slash; none is any.
    sub: Option<&'a str>,
    /// In thousandths.
    quality: u16,
    /// How many entries stand before it.
    place: usize,
}

impl<'a> Range<'a> {
    fn parse(entry: &'a str, place: usize) -> Option<Self> {
        let mut parts = split(entry, ';').map(str::trim);
        let (main, sub) = match parts.next()? {
            // Not in the grammar, but what Java has sent by default since its first days.
            "*" => (None, None),
            range => match range.split_once('/')? {
                ("*", "*") => (None, None),
                (main, "*") if is_token(main) => (Some(main), None),
                (main, sub) if is_token(main) && is_token(sub) => (Some(main), Some(sub)),
                _ => return None,
            },
        };
        let weight =
            parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
        let quality = weight.map_or(Some(1000), |(_, value)| quality(value.trim()))?;
        Some(Self { main, sub, quality, place })
    }

    fn covers(&self, media_type: &str) -> bool {
        let (main, sub) = media_type.split_once('/').unwrap_or((media_type, ""));
        self.main.is_none_or(|own| own.eq_ignore_ascii_case(main))
            && self.sub.is_none_or(|own| own.eq_ignore_ascii_case(sub))
    }

    /// Which of the ranges that cover one type speaks for it: the most specific one, then the kindest.
    fn precedence(&self) -> (bool, bool, Merit) {
        (self.sub.is_some(), self.main.is_some(), self.merit())
    }

    fn merit(&self) -> Merit {
        (self.quality, std::cmp::Reverse(self.place))
    }
}

/// Higher is better: by quality, then by place.
type Merit = (u16, std::cmp::Reverse<usize>);

/// The pieces between separators that do not stand in a quoted string.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => return !quoted && c == separator,
        }
        false
    })
}

/// The weight in thousandths: 0 to 1 with up to three decimals. A missing zero before the point is forgiven.
fn quality(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let well_formed = decimals.len() <= 3 && decimals.bytes().all(|b| b.is_ascii_digit());
    let is_number = matches!(whole, "0" | "1") || (whole.is_empty() && !decimals.is_empty());
    if !well_formed || !is_number {
        return None;
    }
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
    let quality = thousandths + if whole == "1" { 1000 } else { 0 };
    (quality <= 1000).then_some(quality)
}

/// Whether it is a token of RFC 9110. `*` is one by the letter, but no type is called so.
fn is_token(text: &str) -> bool {
    let is_token_char = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !text.is_empty() && text != "*" && text.bytes().all(is_token_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = "application/json";
    const CSV: &str = "text/csv";
    const PDF: &str = "application/pdf";

    const LIST: &[&str] = &[JSON, CSV];
    const SHOW: &[&str] = &[JSON];
    const INVOICE: &[&str] = &[JSON, PDF];

    fn list(accept: &str) -> Option<&'static str> {
        negotiate(Some(accept), LIST).ok()
    }

    fn show(accept: &str) -> Option<&'static str> {
        negotiate(Some(accept), SHOW).ok()
    }

    #[test]
    fn without_a_header_or_entries_the_first_is_given() {
        assert_eq!(negotiate(None, LIST), Ok(JSON));
        for blank in ["", " ", ",", " , ,\t"] {
            assert_eq!(list(blank), Some(JSON), "{blank:?}");
        }
        assert_eq!(negotiate(None, &[]), Err(NotAcceptable));
    }

    #[test]
    fn ranges_that_cover_json_give_json() {
        for accept in ["*/*", "application/*", "application/json", "application/*, text/csv;q=0.5", "*/*;q=0.1"] {
            assert_eq!(list(accept), Some(JSON), "{accept}");
            assert_eq!(negotiate(Some(accept), INVOICE), Ok(JSON), "{accept}");
        }
        assert_eq!(list("application/json, text/plain, */*"), Some(JSON));
    }

    #[test]
    fn a_range_of_texts_gives_csv_where_it_is_offered() {
        assert_eq!(list("text/*"), Some(CSV));
        assert_eq!(show("text/*"), None);
        assert_eq!(list("text/html, text/*;q=0.2"), Some(CSV));
    }

    #[test]
    fn the_highest_quality_wins_and_at_equal_quality_the_first_named() {
        assert_eq!(list("application/json;q=0.8, text/csv;q=0.9"), Some(CSV));
        assert_eq!(list("application/json;q=0.999, text/csv"), Some(CSV));
        assert_eq!(list("text/csv;q=0.5, application/json;q=0.50"), Some(CSV));
        assert_eq!(list("application/json, text/csv"), Some(JSON));
        assert_eq!(list("text/csv, application/json"), Some(CSV));
        assert_eq!(list("text/csv, */*"), Some(CSV));
        assert_eq!(list("*/*, text/csv"), Some(JSON));
        assert_eq!(list("text/html, application/xml;q=0.9, */*;q=0.8"), Some(JSON));
    }

    #[test]
    fn the_most_specific_range_speaks_for_a_type_wherever_it_stands() {
        assert_eq!(list("application/*;q=0.9, application/json;q=0.1, text/csv;q=0.5"), Some(CSV));
        assert_eq!(list("*/*, application/*;q=0.1, text/csv;q=0.5"), Some(CSV));
        assert_eq!(list("text/csv;q=0.1, */*;q=0.5"), Some(JSON));
        assert_eq!(negotiate(Some("application/*;q=0.2, application/pdf"), INVOICE), Ok(PDF));
    }

    #[test]
    fn a_quality_of_nothing_excludes() {
        assert_eq!(show("application/json;q=0"), None);
        assert_eq!(show("*/*;q=0"), None);
        assert_eq!(show("*/*, application/json;q=0.000"), None);
        assert_eq!(list("application/json;q=0, */*"), Some(CSV));
        assert_eq!(list("text/*;q=0, */*"), Some(JSON));
        assert_eq!(show("*/*;q=0, application/json"), Some(JSON));
    }

    #[test]
    fn parameters_are_not_looked_at() {
        assert_eq!(show("application/json; charset=utf-8"), Some(JSON));
        assert_eq!(show("application/json;version=1;q=0.3;ext"), Some(JSON));
        assert_eq!(list("application/json;charset=utf-8;q=0.1, text/csv;header=present"), Some(CSV));
        // What stands in quotes parts nothing.
        assert_eq!(list(r#"application/json;x="a,b;q=0", text/csv;q=0.9"#), Some(JSON));
        assert_eq!(list(r#"application/json;x="\",";q=0.1, text/csv"#), Some(CSV));
    }

    #[test]
    fn case_and_blanks_do_not_matter() {
        assert_eq!(show("APPLICATION/Json"), Some(JSON));
        assert_eq!(list(" Text/CSV ; Q=1.0 ,application/json ;q=0.9"), Some(CSV));
        assert_eq!(list("\ttext/csv\t"), Some(CSV));
    }

    #[test]
    fn formats_that_are_not_offered_are_not_acceptable() {
        for accept in [
            "application/problem+json",
            "application/xml",
            "text/csv",
            "application/pdf",
            "application/jsonx",
            "application/vnd.api+json",
        ] {
            assert_eq!(show(accept), None, "{accept}");
        }
    }

    #[test]
    fn malformed_entries_count_as_if_they_were_not_there() {
        for malformed in [
            "json",
            "application/",
            "/json",
            "*/json",
            "application json",
            "application/json/x",
            "application/js on",
            "application/json;q=2",
            "application/json;q=1.001",
            "application/json;q=-1",
            "application/json;q=0.1234",
            "application/json;q=",
            "application/json;q=.",
            "application/json;q=high",
            "application/\"json\"",
        ] {
            assert_eq!(show(malformed), None, "{malformed}");
            assert_eq!(list(&format!("{malformed}, text/csv;q=0.1")), Some(CSV), "{malformed}");
        }
    }

    #[test]
    fn what_old_clients_send_is_understood() {
        assert_eq!(show("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"), Some(JSON));
    }

    #[test]
    fn of_two_entries_for_one_type_the_kinder_counts() {
        assert_eq!(list("text/csv;q=0.5, application/json;q=0.1, application/json;level=1;q=0.9"), Some(JSON));
        assert_eq!(show("application/json;level=1;q=0, application/json"), Some(JSON));
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_answered_with_what_is_offered_or_not_at_all(accept in "[a-z*/;,=q0-9.\" \\\\]{0,60}") {
            if let Ok(chosen) = negotiate(Some(&accept), LIST) {
                proptest::prop_assert!(LIST.contains(&chosen));
            }
        }
    }
}
