//! ElementKit: Cloud Elements as a library.
//!
//! Start with [`Platform`]: [`Platform::embedded`] runs the engine in this process on a database file,
//! [`Platform::hosted`] calls a platform on the network; all further calls are the same. Sections such as "spec P
//! 6.2" are those of the platform specification, "spec BT 2.6" those of the element's.

pub mod aggregate;
#[cfg(feature = "arrow")]
mod arrow_stream;
pub mod atomic_file;
pub mod auth;
mod backup;
pub mod body;
mod client;
#[cfg(feature = "embedded")]
pub mod compare;
pub mod element;
pub mod elements;
#[cfg_attr(not(feature = "embedded"), path = "engine/unavailable.rs")]
pub mod engine;
pub mod environment;
mod error;
pub mod host;
mod http_client;
pub mod log;
mod markup;
#[cfg(feature = "embedded")]
mod mask;
pub mod model;
mod moment;
mod multipart;
mod per_process;
pub mod privacy;
mod private;
pub mod query;
pub mod record;
mod search;
#[cfg(feature = "server")]
pub mod server;
pub mod text;
mod trail;
mod transport;
mod upload;
#[cfg(feature = "embedded")]
mod utf8;
mod vault_key;
#[cfg(feature = "embedded")]
pub mod vendor;
mod warning;
pub mod webhook;

pub use backup::{Assets, ImportOptions, ImportReport, Layout};
pub use client::{
    Answer, Bulk, BulkDownload, BulkQuery, BulkUpload, Capabilities, CommonResources, Definitions, Direction, Elements,
    EmbeddedOptions, Extension, Form, Format, HostedOptions, InstanceFilter, InstanceHandle, Instances, Job, Level,
    LoopbackCallback, NewSecret, Platform, Probe, Record, RecordPage, Records, Request, RetryPolicy, Secrets, Sent,
    SyncJob, SyncOptions, SyncState, Transformations, UploadFormat, UploadMode, WrittenRecord, probe,
};
pub use error::{Error, ErrorKind, Info as ErrorInfo, Result};
pub use vault_key::{SharedVaultKeyProvider, VaultKey, VaultKeyProvider};
pub use warning::{CollectedWarnings, Warning, WarningCode, Warnings};

/// The examples of the README are compiled as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
