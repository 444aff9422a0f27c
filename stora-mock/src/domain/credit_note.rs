//! Credit notes (section 13 of the description of the business). How they are issued is told in `crediting`.

use serde::{Deserialize, Serialize};

use super::ids::{ContactId, CreditNoteId, InvoiceId, SiteId};
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, record_fields};

/// What takes back all or part of an invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreditNote {
    /// Its id.
    pub id: CreditNoteId,
    /// Who gets it.
    pub contact: ContactId,
    /// When it was issued.
    pub created_at: Timestamp,
    /// The invoice.
    pub invoice: InvoiceId,
    /// What it takes back.
    pub line_items: Vec<CreditNoteLine>,
    /// The invoice's number, `-CN-` and a counter (N5).
    pub number: String,
    /// Why: any token.
    pub reason: Option<String>,
    /// Where.
    pub site: SiteId,
    /// Its state.
    pub status: CreditNoteStatus,
    /// `total` less the tax of the lines.
    pub subtotal: i64,
    /// Sum of the lines.
    pub total: i64,
    /// Issued before or after the invoice was paid (N3, N4).
    #[serde(rename = "type")]
    pub kind: CreditNoteKind,
}

/// A line of a credit note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreditNoteLine {
    /// Price times quantity less discount, tax inside.
    pub amount: i64,
    /// What it is, in words.
    pub description: Option<String>,
    /// What was taken off.
    pub discount_total: i64,
    /// Price of one piece.
    pub price: i64,
    /// Number of pieces.
    pub quantity: i64,
    /// Tax contained in `amount` (N6).
    pub tax: i64,
    /// Kind of line.
    #[serde(rename = "type")]
    pub kind: CreditNoteLineKind,
    /// The place of the line that it takes back among those of the invoice, counted from 0; none for a free text.
    pub invoice_line: Option<usize>,
}

words! {
    /// The states of a credit note.
    CreditNoteStatus {
        Issued = "issued",
        Void = "void",
    }

    /// When a credit note was issued.
    CreditNoteKind {
        /// Before the invoice was paid.
        PrePayment = "pre_payment",
        /// After it was paid: money goes back.
        PostPayment = "post_payment",
    }

    /// Kinds of lines of credit notes.
    CreditNoteLineKind {
        /// Takes back a line of the invoice.
        InvoiceLineItem = "invoice_line_item",
        /// Free text.
        CustomLineItem = "custom_line_item",
    }
}

impl Record for CreditNote {
    record_fields!(id: CreditNoteId, created_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("contact_id", self.contact.into());
        add("site_id", self.site.into());
        add("invoice_id", self.invoice.into());
    }
}
