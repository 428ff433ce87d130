//! Scripts of elements in a build that runs none (spec E 7.62).

use futures::FutureExt;
use futures::future::{BoxFuture, ready};

use crate::element::{CallScripts, Done, FailureCause, Script, ScriptFailure, Scripts, Urgency};

/// Refuses every script.
#[derive(Debug)]
pub(crate) struct NoScripts;

impl Scripts for NoScripts {
    fn begin(&self, _: Urgency) -> Box<dyn CallScripts> {
        Box::new(Self)
    }
}

impl CallScripts for NoScripts {
    fn run<'a>(
        &'a mut self,
        script: &'a Script,
        _names: &'a [(&'static str, String)],
    ) -> BoxFuture<'a, Result<Done, ScriptFailure>> {
        let failure = ScriptFailure {
            script: script.name.clone(),
            place: None,
            message: "Script execution is not available".to_owned(),
            cause: FailureCause::Unavailable,
            console: Vec::new(),
        };
        ready(Err(failure)).boxed()
    }
}
