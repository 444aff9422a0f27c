//! The figures side by side, as a table for a terminal, as Markdown, and as JSON.

use std::fmt::Write as _;

use clap::ValueEnum;
use serde::Serialize;

use super::super::load::Figures;
use super::contestant::{LISTED, LOADS, LeftOut};
use super::probe::Findings;
use crate::Failure;

/// How to print the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Columns for a terminal.
    Table,
    /// A table for a README.
    Markdown,
    /// Everything in units that need no words.
    Json,
}

/// All that was measured, and how.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) seconds: u64,
    pub(super) connections: u64,
    pub(super) rounds: u64,
    /// How many processors this machine lets be used at once.
    pub(super) cores: Option<usize>,
    /// The version of Node.js.
    pub(super) node: Option<String>,
    pub(super) contestants: Vec<Measured>,
    pub(super) left_out: Vec<LeftOut>,
}

/// The figures of one server.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    pub(super) name: &'static str,
    pub(super) version: Option<&'static str>,
    pub(super) settings: String,
    pub(super) loads: Vec<Load>,
    /// From the start of the process to its first answer of 200.
    pub(super) start_ms: f64,
    /// What the process and all below it held after that answer; null where the system does not tell.
    pub(super) resident_after_start_bytes: Option<u64>,
    /// The same after the loads that read.
    pub(super) resident_after_gets_bytes: Option<u64>,
    /// The same after the load that posts, with what is kept of it.
    pub(super) resident_after_posts_bytes: Option<u64>,
    pub(super) findings: Findings,
}

/// The figures of one load.
#[derive(Debug, Serialize)]
pub(super) struct Load {
    pub(super) load: &'static str,
    pub(super) requests_per_second: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
}

