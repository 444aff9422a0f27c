//! What was exercised of a document, operation by operation.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{BASELINE, Pairs};

/// What was exercised of a document.
pub(super) struct Report {
    operations: Vec<Operation>,
    /// What came and is not in the document.
    undocumented: Pairs,
}

struct Operation {
    id: String,
    /// The statuses that the document has for it, each with whether it came.
    statuses: Vec<(String, bool)>,
}

impl Report {
    pub(super) fn new(document: &Value, noted: &Pairs) -> Self {
        let mut operations = Vec::new();
        let mut undocumented = noted.clone();
        for (id, responses) in responses(document) {
            let statuses: Vec<&str> =
                responses.iter().flat_map(|responses| responses.keys()).map(String::as_str).collect();
            let came: Vec<&str> = noted
                .iter()
                .filter(|(operation, _)| operation == id)
                .filter_map(|(_, status)| described(&statuses, *status))
                .collect();
            undocumented.retain(|(operation, status)| operation != id || described(&statuses, *status).is_none());
            let statuses = statuses.iter().map(|status| ((*status).to_owned(), came.contains(status)));
            operations.push(Operation { id: id.to_owned(), statuses: statuses.collect() });
        }
        operations.sort_by(|one, other| one.id.cmp(&other.id));
        Self { operations, undocumented }
    }

    /// Each operation with its statuses, marked whether they came; then those that did not, and the totals.
    pub(super) fn to_table(&self) -> String {
        let mut table = String::new();
        let width = self.operations.iter().map(|operation| operation.id.len()).max().unwrap_or_default();
        for Operation { id, statuses } in &self.operations {
            let statuses = statuses.iter().map(|(status, came)| format!(" {status}{}", if *came { '+' } else { '-' }));
            let _ = writeln!(table, "{id:width$} {}", statuses.collect::<String>());
        }
        let missing = self.operations.iter().filter(|operation| operation.are(false).next().is_some());
        for operation in missing {
            let _ = writeln!(table, "not exercised: {} {}", operation.id, operation.joined(false, ", "));
        }
        let _ = writeln!(table, "{}", self.totals());
        table
    }

    pub(super) fn to_markdown(&self) -> String {
        let mut table = "| operation | exercised | not exercised |\n|---|---|---|\n".to_owned();
        for operation in &self.operations {
            let (came, missing) = (operation.joined(true, " "), operation.joined(false, " "));
            let _ = writeln!(table, "| `{}` | {came} | {missing} |", operation.id);
        }
        let _ = writeln!(table, "\n{}", self.totals());
        table
    }

    pub(super) fn to_json(&self) -> Value {
        let of = |operation: &Operation| {
            let (came, missing): (Vec<_>, Vec<_>) = (operation.are(true).collect(), operation.are(false).collect());
            json!({"operation": operation.id, "exercised": came, "not_exercised": missing})
        };
        json!({
            "documented": self.count(&[true, false]),
            "exercised": self.count(&[true]),
            "operations": self.operations.iter().map(of).collect::<Vec<_>>(),
            "undocumented": self.undocumented.iter().map(|(id, status)| json!({"operation": id, "status": status})).collect::<Vec<_>>(),
        })
    }

    /// How much was exercised, in a sentence.
    pub(super) fn totals(&self) -> String {
        let whole = self.operations.iter().filter(|operation| operation.are(false).next().is_none()).count();
        format!(
            "{} of {} statuses were exercised; all of {whole} of {} operations",
            self.count(&[true]),
            self.count(&[true, false]),
            self.operations.len()
        )
    }

    /// What is wrong, given what is to be exercised: each pair that came and is not in the document, that did not come, or
    /// that came and was not to.
    pub(super) fn problems(&self, noted: &Pairs, baseline: &Pairs) -> Vec<String> {
        let mut problems = self.undocumented();
        let gone = baseline.difference(noted).map(|(id, status)| format!("{id} {status} is not exercised any more"));
        let new = noted.difference(baseline).filter(|pair| !self.undocumented.contains(*pair));
        let new = new.map(|(id, status)| format!("{id} {status} is exercised and not in {BASELINE}"));
        let changed: Vec<String> = gone.chain(new).collect();
        if !changed.is_empty() {
            problems.extend(changed);
            problems.push(format!("if that is meant, `cargo xtask coverage --write` writes {BASELINE} anew"));
        }
        problems
    }

    /// What came and is not in the document, each as a sentence.
    pub(super) fn undocumented(&self) -> Vec<String> {
        let known = |id: &str| self.operations.iter().any(|operation| operation.id == id);
        let told = |(id, status): &(String, u16)| match known(id) {
            true => format!("{id} answered {status}, which the document does not have"),
            false => format!("the document has no operation {id}, which answered {status}"),
        };
        self.undocumented.iter().map(told).collect()
    }

