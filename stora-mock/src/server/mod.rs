//! The server: operators, what every call passes, and the sockets.

mod connection;
mod leftover;
mod oauth;
mod operators;
mod options;
mod pipeline;
mod respond;
#[cfg(test)]
mod tests;

use std::fmt;
use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderName;
use axum::middleware::map_request;
use axum::routing::any;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;
use tower_http::cors::CorsLayer;

use self::connection::{Breaker, Listener};
pub use self::operators::{Operator, Operators};
pub use self::options::{Options, StartError};
use crate::clock::Clock;
use crate::contract::error::ErrorLinks;
use crate::contract::limits::Limiter;
use crate::contract::request_id::RequestIds;
use crate::control::faults::Faults;
use crate::control::journal::{Journal, JournalSettings};
use crate::control::{self, Seeded};
use crate::domain::ids::mix;
use crate::seed;
use crate::store::World;
use crate::view::Addresses;
use crate::web::consent::Consents;
use crate::{web, webhooks};

/// The operator that a server starts with.
pub const DEMO_OPERATOR: &str = "demo";

/// How long a server that stops waits for what is going on. Then it hangs up.
const GRACE: Duration = Duration::from_secs(5);

/// How often it is looked whether something has fallen due while clocks run.
const TICK: Duration = Duration::from_secs(1);

/// Everything that the requests to one server share.
pub struct Server {
    /// What it was started with.
    pub options: Options,
    /// Its operators.
    pub operators: Operators,
    /// Where it and its neighbours are.
    pub addresses: Addresses,
    /// Where errors say to read more.
    pub error_links: ErrorLinks,
    /// Ids of requests.
    pub request_ids: RequestIds,
    /// What was asked and answered.
    pub journal: Journal,
    /// Faults on demand.
    pub faults: Faults,
    /// Held by whoever makes an operator, or gives one tokens or client ids of a caller's choice, so that no two operators get
    /// the same.
    pub directory_changes: Mutex<()>,
    /// Questions for consent that wait for an answer.
    pub consents: Consents,
    /// What became of the seed files that it was started with.
    pub seeded: Seeded,
    /// What the webhooks of all operators share.
    pub webhooks: Arc<webhooks::Shared>,
}

/// What the operator starts with that a server starts with.
struct Start {
    clock: Clock,
    world: World,
    seeded: Seeded,
}

impl Start {
    /// # Errors
    /// A seed file that cannot be used.
    fn of(options: &Options) -> Result<Self, StartError> {
        let clock = Clock::new(options.clock);
        let now = clock.now();
        let mut world = if options.empty { seed::empty(options.seed, now) } else { seed::demo(options.seed, now) };
        world.ids.set_salt(DEMO_OPERATOR);
        let seeded = options.load(&mut world, now)?;
        Ok(Self { clock, world, seeded })
    }
}

impl Server {
    fn new(options: Options, address: SocketAddr, start: Start, stopped: watch::Receiver<bool>) -> Self {
        let base = options.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let mut picture_key = [0; 32];
        for (i, word) in picture_key.chunks_exact_mut(8).enumerate() {
            word.copy_from_slice(&mix(options.seed ^ mix(0x7069_6374_7572_6573 + i as u64)).to_be_bytes());
        }
        let addresses =
            Addresses::new(&base, options.backoffice.as_deref(), options.storefront.as_deref(), picture_key);
        let error_links = ErrorLinks {
            open_api_url: format!("{}/2025-09/openapi.json", addresses.server),
            documentation_url: format!("{}/_mock/errors", addresses.server),
        };
        let server = Self {
            webhooks: webhooks::Shared::new(addresses.clone(), options.webhooks.clone(), stopped),
            operators: Operators::default(),
            addresses,
            error_links,
            request_ids: RequestIds::new(options.seed),
            journal: Journal::new(JournalSettings { entries: options.journal_size, ..JournalSettings::default() }),
            faults: Faults::new(options.seed),
            directory_changes: Mutex::default(),
            consents: Consents::new(options.seed),
            seeded: start.seeded,
            options,
        };
        server.operators.add(server.operator(DEMO_OPERATOR, start.world, start.clock));
        server
    }

    /// An operator of this server, not yet added to it.
    pub fn operator(&self, id: impl Into<String>, world: World, clock: Clock) -> Operator {
        Operator::new(id, world, clock, Limiter::new(self.options.rate_limit.clone()), self.webhooks.clone())
    }

