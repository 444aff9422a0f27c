//! Pictures of sites and unit types: the operation that leads to them, and the storage that gives the bytes.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;

use super::pictures::{self, SignedToken};
use crate::api::Answer;
use crate::contract::Params;
use crate::contract::error::ApiError;
use crate::domain::ids::AnyId;
use crate::domain::refusal::Refusal;
use crate::domain::site::Image;
use crate::server::{Operators, Server};
use crate::store::World;
use crate::view::Addresses;

/// `image_show`: leads to the address in storage of the picture that the token in the path names, for whoever asks.
///
/// The file name in the path only names the download. Operators of one seed have records of the same ids, and each signs with a key
/// of its own.
///
/// # Errors
/// 404 when the token was not signed here, or names no record with a picture.
pub fn show(server: &Server, params: &Params<'_>) -> Result<Answer, ApiError> {
    let token = params.get("signed_token").unwrap_or_default();
    let location = location(&server.operators, token).ok_or_else(ApiError::not_found)?;
    let headers = vec![("location", location)];
    Ok(Answer { status: StatusCode::FOUND.as_u16(), content_type: None, headers, body: Bytes::new() })
}

/// The storage: addresses outside the API that give the bytes of pictures for a short time.
pub fn router(server: Arc<Server>) -> Router {
    let path = format!("{}{{*rest}}", pictures::STORAGE);
    Router::new().route(&path, get(stored)).with_state(server)
}

/// A picture as staff give it: `bytes` of a format that browsers show, or none for the picture that the mock draws.
///
/// # Errors
/// `/content` when the bytes are no picture.
pub fn image(filename: impl Into<String>, bytes: Option<&[u8]>) -> Result<Image, Refusal> {
    let uploaded = bytes.map(|bytes| {
        let media_type = pictures::media_type(bytes)
            .ok_or_else(|| Refusal::invalid("/content", "This is no PNG, JPEG, GIF or WebP picture."))?;
        Ok((BASE64.encode(bytes), media_type.to_owned()))
    });
    let (uploaded, media_type) = uploaded.transpose()?.unzip();
    Ok(Image { filename: filename.into(), uploaded, media_type })
}

async fn stored(State(server): State<Arc<Server>>, uri: Uri) -> Response {
    let address = uri.path_and_query().map_or("", |address| address.as_str());
    match picture(&server.operators, address) {
        Ok((media_type, bytes)) => {
            let seconds = pictures::STORAGE_SECONDS;
            let headers =
                [(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, format!("private, max-age={seconds}"))];
            (headers, bytes).into_response()
        }
        Err(StatusCode::FORBIDDEN) => {
            (StatusCode::FORBIDDEN, "The address is not signed, or its time is over.\n").into_response()
        }
        Err(status) => (status, "There is no such picture any more.\n").into_response(),
    }
}

/// Where a token leads, until the time is over by the clock of the operator; none when it was not signed here, or names no
/// record with a picture.
fn location(operators: &Operators, token: &str) -> Option<String> {
    operators.all().into_iter().find_map(|operator| {
        let Addresses { server, picture_key: key, .. } = operator.addresses();
        let token = SignedToken::decode(token, key)?;
        let filename = image_of(&operator.read(), token.id)?.filename.clone();
        Some(format!("{server}{}", token.storage_address(&filename, key, operator.clock.now())))
    })
}

