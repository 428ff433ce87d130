//! The native library of the Swift and Kotlin packages: the client of the core over UniFFI. No logic.
//!
//! Every call is a [`Pending`]: run once, and cancelled from outside, since the cancellation of a task does not reach
//! Rust by itself.

// An error crosses by value, once a failure: its size does not matter.
#![allow(clippy::result_large_err)]

mod instance;
mod job;
mod pending;
mod platform;

pub use instance::NativeInstance;
pub use job::{NativeJob, NativeStatuses, NativeStream};
pub use pending::{Answer, ErrorInfo, NativeError, Pending};
pub use platform::{EmbeddedArguments, HostedArguments, NativePlatform, NewInstanceArguments, RequestArguments};

uniffi::setup_scaffolding!();
