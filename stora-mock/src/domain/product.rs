//! Products and their categories.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::change::{named, set};
use super::faults::Faults;
use super::ids::{OrderId, ProductCategoryId, ProductId, SiteId};
use super::order::OrderStatus;
use super::price::{BasePrices, PricePeriod, Prices, check_base_prices};
use super::refusal::Refusal;
use super::subscription::Subscription;
use super::time::Timestamp;
use super::words::words;
use crate::store::{FacetValue, Record, World, record_fields};

/// Something that a site sells besides storage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// Code for bookkeeping.
    pub accounting_code: Option<String>,
    /// Its category.
    pub category: ProductCategoryId,
    /// Charged once, or in every period.
    pub charge_type: ChargeType,
    /// When it was made.
    pub created_at: Timestamp,
    /// A text about it.
    pub description: Option<String>,
    /// Its name.
    pub name: String,
    /// Its prices: one for `one_time`, or those of periods.
    pub prices: Prices,
    /// Its site.
    pub site: SiteId,
    /// Stock-keeping number.
    pub sku: Option<String>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A category of products; the same for all sites.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ProductCategory {
    pub id: ProductCategoryId,
    pub name: String,
}

/// The data of a product to be made.
#[derive(Debug, Clone)]
pub struct NewProduct {
    /// Its site.
    pub site: SiteId,
    /// Its category.
    pub category: ProductCategoryId,
    /// Its name, which is not empty.
    pub name: String,
    /// A text about it.
    pub description: Option<String>,
    /// Stock-keeping number.
    pub sku: Option<String>,
    /// Code for bookkeeping.
    pub accounting_code: Option<String>,
    /// Charged once, or in every period.
    pub charge_type: ChargeType,
    /// Its prices: the one of `one_time` if it is charged once, else those of any billing periods.
    pub prices: PricesToSet,
}

/// Changes to a product: what is none stays, what is `Some(None)` is cleared. Its site and how it is charged never change.
#[derive(Debug, Clone, Default)]
pub struct ProductChange {
    /// Its category.
    pub category: Option<ProductCategoryId>,
    /// Its name, which is not empty.
    pub name: Option<String>,
    /// A text about it.
    pub description: Option<Option<String>>,
    /// Stock-keeping number.
    pub sku: Option<Option<String>>,
    /// Code for bookkeeping.
    pub accounting_code: Option<Option<String>>,
    /// Prices to be set, each by a new one even if the amount stays; the others stay (L1).
    pub prices: PricesToSet,
}

/// Prices of a product to be set: amounts in minor units, by what they are for.
pub type PricesToSet = BTreeMap<PricePeriod, i64>;

words! {
    /// How a product is charged.
    ChargeType {
        OneTime = "one_time",
        Recurring = "recurring",
    }
}

impl Product {
    /// Makes a product, of which nothing is told (W6).
    ///
    /// # Errors
    /// At `/site/id` and `/category/id`, unknown ids; an empty name at `/name`; below `/prices`, amounts that are below zero,
    /// periods that do not go with the charge type, and the price that a product charged once lacks.
    pub fn create(world: &mut World, at: Timestamp, new: NewProduct) -> Result<ProductId, Refusal> {
        let mut faults = Faults::default();
        faults.check_known("/site/id", &world.sites, Some(new.site));
        check_category(world, new.category, &mut faults);
        faults.check_name(&new.name);
        check_prices(new.charge_type, &new.prices, &mut faults);
        if new.charge_type == ChargeType::OneTime && new.prices.is_empty() {
            faults.add("/prices/one_time", "A product that is charged once has a price.");
        }
        faults.none()?;
        let id = world.ids.fresh();
        let mut prices = Prices::default();
        prices.set_base(&mut world.ids, new.prices);
        world.products.insert(Self {
            id,
            accounting_code: new.accounting_code,
            category: new.category,
            charge_type: new.charge_type,
            created_at: at,
            description: new.description,
            name: new.name,
            prices,
            site: new.site,
            sku: new.sku,
            updated_at: at,
        });
        Ok(id)
    }

