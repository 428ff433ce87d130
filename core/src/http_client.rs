//! The only constructor of HTTP clients, for platforms and for vendors.

mod coding;
#[cfg(feature = "embedded")]
mod public;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT_ENCODING, HeaderMap};
use http::{Method, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

pub(crate) use coding::decoded;
#[cfg(feature = "embedded")]
pub(crate) use public::{LookUp, Mixed, PublicOnly, is_private_host, is_refused, system};
pub(crate) use trust::{Extra, extra as certificates};

use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};

/// Time for which an idle connection is kept. Servers close idle connections too, `elementkit serve` after 30 s, others
/// usually after 60; a call sent at that moment is lost, and a write cannot be repeated. So the client closes them
/// first.
pub(crate) const IDLE: Duration = Duration::from_secs(20);

/// Proxy of outgoing calls. Calls to this machine itself use no proxy of the environment.
#[derive(Clone, Debug)]
pub(crate) enum Proxy {
    /// The proxy of the environment.
    Environment,
    /// No proxy.
    None,
    /// This proxy; its URL may contain credentials.
    Through(Secret),
}

/// Options of an HTTP client.
#[derive(Clone, Debug)]
pub(crate) struct HttpOptions {
    /// Time limit for connecting.
    pub connect_timeout: Duration,
    /// Time limit of silence while a response arrives.
    pub read_timeout: Duration,
    /// Certificates to trust in addition to the public ones.
    pub extra_ca: Extra,
    /// Proxy of outgoing calls.
    pub proxy: Proxy,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(130),
            extra_ca: Extra::new(),
            proxy: Proxy::Environment,
        }
    }
}

/// A client that follows no redirects, so that credentials cannot leave the configured origin. Cheap to clone.
#[derive(Clone)]
pub(crate) struct HttpClient {
    client: reqwest::Client,
    /// For this machine, if `client` uses the proxy of the environment.
    straight: reqwest::Client,
    proxies: Arc<Proxies>,
}

/// The proxies in use, for error messages.
enum Proxies {
    Environment(Box<Matcher>),
    None,
    /// Without credentials.
    Through(String),
}

impl HttpClient {
    pub fn new(options: &HttpOptions) -> Result<Self> {
        let builder = || configured(reqwest::Client::builder(), options);
        let straight = made(builder()?.no_proxy())?;
        let (client, proxies) = match &options.proxy {
            Proxy::Environment => (made(builder()?)?, Proxies::Environment(Box::new(Matcher::from_system()))),
            Proxy::None => (straight.clone(), Proxies::None),
            Proxy::Through(url) => {
                let wrong = |_| Error::new(ErrorKind::Config, "the URL of the proxy cannot be used");
                let proxy = reqwest::Proxy::all(url.expose()).map_err(wrong)?;
                (made(builder()?.proxy(proxy))?, Proxies::Through(without_credentials(url.expose())))
            }
        };
        Ok(Self { client, straight, proxies: Arc::new(proxies) })
    }

    /// Creates a client that connects to public addresses only, directly: a proxy would resolve the names itself.
    #[cfg(feature = "embedded")]
    pub fn public(options: &HttpOptions, look_up: LookUp) -> Result<Self> {
        let resolver = Arc::new(PublicOnly::over(look_up, Mixed::Refuse));
        let client = made(configured(reqwest::Client::builder(), options)?.no_proxy().dns_resolver(resolver))?;
        Ok(Self { straight: client.clone(), client, proxies: Arc::new(Proxies::None) })
    }

    /// Starts a request. A request for a byte range must set the accepted coding itself.
    pub fn request(&self, method: Method, url: Url, headers: HeaderMap) -> reqwest::RequestBuilder {
        let from_environment = matches!(*self.proxies, Proxies::Environment(_));
        let client = if from_environment && is_loopback(&url) { &self.straight } else { &self.client };
        let request = client.request(method, url);
        let request = match headers.contains_key(ACCEPT_ENCODING) {
            true => request,
            false => request.header(ACCEPT_ENCODING, coding::ACCEPTED),
        };
        request.headers(headers)
    }

    /// Returns what went wrong, down to the cause. Names the origin and the proxy only if no server was reached, and
    /// nothing else of the URL.
    pub fn reason(&self, error: &reqwest::Error) -> String {
        let proxy = error.url().filter(|_| error.is_connect()).and_then(|url| self.proxy_of(url));
        explain(error, proxy.as_deref())
    }

