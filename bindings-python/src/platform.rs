//! The platform, and its use after a fork.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use elementkit::elements::brighttalk::ConnectOptions;
use elementkit::host::{self, Call, PerProcess};
use elementkit::model::NewInstance;
use elementkit::{Error, ErrorKind, HostedOptions, InstanceFilter, Platform};
use pyo3::prelude::*;

use crate::elements::NativeElements;
use crate::error::to_python;
use crate::instance::NativeInstance;
use crate::pending::{Answer, Pending};
use crate::runtime::Home;
use crate::shapes::{NativeCommonResources, NativeDefinitions, NativeTransformations, level_of};
use crate::{vault, warned};

/// A platform of the core.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativePlatform(Arc<Opened>);

/// A platform of each process that uses it.
pub struct Opened {
    current: PerProcess<Home<Platform>>,
    /// Options to open it again after a fork; `None` for an embedded platform, which cannot be reopened.
    hosted: Option<HostedOptions>,
}

impl NativePlatform {
    fn new(platform: Platform, hosted: Option<HostedOptions>) -> Self {
        let current = PerProcess::new();
        current.get_or_init(|| Home::new(platform));
        Self(Arc::new(Opened { current, hosted }))
    }

    /// Returns the platform of this process. A hosted one is opened again in a forked child; an embedded one cannot be
    /// used there, because two processes would share one set of file locks.
    pub fn get(&self) -> Result<Platform, Error> {
        let opened = self.0.current.get_or_try_init(|| match &self.0.hosted {
            Some(options) => Platform::hosted(options.clone()).map(Home::new),
            None => {
                let error = Error::new(ErrorKind::Config, "an embedded platform cannot be used in a forked process");
                let hint = "Open it in the child as well.";
                Err(error.with_hint(hint))
            }
        })?;
        opened.get().cloned()
    }
}

#[pymethods]
impl NativePlatform {
    /// Connects to a platform on the network; the options are JSON, by the names of core.
    #[staticmethod]
    fn hosted(py: Python<'_>, options: &str) -> PyResult<Self> {
        let options = host::hosted_options(options).map(|options| options.on_warning(warned::see));
        let options = options.map_err(|error| to_python(py, &error))?;
        let platform = Platform::hosted(options.clone()).map_err(|error| to_python(py, &error))?;
        Ok(Self::new(platform, Some(options)))
    }

    /// Opens the engine in this process; the options are JSON, by the names of core.
    #[staticmethod]
    fn embedded(py: Python<'_>, options: &str, vault_keys: Option<Py<PyAny>>) -> PyResult<Pending> {
        let options = host::embedded_options(options).map(|options| options.on_warning(warned::see));
        let mut options = options.map_err(|error| to_python(py, &error))?;
        if let Some(keys) = vault_keys {
            options = options.vault_keys(vault::provider(py, keys)?);
        }
        let opened = async move { Ok(Answer::Platform(Self::new(Platform::embedded(options).await?, None))) };
        Ok(Pending::new(opened))
    }

    fn create_instance(
        &self,
        element: String,
        name: String,
        configuration: BTreeMap<String, String>,
        tags: Option<Vec<String>>,
        granted: Option<(String, String)>,
    ) -> Pending {
        let platform = self.clone();
        Pending::new(async move {
            let new = NewInstance { element, name, tags, configuration, ..NewInstance::default() };
            let new = with_grant(new, granted);
            let created = platform.get()?.instances().create(&new).await?;
            Ok(Answer::Instance(NativeInstance::new(platform, created)?))
        })
    }

    fn connect_instance(
        &self,
        element: String,
        name: String,
        configuration: BTreeMap<String, String>,
        tags: Option<Vec<String>>,
        granted: Option<(String, String)>,
    ) -> Pending {
        let platform = self.clone();
        Pending::new(async move {
            let new = NewInstance { element, name, tags, configuration, ..NewInstance::default() };
            let new = with_grant(new, granted);
            let connected = platform.get()?.instances().connect(&new).await?;
            Ok(Answer::Instance(NativeInstance::new(platform, connected)?))
        })
    }

    /// Connects as `connect_instance`, with missing values from the environment.
    fn connect_from_env(
        &self,
        element: &str,
        name: Option<String>,
        configuration: BTreeMap<String, String>,
        tags: Option<Vec<String>>,
        granted: Option<(String, String)>,
    ) -> Pending {
        let platform = self.clone();
        let mut new = with_grant(NewInstance { configuration, tags, ..NewInstance::of(element) }, granted);
        if let Some(name) = name {
            new = new.named(name);
        }
        Pending::new(async move {
            let connected = platform.get()?.instances().connect_from_env(new).await?;
            Ok(Answer::Instance(NativeInstance::new(platform, connected)?))
        })
    }

