use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};

use super::Transport;
use crate::body::Body;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};

/// The engine in this process; no socket.
pub(crate) struct EmbeddedTransport {
    engine: Engine,
}

impl EmbeddedTransport {
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }
}

impl Transport for EmbeddedTransport {
    fn send(&self, request: Request<Body>, deadline: Option<Duration>) -> BoxFuture<'_, Result<Response<Body>>> {
        async move {
            if self.engine.is_closed() {
                return Err(Error::new(ErrorKind::Closed, "the platform was closed").with_hint("Open it again."));
            }
            let answer = self.engine.answer(request);
            match deadline {
                None => Ok(answer.await),
                Some(deadline) => tokio::time::timeout(deadline, answer).await.map_err(|_| timed_out(deadline)),
            }
        }
        .boxed()
    }
}

fn timed_out(deadline: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("no answer within {deadline:?}"))
}
