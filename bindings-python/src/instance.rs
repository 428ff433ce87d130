//! An instance.

use std::sync::Arc;

use bytes::Bytes;
use elementkit::{BulkQuery, Error, InstanceHandle};
use pyo3::prelude::*;

use crate::job::{NativeJob, json};
use crate::pending::{Answer, Pending};
use crate::platform::NativePlatform;

/// An instance of the core.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeInstance(Arc<Inner>);

struct Inner {
    platform: NativePlatform,
    handle: InstanceHandle,
    process: u32,
    details: Option<Bytes>,
}

impl NativeInstance {
    pub fn new(platform: NativePlatform, handle: InstanceHandle) -> Result<Self, Error> {
        let details = handle.details().map(json).transpose()?;
        Ok(Self(Arc::new(Inner { platform, handle, process: std::process::id(), details })))
    }

    /// The instance by a connection of this process.
    pub fn get(&self) -> Result<InstanceHandle, Error> {
        let platform = self.0.platform.get()?;
        if self.0.process == std::process::id() {
            return Ok(self.0.handle.clone());
        }
        Ok(platform.instances().with_token(self.0.handle.token()))
    }
}

#[pymethods]
impl NativeInstance {
    #[getter]
    fn id(&self) -> Option<i64> {
        self.0.handle.id()
    }

    #[getter]
    fn token(&self) -> String {
        self.0.handle.token().expose().to_owned()
    }

    #[getter]
    fn details(&self) -> Option<&[u8]> {
        self.0.details.as_deref()
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

    fn page(&self, resource: String, query: Vec<(String, String)>, token: Option<String>) -> Pending {
        let instance = self.clone();
        Pending::new(async move {
            let mut records = instance.get()?.records(resource);
            for (name, value) in query {
                records = records.param(&name, value);
            }
            let page = records.page(token.as_deref()).await?;
            let next = page.next_page_token().map(str::to_owned);
            Ok(Answer::Page(page.json().clone(), next, page.total_count(), page.warning().map(str::to_owned)))
        })
    }

    fn bulk_query(&self, statement: String, from: Option<String>, to: Option<String>) -> Pending {
        let instance = self.clone();
        Pending::new(async move {
            let mut query = BulkQuery::new(statement);
            if let Some(from) = from {
                query = query.from(from);
            }
            if let Some(to) = to {
                query = query.to(to);
            }
            let job = instance.get()?.bulk().query(query).await?;
            Ok(Answer::Job(NativeJob::new(job)))
        })
    }

    fn job(&self, id: String) -> Pending {
        let instance = self.clone();
        Pending::new(async move { Ok(Answer::Job(NativeJob::new(instance.get()?.bulk().job(id).await?))) })
    }

    fn jobs(&self) -> Pending {
        let instance = self.clone();
        Pending::new(async move { Ok(Answer::Bytes(json(&instance.get()?.bulk().list().await?)?)) })
    }
}
