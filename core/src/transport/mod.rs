//! The seam: a request of the contract goes in, an answer comes out, whether over a network or in-process.

mod embedded;
mod hosted;

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
    /// Sends one request. Limits to connecting and to silence are the transport's own; the caller's deadline is kept
    /// by whoever waits for this.
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>>;
}
