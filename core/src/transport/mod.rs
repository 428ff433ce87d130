//! The seam: sends a request of the contract and returns the response, over a network or in-process.

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
/// The path of a request is relative to the service root, prefix included. Dropping the future of a read cancels the
/// read; a change that was handed over is completed.
pub(crate) trait Transport: Send + Sync {
    /// Sends one request. The transport limits connecting and silence; callers apply their own deadline.
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>>;
}
