//! Unit types.
//!
//! The link of a bookable unit type holds the name of its site. Whoever renames a site must therefore forget the renderings of
//! its unit types: `world.unit_types.clear_json_of(id)` for each, or `clear_json()` for all.

use stora_client::types;

use super::{Show, View, moment, wire_id};
use crate::contract::query::ExpandTree;
use crate::domain::coupon::Coupon;
use crate::domain::ids::Id;
use crate::domain::site::Site;
use crate::domain::unit_type::{Dimensions, UnitType, UnitTypeStatus};
use crate::store::{Table, World};
use crate::web::escape;

impl Show for UnitType {
    type Wire = types::UnitType;

    fn table(world: &World) -> &Table<Self> {
        &world.unit_types
    }

    fn show(&self, view: &View<'_>, expand: &ExpandTree) -> types::UnitType {
        types::UnitType {
            id: wire_id(self.id),
            links: types::UnitTypeLinks { sf_new_order: new_order(self, view), extra: Default::default() },
            created_at: moment(self.created_at),
            dimensions: self.dimensions.as_ref().map(dimensions),
            dynamic_pricing: !self.settings.price_rules.is_empty(),
            images: view.images(self.id.any(), self.image.as_ref()),
            name: self.name.clone(),
            prices: view.prices(&self.prices),
            promotion: view.optional::<Coupon>(self.promotion, expand, "promotion"),
            require_insurance_coverage: self.require_insurance_coverage,
            // The amount is null exactly when none is required (inventory.yaml, Unit Types).
            require_security_deposit: self.security_deposit.is_some(),
            security_deposit: self.security_deposit.map(|amount| view.money(amount)),
            selling_points: self.selling_points.clone(),
            site: view.reference::<Site>(self.site, expand, "site"),
            size_description: self.size_description.clone(),
            slug: self.slug.clone(),
            status: self.status.as_str().into(),
            stripe_product_id: self.stripe_product_id.clone(),
            updated_at: moment(self.updated_at),
            extra: Default::default(),
        }
    }
}

/// The page of the storefront where a customer books the type: only while it is bookable (V4).
fn new_order(unit_type: &UnitType, view: &View<'_>) -> Option<types::Link> {
    let site = view.world.sites.get(unit_type.site).filter(|_| unit_type.status == UnitTypeStatus::Bookable)?;
    Some(types::Link {
        href: format!(
            "/sites/{}/order/contact-details?unit_type_slug={}",
            site.slug(),
            escape::address(&unit_type.slug)
        ),
        title: "New order".to_owned(),
        extra: Default::default(),
    })
}

fn dimensions(dimensions: &Dimensions) -> types::UnitTypeDimensions {
    types::UnitTypeDimensions {
        height: dimensions.height,
        length: dimensions.length,
        measurement_unit: dimensions.measurement_unit.as_str().into(),
        width: dimensions.width,
        extra: Default::default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::sample::{Sample, at, id};
    use super::*;

    #[test]
    fn the_link_to_book_stands_only_while_the_type_is_bookable() {
        let mut sample = Sample::new();
        let json = sample.json::<UnitType>(&ExpandTree::default());
        let href = "/sites/harbour-bristol/order/contact-details?unit_type_slug=50-sq-ft";
        assert_eq!(json["_links"], json!({"sf:new_order": {"href": href, "title": "New order"}}));
        let status = UnitTypeStatus::CollectLeads;
        let json = sample.json_after::<UnitType>(|world| &mut world.unit_types, |unit_type| unit_type.status = status);
        assert_eq!(json["_links"], json!({}));
    }

    #[test]
    fn the_link_follows_the_name_of_the_site_once_the_rendering_is_forgotten() {
        let mut sample = Sample::new();
        sample.json::<UnitType>(&ExpandTree::default());
        sample.world.sites.amend(id(), at(), |site| site.name = "Dock".to_owned());
        sample.world.unit_types.clear_json_of(id());
        let json = sample.json::<UnitType>(&ExpandTree::default());
        assert_eq!(json["_links"]["sf:new_order"]["href"], "/sites/dock/order/contact-details?unit_type_slug=50-sq-ft");
    }

    #[test]
    fn the_deposit_is_null_exactly_when_none_is_required() {
        let mut sample = Sample::new();
        let deposit =
            |json: &Value| (json["require_security_deposit"].clone(), json["security_deposit"]["amount"].clone());
        let table: fn(&mut World) -> &mut Table<UnitType> = |world| &mut world.unit_types;
        assert_eq!(deposit(&sample.json::<UnitType>(&ExpandTree::default())), (json!(true), json!(5_000)));
        assert_eq!(
            deposit(&sample.json_after(table, |unit_type| unit_type.security_deposit = Some(0))),
            (json!(true), json!(0))
        );
        let json = sample.json_after(table, |unit_type| unit_type.security_deposit = None);
        assert_eq!((&json["require_security_deposit"], &json["security_deposit"]), (&json!(false), &Value::Null));
    }

    #[test]
    fn prices_go_from_the_shortest_period_to_the_longest() {
        let json = Sample::new().json::<UnitType>(&ExpandTree::default());
        let money = json!({"amount": 3_000, "currency": "GBP", "formatted": "£30.00"});
        let weekly = json!({"billing_period": "weekly", "price": money, "stripe_price_id": "price_weekly"});
        assert_eq!(json["prices"][0], weekly);
        assert_eq!(json["prices"][1]["billing_period"], "monthly");
    }

    #[test]
    fn a_type_has_dynamic_pricing_when_it_has_rules() {
        let mut sample = Sample::new();
        assert_eq!(sample.json::<UnitType>(&ExpandTree::default())["dynamic_pricing"], true);
        let no_rules = |unit_type: &mut UnitType| unit_type.settings.price_rules.clear();
        assert_eq!(sample.json_after(|world| &mut world.unit_types, no_rules)["dynamic_pricing"], false);
    }

    #[test]
    fn whole_lengths_have_no_decimals() {
        let json = Sample::new().json::<UnitType>(&ExpandTree::default());
        let dimensions = r#"{"height":8,"length":10.5,"measurement_unit":"ft","width":null}"#;
        assert_eq!(json["dimensions"].to_string(), dimensions);
    }

    #[test]
    fn a_bare_type_has_nulls_and_empty_lists() {
        let mut sample = Sample::new();
        let json = sample.json_after::<UnitType>(
            |world| &mut world.unit_types,
            |unit_type| {
                unit_type.dimensions = None;
                unit_type.image = None;
                unit_type.prices = Default::default();
                unit_type.promotion = None;
                unit_type.selling_points.clear();
            },
        );
        assert_eq!((&json["dimensions"], &json["promotion"]), (&Value::Null, &Value::Null));
        assert_eq!((&json["prices"], &json["selling_points"]), (&json!([]), &json!([])));
        assert_eq!(json["images"], json!({"default": null}));
    }
}
