//! Authorization of requests that are otherwise complete (spec E 5.1, step 9).

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderValue};
use zeroize::Zeroizing;

use super::document::{DefinedResource, Definition, ResourceType};
use super::refused::Refused;
use super::settings::Settings;
use crate::vendor::oauth2::{Kind, keys};
use crate::vendor::{Authorize, VendorClient, VendorError, VendorErrorKind, VendorRequest, aws, oauth1};

/// Adds the credentials of the instance to a request that nothing changes any more, and returns the client that sends it:
/// one that signs each attempt, where the vendor wants signatures. `authorized` tells that a parameter or script sent
/// credentials already, which go before these (spec E 4.16, 4.38).
///
/// # Errors
/// `Unauthorized` if the instance has no credentials that can be sent.
pub(super) fn authorize(
    client: &VendorClient,
    request: &mut VendorRequest,
    resource: &DefinedResource,
    settings: Settings<'_>,
    authorized: bool,
) -> Result<VendorClient, VendorError> {
    let kind = authentication(settings.definition(), settings);
    let signer: Option<Arc<dyn Authorize>> = match &*kind {
        _ if authorized => None,
        "oauth1" => Some(Arc::new(oauth1_signer(resource.kind, settings)?)),
        "awsv4" => Some(Arc::new(aws::Signer::of(&values(settings)).map_err(Refused::new)?)),
        _ => None,
    };
    if let Some(signer) = signer {
        return Ok(client.authorized_by(signer));
    }
    if !authorized
        && !is_step_of_login(resource.kind)
        && let Some(value) = authorization(&kind, settings)?
    {
        request.headers.insert(AUTHORIZATION, value);
    }
    Ok(client.clone())
}

/// Returns the signer of a call with OAuth 1. The steps of a login, which a definition may replace, are signed too (spec
/// E 4.54).
fn oauth1_signer(kind: ResourceType, settings: Settings<'_>) -> Result<oauth1::Signer, VendorError> {
    let signer = oauth1::Signer::of(&values(settings)).map_err(Refused::new)?;
    match kind {
        ResourceType::Oauth1TokenRequest => {
            let callback = settings.get(keys::CALLBACK_URL);
            Ok(signer.without_token().with("oauth_callback", callback.as_deref().unwrap_or("oob")))
        }
        ResourceType::OauthTokenExchange => {
            let verifier = settings.get(oauth1::keys::VERIFIER).unwrap_or_default();
            Ok(signer.with("oauth_verifier", &verifier))
        }
        _ if settings.get(keys::USER_TOKEN).is_none() => Err(refused("the instance has no access token")),
        _ => Ok(signer),
    }
}

fn values<'s>(settings: Settings<'s>) -> impl Fn(&str) -> Option<String> + 's {
    move |key| settings.get(key).map(Cow::into_owned)
}

/// Returns the type of the login: the one that the instance chose, else that of the definition (spec E 3.14, 3.32).
pub(super) fn authentication<'a>(definition: &'a Definition, settings: Settings<'a>) -> Cow<'a, str> {
    let chooses = definition.configuration.iter().any(|entry| entry.key == "authentication.type");
    let chosen = settings.get("authentication.type").filter(|_| chooses);
    chosen.unwrap_or(Cow::Borrowed(&definition.authentication))
}

/// Returns the header of a call to which no parameter gave one.
fn authorization(kind: &str, settings: Settings<'_>) -> Result<Option<HeaderValue>, VendorError> {
    let get = |key| settings.get(key).unwrap_or_default();
    let text = match (kind, Kind::named(kind)) {
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
