//! `--all`: every page of a list.

use serde_json::{Map, Value};
use stora_client::call;

use crate::Call;
use crate::failure::Failure;
use crate::output::{Printer, items_key, write_bytes};
use crate::progress::Progress;
use crate::request::{Prepared, read_json};
use crate::terminal::Terminal;

/// The parameter for the number of a page.
pub(crate) const PAGE: &str = "page";

/// The parameter for how many items a page has.
pub(crate) const LIMIT: &str = "limit";

/// How many items a page has at most.
pub(crate) const MOST: u32 = 100;

/// The pages of a list from one on.
pub(crate) struct Pages<'a> {
    call: Prepared<'a>,
    number: u64,
    limit: u64,
}

impl<'a> Pages<'a> {
    /// The pages from the one that a command line asks for.
    pub(crate) fn new(prepared: Prepared<'a>, call: &Call) -> Self {
        let number = |wanted: &str| {
            let mut values = call.query.iter().filter(|(name, _)| name == wanted);
            values.next().and_then(|(_, value)| value.parse().ok())
        };
        Self { call: prepared, number: number(PAGE).unwrap_or(1), limit: number(LIMIT).unwrap_or_else(|| MOST.into()) }
    }

    /// The pages from the first one on of a call that is not made from a command line.
    pub(crate) fn from_first(prepared: Prepared<'a>, number: u64) -> Self {
        Self { call: prepared, number, limit: MOST.into() }
    }

    /// Shows all items: at once where the format allows it, or else as one list.
    pub(crate) async fn print(mut self, printer: &Printer, group: &[&str], terminal: Terminal) -> Result<(), Failure> {
        let progress = Progress::new(terminal, printer.is_streaming());
        let mut all: Vec<Value> = Vec::new();
        let name = loop {
            self.call.set_query(PAGE, self.number.to_string());
            let mut page = read_json(&call::raw(&self.call).await?)?;
            let Some((name, items)) = take_items(&mut page) else {
                return Err(Failure::usage(
                    "the answer is not a page of a list, so that there is nothing to fetch beyond it",
                ));
            };
            let is_empty = items.is_empty();
            progress.page(&page, items.len());
            if printer.is_streaming() {
                items.iter().try_for_each(|item| printer.print_item(item))?;
            } else {
                all.extend(items);
            }
            match page["meta"]["pagination"]["next"].as_u64() {
                Some(next) if next <= self.number => return Err(endless(self.number, next)),
                Some(next) if !is_empty => self.number = next,
                _ => break name,
            }
        };
        drop(progress);
        if printer.is_streaming() {
            return Ok(());
        }
        printer.print_from(group, &Value::Object(Map::from_iter([(name, Value::Array(all))])))
    }

    /// Shows all pages of a list as the service gives them as CSV, with one head.
    pub(crate) async fn print_csv(mut self, terminal: Terminal) -> Result<(), Failure> {
        let progress = Progress::new(terminal, true);
        for is_first in std::iter::once(true).chain(std::iter::repeat(false)) {
            self.call.set_query(PAGE, self.number.to_string());
            let page = call::raw(&self.call).await?;
            let (head, records) = head_and_records(&page)?;
            progress.page(&Value::Null, usize::try_from(records).unwrap_or_default());
            write_bytes(if is_first { &page } else { &page[head..] })?;
            if records < self.limit {
                break;
            }
            self.number += 1;
        }
        Ok(())
    }
}

/// The items of a page, and the name of the property that held them.
fn take_items(page: &mut Value) -> Option<(String, Vec<Value>)> {
    let name = items_key(page)?.to_owned();
    match page.get_mut(&name)?.take() {
        Value::Array(items) => Some((name, items)),
        _ => None,
    }
}

/// How long the head of a CSV text is, and how many records follow it.
fn head_and_records(text: &[u8]) -> Result<(usize, u64), Failure> {
    let wrong = |error: csv::Error| Failure::local("the answer is not CSV", Some(error.into()));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    reader.byte_headers().map_err(wrong)?;
    let head = usize::try_from(reader.position().byte()).unwrap_or_default().min(text.len());
    let mut records = 0;
    for record in reader.byte_records() {
        record.map_err(wrong)?;
        records += 1;
    }
    Ok((head, records))
}

fn endless(page: u64, next: u64) -> Failure {
    Failure::local(format!("page {page} gives {next} as the next one: there would be no end"), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_csv_ends_with_its_record_not_with_a_line() {
        let text = b"id,\"a\nb\"\n1,\"x\ny\"\n2,z\n";
        let (head, records) = head_and_records(text).unwrap();
        assert_eq!((&text[head..], records), (&b"1,\"x\ny\"\n2,z\n"[..], 2));
        assert_eq!(head_and_records(b"id,a\n").unwrap(), (5, 0));
    }
}
