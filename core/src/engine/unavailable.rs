//! Stand-in for the engine in builds without it, so that the client is the same in all builds. Opening it is an
//! `unsupported` error, so no engine ever exists.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::PathBuf;

use http::{Request, Response};

use crate::auth::Secret;
use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};
use crate::vault_key::SharedVaultKeyProvider;

/// Options of the engine.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// The database file.
    pub database: PathBuf,
    /// Hosts that are called instead of the vendors', by the element's key.
    pub vendor_urls: BTreeMap<String, String>,
    /// PEM files of certificates to trust in addition to the public ones, at the vendor.
    pub ca_files: Vec<PathBuf>,
    /// Whether parked bulk jobs resume by themselves.
    pub workers: Workers,
    /// The application's provider of vault keys.
    pub vault_keys: Option<SharedVaultKeyProvider>,
}

/// Maintenance of a database file, which requires the engine.
pub mod maintenance {
    use super::{EngineOptions, SharedVaultKeyProvider, without_engine};
    use crate::error::Result;

    /// Replaces the vault key.
    ///
    /// # Errors
    /// Always returns an `unsupported` error.
    pub async fn rotate_key(_: &EngineOptions) -> Result<()> {
        Err(without_engine())
    }

    /// Moves the vault key to a provider.
    ///
    /// # Errors
    /// Always returns an `unsupported` error.
    pub async fn move_key(_: &EngineOptions, _: impl Into<SharedVaultKeyProvider>) -> Result<()> {
        Err(without_engine())
    }
}

pub(crate) fn without_engine() -> Error {
    Error::new(ErrorKind::Unsupported, "this build has no engine")
        .with_hint("Use a hosted platform, or a build with the feature `embedded`.")
}

/// Whether bulk jobs that wait in the file are taken up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Workers {
    /// Takes up jobs on open and whenever one is started.
    #[default]
    Auto,
    /// Runs only jobs that were started or resumed in this process.
    Manual,
}

/// The engine, which does not exist in this build.
#[derive(Clone)]
pub struct Engine(Infallible);

impl EngineOptions {
    /// Returns the default options for this database file.
    pub fn new(database: impl Into<PathBuf>) -> Self {
        Self {
            database: database.into(),
            vendor_urls: BTreeMap::new(),
            ca_files: Vec::new(),
            workers: Workers::Auto,
            vault_keys: None,
        }
    }
}

impl Engine {
    /// Opens no engine, because this build has none.
    ///
    /// # Errors
    /// Always returns an `unsupported` error.
    pub async fn open(_: EngineOptions) -> Result<Self> {
        Err(without_engine())
    }

    /// Responds to one request of the contract.
    pub async fn answer(&self, _: Request<Body>) -> Response<Body> {
        match self.0 {}
    }

    /// Returns the secrets of the file's first user.
    ///
    /// # Errors
    /// Never fails, since no engine exists.
    pub async fn local_credentials(&self) -> Result<(Secret, Secret)> {
        match self.0 {}
    }

    /// Returns whether this handle was closed.
    pub fn is_closed(&self) -> bool {
        match self.0 {}
    }

    /// Parks bulk jobs.
    pub async fn suspend(&self) {
        match self.0 {}
    }

    /// Resumes bulk jobs.
    pub async fn resume(&self) {
        match self.0 {}
    }

    /// Closes the engine.
    pub async fn close(&self) {
        match self.0 {}
    }
}
