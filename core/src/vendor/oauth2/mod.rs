//! OAuth 2 as an authorization of calls (spec E 4.5–4.8).
//!
//! Addresses, requests and answers are pure functions over the values of an instance; [`OAuth2`] renews tokens through
//! its [`LiveConfiguration`](super::LiveConfiguration). No error, log event or trace contains a token, code or secret
//! (spec E 4.62).

mod address;
mod answer;
mod authorize;
mod due;
mod grant;
mod jwt;
pub mod keys;
mod login;
pub(super) mod members;
mod pkce;

#[cfg(test)]
mod tests;

pub use address::{AuthorizationParameters, AuthorizationRequest, AuthorizationUrl, PlainHttp};
pub(super) use address::{add, address};
pub use answer::acquired;
pub use authorize::OAuth2;
pub use due::{is_due, is_expired};
pub use grant::{Grant, sent_code};
pub(crate) use login::LOGIN_LIMIT;
pub use login::{login, now_ms, revoke};
pub use pkce::random_state;

use super::Configuration;

/// Kind of login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A user grants access; the code is exchanged for tokens.
    Code,
    /// As [`Code`](Self::Code), with a proof key.
    Pkce,
    /// The client has access itself.
    ClientCredentials,
    /// The configuration has a user's name and password.
    Password,
    /// The client signs an assertion, which is exchanged for a token.
    JwtBearer,
    /// As [`ClientCredentials`](Self::ClientCredentials), with an assertion instead of the secret.
    PrivateKeyJwt,
}

impl Kind {
    /// Returns the kind that an element names as its authentication (spec E 4.2 to E 4.4).
    pub fn named(authentication: &str) -> Option<Self> {
        match authentication {
            "oauth2" => Some(Self::Code),
            "oauth2Pkce" => Some(Self::Pkce),
            "oauth2ClientCredentials" => Some(Self::ClientCredentials),
            "oauth2Password" => Some(Self::Password),
            "jwtOauth" | "jwtOauth2" => Some(Self::JwtBearer),
            "oauth2PrivateKeyJwt" => Some(Self::PrivateKeyJwt),
            _ => None,
        }
    }

    /// Returns whether a user grants access in a browser.
    pub fn needs_user(self) -> bool {
        matches!(self, Self::Code | Self::Pkce)
    }

    /// Returns the grant for a new instance whose user granted nothing, if there is one.
    pub fn first_grant(self) -> Option<Grant> {
        match self {
            Self::Code | Self::Pkce => None,
            Self::ClientCredentials => Some(Grant::ClientCredentials),
            Self::Password => Some(Grant::Password),
            Self::JwtBearer => Some(Grant::JwtBearer),
            Self::PrivateKeyJwt => Some(Grant::PrivateKeyJwt),
        }
    }

    /// Returns the grant that replaces the access token, if there is one.
    pub fn renewal(self, configuration: &Configuration) -> Option<Grant> {
        let refresh = configuration.get(keys::REFRESH_TOKEN).map(|_| Grant::Refresh);
        match self {
            Self::Code | Self::Pkce => refresh,
            Self::Password => refresh.or(Some(Grant::Password)),
            Self::ClientCredentials | Self::JwtBearer | Self::PrivateKeyJwt => self.first_grant(),
        }
    }
}
