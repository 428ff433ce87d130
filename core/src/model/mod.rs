//! The JSON types of the contract, one definition for the engine, the client and the documents of the API.
//!
//! A client keeps what it does not know: unknown properties stay in `other`, unknown words in enums stay
//! unchanged. The documents take names, types and descriptions from here. In a type that both sides share, most members are
//! `Option`, because other platforms may leave them out; this platform sends all but those in `x-sometimes`.

#[cfg(feature = "embedded")]
pub(crate) mod account;
#[cfg(feature = "embedded")]
pub(crate) mod bulk;
mod definition;
#[cfg(feature = "embedded")]
pub(crate) mod discovery;
mod dry_run;
mod element;
mod families;
#[cfg(feature = "embedded")]
pub(crate) mod formula;
mod instance;
mod job;
mod lenient;
#[cfg(feature = "embedded")]
pub(crate) mod requests;
mod transformation;
pub(crate) mod vdr;

#[cfg(feature = "embedded")]
pub(crate) use definition::{ByName, MappedElement, NamedAccount, NamedElement};
pub use definition::{CommonResource, FieldDefinition, ObjectDefinition};
pub use dry_run::{DryRequest, DryRun};
pub use element::{
    ConfigurationDefinition, ConfigurationItem, Element, ElementMetadata, ElementObject, Events, Hub, OauthOptions,
    OauthToken, OauthUrl, Resource,
};
pub(crate) use families::PLATFORM_FAMILIES;
#[cfg(feature = "embedded")]
pub(crate) use families::UNSERVED_FAMILIES;
pub use instance::{
    Configuration, ElementCount, ElementSummary, Instance, InstanceChange, InstanceCounts, NewInstance, ObjectItem,
    User,
};
pub use job::{
    BulkJob, BulkProgress, BulkReport, JobFailure, JobStatus, PartitionRows, PartitionWatermark, PendingPartition,
    PendingReason,
};
pub use transformation::{FieldMapping, Script, Setting, Transformation};

/// Properties that have no field in this version.
pub type Other = serde_json::Map<String, serde_json::Value>;

/// Types whose schema is a text: a set of words that may grow.
macro_rules! word_schema {
    ($($type:ty),*) => {$(
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <String as schemars::JsonSchema>::json_schema(generator)
            }
        }
    )*};
}
use word_schema;
