//! The contract's server side: the element platform in a process, on one database file.

mod call;
mod caller;
mod cors;
mod dispatch;
mod failure;
mod families;
mod options;
mod registry;
mod reply;
mod routes;
pub(crate) mod store;
pub(crate) mod vault;

use std::sync::Arc;

use http::{Request, Response};
use tokio_util::task::TaskTracker;

pub use options::{Bootstrap, EngineOptions, Workers};

use crate::auth::Secret;
use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};
use store::Store;

/// The engine. Cheap to clone; all clones are one, and so are all opened on the same file in one process.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// What the rooms of the engine share.
pub(crate) struct Shared {
    pub options: EngineOptions,
    pub store: Store,
    /// Everything the engine starts and `close` waits for.
    pub tasks: TaskTracker,
}

impl Engine {
    /// Opens the engine on a database file, which is created when it is not there.
    ///
    /// # Errors
    /// `storage` when the file cannot be opened, is of a newer version, or its vault key is missing; `config` when
    /// an option cannot be used.
    pub async fn open(options: EngineOptions) -> Result<Self> {
        registry::open(options).await
    }

    /// Answers one request of the contract. Never fails: every failure is an answer (spec P 3).
    pub async fn answer(&self, request: Request<Body>) -> Response<Body> {
        dispatch::answer(Arc::clone(&self.shared), request).await
    }

    /// The user secret and organization secret of the file's first user, for whoever holds the vault key anyway.
    pub async fn local_credentials(&self) -> Result<(Secret, Secret)> {
        let missing = || Error::new(ErrorKind::Storage, "the database has no first user");
        self.shared.store.first_credentials().await?.ok_or_else(missing)
    }

    /// Ends the engine: bulk jobs are parked at the next page. Closing twice does no harm.
    pub async fn close(&self) {
        registry::close(&self.shared).await;
    }
}
