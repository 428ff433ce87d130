//! The result of a job as a stream: segments in the stated order, one frame in memory at a time.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::frame;
use super::layout::Layout;
use super::segment::SegmentReader;
use crate::body::{self, Body};
use crate::engine::Shared;
use crate::engine::store::{JobRow, SegmentRow};
use crate::engine::vault::open_failed;
use crate::error::{Error, Result};
use crate::record::Schema;

/// Chunks that wait for a slow reader.
const CHUNKS_AHEAD: usize = 4;

/// The rows of a job in a layout.
pub(crate) async fn stream(engine: &Shared, job: &JobRow, schema: Arc<Schema>, layout: Layout) -> Result<Body> {
    let segments = engine.store.segments(job.id, None).await?;
    let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    let (folder, key) = (engine.bulk.folder_of(job.id), job.key.clone());
    let read = move || {
        let sink = |chunk: Vec<u8>| chunk.is_empty() || sender.blocking_send(Ok(Bytes::from(chunk))).is_ok();
        if !sink(layout.head()) {
            return;
        }
        for row in segments {
            match send_segment(&folder, &key, row, &schema, &layout, &sink) {
                Ok(true) => {}
                // The reader is gone.
                Ok(false) => return,
                Err(error) => {
                    tracing::error!(%error, "a result cannot be read");
                    let _ = sender.blocking_send(Err(error));
                    return;
                }
            }
        }
    };
    engine.tasks.spawn_blocking(read);
    let chunks = futures::stream::unfold(receiver, |mut receiver| async move {
        let chunk: Option<std::result::Result<Bytes, Error>> = receiver.recv().await;
        chunk.map(|chunk| (chunk, receiver))
    });
    Ok(body::stream(chunks))
}

fn send_segment(
    folder: &std::path::Path,
    key: &crate::engine::vault::Key,
    row: SegmentRow,
    schema: &Arc<Schema>,
    layout: &Layout,
    sink: &impl Fn(Vec<u8>) -> bool,
) -> Result<bool> {
    let mut reader = SegmentReader::open(folder, key, row)?;
    while let Some(bytes) = reader.next()? {
        let batch = frame::rows(schema, &bytes).ok_or_else(|| open_failed("a bulk file"))?;
        if !sink(layout.rows(&batch)) {
            return Ok(false);
        }
    }
    Ok(true)
}
