//! An instance.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use elementkit::host::{Call, Content, RecordFeed, UploadSource};
use elementkit::{BulkDownload, BulkQuery, Error, InstanceHandle, SyncOptions, host};
use pyo3::prelude::*;

use crate::job::NativeJob;
use crate::lists::NativeRecords;
use crate::pending::{Answer, Pending, parts};
use crate::platform::NativePlatform;
use crate::runtime::Home;
use crate::shapes::{NativeDefinitions, NativeTransformations};
use crate::sync::NativeSync;
use crate::upload::NativeFeed;

/// An instance of the core.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeInstance(Arc<Inner>);

struct Inner {
    platform: NativePlatform,
    handle: Home<InstanceHandle>,
    details: Option<Bytes>,
}

impl NativeInstance {
    pub fn new(platform: NativePlatform, handle: InstanceHandle) -> Result<Self, Error> {
        let details = handle.details().map(host::to_json).transpose()?.map(Bytes::from);
        Ok(Self(Arc::new(Inner { platform, handle: Home::new(handle), details })))
    }

    /// Returns the instance on a connection of this process.
    pub fn get(&self) -> Result<InstanceHandle, Error> {
        let platform = self.0.platform.get()?;
        match self.0.handle.get() {
            Ok(handle) => Ok(handle.clone()),
            Err(_) => Ok(platform.instances().with_token(self.0.handle.peek().token())),
        }
    }
}

#[pymethods]
impl NativeInstance {
    #[getter]
    fn id(&self) -> Option<i64> {
        self.0.handle.peek().id()
    }

    #[getter]
    fn token(&self) -> String {
        self.0.handle.peek().token().expose().to_owned()
    }

    #[getter]
    fn details(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match &self.0.details {
            Some(details) => Answer::Json(details.clone()).into_python(py),
            None => Ok(py.None()),
        }
    }

    fn ping(&self) -> Pending {
        let instance = self.clone();
        Pending::new(async move {
            instance.get()?.ping().await?;
            Ok(Answer::None)
        })
    }

    fn objects(&self) -> Pending {
        let instance = self.clone();
        Pending::new(async move { Ok(Answer::Texts(instance.get()?.objects().await?)) })
    }

    fn metadata(&self, object: String) -> Pending {
        let instance = self.clone();
        Pending::new(async move { Answer::json(&instance.get()?.metadata(&object).await?) })
    }

    fn records(&self, resource: String, query: Vec<(String, String)>) -> NativeRecords {
        NativeRecords::new(self.clone(), resource, query)
    }

    /// Makes any other call; `content` is a body that is not JSON, with its media type.
    #[allow(clippy::too_many_arguments)]
    fn call(
        &self,
        method: String,
        path: String,
        query: Vec<(String, String)>,
        headers: Vec<(String, String)>,
        body: Option<String>,
        content: Option<(Vec<u8>, Option<String>)>,
        timeout_ms: Option<u64>,
    ) -> Pending {
        let instance = self.clone();
        let content = content.map(|(bytes, media_type)| Content { bytes: bytes.into(), media_type });
        let timeout = timeout_ms.map(Duration::from_millis);
        let call = Call { method, path, query, headers, body, content, token: None, timeout };
        Pending::new(async move {
            let answer = call.of(&instance.get()?)?.send().await?;
            let warnings = answer.warnings().iter().cloned().map(parts).collect();
            let (headers, request_id) = (host::headers(&answer), answer.request_id().map(str::to_owned));
            Ok(Answer::Called(headers.into_iter().collect(), request_id, warnings, answer.bytes().await?))
        })
    }

    /// Starts a job; `options` is a JSON object by the names of core's table.
    fn bulk_query(&self, statement: String, options: &str) -> Pending {
        let instance = self.clone();
        let query = host::from_json(options).and_then(|given| BulkQuery::from_json(statement, &given));
        Pending::new(async move {
            let job = instance.get()?.bulk().query(query?).await?;
            Ok(Answer::Job(NativeJob::new(job)))
        })
    }

