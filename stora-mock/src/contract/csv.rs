//! Lists as CSV (RFC 4180): a header, then a row per item, lines ended by CRLF, no byte order mark.
//!
//! The columns come from the document, so that an empty list has them too: one per plain value, named by its path with dots,
//! in the key order of the JSON object, without `_links`. Lists and free maps fill one column each as compact JSON. A
//! reference gives the column of its id; where the caller expands it, the columns of what it refers to.

use std::borrow::Cow;

use csv::{Terminator, WriterBuilder};
use serde_json::Value;

use super::Operation;
use crate::generated::LISTS;

/// The property of resources that is no data and has no columns.
const LINKS: &str = "_links";

/// The property that a reference always has.
const ID: &str = "id";

/// What a value looks like in a row. Resources refer to each other in circles, so that nothing may follow all references.
pub(crate) enum Shape {
    /// One column: a text or number as it is, a list or a free map as compact JSON.
    Value,
    /// The columns of each property.
    Object(&'static [Column]),
    /// The columns of all of these, each name once.
    OneOf(&'static [&'static Shape]),
    /// A resource: the column of its id or, expanded, its columns.
    Reference(&'static Shape),
}

/// A property of an object, with the columns it gives.
pub(crate) struct Column {
    /// Its name in JSON.
    name: &'static str,
    /// What its value looks like.
    shape: &'static Shape,
}

impl Column {
    /// A property of this name and shape.
    pub(crate) const fn new(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, shape }
    }
}

/// A list as CSV in UTF-8: the header and a row per item.
///
/// `expanded` says of the path of a reference whether the caller expands it, and says so of finitely many paths. It does not
/// change the items, which come as JSON would show them. An operation that gives no list has no columns and gives nothing.
pub fn write(
    operation: &Operation,
    expanded: &dyn Fn(&[&str]) -> bool,
    items: impl IntoIterator<Item = Value>,
) -> Vec<u8> {
    let Some((_, shape)) = LISTS.iter().find(|(list, _)| *list == operation.id) else { return Vec::new() };
    #[expect(clippy::expect_used, reason = "the message says why it holds")]
    table(&paths(shape, &[], expanded), items).expect("memory takes every row, and every row is as long as the header")
}

fn table(paths: &[Vec<&str>], items: impl IntoIterator<Item = Value>) -> Result<Vec<u8>, csv::Error> {
    let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    table.write_record(paths.iter().map(|path| path.join(".")))?;
    for item in items {
        for path in paths {
            table.write_field(cell(&item, path).as_bytes())?;
        }
        // No further field: the row ends here.
        table.write_record(None::<&[u8]>)?;
    }
    table.into_inner().map_err(|error| error.into_error().into())
}

