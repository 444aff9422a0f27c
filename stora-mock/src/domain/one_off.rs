//! What staff charge once: one-off invoices (I8, I9) and late fees (D11).

use chrono::{Days, NaiveDate};

use super::billing::{issue, line_for};
use super::charging::check_saved;
use super::contact::ContactStatus;
use super::discount::LineKind;
use super::faults::Faults;
use super::ids::{ContactId, InvoiceId, ProductId, SiteId};
use super::invoice::{Invoice, InvoicePurpose};
use super::invoicing::{NewInvoice, NewInvoiceLine};
use super::money::{AmountOverflow, Percent, sum};
use super::order::PaymentMethod;
use super::price::PricePeriod;
use super::refusal::Refusal;
use super::site::Site;
use super::tax::{InvoiceTotals, TaxRates, TotalsOverflow, invoice_totals};
use super::time::Timestamp;
use super::words::words;
use crate::store::World;

/// The data of a one-off invoice to be raised.
#[derive(Debug, Clone)]
pub struct NewOneOff {
    /// Who owes it.
    pub contact: ContactId,
    /// Where.
    pub site: SiteId,
    /// When and how it is to be paid.
    pub terms: OneOffTerms,
    /// The customer's own order number.
    pub purchase_order_number: Option<String>,
    /// Its lines; at least one.
    pub lines: Vec<OneOffLine>,
}

/// A line of a one-off invoice.
#[derive(Debug, Clone)]
pub struct OneOffLine {
    /// What is charged.
    pub item: OneOffItem,
    /// Number of pieces; at least 1.
    pub quantity: i64,
    /// The tax rates that it bears; if none are given, those that the site has for products.
    pub tax_rates: Option<TaxRates>,
}

/// What a line of a one-off invoice charges.
#[derive(Debug, Clone)]
pub enum OneOffItem {
    /// Words and a price of staff's own.
    Text {
        /// What it is.
        description: String,
        /// Price of one piece in minor units, tax inside; not negative.
        price: i64,
    },
    /// A product of the site.
    Product {
        /// Which.
        product: ProductId,
        /// Price of one piece in minor units, tax inside; if none is given, what the product costs once.
        price: Option<i64>,
    },
}

/// A late fee: a fixed amount, a part of what is outstanding, or both (D11).
#[derive(Debug, Clone, Copy, Default)]
pub struct LateFee {
    /// The fixed amount in minor units; at least 1.
    pub flat: Option<i64>,
    /// The part of what is outstanding; above 0.
    pub percent: Option<Percent>,
    /// Whether the saved card is charged, or a link is sent.
    pub charge: bool,
}

words! {
    /// When and how a one-off invoice is to be paid (I8).
    OneOffTerms {
        /// By hand, on the day of issue.
        DueToday = "due_today",
        /// By hand, until the day after the issue.
        DueTomorrow = "due_tomorrow",
        /// By hand, within 7 days of the issue.
        DueIn7Days = "due_in_7_days",
        /// By hand, within 30 days of the issue.
        DueIn30Days = "due_in_30_days",
        /// The saved card is charged as it is issued.
        SavedCard = "saved_card",
    }
}

impl Invoice {
    /// Raises the draft of a one-off invoice. Once it is issued it is sent with a link to pay it, or the saved card is charged by itself
    /// as that of any invoice: what follows a failure is dunning (D1), without an overlock, as it belongs to no subscription (I9).
    ///
    /// # Errors
    /// A contact, a site or products that there are not; lines that cannot be; a conflict when the contact never was a customer (I9),
    /// or has no saved card to be charged (I8).
    pub fn raise_one_off(world: &mut World, at: Timestamp, new: NewOneOff) -> Result<InvoiceId, Refusal> {
        let mut faults = Faults::default();
        faults.check_known("/contact_id", &world.contacts, Some(new.contact));
        faults.check_known("/site_id", &world.sites, Some(new.site));
        if new.lines.is_empty() {
            faults.add("/line_items", "There is at least one line.");
        }
        let site = world.sites.get(new.site);
        let lines: Vec<NewInvoiceLine> = new
            .lines
            .into_iter()
            .enumerate()
            .filter_map(|(place, line)| line.priced(world, site?, &format!("/line_items/{place}"), &mut faults))
            .collect();
        faults.none()?;
        let (site, contact) =
            (site.ok_or(Refusal::NotFound)?, world.contacts.get(new.contact).ok_or(Refusal::NotFound)?);
        if contact.status == ContactStatus::Lead {
            let reason = format!("The contact {} is a lead; one-off invoices are for customers.", new.contact);
            return Err(Refusal::conflict("I9", reason));
        }
        let method = new.terms.method();
        if method != PaymentMethod::Manual {
            check_saved(world, new.contact, method, "I8")?;
        }
        let new = NewInvoice {
            contact: new.contact,
            site: new.site,
            subscription: None,
            purpose: InvoicePurpose::OneOff,
            method,
            period: None,
            due_on: new.terms.due_on(at.date_in(site.settings.time_zone)),
            purchase_order_number: new.purchase_order_number,
            lines,
        };
        let figures = figures(&new)?;
        Ok(Self::raise(world, at, new, &figures))
    }

