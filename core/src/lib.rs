//! ElementKit: Cloud Elements as a library.

pub mod auth;
pub mod elements;
pub mod error;
pub mod record;

pub use error::{Error, ErrorKind, Result};
