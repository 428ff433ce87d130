//! The built-in elements with one folder each, those that are documents, and the registry. An element depends on its
//! vendor and its objects, but neither on the client nor on the engine.

pub mod brighttalk;
#[cfg(feature = "embedded")]
pub mod definition;
pub mod options;
pub mod registry;

#[cfg(all(test, feature = "embedded"))]
pub(crate) use brighttalk::testing;
