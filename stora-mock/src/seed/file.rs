//! Seed files: documents that describe a business to start with.
//!
//! A seed file lists records by kind. Each has the members that the control API takes to make one; besides, `key` gives it a
//! name by which others in the file refer to it, and `at` says when it was made. A member that names a record, such as
//! `site_id`, takes a key or the id of a record that there is already. The records are made in the order of [`STEPS`], through
//! the acts of the business, so that no file can describe what could not come about; but nothing tells of it (X7).

mod records;
mod sales;

use std::collections::HashMap;
use std::sync::OnceLock;

use jsonschema::Validator;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::contract::body;
use crate::contract::error::{ApiError, Detail};
use crate::control::{
    ControlError, CreateAccessToken, CreateApplication, CreateContractTemplate, CreateCoupon, CreateDealStage,
    CreateProduct, CreateProductCategory, CreateProtectionLevel, CreateSite, CreateStaff, CreateTimelineSource,
    CreateTimelineTemplate, CreateUnit, CreateUnitType, Make, SettingsChange, change_settings,
};
use crate::domain::ids::{AnyId, Id as _};
use crate::domain::time::Timestamp;
use crate::store::World;
use records::{SeedContact, SeedOrder, SeedWebhookEndpoint};
use sales::{SeedDeal, SeedNote, SeedTask};

/// A document that describes a business to start with. Everything in it may be left out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[allow(dead_code, reason = "it is the schema of files, which are read member by member")]
pub struct SeedFile {
    /// Where the schema of the file is, for editors.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
    /// What the operator sets for the whole business.
    settings: Option<SettingsChange>,
    /// Access tokens that there are to be besides those that there are.
    tokens: Option<Vec<CreateAccessToken>>,
    /// OAuth applications that there are to be besides those that there are.
    applications: Option<Vec<CreateApplication>>,
    /// Staff.
    staff: Option<Vec<Keyed<CreateStaff>>>,
    /// Sites.
    sites: Option<Vec<Keyed<CreateSite>>>,
    /// Coupons.
    coupons: Option<Vec<Keyed<CreateCoupon>>>,
    /// Unit types.
    unit_types: Option<Vec<Keyed<CreateUnitType>>>,
    /// Units.
    units: Option<Vec<Keyed<CreateUnit>>>,
    /// Categories of products.
    product_categories: Option<Vec<Keyed<CreateProductCategory>>>,
    /// Products.
    products: Option<Vec<Keyed<CreateProduct>>>,
    /// Protection levels.
    protection_levels: Option<Vec<Keyed<CreateProtectionLevel>>>,
    /// Contract templates.
    contract_templates: Option<Vec<Keyed<CreateContractTemplate>>>,
    /// Timeline sources.
    timeline_sources: Option<Vec<Keyed<CreateTimelineSource>>>,
    /// Timeline templates.
    timeline_templates: Option<Vec<Keyed<CreateTimelineTemplate>>>,
    /// Contacts.
    contacts: Option<Vec<Keyed<SeedContact>>>,
    /// Orders, with all that comes of those that are paid.
    orders: Option<Vec<Keyed<SeedOrder>>>,
    /// Stages of the sales pipeline.
    deal_stages: Option<Vec<Keyed<CreateDealStage>>>,
    /// Deals.
    deals: Option<Vec<Keyed<SeedDeal>>>,
    /// Tasks.
    tasks: Option<Vec<Keyed<SeedTask>>>,
    /// Notes.
    notes: Option<Vec<Keyed<SeedNote>>>,
    /// Webhook endpoints.
    webhook_endpoints: Option<Vec<Keyed<SeedWebhookEndpoint>>>,
}

/// A record in a seed file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, rename = "Keyed{T}")]
#[allow(dead_code, reason = "it is the schema of records, which are read member by member")]
struct Keyed<T> {
    /// What others in the file call it by.
    key: Option<String>,
    /// When it was made, which is not after now; now where this is left out.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    at: Option<Timestamp>,
    #[schemars(flatten)]
    new: T,
}

/// What became of a seed file.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The ids of the records that have keys.
    pub keys: HashMap<String, AnyId>,
    /// The access tokens to make.
    pub tokens: Vec<CreateAccessToken>,
    /// The applications to register.
    pub applications: Vec<CreateApplication>,
}

type Step = fn(&mut World, Timestamp, Value) -> Result<AnyId, ControlError>;

/// The lists of a file, in the order in which their records are made.
const STEPS: [(&str, Step); 18] = [
    ("staff", make::<CreateStaff>),
    ("sites", make::<CreateSite>),
    ("coupons", make::<CreateCoupon>),
    ("unit_types", make::<CreateUnitType>),
    ("units", make::<CreateUnit>),
    ("product_categories", make::<CreateProductCategory>),
    ("products", make::<CreateProduct>),
    ("protection_levels", make::<CreateProtectionLevel>),
    ("contract_templates", make::<CreateContractTemplate>),
    ("timeline_sources", make::<CreateTimelineSource>),
    ("timeline_templates", make::<CreateTimelineTemplate>),
    ("contacts", make::<SeedContact>),
    ("orders", make::<SeedOrder>),
    ("deal_stages", make::<CreateDealStage>),
    ("deals", make::<SeedDeal>),
    ("tasks", make::<SeedTask>),
    ("notes", make::<SeedNote>),
    ("webhook_endpoints", make::<SeedWebhookEndpoint>),
];

