//! How to reach or open a platform: every option with its unit, default and environment variable.

use std::path::PathBuf;
use std::time::Duration;

use url::{Host, Url};

use super::connection::RetryPolicy;
use crate::auth::Secret;
use crate::engine::{EngineOptions, Workers};
use crate::error::{Error, ErrorKind, Result};
use crate::http_client::HttpOptions;

/// The published base URL of US production (spec P 1.1).
const DEFAULT_BASE_URL: &str = "https://api.cloud-elements.com/elements/api-v2";

/// How to reach a hosted platform. What is not set comes from the environment, then from the default.
#[derive(Clone, Debug)]
pub struct HostedOptions {
    base_url: Option<String>,
    user_secret: Option<Secret>,
    organization_secret: Option<Secret>,
    allow_insecure_http: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) retry: RetryPolicy,
    pub(super) http: HttpOptions,
}

impl Default for HostedOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl HostedOptions {
    /// Everything from the environment: `ELEMENTKIT_BASE_URL`, `ELEMENTKIT_USER_SECRET`,
    /// `ELEMENTKIT_ORGANIZATION_SECRET`.
    pub fn new() -> Self {
        Self {
            base_url: None,
            user_secret: None,
            organization_secret: None,
            allow_insecure_http: false,
            timeout: None,
            retry: RetryPolicy::HOSTED,
            http: HttpOptions::default(),
        }
    }

    /// The base URL, with or without `/elements/api-v2`. `ELEMENTKIT_BASE_URL`; US production.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The user secret. `ELEMENTKIT_USER_SECRET`; required.
    #[must_use]
    pub fn user(mut self, secret: impl Into<Secret>) -> Self {
        self.user_secret = Some(secret.into());
        self
    }

    /// The organization secret. `ELEMENTKIT_ORGANIZATION_SECRET`; required.
    #[must_use]
    pub fn organization(mut self, secret: impl Into<Secret>) -> Self {
        self.organization_secret = Some(secret.into());
        self
    }

    /// Allows plain HTTP to hosts other than this machine. Off.
    #[must_use]
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// How long one call may take until its answer begins, retries included. No limit but those of the network.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// How calls are tried again.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// What comes before the prefix of every path. Bad URLs are refused here, before anything is sent (spec P 1.1).
    pub(super) fn service_root(&self) -> Result<Url> {
        let text = from_environment(self.base_url.clone(), "ELEMENTKIT_BASE_URL");
        let text = text.unwrap_or_else(|| DEFAULT_BASE_URL.to_owned());
        let wrong = |why: &str| Error::new(ErrorKind::Config, format!("the base URL cannot be used: {why}"));
        let mut url = Url::parse(text.trim()).map_err(|error| wrong(&error.to_string()))?;
        match url.scheme() {
            "https" => {}
            "http" if self.allow_insecure_http || is_loopback(&url) => {}
            "http" => {
                return Err(wrong("plain http would send the secrets in the clear")
                    .with_hint("Use https, or allow_insecure_http on a network you trust."));
            }
            other => return Err(wrong(&format!("{other} is neither https nor http"))),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it holds credentials").with_hint("Give the secrets as options."));
        }
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/elements/api-v2").unwrap_or(path).to_owned();
        url.set_path(&path);
        url.set_query(None);
        url.set_fragment(None);
        Ok(url)
    }

    pub(super) fn user_secret(&self) -> Result<Secret> {
        secret(self.user_secret.clone(), "ELEMENTKIT_USER_SECRET", "user secret")
    }

    pub(super) fn organization_secret(&self) -> Result<Secret> {
        secret(self.organization_secret.clone(), "ELEMENTKIT_ORGANIZATION_SECRET", "organization secret")
    }
}

/// How to open the engine in this process.
#[derive(Clone, Debug)]
pub struct EmbeddedOptions {
    engine: EngineOptions,
    pub(super) timeout: Option<Duration>,
}

impl EmbeddedOptions {
    /// The engine on this database file; it is created when it is not there.
    pub fn new(database: impl Into<PathBuf>) -> Self {
        Self { engine: EngineOptions::new(database), timeout: None }
    }

    /// Another host instead of the vendor's, for all instances; for a simulator or a proxy. None.
    #[must_use]
    pub fn brighttalk_url(mut self, url: impl Into<String>) -> Self {
        self.engine.brighttalk_url = Some(url.into());
        self
    }

    /// Whether parked bulk jobs go on by themselves. [`Workers::Auto`]; apps on phones want [`Workers::Manual`].
    #[must_use]
    pub fn workers(mut self, workers: Workers) -> Self {
        self.engine.workers = workers;
        self
    }

    /// How long a call may take until its answer begins. No limit but the engine's own.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// The engine's own options.
    pub fn engine_mut(&mut self) -> &mut EngineOptions {
        &mut self.engine
    }

    pub(super) fn into_engine(self) -> EngineOptions {
        self.engine
    }
}

fn from_environment(explicit: Option<String>, variable: &str) -> Option<String> {
    explicit.or_else(|| std::env::var(variable).ok()).filter(|text| !text.trim().is_empty())
}

fn secret(explicit: Option<Secret>, variable: &str, name: &str) -> Result<Secret> {
    let missing = || {
        Error::new(ErrorKind::Config, format!("the {name} is missing"))
            .with_hint(format!("Give it, or set {variable}."))
    };
    let explicit = explicit.map(|secret| secret.expose().to_owned());
    from_environment(explicit, variable).map(Secret::new).ok_or_else(missing)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(url: &str) -> Result<String> {
        HostedOptions::new().base_url(url).service_root().map(String::from)
    }

    #[test]
    fn a_base_url_is_taken_with_or_without_its_suffix() {
        for url in [
            "https://x.example",
            "https://x.example/",
            "https://x.example/elements/api-v2",
            "https://x.example:443/elements/api-v2/",
        ] {
            assert_eq!(root(url).ok().as_deref(), Some("https://x.example/"), "{url}");
        }
        assert_eq!(root("https://x.example/proxy/elements/api-v2").ok().as_deref(), Some("https://x.example/proxy"));
    }

    #[test]
    fn secrets_never_travel_in_the_clear() {
        for url in ["http://localhost:8080", "http://127.0.0.7", "http://[::1]:1/elements/api-v2"] {
            assert!(root(url).is_ok(), "{url}");
        }
        for url in ["http://x.example", "http://localhost.x.example", "ftp://x.example", "https://u:p@x.example", "x"] {
            assert_eq!(root(url).err().map(|error| error.kind()), Some(ErrorKind::Config), "{url}");
        }
        assert!(HostedOptions::new().base_url("http://x.example").allow_insecure_http(true).service_root().is_ok());
    }
}
