//! What the operations of the control API are about: the records, most of them under the names that they have in the API.

/// Makes the type of tags, each with its name and what it is about.
macro_rules! tags {
    ($($tag:ident = $name:literal: $about:literal;)*) => {
        /// What a group of operations is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::control) enum Tag {
            $(#[doc = $about] $tag,)*
        }

        impl Tag {
            pub(in crate::control) const ALL: &[Self] = &[$(Self::$tag,)*];

            pub(in crate::control) const fn name(self) -> &'static str {
                match self {
                    $(Self::$tag => $name,)*
                }
            }

            pub(in crate::control) const fn description(self) -> &'static str {
                match self {
                    $(Self::$tag => $about,)*
                }
            }
        }
    };
}

tags! {
    Server = "Server": "Whether the server is up, and what it offers.";
    Operators = "Operators": "Operators, which see nothing of each other, and all that one of them has.";
    Settings = "Settings": "What an operator sets for the whole business.";
    Snapshots = "Snapshots": "The whole state of an operator, to be put back later.";
    AccessTokens = "Access Tokens": "Access tokens for the API.";
    Applications = "Applications": "OAuth applications, and what becomes of their questions for consent.";
    Clock = "Clock": "What time it is for an operator, and what falls due.";
    Sites = "Sites": "What staff do to sites.";
    UnitTypes = "Unit Types": "What staff do to unit types.";
    Units = "Units": "What staff do to units.";
    Products = "Products": "What staff do to products.";
    ProductCategories = "Product Categories": "What staff do to categories of products.";
    ProtectionLevels = "Protection Levels": "What staff do to protection levels.";
    Coupons = "Coupons": "What staff do to coupons.";
    Staff = "Staff": "Who works for the operator.";
    DealStages = "Deals / Stages": "The stages of the sales pipeline.";
    ContractTemplates = "Contract Templates": "What staff do to contract templates.";
    TimelineSources = "Timeline / Sources": "The systems that timeline events come from.";
    TimelineTemplates = "Timeline / Templates": "The wordings of timeline events.";
    TimelineEvents = "Timeline / Events": "Timeline events as staff see them.";
    Contacts = "Contacts": "What there is about contacts besides the API: accounts, cards, what their banks say, the identity check.";
    IdentityVerifications = "Identity Verifications": "Attempts of contacts to pass the identity check.";
    Bookings = "Bookings": "What customers book on the storefront.";
    Leads = "Leads": "Who asked on the storefront and did not book.";
    Orders = "Orders": "What customers do with a finalized order on its checkout page.";
    Contracts = "Contracts": "What customers and staff do with contracts.";
    Subscriptions = "Subscriptions": "What staff and customers do to rentals.";
    PriceIncreases = "Price Increases": "Rents that are to rise.";
    MoveIns = "Move Ins": "Rentals that units are to be allocated to.";
    MoveOuts = "Move Outs": "Rentals that have ended with units left.";
    Invoices = "Invoices": "What staff, customers and banks do about bills. Amounts are in minor units of the operator's currency.";
    CreditNotes = "Credit Notes": "What is taken back of bills. Amounts are in minor units of the operator's currency.";
    PaymentAttempts = "Payment Attempts": "Attempts to charge invoices.";
    AccountCredit = "Account Credit": "What the operator owes to contacts.";
    Deposits = "Deposits": "Deposits, and what is held of them.";
    AwaitingPayment = "Awaiting Payment": "What customers owe.";
    Notices = "Notices": "The messages that would have been sent.";
    Webhooks = "Webhooks": "Events that did not happen, to test who receives them.";
    Deliveries = "Deliveries": "What webhook endpoints are told and were told. Failed deliveries are tried again by the clock of the operator.";
    Events = "Events": "Events as they happen.";
    Journal = "Journal": "What was called last of the public API, and how it was answered. Calls of the control API are none of it.";
    Faults = "Faults": "Faults on demand.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::table;

    #[test]
    fn every_tag_is_that_of_an_operation() {
        let routes = table::routes();
        for tag in Tag::ALL {
            assert!(routes.iter().any(|route| route.tag == *tag), "{tag:?}");
        }
    }
}
