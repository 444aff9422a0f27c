//! Product categories.

use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::product::ProductCategory;
use crate::store::{Selection, Sort, World};

/// `product_category_list`, which callers cannot sort: the categories come in alphabetical order (billing.yaml, Product Categories)
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    let selection = Selection { sort: Sort::Name, descending: false, ..call.selection() };
    Ok(call.list_selected::<ProductCategory>(world, "product_categories", &selection))
}

/// `product_category_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<ProductCategory>(world, 200, "product_category", call.id("product_category_id")?)
}
