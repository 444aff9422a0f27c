use super::*;
use crate::domain::ids::Id as _;
use crate::domain::webhook_endpoint::SigningSecret;

const KEY: u64 = 7;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_unix(1_772_445_600).plus_seconds(minutes * 60)
}

fn rules() -> Rules {
    Rules { retry_delays: [1, 5, 30, 120, 300, 600].map(|minutes| minutes * 60).to_vec(), kept: 100 }
}

fn endpoint(number: u64) -> WebhookEndpointId {
    WebhookEndpointId::new(number)
}

fn target(url: &str, enabled: bool) -> Target {
    Target { enabled, address: Address::parse(url), key: Key::of(&SigningSecret::new("5".repeat(64))) }
}

/// An outbox with two endpoints on this machine, and one at a name that nobody has.
fn outbox() -> Outbox {
    let mut outbox = Outbox::default();
    let urls = ["http://127.0.0.1:1/", "http://127.0.0.1:2/", "https://a.invalid/"];
    let targets = (1..).zip(urls).map(|(number, url)| (endpoint(number), target(url, true)));
    outbox.set_targets(targets, &rules());
    outbox.moved(at(0));
    outbox
}

fn add(outbox: &mut Outbox, to: u64, event: u64, at: Timestamp) -> u64 {
    let (event_id, endpoint) = (WebhookEventId::new(event), endpoint(to));
    let body = format!("body {event}").into();
    outbox.add(Parcel { event_id, event_type: EventKind::InvoicePaid, endpoint, at, body }, &rules())
}

fn answered(status: u16) -> Outcome {
    Outcome { status: Some(status), ..Outcome::default() }
}

/// Makes all attempts that are due at an endpoint, each answered so; gives the deliveries with the moments of the attempts.
fn drain(outbox: &mut Outbox, to: u64, now: Timestamp, status: u16) -> Vec<(u64, Timestamp)> {
    let mut made = Vec::new();
    while let Some(job) = outbox.next(endpoint(to), now, KEY) {
        made.push((job.delivery, job.at));
        outbox.finish(&job, answered(status), &rules());
    }
    made
}

fn status(outbox: &Outbox, id: u64) -> DeliveryStatus {
    outbox.get(id).unwrap().status
}

#[test]
fn a_delivery_is_tried_seven_times_after_the_delays_and_then_given_up() {
    // W4
    let mut outbox = outbox();
    let id = add(&mut outbox, 1, 1, at(0));
    let mut due = at(0);
    for delay in [1, 5, 30, 120, 300, 600] {
        assert_eq!(drain(&mut outbox, 1, due, 500), [(id, due)]);
        due = due.plus_seconds(delay * 60);
        assert_eq!((outbox.next_due(), outbox.left(due.plus_seconds(-1))), (Some(due), (0, 1)));
        outbox.moved(due);
    }
    assert_eq!(drain(&mut outbox, 1, due, 500), [(id, due)]);
    assert_eq!(
        (status(&outbox, id), outbox.next_due(), outbox.left(at(1 << 20))),
        (DeliveryStatus::Failed, None, (0, 0))
    );
}

#[test]
fn moved_over_the_clock_makes_all_retries_happen_each_at_its_own_instant() {
    // H2, H5
    let mut outbox = outbox();
    let one = add(&mut outbox, 1, 1, at(0));
    let two = add(&mut outbox, 1, 2, at(3));
    outbox.moved(at(10_000));
    let made: Vec<(u64, Timestamp)> = drain(&mut outbox, 1, at(10_000), 503);
    let expected = [0, 1, 3, 4, 6, 9, 36, 39, 156, 159, 456, 459, 1056, 1059].map(at);
    assert_eq!(made.iter().map(|(_, at)| *at).collect::<Vec<_>>(), expected);
    assert_eq!(made[..4].iter().map(|(id, _)| *id).collect::<Vec<_>>(), [one, one, two, two]);
}

