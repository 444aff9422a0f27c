//! Output: what goes to standard output, and in which format.
//!
//! JSON and YAML show an answer as the API gives it. Tables, CSV and NDJSON show what it is about: the items of a list, or the one
//! resource. `--jq` is given the answer, for NDJSON each item; what it makes of it is shown in the format that was asked for, or as
//! texts and JSON.

mod columns;
mod csv;
mod jq;
mod json;
mod rows;
mod table;

use std::io::Write as _;

use serde_json::Value;

use crate::failure::Failure;
use crate::terminal::Terminal;

pub(crate) use rows::{content, items_key};
pub(crate) use table::harmless;

/// How an answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Columns for people.
    Table,
    /// The answer as the API gives it.
    Json,
    /// The same as YAML.
    Yaml,
    /// Columns for programs.
    Csv,
    /// An item per line.
    Ndjson,
}

impl Format {
    /// The names of the formats.
    pub(crate) const NAMES: [&'static str; 5] = ["table", "json", "yaml", "csv", "ndjson"];

    /// The format of a name.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        match name {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            "csv" => Ok(Self::Csv),
            "ndjson" => Ok(Self::Ndjson),
            _ => Err(format!("it is none of {}", Self::NAMES.join(", "))),
        }
    }
}

/// Writes answers to standard output.
pub(crate) struct Printer {
    format: Format,
    /// Whether somebody asked for the format.
    is_wanted: bool,
    columns: Vec<String>,
    filter: Option<jq::Filter>,
    terminal: Terminal,
}

impl Printer {
    /// A printer for the format that is wanted, or the one that suits where the output goes.
    pub(crate) fn new(
        wanted: Option<Format>,
        columns: &[String],
        jq: Option<&str>,
        terminal: Terminal,
    ) -> Result<Self, Failure> {
        // Columns are for tables; whoever names some wants one, wherever it goes.
        let fitting = if terminal.stdout || !columns.is_empty() { Format::Table } else { Format::Json };
        let format = wanted.unwrap_or(fitting);
        if !columns.is_empty() && !matches!(format, Format::Table | Format::Csv) {
            return Err(Failure::usage_with_advice(
                "--columns is for tables and CSV",
                "Ask for one of them (-o table, -o csv), or pick by --jq.",
            ));
        }
        let filter = jq.map(jq::Filter::new).transpose()?;
        Ok(Self { format, is_wanted: wanted.is_some(), columns: columns.to_vec(), filter, terminal })
    }

    /// The format.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Whether somebody asked for the format.
    pub(crate) fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// Whether the answer is shown as it is, so that one in another format than JSON will do.
    pub(crate) fn is_plain(&self) -> bool {
        self.columns.is_empty() && self.filter.is_none()
    }

    /// Whether items can be shown one by one, before the last one is known.
    pub(crate) fn is_streaming(&self) -> bool {
        self.format == Format::Ndjson
    }

    /// Shows an answer.
    pub(crate) fn print(&self, answer: &Value) -> Result<(), Failure> {
        self.print_from(&[], answer)
    }

    /// Shows an answer; the group of the command says which columns a table has.
    pub(crate) fn print_from(&self, group: &[&str], answer: &Value) -> Result<(), Failure> {
        match &self.filter {
            Some(filter) if self.format == Format::Ndjson => self.print_items(rows::items(answer), filter),
            Some(filter) => self.print_results(&filter.run(answer)?),
            None => match self.format {
                Format::Json => self.json(answer),
                Format::Yaml => yaml(answer),
                Format::Ndjson => rows::items(answer).iter().try_for_each(|item| write_line(&item.to_string())),
                Format::Csv => csv::write(&rows::items(answer), &self.columns),
                Format::Table => table::write(answer, group, &self.columns, self.terminal),
            },
        }
    }

    /// Shows items as they come.
    pub(crate) fn print_item(&self, item: &Value) -> Result<(), Failure> {
        match &self.filter {
            Some(filter) => self.print_items(vec![item], filter),
            None => write_line(&item.to_string()),
        }
    }

    fn print_items(&self, items: Vec<&Value>, filter: &jq::Filter) -> Result<(), Failure> {
        for item in items {
            for result in filter.run(item)? {
                write_line(&result.to_string())?;
            }
        }
        Ok(())
    }

    /// Shows what a filter made of an answer.
    fn print_results(&self, results: &[Value]) -> Result<(), Failure> {
        let wanted = self.format;
        match wanted {
            Format::Yaml => results.iter().try_for_each(yaml),
            Format::Csv => csv::write(&flat(results), &self.columns),
            Format::Table if self.is_wanted || !self.columns.is_empty() => {
                let all = Value::Array(flat(results).into_iter().cloned().collect());
                table::write(&all, &[], &self.columns, self.terminal)
            }
            _ => results.iter().try_for_each(|result| match result {
                Value::String(text) => write_line(text),
                other if self.terminal.stdout => self.json(other),
                other => write_line(&other.to_string()),
            }),
        }
    }

    fn json(&self, value: &Value) -> Result<(), Failure> {
        if self.terminal.colour { write_line(&json::coloured(value)) } else { write_line(&format!("{value:#}")) }
    }
}

/// The rows that results of a filter stand for: a list is its items.
fn flat(results: &[Value]) -> Vec<&Value> {
    match results {
        [Value::Array(items)] => items.iter().collect(),
        several => several.iter().collect(),
    }
}

fn yaml(value: &Value) -> Result<(), Failure> {
    let text = serde_saphyr::to_string(value)
        .map_err(|error| Failure::local("the answer has no YAML form", Some(Box::new(error) as _)))?;
    write_text(&text)
}

/// Writes a line to standard output.
pub(crate) fn write_line(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).map_err(Failure::Output)
}

/// Writes to standard output.
pub(crate) fn write_text(text: &str) -> Result<(), Failure> {
    write_bytes(text.as_bytes())
}

/// Writes to standard output.
pub(crate) fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Failure::Output)
}
