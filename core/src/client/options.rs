//! Options for connecting to a hosted platform or opening the engine: each with its unit, default and variable.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::answer::WHOLE_LIMIT;
use super::base_url;
use super::retry::RetryPolicy;
use crate::auth::Secret;
use crate::engine::{EngineOptions, Workers};
use crate::environment;
use crate::error::{Error, ErrorKind, Result};
use crate::http_client::{self, HttpOptions, Proxy};
use crate::log::Sink;
use crate::vault_key::SharedVaultKeyProvider;
use crate::warning::{Observer, Warning, Warnings, observer};

/// Region of the default base URL, US production (spec P 1.1).
const DEFAULT_REGION: &str = "us";

/// Options for connecting to a hosted platform. Unset ones come from the environment, then from the default.
#[derive(Clone, Debug)]
pub struct HostedOptions {
    base_url: Option<String>,
    user_secret: Option<Secret>,
    organization_secret: Option<Secret>,
    allow_insecure_http: bool,
    ca_files: Vec<PathBuf>,
    pub(super) timeout: Option<Duration>,
    pub(super) retry: RetryPolicy,
    pub(super) answer_limit: usize,
    pub(super) warnings: Warnings,
    pub(super) observer: Option<Observer>,
    pub(super) log: Option<Sink>,
    http: HttpOptions,
}

impl Default for HostedOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl HostedOptions {
    /// Creates options that come from the environment: `ELEMENTKIT_BASE_URL`, `ELEMENTKIT_USER_SECRET`,
    /// `ELEMENTKIT_ORGANIZATION_SECRET`.
    pub fn new() -> Self {
        Self {
            base_url: None,
            user_secret: None,
            organization_secret: None,
            allow_insecure_http: false,
            ca_files: Vec::new(),
            timeout: None,
            retry: RetryPolicy::HOSTED,
            answer_limit: WHOLE_LIMIT,
            warnings: Warnings::default(),
            observer: None,
            log: None,
            http: HttpOptions::default(),
        }
    }

    /// Sets the base URL, with or without `/elements/api-v2`, or the name of a published region: `us`, `us-console`,
    /// `us-staging`, `us-snapshot`, `eu`, `eu-console`, `sap`, `sap-trial`, `sap-us2` and `sap-` with the label of any
    /// other region of Open Connectors. `ELEMENTKIT_BASE_URL`; default: `us`.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the user secret. `ELEMENTKIT_USER_SECRET`; required.
    #[must_use]
    pub fn user(mut self, secret: impl Into<Secret>) -> Self {
        self.user_secret = Some(secret.into());
        self
    }

    /// Sets the organization secret. `ELEMENTKIT_ORGANIZATION_SECRET`; required.
    #[must_use]
    pub fn organization(mut self, secret: impl Into<Secret>) -> Self {
        self.organization_secret = Some(secret.into());
        self
    }

