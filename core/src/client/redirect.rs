//! The redirect by which a vendor tells an application whether a user granted access (spec E 4.31).

use url::{Url, form_urlencoded};

use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};
use crate::model::OauthUrl;

/// Parameters of a redirect.
pub(super) struct Redirect {
    state: Option<Secret>,
    code: Option<Secret>,
    error: Option<String>,
}

impl Redirect {
    pub fn of_query(query: &str) -> Self {
        let mut redirect = Self { state: None, code: None, error: None };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                // The token and the verifier of OAuth 1 are what state and code are to OAuth 2.
                "state" | "oauth_token" => redirect.state = Some(Secret::new(value)),
                "code" | "oauth_verifier" => redirect.code = Some(Secret::new(value)),
                "error" => redirect.error = Some(value.into_owned()),
                _ => {}
            }
        }
        redirect
    }

    /// Returns whether it has this state, so that it belongs to the login that was started with it.
    pub fn is_of(&self, state: &Secret) -> bool {
        self.state.as_ref() == Some(state)
    }

    /// Returns the code, or the vendor's reason for denying access; `None` if it has neither.
    pub fn outcome(self) -> Option<Result<Secret>> {
        match (self.error, self.code) {
            (Some(error), _) => {
                let message = format!("the vendor did not grant access: {}", error.escape_debug());
                Some(Err(Error::new(ErrorKind::Authentication, message)))
            }
            (None, code) => code.map(Ok),
        }
    }
}

impl OauthUrl {
    /// Returns the code in the address of the callback to which the vendor sent the user, for an application that
    /// receives that address itself: a mobile app by its own scheme or link, a server by its path.
    ///
    /// # Errors
    /// `authentication` with the vendor's reason if the user or the vendor denied access; `config` if the address has
    /// another state, so that it belongs to another login, or has no code.
    pub fn code(&self, redirect: &str) -> Result<Secret> {
        let wrong = |what: &str| Err(Error::new(ErrorKind::Config, what.to_owned()));
        // The messages do not repeat the address, which has the code.
        let Ok(url) = Url::parse(redirect) else { return wrong("the redirect is not an address") };
        let redirect = Redirect::of_query(url.query().unwrap_or_default());
        if !self.state.as_ref().is_some_and(|state| redirect.is_of(&Secret::new(state))) {
            return wrong("the redirect belongs to another login: its state is different");
        }
        redirect.outcome().unwrap_or_else(|| wrong("the redirect has no code"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(redirect: &str) -> std::result::Result<Secret, (ErrorKind, String)> {
        let url = OauthUrl { state: Some("s 1".to_owned()), ..OauthUrl::default() };
        url.code(redirect).map_err(|error| (error.kind(), error.message().to_owned()))
    }

    #[test]
    fn the_redirect_of_a_login_has_its_code() {
        assert_eq!(code("app:/done?code=a%2Fb&state=s+1"), Ok(Secret::new("a/b")));
        assert_eq!(code("https://app.example/done?x=1&state=s%201&code=c#here"), Ok(Secret::new("c")));
        assert_eq!(code("app:/done?oauth_token=s+1&oauth_verifier=v"), Ok(Secret::new("v")));
        let denied = code("app:/done?error=access_denied&state=s+1");
        assert!(
            matches!(&denied, Err((ErrorKind::Authentication, why)) if why.ends_with("access_denied")),
            "{denied:?}"
        );
    }

    #[test]
    fn foreign_redirects_are_rejected_without_being_repeated() {
        for redirect in ["app:/done?code=secret&state=s+2", "app:/done?code=secret", "app:/done?state=s+1", "secret"] {
            let rejected = code(redirect);
            assert!(matches!(&rejected, Err((ErrorKind::Config, why)) if !why.contains("secret")), "{rejected:?}");
        }
        let anonymous = OauthUrl::default().code("app:/done?code=c");
        assert_eq!(anonymous.err().map(|error| error.kind()), Some(ErrorKind::Config));
    }
}
