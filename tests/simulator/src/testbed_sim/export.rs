//! Files of any size: `/v2/exports/{bytes}`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures::{StreamExt, stream};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};

/// Size of a part.
const PART: u64 = 64 << 10;

/// Returns a file of this size, whose bytes are made while they are sent. Counts what was made.
pub(super) fn answer(bytes: u64, made: &Arc<AtomicU64>) -> Response {
    let part = Bytes::from(vec![b'x'; PART as usize]);
    let made = Arc::clone(made);
    let parts = stream::iter((0..bytes).step_by(PART as usize)).map(move |start| {
        let length = PART.min(bytes - start);
        made.fetch_add(length, Ordering::SeqCst);
        Ok::<_, std::convert::Infallible>(part.slice(..length as usize))
    });
    let response = Response::builder().header(CONTENT_TYPE, "application/octet-stream").header(CONTENT_LENGTH, bytes);
    response.body(Body::from_stream(parts)).unwrap_or_default()
}
