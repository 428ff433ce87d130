//! The environment variables that ElementKit reads, and the only code that reads them.

use std::borrow::Cow;
use std::str::FromStr;

use crate::auth::Secret;

/// Reader of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The library, and so the command and every package.
    Library,
    /// The command alone.
    Command,
    /// The Node package alone.
    Node,
}

/// An environment variable that ElementKit reads.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name.
    pub name: Cow<'static, str>,
    /// Its reader.
    pub reader: Reader,
    /// Its meaning, with the default.
    pub purpose: Cow<'static, str>,
}

const fn library(name: &'static str, purpose: &'static str) -> Variable {
    Variable { name: Cow::Borrowed(name), reader: Reader::Library, purpose: Cow::Borrowed(purpose) }
}

const fn command(name: &'static str, purpose: &'static str) -> Variable {
    Variable { name: Cow::Borrowed(name), reader: Reader::Command, purpose: Cow::Borrowed(purpose) }
}

pub(crate) const DATABASE: &str = "ELEMENTKIT_DATABASE";
pub(crate) const KEYRING: &str = "ELEMENTKIT_KEYRING";
pub(crate) const INSTANCE: &str = "ELEMENTKIT_INSTANCE";
pub(crate) const BASE_URL: &str = "ELEMENTKIT_BASE_URL";
pub(crate) const USER_SECRET: &str = "ELEMENTKIT_USER_SECRET";
pub(crate) const ORGANIZATION_SECRET: &str = "ELEMENTKIT_ORGANIZATION_SECRET";
pub(crate) const OTHER_USER_SECRET: &str = "ELEMENTKIT_OTHER_USER_SECRET";
pub(crate) const OTHER_ORGANIZATION_SECRET: &str = "ELEMENTKIT_OTHER_ORGANIZATION_SECRET";
pub(crate) const CA_FILE: &str = "ELEMENTKIT_CA_FILE";
pub(crate) const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
pub(crate) const SSL_CERT_DIR: &str = "SSL_CERT_DIR";
pub(crate) const OAUTH_API_KEY: &str = "ELEMENTKIT_OAUTH_API_KEY";
pub(crate) const OAUTH_API_SECRET: &str = "ELEMENTKIT_OAUTH_API_SECRET";

/// All variables in the order of the documentation, except those of the elements, which
/// [`elements::options::variables`](crate::elements::options::variables) returns.
pub const VARIABLES: &[Variable] = &[
    library(OAUTH_API_KEY, "The client id that `connect` uses for an element with OAuth when none is given."),
    library(OAUTH_API_SECRET, "The client secret that `connect` uses for an element with OAuth when none is given."),
    library(DATABASE, "The database file of the embedded engine; `elementkit.db`."),
    library(INSTANCE, "The id of the instance to work with; not needed when there is only one."),
    library(
        "ELEMENTKIT_VAULT_KEY",
        "The key that seals the database: 32 bytes in Base64. Takes precedence over the key file and the keyring.",
    ),
    library("ELEMENTKIT_VAULT_KEY_NEW", "The key that replaces `ELEMENTKIT_VAULT_KEY` when the key is rotated."),
    library(KEYRING, "`true` keeps the vault key of a new database in the operating system's keyring."),
    library("ELEMENTKIT_BOOTSTRAP_USER_SECRET", "The user secret of the first user of a new database; random."),
    library("ELEMENTKIT_BOOTSTRAP_ORGANIZATION_SECRET", "The organization secret of that user; random."),
    library("ELEMENTKIT_BOOTSTRAP_EMAIL", "The email address of that user; `admin@localhost`."),
    library(
        "ELEMENTKIT_BOOTSTRAP_PASSWORD",
        "The password of that user; without one, login by password is not possible.",
    ),
    library(
        BASE_URL,
        "The base URL or region of a hosted platform; `us`. The command works on it instead of a database.",
    ),
    library(USER_SECRET, "The user secret for a hosted platform."),
    library(ORGANIZATION_SECRET, "The organization secret for a hosted platform."),
    command(
        OTHER_USER_SECRET,
        "The user secret for the hosted platform that `compare` compares with; that of the first.",
    ),
    command(OTHER_ORGANIZATION_SECRET, "The organization secret for that platform; that of the first."),
    library(CA_FILE, "A PEM file of certificate authorities to trust in addition to the public ones."),
    library(SSL_CERT_FILE, "As `ELEMENTKIT_CA_FILE`; both are trusted when both are set."),
    library(SSL_CERT_DIR, "Directories of PEM files to trust in addition, separated as in `PATH`."),
    library("HTTPS_PROXY", "The proxy for `https` URLs, `http://[user:password@]host:port`. Lower case works too."),
    library("HTTP_PROXY", "The proxy for `http` URLs."),
    library("ALL_PROXY", "The proxy for URLs that neither of the two above covers."),
    library("NO_PROXY", "Hosts that are reached without the proxy. Loopback addresses never use a proxy."),
    command(
        "ELEMENTKIT_LOG",
        "A filter for the log: levels, for all or for a target, such as `warn,elementkit=debug`. The packages log through their language.",
    ),
    command("ELEMENTKIT_COMPLETE", "The shell for which the command prints completions; set by their script."),
    command("ELEMENTKIT_LOG_FORMAT", "`text` or `json`: the form of log lines of `serve`; `text`."),
    Variable {
        name: Cow::Borrowed("ELEMENTKIT_NATIVE"),
        reader: Reader::Node,
        purpose: Cow::Borrowed("The path of the native module, for custom builds."),
    },
];

/// Returns the value of a variable without trailing line ends, which files and shells add. A blank variable counts as
/// unset.
pub(crate) fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().and_then(|value| cleaned(&value))
}

/// Reads the filter of the log, `ELEMENTKIT_LOG`, as the type that applies it. Returns `None` if it is unset or empty.
///
/// # Errors
/// Returns what to tell the user if it is not a filter.
pub fn log_filter<F: FromStr>() -> Result<Option<F>, &'static str> {
    let Some(given) = std::env::var("ELEMENTKIT_LOG").ok().filter(|given| !given.is_empty()) else { return Ok(None) };
    let wrong = "ELEMENTKIT_LOG is ignored: it is not a list of levels and TARGET=LEVEL, such as warn,elementkit=debug";
    given.parse().map(Some).map_err(|_| wrong)
}

/// Returns the user secret and the organization secret of the platform that a comparison compares with.
pub fn other_secrets() -> (Option<Secret>, Option<Secret>) {
    let secret = |name| read(name).map(Secret::new);
    (secret(OTHER_USER_SECRET), secret(OTHER_ORGANIZATION_SECRET))
}

/// Returns whether a variable is set to anything other than a false value.
#[cfg(feature = "embedded")]
pub(crate) fn is_on(name: &str) -> bool {
    let off = ["0", "false", "f", "no", "n", "off"];
    read(name).is_some_and(|value| !off.contains(&value.trim().to_ascii_lowercase().as_str()))
}

/// Returns the value without trailing line ends; `None` if only white space is left.
pub(crate) fn cleaned(value: &str) -> Option<String> {
    let value = value.trim_end_matches(['\r', '\n']);
    (!value.trim().is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_cut_off_and_blank_is_not_set() {
        assert_eq!(cleaned("key\r\n").as_deref(), Some("key"));
        assert_eq!(cleaned(" key\n\n").as_deref(), Some(" key"));
        assert_eq!((cleaned(" \n"), cleaned("")), (None, None));
    }
}
