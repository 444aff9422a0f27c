//! The state of an operator as its snapshot tells it: what calls are aimed at, and the laws of what is stored.
//!
//! Rules: A2, I3, U2, U4

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::Mock;

/// The tables of a snapshot by the prefix of their ids.
const TABLES: [(&str, &str); 27] = [
    ("con_", "contacts"),
    ("ctpl_", "contract_templates"),
    ("ctr_", "contracts"),
    ("cpn_", "coupons"),
    ("cred_", "credit_notes"),
    ("dstg_", "deal_stages"),
    ("deal_", "deals"),
    ("idver_", "identity_verifications"),
    ("inv_", "invoices"),
    ("note_", "notes"),
    ("olitm_", "order_line_items"),
    ("order_", "orders"),
    ("pcat_", "product_categories"),
    ("prod_", "products"),
    ("plvl_", "protection_levels"),
    ("site_", "sites"),
    ("staff_", "staff"),
    ("sub_", "subscriptions"),
    ("task_", "tasks"),
    ("ten_", "tenancies"),
    ("aevt_", "timeline_events"),
    ("tsrc_", "timeline_sources"),
    ("aetpl_", "timeline_templates"),
    ("alloc_", "unit_allocations"),
    ("utype_", "unit_types"),
    ("unit_", "units"),
    ("we_", "webhook_endpoints"),
];

/// A snapshot of an operator.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) bytes: Vec<u8>,
    world: Value,
}

impl State {
    pub(crate) async fn of(mock: &Mock, operator: &str) -> Self {
        let bytes = mock.snapshot_of(operator).await;
        let mut snapshot: Value = serde_json::from_slice(&bytes).unwrap();
        Self { bytes, world: snapshot["world"].take() }
    }

    /// The records of a kind, in order of creation.
    pub(crate) fn rows(&self, prefix: &str) -> &[Value] {
        let (_, table) = TABLES.iter().find(|(known, _)| *known == prefix).unwrap_or_else(|| panic!("no {prefix}"));
        self.world[table].as_array().map_or(&[], Vec::as_slice)
    }

    /// The record of an id.
    pub(crate) fn row(&self, id: &str) -> Option<&Value> {
        self.rows(prefix(id)).iter().find(|row| row["id"] == id)
    }

    /// Every record by its id.
    pub(crate) fn by_id(&self) -> BTreeMap<&str, &Value> {
        let rows = TABLES.iter().flat_map(|(prefix, _)| self.rows(prefix));
        rows.map(|row| (row["id"].as_str().unwrap(), row)).collect()
    }

