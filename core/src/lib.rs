//! ElementKit: Cloud Elements as a library.

pub mod auth;
pub mod body;
mod client;
pub mod elements;
pub mod engine;
mod error;
mod http_client;
pub mod model;
pub mod query;
pub mod record;
#[cfg(feature = "server")]
pub mod server;
mod transport;

pub use client::{
    Answer, Bulk, BulkQuery, EmbeddedOptions, Format, HostedOptions, InstanceHandle, Instances, Job, Platform, Record,
    RecordPage, Records, Request, RetryPolicy,
};
pub use error::{Error, ErrorKind, Info as ErrorInfo, Result};
