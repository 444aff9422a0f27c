//! What a receiver of webhooks can rely on.
#![cfg(feature = "webhook")]
#![allow(clippy::unwrap_used, reason = "tests, and what they share")]

use std::error::Error as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
use serde_json::{Value, json};
use stora_client::types::{ApiVersion, Event};
use stora_client::webhook::{DEFAULT_TOLERANCE, REQUEST_ID_HEADER, SIGNATURE_HEADER, Signer, Verifier, VerifyError};

const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const NOW: u64 = 1_763_640_000;

/// `hmac.new(SECRET, b"1763640000." + KNOWN, hashlib.sha256).hexdigest()` of Python's standard library.
const KNOWN: &str = r#"{"event": {"type": "unit.gone", "name": "Zürich"}}"#;
const KNOWN_SIGNATURE: &str = "6b10abd3da05d1a20bf4e97896e67995165101515bc1b703aa30ef91715afc6e";

fn at(seconds: f64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs_f64(seconds)
}

/// A verifier whose clock stands at `NOW`.
fn verifier() -> Verifier {
    Verifier::new(SECRET).unwrap().with_clock(|| UNIX_EPOCH + Duration::from_secs(NOW))
}

fn signed(body: &[u8]) -> String {
    Signer::new(SECRET).unwrap().sign(NOW, body)
}

fn accept(body: &Value) -> Result<Event, VerifyError> {
    let body = body.to_string();
    verifier().verify_parts(body.as_bytes(), &signed(body.as_bytes()))
}

fn event() -> Value {
    json!({"event": {
        "id": "evt_1", "api_version": "2025-09", "created_at": "2025-11-20T12:00:00Z", "type": "protection_level.created",
        "data": {"protection_level": {
            "id": "plvl_1", "account_code": null, "cover_level": {"amount": 250_000, "currency": "GBP", "formatted": "£2,500.00"},
            "created_at": "2025-11-20T12:00:00Z", "prices": [], "public": true, "stripe_product_id": null,
            "updated_at": "2025-11-20T12:00:00Z",
        }},
        "meta": {"curies": [
            {"name": "bo", "href": "https://example.stora.co/{rel}", "templated": true, "title": "Backoffice"},
        ]},
    }})
}

#[test]
fn a_signature_made_by_another_tool_is_taken() {
    let header = format!("t={NOW},v1={KNOWN_SIGNATURE}");
    assert_eq!(signed(KNOWN.as_bytes()), header);
    assert_eq!(verifier().verify_parts(KNOWN.as_bytes(), &header).unwrap().tag(), "unit.gone");
}

#[test]
fn the_event_comes_typed_and_whole() {
    let decoded = accept(&event()).unwrap();
    let Event::ProtectionLevelCreated(created) = &decoded else { panic!("{decoded:?}") };
    assert_eq!(created.event.data.protection_level.id.as_str(), "plvl_1");
    assert_eq!(serde_json::to_value(&decoded).unwrap(), event());
}

#[test]
fn meta_and_api_version_may_be_missing() {
    let changes: [fn(&mut serde_json::Map<String, Value>); 5] = [
        |event| drop(event.remove("meta")),
        |event| drop(event.insert("meta".into(), Value::Null)),
        |event| drop(event.insert("meta".into(), json!({}))),
        |event| drop(event.remove("api_version")),
        |event| event.retain(|key, _| key != "meta" && key != "api_version"),
    ];
    for change in changes {
        let mut body = event();
        change(body["event"].as_object_mut().unwrap());
        let Event::ProtectionLevelCreated(created) = accept(&body).unwrap() else { panic!("{body}") };
        assert_eq!(created.event.api_version, ApiVersion::from("2025-09"));
        assert_eq!(created.event.meta.curies.is_empty(), body["event"]["meta"]["curies"].is_null());
    }
}

#[test]
fn an_event_of_a_new_type_comes_as_it_is() {
    let body = json!({"event": {"type": "site.opened"}, "more": 1});
    assert_eq!(accept(&body).unwrap(), Event::Unknown(body));
}

#[test]
fn what_is_no_event_is_refused_with_the_way_to_the_fault() {
    let mut spoilt = event();
    spoilt["event"]["data"]["protection_level"]["public"] = json!("yes");
    let mut bare = event();
    bare["event"].as_object_mut().unwrap().retain(|key, _| key == "type" || key == "data" || key == "created_at");
    for (body, wanted) in [
        (spoilt, "event.data.protection_level.public"),
        (bare, "event"),
        (json!({"event": {"type": 7}}), "event.type"),
        (json!({"event": []}), "event"),
        (json!([1]), "event"),
        (json!(null), "event"),
    ] {
        match accept(&body) {
            Err(VerifyError::NotAnEvent { path, .. }) => assert_eq!(path, wanted, "{body}"),
            other => panic!("{body}: {other:?}"),
        }
    }
    for body in [&b""[..], b"{", b"\xff", b"{} {}", "[".repeat(100_000).as_bytes()] {
        let error = verifier().verify_parts(body, &signed(body)).unwrap_err();
        assert!(matches!(error, VerifyError::NotJson(_)) && error.source().is_some(), "{error:?}");
    }
}

