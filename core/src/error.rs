//! The error type of the crate.

use std::fmt;
use std::time::Duration;

use crate::model::JobFailure;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error: the cause, the messages of both sides, and what to do.
///
/// In both modes the error of a call is made from the response's status, headers and body alone, so it is the same
/// hosted and embedded. It never contains secrets.
pub struct Error(Box<Info>);

/// The parts of an [`Error`], as they are passed to other languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// The kind; its [`code`](ErrorKind::code) is stable.
    pub kind: ErrorKind,
    /// The HTTP status of the response, if there was one; for a failed job that of its cause.
    pub status: Option<u16>,
    /// The message, which describes what went wrong.
    pub message: String,
    /// The vendor's own message, if the vendor caused the failure (spec P 3.1).
    pub provider_message: Option<String>,
    /// The request id to quote to support (spec P 3.1).
    pub request_id: Option<String>,
    /// A hint about what to do.
    pub hint: Option<String>,
    /// Time to wait before trying again.
    pub retry_after: Option<Duration>,
    /// Whether no connection could be made, to the platform or from it to the vendor, usually because this device is
    /// offline. Nothing was sent then.
    pub unreachable: bool,
    /// The cause of a failed bulk job; only for `job_failed`, and only if the platform reports it.
    pub failure: Option<JobFailure>,
}

impl Info {
    /// Returns the same error with the names of options and functions in its messages in camel case, for languages that
    /// use it. In core these names are in backticks: `allow_insecure_http`.
    #[must_use]
    pub fn in_camel_case(mut self) -> Self {
        self.message = camel_case(&self.message);
        self.hint = self.hint.as_deref().map(camel_case);
        self
    }

    /// Returns whether the same call may succeed later without a change; for a failed job, whether resuming it may.
    pub fn retryable(&self) -> bool {
        self.failure.as_ref().map_or_else(|| self.kind.retryable(), |failure| failure.retryable)
    }
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident $code:literal $retryable:literal $hint:literal,)*) => {
        /// Kinds of errors. The codes are stable and listed in `docs/errors.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[doc = $doc])+ $kind,)*
        }

        impl ErrorKind {
            /// All kinds, for documentation and tests.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// Returns the stable code, for instance `rate_limited`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$kind => $code),* }
            }

            /// Returns whether the same call may succeed later without a change.
            pub fn retryable(self) -> bool {
                match self { $(Self::$kind => $retryable),* }
            }

            /// Returns the meaning of the kind in a sentence or two.
            pub fn doc(self) -> &'static str {
                match self { $(Self::$kind => concat!($($doc),+).trim_ascii()),* }
            }

            /// Returns what to do about an error of this kind if its exact cause is unknown.
            pub fn hint(self) -> &'static str {
                match self { $(Self::$kind => $hint),* }
            }
        }
    };
}

kinds! {
    /// An option, a setting or an argument cannot be used; nothing was sent.
    Config "config" false "Correct the option or argument that the message names.",
    /// The platform rejected the request: a parameter, a query, a body or a script is wrong (400, 405, 406, 413, 415,
    /// 416, 431).
    InvalidRequest "invalid_request" false "Correct what the message names.",
    /// Credentials were refused (401): those of the platform or, with a provider message, those of the vendor.
    Authentication "authentication" false "Check the user secret, the organization secret and the Element token.",
    /// The credentials are right but do not allow this, or the instance is disabled (403).
    PermissionDenied "permission_denied" false "Ask the administrator of the platform, or enable the instance.",
    /// The requested object does not exist (404).
    NotFound "not_found" false "Check the name, the id or the path; it may have been deleted.",
    /// The object already exists, or another one still refers to it (409).
    Conflict "conflict" false "Use another name, or delete what refers to it first.",
    /// The vendor's rate limit was exceeded (429); the error has the time to wait, if it is known.
    RateLimited "rate_limited" true "Wait a while, then try again.",
    /// The vendor failed, could not be reached or sent an unreadable response (502).
    Vendor "vendor" true "Try again later; if the problem persists, contact the vendor.",
    /// No response in time (504, or a deadline of the client).
    Timeout "timeout" true "Try again later; if the problem persists, contact the vendor.",
    /// The platform itself failed (500 and other 5xx).
    Server "server" true "Try again later; if the problem persists, report the request id.",
    /// The platform could not be reached; nothing was sent.
    Connect "connect" true "Check the base URL, the network and the proxy settings.",
    /// The connection to the platform broke; a change may or may not have been made.
    Transport "transport" true "Try again; after a change, check first whether it was made.",
    /// The platform's response could not be understood, or led elsewhere.
    Decode "decode" false "Check the base URL: the response may not come from a platform.",
    /// A bulk job ended without success; resume it when the cause is resolved.
    JobFailed "job_failed" false "Resume the job when the cause is resolved; it continues where it stopped.",
    /// A bulk job was cancelled.
    JobCancelled "job_cancelled" false "Resume the job; it continues where it stopped.",
    /// The database, the vault or a file failed: full disk, read-only path, newer version, missing key.
    Storage "storage" false "Check that the path exists, is writable and has free space.",
    /// This build or this platform lacks the feature.
    Unsupported "unsupported" false "Use a platform that supports it; ElementKit's own engine does.",
    /// The platform object was closed.
    Closed "closed" false "Open the platform again.",
    /// A fault in ElementKit itself.
    Internal "internal" false "Please report it.",
}

