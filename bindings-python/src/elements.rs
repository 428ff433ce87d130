//! The elements of the platform, and logins that a user grants in a browser.

use std::sync::{Mutex, PoisonError};

use elementkit::model::OauthUrl;
use elementkit::{Error, ErrorKind, LoopbackCallback, host};
use pyo3::prelude::*;
use serde_json::value::RawValue;
use tokio::runtime::Runtime;

use crate::error::to_python;
use crate::pending::{Answer, Pending};
use crate::platform::NativePlatform;
use crate::runtime::{self, Home};

/// The elements of a platform.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeElements(NativePlatform);

impl NativeElements {
    pub fn new(platform: NativePlatform) -> Self {
        Self(platform)
    }
}

#[pymethods]
impl NativeElements {
    fn list(&self) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get()?.elements().list().await?) })
    }

    #[pyo3(name = "get")]
    fn one(&self, element: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get()?.elements().get(&element).await?) })
    }

    fn metadata(&self, element: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get()?.elements().metadata(&element).await?) })
    }

    fn configuration(&self, element: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get()?.elements().configuration(&element).await?) })
    }

    /// Imports a definition, which is JSON.
    fn create(&self, definition: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get()?.elements().import(&host::body(definition)?).await?) })
    }

    fn replace(&self, element: String, definition: String) -> Pending {
        let own = self.0.clone();
        Pending::new(
            async move { Answer::json(&own.get()?.elements().replace(&element, &host::body(definition)?).await?) },
        )
    }

    fn export(&self, element: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move {
            let definition: Box<RawValue> = own.get()?.elements().export_as(&element).await?;
            Answer::json(&definition)
        })
    }

    fn remove(&self, element: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move {
            own.get()?.elements().remove(&element).await?;
            Ok(Answer::None)
        })
    }

    /// Returns the address, the element and the state; the options are JSON, by the names of core.
    fn oauth_url(&self, element: String, options: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move {
            let url = own.get()?.elements().oauth_url(&element, &host::oauth_options(&options)?).await?;
            Ok(Answer::Texts(vec![url.oauth_url, url.element, url.state.unwrap_or_default()]))
        })
    }
}

/// Returns the code in the address of a callback, for the login of a state.
#[pyfunction]
pub fn oauth_code(py: Python<'_>, redirect: &str, state: String) -> PyResult<String> {
    let url = OauthUrl { state: Some(state), ..OauthUrl::default() };
    let code = url.code(redirect).map_err(|error| to_python(py, &error))?;
    Ok(code.expose().to_owned())
}

/// Returns the findings in a definition, which is JSON.
#[pyfunction]
pub fn check_definition(definition: String) -> Pending {
    Pending::new(async move { Ok(Answer::Json(host::check_definition(&definition)?.into())) })
}

/// Returns the definition in a file or folder.
#[pyfunction]
pub fn read_definition(path: String) -> Pending {
    Pending::new(async move {
        let ended = |_| Error::new(ErrorKind::Internal, "a file could not be read to its end");
        let read = tokio::task::spawn_blocking(move || host::read_definition(&path));
        Ok(Answer::Json(read.await.map_err(ended)??.into()))
    })
}

/// A callback on this machine, until a code was received or it is closed.
#[pyclass(frozen)]
pub struct NativeLoopback {
    url: String,
    callback: Mutex<Home<Option<LoopbackCallback>>>,
}

impl NativeLoopback {
    fn new(callback: LoopbackCallback) -> Self {
        Self { url: callback.url().to_owned(), callback: Mutex::new(Home::new(Some(callback))) }
    }

    fn take(&self) -> Result<LoopbackCallback, Error> {
        let gone = || Error::new(ErrorKind::Closed, "the callback is closed, or was waited for already");
        let mut callback = self.callback.lock().unwrap_or_else(PoisonError::into_inner);
        callback.get_mut()?.take().ok_or_else(gone)
    }
}

#[pymethods]
impl NativeLoopback {
    #[staticmethod]
    fn bind(port: u16) -> Pending {
        Pending::new(async move { Ok(Answer::Loopback(Self::new(LoopbackCallback::bind(port).await?))) })
    }

    #[getter]
    fn url(&self) -> &str {
        &self.url
    }

    fn code(&self, state: String) -> Pending {
        let callback = self.take();
        Pending::new(async move { Ok(Answer::Text(callback?.code(&state).await?.expose().to_owned())) })
    }

    /// Closes it. Has no effect once it is waited for.
    fn close(&self) {
        let _context = runtime::get().map(Runtime::enter);
        drop(self.take());
    }
}
