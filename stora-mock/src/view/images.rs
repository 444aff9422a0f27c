//! Pictures of sites and unit types.

use stora_client::types;

use super::View;
use crate::domain::ids::AnyId;
use crate::domain::site::Image;
use crate::web::escape;
use crate::web::pictures::{SignedToken, Variant};

impl View<'_> {
    /// The addresses of the picture of a site or unit type. They are signed and stay the same as long as its file name does.
    pub(super) fn images(&self, owner: AnyId, image: Option<&Image>) -> types::Images {
        let variants = |image: &Image| types::ImageVariants {
            large: self.picture(owner, image, Some(Variant::Large)),
            medium: self.picture(owner, image, Some(Variant::Medium)),
            original: self.picture(owner, image, None),
            small: self.picture(owner, image, Some(Variant::Small)),
            extra: Default::default(),
        };
        types::Images { default: image.map(variants), extra: Default::default() }
    }

    fn picture(&self, owner: AnyId, image: &Image, variant: Option<Variant>) -> String {
        let token = SignedToken { id: owner, variant }.encode(&self.addresses.picture_key);
        format!("{}/2025-09/images/{token}/{}", self.addresses.server, escape::address(&image.filename))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{Sample, id};
    use super::*;
    use crate::contract::query::ExpandTree;
    use crate::contract::{OperationId, route};
    use crate::domain::ids::{Id, SiteId, UnitTypeId};
    use crate::domain::site::Site;
    use crate::domain::unit_type::UnitType;

    #[test]
    fn an_address_leads_to_the_picture_of_its_owner_in_its_form() {
        let sample = Sample::new();
        let owners = [
            (id::<SiteId>().any(), sample.json::<Site>(&ExpandTree::default())),
            (id::<UnitTypeId>().any(), sample.json::<UnitType>(&ExpandTree::default())),
        ];
        for (owner, json) in owners {
            let forms = [
                ("small", Some(Variant::Small)),
                ("medium", Some(Variant::Medium)),
                ("large", Some(Variant::Large)),
                ("original", None),
            ];
            for (name, variant) in forms {
                let address = json["images"]["default"][name].as_str().unwrap();
                let path = address.strip_prefix("http://mock.test").unwrap();
                let found = route("GET", path).unwrap();
                assert_eq!(found.operation.id, OperationId::ImageShow);
                assert_eq!(found.params.get("filename"), Some("front door.jpg"));
                let token = found.params.get("signed_token").unwrap();
                let key = &sample.addresses.picture_key;
                assert_eq!(SignedToken::decode(token, key), Some(SignedToken { id: owner, variant }), "{name}");
            }
        }
    }
}
