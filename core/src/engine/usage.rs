//! Records of calls (spec P 12.1): handed over while a call is answered, written in batches beside it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::EngineInner;
use super::store::{UsageRow, now_ms};

/// How long a record waits for others before they are written together.
const PATIENCE: Duration = Duration::from_millis(500);
/// Records that may wait. More calls than this in half a second are answered, but not recorded.
const WAITING: usize = 10_000;
/// How long records are kept.
pub(crate) const KEPT_MS: i64 = 7 * 24 * 3600 * 1000;
const PURGE_EVERY_MS: i64 = 3600 * 1000;

/// Takes records, unless recording is off.
pub(crate) struct Recorder {
    sender: Option<mpsc::Sender<UsageRow>>,
    closing: CancellationToken,
}

/// What the writer reads from; `None` when recording is off.
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

    /// Whether records are wanted.
    pub fn is_on(&self) -> bool {
        self.sender.is_some()
    }

    /// Takes a record; never waits.
    pub fn add(&self, row: UsageRow) {
        if let Some(sender) = &self.sender
            && sender.try_send(row).is_err()
        {
            tracing::warn!("a call was not recorded: too many are waiting to be written");
        }
    }

    /// Writes what is waiting and ends.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

/// Starts the writer of an engine that is being opened.
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

/// Writes everything that waits in one transaction, and now and then removes what is old.
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