// Written out because the macro above cannot mark a variant.
#[allow(clippy::derivable_impls)]
impl Default for ErrorKind {
    fn default() -> Self {
        Self::Internal
    }
}

impl ErrorKind {
    /// Returns the kind with this code.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }

    /// Returns the kind of a response with this status.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Authentication,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            409 => Self::Conflict,
            507 => Self::Storage,
            429 => Self::RateLimited,
            502 => Self::Vendor,
            504 => Self::Timeout,
            400..500 => Self::InvalidRequest,
            _ => Self::Server,
        }
    }

    /// Returns the hint for an error of this kind that the vendor caused, if it differs from [`hint`](Self::hint).
    pub(crate) fn vendor_hint(self) -> Option<&'static str> {
        match self {
            Self::Authentication => Some("Check the API key and secret of the instance with the vendor."),
            Self::PermissionDenied => Some("Ask the vendor to grant this API key the permission."),
            _ => None,
        }
    }
}

impl Error {
    /// Creates an error of this kind with a message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Info { kind, message: message.into(), ..Info::default() }))
    }

    /// Sets the hint, what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Prefixes the message with its subject.
    pub(crate) fn about(mut self, what: &str) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// Returns the error of a platform that was closed.
    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the platform was closed").with_hint(ErrorKind::Closed.hint())
    }

    /// Returns all parts.
    pub fn info(&self) -> &Info {
        &self.0
    }

    /// Returns the kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the message.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the HTTP status of the response, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns whether this is the 404 of a list call that found no items: its message is `No … found` (spec P 3.3).
    /// Typed lists are empty then; use this after a list call by `Platform::request`.
    pub fn is_none_found(&self) -> bool {
        let things = self.0.message.strip_prefix("No ").and_then(|rest| rest.strip_suffix(" found"));
        self.0.kind == ErrorKind::NotFound && things.is_some()
    }
}

/// Converts snake-case names between backticks to camel case. Names in capitals are environment variables and are kept.
fn camel_case(text: &str) -> String {
    let part = |(at, part): (usize, &str)| {
        let name = at % 2 == 1
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_()".contains(&byte));
        if !name {
            return part.to_owned();
        }
        let mut words = part.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |name, word| {
            let mut letters = word.chars();
            let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
            name + &capital.into_iter().chain(letters).collect::<String>()
        })
    };
    text.split('`').enumerate().map(part).collect::<Vec<_>>().join("`")
}

impl From<Info> for Error {
    fn from(info: Info) -> Self {
        Self(Box::new(info))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(provider) = &self.0.provider_message {
            write!(f, ": {provider}")?;
        }
        match (self.0.status, &self.0.request_id) {
            (Some(status), Some(id)) => write!(f, " (status {status}, request {id})")?,
            (Some(status), None) => write!(f, " (status {status})")?,
            (None, Some(id)) => write!(f, " (request {id})")?,
            (None, None) => {}
        }
        match &self.0.hint {
            Some(hint) => write!(f, ". {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_the_status_and_the_request_id() {
        let error = Error::from(Info {
            kind: ErrorKind::Authentication,
            status: Some(401),
            message: "Unauthorized".into(),
            provider_message: Some("HTTP 401".into()),
            request_id: Some("6a1f0c3be4b07d2a91c35e02".into()),
            hint: Some("Check the API key and secret of the instance.".into()),
            ..Info::default()
        });
        assert_eq!(
            error.to_string(),
            "Unauthorized: HTTP 401 (status 401, request 6a1f0c3be4b07d2a91c35e02). Check the API key and secret of the instance."
        );
    }

    #[test]
    fn only_the_documented_message_means_an_empty_list() {
        let none = |kind, message: &str| Error::new(kind, message).is_none_found();
        assert!(none(ErrorKind::NotFound, "No element instances found"));
        for message in ["No found", "no users found", "No users found.", "Not Found"] {
            assert!(!none(ErrorKind::NotFound, message), "{message}");
        }
        assert!(!none(ErrorKind::Server, "No users found"));
    }

    #[test]
    fn names_can_be_written_as_other_languages_do() {
        let info =
            Info { hint: Some("Use `allow_insecure_http`, not `X_Y` or a_b, or `request`.".into()), ..Info::default() };
        let hint = info.in_camel_case().hint;
        assert_eq!(hint.as_deref(), Some("Use `allowInsecureHttp`, not `X_Y` or a_b, or `request`."));
    }

    #[test]
    fn codes_are_unique() {
        let codes: std::collections::HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
    }
}
