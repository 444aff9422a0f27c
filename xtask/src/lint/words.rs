//! The spellings that names may have, and the plural of English words as far as names of resources need it.

/// `unit_type`: lower-case words joined by underscores.
pub(super) fn is_snake(name: &str) -> bool {
    !name.is_empty() && name.split('_').all(|word| !word.is_empty() && is_lower_word(word)) && starts_lower(name)
}

/// `UnitType`: words with capitals, nothing between them.
pub(super) fn is_pascal(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// `unit-type`: lower-case words joined by hyphens.
pub(super) fn is_kebab(name: &str) -> bool {
    starts_lower(name) && name.split('-').all(|word| !word.is_empty() && is_lower_word(word))
}

/// `Idempotency-Key`: capitalised words joined by hyphens.
pub(super) fn is_train(name: &str) -> bool {
    name.split('-').all(|word| {
        word.starts_with(|c: char| c.is_ascii_uppercase()) && word.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

/// `unit_type` of `Unit Types`, `deal_stage` of `Deals / Stages`, `oauth` of `OAuth 2`: the words of a tag in the
/// singular, numbers left out.
pub(super) fn family(tag: &str) -> String {
    let words = tag.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.filter(|word| !word.chars().all(|c| c.is_ascii_digit()));
    words.map(|word| singular(&word.to_lowercase())).collect::<Vec<_>>().join("_")
}

/// The singular of a plural; a word that is no plural stays as it is.
pub(super) fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    match word.strip_suffix('s') {
        Some(stem) if !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// Whether `many` is the plural of `one`. A word without a plural (`staff`) is its own.
pub(super) fn is_plural_of(many: &str, one: &str) -> bool {
    match (many.rsplit_once('_'), one.rsplit_once('_')) {
        (Some((a, many)), Some((b, one))) => a == b && is_plural_of(many, one),
        (None, None) => singular(many) == one,
        _ => false,
    }
}

/// The name and every shorter one that leaves first words out: `order_line_item`, `line_item`, `item`.
pub(super) fn tails(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |rest| rest.split_once('_').map(|(_, tail)| tail))
}

fn is_lower_word(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

fn starts_lower(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        assert!(is_snake("unit_type") && is_snake("line1") && !is_snake("unitType") && !is_snake("a__b"));
        assert!(!is_snake("_links") && !is_snake("1st") && !is_snake(""));
        assert!(is_pascal("OAuthToken") && !is_pascal("Unit_Type") && !is_pascal("unit"));
        assert!(is_kebab("unit-type") && is_kebab("units") && !is_kebab("Unit") && !is_kebab("a--b"));
        assert!(is_train("Idempotency-Key") && is_train("RateLimit-Limit") && !is_train("x-request-id"));
    }

    #[test]
    fn families_and_plurals() {
        for (tag, expected) in [
            ("Unit Types", "unit_type"),
            ("Deals / Stages", "deal_stage"),
            ("OAuth 2", "oauth"),
            ("Staff", "staff"),
            ("Product Categories", "product_category"),
            ("Addresses", "address"),
            ("Status", "status"),
        ] {
            assert_eq!(family(tag), expected);
        }
        assert!(is_plural_of("line_items", "line_item") && is_plural_of("staff", "staff"));
        assert!(is_plural_of("tenancies", "tenancy") && !is_plural_of("items", "line_item"));
        assert!(!is_plural_of("orders", "contact"));
        assert_eq!(tails("order_line_item").collect::<Vec<_>>(), ["order_line_item", "line_item", "item"]);
    }
}
