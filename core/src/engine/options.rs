use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::script::ScriptLimits;
use crate::auth::Secret;
use crate::element::{Element, ElementInfo};
use crate::elements::registry::{self, Elements};
use crate::environment;
use crate::error::{Error, ErrorKind, Result};
use crate::vault_key::SharedVaultKeyProvider;
use crate::vendor::{VendorRetry, VendorTimeouts, read_base_url};

/// Options of the engine (spec P 16.10).
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// The database file; bulk files are in a folder beside it.
    pub database: PathBuf,
    /// The file of the vault key. `<database>.key` by default, unless `ELEMENTKIT_VAULT_KEY` is set.
    pub key_file: Option<PathBuf>,
    /// Stores the vault key of a new database in the keyring of the operating system, unless `key_file` or
    /// `ELEMENTKIT_VAULT_KEY` is set. An existing database records the source of its key. Requires the feature
    /// `keyring`. Off by default, unless `ELEMENTKIT_KEYRING` is on.
    pub keyring: bool,
    /// The application's provider of vault keys, or the key itself. Takes precedence over `ELEMENTKIT_VAULT_KEY` and
    /// excludes `key_file` and `keyring`. A database whose key it does not have is rejected. `None` by default.
    pub vault_keys: Option<SharedVaultKeyProvider>,
    /// Hosts that are called instead of the vendors', by the element's key, for all instances. That of an element that is
    /// not named comes from the element's environment variable.
    pub vendor_urls: BTreeMap<String, String>,
    /// PEM files of certificates to trust in addition to the public ones, at the vendor. From `ELEMENTKIT_CA_FILE` if
    /// empty.
    pub ca_files: Vec<PathBuf>,
    /// Accepts a host of the vendor in the configuration of an instance, as `acme.base.url`. Off by default.
    pub allow_vendor_override: bool,
    /// Elements of the application, besides the built-in ones. Two openings of one file share an engine if their
    /// elements have the same ids, keys and revisions. None by default.
    pub elements: Vec<Arc<dyn Element>>,
    /// Hides the objects and paths that are extensions. Off by default.
    pub published_only: bool,
    /// Adds three fields to `activities` (spec BT 2.3.4.1). Off by default.
    pub derived_activity_fields: bool,
    /// Keeps a record of each call of a known user for 7 days, which `GET /usage` returns (spec P 12.1). Off by
    /// default.
    pub record_usage: bool,
    /// Includes secrets in the scripts' `configuration` (spec P 9.12). Off by default.
    pub expose_script_secrets: bool,
    /// Names of hosts that scripts of elements may call with `http` and `https` (spec E 7.58). None by default.
    pub script_network: Vec<String>,
    /// Resource limits of scripts.
    pub script_limits: ScriptLimits,
    /// Whether parked bulk jobs resume by themselves.
    pub workers: Workers,
    /// Time that a bulk job waits for an unreachable vendor. 2 hours by default.
    pub max_outage: Duration,
    /// Time that results, and checkpoints of jobs that can be resumed, are kept after the end of the job. 3 days by
    /// default.
    pub retention: Duration,
    /// Time after which a job is taken over from a process that is gone or hangs. 10 seconds by default.
    pub lease: Duration,
    /// Bytes of rows that a bulk job with ORDER BY sorts in memory; the rest is sorted on disk. 4 MiB by default.
    pub sort_memory: usize,
    /// Bytes of rows that a bulk job commits at once while pages arrive quickly; 0 commits every page. No row waits
    /// longer than a tenth of a second, and a crash costs the uncommitted rows. 512 KiB by default.
    pub commit_bytes: usize,
    /// Whether callbacks may go to private, link-local and loopback addresses. On by default; shared servers turn it
    /// off.
    pub allow_private_callbacks: bool,
    /// Whether elements that call addresses of documents and instances may call private, link-local and loopback
    /// addresses, and plain `http` (spec E 3.20). On by default; shared servers turn it off.
    pub allow_private_vendors: bool,
    /// Time limit of a call that reads from the vendor, bulk jobs excepted. 120 seconds by default.
    pub call_time_limit: Duration,
    /// Retries of calls to the vendor.
    pub vendor_retry: VendorRetry,
    /// Time limits of calls to the vendor.
    pub vendor_timeouts: VendorTimeouts,
    /// The first user of a new database; missing values are generated.
    pub bootstrap: Bootstrap,
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

