//! The messages of timeline templates: Liquid texts over the records and texts of an event.
//!
//! The filters and tags are those of Liquid's standard library, save `include` and `render`, since there are no partials; what is
//! `now` for the filter `date` is said by whoever asks for the text. A
//! variable that is missing is nothing, and so is what is asked of it: it is written as no text and counts as false.

mod counter;
mod date;
mod view;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use liquid::model::Value;
use liquid::{Parser, ParserBuilder, Template};
use serde_json::{Map, Value as Json};

use crate::domain::time::Timestamp;
use counter::Counter;
use date::{Date, NOW};
use view::{View, instant};

/// The variable that is true where an entry is shown outside the contact's own timeline.
const GLOBAL_CONTEXT: &str = "global_context";

/// How many tags and indexes a message can have: each may lie within another, and a deep nest would overflow the stack.
const MOST_NESTED: usize = 200;

/// How far a range of numbers in a loop can go.
const LONGEST_RANGE: i64 = 100;

/// A message is no Liquid, or cannot be rendered with the values at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// The line that it is about, from 1; none if that cannot be told.
    pub line: Option<usize>,
    /// What is wrong, in words.
    pub reason: String,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for TemplateError {}

/// The text of a message, as plain text: whoever shows it as HTML escapes it.
///
/// `variables` are records as JSON shows them and texts, by their names. Instants among them can be formatted with `date`, and so
/// can `now`.
///
/// # Errors
/// When the message is no Liquid, or a filter or tag cannot take a value. Arithmetic and `contains` want one: nothing is no
/// number. An index wants one too. A `for` or an `assign` makes a plain value: asked for what it does not have, it is an error,
/// save the properties that the records of a list leave out.
pub fn render(
    message: &str,
    variables: &Map<String, Json>,
    now: Timestamp,
    global_context: bool,
) -> Result<String, TemplateError> {
    let members = members_named_in(message);
    let mut root = View::of_object(variables, &members, false);
    root.insert(GLOBAL_CONTEXT, Value::scalar(global_context));
    root.insert(NOW, instant(now).map_or(Value::Nil, Value::scalar));
    run(message, &|message| {
        let template = parse(message)?;
        guard(|| template.render(&root))
    })
}

/// Whether a message is Liquid that can be rendered, given the right values.
///
/// # Errors
/// When it is not.
pub fn check(message: &str) -> Result<(), TemplateError> {
    run(message, &|message| parse(message).map(drop))
}

/// Does something with a message, and finds the place of what goes wrong.
fn run<T>(message: &str, act: &dyn Fn(&str) -> Result<T, TemplateError>) -> Result<T, TemplateError> {
    let parts = parts(message);
    let nested = parts.len() + message.matches('[').count();
    if nested > MOST_NESTED {
        let reason = format!("a message can have {MOST_NESTED} tags and indexes at most, and this one has {nested}");
        return Err(TemplateError { line: None, reason });
    }
    if let Some(part) = parts.iter().find(|part| ["include", "render"].contains(&part.tag())) {
        let reason = format!("`{}` is not supported: there are no partials", part.tag());
        return Err(TemplateError { line: Some(part.line), reason });
    }
    if let Some(part) = parts.iter().find(|part| part.goes_too_far()) {
        let reason = format!("a range goes from one number to another, at most {LONGEST_RANGE} further");
        return Err(TemplateError { line: Some(part.line), reason });
    }
    act(message).map_err(|error| {
        // The first part without which the error is gone, or another, is what it is about.
        let is_cause = |part: &&Part<'_>| {
            let without = [&message[..part.start], &message[part.start + part.text.len()..]].concat();
            act(&without).err().as_ref() != Some(&error)
        };
        let cause = || parts.iter().filter(|part| part.stands_alone()).find(is_cause).map(|part| part.line);
        TemplateError { line: error.line.or_else(cause), ..error }
    })
}

fn parse(message: &str) -> Result<Template, TemplateError> {
    static PARSER: LazyLock<Option<Parser>> = LazyLock::new(|| {
        let own = ParserBuilder::with_stdlib().filter(Date).tag(Counter::Increment).tag(Counter::Decrement);
        own.build().ok()
    });
    let no_parser = || TemplateError { line: None, reason: "Liquid cannot be set up".to_owned() };
    let parser = PARSER.as_ref().ok_or_else(no_parser)?;
    guard(|| parser.parse(message))
}

/// The result of an act of the library, which panics on numbers it cannot work with instead of refusing them.
fn guard<T>(act: impl FnOnce() -> Result<T, liquid::Error>) -> Result<T, TemplateError> {
    let no_number =
        |_| TemplateError { line: None, reason: "a number in it is too great or makes no sense".to_owned() };
    catch_unwind(AssertUnwindSafe(act)).map_err(no_number)?.map_err(|error| explain(&error.to_string()))
}

