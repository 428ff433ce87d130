use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};

use super::Transport;
use crate::body::Body;
use crate::engine::Engine;
use crate::error::{Error, Result};

/// The engine in this process, without a socket.
pub(crate) struct EmbeddedTransport {
    engine: Engine,
}

impl EmbeddedTransport {
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }
}

impl Transport for EmbeddedTransport {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        async move {
            if self.engine.is_closed() {
                return Err(Error::closed());
            }
            Ok(self.engine.answer(request).await)
        }
        .boxed()
    }
}
