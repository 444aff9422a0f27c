//! Names: from whatever stands in a document to identifiers of Rust.

use std::collections::HashSet;

use heck::{ToSnakeCase, ToUpperCamelCase};

/// Words that are no identifiers, in any edition up to 2024.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true",
    "try", "type", "typeof", "union", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Type names that generated code uses bare and that a generated type must therefore not take.
const RESERVED_TYPES: &[&str] = &[
    "Self",
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "String",
    "Vec",
    "Box",
    "Default",
    "Clone",
    "Copy",
    "Debug",
    "PartialEq",
    "Eq",
    "Hash",
    "Ord",
    "PartialOrd",
    "Serialize",
    "Deserialize",
    "From",
    "Into",
    "TryFrom",
    "TryInto",
    "Iterator",
    "IntoIterator",
    "Fn",
    "FnMut",
    "FnOnce",
    "Send",
    "Sync",
    "Sized",
    "Drop",
    "ToString",
    "AsRef",
    "AsMut",
    "Unpin",
    "ToOwned",
    "Extend",
    "FromIterator",
    "ExactSizeIterator",
    "DoubleEndedIterator",
    "Event",
];

/// A type or variant name: upper camel case.
pub fn pascal(text: &str) -> String {
    let spelled = spell(text);
    let cased = spelled.to_upper_camel_case();
    let cased =
        if cased.starts_with(|c: char| c.is_ascii_digit()) { format!("V{}", digits_apart(&spelled)) } else { cased };
    if cased == "Self" { "Self_".to_owned() } else { cased }
}

/// Upper camel case in which numbers that stood apart still do: `2025-09` gives `2025_09`.
fn digits_apart(spelled: &str) -> String {
    let mut out = String::new();
    for part in spelled.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        if out.ends_with(|c: char| c.is_ascii_digit()) && part.starts_with(|c: char| c.is_ascii_digit()) {
            out.push('_');
        }
        out.push_str(&part.to_upper_camel_case());
    }
    out
}

/// A type name that does not hide one that generated code needs.
pub fn type_name(text: &str) -> String {
    let name = pascal(text);
    if RESERVED_TYPES.contains(&name.as_str()) { format!("{name}Type") } else { name }
}

/// A field, method or parameter name: snake case, a trailing underscore on keywords.
pub fn snake(text: &str) -> String {
    let cased = spell(text).to_snake_case();
    if cased.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{cased}")
    } else if KEYWORDS.contains(&cased.as_str()) {
        format!("{cased}_")
    } else {
        cased
    }
}

/// The lower-case words of a name.
pub fn words(text: &str) -> Vec<String> {
    spell(text).to_snake_case().split('_').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The words that all names begin with.
pub fn common_words<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names = names.into_iter().map(words);
    let mut common = names.next().unwrap_or_default();
    for other in names {
        let same = common.iter().zip(&other).take_while(|(a, b)| a == b).count();
        common.truncate(same);
    }
    common
}

/// One of many: `line_items` gives `line_item`.
pub fn singular(text: &str) -> String {
    match text {
        _ if text.ends_with("ies") && text.len() > 4 => format!("{}y", &text[..text.len() - 3]),
        _ if text.ends_with("sses") || text.ends_with("xes") => text[..text.len() - 2].to_owned(),
        _ if text.ends_with('s') && !text.ends_with("ss") && !text.ends_with("us") && text.len() > 2 => {
            text[..text.len() - 1].to_owned()
        }
        _ => format!("{text}_item"),
    }
}

/// Gives out names, each once.
#[derive(Debug, Default, Clone)]
pub struct Unique(HashSet<String>);

