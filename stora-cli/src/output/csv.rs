//! CSV, from JSON.

use serde_json::Value;

use super::rows::{all_paths, at};
use crate::failure::Failure;
use crate::value::plain;

/// Writes items as CSV with a head, in these columns or all.
pub(super) fn write(items: &[&Value], columns: &[String]) -> Result<(), Failure> {
    let columns = if columns.is_empty() { all_paths(items) } else { columns.to_vec() };
    let mut out = csv::Writer::from_writer(std::io::stdout().lock());
    let written = if columns.is_empty() { write_words(&mut out, items) } else { write_rows(&mut out, items, &columns) };
    written.and_then(|()| out.flush().map_err(csv::Error::from)).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::Output(error),
        other => Failure::local(format!("the answer has no CSV form: {other:?}"), None),
    })
}

fn write_rows(
    out: &mut csv::Writer<impl std::io::Write>,
    items: &[&Value],
    columns: &[String],
) -> Result<(), csv::Error> {
    out.write_record(columns)?;
    for item in items {
        out.write_record(columns.iter().map(|column| at(item, column).map_or_else(String::new, word)))?;
    }
    Ok(())
}

/// Items that are no objects: a line each, and a list has its items beside one another.
fn write_words(out: &mut csv::Writer<impl std::io::Write>, items: &[&Value]) -> Result<(), csv::Error> {
    for item in items {
        match item {
            Value::Array(words) => out.write_record(words.iter().map(word))?,
            Value::Object(properties) if properties.is_empty() => {}
            other => out.write_record([word(other)])?,
        }
    }
    Ok(())
}

fn word(value: &Value) -> String {
    if value.is_null() { String::new() } else { plain(value) }
}
