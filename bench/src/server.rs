//! The page server: the vendor's lists, those of a hosted platform and those of a JSON service, over HTTP.
//!
//! Every record is in memory before the first request, and one thread sends slices of it, so that the server does not
//! dominate the measurement. The floor that fetches and discards shows its remaining share.

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::generator::{Form, Population};
use crate::pages::{self, PAGE_SIZE, Pages, Pieces};

const FIRST_CHANNEL: u64 = 1001;
/// Number of items in a page of the JSON service.
const ITEMS: u64 = 100;
const NEXT_PAGE: HeaderName = HeaderName::from_static("elements-next-page-token");
const XML: &str = "application/xml;charset=UTF-8";
const JSON: &str = "application/json;charset=UTF-8";

/// Content of the server and its conditions.
#[derive(Clone, clap::Args)]
pub struct Options {
    /// Number of contacts.
    #[arg(long, default_value_t = 100_000)]
    pub records: u64,
    /// Channels that they are spread over.
    #[arg(long, default_value_t = 1)]
    pub channels: u64,
    /// Format of the lists.
    #[arg(long, default_value = "xml")]
    pub form: Form,
    /// Delay before each response, in milliseconds.
    #[arg(long, default_value_t = 0)]
    pub latency: u64,
    /// Compress the pages, once at the start.
    #[arg(long)]
    pub gzip: bool,
    /// Serve over TLS; the certificate is written to this file.
    #[arg(long)]
    pub tls: Option<PathBuf>,
}

struct Served {
    population: Population,
    form: Form,
    pages: Pages,
    latency: Duration,
    /// Compressed pages by channel and page; empty without compression.
    compressed: Vec<Vec<Bytes>>,
}

/// Serves until the process is stopped; the first line on stdout is the address.
pub async fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let population = Population::new(options.records, options.channels);
    let pages = Pages::new(&population, options.form);
    let latency = Duration::from_millis(options.latency);
    let mut served = Served { population, form: options.form, pages, latency, compressed: Vec::new() };
    if options.gzip {
        served.compressed = served.compress();
    }
    let router = Router::new()
        .route("/v1/my/channels", get(channels))
        .route("/v1/channel/{channel}/subscribers", get(subscribers))
        .route("/elements/api-v2/contacts", get(hosted))
        .route("/elements/api-v2/hubs/marketing/contacts", get(hosted))
        .route("/items", get(items))
        .with_state(Arc::new(served));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    println!("{scheme}://localhost:{}", address.port());
    match options.tls {
        Some(file) => axum::serve(TlsListener::new(listener, &file)?, router).await?,
        None => axum::serve(NoDelay(listener), router).await?,
    }
    Ok(())
}

impl Served {
    /// Returns all pages of all channels, compressed.
    fn compress(&self) -> Vec<Vec<Bytes>> {
        let of_channel = |channel: u64| {
            let firsts = self.population.of_channel(channel).step_by(PAGE_SIZE as usize);
            firsts.map(|first| pages::compress(&self.xml_page(channel, first, PAGE_SIZE))).collect()
        };
        (0..self.population.channels).map(of_channel).collect()
    }

    /// Returns the pieces of a page of the vendor's lists.
    fn xml_page(&self, channel: u64, first: u64, size: u64) -> Vec<Bytes> {
        let end = self.population.of_channel(channel).end;
        let behind = (first + size).min(end);
        let mut foot = String::new();
        if behind < end {
            let path = format!("https://api.brighttalk.com/v1/channel/{}/subscribers", FIRST_CHANNEL + channel);
            foot = format!("  <link rel=\"next\" href=\"{path}?cursor={behind}-1767225600&amp;pageSize={size}\"/>\n");
        }
        foot.push_str("</channelSubscribers>");
        let head = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<channelSubscribers>\n";
        vec![head.into(), self.pages.records(Form::Xml, first..behind), foot.into()]
    }

    async fn wait(&self) {
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
    }
}

/// Returns a single page of this many contacts.
pub fn whole_page(records: u64) -> Vec<u8> {
    let population = Population::new(records, 1);
    let pages = Pages::new(&population, Form::Xml);
    let served = Served { population, form: Form::Xml, pages, latency: Duration::ZERO, compressed: Vec::new() };
    served.xml_page(0, 0, records).concat()
}

