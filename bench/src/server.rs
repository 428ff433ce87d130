//! The page server: the vendor's and a hosted platform's lists over HTTP, with nothing in the way.
//!
//! It does as little a page as it can, so that it is not what is measured; `bench ceiling` shows its limit.

use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
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

const FIRST_CHANNEL: u64 = 1001;
const PAGE_SIZE: u64 = 200;
const NEXT_PAGE: HeaderName = HeaderName::from_static("elements-next-page-token");

/// What is served, and how.
#[derive(Clone, clap::Args)]
pub struct Options {
    /// Contacts in all.
    #[arg(long, default_value_t = 100_000)]
    pub records: u64,
    /// Channels they are spread over.
    #[arg(long, default_value_t = 1)]
    pub channels: u64,
    /// Waits this long before each answer, in milliseconds.
    #[arg(long, default_value_t = 0)]
    pub latency: u64,
    /// Compresses the pages, once at the start.
    #[arg(long)]
    pub gzip: bool,
    /// Serves over TLS; the certificate is written to this file.
    #[arg(long)]
    pub tls: Option<PathBuf>,
}

struct Served {
    population: Population,
    latency: Duration,
    /// Compressed pages by channel and first record; none when they go as they are.
    compressed: Vec<Vec<Bytes>>,
}

/// Serves until it is ended; the first line on stdout is the address.
pub async fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let population = Population::new(options.records, options.channels);
    let compressed = if options.gzip { compress(&population) } else { Vec::new() };
    let served = Served { population, latency: Duration::from_millis(options.latency), compressed };
    let router = Router::new()
        .route("/v1/my/channels", get(channels))
        .route("/v1/channel/{channel}/subscribers", get(subscribers))
        .route("/elements/api-v2/hubs/marketing/contacts", get(hosted))
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

/// All pages of all channels, compressed as a web server would.
fn compress(population: &Population) -> Vec<Vec<Bytes>> {
    let channels = (0..population.channels).map(|channel| {
        let pages = population.of_channel(channel).step_by(PAGE_SIZE as usize);
        let page = |first: u64| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            let _ = encoder.write_all(&xml_page(population, channel, first, PAGE_SIZE));
            Bytes::from(encoder.finish().unwrap_or_default())
        };
        pages.map(page).collect()
    });
    channels.collect()
}

/// A parameter of a query; the values that occur need no decoding.
fn parameter<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    let mut pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

fn page_size(query: Option<&str>) -> u64 {
    parameter(query, "pageSize").and_then(|size| size.parse().ok()).unwrap_or(PAGE_SIZE)
}

async fn channels(State(served): State<Arc<Served>>) -> Response {
    tokio::time::sleep(served.latency).await;
    let mut body = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<channels>\n".to_owned();
    for channel in 0..served.population.channels {
        let id = FIRST_CHANNEL + channel;
        body.push_str(&format!("  <channel id=\"{id}\"><name>Channel {id}</name></channel>\n"));
    }
    body.push_str("</channels>");
    xml_answer(body.into())
}

async fn subscribers(
    State(served): State<Arc<Served>>,
    Path(channel): Path<u64>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    tokio::time::sleep(served.latency).await;
    let channel = channel.wrapping_sub(FIRST_CHANNEL);
    if channel >= served.population.channels {
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
    let size = page_size(query.as_deref());
    let page = ((first - all.start) / PAGE_SIZE) as usize;
    match served.compressed.get(channel as usize).and_then(|pages| pages.get(page)) {
        Some(compressed) if size == PAGE_SIZE && accepts_gzip(&headers) => {
            let mut answer = xml_answer(compressed.clone());
            answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            answer
        }
        _ => xml_answer(xml_page(&served.population, channel, first, size).into()),
    }
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("gzip"))
}

fn xml_answer(body: Bytes) -> Response {
    ([(CONTENT_TYPE, "application/xml;charset=UTF-8")], body).into_response()
}

pub fn xml_page(population: &Population, channel: u64, first: u64, size: u64) -> Vec<u8> {
    let end = population.of_channel(channel).end;
    let behind = (first + size).min(end);
    let mut out = Vec::with_capacity((behind - first) as usize * 900 + 500);
    out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<channelSubscribers>\n");
    (first..behind).for_each(|record| population.write(Form::Xml, record, &mut out));
    if behind < end {
        let path = format!("https://api.brighttalk.com/v1/channel/{}/subscribers", FIRST_CHANNEL + channel);
        let link = format!("  <link rel=\"next\" href=\"{path}?cursor={behind}-1767225600&amp;pageSize={size}\"/>\n");
        out.extend_from_slice(link.as_bytes());
    }
    out.extend_from_slice(b"</channelSubscribers>");
    out
}

/// A list of a hosted platform: an array of records, and a token in a header.
async fn hosted(State(served): State<Arc<Served>>, RawQuery(query): RawQuery) -> Response {
    tokio::time::sleep(served.latency).await;
    let query = query.as_deref();
    let first = parameter(query, "nextPage").and_then(|token| token.parse().ok()).unwrap_or(0);
    let behind = (first + page_size(query)).min(served.population.records);
    let mut body = Vec::with_capacity((behind.saturating_sub(first)) as usize * 700 + 10);
    body.push(b'[');
    for record in first..behind {
        if record > first {
            body.push(b',');
        }
        served.population.write(Form::Json, record, &mut body);
    }
    body.push(b']');
    let mut answer = ([(CONTENT_TYPE, "application/json;charset=UTF-8")], body).into_response();
    if behind < served.population.records {
        answer.headers_mut().insert(NEXT_PAGE, behind.into());
    }
    answer
}

/// Small writes go at once.
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
