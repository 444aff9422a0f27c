//! A small business for tests of acts: one site with what it rents out and sells.

use super::booking::{Booker, Finalizing, NewOrder};
use super::calendar::BillingPeriod;
use super::completion::{PayOutcome, Payment, pay};
use super::contact::{ChargeOutcome, Contact, NewContact};
use super::coupon::{CouponDuration, NewCoupon};
use super::discount::{AutoApplyTo, Reduction};
use super::event::{Event, EventKind};
use super::ids::{
    ContactId, InvoiceId, OrderId, ProductCategoryId, ProductId, ProtectionLevelId, SiteId, SubscriptionId, UnitTypeId,
};
use super::invoice::Invoice;
use super::metadata::Metadata;
use super::money::Percent;
use super::notice::NoticeKind;
use super::order::{Emails, Order, OrderLineKind, OrderSource, PaymentMethod, StartsAt};
use super::order_lines::NewLine;
use super::price::{Price, PricePeriod, Prices};
use super::product::{ChargeType, Product};
use super::protection_level::ProtectionLevel;
use super::refusal::Refusal;
use super::schedule;
use super::settings::Settings;
use super::site::{AccessHours, DayHours, DayStatus, Site, SiteAddress, SiteSettings};
use super::subscription::Subscription;
use super::tax::TaxRates;
use super::time::Timestamp;
use super::unit::{Unit, UnitStatus};
use super::unit_type::{UnitType, UnitTypeSettings, UnitTypeStatus};
use crate::store::{FacetValue, World};

/// A site in London that rents out a unit type of 120.00 a month and 30.00 a week with a deposit of 50.00, sells protection of
/// 11.20 a month, insurance of locks at 4.00 a month and boxes at 2.50, and knows one contact.
pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) site: SiteId,
    pub(crate) unit_type: UnitTypeId,
    pub(crate) protection: ProtectionLevelId,
    pub(crate) recurring_product: ProductId,
    pub(crate) one_time_product: ProductId,
    pub(crate) contact: ContactId,
}

/// Midday in UTC on a date such as `2026-03-02`.
pub(crate) fn at(date: &str) -> Timestamp {
    format!("{date}T12:00:00Z").parse().unwrap()
}

/// The instant that a text names.
pub(crate) fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Does what falls due up to an instant, that instant included, as the clock does: each act as a whole, at its own instant. None may
/// be refused. Gives the events.
pub(crate) fn advance(world: &mut World, to: Timestamp) -> Vec<Event> {
    let mut events = Vec::new();
    while let Some((due, subject)) = world.next_due().filter(|(due, _)| due.at <= to) {
        match world.transact(|world| schedule::run(world, due, subject)) {
            Ok(((), told)) => events.extend(told),
            Err(refusal) => panic!("{due:?} of {subject} is refused: {refusal}"),
        }
        assert_ne!(world.next_due(), Some((due, subject)), "it is due for ever");
    }
    events
}

/// The rule that a conflict cites.
pub(crate) fn rule<T: std::fmt::Debug>(result: Result<T, Refusal>) -> &'static str {
    match result {
        Err(Refusal::Conflict { rule, .. }) => rule,
        other => panic!("{other:?} is no conflict"),
    }
}

/// The pointers of the faults that were found.
pub(crate) fn pointers<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Vec<String> {
    match result {
        Err(Refusal::Invalid(faults)) => faults.into_iter().map(|fault| fault.pointer).collect(),
        other => panic!("{other:?} names no faults"),
    }
}

/// The types of events, in order.
pub(crate) fn kinds(events: &[Event]) -> Vec<EventKind> {
    events.iter().map(|event| event.kind).collect()
}

/// Tax rates in percent.
pub(crate) fn rates<const N: usize>(percents: [&str; N]) -> TaxRates {
    TaxRates::try_from(percents.map(|text| text.parse().unwrap()).to_vec()).unwrap()
}

/// Half off the first invoice, on unit types alone.
pub(crate) fn half_off() -> NewCoupon {
    NewCoupon {
        name: "Half off".to_owned(),
        title: None,
        code: None,
        public: false,
        reduction: percent_off("50"),
        auto_apply_to: AutoApplyTo::default(),
        duration: CouponDuration::Once,
        months: None,
        billing_period: None,
        max_redemptions: None,
        expires_on: None,
    }
}

