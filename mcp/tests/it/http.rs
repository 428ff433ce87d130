//! The HTTP transport: who may call it.

use elementkit::auth::Secret;
use elementkit_mcp::{Agent, serve_http};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::World;

/// Sends a request as it is, and returns status line, headers and body.
async fn send(address: &str, head: &[(&str, &str)], request: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let headers: String = head.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let text = format!("{request} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    // A stream of events does not end by itself.
    while let Ok(Ok(read @ 1..)) =
        tokio::time::timeout(std::time::Duration::from_secs(2), stream.read(&mut chunk)).await
    {
        answer.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_callers_with_the_token_that_are_no_pages_are_served() {
    let world = World::new().await;
    let agent = Agent::new(world.platform.clone(), world.options()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let token = "0123456789abcdef0123456789abcdef";
    let served = tokio::spawn(serve_http(agent, listener, Secret::new(token), async { drop(stopped.await) }));
    let params =
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string();
    let bearer = format!("Bearer {token}");
    let usual = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("host", address.as_str()),
        ("authorization", bearer.as_str()),
    ];
    let with = |name: &'static str, value: &'static str| {
        let mut head: Vec<(&str, &str)> = usual.iter().copied().filter(|(known, _)| *known != name).collect();
        head.push((name, value));
        head
    };
    let answer = send(&address, &usual, "POST /mcp", &hello).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("serverInfo"), "{answer}");
    for wrong in ["Bearer wrong", "Basic 0123456789abcdef0123456789abcdef", "Bearer", ""] {
        let answer = send(&address, &with("authorization", wrong), "POST /mcp", &hello).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{wrong}: {answer}");
        assert!(answer.contains("www-authenticate: Bearer") && answer.contains("resource_metadata="), "{answer}");
        assert!(!answer.contains("0123456789abcdef"), "{answer}");
    }
    for (name, value) in [("origin", "https://evil.example"), ("origin", "null"), ("host", "evil.example")] {
        let answer = send(&address, &with(name, value), "POST /mcp", &hello).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{name} {value}: {answer}");
    }
    let metadata = send(&address, &[("host", &address)], "GET /.well-known/oauth-protected-resource/mcp", "").await;
    let document: Value = serde_json::from_str(metadata.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(document["resource"], format!("http://{address}/mcp"));
    let large = "x".repeat(2 << 20);
    let answer = send(&address, &usual, "POST /mcp", &large).await;
    assert!(answer.starts_with("HTTP/1.1 413") || answer.is_empty(), "{answer}");
    stop.send(()).unwrap();
    served.await.unwrap().unwrap();
    assert!(elementkit_mcp::check_address("0.0.0.0:1".parse().unwrap()).is_err());
}
