//! Output: what goes to standard output, and in which format.

use std::io::Write as _;

use serde_json::Value;

use crate::failure::Failure;
use crate::terminal::Terminal;

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
#[derive(Debug)]
pub(crate) struct Printer {
    format: Format,
}

impl Printer {
    /// A printer for the format that is wanted, or the one that suits where the output goes.
    pub(crate) fn new(
        wanted: Option<Format>,
        _columns: &[String],
        _jq: Option<&str>,
        terminal: Terminal,
    ) -> Result<Self, Failure> {
        let fitting = if terminal.stdout { Format::Table } else { Format::Json };
        Ok(Self { format: wanted.unwrap_or(fitting) })
    }

    /// Shows an answer.
    pub(crate) fn print(&self, answer: &Value) -> Result<(), Failure> {
        let text = match self.format {
            Format::Ndjson => answer.to_string(),
            _ => format!("{answer:#}"),
        };
        write_line(&text)
    }
}

/// Writes a line to standard output.
pub(crate) fn write_line(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).map_err(Failure::Output)
}
