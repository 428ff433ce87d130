//! A connection: HTTP/1.1, or HTTP/2 if TLS negotiated it.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONNECTION, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::refusal::Refusals;
use super::state::State;
use super::strict::Strict;
use super::tls::H2;
use super::waiting::Turn;

/// Time limits of a connection.
pub(super) struct Terms {
    pub head_timeout: Duration,
    pub write_timeout: Duration,
}

/// Larger than the limit of a head, so that a head above it is rejected with a body that explains it.
const HEAD_BUFFER: usize = 1 << 20;
const MOST_HEADERS: usize = 1000;
const STREAMS: u32 = 100;
/// Time for which a rejected client that still sends is read, since it may otherwise never see the reason.
const LINGER: Duration = Duration::from_secs(10);
const LINGER_SILENCE: Duration = Duration::from_secs(1);

pub(super) async fn run(
    state: &Arc<State>,
    tls: Option<&TlsAcceptor>,
    terms: &Terms,
    stop: &CancellationToken,
    stream: TcpStream,
    peer: IpAddr,
) {
    let turn = state.turn();
    tokio::select! {
        () = served(state, tls, terms, stop, stream, peer, &turn) => {}
        () = turn.ended() => tracing::debug!(%peer, "the connection of a slow client was closed for a waiting client"),
    }
}

async fn served(
    state: &Arc<State>,
    tls: Option<&TlsAcceptor>,
    terms: &Terms,
    stop: &CancellationToken,
    stream: TcpStream,
    peer: IpAddr,
    turn: &Arc<Turn>,
) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(terms.write_timeout));
    let Some(tls) = tls else { return first(state, terms, stop, Box::pin(stream), peer, turn).await };
    let Ok(Ok(mut stream)) = tokio::time::timeout(terms.head_timeout, tls.accept(Box::pin(stream))).await else {
        return tracing::debug!(%peer, "the TLS handshake failed");
    };
    if stream.get_ref().1.alpn_protocol() == Some(H2) {
        // Clients respond to pings, so silence means that the client is gone.
        stream.get_mut().0.as_mut().set_read_timeout_pinned(Some(3 * terms.head_timeout));
        second(state, terms, stop, stream, peer, turn).await;
    } else {
        first(state, terms, stop, stream, peer, turn).await;
    }
}

/// Serves HTTP/1.1.
async fn first(
    state: &Arc<State>,
    terms: &Terms,
    stop: &CancellationToken,
    io: impl AsyncRead + AsyncWrite + Unpin,
    peer: IpAddr,
    turn: &Arc<Turn>,
) {
    let service = service_fn(|request| async move {
        let busy = turn.busy();
        let mut response = state.answer(request, peer).await.map(|body| busy.until_sent(body));
        if state.is_full() {
            // A waiting connection gets this one's permit, which an idle connection would hold.
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok::<_, Infallible>(response)
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(terms.head_timeout)
        .max_buf_size(HEAD_BUFFER)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(Refusals::new(Strict::new(io))), service);
    let ended = tokio::select! {
        outcome = &mut connection => outcome,
        () = stop.cancelled() => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended");
    }
    linger(connection.into_parts().io.into_inner()).await;
}

/// Serves HTTP/2.
async fn second(
    state: &Arc<State>,
    terms: &Terms,
    stop: &CancellationToken,
    io: impl AsyncRead + AsyncWrite + Unpin,
    peer: IpAddr,
    turn: &Arc<Turn>,
) {
    let service = {
        let (state, turn) = (Arc::clone(state), Arc::clone(turn));
        service_fn(move |request| {
            let (state, busy) = (Arc::clone(&state), turn.busy());
            async move { Ok::<_, Infallible>(state.answer(request, peer).await.map(|body| busy.until_sent(body))) }
        })
    };
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(terms.head_timeout))
        .keep_alive_timeout(terms.head_timeout)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD_BUFFER as u32)
        .serve_connection(TokioIo::new(io), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended");
    }
}

/// Reads what a client still sends, so that closing does not discard the response in transit.
async fn linger(mut io: impl AsyncRead + Unpin) {
    let mut waste = vec![0; 16 << 10];
    let drained = async { while let Ok(Ok(1..)) = tokio::time::timeout(LINGER_SILENCE, io.read(&mut waste)).await {} };
    let _ = tokio::time::timeout(LINGER, drained).await;
}
