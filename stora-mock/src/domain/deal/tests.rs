use super::testing::*;
use super::*;
use crate::domain::fixtures::{pointers, rule};
use crate::domain::ids::{Id, ProtectionLevelId, UnitTypeId};
use crate::domain::metadata::MOST_PAIRS;

fn change(desk: &mut Desk, id: DealId, change: DealChange) -> Result<Vec<EventKind>, Refusal> {
    desk.act(|world, at| Deal::change(world, at, id, change))
}

fn win(desk: &mut Desk, id: DealId) -> Result<Vec<EventKind>, Refusal> {
    desk.act(|world, at| Deal::win(world, at, id))
}

fn lose(desk: &mut Desk, id: DealId) -> Result<Vec<EventKind>, Refusal> {
    desk.act(|world, at| Deal::lose(world, at, id, "price_concerns".to_owned()))
}

fn reopen(desk: &mut Desk, id: DealId, reopening: Reopening) -> Result<Vec<EventKind>, Refusal> {
    desk.act(|world, at| Deal::reopen(world, at, id, reopening))
}

fn delete_stage(desk: &mut Desk, id: DealStageId) -> Result<Vec<EventKind>, Refusal> {
    desk.act(|world, at| DealStage::delete(world, at, id))
}

#[test]
fn a_new_deal_is_open_and_tells_of_its_creation() {
    let mut desk = Desk::open();
    let mut made = None;
    let new = desk.plain();
    let told = desk.act(|world, at| Deal::create(world, at, creator(), new).map(|id| made = Some(id)));
    assert_eq!(told, Ok(vec![EventKind::DealCreated]));
    let deal = desk.deal(made.unwrap());
    assert_eq!((deal.status, &deal.lost_reason, deal.creator), (DealStatus::Open, &None, creator()));
    assert_eq!((deal.contact, &deal.stage), (desk.shop.contact, &Stage::Live(desk.stage)));
    assert_eq!((deal.created_at, deal.updated_at), (later(), later()));
    assert!(deal.line_items.is_empty() && deal.site.is_none() && deal.assignee.is_none());
}

#[test]
fn lines_come_back_with_protection_first() {
    let mut desk = Desk::open();
    let lines = vec![desk.unit_type(), desk.protection()];
    let id = desk.add(NewDeal { line_items: lines.clone(), ..desk.plain() });
    let sorted = [desk.protection(), desk.unit_type()];
    assert_eq!(desk.deal(id).line_items, sorted);
    // The same set in any order is no change.
    let same = DealChange { line_items: Some(lines), ..DealChange::default() };
    assert_eq!(change(&mut desk, id, same), Ok(vec![]));
    assert_eq!(desk.deal(id).updated_at, opened());
}

#[test]
fn everything_unknown_is_pointed_at_in_one_refusal() {
    let mut desk = Desk::open();
    let unknown = DealLine { kind: DealLineKind::UnitType, item: UnitTypeId::new(1).any() };
    let new = NewDeal {
        contact: Id::new(1),
        stage: Id::new(1),
        assignee: Some(Id::new(1)),
        site: Some(Id::new(1)),
        line_items: vec![desk.protection(), unknown],
        ..desk.plain()
    };
    let refused = desk.act(|world, at| Deal::create(world, at, creator(), new));
    assert_eq!(pointers(refused), ["/contact/id", "/stage/id", "/line_items/1/item/id", "/assignee/id", "/site/id"]);

    let id = desk.add_plain();
    let pairs = (0..=MOST_PAIRS).map(|i| (i.to_string(), Some(String::new()))).collect();
    let bad = DealChange {
        stage: Some(Id::new(1)),
        assignee: Some(Some(Id::new(1))),
        site: Some(Some(Id::new(1))),
        line_items: Some(vec![unknown]),
        metadata: Some(pairs),
        ..DealChange::default()
    };
    assert_eq!(
        pointers(change(&mut desk, id, bad)),
        ["/stage/id", "/assignee/id", "/site/id", "/line_items/0/item/id", "/metadata"]
    );
}