/// The first user of a new database; missing values are generated.
#[derive(Clone, Debug, Default)]
pub struct Bootstrap {
    /// Secret of the user. From `ELEMENTKIT_BOOTSTRAP_USER_SECRET`.
    pub user_secret: Option<Secret>,
    /// Secret of the organization. From `ELEMENTKIT_BOOTSTRAP_ORGANIZATION_SECRET`.
    pub organization_secret: Option<Secret>,
    /// E-mail address. From `ELEMENTKIT_BOOTSTRAP_EMAIL`; `admin@localhost` by default.
    pub email: Option<String>,
    /// Password. From `ELEMENTKIT_BOOTSTRAP_PASSWORD`; without one, password login is disabled.
    pub password: Option<Secret>,
}

impl EngineOptions {
    /// Returns the default options for this database file.
    pub fn new(database: impl Into<PathBuf>) -> Self {
        Self {
            database: database.into(),
            key_file: None,
            keyring: false,
            vault_keys: None,
            vendor_urls: BTreeMap::new(),
            ca_files: Vec::new(),
            allow_vendor_override: false,
            elements: Vec::new(),
            published_only: false,
            derived_activity_fields: false,
            record_usage: false,
            expose_script_secrets: false,
            script_network: Vec::new(),
            script_limits: ScriptLimits::default(),
            workers: Workers::Auto,
            max_outage: Duration::from_secs(2 * 3600),
            retention: Duration::from_secs(3 * 24 * 3600),
            lease: Duration::from_secs(10),
            sort_memory: 4 << 20,
            commit_bytes: 512 << 10,
            allow_private_callbacks: true,
            allow_private_vendors: true,
            call_time_limit: Duration::from_secs(120),
            vendor_retry: VendorRetry::default(),
            vendor_timeouts: VendorTimeouts::default(),
            bootstrap: Bootstrap::default(),
        }
    }
}

impl EngineOptions {
    /// Sets missing options from the environment.
    pub(super) fn with_env(mut self) -> Self {
        let missing = self.infos().filter(|info| !self.vendor_urls.contains_key(&*info.key));
        let from_env =
            missing.filter_map(|info| Some((info.key.to_string(), environment::read(info.url_variable.as_deref()?)?)));
        let from_env: Vec<(String, String)> = from_env.collect();
        self.vendor_urls.extend(from_env);
        self.keyring = self.keyring || self.vault_keys.is_none() && environment::is_on(environment::KEYRING);
        let Bootstrap { user_secret, organization_secret, email, password } = Bootstrap::from_environment();
        let first = &mut self.bootstrap;
        first.user_secret = first.user_secret.take().or(user_secret);
        first.organization_secret = first.organization_secret.take().or(organization_secret);
        first.email = first.email.take().or(email);
        first.password = first.password.take().or(password);
        self
    }

    /// Returns the elements of an engine with these options.
    ///
    /// # Errors
    /// `config` if two elements cannot be used together.
    pub(super) fn open_elements(&self) -> Result<Elements> {
        Elements::new(self.derived_activity_fields).with(self.elements.iter().cloned())
    }

    /// Returns the catalogue entries of all elements.
    fn infos(&self) -> impl Iterator<Item = &ElementInfo> {
        registry::built_in().into_iter().chain(self.elements.iter().map(|element| element.info()))
    }

    /// Checks the hosts that replace those of vendors.
    ///
    /// # Errors
    /// `config` for an element that does not exist, or a URL that cannot be used.
    pub(super) fn check_vendor_urls(&self) -> Result<()> {
        for (element, url) in &self.vendor_urls {
            let known: Vec<&str> = self.infos().map(|info| &*info.key).collect();
            if !known.contains(&element.as_str()) {
                let error =
                    Error::new(ErrorKind::Config, format!("a URL is given for {element:?}, which is no element"));
                return Err(error.with_hint(format!("The elements are {}.", known.join(", "))));
            }
            read_base_url(url)?;
        }
        Ok(())
    }

    pub(super) fn retention_ms(&self) -> i64 {
        i64::try_from(self.retention.as_millis()).unwrap_or(i64::MAX)
    }

