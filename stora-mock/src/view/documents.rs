//! What documents say: invoices, credit notes and contracts as PDF (platform.yaml, content negotiation).
//!
//! Dates are those of the site's time zone (C1).

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::View;
use super::pdf::{self, Align, Column, Sheet, Table};
use crate::domain::contact::{Address, Contact};
use crate::domain::contract::Contract;
use crate::domain::credit_note::{CreditNote, CreditNoteKind};
use crate::domain::ids::{ContactId, SiteId};
use crate::domain::invoice::{Invoice, InvoiceStatus};
use crate::domain::money;
use crate::domain::site::{Site, SiteAddress};
use crate::domain::time::Timestamp;
use crate::store::World;

/// An invoice as PDF. What a draft says is not settled yet, so that it has none to show.
pub fn invoice(view: &View<'_>, invoice: &Invoice) -> Vec<u8> {
    pdf::render(&Writer::new(view.world, Some(invoice.site)).invoice(invoice))
}

/// A credit note as PDF.
pub fn credit_note(view: &View<'_>, note: &CreditNote) -> Vec<u8> {
    pdf::render(&Writer::new(view.world, Some(note.site)).credit_note(note))
}

/// A contract as PDF: its terms and its text, and by whom and when it was signed.
pub fn contract(view: &View<'_>, contract: &Contract) -> Vec<u8> {
    let site = view.world.tenancies.get(contract.tenancy).map(|tenancy| tenancy.site);
    pdf::render(&Writer::new(view.world, site).contract(contract))
}

/// Writes the documents of one site.
struct Writer<'w> {
    world: &'w World,
    site: Option<&'w Site>,
    zone: Tz,
}

impl<'w> Writer<'w> {
    fn new(world: &'w World, site: Option<SiteId>) -> Self {
        let site = site.and_then(|site| world.sites.get(site));
        Self { world, site, zone: site.map_or(Tz::UTC, |site| site.settings.time_zone) }
    }

    fn invoice(&self, invoice: &Invoice) -> Sheet {
        let title = format!("Invoice {}", invoice.number.as_deref().unwrap_or_default());
        let period = invoice.period.map(|it| format!("{} to {}", self.day(it.starts_at), self.day(it.ends_at)));
        let facts = [
            ("Status", Some(in_words(invoice.status.as_str()))),
            ("Issued", invoice.finalized_at.map(|at| self.day(at))),
            ("Due", invoice.collection.due_on.map(date)),
            ("Period", period),
            ("Paid", invoice.paid_at.map(|at| self.day(at))),
            ("Voided", invoice.voided_at.map(|at| self.day(at))),
            ("Purchase order", invoice.purchase_order_number.clone()),
        ];
        let rows = invoice.line_items.iter().map(|line| {
            let amounts = [line.price, -line.discount_total, line.tax, line.total];
            self.row(line.description.as_deref(), line.quantity, amounts)
        });
        Sheet {
            issuer: self.issuer(),
            addressee: self.addressee(invoice.contact),
            facts: given(facts),
            table: Some(table("Total", rows.collect())),
            totals: self.invoice_totals(invoice),
            body: vec!["All prices include tax.".to_owned()],
            footer: self.footer(&title),
            title,
        }
    }

    /// The figures under the lines of an invoice, down to what is still to be paid.
    fn invoice_totals(&self, invoice: &Invoice) -> Vec<(String, String)> {
        let unless_zero = |amount: i64| (amount != 0).then_some(amount);
        let outstanding = if invoice.status == InvoiceStatus::Void { 0 } else { invoice.outstanding() };
        let totals = [
            ("Subtotal", Some(invoice.subtotal)),
            ("Tax", Some(invoice.tax)),
            ("Total", Some(invoice.total)),
            ("Credit notes before payment", unless_zero(-invoice.pre_payment_credit_notes_amount)),
            ("Account credit", unless_zero(-invoice.collection.credit_used)),
            ("Amount due", Some(invoice.amount_due)),
            ("Paid", unless_zero(-invoice.amount_paid)),
            ("Credit notes after payment", unless_zero(invoice.post_payment_credit_notes_amount)),
            ("Outstanding", Some(outstanding)),
        ];
        given(totals.map(|(label, amount)| (label, amount.map(|amount| self.money(amount)))))
    }

