//! Authorization of requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::{VendorError, VendorRequest};
use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};

/// Version of the credentials that authorized a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

/// Adds credentials to requests.
pub trait Authorize: Send + Sync {
    /// Authorizes a request, which is otherwise complete, and returns the generation of the credentials.
    ///
    /// Called for every attempt and every redirect, while the call holds no place of the concurrency limit. A login that
    /// this needs uses [`VendorClient::for_login`](super::VendorClient::for_login) and repeats its calls itself: its
    /// failure ends the call that waits for it.
    fn authorize<'a>(&'a self, request: &'a mut VendorRequest) -> BoxFuture<'a, Result<Generation, VendorError>>;

    /// Replaces credentials that the vendor rejected. Returns whether there are newer ones, with which the call is tried
    /// once more.
    fn renew<'a>(&'a self, refused: Generation) -> BoxFuture<'a, Result<bool, VendorError>> {
        let _ = refused;
        ready(Ok(false)).boxed()
    }
}

/// Authorization by one header that never changes.
#[derive(Clone, Debug)]
pub struct FixedHeader {
    name: HeaderName,
    /// Marked as sensitive, so that it is not printed.
    value: HeaderValue,
}

impl FixedHeader {
    /// Creates an authorization that adds this header.
    ///
    /// # Errors
    /// Returns a `config` error if a header cannot have this value.
    pub fn new(name: HeaderName, value: &Secret) -> Result<Self> {
        let wrong = |_| Error::new(ErrorKind::Config, "the credentials cannot be sent");
        let mut value = HeaderValue::from_str(value.expose()).map_err(wrong)?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }

    /// Creates Basic authentication (RFC 7617).
    ///
    /// # Errors
    /// Returns a `config` error if the user name contains a colon.
    pub fn basic(user: &Secret, password: &Secret) -> Result<Self> {
        if user.expose().contains(':') {
            return Err(Error::new(ErrorKind::Config, "the user name must not contain a colon"));
        }
        let pair = Secret::new(format!("{}:{}", user.expose(), password.expose()));
        Self::new(AUTHORIZATION, &Secret::new(format!("Basic {}", STANDARD.encode(pair.expose()))))
    }
}

impl Authorize for FixedHeader {
    fn authorize<'a>(&'a self, request: &'a mut VendorRequest) -> BoxFuture<'a, Result<Generation, VendorError>> {
        request.headers.insert(self.name.clone(), self.value.clone());
        ready(Ok(Generation::default())).boxed()
    }
}