#[test]
fn two_lines_of_a_kind_are_refused_and_so_is_an_item_of_another_kind() {
    let mut desk = Desk::open();
    let twice = vec![desk.unit_type(), desk.unit_type()];
    let new = NewDeal { line_items: twice.clone(), ..desk.plain() };
    assert_eq!(pointers(desk.act(|world, at| Deal::create(world, at, creator(), new))), ["/line_items/1/type"]);
    let id = desk.add_plain();
    let twice = DealChange { line_items: Some(twice), ..DealChange::default() };
    assert_eq!(pointers(change(&mut desk, id, twice)), ["/line_items/1/type"]);
    let crossed = DealLine { kind: DealLineKind::UnitType, item: desk.shop.protection.any() };
    let crossed = DealChange { line_items: Some(vec![crossed]), ..DealChange::default() };
    assert_eq!(pointers(change(&mut desk, id, crossed)), ["/line_items/0/item/id"]);
}

#[test]
fn lines_are_replaced_as_a_whole_cleared_by_an_empty_list_and_else_kept() {
    let mut desk = Desk::open();
    let id = desk.add(NewDeal { line_items: vec![desk.protection(), desk.unit_type()], ..desk.plain() });
    let renamed = DealChange { name: Some("Ada".to_owned()), ..DealChange::default() };
    assert_eq!(change(&mut desk, id, renamed), Ok(vec![EventKind::DealUpdated]));
    assert_eq!((desk.deal(id).line_items.len(), desk.deal(id).updated_at), (2, later()));
    let one = vec![desk.unit_type()];
    let only_unit_type = DealChange { line_items: Some(one.clone()), ..DealChange::default() };
    assert_eq!(change(&mut desk, id, only_unit_type), Ok(vec![EventKind::DealUpdated]));
    assert_eq!(desk.deal(id).line_items, one);
    let none = DealChange { line_items: Some(Vec::new()), ..DealChange::default() };
    assert_eq!(change(&mut desk, id, none), Ok(vec![EventKind::DealUpdated]));
    assert!(desk.deal(id).line_items.is_empty());
}

#[test]
fn a_unit_type_of_another_site_is_told_of_the_member_that_was_sent() {
    let mut desk = Desk::open();
    let (here, elsewhere) = (desk.shop.site, desk.elsewhere);
    let new = NewDeal { site: Some(elsewhere), line_items: vec![desk.protection(), desk.unit_type()], ..desk.plain() };
    let refused = desk.act(|world, at| Deal::create(world, at, creator(), new));
    assert_eq!(pointers(refused), ["/line_items/1/item/id"]);

    let id = desk.add(NewDeal { site: Some(here), line_items: vec![desk.unit_type()], ..desk.plain() });
    let site = DealChange { site: Some(Some(elsewhere)), ..DealChange::default() };
    assert_eq!(pointers(change(&mut desk, id, site.clone())), ["/site/id"]);
    let line = DealChange { line_items: Some(vec![desk.unit_type_elsewhere()]), ..DealChange::default() };
    assert_eq!(pointers(change(&mut desk, id, line.clone())), ["/line_items/0/item/id"]);
    let both = DealChange { line_items: Some(vec![desk.unit_type()]), ..site.clone() };
    assert_eq!(pointers(change(&mut desk, id, both)), ["/line_items/0/item/id"]);

    // They may change together, or one may go.
    let together = DealChange { line_items: line.line_items.clone(), ..site };
    assert_eq!(change(&mut desk, id, together), Ok(vec![EventKind::DealUpdated]));
    let no_site = DealChange { site: Some(None), line_items: Some(vec![desk.unit_type()]), ..DealChange::default() };
    assert_eq!(change(&mut desk, id, no_site), Ok(vec![EventKind::DealUpdated]));
    assert_eq!(change(&mut desk, id, line), Ok(vec![EventKind::DealUpdated]));
}