#[test]
fn while_the_clock_runs_an_attempt_is_made_at_its_now_and_delays_count_from_its_end() {
    let mut outbox = outbox();
    let id = add(&mut outbox, 1, 1, at(5));
    let job = outbox.next(endpoint(1), at(6), KEY).unwrap();
    assert_eq!(job.at, at(6));
    outbox.finish(&job, Outcome { duration_ms: 9_999, ..answered(500) }, &rules());
    assert_eq!(outbox.get(id).unwrap().next_attempt_at, Some(at(7).plus_seconds(9)));
    assert!(outbox.next(endpoint(1), at(7), KEY).is_none());
}

#[test]
fn any_2xx_ends_a_delivery_and_nothing_else_does() {
    // W4
    for status in [200, 201, 204, 299] {
        let mut outbox = outbox();
        let id = add(&mut outbox, 1, 1, at(0));
        drain(&mut outbox, 1, at(0), status);
        assert_eq!(outbox.get(id).unwrap().status, DeliveryStatus::Delivered, "{status}");
    }
    for status in [100, 199, 300, 301, 307, 400, 404, 410, 429, 500] {
        let mut outbox = outbox();
        let id = add(&mut outbox, 1, 1, at(0));
        drain(&mut outbox, 1, at(0), status);
        assert_eq!(outbox.get(id).unwrap().status, DeliveryStatus::Pending, "{status}");
    }
}

#[test]
fn first_attempts_go_out_in_the_order_of_the_events_one_at_a_time_and_each_endpoint_by_itself() {
    let mut outbox = outbox();
    let first = [(1, 1), (2, 1), (1, 2), (1, 3)].map(|(to, event)| add(&mut outbox, to, event, at(0)));
    let job = outbox.next(endpoint(1), at(0), KEY).unwrap();
    assert_eq!(job.delivery, first[0]);
    assert!(outbox.next(endpoint(1), at(0), KEY).is_none(), "two at a time");
    assert_eq!(drain(&mut outbox, 2, at(0), 200), [(first[1], at(0))]);
    outbox.finish(&job, answered(500), &rules());
    let rest: Vec<u64> = drain(&mut outbox, 1, at(0), 200).into_iter().map(|(id, _)| id).collect();
    assert_eq!(rest, [first[2], first[3]]);
    assert!(outbox.is_settled(at(0)) && !outbox.is_settled(at(1)));
}

#[test]
fn retries_have_the_same_event_and_body_and_another_request_id() {
    // W5
    let mut outbox = outbox();
    add(&mut outbox, 1, 1, at(0));
    outbox.moved(at(100));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let job = outbox.next(endpoint(1), at(100), KEY).unwrap();
        assert_eq!(&*job.body, "body 1");
        assert!(!seen.contains(&job.request_id));
        seen.push(job.request_id);
        outbox.finish(&job, answered(500), &rules());
    }
}

#[test]
fn disabling_an_endpoint_drops_what_is_pending_for_it_and_what_is_being_sent() {
    // W5
    let mut outbox = outbox();
    let [retried, sending, waiting, other] =
        [(1, 1), (1, 2), (1, 3), (2, 3)].map(|(to, event)| add(&mut outbox, to, event, at(0)));
    let job = outbox.next(endpoint(1), at(0), KEY).unwrap();
    outbox.finish(&job, answered(500), &rules());
    let job = outbox.next(endpoint(1), at(0), KEY).unwrap();
    outbox.set_targets([(endpoint(1), target("http://127.0.0.1:1/", false))], &rules());
    outbox.finish(&job, answered(200), &rules());
    for id in [retried, sending, waiting] {
        assert_eq!(status(&outbox, id), DeliveryStatus::Dropped);
    }
    assert_eq!(status(&outbox, other), DeliveryStatus::Pending);
    // What comes in for it now is dropped too; enabled again, it gets what comes in then.
    let late = add(&mut outbox, 1, 4, at(0));
    assert_eq!(status(&outbox, late), DeliveryStatus::Dropped);
    outbox.set_targets([(endpoint(1), target("http://127.0.0.1:1/", true))], &rules());
    let again = add(&mut outbox, 1, 5, at(1));
    assert_eq!(drain(&mut outbox, 1, at(9_999), 200), [(again, at(9_999))]);
}

