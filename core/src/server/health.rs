//! The check that a container runs against the server in it.

use std::time::Duration;

use http::{HeaderMap, Method};
use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::http_client::{HttpClient, HttpOptions, Proxy, reason};

/// Asks the server at an origin, such as `http://127.0.0.1:8088`, whether it can serve calls (`/readyz`), without the proxy of
/// the environment.
///
/// # Errors
/// `config` if the origin is not a URL; `connect` if no server answers within the time limit; `server` if it is not ready.
pub async fn check_health(origin: &str, limit: Duration) -> Result<()> {
    let url = Url::parse(origin).and_then(|origin| origin.join("/readyz"));
    let url = url.map_err(|error| Error::new(ErrorKind::Config, format!("{origin:?} is not a URL: {error}")))?;
    let options = HttpOptions { proxy: Proxy::None, ..HttpOptions::default() };
    let request = HttpClient::new(&options)?.request(Method::GET, url, HeaderMap::new()).timeout(limit);
    let answer = request.send().await.map_err(|error| Error::new(ErrorKind::Connect, reason(&error)))?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(Error::new(ErrorKind::Server, format!("the server is not ready: status {status}"))),
    }
}
