//! What the floors do with a page, for the benchmark of single steps too.

pub mod xml;

/// A result with any error.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
