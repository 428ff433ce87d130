//! A build without the engine: what the client names of it, so that the client is the same in all builds. Opening it is
//! an `unsupported` error, so there never is one.

use std::convert::Infallible;
use std::path::PathBuf;

use http::{Request, Response};

use crate::auth::Secret;
use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};
use crate::vault_key::SharedVaultKeyProvider;

/// How the engine would run.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// The database file.
    pub database: PathBuf,
    /// Another host instead of the vendor's.
    pub brighttalk_url: Option<String>,
    /// PEM files with certificates to trust besides the public ones, at the vendor.
    pub ca_files: Vec<PathBuf>,
    /// Whether parked bulk jobs go on by themselves.
    pub workers: Workers,
    /// The application's own keeper of vault keys.
    pub vault_keys: Option<SharedVaultKeyProvider>,
}

/// Upkeep of a database file, which needs the engine.
pub mod maintenance {
    use super::{EngineOptions, SharedVaultKeyProvider, without_engine};
    use crate::error::Result;

    /// Replaces the vault key.
    ///
    /// # Errors
    /// `unsupported`, always.
    pub async fn rotate_key(_: &EngineOptions) -> Result<()> {
        Err(without_engine())
    }

    /// Moves the vault key into a provider.
    ///
    /// # Errors
    /// `unsupported`, always.
    pub async fn move_key(_: &EngineOptions, _: impl Into<SharedVaultKeyProvider>) -> Result<()> {
        Err(without_engine())
    }
}

fn without_engine() -> Error {
    Error::new(ErrorKind::Unsupported, "this build has no engine")
        .with_hint("Use a hosted platform, or a build with the feature `embedded`.")
}

/// Whether bulk jobs that wait in the file are taken up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Workers {
    /// On open, and whenever one is started.
    #[default]
    Auto,
    /// Only those started or resumed in this process.
    Manual,
}

/// The engine that this build does not have.
#[derive(Clone)]
pub struct Engine(Infallible);

impl EngineOptions {
    /// The defaults on this database file.
    pub fn new(database: impl Into<PathBuf>) -> Self {
        Self {
            database: database.into(),
            brighttalk_url: None,
            ca_files: Vec::new(),
            workers: Workers::Auto,
            vault_keys: None,
        }
    }
}

impl Engine {
    /// # Errors
    /// `unsupported`, always.
    pub async fn open(_: EngineOptions) -> Result<Self> {
        Err(without_engine())
    }

    /// Answers one request of the contract.
    pub async fn answer(&self, _: Request<Body>) -> Response<Body> {
        match self.0 {}
    }

    /// The secrets of the file's first user.
    ///
    /// # Errors
    /// None: there is no engine to ask.
    pub async fn local_credentials(&self) -> Result<(Secret, Secret)> {
        match self.0 {}
    }

    /// Whether this handle was closed.
    pub fn is_closed(&self) -> bool {
        match self.0 {}
    }

    /// Parks bulk jobs.
    pub async fn suspend(&self) {
        match self.0 {}
    }

    /// Lets them go on.
    pub async fn resume(&self) {
        match self.0 {}
    }

    /// Ends the engine.
    pub async fn close(&self) {
        match self.0 {}
    }
}
