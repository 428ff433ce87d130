//! The JSON types of the contract, one definition for client and engine.
//!
//! A client keeps what it does not know: unknown properties stay in `other`, unknown words in enums stay unchanged.

mod definition;
mod element;
mod instance;
mod job;
mod lenient;
mod transformation;

pub use definition::{CommonResource, FieldDefinition, ObjectDefinition};
pub use element::{ConfigurationDefinition, ConfigurationItem, Element, ElementMetadata};
pub use instance::{
    Configuration, ElementCount, ElementSummary, Instance, InstanceChange, InstanceCounts, NewInstance, User,
};
pub use job::{
    BulkJob, BulkProgress, BulkReport, JobFailure, JobStatus, PartitionWatermark, PendingPartition, PendingReason,
};
pub use transformation::{FieldMapping, Script, Setting, Transformation};

/// Properties that have no field in this version.
pub type Other = serde_json::Map<String, serde_json::Value>;
