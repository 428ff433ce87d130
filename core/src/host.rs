//! Shared code of the packages for other languages: values are passed as JSON, and panics as errors.

mod definitions;
mod uploads;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use http::Method;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

pub use definitions::{check_definition, read_definition};
pub use uploads::{RecordFeed, UploadSource, upload};

#[cfg(feature = "arrow")]
pub use crate::arrow_stream::ArrowBatches;
#[cfg(feature = "embedded")]
pub use crate::client::EMBEDDED_OPTIONS;
use crate::client::{Answer, EmbeddedOptions, Format, HostedOptions, InstanceHandle, Platform, Request, WrittenRecord};
pub use crate::client::{HOSTED_OPTIONS, OPEN_OUTCOME, OptionInfo, OptionKind, QUERY_OPTIONS, UPLOAD_OPTIONS};
use crate::error::{Error, ErrorKind, Result};
use crate::model::OauthOptions;
pub use crate::per_process::PerProcess;

/// Runs a call and turns its panics into errors.
pub async fn caught<T>(call: impl Future<Output = Result<T>>) -> Result<T> {
    let panicked = |_| Err(Error::new(ErrorKind::Internal, "an internal error; please report it"));
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(panicked)
}

/// Serializes a value to JSON, for the host to decode.
///
/// # Errors
/// `internal` for a value that JSON cannot represent, which should not occur.
pub fn to_json(value: &impl Serialize) -> Result<Vec<u8>> {
    let failed = |error| Error::new(ErrorKind::Internal, format!("a value cannot be written: {error}"));
    serde_json::to_vec(value).map_err(failed)
}

/// Parses a value from JSON that the host wrote.
///
/// # Errors
/// `config` if it has another form.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    let wrong = |error: serde_json::Error| {
        let what = if error.is_data() { "the value has the wrong form" } else { "the text is not valid JSON" };
        Error::new(ErrorKind::Config, format!("{what}: {error}"))
    };
    serde_json::from_str(text).map_err(wrong)
}

/// Reads the options of a hosted platform from JSON; [`HOSTED_OPTIONS`] lists them.
///
/// # Errors
/// `config` when an option does not exist or has the wrong type.
pub fn hosted_options(json: &str) -> Result<HostedOptions> {
    HostedOptions::from_json(&from_json(json)?)
}

/// Reads the options of an embedded platform from JSON; [`EMBEDDED_OPTIONS`] lists them.
///
/// # Errors
/// `config` when an option does not exist or has the wrong type.
pub fn embedded_options(json: &str) -> Result<EmbeddedOptions> {
    EmbeddedOptions::from_json(&from_json(json)?)
}

/// Reads the values for the address at which a user grants access, from JSON. The state is random unless it is given.
///
/// # Errors
/// `config` if a value is no string.
pub fn oauth_options(json: &str) -> Result<OauthOptions> {
    let options: OauthOptions = from_json(json)?;
    if options.state.is_some() { Ok(options) } else { options.with_random_state() }
}

/// Reads a body that the host wrote as JSON. It is passed as it is: numbers are not parsed and written again.
///
/// # Errors
/// `config` if it is not JSON.
pub fn body(json: String) -> Result<Box<RawValue>> {
    RawValue::from_string(json).map_err(|_| Error::new(ErrorKind::Config, "the body is not JSON"))
}

/// Returns a written record as JSON; `None` if the vendor returned none.
///
/// # Errors
/// `decode` if it is not JSON. The write was made.
pub fn written(record: &WrittenRecord) -> Result<Option<Bytes>> {
    Ok(record.record::<IgnoredAny>()?.and_then(|_| record.json().cloned()))
}

/// Returns the headers of a response by their names in lower case. Values of a repeated one are joined by commas.
pub fn headers(answer: &Answer) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in answer.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        let joined = all.entry(name.to_string()).or_default();
        if !joined.is_empty() {
            joined.push_str(", ");
        }
        joined.push_str(&value);
    }
    all
}

/// Returns the format of a name, or else of a file's extension.
///
/// # Errors
/// `config` if there is no such format.
pub fn format(name: Option<&str>, file: &str) -> Result<Format> {
    let ending = || Path::new(file).extension().and_then(|ending| ending.to_str());
    Format::named(name.or_else(ending).unwrap_or_default())
}