    fn credit_note(&self, note: &CreditNote) -> Sheet {
        let title = format!("Credit note {}", note.number);
        let effect = match note.kind {
            CreditNoteKind::PrePayment => "The amount lowers what is due of the invoice.",
            CreditNoteKind::PostPayment => {
                "The amount goes back to the customer; to a card this can take 10 working days."
            }
        };
        let facts = [
            ("Status", Some(in_words(note.status.as_str()))),
            ("Issued", Some(self.day(note.created_at))),
            ("Invoice", self.world.invoices.get(note.invoice).and_then(|invoice| invoice.number.clone())),
            ("Reason", note.reason.as_deref().map(in_words)),
        ];
        let rows = note.line_items.iter().map(|line| {
            let amounts = [line.price, -line.discount_total, line.tax, line.amount];
            self.row(line.description.as_deref(), line.quantity, amounts)
        });
        let totals = [("Subtotal", note.subtotal), ("Tax", note.total - note.subtotal), ("Total credited", note.total)];
        Sheet {
            issuer: self.issuer(),
            addressee: self.addressee(note.contact),
            facts: given(facts),
            table: Some(table("Amount", rows.collect())),
            totals: given(totals.map(|(label, amount)| (label, Some(self.money(amount))))),
            body: vec![effect.to_owned(), "All prices include tax.".to_owned()],
            footer: self.footer(&title),
            title,
        }
    }

    fn contract(&self, contract: &Contract) -> Sheet {
        let signer = self.world.contacts.get(contract.contact).map(name);
        let signature = contract.signed_at.zip(signer).map(|(at, signer)| {
            let at = at.to_chrono().with_timezone(&self.zone);
            format!("Signed by {signer} on {}.", at.format("%-d %B %Y at %H:%M %Z"))
        });
        let dates =
            [("Sent", contract.sent_at.map(|at| self.day(at))), ("Signed", contract.signed_at.map(|at| self.day(at)))];
        let terms = contract.terms.iter().map(|term| (in_words(&term.name), term.value.clone()));
        Sheet {
            title: contract.name.clone(),
            issuer: self.issuer(),
            addressee: self.addressee(contract.contact),
            facts: terms.chain(given(dates)).collect(),
            body: paragraphs(&contract.text).into_iter().chain(signature).collect(),
            footer: self.footer(&contract.name),
            ..Sheet::default()
        }
    }

    /// The operator at its site.
    fn issuer(&self) -> Vec<String> {
        let mut lines = vec![self.world.settings.name.clone()];
        if let Some(Site { name, address, phone, .. }) = self.site {
            let SiteAddress { city, line_1, line_2, postal_code } = address;
            lines.extend([name, line_1].into_iter().chain(line_2).chain([city, postal_code]).chain(phone).cloned());
        }
        lines
    }

    fn addressee(&self, contact: ContactId) -> Vec<String> {
        let Some(contact) = self.world.contacts.get(contact) else { return Vec::new() };
        let address = contact.address.clone().unwrap_or_default();
        let Address { city, country_alpha2, line_1, line_2, postal_code, state } = address;
        let address = [line_1, line_2, city, state, postal_code, country_alpha2];
        let company = contact.company_registration_number.as_ref().map(|number| format!("Company number {number}"));
        let tax = contact.tax_id.as_ref().map(|number| format!("Tax number {number}"));
        let lines = [Some(name(contact).to_owned())].into_iter().chain(address).chain([company, tax]);
        lines.flatten().collect()
    }

    fn footer(&self, title: &str) -> String {
        format!("{} · {title}", self.world.settings.name)
    }

    /// A row of a table of lines. The amounts are the price of one piece, the discount as what it is below zero, the tax, and what
    /// the whole line comes to.
    fn row(&self, description: Option<&str>, quantity: i64, amounts: [i64; 4]) -> Vec<String> {
        let [price, discount, tax, total] = amounts.map(|amount| self.money(amount));
        vec![description.unwrap_or_default().to_owned(), quantity.to_string(), price, discount, tax, total]
    }

    fn money(&self, amount: i64) -> String {
        money::format(amount, self.world.settings.currency)
    }

    fn day(&self, at: Timestamp) -> String {
        date(at.date_in(self.zone))
    }
}

/// A table of lines, with the word for what a whole line comes to.
fn table(total: &str, rows: Vec<Vec<String>>) -> Table {
    let columns = [
        ("Description", Align::Left, 34),
        ("Quantity", Align::Right, 11),
        ("Price", Align::Right, 14),
        ("Discount", Align::Right, 14),
        ("Tax", Align::Right, 13),
        (total, Align::Right, 14),
    ];
    let column = |(header, align, share): (&str, Align, u16)| Column { header: header.to_owned(), align, share };
    Table { columns: columns.map(column).to_vec(), rows }
}

/// What there is, with its label.
fn given<const N: usize>(facts: [(&str, Option<String>); N]) -> Vec<(String, String)> {
    facts.into_iter().filter_map(|(label, value)| Some((label.to_owned(), value?))).collect()
}

/// What a document calls a contact.
fn name(contact: &Contact) -> &str {
    contact.full_name.as_deref().unwrap_or(&contact.email)
}