    /// Returns whether two openings of one file can share an engine. Ignores the first user and the keyring, which
    /// affect only a new file; the keys of two providers are compared separately.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        // Every field is named, so that a new one cannot be forgotten.
        let Self {
            database: _,
            keyring: _,
            bootstrap: _,
            vault_keys,
            key_file,
            vendor_urls,
            ca_files,
            allow_vendor_override,
            elements,
            published_only,
            derived_activity_fields,
            record_usage,
            expose_script_secrets,
            script_network,
            script_limits,
            workers,
            max_outage,
            retention,
            lease,
            sort_memory,
            commit_bytes,
            allow_private_callbacks,
            allow_private_vendors,
            call_time_limit,
            vendor_retry,
            vendor_timeouts,
        } = self;
        let names = |elements: &[Arc<dyn Element>]| {
            let name = |element: &Arc<dyn Element>| {
                (element.info().id, element.info().key.clone(), element.revision().to_owned())
            };
            elements.iter().map(name).collect::<Vec<_>>()
        };
        vault_keys.is_some() == other.vault_keys.is_some()
            && *key_file == other.key_file
            && *vendor_urls == other.vendor_urls
            && *ca_files == other.ca_files
            && *allow_vendor_override == other.allow_vendor_override
            && names(elements) == names(&other.elements)
            && *published_only == other.published_only
            && *derived_activity_fields == other.derived_activity_fields
            && *record_usage == other.record_usage
            && *expose_script_secrets == other.expose_script_secrets
            && *script_network == other.script_network
            && *script_limits == other.script_limits
            && *workers == other.workers
            && *max_outage == other.max_outage
            && *retention == other.retention
            && *lease == other.lease
            && *sort_memory == other.sort_memory
            && *commit_bytes == other.commit_bytes
            && *allow_private_callbacks == other.allow_private_callbacks
            && *allow_private_vendors == other.allow_private_vendors
            && *call_time_limit == other.call_time_limit
            && *vendor_retry == other.vendor_retry
            && *vendor_timeouts == other.vendor_timeouts
    }
}

impl Bootstrap {
    /// Reads the `ELEMENTKIT_BOOTSTRAP_…` variables.
    fn from_environment() -> Self {
        let read = |name: &str| environment::read(&format!("ELEMENTKIT_BOOTSTRAP_{name}"));
        Self {
            user_secret: read("USER_SECRET").map(Secret::new),
            organization_secret: read("ORGANIZATION_SECRET").map(Secret::new),
            email: read("EMAIL"),
            password: read("PASSWORD").map(Secret::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_replaced_for_an_element_that_exists() {
        let check = |element: &str, url: &str| {
            let vendor_urls = [(element.to_owned(), url.to_owned())].into();
            EngineOptions { vendor_urls, ..EngineOptions::new("test.db") }.check_vendor_urls()
        };
        for option in crate::elements::options::url_options() {
            assert!(check(option.element, "https://example.test").is_ok());
            assert!(check(option.element, "ftp://example.test").is_err());
        }
        let error = check("acme", "https://example.test").err().map(|error| error.to_string());
        assert!(error.is_some_and(|error| error.contains("\"acme\", which is no element")));
    }

    #[test]
    fn options_that_differ_do_not_share_an_engine() {
        let same = || EngineOptions::new("test.db");
        assert!(same().agrees_with(&same()));
        let changes: [fn(&mut EngineOptions); 22] = [
            |options| options.key_file = Some("key".into()),
            |options| drop(options.vendor_urls.insert("acme".into(), "https://example.test".into())),
            |options| options.ca_files.push("ca.pem".into()),
            |options| options.allow_vendor_override = !options.allow_vendor_override,
            |options| options.elements.extend(registry::Elements::new(false).all().iter().cloned()),
            |options| options.published_only = !options.published_only,
            |options| options.derived_activity_fields = !options.derived_activity_fields,
            |options| options.record_usage = !options.record_usage,
            |options| options.expose_script_secrets = !options.expose_script_secrets,
            |options| options.script_network.push("auth.example.test".into()),
            |options| options.script_limits.memory_bytes += 1,
            |options| options.workers = Workers::Manual,
            |options| options.max_outage += Duration::from_secs(1),
            |options| options.retention += Duration::from_secs(1),
            |options| options.lease += Duration::from_secs(1),
            |options| options.sort_memory += 1,
            |options| options.commit_bytes += 1,
            |options| options.allow_private_callbacks = !options.allow_private_callbacks,
            |options| options.allow_private_vendors = !options.allow_private_vendors,
            |options| options.call_time_limit += Duration::from_secs(1),
            |options| options.vendor_retry.attempts += 1,
            |options| options.vendor_timeouts.idle += Duration::from_secs(1),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut other = same();
            change(&mut other);
            assert!(!same().agrees_with(&other) && !other.agrees_with(&same()), "change {number}");
        }
    }
}