/// Returns a time limit from milliseconds.
///
/// # Errors
/// `config` if the number is not positive.
pub fn time_limit(milliseconds: i64) -> Result<Duration> {
    match u64::try_from(milliseconds) {
        Ok(positive) if positive > 0 => Ok(Duration::from_millis(positive)),
        _ => Err(Error::new(ErrorKind::Config, format!("a time limit of {milliseconds} ms is not positive"))
            .with_hint("Pass a positive number of milliseconds, or no limit.")),
    }
}

/// Returns the maximum number of records of a batch.
///
/// # Errors
/// `config` if the number is not positive.
pub fn batch_size(records: i64) -> Result<usize> {
    match usize::try_from(records) {
        Ok(positive) if positive > 0 => Ok(positive),
        _ => Err(Error::new(ErrorKind::Config, format!("a batch of {records} records is not positive"))
            .with_hint("Pass a positive number of records.")),
    }
}

/// A custom call, as the host describes it.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The HTTP method.
    pub method: String,
    /// The path below `/elements/api-v2`.
    pub path: String,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Headers, in place of those that the client would set.
    pub headers: Vec<(String, String)>,
    /// A body, as JSON.
    pub body: Option<String>,
    /// A body of any other kind, in place of JSON.
    pub content: Option<Content>,
    /// An Element token, for calls made as an instance. It is a secret.
    pub token: Option<crate::auth::Secret>,
    /// Time limit; the platform's own limit if unset.
    pub timeout: Option<Duration>,
}

/// A body that is not JSON.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The bytes.
    pub bytes: Bytes,
    /// Their media type; `application/octet-stream` if unset.
    pub media_type: Option<String>,
}

impl Call {
    /// Returns the call for a platform, ready to be sent.
    ///
    /// # Errors
    /// `config` if the method or the body is invalid.
    pub fn on(self, platform: &Platform) -> Result<Request> {
        self.fill(|method, path| platform.request(method, path))
    }

    /// Returns the call of a resource of an instance, ready to be sent.
    ///
    /// # Errors
    /// `config` if the method or the body is invalid.
    pub fn of(self, instance: &InstanceHandle) -> Result<Request> {
        self.fill(|method, path| instance.call(method, path))
    }

    fn fill(self, start: impl FnOnce(Method, String) -> Request) -> Result<Request> {
        let invalid = |_| Error::new(ErrorKind::Config, format!("{:?} is not an HTTP method", self.method));
        // Methods are case-sensitive (RFC 9110), and all common ones are in upper case.
        let method = self.method.to_ascii_uppercase().parse().map_err(invalid)?;
        let mut request = start(method, self.path);
        for (name, value) in self.query {
            request = request.query(&name, value);
        }
        for (name, value) in self.headers {
            request = request.header(&name, &value);
        }
        request = match (self.body, self.content) {
            (None, None) => request,
            (Some(json), None) => request.json(&body(json)?),
            (None, Some(Content { bytes, media_type })) => {
                request.body(media_type.as_deref().unwrap_or("application/octet-stream"), bytes)
            }
            (Some(_), Some(_)) => {
                return Err(Error::new(ErrorKind::Config, "a call has one body: JSON or bytes, not both"));
            }
        };
        if let Some(token) = self.token {
            request = request.element(token);
        }
        if let Some(limit) = self.timeout {
            request = request.timeout(limit);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_has_a_state_that_nobody_can_guess() {
        let given = oauth_options(r#"{"callbackUrl": "app:/done", "state": "s", "siteAddress": "x"}"#);
        let given = given.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((given.state.as_deref(), given.callback_url.as_deref()), (Some("s"), Some("app:/done")));
        assert_eq!(given.parameters.get("siteAddress").map(String::as_str), Some("x"));
        let state = || oauth_options("{}").ok().and_then(|options| options.state).unwrap_or_default();
        assert!(state().len() >= 32 && state() != state());
        assert_eq!(oauth_options(r#"{"scope": 1}"#).err().map(|error| error.kind()), Some(ErrorKind::Config));
    }

    #[test]
    fn limits_are_positive() {
        assert_eq!(time_limit(1500).ok(), Some(Duration::from_millis(1500)));
        assert_eq!(batch_size(7).ok(), Some(7));
        for number in [0, -1, i64::MIN] {
            assert_eq!(time_limit(number).err().map(|error| error.kind()), Some(ErrorKind::Config));
            assert_eq!(batch_size(number).err().map(|error| error.kind()), Some(ErrorKind::Config));
        }
    }
}
