//! The elements of the platform, and logins that a user grants in a browser.

use std::sync::{Mutex, PoisonError};

use elementkit::model::{Element, OauthUrl};
use elementkit::{Elements, Error, ErrorKind, LoopbackCallback, Sent, host};
use napi_derive::napi;
use serde_json::value::RawValue;

use crate::answer::Answer;
use crate::pending::{Pending, to_napi};

#[napi]
pub struct NativeElements(Elements);

impl NativeElements {
    pub fn new(elements: Elements) -> Self {
        Self(elements)
    }
}

#[napi]
impl NativeElements {
    #[napi]
    pub fn list(&self) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.list_as::<Sent<Element>>().await?) })
    }

    #[napi]
    pub fn get(&self, element: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get(&element).await?) })
    }

    #[napi]
    pub fn metadata(&self, element: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.metadata(&element).await?) })
    }

    #[napi]
    pub fn configuration(&self, element: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.configuration(&element).await?) })
    }

    /// Imports a definition, which is JSON.
    #[napi]
    pub fn create(&self, definition: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.import(&host::body(definition)?).await?) })
    }

    #[napi]
    pub fn replace(&self, element: String, definition: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.replace(&element, &host::body(definition)?).await?) })
    }

    #[napi]
    pub fn export_definition(&self, element: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move {
            let definition: Box<RawValue> = own.export_as(&element).await?;
            Answer::json(&definition)
        })
    }

    #[napi]
    pub fn remove(&self, element: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { own.remove(&element).await.map(|()| Answer::default()) })
    }

    /// The options are JSON, by the names of core.
    #[napi]
    pub fn oauth_url(&self, element: String, options: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.oauth_url(&element, &host::oauth_options(&options)?).await?) })
    }
}

/// Returns the code in the address of a callback, for the login of a state.
#[napi]
pub fn oauth_code(redirect: String, state: String) -> napi::Result<String> {
    let url = OauthUrl { state: Some(state), ..OauthUrl::default() };
    url.code(&redirect).map(|code| code.expose().to_owned()).map_err(to_napi)
}

/// Returns the findings in a definition, as JSON.
#[napi]
pub fn check_definition(definition: String) -> Pending {
    Pending::new(async move { Answer::written_json(&host::check_definition(&definition)?) })
}

/// Returns the definition in a file or folder, as JSON.
#[napi]
pub fn read_definition(path: String) -> Pending {
    Pending::new(async move {
        let ended = |_| Error::new(ErrorKind::Internal, "a file could not be read to its end");
        let read = tokio::task::spawn_blocking(move || host::read_definition(&path));
        Answer::written_json(&read.await.map_err(ended)??)
    })
}

/// Hint of errors after which a change may have been made.
#[napi]
pub fn open_outcome() -> &'static str {
    host::OPEN_OUTCOME
}

/// Starts to listen for a redirect on this machine.
#[napi]
pub fn bind_loopback(port: u16) -> Pending {
    Pending::new(async move {
        let callback = LoopbackCallback::bind(port).await?;
        let url = callback.url().to_owned();
        Ok(Answer { loopback: Some(NativeLoopback { url, callback: Mutex::new(Some(callback)) }), ..Answer::default() })
    })
}

/// A callback on this machine, until a code was received or it is closed.
#[napi]
pub struct NativeLoopback {
    url: String,
    callback: Mutex<Option<LoopbackCallback>>,
}

impl NativeLoopback {
    fn take(&self) -> Option<LoopbackCallback> {
        self.callback.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[napi]
impl NativeLoopback {
    #[napi(getter)]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    #[napi]
    pub fn code(&self, state: String) -> Pending {
        let callback = self.take();
        Pending::new(async move {
            let gone = || Error::new(ErrorKind::Closed, "the callback is closed, or was waited for already");
            Answer::json(&callback.ok_or_else(gone)?.code(&state).await?.expose())
        })
    }

    #[napi]
    pub fn close(&self) {
        drop(self.take());
    }
}