/// Returns a parameter of a query; the values that occur need no decoding.
fn parameter<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    let mut pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

fn number(query: Option<&str>, name: &str, default: u64) -> u64 {
    parameter(query, name).and_then(|text| text.parse().ok()).unwrap_or(default)
}

async fn channels(State(served): State<Arc<Served>>) -> Response {
    served.wait().await;
    let mut body = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<channels>\n".to_owned();
    for channel in 0..served.population.channels {
        let id = FIRST_CHANNEL + channel;
        body.push_str(&format!("  <channel id=\"{id}\"><name>Channel {id}</name></channel>\n"));
    }
    body.push_str("</channels>");
    response(XML, vec![body.into()])
}

async fn subscribers(
    State(served): State<Arc<Served>>,
    Path(channel): Path<u64>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    served.wait().await;
    let channel = channel.wrapping_sub(FIRST_CHANNEL);
    if channel >= served.population.channels || served.form != Form::Xml {
        return StatusCode::NOT_FOUND.into_response();
    }
    let all = served.population.of_channel(channel);
    let first = match parameter(query.as_deref(), "cursor")
        .map(|cursor| cursor.split('-').next().unwrap_or_default().parse())
    {
        None => all.start,
        Some(Ok(first)) if all.contains(&first) => first,
        Some(_) => return StatusCode::BAD_REQUEST.into_response(),
    };
    let size = number(query.as_deref(), "pageSize", PAGE_SIZE);
    let page = ((first - all.start) / PAGE_SIZE) as usize;
    match served.compressed.get(channel as usize).and_then(|pages| pages.get(page)) {
        Some(compressed) if size == PAGE_SIZE && accepts_gzip(&headers) => {
            let mut response = response(XML, vec![compressed.clone()]);
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        }
        _ => response(XML, served.xml_page(channel, first, size)),
    }
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("gzip"))
}

fn response(media: &'static str, pieces: Vec<Bytes>) -> Response {
    ([(CONTENT_TYPE, media)], Body::new(Pieces::from(pieces))).into_response()
}

/// Serves a list of a hosted platform: an array of records, and a token in a header.
async fn hosted(State(served): State<Arc<Served>>, RawQuery(query): RawQuery) -> Response {
    served.wait().await;
    if served.form != Form::Json {
        return StatusCode::NOT_FOUND.into_response();
    }
    let all = served.population.records;
    let first = number(query.as_deref(), "nextPage", 0).min(all);
    let behind = (first + number(query.as_deref(), "pageSize", PAGE_SIZE)).min(all);
    let records = served.pages.records(Form::Json, first..behind);
    let mut response = response(JSON, vec!["[".into(), records, "]".into()]);
    if behind < all {
        response.headers_mut().insert(NEXT_PAGE, behind.into());
    }
    response
}

/// Serves a list of a JSON service: nested items below a key, by the number of the page, with the number of the next
/// one.
async fn items(State(served): State<Arc<Served>>, RawQuery(query): RawQuery) -> Response {
    served.wait().await;
    if served.form != Form::Items {
        return StatusCode::NOT_FOUND.into_response();
    }
    let all = served.population.records;
    let (page, size) = (number(query.as_deref(), "page", 1).max(1), number(query.as_deref(), "per_page", ITEMS));
    let first = ((page - 1) * size).min(all);
    let behind = (first + size).min(all);
    let next = if behind < all { (page + 1).to_string() } else { "null".to_owned() };
    let foot = format!("],\"paging\":{{\"page\":{page},\"next\":{next},\"total\":{all}}}}}");
    response(JSON, vec!["{\"items\":[".into(), served.pages.records(Form::Items, first..behind), foot.into()])
}

/// Sends small writes at once.
struct NoDelay(TcpListener);

impl axum::serve::Listener for NoDelay {
    type Io = TcpStream;
    type Addr = SocketAddr;

    fn accept(&mut self) -> impl Future<Output = (Self::Io, Self::Addr)> + Send {
        accept(&self.0)
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        if let Ok((stream, address)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            return (stream, address);
        }
    }
}

struct TlsListener {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl TlsListener {
    fn new(listener: TcpListener, certificate: &std::path::Path) -> Result<Self, Box<dyn std::error::Error>> {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        std::fs::write(certificate, made.cert.pem())?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)?;
        Ok(Self { listener, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = accept(&self.listener).await;
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