    fn proxy_of(&self, url: &Url) -> Option<String> {
        match &*self.proxies {
            Proxies::None => None,
            Proxies::Through(proxy) => Some(proxy.clone()),
            Proxies::Environment(_) if is_loopback(url) => None,
            Proxies::Environment(matcher) => {
                let uri: Uri = url.origin().ascii_serialization().parse().ok()?;
                Some(without_credentials(&matcher.intercept(&uri)?.uri().to_string()))
            }
        }
    }
}

fn configured(builder: reqwest::ClientBuilder, options: &HttpOptions) -> Result<reqwest::ClientBuilder> {
    let builder = builder
        .tls_backend_preconfigured(trust::config(&options.extra_ca)?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        .pool_idle_timeout(IDLE)
        // The decoder of reqwest reads only one gzip member.
        .no_gzip()
        .user_agent(concat!("ElementKit/", env!("CARGO_PKG_VERSION")));
    Ok(builder)
}

fn made(builder: reqwest::ClientBuilder) -> Result<reqwest::Client> {
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Config, format!("the HTTP client cannot be created: {}", reason(&error)))
    })
}

/// Returns whether the host of a URL is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn without_credentials(proxy: &str) -> String {
    // The scheme of a proxy may be left out.
    let url = Url::parse(proxy).ok().filter(Url::has_host).or_else(|| Url::parse(&format!("http://{proxy}")).ok());
    let Some(url) = url else { return "that is configured".to_owned() };
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}", url.scheme())
}

/// Returns what went wrong with a call of a client that was created elsewhere.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    explain(error, None)
}

fn explain(error: &reqwest::Error, proxy: Option<&str>) -> String {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    let mut untrusted = false;
    while let Some(next) = cause.source() {
        cause = next;
        untrusted = untrusted || trust::is_unknown_authority(cause);
    }
    let what = describe(error, proxy);
    if !error_has_cause(error) {
        return what;
    }
    let remedy = if untrusted { format!("; {}", trust::REMEDY) } else { String::new() };
    format!("{what}: {cause}{remedy}")
}

fn error_has_cause(error: &reqwest::Error) -> bool {
    std::error::Error::source(error).is_some()
}

fn describe(error: &reqwest::Error, proxy: Option<&str>) -> String {
    let text = if error.is_timeout() && !error.is_connect() {
        "no response in time"
    } else if error.is_connect() {
        let origin = error.url().map(|url| format!(" to {}", url.origin().ascii_serialization())).unwrap_or_default();
        let proxy = proxy.map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
        return format!("cannot connect{origin}{proxy}");
    } else if error.is_body() || error.is_decode() {
        "the response ended early or cannot be decoded"
    } else {
        "the call failed because of a network error"
    };
    text.to_owned()
}

/// Returns what went wrong while a decoded body was read.
pub(crate) fn broken_body(error: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    match network_error(error) {
        Some(error) => reason(error),
        None => format!("the response ended early or cannot be decoded: {error}"),
    }
}

/// Returns the network error inside that of a decoded body.
pub(crate) fn network_error<'a>(
    error: &'a (dyn std::error::Error + Send + Sync + 'static),
) -> Option<&'a reqwest::Error> {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    inner.and_then(|inner| inner.downcast_ref::<reqwest::Error>())
}

/// Builds a client for addresses that callers name. It follows no redirects. With a resolver it uses no proxy and
/// connects only to the addresses that the resolver allows.
#[cfg(feature = "embedded")]
pub(crate) fn build_for_strangers<R: reqwest::dns::Resolve + 'static>(
    timeout: Duration,
    extra_ca: &Extra,
    resolver: Option<Arc<R>>,
) -> Result<reqwest::Client> {
    let options = HttpOptions { extra_ca: extra_ca.clone(), ..HttpOptions::default() };
    let mut builder = configured(reqwest::Client::builder(), &options)?.timeout(timeout);
    if let Some(resolver) = resolver {
        builder = builder.no_proxy().dns_resolver(resolver);
    }
    made(builder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_named_without_credentials() {
        for (given, shown) in [
            ("http://user:hush@proxy.example:3128/", "http://proxy.example:3128"),
            ("user:hush@proxy.example:3128", "http://proxy.example:3128"),
            ("socks5://proxy.example", "socks5://proxy.example"),
        ] {
            assert_eq!(without_credentials(given), shown);
        }
    }
}
