//! Deals.

use stora_client::{Reference, types};

use super::body::{body_id, instant, reference};
use super::{Answer, Call};
use crate::contract::error::ApiError;
use crate::domain::deal::{Deal, DealChange, DealLine, DealLineKind, NewDeal, Reopening};
use crate::domain::faults::{Faults, within};
use crate::domain::ids::{DealId, DealStageId, Id, ProtectionLevelId, UnitTypeId};
use crate::domain::refusal::Refusal;
use crate::store::World;

/// `deal_list`
pub fn list(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    Ok(call.list::<Deal>(world, "deals"))
}

/// `deal_create`
pub fn create(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let new = new_deal(call.body()?)?;
    let id = Deal::create(world, call.now, call.caller, new)?;
    call.show::<Deal>(world, 201, "deal", id)
}

/// `deal_show`
pub fn show(call: &Call<'_>, world: &World) -> Result<Answer, ApiError> {
    call.show::<Deal>(world, 200, "deal", call.id("deal_id")?)
}

/// `deal_update`
pub fn update(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.existing::<Deal>(world, "deal_id")?;
    let change = deal_change(call.body()?)?;
    Deal::change(world, call.now, id, change)?;
    call.show::<Deal>(world, 200, "deal", id)
}

/// `deal_win`
pub fn win(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id: DealId = call.id("deal_id")?;
    Deal::win(world, call.now, id)?;
    call.show::<Deal>(world, 200, "deal", id)
}

/// `deal_lose`
pub fn lose(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.existing::<Deal>(world, "deal_id")?;
    let body: types::DealLoseBody = call.body()?;
    Deal::lose(world, call.now, id, body.lost_reason.to_string())?;
    call.show::<Deal>(world, 200, "deal", id)
}

/// `deal_reopen`
pub fn reopen(call: &mut Call<'_>, world: &mut World) -> Result<Answer, ApiError> {
    let id = call.existing::<Deal>(world, "deal_id")?;
    let reopening = reopening(&call.body()?)?;
    Deal::reopen(world, call.now, id, reopening)?;
    call.show::<Deal>(world, 200, "deal", id)
}

fn new_deal(body: types::DealCreateBody) -> Result<NewDeal, Refusal> {
    let mut faults = Faults::default();
    let contact = faults.gather(body_id(body.contact.id.as_str(), "/contact/id"))?;
    let stage = faults.gather(stage(&body.stage))?;
    let line_items = faults.gather(lines(&body.line_items.unwrap_or_default()))?;
    let assignee = faults.gather(reference(body.assignee, "/assignee/id"))?.flatten();
    let site = faults.gather(reference(body.site, "/site/id"))?.flatten();
    let (contact, stage) = faults.finish(contact.zip(stage))?;
    Ok(NewDeal {
        name: body.name,
        contact,
        stage,
        line_items: line_items.unwrap_or_default(),
        assignee: assignee.flatten(),
        site: site.flatten(),
        note: body.note.into_value(),
        starts_at: instant(body.starts_at).flatten(),
        metadata: body.metadata.unwrap_or_default(),
    })
}

fn deal_change(body: types::DealUpdateBody) -> Result<DealChange, Refusal> {
    let mut faults = Faults::default();
    let stage = faults.gather(body.stage.as_ref().map(stage).transpose())?.flatten();
    let assignee = faults.gather(reference(body.assignee, "/assignee/id"))?.flatten();
    let site = faults.gather(reference(body.site, "/site/id"))?.flatten();
    let line_items = faults.gather(body.line_items.as_deref().map(lines).transpose())?.flatten();
    faults.none()?;
    Ok(DealChange {
        name: body.name,
        stage,
        assignee,
        site,
        note: body.note.into_option(),
        starts_at: instant(body.starts_at),
        metadata: body.metadata,
        line_items,
    })
}

fn reopening(body: &types::DealReopenBody) -> Result<Reopening, Refusal> {
    let mut faults = Faults::default();
    let assignee = body.assignee.as_ref().map(|assignee| body_id(assignee.id.as_str(), "/assignee/id"));
    let assignee = faults.gather(assignee.transpose())?.flatten();
    let stage = faults.gather(body.stage.as_ref().map(stage).transpose())?.flatten();
    faults.none()?;
    Ok(Reopening { assignee, stage })
}

fn stage(given: &Reference<types::DealStageId>) -> Result<DealStageId, Refusal> {
    body_id(given.id.as_str(), "/stage/id")
}

