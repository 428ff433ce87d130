//! Warnings of the platform, kept with their call until Python reports them.

use std::sync::{Arc, Mutex, PoisonError};

use elementkit::Warning;

tokio::task_local! {
    static SEEN: Seen;
}

/// The warnings of a call, each once. Clones share them.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<Warning>>>);

impl Seen {
    /// Runs a call whose warnings are kept here.
    pub async fn during<F: Future>(self, call: F) -> F::Output {
        SEEN.scope(self, call).await
    }

    /// Removes and returns the warnings.
    pub fn take(&self) -> Vec<Warning> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, warning: &Warning) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.contains(warning) {
            seen.push(warning.clone());
        }
    }
}

/// Keeps a warning with the running call. Outside of a call it is only logged.
pub fn see(warning: &Warning) {
    let _ = SEEN.try_with(|seen| seen.add(warning));
}
