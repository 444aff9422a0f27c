//! Tables for terminals.

use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table};
use serde_json::Value;

use super::rows::{at, content, paths};
use super::{columns, write_line};
use crate::failure::Failure;
use crate::terminal::Terminal;
use crate::value::plain;

/// The blanks between columns.
const GAP: u16 = 2;

/// How many letters of a text are enough to know it by.
const LONG_TEXT: usize = 25;

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
    let mut columns = if wanted.is_empty() { columns::fitting(group, items) } else { wanted.to_vec() };
    let rows = |columns: &[String]| -> Vec<Vec<String>> { items.iter().map(|item| cells(item, columns)).collect() };
    let mut all = rows(&columns);
    // Columns that nobody asked for go, the last ones first, before others are cut short.
    if let Some(width) = terminal.width().filter(|_| wanted.is_empty()) {
        columns.truncate(fitting(&columns, &all, usize::from(width)));
        all = rows(&columns);
    }
    let mut table = empty(terminal);
    let mut head = Row::from(columns.iter().map(|column| title(column)));
    head.max_height(1);
    table.set_header(head);
    for cells in all {
        let mut row = Row::from(cells);
        row.max_height(1);
        table.add_row(row);
    }
    // Half an id is of no use.
    let id = columns.iter().position(|column| column == "id").and_then(|place| table.column_mut(place));
    if let Some(id) = id {
        id.set_constraint(ColumnConstraint::ContentWidth);
    }
    show(&mut table, true, terminal)
}

fn cells(item: &Value, columns: &[String]) -> Vec<String> {
    if !item.is_object() && !item.is_array() && columns.len() == 1 {
        return vec![cell(item)];
    }
    columns.iter().map(|column| at(item, column).map_or_else(String::new, cell)).collect()
}

/// How many of the columns fit into a line. Those with long texts can be cut short.
fn fitting(columns: &[String], rows: &[Vec<String>], width: usize) -> usize {
    let widest = |place: usize| rows.iter().map(|row| row[place].chars().count()).max().unwrap_or_default();
    let mut taken = 0;
    for (place, column) in columns.iter().enumerate() {
        taken += widest(place).max(column.len()).min(LONG_TEXT);
        if taken > width && place > 0 {
            return place;
        }
        taken += usize::from(GAP);
    }
    columns.len()
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
        column.set_padding((0, GAP));
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
    fn columns_that_do_not_fit_go_and_long_texts_are_cut_short() {
        let columns = ["id", "name", "note"].map(str::to_owned);
        let rows = vec![vec!["x_1".to_owned(), "Ada".to_owned(), "n".repeat(500)]];
        assert_eq!(fitting(&columns, &rows, 80), 3);
        assert_eq!(fitting(&columns, &rows, 20), 2);
        assert_eq!(fitting(&columns, &rows, 2), 1);
    }

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