#[test]
fn the_headers_are_those_that_stora_sends() {
    let body = event().to_string();
    let signer = Signer::new(SECRET).unwrap();
    let headers = signer.headers(NOW, body.as_bytes());
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["user-agent"], "Stora-Webhooks/1.0");
    assert_eq!(headers[SIGNATURE_HEADER], signed(body.as_bytes()));
    let id = headers[REQUEST_ID_HEADER].to_str().unwrap();
    let lengths: Vec<_> = id.split('-').map(str::len).collect();
    assert_eq!((lengths, &id[14..15]), (vec![8, 4, 4, 4, 12], "8"));
    assert_ne!(signer.headers(NOW + 1, body.as_bytes())[REQUEST_ID_HEADER], id);
    verifier().verify(body.as_bytes(), &headers).unwrap();
}

#[test]
fn a_header_that_is_missing_malformed_or_twice_there_is_told_apart() {
    let mut headers = HeaderMap::new();
    assert!(matches!(verifier().verify(b"", &headers), Err(VerifyError::MissingHeader)));
    headers.insert(SIGNATURE_HEADER, HeaderValue::from_bytes(b"t=1,v1=\xff").unwrap());
    assert!(matches!(verifier().verify(b"", &headers), Err(VerifyError::MalformedHeader(_))));
    let good = signed(KNOWN.as_bytes());
    headers.insert(SIGNATURE_HEADER, good.parse().unwrap());
    verifier().verify(KNOWN.as_bytes(), &headers).unwrap();
    headers.append(SIGNATURE_HEADER, good.parse().unwrap());
    assert!(matches!(verifier().verify(KNOWN.as_bytes(), &headers), Err(VerifyError::MalformedHeader(_))));

    let v1 = format!("v1={KNOWN_SIGNATURE}");
    for header in [
        String::new(),
        "t".into(),
        format!("t={NOW}"),
        v1.clone(),
        format!("t=,{v1}"),
        format!("t=+{NOW},{v1}"),
        format!("t=-1,{v1}"),
        format!("t=99999999999999999999,{v1}"),
        format!("t={NOW},t={NOW},{v1}"),
        format!("t={NOW},{v1},"),
        format!("t={NOW},v1="),
        format!("t={NOW},{v1}0"),
        format!("t={NOW},{}", &v1[..v1.len() - 1]),
        format!("t={NOW},{}g", &v1[..v1.len() - 1]),
        format!("t={NOW},{}é", &v1[..v1.len() - 2]),
        format!("t={NOW},v2={KNOWN_SIGNATURE}"),
    ] {
        let result = verifier().verify_parts(KNOWN.as_bytes(), &header);
        assert!(matches!(result, Err(VerifyError::MalformedHeader(_))), "{header}: {result:?}");
    }
    for header in [
        format!("t={NOW}, {v1}"),
        format!("{v1},t={NOW}"),
        format!("t={NOW},v0=?,{v1}"),
        format!("t={NOW},v1={}", KNOWN_SIGNATURE.to_uppercase()),
    ] {
        verifier().verify_parts(KNOWN.as_bytes(), &header).unwrap();
    }
}

#[test]
fn several_secrets_and_several_signatures_are_tried() {
    let old = Signer::new("old").unwrap().sign(NOW, KNOWN.as_bytes());
    let new = signed(KNOWN.as_bytes());
    let both = format!("{new},{}", old.split_once(',').unwrap().1);
    let rotating = verifier().with_secret("old").unwrap();
    for header in [&old, &new, &both] {
        rotating.verify_parts(KNOWN.as_bytes(), header).unwrap();
    }
    let only_old = Verifier::new("old").unwrap().with_clock(|| at(NOW as f64));
    only_old.verify_parts(KNOWN.as_bytes(), &both).unwrap();
    assert!(matches!(only_old.verify_parts(KNOWN.as_bytes(), &new), Err(VerifyError::Mismatch)));
}

#[test]
fn the_tolerance_holds_both_ways_and_to_the_last_instant() {
    let (now, tolerance) = (UNIX_EPOCH + Duration::from_secs(NOW), DEFAULT_TOLERANCE);
    assert_eq!(tolerance, Duration::from_secs(300));
    let instant = Duration::from_nanos(1);
    let check = |clock: SystemTime, tolerance| {
        let verifier = Verifier::new(SECRET).unwrap().with_tolerance(tolerance).with_clock(move || clock);
        verifier.verify_parts(KNOWN.as_bytes(), &signed(KNOWN.as_bytes()))
    };
    for clock in [now, now + tolerance, now - tolerance] {
        check(clock, tolerance).unwrap();
    }
    match check(now + tolerance + instant, tolerance) {
        Err(VerifyError::TooOld { age, .. }) => assert_eq!(age, tolerance + instant),
        other => panic!("{other:?}"),
    }
    match check(now - tolerance - instant, tolerance) {
        Err(VerifyError::TooNew { ahead, .. }) => assert_eq!(ahead, tolerance + instant),
        other => panic!("{other:?}"),
    }
    check(now, Duration::ZERO).unwrap();
    assert!(matches!(check(now + instant, Duration::ZERO), Err(VerifyError::TooOld { .. })));
    check(UNIX_EPOCH, Duration::MAX).unwrap();
    // A clock before 1970.
    assert!(matches!(check(UNIX_EPOCH - tolerance, tolerance), Err(VerifyError::TooNew { .. })));
}

