//! The streamable HTTP transport: on a loopback address, for callers with the token, and not for pages of browsers.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use elementkit::auth::Secret;
use elementkit::{Error, ErrorKind, Result};
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::tower::StreamableHttpService;
use serde_json::json;
use tokio::net::TcpListener;

use crate::Agent;

/// Path of the server.
pub const PATH: &str = "/mcp";
/// Path of the metadata that say how callers are authorized (RFC 9728).
const METADATA: &str = "/.well-known/oauth-protected-resource";
/// Maximum size of a request, in bytes.
const REQUEST: usize = 1 << 20;

/// State of the check of every request.
struct Guard {
    token: Secret,
    origin: String,
}

/// Fails unless an address is one of this computer.
///
/// # Errors
/// `config` for any other address, since plain HTTP would send token and data in the clear.
pub fn check_address(address: SocketAddr) -> Result<()> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let message = format!("plain HTTP on {address} would send the token and the data in the clear");
    Err(Error::new(ErrorKind::Config, message)
        .with_hint("Listen on 127.0.0.1; use a proxy with TLS for other computers."))
}

/// Serves an agent over HTTP until `stop` is done. Callers send the token as a bearer token.
///
/// Requests of pages are refused: those with an `Origin`, and those for another `Host` than one of this computer.
///
/// # Errors
/// `config` if the listener is not on a loopback address; `transport` if it fails.
pub async fn serve_http(
    agent: Agent,
    listener: TcpListener,
    token: Secret,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let address = listener.local_addr().map_err(|error| failed(&error))?;
    check_address(address)?;
    let guard = Arc::new(Guard { token, origin: format!("http://{address}") });
    let config = StreamableHttpServerConfig::default().enforce_origin_validation().with_max_request_body_bytes(REQUEST);
    let ended = config.cancellation_token.clone();
    let sessions = Arc::new(LocalSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(agent.clone()), sessions, config);
    let router = Router::new()
        .route_service(PATH, service)
        .layer(from_fn_with_state(Arc::clone(&guard), authorized))
        .route(METADATA, get(metadata))
        .route(&format!("{METADATA}{PATH}"), get(metadata))
        .with_state(guard);
    let stop = async move {
        stop.await;
        ended.cancel();
    };
    axum::serve(listener, router).with_graceful_shutdown(stop).await.map_err(|error| failed(&error))
}

fn failed(error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Transport, format!("the server failed: {error}"))
}

/// Lets requests with the token through, and tells others how to get it.
async fn authorized(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = header.and_then(|header| header.split_once(' '));
    let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    match given {
        Some(token) if Secret::new(token) == guard.token => next.run(request).await,
        _ => refusal(&guard.origin, header.is_some()),
    }
}

fn refusal(origin: &str, has_wrong: bool) -> Response {
    let error = if has_wrong { ", error=\"invalid_token\"" } else { "" };
    let challenge = format!("Bearer realm=\"elementkit\", resource_metadata=\"{origin}{METADATA}{PATH}\"{error}");
    let text = "The server prints the name of the file with its token; send it as Authorization: Bearer.\n";
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    if let Ok(challenge) = HeaderValue::try_from(challenge) {
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

async fn metadata(State(guard): State<Arc<Guard>>) -> Response {
    let document = json!({
        "resource": format!("{}{PATH}", guard.origin),
        "resource_name": "ElementKit",
        "bearer_methods_supported": ["header"],
    });
    let mut response = Response::new(Body::from(document.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
