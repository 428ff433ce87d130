//! The server side of the contract: the element platform in one process, on one database file.

mod admission;
#[doc(hidden)]
pub mod bench_api;
mod bulk;
mod call;
mod callbacks;
mod caller;
mod contract;
mod cors;
mod defined;
mod describe;
mod dispatch;
mod failure;
mod gateway;
mod handlers;
mod live;
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
mod router;
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
pub(crate) use request_context::{Scheme, Served};
pub use script::ScriptLimits;

use crate::auth::Secret;
use crate::body::Body;
use crate::elements::registry::Elements;
use crate::error::{Error, ErrorKind, Result};
pub use crate::vendor::{VendorRetry, VendorTimeouts};
use admission::Admission;
use bulk::{Bulk, Layouts};
use callbacks::Callbacks;
use defined::DefinedElements;
use gateway::Gateway;
use login::Passwords;
use script::Scripts;
use store::Store;
use tasks::Tasks;
use turns::Turns;
use usage::Recorder;
use vendor::Vendors;

/// The engine. Cheap to clone. All clones, and all engines opened on the same file in one process, share one state.
#[derive(Clone)]
pub struct Engine {
    handle: Arc<Handle>,
}

/// One opening of an engine; releasing the last one closes the engine.
pub(crate) struct Handle {
    shared: Arc<EngineInner>,
    closed: AtomicBool,
}

/// Metrics of an engine.
#[cfg(feature = "server")]
pub(crate) struct Figures {
    /// Number of bulk jobs by status.
    pub jobs: Vec<(String, i64)>,
    /// Number of calls to the vendor since the engine was opened, by outcome.
    pub vendor_calls: Vec<(&'static str, i64)>,
}

/// State shared by the modules of the engine.
pub(crate) struct EngineInner {
    pub options: EngineOptions,
    pub store: Store,
    /// The elements of the program.
    pub elements: Elements,
    /// Those of organizations, which are documents.
    pub defined: DefinedElements,
    pub vendors: Vendors,
    pub bulk: Bulk,
    /// Layouts of lists that were last read.
    pub layouts: Layouts,
    pub callbacks: Callbacks,
    pub admission: Admission,
    pub passwords: Passwords,
    pub usage: Recorder,
    /// Serializes retried changes of an instance.
    pub turns: Turns,
    #[allow(dead_code)] // run by transformations
    pub scripts: Scripts,
    /// The tasks that the engine starts and `close` waits for.
    pub tasks: Tasks,
    /// The OpenAPI document, created on first use.
    openapi: OnceLock<Bytes>,
    /// The route table and the entrance, for the parts below them.
    pub gateway: Gateway,
    /// Number of openings.
    handles: AtomicUsize,
}

impl Engine {
    /// Opens the engine on a database file, which is created if it does not exist.
    ///
    /// # Errors
    /// Returns a `storage` error if the file cannot be opened, is of a newer version, or its vault key is missing,
    /// and `config` if an option is invalid, or the file is open in this process with other options.
    pub async fn open(options: EngineOptions) -> Result<Self> {
        registry::open(options).await
    }

    /// Responds to one request of the contract. Never fails: every failure is a response (spec P 3).
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        dispatch::answer(Arc::clone(&self.handle.shared), request).await
    }

    /// Returns the user secret and the organization secret of the file's first user. Needs no credentials, since the
    /// caller has the vault key anyway.
    ///
    /// # Errors
    /// Returns a `storage` error if the file cannot be read.
    pub async fn local_credentials(&self) -> Result<(Secret, Secret)> {
        let missing = || Error::new(ErrorKind::Storage, "the database has no first user");
        self.handle.shared.store.first_credentials().await?.ok_or_else(missing)
    }

    /// Returns metrics for operators over all tenants.
    #[cfg(feature = "server")]
    pub(crate) async fn figures(&self) -> Result<Figures> {
        let shared = &self.handle.shared;
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let calls = shared.vendors.counts.all().map(|(outcome, number)| (outcome, whole(number)));
        Ok(Figures { jobs: shared.store.job_numbers().await?, vendor_calls: calls.collect() })
    }

    /// Returns the OpenAPI 3.1 document of every call that an engine with the default options serves (spec P 16.9).
    pub fn openapi() -> serde_json::Value {
        let routes = routes::of(&Elements::new(false));
        routes.map(|routes| describe::document(&EngineOptions::new("elementkit.db"), &routes)).unwrap_or_default()
    }

    /// Returns whether this handle was closed.
    pub fn is_closed(&self) -> bool {
        self.handle.closed.load(Ordering::SeqCst)
    }

    /// Parks all bulk jobs at their next page, within about two seconds, and starts none until
    /// [`resume`](Self::resume). Affects all users of this file in this process.
    pub async fn suspend(&self) {
        let parked = tokio::time::timeout(registry::PATIENCE, bulk::suspend(&self.handle.shared)).await;
        if parked.is_err() {
            tracing::warn!("some work did not end in time");
        }
    }

    /// Resumes the jobs that [`suspend`](Self::suspend) parked and starts those created since.
    pub async fn resume(&self) {
        bulk::go_on(&self.handle.shared).await;
    }

    /// Closes the engine, unless it is open elsewhere in this process: bulk jobs are parked at the next page, within
    /// about two seconds. Closing twice is harmless.
    pub async fn close(&self) {
        registry::close(&self.handle).await;
    }
}

impl Handle {
    /// Releases this opening and, if it was the last one, requests jobs to park. Returns whether it was the last one.
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

/// Dropping an engine without `close` parks its jobs too, without waiting for them.
impl Drop for Handle {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl EngineInner {
    /// Returns the OpenAPI document of this engine's options.
    fn openapi(&self) -> Bytes {
        self.openapi.get_or_init(|| describe::document(&self.options, &self.gateway.routes).to_string().into()).clone()
    }

    fn is_closed(&self) -> bool {
        self.handles.load(Ordering::SeqCst) == 0
    }
}