#[test]
fn a_time_beyond_all_clocks_is_too_new() {
    let header = Signer::new(SECRET).unwrap().sign(u64::MAX, KNOWN.as_bytes());
    let result = verifier().verify_parts(KNOWN.as_bytes(), &header);
    assert!(matches!(result, Err(VerifyError::TooNew { .. })), "{result:?}");
}

#[test]
fn a_forged_request_is_a_mismatch_however_old_it_is() {
    let header = format!("t=1,v1={KNOWN_SIGNATURE}");
    assert!(matches!(verifier().verify_parts(KNOWN.as_bytes(), &header), Err(VerifyError::Mismatch)));
}

#[test]
fn a_text_that_cannot_be_a_secret_is_refused() {
    for text in ["", " ", "abc\n", "a b"] {
        assert!(Verifier::new(text).is_err() && Signer::new(text).is_err() && verifier().with_secret(text).is_err());
    }
}

#[test]
fn secrets_are_not_shown() {
    let error = verifier().verify_parts(b"{}", &format!("t={NOW},v1={KNOWN_SIGNATURE}")).unwrap_err();
    let shown = format!("{:?} {:?} {error:?} {error}", verifier(), Signer::new(SECRET).unwrap());
    assert!(!shown.contains(SECRET) && !shown.contains(&SECRET[..16]), "{shown}");
    assert!(shown.contains("secrets: 1"), "{shown}");
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(body: Vec<u8>, header: String, bytes: Vec<u8>, seconds: u64, clock: u32) {
        let verifier = verifier().with_clock(move || UNIX_EPOCH + Duration::from_secs(clock.into()));
        let _ = verifier.verify_parts(&body, &header);
        let _ = verifier.verify_parts(&body, &format!("t={header},v1={KNOWN_SIGNATURE}"));
        let _ = verifier.verify_parts(&body, &format!("t={seconds},v1={header}"));
        let _ = verifier.verify_parts(&body, &Signer::new(SECRET).unwrap().sign(seconds, &body));
        let _ = verifier.verify_parts(&body, &Signer::new(SECRET).unwrap().sign(clock.into(), &body));
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            let _ = verifier.verify(&body, &HeaderMap::from_iter([(http::HeaderName::from_static(SIGNATURE_HEADER), value)]));
        }
    }

    #[test]
    fn no_json_that_was_signed_makes_it_panic(kind in "(protection_level|unit|coupon|site)\\.(created|updated)", value in json()) {
        for body in [json!({"event": {"type": kind, "data": value}}), json!({"event": value}), value.clone()] {
            let _ = accept(&body);
        }
        let mut body = event();
        body["event"]["meta"] = value;
        let _ = accept(&body);
    }

    #[test]
    fn one_changed_bit_is_refused(body in proptest::collection::vec(any::<u8>(), 1..200), place: prop::sample::Index) {
        let flip = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let bit = place.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes
        };
        let mismatch = |verifier: &Verifier, body: &[u8], header: &str| {
            matches!(verifier.verify_parts(body, header), Err(VerifyError::Mismatch))
        };
        let header = signed(&body);
        prop_assert!(!mismatch(&verifier(), &body, &header));
        prop_assert!(mismatch(&verifier(), &flip(&body), &header));

        // Some changes make of the secret or of the number what is none.
        if let Some(Ok(other)) = String::from_utf8(flip(SECRET.as_bytes())).ok().map(Verifier::new) {
            prop_assert!(mismatch(&other, &body, &header));
        }
        let signature = header.split_once(',').unwrap().1;
        if let Ok(time) = String::from_utf8(flip(NOW.to_string().as_bytes())) {
            let result = verifier().verify_parts(&body, &format!("t={time},{signature}"));
            prop_assert!(matches!(result, Err(VerifyError::Mismatch | VerifyError::MalformedHeader(_))), "{result:?}");
        }
        let other = NOW ^ (1 << place.index(64));
        let header = format!("t={other},{signature}");
        prop_assert!(mismatch(&verifier(), &body, &header));
    }

    #[test]
    fn what_is_signed_is_taken_within_the_tolerance_alone(age in -1000_i64..1000, tolerance in 0_u64..1000) {
        let clock = UNIX_EPOCH + Duration::from_secs(NOW.checked_add_signed(age).unwrap());
        let verifier = verifier().with_tolerance(Duration::from_secs(tolerance)).with_clock(move || clock);
        let result = verifier.verify_parts(KNOWN.as_bytes(), &signed(KNOWN.as_bytes()));
        prop_assert_eq!(result.is_ok(), age.unsigned_abs() <= tolerance);
    }
}

/// Any JSON of some depth, with the keys of events among those of its objects.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let key = prop_oneof!["[a-z]{0,3}", "(id|type|data|meta|curies|api_version|event|unit|coupon)"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..5).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}
