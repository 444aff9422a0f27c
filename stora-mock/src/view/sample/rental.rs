//! A booking that was completed, with its rental and bills.

use super::{at, id, pairs, text};
use crate::domain::calendar::{BillingPeriod, PeriodBounds};
use crate::domain::changes::Plan;
use crate::domain::contact::{Account, Address, Contact, ContactStatus, IdentityCheck, IdentityCheckStatus};
use crate::domain::credit_note::{CreditNote, CreditNoteKind, CreditNoteLine, CreditNoteLineKind, CreditNoteStatus};
use crate::domain::ids::{Id, ProductId, ProtectionLevelId, UnitTypeId};
use crate::domain::invoice::{Collection, Invoice, InvoiceDue, InvoiceLine, InvoicePurpose, InvoiceStatus};
use crate::domain::order::{
    Emails, Order, OrderLineItem, OrderLineKind, OrderSource, OrderStatus, PaymentMethod, StartsAt, Totals,
};
use crate::domain::subscription::{Billing, Subscription, SubscriptionLine, SubscriptionLineKind};
use crate::domain::tax::TaxRates;
use crate::domain::tenancy::{Tenancy, TenancyDue};
use crate::store::World;

pub(super) fn rental(world: &mut World) {
    world.contacts.insert(Contact {
        id: id(),
        address: Some(Address { city: text("Bath"), ..Default::default() }),
        company_registration_number: text("0123"),
        created_at: at(),
        email: "ada@example.com".to_owned(),
        full_name: text("Ada"),
        identity_check: IdentityCheck { required: true, status: IdentityCheckStatus::Succeeded },
        marketing_source: text("recommendation"),
        metadata: pairs(),
        phone_number: text("1"),
        source: text("walkin"),
        status: ContactStatus::Customer,
        stripe_customer_id: text("cus_1"),
        tax_id: text("2"),
        tenancies_count: 1,
        kind: text("domestic"),
        updated_at: at(),
        use_case: text("more_space"),
        account: Account::default(),
    });
    let (unit_type, level, product) =
        (id::<UnitTypeId>().any(), id::<ProtectionLevelId>().any(), id::<ProductId>().any());
    let lines = [
        (OrderLineKind::UnitType, unit_type),
        (OrderLineKind::Protection, level),
        (OrderLineKind::Product, product),
        (OrderLineKind::SecurityDeposit, unit_type),
    ];
    let line_items = (1..).zip(lines).map(|(number, (kind, item))| OrderLineItem {
        id: Id::new(number),
        order: id(),
        created_at: at(),
        discount_total: 125,
        item,
        price: 600,
        price_set_by_caller: false,
        quantity: 2,
        tax: 200,
        total: 1_200,
        kind,
        updated_at: at(),
        recurring: true,
        tax_rates: TaxRates::NONE,
    });
    let mut line_ids = Vec::new();
    for line in line_items {
        line_ids.push(line.id);
        world.order_line_items.insert(line);
    }
    world.orders.insert(Order {
        id: id(),
        billing_period: Some(BillingPeriod::Monthly),
        contact: Some(id()),
        contract_template: Some(id()),
        coupon: Some(id()),
        created_at: at(),
        emails: Emails { booking_confirmation: true, move_in_day: false },
        line_items: line_ids,
        metadata: pairs(),
        payment_method: PaymentMethod::Card,
        purchase_order_number: text("PO-1"),
        site: id(),
        source: OrderSource::PublicApi,
        starts_at: Some(StartsAt::At(at())),
        status: OrderStatus::Completed,
        subscription: Some(id()),
        tenancy: Some(id()),
        totals: Totals {
            subtotal: 2_400,
            total_discount: 250,
            total: 2_150,
            tax: 358,
            total_excluding_tax: 1_792,
            one_time_total: 2_275,
            one_time_total_excluding_tax: 1_896,
        },
        discount: None,
        updated_at: at(),
        checkout_token: text("token"),
        cancel_redirect_url: None,
    });
    world.tenancies.insert(Tenancy {
        id: id(),
        contact: id(),
        created_at: at(),
        ends_at: None,
        order: Some(id()),
        site: id(),
        starts_at: at(),
        subscription: Some(id()),
        unit_allocations: vec![id()],
        updated_at: at(),
        started: true,
        due: TenancyDue::default(),
    });
    let line = |kind, item| SubscriptionLine {
        kind,
        item,
        price: 600,
        quantity: 2,
        created_at: at(),
        updated_at: at(),
        tax: TaxRates::NONE,
    };
    world.subscriptions.insert(Subscription {
        id: id(),
        billing_period: BillingPeriod::Monthly,
        cancellation_reason: None,
        cancelled: false,
        contact: id(),
        created_at: at(),
        current_period: Some(period()),
        ends_at: None,
        line_items: vec![
            line(SubscriptionLineKind::UnitType, unit_type),
            line(SubscriptionLineKind::Protection, level),
            line(SubscriptionLineKind::CustomProduct, product),
        ],
        order: Some(id()),
        site: id(),
        starts_at: at(),
        tenancy: id(),
        updated_at: at(),
        billing: Billing {
            anchor: at().date_in(chrono_tz::Europe::London),
            invoices_raised: 1,
            payment_method: PaymentMethod::Card,
            discount: None,
            purchase_order_number: None,
            next_invoice_at: None,
            cancellation_text: None,
            period_discount: None,
            unused: Vec::new(),
            plan: Plan::default(),
        },
    });
}

fn period() -> PeriodBounds {
    PeriodBounds { starts_at: at(), ends_at: at().plus_seconds(86_400) }
}

pub(super) fn bills(world: &mut World) {
    world.invoices.insert(Invoice {
        id: id(),
        amount_due: 1_100,
        amount_paid: 1_100,
        contact: id(),
        created_at: at(),
        finalized_at: Some(at()),
        line_items: vec![InvoiceLine {
            accounting_code: text("4000"),
            description: text("50 sq ft"),
            discount_total: 100,
            price: 600,
            proration: false,
            quantity: 2,
            tax: 183,
            total: 1_100,
            kind: Some(SubscriptionLineKind::UnitType),
            rates: TaxRates::NONE,
        }],
        number: text("INV-1"),
        paid_at: Some(at()),
        period: Some(period()),
        post_payment_credit_notes_amount: 500,
        pre_payment_credit_notes_amount: 0,
        purchase_order_number: text("PO-1"),
        site: id(),
        status: InvoiceStatus::Paid,
        subscription: Some(id()),
        subtotal: 917,
        tax: 183,
        total: 1_100,
        voided_at: None,
        collection: Collection {
            method: PaymentMethod::Card,
            purpose: InvoicePurpose::Recurring,
            due_on: None,
            credit_used: 0,
            failed_at: None,
            processing: false,
            attempts: Vec::new(),
            deposit: None,
            retries: 0,
            locks: false,
            due: InvoiceDue::default(),
        },
    });
    world.credit_notes.insert(CreditNote {
        id: id(),
        contact: id(),
        created_at: at(),
        invoice: id(),
        line_items: vec![CreditNoteLine {
            amount: 500,
            description: text("50 sq ft"),
            discount_total: 0,
            price: 500,
            quantity: 1,
            tax: 83,
            kind: CreditNoteLineKind::InvoiceLineItem,
            invoice_line: Some(0),
        }],
        number: "INV-1-CN-1".to_owned(),
        reason: text("order_change"),
        site: id(),
        status: CreditNoteStatus::Issued,
        subtotal: 417,
        total: 500,
        kind: CreditNoteKind::PostPayment,
    });
}
