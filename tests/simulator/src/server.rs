//! The HTTP server: its listeners, and the state shared by all calls.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, RwLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use futures::StreamExt;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::admin::{During, Step};
use crate::body::plain;
use crate::config::Config;
use crate::fault::{Faults, Rule, glob};
use crate::journal::{Entry, Journal};
use crate::listen::{Peer, Resettable};
use crate::overlay::{Advance, Overlay};
use crate::population::Population;
use crate::stats::Stats;
use crate::{admin, vendor};

/// A running simulator; it stops when it is dropped.
pub struct Simulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

/// State shared by all calls.
pub(crate) struct Shared {
    pub config: Config,
    pub faults: Faults,
    pub journal: Arc<Journal>,
    /// One count for each response that is being computed or sent.
    open: Arc<()>,
    /// The current world. A call keeps the one that it began with.
    world: RwLock<Arc<Population>>,
    /// Steps that wait until a page has been served.
    waiting: Mutex<Vec<(During, Advance)>>,
    foreign: Option<SocketAddr>,
}

impl Simulator {
    /// Starts a simulator on a free port.
    ///
    /// # Errors
    /// If an address cannot be bound or the file of faults cannot be read.
    pub async fn start(config: Config) -> io::Result<Self> {
        let listener = bind(config.listen).await?;
        let address = listener.local_addr()?;
        let foreign = match config.foreign_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let shared = Arc::new(Shared {
            world: RwLock::new(Arc::new(Population::new(&config))),
            faults: Faults::default(),
            open: Arc::default(),
            journal: Arc::default(),
            waiting: Mutex::default(),
            foreign: foreign.as_ref().map(TcpListener::local_addr).transpose()?,
            config: Config { listen: address, ..config },
        });
        shared.first_faults()?;
        let stop = CancellationToken::new();
        if let Some(foreign) = foreign {
            spawn(foreign, Router::new().fallback(witness).with_state(Arc::clone(&shared.journal)), &stop);
        }
        spawn(listener, Router::new().fallback(serve).with_state(Arc::clone(&shared)), &stop);
        Ok(Self { address, shared, stop })
    }

    /// Returns the origin of the vendor API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns host and port of the foreign listener, if there is one (`Config::foreign_listen`).
    pub fn foreign_host(&self) -> Option<String> {
        self.shared.foreign.map(|address| address.to_string())
    }

    /// Returns the number of records of every list.
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Returns the requests so far, including those to the foreign listener.
    pub fn requests(&self) -> Vec<Entry> {
        self.shared.journal.since(0)
    }

    /// Adds one fault rule or an array of them (spec BT 3.5).
    ///
    /// # Errors
    /// A description of the invalid rule.
    pub fn add_faults(&self, rules_json: &Value) -> Result<Vec<u64>, String> {
        Ok(self.shared.faults.add(rules(rules_json.to_string().as_bytes())?))
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.shared.faults.remove(None);
    }

    /// Moves the clock and changes records, at once or after a page was served, by the JSON of `POST /__sim/advance`
    /// (spec BT 3.6).
    ///
    /// # Errors
    /// A description of the invalid step.
    pub fn advance(&self, step: &Value) -> Result<(), String> {
        self.shared.step(serde_json::from_value(step.clone()).map_err(|error| error.to_string())?);
        Ok(())
    }

