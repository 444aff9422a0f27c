//! Whether a body is sent as what it must be.

use super::BodyError;
use crate::contract::operation::RequestBody;

/// Checks the `Content-Type` of a body: it has to name a JSON type that the operation takes. Parameters such as `charset` do
/// not matter, nor do upper and lower case.
pub(super) fn check(body: &RequestBody, content_type: Option<&str>) -> Result<(), BodyError> {
    let essence = content_type.map(|text| text.split(';').next().unwrap_or_default().trim());
    let mut taken = body.media_types.iter().copied().filter(|media_type| is_json(media_type));
    if essence.is_some_and(|essence| taken.clone().any(|media_type| media_type.eq_ignore_ascii_case(essence))) {
        return Ok(());
    }
    let wanted = taken.next().unwrap_or("application/json");
    Err(BodyError::NotJson(format!("The body must be sent with the Content-Type {wanted}.")))
}

fn is_json(media_type: &str) -> bool {
    media_type.ends_with("/json") || media_type.ends_with("+json")
}
