use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, Method};
use serde::Serialize;

use super::address::Address;
use super::answer::Answer;
use super::capabilities::Extension;
use super::connection::Connection;
use super::instance::InstanceHandle;
use super::outgoing::Outgoing;
use super::upload::{Form, Upload};
use super::writes::with_open_outcome;
use crate::auth::Secret;
use crate::body::BoxError;
use crate::error::{Error, ErrorKind, Result};
use crate::model::DryRun;
use crate::warning::Warnings;

/// Header of dry runs (spec P 16.17).
const DRY_RUN: &str = "elements-dry-run";
/// Headers that callers cannot set.
const OWN_HEADERS: [HeaderName; 5] = [AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING];

/// A custom call: any path, any element of a platform.
#[must_use = "nothing is sent before send()"]
pub struct Request {
    sender: Sender,
    call: Result<Outgoing>,
}

fn content_type_of(text: &str) -> Result<HeaderValue> {
    let wrong = |_| Error::new(ErrorKind::Config, format!("{text:?} is not a content type"));
    HeaderValue::from_str(text).map_err(wrong)
}

/// The sender of a call.
enum Sender {
    Platform(Arc<Connection>),
    /// Adds the Element token, and finds the form of the path.
    Instance(InstanceHandle),
}

impl Request {
    pub(super) fn new(connection: Arc<Connection>, method: Method, path: String) -> Self {
        Self { sender: Sender::Platform(connection), call: Ok(Outgoing::new(method, path).streamed()) }
    }

    /// Creates a call of a resource of an instance.
    pub(super) fn of_instance(instance: InstanceHandle, method: Method, path: String) -> Self {
        let call = Outgoing::new(method, path).at(Address::Resource).streamed();
        Self { sender: Sender::Instance(instance), call: Ok(call) }
    }

    /// Adds a query parameter, which is encoded.
    pub fn query(self, name: &str, value: impl Into<String>) -> Self {
        self.map(|call| Ok(call.query(name, value)))
    }

    /// Sets a header. The client sets credentials and message framing itself.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.map(|call| {
            let wrong = |_| Error::new(ErrorKind::Config, format!("{name:?} is not a header name"));
            let name = name.parse::<HeaderName>().map_err(wrong)?;
            if OWN_HEADERS.contains(&name) {
                let error = Error::new(ErrorKind::Config, format!("the header {name} is set by the client"));
                return Err(error.with_hint("Leave it out; the options say which secrets and which token are used."));
            }
            call.header(name, value)
        })
    }

    /// Sets a JSON body.
    pub fn json(self, document: &impl Serialize) -> Self {
        self.map(|call| call.json(document))
    }

    /// Sets a body of any other kind.
    pub fn body(self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.map(|call| Ok(call.body(content_type_of(content_type)?, body.into())))
    }

    /// Sets a body that is read from a file when the call is sent.
    pub fn file(self, content_type: &str, path: impl AsRef<Path>) -> Self {
        self.map(|call| {
            let upload = Upload::file(path.as_ref())?;
            Ok(call.upload(content_type_of(content_type)?, upload))
        })
    }

    /// Sets a form with fields and files as the body.
    pub fn form(self, form: Form) -> Self {
        self.map(|call| {
            let (content_type, upload) = form.upload()?;
            Ok(call.upload(content_type_of(&content_type)?, upload))
        })
    }

    /// Sets a body that is read from a stream when the call is sent, with its length in bytes if that is known. The call
    /// is never repeated.
    pub fn stream<E: Into<BoxError> + 'static>(
        self,
        content_type: &str,
        length: Option<u64>,
        chunks: impl Stream<Item = std::result::Result<Bytes, E>> + Send + 'static,
    ) -> Self {
        self.map(|call| Ok(call.upload(content_type_of(content_type)?, Upload::stream(chunks, length))))
    }

    /// Makes the call as an instance, by its Element token. Not for calls of an [instance](InstanceHandle::call), which
    /// have its token.
    pub fn element(self, token: impl Into<Secret>) -> Self {
        let is_of_instance = matches!(self.sender, Sender::Instance(_));
        self.map(|mut call| {
            if is_of_instance {
                return Err(Error::new(ErrorKind::Config, "a call of an instance has the token of that instance"));
            }
            call.element = Some(token.into());
            Ok(call)
        })
    }

    /// Limits the time of the call, retries included, until its response begins, and until it is read if it is
    /// buffered; in place of the platform's limit.
    pub fn timeout(self, limit: Duration) -> Self {
        self.map(|mut call| {
            call.timeout = Some(limit);
            Ok(call)
        })
    }

    /// Sets the policy for warnings, in place of the platform's.
    pub fn warnings(self, policy: Warnings) -> Self {
        self.map(|mut call| {
            call.warnings = Some(policy);
            Ok(call)
        })
    }

    /// Sends the call. The response is not read yet, so that it can be streamed; if it ends early, the call is not
    /// retried.
    ///
    /// # Errors
    /// `config` if a part of it cannot be sent; otherwise the error that the platform returned.
    pub async fn send(self) -> Result<Answer> {
        let call = self.call?;
        match self.sender {
            Sender::Platform(connection) => connection.send(call).await,
            Sender::Instance(instance) => {
                let method = call.method.clone();
                instance.send(call).await.map_err(|error| with_open_outcome(&method, error))
            }
        }
    }

    /// Returns the requests that this call of an [instance](InstanceHandle::call) would make to the vendor, and sends none of
    /// them. The platform checks and maps the call as if it were made.
    ///
    /// # Errors
    /// `unsupported` if the platform has no `dry-run`; `invalid_request` for reads of records; `config` for a call of the
    /// platform; otherwise as [`send`](Self::send).
    pub async fn dry_run(self) -> Result<DryRun> {
        let Sender::Instance(instance) = &self.sender else {
            return Err(Error::new(ErrorKind::Config, "only calls of an instance have dry runs"));
        };
        // A platform that does not know the header would make the call.
        instance.capabilities().await?.require(Extension::DryRun, "dry runs")?;
        let answer = self.header(DRY_RUN, "true").send().await?;
        if answer.header(DRY_RUN) != Some("true") {
            return Err(Error::new(ErrorKind::Decode, "the platform made the call instead of a dry run"));
        }
        answer.json().await
    }

    fn map(mut self, change: impl FnOnce(Outgoing) -> Result<Outgoing>) -> Self {
        self.call = self.call.and_then(change);
        self
    }
}
