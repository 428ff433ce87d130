use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response};
use http_body_util::BodyExt;
use url::Url;

use super::Transport;
use crate::body::Body;
use crate::error::{Error, ErrorKind, Info, Result};
use crate::http_client::{self, HttpClient, HttpOptions};
use crate::upload::{Progress, tracked, without_silence};

/// A platform on the network.
pub(crate) struct HostedTransport {
    client: HttpClient,
    root: Url,
    /// Time limit of silence.
    silence: Duration,
}

/// Length from which a body may take longer than a response, in bytes.
const LONG: u64 = 1 << 20;

impl HostedTransport {
    /// Creates a transport to a service root: an origin, with the path prefix of a proxy if there is one.
    pub fn new(root: Url, options: &HttpOptions) -> Result<Self> {
        Ok(Self { client: HttpClient::new(options)?, root, silence: options.read_timeout })
    }

    /// Returns the request, and the progress of a body that may take long.
    fn request(&self, request: Request<Body>) -> Result<(reqwest::RequestBuilder, Option<Arc<Progress>>)> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        let url = format!("{}{path}", self.root.as_str().trim_end_matches('/'));
        let length = http_body::Body::size_hint(&body).exact();
        let takes_body = matches!(parts.method, Method::POST | Method::PUT | Method::PATCH);
        let wrong = |error| Error::new(ErrorKind::Config, format!("the path cannot be called: {error}"));
        let url = Url::parse(&url).map_err(wrong)?;
        if length.is_none_or(|length| length > LONG) {
            let progress = Arc::<Progress>::default();
            let body = tracked(body, Arc::clone(&progress));
            let builder = self.client.upload(parts.method, url, parts.headers, body, length)?;
            return Ok((builder, Some(progress)));
        }
        let mut builder = self.client.request(parts.method, url, parts.headers);
        // Set explicitly, because a streamed body would be chunked, which not every gateway accepts.
        if let Some(length) = length.filter(|length| *length > 0 || takes_body) {
            builder = builder.header(CONTENT_LENGTH, length);
        }
        let is_empty = length == Some(0);
        let builder =
            if is_empty { builder } else { builder.body(reqwest::Body::wrap_stream(body.into_data_stream())) };
        Ok((builder, None))
    }
}

impl Transport for HostedTransport {
    fn send(&self, request: Request<Body>) -> BoxFuture<'_, Result<Response<Body>>> {
        let request = self.request(request);
        async move {
            let (request, progress) = request?;
            let sent = request.send();
            let answer = match &progress {
                None => sent.await,
                Some(progress) => tokio::select! {
                    biased;
                    answer = sent => answer,
                    () = progress.quiet(self.silence) => return Err(silent(self.silence)),
                },
            };
            let answer = answer.map_err(|error| failed(&error, &self.client.reason(&error)))?;
            let status = answer.status();
            let (headers, mut decoded) = http_client::decoded(answer);
            if progress.is_some() {
                decoded = without_silence(decoded, self.silence);
            }
            let mut response = Response::new(decoded.map_err(|error| broken(&*error).into()).boxed_unsync());
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        }
        .boxed()
    }
}

/// Returns the error of a platform that neither reads a body nor answers.
fn silent(limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("nothing moved for {limit:?}")).with_hint("Try again, or allow more time.")
}

/// Returns the error of the network, without the URL, whose query may contain personal data. A timeout while connecting
/// is a failed connection: nothing was sent.
fn failed(error: &reqwest::Error, reason: &str) -> Error {
    let (kind, hint) = if error.is_connect() {
        (ErrorKind::Connect, ErrorKind::Connect.hint())
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "Try again, or allow more time.")
    } else {
        (ErrorKind::Transport, ErrorKind::Transport.hint())
    };
    Error::from(Info {
        kind,
        message: reason.to_owned(),
        hint: Some(hint.to_owned()),
        unreachable: error.is_connect(),
        ..Info::default()
    })
}

fn broken(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Error {
    match http_client::network_error(error) {
        Some(error) => failed(error, &http_client::reason(error)),
        None => {
            Error::new(ErrorKind::Transport, http_client::broken_body(error)).with_hint(ErrorKind::Transport.hint())
        }
    }
}