pub(crate) fn percent_off(percent: &str) -> Reduction {
    Reduction::Percentage(percent.parse::<Percent>().unwrap().try_into().unwrap())
}

/// One piece at the catalogue price.
pub(crate) fn line(kind: OrderLineKind, item: impl Into<super::ids::AnyId>) -> NewLine {
    NewLine { kind, item: item.into(), quantity: 1, price: None }
}

impl Shop {
    pub(crate) fn new() -> Self {
        let mut world = World::new(Settings::named("Test"), 1);
        let opened = at("2026-01-01");
        let site = site(&mut world, opened);
        let unit_type = unit_type(&mut world, opened, site);
        let protection = world.ids.fresh();
        world.protection_levels.insert(ProtectionLevel {
            id: protection,
            account_code: Some("4100".to_owned()),
            cover_level: 200_000,
            created_at: opened,
            prices: prices(&[(PricePeriod::Monthly, 1_120)]),
            public: true,
            stripe_product_id: None,
            updated_at: opened,
        });
        let recurring_product = product(&mut world, opened, site, ChargeType::Recurring, (PricePeriod::Monthly, 400));
        let one_time_product = product(&mut world, opened, site, ChargeType::OneTime, (PricePeriod::OneTime, 250));
        let new = NewContact { email: "anna@example.com".to_owned(), ..NewContact::default() };
        let contact = Contact::create(&mut world, opened, new).unwrap();
        Self { world, site, unit_type, protection, recurring_product, one_time_product, contact }
    }

    /// All that there is, to be compared.
    pub(crate) fn snapshot(&self) -> String {
        serde_json::to_string(&self.world).unwrap()
    }

    /// A unit of the type that can be had.
    pub(crate) fn add_unit(&mut self, reference_id: &str) {
        let (id, now) = (self.world.ids.fresh(), at("2026-01-01"));
        self.world.units.insert(Unit {
            id,
            created_at: now,
            reference_id: reference_id.to_owned(),
            site: self.site,
            status: UnitStatus::Available,
            allocation: None,
            unit_type: self.unit_type,
            updated_at: now,
            overlocked_by_itself: false,
            smart_entry: None,
        });
    }

    pub(crate) fn settings(&mut self, change: impl FnOnce(&mut SiteSettings)) {
        self.world.sites.update(self.site, |site| change(&mut site.settings));
    }

    /// A draft with nothing in it.
    pub(crate) fn draft(&self) -> NewOrder {
        NewOrder {
            site: self.site,
            source: OrderSource::PublicApi,
            billing_period: None,
            payment_method: PaymentMethod::Card,
            purchase_order_number: None,
            starts_at: None,
            emails: Emails { booking_confirmation: true, move_in_day: true },
            coupon: None,
            contract_template: None,
            contact: None,
            line_items: Vec::new(),
            metadata: Metadata::new(),
            finalize: None,
        }
    }

    /// A month's rent of one unit, from a day on, to be finalized at once.
    pub(crate) fn booking(&self, start: &str) -> NewOrder {
        NewOrder {
            billing_period: Some(BillingPeriod::Monthly),
            starts_at: Some(StartsAt::At(at(start))),
            contact: Some(Booker::Known(self.contact)),
            line_items: vec![line(OrderLineKind::UnitType, self.unit_type)],
            finalize: Some(Finalizing::default()),
            ..self.draft()
        }
    }

    /// Makes an order, as an act.
    pub(crate) fn order(&mut self, now: &str, new: NewOrder) -> Result<OrderId, Refusal> {
        self.world.transact(|world| Order::create(world, at(now), new)).map(|(id, _)| id)
    }

    /// Books and pays at once. Gives the subscription.
    pub(crate) fn rent(&mut self, now: &str, new: NewOrder) -> SubscriptionId {
        let id = self.order(now, new).unwrap();
        let paid = pay(&mut self.world, at(now), id, PayOutcome::Succeed, None);
        assert_eq!(paid, Ok(Payment::Completed));
        self.world.orders.get(id).and_then(|order| order.subscription).unwrap()
    }

