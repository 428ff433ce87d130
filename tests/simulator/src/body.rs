//! Sending of responses, truncated or slowed down if a fault requires it.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, DATE};

use crate::fault::{Cut, Fault};
use crate::journal::{Journal, Listener};
use crate::listen::Reset;

/// A response of the vendor before it is sent.
pub(crate) struct Draft {
    pub status: u16,
    pub content_type: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Options of sending a response.
pub(crate) struct Sending<'a> {
    /// The `Date` header.
    pub clock: String,
    /// Whether the caller accepts gzip.
    pub gzip: bool,
    /// Whether only the headers are requested.
    pub head: bool,
    pub fault: Option<&'a Fault>,
    pub reset: Reset,
    /// The response's entry in the journal.
    pub entry: (Arc<Journal>, u64),
}

impl Draft {
    pub fn new(status: u16, body: String) -> Self {
        let content_type = "application/xml;charset=UTF-8".to_owned();
        Self { status, content_type, headers: Vec::new(), body: body.into_bytes() }
    }

    pub fn send(mut self, how: &Sending<'_>) -> Response {
        if let Some(Fault::Truncate { at, how: Cut::Clean }) = how.fault {
            self.body.truncate(position(*at, self.body.len()));
        }
        let broken = matches!(how.fault, Some(Fault::BadGzip {}));
        let gzip = (!self.body.is_empty() && how.gzip) || broken;
        let mut bytes = if gzip { compress(&self.body) } else { self.body };
        if broken {
            let middle = bytes.len() / 2;
            bytes[middle..].iter_mut().for_each(|byte| *byte ^= 0x5a);
        }
        let mut response = Response::builder().status(self.status).header(DATE, &how.clock);
        if !bytes.is_empty() || self.status == 200 {
            response = response.header(CONTENT_TYPE, self.content_type);
        }
        if gzip {
            response = response.header(CONTENT_ENCODING, "gzip");
        }
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        if self.status != 204 {
            response = response.header(CONTENT_LENGTH, bytes.len());
        }
        let body = if how.head { Body::empty() } else { body(bytes, how) };
        response.body(body).unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
    }
}

fn body(bytes: Vec<u8>, how: &Sending<'_>) -> Body {
    match how.fault {
        Some(Fault::Truncate { at, how: Cut::Close }) => cut(bytes, *at),
        Some(Fault::Reset { at }) => {
            how.reset.on_close();
            cut(bytes, *at)
        }
        Some(Fault::SlowBody { bytes_per_sec, stall_after, ms }) => {
            let (first, chunk, pause) = match (bytes_per_sec, stall_after) {
                (Some(rate), _) => {
                    let chunk = usize::try_from((rate / 10).max(1)).unwrap_or(usize::MAX);
                    (chunk, chunk, Duration::from_millis(100))
                }
                (None, stall) => (stall.unwrap_or(0), usize::MAX, Duration::from_millis(ms.unwrap_or(1000))),
            };
            let (journal, number) = how.entry.clone();
            slowly(bytes.into(), first, chunk, pause, Listener::new(journal, number))
        }
        _ => Body::from(bytes),
    }
}

/// Sends the first part, then closes the connection before the announced length.
fn cut(bytes: Vec<u8>, at: f64) -> Body {
    let end = position(at, bytes.len());
    let first = Bytes::from(bytes).slice(..end);
    // A pause between the two, so that the sent bytes arrive before the end.
    let parts = futures::stream::unfold(Some(first), |part| async move {
        match part {
            Some(part) if !part.is_empty() => Some((Ok(part), Some(Bytes::new()))),
            Some(_) => {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Some((Err(io::Error::other("fault")), None))
            }
            None => None,
        }
    });
    Body::from_stream(parts)
}

fn slowly(bytes: Bytes, first: usize, chunk: usize, pause: Duration, listener: Listener) -> Body {
    let stream = futures::stream::unfold(
        (bytes, first, false, listener),
        move |(mut rest, next, wait, mut listener)| async move {
            if rest.is_empty() {
                listener.heard_all();
                return None;
            }
            if wait {
                tokio::time::sleep(pause).await;
            }
            let part = rest.split_to(next.min(rest.len()));
            Some((Ok::<_, io::Error>(part), (rest, chunk, true, listener)))
        },
    );
    Body::from_stream(stream)
}

/// Returns a position in a body: below 1 a fraction of it, else a number of bytes.
fn position(at: f64, length: usize) -> usize {
    let bytes = if at < 1.0 { at * length as f64 } else { at };
    (bytes as usize).min(length)
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Returns a response without a body.
pub(crate) fn plain(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
