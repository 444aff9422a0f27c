//! Tables of the operations, as static rows: for the mock, what the contract says; for the CLI, the commands.

mod bodies;
mod cli;
mod columns;
mod commands;
mod mock;
mod source;

pub use cli::{CommandTable, cli};
pub use mock::mock;

use super::types::literal;

/// How wide a line may be before its items get a line each.
const WIDTH: usize = 120;

/// `&["a", "b"]`, however long: the texts of a row are read as one.
fn texts<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<String> = items.iter().map(|item| literal(item.as_ref())).collect();
    format!("&[{}]", items.join(", "))
}

/// `Some("a")`, or `None`.
fn optional(text: Option<&str>) -> String {
    text.map_or_else(|| "None".to_owned(), |text| format!("Some({})", literal(text)))
}

/// A field of a row: `&[a, b]` between `before` and `after`, on one line if that fits, else with an item per line.
fn list(before: &str, items: &[String], after: &str) -> String {
    let pad = " ".repeat(8);
    let line = format!("{pad}{before}&[{}]{after},\n", items.join(", "));
    if items.is_empty() || line.len() <= WIDTH {
        return line;
    }
    let items: String = items.iter().map(|item| format!("{pad}    {item},\n")).collect();
    format!("{pad}{before}&[\n{items}{pad}]{after},\n")
}

#[cfg(test)]
mod tests;