    /// Lets time pass up to midday of a date.
    pub(crate) fn advance(&mut self, to: &str) -> Vec<Event> {
        advance(&mut self.world, at(to))
    }

    /// Lets the contact's coming charges end so.
    pub(crate) fn charges(&mut self, outcome: ChargeOutcome) {
        self.world.contacts.update(self.contact, |contact| contact.account.charges = outcome);
    }

    pub(crate) fn invoice(&self, id: InvoiceId) -> &Invoice {
        self.world.invoices.get(id).unwrap()
    }

    /// The states of the units, in the order in which they were made.
    pub(crate) fn units(&self) -> Vec<UnitStatus> {
        self.world.units.iter().map(|unit| unit.status).collect()
    }

    /// What customers were told of their bills, in order.
    pub(crate) fn notices(&self) -> Vec<NoticeKind> {
        let of_bills = |kind: &NoticeKind| matches!(kind, NoticeKind::InvoiceSent | NoticeKind::PaymentFailed);
        self.world.notices.iter().map(|notice| notice.kind).filter(of_bills).collect()
    }

    pub(crate) fn subscription(&self, id: SubscriptionId) -> &Subscription {
        self.world.subscriptions.get(id).unwrap()
    }

    /// The invoices of a subscription, in the order in which they were raised.
    pub(crate) fn invoices(&self, id: SubscriptionId) -> Vec<&Invoice> {
        self.world.invoices.having("subscription_id", &FacetValue::from(id)).collect()
    }
}

/// Prices of so many minor units.
pub(crate) fn prices(amounts: &[(PricePeriod, i64)]) -> Prices {
    let mut prices = Prices::default();
    for (period, amount) in amounts {
        prices.set(Price { period: *period, amount: *amount, stripe_price_id: "price_1".to_owned() });
    }
    prices
}

pub(crate) fn site(world: &mut World, opened: Timestamp) -> SiteId {
    let id = world.ids.fresh();
    let day = || DayHours { status: DayStatus::TwentyFourHours, open: None, close: None };
    world.sites.insert(Site {
        id,
        access_hours: AccessHours {
            friday: day(),
            monday: day(),
            saturday: day(),
            sunday: day(),
            thursday: day(),
            tuesday: day(),
            wednesday: day(),
        },
        address: SiteAddress {
            city: "London".to_owned(),
            line_1: "1 Wharf Road".to_owned(),
            line_2: None,
            postal_code: "N1 7GR".to_owned(),
        },
        created_at: opened,
        description: None,
        google_maps_url: None,
        image: None,
        name: "Wharf Road".to_owned(),
        opened_at: Some(opened),
        phone: None,
        updated_at: opened,
        settings: SiteSettings::default(),
    });
    id
}

pub(crate) fn unit_type(world: &mut World, made: Timestamp, site: SiteId) -> UnitTypeId {
    let id = world.ids.fresh();
    let prices = prices(&[(PricePeriod::Weekly, 3_000), (PricePeriod::Monthly, 12_000)]);
    world.unit_types.insert(UnitType {
        id,
        created_at: made,
        dimensions: None,
        image: None,
        name: "50 sq ft".to_owned(),
        prices: prices.clone(),
        promotion: None,
        require_insurance_coverage: false,
        security_deposit: Some(5_000),
        selling_points: Vec::new(),
        site,
        size_description: None,
        slug: "50-sq-ft".to_owned(),
        status: UnitTypeStatus::Bookable,
        stripe_product_id: None,
        updated_at: made,
        settings: UnitTypeSettings { base_prices: prices, ..UnitTypeSettings::default() },
    });
    id
}

fn product(
    world: &mut World,
    made: Timestamp,
    site: SiteId,
    charge_type: ChargeType,
    price: (PricePeriod, i64),
) -> ProductId {
    let id = world.ids.fresh();
    let category: ProductCategoryId = world.ids.fresh();
    world.products.insert(Product {
        id,
        accounting_code: Some("4200".to_owned()),
        category,
        charge_type,
        created_at: made,
        description: None,
        name: format!("A product charged {charge_type}"),
        prices: prices(&[price]),
        site,
        sku: None,
        updated_at: made,
    });
    id
}
