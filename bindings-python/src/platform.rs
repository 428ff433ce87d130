//! The platform, and what a fork does to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use elementkit::engine::Workers;
use elementkit::host::Call;
use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, Error, ErrorKind, HostedOptions, InstanceFilter, Platform, RetryPolicy};
use pyo3::prelude::*;

use crate::error::to_python;
use crate::instance::NativeInstance;
use crate::pending::{Answer, Pending};
use crate::shapes::{NativeCommonResources, NativeDefinitions, NativeTransformations, level_of};

/// A platform of the core.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativePlatform(Arc<Opened>);

/// A platform with the process it was opened in.
pub struct Opened {
    current: Mutex<(u32, Platform)>,
    /// How to open it again after a fork; an embedded one cannot be.
    hosted: Option<HostedOptions>,
}

impl NativePlatform {
    fn new(platform: Platform, hosted: Option<HostedOptions>) -> Self {
        Self(Arc::new(Opened { current: Mutex::new((std::process::id(), platform)), hosted }))
    }

    /// The platform of this process. A hosted one is opened anew in a forked child; an embedded one cannot be used
    /// there, because two processes would share one set of file locks.
    pub fn get(&self) -> Result<Platform, Error> {
        let mut current =
            self.0.current.lock().map_err(|_| Error::new(ErrorKind::Internal, "the platform is broken"))?;
        if current.0 == std::process::id() {
            return Ok(current.1.clone());
        }
        let Some(options) = &self.0.hosted else {
            let error = Error::new(ErrorKind::Config, "an embedded platform cannot be used in a forked process");
            return Err(error.with_hint("Open it in the child, or start the child with spawn."));
        };
        // The parent's is left as it is: its threads are not here.
        let fresh = Platform::hosted(options.clone())?;
        std::mem::forget(std::mem::replace(&mut *current, (std::process::id(), fresh.clone())));
        Ok(fresh)
    }

    /// Whether this process is the one it was opened in.
    pub fn is_at_home(&self) -> bool {
        self.0.current.lock().is_ok_and(|current| current.0 == std::process::id())
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Ok(current) = self.current.get_mut()
            && current.0 != std::process::id()
        {
            // Closing what belongs to the parent would do harm; see `get`.
            std::mem::forget(current.1.clone());
        }
    }
}

#[pymethods]
impl NativePlatform {
    #[staticmethod]
    fn hosted(py: Python<'_>, options: BTreeMap<String, String>) -> PyResult<Self> {
        let options = hosted_options(options).map_err(|error| to_python(py, &error))?;
        let platform = Platform::hosted(options.clone()).map_err(|error| to_python(py, &error))?;
        Ok(Self::new(platform, Some(options)))
    }

    #[staticmethod]
    fn embedded(
        database: String,
        brighttalk_url: Option<String>,
        resume_jobs: bool,
        timeout_ms: Option<u64>,
    ) -> Pending {
        let workers = if resume_jobs { Workers::Auto } else { Workers::Manual };
        let mut options = EmbeddedOptions::new(database).workers(workers);
        if let Some(url) = brighttalk_url {
            options = options.brighttalk_url(url);
        }
        if let Some(limit) = timeout_ms {
            options = options.timeout(Duration::from_millis(limit));
        }
        Pending::new(async move { Ok(Answer::Platform(Self::new(Platform::embedded(options).await?, None))) })
    }

    fn create_instance(
        &self,
        element: String,
        name: String,
        configuration: BTreeMap<String, String>,
        tags: Option<Vec<String>>,
    ) -> Pending {
        let platform = self.clone();
        Pending::new(async move {
            let new = NewInstance { element, name, tags, configuration };
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
    ) -> Pending {
        let platform = self.clone();
        Pending::new(async move {
            let new = NewInstance { element, name, tags, configuration };
            let connected = platform.get()?.instances().connect(&new).await?;
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

    fn elements(&self) -> Pending {
        let platform = self.clone();
        Pending::new(async move { Answer::json(&platform.get()?.elements().list().await?) })
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
            let call = Call { method, path, query, body, token: token.map(Into::into), timeout, headers: Vec::new() };
            let answer = call.on(&platform.get()?)?.send().await?;
            let (status, request_id) = (answer.status(), answer.request_id().map(str::to_owned));
            Ok(Answer::Response(status, request_id, answer.bytes().await?))
        })
    }

    /// In a forked child there is nothing of its own to close.
    fn close(&self) -> Pending {
        let platform = self.clone();
        Pending::new(async move {
            if platform.is_at_home() {
                platform.get()?.close().await;
            }
            Ok(Answer::None)
        })
    }
}

/// The options by their names; numbers and truth values as texts.
fn hosted_options(given: BTreeMap<String, String>) -> Result<HostedOptions, Error> {
    let mut options = HostedOptions::new();
    for (name, value) in given {
        let milliseconds = || {
            let wrong = |_| Error::new(ErrorKind::Config, format!("{name} is no number of milliseconds"));
            value.parse().map(Duration::from_millis).map_err(wrong)
        };
        options = match name.as_str() {
            "base_url" => options.base_url(value),
            "user" => options.user(value),
            "organization" => options.organization(value),
            "allow_insecure_http" => options.allow_insecure_http(value == "true"),
            "timeout_ms" => options.timeout(milliseconds()?),
            "connect_timeout_ms" => options.connect_timeout(milliseconds()?),
            "read_timeout_ms" => options.read_timeout(milliseconds()?),
            "proxy" => options.proxy(value),
            "ca_file" => options.ca_file(value),
            "retries" => {
                let wrong = |_| Error::new(ErrorKind::Config, "retries is no whole number");
                let retries = value.parse().map_err(wrong)?;
                options.retry(RetryPolicy { retries, ..RetryPolicy::HOSTED })
            }
            _ => return Err(Error::new(ErrorKind::Internal, "an option without a meaning")),
        };
    }
    Ok(options)
}

/// Panics inside a call, to show that this is an error and not the end of the process.
#[pyfunction]
pub fn panic_for_test() -> Pending {
    Pending::new(async { std::panic::panic_any("provoked") })
}
