//! The size of a request's head (spec P 3.2, 431).

use http::Request;

/// Bytes of request line and headers together.
const LIMIT: usize = 64 << 10;

/// Whether the head is larger than this server accepts.
pub(super) fn too_large<B>(request: &Request<B>) -> bool {
    let uri = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    // As in `name: value` and the end of the line.
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    uri + headers.sum::<usize>() > LIMIT
}