    /// Waits until the simulator is dropped or the process is stopped.
    pub async fn run(&self) {
        self.stop.cancelled().await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub(crate) async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"));
    TcpListener::bind(address).await.map_err(named)
}

/// Serves connections until the token is cancelled.
pub(crate) fn spawn(listener: TcpListener, app: Router, stop: &CancellationToken) {
    let service = app.into_make_service_with_connect_info::<Peer>();
    let server = axum::serve(Resettable(listener), service).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::spawn(server.into_future());
}

async fn serve(State(shared): State<Arc<Shared>>, ConnectInfo(peer): ConnectInfo<Peer>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    match path.strip_prefix("/__sim/").filter(|_| shared.config.admin && peer.address.ip().is_loopback()) {
        Some(what) => admin::answer(&shared, what, request).await,
        None => {
            let open = Arc::clone(&shared.open);
            let answer = vendor::answer(&shared, request, peer.reset).await;
            // Held until the body was sent, or its reader disconnected.
            answer.map(|body| Body::from_stream(body.into_data_stream().inspect(move |_| _ = &open)))
        }
    }
}

/// Records calls to the foreign host, which no correct client makes.
pub(crate) async fn witness(State(journal): State<Arc<Journal>>, request: Request) -> Response {
    journal.add(Entry { status: 404, foreign: true, ..vendor::noted(&request) });
    plain(StatusCode::NOT_FOUND)
}

impl Shared {
    fn first_faults(&self) -> io::Result<()> {
        if let Some(path) = &self.config.faults {
            let named = |error: String| io::Error::other(format!("the faults in {}: {error}", path.display()));
            let text = std::fs::read(path).map_err(|error| named(error.to_string()))?;
            self.faults.add(rules(&text).map_err(named)?);
        }
        if let Some(given) = &self.config.fault_rules {
            self.faults.add(rules(given.to_string().as_bytes()).map_err(io::Error::other)?);
        }
        Ok(())
    }

    /// Returns the number of responses that are being computed or sent.
    pub fn open(&self) -> usize {
        Arc::strong_count(&self.open) - 1
    }

    /// Returns the current world.
    pub fn world(&self) -> Arc<Population> {
        match self.world.read() {
            Ok(world) => Arc::clone(&world),
            Err(poisoned) => Arc::clone(&poisoned.into_inner()),
        }
    }

    fn change(&self, change: impl FnOnce(&Population) -> Population) {
        if let Ok(mut world) = self.world.write() {
            *world = Arc::new(change(&world));
        }
    }

    pub fn stats(&self) -> Stats {
        Stats::of(&self.world(), self.config.quirks)
    }

    /// Returns the simulated clock.
    pub fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(self.world().clock_s()).unwrap_or(self.config.now)
    }

    /// Makes a step at once, or stores it until its page has been served.
    pub fn step(&self, step: Step) {
        match step.during {
            None => self.change(|world| world.advanced(step.advance)),
            Some(during) => {
                if let Ok(mut waiting) = self.waiting.lock() {
                    waiting.push((during, step.advance));
                }
            }
        }
    }

    pub fn waits_for_pages(&self) -> bool {
        self.waiting.lock().is_ok_and(|waiting| !waiting.is_empty())
    }

    /// Makes the steps that waited for this page.
    pub fn served(&self, path: &str, page: Option<u64>) {
        let Some(page) = page else { return };
        let Ok(mut waiting) = self.waiting.lock() else { return };
        let due = |during: &During| during.page == page && glob(during.path.as_bytes(), path.as_bytes());
        waiting.retain(|(during, advance)| {
            let due = due(during);
            if due {
                self.change(|world| world.advanced(*advance));
            }
            !due
        });
    }

    /// Resets the world to the start.
    pub fn reset(&self) {
        self.faults.remove(None);
        self.journal.clear();
        if let Ok(mut waiting) = self.waiting.lock() {
            waiting.clear();
        }
        self.change(|world| {
            let mut first = world.clone();
            first.overlay = Overlay::default();
            first
        });
    }

    /// Returns the origin of the foreign listener, or one that does not exist.
    pub fn foreign_origin(&self) -> String {
        self.foreign.map_or_else(|| "http://127.0.0.1:9".to_owned(), |address| format!("http://{address}"))
    }

    /// Returns options and state, without the secret.
    pub fn json(&self) -> Value {
        let mut json = self.config.json();
        json["clock"] = json!(self.now().to_string());
        json["foreignListen"] = json!(self.foreign.map(|address| address.to_string()));
        json
    }
}

/// Parses one rule or an array of them.
pub(crate) fn rules(text: &[u8]) -> Result<Vec<Rule>, String> {
    let value: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let rules = if value.is_array() { value } else { json!([value]) };
    serde_json::from_value(rules).map_err(|error| error.to_string())
}

/// Returns the decoded parameters of a query.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// Formats an HTTP date.
pub(crate) fn http_date(seconds: i64) -> String {
    let at = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
