//! The columns that a table has unless `--columns` says otherwise.

use serde_json::Value;

use super::rows::{at, paths};

/// How many columns a table has at most where nobody picked them.
const MOST: usize = 7;

/// For each group of commands the columns that people look for first.
const COLUMNS: &[(&[&str], &[&str])] = &[
    (&["contacts"], &["id", "full_name", "email", "phone_number", "status", "tenancies_count", "created_at"]),
    (&["contract-templates"], &["id", "name", "updated_at"]),
    (&["contracts"], &["id", "name", "status", "contact", "tenancy", "sent_at", "signed_at"]),
    (&["coupons"], &["id", "code", "name", "type", "duration", "billing_period", "public"]),
    (&["credit-notes"], &["id", "number", "status", "contact", "invoice", "total", "created_at"]),
    (&["deals"], &["id", "name", "status", "stage", "contact", "site", "starts_at"]),
    (&["deals", "stages"], &["id", "name", "position"]),
    (&["identity-verifications"], &["id", "contact", "status", "error_code", "created_at"]),
    (&["invoices"], &["id", "number", "status", "contact", "total", "amount_due", "created_at"]),
    (&["notes"], &["id", "content", "resource", "creator", "created_at"]),
    (&["orders"], &["id", "status", "contact", "site", "starts_at", "total", "created_at"]),
    (&["orders", "line-items"], &["id", "type", "item", "quantity", "price", "discount_total", "total"]),
    (&["product-categories"], &["id", "name"]),
    (&["products"], &["id", "name", "sku", "charge_type", "category", "site"]),
    (&["protection-levels"], &["id", "cover_level", "public", "account_code", "updated_at"]),
    (&["sites"], &["id", "name", "phone", "address.city", "address.postal_code", "opened_at"]),
    (&["staff"], &["id", "name", "email", "created_at"]),
    (&["subscriptions"], &["id", "contact", "site", "billing_period", "cancelled", "starts_at", "ends_at"]),
    (&["tasks"], &["id", "title", "status", "assignee", "site", "due_at", "completed_at"]),
    (&["tenancies"], &["id", "contact", "site", "order", "starts_at", "ends_at"]),
    (&["timeline", "events"], &["id", "contact", "source", "template", "description", "created_at"]),
    (&["timeline", "sources"], &["id", "name", "global", "website_url"]),
    (&["timeline", "templates"], &["id", "name", "global", "message"]),
    (&["unit-allocations"], &["id", "unit", "tenancy", "reserved_at", "granted_access_at"]),
    (&["unit-types"], &["id", "name", "status", "site", "size_description", "prices.monthly"]),
    (&["units"], &["id", "reference_id", "status", "site", "unit_type", "unit_allocation"]),
    (&["webhook-endpoints"], &["id", "name", "status", "url", "event_types"]),
];

/// What names a thing or tells its state, in the order of a table.
const FIRST: [&str; 14] = [
    "id",
    "name",
    "title",
    "full_name",
    "reference_id",
    "number",
    "code",
    "type",
    "status",
    "state",
    "email",
    "url",
    "total",
    "created_at",
];

/// The columns for the items of a group.
pub(super) fn fitting(group: &[&str], items: &[Value]) -> Vec<String> {
    let picked = COLUMNS.iter().find(|(known, _)| *known == group).map(|(_, columns)| *columns);
    let is_there = |column: &&str| items.iter().any(|item| at(item, column).is_some());
    let picked: Vec<String> =
        picked.into_iter().flatten().copied().filter(|column| is_there(column)).map(str::to_owned).collect();
    if picked.is_empty() { guessed(items) } else { picked }
}

/// Columns for items that nobody picked any for: first what names them, then the rest in the order of the first item.
fn guessed(items: &[Value]) -> Vec<String> {
    let all = items.first().map(paths).unwrap_or_default();
    let first = FIRST.iter().map(|&name| name.to_owned()).filter(|name| all.contains(name));
    let rest = all.iter().filter(|path| !FIRST.contains(&path.as_str())).cloned();
    let columns: Vec<String> = first.chain(rest).take(MOST).collect();
    if columns.is_empty() { vec!["value".to_owned()] } else { columns }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GROUPS;
    use serde_json::json;

    #[test]
    fn groups_that_have_columns_are_groups() {
        for (group, columns) in COLUMNS {
            assert!(GROUPS.iter().any(|known| known.path == *group), "{group:?}");
            assert!(columns.len() <= MOST, "{group:?}");
        }
    }

    #[test]
    fn what_nobody_picked_columns_for_shows_its_name_first() {
        let items = [json!({"zeta": 1, "status": "new", "id": "x_1"})];
        assert_eq!(fitting(&["nowhere"], &items), ["id", "status", "zeta"]);
        assert_eq!(fitting(&["contacts"], &items), ["id", "status"]);
        assert_eq!(fitting(&[], &[json!("word")]), ["value"]);
    }
}
