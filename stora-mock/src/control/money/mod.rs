//! What staff, customers and banks do about bills (X1, X4, X5), and what there is to be seen of it (X6).
//!
//! Amounts are in minor units of the operator's currency.

mod accounts;
mod credits;
mod invoices;
mod views;

use super::route::Route;

pub use accounts::{AccountInfo, SaveMethod, SavedMethodInfo, SetCharges};
pub use credits::{CreateCreditNote, CreditLine, RefundDeposit};
pub use invoices::{BankResult, ChargeInvoice, ChargeLateFee, CreateInvoice, InvoiceLine, PayInvoice};
pub use views::{
    AccountCredit, AccountCreditQuery, AccountCredits, AwaitingInvoice, AwaitingPayment, AwaitingQuery, DepositInfo,
    DepositQuery, Deposits, NoticeInfo, NoticeQuery, Notices, PaymentAttemptInfo, PaymentAttemptQuery, PaymentAttempts,
};

/// The operations.
pub(super) fn routes() -> Vec<Route> {
    let groups = [invoices::routes(), credits::routes(), accounts::routes(), views::routes()];
    groups.into_iter().flatten().collect()
}
