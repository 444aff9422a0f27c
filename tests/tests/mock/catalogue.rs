//! What the demo business has: the ids to fill calls with.

use std::collections::BTreeMap;

use conformance::answers::operations;
use serde_json::Value;

use crate::harness::{Mock, record};

/// Every list, whole, and the site that calls are about.
#[derive(Debug)]
pub(crate) struct Catalogue {
    lists: BTreeMap<&'static str, Vec<Value>>,
    site: String,
    /// An available unit of that site.
    unit: Value,
}

impl Catalogue {
    pub(crate) async fn read(mock: &Mock) -> Self {
        let mut lists = BTreeMap::new();
        for (id, operation) in operations() {
            if id.ends_with("_list") && !operation.path.contains('{') {
                lists.insert(*id, all(mock, id).await);
            }
        }
        let mut catalogue = Self { lists, site: String::new(), unit: Value::Null };
        let sites = catalogue.list("site_list").iter().map(|site| site["id"].as_str().unwrap());
        let sites = sites.filter(|site| catalogue.list("product_list").iter().any(|product| is_at(product, site)));
        let site = sites.max_by_key(|site| catalogue.free_units(site).len()).expect("a site has products").to_owned();
        let free = catalogue.free_units(&site);
        let of_its_type = |unit: &Value| free.iter().filter(|other| other["unit_type"] == unit["unit_type"]).count();
        let unit = free.iter().copied().max_by_key(|unit| of_its_type(unit)).expect("a unit is available").clone();
        (catalogue.site, catalogue.unit) = (site, unit);
        catalogue
    }

    /// The records of a list.
    pub(crate) fn list(&self, operation: &str) -> &[Value] {
        self.lists.get(operation).map(Vec::as_slice).unwrap_or_default()
    }

    /// The first record of a list that is as asked for.
    pub(crate) fn find(&self, operation: &str, is_wanted: impl Fn(&Value) -> bool) -> &Value {
        let found = self.list(operation).iter().find(|record| is_wanted(record));
        found.unwrap_or_else(|| panic!("the demo business has no such record in {operation}"))
    }

    /// As [`Self::find`], its id.
    pub(crate) fn find_id(&self, operation: &str, is_wanted: impl Fn(&Value) -> bool) -> &str {
        self.find(operation, is_wanted)["id"].as_str().unwrap()
    }

    /// The site that has the most units available, among those with products.
    pub(crate) fn site(&self) -> &str {
        &self.site
    }

    /// The units of a site that nobody has.
    fn free_units(&self, site: &str) -> Vec<&Value> {
        let units = self.list("unit_list").iter();
        units.filter(|unit| is_at(unit, site) && unit["status"] == "available").collect()
    }

    /// An id for a reference of this kind, of records that fit together.
    pub(crate) fn id_of(&self, prefix: &str) -> &str {
        let site = &self.site;
        match prefix {
            "con_" => self.find_id("contact_list", |_| true),
            "site_" => site,
            "utype_" => self.unit["unit_type"]["id"].as_str().unwrap(),
            "unit_" => self.unit["id"].as_str().unwrap(),
            "prod_" => {
                self.find_id("product_list", |product| is_at(product, site) && product["charge_type"] == "recurring")
            }
            "plvl_" => self.find_id("protection_level_list", |_| true),
            "cpn_" => self.find_id("coupon_list", |_| true),
            "ctpl_" => self.find_id("contract_template_list", |_| true),
            "ctr_" => self.find_id("contract_list", |_| true),
            "cred_" => self.find_id("credit_note_list", |_| true),
            "deal_" => self.find_id("deal_list", |deal| deal["status"] == "open"),
            "dstg_" => self.find_id("deal_stage_list", |_| true),
            "idver_" => self.find_id("identity_verification_list", |_| true),
            "inv_" => self.find_id("invoice_list", |_| true),
            "note_" => self.find_id("note_list", |_| true),
            "order_" => self.find_id("order_list", |order| {
                order["status"] == "draft" && order["line_items"] != Value::Array(Vec::new())
            }),
            "pcat_" => self.find_id("product_category_list", |_| true),
            "staff_" => self.find_id("staff_list", |_| true),
            "sub_" => self.find_id("subscription_list", |_| true),
            "task_" => self.find_id("task_list", |_| true),
            "ten_" => self.find_id("tenancy_list", |_| true),
            "alloc_" => self.find_id("unit_allocation_list", |_| true),
            "tsrc_" => self.find_id("timeline_source_list", |source| source["global"] == false),
            "aetpl_" => self.find_id("timeline_template_list", |template| template["global"] == false),
            "aevt_" => self.find_id("timeline_event_list", |_| true),
            "we_" => self.find_id("webhook_endpoint_list", |_| true),
            other => panic!("no records have the prefix {other}"),
        }
    }

    /// The value of a path parameter that exists.
    pub(crate) fn path(&self, name: &str, operation: &str) -> String {
        let prefix = match name {
            "contact_id" => "con_",
            "contract_id" => "ctr_",
            "coupon_id" => "cpn_",
            "credit_note_id" => "cred_",
            "deal_id" => "deal_",
            "event_id" => "aevt_",
            "identity_verification_id" => "idver_",
            "invoice_id" => "inv_",
            "note_id" => "note_",
            "order_id" => "order_",
            "product_category_id" => "pcat_",
            "product_id" => "prod_",
            "protection_level_id" => "plvl_",
            "site_id" => "site_",
            "staff_id" => "staff_",
            "stage_id" => "dstg_",
            "subscription_id" => "sub_",
            "task_id" => "task_",
            "tenancy_id" => "ten_",
            "unit_allocation_id" => "alloc_",
            "unit_id" => "unit_",
            "unit_type_id" => "utype_",
            "webhook_endpoint_id" => "we_",
            "line_item_id" => {
                let order = self.id_of("order_");
                let order = self.find("order_list", |other| other["id"] == order);
                return order["line_items"][0]["id"].as_str().unwrap().to_owned();
            }
            "signed_token" | "filename" => return self.picture(name),
            other => panic!("{operation}: nothing is known of {{{other}}}"),
        };
        self.id_of(prefix).to_owned()
    }

    /// All path parameters of an operation.
    pub(crate) fn paths(&self, operation: &str) -> Vec<(String, String)> {
        let path = operations()[operation].path;
        let names = path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        names.map(|name| (name.to_owned(), self.path(name, operation))).collect()
    }

    fn picture(&self, part: &str) -> String {
        let text = Value::Array(self.list("site_list").iter().chain(self.list("unit_type_list")).cloned().collect())
            .to_string();
        let at = text.find("/2025-09/images/").expect("the demo business has pictures") + "/2025-09/images/".len();
        let rest = text[at..].split('"').next().unwrap();
        let (token, filename) = rest.split_once('/').unwrap();
        let escaped = if part == "filename" { filename } else { token };
        decoded(escaped)
    }
}

/// Every record of a list, page by page.
pub(crate) async fn all(mock: &Mock, operation: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for page in 1.. {
        let answer = mock.call(operation).query("limit", "100").query("page", &page.to_string()).expect(200).await;
        let Value::Array(records) = record(&answer) else { panic!("{operation} gives no list") };
        all.extend(records);
        if answer.json()["meta"]["pagination"]["next"].is_null() {
            break;
        }
    }
    all
}

pub(crate) fn is_at(record: &Value, site: &str) -> bool {
    record["site"]["id"] == site
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}
