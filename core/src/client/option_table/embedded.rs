use std::sync::LazyLock;

use super::{OptionInfo, Setter};
use crate::client::options::EmbeddedOptions;
use crate::elements::options::{UrlOption, url_options};
use crate::engine::{EngineOptions, Workers};
use crate::environment;

/// The options of the embedded engine that a program can set. `vault_keys`, which is not JSON, is set by a separate
/// call.
///
/// Left out are options of the engine that have no use in a package: `bootstrap` is for logging in to a server,
/// `keyring` needs a backend that the packages do not contain (they take `vault_keys`), `script_limits.stack_bytes`
/// depends on the stack of the engine's own threads, and the pauses of `vendor_retry` follow the vendor's rules.
pub static EMBEDDED_OPTIONS: LazyLock<Vec<OptionInfo<EmbeddedOptions>>> = LazyLock::new(|| {
    let of_elements = url_options().map(of_element);
    PLATFORM.iter().cloned().chain(of_elements).chain(ENGINE.iter().cloned()).collect()
});

fn of_element(option: UrlOption) -> OptionInfo<EmbeddedOptions> {
    let UrlOption { element, name, variable, doc } = option;
    let set = Setter::OfElement(element, |options: EmbeddedOptions, element, url| options.vendor_url(element, url));
    OptionInfo { name: name.into(), doc: doc.into(), variable: Some(variable), set }
}

/// The options that precede those of the elements.
const PLATFORM: &[OptionInfo<EmbeddedOptions>] = &[
    OptionInfo::new(
        "database",
        Setter::Path(|options, path| engine(options, |engine| engine.database = path)),
        "The database file; it is created when it does not exist. `elementkit.db` by default.",
    )
    .or(environment::DATABASE),
    OptionInfo::new(
        "resume_jobs",
        Setter::Flag(|options, resume| options.workers(if resume { Workers::Auto } else { Workers::Manual })),
        "Whether parked bulk jobs resume when the database is opened.",
    ),
    OptionInfo::new(
        "timeout_ms",
        Setter::Timeout(EmbeddedOptions::timeout),
        "Time limit of a call until its response begins. Limited only by the engine by default.",
    ),
    OptionInfo::new(
        "warnings",
        Setter::Warnings(EmbeddedOptions::warnings),
        "Policy for warnings of the platform. They are reported by default.",
    ),
    OptionInfo::new(
        "key_file",
        Setter::Path(|options, path| engine(options, |engine| engine.key_file = Some(path))),
        "The file of the vault key. By default a file beside the database, unless `ELEMENTKIT_VAULT_KEY` is set.",
    ),
    OptionInfo::new(
        "ca_file",
        Setter::Paths(EmbeddedOptions::ca_file),
        "PEM files of certificate authorities to trust in addition to the public ones, at the vendor.",
    )
    .or(environment::CA_FILE),
];

