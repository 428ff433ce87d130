//! Scripts of transformations (spec P 9.12): JavaScript on records, in threads of its own, within limits of time, memory
//! and stack, and without any way to the outside.
//!
//! [`Scripts`] belongs to the engine; a [`Runner`] to one live request or one bulk job. A runner takes batches of records
//! and answers each of them. Which scripts run in which order is the caller's to say (spec P 9.7).

mod budget;
mod failure;
#[cfg(feature = "scripts")]
mod quickjs;
#[cfg(not(feature = "scripts"))]
mod unavailable;

use std::time::Duration;

use serde_json::Value as Json;

pub(crate) use budget::{Budget, MEMBER_BYTES, PAGE_BYTES, TooLarge, weight};
pub(crate) use failure::{ScriptError, unmapped};
#[cfg(feature = "scripts")]
#[allow(unused_imports)] // named by transformations
pub(crate) use quickjs::{Runner, Scripts};
#[cfg(not(feature = "scripts"))]
#[allow(unused_imports)]
pub(crate) use unavailable::{Runner, Scripts};

use crate::auth::Secret;

/// One script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    /// The object it belongs to; with the level the name that errors call it by.
    pub object_name: String,
    /// `organization`, `account` or `instance`.
    pub level: String,
    /// The inside of a function.
    pub body: String,
    /// v1: the body ends with `return value`. Else v2: it calls `done(value)`.
    pub legacy: bool,
    /// A result that is null, undefined or `{}` drops the record; else it is `{}`.
    pub filter_empty_response: bool,
}

/// What a script is run for; it sees this as `fromVendor` and `isWhere`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// On records the vendor sent.
    FromVendor,
    /// On records for the vendor.
    ToVendor,
    /// On the conditions of a `where` (spec P 9.8).
    Where,
}

/// How time is counted, and what a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// A live request: the limit is for all records together, and the first failure ends the run.
    Request,
    /// A bulk job: the limit is for each record, and the job goes on after a failure.
    Bulk,
}

/// A record before and after the mapping.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// `originalObject`
    pub original: Json,
    /// `transformedObject`; the next script of a chain gets the result of the one before.
    pub transformed: Json,
}

/// What became of a record.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The result of the last script.
    Value(Json),
    /// An empty result that `filterEmptyResponse` drops.
    Dropped,
    /// A script failed, or the record is too large; with the reason.
    Failed(String),
}

/// The script's `configuration`; the secrets are none unless the engine exposes them (spec P 16.10).
#[derive(Clone, Debug, Default)]
pub(crate) struct Configuration {
    /// `http` or `https`.
    pub protocol: String,
    /// The host of the call.
    pub host: String,
    /// What stands before the paths of the contract.
    pub path_prefix: String,
    /// The caller's user secret.
    pub user_secret: Option<Secret>,
    /// The caller's organization secret.
    pub organization_secret: Option<Secret>,
    /// The instance's Element token.
    pub element_instance_token: Option<Secret>,
}

/// What a script may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptLimits {
    /// For all records of a live request together, or for each record of a bulk job. 30 seconds (spec P 9.12).
    pub time: Duration,
    /// All that one context holds. 64 MiB.
    pub memory_bytes: usize,
    /// How deep calls may nest. 512 KiB.
    pub stack_bytes: usize,
}

impl Default for ScriptLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(30), memory_bytes: 64 << 20, stack_bytes: 512 << 10 }
    }
}

impl Script {
    /// The name errors call it by.
    pub fn name(&self) -> String {
        format!("{}/{}", self.object_name, self.level)
    }
}
