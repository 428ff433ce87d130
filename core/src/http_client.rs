//! The only constructor of HTTP clients, for platforms and for vendors.

mod coding;
#[cfg(feature = "embedded")]
mod public;
mod trust;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, HeaderMap};
use http::{Method, Uri};
use http_body_util::BodyExt;
use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

pub(crate) use coding::decoded;
#[cfg(feature = "embedded")]
pub(crate) use public::{LookUp, Mixed, PublicOnly, is_private_host, is_refused, system};
pub(crate) use trust::{Extra, extra as certificates};

use crate::auth::Secret;
use crate::body::Body;
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
    clients: Clients,
    proxies: Arc<Proxies>,
    /// Clients for requests that are sent as they arrive, created with the first one.
    uploading: Arc<OnceLock<Clients>>,
    way: Way,
    options: HttpOptions,
}

#[derive(Clone)]
struct Clients {
    client: reqwest::Client,
    /// For this machine, if `client` uses the proxy of the environment.
    straight: reqwest::Client,
}

/// Addresses that a client connects to.
#[derive(Clone)]
enum Way {
    Any,
    /// Public ones only, directly: a proxy would resolve the names itself.
    #[cfg(feature = "embedded")]
    Public(LookUp),
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
        let proxies = match &options.proxy {
            Proxy::Environment => Proxies::Environment(Box::new(Matcher::from_system())),
            Proxy::None => Proxies::None,
            Proxy::Through(url) => Proxies::Through(without_credentials(url.expose())),
        };
        Self::over(Way::Any, options, proxies)
    }

    /// Creates a client that connects to public addresses only.
    #[cfg(feature = "embedded")]
    pub fn public(options: &HttpOptions, look_up: LookUp) -> Result<Self> {
        Self::over(Way::Public(look_up), options, Proxies::None)
    }

    fn over(way: Way, options: &HttpOptions, proxies: Proxies) -> Result<Self> {
        let clients = way.clients(options, Some(options.read_timeout))?;
        let (proxies, options) = (Arc::new(proxies), options.clone());
        Ok(Self { clients, proxies, uploading: Arc::default(), way, options })
    }

    /// Starts a request. A request for a byte range must set the accepted coding itself.
    pub fn request(&self, method: Method, url: Url, headers: HeaderMap) -> reqwest::RequestBuilder {
        self.start(&self.clients, method, url, headers)
    }

    /// Starts a request with a body that is sent as it arrives, in chunks if its length is unknown. Silence is not
    /// limited, since an answer comes only after the whole body: the caller limits it.
    pub fn upload(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Body,
        length: Option<u64>,
    ) -> Result<reqwest::RequestBuilder> {
        let clients = match self.uploading.get() {
            Some(clients) => clients,
            None => {
                let clients = self.way.clients(&self.options, None)?;
                self.uploading.get_or_init(|| clients)
            }
        };
        let mut request = self.start(clients, method, url, headers);
        if let Some(length) = length {
            request = request.header(CONTENT_LENGTH, length);
        }
        Ok(request.body(reqwest::Body::wrap_stream(body.into_data_stream())))
    }

    fn start(&self, clients: &Clients, method: Method, url: Url, headers: HeaderMap) -> reqwest::RequestBuilder {
        let from_environment = matches!(*self.proxies, Proxies::Environment(_));
        let client = if from_environment && is_loopback(&url) { &clients.straight } else { &clients.client };
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

impl Way {
    fn clients(&self, options: &HttpOptions, read_timeout: Option<Duration>) -> Result<Clients> {
        let builder = || configured(options, read_timeout);
        match self {
            Self::Any => {
                let straight = made(builder()?.no_proxy())?;
                let client = match &options.proxy {
                    Proxy::Environment => made(builder()?)?,
                    Proxy::None => straight.clone(),
                    Proxy::Through(url) => {
                        let wrong = |_| Error::new(ErrorKind::Config, "the URL of the proxy cannot be used");
                        made(builder()?.proxy(reqwest::Proxy::all(url.expose()).map_err(wrong)?))?
                    }
                };
                Ok(Clients { client, straight })
            }
            #[cfg(feature = "embedded")]
            Self::Public(look_up) => {
                let resolver = Arc::new(PublicOnly::over(Arc::clone(look_up), Mixed::Refuse));
                let client = made(builder()?.no_proxy().dns_resolver(resolver))?;
                Ok(Clients { straight: client.clone(), client })
            }
        }
    }
}

fn configured(options: &HttpOptions, read_timeout: Option<Duration>) -> Result<reqwest::ClientBuilder> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(trust::config(&options.extra_ca)?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(IDLE)
        // The decoder of reqwest reads only one gzip member.
        .no_gzip()
        .user_agent(concat!("ElementKit/", env!("CARGO_PKG_VERSION")));
    Ok(match read_timeout {
        Some(limit) => builder.read_timeout(limit),
        None => builder,
    })
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
    let mut builder = configured(&options, Some(options.read_timeout))?.timeout(timeout);
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
