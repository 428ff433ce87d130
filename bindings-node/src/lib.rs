//! The native module of the npm package: a wrapper of the core's client without logic.

// The exports are private to the package; its public interface is documented in `index.d.ts`.
#![allow(missing_docs)]

mod answer;
mod elements;
mod environment;
mod instance;
mod job;
mod pending;
mod platform;
mod reports;
mod shapes;
mod sync;
mod upload;
mod vault_keys;

use napi_derive::napi;

/// Returns whether a callback was signed with this key.
#[napi]
pub fn verify_webhook(key: String, body: &[u8], signature: Option<String>) -> bool {
    elementkit::webhook::verify(&key, body, signature.as_deref())
}

/// Runs the `elementkit` command; the first argument is its name. Returns the exit code.
#[napi]
pub fn run_command(arguments: Vec<String>) -> u8 {
    elementkit_cli::run_command(arguments.into_iter().map(Into::into))
}

/// Returns the codes of all kinds of errors.
#[napi]
pub fn error_codes() -> Vec<String> {
    elementkit::ErrorKind::ALL.iter().map(|kind| kind.code().to_owned()).collect()
}

/// Returns the codes of all kinds of warnings.
#[napi]
pub fn warning_codes() -> Vec<String> {
    elementkit::WarningCode::ALL.iter().map(|code| code.as_str().to_owned()).collect()
}

/// Quotes a field name for CEQL.
#[napi]
pub fn ceql_field(name: String) -> String {
    elementkit::query::field(name).to_string()
}

/// Quotes a string for CEQL.
#[napi]
pub fn ceql_text(text: String) -> String {
    elementkit::query::Literal { text, quoted: true }.to_string()
}