/// The members that name records.
const REFERENCES: [&str; 13] = [
    "site_id",
    "category_id",
    "unit_type_id",
    "promotion_id",
    "contact_id",
    "coupon_id",
    "contract_template_id",
    "item_id",
    "stage_id",
    "assignee_id",
    "creator_id",
    "resource_id",
    "protection_level_id",
];

/// Their JSON Schema.
pub fn schema() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<SeedFile>().to_value()
}

/// Reads a document from YAML.
///
/// # Errors
/// When it is no YAML.
pub fn from_yaml(text: &str) -> Result<Value, ControlError> {
    let mut options = serde_saphyr::Options::default();
    // A town called `No` is no boolean.
    options.strict_booleans = true;
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| ApiError::invalid_request(format!("The document is not valid YAML: {error}.")).into())
}

/// Reads a document from JSON.
///
/// # Errors
/// When it is no JSON.
pub fn from_json(text: &[u8]) -> Result<Value, ControlError> {
    serde_json::from_slice(text)
        .map_err(|error| ApiError::invalid_request(format!("The document is not valid JSON: {error}.")).into())
}

/// Makes what a document describes, besides what there is already, in the course of an act. Its tokens and applications are
/// left to the caller, who knows those of other operators.
///
/// # Errors
/// Whatever is wrong with the document, with pointers into it.
pub fn load(world: &mut World, now: Timestamp, mut document: Value) -> Result<Loaded, ControlError> {
    static VALIDATOR: OnceLock<Validator> = OnceLock::new();
    let faults = body::faults(VALIDATOR.get_or_init(|| body::validator_of(schema())), &document);
    if !faults.is_empty() {
        return Err(ApiError::invalid_content(faults).into());
    }
    let mut loaded = Loaded {
        keys: HashMap::new(),
        tokens: decode(document["tokens"].take(), "/tokens")?,
        applications: decode(document["applications"].take(), "/applications")?,
    };
    let settings: Option<SettingsChange> = decode(document["settings"].take(), "/settings")?;
    change_settings(world, settings.unwrap_or_default()).map_err(|error| error.inside("/settings"))?;
    for (list, step) in STEPS {
        let Value::Array(records) = document[list].take() else { continue };
        for (i, mut record) in records.into_iter().enumerate() {
            let pointer = format!("/{list}/{i}");
            let key: Option<String> = decode(record["key"].take(), &pointer)?;
            let at: Option<Timestamp> = decode(record["at"].take(), &pointer)?;
            if let Value::Object(members) = &mut record {
                members.retain(|name, _| name != "key" && name != "at");
            }
            resolve(&mut record, &loaded.keys);
            if at.is_some_and(|at| at > now) {
                let reason = format!("It is {now}; nothing was made after that.");
                return Err(ApiError::invalid_content(vec![Detail::new(format!("{pointer}/at"), reason)]).into());
            }
            let id = step(world, at.unwrap_or(now), record).map_err(|error| error.at(&pointer))?;
            if let Some(key) = key {
                if loaded.keys.contains_key(&key) {
                    let reason = format!("Another record of the file has the key `{key}`.");
                    return Err(ApiError::invalid_content(vec![Detail::new(format!("{pointer}/key"), reason)]).into());
                }
                loaded.keys.insert(key, id);
            }
        }
    }
    Ok(loaded)
}

/// Puts ids in the place of keys. What is no key stays, for the act to find out whether it is an id.
fn resolve(value: &mut Value, keys: &HashMap<String, AnyId>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let id = value.as_str().filter(|_| REFERENCES.contains(&name.as_str())).and_then(|key| keys.get(key));
                match id {
                    Some(id) => *value = id.to_string().into(),
                    None => resolve(value, keys),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, keys)),
        _ => {}
    }
}

fn make<N: Make>(world: &mut World, at: Timestamp, record: Value) -> Result<AnyId, ControlError> {
    Ok(read::<N>(record, "")?.make(world, at)?.any())
}

/// Decodes what has passed the schema, and may be absent.
fn decode<T: serde::de::DeserializeOwned + Default>(value: Value, pointer: &str) -> Result<T, ControlError> {
    if value.is_null() { Ok(T::default()) } else { read(value, pointer) }
}

fn read<T: serde::de::DeserializeOwned>(value: Value, pointer: &str) -> Result<T, ControlError> {
    serde_json::from_value(value).map_err(|error| {
        ApiError::invalid_content(vec![Detail::new(pointer, format!("This cannot be used: {error}."))]).into()
    })
}
