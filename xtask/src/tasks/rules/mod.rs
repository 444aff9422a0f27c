//! The rules of the business: which tests name each of them, and whether what the mock cites is among them.
//!
//! The list of rules is the description for the users of the mock. Every rule in it is to have a test that names its code, so that
//! nobody has to believe the description.

mod code;
mod source;
mod token;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use self::code::Code;
use super::run::{RunError, workspace_root};

/// The description of the business, from the root of the workspace.
const DESCRIPTION: &str = "stora-mock/docs/behaviour.md";

/// Where rules are enacted, from the root of the workspace: what is cited there must exist.
const ENACTED: &str = "stora-mock/src";

/// Folders without sources by hand, or whose tests are about no rule. The tests of this crate have codes in their samples.
const PASSED_OVER: [&str; 3] = ["target", "generated", "xtask"];

/// Rules that no test can show, and why.
const UNTESTABLE: [(&str, &str); 1] =
    [("C6", "it says where to look for a rule that is missing, and so nothing that the mock does")];

/// How many codes stand in a line of the table.
const COLUMNS: usize = 12;

/// What to print.
#[derive(Debug, Default, clap::Args)]
pub struct Options {
    /// Name the tests of each rule.
    #[arg(long)]
    list: bool,
}

/// Why the rules and the tests do not go together.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A file or folder cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The description cannot be used.
    #[error("{DESCRIPTION} {0}")]
    Description(String),
    /// Rules have no test, or codes have no rule.
    #[error("{}", .0.join("\n"))]
    Broken(Vec<String>),
    /// The workspace cannot be found.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Prints how many tests name each rule.
///
/// # Errors
/// When a rule has no test, or the mock cites a code that no rule has; both are listed.
pub fn run(options: &Options) -> Result<(), RulesError> {
    let root = workspace_root()?;
    let description = read(&root.join(DESCRIPTION))?;
    let mut files = Vec::new();
    for path in sources(&root)? {
        let text = read(&path)?;
        let path = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        files.push(File { path, text });
    }
    let coverage = Coverage::new(&rules(&description)?, &files);
    print!("{}", if options.list { coverage.to_list() } else { coverage.to_table() });
    match coverage.problems() {
        problems if problems.is_empty() => Ok(()),
        problems => Err(RulesError::Broken(problems)),
    }
}

/// A source file.
struct File {
    /// Its path from the root of the workspace.
    path: String,
    text: String,
}

/// What the sources say about the rules.
struct Coverage {
    /// The tests that name each rule, as `file::function`.
    tests: BTreeMap<Code, BTreeSet<String>>,
    /// Codes that are cited and not described, with the place.
    unknown: Vec<String>,
}

impl Coverage {
    fn new(rules: &BTreeSet<Code>, files: &[File]) -> Self {
        let mut tests: BTreeMap<Code, BTreeSet<String>> = rules.iter().map(|code| (*code, BTreeSet::new())).collect();
        let mut unknown = Vec::new();
        for File { path, text } in files {
            let found = source::tests(text);
            // Only tests, and what they share, can speak as a whole file.
            let is_of_tests =
                path.split('/').any(|part| part == "tests") || found.iter().any(|test| test.name.is_some());
            for test in found.into_iter().filter(|test| test.name.is_some() || is_of_tests) {
                let name = test.name.map_or_else(|| path.clone(), |name| format!("{path}::{name}"));
                for code in test.codes {
                    if let Some(tests) = tests.get_mut(&code) {
                        tests.insert(name.clone());
                    }
                }
            }
            let cited = if path.starts_with(ENACTED) { source::citations(text) } else { Vec::new() };
            for citation in cited.iter().filter(|citation| !rules.contains(&citation.code)) {
                unknown.push(format!("{path}:{}: {} is no rule of {DESCRIPTION}", citation.line, citation.code));
            }
        }
        Self { tests, unknown }
    }

    /// The number of tests of each rule, a letter from the beginning of a line.
    fn to_table(&self) -> String {
        let mut table = String::new();
        let mut letters: Vec<Vec<String>> = Vec::new();
        let mut last = None;
        for (code, tests) in &self.tests {
            if last.replace(code.letter) != Some(code.letter) {
                letters.push(Vec::new());
            }
            if let Some(letter) = letters.last_mut() {
                letter.push(format!("{code:<3} {:>3}", tests.len()));
            }
        }
        for line in letters.iter().flat_map(|letter| letter.chunks(COLUMNS)) {
            table.push_str(line.join("   ").trim_end());
            table.push('\n');
        }
        for (code, reason) in UNTESTABLE {
            table.push_str(&format!("{code} needs no test: {reason}\n"));
        }
        table
    }

    /// The tests of each rule.
    fn to_list(&self) -> String {
        let mut list = String::new();
        for (code, tests) in &self.tests {
            list.push_str(&format!("{code} {}\n", tests.len()));
            tests.iter().for_each(|test| list.push_str(&format!("    {test}\n")));
        }
        list
    }

