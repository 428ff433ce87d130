//! The contract's JSON shapes, one definition for client and engine.
//!
//! A client keeps what it does not know: unknown properties stay in `other`, unknown words in enums stay as they
//! are.

mod instance;
mod job;

pub use instance::{Configuration, ElementSummary, Instance, NewInstance, User};
pub use job::{BulkJob, BulkProgress, BulkReport, JobStatus};

/// Properties this version has no name for.
pub type Other = serde_json::Map<String, serde_json::Value>;
