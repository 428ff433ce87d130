//! Incremental pulls.

use elementkit::{SyncJob, host};
use napi_derive::napi;

use crate::answer::Answer;
use crate::job::{NativeJob, NativePages};
use crate::pending::Pending;

#[napi]
#[derive(Clone)]
pub struct NativeSync(SyncJob);

impl NativeSync {
    pub fn answer(sync: SyncJob) -> Answer {
        Answer { sync: Some(Self(sync)), ..Answer::default() }
    }
}

#[napi]
impl NativeSync {
    #[napi]
    pub fn job(&self) -> NativeJob {
        NativeJob::new(self.0.job().clone())
    }

    #[napi]
    pub fn download(&self, path: String, format: Option<String>) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move {
            let bytes = sync.download(&path, host::format(format.as_deref(), &path)?).await?;
            Ok(Answer { total: Some(bytes as f64), ..Answer::default() })
        })
    }

    /// Returns the rows in pages of at most `records`.
    #[napi]
    pub fn pages(&self, records: u32) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move {
            Ok(Answer { pages: Some(NativePages::new(sync.pages(records as usize).await?)), ..Answer::default() })
        })
    }

    /// Returns the lists that this pull could not read.
    #[napi]
    pub fn pending(&self) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move { Answer::json(&sync.pending().await?) })
    }

    #[napi]
    pub fn state(&self) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move { Answer::json(&sync.state().await?.to_string()) })
    }
}
