//! State shared by the connections, and dispatch of requests: to the server's own paths, or else to the engine.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::{Body as _, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_http::timeout::TimeoutBody;

use super::head::{self, Complaint};
use super::metrics::Metrics;
use super::options::ServerOptions;
use super::site::{Site, Visit, is_within};
use super::waiting::{Turn, Waiting};
use crate::body::{self, Body};
use crate::engine::{Engine, PeerAddress, Scheme, Served, refuse, refuse_with};

pub(super) struct State {
    engine: OnceLock<Engine>,
    stopping: AtomicBool,
    body_timeout: Duration,
    /// Scheme of the addresses that are served.
    scheme: Scheme,
    /// Permits for connections.
    places: Arc<Semaphore>,
    /// Connections that are waiting for the head of a request.
    waiting: Arc<Waiting>,
    sites: Vec<Arc<dyn Site>>,
    pub metrics: Metrics,
}

/// `Retry-After` of a server that starts or stops, in seconds.
const SOON_S: u64 = 1;
/// Interval of looking for a connection that has waited long enough.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

impl State {
    pub fn new(options: &ServerOptions, max_connections: usize, metrics: Metrics) -> Self {
        let places = Arc::new(Semaphore::new(max_connections.max(1)));
        Self {
            engine: OnceLock::new(),
            stopping: AtomicBool::new(false),
            body_timeout: options.body_timeout,
            scheme: if options.tls.is_some() { Scheme::Https } else { Scheme::Http },
            places,
            waiting: Arc::default(),
            sites: options.sites.clone(),
            metrics,
        }
    }

    /// Waits for a permit for one more connection, which connections without a request give up.
    pub async fn place(&self) -> Option<OwnedSemaphorePermit> {
        loop {
            if self.is_full() {
                self.waiting.close_longest();
            }
            let place = Arc::clone(&self.places).acquire_owned();
            if let Ok(place) = tokio::time::timeout(LOOK_AGAIN, place).await {
                return place.ok();
            }
        }
    }

    /// Returns the turn of a new connection.
    pub fn turn(&self) -> Arc<Turn> {
        Turn::new(Arc::clone(&self.waiting))
    }

    /// Returns whether the next connection would have to wait.
    pub fn is_full(&self) -> bool {
        self.places.available_permits() == 0
    }

    /// Starts to serve calls.
    pub fn open(&self, engine: Engine) {
        let _ = self.engine.set(engine);
    }

    /// Marks the server as not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Returns the engine if calls can be served.
    fn ready(&self) -> Option<&Engine> {
        let engine = self.engine.get().filter(|engine| !engine.is_closed());
        engine.filter(|_| !self.stopping.load(Ordering::SeqCst))
    }

    pub async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        let _running = self.metrics.running();
        let started = Instant::now();
        let method = request.method().clone();
        let response = match head::complaint(&request) {
            Some(Complaint::TooLarge) => refuse(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, None),
            Some(Complaint::Host) => refuse_with(StatusCode::BAD_REQUEST, "The request must name one host"),
            None => match request.uri().path() {
                "/healthz" => only_get(&method, || text("ok\n")),
                "/readyz" => only_get(&method, || match self.ready() {
                    Some(_) => text("ready\n"),
                    None => refuse(StatusCode::SERVICE_UNAVAILABLE, Some(SOON_S)),
                }),
                "/metrics" => match method {
                    Method::GET => self.metrics.page(self.ready()).await,
                    _ => only_get(&method, || text("")),
                },
                _ => self.call(request, peer).await,
            },
        };
        let route = response.extensions().get::<Served>().and_then(|served| served.0.as_deref());
        self.metrics.answered(&method, route, response.status(), started.elapsed());
        response
    }

    async fn call(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        // A call that arrived before the stop is served as long as the engine is open.
        let Some(engine) = self.engine.get() else {
            return refuse(StatusCode::SERVICE_UNAVAILABLE, Some(SOON_S));
        };
        let timeout = self.body_timeout;
        let mut request = request.map(|body| match body.is_end_stream() {
            true => body::empty(),
            false => body::boxed(TimeoutBody::new(timeout, body)),
        });
        // HTTP/2 has the host in the request line.
        let authority = request.uri().authority().map(|authority| HeaderValue::from_str(authority.as_str()));
        if let Some(Ok(authority)) = authority {
            request.headers_mut().entry(HOST).or_insert(authority);
        }
        request.extensions_mut().insert(PeerAddress(peer));
        request.extensions_mut().insert(self.scheme);
        match self.sites.iter().find(|site| is_within(request.uri().path(), site.path())) {
            Some(site) => visited(&**site, engine.clone(), request, peer).await,
            None => engine.answer(request).await,
        }
    }
}

/// Returns the response of a site, which is counted under the path of the site.
async fn visited(site: &dyn Site, engine: Engine, request: Request<Body>, peer: IpAddr) -> Response<Body> {
    let is_https = Scheme::of(request.headers(), request.extensions()) == Some(Scheme::Https);
    let mut response = site.respond(engine, Visit { request, peer, is_https }).await;
    response.extensions_mut().insert(Served(Some(site.path().to_owned().into())));
    response
}

fn only_get(method: &Method, answer: impl FnOnce() -> Response<Body>) -> Response<Body> {
    if *method == Method::GET {
        return answer();
    }
    let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, None);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
    response
}

fn text(text: &'static str) -> Response<Body> {
    let mut response = Response::new(body::full(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
