//! Products.

use stora_client::types;

use super::unit_types::base_prices;
use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::ids::ProductId;
use crate::domain::product::Product;
use crate::store::World;

/// `product_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Product>(world, "products"))
}

/// `product_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Product>(world, 200, "product", call.id("product_id")?)
}

/// `product_base_price_create`
pub fn base_price_create(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id: ProductId = call.id("product_id")?;
    let body: types::BasePrices = call.body()?;
    Product::set_base_prices(world, call.now, id, base_prices(body))?;
    call.show::<Product>(world, 201, "product", id)
}
