//! The typed client: the same calls whether the platform is on the network or in this process.

mod answer;
mod assets;
mod base_url;
mod bulk;
mod caller;
mod capabilities;
mod common_resources;
mod connection;
mod csv;
mod definitions;
mod download;
mod elements;
mod failure;
mod format;
mod head;
mod instance;
mod instances;
mod job;
mod option_table;
mod options;
mod outgoing;
mod pages;
mod records;
mod request;
mod retry;
mod rows;
mod sent;
mod stall;
mod sync;
mod sync_options;
mod sync_state;
#[cfg(feature = "arrow")]
mod table;
mod transformations;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use tokio_util::sync::CancellationToken;

pub use answer::Answer;
pub use assets::{Assets, ImportOptions, ImportReport};
pub use bulk::{Bulk, BulkDownload, BulkQuery};
pub use caller::Level;
pub use capabilities::{Capabilities, Extension};
pub use common_resources::CommonResources;
pub use definitions::Definitions;
pub use elements::Elements;
pub use format::Format;
pub use instance::InstanceHandle;
pub use instances::{InstanceFilter, Instances};
pub use job::Job;
#[cfg(feature = "embedded")]
pub use option_table::EMBEDDED_OPTIONS;
pub use option_table::{HOSTED_OPTIONS, OptionInfo, OptionKind};
pub use options::{EmbeddedOptions, HostedOptions};
pub use records::{Record, RecordPage, Records};
pub use request::Request;
pub use retry::RetryPolicy;
pub use sent::Sent;
pub use sync::{SyncJob, SyncOptions, SyncState};
pub use transformations::{Direction, Transformations};

use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::log;
use crate::transport::{EmbeddedTransport, HostedTransport};
use crate::warning::Warnings;
use caller::Caller;
use connection::Connection;
use retry::Polling;

/// A platform: a hosted one on the network, or the engine in this process.
///
/// Cheap to clone; all clones are one. Close an embedded platform with [`close`](Self::close) so that its bulk jobs
/// are parked; they go on when it is opened again.
#[derive(Clone)]
pub struct Platform {
    connection: Arc<Connection>,
    engine: Option<Engine>,
}

impl Platform {
    /// A Cloud Elements or Open Connectors platform, or an `elementkit serve`.
    ///
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// `config` when the base URL cannot be used or would send secrets in the clear beyond this machine, or when a
    /// secret is missing; `unsupported` in a build without the feature `hosted`.
    pub fn hosted(options: HostedOptions) -> Result<Self> {
        if !cfg!(feature = "hosted") {
            return Err(Error::new(ErrorKind::Unsupported, "this build cannot call a platform on the network")
                .with_hint("Use the embedded engine, or a build with the feature `hosted`."));
        }
        let root = options.service_root()?;
        let http = options.http()?;
        let transport = HostedTransport::new(root, &http)?;
        let connection = Connection {
            transport: Arc::new(transport),
            user: options.user_secret()?,
            organization: Some(options.organization_secret()?),
            retry: options.retry,
            polling: Polling::HOSTED,
            timeout: options.timeout,
            answer_limit: options.answer_limit,
            capabilities: Arc::default(),
            warnings: options.warnings,
            observer: options.observer,
            log: options.log,
            closing: CancellationToken::new(),
        };
        Ok(Self { connection: Arc::new(connection), engine: None })
    }

