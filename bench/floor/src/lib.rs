//! Processing of a page by the floors, also used by the benchmark of single steps.

pub mod json;
pub mod xml;

/// A result with any error.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
