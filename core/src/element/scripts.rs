//! Scripts that an element brings with it, which the engine runs (spec E 7).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;

/// Script engine for the calls of one instance. Threads are shared fairly between organizations.
pub trait Scripts: fmt::Debug + Send + Sync {
    /// Begins a call. All its scripts share one limit on time (spec E 7.60).
    fn begin(&self, urgency: Urgency) -> Box<dyn CallScripts>;
}

/// Scripts of one call.
pub trait CallScripts: Send {
    /// Runs a script in a fresh global scope (spec E 7.7). Dropping the future ends the script.
    fn run<'a>(
        &'a mut self,
        script: &'a Script,
        names: &'a [(&'static str, String)],
    ) -> BoxFuture<'a, Result<Done, ScriptFailure>>;
}

/// Whether somebody waits for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// A live call. It fails if scripts are not admitted within a time limit.
    Live,
    /// A page of a bulk job, which waits as long as it takes.
    Bulk,
}

/// Script of a definition.
#[derive(Clone, Debug)]
pub struct Script {
    /// Name in errors: `<METHOD> <path>/<preRequest|postRequest>`, `global/…` for global ones (spec E 7.61).
    pub name: String,
    /// Body of a function (spec E 7.2).
    pub body: Arc<str>,
    /// Whether it ends by `return changes` (spec E 7.2).
    pub is_legacy: bool,
}

/// Outcome of a script.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// Members of the object that `done` was given, as JSON, copied when it was called; members that were `undefined` are
    /// absent (spec E 7.53). Empty if the argument was no object.
    pub changes: BTreeMap<String, String>,
    /// The maps whose contents the script changed in place, as JSON: of `request_vendor_parameters` and
    /// `request_vendor_headers` those that differ from what it was given (spec E 7.4).
    pub contents: BTreeMap<String, String>,
    /// Whether `done` was called, or a legacy script returned (spec E 7.6).
    pub was_called: bool,
    /// Lines that it wrote to `console` or by `print`; bounded.
    pub console: Vec<String>,
}

/// Failure of a script before it called `done`.
#[derive(Clone, Debug)]
pub struct ScriptFailure {
    /// Name of the script.
    pub script: String,
    /// Line and column in the body, from 1. `None` if unknown.
    pub place: Option<(u32, u32)>,
    /// Error message. It may contain values of the call.
    pub message: String,
    /// Kind of failure.
    pub cause: FailureCause,
    /// Lines that it wrote before it failed.
    pub console: Vec<String>,
}

/// Kind of a script's failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureCause {
    /// The script threw, cannot be compiled, or exceeded a limit: status 500 (spec E 7.61).
    Script,
    /// Too many scripts run: status 503.
    Busy,
    /// This build runs no scripts (spec E 7.62).
    Unavailable,
}

/// `<script>:<line>:<column>: <message>` (spec E 7.61).
impl fmt::Display for ScriptFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { script, place, message, cause, .. } = self;
        match (cause, place) {
            (FailureCause::Script, Some((line, column))) => write!(f, "{script}:{line}:{column}: {message}"),
            (FailureCause::Script, None) => write!(f, "{script}: {message}"),
            _ => f.write_str(message),
        }
    }
}

impl std::error::Error for ScriptFailure {}
