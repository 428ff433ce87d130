//! Metrics of the server in the Prometheus text format (spec P 16.9). No label identifies a tenant: routes are
//! templates.

use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode};
use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use crate::body::{self, Body};
use crate::engine::{Engine, refuse};
use crate::error::{Error, ErrorKind, Result};

pub(super) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    running: IntGauge,
    connections: IntGauge,
    jobs: IntGaugeVec,
    vendor_calls: IntGaugeVec,
}

/// From a lookup to the longest call of a vendor.
const BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0];

/// Counts something as long as it exists.
pub(super) struct Held(IntGauge);

impl Held {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub fn new() -> Result<Self> {
        Self::registered()
            .map_err(|error| Error::new(ErrorKind::Internal, format!("the metrics cannot be written: {error}")))
    }

    fn registered() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let requests = Opts::new("elementkit_requests_total", "Completed requests, by route template and status.");
        let seconds = HistogramOpts::new("elementkit_request_seconds", "Time until the response begins, by route.");
        let jobs = Opts::new("elementkit_bulk_jobs", "Bulk jobs in the database, by status.");
        let calls = Opts::new("elementkit_vendor_calls_total", "Calls to the vendor since the start, by outcome.");
        let metrics = Self {
            requests: IntCounterVec::new(requests, &["method", "route", "status"])?,
            seconds: HistogramVec::new(seconds.buckets(BUCKETS.to_vec()), &["method", "route"])?,
            running: IntGauge::new("elementkit_requests_running", "Requests in progress.")?,
            connections: IntGauge::new("elementkit_connections", "Open connections.")?,
            jobs: IntGaugeVec::new(jobs, &["status"])?,
            vendor_calls: IntGaugeVec::new(calls, &["outcome"])?,
            registry,
        };
        metrics.registry.register(Box::new(metrics.requests.clone()))?;
        metrics.registry.register(Box::new(metrics.seconds.clone()))?;
        metrics.registry.register(Box::new(metrics.running.clone()))?;
        metrics.registry.register(Box::new(metrics.connections.clone()))?;
        metrics.registry.register(Box::new(metrics.jobs.clone()))?;
        metrics.registry.register(Box::new(metrics.vendor_calls.clone()))?;
        Ok(metrics)
    }

    /// Counts a request while it is running.
    pub fn running(&self) -> Held {
        Held::new(&self.running)
    }

    /// Counts a connection while it is open.
    pub fn connection(&self) -> Held {
        Held::new(&self.connections)
    }

    pub fn answered(&self, method: &Method, route: Option<&str>, status: StatusCode, elapsed: Duration) {
        // Clients may send any number of unknown methods.
        let method = match *method {
            Method::GET | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::OPTIONS => {
                method.as_str()
            }
            _ => "other",
        };
        let route = route.unwrap_or("other");
        self.requests.with_label_values(&[method, route, status.as_str()]).inc();
        self.seconds.with_label_values(&[method, route]).observe(elapsed.as_secs_f64());
    }

    /// Returns the page that is scraped.
    pub async fn page(&self, engine: Option<&Engine>) -> Response<Body> {
        if let Some(engine) = engine
            && let Ok(figures) = engine.figures().await
        {
            self.jobs.reset();
            for (status, number) in figures.jobs {
                self.jobs.with_label_values(&[&status]).set(number);
            }
            for (outcome, number) in figures.vendor_calls {
                self.vendor_calls.with_label_values(&[outcome]).set(number);
            }
        }
        let mut text = Vec::new();
        if TextEncoder::new().encode(&self.registry.gather(), &mut text).is_err() {
            return refuse(StatusCode::INTERNAL_SERVER_ERROR, None);
        }
        let mut response = Response::new(body::full(text));
        let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    }
}
