//! The integration tests of the console, in one binary. They call it without a socket, as the server does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod journey;
mod pages;
mod protection;
mod support;
mod sync;
mod transformations;
