//! The business: pure rules over the records of one operator. No HTTP, no JSON, and the time comes in as an argument.

pub mod access;
mod allocation;
pub mod bank_days;
pub mod billing;
pub mod booking;
pub mod calendar;
pub mod change;
pub mod charging;
pub mod completion;
pub mod contact;
pub mod contract;
pub mod coupon;
pub mod credit_note;
pub mod crediting;
pub mod deal;
pub mod deposit;
pub mod discount;
pub mod dunning;
pub mod dynamic_price;
pub mod event;
pub mod faults;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod identity_verification;
pub mod ids;
#[cfg(test)]
mod inventory_fixtures;
#[cfg(test)]
mod inventory_laws;
pub mod invoice;
pub mod invoicing;
pub mod metadata;
pub mod money;
pub mod note;
pub mod notice;
pub mod one_off;
pub mod order;
pub mod order_lines;
pub mod order_totals;
mod overlock;
pub mod price;
pub mod product;
#[cfg_attr(not(test), expect(dead_code, reason = "what falls due in time is to use it"))]
pub mod proration;
pub mod protection_level;
pub mod refusal;
pub mod schedule;
pub mod settings;
pub mod site;
pub mod staff;
pub mod subscription;
pub mod task;
pub mod tax;
pub mod tenancy;
pub mod time;
pub mod timeline;
pub mod unit;
mod unit_transition;
pub mod unit_type;
pub mod webhook_endpoint;
mod words;
