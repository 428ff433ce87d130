//! The running simulator and its state.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::token::Tokens;
use super::world::{Advance, List, World};
use super::{Config, admin, answer, damage, export, record};
use crate::fault::{Faults, glob};
use crate::journal::{Entry, Journal};
use crate::listen::Peer;
use crate::server::{bind, rules, spawn, witness};

/// A running simulator; it stops when it is dropped.
pub struct Simulator {
    address: SocketAddr,
    foreign: Option<SocketAddr>,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

/// State shared by all calls.
pub(super) struct Shared {
    pub config: Config,
    pub faults: Faults,
    pub journal: Arc<Journal>,
    state: Mutex<Vendor>,
    /// Steps that wait until a page has been served. Never locked while the state is.
    waiting: Mutex<Vec<Advance>>,
    /// Bytes of files that were made.
    exported: Arc<AtomicU64>,
    /// Requests for tokens that have arrived.
    token_requests: AtomicU64,
    /// Milliseconds for which a request for tokens waits before it is looked at.
    token_delay_ms: AtomicU64,
}

/// The records of both tenants, and the tokens.
pub(super) struct Vendor {
    pub worlds: [World; 2],
    pub tokens: Tokens,
}

impl Simulator {
    /// Starts a simulator on a free port of this host.
    ///
    /// # Errors
    /// If an address cannot be bound.
    pub async fn start(config: Config) -> io::Result<Self> {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let foreign = match config.foreign_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let worlds = [World::new(&config, 0), World::new(&config, 1)];
        let shared = Arc::new(Shared {
            config,
            faults: Faults::default(),
            journal: Arc::default(),
            state: Mutex::new(Vendor { worlds, tokens: Tokens::default() }),
            waiting: Mutex::default(),
            exported: Arc::default(),
            token_requests: AtomicU64::new(0),
            token_delay_ms: AtomicU64::new(0),
        });
        let stop = CancellationToken::new();
        let address = listener.local_addr()?;
        let foreign_address = foreign.as_ref().map(TcpListener::local_addr).transpose()?;
        if let Some(foreign) = foreign {
            spawn(foreign, Router::new().fallback(witness).with_state(Arc::clone(&shared.journal)), &stop);
        }
        spawn(listener, Router::new().fallback(serve).with_state(Arc::clone(&shared)), &stop);
        Ok(Self { address, foreign: foreign_address, shared, stop })
    }

    /// Returns the origin of the vendor API.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns host and port of the foreign listener, if there is one (`Config::foreign_listen`).
    pub fn foreign_host(&self) -> Option<String> {
        self.foreign.map(|address| address.to_string())
    }

    /// Returns the existing records of the first tenant's `accounts` or `notes`, in the order of the list.
    pub fn records(&self, object: &str) -> Vec<Value> {
        self.shared.records(object)
    }

    /// Returns the requests so far, including those to the foreign listener.
    pub fn requests(&self) -> Vec<Entry> {
        self.shared.journal.since(0)
    }

    /// Returns all authorization codes and tokens that were issued, for instance to search for them in files.
    pub fn issued_tokens(&self) -> Vec<String> {
        self.shared.state().tokens.issued().to_vec()
    }

    /// Makes all issued access tokens invalid. Refresh tokens and the tokens of the configuration stay valid.
    pub fn expire_tokens(&self) {
        self.shared.state().tokens.expire();
    }

    /// Returns the number of bytes of `/v2/exports` that were made so far, which includes those under way.
    pub fn exported(&self) -> u64 {
        self.shared.exported.load(Ordering::SeqCst)
    }

    /// Returns the number of requests for tokens that have arrived, including those that wait.
    pub fn token_requests(&self) -> u64 {
        self.shared.token_requests.load(Ordering::SeqCst)
    }

    /// Delays requests for tokens before they are looked at: what is aborted meanwhile uses up nothing.
    pub fn delay_tokens(&self, delay: Duration) {
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.shared.token_delay_ms.store(delay_ms, Ordering::SeqCst);
    }

    /// Adds one fault rule or an array of them.
    ///
    /// # Errors
    /// A description of the rule that is invalid or not possible with this vendor.
    pub fn add_faults(&self, rules_json: &Value) -> Result<Vec<u64>, String> {
        self.shared.add_faults(rules_json)
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.shared.faults.remove(None);
    }

    /// Moves the clock and changes accounts of the first tenant: `{"seconds", "updates", "creates", "deletes",
    /// "during": {"path", "page"}}`, where `during` delays the step until that page was served.
    ///
    /// # Errors
    /// A description of the invalid step.
    pub fn advance(&self, step: &Value) -> Result<(), String> {
        self.shared.advance(step)
    }

    /// Resets records, rules and the log of requests to the start. Tokens stay valid.
    pub fn reset(&self) {
        self.shared.reset();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn serve(State(shared): State<Arc<Shared>>, ConnectInfo(peer): ConnectInfo<Peer>, request: Request) -> Response {
    if request.uri().path() == "/oauth/token" {
        shared.token_requests.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(shared.token_delay_ms.load(Ordering::SeqCst))).await;
    }
    let file = request.uri().path().strip_prefix("/v2/exports/").and_then(|bytes| bytes.parse().ok());
    if let Some(bytes) = file.filter(|_| answer::grant(&shared, request.headers()).is_some()) {
        return export::answer(bytes, &shared.exported);
    }
    match request.uri().path().strip_prefix("/__sim/").map(str::to_owned) {
        Some(what) => admin::answer(&shared, &what, request).await,
        None => answer::answer(&shared, request, peer.reset).await,
    }
}

impl Shared {
    pub fn state(&self) -> MutexGuard<'_, Vendor> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn records(&self, object: &str) -> Vec<Value> {
        let list = if object == "accounts" { List::Accounts } else { List::Notes { account: None } };
        let state = self.state();
        let world = &state.worlds[0];
        let numbers = (1..=world.length(list)).filter(|number| world.contains(list, *number));
        numbers.map(|number| record::value(world, list, number)).collect()
    }

    pub fn add_faults(&self, rules_json: &Value) -> Result<Vec<u64>, String> {
        let rules = rules(rules_json.to_string().as_bytes())?;
        rules.iter().try_for_each(|rule| damage::check(&rule.fault))?;
        Ok(self.faults.add(rules))
    }

    pub fn advance(&self, step: &Value) -> Result<(), String> {
        let step: Advance = serde_json::from_value(step.clone()).map_err(|error| error.to_string())?;
        match step.during {
            None => self.state().worlds[0].advance(&step),
            Some(_) => self.waiting().push(step),
        }
        Ok(())
    }

    pub fn reset(&self) {
        self.faults.remove(None);
        self.journal.clear();
        self.waiting().clear();
        self.state().worlds.iter_mut().for_each(World::reset);
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Advance>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn waits_for_pages(&self) -> bool {
        !self.waiting().is_empty()
    }

    /// Makes the steps that waited for this page.
    pub fn served(&self, path: &str, page: Option<u64>) {
        let Some(page) = page else { return };
        let is_due = |step: &Advance| {
            let during = step.during.as_ref();
            during.is_some_and(|during| during.page == page && glob(during.path.as_bytes(), path.as_bytes()))
        };
        let due: Vec<Advance> = self.waiting().extract_if(.., |step| is_due(step)).collect();
        due.iter().for_each(|step| self.state().worlds[0].advance(step));
    }
}