/// The paths of the columns that a value at `path` has.
fn paths(shape: &Shape, path: &[&'static str], expanded: &dyn Fn(&[&str]) -> bool) -> Vec<Vec<&'static str>> {
    let below = |name: &'static str| [path, &[name]].concat();
    match shape {
        Shape::Value => vec![path.to_vec()],
        Shape::Object(columns) => {
            let columns = columns.iter().filter(|column| column.name != LINKS);
            columns.flat_map(|column| paths(column.shape, &below(column.name), expanded)).collect()
        }
        Shape::OneOf(shapes) => {
            let mut all: Vec<_> = shapes.iter().flat_map(|shape| paths(shape, path, expanded)).collect();
            all.sort_by(|one, other| in_key_order(one).cmp(in_key_order(other)));
            all.dedup();
            all
        }
        Shape::Reference(resource) if expanded(path) => paths(resource, path, expanded),
        Shape::Reference(_) => vec![below(ID)],
    }
}

/// A path as it compares in the key order of JSON objects: in each, the id stands first, and the rest is alphabetical
/// (platform.yaml, conventions).
fn in_key_order<'p>(path: &'p [&str]) -> impl Iterator<Item = (bool, &'p str)> {
    path.iter().map(|name| (*name != ID, *name))
}

/// What stands in an item at a path, as the text of a cell.
fn cell<'a>(item: &'a Value, path: &[&str]) -> Cow<'a, str> {
    match path.iter().try_fold(item, |value, name| value.get(name)) {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(other) => Cow::Owned(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::json;

    use super::*;
    use crate::contract::{OPERATIONS, OperationId};

    /// The CSV of a list where the paths in `expand` are expanded, read back with another eye than it was written with.
    fn csv(operation: OperationId, expand: &[&str], items: Vec<Value>) -> String {
        let expanded = |path: &[&str]| expand.contains(&path.join(".").as_str());
        String::from_utf8(write(operation.row(), &expanded, items)).unwrap()
    }

    fn header(operation: OperationId, expand: &[&str]) -> Vec<String> {
        let text = csv(operation, expand, Vec::new());
        let line = text.strip_suffix("\r\n").unwrap();
        assert!(!line.contains(['\r', '\n', '"']), "{line}");
        line.split(',').map(str::to_owned).collect()
    }

    /// The first row as pairs of column and cell.
    fn row(operation: OperationId, expand: &[&str], item: Value) -> Vec<(String, String)> {
        let text = csv(operation, expand, vec![item]);
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let names = rows.headers().unwrap().clone();
        let row = rows.records().next().unwrap().unwrap();
        names.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()
    }

    fn cell_of(row: &[(String, String)], name: &str) -> String {
        row.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no column {name}")).1.clone()
    }

    #[test]
    fn every_operation_that_gives_csv_has_a_header_for_an_empty_list() {
        for operation in OPERATIONS.iter().filter(|operation| operation.produces.contains(&"text/csv")) {
            let columns = header(operation.id, &[]);
            assert_eq!(columns[0], "id", "{}", operation.name);
            let each_once: HashSet<&String> = columns.iter().collect();
            assert_eq!(each_once.len(), columns.len(), "{}: {columns:?}", operation.name);
            assert!(!columns.iter().any(|column| column.contains("_links")), "{}: {columns:?}", operation.name);
        }
        let lists = OPERATIONS.iter().filter(|operation| operation.page.is_some()).map(|operation| operation.id);
        assert!(lists.eq(OPERATIONS.iter().filter(|o| o.produces.contains(&"text/csv")).map(|o| o.id)));
        assert!(csv(OperationId::ContactShow, &[], vec![json!({"id": "con_1"})]).is_empty());
    }

    #[test]
    fn every_expansion_of_every_list_has_columns() {
        for operation in OPERATIONS.iter().filter(|operation| operation.page.is_some()) {
            let before: HashSet<String> = header(operation.id, &[]).into_iter().collect();
            let offered: Vec<&str> = operation.expand.into_iter().flatten().map(|expand| expand.path).collect();
            let all: HashSet<String> = header(operation.id, &offered).into_iter().collect();
            assert!(all.is_superset(&before), "{}", operation.name);
        }
    }

    #[test]
    fn every_column_shows_what_stands_at_its_path() {
        for operation in OPERATIONS.iter().filter(|operation| operation.page.is_some()) {
            let offered: Vec<&str> = operation.expand.into_iter().flatten().map(|expand| expand.path).collect();
            let mut item = json!({});
            for column in header(operation.id, &offered) {
                let place = column.split('.').fold(&mut item, |value, name| &mut value[name]);
                *place = Value::String(column);
            }
            for (column, cell) in row(operation.id, &offered, item) {
                assert_eq!(cell, column, "{}", operation.name);
            }
        }
    }

    #[test]
    fn columns_come_in_the_order_of_the_json_object_and_money_is_three() {
        let columns = header(OperationId::InvoiceList, &[]);
        assert_eq!(
            columns[..9],
            [
                "id",
                "amount_due.amount",
                "amount_due.currency",
                "amount_due.formatted",
                "amount_paid.amount",
                "amount_paid.currency",
                "amount_paid.formatted",
                "contact.id",
                "created_at",
            ]
        );
        assert!(columns.contains(&"line_items".to_owned()));
    }

    #[test]
    fn cells_are_quoted_where_needed_and_lines_end_in_crlf() {
        let item =
            json!({"id": "con_1", "full_name": "Doe, \"Jo\"\r\nand sons", "email": "a@b.c", "phone_number": " 07 "});
        let text = csv(OperationId::ContactList, &[], vec![item]);
        assert!(!text.starts_with('\u{feff}'));
        assert!(text.ends_with("\r\n"));
        assert!(text.contains(",a@b.c,\"Doe, \"\"Jo\"\"\r\nand sons\","), "{text}");
        assert!(text.contains(", 07 ,"), "{text}");
    }

    #[test]
    fn a_row_has_a_cell_for_each_column_however_little_is_in_the_item() {
        for item in [json!({}), json!(null), json!("text"), json!({"id": null, "address": "none", "metadata": []})] {
            let columns = header(OperationId::ContactList, &[]).len();
            assert_eq!(row(OperationId::ContactList, &[], item).len(), columns);
        }
    }

    #[test]
    fn plain_values_are_written_plainly_and_null_is_empty() {
        let item = json!({
            "id": "con_1", "address": null, "identity_check": {"required": true, "status": "passed"}, "full_name": null,
            "metadata": {"b": "1", "a": "x,y"}, "tenancies_count": 3,
        });
        let row = row(OperationId::ContactList, &[], item);
        let cell = |name: &str| cell_of(&row, name);
        assert_eq!((cell("address.city"), cell("full_name")), (String::new(), String::new()));
        assert_eq!((cell("identity_check.required"), cell("tenancies_count")), ("true".into(), "3".into()));
        assert_eq!(cell("metadata"), r#"{"b":"1","a":"x,y"}"#);
    }

    #[test]
    fn decimals_and_lists_are_written_as_in_json() {
        let item =
            json!({"id": "utype_1", "dimensions": {"height": 2.5, "length": 2}, "selling_points": ["dry", "a,b"]});
        let row = row(OperationId::UnitTypeList, &[], item);
        assert_eq!(cell_of(&row, "dimensions.height"), "2.5");
        assert_eq!(cell_of(&row, "dimensions.length"), "2");
        assert_eq!(cell_of(&row, "selling_points"), r#"["dry","a,b"]"#);
    }

    #[test]
    fn variants_share_a_header_in_the_order_of_both() {
        let columns = header(OperationId::CouponList, &[]);
        let at = |name: &str| columns.iter().position(|column| column == name).unwrap();
        assert!(at("id") < at("amount.amount") && at("amount.formatted") < at("auto_apply_to.products"));
        assert!(at("name") < at("percent") && at("percent") < at("public"));
        let coupon = row(OperationId::CouponList, &[], json!({"id": "cpn_1", "percent": 10, "type": "percentage"}));
        assert_eq!((cell_of(&coupon, "percent"), cell_of(&coupon, "amount.amount")), ("10".into(), String::new()));
    }

    #[test]
    fn columns_of_several_kinds_come_in_key_order_too() {
        for operation in OPERATIONS.iter().filter(|operation| operation.page.is_some()) {
            let offered: Vec<&str> = operation.expand.into_iter().flatten().map(|expand| expand.path).collect();
            for expand in [&[], offered.as_slice()] {
                let columns = header(operation.id, expand);
                let steps = |column: &String| -> Vec<(bool, String)> {
                    column.split('.').map(|name| (name != "id", name.to_owned())).collect()
                };
                assert!(columns.is_sorted_by_key(steps), "{}: {columns:?}", operation.name);
            }
        }
    }

    #[test]
    fn a_reference_is_its_id_until_it_is_expanded() {
        let of_contact = |columns: &[String]| -> Vec<String> {
            columns.iter().filter(|column| column.starts_with("contact.")).cloned().collect()
        };
        let plain = header(OperationId::TenancyList, &[]);
        assert_eq!(of_contact(&plain), ["contact.id"]);
        let expanded = header(OperationId::TenancyList, &["contact"]);
        let contact = of_contact(&expanded);
        let as_listed = header(OperationId::ContactList, &[]);
        assert!(contact.iter().map(|column| &column["contact.".len()..]).eq(&as_listed));
        let others =
            |columns: Vec<String>| columns.into_iter().filter(|c| !c.starts_with("contact.")).collect::<Vec<_>>();
        assert_eq!(others(plain), others(expanded));

        let item = json!({"id": "ten_1", "contact": {"id": "con_1", "full_name": "Ann", "address": {"city": "Leeds"}}});
        let full = row(OperationId::TenancyList, &["contact"], item);
        assert_eq!(cell_of(&full, "contact.full_name"), "Ann");
        assert_eq!(cell_of(&full, "contact.address.city"), "Leeds");
        // What an absent reference would have shown is empty.
        let none = row(OperationId::TenancyList, &["contact"], json!({"id": "ten_1", "contact": null}));
        assert_eq!(cell_of(&none, "contact.id"), "");
    }

    #[test]
    fn a_dotted_name_expands_step_by_step() {
        let columns = header(OperationId::ContractList, &["tenancy", "tenancy.order"]);
        for column in ["tenancy.order.status", "tenancy.order.contact.id", "tenancy.contact.id", "contact.id"] {
            assert!(columns.contains(&column.to_owned()), "{column}: {columns:?}");
        }
        assert!(!columns.contains(&"tenancy.contact.email".to_owned()));
    }

    #[test]
    fn an_expanded_list_stays_one_column() {
        let item = json!({"id": "ten_1", "unit_allocations": [{"id": "alloc_1"}]});
        let row = row(OperationId::TenancyList, &["unit_allocations"], item);
        assert_eq!(cell_of(&row, "unit_allocations"), r#"[{"id":"alloc_1"}]"#);
    }

    #[test]
    fn a_reference_to_several_kinds_has_the_columns_of_all_of_them() {
        assert!(header(OperationId::NoteList, &[]).contains(&"creator.id".to_owned()));
        let columns = header(OperationId::NoteList, &["creator", "resource"]);
        for column in
            ["creator.email", "creator.name", "resource.email", "resource.reference_id", "resource.billing_period"]
        {
            assert!(columns.contains(&column.to_owned()), "{column}: {columns:?}");
        }
        let item = json!({"id": "note_1", "creator": {"id": "app_1", "name": "Sync"}, "resource": {"id": "con_1"}});
        let row = row(OperationId::NoteList, &["creator", "resource"], item);
        assert_eq!((cell_of(&row, "creator.id"), cell_of(&row, "creator.name")), ("app_1".into(), "Sync".into()));
        assert_eq!(cell_of(&row, "creator.email"), "");
    }

    #[test]
    fn a_deleted_stage_is_shown_without_an_id_and_the_others_by_theirs() {
        let deleted =
            json!({"id": "deal_1", "stage": {"created_at": "2026-01-01T00:00:00Z", "name": "Old", "position": 2}});
        let known = json!({"id": "deal_2", "stage": {"id": "dstg_1"}});
        for expand in [&[] as &[&str], &["stage"]] {
            let shown = row(OperationId::DealList, expand, deleted.clone());
            assert_eq!((cell_of(&shown, "stage.id"), cell_of(&shown, "stage.name")), (String::new(), "Old".into()));
            assert_eq!(cell_of(&row(OperationId::DealList, expand, known.clone()), "stage.id"), "dstg_1");
        }
    }
}
