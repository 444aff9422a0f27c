use proptest::prelude::*;

use super::*;
use crate::domain::discount::LineKind;
use crate::domain::fixtures::{Shop, at, kinds, pointers, rates, rule};
use crate::domain::ids::Id;
use crate::domain::invoicing::{NewInvoice, NewInvoiceLine};
use crate::domain::order::PaymentMethod;
use crate::domain::tax::invoice_totals;

/// Price, quantity and tax rate of a line.
type Priced = (i64, i64, &'static str);

const RENT: Priced = (12_000, 1, "20");

fn draft(shop: &mut Shop, lines: &[Priced]) -> InvoiceId {
    let line = |(price, quantity, rate): &Priced| NewInvoiceLine {
        kind: LineKind::UnitType,
        description: Some("50 sq ft".to_owned()),
        accounting_code: None,
        price: *price,
        quantity: *quantity,
        tax_rates: rates([*rate]),
        proration: false,
    };
    let new = NewInvoice {
        contact: shop.contact,
        site: shop.site,
        subscription: None,
        purpose: InvoicePurpose::OneOff,
        method: PaymentMethod::Manual,
        period: None,
        due_on: None,
        purchase_order_number: None,
        lines: lines.iter().map(line).collect(),
    };
    let figures = invoice_totals(&new.priced(), None).unwrap();
    Invoice::raise(&mut shop.world, at("2026-03-02"), new, &figures)
}

fn open(shop: &mut Shop, lines: &[Priced]) -> InvoiceId {
    let id = draft(shop, lines);
    Invoice::finalize(&mut shop.world, at("2026-03-02"), id).unwrap();
    id
}

fn paid(shop: &mut Shop, lines: &[Priced]) -> InvoiceId {
    let id = open(shop, lines);
    Invoice::mark_paid(&mut shop.world, at("2026-03-02"), id).unwrap();
    id
}

/// Issues a credit note as an act, and gives it with the types of the events it told of.
fn credit(shop: &mut Shop, invoice: InvoiceId, credited: Credited) -> Result<(CreditNote, Vec<EventKind>), Refusal> {
    let new = NewCreditNote { invoice, credited, reason: Some("other".to_owned()) };
    let (id, events) = shop.world.transact(|world| CreditNote::issue(world, at("2026-03-16"), new))?;
    Ok((shop.world.credit_notes.get(id).unwrap().clone(), kinds(&events)))
}

/// All that there is, to see whether it has changed.
fn snapshot(shop: &Shop) -> String {
    serde_json::to_string(&shop.world).unwrap()
}

fn of_line(line: usize, amount: Option<i64>) -> NewCreditNoteLine {
    NewCreditNoteLine::OfInvoice { line, amount, description: None }
}

fn custom(price: i64, quantity: i64) -> NewCreditNoteLine {
    let description = "Goodwill".to_owned();
    NewCreditNoteLine::Custom { description, price, quantity, tax_rates: rates(["20"]) }
}

fn amounts(note: &CreditNote) -> Vec<i64> {
    note.line_items.iter().map(|line| line.amount).collect()
}

#[test]
fn a_credit_note_before_payment_lowers_what_is_due_and_leaves_the_total() {
    // N5
    let mut shop = Shop::new();
    let id = open(&mut shop, &[RENT]);
    let (note, events) = credit(&mut shop, id, Credited::Amount(2_400)).unwrap();
    assert_eq!((note.kind, note.status), (CreditNoteKind::PrePayment, CreditNoteStatus::Issued));
    assert_eq!((note.total, note.subtotal, note.line_items[0].tax), (2_400, 2_000, 400));
    assert_eq!((note.contact, note.site, note.created_at), (shop.contact, shop.site, at("2026-03-16")));
    assert_eq!(events, [EventKind::CreditNoteCreated]);
    let invoice = shop.world.invoices.get(id).unwrap();
    assert_eq!((invoice.amount_due, invoice.total, invoice.status), (9_600, 12_000, InvoiceStatus::Open));
    assert_eq!((invoice.pre_payment_credit_notes_amount, invoice.post_payment_credit_notes_amount), (2_400, 0));
}

#[test]
fn a_credit_note_that_leaves_nothing_to_pay_makes_the_invoice_paid() {
    let mut shop = Shop::new();
    let id = open(&mut shop, &[RENT]);
    credit(&mut shop, id, Credited::Amount(2_000)).unwrap();
    let (note, events) = credit(&mut shop, id, Credited::Rest).unwrap();
    assert_eq!((note.total, note.kind), (10_000, CreditNoteKind::PrePayment));
    assert_eq!(events, [EventKind::CreditNoteCreated, EventKind::InvoicePaid]);
    let invoice = shop.world.invoices.get(id).unwrap();
    assert_eq!((invoice.status, invoice.paid_at), (InvoiceStatus::Paid, Some(at("2026-03-16"))));
    assert_eq!((invoice.amount_due, invoice.amount_paid, invoice.total), (0, 0, 12_000));
}

#[test]
fn a_credit_note_after_payment_leaves_what_was_due_and_paid() {
    // N4
    let mut shop = Shop::new();
    let id = paid(&mut shop, &[RENT]);
    let (note, events) = credit(&mut shop, id, Credited::Rest).unwrap();
    assert_eq!((note.kind, note.total), (CreditNoteKind::PostPayment, 12_000));
    assert_eq!(events, [EventKind::CreditNoteCreated]);
    let invoice = shop.world.invoices.get(id).unwrap();
    assert_eq!((invoice.amount_due, invoice.amount_paid, invoice.status), (12_000, 12_000, InvoiceStatus::Paid));
    assert_eq!((invoice.pre_payment_credit_notes_amount, invoice.post_payment_credit_notes_amount), (0, 12_000));
}

#[test]
fn only_open_and_paid_invoices_can_be_credited() {
    let mut shop = Shop::new();
    let now = at("2026-03-02");
    let (draft, void, lost) = (draft(&mut shop, &[RENT]), open(&mut shop, &[RENT]), open(&mut shop, &[RENT]));
    Invoice::void(&mut shop.world, now, void).unwrap();
    Invoice::mark_uncollectible(&mut shop.world, now, lost).unwrap();
    let before = snapshot(&shop);
    for id in [draft, void, lost] {
        assert_eq!(rule(credit(&mut shop, id, Credited::Rest)), "N1");
    }
    assert_eq!(snapshot(&shop), before);
}

#[test]
fn credit_notes_of_an_invoice_are_counted_and_never_come_to_more_than_its_total() {
    // N5
    let mut shop = Shop::new();
    let (id, other) = (paid(&mut shop, &[RENT]), paid(&mut shop, &[RENT]));
    let number = |shop: &mut Shop, id, amount| credit(shop, id, Credited::Amount(amount)).map(|(note, _)| note.number);
    assert_eq!(number(&mut shop, id, 7_000).unwrap(), "INV-000001-CN-1");
    assert_eq!(rule(number(&mut shop, id, 5_001)), "N2");
    assert_eq!(number(&mut shop, id, 5_000).unwrap(), "INV-000001-CN-2");
    assert_eq!(rule(number(&mut shop, id, 1)), "N2");
    assert_eq!(rule(credit(&mut shop, id, Credited::Rest)), "N2");
    assert_eq!(number(&mut shop, other, 1).unwrap(), "INV-000002-CN-1");
    let invoice = shop.world.invoices.get(id).unwrap();
    assert_eq!(invoice.post_payment_credit_notes_amount, invoice.total);
}

#[test]
fn what_was_credited_before_payment_counts_after_it() {
    let mut shop = Shop::new();
    let id = open(&mut shop, &[RENT]);
    credit(&mut shop, id, Credited::Amount(2_000)).unwrap();
    Invoice::mark_paid(&mut shop.world, at("2026-03-17"), id).unwrap();
    assert_eq!(rule(credit(&mut shop, id, Credited::Amount(10_001))), "N2");
    let (note, _) = credit(&mut shop, id, Credited::Amount(10_000)).unwrap();
    assert_eq!((note.kind, note.number.as_str()), (CreditNoteKind::PostPayment, "INV-000001-CN-2"));
}

#[test]
fn a_whole_line_is_taken_back_as_it_stands_and_a_part_as_one_piece() {
    // N6
    let mut shop = Shop::new();
    let id = paid(&mut shop, &[(1_000, 3, "20"), (1_120, 1, "12")]);
    let lines = vec![of_line(0, None), of_line(1, Some(560))];
    let (note, _) = credit(&mut shop, id, Credited::Lines(lines)).unwrap();
    let figures = |line: &CreditNoteLine| (line.price, line.quantity, line.amount, line.tax, line.invoice_line);
    let lines: Vec<_> = note.line_items.iter().map(figures).collect();
    assert_eq!(lines, [(1_000, 3, 3_000, 500, Some(0)), (560, 1, 560, 60, Some(1))]);
    assert_eq!((note.total, note.subtotal), (3_560, 3_000));
    assert!(note.line_items.iter().all(|line| line.kind == CreditNoteLineKind::InvoiceLineItem));
}

#[test]
fn an_amount_is_shared_by_what_is_left_of_the_lines() {
    let mut shop = Shop::new();
    let id = paid(&mut shop, &[(9_000, 1, "20"), (3_000, 1, "20")]);
    let (note, _) = credit(&mut shop, id, Credited::Amount(1_000)).unwrap();
    assert_eq!(amounts(&note), [750, 250]);
    credit(&mut shop, id, Credited::Lines(vec![of_line(1, None)])).unwrap();
    let (note, _) = credit(&mut shop, id, Credited::Amount(1_000)).unwrap();
    assert_eq!(amounts(&note), [1_000], "nothing is left of the second line");
    let (note, _) = credit(&mut shop, id, Credited::Rest).unwrap();
    assert_eq!((note.total, note.line_items[0].quantity), (7_250, 1));
}

#[test]
fn no_line_is_credited_beyond_itself_though_the_invoice_has_more() {
    let mut shop = Shop::new();
    let id = paid(&mut shop, &[(9_000, 1, "20"), (3_000, 1, "20")]);
    let twice = vec![of_line(1, Some(2_000)), of_line(1, Some(1_001))];
    assert_eq!(rule(credit(&mut shop, id, Credited::Lines(twice))), "N2");
    credit(&mut shop, id, Credited::Lines(vec![of_line(1, Some(2_000)), of_line(1, None)])).unwrap();
    assert_eq!(rule(credit(&mut shop, id, Credited::Lines(vec![of_line(1, None)]))), "N2");
    assert_eq!(rule(credit(&mut shop, id, Credited::Lines(vec![of_line(0, Some(9_001))]))), "N2");
}

#[test]
fn a_free_text_bears_its_own_tax_and_counts_towards_the_total() {
    // N6
    let mut shop = Shop::new();
    let id = paid(&mut shop, &[RENT]);
    let (note, _) = credit(&mut shop, id, Credited::Lines(vec![custom(1_200, 5)])).unwrap();
    let line = &note.line_items[0];
    assert_eq!((line.kind, line.invoice_line), (CreditNoteLineKind::CustomLineItem, None));
    assert_eq!((line.description.as_deref(), line.amount, line.tax), (Some("Goodwill"), 6_000, 1_000));
    assert_eq!(rule(credit(&mut shop, id, Credited::Lines(vec![of_line(0, None)]))), "N2");
    assert_eq!(rule(credit(&mut shop, id, Credited::Lines(vec![custom(i64::MAX, 1), custom(i64::MAX, 1)]))), "N2");
    assert_eq!(credit(&mut shop, id, Credited::Rest).unwrap().0.total, 6_000);
}

#[test]
fn words_of_its_own_take_the_place_of_those_of_the_line() {
    let mut shop = Shop::new();
    let id = paid(&mut shop, &[RENT]);
    let description = Some("Six days without lift access".to_owned());
    let line = NewCreditNoteLine::OfInvoice { line: 0, amount: Some(2_400), description: description.clone() };
    let (note, _) = credit(&mut shop, id, Credited::Lines(vec![line, of_line(0, Some(100))])).unwrap();
    let words: Vec<_> = note.line_items.iter().map(|line| line.description.clone()).collect();
    assert_eq!(words, [description, Some("50 sq ft".to_owned())]);
}

#[test]
fn lines_that_gave_back_are_taken_back_with_their_sign() {
    let mut shop = Shop::new();
    let id = paid(&mut shop, &[(-4_500, 1, "20"), (7_500, 1, "20")]);
    assert_eq!(pointers(credit(&mut shop, id, Credited::Lines(vec![of_line(0, Some(100))]))), ["/line_items/0/amount"]);
    assert_eq!(pointers(credit(&mut shop, id, Credited::Lines(vec![of_line(0, None)]))), ["/line_items"]);
    assert_eq!(rule(credit(&mut shop, id, Credited::Lines(vec![of_line(1, None)]))), "N2");
    let (note, _) = credit(&mut shop, id, Credited::Rest).unwrap();
    assert_eq!((amounts(&note), note.total, note.subtotal), (vec![-4_500, 7_500], 3_000, 2_500));
}

#[test]
fn amounts_and_lines_that_cannot_be_are_all_named() {
    let mut shop = Shop::new();
    let id = paid(&mut shop, &[RENT]);
    for amount in [0, -1] {
        assert_eq!(pointers(credit(&mut shop, id, Credited::Amount(amount))), ["/amount"]);
    }
    assert_eq!(pointers(credit(&mut shop, id, Credited::Lines(Vec::new()))), ["/line_items"]);
    let bad = vec![of_line(1, None), of_line(0, Some(0)), custom(0, 0), custom(i64::MAX, 2)];
    let named = pointers(credit(&mut shop, id, Credited::Lines(bad)));
    let expected = ["0/line", "1/amount", "2/price", "2/quantity", "3/quantity"];
    assert_eq!(named, expected.map(|part| format!("/line_items/{part}")));
    assert_eq!(pointers(credit(&mut shop, InvoiceId::new(1), Credited::Rest)), ["/invoice/id"]);
    assert!(shop.world.credit_notes.is_empty());
}

#[test]
fn what_cannot_be_is_named_before_the_state_refuses() {
    let mut shop = Shop::new();
    let id = draft(&mut shop, &[RENT]);
    assert_eq!(pointers(credit(&mut shop, id, Credited::Amount(0))), ["/amount"]);
}

#[test]
fn account_credit_that_is_not_needed_goes_back_to_the_contact() {
    let mut shop = Shop::new();
    let credit_of = |shop: &Shop| shop.world.contacts.get(shop.contact).unwrap().account.credit;
    shop.world.contacts.update(shop.contact, |contact| contact.account.credit = 5_000);
    let id = open(&mut shop, &[RENT]);
    assert_eq!((shop.world.invoices.get(id).unwrap().amount_due, credit_of(&shop)), (7_000, 0));
    credit(&mut shop, id, Credited::Amount(6_000)).unwrap();
    assert_eq!((shop.world.invoices.get(id).unwrap().amount_due, credit_of(&shop)), (1_000, 0));
    credit(&mut shop, id, Credited::Amount(2_000)).unwrap();
    let invoice = shop.world.invoices.get(id).unwrap();
    assert_eq!((invoice.amount_due, invoice.collection.credit_used, invoice.status), (0, 4_000, InvoiceStatus::Paid));
    assert_eq!(credit_of(&shop), 1_000);
}

fn any_credited() -> impl Strategy<Value = Credited> {
    let amount = || prop::option::of(-2_000i64..6_000);
    let line = prop_oneof![
        (0usize..4, amount()).prop_map(|(line, amount)| of_line(line, amount)),
        (0i64..3_000, 0i64..3).prop_map(|(price, quantity)| custom(price, quantity)),
    ];
    prop_oneof![
        1 => Just(Credited::Rest),
        5 => (-10i64..6_000).prop_map(Credited::Amount),
        5 => prop::collection::vec(line, 0..4).prop_map(Credited::Lines),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_credited_the_figures_agree(
        prices in prop::collection::vec((-2_000i64..6_000, 1i64..3), 1..4),
        acts in prop::collection::vec(prop::option::weighted(0.8, any_credited()), 1..8),
    ) {
        let mut shop = Shop::new();
        let lines: Vec<Priced> = prices.into_iter().map(|(price, quantity)| (price, quantity, "20")).collect();
        prop_assume!(lines.iter().map(|(price, quantity, _)| price * quantity).sum::<i64>() > 0);
        let id = open(&mut shop, &lines);
        for act in acts {
            let before = snapshot(&shop);
            let Some(credited) = act else {
                // Whether it can be paid still is not what this is about.
                let _ = Invoice::mark_paid(&mut shop.world, at("2026-03-17"), id);
                continue;
            };
            match credit(&mut shop, id, credited) {
                Err(_) => prop_assert_eq!(snapshot(&shop), before),
                Ok((note, _)) => {
                    prop_assert_eq!(note.total, amounts(&note).iter().sum::<i64>());
                    prop_assert_eq!(note.subtotal, note.total - note.line_items.iter().map(|line| line.tax).sum::<i64>());
                    for line in &note.line_items {
                        prop_assert_eq!(line.amount, line.price * line.quantity - line.discount_total);
                    }
                }
            }
            let invoice = shop.world.invoices.get(id).unwrap();
            let (pre, post) = (invoice.pre_payment_credit_notes_amount, invoice.post_payment_credit_notes_amount);
            prop_assert_eq!(pre + post, shop.world.credit_notes.iter().map(|note| note.total).sum::<i64>());
            prop_assert!((0..=invoice.total).contains(&(pre + post)));
            prop_assert_eq!(invoice.amount_due, invoice.total - pre - invoice.collection.credit_used);
            prop_assert!(invoice.amount_due > 0 || invoice.status == InvoiceStatus::Paid);
        }
    }

    #[test]
    fn shares_sum_up_and_none_is_beyond_its_part(
        parts in prop_oneof![
            prop::collection::vec(-50i64..100, 1..8),
            prop::collection::vec(any::<i64>(), 1..4),
        ],
        portion in 0.0..=1.0f64,
    ) {
        let whole: i128 = parts.iter().copied().map(i128::from).sum();
        prop_assume!(whole > 0 && whole <= i128::from(i64::MAX));
        let amount = ((whole as f64 * portion) as i64).clamp(1, whole as i64);
        let shared = shares(amount, &parts);
        prop_assert_eq!(shared.iter().copied().map(i128::from).sum::<i128>(), i128::from(amount));
        for (share, part) in shared.iter().zip(&parts) {
            prop_assert!((0.min(*part)..=0.max(*part)).contains(share), "{} of {}", share, part);
        }
        prop_assert_eq!(shares(whole as i64, &parts), parts);
    }
}