    /// What is not as it should be: rules without a test, a line for each letter, and codes without a rule.
    fn problems(&self) -> Vec<String> {
        let mut problems = self.unknown.clone();
        let mut missing: BTreeMap<char, Vec<String>> = BTreeMap::new();
        for (code, _) in self.tests.iter().filter(|(code, tests)| tests.is_empty() && !is_untestable(**code)) {
            missing.entry(code.letter).or_default().push(code.to_string());
        }
        if !missing.is_empty() {
            let count: usize = missing.values().map(Vec::len).sum();
            problems.push(format!("{count} of {} rules have no test that names them:", self.tests.len()));
            problems.extend(missing.values().map(|codes| format!("    {}", codes.join(", "))));
        }
        problems
    }
}

fn is_untestable(code: Code) -> bool {
    UNTESTABLE.iter().any(|(untestable, _)| *untestable == code.to_string())
}

/// The codes of the rules that a description has: items of a list that begin with `**A3** (`.
fn rules(description: &str) -> Result<BTreeSet<Code>, RulesError> {
    let mut rules: BTreeSet<Code> = BTreeSet::new();
    for line in description.lines() {
        let bold = line.strip_prefix("- **").and_then(|rest| rest.split_once("** ("));
        if let Some(code) = bold.and_then(|(code, _)| code.parse().ok())
            && !rules.insert(code)
        {
            return Err(RulesError::Description(format!("has two rules {code}")));
        }
    }
    for (code, _) in UNTESTABLE {
        if !rules.iter().any(|rule| rule.to_string() == code) {
            return Err(RulesError::Description(format!("has no rule {code}")));
        }
    }
    Ok(rules)
}

/// The Rust sources below a folder, in the order of their paths.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, RulesError> {
    let unread = |source| RulesError::Read { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let is_passed_over = name.starts_with('.') || PASSED_OVER.contains(&name.as_str());
        if entry.file_type().map_err(unread)?.is_dir() {
            if !is_passed_over {
                found.extend(sources(&path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<String, RulesError> {
    fs::read_to_string(path).map_err(|source| RulesError::Read { path: path.to_owned(), source })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SHORT: &str = "\
# Rules

- **A1** (documented) One.
- **A2** (inferred) Another,
  of two lines.
- **B10** (decided: so) A third; see **A3**.
- **C6** (inferred) A fourth.
- A4 is no rule, and **A5** neither.
- **A6** nor this, which has no mark.
";

    fn files(files: &[(&str, &str)]) -> Vec<File> {
        files.iter().map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() }).collect()
    }

    #[test]
    fn rules_are_the_marked_items_of_the_description() {
        let codes: Vec<String> = rules(SHORT).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(codes, ["A1", "A2", "B10", "C6"]);
    }

    #[test]
    fn a_description_with_a_code_twice_or_without_one_that_is_excused_is_refused() {
        let twice = rules(&format!("{SHORT}- **A1** (decided) Again.\n")).unwrap_err();
        assert_eq!(twice.to_string(), "stora-mock/docs/behaviour.md has two rules A1");
        assert_eq!(rules("").unwrap_err().to_string(), "stora-mock/docs/behaviour.md has no rule C6");
    }

    #[test]
    fn rules_without_a_test_and_codes_without_a_rule_are_listed() {
        let product = "/// Does it (A1, X9).\nfn act() {}\n\n#[test]\nfn a1_holds() {}\n";
        let elsewhere = "// A1, X8\n#[test]\nfn it_holds() {}\n";
        let coverage = Coverage::new(
            &rules(SHORT).unwrap(),
            &files(&[("stora-mock/src/a.rs", product), ("tests/b.rs", elsewhere)]),
        );
        assert!(coverage.to_table().starts_with("A1    2   A2    0\nB10   0\nC6    0\nC6 needs no test: "));
        let list = "A1 2\n    stora-mock/src/a.rs::a1_holds\n    tests/b.rs::it_holds\nA2 0\nB10 0\nC6 0\n";
        assert_eq!(coverage.to_list(), list);
        let problems = [
            "stora-mock/src/a.rs:1: X9 is no rule of stora-mock/docs/behaviour.md",
            "2 of 4 rules have no test that names them:",
            "    A2",
            "    B10",
        ];
        assert_eq!(coverage.problems(), problems);
    }

    #[test]
    fn nothing_is_wrong_once_every_rule_has_a_test() {
        let tests = "//! Rules: A1, A2\n\n#[test]\nfn b10_holds() {}\n";
        let coverage = Coverage::new(&rules(SHORT).unwrap(), &files(&[("tests/laws.rs", tests)]));
        assert_eq!(coverage.problems(), [""; 0]);
    }

    #[test]
    fn a_file_without_tests_speaks_for_none_unless_it_is_shared_by_tests() {
        let laws = "//! Rules: A1\n\npub(crate) fn hold() {}\n";
        let of = |path| Coverage::new(&rules(SHORT).unwrap(), &files(&[(path, laws)])).to_list();
        assert!(of("stora-mock/src/a.rs").starts_with("A1 0\n"));
        assert!(of("tests/tests/laws.rs").starts_with("A1 1\n    tests/tests/laws.rs\n"));
    }

    #[test]
    fn the_description_of_this_workspace_has_every_section() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let rules = rules(&read(&root.join(DESCRIPTION)).unwrap()).unwrap();
        let letters: BTreeSet<char> = rules.iter().map(|code| code.letter).collect();
        assert_eq!(letters.into_iter().collect::<String>(), "ABCDEGHIKLMNOPQRSTUVWXYZ");
        assert_eq!(rules.len(), 231);
    }
}