    fn count(&self, wanted: &[bool]) -> usize {
        let all = self.operations.iter().flat_map(|operation| &operation.statuses);
        all.filter(|(_, came)| wanted.contains(came)).count()
    }
}

impl Operation {
    /// The statuses that came, or those that did not.
    fn are(&self, wanted: bool) -> impl Iterator<Item = &str> {
        self.statuses.iter().filter(move |(_, came)| *came == wanted).map(|(status, _)| status.as_str())
    }

    fn joined(&self, wanted: bool, gap: &str) -> String {
        self.are(wanted).collect::<Vec<_>>().join(gap)
    }
}

/// Each operation with what it answers.
fn responses(document: &Value) -> impl Iterator<Item = (&str, Option<&serde_json::Map<String, Value>>)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object().into_iter().flatten());
    operations.filter_map(|(_, operation)| {
        Some((operation.get("operationId")?.as_str()?, operation.get("responses").and_then(Value::as_object)))
    })
}

/// What a document calls a status: itself, its range such as `4XX`, or `default`.
fn described<'a>(statuses: &[&'a str], status: u16) -> Option<&'a str> {
    let names = [status.to_string(), format!("{}XX", status / 100), "default".to_owned()];
    names.iter().find_map(|name| statuses.iter().copied().find(|status| *status == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        let answers = |statuses: &[&str]| statuses.iter().map(|status| ((*status).to_owned(), json!({}))).collect();
        let operation =
            |id: &str, statuses: &[&str]| json!({"operationId": id, "responses": Value::Object(answers(statuses))});
        json!({"paths": {
            "/b": {"parameters": [], "get": operation("b_list", &["200", "404"])},
            "/a": {"get": operation("a_list", &["200", "4XX", "default"]), "post": operation("a_create", &["201", "409"])},
        }})
    }

    fn pairs(pairs: &[(&str, u16)]) -> Pairs {
        pairs.iter().map(|(operation, status)| ((*operation).to_owned(), *status)).collect()
    }

    const SOME: [(&str, u16); 5] =
        [("b_list", 200), ("b_list", 404), ("a_list", 418), ("a_list", 503), ("a_create", 201)];

    #[test]
    fn each_operation_stands_with_what_came_and_what_did_not() {
        let report = Report::new(&document(), &pairs(&SOME));
        let table = "\
a_create  201+ 409-
a_list    200- 4XX+ default+
b_list    200+ 404+
not exercised: a_create 409
not exercised: a_list 200
5 of 7 statuses were exercised; all of 1 of 3 operations
";
        assert_eq!(report.to_table(), table);
        let markdown = "\
| operation | exercised | not exercised |
|---|---|---|
| `a_create` | 201 | 409 |
| `a_list` | 4XX default | 200 |
| `b_list` | 200 404 |  |

5 of 7 statuses were exercised; all of 1 of 3 operations
";
        assert_eq!(report.to_markdown(), markdown);
        let json = report.to_json();
        assert_eq!((&json["documented"], &json["exercised"]), (&json!(7), &json!(5)));
        let first = json!({"operation": "a_create", "exercised": ["201"], "not_exercised": ["409"]});
        assert_eq!((&json["operations"][0], &json["undocumented"]), (&first, &json!([])));
    }

    #[test]
    fn what_is_checked_in_and_comes_is_no_problem() {
        let noted = pairs(&SOME);
        assert_eq!(Report::new(&document(), &noted).problems(&noted, &noted), [""; 0]);
    }

    #[test]
    fn whatever_ceases_to_be_exercised_or_is_so_anew_is_named() {
        let noted = pairs(&SOME);
        let baseline = pairs(&[("b_list", 200), ("b_list", 404), ("a_list", 418), ("a_list", 200), ("a_create", 201)]);
        let problems = [
            "a_list 200 is not exercised any more",
            "a_list 503 is exercised and not in tests/coverage.txt",
            "if that is meant, `cargo xtask coverage --write` writes tests/coverage.txt anew",
        ];
        assert_eq!(Report::new(&document(), &noted).problems(&noted, &baseline), problems);
    }

    #[test]
    fn a_status_that_the_document_does_not_have_is_a_problem_even_if_it_is_checked_in() {
        let noted = pairs(&[("b_list", 200), ("b_list", 418), ("c_list", 200)]);
        let report = Report::new(&document(), &noted);
        let problems = [
            "b_list answered 418, which the document does not have",
            "the document has no operation c_list, which answered 200",
        ];
        assert_eq!(report.problems(&noted, &noted), problems);
        assert_eq!(report.undocumented(), problems);
        assert_eq!(report.problems(&noted, &pairs(&[("b_list", 200)])), problems);
        assert_eq!(report.to_json()["undocumented"][0], json!({"operation": "b_list", "status": 418}));
    }
}