/// What the library says is wrong, on one line: its message, then what it is about, as far as that is short.
fn explain(text: &str) -> TemplateError {
    let about: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once('='))
        .filter(|(key, _)| !key.starts_with("available") && *key != "index")
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join("; ")) };
    let Some(place) = Place::of(text) else {
        let reason = text.lines().next().unwrap_or_default().trim_start_matches("liquid: ");
        return TemplateError { line: None, reason: format!("{reason}{about}") };
    };
    let found = if place.found.is_empty() { String::new() } else { format!(", found `{}`", place.found) };
    TemplateError { line: Some(place.line), reason: format!("{}{about}{found}", place.reason.trim_end_matches('.')) }
}

/// What an error of the grammar says.
struct Place<'a> {
    line: usize,
    reason: &'a str,
    /// The rest of the line that it is about.
    found: String,
}

impl<'a> Place<'a> {
    /// Reads an arrow with line and column, the line itself behind a bar, and the reason behind an equals sign.
    fn of(text: &'a str) -> Option<Self> {
        let (_, place) = text.split_once("--> ")?;
        let (line, column) = place.lines().next()?.split_once(':')?;
        let source = place.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(" | ")).unwrap_or_default();
        let column: usize = column.parse().ok()?;
        let found: String = source.chars().skip(column.saturating_sub(1)).collect();
        let reason = place.lines().find_map(|text| text.trim_start().strip_prefix("= "))?;
        Some(Self { line: line.parse().ok()?, reason, found: found.trim().to_owned() })
    }
}

/// An output or a tag of a message.
struct Part<'a> {
    /// Where it begins, in bytes.
    start: usize,
    /// The line it begins in, from 1.
    line: usize,
    /// With its brackets.
    text: &'a str,
}

impl<'a> Part<'a> {
    /// The name of a tag; empty for an output.
    fn tag(&self) -> &'a str {
        let inside = self.text.strip_prefix("{%").unwrap_or_default().trim_start_matches('-').trim_start();
        inside.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
    }

    /// Whether it is a loop over a range that is long, or whose length nobody knows before: its numbers are made all at once.
    fn goes_too_far(&self) -> bool {
        let Some((first, last)) = self.text.split_once("..").filter(|_| ["for", "tablerow"].contains(&self.tag()))
        else {
            return false;
        };
        let first = first.rsplit('(').next().and_then(|first| first.trim().parse().ok());
        let last = last.split(')').next().and_then(|last| last.trim().parse().ok());
        let length = first.zip(last).and_then(|(first, last): (i64, i64)| last.checked_sub(first));
        length.is_none_or(|length| length > LONGEST_RANGE)
    }

    /// Whether a message without it would still have a beginning to every end.
    fn stands_alone(&self) -> bool {
        self.text.starts_with("{{") || ["assign", "cycle", "decrement", "increment"].contains(&self.tag())
    }
}

/// The outputs and tags of a message, save those within `raw` and `comment`.
fn parts(message: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut at, mut line) = (0, 1);
    let opens = |pair: &[u8]| matches!(pair, b"{{" | b"{%");
    while let Some(start) = message.as_bytes()[at..].windows(2).position(opens) {
        let start = at + start;
        line += message[at..start].matches('\n').count();
        let close = if message[start..].starts_with("{{") { "}}" } else { "%}" };
        let end = message[start..].find(close).map_or(message.len(), |end| start + end + close.len());
        let part = Part { start, line, text: &message[start..end] };
        at = match part.tag() {
            tag @ ("comment" | "raw") => {
                message[end..].find(&format!("end{tag}")).map_or(message.len(), |length| end + length)
            }
            _ => end,
        };
        line += message[start..at].matches('\n').count();
        parts.push(part);
    }
    parts
}

