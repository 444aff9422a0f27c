//! What staff and customers do, and what only a mock can.
//!
//! [`Control`] has it all as methods, and a server as HTTP below `/_mock`. Both take and give the same types. The operations
//! stand in one table, of which the router and the OpenAPI document at `/_mock/openapi.json` are made.
//!
//! ```
//! use stora_client::RetryPolicy;
//! use stora_mock::MockServer;
//! use stora_mock::control::faults::{Fault, FaultSpec};
//! use stora_mock::control::{ChargeType, CreateProduct, CreateProductCategory, ProductAmounts};
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mock = MockServer::start().await?;
//! let client = mock.client();
//! let site = client.site_list().limit(1).send().await?.into_inner().sites.remove(0);
//!
//! // What staff do: they put something up for sale.
//! let demo = mock.control().operator("demo")?;
//! let category = demo.create_product_category(CreateProductCategory { name: "Locks".to_owned() })?;
//! let padlock = demo.create_product(CreateProduct {
//!     site_id: site.id.to_string(),
//!     category_id: category.id.to_string(),
//!     name: "Disc padlock".to_owned(),
//!     description: None,
//!     sku: None,
//!     accounting_code: None,
//!     charge_type: ChargeType::OneTime,
//!     prices: ProductAmounts { one_time: Some(1_200), ..ProductAmounts::default() },
//! })?;
//! let show = || client.product_show().product_id(padlock.id.clone());
//! assert_eq!(show().send().await?.product.name, "Disc padlock");
//!
//! // What only a mock can: the next answer is lost on its way.
//! let once = FaultSpec { times: Some(1), ..FaultSpec::always(Fault::AnswerLost {}) };
//! mock.control().add_fault(once)?;
//! assert!(show().with_retry(RetryPolicy::never()).send().await.is_err());
//! assert!(show().send().await.is_ok());
//! # Ok(())
//! # }
//! ```

mod access;
mod catalogue;
mod clock;
mod customers;
mod document;
mod error;
pub mod faults;
mod fill;
mod handle;
mod http;
pub mod journal;
mod loading;
mod money;
mod operators;
mod page;
mod rental_changes;
mod rentals;
mod route;
mod server;
mod snapshot;
mod storefront;
mod table;
mod tag;
#[cfg(test)]
mod tests;
mod watch;
mod webhooks;
mod worklist;

pub(crate) use access::Taken;
pub use access::{
    AccessTokenInfo, AccessTokens, ApplicationInfo, Applications, Consent, ConsentChange, CreateAccessToken,
    CreateApplication, CreatedAccessToken, CreatedApplication, SecretText,
};
pub use catalogue::*;
pub use clock::{Advance, Advanced, ClockState, Pace, RanAct, Schedule, ScheduleQuery, ScheduledAct, SetClock};
pub use customers::{IssueContract, PayOrder, PaymentOutcome};
pub use error::ControlError;
pub use fill::{Fill, Filled};
pub(crate) use handle::Make;
pub use handle::{Control, OperatorControl};
pub(crate) use http::router;
pub use loading::Seeded;
pub(crate) use loading::seed;
pub use money::*;
pub(crate) use operators::change as change_settings;
pub use operators::{
    CreateOperator, CreatedOperator, OperatorInfo, OperatorList, SettingsChange, SettingsInfo, StartWith,
};
pub use rental_changes::{
    AddCoupon, AddLine, ChangeBillingDate, ChangeLine, ChangePaymentMethod, ChangePurchaseOrderNumber,
    ChangeSubscription, ChangeTiming, KeptDiscountInfo, PlannedAddition, PlannedEdit, PlannedEdits, PriceIncreaseInfo,
    PriceIncreases, SchedulePriceIncrease, SubscriptionIncrease, SubscriptionPlan,
};
pub use rentals::{CancelAt, CancelSubscription, CreateSubscription, MoveStart, RentedItem, RentedKind};
pub use server::{FaultList, Health, HealthStatus, JournalEntries};
pub use snapshot::{SavedSnapshot, SavedSnapshots};
pub use storefront::{CheckoutLeft, ChosenItem, CreateBooking, CreateLead, HomeAddress, Visitor};
pub use webhooks::{
    Deliveries, DeliveriesLeft, DeliveryInfo, DeliveryQuery, EventsQuery, NotAType, SentTestEvent, TestEvent, Types,
    WaitForDeliveries,
};
pub use worklist::{MoveIn, MoveIns, MoveOut, MoveOuts, UnitLeft};

// The values that its types hold.
pub use crate::domain::calendar::BillingPeriod;
pub use crate::domain::changes::{PriceIncreaseStatus, RaisedPrices};
pub use crate::domain::contact::ChargeOutcome;
pub use crate::domain::coupon::CouponDuration;
pub use crate::domain::discount::{NotAPercentOff, PercentOff};
pub use crate::domain::event::EventKind;
pub use crate::domain::identity_verification::VerificationError;
pub use crate::domain::ids::{AnyId, Kind as IdKind};
pub use crate::domain::invoice::{AttemptOutcome, DepositState};
pub use crate::domain::money::{Percent, PercentError};
pub use crate::domain::notice::NoticeKind;
pub use crate::domain::one_off::OneOffTerms;
pub use crate::domain::order::PaymentMethod;
pub use crate::domain::price::PricePeriod;
pub use crate::domain::product::ChargeType;
pub use crate::domain::schedule::DueKind;
pub use crate::domain::settings::AfterRetries;
pub use crate::domain::site::DayStatus;
pub use crate::domain::tax::{NotTaxRates, TaxRates};
pub use crate::domain::timeline::PredefinedVariable;
pub use crate::domain::unit::UnitStatus;
pub use crate::domain::unit_type::{Comparison, MeasurementUnit, UnitTypeStatus};
pub use crate::webhooks::{Attempt as DeliveryAttempt, DeliveryStatus, Events, Happened, Watched};
