//! What an operation answers.

use std::fmt::Write as _;

use bytes::Bytes;

use super::Call;
use crate::contract::csv;
use crate::store::Row;
use crate::view::{Show, View};

/// What an operation answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type of the body; none without a body.
    pub content_type: Option<&'static str>,
    /// Headers besides those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
}

/// The media types of bodies.
pub const JSON: &str = "application/json";
/// Comma-separated values.
pub const CSV: &str = "text/csv; charset=utf-8";
/// A page.
pub const HTML: &str = "text/html; charset=utf-8";
/// A document.
pub const PDF: &str = "application/pdf";

/// A page of a list, with what it is a page of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Number of items in the whole list.
    pub count: u64,
    /// Number of this page, from 1.
    pub page: u64,
    /// Most items on a page.
    pub limit: u64,
}

impl Answer {
    /// A body of JSON.
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, content_type: Some(JSON), headers: Vec::new(), body: body.into() }
    }

    /// A page.
    pub fn html(status: u16, page: impl Into<Bytes>) -> Self {
        Self { status, content_type: Some(HTML), headers: Vec::new(), body: page.into() }
    }

    /// Nothing but a status.
    pub fn empty(status: u16) -> Self {
        Self { status, content_type: None, headers: Vec::new(), body: Bytes::new() }
    }

    /// A document to be saved under a name.
    pub fn pdf(body: Vec<u8>, filename: &str) -> Self {
        let headers = vec![("content-disposition", format!("attachment; filename=\"{filename}\""))];
        Self { status: 200, content_type: Some(PDF), headers, body: body.into() }
    }

    /// One record under its envelope.
    pub fn single<T: Show>(call: &Call<'_>, view: &View<'_>, status: u16, envelope: &str, row: &Row<T>) -> Self {
        Self::record(call, status, envelope, &view.json(row, &call.query.expand))
    }

    /// A record that is JSON already, under its envelope.
    pub fn record(call: &Call<'_>, status: u16, envelope: &str, record: &str) -> Self {
        let mut body = String::with_capacity(record.len() + envelope.len() + call.addresses.curies.len() + 96);
        body.push_str("{\"");
        body.push_str(envelope);
        body.push_str("\":");
        body.push_str(record);
        body.push_str(",\"meta\":");
        meta(&mut body, call);
        body.push_str("}}");
        Self::json(status, body)
    }

    /// A page of records under its envelope, as JSON or CSV.
    pub fn list<T: Show>(call: &Call<'_>, view: &View<'_>, envelope: &str, rows: &[&Row<T>], listed: Listed) -> Self {
        if call.format == "text/csv" {
            // A view writes JSON, so that it can be read again.
            let items = rows.iter().filter_map(|row| serde_json::from_str(&view.json(row, &call.query.expand)).ok());
            let body = csv::write(call.operation, &|path| call.query.expand.holds(path), items);
            return Self { status: 200, content_type: Some(CSV), headers: Vec::new(), body: body.into() };
        }
        let mut body = String::with_capacity(512 + rows.len() * 768);
        body.push_str("{\"");
        body.push_str(envelope);
        body.push_str("\":[");
        for (i, row) in rows.iter().enumerate() {
            if i > 0 {
                body.push(',');
            }
            body.push_str(&view.json(row, &call.query.expand));
        }
        body.push_str("],\"meta\":");
        meta(&mut body, call);
        body.push_str(",\"pagination\":");
        listed.write(&mut body);
        body.push_str("}}");
        Self::json(200, body)
    }

    /// That something was done, where there is no record to show.
    pub fn success(call: &Call<'_>, message: &str) -> Self {
        let mut body = String::with_capacity(256 + call.addresses.curies.len());
        body.push_str("{\"success\":{\"message\":");
        body.push_str(&quoted(message));
        body.push_str("},\"meta\":");
        meta(&mut body, call);
        body.push_str("}}");
        Self::json(200, body)
    }

    /// That something was done to units, whose ids stand in `meta`.
    pub fn success_with_units(call: &Call<'_>, message: &str, units: &[impl std::fmt::Display]) -> Self {
        let mut body = String::with_capacity(256 + call.addresses.curies.len() + 26 * units.len());
        body.push_str("{\"success\":{\"message\":");
        body.push_str(&quoted(message));
        body.push_str("},\"meta\":{\"request_id\":\"");
        body.push_str(call.request_id);
        body.push_str("\",\"unit_ids\":[");
        for (i, unit) in units.iter().enumerate() {
            let gap = if i == 0 { "" } else { "," };
            // Writing to a string does not fail.
            let _ = write!(body, "{gap}\"{unit}\"");
        }
        body.push_str("],\"curies\":");
        body.push_str(&call.addresses.curies);
        body.push_str("}}");
        Self::json(200, body)
    }
}

impl Listed {
    fn write(self, body: &mut String) {
        let Self { count, page, limit } = self;
        let pages = count.div_ceil(limit).max(1);
        let next = (page < pages).then_some(page + 1);
        // Beyond the last page, the page before is the last one.
        let prev = (page > 1).then(|| (page - 1).min(pages));
        let number = |number: Option<u64>| number.map_or_else(|| "null".to_owned(), |number| number.to_string());
        let (next, prev) = (number(next), number(prev));
        // Writing to a string does not fail.
        let _ = write!(
            body,
            "{{\"count\":{count},\"last\":{pages},\"limit\":{limit},\"next\":{next},\"page\":{page},\"pages\":{pages},\"prev\":{prev}}}"
        );
    }
}

/// `meta` up to the brace that closes it.
fn meta(body: &mut String, call: &Call<'_>) {
    body.push_str("{\"request_id\":\"");
    body.push_str(call.request_id);
    body.push_str("\",\"curies\":");
    body.push_str(&call.addresses.curies);
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pagination(count: u64, page: u64, limit: u64) -> serde_json::Value {
        let mut text = String::new();
        Listed { count, page, limit }.write(&mut text);
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn pagination_at_its_edges() {
        let numbers = |count, page, limit| {
            let p = pagination(count, page, limit);
            ["count", "pages", "last", "next", "prev"].map(|key| p[key].as_u64())
        };
        assert_eq!(numbers(0, 1, 50), [Some(0), Some(1), Some(1), None, None]);
        assert_eq!(numbers(50, 1, 50), [Some(50), Some(1), Some(1), None, None]);
        assert_eq!(numbers(51, 1, 50), [Some(51), Some(2), Some(2), Some(2), None]);
        assert_eq!(numbers(51, 2, 50), [Some(51), Some(2), Some(2), None, Some(1)]);
        // Beyond the last.
        assert_eq!(numbers(51, 9, 50), [Some(51), Some(2), Some(2), None, Some(2)]);
        assert_eq!(numbers(0, 2, 50), [Some(0), Some(1), Some(1), None, Some(1)]);
        assert_eq!(pagination(51, 9, 50)["page"], 9);
    }
}
