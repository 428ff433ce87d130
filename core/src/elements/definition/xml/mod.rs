//! XML and JSON (spec E 5.65, 5.68 to 5.70).

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::{Unreadable, to_json};
pub use write::{document_of, escape, write_elements};
