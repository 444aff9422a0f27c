//! Which codes the tests of a source file name, and which codes its comments and refusals cite.

use super::code::{self, Code, listed};
use super::token::{Kind, Token, tokens};

/// What begins the line by which a file of tests says what it is about as a whole.
const MODULE: &str = "//! Rules:";

/// A test and the codes that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Test {
    /// The name of its function; of a whole file none.
    pub(super) name: Option<String>,
    /// What it names; a code may come more than once.
    pub(super) codes: Vec<Code>,
}

/// A code that is cited somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Citation {
    pub(super) code: Code,
    /// The line, from 1.
    pub(super) line: usize,
}

/// The tests of a source file, property tests among them, and what each names: in its name, in the comments directly above it and
/// within it, and in texts that speak of rules or say why an assertion failed. A code elsewhere counts for no test, unless a line
/// of the file begins with `//! Rules:`.
pub(super) fn tests(source: &str) -> Vec<Test> {
    let tokens = tokens(source);
    let spoken = spoken(&tokens);
    let mut tests: Vec<Test> = functions(&tokens)
        .into_iter()
        .map(|function| {
            let mut codes = code::leading(function.name);
            for at in function.from..function.to {
                match tokens[at].kind {
                    Kind::Comment => codes.extend(of_comment(&tokens[at])),
                    Kind::Text if spoken[at].of_rule || spoken[at].is_message => codes.extend(listed(tokens[at].text)),
                    _ => {}
                }
            }
            Test { name: Some(function.name.to_owned()), codes }
        })
        .collect();
    let module = tokens.iter().filter(|token| token.kind == Kind::Comment && token.text.starts_with(MODULE));
    let codes: Vec<Code> = module.flat_map(of_comment).collect();
    if !codes.is_empty() {
        tests.push(Test { name: None, codes });
    }
    tests
}

/// The codes that a source file cites: those that its comments list, and those that it gives as the rule of a refusal.
pub(super) fn citations(source: &str) -> Vec<Citation> {
    let tokens = tokens(source);
    let spoken = spoken(&tokens);
    let mut found = Vec::new();
    for (token, spoken) in tokens.iter().zip(spoken) {
        let codes = match token.kind {
            Kind::Comment => of_comment(token),
            Kind::Text if spoken.of_rule || spoken.is_refusal => token.text.parse().into_iter().collect(),
            _ => Vec::new(),
        };
        found.extend(codes.into_iter().map(|code| Citation { code, line: token.line }));
    }
    found
}

fn of_comment(token: &Token<'_>) -> Vec<Code> {
    let marks = |line: &str| line.trim().trim_matches(['/', '*', '!']).to_owned();
    token.text.lines().map(marks).flat_map(|line| listed(&line)).collect()
}

/// A function that is a test: its name, and from which token to which it goes, with the comments and attributes above it.
struct Function<'a> {
    name: &'a str,
    from: usize,
    to: usize,
}

fn functions<'a>(tokens: &[Token<'a>]) -> Vec<Function<'a>> {
    let mut found = Vec::new();
    // Where what is directly above the next item begins, and whether an attribute in it makes that a test.
    let mut above: Option<usize> = None;
    let mut is_test = false;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        if !is_test && before.is_some_and(|before| before.last_line + 1 < token.line) {
            above = None;
        }
        if token.is('#') && tokens.get(at + 1).is_some_and(|next| next.is('[')) {
            let end = closing(tokens, at + 1);
            is_test |= tokens.get(at + 2..end).is_some_and(makes_a_test);
            above.get_or_insert(at);
            at = end;
        } else if token.kind == Kind::Comment {
            // One at the end of a line is about what it stands behind.
            let trails = before.is_some_and(|before| before.kind != Kind::Comment && before.last_line == token.line);
            if !trails {
                above.get_or_insert(at);
            }
        } else if is_test && token.is_word("fn") {
            let name = tokens.get(at + 1).filter(|name| name.kind == Kind::Word);
            let body = (at..tokens.len()).find(|body| tokens[*body].is('{'));
            if let (Some(name), Some(body)) = (name, body) {
                let to = closing(tokens, body);
                found.push(Function { name: name.text, from: above.unwrap_or(at), to });
                at = to;
            }
            (above, is_test) = (None, false);
        } else if !["pub", "async", "const"].iter().any(|word| token.is_word(word)) {
            (above, is_test) = (None, false);
        }
        at += 1;
    }
    found
}

