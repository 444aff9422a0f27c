//! The operations: one file per tag, each a validated request, one act of the business, and its view.

mod answer;
mod body;
mod call;
mod contacts;
mod contract_templates;
mod contracts;
mod coupons;
mod credit_notes;
mod deal_stages;
mod deals;
mod identity_verifications;
mod invoices;
mod notes;
mod order_line_items;
mod orders;
mod product_categories;
mod products;
mod protection_levels;
mod sites;
mod staff;
mod subscriptions;
mod tasks;
mod tenancies;
#[cfg(test)]
mod testing;
mod timeline_events;
mod timeline_sources;
mod timeline_templates;
mod unit_allocations;
mod unit_types;
mod units;
mod webhook_endpoints;

pub use self::webhook_endpoints::concedes;
pub use answer::{Answer, JSON, Listed};
pub(crate) use body::body_id;
pub use call::Call;
pub(crate) use call::pointer;

use crate::contract::OperationId as Op;
use crate::contract::error::ApiError;
use crate::store::World;

/// How an operation is carried out.
#[derive(Clone, Copy)]
pub enum Handler {
    /// It reads.
    Read(fn(&Call<'_>, &World) -> Result<Answer, ApiError>),
    /// It changes something, all at once or not at all.
    Write(fn(&mut Call<'_>, &mut World) -> Result<Answer, ApiError>),
    /// It is one of OAuth, which has bodies and errors of its own.
    Oauth(OauthEndpoint),
    /// It leads to a picture, whoever asks.
    Picture,
}

/// The operations of OAuth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum OauthEndpoint {
    Token,
    Info,
    Introspect,
    Revoke,
    Authorize,
}

/// How an operation is carried out. Every operation of the document has its line: one that is added there does not compile
/// until it is handled here.
pub fn handler(operation: Op) -> Handler {
    use Handler::{Read, Write};
    match operation {
        Op::ContactList => Read(contacts::list),
        Op::ContactCreate => Write(contacts::create),
        Op::ContactShow => Read(contacts::show),
        Op::ContactUpdate => Write(contacts::update),
        Op::ContactDelete => Write(contacts::delete),
        Op::ContractTemplateList => Read(contract_templates::list),
        Op::ContractList => Read(contracts::list),
        Op::ContractShow => Read(contracts::show),
        Op::CouponList => Read(coupons::list),
        Op::CouponShow => Read(coupons::show),
        Op::CreditNoteList => Read(credit_notes::list),
        Op::CreditNoteShow => Read(credit_notes::show),
        Op::DealList => Read(deals::list),
        Op::DealCreate => Write(deals::create),
        Op::DealShow => Read(deals::show),
        Op::DealUpdate => Write(deals::update),
        Op::DealWin => Write(deals::win),
        Op::DealLose => Write(deals::lose),
        Op::DealReopen => Write(deals::reopen),
        Op::DealStageList => Read(deal_stages::list),
        Op::DealStageShow => Read(deal_stages::show),
        Op::IdentityVerificationList => Read(identity_verifications::list),
        Op::IdentityVerificationShow => Read(identity_verifications::show),
        Op::ImageShow => Handler::Picture,
        Op::InvoiceList => Read(invoices::list),
        Op::InvoiceShow => Read(invoices::show),
        Op::NoteList => Read(notes::list),
        Op::NoteCreate => Write(notes::create),
        Op::NoteShow => Read(notes::show),
        Op::NoteUpdate => Write(notes::update),
        Op::NoteDelete => Write(notes::delete),
        Op::OauthTokenCreate => Handler::Oauth(OauthEndpoint::Token),
        Op::OauthTokenShow => Handler::Oauth(OauthEndpoint::Info),
        Op::OauthTokenIntrospect => Handler::Oauth(OauthEndpoint::Introspect),
        Op::OauthTokenRevoke => Handler::Oauth(OauthEndpoint::Revoke),
        Op::OauthAuthorizationShow => Handler::Oauth(OauthEndpoint::Authorize),
        Op::OrderList => Read(orders::list),
        Op::OrderCreate => Write(orders::create),
        Op::OrderShow => Read(orders::show),
        Op::OrderUpdate => Write(orders::update),
        Op::OrderFinalize => Write(orders::finalize),
        Op::OrderLineItemList => Read(order_line_items::list),
        Op::OrderLineItemCreate => Write(order_line_items::create),
        Op::OrderLineItemUpdate => Write(order_line_items::update),
        Op::OrderLineItemDelete => Write(order_line_items::delete),
        Op::ProductCategoryList => Read(product_categories::list),
        Op::ProductCategoryShow => Read(product_categories::show),
        Op::ProductList => Read(products::list),
        Op::ProductShow => Read(products::show),
        Op::ProductBasePriceCreate => Write(products::base_price_create),
        Op::ProtectionLevelList => Read(protection_levels::list),
        Op::ProtectionLevelShow => Read(protection_levels::show),
        Op::ProtectionLevelBasePriceCreate => Write(protection_levels::base_price_create),
        Op::SiteList => Read(sites::list),
        Op::SiteShow => Read(sites::show),
        Op::StaffList => Read(staff::list),
        Op::StaffShow => Read(staff::show),
        Op::SubscriptionList => Read(subscriptions::list),
        Op::SubscriptionShow => Read(subscriptions::show),
        Op::TaskList => Read(tasks::list),
        Op::TaskCreate => Write(tasks::create),
        Op::TaskShow => Read(tasks::show),
        Op::TaskUpdate => Write(tasks::update),
        Op::TaskOpen => Write(tasks::open),
        Op::TaskComplete => Write(tasks::complete),
        Op::TenancyList => Read(tenancies::list),
        Op::TenancyShow => Read(tenancies::show),
        Op::TimelineEventList => Read(timeline_events::list),
        Op::TimelineEventCreate => Write(timeline_events::create),
        Op::TimelineEventShow => Read(timeline_events::show),
        Op::TimelineEventUpdate => Write(timeline_events::update),
        Op::TimelineSourceList => Read(timeline_sources::list),
        Op::TimelineTemplateList => Read(timeline_templates::list),
        Op::UnitAllocationList => Read(unit_allocations::list),
        Op::UnitAllocationShow => Read(unit_allocations::show),
        Op::UnitTypeList => Read(unit_types::list),
        Op::UnitTypeShow => Read(unit_types::show),
        Op::UnitTypeBasePriceCreate => Write(unit_types::base_price_create),
        Op::UnitList => Read(units::list),
        Op::UnitShow => Read(units::show),
        Op::UnitReserve => Write(units::reserve),
        Op::UnitGrantAccess => Write(units::grant_access),
        Op::UnitDeallocate => Write(units::deallocate),
        Op::UnitOverlock => Write(units::overlock),
        Op::UnitRemoveOverlock => Write(units::remove_overlock),
        Op::WebhookEndpointList => Read(webhook_endpoints::list),
        Op::WebhookEndpointCreate => Write(webhook_endpoints::create),
        Op::WebhookEndpointShow => Read(webhook_endpoints::show),
        Op::WebhookEndpointUpdate => Write(webhook_endpoints::update),
        Op::WebhookEndpointDisable => Write(webhook_endpoints::disable),
        Op::WebhookEndpointEnable => Write(webhook_endpoints::enable),
    }
}
