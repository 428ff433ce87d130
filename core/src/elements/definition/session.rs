//! Calls to the vendor of a definition: built, authenticated, read (spec E 5.1, steps 5 to 11).

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderValue};
use url::Url;
use zeroize::Zeroizing;

use super::answer::{self, Content, Read};
use super::document::{DefinedResource, Definition, ResourceType};
use super::request::{self, Built, Input};
use super::settings::Settings;
use crate::vendor::oauth2::{Kind, keys};
use crate::vendor::{Changes, Context, Decode, Repeat, VendorAnswer, VendorClient, VendorError, VendorErrorKind};

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
        if !authorized
            && !is_step_of_login(resource.kind)
            && let Some(value) = authorization(&self.definition, input.settings)?
        {
            request.headers.insert(AUTHORIZATION, value);
        }
        if cx.is_traced() {
            request.shown = Some(Arc::new(request::shown(resource, input, &request)));
        }
        let url = request.url.clone();
        let decoder = Answers { definition: &self.definition, resource };
        let read = self.client.call(cx, request, repeat, &decoder).await?;
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

/// Returns the type of the login: the one that the instance chose, else that of the definition (spec E 3.14, 3.32).
pub(super) fn authentication<'a>(definition: &'a Definition, settings: Settings<'a>) -> Cow<'a, str> {
    let chooses = definition.configuration.iter().any(|entry| entry.key == "authentication.type");
    let chosen = settings.get("authentication.type").filter(|_| chooses);
    chosen.unwrap_or(Cow::Borrowed(&definition.authentication))
}

/// Returns the authorization of a call to which no parameter gave one (spec E 4.16, 4.38).
fn authorization(definition: &Definition, settings: Settings<'_>) -> Result<Option<HeaderValue>, VendorError> {
    let kind = authentication(definition, settings);
    let get = |key| settings.get(key).unwrap_or_default();
    let text = match (&*kind, Kind::named(&kind)) {
        ("basic", _) => {
            let pair = Zeroizing::new(format!("{}:{}", get(keys::USERNAME), get(keys::PASSWORD)));
            Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
        }
        (_, Some(_)) => match get(keys::USER_TOKEN) {
            token if token.is_empty() => return Err(refused("the instance has no access token")),
            token => Zeroizing::new(format!("Bearer {token}")),
        },
        _ => return Ok(None),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| refused("the credentials cannot be sent"))?;
    value.set_sensitive(true);
    Ok(Some(value))
}

fn refused(message: &str) -> VendorError {
    VendorError::new(VendorErrorKind::Unauthorized, message)
}

/// Returns whether a resource is a step of a login, which gets no token (spec E 4.39).
fn is_step_of_login(kind: ResourceType) -> bool {
    use ResourceType::{
        Oauth1TokenRequest, Oauth2ClientCredentials, Oauth2Password, OauthAuthorizeUrl, OauthTokenExchange,
        OauthTokenRefresh, OauthTokenRevoke,
    };
    matches!(
        kind,
        OauthAuthorizeUrl
            | OauthTokenExchange
            | OauthTokenRefresh
            | OauthTokenRevoke
            | Oauth1TokenRequest
            | Oauth2Password
            | Oauth2ClientCredentials
    )
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
