//! Laws of deals that hold whatever is done.
//!
//! Rules: E1 to E4

use proptest::prelude::*;

use super::testing::*;
use super::*;

/// What somebody does. A number picks one of the deals or stages that there are.
#[derive(Debug, Clone)]
enum Act {
    AddStage,
    DeleteStage(usize),
    Create { stage: usize, site: Option<bool>, lines: Vec<Line> },
    Change { deal: usize, stage: Option<usize>, site: Option<Option<bool>>, lines: Option<Vec<Line>> },
    Win(usize),
    Lose(usize),
    Reopen { deal: usize, stage: Option<usize> },
}

#[derive(Debug, Clone, Copy)]
enum Line {
    Protection,
    UnitType,
    UnitTypeElsewhere,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let any_of = 0_usize..100;
    let line = prop_oneof![Just(Line::Protection), Just(Line::UnitType), Just(Line::UnitTypeElsewhere)];
    let lines = prop::collection::vec(line, 0..=2);
    let stage = prop::option::of(any_of.clone());
    let site = prop::option::of(any::<bool>());
    let act = prop_oneof![
        Just(Act::AddStage),
        any_of.clone().prop_map(Act::DeleteStage),
        (any_of.clone(), site.clone(), lines.clone()).prop_map(|(stage, site, lines)| Act::Create {
            stage,
            site,
            lines
        }),
        (any_of.clone(), stage.clone(), prop::option::of(site), prop::option::of(lines))
            .prop_map(|(deal, stage, site, lines)| Act::Change { deal, stage, site, lines }),
        any_of.clone().prop_map(Act::Win),
        any_of.clone().prop_map(Act::Lose),
        (any_of, stage).prop_map(|(deal, stage)| Act::Reopen { deal, stage }),
    ];
    prop::collection::vec(act, 1..40)
}

fn pick<T>(mut all: impl Iterator<Item = T>, number: usize, count: usize) -> Option<T> {
    all.nth(number.checked_rem(count)?)
}

impl Desk {
    fn a_deal(&self, number: usize) -> Option<Deal> {
        let deals = &self.shop.world.deals;
        pick(deals.iter().cloned(), number, deals.len())
    }

    fn a_stage(&self, number: usize) -> Option<DealStageId> {
        let stages = &self.shop.world.deal_stages;
        pick(stages.iter().map(|stage| stage.id), number, stages.len())
    }

    fn a_site(&self, here: bool) -> SiteId {
        if here { self.shop.site } else { self.elsewhere }
    }

    fn lines(&self, lines: &[Line]) -> Vec<DealLine> {
        let line = |line: &Line| match line {
            Line::Protection => self.protection(),
            Line::UnitType => self.unit_type(),
            Line::UnitTypeElsewhere => self.unit_type_elsewhere(),
        };
        lines.iter().map(line).collect()
    }

    /// Whether a deal can be for these at this site.
    fn agree(&self, site: Option<SiteId>, lines: &[DealLine]) -> bool {
        let kinds: Vec<DealLineKind> = lines.iter().map(|line| line.kind).collect();
        let is_single = |kind| kinds.iter().filter(|other| **other == kind).count() < 2;
        let barred = match site {
            Some(site) if site == self.elsewhere => lines.contains(&self.unit_type()),
            Some(_) => lines.contains(&self.unit_type_elsewhere()),
            None => false,
        };
        DealLineKind::ALL.iter().all(|kind| is_single(*kind)) && !barred
    }
}