    /// Changes a product, of which nothing is told (W6). Orders and subscriptions that have it keep their prices (L2).
    ///
    /// # Errors
    /// Not found; otherwise as on creation.
    pub fn change(world: &mut World, at: Timestamp, id: ProductId, change: ProductChange) -> Result<(), Refusal> {
        let product = world.products.get(id).ok_or(Refusal::NotFound)?;
        let mut faults = Faults::default();
        change.category.iter().for_each(|category| check_category(world, *category, &mut faults));
        change.name.iter().for_each(|name| faults.check_name(name));
        check_prices(product.charge_type, &change.prices, &mut faults);
        faults.none()?;
        let mut prices = product.prices.clone();
        prices.set_base(&mut world.ids, change.prices);
        world.products.amend(id, at, |product| {
            set(&mut product.category, change.category);
            set(&mut product.name, change.name);
            set(&mut product.description, change.description);
            set(&mut product.sku, change.sku);
            set(&mut product.accounting_code, change.accounting_code);
            product.prices = prices;
        });
        Ok(())
    }

    /// Sets the prices of some billing periods for new order lines; those of other periods stay (L1, L2).
    ///
    /// # Errors
    /// Not found; at a period and `/amount`, an amount below zero; a conflict when the product is charged once.
    pub fn set_base_prices(
        world: &mut World,
        at: Timestamp,
        id: ProductId,
        amounts: BasePrices,
    ) -> Result<(), Refusal> {
        let product = world.products.get(id).ok_or(Refusal::NotFound)?;
        let mut faults = Faults::default();
        check_base_prices(&amounts, "", &mut faults);
        faults.none()?;
        if product.charge_type == ChargeType::OneTime {
            let reason = format!("The product {id} is charged once, so that it has no price for a billing period.");
            return Err(Refusal::conflict("", reason));
        }
        let mut prices = product.prices.clone();
        prices.set_base(&mut world.ids, amounts);
        world.products.amend(id, at, |product| product.prices = prices);
        Ok(())
    }

    /// Removes a product that nothing is to charge any more. What was charged for it stays, and names it by its id.
    ///
    /// # Errors
    /// Not found; a conflict while a draft or a finalized order, or a subscription that has not ended, has a line for it.
    pub fn delete(world: &mut World, at: Timestamp, id: ProductId) -> Result<(), Refusal> {
        if !world.products.contains(id) {
            return Err(Refusal::NotFound);
        }
        let item = FacetValue::from(id);
        let mut ordered = world.order_line_items.having("item_id", &item).map(|line| line.order);
        let is_open = |order: &OrderId| {
            let order = world.orders.get(*order);
            order.is_some_and(|it| matches!(it.status, OrderStatus::Draft | OrderStatus::Finalized))
        };
        if let Some(order) = ordered.find(is_open) {
            return Err(Refusal::conflict("", format!("The order {order} has a line for the product {id}.")));
        }
        let goes_on = |subscription: &&Subscription| subscription.ends_at.is_none_or(|end| end > at);
        if let Some(subscription) = world.subscriptions.having("item_id", &item).find(goes_on) {
            let reason = format!("The subscription {} has a line for the product {id}.", subscription.id);
            return Err(Refusal::conflict("", reason));
        }
        world.products.remove(id);
        Ok(())
    }
}

impl ProductCategory {
    /// Makes a category.
    ///
    /// # Errors
    /// An empty name at `/name`.
    pub fn create(world: &mut World, name: String) -> Result<ProductCategoryId, Refusal> {
        named(&name)?;
        let id = world.ids.fresh();
        world.product_categories.insert(Self { id, name });
        Ok(id)
    }
}

fn check_category(world: &World, category: ProductCategoryId, faults: &mut Faults) {
    faults.check_known("/category/id", &world.product_categories, Some(category));
}

/// Notes prices below zero, and prices that do not go with how a product is charged.
fn check_prices(charge_type: ChargeType, prices: &PricesToSet, faults: &mut Faults) {
    for (period, amount) in prices {
        if (*period == PricePeriod::OneTime) != (charge_type == ChargeType::OneTime) {
            let reason = format!("A product charged {charge_type} has no price for {period}.");
            faults.add(format!("/prices/{period}"), reason);
        } else if *amount < 0 {
            faults.add(format!("/prices/{period}/amount"), "A price is not below zero.");
        }
    }
}

