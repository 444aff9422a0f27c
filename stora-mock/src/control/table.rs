//! Every operation of the control API.

use schemars::SchemaGenerator;
use serde::de::DeserializeOwned;
use stora_client::types;
use tokio::runtime::Handle;

use super::catalogue;
use super::faults::FaultSpec;
use super::journal::JournalQuery;
use super::money;
use super::route::{Input, Raw, Reply, Response, Route, Tag, route};
use super::{
    Advance, ConsentChange, ControlError, CreateAccessToken, CreateApplication, CreateOperator, DeliveryQuery,
    EventsQuery, Fill, IssueContract, OperatorControl, PayOrder, ScheduleQuery, Seeded, SetClock, SettingsChange,
    TestEvent, WaitForDeliveries, document, page, rental_changes, rentals, storefront, worklist,
};
use crate::contract::Method::{Delete, Get, Patch, Post, Put};
use crate::contract::error::ApiError;
use crate::seed::file::{self, SeedFile};

/// Every operation.
pub(super) fn routes() -> Vec<Route> {
    let mut routes = server();
    routes.extend(operators());
    routes.extend(access());
    routes.extend(clock());
    routes.extend(catalogue::routes());
    routes.extend(customers());
    routes.extend(money::routes());
    routes.extend(rentals::routes());
    routes.extend(rental_changes::routes());
    routes.extend(storefront::routes());
    routes.extend(worklist::routes());
    routes.extend(webhooks());
    routes.extend(journal());
    routes.extend(faults());
    routes
}

fn server() -> Vec<Route> {
    vec![
        route(Get, "/health", "health", Tag::Server, "Tells that the server answers.")
            .open()
            .server(|control, _, ()| Ok(control.health())),
        route(Get, "/ready", "ready", Tag::Server, "Tells that the server can serve.")
            .open()
            .server(|control, _, ()| Ok(control.ready())),
        route(Get, "/openapi.json", "openapi", Tag::Server, "Gives this document.")
            .server_replies(Response::Json(document::any_object), |control, _, ()| {
                Ok(Reply::Json(document::of(&control.server.addresses.server)))
            }),
        route(Get, "/errors", "errors", Tag::Server, "Shows people which errors there are.")
            .open()
            .server_replies(Response::Page, |_, _, ()| Ok(Reply::Page(page::errors()))),
    ]
}