/// The names of properties that a message asks for anywhere.
fn members_named_in(message: &str) -> Vec<&str> {
    let name = |text: &'_ str| text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(text.len());
    message.split('.').skip(1).map(|rest| &rest[..name(rest)]).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        "2024-02-29T23:59:59Z".parse().unwrap()
    }

    fn rendered(message: &str) -> String {
        let variables = json!({
            "contact": {"full_name": "Ann Lee", "address": null, "created_at": "2026-03-02T08:00:00Z", "tenancies_count": 2},
            "invoice": {"total": {"amount": 12050, "formatted": "£120.50"}, "line_items": [
                {"description": "Unit", "item": {"id": "utype_1"}}, {"quantity": 3, "item": {"id": "plvl_1", "name": "Basic"}}]},
            "reason": "late",
            "nobody_yet": [],
        });
        render(message, variables.as_object().unwrap(), now(), false)
            .unwrap_or_else(|error| panic!("{message}: {error}"))
    }

    fn refused(message: &str) -> (Option<usize>, String) {
        let error = render(message, &Map::new(), now(), false).unwrap_err();
        (error.line, error.reason)
    }

    #[test]
    fn a_message_is_rendered_over_records_and_texts() {
        assert_eq!(rendered("{{ contact.full_name }} was {{ reason }}."), "Ann Lee was late.");
        assert_eq!(rendered("{{ invoice.total.formatted }} {{ contact.tenancies_count | plus: 1 }}"), "£120.50 3");
        assert_eq!(rendered("{{ contact.created_at | date: '%d %B %Y, %H:%M' }}"), "02 March 2026, 08:00");
        assert_eq!(rendered("{% for line in invoice.line_items %}{{ forloop.index }}{% endfor %}"), "12");
        assert_eq!(
            rendered("{{ invoice.line_items.first.description }} {{ invoice.line_items[1].item.name }}"),
            "Unit Basic"
        );
        assert_eq!(rendered("{{ invoice.line_items.last.quantity }}{{ invoice.line_items[-2].item.id }}"), "3utype_1");
        assert_eq!(rendered("plain text, {not a tag}"), "plain text, {not a tag}");
    }

    #[test]
    fn the_context_is_known_to_every_message() {
        let message = "{% if global_context %}{{ contact.full_name }}{% else %}The contact{% endif %} paid";
        let variables = json!({"contact": {"full_name": "Ann"}, "global_context": "not this one"});
        let rendered = |global| render(message, variables.as_object().unwrap(), now(), global).unwrap();
        assert_eq!((rendered(true), rendered(false)), ("Ann paid".to_owned(), "The contact paid".to_owned()));
    }

    #[test]
    fn what_is_missing_is_empty_wherever_it_is_asked_for() {
        for message in [
            "{{ nobody }}",
            "{{ nobody.full_name }}",
            "{{ contact.nickname }}",
            "{{ contact.address.city }}",
            "{{ contact.full_name.first_letter }}",
            "{{ reason[0] }}",
            "{{ invoice.line_items[7].description }}",
            "{{ invoice.line_items[-3] }}",
            "{{ nobody_yet.first.name }}{{ nobody_yet.last }}",
            "{{ nobody | upcase | append: contact.nickname | date: '%Y' }}",
            "{{ nobody.size }}",
            "{% if nobody %}x{% endif %}",
            "{% if contact.address.city %}x{% endif %}",
            "{% if nobody == 'x' or contact.nickname > 1 %}x{% endif %}",
            "{% if nobody != nil %}x{% endif %}",
            "{% unless nobody == blank %}x{% endunless %}",
            "{% case nobody %}{% when 'x' %}x{% endcase %}",
            "{% for one in nobody %}x{% endfor %}",
            "{% for one in contact.address.lines %}x{% endfor %}",
            "{% assign one = nobody.name %}{{ one }}",
            "{% for line in invoice.line_items %}{{ line.colour }}{{ line.item.colour }}{% endfor %}",
            "{% for line in nobody_yet %}x{% endfor %}",
        ] {
            assert_eq!(rendered(message), "", "{message}");
        }
        assert_eq!(rendered("{{ nobody | default: 'someone' }}"), "someone");
        assert_eq!(rendered("{% for line in invoice.line_items %}[{{ line.description }}]{% endfor %}"), "[Unit][]");
    }

    #[test]
    fn now_is_by_the_clock_that_is_given() {
        assert_eq!(rendered("{{ 'now' | date: '%Y-%m-%d %H:%M:%S' }}"), "2024-02-29 23:59:59");
        assert_eq!(rendered("{{ ' Today ' | date: '%d %B %Y' }}{{ 'now' | date: '' }}"), "29 February 2024now");
        assert_eq!(rendered("{% assign hour = 'now' | date: '%H' %}{{ hour }}"), "23");
        assert_eq!(
            rendered("{{ '13 Jun 2016 02:30:00 +0300' | date: '%Y-%m-%d' }}{{ 7.5 | date: '%Y' }}"),
            "2016-06-137.5"
        );
    }

    #[test]
    fn a_counter_is_shown_by_its_name_and_is_apart_from_a_variable_of_that_name() {
        assert_eq!(rendered("[{{ k }}]{% increment k %}{{ k }}{% increment k %}{{ k }}"), "[]0112");
        assert_eq!(rendered("{% decrement k %}{{ k }}{% increment k %}{{ k }}"), "-1-1-10");
        assert_eq!(rendered("{% assign k = 10 %}{% increment k %}{% increment k %}{{ k }}"), "0110");
        assert_eq!(rendered("{% increment k %}{% assign k = 'x' %}{% increment k %}{{ k }}"), "01x");
        assert_eq!(rendered("{% increment reason %}{{ reason }}{% if k %}x{% endif %}"), "0late");
        assert_eq!(check("{% increment %}").unwrap_err().line, Some(1));
    }

    #[test]
    fn sizes_are_counted() {
        assert_eq!(rendered("{{ invoice.line_items.size }} {{ reason.size }} {{ nobody_yet.size }}"), "2 4 0");
    }

    #[test]
    fn an_error_says_what_is_wrong_and_in_which_line() {
        for (message, line, reason) in [
            ("Hello\n{{ contact name }}", 2, "expected Literal, found `contact name }}`"),
            ("Hello\n\n{% if contact %}\nyou", 4, "Unclosed block. {% endif %} tag expected"),
            ("{% shout %}", 1, "Unknown tag (requested: shout), found `shout %}`"),
            ("One\n{{ two | upcase }}\n{{ three | shout }}", 3, "Unknown filter (requested filter: shout)"),
            (
                "One\n{{ two | append }}",
                2,
                "Invalid number of arguments (cause: expected at least 1 positional argument; filter: append )",
            ),
            ("One\n{% include 'footer' %}", 2, "`include` is not supported: there are no partials"),
            ("One\n{{ 99999999999999999999 }}", 2, "a number in it is too great or makes no sense"),
        ] {
            assert_eq!(refused(message), (Some(line), reason.to_owned()), "{message}");
            let checked = check(message).unwrap_err();
            assert_eq!((checked.line, checked.reason.as_str()), (Some(line), reason), "{message}");
        }
        assert_eq!(refused("One\n{% if two %}\n{% assign x = three | shout %}\n{% endif %}").0, Some(3));
        assert_eq!(check("{{ a | b }}").unwrap_err().to_string(), "line 1: Unknown filter (requested filter: b)");
    }

    #[test]
    fn a_value_that_a_filter_cannot_take_is_an_error_of_rendering_only() {
        for (message, line, reason) in [
            ("One\n{{ nobody | plus: 1 }}", 2, "Invalid input (cause: Number expected; filter: plus : 1; input: nil)"),
            (
                "{{ 1 }}\n\n{{ 1 | divided_by: 0 }}",
                3,
                "Invalid argument (argument: operand; cause: Can't divide by zero; filter: divided_by : 0; input: 1)",
            ),
        ] {
            check(message).unwrap();
            assert_eq!(refused(message), (Some(line), reason.to_owned()), "{message}");
        }
    }

    #[test]
    fn messages_of_every_kind_are_read_without_panic() {
        let pieces = [
            "{{",
            "}}",
            "{%",
            "%}",
            " if ",
            " endif ",
            "for x in y",
            "endfor",
            "a.b",
            "[",
            "]",
            "|",
            "'",
            "raw",
            "é\n",
            "-",
            "1e999",
        ];
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    let message = format!("{first}{second}{third}{first} {second}");
                    let _ = check(&message);
                    let _ = render(&message, &Map::new(), now(), true);
                }
            }
        }
    }

    #[test]
    fn a_deep_nest_is_refused_before_it_overflows_the_stack() {
        let nest = |depth: usize| format!("{}x{}", "{% if true %}".repeat(depth), "{% endif %}".repeat(depth));
        assert_eq!(rendered(&nest(MOST_NESTED / 2)), "x");
        assert!(refused(&nest(100_000)).1.contains("at most"));
        let indexes = |depth: usize| format!("{{{{ a{}0{} }}}}", "[a".repeat(depth), "]".repeat(depth));
        let _ = check(&indexes(MOST_NESTED - 1));
        assert!(check(&indexes(100_000)).is_err());
    }

    #[test]
    fn ranges_are_short() {
        assert_eq!(
            rendered("{% for i in (1..3) %}{{ i }}{% endfor %}{% for i in (-1 .. 1) %}{{ i }}{% endfor %}"),
            "123-101"
        );
        for range in ["(1..999999999)", "(1..contact.tenancies_count)", "(-9223372036854775808..1)", "(1.."] {
            let message = format!("{{% for i in {range} %}}x{{% endfor %}}");
            assert_eq!(
                check(&message).unwrap_err().to_string(),
                "line 1: a range goes from one number to another, at most 100 further"
            );
        }
    }

    #[test]
    fn what_is_raw_or_a_comment_is_not_looked_at() {
        assert_eq!(
            rendered("{% raw %}{% include 'x' %}{{ y }}{% endraw %}{% comment %}{{ x | y }}{% endcomment %}!"),
            "{% include 'x' %}{{ y }}!"
        );
    }
}
