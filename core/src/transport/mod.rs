//! The seam: a request of the contract goes in, an answer comes out, whether over a network or in-process.

mod embedded;
mod hosted;

use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};

pub(crate) use embedded::EmbeddedTransport;
pub(crate) use hosted::HostedTransport;

use crate::body::Body;
use crate::error::Result;

/// Carries requests to a platform.
///
/// The path of a request is relative to the service root, prefix included. Dropping the future of a read drops
/// what it does; a change that was handed over is carried out to its end.
pub(crate) trait Transport: Send + Sync {
    /// Sends one request. `connect`, `read` and total time limits are the transport's own; `deadline` is what is
    /// left of the caller's.
    fn send(&self, request: Request<Body>, deadline: Option<Duration>) -> BoxFuture<'_, Result<Response<Body>>>;
}