impl From<(&'static str, Figures)> for Load {
    fn from((load, figures): (&'static str, Figures)) -> Self {
        Self {
            load,
            requests_per_second: figures.per_second,
            p50_us: figures.p50.as_nanos() as f64 / 1e3,
            p99_us: figures.p99.as_nanos() as f64 / 1e3,
        }
    }
}

impl Report {
    /// Everything in a format.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub(super) fn print(&self, format: Format) -> Result<String, Failure> {
        match format {
            Format::Table => Ok(self.to_table()),
            Format::Markdown => Ok(self.to_markdown()),
            Format::Json => self.to_json(),
        }
    }

    /// As JSON, with a line feed at its end.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub(super) fn to_json(&self) -> Result<String, Failure> {
        let json = serde_json::to_string_pretty(self);
        json.map(|json| json + "\n").map_err(|error| Failure::new(format!("the figures are no JSON: {error}")))
    }

    fn to_table(&self) -> String {
        let rows = self.rows();
        let mut widths = vec![0; rows.first().map_or(0, Vec::len)];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        let mut out = String::new();
        for row in &rows {
            let mut line = String::new();
            for (i, (cell, width)) in row.iter().zip(&widths).enumerate() {
                // What a row is about stands left, its figures right.
                let _ = if i == 0 { write!(line, "{cell:<width$}") } else { write!(line, "  {cell:>width$}") };
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
        let _ = writeln!(out, "\n{}", self.conditions());
        self.notes().iter().for_each(|note| {
            let _ = writeln!(out, "{note}");
        });
        out
    }

    fn to_markdown(&self) -> String {
        let mut out = format!("{}\n\n", self.conditions());
        for (i, row) in self.rows().iter().enumerate() {
            let _ = writeln!(out, "| {} |", row.join(" | ").trim_start());
            if i == 0 {
                let _ = writeln!(out, "|{}", "---|".repeat(row.len()));
            }
        }
        out.push('\n');
        self.notes().iter().for_each(|note| {
            let _ = writeln!(out, "- {note}");
        });
        out
    }

    /// The head and one row for each figure, with a column for each server.
    fn rows(&self) -> Vec<Vec<String>> {
        let row = |what: &str, cell: &dyn Fn(&Measured) -> String| {
            std::iter::once(what.to_owned()).chain(self.contestants.iter().map(cell)).collect::<Vec<_>>()
        };
        let mut rows = vec![row("", &Measured::title)];
        for (i, load) in LOADS.iter().enumerate() {
            let figure = |show: fn(&Load) -> String| {
                move |measured: &Measured| measured.loads.get(i).map(show).unwrap_or_default()
            };
            rows.push(row(&format!("{load}, requests/s"), &figure(|load| grouped(load.requests_per_second))));
            rows.push(row(&format!("{load}, p50"), &figure(|load| time(load.p50_us))));
            rows.push(row(&format!("{load}, p99"), &figure(|load| time(load.p99_us))));
        }
        rows.push(row("start of the process to the first 200", &|measured| time(measured.start_ms * 1000.0)));
        rows.push(row("memory after the start", &|measured| memory(measured.resident_after_start_bytes)));
        rows.push(row("memory after the GETs", &|measured| memory(measured.resident_after_gets_bytes)));
        rows.push(row("memory after the POSTs, what is kept with it", &|measured| {
            memory(measured.resident_after_posts_bytes)
        }));
        let found = |what: &str, cell: fn(&Findings) -> String| row(what, &|measured| cell(&measured.findings));
        rows.push(found(&format!("contacts in the list of {LISTED}"), |found| found.listed.to_string()));
        rows.push(found("lists in the document's envelope", |found| word(found.has_envelope)));
        rows.push(found("a posted contact can be read back", |found| word(found.keeps_what_is_posted)));
        rows.push(found("a bad body is refused", |found| refusal(found.bad_body_status)));
        rows.push(found("a missing token is refused", |found| refusal(found.missing_token_status)));
        rows.push(found("webhooks are delivered", |found| word(found.delivers_webhooks)));
        rows
    }

    /// How it was measured.
    fn conditions(&self) -> String {
        let Self { seconds, connections, rounds, .. } = self;
        let mut machine: Vec<String> = self.cores.iter().map(|cores| format!("{cores} cores")).collect();
        machine.extend(self.node.iter().map(|node| format!("Node.js {node}")));
        let machine = if machine.is_empty() { String::new() } else { format!(" on {}", machine.join(", ")) };
        format!(
            "Printed by `cargo xtask bench`{machine}: one server at a time, {connections} connections that stay open, \
             loads of {seconds} s after one to warm up, sent from the same machine; medians, rounds: {rounds}."
        )
    }

    /// How each server was run, and what was left out.
    fn notes(&self) -> Vec<String> {
        let ran = self.contestants.iter().map(|measured| format!("{}: {}.", measured.title(), measured.settings));
        let not = self.left_out.iter().map(|left| format!("{} is left out: {}.", left.name, left.reason));
        ran.chain(not).collect()
    }
}

impl Measured {
    fn title(&self) -> String {
        self.version.map_or_else(|| self.name.to_owned(), |version| format!("{} {version}", self.name))
    }
}

/// A number without decimals, in groups of three digits.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A time of so many microseconds.
fn time(microseconds: f64) -> String {
    if microseconds < 999.5 {
        format!("{microseconds:.0} µs")
    } else if microseconds < 999_950.0 {
        format!("{:.1} ms", microseconds / 1e3)
    } else {
        format!("{:.1} s", microseconds / 1e6)
    }
}

fn memory(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "not known".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6))
}

fn word(holds: bool) -> String {
    if holds { "yes" } else { "no" }.to_owned()
}

