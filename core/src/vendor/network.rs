//! The ways to vendors: any address, or checked ones only.

use url::Url;

use super::{Reached, VendorError, VendorErrorKind};
use crate::error::Result;
use crate::http_client::{self, HttpClient, HttpOptions, LookUp};

/// Message of a call whose address is refused (spec E 3.20).
const NOT_ALLOWED: &str = "The vendor address is not allowed";

/// HTTP clients of an engine. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Network {
    any: HttpClient,
    /// Connects to public addresses only. `None` if guarded calls may go to private ones.
    public: Option<HttpClient>,
}

impl Network {
    /// Creates the clients.
    ///
    /// # Errors
    /// Returns a `config` error if the options cannot be used.
    pub fn new(options: &HttpOptions, allow_private: bool) -> Result<Self> {
        Self::with_look_up(options, allow_private, http_client::system())
    }

    /// Creates the clients; names of guarded calls are looked up by this.
    pub fn with_look_up(options: &HttpOptions, allow_private: bool, look_up: LookUp) -> Result<Self> {
        let public = if allow_private { None } else { Some(HttpClient::public(options, look_up)?) };
        Ok(Self { any: HttpClient::new(options)?, public })
    }

    /// Returns the client for a call.
    ///
    /// # Errors
    /// Refuses the address of a guarded call.
    pub fn client(&self, guarded: bool, url: &Url) -> std::result::Result<&HttpClient, VendorError> {
        if !guarded {
            return Ok(&self.any);
        }
        let has_user = !url.username().is_empty() || url.password().is_some();
        let is_http = matches!(url.scheme(), "http" | "https");
        let client = self.public.as_ref().unwrap_or(&self.any);
        let is_private = || self.public.is_some() && (url.scheme() == "http" || http_client::is_private_host(url));
        if has_user || !is_http || is_private() { Err(not_allowed()) } else { Ok(client) }
    }
}

/// Returns the failure of a call whose address is refused. Nothing was sent.
pub(super) fn not_allowed() -> VendorError {
    VendorError { reached: Reached::No, ..VendorError::new(VendorErrorKind::BadRequest, NOT_ALLOWED) }
}
