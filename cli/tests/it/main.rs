//! The integration tests of the command, in one binary, so that the library and its dependencies are linked once.
//!
//! Each file and folder next to this one is a module here; `cargo run -p xtask -- tests` checks that none is missing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

mod assets;
#[cfg(unix)]
mod backups;
#[cfg(unix)]
mod bulk;
mod connect;
#[cfg(feature = "console")]
mod console;
mod doctor;
mod elements;
#[cfg(unix)]
mod examples;
mod files;
#[cfg(unix)]
mod guide;
mod maintenance;
#[cfg(feature = "mcp")]
mod mcp;
mod mistakes;
#[cfg(unix)]
mod moving;
mod oauth;
mod organizations;
#[cfg(unix)]
mod outputs;
#[cfg(unix)]
mod serve;
mod shown;
mod support;
mod sync;
mod tried;
mod uploads;