    /// Connects BrightTALK as `connect_from_env`; the options are JSON.
    fn connect_brighttalk(&self, options: &str) -> Pending {
        let platform = self.clone();
        let options = host::from_json::<ConnectOptions>(options);
        Pending::new(async move {
            let connected = platform.get()?.instances().connect_from_env(options?.into()).await?;
            Ok(Answer::Instance(NativeInstance::new(platform, connected)?))
        })
    }

    fn get_instance(&self, id: i64) -> Pending {
        let platform = self.clone();
        Pending::new(async move {
            let found = platform.get()?.instances().get(id).await?;
            Ok(Answer::Instance(NativeInstance::new(platform, found)?))
        })
    }

    /// Returns the instance that the environment names, else the only one.
    fn only_instance(&self) -> Pending {
        let platform = self.clone();
        Pending::new(async move {
            let found = platform.get()?.instances().only().await?;
            Ok(Answer::Instance(NativeInstance::new(platform, found)?))
        })
    }

    fn instance_with_token(&self, py: Python<'_>, token: String) -> PyResult<NativeInstance> {
        let found = self.get().map(|platform| platform.instances().with_token(token));
        let found = found.and_then(|found| NativeInstance::new(self.clone(), found));
        found.map_err(|error| to_python(py, &error))
    }

    fn list_instances(&self, search: Option<String>, tags: Vec<String>) -> Pending {
        let platform = self.clone();
        Pending::new(async move {
            let mut filter = tags.into_iter().fold(InstanceFilter::new(), InstanceFilter::tag);
            if let Some(text) = search {
                filter = filter.search(text);
            }
            Answer::json(&platform.get()?.instances().search(&filter).await?)
        })
    }

    fn count_instances(&self) -> Pending {
        let platform = self.clone();
        Pending::new(async move { Answer::json(&platform.get()?.instances().count().await?) })
    }

    fn elements(&self) -> NativeElements {
        NativeElements::new(self.clone())
    }

    fn definitions(&self, py: Python<'_>, level: &str, id: Option<i64>) -> PyResult<NativeDefinitions> {
        Ok(NativeDefinitions::of_level(self.clone(), level_of(py, level, id)?))
    }

    fn transformations(
        &self,
        py: Python<'_>,
        element: String,
        level: &str,
        id: Option<i64>,
    ) -> PyResult<NativeTransformations> {
        Ok(NativeTransformations::of_level(self.clone(), level_of(py, level, id)?, element))
    }

    fn common_resources(&self) -> NativeCommonResources {
        NativeCommonResources::new(self.clone())
    }

    fn delete_instance(&self, id: i64) -> Pending {
        let platform = self.clone();
        Pending::new(async move {
            platform.get()?.instances().delete(id).await?;
            Ok(Answer::None)
        })
    }

    fn request(
        &self,
        method: String,
        path: String,
        query: Vec<(String, String)>,
        body: Option<String>,
        token: Option<String>,
        timeout_ms: Option<u64>,
    ) -> Pending {
        let platform = self.clone();
        Pending::new(async move {
            let timeout = timeout_ms.map(Duration::from_millis);
            let call = Call { method, path, query, body, token: token.map(Into::into), timeout, ..Call::default() };
            let answer = call.on(&platform.get()?)?.send().await?;
            let (status, request_id) = (answer.status(), answer.request_id().map(str::to_owned));
            Ok(Answer::Response(status, request_id, answer.bytes().await?))
        })
    }

    /// Closes the platform. Has no effect in a forked child, which does not own it.
    fn close(&self) -> Pending {
        let platform = self.clone();
        Pending::new(async move {
            if let Some(opened) = platform.0.current.get() {
                opened.get()?.close().await;
            }
            Ok(Answer::None)
        })
    }
}

/// Adds the code and the state of a login that the user granted.
fn with_grant(new: NewInstance, granted: Option<(String, String)>) -> NewInstance {
    match granted {
        Some((code, state)) => new.granted(code, state),
        None => new,
    }
}

/// Panics inside a call, to test that this is an error and does not end the process.
#[pyfunction]
pub fn panic_for_test() -> Pending {
    Pending::new(async { std::panic::panic_any("provoked") })
}