    fn router(self: &Arc<Self>) -> Router {
        let server = self.clone();
        let api = any(move |request: Request| pipeline::serve(server.clone(), request));
        let router = Router::new()
            .nest("/_mock", control::router(self.clone()))
            .merge(web::router(self.clone()))
            .fallback_service(api)
            .layer(map_request(leftover::read_to_its_end));
        if self.options.cors {
            let shown = ["x-request-id", "ratelimit-limit", "ratelimit-reset", "retry-after", "content-disposition"];
            let shown = shown.map(HeaderName::from_static);
            router.layer(CorsLayer::very_permissive().expose_headers(shown))
        } else {
            router
        }
    }
}

/// Without what is in it, which is long.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { options, addresses, .. } = self;
        f.debug_struct("Server").field("addresses", addresses).field("options", options).finish_non_exhaustive()
    }
}

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct MockServer {
    pub(crate) server: Arc<Server>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<std::io::Result<()>>>,
}

impl MockServer {
    /// A server with other settings than the usual ones.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), stora_mock::StartError> {
    /// let mock = stora_mock::MockServer::builder().seed(7).start().await?;
    /// println!("{}", mock.url());
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> Options {
        Options::default()
    }

    /// Starts a server on a free port, with the demo business.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    async fn launch(options: Options) -> Result<Self, StartError> {
        options.check()?;
        let start = Start::of(&options)?;
        let wanted = (options.host, options.port);
        let bind = |source| StartError::Bind { address: SocketAddr::from(wanted), source };
        let listener = TcpListener::bind(wanted).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let (stop, stopped) = watch::channel(false);
        let server = Arc::new(Server::new(options, address, start, stopped.clone()));
        let (hang_up, hung_up) = watch::channel(false);
        let service = server.router().into_make_service_with_connect_info::<Breaker>();
        let serving = axum::serve(Listener::new(listener, hung_up), service)
            .with_graceful_shutdown(told_to_stop(stopped.clone()))
            .into_future();
        tokio::spawn(keep_up(server.clone(), stopped.clone()));
        let task = tokio::spawn(async move {
            let mut serving = pin!(serving);
            let grace_is_over = async {
                told_to_stop(stopped).await;
                tokio::time::sleep(GRACE).await;
            };
            tokio::select! {
                ended = &mut serving => return ended,
                () = grace_is_over => {}
            }
            hang_up.send_replace(true);
            serving.await
        });
        Ok(Self { server, address, stop, task: Some(task) })
    }

    /// Where it is, such as `http://127.0.0.1:4010`.
    pub fn url(&self) -> &str {
        &self.server.addresses.server
    }

    /// The socket it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What only a mock has: the acts of staff and customers, faults, the journal.
    pub fn control(&self) -> control::Control {
        control::Control::new(self.server.clone())
    }

    /// What became of the seed files that it was started with: the ids of their records by keys, tokens and applications with
    /// their secrets.
    pub fn seeded(&self) -> &Seeded {
        &self.server.seeded
    }

    /// A client that calls it as the demo operator, with all scopes.
    #[cfg(feature = "client")]
    #[allow(clippy::expect_used, reason = "the message says why it holds")]
    pub fn client(&self) -> stora_client::Client {
        stora_client::Client::builder()
            .base_url(format!("http://{}", self.address))
            .access_token(seed::DEMO_TOKEN)
            .and_then(stora_client::ClientBuilder::build)
            .expect("a socket address and the demo token make a client")
    }

    /// Stops it: requests that are being answered are answered, then it is gone. What takes longer than five seconds, such as a
    /// request that does not arrive whole, is broken off.
    ///
    /// # Errors
    /// When the socket failed.
    pub async fn stop(mut self) -> std::io::Result<()> {
        self.stop.send_replace(true);
        match self.task.take() {
            Some(task) => task.await.map_err(std::io::Error::other)?,
            None => Ok(()),
        }
    }

    /// Waits until it stops by itself.
    ///
    /// # Errors
    /// When the socket failed.
    pub async fn wait(&mut self) -> std::io::Result<()> {
        match self.task.as_mut() {
            Some(task) => task.await.map_err(std::io::Error::other)?,
            None => Ok(()),
        }
    }
}

/// Does what falls due while clocks run, until the server stops.
async fn keep_up(server: Arc<Server>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        let server = server.clone();
        let all = move || {
            for operator in server.operators.all() {
                operator.catch_up();
                operator.webhooks.send_due();
            }
        };
        // An act that panics has changed nothing; the next one may do better.
        let _ = tokio::task::spawn_blocking(all).await;
    }
}

/// Waits until a server is told to stop. One that is dropped is told so too.
async fn told_to_stop(mut stop: watch::Receiver<bool>) {
    // An error means that the sender is gone, and so is whoever wanted the server.
    let _ = stop.wait_for(|stop| *stop).await;
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}
