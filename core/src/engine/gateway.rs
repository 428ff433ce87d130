//! Access to the parts above in the engine: the route table, and calls to this platform itself.

use std::sync::Arc;

use futures::future::BoxFuture;
use http::{Request, Response};

use super::EngineInner;
use super::router::Routes;
use crate::body::Body;

/// The route table and the entrance of the engine, which nothing below them imports.
pub(crate) struct Gateway {
    /// The routes of the platform and of the elements.
    pub routes: Routes,
    /// Answers a request as if it came from outside.
    pub answer: fn(Arc<EngineInner>, Request<Body>) -> BoxFuture<'static, Response<Body>>,
}
