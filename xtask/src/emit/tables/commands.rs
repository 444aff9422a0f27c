//! Names of commands: a group from the tag, and in it a name from what the operation's name says beyond the group.

use std::collections::{HashMap, HashSet};

use crate::lower::names::{Unique, words};
use crate::model::{Model, Operation};

/// Where an operation stands among the commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The groups around it, from the outermost.
    pub(super) group: Vec<String>,
    /// Its name in the group.
    pub(super) name: String,
}

/// A group of commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// Its names, from the outermost.
    pub(super) path: Vec<String>,
    /// What it is about.
    pub(super) about: String,
}

/// The place of every operation, in the order of the model. No two share one, and none is a group as well.
pub(super) fn places(model: &Model) -> Vec<Place> {
    let groups: Vec<Vec<String>> = model.operations.iter().map(group).collect();
    let mut taken: HashSet<Vec<String>> = HashSet::new();
    for group in &groups {
        taken.extend((1..=group.len()).map(|depth| group[..depth].to_vec()));
    }
    let short: Vec<String> =
        groups.iter().zip(&model.operations).map(|(group, operation)| short_name(operation, group)).collect();
    let mut uses: HashMap<(&[String], &str), usize> = HashMap::new();
    for (group, name) in groups.iter().zip(&short) {
        *uses.entry((group, name)).or_default() += 1;
    }
    // A short name that several would have is nobody's: all of them say their name in full.
    let names: Vec<String> = groups
        .iter()
        .zip(&short)
        .zip(&model.operations)
        .map(|((group, name), operation)| {
            let is_free =
                uses.get(&(group.as_slice(), name.as_str())) == Some(&1) && !taken.contains(&below(group, name));
            if is_free { name.clone() } else { words(&operation.id).join("-") }
        })
        .collect();
    let mut in_group: HashMap<Vec<String>, Unique> = HashMap::new();
    for path in &taken {
        if let Some((name, group)) = path.split_last() {
            in_group.entry(group.to_vec()).or_default().take(name);
        }
    }
    groups
        .into_iter()
        .zip(names)
        .map(|(group, name)| {
            let name = in_group.entry(group.clone()).or_default().take(&name);
            Place { group, name }
        })
        .collect()
}

/// The groups that hold commands, and those around them, in the order of the operations.
pub(super) fn groups(model: &Model, places: &[Place]) -> Vec<Group> {
    let mut out: Vec<Group> = Vec::new();
    for place in places {
        for depth in 1..=place.group.len() {
            let path = &place.group[..depth];
            if out.iter().any(|known| known.path == path) {
                continue;
            }
            let tag = model.tags.iter().find(|tag| group_of_tag(&tag.name) == path);
            let about = tag.map(|tag| tag.description.clone()).filter(|about| !about.is_empty());
            out.push(Group { about: about.unwrap_or_else(|| contents(path, places)), path: path.to_vec() });
        }
    }
    out
}

