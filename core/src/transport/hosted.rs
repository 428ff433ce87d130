use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use http::{Request, Response};
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

    fn request(&self, request: Request<Body>, deadline: Option<Duration>) -> Result<reqwest::RequestBuilder> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let url = format!("{}{path}", self.root.as_str().trim_end_matches('/'));
        let mut builder = self.client.request(parts.method, url).headers(parts.headers);
        if http_body::Body::size_hint(&body).exact() != Some(0) {
            builder = builder.body(reqwest::Body::wrap_stream(body.into_data_stream()));
        }
        Ok(match deadline {
            Some(deadline) => builder.timeout(deadline),
            None => builder,
        })
    }
}

impl Transport for HostedTransport {
    fn send(&self, request: Request<Body>, deadline: Option<Duration>) -> BoxFuture<'_, Result<Response<Body>>> {
        let request = self.request(request, deadline);
        async move {
            let answer = request?.send().await.map_err(|error| failed(&error))?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let mut response = Response::new(body::stream(answer.bytes_stream().map_err(|error| failed(&error))));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        }
        .boxed()
    }
}

/// What the network did, without the URL, whose query may hold personal data.
fn failed(error: &reqwest::Error) -> Error {
    let (kind, hint) = if error.is_timeout() {
        (ErrorKind::Timeout, "Try again, or allow more time.")
    } else if error.is_connect() {
        (ErrorKind::Connect, "Check the base URL, the network and the proxy settings.")
    } else {
        (ErrorKind::Transport, "Try again.")
    };
    Error::new(kind, http_client::reason(error)).with_hint(hint)
}
