//! Products, their categories, and protection levels.

use schemars::JsonSchema;
use serde::Deserialize;
use stora_client::types;

use super::{PeriodAmounts, ProductAmounts, given};
use crate::api::body_id;
use crate::contract::Method::{Delete, Patch, Post};
use crate::control::handle::{Make, known};
use crate::control::route::{Route, Tag, route};
use crate::control::{ControlError, OperatorControl};
use crate::domain::ids::{ProductCategoryId, ProductId, ProtectionLevelId};
use crate::domain::price::BasePrices;
use crate::domain::product::{ChargeType, NewProduct, Product, ProductCategory, ProductChange};
use crate::domain::protection_level::{NewProtectionLevel, ProtectionLevel, ProtectionLevelChange};
use crate::domain::time::Timestamp;
use crate::store::World;

/// A product to make.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProduct {
    /// Its site.
    pub site_id: String,
    /// Its category.
    pub category_id: String,
    /// Its name.
    pub name: String,
    /// A text about it.
    pub description: Option<String>,
    /// Stock-keeping number.
    pub sku: Option<String>,
    /// Code for bookkeeping.
    pub accounting_code: Option<String>,
    /// Charged once, or in every period.
    pub charge_type: ChargeType,
    /// Its prices.
    pub prices: ProductAmounts,
}

/// Changes to a product. Its site and how it is charged never change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeProduct {
    /// Its category.
    pub category_id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// A text about it.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub description: Option<Option<String>>,
    /// Stock-keeping number.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub sku: Option<Option<String>>,
    /// Code for bookkeeping.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub accounting_code: Option<Option<String>>,
    /// Prices to set.
    #[serde(default)]
    pub prices: ProductAmounts,
}

/// A category of products to make. It is the same for all sites.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProductCategory {
    /// Its name.
    pub name: String,
}

/// A protection level to make.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProtectionLevel {
    /// The sum covered, in minor units.
    #[schemars(range(min = 1))]
    pub cover_level: i64,
    /// Its prices: one at least.
    pub prices: PeriodAmounts,
    /// Whether customers can choose it.
    #[serde(default)]
    pub public: bool,
    /// Code for bookkeeping.
    pub account_code: Option<String>,
}

/// Changes to a protection level.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeProtectionLevel {
    /// The sum covered, in minor units.
    #[schemars(range(min = 1))]
    pub cover_level: Option<i64>,
    /// Prices to set.
    #[serde(default)]
    pub prices: PeriodAmounts,
    /// Whether customers can choose it.
    pub public: Option<bool>,
    /// Code for bookkeeping.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<String>")]
    pub account_code: Option<Option<String>>,
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Post, "/products", "product_create", Tag::Products, "Makes a product.")
            .takes::<CreateProduct>()
            .status(201)
            .record("product", "Product", |operator, _, new| operator.create_product(new)),
        route(Patch, "/products/{product_id}", "product_update", Tag::Products, "Changes a product.")
            .takes::<ChangeProduct>()
            .record("product", "Product", |operator, input, change| {
                operator.change_product(input.param("product_id"), change)
            }),
        route(
            Delete,
            "/products/{product_id}",
            "product_delete",
            Tag::Products,
            "Removes a product that nothing charges any more.",
        )
        .operator_does(|operator, input, ()| operator.delete_product(input.param("product_id"))),
        route(
            Post,
            "/product_categories",
            "product_category_create",
            Tag::ProductCategories,
            "Makes a category of products.",
        )
        .takes::<CreateProductCategory>()
        .status(201)
        .record("product_category", "ProductCategory", |operator, _, new| operator.create_product_category(new)),
        route(
            Post,
            "/protection_levels",
            "protection_level_create",
            Tag::ProtectionLevels,
            "Makes a protection level.",
        )
        .takes::<CreateProtectionLevel>()
        .status(201)
        .record("protection_level", "ProtectionLevel", |operator, _, new| operator.create_protection_level(new)),
        route(
            Patch,
            "/protection_levels/{protection_level_id}",
            "protection_level_update",
            Tag::ProtectionLevels,
            "Changes a protection level.",
        )
        .takes::<ChangeProtectionLevel>()
        .record("protection_level", "ProtectionLevel", |operator, input, change| {
            operator.change_protection_level(input.param("protection_level_id"), change)
        }),
    ]
}