fn operators() -> Vec<Route> {
    vec![
        route(Get, "/operators", "operator_list", Tag::Operators, "Lists the operators.")
            .server(|control, _, ()| Ok(control.operators())),
        route(Post, "/operators", "operator_create", Tag::Operators, "Makes an operator, with tokens of its own.")
            .takes::<CreateOperator>()
            .status(201)
            .server(|control, _, new| control.create_operator(new)),
        route(Get, "/operators/{operator}", "operator_show", Tag::Operators, "Shows an operator.")
            .server(|control, input, ()| Ok(control.operator(input.param("operator"))?.info())),
        route(
            Delete,
            "/operators/{operator}",
            "operator_delete",
            Tag::Operators,
            "Removes an operator, with all that it has.",
        )
        .server_does(|control, input, ()| control.delete_operator(input.param("operator"))),
        route(
            Patch,
            "/settings",
            "settings_update",
            Tag::Settings,
            "Changes what an operator sets for the whole business.",
        )
        .takes::<SettingsChange>()
        .operator(|operator, _, change| operator.change_settings(change)),
        route(Post, "/reset", "reset", Tag::Operators, "Puts an operator back to where it was when it was made.")
            .operator(|operator, _, ()| operator.reset()),
        route(
            Get,
            "/snapshot",
            "snapshot_export",
            Tag::Snapshots,
            "Gives the whole state of an operator, to be put back later.",
        )
        .operator_replies(Response::Json(document::any_object), |operator, _, ()| Ok(Reply::Json(operator.snapshot()))),
        route(
            Put,
            "/snapshot",
            "snapshot_import",
            Tag::Snapshots,
            "Puts a snapshot in the place of all that an operator has.",
        )
        .takes_raw(document::any_object, &["application/json"])
        .operator(|operator, _, raw| operator.restore(&raw.body)),
        route(Get, "/snapshots", "snapshot_list", Tag::Snapshots, "Lists the snapshots in the folder of the server.")
            .operator(|operator, _, ()| operator.saved_snapshots()),
        route(
            Put,
            "/snapshots/{name}",
            "snapshot_save",
            Tag::Snapshots,
            "Saves the whole state of an operator in a file.",
        )
        .operator(|operator, input, ()| operator.save_snapshot(input.param("name"))),
        route(Delete, "/snapshots/{name}", "snapshot_delete", Tag::Snapshots, "Removes a saved snapshot.")
            .operator_does(|operator, input, ()| operator.delete_saved(input.param("name"))),
        route(
            Post,
            "/snapshots/{name}/restore",
            "snapshot_restore",
            Tag::Snapshots,
            "Puts a saved snapshot in the place of all that an operator has.",
        )
        .operator(|operator, input, ()| operator.restore_saved(input.param("name"))),
        route(Post, "/seed", "seed", Tag::Operators, "Makes what a seed file describes, in JSON or YAML.")
            .takes_raw(SchemaGenerator::subschema_for::<SeedFile>, &["application/json", "application/yaml"])
            .operator(|operator, _, raw| seed(operator, &raw)),
        route(Post, "/fill", "fill", Tag::Operators, "Makes many contacts at once, for tests under load.")
            .takes::<Fill>()
            .operator(|operator, _, fill| operator.fill(fill)),
    ]
}

fn access() -> Vec<Route> {
    vec![
        route(Get, "/access_tokens", "access_token_list", Tag::AccessTokens, "Lists the access tokens.")
            .operator(|operator, _, ()| Ok(operator.access_tokens())),
        route(
            Post,
            "/access_tokens",
            "access_token_create",
            Tag::AccessTokens,
            "Makes an access token, whose value is shown once.",
        )
        .takes::<CreateAccessToken>()
        .status(201)
        .operator(|operator, _, new| operator.create_access_token(new)),
        route(
            Delete,
            "/access_tokens/{access_token_id}",
            "access_token_revoke",
            Tag::AccessTokens,
            "Revokes an access token.",
        )
        .operator_does(|operator, input, ()| operator.revoke_access_token(input.param("access_token_id"))),
        route(Get, "/applications", "application_list", Tag::Applications, "Lists the OAuth applications.")
            .operator(|operator, _, ()| Ok(operator.applications())),
        route(
            Post,
            "/applications",
            "application_create",
            Tag::Applications,
            "Registers an OAuth application, whose secret is shown once.",
        )
        .takes::<CreateApplication>()
        .status(201)
        .operator(|operator, _, new| operator.create_application(new)),
        route(
            Delete,
            "/applications/{application_id}",
            "application_revoke",
            Tag::Applications,
            "Revokes an OAuth application, with all its tokens and codes.",
        )
        .operator_does(|operator, input, ()| operator.revoke_application(input.param("application_id"))),
        route(
            Put,
            "/applications/{application_id}/consent",
            "application_consent_update",
            Tag::Applications,
            "Says what becomes of an application's questions for consent.",
        )
        .takes::<ConsentChange>()
        .operator(|operator, input, change| operator.set_consent(input.param("application_id"), change)),
    ]
}

