//! The contract's server side: the element platform in a process, on one database file.

mod admission;
#[doc(hidden)]
pub mod bench_api;
mod bulk;
mod call;
mod callbacks;
mod caller;
mod cors;
mod describe;
mod dispatch;
mod failure;
mod handlers;
mod login;
pub mod maintenance;
mod matching;
mod media;
mod options;
mod organization;
mod paging;
mod read;
mod registry;
mod reply;
mod request_context;
mod routes;
#[allow(dead_code)] // run by transformations
mod script;
mod store;
mod tasks;
mod trace;
mod transform;
mod turns;
mod usage;
mod vault;
mod vendor;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{Request, Response};

#[cfg(feature = "server")]
pub(crate) use dispatch::{refusal_body, refuse, refuse_with};
pub use login::PeerAddress;
pub use options::{Bootstrap, EngineOptions, Workers};
pub use organization::{NewOrganization, Organization};
#[cfg(feature = "server")]
pub(crate) use request_context::Served;
pub use script::ScriptLimits;

use crate::auth::Secret;
use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};
use admission::Admission;
use bulk::Bulk;
use callbacks::Callbacks;
use login::Passwords;
use script::Scripts;
use store::Store;
use tasks::Tasks;
use turns::Turns;
use usage::Recorder;
use vendor::Vendors;

/// The engine. Cheap to clone; all clones are one, and so are all opened on the same file in one process.
#[derive(Clone)]
pub struct Engine {
    handle: Arc<Handle>,
}

/// One opening of an engine; the last one that is given back closes it.
pub(crate) struct Handle {
    shared: Arc<EngineInner>,
    closed: AtomicBool,
}

/// Figures of an engine.
#[cfg(feature = "server")]
pub(crate) struct Figures {
    /// Bulk jobs by status.
    pub jobs: Vec<(String, i64)>,
    /// Calls to the vendor since the engine was opened, by outcome.
    pub vendor_calls: Vec<(&'static str, i64)>,
}

/// What the rooms of the engine share.
pub(crate) struct EngineInner {
    pub options: EngineOptions,
    pub store: Store,
    pub vendors: Vendors,
    pub bulk: Bulk,
    pub callbacks: Callbacks,
    pub admission: Admission,
    pub passwords: Passwords,
    pub usage: Recorder,
    /// Changes of instances that were overtaken by others.
    pub turns: Turns,
    #[allow(dead_code)] // run by transformations
    pub scripts: Scripts,
    /// Everything the engine starts and `close` waits for.
    pub tasks: Tasks,
    /// The OpenAPI document, once it was asked for.
    openapi: OnceLock<Bytes>,
    /// How often it is open.
    handles: AtomicUsize,
}

impl Engine {
    /// Opens the engine on a database file, which is created when it is not there.
    ///
    /// # Errors
    /// `storage` when the file cannot be opened, is of a newer version, or its vault key is missing; `config` when
    /// an option cannot be used, or the file is open in this process with other options.
    pub async fn open(options: EngineOptions) -> Result<Self> {
        registry::open(options).await
    }

    /// Answers one request of the contract. Never fails: every failure is an answer (spec P 3).
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        dispatch::answer(Arc::clone(&self.handle.shared), request).await
    }

    /// The user secret and organization secret of the file's first user, for whoever holds the vault key anyway.
    ///
    /// # Errors
    /// `storage` when the file cannot be read.
    pub async fn local_credentials(&self) -> Result<(Secret, Secret)> {
        let missing = || Error::new(ErrorKind::Storage, "the database has no first user");
        self.handle.shared.store.first_credentials().await?.ok_or_else(missing)
    }

    /// Figures for operators, of all tenants together.
    #[cfg(feature = "server")]
    pub(crate) async fn figures(&self) -> Result<Figures> {
        let shared = &self.handle.shared;
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let calls = shared.vendors.counts.all().map(|(outcome, number)| (outcome, whole(number)));
        Ok(Figures { jobs: shared.store.job_numbers().await?, vendor_calls: calls.collect() })
    }

    /// The OpenAPI 3.1 document of every call an engine with the default options answers (spec P 16.9).
    pub fn openapi() -> serde_json::Value {
        describe::document(&EngineOptions::new("elementkit.db"))
    }

    /// Whether this handle was closed.
    pub fn is_closed(&self) -> bool {
        self.handle.closed.load(Ordering::SeqCst)
    }

    /// Parks all bulk jobs at their next page, within about two seconds, and starts none until [`resume`](Self::resume);
    /// for all who have this file open in this process.
    pub async fn suspend(&self) {
        let parked = tokio::time::timeout(registry::PATIENCE, bulk::suspend(&self.handle.shared)).await;
        if parked.is_err() {
            tracing::warn!("some work did not end in time");
        }
    }

    /// Goes on with what [`suspend`](Self::suspend) parked and what was started since.
    pub async fn resume(&self) {
        bulk::go_on(&self.handle.shared).await;
    }

    /// Ends the engine, unless it is open elsewhere in this process: bulk jobs are parked at the next page, within
    /// about two seconds. Closing twice does no harm.
    pub async fn close(&self) {
        registry::close(&self.handle).await;
    }
}

impl Handle {
    /// Gives this opening back; true when it was the last one. Then jobs are asked to park.
    fn give_back(&self) -> bool {
        let last = !self.closed.swap(true, Ordering::SeqCst) && self.shared.handles.fetch_sub(1, Ordering::SeqCst) == 1;
        if last {
            self.shared.bulk.park();
            self.shared.callbacks.close();
            self.shared.usage.close();
        }
        last
    }
}

/// An engine that is dropped without `close` parks its jobs just the same; nobody waits for them.
impl Drop for Handle {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl EngineInner {
    /// The OpenAPI document of what this engine offers.
    fn openapi(&self) -> Bytes {
        self.openapi.get_or_init(|| describe::document(&self.options).to_string().into()).clone()
    }

    fn is_closed(&self) -> bool {
        self.handles.load(Ordering::SeqCst) == 0
    }
}
