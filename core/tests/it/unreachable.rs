//! An unreachable vendor or platform looks the same embedded and hosted.

use std::time::Duration;

use elementkit::engine::{Engine, EngineOptions};
use elementkit::{EmbeddedOptions, Error, ErrorKind, HostedOptions, Platform, RetryPolicy};
use serde_json::json;

use crate::support;

/// Returns an address at which no server listens.
fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn options(folder: &std::path::Path, vendor: &str) -> EngineOptions {
    let mut options = EngineOptions::new(folder.join("test.db"));
    options.vendor_urls = support::vendor_urls(vendor);
    options.bootstrap = support::bootstrap();
    options.max_outage = Duration::from_millis(10);
    support::set_options(&mut options, &json!({}));
    options
}

async fn embedded(options: &EngineOptions) -> Platform {
    let mut embedded = EmbeddedOptions::new(&options.database);
    *embedded.engine_mut() = options.clone();
    Platform::embedded(embedded).await.unwrap()
}

fn hosted(url: &str) -> Platform {
    let options = HostedOptions::new().base_url(url).user(support::USER).organization(support::ORGANIZATION);
    Platform::hosted(options.retry(RetryPolicy::NONE)).unwrap()
}

async fn connecting(platform: &Platform) -> Error {
    platform.instances().create(&support::brighttalk("x")).await.map(drop).unwrap_err()
}

#[tokio::test]
async fn unreachable_vendors_are_distinguished_from_failing_ones() {
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path(), &closed_port());
    let platform = embedded(&options).await;
    let in_process = connecting(&platform).await;
    let served = support::serve(Engine::open(options).await.unwrap()).await;
    let over_the_network = connecting(&hosted(&served)).await;
    for error in [&in_process, &over_the_network] {
        assert_eq!((error.kind(), error.status()), (ErrorKind::Vendor, Some(502)), "{error}");
        assert!(error.info().unreachable && error.info().retryable(), "{error:?}");
        assert!(error.info().hint.as_deref().is_some_and(|hint| hint.contains("Check the network")), "{error:?}");
    }
    platform.close().await;

    let offline = hosted(&closed_port()).instances().list().await.map(drop).unwrap_err();
    assert!(offline.kind() == ErrorKind::Connect && offline.info().unreachable, "{offline:?}");
}

#[tokio::test]
async fn a_vendor_that_answers_is_reached_however_it_fails() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = support::simulator(&json!({})).await;
    simulator.add_faults(&json!({"match": {"path": "*"}, "fault": {"type": "status", "status": 503}})).unwrap();
    let platform = embedded(&options(folder.path(), &simulator.url())).await;
    let error = connecting(&platform).await;
    assert!(error.kind() == ErrorKind::Vendor && !error.info().unreachable, "{error:?}");
    platform.close().await;
}

#[tokio::test]
async fn a_job_that_waited_for_the_network_reports_it() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = support::simulator(&json!({})).await;
    let mut options = options(folder.path(), &simulator.url());
    let platform = embedded(&options).await;
    let id = support::instance(&platform).await.id().unwrap();
    platform.close().await;
    options.vendor_urls = support::vendor_urls(closed_port());
    let platform = embedded(&options).await;
    let job = platform.instances().get(id).await.unwrap().bulk().query("select id from contacts").await.unwrap();
    let error = job.wait().await.map(drop).unwrap_err();
    assert!(error.kind() == ErrorKind::JobFailed && error.info().unreachable, "{error:?}");
    platform.close().await;
}
