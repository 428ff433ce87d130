//! The typed client: the same calls whether the platform is on the network or in this process.

mod answer;
mod array;
mod bulk;
mod connection;
mod instance;
mod instances;
mod options;
mod part;
mod records;
mod request;

use std::sync::Arc;

use http::Method;

pub use answer::Answer;
pub use bulk::{Bulk, BulkQuery, Format, Job};
pub use connection::RetryPolicy;
pub use instance::InstanceHandle;
pub use instances::Instances;
pub use options::{EmbeddedOptions, HostedOptions};
pub use records::{Record, RecordPage, Records};
pub use request::Request;

use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{EmbeddedTransport, HostedTransport};
use connection::{Connection, Polling};

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
    /// secret is missing.
    pub fn hosted(options: HostedOptions) -> Result<Self> {
        let transport = HostedTransport::new(options.service_root()?, &options.http)?;
        let connection = Connection {
            transport: Arc::new(transport),
            user: options.user_secret()?,
            organization: Some(options.organization_secret()?),
            retry: options.retry,
            polling: Polling::HOSTED,
            timeout: options.timeout,
        };
        Ok(Self { connection: Arc::new(connection), engine: None })
    }

    /// The engine in this process on a database file, straight to the vendor: no platform account needed. A new
    /// file is set up; its bulk jobs go on where they were parked.
    ///
    /// # Errors
    /// `storage` when the file cannot be opened, is of a newer version, or its vault key is missing.
    pub async fn embedded(options: EmbeddedOptions) -> Result<Self> {
        let timeout = options.timeout;
        let engine = Engine::open(options.into_engine()).await?;
        let (user, organization) = engine.local_credentials().await?;
        let connection = Connection {
            transport: Arc::new(EmbeddedTransport::new(engine.clone())),
            user,
            organization: Some(organization),
            retry: RetryPolicy::NONE,
            polling: Polling::EMBEDDED,
            timeout,
        };
        Ok(Self { connection: Arc::new(connection), engine: Some(engine) })
    }

    /// The instances of the calling user.
    pub fn instances(&self) -> Instances {
        Instances { connection: Arc::clone(&self.connection) }
    }

    /// Any call of any platform, by its path below `/elements/api-v2`.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request {
        Request::new(Arc::clone(&self.connection), method, path.into())
    }

    /// Ends the engine of an embedded platform: its bulk jobs are parked at the next page, within about two
    /// seconds. For a hosted platform there is nothing to do. Closing twice does no harm.
    pub async fn close(&self) {
        if let Some(engine) = &self.engine {
            engine.close().await;
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

/// List calls answer 404 `No … found` when there is nothing; typed calls answer an empty list (spec P 3.3).
fn empty_if_none_found(outcome: Result<Answer>) -> Result<Option<Answer>> {
    match outcome {
        Err(error) if is_none_found(&error) => Ok(None),
        outcome => outcome.map(Some),
    }
}

fn is_none_found(error: &Error) -> bool {
    let message = error.message();
    error.kind() == ErrorKind::NotFound && message.starts_with("No ") && message.ends_with(" found")
}
