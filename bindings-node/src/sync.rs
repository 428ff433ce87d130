//! Incremental pulls.

use std::sync::Arc;

use elementkit::SyncJob;
use futures::StreamExt;
use napi_derive::napi;
use tokio::sync::Mutex;

use crate::answer::Answer;
use crate::job::{NativeJob, NativePages, format_for};
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
            let bytes = sync.download(&path, format_for(&path, format.as_deref())?).await?;
            Ok(Answer { total: Some(bytes as f64), ..Answer::default() })
        })
    }

    /// The rows in pages of at most so many.
    #[napi]
    pub fn pages(&self, records: u32) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move {
            let pages = sync.pages(records as usize).await?.boxed();
            Ok(Answer { pages: Some(NativePages::new(Arc::new(Mutex::new(pages)))), ..Answer::default() })
        })
    }

    #[napi]
    pub fn state(&self) -> Pending {
        let sync = self.0.clone();
        Pending::new(async move { Answer::json(&sync.state().await?.to_string()) })
    }
}