/// Whether the tokens of an attribute are `test` or a path to one, such as `tokio::test(…)`.
fn makes_a_test(attribute: &[Token<'_>]) -> bool {
    let path = attribute.iter().take_while(|token| token.kind == Kind::Word || token.is(':'));
    path.last().is_some_and(|last| last.is_word("test"))
}

/// The place of the bracket that closes the one at `open`; the last token if none does.
fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if is_opening(token) {
            depth += 1;
        } else if is_closing(token) {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at;
            }
        }
    }
    tokens.len().saturating_sub(1)
}

fn is_opening(token: &Token<'_>) -> bool {
    ['(', '[', '{'].iter().any(|mark| token.is(*mark))
}

fn is_closing(token: &Token<'_>) -> bool {
    [')', ']', '}'].iter().any(|mark| token.is(*mark))
}

/// What a text is used for. A text by itself may be anything: units are called `A1` too.
#[derive(Debug, Clone, Copy, Default)]
struct Use {
    /// The statement speaks of a rule: `assert_eq!(rule(refusal), "A11")`.
    of_rule: bool,
    /// It says why an assertion failed: `assert_eq!(sum, total, "I5")`.
    is_message: bool,
    /// It is the rule of a refusal: `Refusal::conflict("A11", …)`.
    is_refusal: bool,
}

/// What is open while the tokens are gone through.
#[derive(Default)]
struct Open<'a> {
    is_block: bool,
    /// The macro or function that is called.
    called: &'a str,
    commas: usize,
    /// Whether the present statement of a block has spoken of a rule.
    of_rule: bool,
}

/// What each token is used for, if it is a text.
fn spoken(tokens: &[Token<'_>]) -> Vec<Use> {
    let mut open = vec![Open { is_block: true, ..Open::default() }];
    let mut uses = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let of_rule = statement(&mut open).is_some_and(|statement| *statement);
        let Some(innermost) = open.last_mut() else { break };
        let mut this = Use::default();
        if is_opening(token) {
            let is_block = token.is('{');
            let called = called(&tokens[..at]);
            open.push(Open { is_block, called, ..Open::default() });
        } else if is_closing(token) {
            let ends_block = innermost.is_block;
            if open.len() > 1 {
                open.pop();
            }
            if let Some(around) = open.last_mut().filter(|around| ends_block && around.is_block) {
                around.of_rule = false;
            }
        } else if token.is(',') {
            innermost.commas += 1;
        } else if token.is(';') {
            innermost.of_rule = false;
        } else if token.kind == Kind::Word && token.text.split('_').any(|word| word == "rule") {
            if let Some(statement) = statement(&mut open) {
                *statement = true;
            }
        } else if token.kind == Kind::Text {
            let compared = if innermost.called.ends_with("_eq") || innermost.called.ends_with("_ne") { 2 } else { 1 };
            this = Use {
                of_rule,
                is_message: innermost.called.contains("assert") && innermost.commas >= compared,
                is_refusal: innermost.commas == 0 && matches!(innermost.called, "conflict" | "refused"),
            };
        }
        uses.push(this);
    }
    uses
}

