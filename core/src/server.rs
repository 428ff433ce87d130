//! The engine on a port: the same answers over HTTP (architecture, "The one seam").

use std::future::Future;
use std::io;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http_body::Body as _;
use tokio::net::TcpListener;

use crate::body;
use crate::engine::Engine;

/// Serves an engine until `stop` is done; requests that run then are answered first.
///
/// Outside the contract's prefix it answers `/healthz`, `/readyz` and `/openapi.json` (spec P 16.9). It speaks plain HTTP: put it
/// behind something that speaks TLS before it is reachable from other machines.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    engine: Engine,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let app = Router::new()
        .route("/healthz", get(StatusCode::OK))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(openapi))
        .fallback(answer)
        .with_state(engine);
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}

async fn answer(State(engine): State<Engine>, request: Request) -> Response {
    let request = request.map(|body| match body.is_end_stream() {
        true => body::empty(),
        false => body::stream(body.into_data_stream()),
    });
    engine.answer(request).await.map(axum::body::Body::new)
}

async fn openapi() -> Response {
    ([(http::header::CONTENT_TYPE, "application/json")], Engine::openapi().to_string()).into_response()
}

async fn ready(State(engine): State<Engine>) -> Response {
    match engine.local_credentials().await {
        Ok(_) => StatusCode::OK.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
