//! The people of the demo business. They are made up: names of word lists, addresses of email that nobody can have, and phone
//! numbers that Ofcom keeps for drama.

use crate::domain::contact::{Address, Contact, NewContact};
use crate::domain::ids::{ContactId, IdSource};
use crate::domain::metadata::Metadata;
use crate::store::World;

use super::agenda::{Agenda, Done};
use super::{below, pick};

/// Someone who was met on a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub(super) contact: ContactId,
    /// When it was made, as a day counted from today.
    pub(super) met: i64,
    pub(super) is_company: bool,
}

/// Everyone, in the order in which they were met.
pub(super) struct People {
    /// Those who come to rent.
    pub(super) customers: Vec<Person>,
    /// Those who do not.
    pub(super) leads: Vec<Person>,
}

/// How many people there are.
const COUNT: i64 = 72;

/// One of so many people never rents.
const ONE_LEAD_IN: i64 = 5;

/// One of so many people is a company.
const ONE_COMPANY_IN: i64 = 7;

/// The day on which the first of them was met.
const FIRST: i64 = -440;

/// Days from one meeting to the next.
const APART: i64 = 6;

const FIRST_NAMES: [&str; 24] = [
    "Amelia", "Oliver", "Isla", "George", "Priya", "Harry", "Ava", "Mohammed", "Freya", "Jack", "Zara", "Tomasz",
    "Grace", "Leo", "Aisha", "Arthur", "Nia", "Samuel", "Ffion", "Daniel", "Chloe", "Callum", "Mei", "Patrick",
];

const LAST_NAMES: [&str; 24] = [
    "Hart",
    "Okafor",
    "Pearce",
    "Ahmed",
    "Llewellyn",
    "Nowak",
    "Fletcher",
    "Bassett",
    "Chaudhry",
    "Doyle",
    "Farrow",
    "Gray",
    "Holt",
    "Ingram",
    "Jarvis",
    "Kendrick",
    "Lowe",
    "Marsh",
    "Norris",
    "Osborne",
    "Patel",
    "Quinn",
    "Rowe",
    "Shaw",
];

const TRADES: [&str; 8] =
    ["Joinery", "Catering", "Cycles", "Events", "Interiors", "Plumbing", "Records", "Theatre Company"];

const STREETS: [&str; 10] = [
    "Mill Lane",
    "Station Road",
    "Chapel Street",
    "Victoria Terrace",
    "Dock Road",
    "Orchard Close",
    "Church Hill",
    "Albert Street",
    "Meadow Way",
    "Harbour View",
];

/// Towns with the beginning of a postal code.
const TOWNS: [(&str, &str); 6] = [
    ("Bristol", "BS1"),
    ("Bath", "BA2"),
    ("Cardiff", "CF10"),
    ("Newport", "NP20"),
    ("Liverpool", "L3"),
    ("Chester", "CH1"),
];

/// Meets everyone: makes the contacts.
///
/// # Errors
/// None: no email address comes twice.
pub(super) fn meet(world: &mut World, agenda: &Agenda) -> Done<People> {
    let mut people = People { customers: Vec::new(), leads: Vec::new() };
    for number in 0..COUNT {
        let met = FIRST + number * APART;
        let is_company = number % ONE_COMPANY_IN == 3;
        let new = made_up(&mut world.ids, number, is_company);
        let contact = Contact::create(world, agenda.at(met, 9), new)?;
        let person = Person { contact, met, is_company };
        if number % ONE_LEAD_IN == 4 { people.leads.push(person) } else { people.customers.push(person) }
    }
    Ok(people)
}

/// Someone, whose email address has a number of its own.
fn made_up(ids: &mut IdSource, number: i64, is_company: bool) -> NewContact {
    let first = pick(ids, &FIRST_NAMES).unwrap_or_default();
    let last = pick(ids, &LAST_NAMES).unwrap_or_default();
    let trade = pick(ids, &TRADES).unwrap_or_default();
    let street = pick(ids, &STREETS).unwrap_or_default();
    let (city, postal_area) = pick(ids, &TOWNS).unwrap_or_default();
    let (full_name, email) = if is_company {
        (format!("{last} {trade} Ltd"), format!("accounts{number}@{}.example.org", last.to_lowercase()))
    } else {
        (format!("{first} {last}"), format!("{}.{}{number}@example.com", first.to_lowercase(), last.to_lowercase()))
    };
    let postal_code = format!("{postal_area} {}{}", below(ids, 9) + 1, ids.text(2, b"ABDEFGHJLNPQRSTUWXYZ"));
    let address = Address {
        city: Some(city.to_owned()),
        country_alpha2: Some("GB".to_owned()),
        line_1: Some(format!("{} {street}", below(ids, 120) + 1)),
        postal_code: Some(postal_code),
        ..Address::default()
    };
    // Some say little about themselves.
    let token = |ids: &mut IdSource, tokens: &[&str]| pick(ids, tokens).filter(|it| !it.is_empty()).map(str::to_owned);
    let digits = |ids: &mut IdSource, length| ids.text(length, b"0123456789");
    NewContact {
        email,
        full_name: Some(full_name),
        phone_number: (number % 8 != 6).then(|| format!("+44 7700 900{}", digits(ids, 3))),
        tax_id: is_company.then(|| format!("GB{}", digits(ids, 9))),
        company_registration_number: is_company.then(|| digits(ids, 8)),
        address: (number % 5 != 4 || is_company).then_some(address),
        kind: (number % 9 != 8).then(|| if is_company { "company" } else { "domestic" }.to_owned()),
        marketing_source: token(ids, &["recommendation", "used_before", "search_engine", "", "drive_by"]),
        source: token(ids, &["walkin", "website", "phone", "", "pre_open"]),
        use_case: if is_company {
            Some("business_needs".to_owned())
        } else {
            token(ids, &["more_space", "moving_home", "renovation", ""])
        },
        metadata: if number % 10 == 0 {
            Metadata::from([("crm.contact".to_owned(), format!("{}", 8_800 + number))])
        } else {
            Metadata::new()
        },
    }
}