fn lines(given: &[types::DealCreateBodyLineItem]) -> Result<Vec<DealLine>, Refusal> {
    let mut faults = Faults::default();
    let mut lines = Vec::with_capacity(given.len());
    for (place, line) in given.iter().enumerate() {
        lines.extend(
            faults.gather(deal_line(line).map_err(|refusal| within(&format!("/line_items/{place}"), refusal)))?,
        );
    }
    faults.none()?;
    Ok(lines)
}

/// A line of a body. Pointers are into the line.
fn deal_line(line: &types::DealCreateBodyLineItem) -> Result<DealLine, Refusal> {
    use types::DealCreateBodyLineItem as Body;

    let (kind, item) = match line {
        Body::Protection(line) => {
            (DealLineKind::Protection, body_id::<ProtectionLevelId>(line.item.id.as_str(), "/item/id")?.any())
        }
        Body::UnitType(line) => {
            (DealLineKind::UnitType, body_id::<UnitTypeId>(line.item.id.as_str(), "/item/id")?.any())
        }
        _ => return Err(Refusal::invalid("/type", "There is no such type of line.")),
    };
    Ok(DealLine { kind, item })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const CONTACT: &str = "con_0000000000000001";
    const STAGE: &str = "dstg_0000000000000001";
    const UNIT_TYPE: &str = "utype_0000000000000001";

    fn body<T: serde::de::DeserializeOwned>(json: Value) -> T {
        serde_json::from_value(json).unwrap()
    }

    fn pointers<T>(read: Result<T, Refusal>) -> Vec<String> {
        match read.err().unwrap() {
            Refusal::Invalid(faults) => faults.into_iter().map(|fault| fault.pointer).collect(),
            other => panic!("no faults: {other:?}"),
        }
    }

    #[test]
    fn every_id_that_cannot_be_one_is_pointed_at() {
        let json = json!({
            "name": "Ada",
            "contact": {"id": "con_nobody"},
            "stage": {"id": "dstg_nowhere"},
            "assignee": {"id": "staff_nobody"},
            "site": {"id": "site_nowhere"},
            "line_items": [
                {"type": "unit_type", "item": {"id": UNIT_TYPE}},
                {"type": "protection", "item": {"id": "plvl_none"}},
            ],
        });
        let expected = ["/contact/id", "/stage/id", "/line_items/1/item/id", "/assignee/id", "/site/id"];
        assert_eq!(pointers(new_deal(body(json))), expected);
        let json = json!({
            "stage": {"id": "dstg_nowhere"},
            "assignee": {"id": "staff_nobody"},
            "site": {"id": "site_nowhere"},
            "line_items": [{"type": "unit_type", "item": {"id": "utype_none"}}],
        });
        let expected = ["/stage/id", "/assignee/id", "/site/id", "/line_items/0/item/id"];
        assert_eq!(pointers(deal_change(body(json))), expected);
        let json = json!({"stage": {"id": "dstg_nowhere"}, "assignee": {"id": "staff_nobody"}});
        assert_eq!(pointers(reopening(&body(json))), ["/assignee/id", "/stage/id"]);
    }

    #[test]
    fn what_is_left_out_stays_and_null_clears() {
        let change = deal_change(body(json!({}))).unwrap();
        assert!(change.assignee.is_none() && change.site.is_none() && change.line_items.is_none());
        assert!(change.note.is_none() && change.starts_at.is_none() && change.metadata.is_none());
        let json = json!({"assignee": null, "site": null, "note": null, "starts_at": null, "line_items": []});
        let change = deal_change(body(json)).unwrap();
        assert_eq!((change.assignee, change.site), (Some(None), Some(None)));
        assert_eq!((change.note, change.starts_at), (Some(None), Some(None)));
        assert_eq!(change.line_items, Some(Vec::new()));
        assert_eq!(reopening(&body(json!({}))).unwrap().stage, None);
    }

    #[test]
    fn a_body_becomes_a_deal_to_be_made() {
        let json = json!({
            "name": "Ada",
            "contact": {"id": CONTACT},
            "stage": {"id": STAGE},
            "assignee": null,
            "starts_at": "2026-03-02T10:00:00.9+02:00",
            "line_items": [{"type": "unit_type", "item": {"id": UNIT_TYPE}}],
        });
        let new = new_deal(body(json)).unwrap();
        assert_eq!((new.contact.to_string(), new.stage.to_string()), (CONTACT.to_owned(), STAGE.to_owned()));
        assert_eq!(new.starts_at.unwrap().to_string(), "2026-03-02T08:00:00Z");
        let item = UnitTypeId::parse(UNIT_TYPE).unwrap().any();
        assert_eq!(new.line_items, [DealLine { kind: DealLineKind::UnitType, item }]);
        assert!(new.assignee.is_none() && new.site.is_none() && new.note.is_none() && new.metadata.is_empty());
    }
}
