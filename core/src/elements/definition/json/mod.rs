//! JSON as text: values are located in it, not copied into trees.
//!
//! One pass checks a text against the grammar and finds the ranges that a root key or a page key names.

mod find;
mod path;
mod scan;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use crate::record::MAX_DEPTH;
pub(crate) use find::find_alike;
pub use find::{Found, Target, find, find_all};
pub use path::{Path, Step};
pub use scan::Fault;
pub use text::{Kind, compact, items, kind_of, members, quote, text_of, unquote, with_whole_characters};
