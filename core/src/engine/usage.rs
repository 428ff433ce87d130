//! Records of calls (spec P 12.1), queued while a call is served and written in batches.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::EngineInner;
use super::store::{UsageRow, now_ms};

/// Interval between batches.
const PATIENCE: Duration = Duration::from_millis(500);
/// Maximum number of queued records. Further calls in an interval are served but not recorded.
const WAITING: usize = 10_000;
/// Retention of records.
pub(crate) const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;
const PURGE_EVERY_MS: i64 = 3600 * 1000;

/// Queues records, unless recording is off.
pub(crate) struct Recorder {
    sender: Option<mpsc::Sender<UsageRow>>,
    closing: CancellationToken,
}

/// Receiver of the writer; `None` if recording is off.
pub(crate) type Records = Option<mpsc::Receiver<UsageRow>>;

impl Recorder {
    pub fn new(on: bool) -> (Self, Records) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let closing = CancellationToken::new();
        if on {
            (Self { sender: Some(sender), closing }, Some(receiver))
        } else {
            (Self { sender: None, closing }, None)
        }
    }

    /// Returns whether recording is on.
    pub fn is_on(&self) -> bool {
        self.sender.is_some()
    }

    /// Queues a record without waiting.
    pub fn add(&self, row: UsageRow) {
        if let Some(sender) = &self.sender
            && sender.try_send(row).is_err()
        {
            tracing::warn!("a call was not recorded: too many are waiting to be written");
        }
    }

    /// Makes the writer write the queued records and end.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

/// Starts the writer when an engine is opened.
pub(crate) fn opened(engine: &Arc<EngineInner>, records: Records) {
    let Some(mut records) = records else { return };
    let engine = Arc::clone(engine);
    let tracker = engine.tasks.clone();
    tracker.spawn(async move {
        let mut purged_ms = 0;
        loop {
            let closing = tokio::select! {
                () = engine.usage.closing.cancelled() => true,
                () = tokio::time::sleep(PATIENCE) => false,
            };
            write(&engine, &mut records, &mut purged_ms).await;
            if closing {
                return;
            }
        }
    });
}

/// Writes all queued records in one transaction, and periodically removes old ones.
async fn write(engine: &EngineInner, records: &mut mpsc::Receiver<UsageRow>, purged_ms: &mut i64) {
    let mut rows = Vec::new();
    while let Ok(row) = records.try_recv() {
        rows.push(row);
    }
    let now = now_ms();
    let purge = (now - *purged_ms > PURGE_EVERY_MS).then_some(now - KEPT_MS);
    if rows.is_empty() && purge.is_none() {
        return;
    }
    match engine.store.add_usage(&rows, purge).await {
        Ok(()) if purge.is_some() => *purged_ms = now,
        Ok(()) => {}
        Err(error) => tracing::warn!(%error, calls = rows.len(), "calls were not recorded"),
    }
}
