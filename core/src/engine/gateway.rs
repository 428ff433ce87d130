//! Access to the parts above in the engine: the route table, and calls to this platform itself.

use std::sync::Arc;

use futures::future::BoxFuture;
use http::{Request, Response};

use super::EngineInner;
use super::contract::{Match, Route};
use crate::body::Body;

/// The route table and the entrance of the engine, which nothing below them imports.
pub(crate) struct Gateway {
    /// Returns every route.
    pub routes: fn() -> &'static [Route],
    /// Finds the route of a path below the prefix.
    pub find: fn(&str) -> Option<Match>,
    /// Answers a request as if it came from outside.
    pub answer: fn(Arc<EngineInner>, Request<Body>) -> BoxFuture<'static, Response<Body>>,
}