    /// Charges a late fee on an overdue invoice: as an invoice of its own, which belongs to no subscription, bears no tax, and is issued
    /// at once (D11). Gives that invoice.
    ///
    /// # Errors
    /// Not found; at `/flat` and `/percent`, amounts that are no fee; a conflict when the invoice is not overdue, or there is no saved
    /// card to be charged (D11).
    pub fn charge_late_fee(
        world: &mut World,
        at: Timestamp,
        id: InvoiceId,
        fee: LateFee,
    ) -> Result<InvoiceId, Refusal> {
        let invoice = world.invoices.get(id).ok_or(Refusal::NotFound)?;
        let zone = world.sites.get(invoice.site).ok_or(Refusal::NotFound)?.settings.time_zone;
        let today = at.date_in(zone);
        fee.check()?;
        if !invoice.is_overdue(today) {
            let reason = format!("The invoice {id} is not overdue, so that there is no late fee on it.");
            return Err(Refusal::conflict("D11", reason));
        }
        let method = if fee.charge { PaymentMethod::Card } else { PaymentMethod::Manual };
        if fee.charge {
            check_saved(world, invoice.contact, method, "D11")?;
        }
        let number = invoice.number.as_deref().unwrap_or_default();
        let line = NewInvoiceLine {
            kind: LineKind::FreeText,
            description: Some(format!("Late fee for invoice {number}")),
            accounting_code: None,
            price: fee.of(invoice.outstanding())?,
            quantity: 1,
            tax_rates: TaxRates::NONE,
            proration: false,
        };
        let new = NewInvoice {
            contact: invoice.contact,
            site: invoice.site,
            subscription: None,
            purpose: InvoicePurpose::LateFee,
            method,
            period: None,
            due_on: Some(today),
            purchase_order_number: None,
            lines: vec![line],
        };
        let figures = figures(&new)?;
        let fee = Self::raise(world, at, new, &figures);
        issue(world, at, fee)?;
        Ok(fee)
    }
}

impl OneOffLine {
    /// The line of the invoice, unless something is wrong with it, which is noted. `part` is the JSON Pointer to it.
    fn priced(self, world: &World, site: &Site, part: &str, faults: &mut Faults) -> Option<NewInvoiceLine> {
        if self.quantity < 1 {
            faults.add(format!("{part}/quantity"), "The quantity is at least 1.");
        }
        let tax_rates = self.tax_rates.unwrap_or_else(|| site.settings.product_tax.clone());
        let (line, price) = match self.item {
            OneOffItem::Text { description, price } => {
                if description.trim().is_empty() {
                    faults.add(format!("{part}/description"), "The description has a character that can be seen.");
                }
                let kind = LineKind::FreeText;
                let line = NewInvoiceLine {
                    kind,
                    description: Some(description),
                    accounting_code: None,
                    price,
                    quantity: self.quantity,
                    tax_rates,
                    proration: false,
                };
                (line, Some(price))
            }
            OneOffItem::Product { product, price } => {
                let found = world.products.get(product).filter(|it| it.site == site.id);
                if found.is_none() {
                    let reason = format!("There is no product {product} at the site {}.", site.id);
                    faults.add(format!("{part}/product_id"), reason);
                }
                let price = price.or_else(|| found?.prices.amount(PricePeriod::OneTime));
                let kind = LineKind::OneTimeProduct;
                let line = line_for(world, kind, product.into(), price.unwrap_or(0), self.quantity, tax_rates);
                if found.is_some() && price.is_none() {
                    faults.add(format!("{part}/price"), "The product has no price for once, so that one is needed.");
                }
                (line, price)
            }
        };
        if price.is_some_and(|price| price < 0) {
            faults.add(format!("{part}/price"), "The price is not negative.");
        }
        Some(line)
    }
}

impl OneOffTerms {
    fn method(self) -> PaymentMethod {
        if self == Self::SavedCard { PaymentMethod::Card } else { PaymentMethod::Manual }
    }

    /// The day it is due if it is issued on a day.
    fn due_on(self, day: NaiveDate) -> Option<NaiveDate> {
        let days = match self {
            Self::DueToday | Self::SavedCard => 0,
            Self::DueTomorrow => 1,
            Self::DueIn7Days => 7,
            Self::DueIn30Days => 30,
        };
        day.checked_add_days(Days::new(days))
    }
}

impl LateFee {
    fn check(self) -> Result<(), Refusal> {
        let mut faults = Faults::default();
        if self.flat.is_some_and(|flat| flat < 1) {
            faults.add("/flat", "The fixed amount is above zero.");
        }
        if self.percent.is_some_and(|percent| percent <= Percent::ZERO) {
            faults.add("/percent", "The percentage is above zero.");
        }
        if self.flat.is_none() && self.percent.is_none() {
            faults.add("", "A late fee has a fixed amount, a percentage, or both.");
        }
        faults.none()
    }

    /// What it comes to for so much that is outstanding: `flat + percent x outstanding`.
    fn of(self, outstanding: i64) -> Result<i64, Refusal> {
        let part = self.percent.map_or(Ok(0), |percent| percent.of(outstanding));
        match part.and_then(|part| sum([self.flat.unwrap_or(0), part])) {
            Ok(0) => Err(Refusal::invalid("/percent", "The fee comes to nothing.")),
            Ok(fee) => Ok(fee),
            Err(AmountOverflow) => Err(Refusal::invalid("/percent", "The fee is too large.")),
        }
    }
}

/// The figures of an invoice whose lines staff wrote.
fn figures(new: &NewInvoice) -> Result<InvoiceTotals, Refusal> {
    invoice_totals(&new.priced(), None).map_err(|overflow| {
        let pointer = match overflow {
            TotalsOverflow::Line(place) => format!("/line_items/{place}/quantity"),
            TotalsOverflow::Sum => "/line_items".to_owned(),
        };
        Refusal::invalid(pointer, overflow.to_string())
    })
}

#[cfg(test)]
mod tests;
