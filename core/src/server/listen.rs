//! Accepting connections, and graceful shutdown: no more are accepted, running calls are finished.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{self, Terms};
use super::handles;
use super::metrics::Metrics;
use super::options::ServerOptions;
use super::state::State;
use super::tls;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};

/// Pause after the system refused a connection, for instance for want of file handles.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// State that every connection receives.
struct ListenerState {
    state: Arc<State>,
    tls: Option<TlsAcceptor>,
    terms: Terms,
    connections: TaskTracker,
    /// Finish running calls and accept no more.
    stop: CancellationToken,
    /// Abort running calls.
    abort: CancellationToken,
}

pub(super) async fn serve(
    options: ServerOptions,
    listener: TcpListener,
    engine: impl Future<Output = Result<Engine>> + Send,
    stop: impl Future<Output = ()> + Send,
) -> Result<()> {
    let unusable =
        |error: std::io::Error| Error::new(ErrorKind::Config, format!("the address is no longer available: {error}"));
    options.check(listener.local_addr().map_err(unusable)?)?;
    let shared = Arc::new(ListenerState {
        state: Arc::new(State::new(&options, handles::fitted(options.max_connections), Metrics::new()?)),
        tls: options.tls.as_ref().map(tls::acceptor).transpose()?,
        terms: Terms { head_timeout: options.head_timeout, write_timeout: options.write_timeout },
        connections: TaskTracker::new(),
        stop: CancellationToken::new(),
        abort: CancellationToken::new(),
    });
    // Dropping this future ends all its connections.
    let _ended = shared.abort.clone().drop_guard();
    let mut engine = std::pin::pin!(engine);
    // An engine that is open already serves the first connection too, which may have been waiting in the listener.
    let is_open = match futures::poll!(engine.as_mut()) {
        Poll::Ready(engine) => {
            shared.state.open(engine?);
            options.ready.notify_one();
            true
        }
        Poll::Pending => false,
    };
    let accepting = shared.connections.spawn(accept(Arc::clone(&shared), listener));
    let outcome = tokio::select! {
        outcome = opened(&shared.state, engine, &options.ready), if !is_open => outcome,
        () = stop => Ok(()),
    };
    shared.state.stop();
    shared.stop.cancel();
    let _ = accepting.await;
    shared.connections.close();
    if tokio::time::timeout(options.stop_timeout, shared.connections.wait()).await.is_err() {
        tracing::warn!("some calls did not end in time and were aborted");
    }
    outcome
}

/// Waits for the engine, then forever, unless it cannot be opened.
async fn opened(
    state: &State,
    engine: impl Future<Output = Result<Engine>> + Send,
    ready: &tokio::sync::Notify,
) -> Result<()> {
    state.open(engine.await?);
    ready.notify_one();
    std::future::pending().await
}

async fn accept(shared: Arc<ListenerState>, listener: TcpListener) {
    loop {
        let next = async {
            let place = shared.state.place().await?;
            Some((place, listener.accept().await))
        };
        let accepted = tokio::select! {
            () = shared.stop.cancelled() => return,
            accepted = next => accepted,
        };
        match accepted {
            None => return,
            Some((place, Ok((stream, peer)))) => {
                let shared = Arc::clone(&shared);
                let connections = shared.connections.clone();
                connections.spawn(async move {
                    let _place = place;
                    tokio::select! {
                        () = shared.abort.cancelled() => {}
                        () = one(&shared, stream, peer) => {}
                    }
                });
            }
            Some((_, Err(error))) => {
                tracing::debug!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn one(shared: &ListenerState, stream: TcpStream, peer: SocketAddr) {
    let _open = shared.state.metrics.connection();
    let _ = stream.set_nodelay(true);
    connection::run(&shared.state, shared.tls.as_ref(), &shared.terms, &shared.stop, stream, peer.ip()).await;
}
