//! An upload of records.

use std::sync::Arc;

use elementkit::host::RecordFeed;
use pyo3::prelude::*;

use crate::job::NativeJob;
use crate::pending::{Answer, Pending};
use crate::runtime::Home;

/// An upload of records that Python passes in blocks.
#[pyclass(frozen)]
pub struct NativeFeed(Home<Arc<RecordFeed>>);

impl NativeFeed {
    pub fn new(feed: RecordFeed) -> Self {
        Self(Home::new(Arc::new(feed)))
    }
}

#[pymethods]
impl NativeFeed {
    /// Passes records, one JSON object on each line.
    fn push(&self, lines: Vec<u8>) -> Pending {
        let feed = self.0.clone();
        Pending::new(async move {
            feed.get()?.push(lines.into()).await?;
            Ok(Answer::None)
        })
    }

    /// Ends the records and returns the job.
    fn finish(&self) -> Pending {
        let feed = self.0.clone();
        Pending::new(async move { Ok(Answer::Job(NativeJob::new(feed.get()?.finish().await?))) })
    }

    /// Gives the upload up: no job is started.
    fn abandon(&self) {
        if let Ok(feed) = self.0.get() {
            feed.abandon();
        }
    }
}