fn clock() -> Vec<Route> {
    vec![
        route(Get, "/clock", "clock_show", Tag::Clock, "Tells what time it is.")
            .operator(|operator, _, ()| Ok(operator.clock())),
        route(Post, "/clock", "clock_set", Tag::Clock, "Sets the clock: forward only, once there are data.")
            .takes::<SetClock>()
            .operator(|operator, _, set| operator.set_clock(set)),
        route(Post, "/clock/advance", "clock_advance", Tag::Clock, "Moves the clock forward, and does what falls due.")
            .takes::<Advance>()
            .operator(|operator, _, advance| operator.advance(&advance)),
        route(Get, "/clock/schedule", "clock_schedule", Tag::Clock, "Lists what falls due by itself.")
            .query::<ScheduleQuery>()
            .operator(|operator, input, ()| Ok(operator.schedule(own_query(input)?))),
    ]
}

fn customers() -> Vec<Route> {
    vec![
        route(Post, "/orders/{order_id}/pay", "order_pay", Tag::Orders, "Pays a finalized order on its checkout page.")
            .takes::<PayOrder>()
            .record("order", "Order", |operator, input, pay| operator.pay_order(input.param("order_id"), pay)),
        route(Post, "/orders/{order_id}/abandon", "order_abandon", Tag::Orders, "Calls off an order that is not paid.")
            .record("order", "Order", |operator, input, ()| operator.abandon_order(input.param("order_id"))),
        route(Post, "/contracts", "contract_issue", Tag::Contracts, "Issues a contract for a tenancy, and sends it.")
            .takes::<IssueContract>()
            .status(201)
            .record("contract", "Contract", |operator, _, new| operator.issue_contract(new)),
        contract(
            "/contracts/{contract_id}/sign",
            "contract_sign",
            "Signs a contract, as the customer does.",
            OperatorControl::sign_contract,
        ),
        contract(
            "/contracts/{contract_id}/decline",
            "contract_decline",
            "Declines a contract, as the customer does.",
            OperatorControl::decline_contract,
        ),
        contract("/contracts/{contract_id}/void", "contract_void", "Voids a contract.", OperatorControl::void_contract),
        contract(
            "/contracts/{contract_id}/delete",
            "contract_delete",
            "Deletes a contract, which stays to be seen.",
            OperatorControl::delete_contract,
        ),
        contract(
            "/contracts/{contract_id}/reissue",
            "contract_reissue",
            "Issues a new contract in place of one that was voided or declined.",
            OperatorControl::reissue_contract,
        ),
    ]
}

/// An act on a contract.
fn contract(
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    act: fn(&OperatorControl, &str) -> Result<types::Contract, ControlError>,
) -> Route {
    route(Post, path, id, Tag::Contracts, summary)
        .record("contract", "Contract", move |operator, input, ()| act(operator, input.param("contract_id")))
}

fn webhooks() -> Vec<Route> {
    vec![
        route(Get, "/webhooks/deliveries", "delivery_list", Tag::Deliveries, "Lists deliveries, the newest first.")
            .query::<DeliveryQuery>()
            .operator(|operator, input, ()| Ok(operator.deliveries(&own_query(input)?))),
        route(
            Get,
            "/webhooks/deliveries/{delivery_id}",
            "delivery_show",
            Tag::Deliveries,
            "Shows a delivery, with what is sent.",
        )
        .operator(|operator, input, ()| operator.delivery(number(input, "delivery_id")?)),
        route(
            Post,
            "/webhooks/deliveries/{delivery_id}/redeliver",
            "delivery_repeat",
            Tag::Deliveries,
            "Delivers the same event once more, to the byte.",
        )
        .status(201)
        .operator(|operator, input, ()| operator.redeliver(number(input, "delivery_id")?)),
        route(
            Post,
            "/webhooks/wait",
            "delivery_wait",
            Tag::Deliveries,
            "Waits until nothing that is due is left to deliver.",
        )
        .takes::<WaitForDeliveries>()
        .operator(|operator, _, wait| {
            // Acts run on threads that may wait.
            Ok(Handle::current().block_on(operator.wait_for_deliveries(wait.limit()?)))
        }),
        route(
            Post,
            "/webhooks/test",
            "webhook_test",
            Tag::Webhooks,
            "Fires an event that did not happen, to test who receives it.",
        )
        .takes::<TestEvent>()
        .operator(|operator, _, test| operator.send_test_event(&test)),
        route(Get, "/events", "event_watch", Tag::Events, "Gives events as they happen, as server-sent events.")
            .query::<EventsQuery>()
            .operator_replies(Response::Events, |operator, input, ()| {
                let EventsQuery { types } = own_query(input)?;
                Ok(Reply::Events(operator.events(types.map(|types| types.0))))
            }),
    ]
}

