//! Authorization of calls by an access token.

use std::fmt;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::{AUTHORIZATION, HeaderValue};
use zeroize::Zeroizing;

use super::login::now_ms;
use super::{Kind, due, keys, login};
use crate::vendor::{
    Authorize, Configuration, Generation, LiveConfiguration, VendorClient, VendorError, VendorErrorKind, VendorRequest,
};

/// Authorization by the access token of an instance, which is renewed before it ends (spec E 4.40) and, once for each
/// call, when the vendor rejects it (spec E 4.43).
pub struct OAuth2 {
    kind: Kind,
    client: VendorClient,
    configuration: Arc<dyn LiveConfiguration>,
}

impl OAuth2 {
    /// Creates the authorization of an instance. Logins use the limits of this client.
    pub fn new(kind: Kind, client: &VendorClient, configuration: Arc<dyn LiveConfiguration>) -> Self {
        Self { kind, client: client.for_login(), configuration }
    }

    /// Replaces the credentials of these values. Returns `None` if that needs a user.
    async fn replace(&self, seen: &Configuration) -> Option<Result<Arc<Configuration>, VendorError>> {
        let login = login(&self.client, self.kind.renewal(seen)?);
        Some(self.configuration.renew(seen.generation(), login).await)
    }

    /// Returns values whose token is not due. If a due token cannot be replaced for the moment, it is used as long as
    /// it lasts.
    async fn fresh(&self) -> Result<Arc<Configuration>, VendorError> {
        let mut seen = self.configuration.current();
        // Another process may have stored a newer token that is due by now, too.
        for _ in 0..2 {
            if seen.get(keys::USER_TOKEN).is_some() && !due::is_due(&seen, now_ms()) {
                break;
            }
            match self.replace(&seen).await {
                None => break,
                Some(Ok(newer)) => seen = newer,
                Some(Err(error)) if error.is_transient() && !due::is_expired(&seen, now_ms()) => {
                    tracing::debug!(%error, "the access token was not renewed yet");
                    break;
                }
                Some(Err(error)) => return Err(error),
            }
        }
        Ok(seen)
    }

    async fn add_token(&self, request: &mut VendorRequest) -> Result<Generation, VendorError> {
        let configuration = self.fresh().await?;
        // An element may send the token elsewhere (spec E 4.38).
        if !request.headers.contains_key(AUTHORIZATION) {
            request.headers.insert(AUTHORIZATION, bearer(&configuration)?);
        }
        Ok(configuration.generation())
    }
}

fn bearer(configuration: &Configuration) -> Result<HeaderValue, VendorError> {
    let refused = |message: &str| VendorError::new(VendorErrorKind::Unauthorized, message);
    let token = configuration.get(keys::USER_TOKEN).ok_or_else(|| refused("the instance has no access token"))?;
    let text = Zeroizing::new(format!("Bearer {token}"));
    let mut value = HeaderValue::from_str(&text).map_err(|_| refused("the access token cannot be sent"))?;
    value.set_sensitive(true);
    Ok(value)
}

impl Authorize for OAuth2 {
    fn authorize<'a>(&'a self, request: &'a mut VendorRequest) -> BoxFuture<'a, Result<Generation, VendorError>> {
        self.add_token(request).boxed()
    }

    fn renew<'a>(&'a self, refused: Generation) -> BoxFuture<'a, Result<bool, VendorError>> {
        async move {
            let current = self.configuration.current();
            // Another call may have renewed the token meanwhile.
            if current.generation() != refused {
                return Ok(true);
            }
            self.replace(&current).await.transpose().map(|newer| newer.is_some())
        }
        .boxed()
    }
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth2").field("kind", &self.kind).finish_non_exhaustive()
    }
}
