//! The platform and the instance of a command.

use std::collections::BTreeMap;

use elementkit::engine::{EngineOptions, Workers};
use elementkit::{EmbeddedOptions, Error, ErrorKind, HostedOptions, InstanceHandle, Platform, Warning};

use crate::args::{Target, Which};
use crate::exit::{Failure, Outcome};
use crate::output;

impl Target {
    /// Returns the options of the embedded engine. A short command does not continue jobs that other commands left.
    pub fn embedded(&self, workers: Workers) -> EmbeddedOptions {
        let mut options = EmbeddedOptions::new(&self.database).workers(workers);
        options = options.warnings(self.warnings).on_warning(warn);
        options.engine_mut().keyring = self.keyring;
        options.engine_mut().vendor_urls = self.vendor_urls();
        options
    }

    /// Returns the hosts that are called instead of the vendors', by the element's key.
    pub fn vendor_urls(&self) -> BTreeMap<String, String> {
        self.brighttalk_url.iter().map(|url| ("brighttalk".to_owned(), url.clone())).collect()
    }

    /// Returns the [`platform`](Self::platform) for a command that needs an instance: a missing database is not
    /// created, since it would have no instances.
    pub async fn with_instances(&self) -> Outcome<Platform> {
        self.with_instances_for(Workers::Manual).await
    }

    /// Returns the platform of [`with_instances`](Self::with_instances), whose engine works on jobs in this way.
    pub async fn with_instances_for(&self, workers: Workers) -> Outcome<Platform> {
        if self.base_url.is_none() && !self.database.exists() {
            let none = Error::new(ErrorKind::NotFound, format!("there is no database {}", self.database.display()));
            let hint = "Create it with: elementkit connect brighttalk. Or name another one with --database.";
            return Err(none.with_hint(hint).into());
        }
        Ok(self.open_for(workers).await?)
    }

    /// Returns the options for the database file, for commands that hosted platforms do not support.
    pub fn local_options(&self) -> Outcome<EngineOptions> {
        if self.base_url.is_some() {
            let wrong = "this works on a database file, not on a hosted platform; leave out --base-url";
            return Err(Failure::usage(format!("{wrong} and ELEMENTKIT_BASE_URL")));
        }
        Ok(EngineOptions { keyring: self.keyring, ..EngineOptions::new(&self.database) })
    }

    /// Returns the hosted platform if a base URL is given, or else the embedded one.
    pub async fn platform(&self) -> Outcome<Platform> {
        Ok(self.open().await?)
    }

    /// Opens the [`platform`](Self::platform), with the library's error.
    pub async fn open(&self) -> elementkit::Result<Platform> {
        self.open_for(Workers::Manual).await
    }

    async fn open_for(&self, workers: Workers) -> elementkit::Result<Platform> {
        match &self.base_url {
            Some(url) => {
                let options = HostedOptions::new().base_url(url).warnings(self.warnings).on_warning(warn);
                Platform::hosted(options)
            }
            None => Platform::embedded(self.embedded(workers)).await,
        }
    }
}

/// Prints a warning of the platform on standard error.
pub fn warn(warning: &Warning) {
    output::note(&format!("Warning: {warning}"));
}

impl Which {
    /// Returns the instance that is named, or else the only one there is.
    pub async fn find(&self, platform: &Platform) -> Outcome<InstanceHandle> {
        if let Some(id) = self.instance {
            return Ok(platform.instances().get(id).await?);
        }
        platform.instances().only().await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => error.with_hint("Create one with: elementkit connect brighttalk").into(),
            ErrorKind::Config => Failure::usage(format!("{}; choose one with --instance", error.message())),
            _ => error.into(),
        })
    }
}
