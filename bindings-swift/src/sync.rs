//! Incremental pulls.

use std::sync::Arc;

use elementkit::{SyncJob, host};
use futures::StreamExt;

use crate::{Answer, NativeJob, NativePages, Pending};

/// A pull of changed records.
#[derive(uniffi::Object)]
pub struct NativeSync(SyncJob);

impl NativeSync {
    pub(crate) fn answer(sync: SyncJob) -> Answer {
        Answer { sync: Some(Arc::new(Self(sync))), ..Answer::default() }
    }
}

#[uniffi::export]
impl NativeSync {
    /// Its job.
    pub fn job(&self) -> Arc<NativeJob> {
        NativeJob::new(self.0.job().clone())
    }

    /// Waits, then writes the rows to a file.
    pub fn download(&self, path: String, format: Option<String>) -> Arc<Pending> {
        let sync = self.0.clone();
        Pending::new(async move {
            let bytes = sync.download(&path, host::format(format.as_deref(), &path)?).await?;
            Ok(Answer { total: Some(bytes), ..Answer::default() })
        })
    }

    /// Returns the rows in pages of at most `records`.
    pub fn pages(&self, records: i64) -> Arc<Pending> {
        let sync = self.0.clone();
        Pending::new(async move {
            let pages = sync.pages(host::batch_size(records)?).await?.boxed();
            Ok(Answer { pages: Some(NativePages::new(pages)), ..Answer::default() })
        })
    }

    /// Returns the partitions that could not be read completely, as JSON.
    pub fn pending(&self) -> Arc<Pending> {
        let sync = self.0.clone();
        Pending::new(async move { Answer::json(&sync.pending().await?) })
    }

    /// Returns the state for the next pull, once the rows were read.
    pub fn state(&self) -> Arc<Pending> {
        let sync = self.0.clone();
        Pending::new(async move { Answer::json(&sync.state().await?.to_string()) })
    }
}
