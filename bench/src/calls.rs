//! Single calls: their time inside the process, and the throughput of a server.

use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use elementkit::{InstanceHandle, Platform};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Outcome;

const WARM_UP: usize = 500;
const CALLS: usize = 5_000;

/// Times `GET /instances/{id}` in this process, one call after the other, including authentication and store.
pub async fn in_process(platform: &Platform, instance: &InstanceHandle) -> Outcome {
    let id = instance.id().ok_or("the instance has no id")?;
    let mut times = Vec::with_capacity(CALLS);
    for call in 0..WARM_UP + CALLS {
        let started = Instant::now();
        platform.instances().get(id).await?;
        if call >= WARM_UP {
            times.push(started.elapsed());
        }
    }
    times.sort_unstable();
    let us = |share: usize| times[CALLS * share / 100].as_secs_f64() * 1e6;
    println!("{{\"p50_us\": {:.1}, \"p99_us\": {:.1}}}", us(50), us(99));
    Ok(())
}

/// Serves the document of an instance from memory, as the minimum cost of a JSON handler.
pub async fn bare_server() -> Outcome {
    let document = serde_json::json!({
        "id": 400_001, "name": "Bench", "createdDate": "2026-01-01T00:00:00Z", "token": "x".repeat(44),
        "element": {"id": 184, "name": "BrightTALK", "key": "brighttalk", "hub": "marketing"},
        "configuration": {"brighttalk.api.key": "1", "brighttalk.api.secret": "********"},
        "tags": [], "valid": true, "disabled": false, "cachedEventNotificationsEnabled": false,
    });
    let router = Router::new().route("/instances/{id}", get(move || std::future::ready(json(&document))));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

fn json(document: &serde_json::Value) -> impl axum::response::IntoResponse + use<> {
    ([(http::header::CONTENT_TYPE, "application/json")], document.to_string())
}

/// Counts requests a second over persistent connections, each sending the next request after its response.
pub async fn load(address: &str, path: &str, authorization: &str, connections: usize, seconds: f64) -> Outcome {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {authorization}\r\nAccept: */*\r\n\r\n");
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let one = async || {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (mut answers, mut buffer) = (0_u64, Vec::new());
        while Instant::now() < end {
            stream.write_all(request.as_bytes()).await?;
            read_answer(&mut stream, &mut buffer).await?;
            answers += 1;
        }
        Ok::<u64, Box<dyn std::error::Error>>(answers)
    };
    let answers: u64 = futures::future::try_join_all((0..connections).map(|_| one())).await?.into_iter().sum();
    println!("{{\"requests_per_s\": {:.0}}}", answers as f64 / seconds);
    Ok(())
}

/// Reads a response of known length; any status but 200 is an error.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Outcome {
    buffer.clear();
    let mut whole = usize::MAX;
    while buffer.len() < whole {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server hung up".into());
        }
        if whole == usize::MAX
            && let Some(head) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n")
        {
            let text = std::str::from_utf8(&buffer[..head])?.to_ascii_lowercase();
            if !text.starts_with("http/1.1 200") {
                return Err(text.into());
            }
            let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            whole = head + 4 + length.ok_or("an answer without a length")?.parse::<usize>()?;
        }
    }
    Ok(())
}
