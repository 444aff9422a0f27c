//! Texts as they stand where some characters mean something.

use std::fmt::Write as _;

/// A text as it stands in the path or query of an address: all but the unreserved characters of RFC 3986 escaped.
pub fn address(text: &str) -> String {
    let mut address = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// A text as it stands in HTML, between tags as well as in quotes.
pub fn html(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_means_something_in_an_address_is_escaped() {
        assert_eq!(address("50-sq_ft.jpg~"), "50-sq_ft.jpg~");
        assert_eq!(address("a b+c/d?e#f&ü%"), "a%20b%2Bc%2Fd%3Fe%23f%26%C3%BC%25");
    }

    #[test]
    fn whatever_means_something_in_html_is_escaped() {
        assert_eq!(html("<a href=\"x\">'ü' & y</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;ü&#39; &amp; y&lt;/a&gt;");
    }
}