/// Whether a status refuses what was asked.
fn refusal(status: u16) -> String {
    format!("{}, {status}", if (400..500).contains(&status) { "yes" } else { "no" })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn measured(name: &'static str, version: Option<&'static str>, per_second: f64) -> Measured {
        let figures = Figures { per_second, p50: Duration::from_micros(123), p99: Duration::from_micros(4560) };
        Measured {
            name,
            version,
            settings: format!("as {name} is"),
            loads: LOADS.into_iter().map(|load| (load, figures).into()).collect(),
            start_ms: 12_340.0,
            resident_after_start_bytes: Some(19_149_999),
            resident_after_gets_bytes: Some(20_000_000),
            resident_after_posts_bytes: None,
            findings: Findings { listed: 50, bad_body_status: 422, ..Findings::none() },
        }
    }

    fn report() -> Report {
        Report {
            seconds: 3,
            connections: 8,
            rounds: 5,
            cores: Some(2),
            node: Some("20.1.0".to_owned()),
            contestants: vec![measured("mock", None, 61_260.7), measured("Other", Some("1.2"), 999.0)],
            left_out: vec![LeftOut { name: "Third", reason: "it is not there" }],
        }
    }

    #[test]
    fn numbers_times_and_sizes_are_easy_to_read() {
        assert_eq!([0.4, 999.0, 1000.0, 1_234_567.2].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0.0, 999.4, 999.6, 12_345.0, 999_960.0, 61e6].map(time),
            ["0 µs", "999 µs", "1.0 ms", "12.3 ms", "1.0 s", "61.0 s"]
        );
        assert_eq!([Some(19_150_000), None].map(memory), ["19.1 MB", "not known"]);
        assert_eq!([422, 201, 500].map(refusal), ["yes, 422", "no, 201", "no, 500"]);
    }

    #[test]
    fn a_table_has_its_columns_one_below_the_other() {
        let table = report().print(Format::Table).unwrap();
        let lines: Vec<&str> = table.lines().take_while(|line| !line.is_empty()).collect();
        assert_eq!(lines.len(), 1 + 3 * LOADS.len() + 10);
        assert!(lines[0].ends_with("       mock  Other 1.2"), "{}", lines[0]);
        let width = lines[0].chars().count();
        for line in &lines {
            assert_eq!(line.chars().count(), width, "{line}");
        }
        assert!(lines[1].starts_with("GET one contact, requests/s") && lines[1].contains(" 61,261 "), "{}", lines[1]);
        assert!(table.ends_with("mock: as mock is.\nOther 1.2: as Other is.\nThird is left out: it is not there.\n"));
    }

    #[test]
    fn markdown_says_how_it_was_measured_and_is_one_table_with_notes() {
        let markdown = report().print(Format::Markdown).unwrap();
        assert!(
            markdown.starts_with("Printed by `cargo xtask bench` on 2 cores, Node.js 20.1.0: one server at a time, 8")
        );
        assert!(
            markdown.contains(
                "\n\n| | mock | Other 1.2 |\n|---|---|---|\n| GET one contact, requests/s | 61,261 | 999 |\n"
            )
        );
        assert!(markdown.contains("\n| a bad body is refused | yes, 422 | yes, 422 |\n"), "{markdown}");
        assert!(
            markdown.ends_with(
                "|\n\n- mock: as mock is.\n- Other 1.2: as Other is.\n- Third is left out: it is not there.\n"
            )
        );
    }

    #[test]
    fn json_has_every_figure_in_one_unit() {
        let json: Value = serde_json::from_str(&report().print(Format::Json).unwrap()).unwrap();
        let shape = json!({"seconds": 3, "connections": 8, "rounds": 5, "cores": 2, "node": "20.1.0"});
        for (key, value) in shape.as_object().unwrap() {
            assert_eq!(&json[key], value, "{key}");
        }
        let other = &json["contestants"][1];
        assert_eq!(
            other["loads"][2],
            json!({"load": LOADS[2], "requests_per_second": 999.0, "p50_us": 123.0, "p99_us": 4560.0})
        );
        assert_eq!((&other["version"], &other["start_ms"]), (&json!("1.2"), &json!(12_340.0)));
        assert_eq!(
            (&other["resident_after_start_bytes"], &other["resident_after_posts_bytes"]),
            (&json!(19_149_999), &Value::Null)
        );
        assert_eq!(other["findings"]["bad_body_status"], 422);
        assert_eq!(json["left_out"], json!([{"name": "Third", "reason": "it is not there"}]));
    }
}
