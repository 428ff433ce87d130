//! Incremental pulls.

use std::sync::Arc;

use elementkit::{SyncJob, SyncState};
use futures::StreamExt;
use pyo3::prelude::*;
use tokio::sync::Mutex;

use crate::instance::NativeInstance;
use crate::job::{NativeJob, NativePages, format_for};
use crate::pending::{Answer, Pending};

/// A pull of the core.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeSync(SyncJob);

impl NativeSync {
    /// Starts a pull.
    pub fn start(instance: NativeInstance, object: String, state: Option<String>) -> Pending {
        Pending::new(async move {
            let state = state.map(|state| state.parse::<SyncState>()).transpose()?;
            Ok(Answer::Sync(Self(instance.get()?.sync(&object, state.as_ref()).await?)))
        })
    }
}

#[pymethods]
impl NativeSync {
    fn job(&self) -> NativeJob {
        NativeJob::new(self.0.job().clone())
    }

    fn wait(&self) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move { Ok(Answer::Bytes(crate::job::json(&sync.wait().await?)?)) })
    }

    fn download(&self, path: String, format: Option<String>) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move {
            let format = format_for(&path, format.as_deref())?;
            Ok(Answer::Number(sync.download(path, format).await?))
        })
    }

    fn pages(&self, records: usize) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move {
            let pages = sync.pages(records).await?.boxed();
            Ok(Answer::Pages(NativePages::new(Arc::new(Mutex::new(pages)))))
        })
    }

    fn state(&self) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move { Ok(Answer::Text(sync.state().await?.to_string())) })
    }
}
