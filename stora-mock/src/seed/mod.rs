//! What a world starts with.

mod demo;
pub mod file;

use crate::contract::SCOPES;
use crate::domain::access::{NewAccessToken, NewApplication, Secret};
use crate::domain::ids::{AccessTokenId, ApplicationId};
use crate::domain::refusal::Refusal;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::store::World;

/// The static access token of the demo operator that has all scopes.
pub const DEMO_TOKEN: &str = "stora-mock-demo-token";

/// The static access token of the demo operator that has the scopes to read, and no other.
pub const READONLY_TOKEN: &str = "stora-mock-readonly-token";

/// The client id of the demo operator's OAuth application.
pub const CLIENT_ID: &str = "stora-mock-client";

/// The secret of that application.
pub const CLIENT_SECRET: &str = "stora-mock-secret";

/// Where that application may send the browser after the question for consent.
const REDIRECT_URIS: [&str; 2] = ["http://localhost:3000/callback", "http://127.0.0.1:3000/callback"];

/// The name of the demo operator.
const NAME: &str = "Harbour Self Storage";

/// Seconds of a day in UTC.
pub(crate) const DAY: i64 = 86_400;

/// Whoever may call on the demo operator.
#[derive(Debug, Clone, Copy)]
struct Callers {
    /// The token that has all scopes.
    token: AccessTokenId,
    /// The OAuth application.
    application: ApplicationId,
}

/// A world with nothing in it, where the scopes of the document are known.
#[expect(clippy::expect_used, reason = "the message says why it holds")]
pub fn blank(settings: Settings, seed: u64) -> World {
    let mut world = World::new(settings, seed);
    let scopes = SCOPES.iter().map(|scope| scope.name);
    world.access.learn_scopes(scopes).expect("the document has 39 scopes, and 64 can be known");
    world
}

/// A world with the demo operator's tokens and application, and nothing else.
///
/// It is the same for all instants of a day in UTC.
pub fn empty(seed: u64, now: Timestamp) -> World {
    made(seed, |world| let_in(world, midnight(now)))
}

/// A world with the demo business, which is told of in `demo`.
///
/// It is the same for all instants of a day in UTC: it ends with that day's first second, and what falls due later in the day is
/// none of it. What it is made of is long past or planned: nothing in it happened after `now`.
pub fn demo(seed: u64, now: Timestamp) -> World {
    made(seed, |world| demo::build(world, midnight(now)))
}

/// A world that begins with an act. Nobody hears of its events: what a world starts with was always there (X7).
#[expect(clippy::expect_used, reason = "the message says why it holds")]
fn made<T, E: std::fmt::Debug>(seed: u64, act: impl FnOnce(&mut World) -> Result<T, E>) -> World {
    let mut world = blank(Settings::named(NAME), seed);
    world
        .transact(act)
        .expect("its acts depend on the day and the seed alone, and the tests find none of them refused");
    world
}

/// Makes the tokens and the application of the demo operator.
fn let_in(world: &mut World, at: Timestamp) -> Result<Callers, Refusal> {
    let World { access, ids, .. } = world;
    let every: Vec<String> = SCOPES.iter().map(|scope| scope.name.to_owned()).collect();
    let to_read = every.iter().filter(|name| name.ends_with(":read")).cloned().collect();
    let mut token = |name: &str, value, scopes| {
        let value = Some(Secret::new(value));
        let new = NewAccessToken { name: name.to_owned(), scopes, expires_at: None, value };
        access.add_access_token(new, at, ids).map(|token| token.id)
    };
    let all = token("Demo", DEMO_TOKEN, every.clone())?;
    token("Demo, to read", READONLY_TOKEN, to_read)?;
    let application = NewApplication {
        name: "Demo application".to_owned(),
        client_id: Some(CLIENT_ID.to_owned()),
        client_secret: Some(Secret::new(CLIENT_SECRET)),
        redirect_uris: REDIRECT_URIS.map(str::to_owned).to_vec(),
        scopes: every,
        ..NewApplication::default()
    };
    let application = access.add_application(application, at, ids)?.id;
    Ok(Callers { token: all, application })
}

/// The first instant of the day in UTC.
fn midnight(now: Timestamp) -> Timestamp {
    Timestamp::from_unix(now.unix() - now.unix().rem_euclid(DAY))
}
