//! OAuth 1 (RFC 5849) as an authorization of calls (spec E 4.9): signatures by HMAC-SHA1, and the login in three legs.
//!
//! The signature is a small function of this crate, because the crates for it bring other versions of the digests, and
//! build requests themselves; here the request exists already.

mod login;
mod signature;

pub use login::{RequestToken, Verified, acquired, authorization_url, login, request_token};
pub use signature::{Place, Signer};

use super::Configuration;
use super::oauth2::keys as oauth2_keys;

/// Configuration keys of OAuth 1 beside those of OAuth 2 (spec E 3.28).
pub mod keys {
    /// Address of the request token.
    pub const REQUEST_URL: &str = "oauth.request.url";
    /// Part of the requests that has the signature: `header` or `query`.
    pub const PLACE: &str = "oauth.request.authorization.type";
    /// Secret of the access token; acquired.
    pub const TOKEN_SECRET: &str = "oauth.user.token.secret";
    /// Verifier of the request token, while it is exchanged.
    pub(crate) const VERIFIER: &str = "oauth.user.token.verifier";
}

impl Signer {
    /// Creates the signer of an instance with these values. Until it has an access token, it signs for the client alone.
    ///
    /// # Errors
    /// Returns the problem with the configuration.
    pub fn of(configuration: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let missing = || format!("Missing required configuration: {}", oauth2_keys::API_KEY);
        let key = configuration(oauth2_keys::API_KEY).ok_or_else(missing)?;
        let secret = configuration(oauth2_keys::API_SECRET).unwrap_or_default();
        let place = Place::of(configuration(keys::PLACE).as_deref())?;
        let signer = Self::new(&key, &secret).at(place);
        Ok(match configuration(oauth2_keys::USER_TOKEN) {
            Some(token) => signer.with_token(&token, &configuration(keys::TOKEN_SECRET).unwrap_or_default()),
            None => signer,
        })
    }
}

fn value_of(configuration: &Configuration) -> impl Fn(&str) -> Option<String> {
    |key| configuration.get(key).map(str::to_owned)
}