    /// Starts the newer form of a job; `members` is the JSON object of the request.
    fn bulk_download(&self, object: String, members: String) -> Pending {
        let instance = self.clone();
        Pending::new(async move {
            let members: BTreeMap<String, serde_json::Value> = host::from_json(&members)?;
            let download = BulkDownload::new(object);
            let download = members.into_iter().fold(download, |download, (name, value)| download.with(&name, value));
            Ok(Answer::Job(NativeJob::new(instance.get()?.bulk().start_download(download).await?)))
        })
    }

    /// Starts an upload of a file, or of bytes; `options` is a JSON object by the names of core's table.
    fn bulk_upload(&self, object: String, path: Option<String>, content: Option<Vec<u8>>, options: String) -> Pending {
        let instance = self.clone();
        let source = match path {
            Some(path) => UploadSource::File(path),
            None => UploadSource::Bytes(content.unwrap_or_default().into()),
        };
        Pending::new(async move {
            let upload = host::upload(&object, source, &options)?;
            Ok(Answer::Job(NativeJob::new(instance.get()?.bulk().upload(upload).await?)))
        })
    }

    /// Starts an upload of records.
    fn bulk_feed(&self, object: String, options: String) -> Pending {
        let instance = self.clone();
        Pending::new(
            async move { Ok(Answer::Feed(NativeFeed::new(RecordFeed::new(instance.get()?, &object, &options)?))) },
        )
    }

    fn sync(
        &self,
        object: String,
        state: Option<String>,
        filter: Option<String>,
        fields: Option<String>,
        channels: Vec<u64>,
    ) -> Pending {
        let mut what = channels.into_iter().fold(SyncOptions::new(object), SyncOptions::channel);
        if let Some(condition) = filter {
            what = what.filter(condition);
        }
        if let Some(names) = fields {
            what = what.fields(names);
        }
        NativeSync::start(self.clone(), what, state)
    }

    fn definitions(&self) -> NativeDefinitions {
        NativeDefinitions::of_instance(self.clone())
    }

    fn transformations(&self) -> NativeTransformations {
        NativeTransformations::of_instance(self.clone())
    }

    fn capabilities(&self) -> Pending {
        let instance = self.clone();
        Pending::new(async move {
            let capabilities = instance.get()?.capabilities().await?;
            Ok(Answer::Texts(capabilities.names().map(str::to_owned).collect()))
        })
    }

    /// Changes it; `change` is JSON. `replace` resets members that are not given to their defaults.
    fn change(&self, change: String, replace: bool) -> Pending {
        let instance = self.clone();
        Pending::new(async move {
            let (handle, change) = (instance.get()?, host::from_json(&change)?);
            let changed = if replace { handle.update(&change).await? } else { handle.patch(&change).await? };
            Answer::json(&changed)
        })
    }

    fn set_enabled(&self, enabled: bool) -> Pending {
        let instance = self.clone();
        Pending::new(async move {
            let handle = instance.get()?;
            if enabled {
                handle.enable().await?
            } else {
                handle.disable().await?
            }
            Ok(Answer::None)
        })
    }

    fn delete(&self) -> Pending {
        let instance = self.clone();
        Pending::new(async move {
            instance.get()?.delete().await?;
            Ok(Answer::None)
        })
    }

    fn configuration(&self) -> Pending {
        let instance = self.clone();
        Pending::new(async move { Answer::json(&instance.get()?.configuration().await?) })
    }

    fn configure(&self, item: i64, value: Option<String>) -> Pending {
        let instance = self.clone();
        Pending::new(async move { Answer::json(&instance.get()?.configure(item, value.as_deref()).await?) })
    }

    fn rotate_token(&self) -> Pending {
        let instance = self.clone();
        Pending::new(async move { Ok(Answer::Text(instance.get()?.rotate_token().await?.expose().to_owned())) })
    }

    fn job(&self, id: String) -> Pending {
        let instance = self.clone();
        Pending::new(async move { Ok(Answer::Job(NativeJob::new(instance.get()?.bulk().job(id).await?))) })
    }

    fn jobs(&self) -> Pending {
        let instance = self.clone();
        Pending::new(async move { Answer::json(&instance.get()?.bulk().list().await?) })
    }
}
