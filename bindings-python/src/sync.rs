//! Incremental pulls.

use elementkit::{SyncJob, SyncState, host};
use pyo3::prelude::*;

use crate::instance::NativeInstance;
use crate::job::{NativeJob, NativePages};
use crate::pending::{Answer, Pending};
use crate::runtime::Home;

/// A pull of the core.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeSync(Home<SyncJob>);

impl NativeSync {
    /// Starts a pull.
    pub fn start(instance: NativeInstance, object: String, state: Option<String>) -> Pending {
        Pending::new(async move {
            let state = state.map(|state| state.parse::<SyncState>()).transpose()?;
            Ok(Answer::Sync(Self(Home::new(instance.get()?.sync(&object, state.as_ref()).await?))))
        })
    }
}

#[pymethods]
impl NativeSync {
    fn job(&self) -> NativeJob {
        NativeJob::of(self.0.part(|sync| sync.job().clone()))
    }

    fn wait(&self) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move { Answer::json(&sync.get()?.wait().await?) })
    }

    fn download(&self, path: String, format: Option<String>) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move {
            let format = host::format(format.as_deref(), &path)?;
            Ok(Answer::Number(sync.get()?.download(path, format).await?))
        })
    }

    fn pages(&self, records: usize) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move { Ok(Answer::Pages(NativePages::new(sync.get()?.pages(records).await?))) })
    }

    fn state(&self) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move { Ok(Answer::Text(sync.get()?.state().await?.to_string())) })
    }
}
