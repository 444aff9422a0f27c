//! Contracts from issue to end.

use super::*;
use crate::domain::booking::NewOrder;
use crate::domain::completion::{PayOutcome, pay};
use crate::domain::ending::{CancelWhen, Cancellation, cancel};
use crate::domain::fixtures::{Shop, at, pointers, rule};
use crate::domain::ids::{Id, SubscriptionId};
use crate::domain::unit;

const NOW: &str = "2026-03-02";

/// A rental, and a template that names all that is filled in.
fn rented() -> (Shop, SubscriptionId, TenancyId, ContractTemplateId) {
    let mut shop = Shop::new();
    shop.add_unit("A1");
    let id = shop.rent(NOW, shop.booking("2026-03-14"));
    let tenancy = shop.subscription(id).tenancy;
    let text = TERMS.map(|name| format!("{{{{ {name} }}}}")).join("; ");
    let new = NewContractTemplate { name: "Storage".to_owned(), text };
    let template = ContractTemplate::create(&mut shop.world, at(NOW), new).unwrap();
    (shop, id, tenancy, template)
}

fn issued() -> (Shop, ContractId) {
    let (mut shop, _, tenancy, template) = rented();
    let id = Contract::issue(&mut shop.world, at(NOW), tenancy, template).unwrap();
    (shop, id)
}

type Act = fn(&mut World, Timestamp, ContractId) -> Result<(), Refusal>;

const ACTS: [(Act, ContractStatus); 4] = [
    (Contract::sign, ContractStatus::Signed),
    (Contract::decline, ContractStatus::Declined),
    (Contract::void, ContractStatus::Voided),
    (Contract::delete, ContractStatus::Deleted),
];

#[test]
fn a_pending_contract_is_signed_declined_voided_or_deleted_once() {
    // G1, G3
    for (act, status) in ACTS {
        let (mut shop, id) = issued();
        let later = at("2026-03-05");
        act(&mut shop.world, later, id).unwrap();
        let contract = shop.world.contracts.get(id).unwrap();
        assert_eq!((contract.status, contract.updated_at), (status, later));
        assert_eq!(contract.signed_at, (status == ContractStatus::Signed).then_some(later));
        let before = shop.snapshot();
        for (act, other) in ACTS {
            let refused = shop.world.transact(|world| act(world, at("2026-03-06"), id));
            assert_eq!(rule(refused), "G1", "{status} does not become {other}");
        }
        assert_eq!(shop.snapshot(), before);
    }
    let mut shop = Shop::new();
    for (act, _) in ACTS {
        assert_eq!(act(&mut shop.world, at(NOW), Id::new(1)), Err(Refusal::NotFound));
    }
}

#[test]
fn one_that_was_voided_or_declined_is_issued_anew_and_stays() {
    // G4
    for (act, status) in ACTS {
        let (mut shop, id) = issued();
        let reissue = |shop: &mut Shop| shop.world.transact(|world| Contract::reissue(world, at("2026-03-06"), id));
        assert_eq!(rule(reissue(&mut shop)), "G4", "it is pending");
        act(&mut shop.world, at(NOW), id).unwrap();
        if matches!(status, ContractStatus::Voided | ContractStatus::Declined) {
            let (new, _) = reissue(&mut shop).unwrap();
            let status_of = |id| shop.world.contracts.get(id).unwrap().status;
            assert_eq!((status_of(id), status_of(new)), (status, ContractStatus::Pending));
            assert_eq!(shop.world.contracts.get(new).unwrap().sent_at, Some(at("2026-03-06")));
        } else {
            assert_eq!(rule(reissue(&mut shop)), "G4", "{status}");
        }
    }
    let mut shop = Shop::new();
    assert_eq!(Contract::reissue(&mut shop.world, at(NOW), Id::new(1)), Err(Refusal::NotFound));
}

#[test]
fn completion_makes_one_if_the_order_names_a_template_and_staff_issue_others_while_the_rental_lasts() {
    // G2, K2, A17
    let (mut shop, _, _, template) = rented();
    assert!(shop.world.contracts.is_empty(), "that order named none");
    let booking = NewOrder { contract_template: Some(template), ..shop.booking("2026-03-14") };
    let order = shop.order(NOW, booking).unwrap();
    pay(&mut shop.world, at(NOW), order, PayOutcome::Succeed, None).unwrap();
    let id = shop.world.orders.get(order).unwrap().subscription.unwrap();
    let tenancy = shop.subscription(id).tenancy;
    let contract = shop.world.contracts.having("tenancy_id", &tenancy.into()).next().unwrap();
    assert_eq!((contract.status, contract.sent_at), (ContractStatus::Pending, Some(at(NOW))));
    let sent: Vec<_> = shop.world.notices.iter().filter(|it| it.kind == NoticeKind::ContractSent).collect();
    assert_eq!(sent.iter().map(|it| (it.to, it.about)).collect::<Vec<_>>(), [(Some(shop.contact), contract.id.any())]);

    let issue = |shop: &mut Shop, tenancy, template| {
        shop.world.transact(|world| Contract::issue(world, at("2026-03-05"), tenancy, template))
    };
    assert!(issue(&mut shop, tenancy, template).is_ok());
    assert_eq!(pointers(issue(&mut shop, Id::new(1), template)), ["/tenancy/id"]);
    assert_eq!(pointers(issue(&mut shop, tenancy, Id::new(1))), ["/contract_template/id"]);
    cancel(&mut shop.world, at("2026-03-05"), id, Cancellation::of(CancelWhen::Immediately)).unwrap();
    assert_eq!(rule(issue(&mut shop, tenancy, template)), "G2");
}

#[test]
fn it_says_how_things_are_as_it_is_made_and_does_not_change_afterwards() {
    // G5
    let (mut shop, id) = issued();
    let before = shop.world.contracts.get(id).unwrap().clone();
    let text = "anna@example.com; Wharf Road; 50 sq ft; A1; 14 March 2026; £120.00; monthly; none";
    assert_eq!(before.text, text);
    let names: Vec<_> = before.terms.iter().map(|term| term.name.as_str()).collect();
    assert_eq!(names, TERMS);
    let unit = shop.world.units.iter().next().unwrap().id;
    unit::deallocate(&mut shop.world, at(NOW), unit).unwrap();
    let change = ContractTemplateChange { name: Some("Other".to_owned()), text: Some(String::new()) };
    ContractTemplate::change(&mut shop.world, at(NOW), before.contract_template, change).unwrap();
    shop.world.sites.update(shop.site, |site| site.name = "Quay".to_owned());
    assert_eq!(shop.world.contracts.get(id).unwrap(), &before);
}