#[test]
fn where_nothing_is_sent_to_attempts_fail_by_themselves() {
    let mut outbox = outbox();
    let id = add(&mut outbox, 3, 1, at(0));
    outbox.refuse_due(at(0), KEY, &rules());
    let delivery = outbox.get(id).unwrap();
    assert_eq!((delivery.attempts.len(), delivery.next_attempt_at), (1, Some(at(1))));
    assert!(delivery.attempts[0].error.as_ref().unwrap().contains("`invalid`"));
    outbox.moved(at(9_999));
    outbox.refuse_due(at(9_999), KEY, &rules());
    assert_eq!((status(&outbox, id), outbox.get(id).unwrap().attempts.len()), (DeliveryStatus::Failed, 7));
}

#[test]
fn the_oldest_finished_deliveries_go_once_there_are_too_many_and_pending_ones_never() {
    let rules = Rules { kept: 3, ..rules() };
    let mut outbox = outbox();
    let pending = add(&mut outbox, 2, 1, at(0));
    for event in 0..10 {
        add(&mut outbox, 1, event, at(0));
        let job = outbox.next(endpoint(1), at(0), KEY).unwrap();
        outbox.finish(&job, answered(200), &rules);
    }
    let ids: Vec<u64> = outbox.newest_first().map(|delivery| delivery.id).collect();
    assert_eq!(ids, [11, 10, 9, pending]);
}

#[test]
fn an_outbox_is_read_as_it_is_written_and_goes_on() {
    let mut one = outbox();
    let [retried, waiting, done] = [(1, 1), (1, 2), (2, 2)].map(|(to, event)| add(&mut one, to, event, at(0)));
    drain(&mut one, 2, at(0), 204);
    let job = one.next(endpoint(1), at(0), KEY).unwrap();
    one.finish(&job, answered(500), &rules());
    let text = serde_json::to_string(&one).unwrap();
    assert!(!text.contains(&"5".repeat(64)), "a secret is written");
    let mut two = outbox();
    two.replace(serde_json::from_str(&text).unwrap(), at(0), &rules());
    assert_eq!(serde_json::to_string(&two).unwrap(), text);
    two.set_targets([(endpoint(1), target("http://127.0.0.1:1/", true))], &rules());
    two.moved(at(1));
    assert_eq!(drain(&mut two, 1, at(1), 200), [(waiting, at(0)), (retried, at(1))]);
    assert_eq!(two.get(done).unwrap(), one.get(done).unwrap());
    assert_eq!(two.left(at(1)), (0, 0));
}

#[test]
fn what_comes_back_after_another_outbox_took_the_place_counts_for_nothing() {
    let mut outbox = outbox();
    let id = add(&mut outbox, 1, 1, at(0));
    let text = serde_json::to_string(&outbox).unwrap();
    let job = outbox.next(endpoint(1), at(0), KEY).unwrap();
    outbox.replace(serde_json::from_str(&text).unwrap(), at(0), &rules());
    outbox.finish(&job, answered(200), &rules());
    assert_eq!((status(&outbox, id), outbox.get(id).unwrap().attempts.len()), (DeliveryStatus::Pending, 0));
}

#[test]
fn an_outbox_that_cannot_be_is_not_read() {
    let mut good = outbox();
    add(&mut good, 1, 1, at(0));
    let good = serde_json::to_value(&good).unwrap();
    let refused = |pointer: &str, value: serde_json::Value| {
        let mut wrong = good.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        serde_json::from_value::<Outbox>(wrong).err().map(|error| error.to_string()).unwrap()
    };
    assert!(refused("/bodies", serde_json::json!({})).contains("no body"));
    assert!(refused("/given", 0.into()).contains("to come"));
    assert!(refused("/given", u64::MAX.into()).contains("too many"));
    assert!(refused("/deliveries/0/next_attempt_at", serde_json::Value::Null).contains("tried next"));
    assert!(refused("/deliveries/0/status", "lost".into()).contains("lost"));
}
