//! The elements of the platform, and logins that a user grants in a browser.

use std::sync::Arc;

use elementkit::model::OauthUrl;
use elementkit::{Elements, host};
use serde_json::value::RawValue;

use crate::pending::text;
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

    /// Imports a definition, which is JSON, and returns the element as JSON.
    pub fn create(&self, definition: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.import(&host::body(definition)?).await?) })
    }

    /// Replaces the definition of an element, and returns the element as JSON.
    pub fn replace(&self, element: String, definition: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.replace(&element, &host::body(definition)?).await?) })
    }

    /// Returns the definition of an element, as JSON.
    pub fn export_definition(&self, element: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move {
            let definition: Box<RawValue> = own.export_as(&element).await?;
            Answer::json(&definition)
        })
    }

    /// Removes an element.
    pub fn remove(&self, element: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { own.remove(&element).await.map(|()| Answer::default()) })
    }

    /// Returns the address at which a user grants access, as JSON; the options are JSON, by the names of core.
    pub fn oauth_url(&self, element: String, options: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.oauth_url(&element, &host::oauth_options(&options)?).await?) })
    }
}

/// Returns the findings in a definition, as JSON.
#[uniffi::export]
pub fn check_definition(definition: String) -> Result<String, NativeError> {
    Ok(text(host::check_definition(&definition)?)?)
}

/// Returns the definition in a file or folder, as JSON.
#[uniffi::export]
pub fn read_definition(path: String) -> Result<String, NativeError> {
    Ok(text(host::read_definition(&path)?)?)
}

/// Returns the code in the address of a callback, for the login of a state.
#[uniffi::export]
pub fn oauth_code(redirect: String, state: String) -> Result<String, NativeError> {
    let url = OauthUrl { state: Some(state), ..OauthUrl::default() };
    Ok(url.code(&redirect)?.expose().to_owned())
}
