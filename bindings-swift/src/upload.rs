//! An upload of records.

use std::sync::Arc;

use elementkit::host::RecordFeed;

use crate::{Answer, NativeJob, Pending};

/// An upload of records that the app passes in blocks.
#[derive(uniffi::Object)]
pub struct NativeFeed(Arc<RecordFeed>);

impl NativeFeed {
    pub(crate) fn answer(feed: RecordFeed) -> Answer {
        Answer { feed: Some(Arc::new(Self(Arc::new(feed)))), ..Answer::default() }
    }
}

#[uniffi::export]
impl NativeFeed {
    /// Passes records, one JSON object on each line.
    pub fn push(&self, lines: String) -> Arc<Pending> {
        let feed = Arc::clone(&self.0);
        Pending::new(async move {
            feed.push(lines.into()).await?;
            Ok(Answer::default())
        })
    }

    /// Ends the records and returns the job.
    pub fn finish(&self) -> Arc<Pending> {
        let feed = Arc::clone(&self.0);
        Pending::new(async move { Ok(NativeJob::answer(feed.finish().await?)) })
    }

    /// Gives the upload up: no job is started. Has no effect after the end.
    pub fn abandon(&self) {
        self.0.abandon();
    }
}