    /// Allows plain HTTP to hosts other than this machine. Default: off.
    #[must_use]
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// Limits the time of a call, retries included, until its response is read, or begins if it is streamed. A call, an
    /// instance or a platform can have its own limit. Default: only the limits of the network.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Limits the time for connecting, TLS included. Default: 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.http.connect_timeout = limit;
        self
    }

    /// Limits the silence of the platform, before a response begins and within it. Default: 130 s, since a platform
    /// itself waits up to 120 s for a vendor.
    #[must_use]
    pub fn read_timeout(mut self, limit: Duration) -> Self {
        self.http.read_timeout = limit;
        self
    }

    /// Sends calls through this proxy, `http://host:port`, with credentials if needed. Default: the proxy of the
    /// environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), which is not used for this machine.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<Secret>) -> Self {
        self.http.proxy = Proxy::Through(url.into());
        self
    }

    /// Ignores the proxy of the environment.
    #[must_use]
    pub fn no_proxy(mut self) -> Self {
        self.http.proxy = Proxy::None;
        self
    }

    /// Trusts the certificates in this PEM file in addition to the public ones; may be repeated.
    /// `ELEMENTKIT_CA_FILE`.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_files.push(path.into());
        self
    }

    /// Sets the policy for retries.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Limits the size of a response that is buffered, in bytes; files are streamed. Default: 256 MiB.
    #[must_use]
    pub fn answer_limit(mut self, bytes: usize) -> Self {
        self.answer_limit = bytes;
        self
    }

    /// Sets the policy for warnings of the platform. Default: [`Warnings::Report`].
    #[must_use]
    pub fn warnings(mut self, policy: Warnings) -> Self {
        self.warnings = policy;
        self
    }

    /// Calls a function with each warning that is reported, on any thread, so it must be quick.
    #[must_use]
    pub fn on_warning(mut self, see: impl Fn(&Warning) + Send + Sync + 'static) -> Self {
        self.observer = Some(observer(see));
        self
    }

    /// Sends the events of this platform to its own queue.
    #[must_use]
    pub fn log(mut self, sink: Sink) -> Self {
        self.log = Some(sink);
        self
    }

    /// Returns the service root, to which every path is appended.
    pub(super) fn service_root(&self) -> Result<Url> {
        if self.base_url.as_deref().is_some_and(|text| text.trim().is_empty()) {
            return Err(Error::new(ErrorKind::Config, "the base URL is empty")
                .with_hint("Set a URL or the name of a region, or omit the base URL."));
        }
        let text = from_environment(self.base_url.clone(), environment::BASE_URL);
        base_url::service_root(text.as_deref().unwrap_or(DEFAULT_REGION), self.allow_insecure_http)
    }

    /// Returns the options of the HTTP client.
    pub(super) fn http(&self) -> Result<HttpOptions> {
        let mut http = self.http.clone();
        http.extra_ca = http_client::certificates(&self.ca_files)?;
        Ok(http)
    }

    pub(super) fn user_secret(&self) -> Result<Secret> {
        secret(self.user_secret.clone(), environment::USER_SECRET, "user secret")
    }

    pub(super) fn organization_secret(&self) -> Result<Secret> {
        secret(self.organization_secret.clone(), environment::ORGANIZATION_SECRET, "organization secret")
    }
}

/// Options for opening the engine in this process.
#[derive(Clone, Debug)]
pub struct EmbeddedOptions {
    engine: EngineOptions,
    pub(super) timeout: Option<Duration>,
    pub(super) warnings: Warnings,
    pub(super) observer: Option<Observer>,
    pub(super) log: Option<Sink>,
}

impl EmbeddedOptions {
    /// Creates options for the engine on this database file, which is created if it is missing.
    pub fn new(database: impl Into<PathBuf>) -> Self {
        let engine = EngineOptions::new(database);
        Self { engine, timeout: None, warnings: Warnings::default(), observer: None, log: None }
    }

    /// Creates options for the engine on the database file that `ELEMENTKIT_DATABASE` names; `elementkit.db` in the
    /// current folder if it is not set.
    pub fn from_env() -> Self {
        Self::new(environment::read(environment::DATABASE).unwrap_or_else(|| "elementkit.db".to_owned()))
    }

    /// Replaces the vendor's host for all instances of an element, for a simulator or a gateway. Each element has a
    /// variable for it; unset by default.
    #[must_use]
    pub fn vendor_url(mut self, element: impl Into<String>, url: impl Into<String>) -> Self {
        self.engine.vendor_urls.insert(element.into(), url.into());
        self
    }

    /// Adds an element of the application to the built-in ones; may be repeated.
    #[cfg(feature = "embedded")]
    #[must_use]
    pub fn element(mut self, element: std::sync::Arc<dyn crate::element::Element>) -> Self {
        self.engine.elements.push(element);
        self
    }