    /// Every id that is anywhere in it.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        ids_in(&String::from_utf8_lossy(&self.bytes))
    }

    /// The laws of what is stored.
    pub(crate) fn holds(&self) {
        self.references_lead_somewhere();
        self.units_and_allocations_agree();
        self.tenancies_and_subscriptions_agree();
        self.contacts_count_their_tenancies();
        self.names_are_taken_once();
        self.invoices_are_numbered_without_gaps();
    }

    /// Whatever looks like an id of a record is one, save where a deleted record may be named.
    fn references_lead_somewhere(&self) {
        let known = self.by_id();
        for (id, row) in &known {
            let mut row = (*row).clone();
            // Who made it may be gone (platform.yaml, creators), and a deal keeps the name of a deleted stage (E5).
            row["creator"].take();
            for other in ids_in(&row.to_string()) {
                let is_record = TABLES.iter().any(|(known, _)| prefix(&other) == *known);
                // What was charged for a product outlives it.
                let may_be_gone = ["olitm_", "sub_"].contains(&prefix(id)) && prefix(&other) == "prod_";
                assert!(
                    !is_record || may_be_gone || known.contains_key(other.as_str()),
                    "{id} names {other}, which is not there: {row}"
                );
            }
        }
    }

    /// U2, U3, U4, A2: a unit that is allocated says so and no other does; an allocation has one unit and one tenancy, which agree.
    fn units_and_allocations_agree(&self) {
        let mut taken = BTreeSet::new();
        for unit in self.rows("unit_") {
            let is_free = ["available", "unavailable"].contains(&unit["status"].as_str().unwrap());
            assert_eq!(is_free, unit["allocation"].is_null(), "{unit}");
            let Some(id) = unit["allocation"].as_str() else { continue };
            assert!(taken.insert(id), "{id} has two units");
            let allocation = self.row(id).unwrap();
            assert_eq!(allocation["unit"], unit["id"], "{unit}: {allocation}");
            assert_eq!(allocation["site"], unit["site"], "{unit}: {allocation}");
            let is_reserved = unit["status"] == "reserved";
            assert_eq!(is_reserved, allocation["granted_access_at"].is_null(), "{unit}: {allocation}");
            assert!(!is_reserved || allocation["reserved_at"].is_string(), "{unit}: {allocation}");
        }
        assert_eq!(taken.len(), self.rows("alloc_").len(), "an allocation has no unit");
        let mut of_tenancies = BTreeSet::new();
        for tenancy in self.rows("ten_") {
            for id in tenancy["unit_allocations"].as_array().unwrap() {
                let id = id.as_str().unwrap();
                assert!(of_tenancies.insert(id), "{id} is in two tenancies");
                let allocation = self.row(id).unwrap_or_else(|| panic!("{id} of {tenancy} is gone"));
                assert_eq!(allocation["tenancy"], tenancy["id"], "{allocation}");
                assert_eq!(allocation["contact"], tenancy["contact"], "{allocation}");
                assert_eq!(allocation["site"], tenancy["site"], "{allocation}");
            }
        }
        assert_eq!(of_tenancies, taken, "tenancies and units name different allocations");
    }

    fn tenancies_and_subscriptions_agree(&self) {
        for tenancy in self.rows("ten_") {
            let Some(subscription) = tenancy["subscription"].as_str() else { continue };
            let subscription = self.row(subscription).unwrap();
            assert_eq!(subscription["tenancy"], tenancy["id"]);
            for member in ["contact", "site", "order", "starts_at", "ends_at"] {
                assert_eq!(subscription[member], tenancy[member], "{member}: {subscription} {tenancy}");
            }
        }
        for order in self.rows("order_") {
            let is_completed = order["status"] == "completed";
            assert_eq!(is_completed, !order["tenancy"].is_null(), "{order}");
            assert_eq!(is_completed, !order["subscription"].is_null(), "{order}");
            for line in order["line_items"].as_array().unwrap() {
                assert_eq!(self.row(line.as_str().unwrap()).unwrap()["order"], order["id"]);
            }
            if let Some(tenancy) = order["tenancy"].as_str() {
                assert_eq!(self.row(tenancy).unwrap()["order"], order["id"]);
            }
        }
        let lines: usize = self.rows("order_").iter().map(|order| order["line_items"].as_array().unwrap().len()).sum();
        assert_eq!(lines, self.rows("olitm_").len(), "a line has no order");
    }

    /// Step 4 of a completion: a contact counts its tenancies, and is a customer as long as it has one.
    fn contacts_count_their_tenancies(&self) {
        for contact in self.rows("con_") {
            let of = self.rows("ten_").iter().filter(|tenancy| tenancy["contact"] == contact["id"]);
            let running = of.clone().filter(|tenancy| tenancy["ends_at"].is_null()).count();
            // Ended ones count too (crm.yaml, contacts).
            assert_eq!(contact["tenancies_count"], of.clone().count(), "{contact}");
            assert_eq!(contact["status"] == "lead", of.count() == 0, "{contact}");
            assert!(running == 0 || contact["status"] == "customer", "{contact}");
        }
    }

    fn names_are_taken_once(&self) {
        let once = |what: &str, values: Vec<String>| {
            assert_eq!(values.iter().collect::<BTreeSet<_>>().len(), values.len(), "{what} is taken twice");
        };
        let text = |value: &Value| value.as_str().map(str::to_lowercase);
        once("an email", self.rows("con_").iter().filter_map(|contact| text(&contact["email"])).collect());
        once("a coupon's code", self.rows("cpn_").iter().filter_map(|coupon| text(&coupon["code"])).collect());
        let labels = self.rows("unit_").iter().map(|unit| format!("{} {}", unit["site"], unit["reference_id"]));
        once("a unit's label", labels.collect());
        let slugs = self.rows("utype_").iter().map(|unit_type| format!("{} {}", unit_type["site"], unit_type["slug"]));
        once("a unit type's slug", slugs.collect());
    }

    /// I3: numbers come with finalisation, each once.
    fn invoices_are_numbered_without_gaps(&self) {
        let numbers: BTreeSet<&str> =
            self.rows("inv_").iter().filter_map(|invoice| invoice["number"].as_str()).collect();
        let expected: BTreeSet<String> = (1..=numbers.len()).map(|number| format!("INV-{number:06}")).collect();
        assert!(numbers.iter().copied().eq(expected.iter().map(String::as_str)), "{numbers:?}");
        for invoice in self.rows("inv_") {
            assert_eq!(invoice["status"] == "draft", invoice["number"].is_null(), "{invoice}");
            assert_eq!(invoice["status"] == "draft", invoice["finalized_at"].is_null(), "{invoice}");
            assert!(invoice["status"] != "paid" || invoice["paid_at"].is_string(), "{invoice}");
        }
    }
}

/// The prefix of an id, with its underscore.
pub(crate) fn prefix(id: &str) -> &str {
    &id[..=id.find('_').expect("an id has a prefix")]
}

/// All that looks like an id in a text: a word, an underscore, 16 digits in hexadecimal.
pub(crate) fn ids_in(text: &str) -> BTreeSet<String> {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let words = text.as_bytes().split(|byte| !is_part(*byte)).filter(|word| word.len() > 17);
    let is_id = |word: &&[u8]| {
        let (name, rest) = word.split_at(word.len() - 17);
        let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
        name.iter().all(u8::is_ascii_lowercase) && rest[0] == b'_' && rest[1..].iter().all(is_hex)
    };
    words.filter(is_id).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}
