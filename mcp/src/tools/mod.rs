//! The tools.

mod count;
mod describe;
mod jobs;
mod records;
mod tables;
mod writes;

pub use jobs::first_rows;
pub use writes::Confirmations;

use std::sync::Arc;

use futures::future::BoxFuture;
use rmcp::model::{Tool, ToolAnnotations};
use serde_json::{Map, Value};

use crate::agent::Shared;
use crate::answer::Answer;
use crate::failure::Outcome;
use crate::options::Options;
use crate::schema::View;
use crate::task::Task;

/// Permission that a tool needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Reading alone.
    Reading,
    /// Folders for files.
    Folders,
    /// Writes to the services.
    Writes,
}

impl Needs {
    /// Returns whether the tool is offered.
    fn are_met(self, options: &Options) -> bool {
        match self {
            Self::Reading => true,
            Self::Folders => !options.folders.is_empty(),
            Self::Writes => options.allow_writes,
        }
    }

    /// Returns whether the tool changes something outside of this server.
    pub fn is_change(self) -> bool {
        self != Self::Reading
    }
}

/// The code of a tool: it gets the arguments, and the task to report progress.
type Run = for<'a> fn(&'a Shared, Map<String, Value>, &'a mut Task) -> BoxFuture<'a, Outcome<Answer>>;

/// A tool.
pub struct Definition {
    /// Its name.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// Its purpose, as an assistant reads it.
    pub description: &'static str,
    /// Permission that it needs.
    pub needs: Needs,
    /// Makes the schema of its arguments.
    pub input: fn(&View<'_>) -> Map<String, Value>,
    /// Makes the schema of its answer.
    pub output: fn() -> Map<String, Value>,
    /// Runs it.
    pub run: Run,
}

impl Definition {
    /// Returns the tool as the protocol has it.
    pub fn describe(&self, view: &View<'_>) -> Tool {
        let (reads, destroys) = (!self.needs.is_change(), self.needs == Needs::Writes);
        let hints = ToolAnnotations::from_raw(None, Some(reads), Some(destroys), Some(reads), Some(true));
        Tool::new(self.name, self.description, (self.input)(view))
            .with_title(self.title)
            .with_raw_output_schema(Arc::new((self.output)()))
            .with_annotations(hints)
    }
}

/// All tools, in the order in which they are listed.
const ALL: &[&Definition] = &[
    &describe::LIST,
    &describe::DESCRIBE,
    &records::SEARCH,
    &records::GET,
    &count::COUNT,
    &jobs::START,
    &jobs::STATUS,
    &jobs::ROWS,
    &jobs::LIST,
    &jobs::CANCEL,
    &tables::SAVE,
    &tables::SYNC,
    &writes::CREATE,
    &writes::UPDATE,
    &writes::DELETE,
    &writes::CALL,
];

/// Returns the tools that the options allow.
pub fn offered(options: &Options) -> impl Iterator<Item = &'static Definition> {
    ALL.iter().copied().filter(|tool| tool.needs.are_met(options))
}
