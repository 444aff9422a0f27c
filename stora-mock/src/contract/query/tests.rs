//! What queries mean, and what is said of those that are wrong.

use proptest::prelude::*;

use super::*;
use crate::contract::{OPERATIONS, OperationId};

fn parse(id: OperationId, raw: &str) -> Result<Query, Vec<Detail>> {
    Query::parse(id.row(), Some(raw), false)
}

#[track_caller]
fn right(id: OperationId, raw: &str) -> Query {
    parse(id, raw).unwrap_or_else(|faults| panic!("{raw}: {faults:?}"))
}

/// Asserts that there is one fault: in the parameter `name`, said in words that contain `says`.
#[track_caller]
fn assert_fault(id: OperationId, raw: &str, name: &str, says: &str) {
    let faults = parse(id, raw).expect_err(raw);
    assert!(
        matches!(faults.as_slice(), [fault] if fault.pointer == format!("/{name}") && fault.message.contains(says)),
        "{raw}: {faults:?}"
    );
}

fn lists() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().filter(|operation| operation.page.is_some())
}

fn texts(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

#[test]
fn without_a_query_the_defaults_count() {
    for operation in OPERATIONS.iter().filter(|operation| !operation.filters.iter().any(|filter| filter.required)) {
        let query = Query::parse(operation, None, true).unwrap();
        assert_eq!(Query::parse(operation, Some(""), true).as_ref(), Ok(&query));
        assert_eq!(Query::parse(operation, Some("&&"), true).as_ref(), Ok(&query));
        assert!(query.expand.is_empty() && query.filters.is_empty());
        if operation.page.is_some() {
            let sort = if operation.sort.is_some() { ("created_at", true) } else { ("", false) };
            assert_eq!((query.page, query.limit), (1, 50), "{}", operation.name);
            assert_eq!((query.sort_by, query.descending), sort, "{}", operation.name);
        }
    }
}

#[test]
fn every_list_is_paged_and_sorted_by_the_same_rules() {
    for operation in lists() {
        let id = operation.id;
        let query = right(id, "limit=100&page=7");
        assert_eq!((query.page, query.limit), (7, 100));
        assert_fault(id, "page=0", "page", "number at `/page` is less than: 1");
        assert_fault(id, "limit=0", "limit", "number at `/limit` is less than: 1");
        assert_fault(id, "limit=101", "limit", "number at `/limit` is greater than: 100");
        assert_fault(id, "limit=-9999999999999999999999", "limit", "is less than: 1");
        for wrong in ["1.0", "1e1", "0x1", "%2B1", "+1", "1+", "one", "-", "%D9%A1", "true", "1,2"] {
            assert_fault(id, &format!("page={wrong}"), "page", "value at `/page` is not an integer");
        }
        let Some(sort) = operation.sort else {
            assert_eq!(right(id, "sort_by=name&sort_direction=ASC").sort_by, "");
            continue;
        };
        for key in sort.keys {
            let query = right(id, &format!("sort_by={key}&sort_direction=ASC"));
            assert_eq!((query.sort_by, query.descending), (*key, false));
        }
        assert_fault(id, "sort_by=email", "sort_by", &sort.keys.join(", "));
        assert_fault(id, "sort_by=Created_at", "sort_by", "is not one of: ");
        for wrong in ["asc", "Desc", "ASCENDING"] {
            let says = "value at `/sort_direction` is not one of: ASC, DESC";
            assert_fault(id, &format!("sort_direction={wrong}"), "sort_direction", says);
        }
    }
}

#[test]
fn a_page_may_be_far_beyond_the_last_but_not_beyond_numbers() {
    assert_eq!(right(OperationId::SiteList, "page=9223372036854775807").page, i64::MAX.unsigned_abs());
    assert_fault(OperationId::SiteList, "page=9223372036854775808", "page", "is greater than: 9223372036854775807");
}

#[test]
fn every_filter_takes_what_it_lists_and_an_empty_one_is_refused() {
    for operation in lists() {
        for filter in operation.filters.iter().filter(|filter| !filter.pairs) {
            let (id, name) = (operation.id, filter.name);
            assert_fault(id, &format!("{name}="), name, "is empty");
            assert_fault(id, name, name, "is empty");
            if filter.format == Some("date-time") {
                // Records have whole seconds: a bound between two of them is the later one.
                for (at, second) in [("10:00:00.0", 0), ("10:00:00.5", 1), ("09:59:59.001", 0)] {
                    let query = right(id, &format!("{name}=2026-03-02T{at}%2B01:00"));
                    assert_eq!(query.moment(name), format!("2026-03-02T09:00:0{second}Z").parse().ok());
                }
                for wrong in ["2026-03-02", "now", "2026-03-02T10:00:00", "2026-03-02T10:00:00+01:00", "1772445600"] {
                    let says = format!("value at `/{name}` does not match format: date-time");
                    assert_fault(id, &format!("{name}={wrong}"), name, &says);
                }
            } else if filter.values.is_empty() {
                // Ids of no record, of another kind, and what is no id at all make an empty list.
                let query = right(id, &format!("{name}=con_1"));
                assert_eq!(
                    query.words(name).map(texts).or(query.text(name).map(|text| vec![text])),
                    Some(vec!["con_1"])
                );
            } else {
                let query = right(id, &format!("{name}={}", filter.values.join(",")));
                assert_eq!(query.words(name).map(texts), Some(filter.values.to_vec()));
                let says =
                    if filter.pattern.is_some() { "does not match pattern: ^" } else { &filter.values.join(", ") };
                assert_fault(id, &format!("{name}={},No%20Such", filter.values[0]), name, says);
                assert_fault(id, &format!("{name}={},", filter.values[0]), name, says);
                let raw = format!("{name}=another_one");
                assert_eq!(parse(id, &raw).is_ok(), filter.pattern.is_some(), "{} {name}", operation.name);
            }
        }
    }
}

#[test]
fn the_pattern_of_an_id_refuses_nothing() {
    let filter = OperationId::ContractList.row().filter("contact_id").unwrap();
    assert_eq!(filter.pattern, Some("^con_"));
    let query = right(OperationId::ContractList, "contact_id=ten_1,%20,nonsense,con_1");
    assert_eq!(query.words("contact_id").map(texts), Some(vec!["ten_1", " ", "nonsense", "con_1"]));
    assert_fault(OperationId::ContractList, "contact_id=con_1,,con_2", "contact_id", "is empty");
}

#[test]
fn commas_part_values_whether_they_are_escaped_or_not() {
    let query = right(OperationId::TaskList, "status=open%2Ccompleted");
    assert_eq!(query.words("status").map(texts), Some(vec!["open", "completed"]));
    assert_eq!(right(OperationId::ContactList, "email=a,b@example.com").text("email"), Some("a,b@example.com"));
}

#[test]
fn the_last_of_several_values_counts() {
    let query =
        right(OperationId::ContactList, "page=x&page=2&status=lead&status=customer&expand=nonsense&limit=&limit=3");
    assert_eq!((query.page, query.limit), (2, 3));
    assert_eq!(query.words("status").map(texts), Some(vec!["customer"]));
    assert_fault(OperationId::ContactList, "page=2&page=x", "page", "is not an integer");
}

#[test]
fn escapes_are_decoded_in_names_and_values() {
    let query = right(OperationId::ContactList, "em%61il=jo%2Btag%40example.com&%70age=2");
    assert_eq!((query.text("email"), query.page), (Some("jo+tag@example.com"), 2));
    assert_eq!(right(OperationId::ContactList, "email=jo+%C3%B6").text("email"), Some("jo ö"));
    assert_eq!(right(OperationId::ContactList, "email=a=b").text("email"), Some("a=b"));
    for broken in ["%", "%4", "%zz", "%ff", "a%C3", "+%"] {
        let says = "has an escape that is broken or stands for no text";
        assert_fault(OperationId::ContactList, &format!("email={broken}"), "email", says);
        assert_fault(OperationId::ContractList, &format!("expand={broken}"), "expand", says);
        assert_fault(OperationId::WebhookEndpointList, &format!("metadata[a]={broken}"), "metadata", says);
        // What is no parameter is no fault, unless all must be known.
        right(OperationId::ContactList, &format!("nonsense={broken}&{broken}=1"));
    }
}

#[test]
fn all_faults_are_told() {
    let raw = "page=0&limit=x&sort_by=&sort_direction=up&status=lost&created_after=now&email=&expand=x&nonsense=1";
    let pointers = |strict| -> Vec<String> {
        let faults = Query::parse(OperationId::ContactList.row(), Some(raw), strict).unwrap_err();
        faults.into_iter().map(|fault| fault.pointer).collect()
    };
    let expected = ["/page", "/limit", "/sort_by", "/sort_direction", "/created_after", "/status", "/email"];
    assert_eq!(pointers(false), expected);
    let strict: Vec<String> = pointers(true);
    assert_eq!(strict, [expected.as_slice(), &["/expand", "/nonsense"]].concat());
}

#[test]
fn unknown_parameters_are_refused_only_when_strict() {
    let raw = "a/b~c=1&a%2Fb~c=2&Page=1&limit%5B%5D=1&metadata[x]=1&%ff=1";
    right(OperationId::ContactList, raw);
    let faults = Query::parse(OperationId::ContactList.row(), Some(raw), true).unwrap_err();
    let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/a~1b~0c", "/Page", "/limit[]", "/metadata[x]", "/%ff"]);
    assert_eq!(faults[1].message, "parameter at `/Page` is not one that this operation takes");
    // Where there is no list there are no pages.
    let faults = Query::parse(OperationId::ContactShow.row(), Some("page=1&expand=&sort_by=x"), true).unwrap_err();
    assert_eq!(faults.len(), 3);
    let known = "page=1&limit=1&sort_by=created_at&sort_direction=ASC&metadata[x]=1&status=enabled";
    assert!(Query::parse(OperationId::WebhookEndpointList.row(), Some(known), true).is_ok());
}

#[test]
fn metadata_is_given_in_pairs() {
    let id = OperationId::WebhookEndpointList;
    let query = right(id, "metadata[env]=production&metadata%5Bcrm.id%5D=a%26b+c&metadata[env]=test");
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(query.pairs("metadata"), [pair("crm.id", "a&b c"), pair("env", "test")]);
    assert_eq!(right(id, "metadatas[a]=1").pairs("metadata"), []);
    for wrong in ["metadata=1", "metadata[]=1", "metadata[a=1", "metadata[a][b]=1", "metadata[a]b=1", "metadata[[a]]=1"]
    {
        assert_fault(id, wrong, "metadata", "parameter at `/metadata` is not written as: metadata[key]=value");
    }
    assert_fault(id, "metadata[env]=", "metadata", "is empty");
    assert_eq!(right(id, "metadata[env]=&metadata[env]=%&metadata[env]=a").pairs("metadata"), [pair("env", "a")]);
}

#[test]
fn a_filter_is_read_as_what_it_is() {
    let query = right(OperationId::ContactList, "status=lead&email=jo@example.com&created_after=2026-03-02T10:00:00Z");
    assert_eq!((query.words("email"), query.moment("email"), query.pairs("email")), (None, None, [].as_slice()));
    assert_eq!((query.text("status"), query.text("created_after"), query.text("page")), (None, None, None));
    assert_eq!(query.words("nonsense"), None);
}

#[test]
fn names_to_expand_make_a_tree() {
    let query =
        right(OperationId::ContractList, "expand=contact,+tenancy.order.line_items.item%20,contact,tenancy.site");
    let tree = &query.expand;
    assert!(!tree.is_empty());
    assert!(tree.child("contact").is_some_and(ExpandTree::is_empty));
    let tenancy = tree.child("tenancy").unwrap();
    assert!(tenancy.child("site").is_some() && tenancy.child("contact").is_none());
    let items = tenancy.child("order").and_then(|order| order.child("line_items")).unwrap();
    assert!(items.child("item").is_some_and(ExpandTree::is_empty));
    assert_eq!(tree.child("contract_template"), None);
    let scopes: Vec<&str> = tree.scopes().collect();
    assert_eq!(
        scopes,
        [
            "public.contact:read",
            "public.tenancy:read",
            "public.order:read",
            "public.unit_type:read",
            "public.protection_level:read",
            "public.product:read",
            "public.site:read"
        ]
    );
}

#[test]
fn every_offered_name_can_be_expanded_and_brings_its_scopes() {
    for operation in &OPERATIONS {
        let offered = operation.expand.unwrap_or_default();
        for expand in offered {
            let query = right(operation.id, &format!("expand={}", expand.path));
            let mut tree = &query.expand;
            for name in expand.path.split('.') {
                tree = tree.child(name).unwrap();
            }
            let scopes: Vec<&str> = query.expand.scopes().collect();
            let on_the_way = offered
                .iter()
                .filter(|other| expand.path == other.path || expand.path.starts_with(&format!("{}.", other.path)));
            for scope in on_the_way.flat_map(|expand| expand.scopes) {
                assert!(scopes.contains(scope), "{} {}: {scope}", operation.name, expand.path);
            }
        }
        if !offered.is_empty() {
            let all: Vec<&str> = offered.iter().map(|expand| expand.path).collect();
            let query = right(operation.id, &format!("expand={}", all.join(",")));
            assert!(offered.iter().all(|expand| query.expand.child(expand.path.split('.').next().unwrap()).is_some()));
            assert_fault(operation.id, "expand=nonsense", "expand", &format!("is not one of: {}", all.join(", ")));
        }
    }
}

#[test]
fn what_cannot_be_expanded_is_refused() {
    let id = OperationId::ContractList;
    for wrong in [
        "Contact",
        "contact,",
        ",",
        "contact,,tenancy",
        "tenancy.",
        ".tenancy",
        "tenancy.order.",
        "tenancy order",
        "contact;site",
    ] {
        assert_fault(id, &format!("expand={wrong}"), "expand", "value at `/expand` is not one of: contact, ");
    }
    for empty in ["expand", "expand=", "expand=%20", "expand=contact&expand="] {
        assert!(right(id, empty).expand.is_empty(), "{empty}");
    }
    // Offered, and nothing to choose from.
    let id = OperationId::ProductCategoryList;
    assert!(right(id, "expand=").expand.is_empty());
    assert_fault(id, "expand=products", "expand", "names something, and nothing can be expanded here");
    // Not offered at all: no parameter of the operation.
    assert!(right(OperationId::ContactShow, "expand=products").expand.is_empty());
}

#[test]
fn a_required_parameter_must_be_given_and_a_default_stands_for_one_that_is_not() {
    let id = OperationId::OauthAuthorizationShow;
    let faults = parse(id, "scope=a&response_type=token").unwrap_err();
    let faults: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
    assert_eq!(
        faults,
        [
            "value at `/response_type` is not one of: code",
            "value at `/client_id` is missing",
            "value at `/redirect_uri` is missing"
        ]
    );
    let query = right(id, "response_type=code&client_id=a&redirect_uri=https://example.com&scope=b+c");
    assert_eq!((query.text("code_challenge_method"), query.text("scope")), (Some("plain"), Some("b c")));
}

proptest! {
    #[test]
    fn any_query_is_read_without_harm(raw in ".{0,80}", at in 0_usize..OPERATIONS.len(), strict: bool) {
        if let Err(faults) = Query::parse(&OPERATIONS[at], Some(&raw), strict) {
            prop_assert!(!faults.is_empty());
        }
    }

    #[test]
    fn parameters_in_any_words_are_read_without_harm(
        parts in prop::collection::vec(
            prop_oneof!["page|limit|sort_by|expand|status|metadata|created_after|&|=|,|%|\\[|\\]|\\+|DESC|1", "[ -~]{0,3}"], 0..24),
        at in 0_usize..OPERATIONS.len(),
    ) {
        let raw = parts.concat();
        let lax = Query::parse(&OPERATIONS[at], Some(&raw), false);
        if let Ok(strict) = Query::parse(&OPERATIONS[at], Some(&raw), true) {
            prop_assert_eq!(lax, Ok(strict));
        }
    }

    #[test]
    fn what_a_form_encodes_is_what_is_read(email in ".{1,40}", key in "[^\\[\\]]{1,12}", value in ".{1,12}") {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let raw = form.append_pair("email", &email).finish();
        let query = right(OperationId::ContactList, &raw);
        prop_assert_eq!(query.text("email"), Some(email.as_str()));
        let mut form = form_urlencoded::Serializer::new(String::new());
        let raw = form.append_pair(&format!("metadata[{key}]"), &value).finish();
        let query = right(OperationId::WebhookEndpointList, &raw);
        prop_assert_eq!(query.pairs("metadata"), &[(key, value)]);
    }
}