/// The number that a path names: what is none is as unknown as one that nothing has.
fn number(input: &Input, name: &str) -> Result<u64, ControlError> {
    input.param(name).parse().map_err(|_| ControlError::not_found())
}

fn journal() -> Vec<Route> {
    vec![
        route(Get, "/journal", "journal_list", Tag::Journal, "Lists what was called last.")
            .query::<JournalQuery>()
            .server(|control, input, ()| Ok(control.journal(&query(input.query.iter())?))),
        route(Delete, "/journal", "journal_clear", Tag::Journal, "Forgets what was called.").server_does(
            |control, _, ()| {
                control.clear_journal();
                Ok(())
            },
        ),
    ]
}

fn faults() -> Vec<Route> {
    vec![
        route(Get, "/faults", "fault_list", Tag::Faults, "Lists the rules for faults.")
            .server(|control, _, ()| Ok(control.faults())),
        route(Post, "/faults", "fault_create", Tag::Faults, "Puts a rule for faults in force.")
            .takes::<FaultSpec>()
            .status(201)
            .server(|control, _, spec| control.add_fault(spec)),
        route(Delete, "/faults", "fault_clear", Tag::Faults, "Removes every rule for faults.").server_does(
            |control, _, ()| {
                control.clear_faults();
                Ok(())
            },
        ),
        route(Delete, "/faults/{fault_id}", "fault_delete", Tag::Faults, "Removes a rule for faults.")
            .server(|control, input, ()| control.remove_fault(number(input, "fault_id")?)),
    ]
}

/// Makes what a seed file describes. It is YAML if its media type says so, else JSON.
fn seed(operator: &OperatorControl, raw: &Raw) -> Result<Seeded, ControlError> {
    let media_type = raw.content_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    if media_type.contains("yaml") {
        let document = std::str::from_utf8(&raw.body);
        let document = document.map_err(|_| ApiError::invalid_request("The document is not valid UTF-8."))?;
        return operator.seed_yaml(document);
    }
    operator.seed(file::from_json(&raw.body)?)
}

/// The query of a list that is about one operator, but for that operator.
pub(super) fn own_query<Q: DeserializeOwned>(input: &Input) -> Result<Q, ControlError> {
    query(input.query.iter().filter(|(name, _)| name != "operator"))
}

/// The query of a list. A repeated parameter counts by its last value, as everywhere.
fn query<'i, Q: DeserializeOwned>(pairs: impl Iterator<Item = &'i (String, String)>) -> Result<Q, ControlError> {
    let number = |name: &str, value: &str| {
        value.parse::<u32>().map_err(|_| ApiError::invalid_param(name, "This takes a whole number."))
    };
    let mut query = serde_json::Map::new();
    for (name, value) in pairs {
        let value = match name.as_str() {
            "since" | "limit" => number(name, value)?.into(),
            _ => value.as_str().into(),
        };
        query.insert(name.clone(), value);
    }
    let mut members = query.clone();
    serde_json::from_value(query.into()).map_err(|error| {
        // Each member by itself, to find which ones are at fault.
        members.retain(|name, value| {
            let alone = serde_json::json!({ name.as_str(): value.take() });
            serde_json::from_value::<Q>(alone).is_err()
        });
        let name = members.keys().next().map_or("", String::as_str);
        ApiError::invalid_param(name, format!("{error}.")).into()
    })
}
