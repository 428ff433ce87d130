//! Incremental pulls.

use elementkit::{Format, SyncJob, SyncOptions, SyncState, host};
use futures::StreamExt;
use pyo3::prelude::*;

use crate::arrow::NativeTable;
use crate::error::to_python;
use crate::instance::NativeInstance;
use crate::job::{NativeJob, NativePages, NativeStream};
use crate::pending::{Answer, Pending};
use crate::runtime::Home;

/// A pull of the core.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeSync(Home<SyncJob>);

impl NativeSync {
    /// Starts a pull.
    pub fn start(instance: NativeInstance, what: SyncOptions, state: Option<String>) -> Pending {
        Pending::new(async move {
            let state = state.map(|state| state.parse::<SyncState>()).transpose()?;
            Ok(Answer::Sync(Self(Home::new(instance.get()?.sync(what, state.as_ref()).await?))))
        })
    }
}

#[pymethods]
impl NativeSync {
    fn job(&self) -> NativeJob {
        NativeJob::of(self.0.part(|sync| sync.job().clone()))
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
        Pending::new(async move {
            let sync = sync.get()?;
            Ok(Answer::Pages(NativePages::of(sync.job(), sync.pages(records).await?).await?))
        })
    }

    /// Returns the rows for table libraries; see `NativeTable::open`.
    fn table(&self, whole: bool) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move { NativeTable::open(sync.get()?.stream(Format::Arrow).await?.boxed(), whole).await })
    }

    fn stream(&self, format: &str, py: Python<'_>) -> PyResult<Pending> {
        let sync = self.0.clone();
        let format = Format::named(format).map_err(|error| to_python(py, &error))?;
        Ok(Pending::new(async move { Ok(Answer::Stream(NativeStream::new(sync.get()?.stream(format).await?))) }))
    }

    /// Returns the partitions that could not be read completely.
    fn pending(&self) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move { Answer::json(&sync.get()?.pending().await?) })
    }

    fn state(&self) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move { Ok(Answer::Text(sync.get()?.state().await?.to_string())) })
    }
}
