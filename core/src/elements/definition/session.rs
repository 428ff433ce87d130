//! Calls to the vendor of a definition: built, authenticated, read (spec E 5.1, steps 5 to 11).

use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, StatusCode};
use url::Url;
use zeroize::Zeroizing;

use super::answer::{self, Content, Read};
use super::authorize::authorize;
use super::document::{DefinedResource, Definition};
use super::request::{self, Built, Input, InputBody, PageValues};
use super::settings::Settings;
use crate::element::{PathValues, Scripts};
use crate::query::Expr;
use crate::vendor::{
    Answered, Changes, Context, Decode, Repeat, StreamLimits, VendorAnswer, VendorClient, VendorError, VendorRequest,
};

/// Beginning of the message of a client whose limit a body exceeds.
const TOO_LONG: &str = "the page is longer than";

/// A definition with a client for its vendor. Cheap to clone.
#[derive(Clone)]
pub(super) struct Session {
    pub definition: Arc<Definition>,
    pub client: VendorClient,
    pub scripts: Arc<dyn Scripts>,
    pub instance_id: Option<i64>,
}

/// Input of a call besides the values of the instance, which change when it is made again.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub path: &'a PathValues,
    pub query: &'a [(String, String)],
    pub headers: &'a HeaderMap,
    pub body: &'a InputBody,
    pub condition: Option<&'a Expr>,
    pub page: Option<&'a PageValues>,
}

impl<'a> Wanted<'a> {
    /// Returns the input of a call of an instance with these values.
    pub fn with(&self, settings: Settings<'a>) -> Input<'a> {
        let Self { path, query, headers, body, condition, page } = *self;
        Input { settings, path, query, headers, body, condition, page, previous: None }
    }
}

/// A successful call.
pub(super) struct Asked {
    pub read: Read,
    /// Address that was called.
    pub url: Url,
    /// Values that the instance stores (spec E 5.27, 5.78). Empty if scripts ran: then they were kept already.
    pub changes: Changes,
}

/// A call that failed.
pub(super) struct Unasked {
    pub error: VendorError,
    /// Answer of the vendor on which a script failed, with the address that was called.
    pub unread: Option<Box<(Read, Url)>>,
    /// Whether a script failed after another had left the vendor out and given no body (spec E 8.50).
    pub is_left_out: bool,
}

impl From<VendorError> for Unasked {
    fn from(error: VendorError) -> Self {
        Self { error, unread: None, is_left_out: false }
    }
}

impl From<Unasked> for VendorError {
    fn from(unasked: Unasked) -> Self {
        unasked.error
    }
}

/// A request around which scripts run, as it is sent.
pub(super) struct Asking<'a> {
    pub resource: &'a DefinedResource,
    pub settings: Settings<'a>,
    pub request: VendorRequest,
    pub authorized: bool,
    /// Secrets of the call, if it is traced.
    pub secrets: Option<&'a [Zeroizing<String>]>,
}

/// Answer of the vendor to a request around which scripts run.
pub(super) enum Received {
    /// A success, with its status.
    Read(Box<Read>, u16),
    /// An answer of another status.
    Failed(Box<VendorError>, VendorAnswer),
}

impl Session {
    /// Makes a call around which nothing runs; see [`Run`](super::run::Run) for the others.
    pub async fn ask(
        &self,
        cx: &Context,
        resource: &DefinedResource,
        input: &Input<'_>,
        repeat: Repeat,
    ) -> Result<Asked, VendorError> {
        let Built { mut request, remember, authorized } = request::build(resource, input)?;
        let client = authorize(&self.client, &mut request, resource, input.settings, authorized)?;
        if cx.is_traced() {
            request.shown = Some(Arc::new(request::shown(resource, input, &request)));
        }
        let url = request.url.clone();
        let decoder = Answers { definition: &self.definition, resource };
        let limits = StreamLimits::default();
        let read = match client.receive(cx, request, repeat, &decoder, limits).await? {
            Answered::Value(read) => read,
            Answered::Stream(answer) => answer::streamed(&self.definition, resource, answer)?,
        };
        let stored = remember.iter().chain(&read.stored);
        let changes = stored.fold(Changes::default(), |changes, (key, value)| changes.set(key, value.clone()));
        Ok(Asked { read, url, changes })
    }

    /// Sends a request that scripts have seen, and returns the answer of any status for the scripts that follow.
    pub async fn send(&self, cx: &Context, asking: Asking<'_>, repeat: Repeat) -> Result<Received, VendorError> {
        let Asking { resource, settings, mut request, authorized, secrets } = asking;
        let client = authorize(&self.client, &mut request, resource, settings, authorized)?;
        if let Some(secrets) = secrets {
            let hides = super::run::may_store(resource);
            request.shown = Some(Arc::new(request::shown_as_sent(resource, settings, &request, secrets, hides)));
        }
        let answers = Answers { definition: &self.definition, resource };
        let decoder = Keeping { answers, last: Mutex::new(None) };
        match client.receive(cx, request, repeat, &decoder, StreamLimits::default()).await {
            Ok(Answered::Value((read, status))) => Ok(Received::Read(Box::new(read), status)),
            Ok(Answered::Stream(answer)) => {
                let status = answer.status.as_u16();
                Ok(Received::Read(Box::new(answer::streamed(&self.definition, resource, answer)?), status))
            }
            Err(error) => {
                let last = decoder.last.into_inner().unwrap_or_else(PoisonError::into_inner);
                let is_of = |answer: &VendorAnswer| error.status == Some(answer.status.as_u16());
                match last.filter(|answer| is_of(answer) && !answer.status.is_success()) {
                    Some(answer) => Ok(Received::Failed(Box::new(error), answer)),
                    None => Err(error),
                }
            }
        }
    }
}

/// Reads the answers of a resource.
struct Answers<'a> {
    definition: &'a Definition,
    resource: &'a DefinedResource,
}

impl Decode<Read> for Answers<'_> {
    fn decode(&self, answer: VendorAnswer) -> Result<Read, VendorError> {
        answer::read(self.definition, self.resource, answer)
    }

    /// Passes on what is no text (spec E 5.71, 5.72).
    fn streams(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        answer::is_streamed(status, headers)
    }

    fn explain(&self, error: VendorError) -> VendorError {
        match &error.message {
            Some(message) if message.starts_with(TOO_LONG) => {
                VendorError { message: Some("The vendor's answer is too large".to_owned()), ..error }
            }
            _ => error,
        }
    }

    fn records(&self, read: &Read) -> Option<usize> {
        match &read.content {
            Content::List(records) => Some(records.len()),
            _ => None,
        }
    }
}

/// Reads answers, and keeps the last one that is no success for the scripts.
struct Keeping<'a> {
    answers: Answers<'a>,
    last: Mutex<Option<VendorAnswer>>,
}

impl Decode<(Read, u16)> for Keeping<'_> {
    fn decode(&self, answer: VendorAnswer) -> Result<(Read, u16), VendorError> {
        let status = answer.status;
        let kept = (!status.is_success()).then(|| answer.clone());
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        self.answers.decode(answer).map(|read| (read, status.as_u16()))
    }

    fn streams(&self, status: StatusCode, headers: &HeaderMap) -> bool {
        self.answers.streams(status, headers)
    }

    fn explain(&self, error: VendorError) -> VendorError {
        self.answers.explain(error)
    }

    fn records(&self, (read, _): &(Read, u16)) -> Option<usize> {
        self.answers.records(read)
    }
}
