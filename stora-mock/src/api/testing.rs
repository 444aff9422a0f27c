//! Calls of operations without a server.

use serde_json::{Value, json};

use super::{Call, Handler, handler};
use crate::contract::query::Query;
use crate::contract::{Match, route};
use crate::domain::fixtures::{Shop, at};
use crate::view::Addresses;

/// The status and body of a call on the second of March.
pub fn call(shop: &mut Shop, method: &str, address: &str, body: Value) -> (u16, Value) {
    let (path, query) = address.split_once('?').map_or((address, None), |(path, query)| (path, Some(query)));
    let Match { operation, params } = route(method, path).unwrap();
    let addresses = Addresses::new("http://mock.test", None, None, [0; 32]);
    let mut call = Call {
        operation,
        params: &params,
        query: &Query::parse(operation, query, true).unwrap(),
        body: body.is_object().then_some(body),
        caller: shop.contact.into(),
        now: at("2026-03-02"),
        request_id: "c446375c-d36a-4230-a6dc-85ab9b79893c",
        addresses: &addresses,
        documented_events_only: false,
        format: "application/json",
    };
    let answer = match handler(operation.id) {
        Handler::Read(read) => read(&call, &shop.world),
        Handler::Write(write) => shop.world.transact(|world| write(&mut call, world)).map(|(answer, _)| answer),
        Handler::Oauth(_) | Handler::Picture => panic!("{address} is no operation on records"),
    };
    match answer {
        Ok(answer) => (answer.status, serde_json::from_slice(&answer.body).unwrap()),
        Err(error) => (error.status, json!(error.details.iter().map(|fault| &*fault.pointer).collect::<Vec<_>>())),
    }
}

/// The body of a record or list that there is.
pub fn get(shop: &mut Shop, address: &str) -> Value {
    let (status, body) = call(shop, "GET", address, Value::Null);
    assert_eq!(status, 200, "{address}");
    body
}
