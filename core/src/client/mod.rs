//! The typed client: the same calls for a platform on the network and in this process.

mod address;
mod answer;
mod base_url;
mod bulk;
mod bulk_upload;
mod caller;
mod capabilities;
mod columns;
mod common_resources;
mod connection;
mod csv;
mod csv_table;
mod definitions;
mod download;
mod elements;
mod failure;
mod format;
mod head;
mod instance;
mod instances;
mod job;
mod loopback;
mod option_table;
mod options;
mod outgoing;
mod pages;
mod partitions;
mod probe;
mod records;
mod redirect;
mod request;
mod retry;
mod rows;
mod secrets;
mod sent;
mod stall;
mod sync;
mod sync_options;
mod sync_state;
#[cfg(feature = "arrow")]
mod table;
mod transformations;
mod upload;
mod verify;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use tokio_util::sync::CancellationToken;

pub use answer::Answer;
pub use bulk::{Bulk, BulkDownload, BulkQuery};
pub use bulk_upload::{BulkUpload, UploadFormat, UploadMode};
pub use caller::Level;
pub use capabilities::{Capabilities, Extension};
pub use common_resources::CommonResources;
pub use definitions::Definitions;
pub use elements::Elements;
pub use format::Format;
pub use instance::InstanceHandle;
pub use instances::{InstanceFilter, Instances};
pub use job::Job;
pub use loopback::LoopbackCallback;
#[cfg(feature = "embedded")]
pub use option_table::EMBEDDED_OPTIONS;
pub use option_table::{HOSTED_OPTIONS, OptionInfo, OptionKind, QUERY_OPTIONS, UPLOAD_OPTIONS};
pub use options::{EmbeddedOptions, HostedOptions};
pub use probe::{Probe, probe};
pub use records::{Record, RecordPage, Records};
pub use request::Request;
pub use retry::RetryPolicy;
pub use secrets::{NewSecret, Secrets};
pub use sent::Sent;
pub use sync::{SyncJob, SyncOptions, SyncState};
pub use transformations::{Direction, Transformations};
pub use upload::Form;
pub use writes::{OPEN_OUTCOME, WrittenRecord};

use crate::auth::Secret;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::log;
use crate::transport::{EmbeddedTransport, HostedTransport};
use crate::warning::Warnings;
use address::Forms;
use caller::Caller;
use connection::Connection;
use retry::Polling;

/// A platform: a hosted one on the network, or the engine in this process.
///
/// Cheap to clone; all clones share one platform. Close an embedded platform with [`close`](Self::close) so that its
/// bulk jobs are parked; they continue when it is opened again.
#[derive(Clone)]
pub struct Platform {
    connection: Arc<Connection>,
    engine: Option<Engine>,
}