#[test]
fn null_takes_away_and_pairs_are_merged() {
    let mut desk = Desk::open();
    let id = desk.add(NewDeal {
        assignee: Some(desk.staff),
        site: Some(desk.elsewhere),
        note: Some("Calls back".to_owned()),
        starts_at: Some(opened()),
        metadata: [("a", "1"), ("b", "2")].map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        ..desk.plain()
    });
    let clearing = DealChange {
        assignee: Some(None),
        site: Some(None),
        note: Some(None),
        starts_at: Some(None),
        metadata: Some([("a".to_owned(), None)].into()),
        ..DealChange::default()
    };
    assert_eq!(change(&mut desk, id, clearing), Ok(vec![EventKind::DealUpdated]));
    let deal = desk.deal(id);
    assert_eq!((deal.assignee, deal.site, &deal.note, deal.starts_at), (None, None, &None, None));
    assert_eq!(deal.metadata, [("b".to_owned(), "2".to_owned())].into());
}

#[test]
fn only_an_open_deal_is_won_or_lost_and_only_another_is_reopened() {
    let mut desk = Desk::open();
    let id = desk.add_plain();
    assert_eq!(rule(reopen(&mut desk, id, Reopening::default())), "E1");
    assert_eq!(win(&mut desk, id), Ok(vec![EventKind::DealUpdated, EventKind::DealWon]));
    assert_eq!((desk.deal(id).status, &desk.deal(id).lost_reason), (DealStatus::Won, &None));
    assert_eq!(desk.deal(id).stage, Stage::Live(desk.stage));
    assert_eq!(rule(win(&mut desk, id)), "E1");
    assert_eq!(rule(lose(&mut desk, id)), "E1");
    assert_eq!(reopen(&mut desk, id, Reopening::default()), Ok(vec![EventKind::DealUpdated]));
    assert_eq!(lose(&mut desk, id), Ok(vec![EventKind::DealUpdated, EventKind::DealLost]));
    assert_eq!(desk.deal(id).lost_reason.as_deref(), Some("price_concerns"));
    assert_eq!(desk.deal(id).stage, Stage::Live(desk.stage));
    assert_eq!(rule(lose(&mut desk, id)), "E1");
    assert_eq!(rule(win(&mut desk, id)), "E1");
    // Winning makes no order (E3).
    assert!(desk.shop.world.orders.is_empty());
}

#[test]
fn a_lost_deal_can_be_changed_and_stays_lost() {
    let mut desk = Desk::open();
    let id = desk.add_plain();
    lose(&mut desk, id).unwrap();
    let renamed = DealChange { name: Some("Ada".to_owned()), ..DealChange::default() };
    assert_eq!(change(&mut desk, id, renamed), Ok(vec![EventKind::DealUpdated]));
    let deal = desk.deal(id);
    assert_eq!((deal.status, deal.lost_reason.as_deref()), (DealStatus::Lost, Some("price_concerns")));
}

#[test]
fn reopening_clears_the_reason_and_sets_what_is_given() {
    let mut desk = Desk::open();
    let id = desk.add_plain();
    let next = desk.add_stage("Viewing");
    lose(&mut desk, id).unwrap();
    let unknown = Reopening { assignee: Some(Id::new(1)), stage: Some(Id::new(1)) };
    assert_eq!(pointers(reopen(&mut desk, id, unknown)), ["/assignee/id", "/stage/id"]);
    let reopening = Reopening { assignee: Some(desk.staff), stage: Some(next) };
    assert_eq!(reopen(&mut desk, id, reopening), Ok(vec![EventKind::DealUpdated]));
    let deal = desk.deal(id);
    assert_eq!((deal.status, &deal.lost_reason), (DealStatus::Open, &None));
    assert_eq!((deal.assignee, &deal.stage), (Some(desk.staff), &Stage::Live(next)));
    // What the body names is looked at before the state.
    assert_eq!(pointers(reopen(&mut desk, id, unknown)), ["/assignee/id", "/stage/id"]);
}

#[test]
fn deals_of_a_deleted_stage_keep_what_it_was() {
    // E5
    let mut desk = Desk::open();
    let (stage, other) = (desk.stage, desk.add_stage("Viewing"));
    let (first, second) = (desk.add_plain(), desk.add_plain());
    let untouched = desk.add(NewDeal { stage: other, ..desk.plain() });
    win(&mut desk, second).unwrap();
    assert_eq!(delete_stage(&mut desk, stage), Ok(vec![EventKind::DealUpdated, EventKind::DealUpdated]));
    let left = DeletedStage {
        created_at: opened(),
        name: "Enquiry - (Deleted)".to_owned(),
        position: 1,
        updated_at: opened(),
    };
    for id in [first, second] {
        assert_eq!((&desk.deal(id).stage, desk.deal(id).updated_at), (&Stage::Deleted(left.clone()), later()));
    }
    assert_eq!(desk.deal(untouched).stage, Stage::Live(other));
    assert!(!desk.shop.world.deal_stages.contains(stage));
    assert_eq!(delete_stage(&mut desk, stage), Err(Refusal::NotFound));
}

