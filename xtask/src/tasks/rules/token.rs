//! Rust source as tokens that keep comments, which the trees of `syn` leave out.

/// A token, or what is read like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    /// As it is written; of a text what is between its quotes.
    pub(super) text: &'a str,
    /// The line it begins in, from 1.
    pub(super) line: usize,
    /// The line it ends in.
    pub(super) last_line: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line comment or a block comment, for documentation or not.
    Comment,
    /// A string literal of any kind.
    Text,
    /// A name, a keyword or a number.
    Word,
    /// Any other sign.
    Mark,
}

impl Token<'_> {
    /// Whether it is this sign.
    pub(super) fn is(&self, mark: char) -> bool {
        self.kind == Kind::Mark && self.text.starts_with(mark)
    }

    /// Whether it is this word.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text == word
    }
}

/// The tokens of a source file. Characters and lifetimes are left out: they say nothing here.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let (kind, length, text) = next(rest, first);
        let (token, after) = rest.split_at(length);
        let last_line = line + token.matches('\n').count();
        if let Some(kind) = kind {
            tokens.push(Token { kind, text, line, last_line });
        }
        (line, rest) = (last_line, after);
    }
    tokens
}

/// What the source begins with, how long that is, and its text.
fn next(rest: &str, first: char) -> (Option<Kind>, usize, &str) {
    if rest.starts_with("//") {
        let length = rest.find('\n').unwrap_or(rest.len());
        (Some(Kind::Comment), length, &rest[..length])
    } else if rest.starts_with("/*") {
        let length = block(rest);
        (Some(Kind::Comment), length, &rest[..length])
    } else if let Some((length, text)) = text(rest) {
        (Some(Kind::Text), length, text)
    } else if first == '\'' {
        (None, character(rest), "")
    } else if is_of_word(first) {
        let length = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        (Some(Kind::Word), length, &rest[..length])
    } else {
        let length = first.len_utf8();
        ((!first.is_whitespace()).then_some(Kind::Mark), length, &rest[..length])
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a block comment, which may hold others.
fn block(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = rest[at..].find("*/") {
        depth += rest[at..at + found].matches("/*").count();
        at += found + "*/".len();
        depth -= 1;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of a string literal and what it holds; none if the source begins with something else.
fn text(rest: &str) -> Option<(usize, &str)> {
    let prefix = ["br", "cr", "b", "c", "r", ""]
        .into_iter()
        .find(|prefix| rest.strip_prefix(prefix).is_some_and(|after| after.trim_start_matches('#').starts_with('"')))?;
    let quoted = &rest[prefix.len()..];
    let hashes = quoted.find('"')?;
    let (end, is_raw) = ("#".repeat(hashes), prefix.ends_with('r'));
    if hashes > 0 && !is_raw {
        return None;
    }
    let start = prefix.len() + hashes + 1;
    let inner = &rest[start..];
    let length = if is_raw { inner.find(&format!("\"{end}")) } else { unescaped_quote(inner) };
    // What is never closed goes on to the end.
    Some(length.map_or((rest.len(), inner), |length| (start + length + 1 + hashes, &inner[..length])))
}

fn unescaped_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

/// The length of a character with its quotes, or of the quote that begins a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            let escaped = chars.next();
            let closed = chars.find(|(_, c)| *c == '\'');
            escaped.and(closed).map_or(rest.len(), |(at, _)| at + 1)
        }
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 1,
        },
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, source: &str) -> Vec<&str> {
        tokens(source).into_iter().filter(|token| token.kind == kind).map(|token| token.text).collect()
    }

    #[test]
    fn comments_end_where_they_end() {
        let source = "/// doc\nfn a() {} // A1 \"no text\"\n/* one /* within */ another */ b /* open";
        let wanted = ["/// doc", "// A1 \"no text\"", "/* one /* within */ another */", "/* open"];
        assert_eq!(of(Kind::Comment, source), wanted);
        assert_eq!(of(Kind::Word, source), ["fn", "a", "b"]);
    }

    #[test]
    fn texts_of_every_kind_hold_no_comments() {
        let source = r###"("// A1 \" \\", r"\", r#"a " b"#, b"c", br##"d "# e"##, c"f", cr"g", r#fn, "open"###;
        let wanted = ["// A1 \\\" \\\\", "\\", "a \" b", "c", "d \"# e", "f", "g", "open"];
        assert_eq!(of(Kind::Text, source), wanted);
        assert_eq!(of(Kind::Comment, source), [""; 0]);
    }

    #[test]
    fn quotes_of_characters_and_lifetimes_begin_no_text() {
        let source = r#"fn a<'a>(b: &'a str) { ['"', '\'', '\\', '\u{1F600}', 'é', b'"'] } // end"#;
        assert_eq!(of(Kind::Text, source), [""; 0]);
        assert_eq!(of(Kind::Comment, source), ["// end"]);
        assert_eq!(of(Kind::Word, source), ["fn", "a", "a", "b", "a", "str", "b"]);
    }

    #[test]
    fn tokens_know_their_lines() {
        let source = "a\n\"b\nc\" d\n";
        let lines: Vec<_> = tokens(source).into_iter().map(|token| (token.line, token.last_line)).collect();
        assert_eq!(lines, [(1, 1), (2, 3), (3, 3)]);
    }
}