/// A date such as `2 March 2026`.
fn date(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// The paragraphs of a text: what blank lines part. Lines within a paragraph stay apart.
fn paragraphs(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let parts = lines.split(|line| line.trim().is_empty()).filter(|part| !part.is_empty());
    parts.map(|part| part.join("\n")).collect()
}

/// A token such as `order_change` as words: `Order change`.
fn in_words(token: &str) -> String {
    let mut characters = token.chars().map(|c| if c == '_' { ' ' } else { c });
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::booking::NewOrder;
    use crate::domain::contract::{ContractTemplate, NewContractTemplate};
    use crate::domain::coupon::Coupon;
    use crate::domain::crediting::{Credited, NewCreditNote};
    use crate::domain::fixtures::{Shop, at, half_off, line, rates};
    use crate::domain::ids::InvoiceId;
    use crate::domain::order::{OrderLineKind, PaymentMethod};
    use crate::view::Addresses;

    /// A shop where a unit at half price and protection were rented on 2 March, with tax, and the first invoice of that.
    fn rented(method: PaymentMethod) -> (Shop, InvoiceId) {
        let mut shop = Shop::new();
        shop.settings(|settings| {
            settings.unit_type_tax = rates(["20"]);
            settings.protection_tax = rates(["12"]);
        });
        shop.world.contacts.update(shop.contact, |contact| {
            contact.full_name = Some("Anna Smith".to_owned());
            let (line_1, city) = (Some("2 Quay Street".to_owned()), Some("Leeds".to_owned()));
            contact.address = Some(Address { line_1, city, ..Address::default() });
            contact.tax_id = Some("GB123".to_owned());
        });
        let coupon = Coupon::create(&mut shop.world, at("2026-03-01"), half_off()).unwrap();
        let mut booking = shop.booking("2026-03-02");
        booking.line_items.push(line(OrderLineKind::Protection, shop.protection));
        let booking = NewOrder {
            coupon: Some(coupon),
            payment_method: method,
            purchase_order_number: Some("PO-7".to_owned()),
            ..booking
        };
        let subscription = shop.rent("2026-03-02", booking);
        let invoice = shop.invoices(subscription)[0].id;
        (shop, invoice)
    }

    fn credit(shop: &mut Shop, invoice: InvoiceId, amount: i64) -> CreditNote {
        let new =
            NewCreditNote { invoice, credited: Credited::Amount(amount), reason: Some("order_change".to_owned()) };
        let id = CreditNote::issue(&mut shop.world, at("2026-03-16"), new).unwrap();
        shop.world.credit_notes.get(id).unwrap().clone()
    }

    fn invoice_sheet(shop: &Shop, id: InvoiceId) -> Sheet {
        let invoice = shop.world.invoices.get(id).unwrap();
        Writer::new(&shop.world, Some(invoice.site)).invoice(invoice)
    }

    fn pairs(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
        pairs.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect()
    }

    #[test]
    fn an_invoice_says_who_sells_what_to_whom_and_when() {
        let (shop, id) = rented(PaymentMethod::Card);
        let sheet = invoice_sheet(&shop, id);
        assert_eq!(sheet.title, "Invoice INV-000001");
        assert_eq!(sheet.issuer, ["Test", "Wharf Road", "1 Wharf Road", "London", "N1 7GR"]);
        assert_eq!(sheet.addressee, ["Anna Smith", "2 Quay Street", "Leeds", "Tax number GB123"]);
        let facts = [
            ("Status", "Paid"),
            ("Issued", "2 March 2026"),
            ("Due", "2 March 2026"),
            ("Period", "2 March 2026 to 2 April 2026"),
            ("Paid", "2 March 2026"),
            ("Purchase order", "PO-7"),
        ];
        assert_eq!(pairs(&sheet.facts), facts);
        let table = sheet.table.unwrap();
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
        assert_eq!(table.rows[0], ["50 sq ft", "1", "£120.00", "-£60.00", "£10.00", "£60.00"]);
        assert_eq!(table.rows[1], ["Protection up to £2,000.00", "1", "£11.20", "£0.00", "£1.20", "£11.20"]);
    }

    #[test]
    fn the_figures_of_an_invoice_lead_from_its_lines_to_what_is_outstanding() {
        let (mut shop, id) = rented(PaymentMethod::Card);
        credit(&mut shop, id, 1_120);
        let totals = [
            ("Subtotal", "£60.00"),
            ("Tax", "£11.20"),
            ("Total", "£71.20"),
            ("Amount due", "£71.20"),
            ("Paid", "-£71.20"),
            ("Credit notes after payment", "£11.20"),
            ("Outstanding", "£0.00"),
        ];
        assert_eq!(pairs(&invoice_sheet(&shop, id).totals), totals);
    }

    #[test]
    fn what_lowers_the_amount_due_stands_above_it_and_a_void_invoice_leaves_nothing_outstanding() {
        let (mut shop, id) = rented(PaymentMethod::BacsDebit);
        shop.world.invoices.update(id, |invoice| {
            invoice.amount_due -= 1_000;
            invoice.collection.credit_used = 1_000;
        });
        credit(&mut shop, id, 1_120);
        let totals = invoice_sheet(&shop, id).totals;
        let lowered = [
            ("Credit notes before payment", "-£11.20"),
            ("Account credit", "-£10.00"),
            ("Amount due", "£50.00"),
            ("Outstanding", "£50.00"),
        ];
        assert_eq!(pairs(&totals)[3..], lowered);
        Invoice::void(&mut shop.world, at("2026-03-17"), id).unwrap();
        let sheet = invoice_sheet(&shop, id);
        assert_eq!(pairs(&sheet.totals).last(), Some(&("Outstanding", "£0.00")));
        assert!(pairs(&sheet.facts).contains(&("Voided", "17 March 2026")));
    }

    #[test]
    fn a_credit_note_names_its_invoice_and_its_reason() {
        let (mut shop, id) = rented(PaymentMethod::Card);
        let note = credit(&mut shop, id, 6_000);
        let sheet = Writer::new(&shop.world, Some(note.site)).credit_note(&note);
        assert_eq!(sheet.title, "Credit note INV-000001-CN-1");
        let facts =
            [("Status", "Issued"), ("Issued", "16 March 2026"), ("Invoice", "INV-000001"), ("Reason", "Order change")];
        assert_eq!(pairs(&sheet.facts), facts);
        let table = sheet.table.unwrap();
        assert_eq!(table.rows[0], ["50 sq ft", "1", "£50.56", "£0.00", "£8.43", "£50.56"]);
        assert_eq!(pairs(&sheet.totals), [("Subtotal", "£50.56"), ("Tax", "£9.44"), ("Total credited", "£60.00")]);
    }

    #[test]
    fn dates_are_those_of_the_site_and_a_contact_without_a_name_goes_by_its_address() {
        let (mut shop, id) = rented(PaymentMethod::Card);
        shop.settings(|settings| settings.time_zone = chrono_tz::Pacific::Auckland);
        shop.world.contacts.update(shop.contact, |contact| contact.full_name = None);
        let sheet = invoice_sheet(&shop, id);
        assert_eq!(pairs(&sheet.facts)[1], ("Issued", "3 March 2026"));
        assert_eq!(sheet.addressee[0], "anna@example.com");
    }

    #[test]
    fn a_contract_is_its_terms_and_text_and_who_signed_it() {
        let (mut shop, id) = rented(PaymentMethod::Card);
        let subscription = shop.world.invoices.get(id).unwrap().subscription.unwrap();
        let tenancy = shop.subscription(subscription).tenancy;
        let new = NewContractTemplate {
            name: "Storage agreement".to_owned(),
            text: "1. Payment\r\nThe customer pays in advance.\r\n\r\n\r\n2. Use\nNothing that smells.\n".to_owned(),
        };
        let template = ContractTemplate::create(&mut shop.world, at("2026-03-01"), new).unwrap();
        let contract = Contract::issue(&mut shop.world, at("2026-03-02"), tenancy, template).unwrap();
        Contract::sign(&mut shop.world, at("2026-07-04"), contract).unwrap();
        let sheet = Writer::new(&shop.world, Some(shop.site)).contract(shop.world.contracts.get(contract).unwrap());
        assert_eq!((sheet.title.as_str(), sheet.issuer[1].as_str()), ("Storage agreement", "Wharf Road"));
        let facts = pairs(&sheet.facts);
        for fact in [
            ("Unit types", "50 sq ft"),
            ("Start date", "2 March 2026"),
            ("Sent", "2 March 2026"),
            ("Signed", "4 July 2026"),
        ] {
            assert!(facts.contains(&fact), "{fact:?} is not in {facts:?}");
        }
        let signature = "Signed by Anna Smith on 4 July 2026 at 13:00 BST.";
        let paragraphs = ["1. Payment\nThe customer pays in advance.", "2. Use\nNothing that smells.", signature];
        assert_eq!(sheet.body, paragraphs);
    }

    #[test]
    fn documents_are_files_of_pdf() {
        let (mut shop, id) = rented(PaymentMethod::Card);
        let note = credit(&mut shop, id, 100);
        let addresses = Addresses::new("http://mock.test", None, None, [7; 32]);
        let view = View { world: &shop.world, addresses: &addresses };
        let files = [invoice(&view, shop.world.invoices.get(id).unwrap()), credit_note(&view, &note)];
        assert!(files.iter().all(|file| file.starts_with(b"%PDF-")));
    }
}
