//! Uploads of the packages: of a file, of bytes, or of records that arrive in blocks.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value};
use tokio::sync::mpsc;

use super::from_json;
use crate::client::{BulkUpload, InstanceHandle, Job};
use crate::error::{Error, ErrorKind, Result};

/// Content of an upload.
#[derive(Clone, Debug)]
pub enum UploadSource {
    /// The path of a file, which is read as it is sent.
    File(String),
    /// The bytes of a file.
    Bytes(Bytes),
}

/// Returns the upload of a source, with options as JSON by the names of [`UPLOAD_OPTIONS`](super::UPLOAD_OPTIONS).
///
/// # Errors
/// `config` when an option does not exist or has the wrong type.
pub fn upload(object: &str, source: UploadSource, options: &str) -> Result<BulkUpload> {
    let upload = match source {
        UploadSource::File(path) => BulkUpload::file(object, path),
        UploadSource::Bytes(bytes) => BulkUpload::bytes(object, bytes),
    };
    upload.with_json(&from_json(options)?)
}

/// An upload of records that the host passes in blocks of JSON lines, as fast as the platform takes them. At most two
/// blocks are in memory.
///
/// It is given up, and no job is started, when it is dropped or [abandoned](Self::abandon), and when a future of it is
/// dropped before its end.
pub struct RecordFeed(Mutex<Option<State>>);

struct State {
    /// The request, which makes progress while a block or the end is awaited.
    request: BoxFuture<'static, Result<Job>>,
    /// Blocks for the body of the request; an empty one ends it.
    blocks: mpsc::Sender<Bytes>,
}

impl RecordFeed {
    /// Begins an upload, with options as JSON by the names of [`UPLOAD_OPTIONS`](super::UPLOAD_OPTIONS).
    ///
    /// # Errors
    /// `config` when an option does not exist, has the wrong type, or is `format`: records have none.
    pub fn new(instance: InstanceHandle, object: &str, options: &str) -> Result<Self> {
        let mut given: Map<String, Value> = from_json(options)?;
        if given.get("format").is_some_and(|format| !format.is_null()) {
            return Err(Error::new(ErrorKind::Config, "records have no format; leave out `format`"));
        }
        given.insert("format".to_owned(), "json".into());
        let (sender, blocks) = mpsc::channel(1);
        // A stream that just ended would be a complete file, and one that was given up must not be.
        let blocks = futures::stream::try_unfold(blocks, |mut blocks: mpsc::Receiver<Bytes>| async move {
            match blocks.recv().await {
                Some(block) if block.is_empty() => Ok(None),
                Some(block) => Ok(Some((block, blocks))),
                None => Err(Error::new(ErrorKind::Config, "the records were given up before their end")),
            }
        });
        let upload = BulkUpload::stream(object, blocks).with_json(&given)?;
        let request = async move { instance.bulk().upload(upload).await }.boxed();
        Ok(Self(Mutex::new(Some(State { request, blocks: sender }))))
    }

    /// Passes records, one JSON object on each line, and waits until the platform takes more.
    ///
    /// # Errors
    /// As [`Bulk::upload`](crate::client::Bulk::upload), if the platform refuses the upload before its end.
    pub async fn push(&self, lines: Bytes) -> Result<()> {
        let mut state = self.take()?;
        let is_sent = lines.is_empty()
            || tokio::select! {
                biased;
                ended = &mut state.request => return Err(ended.err().unwrap_or_else(over)),
                sent = state.blocks.send(lines) => sent.is_ok(),
            };
        if !is_sent {
            // The request reads no more, because it is about to fail.
            return Err(state.request.await.err().unwrap_or_else(over));
        }
        *self.lock() = Some(state);
        Ok(())
    }

    /// Ends the records. Returns the job when the platform has them all.
    ///
    /// # Errors
    /// As [`Bulk::upload`](crate::client::Bulk::upload).
    pub async fn finish(&self) -> Result<Job> {
        let State { mut request, blocks } = self.take()?;
        tokio::select! {
            biased;
            ended = &mut request => return ended,
            _ = blocks.send(Bytes::new()) => {}
        }
        request.await
    }

    /// Gives the upload up: no job is started.
    pub fn abandon(&self) {
        let given_up = self.lock().take();
        drop(given_up);
    }

    fn take(&self) -> Result<State> {
        self.lock().take().ok_or_else(over)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn over() -> Error {
    Error::new(ErrorKind::Config, "this upload has ended")
}

impl fmt::Debug for RecordFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordFeed").finish_non_exhaustive()
    }
}
