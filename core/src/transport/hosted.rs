use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use url::Url;

use super::Transport;
use crate::body::{self, Body};
use crate::error::{Error, ErrorKind, Result};
use crate::http_client::{self, HttpOptions};

/// A platform on the network.
pub(crate) struct HostedTransport {
    client: reqwest::Client,
    root: Url,
}

impl HostedTransport {
    /// A transport to the service root: an origin, perhaps with the path a proxy puts before the platform's.
    pub fn new(root: Url, options: &HttpOptions) -> Result<Self> {
        Ok(Self { client: http_client::build(options)?, root })
    }

    fn request(&self, request: Request<Body>) -> reqwest::RequestBuilder {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let url = format!("{}{path}", self.root.as_str().trim_end_matches('/'));
        let length = http_body::Body::size_hint(&body).exact();
        let takes_body = matches!(parts.method, Method::POST | Method::PUT | Method::PATCH);
        let mut builder = self.client.request(parts.method, url).headers(parts.headers);
        // Said explicitly, because a body as a stream would go in chunks, which not every gateway takes.
        if let Some(length) = length.filter(|length| *length > 0 || takes_body) {
            builder = builder.header(CONTENT_LENGTH, length);
        }
        if length == Some(0) { builder } else { builder.body(reqwest::Body::wrap_stream(body.into_data_stream())) }
    }
}

impl Transport for HostedTransport {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        let request = self.request(request);
        async move {
            let answer = request.send().await.map_err(|error| failed(&error))?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = Response::new(body::stream(answer.bytes_stream().map_err(|error| failed(&error))));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        }
        .boxed()
    }
}

/// What the network did, without the URL, whose query may hold personal data. A connection that was not made in time
/// was not made: nothing was sent.
fn failed(error: &reqwest::Error) -> Error {
    let (kind, hint) = if error.is_connect() {
        (ErrorKind::Connect, ErrorKind::Connect.hint())
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "Try again, or allow more time.")
    } else {
        (ErrorKind::Transport, ErrorKind::Transport.hint())
    };
    Error::new(kind, http_client::reason(error)).with_hint(hint)
}