    /// Trusts the certificates in this PEM file in addition to the public ones, for the vendor; may be repeated.
    /// `ELEMENTKIT_CA_FILE`.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.engine.ca_files.push(path.into());
        self
    }

    /// Stores the vault key with the application instead of in a file next to the database: in the Keychain, the
    /// Android Keystore or a secret manager through a [`VaultKeyProvider`](crate::VaultKeyProvider), or as a
    /// [`VaultKey`](crate::VaultKey). Takes precedence over `ELEMENTKIT_VAULT_KEY`. Unset by default.
    #[must_use]
    pub fn vault_keys(mut self, provider: impl Into<SharedVaultKeyProvider>) -> Self {
        self.engine.vault_keys = Some(provider.into());
        self
    }

    /// Sets whether parked bulk jobs continue by themselves. Default: [`Workers::Auto`]; phone apps need
    /// [`Workers::Manual`].
    #[must_use]
    pub fn workers(mut self, workers: Workers) -> Self {
        self.engine.workers = workers;
        self
    }

    /// Limits the time of a call until its response is read, or begins if it is streamed. Default: only the engine's
    /// own limits.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Sets the policy for warnings of the platform. Default: [`Warnings::Report`].
    #[must_use]
    pub fn warnings(mut self, policy: Warnings) -> Self {
        self.warnings = policy;
        self
    }

    /// Calls a function with each warning that is reported, on any thread, so it must be quick.
    #[must_use]
    pub fn on_warning(mut self, see: impl Fn(&Warning) + Send + Sync + 'static) -> Self {
        self.observer = Some(observer(see));
        self
    }

    /// Sends the events of this platform, and of the work it starts, to its own queue.
    #[must_use]
    pub fn log(mut self, sink: Sink) -> Self {
        self.log = Some(sink);
        self
    }

    /// Returns an error, since this build has no engine.
    ///
    /// # Errors
    /// `unsupported`, always.
    #[cfg(not(feature = "embedded"))]
    pub fn from_json(_: &serde_json::Map<String, serde_json::Value>) -> Result<Self> {
        Err(crate::engine::without_engine())
    }

    /// Returns the engine's own options.
    pub fn engine_mut(&mut self) -> &mut EngineOptions {
        &mut self.engine
    }

    pub(super) fn into_engine(self) -> EngineOptions {
        self.engine
    }
}

fn from_environment(explicit: Option<String>, variable: &str) -> Option<String> {
    explicit.map_or_else(|| environment::read(variable), |text| environment::cleaned(&text))
}

fn secret(explicit: Option<Secret>, variable: &str, name: &str) -> Result<Secret> {
    let missing = || {
        Error::new(ErrorKind::Config, format!("the {name} is missing"))
            .with_hint(format!("Give it, or set {variable}."))
    };
    let explicit = explicit.map(|secret| secret.expose().to_owned());
    from_environment(explicit, variable).map(Secret::new).ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_options_cannot_be_printed() {
        let options = HostedOptions::new().user("hush-1").organization("hush-2").proxy("http://u:hush-3@proxy.example");
        let text = format!("{options:?}");
        assert!(!text.contains("hush") && text.matches("********").count() == 3, "{text}");
    }

    #[test]
    fn an_environment_that_is_set_to_nothing_is_not_set() {
        assert_eq!(from_environment(Some(" ".to_owned()), "NO_SUCH_VARIABLE"), None);
        assert_eq!(from_environment(Some("x".to_owned()), "PATH").as_deref(), Some("x"));
        assert!(from_environment(None, "PATH").is_some());
    }

    #[test]
    fn a_base_url_that_is_empty_is_no_region() -> Result<()> {
        for url in ["", " "] {
            let error = HostedOptions::new().base_url(url).service_root().err();
            assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Config));
        }
        HostedOptions::new().base_url("eu").service_root().map(drop)
    }

    #[test]
    fn a_ca_file_that_is_not_there_is_named() -> Result<()> {
        let options = HostedOptions::new().base_url("https://x.example").ca_file("/no/such/file.pem");
        let error = options.http().err();
        let error = error.ok_or_else(|| Error::new(ErrorKind::Internal, "an unreadable file was read"))?;
        assert!(error.kind() == ErrorKind::Config && error.message().contains("/no/such/file.pem"), "{error}");
        Ok(())
    }
}
