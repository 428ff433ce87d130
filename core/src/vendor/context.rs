//! Circumstances of calls to a vendor.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{ScriptStep, VendorCall, VendorError, VendorTrace};

/// The circumstances under which calls to a vendor are made: until when, how patiently, and what records them. Cheap to
/// clone; clones share counter and trace. Passed explicitly, so that a spawned task keeps it.
#[derive(Clone, Debug)]
pub struct Context {
    /// Time after which no call waits or is repeated.
    deadline: Option<Instant>,
    /// Longest pause to wait for; longer ones are returned to the caller as the failure that requests them.
    longest_pause: Duration,
    calls: Arc<AtomicU64>,
    trace: Option<Arc<VendorTrace>>,
    /// Whether requests are recorded instead of sent.
    dry: bool,
    /// Position of the last call in the trace, from 1; 0 before there is one.
    last: Option<Arc<AtomicUsize>>,
}

impl Default for Context {
    /// Returns a context without a deadline, which waits for every pause and has no trace.
    fn default() -> Self {
        Self {
            deadline: None,
            longest_pause: Duration::MAX,
            calls: Arc::default(),
            trace: None,
            dry: false,
            last: None,
        }
    }
}

impl Context {
    /// Sets a deadline: no call waits beyond it, so that the caller learns at once how long the vendor must not be
    /// called. The caller itself ends calls that are under way at that time.
    #[must_use]
    pub fn until(self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Sets the longest pause to wait for. A call that has to pause longer fails at once, and the caller waits itself.
    #[must_use]
    pub fn without_pauses(self, longer_than: Duration) -> Self {
        Self { longest_pause: longer_than, ..self }
    }

    /// Counts the requests that are sent.
    #[must_use]
    pub fn counted(self, calls: Arc<AtomicU64>) -> Self {
        Self { calls, ..self }
    }

    /// Records the calls in a trace.
    #[must_use]
    pub fn traced(self, trace: Arc<VendorTrace>) -> Self {
        Self { trace: Some(trace), ..self }
    }

    /// Records the calls in a trace instead of sending them: each fails.
    #[must_use]
    pub fn dry_run(self, trace: Arc<VendorTrace>) -> Self {
        Self { dry: true, ..self.traced(trace) }
    }

    /// Returns whether calls are recorded instead of sent.
    pub fn is_dry_run(&self) -> bool {
        self.dry
    }

    /// Returns the time after which no call waits or is repeated.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Returns whether calls are recorded in a trace.
    pub fn is_traced(&self) -> bool {
        self.trace.is_some()
    }

    pub(super) fn longest_pause(&self) -> Duration {
        self.longest_pause
    }

    pub(super) fn is_too_late(&self, at: Instant) -> bool {
        self.deadline.is_some_and(|deadline| at >= deadline)
    }

    pub(super) fn count_call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// Records a failed call that is not shown, with the reason. It belongs to no other call.
    pub fn record_failure(&self, operation: &str, error: &VendorError, reason: &str) {
        if let Some(trace) = &self.trace {
            trace.record(|| VendorCall {
                path: operation.to_owned(),
                status: error.status,
                records: None,
                error: Some(reason.to_owned()),
                shown: None,
                steps: Vec::new(),
                process_time: 0,
            });
        }
    }

    pub(super) fn record(&self, call: impl FnOnce() -> VendorCall) {
        let position = self.trace.as_ref().and_then(|trace| trace.record(call));
        if let (Some(last), Some(position)) = (&self.last, position) {
            last.store(position + 1, Ordering::Relaxed);
        }
    }

    /// Returns a context that remembers which recorded call was its last one, for [`record_steps`](Self::record_steps).
    #[must_use]
    pub fn with_steps(&self) -> Self {
        Self { last: Some(Arc::default()), ..self.clone() }
    }

    /// Records the scripts that ran around the last call of this context. If there was none, because a script left the
    /// vendor out, records an entry of its own for this operation.
    pub fn record_steps(&self, operation: &str, steps: Vec<ScriptStep>) {
        let Some(trace) = self.trace.as_ref().filter(|_| !steps.is_empty()) else { return };
        match self.last.as_ref().map_or(0, |last| last.load(Ordering::Relaxed)) {
            0 => drop(trace.record(|| VendorCall {
                path: operation.to_owned(),
                status: None,
                records: None,
                error: None,
                shown: None,
                steps,
                process_time: 0,
            })),
            position => trace.add_steps(position - 1, steps),
        }
    }
}
