//! An upload of records.

use std::sync::Arc;

use elementkit::host::RecordFeed;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use crate::answer::Answer;
use crate::job::NativeJob;
use crate::pending::Pending;

/// An upload of records that JavaScript passes in blocks.
#[napi]
pub struct NativeFeed(Arc<RecordFeed>);

impl NativeFeed {
    pub fn answer(feed: RecordFeed) -> Answer {
        Answer { feed: Some(Self(Arc::new(feed))), ..Answer::default() }
    }
}

#[napi]
impl NativeFeed {
    /// Passes records, one JSON object on each line.
    #[napi]
    pub fn push(&self, lines: Uint8Array) -> Pending {
        let (feed, lines) = (Arc::clone(&self.0), lines.to_vec());
        Pending::new(async move {
            feed.push(lines.into()).await?;
            Ok(Answer::default())
        })
    }

    /// Ends the records and returns the job.
    #[napi]
    pub fn finish(&self) -> Pending {
        let feed = Arc::clone(&self.0);
        Pending::new(async move { Ok(NativeJob::answer(feed.finish().await?)) })
    }

    /// Gives the upload up: no job is started.
    #[napi]
    pub fn abandon(&self) {
        self.0.abandon();
    }
}
