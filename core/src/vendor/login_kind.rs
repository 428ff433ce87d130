//! Ways in which instances get their credentials from the vendor.

use super::oauth1::Verified;
use super::oauth2::{Grant, Kind};

/// Way in which an instance gets its credentials from the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginKind {
    /// OAuth 1, for which a user grants access.
    OAuth1,
    /// OAuth 2.
    OAuth2(Kind),
}

impl LoginKind {
    /// Returns the kind that an element names as its authentication. `None` if the vendor issues no credentials.
    pub fn named(authentication: &str) -> Option<Self> {
        match authentication {
            "oauth1" => Some(Self::OAuth1),
            _ => Kind::named(authentication).map(Self::OAuth2),
        }
    }

    /// Returns whether a user grants access in a browser.
    pub fn needs_user(self) -> bool {
        match self {
            Self::OAuth1 => true,
            Self::OAuth2(kind) => kind.needs_user(),
        }
    }
}

/// Returns whether a type of authentication is one of OAuth (spec E 1.16).
pub fn is_oauth(authentication: &str) -> bool {
    authentication.starts_with("oauth") || authentication.starts_with("jwt")
}

/// Credentials that are exchanged for an access token.
#[derive(Clone, Debug)]
pub enum LoginGrant {
    /// A request token of OAuth 1 for which a user granted access.
    OAuth1(Verified),
    /// A grant of OAuth 2.
    OAuth2(Grant),
}