#[test]
fn a_deal_whose_stage_was_deleted_is_reopened_into_another_one() {
    let mut desk = Desk::open();
    let id = desk.add_plain();
    let (gone, next) = (desk.stage, desk.add_stage("Viewing"));
    lose(&mut desk, id).unwrap();
    delete_stage(&mut desk, gone).unwrap();
    assert_eq!(pointers(reopen(&mut desk, id, Reopening::default())), ["/stage"]);
    let into_the_old_one = Reopening { stage: Some(gone), ..Reopening::default() };
    assert_eq!(pointers(reopen(&mut desk, id, into_the_old_one)), ["/stage/id"]);
    let into_another = Reopening { stage: Some(next), ..Reopening::default() };
    assert_eq!(reopen(&mut desk, id, into_another), Ok(vec![EventKind::DealUpdated]));
    assert_eq!(desk.deal(id).stage, Stage::Live(next));
}

#[test]
fn a_deal_that_there_is_not_is_not_found_whatever_the_body_names() {
    let mut desk = Desk::open();
    let id = Id::new(1);
    let bad = DealChange { stage: Some(Id::new(1)), ..DealChange::default() };
    assert_eq!(change(&mut desk, id, bad), Err(Refusal::NotFound));
    assert_eq!(win(&mut desk, id), Err(Refusal::NotFound));
    assert_eq!(lose(&mut desk, id), Err(Refusal::NotFound));
    let bad = Reopening { stage: Some(Id::new(1)), assignee: None };
    assert_eq!(reopen(&mut desk, id, bad), Err(Refusal::NotFound));
}

#[test]
fn a_protection_level_that_there_is_not_is_pointed_at() {
    let mut desk = Desk::open();
    let id = desk.add_plain();
    let unknown = DealLine { kind: DealLineKind::Protection, item: ProtectionLevelId::new(1).any() };
    let lines = DealChange { line_items: Some(vec![desk.unit_type(), unknown]), ..DealChange::default() };
    assert_eq!(pointers(change(&mut desk, id, lines)), ["/line_items/1/item/id"]);
}

#[test]
fn stages_are_named_and_have_places_of_their_own() {
    let mut desk = Desk::open();
    let stage = desk.stage;
    let mut create = |name: &str, position| {
        let new = NewDealStage { name: name.to_owned(), position };
        DealStage::create(&mut desk.shop.world, later(), new)
    };
    assert_eq!(pointers(create(" ", Some(0))), ["/name", "/position"]);
    assert_eq!(rule(create("Viewing", Some(1))), "");
    let gap = create("Offer", Some(10)).unwrap();
    let last = create("Deposit", None).unwrap();

    let world = &mut desk.shop.world;
    assert_eq!(world.deal_stages.get(last).unwrap().position, 11);
    let moved = |position| DealStageChange { position: Some(position), ..DealStageChange::default() };
    assert_eq!(rule(DealStage::change(world, later(), gap, moved(1))), "");
    assert_eq!(pointers(DealStage::change(world, later(), gap, moved(-1))), ["/position"]);
    DealStage::change(world, later(), gap, moved(10)).unwrap();
    DealStage::change(world, later(), gap, moved(2)).unwrap();
    assert_eq!(world.deal_stages.get(gap).unwrap().position, 2);
    let renamed = DealStageChange { name: Some("Lead".to_owned()), position: None };
    DealStage::change(world, later(), stage, renamed).unwrap();
    assert_eq!(world.deal_stages.get(stage).unwrap().name, "Lead");
    assert_eq!(DealStage::change(world, later(), Id::new(1), moved(3)), Err(Refusal::NotFound));
}