/// The options that follow those of the elements.
const ENGINE: &[OptionInfo<EmbeddedOptions>] = &[
    OptionInfo::new(
        "allow_vendor_override",
        Setter::Flag(|options, allow| engine(options, |engine| engine.allow_vendor_override = allow)),
        "Accepts a host of the vendor in the configuration of an instance, as `acme.base.url`. Off by default.",
    ),
    OptionInfo::new(
        "vendor_attempts",
        Setter::Positive(|options, attempts| engine(options, |engine| engine.vendor_retry.attempts = attempts)),
        "Maximum number of attempts of a call to the vendor. 4 by default.",
    ),
    OptionInfo::new(
        "vendor_retry_after_ms",
        Setter::Duration(|options, limit| engine(options, |engine| engine.vendor_retry.retry_after_cap = limit)),
        "The longest `Retry-After` of the vendor that a live call waits for. 5 minutes by default.",
    ),
    OptionInfo::new(
        "vendor_connect_timeout_ms",
        Setter::Timeout(|options, limit| engine(options, |engine| engine.vendor_timeouts.connect = limit)),
        "Time limit for connecting to the vendor. 10 seconds by default.",
    ),
    OptionInfo::new(
        "vendor_read_timeout_ms",
        Setter::Timeout(|options, limit| engine(options, |engine| engine.vendor_timeouts.idle = limit)),
        "Maximum silence of the vendor, before a response begins and within it. 60 seconds by default.",
    ),
    OptionInfo::new(
        "vendor_timeout_ms",
        Setter::Timeout(|options, limit| engine(options, |engine| engine.vendor_timeouts.whole = limit)),
        "Time limit of the whole response of the vendor. 5 minutes by default.",
    ),
    OptionInfo::new(
        "call_time_limit_ms",
        Setter::Timeout(|options, limit| engine(options, |engine| engine.call_time_limit = limit)),
        "Time limit of a call that reads from the vendor, except bulk jobs. 2 minutes by default.",
    ),
    OptionInfo::new(
        "max_outage_ms",
        Setter::Duration(|options, limit| engine(options, |engine| engine.max_outage = limit)),
        "Maximum time that a bulk job waits for an unreachable vendor. 2 hours by default.",
    ),
    OptionInfo::new(
        "retention_ms",
        Setter::Duration(|options, limit| engine(options, |engine| engine.retention = limit)),
        "Time for which results and checkpoints are kept after the end of their job. 3 days by default.",
    ),
    OptionInfo::new(
        "lease_ms",
        Setter::Timeout(|options, limit| engine(options, |engine| engine.lease = limit)),
        "Time after which the job of a dead process is taken over by another on the same file. 10 seconds by default.",
    ),
    OptionInfo::new(
        "sort_memory",
        Setter::Positive(|options, bytes| engine(options, |engine| engine.sort_memory = bytes)),
        "Bytes of rows that a bulk job with ORDER BY sorts in memory; the rest is sorted on disk. 4 MiB by default.",
    ),
    OptionInfo::new(
        "commit_bytes",
        Setter::Count(|options, bytes| engine(options, |engine| engine.commit_bytes = bytes)),
        "Bytes of rows that a bulk job commits at once; 0 commits every page. 512 KiB by default.",
    ),
    OptionInfo::new(
        "script_time_limit_ms",
        Setter::Timeout(|options, limit| engine(options, |engine| engine.script_limits.time = limit)),
        "Time limit of scripts for the records of a live call, or for one record of a bulk job. 30 seconds by default.",
    ),
    OptionInfo::new(
        "script_memory",
        Setter::Positive(|options, bytes| engine(options, |engine| engine.script_limits.memory_bytes = bytes)),
        "Bytes of memory that a script may use. 64 MiB by default.",
    ),
    OptionInfo::new(
        "expose_script_secrets",
        Setter::Flag(|options, expose| engine(options, |engine| engine.expose_script_secrets = expose)),
        "Gives scripts of transformations the secrets of the call in their `configuration`. Off by default.",
    ),
    OptionInfo::new(
        "script_network",
        Setter::Text(|options, hosts| {
            let hosts = hosts.split(',').map(|host| host.trim().to_owned()).filter(|host| !host.is_empty());
            let hosts = hosts.collect();
            engine(options, |engine| engine.script_network = hosts)
        }),
        "Hosts, separated by commas, that scripts of elements may call with `http` and `https`. None by default.",
    ),
    OptionInfo::new(
        "published_only",
        Setter::Flag(|options, only| engine(options, |engine| engine.published_only = only)),
        "Hides the objects and paths that the published element does not have. Off by default.",
    ),
    OptionInfo::new(
        "derived_activity_fields",
        Setter::Flag(|options, derive| engine(options, |engine| engine.derived_activity_fields = derive)),
        "Adds `activityUrl`, `activityType` and `totalViewingDurationMinutes` to activities. Off by default.",
    ),
    OptionInfo::new(
        "record_usage",
        Setter::Flag(|options, record| engine(options, |engine| engine.record_usage = record)),
        "Keeps a record of each call for 7 days, which `GET /usage` returns. Off by default.",
    ),
    OptionInfo::new(
        "allow_private_callbacks",
        Setter::Flag(|options, allow| engine(options, |engine| engine.allow_private_callbacks = allow)),
        "Whether callbacks may go to private, link-local and loopback addresses. On by default.",
    ),
    OptionInfo::new(
        "allow_private_vendors",
        Setter::Flag(|options, allow| engine(options, |engine| engine.allow_private_vendors = allow)),
        "Whether elements of documents may call private, link-local and loopback addresses, and plain http. On by default.",
    ),
];

/// Returns the options with a change of the engine's options.
fn engine(mut options: EmbeddedOptions, change: impl FnOnce(&mut EngineOptions)) -> EmbeddedOptions {
    change(options.engine_mut());
    options
}

/// A new option of the engine is described in the table, or named here with the reason why it is not: this does not
/// compile when one is added.
#[cfg(test)]
const _: fn(EngineOptions) = |options| {
    let EngineOptions {
        // For servers: who may log in.
        bootstrap: _,
        // The packages have no backend for it; a program passes vault keys.
        keyring: _,
        // Not JSON: separate arguments.
        elements: _,
        vault_keys: _,
        // Described, some in parts.
        allow_private_callbacks: _,
        allow_private_vendors: _,
        allow_vendor_override: _,
        ca_files: _,
        call_time_limit: _,
        commit_bytes: _,
        database: _,
        derived_activity_fields: _,
        expose_script_secrets: _,
        key_file: _,
        lease: _,
        max_outage: _,
        published_only: _,
        record_usage: _,
        retention: _,
        script_limits: _,
        script_network: _,
        sort_memory: _,
        vendor_retry: _,
        vendor_timeouts: _,
        vendor_urls: _,
        workers: _,
    } = options;
};
