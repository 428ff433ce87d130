//! Hostile responses and requests cost bounded time and memory. Requests that the server's listener rejects are in
//! `server.rs`; faults of documents are in the fault matrix.

use std::io::Write;
use std::time::{Duration, Instant};

use elementkit::engine::VendorRetry;
use elementkit::engine::{Engine, EngineOptions};
use elementkit::{EmbeddedOptions, Platform};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::Request;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support;
use crate::support::process::{ran_alone, resident_mb};

/// Runs a vendor that responds normally to the first call and with these compressed bytes to every other one.
async fn vendor(packed: Vec<u8>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let mut calls = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let (first, packed) = (calls == 0, packed.clone());
            calls += 1;
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).await;
                let (body, encoding) = if first { (b"<channels/>".to_vec(), "identity") } else { (packed, "gzip") };
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-encoding: {encoding}\r\n\
                     content-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(&body).await;
            });
        }
    });
    url
}

fn packed(start: &str, piece: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(start.as_bytes()).unwrap();
    (0..times).for_each(|_| encoder.write_all(piece).unwrap());
    encoder.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_of_gzip_and_xml_are_refused_in_bounded_time_and_memory() {
    if ran_alone("hostile::bombs_of_gzip_and_xml_are_refused_in_bounded_time_and_memory") {
        return;
    }
    let megabyte = vec![b' '; 1 << 20];
    let many = "<channel id=\"1\"/>".repeat(60_000);
    for (name, bomb) in [
        // A gigabyte of zeros, in one megabyte.
        ("gzip", packed("<channels>", &megabyte, 1024)),
        ("records without end", packed("<channels>", many.as_bytes(), 200)),
        ("one text", packed("<channels><channel id=\"1\"><name>", &vec![b'x'; 1 << 20], 60)),
        ("one attribute", packed("<channels><channel id=\"", &vec![b'1'; 1 << 20], 60)),
        ("depth", packed("<channels>", "<a>".repeat(1 << 18).as_bytes(), 60)),
        ("entities", packed("<!DOCTYPE a [", b"<!ENTITY a \"&a;&a;&a;&a;&a;&a;&a;&a;\">", 1 << 20)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let url = vendor(bomb).await;
        let mut options = EmbeddedOptions::new("");
        *options.engine_mut() = EngineOptions {
            vendor_urls: support::vendor_urls(url),
            vendor_retry: VendorRetry { attempts: 1, ..VendorRetry::default() },
            bootstrap: support::bootstrap(),
            ..EngineOptions::new(folder.path().join("test.db"))
        };
        let platform = Platform::embedded(options).await.unwrap();
        let instance = support::instance(&platform).await;
        let (before, started) = (resident_mb(), Instant::now());
        let error = instance.records("channels").to_vec(1).await.unwrap_err();
        let (took, grown) = (started.elapsed(), resident_mb().saturating_sub(before));
        eprintln!("{name}: {took:?}, {grown} MB more, {}", error.message());
        assert_eq!(error.info().status, Some(502), "{name}: {error:?}");
        assert!(took < Duration::from_secs(30), "{name}: {took:?}");
        assert!(grown < 400, "{name}: {grown} MB");
        platform.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_beyond_the_limit_and_nesting_without_end_are_refused() {
    let simulator = support::simulator(&json!({})).await;
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(support::engine_options(folder.path(), &simulator)).await.unwrap();
    let header = format!("User {}, Organization {}", support::USER, support::ORGANIZATION);
    for (name, body, status) in [
        ("5 MB", vec![b' '; 5 << 20], 413),
        ("100 000 arrays", "[".repeat(100_000).into_bytes(), 400),
        ("100 000 objects", "{\"a\":".repeat(100_000).into_bytes(), 400),
        ("a number without end", [b"1".repeat(1_000_000), Vec::new()].concat(), 400),
        ("no UTF-8", b"{\"name\":\"\xC3\x28\"}".to_vec(), 400),
    ] {
        let started = Instant::now();
        let request = Request::post("/elements/api-v2/instances").header("authorization", &header);
        let request = request.header("content-type", "application/json");
        let answer = engine.answer(request.body(elementkit::body::full(body)).unwrap()).await;
        assert_eq!(answer.status(), status, "{name}");
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(text.len() < 4096, "{name}: the answer does not give the body back");
        assert!(started.elapsed() < Duration::from_secs(10), "{name}");
    }
    engine.close().await;
}
