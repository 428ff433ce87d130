//! The elements of the platform, and logins that a user grants in a browser.

use std::sync::Arc;

use elementkit::model::OauthUrl;
use elementkit::{Elements, host};

use crate::{Answer, NativeError, Pending};

/// The elements of a platform.
#[derive(uniffi::Object)]
pub struct NativeElements(pub(crate) Elements);

#[uniffi::export]
impl NativeElements {
    /// Returns all of them, as JSON.
    pub fn list(&self) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.list().await?) })
    }

    /// Returns one of them, as JSON.
    pub fn get(&self, element: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get(&element).await?) })
    }

    /// Returns the capabilities of one of them, as JSON.
    pub fn metadata(&self, element: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.metadata(&element).await?) })
    }

    /// Returns the configuration that its instances accept, as JSON.
    pub fn configuration(&self, element: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.configuration(&element).await?) })
    }

    /// Returns the address at which a user grants access, as JSON; the options are JSON, by the names of core.
    pub fn oauth_url(&self, element: String, options: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.oauth_url(&element, &host::oauth_options(&options)?).await?) })
    }
}

/// Returns the code in the address of a callback, for the login of a state.
#[uniffi::export]
pub fn oauth_code(redirect: String, state: String) -> Result<String, NativeError> {
    let url = OauthUrl { state: Some(state), ..OauthUrl::default() };
    Ok(url.code(&redirect)?.expose().to_owned())
}