    /// The engine in this process on a database file, straight to the vendor: no platform account needed. A new
    /// file is set up; its bulk jobs go on where they were parked.
    ///
    /// # Errors
    /// `storage` when the file cannot be opened, is of a newer version, or its vault key is missing; `unsupported` in a
    /// build without the feature `embedded`.
    pub async fn embedded(options: EmbeddedOptions) -> Result<Self> {
        let (timeout, warnings, observer) = (options.timeout, options.warnings, options.observer.clone());
        let log = options.log.clone();
        let opening = async {
            let engine = Engine::open(options.into_engine()).await?;
            let credentials = engine.local_credentials().await?;
            Ok::<_, Error>((engine, credentials))
        };
        let (engine, (user, organization)) = log::scoped(log.as_ref(), opening).await?;
        let connection = Connection {
            transport: Arc::new(EmbeddedTransport::new(engine.clone())),
            user,
            organization: Some(organization),
            retry: RetryPolicy::NONE,
            polling: Polling::EMBEDDED,
            timeout,
            answer_limit: answer::WHOLE_LIMIT,
            capabilities: Arc::default(),
            warnings,
            observer,
            log,
            closing: CancellationToken::new(),
        };
        Ok(Self { connection: Arc::new(connection), engine: Some(engine) })
    }

    /// The instances of the calling user.
    pub fn instances(&self) -> Instances {
        Instances::new(Arc::clone(&self.connection))
    }

    /// The catalogue of elements.
    pub fn elements(&self) -> Elements {
        Elements { connection: Arc::clone(&self.connection) }
    }

    /// Shapes of one's own at a level (spec P 9.3).
    pub fn definitions(&self, level: Level) -> Definitions {
        Definitions::new(Caller::User(Arc::clone(&self.connection)), level)
    }

    /// Mappings of shapes to the objects of an element at a level (spec P 9.5).
    pub fn transformations(&self, level: Level) -> Transformations {
        Transformations::new(Caller::User(Arc::clone(&self.connection)), level)
    }

    /// Shapes as all levels together make them (spec P 9.10).
    pub fn common_resources(&self) -> CommonResources {
        CommonResources { connection: Arc::clone(&self.connection) }
    }

    /// What the platform has for an element beyond the common contract (spec P 16.8); asked once.
    pub async fn capabilities(&self, element: &str) -> Result<Arc<Capabilities>> {
        self.connection.capabilities_of(element).await
    }

    /// The same platform with another limit to the time a call may take.
    #[must_use]
    pub fn with_timeout(&self, limit: Duration) -> Self {
        Self { connection: self.connection.with_timeout(limit), engine: self.engine.clone() }
    }

    /// The same platform with another policy for warnings.
    #[must_use]
    pub fn with_warnings(&self, policy: Warnings) -> Self {
        Self { connection: self.connection.with_warnings(policy), engine: self.engine.clone() }
    }

    /// Any call of any platform, by its path below `/elements/api-v2`.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request {
        Request::new(Arc::clone(&self.connection), method, path.into())
    }

    /// For an app that goes to the background: parks the bulk jobs of an embedded platform at their next page, within
    /// about two seconds, and starts none until [`resume`](Self::resume). That holds for every platform of this process
    /// on the same database: the jobs that the others started are parked too. Calls are still answered. For a hosted
    /// platform there is nothing to do.
    pub async fn suspend(&self) {
        if let Some(engine) = &self.engine {
            log::scoped(self.connection.log.as_ref(), engine.suspend()).await;
        }
    }

    /// For an app that is back: what [`suspend`](Self::suspend) parked, and what was started since, goes on.
    pub async fn resume(&self) {
        if let Some(engine) = &self.engine {
            log::scoped(self.connection.log.as_ref(), engine.resume()).await;
        }
    }

    /// Closes the platform with all its clones: calls that wait and streams that are half-read end with the error `closed`
    /// at once, later calls are refused with it. The bulk jobs of an embedded platform are parked at the next page,
    /// within about two seconds. Closing twice does no harm.
    pub async fn close(&self) {
        self.connection.closing.cancel();
        if let Some(engine) = &self.engine {
            log::scoped(self.connection.log.as_ref(), engine.close()).await;
        }
    }

    /// The engine of an embedded platform, to serve it on a port.
    pub fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mode = if self.engine.is_some() { "embedded" } else { "hosted" };
        f.debug_struct("Platform").field("mode", &mode).finish_non_exhaustive()
    }
}
