//! Cross-origin calls from browsers (spec P 4.4).

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue, VARY,
};
use http::{HeaderMap, Response};

use crate::body::{self, Body};

/// This exact string in this order (spec P 4.4, O-049).
const EXPOSED: &str = "Elements-Returned-Count, Elements-Total-Count, Elements-Request-Id, \
                       Elements-Next-Page-Token, Elements-Trace-Id, Elements-Error, Content-Disposition";
const METHODS: &str = "GET, POST, PUT, PATCH, DELETE, OPTIONS";

/// Origin of documents that have none of their own: sandboxed frames and files.
const OPAQUE: &str = "null";

/// Adds the CORS headers to the response of a call with an `Origin`. Responses name that origin and never all, since
/// browsers accept credentialed calls for a named origin only. That gives nothing away: a browser has no credentials for
/// this platform by itself, and the secrets in `Authorization` are the page's own.
pub(crate) fn expose(origin: Option<HeaderValue>, headers: &mut HeaderMap) {
    let Some(origin) = origin else { return };
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    if origin != OPAQUE {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(VARY, HeaderValue::from_static("Origin"));
}

/// Returns the response to a preflight request.
pub(crate) fn preflight(request: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(body::empty());
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
    if let Some(requested) = request.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, requested.clone());
    }
    response
}
