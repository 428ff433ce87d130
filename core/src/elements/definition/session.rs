//! Calls to the vendor of a definition: built, authenticated, read (spec E 5.1, steps 5 to 11).

use std::sync::Arc;

use url::Url;

use super::answer::{self, Content, Read};
use super::authorize::authorize;
use super::document::{DefinedResource, Definition};
use super::request::{self, Built, Input};
use crate::vendor::{Changes, Context, Decode, Repeat, VendorAnswer, VendorClient, VendorError};

/// Beginning of the message of a client whose limit a body exceeds.
const TOO_LONG: &str = "the page is longer than";

/// A definition with a client for its vendor. Cheap to clone.
#[derive(Clone)]
pub(super) struct Session {
    pub definition: Arc<Definition>,
    pub client: VendorClient,
}

/// A successful call.
pub(super) struct Asked {
    pub read: Read,
    /// Address that was called.
    pub url: Url,
    /// Values of request parameters that the instance stores (spec E 5.27).
    remember: Vec<(String, String)>,
}

impl Session {
    /// Makes a call. The scripts and the chain of the resource do not run; see [`obstacle`](super::element::obstacle).
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
        let read = client.call(cx, request, repeat, &decoder).await?;
        Ok(Asked { read, url, remember })
    }
}

impl Asked {
    /// Returns the values that the instance stores (spec E 5.27, 5.78).
    pub fn changes(&self) -> Changes {
        let all = self.remember.iter().chain(&self.read.stored);
        all.fold(Changes::default(), |changes, (key, value)| changes.set(key, value.clone()))
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
