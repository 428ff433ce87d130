//! The call that a tool runs for: its progress, and its end if the client gives it up.

use std::time::{Duration, Instant};

use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};

/// Minimum time between two notifications.
const PAUSE: Duration = Duration::from_millis(500);

/// A running call.
pub struct Task {
    peer: Option<(Peer<RoleServer>, ProgressToken)>,
    told: Option<Instant>,
}

impl Task {
    /// Creates the task of a request, which reports progress if the client asked for it.
    pub fn of(context: &RequestContext<RoleServer>) -> Self {
        let token = context.meta.get_progress_token();
        Self { peer: token.map(|token| (context.peer.clone(), token)), told: None }
    }

    /// Reports progress, at most twice a second.
    pub async fn progress(&mut self, done: u64, total: Option<u64>, message: &str) {
        let Some((peer, token)) = &self.peer else { return };
        if self.told.is_some_and(|told| told.elapsed() < PAUSE) {
            return;
        }
        self.told = Some(Instant::now());
        #[allow(clippy::cast_precision_loss)]
        let mut note = ProgressNotificationParam::new(token.clone(), done as f64);
        #[allow(clippy::cast_precision_loss)]
        let total = total.map(|total| total as f64);
        note.total = total;
        note.message = Some(message.to_owned());
        // A client that has left gets no answer either.
        let _ = peer.notify_progress(note).await;
    }
}