/// Whether the present statement of the innermost block has spoken of a rule.
fn statement<'o>(open: &'o mut [Open<'_>]) -> Option<&'o mut bool> {
    open.iter_mut().rev().find(|open| open.is_block).map(|block| &mut block.of_rule)
}

/// The name of what is called with the bracket after these tokens.
fn called<'a>(before: &[Token<'a>]) -> &'a str {
    let name = match before {
        [.., name, mark] if mark.is('!') => Some(name),
        [.., name] => Some(name),
        [] => None,
    };
    name.filter(|name| name.kind == Kind::Word).map_or("", |name| name.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each test with what it names, such as `a_test: D4 D5`.
    fn named(source: &str) -> Vec<String> {
        let line = |test: Test| {
            let codes: Vec<String> = test.codes.iter().map(ToString::to_string).collect();
            format!("{}: {}", test.name.as_deref().unwrap_or("the file"), codes.join(" "))
        };
        super::tests(source).into_iter().map(line).collect()
    }

    #[test]
    fn a_code_in_production_code_is_no_test() {
        let source = r#"
            /// Frees a unit (A24).
            fn free() -> Result<(), Refusal> {
                // A25
                Err(Refusal::conflict("A26", "No."))
            }

            #[cfg(test)]
            mod tests {
                // A27
                fn helper() {
                    // A28
                }

                #[test]
                fn it_frees() {
                    free().unwrap();
                } // A29

                // A30

                #[test]
                fn it_frees_twice() {}
            }
        "#;
        assert_eq!(named(source), ["it_frees: ", "it_frees_twice: "]);
    }

    #[test]
    fn a_test_names_codes_in_its_name_its_body_and_directly_above() {
        let source = r#"
            #[test]
            fn d4_d5_of_its_name() {}
            /// What it is for (A24 to A26).
            // B1
            #[tokio::test(flavor = "multi_thread")]
            /* B2 */
            async fn above() {
                let brace = '}';
                // C1, C2: why
                if true {
                    /* C3 */
                } // C4
            }

            fn between() {} // D1
        "#;
        assert_eq!(named(source), ["d4_d5_of_its_name: D4 D5", "above: A24 A25 A26 B1 B2 C1 C2 C3 C4"]);
    }

    #[test]
    fn property_tests_count_whether_they_are_functions_or_closures() {
        let source = r#"
            proptest! {
                #![proptest_config(ProptestConfig::with_cases(8))]

                /// B3, B4
                #[test]
                fn dates_rise(anchor in days(), k in 0..20_u32) {
                    prop_assert!(date(anchor, k) < date(anchor, k + 1), "B5: {anchor}");
                }
            }

            #[test]
            fn sums_hold() {
                proptest!(config, |(sum in sums())| {
                    // Q1
                    prop_assert_eq!(sum.parts(), sum.whole(), "Q2");
                });
            }
        "#;
        assert_eq!(named(source), ["dates_rise: B3 B4 B5", "sums_hold: Q1 Q2"]);
    }

    #[test]
    fn a_text_names_a_rule_where_it_is_spoken_of_rules_and_nowhere_else() {
        let source = r#"
            #[test]
            fn texts() {
                let units = business.units(["A1", "A2"]);
                assert_eq!(rule(act(json!({"reference_id": "A3"}))), "A11");
                assert_eq!((error.status(), error.rule()), (409, Some("A12")));
                assert_eq!(unit.reference_id, "A4");
                assert!(matches!(error, Refusal::Conflict { rule: "A13", .. }));
                for (act, rule) in [(reserve, "A14")] {
                    assert_eq!(units[0].name, "A5");
                    assert!(is_refused(act, rule), "A15, {rule}");
                }
                business.conflict(|world, at| Unit::change(world, at, units[0], change("A6")));
            }
        "#;
        assert_eq!(named(source), ["texts: A11 A12 A13 A14 A15"]);
    }

    #[test]
    fn a_file_speaks_as_a_whole_in_one_line_alone() {
        let source = "//! Laws of money (T1).\n//!\n//! Rules: I4 to I6, Q1\n\nfn laws() {\n    // N1\n}\n";
        assert_eq!(named(source), ["the file: I4 I5 I6 Q1"]);
        assert_eq!(named("//! Laws of money (T1).\n"), [""; 0]);
    }

    #[test]
    fn what_comments_list_and_refusals_give_is_cited() {
        let source = r#"
            /// Keeps a number (A1, and what the paper size A4 has to do with it).
            fn keep(name: &str) -> Result<(), Refusal> {
                if name == "A2" {
                    return Err(Refusal::conflict("A3", format!("A5 {name}")));
                }
                let refused = |rule, reason| Err(Refusal::conflict(rule, reason));
                match name {
                    "L1" => refused("A6", "No."),
                    _ => Err(ApiError { rule: Some("A7"), ..error }),
                }
            }
        "#;
        let cited: Vec<String> = citations(source).iter().map(|at| format!("{} {}", at.line, at.code)).collect();
        assert_eq!(cited, ["2 A1", "5 A3", "9 A6", "10 A7"]);
    }
}
