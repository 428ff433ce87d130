//! The native library of the Swift and Kotlin packages: the core's client over UniFFI, without logic.
//!
//! Every call is a [`Pending`], which runs once and is cancelled explicitly, since the cancellation of a task does not
//! reach Rust by itself.

// An error crosses by value, once per failure: its size does not matter.
#![allow(clippy::result_large_err, clippy::large_enum_variant)]

mod elements;
mod instance;
mod job;
mod pending;
mod platform;
mod runtime;
mod shapes;
mod sync;
mod upload;
mod vault_keys;
mod warnings;

pub use elements::{NativeElements, check_definition, oauth_code, read_definition};
pub use instance::{CallArguments, NativeInstance, NativeRecords, QueryArguments};
pub use job::{NativeJob, NativePages, NativeStatuses, NativeStream};
pub use pending::{Answer, ErrorInfo, NativeError, Pending};
pub use platform::{GrantArguments, NativePlatform, NewInstanceArguments, RequestArguments};
pub use shapes::{NativeCommonResources, NativeDefinitions, NativeTransformations};
pub use sync::NativeSync;
pub use upload::NativeFeed;
pub use vault_keys::{NativeVaultKeys, NativeVaultKeysError};
pub use warnings::{NativeWarningHandler, WarningInfo};

uniffi::setup_scaffolding!();

/// Returns whether a callback was signed with this key.
#[uniffi::export]
pub fn verify_webhook(key: String, body: Vec<u8>, signature: Option<String>) -> bool {
    elementkit::webhook::verify(&key, &body, signature.as_deref())
}

/// Returns the codes of all kinds of errors.
#[uniffi::export]
pub fn error_codes() -> Vec<String> {
    elementkit::ErrorKind::ALL.iter().map(|kind| kind.code().to_owned()).collect()
}

/// Quotes a field name for CEQL.
#[uniffi::export]
pub fn ceql_field(name: String) -> String {
    elementkit::query::field(name).to_string()
}

/// Quotes a string for CEQL.
#[uniffi::export]
pub fn ceql_text(text: String) -> String {
    elementkit::query::Literal { text, quoted: true }.to_string()
}
