//! Tables for terminals.

use comfy_table::{ContentArrangement, Row, Table};
use serde_json::Value;

use super::rows::{at, content, paths};
use super::{columns, write_line};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::value::plain;

const BOLD: &str = "\u{1b}[1m";
const RESET: &str = "\u{1b}[0m";

/// Shows the items of a list as rows, and one resource as a row for each of its properties.
pub(super) fn write(answer: &Value, group: &[&str], wanted: &[String], terminal: Terminal) -> Result<(), Failure> {
    match content(answer) {
        Value::Array(items) if items.is_empty() => Ok(()),
        Value::Array(items) => list(items, group, wanted, terminal),
        one if !wanted.is_empty() => list(std::slice::from_ref(one), group, wanted, terminal),
        one @ Value::Object(_) => properties(one, terminal),
        word => write_line(&cell(word)),
    }
}

fn list(items: &[Value], group: &[&str], wanted: &[String], terminal: Terminal) -> Result<(), Failure> {
    let columns = if wanted.is_empty() { columns::fitting(group, items) } else { wanted.to_vec() };
    let mut table = empty(terminal);
    table.set_header(columns.iter().map(|column| title(column)));
    for item in items {
        let cells = columns.iter().map(|column| match columns.as_slice() {
            [_] if !item.is_object() && !item.is_array() => cell(item),
            _ => at(item, column).map_or_else(String::new, cell),
        });
        let mut row = Row::from(cells);
        row.max_height(1);
        table.add_row(row);
    }
    show(&mut table, true, terminal)
}

fn properties(one: &Value, terminal: Terminal) -> Result<(), Failure> {
    let mut table = empty(terminal);
    for path in paths(one) {
        let text = at(one, &path).map_or_else(String::new, cell);
        table.add_row([path, text]);
    }
    show(&mut table, false, terminal)
}

/// A table without lines, as wide as the terminal.
fn empty(terminal: Terminal) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_truncation_indicator("…");
    match terminal.width() {
        Some(width) => table.set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table
}

fn show(table: &mut Table, has_head: bool, terminal: Terminal) -> Result<(), Failure> {
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    for (i, line) in table.lines().enumerate() {
        let line = line.trim_end();
        match has_head && i == 0 && terminal.colour {
            true => write_line(&format!("{BOLD}{line}{RESET}"))?,
            false => write_line(line)?,
        }
    }
    Ok(())
}

/// The title of a column.
fn title(column: &str) -> String {
    column.replace(['_', '.'], " ").to_uppercase()
}

/// A value as it stands in a cell: a sum of money as people write it, a reference by its id.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::Object(properties) => match (properties.get("formatted"), properties.get("id")) {
            (Some(Value::String(text)), _) => text.clone(),
            (_, Some(Value::String(id))) => id.clone(),
            _ => value.to_string(),
        },
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(plain).collect::<Vec<_>>().join(", ")
        }
        other => plain(other),
    };
    harmless(&text)
}

/// A text without what would move the cursor or change the terminal: it comes from whoever filled in a form.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_shows_what_people_look_for() {
        assert_eq!(cell(&json!({"amount": 1, "currency": "GBP", "formatted": "£0.01"})), "£0.01");
        assert_eq!(cell(&json!({"id": "con_1", "email": "x"})), "con_1");
        assert_eq!(cell(&json!(["a", 1])), "a, 1");
        assert_eq!(cell(&json!([{"id": 1}])), r#"[{"id":1}]"#);
        assert_eq!(cell(&json!("a\u{1b}[31m\nb")), "a [31m b");
        assert_eq!(title("contact.full_name"), "CONTACT FULL NAME");
    }
}
