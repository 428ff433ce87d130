//! Script engine of a build without scripts: they are stored but cannot be run (spec P 9.12).

use std::sync::Arc;

use http::StatusCode;

use super::{Configuration, Input, Outcome, Phase, Purpose, Script, ScriptError, ScriptLimits, ScriptNetwork};
use crate::element;
use crate::engine::failure::Failure;
use crate::error::ErrorKind;

#[derive(Debug)]
pub(crate) struct Scripts;

pub(crate) struct Runner;

impl Scripts {
    pub fn new(_: ScriptLimits) -> Self {
        Self
    }

    pub fn with_network(_: ScriptLimits, _: ScriptNetwork) -> Self {
        Self
    }

    pub fn runner(&self, _organization: i64, _chain: Vec<Script>, _: Phase, _: Configuration) -> Runner {
        Runner
    }

    /// Returns the scripts of elements, for an organization.
    pub fn of_elements(&self, _organization: i64) -> Arc<dyn element::Scripts> {
        Arc::new(super::NoScripts)
    }

    pub async fn check(&self, _organization: i64, _: &Script) -> Result<Option<ScriptError>, Failure> {
        Ok(None)
    }
}

impl Runner {
    pub async fn run(&mut self, _: Purpose, _: Vec<Input>) -> Result<Vec<Outcome>, Failure> {
        Err(Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "Script execution is not available")
            .of_kind(ErrorKind::Unsupported))
    }
}
