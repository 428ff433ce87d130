//! Reachability of a host and its clock, without credentials.

use std::time::{Duration, Instant};

use http::{HeaderMap, Method};
use jiff::Timestamp;

use super::base_url::service_root;
use crate::error::{Error, ErrorKind, Result};
use crate::http_client::{HttpClient, HttpOptions, certificates};
use crate::moment;

/// The answer of a host to a request without credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The origin that was asked.
    pub origin: String,
    /// The HTTP status; any status shows that the host can be reached.
    pub status: u16,
    /// Seconds by which the clock of this machine is ahead of that of the host, if the host sends its time. Clocks of
    /// hosts are exact to a second.
    pub clock_ahead_s: Option<i64>,
    /// Time until the answer began.
    pub took: Duration,
}

/// Asks a host for its root, with the proxy and the certificate authorities that all clients use (see
/// [`crate::environment`]). No credentials are sent.
///
/// # Errors
/// `config` if the URL or region is not one; `connect` or `timeout` if the host cannot be reached, with the cause.
pub async fn probe(url_or_region: &str) -> Result<Probe> {
    let mut url = service_root(url_or_region, true)?;
    url.set_path("/");
    let origin = url.origin().ascii_serialization();
    let read_timeout = Duration::from_secs(15);
    let options = HttpOptions { extra_ca: certificates(&[])?, read_timeout, ..HttpOptions::default() };
    let client = HttpClient::new(&options)?;
    let started = Instant::now();
    let response = client.request(Method::GET, url, HeaderMap::new()).send().await.map_err(|error| {
        let kind = if error.is_timeout() { ErrorKind::Timeout } else { ErrorKind::Connect };
        Error::new(kind, client.reason(&error))
    })?;
    let took = started.elapsed();
    let clock_ahead_s = moment::date(response.headers()).map(|date| Timestamp::now().as_second() - date);
    Ok(Probe { origin, status: response.status().as_u16(), clock_ahead_s, took })
}
