//! Scripts of transformations (spec P 9.12): JavaScript on records, in separate threads, with limits on time, memory
//! and stack, and without access to anything outside.
//!
//! [`Scripts`] belongs to the engine; a [`Runner`] to one live request or one bulk job. A runner takes batches of
//! records and returns an outcome for each. The caller determines which scripts run in which order (spec P 9.7).

mod budget;
mod failure;
mod network;
#[cfg(not(feature = "scripts"))]
mod no_scripts;
#[cfg(feature = "scripts")]
mod quickjs;
#[cfg(not(feature = "scripts"))]
mod unavailable;

use std::time::Duration;

use serde_json::Value as Json;

pub(crate) use budget::{Budget, MEMBER_BYTES, PAGE_BYTES, TooLarge, weight};
pub(crate) use failure::{ScriptError, unmapped};
pub(crate) use network::ScriptNetwork;
#[cfg(not(feature = "scripts"))]
use no_scripts::NoScripts;
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
    /// Object that the script belongs to; together with the level it is the script's name in errors.
    pub object_name: String,
    /// `organization`, `account` or `instance`.
    pub level: String,
    /// Body of a function.
    pub body: String,
    /// Whether this is a v1 script, whose body ends with `return value`. A v2 script calls `done(value)`.
    pub legacy: bool,
    /// Whether a result that is null, undefined or `{}` drops the record; otherwise the result is `{}`.
    pub filter_empty_response: bool,
}

/// Purpose of a script run; the script sees it as `fromVendor` and `isWhere`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Records received from the vendor.
    FromVendor,
    /// Records to send to the vendor.
    ToVendor,
    /// Conditions of a `where` (spec P 9.8).
    Where,
}

/// Scope of the time limit, and effect of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// A live request: the limit applies to all records together, and the first failure ends the run.
    Request,
    /// A bulk job: the limit applies to each record, and the job continues after a failure.
    Bulk,
}

/// A record before and after the mapping.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// `originalObject`
    pub original: Json,
    /// `transformedObject`; each further script of a chain receives the result of the previous one.
    pub transformed: Json,
}

/// Outcome of a record.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The result of the last script.
    Value(Json),
    /// An empty result that `filterEmptyResponse` drops.
    Dropped,
    /// A script failed, or the record is too large; holds the reason.
    Failed(String),
}

/// The script's `configuration`; the secrets are absent unless the engine exposes them (spec P 16.10).
#[derive(Clone, Debug, Default)]
pub(crate) struct Configuration {
    /// `http` or `https`.
    pub protocol: String,
    /// Host of the call.
    pub host: String,
    /// Prefix of the contract's paths.
    pub path_prefix: String,
    /// The caller's user secret.
    pub user_secret: Option<Secret>,
    /// The caller's organization secret.
    pub organization_secret: Option<Secret>,
    /// The instance's Element token.
    pub element_instance_token: Option<Secret>,
}

/// Limits of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptLimits {
    /// Time limit for all records of a live request together, or for each record of a bulk job. 30 seconds (spec P
    /// 9.12).
    pub time: Duration,
    /// Memory limit of one context. 64 MiB.
    pub memory_bytes: usize,
    /// Stack limit, which bounds the nesting of calls. 512 KiB.
    pub stack_bytes: usize,
}

impl Default for ScriptLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(30), memory_bytes: 64 << 20, stack_bytes: 512 << 10 }
    }
}

impl Script {
    /// Returns the script's name in errors.
    pub fn name(&self) -> String {
        format!("{}/{}", self.object_name, self.level)
    }
}
