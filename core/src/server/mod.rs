//! The engine on a port: the same responses over HTTP (architecture, "The one seam").

mod connection;
mod handles;
mod head;
mod health;
mod listen;
mod metrics;
mod options;
mod refusal;
mod site;
mod state;
mod strict;
mod tls;
mod waiting;

use std::future::Future;

use tokio::net::TcpListener;

pub use health::check_health;
pub use options::{ServerOptions, TlsFiles};
pub use site::{Site, Visit};

use crate::engine::Engine;
use crate::error::Result;

/// Serves an engine until `stop` is done, with the default [`ServerOptions`]; running calls are finished first.
///
/// Besides the contract it serves `/healthz`, `/readyz`, `/metrics` and `/openapi.json` at the origin (spec P 16.9).
/// The engine stays open.
///
/// # Errors
/// `config` if the listener is reachable from other machines, which plain HTTP must not be.
pub async fn serve(engine: Engine, listener: TcpListener, stop: impl Future<Output = ()> + Send) -> Result<()> {
    serve_with(ServerOptions::default(), listener, async { Ok(engine) }, stop).await
}

/// Serves with options, and an engine that may still be opening: connections are accepted at once, and get 503 until it
/// is open (spec P 3.2). Of an engine that is open already no connection gets 503.
///
/// # Errors
/// `config` if the options or the certificate cannot be used; the engine's error if it cannot be opened.
pub async fn serve_with(
    options: ServerOptions,
    listener: TcpListener,
    engine: impl Future<Output = Result<Engine>> + Send,
    stop: impl Future<Output = ()> + Send,
) -> Result<()> {
    listen::serve(options, listener, engine, stop).await
}
