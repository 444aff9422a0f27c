//! A difference for people (a table) and for programs (JSON).

use serde_json::{Map, Value, json};

use super::Diff;
use super::change::{Area, Change, Class};

/// A message longer than this is not for a table; JSON has it whole.
const WIDEST: usize = 160;

pub(super) fn table(diff: &Diff) -> String {
    let mut rows: Vec<[String; 4]> = vec![["CLASS", "AREA", "WHERE", "WHAT"].map(str::to_owned)];
    rows.extend(diff.changes.iter().map(|change| {
        [change.class.name().to_owned(), change.area.name().to_owned(), place(change), shorten(what(change))]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    if !diff.changes.is_empty() {
        for row in &rows {
            for (cell, width) in row.iter().zip(widths) {
                text.push_str(cell);
                text.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
            }
            text.push_str(&row[3]);
            text.push('\n');
        }
        text.push('\n');
    }
    let [breaking, additive, cosmetic] = counts(diff);
    text.push_str(&format!("{breaking} breaking, {additive} additive, {cosmetic} cosmetic\n"));
    text
}

pub(super) fn value(diff: &Diff) -> Value {
    let [breaking, additive, cosmetic] = counts(diff);
    json!({
        "breaks": diff.breaks(),
        "summary": { "breaking": breaking, "additive": additive, "cosmetic": cosmetic },
        "changes": diff.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("class", json!(change.class.name()));
    put("kind", json!(change.kind.name()));
    put("area", json!(change.area.name()));
    put("sides", json!(change.sides.iter().map(|side| side.name()).collect::<Vec<_>>()));
    for (key, text) in [
        ("operation", &change.operation),
        ("component", &change.component),
        ("pointer_old", &change.pointer_old),
        ("pointer_new", &change.pointer_new),
    ] {
        if let Some(text) = text {
            put(key, json!(text));
        }
    }
    put("operations", json!(change.operations));
    put("subject", json!(change.subject));
    put("before", change.before.clone());
    put("after", change.after.clone());
    put("message", json!(change.message));
    Value::Object(object)
}

fn counts(diff: &Diff) -> [usize; 3] {
    [Class::Breaking, Class::Additive, Class::Cosmetic]
        .map(|class| diff.changes.iter().filter(|change| change.class == class).count())
}

/// The operation, or the component with how many operations it concerns.
fn place(change: &Change) -> String {
    let affected = match change.operations.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        several => format!("{} operations", several.len()),
    };
    let home = change.component.as_deref().unwrap_or_default();
    match (home.is_empty(), affected.is_empty()) {
        (true, true) => "document".to_owned(),
        (true, false) => format!("{affected}{}", status(change)),
        (false, true) => home.to_owned(),
        (false, false) => format!("{home} ({affected})"),
    }
}

/// The message, without what the column before it says already.
fn what(change: &Change) -> &str {
    let message = change.message.as_str();
    let rest = match change.area {
        Area::Operation => message.strip_prefix("operation "),
        Area::Event => message.strip_prefix("event "),
        _ => None,
    };
    let rest = rest.map(|rest| rest.strip_prefix('`').unwrap_or(rest));
    let rest = rest.and_then(|rest| rest.strip_prefix(change.subject.as_str()));
    rest.map_or(message, |rest| rest.trim_start_matches('`').trim_start())
}

/// The status of the response that an inline schema belongs to.
fn status(change: &Change) -> String {
    let pointer = change.pointer_old.as_deref().or(change.pointer_new.as_deref()).unwrap_or_default();
    let mut tokens = pointer.split('/').skip(4);
    match (pointer.starts_with("/paths/"), tokens.next(), tokens.next()) {
        (true, Some("responses"), Some(status)) if change.operations.len() == 1 => format!(" {status}"),
        _ => String::new(),
    }
}

fn shorten(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= WIDEST {
        return line;
    }
    line.chars().take(WIDEST - 1).chain(['…']).collect()
}