/// The media type and the bytes of the picture at an address in storage, given as path and query. An uploaded picture is given
/// as it came, whichever variant is asked for.
///
/// # Errors
/// 403 when the address was not signed here or its time is over by the clock of the operator; 404 when there is no such picture
/// any more.
fn picture(operators: &Operators, address: &str) -> Result<(String, Vec<u8>), StatusCode> {
    let mut refusal = StatusCode::FORBIDDEN;
    for operator in operators.all() {
        let now = operator.clock.now();
        let key = &operator.addresses().picture_key;
        let Some(picture) = SignedToken::of_storage_address(address, key, now) else { continue };
        let Some(image) = image_of(&operator.read(), picture.id).cloned() else {
            refusal = StatusCode::NOT_FOUND;
            continue;
        };
        let uploaded = image.uploaded.and_then(|uploaded| BASE64.decode(uploaded).ok());
        let drawn = || (pictures::DRAWN.to_owned(), pictures::draw(picture));
        return Ok(image.media_type.zip(uploaded).unwrap_or_else(drawn));
    }
    Err(refusal)
}

/// The picture of a site or unit type.
fn image_of(world: &World, id: AnyId) -> Option<&Image> {
    let of_site = || world.sites.get(id.of()?)?.image.as_ref();
    let of_unit_type = || world.unit_types.get(id.of()?)?.image.as_ref();
    of_site().or_else(of_unit_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, Running};
    use crate::contract::limits::{Limiter, RateLimit};
    use crate::domain::ids::{Id as _, SiteId};
    use crate::domain::settings::Settings;
    use crate::domain::site::{NewSite, Site, SiteAddress};
    use crate::domain::time::Timestamp;
    use crate::domain::unit_type::{NewUnitType, UnitType};
    use crate::server::Operator;
    use crate::web::pictures::Variant;
    use crate::webhooks;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nwhatever";

    /// One operator, of the id and with the clock standing at this instant, with a site that has this picture.
    struct Place {
        operators: Operators,
        operator: Arc<Operator>,
        site: SiteId,
    }

    fn now() -> Timestamp {
        Timestamp::from_unix(1_772_445_600)
    }

    fn world(seed: u64, picture: Option<Image>) -> (World, SiteId) {
        let mut world = World::new(Settings::named("Test"), seed);
        let address = SiteAddress {
            city: "Hull".into(),
            line_1: "1 Dock Road".into(),
            line_2: None,
            postal_code: "HU1 1AA".into(),
        };
        let site = Site::create(&mut world, now(), NewSite::named("Hull", address)).unwrap();
        Site::set_image(&mut world, now(), site, picture).unwrap();
        (world, site)
    }

    fn operator(id: &str, world: World) -> Operator {
        let clock = Clock::new(Running::Standing(now()));
        Operator::new(id, world, clock, Limiter::new(RateLimit::off()), webhooks::Shared::idle())
    }

    fn place(picture: Option<Image>) -> Place {
        let operators = Operators::default();
        let (world, site) = world(1, picture);
        let operator = operators.add(operator("one", world)).unwrap();
        Place { operators, operator, site }
    }

    impl Place {
        fn token(&self, id: impl Into<AnyId>, variant: Option<Variant>) -> String {
            SignedToken { id: id.into(), variant }.encode(&self.operator.addresses().picture_key)
        }

        /// Where the token of the site leads, as path and query.
        fn stored(&self, variant: Option<Variant>) -> String {
            let location = location(&self.operators, &self.token(self.site, variant)).unwrap();
            location.strip_prefix("http://mock.test").unwrap().to_owned()
        }

        fn picture(&self, address: &str) -> Result<(String, Vec<u8>), StatusCode> {
            picture(&self.operators, address)
        }
    }

    #[test]
    fn a_token_leads_to_the_bytes_of_the_picture_it_names() {
        let place = place(Some(image("door.png", Some(PNG)).unwrap()));
        for variant in [None, Some(Variant::Small), Some(Variant::Large)] {
            let address = place.stored(variant);
            assert!(address.starts_with(pictures::STORAGE) && address.contains("/door.png?"), "{address}");
            assert_eq!(place.picture(&address), Ok(("image/png".to_owned(), PNG.to_vec())));
        }
    }

    #[test]
    fn a_picture_that_was_not_uploaded_is_drawn() {
        let place = place(Some(image("front door.png", None).unwrap()));
        let (media_type, small) = place.picture(&place.stored(Some(Variant::Small))).unwrap();
        assert_eq!(media_type, "image/png");
        assert_eq!(pictures::media_type(&small), Some("image/png"));
        assert_ne!(place.picture(&place.stored(None)).unwrap().1, small);
    }

    #[test]
    fn unit_types_have_pictures_too_and_other_records_none() {
        let place = place(Some(image("door.png", None).unwrap()));
        let picture = image("type.png", Some(b"GIF89a")).unwrap();
        let act = |world: &mut World| {
            let id = UnitType::create(world, now(), NewUnitType::named(place.site, "25 sq ft"))?;
            UnitType::set_image(world, now(), id, Some(picture))?;
            Ok::<_, Refusal>(id)
        };
        let (unit_type, _) = place.operator.act(act).unwrap();
        let found = location(&place.operators, &place.token(unit_type, None)).unwrap();
        assert!(found.contains("/type.png?"), "{found}");
        let contact = AnyId::parse("con_5b8e0f3a91c2d477").unwrap();
        assert_eq!(location(&place.operators, &place.token(contact, None)), None);
    }

    #[test]
    fn a_token_that_names_no_picture_or_was_not_signed_here_leads_nowhere() {
        let place = place(None);
        let token = place.token(place.site, None);
        let unknown = SiteId::parse("site_5b8e0f3a91c2d477").unwrap();
        let foreign = SignedToken { id: place.site.any(), variant: None }.encode(&[8; 32]);
        for token in [token, place.token(unknown, None), foreign, String::new(), "--".to_owned()] {
            assert_eq!(location(&place.operators, &token), None, "{token}");
        }
    }

    #[test]
    fn an_address_in_storage_ends_with_its_time_by_the_clock_of_the_operator() {
        let place = place(Some(image("door.png", Some(PNG)).unwrap()));
        let address = place.stored(None);
        place.operator.clock.set(Running::Standing(now().plus_seconds(299)));
        assert!(place.picture(&address).is_ok());
        place.operator.clock.set(Running::Standing(now().plus_seconds(300)));
        assert_eq!(place.picture(&address), Err(StatusCode::FORBIDDEN));
    }

    #[test]
    fn an_address_that_was_changed_is_forbidden_and_one_of_a_picture_that_is_gone_not_found() {
        let place = place(Some(image("door.png", Some(PNG)).unwrap()));
        let address = place.stored(Some(Variant::Small));
        for changed in [address.replace("small", "large"), address.replace("expires=", "expires=9"), String::new()] {
            assert_eq!(place.picture(&changed), Err(StatusCode::FORBIDDEN), "{changed}");
        }
        place.operator.act(|world| Site::set_image(world, now(), place.site, None)).unwrap();
        assert_eq!(place.picture(&address), Err(StatusCode::NOT_FOUND));
    }

    #[test]
    fn each_operator_has_its_own_picture_though_the_ids_are_the_same() {
        let place = place(Some(image("door.png", Some(PNG)).unwrap()));
        let other = [PNG, b"of another"].concat();
        let (world, site) = world(1, Some(image("door.png", Some(&other)).unwrap()));
        assert_eq!(site, place.site);
        let two = place.operators.add(operator("two", world)).unwrap();
        for (operator, bytes) in [(&place.operator, PNG), (&two, &other)] {
            let token = SignedToken { id: site.into(), variant: None }.encode(&operator.addresses().picture_key);
            let found = location(&place.operators, &token).unwrap();
            assert_eq!(place.picture(found.strip_prefix("http://mock.test").unwrap()).unwrap().1, bytes);
        }
    }

    #[test]
    fn bytes_that_are_no_picture_are_refused() {
        let refusal = image("door.png", Some(b"<svg/>")).unwrap_err();
        assert_eq!(refusal, Refusal::invalid("/content", "This is no PNG, JPEG, GIF or WebP picture."));
    }
}