impl Record for Product {
    record_fields!(id: ProductId, created_at, updated_at);

    fn facets(&self, add: &mut dyn FnMut(&'static str, FacetValue)) {
        add("site_id", self.site.into());
        add("category_id", self.category.into());
        add("charge_type", self.charge_type.as_str().into());
    }
}

impl Record for ProductCategory {
    type Id = ProductCategoryId;
    const NAMED: bool = true;

    fn id(&self) -> ProductCategoryId {
        self.id
    }

    fn created_at(&self) -> Timestamp {
        Timestamp::default()
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::booking::NewOrder;
    use crate::domain::calendar::{BillingPeriod, end_of_day};
    use crate::domain::completion::abandon;
    use crate::domain::fixtures::{Shop, at, line, pointers, rule};
    use crate::domain::ids::Id;
    use crate::domain::order::OrderLineKind;

    fn new(shop: &mut Shop, charge_type: ChargeType, prices: PricesToSet) -> NewProduct {
        NewProduct {
            site: shop.site,
            category: ProductCategory::create(&mut shop.world, "Locks".to_owned()).unwrap(),
            name: "Padlock".to_owned(),
            description: None,
            sku: Some("LOCK-70".to_owned()),
            accounting_code: None,
            charge_type,
            prices,
        }
    }

    fn once(amount: i64) -> PricesToSet {
        PricesToSet::from([(PricePeriod::OneTime, amount)])
    }

    fn amounts(shop: &Shop, id: ProductId) -> Vec<(PricePeriod, i64)> {
        shop.world.products.get(id).unwrap().prices.iter().map(|price| (price.period, price.amount)).collect()
    }

    #[test]
    fn a_product_charged_once_has_one_price_and_a_recurring_one_those_of_periods() {
        let mut shop = Shop::new();
        let lock = new(&mut shop, ChargeType::OneTime, once(1_200));
        let lock = Product::create(&mut shop.world, at("2026-03-02"), lock).unwrap();
        assert_eq!(amounts(&shop, lock), [(PricePeriod::OneTime, 1_200)]);
        let periods = PricesToSet::from([(PricePeriod::Monthly, 800), (PricePeriod::Weekly, 0)]);
        let shelves = new(&mut shop, ChargeType::Recurring, periods);
        let shelves = Product::create(&mut shop.world, at("2026-03-02"), shelves).unwrap();
        assert_eq!(amounts(&shop, shelves), [(PricePeriod::Weekly, 0), (PricePeriod::Monthly, 800)]);
    }

    #[test]
    fn all_that_is_wrong_with_a_product_is_named() {
        let mut shop = Shop::new();
        let both = PricesToSet::from([(PricePeriod::Monthly, 100), (PricePeriod::OneTime, -1)]);
        let bad = NewProduct {
            site: Id::new(1),
            category: Id::new(1),
            name: " ".to_owned(),
            ..new(&mut shop, ChargeType::OneTime, both)
        };
        let refused = Product::create(&mut shop.world, at("2026-03-02"), bad);
        let expected = ["/site/id", "/category/id", "/name", "/prices/monthly", "/prices/one_time/amount"];
        assert_eq!(pointers(refused), expected);
        let bare = new(&mut shop, ChargeType::OneTime, PricesToSet::new());
        assert_eq!(pointers(Product::create(&mut shop.world, at("2026-03-02"), bare)), ["/prices/one_time"]);
        let mixed = new(&mut shop, ChargeType::Recurring, once(1));
        assert_eq!(pointers(Product::create(&mut shop.world, at("2026-03-02"), mixed)), ["/prices/one_time"]);
        assert_eq!(pointers(ProductCategory::create(&mut shop.world, String::new())), ["/name"]);
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name_and_tells_of_nothing() {
        let mut shop = Shop::new();
        let lock = new(&mut shop, ChargeType::OneTime, once(1_200));
        let id = Product::create(&mut shop.world, at("2026-03-02"), lock).unwrap();
        let change = ProductChange { sku: Some(None), prices: once(1_500), ..ProductChange::default() };
        let act = |world: &mut World| Product::change(world, at("2026-03-03"), id, change);
        let ((), events) = shop.world.transact(act).unwrap();
        assert_eq!(events, []);
        let product = shop.world.products.get(id).unwrap();
        assert_eq!((product.name.as_str(), product.sku.as_deref()), ("Padlock", None));
        assert_eq!((amounts(&shop, id), product.updated_at), (vec![(PricePeriod::OneTime, 1_500)], at("2026-03-03")));
        Product::change(&mut shop.world, at("2026-03-04"), id, ProductChange::default()).unwrap();
        assert_eq!(shop.world.products.get(id).unwrap().updated_at, at("2026-03-03"));
        let bad = ProductChange {
            category: Some(Id::new(1)),
            name: Some(String::new()),
            prices: PricesToSet::from([(PricePeriod::Yearly, 1)]),
            ..ProductChange::default()
        };
        let refused = Product::change(&mut shop.world, at("2026-03-04"), id, bad);
        assert_eq!(pointers(refused), ["/category/id", "/name", "/prices/yearly"]);
        let unknown = Product::change(&mut shop.world, at("2026-03-04"), Id::new(1), ProductChange::default());
        assert_eq!(unknown, Err(Refusal::NotFound));
    }

    #[test]
    fn base_prices_merge_for_recurring_products_alone() {
        let mut shop = Shop::new();
        let id = shop.recurring_product;
        let prices = BasePrices::from([(BillingPeriod::Weekly, 100)]);
        let act = |world: &mut World| Product::set_base_prices(world, at("2026-03-02"), id, prices.clone());
        assert_eq!(shop.world.transact(act).unwrap().1, []);
        assert_eq!(amounts(&shop, id), [(PricePeriod::Weekly, 100), (PricePeriod::Monthly, 400)]);
        let before = shop.world.products.get(id).unwrap().prices.clone();
        Product::set_base_prices(&mut shop.world, at("2026-03-03"), id, prices.clone()).unwrap();
        let product = shop.world.products.get(id).unwrap();
        assert_ne!(product.prices, before, "the same amount has another id");
        assert_eq!(product.updated_at, at("2026-03-03"));
        let mut set = |id, prices| Product::set_base_prices(&mut shop.world, at("2026-03-02"), id, prices);
        assert_eq!(rule(set(shop.one_time_product, prices.clone())), "");
        assert_eq!(set(Id::new(1), prices), Err(Refusal::NotFound));
        let negative = BasePrices::from([(BillingPeriod::Yearly, -1)]);
        assert_eq!(pointers(set(shop.one_time_product, negative)), ["/yearly/amount"]);
    }

    #[test]
    fn a_product_stays_while_something_is_to_charge_it() {
        let mut shop = Shop::new();
        let (lock, shelves) = (shop.one_time_product, shop.recurring_product);
        let delete = |shop: &mut Shop, id| Product::delete(&mut shop.world, at("2026-05-01"), id);
        let draft = NewOrder { line_items: vec![line(OrderLineKind::Product, lock)], ..shop.draft() };
        let draft = shop.order("2026-03-02", draft).unwrap();
        assert_eq!(rule(delete(&mut shop, lock)), "");
        abandon(&mut shop.world, at("2026-03-02"), draft).unwrap();

        let mut booking = shop.booking("2026-03-02");
        booking.line_items.extend([lock, shelves].map(|product| line(OrderLineKind::Product, product)));
        let subscription = shop.rent("2026-03-02", booking);
        assert_eq!(delete(&mut shop, lock), Ok(()), "it was charged");
        assert_eq!(delete(&mut shop, lock), Err(Refusal::NotFound));
        assert_eq!(rule(delete(&mut shop, shelves)), "");
        let end = end_of_day("2026-04-30".parse().unwrap(), chrono_tz::Europe::London);
        shop.world.subscriptions.update(subscription, |subscription| subscription.ends_at = Some(end));
        assert_eq!(delete(&mut shop, shelves), Ok(()));
    }
}