impl Unique {
    /// Whether a name is given out already.
    pub fn is_taken(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// `wanted`, or the first of `wanted2`, `wanted3` … that is free.
    pub fn take(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut n = 2;
        while !self.0.insert(name.clone()) {
            name = if wanted.ends_with(|c: char| c.is_ascii_digit()) {
                format!("{wanted}_{n}")
            } else {
                format!("{wanted}{n}")
            };
            n += 1;
        }
        name
    }
}

/// Text in which only letters, digits and separators are left. Signs that are a whole name are spelled out.
fn spell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let has_word = text.chars().any(char::is_alphanumeric);
    for c in text.chars() {
        match c {
            '+' | '-' if !has_word || (text.starts_with(c) && text[1..].chars().all(|c| c.is_ascii_digit())) => {
                out.push_str(if c == '+' { " plus " } else { " minus " });
            }
            '\'' => {}
            _ if c.is_ascii_alphanumeric() => out.push(c),
            // Letters beyond ASCII are identifiers too, as long as they have the notion of a word character.
            _ if c.is_alphabetic() && is_identifier_char(c) => out.push(c),
            _ if has_word => out.push(' '),
            _ => out.push_str(&sign(c)),
        }
    }
    if out.trim().is_empty() { "empty".to_owned() } else { out }
}

fn is_identifier_char(c: char) -> bool {
    // Every alphabetic character of the Latin, Greek, Cyrillic and CJK blocks continues an identifier; modifiers and
    // letter-like symbols, which sit elsewhere, are spelled by their code.
    matches!(c, '\u{c0}'..='\u{24f}' | '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
        && c != '\u{d7}'
        && c != '\u{f7}'
        && c != '\u{37e}'
        && c != '\u{387}'
}

fn sign(c: char) -> String {
    let word = match c {
        '*' => "star",
        '/' => "slash",
        '\\' => "backslash",
        '<' => "less",
        '>' => "greater",
        '=' => "equal",
        '!' => "not",
        '?' => "question",
        '&' => "and",
        '|' => "or",
        '%' => "percent",
        '$' => "dollar",
        '#' => "hash",
        '@' => "at",
        '.' => "dot",
        ',' => "comma",
        ':' => "colon",
        ';' => "semicolon",
        '~' => "tilde",
        '^' => "caret",
        '_' => "underscore",
        '(' => "open",
        ')' => "close",
        c if c.is_whitespace() => "space",
        c => return format!(" u{:x} ", c as u32),
    };
    format!(" {word} ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_an_identifier() {
        for (text, pascal_name, snake_name) in [
            ("contact_list", "ContactList", "contact_list"),
            ("OAuthToken", "OAuthToken", "o_auth_token"),
            ("type", "Type", "type_"),
            ("self", "Self_", "self_"),
            ("2025-09", "V2025_09", "_2025_09"),
            ("+1", "Plus1", "plus_1"),
            ("-1", "Minus1", "minus_1"),
            ("", "Empty", "empty"),
            (">=", "GreaterEqual", "greater_equal"),
            ("filter[a]", "FilterA", "filter_a"),
            ("größe", "Größe", "größe"),
            ("x:y", "XY", "x_y"),
        ] {
            assert_eq!((pascal(text).as_str(), snake(text).as_str()), (pascal_name, snake_name), "{text}");
        }
        for text in ["★", "¼", "☃ snow", "a\u{301}", "日本"] {
            assert!(syn::parse_str::<syn::Ident>(&pascal(text)).is_ok(), "{text}: {}", pascal(text));
            assert!(syn::parse_str::<syn::Ident>(&snake(text)).is_ok(), "{text}: {}", snake(text));
        }
    }

    #[test]
    fn a_name_is_given_out_once() {
        let mut unique = Unique::default();
        assert_eq!(unique.take("A"), "A");
        assert_eq!(unique.take("A"), "A2");
        assert_eq!(unique.take("A2"), "A2_2");
    }

    #[test]
    fn common_words_are_whole_words() {
        assert_eq!(common_words(["OrderList", "OrderShow"]), ["order"]);
        assert_eq!(common_words(["UnitType", "UnitTypeList"]), ["unit", "type"]);
        assert!(common_words(["Order", "Ordering"]).is_empty());
    }
}
