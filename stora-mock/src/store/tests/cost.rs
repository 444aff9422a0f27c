//! What lists cost.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::domain::ids::{ContactId, Id, SiteId, mix};
use crate::domain::time::Timestamp;

use super::super::{FacetValue, Period, Record, Selection, Sort, Table};
use super::{Item, item};

/// A contact's worth of record, to measure with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Contact {
    item: Item,
    email: Option<String>,
    phone: String,
    address: [String; 4],
}

impl Record for Contact {
    type Id = ContactId;
    const NAMED: bool = true;

    fn id(&self) -> ContactId {
        self.item.id
    }

    fn created_at(&self) -> Timestamp {
        self.item.created_at
    }

    fn updated_at(&self) -> Timestamp {
        self.item.updated_at
    }

    fn touch(&mut self, at: Timestamp) {
        self.item.updated_at = at;
    }

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        self.item.facets(add);
        add("email", self.email.clone().into());
    }

    fn name(&self) -> Option<&str> {
        self.item.name()
    }
}

/// The contact of a number, made that many seconds after 1970.
fn contact(number: u64) -> Contact {
    let mut item = item(mix(number), number as i64, number as i64);
    item.name = item.name.map(|name| format!("{name} {:x}", mix(number) >> 40));
    Contact {
        email: Some(format!("{:x}@example.com", mix(number) >> 16)),
        phone: format!("+44 20 {number:08}"),
        address: [format!("{number} High Street"), "Upper Floor".into(), "London".into(), "N1 9GU".into()],
        item,
    }
}

/// `cargo test --release -p stora-mock --lib store -- --ignored --nocapture`
#[test]
#[ignore = "measures; only worth it in a release build"]
fn what_lists_cost() {
    let sizes = [1_000, 1_000_000];
    let tables = sizes.map(filled);
    println!("{:<60} {:>10} {:>10}", "median of a call", "1k rows", "1M rows");
    for (what, selection) in CASES {
        let [small, large] = [0, 1].map(|at| {
            let (table, selection) = (&tables[at], selection(sizes[at]));
            let rounds = if timed(1, || table.select(&selection)) < Duration::from_millis(1) { 2_000 } else { 50 };
            timed(rounds, || table.select(&selection))
        });
        println!("{what:<60} {small:>10.1?} {large:>10.1?}");
    }
}

/// A table of so many contacts, of which every tenth was updated later.
fn filled(rows: u64) -> Table<Contact> {
    let mut table = Table::new();
    let start = Instant::now();
    (0..rows).for_each(|number| assert!(table.insert(contact(number))));
    println!("{rows} insertions: {:.1?} each", start.elapsed() / rows as u32);
    let start = Instant::now();
    for number in (0..rows).step_by(10) {
        let at = Timestamp::from_unix((rows + number) as i64);
        table.amend(contact(number).id(), at, |contact| contact.phone.push('0'));
    }
    println!("{} amendments: {:.1?} each", rows / 10, start.elapsed() / (rows as u32 / 10));
    table
}

/// What is asked of a table of `n` rows.
type Case = (&'static str, fn(n: u64) -> Selection);

const CASES: [Case; 20] = [
    ("first page", |_| all()),
    ("page 10,000 (of 1k rows: 10)", |n| Selection { page: 10_000.min(n / 100), ..all() }),
    ("filtered", |_| red()),
    ("filtered, middle page", |n| Selection { page: n / 450, ..red() }),
    ("filtered by a value of one row", |_| Selection {
        any_of: vec![("email", vec![contact(7).email.into()])],
        ..all()
    }),
    ("filtered, created_after", |n| Selection { created: since(n / 2), ..red() }),
    ("two values of a field", |_| Selection { any_of: vec![red_or_blue()], ..all() }),
    ("two values of a field and another field", |_| Selection {
        any_of: vec![red_or_blue(), ("site", vec![SiteId::new(1).into()])],
        ..all()
    }),
    ("updated_after half of all", |n| Selection { updated: since(n / 2), ..all() }),
    ("updated_before half of all, middle page", |n| Selection {
        updated: Period { after: None, before: since(n / 2).after },
        page: n / 200,
        ..all()
    }),
    ("by updated_at, updated_after", |n| Selection { updated: since(n * 3 / 2), ..synced(all()) }),
    ("by updated_at, updated_after 500 rows, filtered", |n| Selection {
        updated: since((2 * n).saturating_sub(5_000)),
        ..synced(red())
    }),
    ("by updated_at, updated_after half of all, filtered", |n| Selection { updated: since(n / 2), ..synced(red()) }),
    ("by updated_at, filtered", |_| synced(red())),
    ("by updated_at, filtered, middle page", |n| Selection { page: n / 450, ..synced(red()) }),
    ("by name", |_| named(all())),
    ("by name, middle page", |n| Selection { page: n / 100, ..named(all()) }),
    ("by name, filtered", |_| named(red())),
    ("by name, filtered, middle page", |n| Selection { page: n / 450, ..named(red()) }),
    ("by name, updated_after half of all, filtered, middle page", |n| Selection {
        updated: since(n / 2),
        page: n / 900,
        ..named(red())
    }),
];

fn all() -> Selection {
    Selection::default()
}

/// Some two rows in nine.
fn red() -> Selection {
    Selection { any_of: vec![("colour", vec!["red".into()])], ..all() }
}

fn red_or_blue() -> (&'static str, Vec<FacetValue>) {
    ("colour", vec!["red".into(), "blue".into()])
}

fn synced(selection: Selection) -> Selection {
    Selection { sort: Sort::Updated, descending: false, ..selection }
}

fn named(selection: Selection) -> Selection {
    Selection { sort: Sort::Name, descending: false, ..selection }
}

fn since(second: u64) -> Period {
    Period { after: Some(Timestamp::from_unix(second as i64)), before: None }
}

/// The median of so many rounds, which other work of the machine disturbs little.
fn timed<R>(rounds: usize, mut act: impl FnMut() -> R) -> Duration {
    let mut times: Vec<_> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            black_box(act());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[rounds / 2]
}