/// What stands in a group, for one that no tag describes: `Events, sources, templates`.
fn contents(group: &[String], places: &[Place]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for place in places.iter().filter(|place| place.group.starts_with(group)) {
        let name = place.group.get(group.len()).unwrap_or(&place.name);
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let text = names.join(", ").replace('-', " ");
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn below(group: &[String], name: &str) -> Vec<String> {
    group.iter().cloned().chain(std::iter::once(name.to_owned())).collect()
}

/// The group of an operation: its first tag, else the first word of its path that is no version.
fn group(operation: &Operation) -> Vec<String> {
    let from_tag = operation.tags.iter().map(|tag| group_of_tag(tag)).find(|group| !group.is_empty());
    from_tag.unwrap_or_else(|| {
        let segments = operation.path.split('/').filter(|segment| !segment.contains('{'));
        let is_word = |segment: &&str| {
            let mut chars = segment.chars();
            let first = chars.next();
            let is_version = matches!(first, Some('v' | 'V')) && chars.next().is_some_and(|c| c.is_ascii_digit());
            first.is_some_and(|c| c.is_ascii_alphabetic()) && !is_version
        };
        vec![segments.into_iter().find(is_word).map_or_else(|| "other".to_owned(), kebab)]
    })
}

/// `Orders / Line Items` is the group `line-items` in the group `orders`.
fn group_of_tag(tag: &str) -> Vec<String> {
    tag.split('/').map(kebab).filter(|name| !name.is_empty()).collect()
}

/// Lower case, with a hyphen for whatever is neither letter nor digit.
fn kebab(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// What the name of an operation says beyond its group.
fn short_name(operation: &Operation, group: &[String]) -> String {
    let name = words(&operation.id);
    let group: Vec<Vec<&str>> = group.iter().map(|name| name.split('-').collect()).collect();
    let all: Vec<&str> = group.iter().flatten().copied().collect();
    let same = name.iter().zip(&all).take_while(|(word, of_group)| is_same_thing(word, of_group)).count();
    if same > 0 && same < name.len() {
        return name[same..].join("-");
    }
    // The resource need not come first: `createLineItem`, `getContactById`.
    for resource in [all.as_slice(), group.last().map_or(&[], Vec::as_slice)] {
        if resource.is_empty() || resource.len() >= name.len() {
            continue;
        }
        let at =
            name.windows(resource.len()).position(|part| part.iter().zip(resource).all(|(a, b)| is_same_thing(a, b)));
        if let Some(at) = at {
            let rest = name[..at].iter().chain(&name[at + resource.len()..]);
            return rest.map(String::as_str).collect::<Vec<_>>().join("-");
        }
    }
    name.join("-")
}

/// Whether two words are the same, or one is the other's plural.
fn is_same_thing(a: &str, b: &str) -> bool {
    let is_plural = |many: &str, one: &str| {
        many.strip_prefix(one).is_some_and(|ending| matches!(ending, "s" | "es"))
            || many.strip_suffix("ies").is_some_and(|stem| one.strip_suffix('y') == Some(stem))
    };
    a == b || is_plural(a, b) || is_plural(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, Tag};

    fn operation(id: &str, tag: &str, path: &str) -> Operation {
        Operation {
            pointer: String::new(),
            id: id.to_owned(),
            name: id.to_owned(),
            method: "GET".to_owned(),
            path: path.to_owned(),
            summary: String::new(),
            description: String::new(),
            tags: Some(tag.to_owned()).filter(|tag| !tag.is_empty()).into_iter().collect(),
            scopes: Vec::new(),
            is_open: false,
            evidence: None,
            deprecated: false,
            parameters: Vec::new(),
            body: None,
            success: Body::None,
            success_statuses: Vec::new(),
            error: Body::None,
            error_statuses: Vec::new(),
            redirects: false,
            accept: None,
            produces: Vec::new(),
            is_paged: false,
        }
    }

    fn named(operations: &[(&str, &str)]) -> Vec<String> {
        let operations = operations.iter().map(|(id, tag)| operation(id, tag, "/")).collect();
        let places = places(&Model { operations, ..Model::default() });
        places.into_iter().map(|place| below(&place.group, &place.name).join(" ")).collect()
    }

    #[test]
    fn a_command_is_named_by_what_its_group_does_not_say() {
        for (id, tag, command) in [
            ("contact_list", "Contacts", "contacts list"),
            ("order_line_item_create", "Orders / Line Items", "orders line-items create"),
            ("unit_type_base_price_create", "Unit Types", "unit-types base-price-create"),
            ("oauth_token_show", "OAuth 2", "oauth-2 token-show"),
            ("tenancy_show", "Tenancies", "tenancies show"),
            ("staff_list", "Staff", "staff list"),
            ("listPets", "pets", "pets list"),
            ("getPetById", "Pet", "pet get-by-id"),
            ("createLineItem", "Orders / Line Items", "orders line-items create"),
            ("boxes.add", "Box", "box add"),
            ("pets", "pets", "pets pets"),
            ("search", "pets", "pets search"),
        ] {
            assert_eq!(named(&[(id, tag)]), [command]);
        }
    }

    #[test]
    fn a_name_that_two_would_have_is_said_in_full() {
        assert_eq!(named(&[("pets_list", "Pets"), ("pet_list", "Pets")]), ["pets pets-list", "pets pet-list"]);
        assert_eq!(named(&[("a_b", "x"), ("aB", "x")]), ["x a-b", "x a-b2"]);
    }

    #[test]
    fn a_command_is_not_called_like_a_group_beside_it() {
        assert_eq!(
            named(&[("order_items", "Orders"), ("item_list", "Orders / Items")]),
            ["orders order-items", "orders items list"]
        );
    }

    #[test]
    fn without_a_tag_the_path_gives_the_group() {
        let group = |path: &str| group(&operation("x", "", path));
        assert_eq!(group("/v1/pets/{id}"), ["pets"]);
        assert_eq!(group("/2025-09/unit_types"), ["unit-types"]);
        assert_eq!(group("/{id}"), ["other"]);
    }

    #[test]
    fn a_group_is_described_by_its_tag() {
        let tags = vec![Tag { name: "Orders / Items".to_owned(), description: "Lines.".to_owned() }];
        let model = Model { tags, operations: vec![operation("item_list", "Orders / Items", "/")], ..Model::default() };
        let groups = groups(&model, &places(&model));
        let groups: Vec<(String, &str)> =
            groups.iter().map(|group| (group.path.join(" "), group.about.as_str())).collect();
        assert_eq!(groups, [("orders".to_owned(), "Items"), ("orders items".to_owned(), "Lines.")]);
    }
}