impl OperatorControl {
    /// Makes a product.
    ///
    /// # Errors
    /// Values that cannot be.
    pub fn create_product(&self, new: CreateProduct) -> Result<types::Product, ControlError> {
        self.make(new)
    }

    /// Changes a product. Orders and subscriptions that have it keep their prices (L2).
    ///
    /// # Errors
    /// Not found; otherwise as on creation.
    pub fn change_product(&self, id: &str, change: ChangeProduct) -> Result<types::Product, ControlError> {
        self.act_on::<Product>(|world, now| {
            let id = known(id)?;
            let change = ProductChange {
                category: change.category_id.map(|id| body_id(&id, "/category_id")).transpose()?,
                name: change.name,
                description: change.description,
                sku: change.sku,
                accounting_code: change.accounting_code,
                prices: change.prices.into(),
            };
            Product::change(world, now, id, change).map_err(|refusal| ControlError::from(refusal).naming_ids())?;
            Ok(id)
        })
    }

    /// Removes a product.
    ///
    /// # Errors
    /// Not found; a conflict while something is still to be charged for it.
    pub fn delete_product(&self, id: &str) -> Result<(), ControlError> {
        self.act(|world, now| Ok(Product::delete(world, now, known(id)?)?))
    }

    /// Makes a category of products.
    ///
    /// # Errors
    /// An empty name.
    pub fn create_product_category(&self, new: CreateProductCategory) -> Result<types::ProductCategory, ControlError> {
        self.make(new)
    }

    /// Makes a protection level.
    ///
    /// # Errors
    /// Values that cannot be.
    pub fn create_protection_level(&self, new: CreateProtectionLevel) -> Result<types::ProtectionLevel, ControlError> {
        self.make(new)
    }

    /// Changes a protection level.
    ///
    /// # Errors
    /// Not found; values that cannot be.
    pub fn change_protection_level(
        &self,
        id: &str,
        change: ChangeProtectionLevel,
    ) -> Result<types::ProtectionLevel, ControlError> {
        self.act_on::<ProtectionLevel>(|world, now| {
            let id = known(id)?;
            let ChangeProtectionLevel { cover_level, prices, public, account_code } = change;
            let prices = BasePrices::from(prices);
            if !prices.is_empty() {
                ProtectionLevel::set_base_prices(world, now, id, prices)
                    .map_err(|refusal| ControlError::from(refusal).inside("/prices"))?;
            }
            ProtectionLevel::change(world, now, id, ProtectionLevelChange { account_code, cover_level, public })?;
            Ok(id)
        })
    }
}

impl From<CreateProtectionLevel> for NewProtectionLevel {
    fn from(level: CreateProtectionLevel) -> Self {
        let CreateProtectionLevel { cover_level, prices, public, account_code } = level;
        Self { account_code, cover_level, prices: prices.into(), public }
    }
}

impl Make for CreateProduct {
    type Made = Product;

    fn make(self, world: &mut World, at: Timestamp) -> Result<ProductId, ControlError> {
        let new = NewProduct {
            site: body_id(&self.site_id, "/site_id")?,
            category: body_id(&self.category_id, "/category_id")?,
            name: self.name,
            description: self.description,
            sku: self.sku,
            accounting_code: self.accounting_code,
            charge_type: self.charge_type,
            prices: self.prices.into(),
        };
        Product::create(world, at, new).map_err(|refusal| ControlError::from(refusal).naming_ids())
    }
}

impl Make for CreateProductCategory {
    type Made = ProductCategory;

    fn make(self, world: &mut World, _: Timestamp) -> Result<ProductCategoryId, ControlError> {
        Ok(ProductCategory::create(world, self.name)?)
    }
}

impl Make for CreateProtectionLevel {
    type Made = ProtectionLevel;

    fn make(self, world: &mut World, at: Timestamp) -> Result<ProtectionLevelId, ControlError> {
        Ok(ProtectionLevel::create(world, at, self.into())?)
    }
}
