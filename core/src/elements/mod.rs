//! The catalog: one folder per element. An element knows its vendor and its objects; it knows neither the client
//! nor the engine.

pub mod brighttalk;
pub mod catalog;
#[cfg(feature = "embedded")]
pub(crate) mod vendor_trace;
