//! Tests of the server for assistants, by a client of the SDK that it is built on.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod attacks;
mod http;
mod reads;
mod services;
mod support;
mod writes;