impl Platform {
    /// Connects to a Cloud Elements or Open Connectors platform, or to an `elementkit serve`.
    ///
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// `config` if the base URL is invalid or would send secrets unencrypted to another machine, or if a secret is
    /// missing; `unsupported` in a build without the feature `hosted`.
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
            forms: Arc::default(),
            warnings: options.warnings,
            observer: options.observer,
            log: options.log,
            closing: CancellationToken::new(),
        };
        Ok(Self { connection: Arc::new(connection), engine: None })
    }

    /// Opens the engine in this process on a database file. It calls the vendor directly and needs no platform account.
    /// A new file is initialized; in an existing one, parked bulk jobs continue.
    ///
    /// # Errors
    /// `storage` if the file cannot be opened, is of a newer version, or its vault key is missing; `unsupported` in a
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
        let connection = Connection { timeout, warnings, observer, log, ..in_process(&engine, user, organization) };
        Ok(Self { connection: Arc::new(connection), engine: Some(engine) })
    }

    /// Returns the platform that an open engine is, as the user with these secrets sees it. They are checked with every
    /// call, not here. Closing the platform closes the engine.
    #[must_use]
    pub fn of_engine(engine: &Engine, user: Secret, organization: Secret) -> Self {
        let connection = in_process(engine, user, organization);
        Self { connection: Arc::new(connection), engine: Some(engine.clone()) }
    }

    /// Returns the instances of the calling user.
    pub fn instances(&self) -> Instances {
        Instances::new(Arc::clone(&self.connection))
    }

    /// Returns the catalogue of elements.
    pub fn elements(&self) -> Elements {
        Elements { connection: Arc::clone(&self.connection) }
    }

    /// Returns the custom object definitions of a level (spec P 9.3).
    pub fn definitions(&self, level: Level) -> Definitions {
        Definitions::new(Caller::User(Arc::clone(&self.connection)), level)
    }

    /// Returns the transformations of a level (spec P 9.5).
    pub fn transformations(&self, level: Level) -> Transformations {
        Transformations::new(Caller::User(Arc::clone(&self.connection)), level)
    }

    /// Returns the object definitions, merged from all levels (spec P 9.10).
    pub fn common_resources(&self) -> CommonResources {
        CommonResources { connection: Arc::clone(&self.connection) }
    }

    /// Returns the secrets of the calling user and its organization (spec P 16.18).
    pub fn secrets(&self) -> Secrets {
        Secrets::new(Arc::clone(&self.connection))
    }

    /// Returns the extensions of the common contract for an element (spec P 16.8); requested once.
    pub async fn capabilities(&self, element: &str) -> Result<Arc<Capabilities>> {
        self.connection.capabilities_of(element).await
    }

    /// Returns the same platform with another time limit for each call.
    #[must_use]
    pub fn with_timeout(&self, limit: Duration) -> Self {
        Self { connection: self.connection.with_timeout(limit), engine: self.engine.clone() }
    }

    /// Returns the same platform with another policy for warnings.
    #[must_use]
    pub fn with_warnings(&self, policy: Warnings) -> Self {
        Self { connection: self.connection.with_warnings(policy), engine: self.engine.clone() }
    }

    /// Returns any call of any platform, by its path below `/elements/api-v2`.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request {
        Request::new(Arc::clone(&self.connection), method, path.into())
    }

    /// Suspends the work of an app that goes to the background: parks the bulk jobs of an embedded platform at their
    /// next page, within about two seconds, and starts none until [`resume`](Self::resume). This affects every platform
    /// of this process on the same database, and the jobs that the others started. Calls still work. Does nothing for a
    /// hosted platform.
    pub async fn suspend(&self) {
        if let Some(engine) = &self.engine {
            log::scoped(self.connection.log.as_ref(), engine.suspend()).await;
        }
    }

    /// Resumes what [`suspend`](Self::suspend) parked, and starts what was created since.
    pub async fn resume(&self) {
        if let Some(engine) = &self.engine {
            log::scoped(self.connection.log.as_ref(), engine.resume()).await;
        }
    }

    /// Closes the platform with all its clones: waiting calls and open streams end with the error `closed` at once, and
    /// later calls fail with it. The bulk jobs of an embedded platform are parked at the next page, within about two
    /// seconds. Closing twice is harmless.
    pub async fn close(&self) {
        self.connection.closing.cancel();
        if let Some(engine) = &self.engine {
            log::scoped(self.connection.log.as_ref(), engine.close()).await;
        }
    }

    /// Returns the engine of an embedded platform, to serve it on a port.
    pub fn engine(&self) -> Option<&Engine> {
        self.engine.as_ref()
    }
}

/// Returns the connection to an engine in this process, with the options' defaults.
fn in_process(engine: &Engine, user: Secret, organization: Secret) -> Connection {
    Connection {
        transport: Arc::new(EmbeddedTransport::new(engine.clone())),
        user,
        organization: Some(organization),
        retry: RetryPolicy::NONE,
        polling: Polling::EMBEDDED,
        timeout: None,
        answer_limit: answer::WHOLE_LIMIT,
        capabilities: Arc::default(),
        forms: Arc::new(Forms::both()),
        warnings: Warnings::default(),
        observer: None,
        log: None,
        closing: CancellationToken::new(),
    }
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mode = if self.engine.is_some() { "embedded" } else { "hosted" };
        f.debug_struct("Platform").field("mode", &mode).finish_non_exhaustive()
    }
}