/// Does one act, and holds what came of it against the rules.
fn perform(act: &Act, desk: &mut Desk) {
    match act {
        Act::AddStage => {
            desk.add_stage("Another");
        }
        Act::DeleteStage(number) => {
            let Some(stage) = desk.a_stage(*number) else { return };
            let count = desk.shop.world.deals.count_having("stage_id", &stage.into());
            let told = desk.act(|world, at| DealStage::delete(world, at, stage)).unwrap();
            assert_eq!(told.len() as u64, count);
            assert!(told.iter().all(|event| *event == EventKind::DealUpdated));
        }
        Act::Create { stage, site, lines } => {
            let Some(stage) = desk.a_stage(*stage) else { return };
            let (site, line_items) = (site.map(|here| desk.a_site(here)), desk.lines(lines));
            let is_good = desk.agree(site, &line_items);
            let new = NewDeal { stage, site, line_items, ..desk.plain() };
            let told = desk.act(|world, at| Deal::create(world, at, creator(), new));
            assert_eq!(told.is_ok(), is_good, "{told:?}");
        }
        Act::Change { deal, stage, site, lines } => {
            let Some(before) = desk.a_deal(*deal) else { return };
            let change = DealChange {
                stage: stage.and_then(|number| desk.a_stage(number)),
                site: site.map(|site| site.map(|here| desk.a_site(here))),
                line_items: lines.as_ref().map(|lines| desk.lines(lines)),
                ..DealChange::default()
            };
            let site = change.site.unwrap_or(before.site);
            let lines = in_order(change.line_items.clone().unwrap_or(before.line_items.clone()));
            let stage = change.stage.map_or(before.stage.clone(), Stage::Live);
            let told = desk.act(|world, at| Deal::change(world, at, before.id, change));
            assert_eq!(told.is_ok(), desk.agree(site, &lines), "{told:?}");
            let after = desk.deal(before.id);
            assert_eq!((after.status, &after.lost_reason), (before.status, &before.lost_reason));
            if let Ok(told) = told {
                assert_eq!((after.site, &after.line_items, &after.stage), (site, &lines, &stage));
                assert_eq!(told.is_empty(), *after == before);
            }
        }
        Act::Win(number) => close(desk, *number, DealStatus::Won, EventKind::DealWon, Deal::win),
        Act::Lose(number) => {
            let lose = |world: &mut World, at, id| Deal::lose(world, at, id, "other".to_owned());
            close(desk, *number, DealStatus::Lost, EventKind::DealLost, lose);
        }
        Act::Reopen { deal, stage } => {
            let Some(before) = desk.a_deal(*deal) else { return };
            let stage = stage.and_then(|number| desk.a_stage(number));
            let reopening = Reopening { assignee: None, stage };
            match desk.act(|world, at| Deal::reopen(world, at, before.id, reopening)) {
                Ok(told) => {
                    assert_eq!(told, [EventKind::DealUpdated]);
                    let after = desk.deal(before.id);
                    assert_ne!(before.status, DealStatus::Open);
                    assert_eq!((after.status, after.stage.live()), (DealStatus::Open, stage.or(before.stage.live())));
                }
                Err(Refusal::Invalid(_)) => assert!(stage.is_none() && before.stage.live().is_none()),
                Err(refused) => {
                    assert!(matches!(refused, Refusal::Conflict { rule: "E1", .. }), "{refused:?}");
                    assert_eq!(before.status, DealStatus::Open);
                }
            }
        }
    }
}

fn close(
    desk: &mut Desk,
    number: usize,
    status: DealStatus,
    event: EventKind,
    act: impl FnOnce(&mut World, Timestamp, DealId) -> Result<(), Refusal>,
) {
    let Some(before) = desk.a_deal(number) else { return };
    let told = desk.act(|world, at| act(world, at, before.id));
    let after = desk.deal(before.id);
    if before.status == DealStatus::Open {
        assert_eq!(told, Ok(vec![EventKind::DealUpdated, event]));
        assert_eq!((after.status, &after.stage), (status, &before.stage));
    } else {
        assert!(matches!(told, Err(Refusal::Conflict { rule: "E1", .. })), "{told:?}");
        assert_eq!(*after, before);
    }
}

/// What holds of the business at any time.
fn check_all(desk: &Desk) {
    for deal in desk.shop.world.deals.iter() {
        assert_eq!(deal.lost_reason.is_some(), deal.status == DealStatus::Lost);
        assert!(deal.line_items.is_sorted_by(|one, next| one.kind < next.kind), "one line of each kind, in order");
        assert!(desk.agree(deal.site, &deal.line_items));
        match &deal.stage {
            Stage::Live(stage) => assert!(desk.shop.world.deal_stages.contains(*stage)),
            Stage::Deleted(stage) => assert!(stage.name.ends_with(" - (Deleted)")),
        }
    }
    let mut positions: Vec<i64> = desk.shop.world.deal_stages.iter().map(|stage| stage.position).collect();
    positions.sort_unstable();
    assert!(positions.is_sorted_by(|one, next| one < next), "places of their own");
    assert!(desk.shop.world.orders.is_empty(), "no deal makes an order");
}

proptest! {
    #[test]
    fn random_acts_keep_the_rules_of_deals(acts in acts()) {
        let mut desk = Desk::open();
        for act in &acts {
            perform(act, &mut desk);
            check_all(&desk);
        }
    }
}
