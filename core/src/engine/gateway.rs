//! Access to the parts above in the engine: the route table, and calls to this platform itself.

use std::sync::Arc;

use futures::future::BoxFuture;
use http::{Request, Response};

use super::EngineInner;
use super::router::{ElementRoutes, Routes};
use crate::body::Body;
use crate::element::Element;

/// The route table and the entrance of the engine, which nothing below them imports.
pub(crate) struct Gateway {
    /// The routes of the platform and of the elements.
    pub routes: Routes,
    /// Returns the routes of an element that is a document.
    pub routes_of: fn(&Arc<dyn Element>) -> ElementRoutes,
    /// Answers a request as if it came from outside.
    pub answer: fn(Arc<EngineInner>, Request<Body>) -> BoxFuture<'static, Response<Body>>,
}
