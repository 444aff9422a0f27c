//! Near misses: which operation a call that hit none may have meant.

use crate::COMMANDS;
use crate::command::Operation;

/// How alike two paths must be to be taken for each other, from 0 to 1.
const ALIKE: f64 = 0.8;

/// The operation that a call was most likely meant for, if one is near.
pub(super) fn operation(method: &str, target: &str) -> Option<&'static Operation> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let candidates = COMMANDS.iter().map(|operation| {
        // Among operations at the same path the method decides, and it tells less than the path.
        let favour = match operation.method {
            same if same.eq_ignore_ascii_case(method) => 0.05,
            "PATCH" if method.eq_ignore_ascii_case("PUT") => 0.04,
            "GET" => 0.01,
            _ => 0.0,
        };
        (likeness(path, operation.path) + favour, operation)
    });
    let nearest = candidates.max_by(|(one, _), (other, _)| one.total_cmp(other));
    nearest.filter(|(likeness, _)| *likeness >= ALIKE).map(|(_, operation)| operation)
}

/// How much a path is like a template: segment by segment, parameters being like anything.
fn likeness(path: &str, template: &str) -> f64 {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let wanted: Vec<&str> = template.trim_matches('/').split('/').collect();
    // The version may be forgotten, and a segment too much or too little is a miss like any other.
    let versionless =
        wanted.split_first().filter(|(version, _)| segments.first() != Some(*version)).map(|(_, rest)| rest);
    let against = |wanted: &[&str]| {
        let alike: f64 = segments
            .iter()
            .zip(wanted)
            .map(|(segment, wanted)| if wanted.starts_with('{') { 1.0 } else { strsim::jaro_winkler(segment, wanted) })
            .sum();
        let longest = segments.len().max(wanted.len());
        alike / f64::from(u32::try_from(longest).unwrap_or(u32::MAX))
    };
    let without = versionless.map_or(0.0, |wanted| against(wanted) * 0.98);
    against(&wanted).max(without)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_hit_nothing_was_meant_for_what_is_nearest() {
        let near = |method, path| operation(method, path).map(|operation| operation.id);
        assert_eq!(near("GET", "/2025-09/contact?limit=1"), Some("contact_list"));
        assert_eq!(near("GET", "/contacts"), Some("contact_list"));
        assert_eq!(near("POST", "/2025-09/contacs"), Some("contact_create"));
        assert_eq!(near("PUT", "/2025-09/contacts/con_1"), Some("contact_update"));
        assert_eq!(near("POST", "/2025-09/orders/ord_1/finalise"), Some("order_finalize"));
        assert_eq!(near("GET", "/favicon.ico"), None);
        assert_eq!(near("GET", "/"), None);
    }
}
