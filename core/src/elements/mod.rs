//! The catalogue with one folder per element. An element depends on its vendor and its objects, but neither on the
//! client nor on the engine.

pub mod brighttalk;
pub mod catalog;
pub mod options;

#[cfg(all(test, feature = "embedded"))]
pub(crate) use brighttalk::testing;
