//! Calls of scripts to other hosts (spec E 7.58).

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::engine::script::ScriptNetwork;
use crate::http_client::HttpOptions;
use crate::vendor::network::Network;

type Seen = Arc<Mutex<Vec<String>>>;

/// Starts a server that answers by path. Returns its port and the requests that it got.
async fn server() -> (u16, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let seen = Seen::default();
    let requests = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let requests = Arc::clone(&requests);
            tokio::spawn(async move {
                let mut request = Vec::new();
                let mut part = [0; 4096];
                while !is_whole(&String::from_utf8_lossy(&request)) {
                    match stream.read(&mut part).await {
                        Ok(read @ 1..) => request.extend_from_slice(&part[..read]),
                        _ => return,
                    }
                }
                let request = String::from_utf8_lossy(&request).into_owned();
                let answer = match request.split(' ').nth(1).unwrap_or_default() {
                    "/slow" => {
                        tokio::time::sleep(Duration::from_millis(300)).await;
                        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nslow"
                    }
                    "/never" => {
                        tokio::time::sleep(Duration::from_secs(60)).await;
                        ""
                    }
                    "/moved" => {
                        "HTTP/1.1 302 Found\r\nLocation: /slow\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    }
                    _ => {
                        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\
                         X-A: 1\r\nX-A: 2\r\nContent-Length: 14\r\nConnection: close\r\n\r\n{\"token\":\"\u{e9}\"}"
                    }
                };
                requests.lock().expect("unpoisoned").push(request);
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (port, seen)
}

/// Returns whether the head and the body that it announces have arrived.
fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}

fn reaching(hosts: &[&str], allow_private: bool) -> Pool {
    let clients = Network::new(&HttpOptions::default(), allow_private).expect("clients");
    let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
    let limits = ScriptLimits { time: Duration::from_secs(5), ..ScriptLimits::default() };
    Pool::with_network(limits, ScriptNetwork::new(&clients, &hosts))
}

async fn outcome_on(pool: &Pool, body: &str) -> Json {
    match run_on(pool, &script(body)).await {
        Ok(done) => parsed(&done.changes),
        Err(failure) => json!(failure.to_string()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn listed_hosts_are_called_as_in_node() {
    let (port, seen) = server().await;
    let pool = reaching(&["127.0.0.1"], true);
    let prelude = format!(
        "const http = require('http'); const base = 'http://127.0.0.1:{port}'; \
         const read = (res, then) => {{ let text = ''; res.setEncoding('utf8'); \
             res.on('data', (part) => {{ text += part }}); res.on('end', () => then(text, res)); }};\n"
    );
    for (body, wanted) in [
        (
            "http.get(base + '/a?b=c d', (res) => read(res, (text, {statusCode, statusMessage, headers}) => done({text, statusCode, \
            statusMessage, type: headers['content-type'], cookies: headers['set-cookie'], a: headers['x-a']})))",
            json!({"text": "{\"token\":\"é\"}", "statusCode": 201, "statusMessage": "Created", "type": "application/json",
                "cookies": ["a=1", "b=2"], "a": "1, 2"}),
        ),
        (
            "const req = http.request({hostname: '127.0.0.1', port: base.split(':')[2], path: '/token', method: 'post', auth: 'u:p', \
            headers: {'X-Own': ['1', '2'], 'Content-Type': 'text/plain', 'Content-Length': 6}}, (res) => \
            res.on('data', (part) => done({n: part.length, b: Buffer.isBuffer(part)}))); req.write('né'); req.end('xyz')",
            json!({"n": 14, "b": true}),
        ),
        (
            "const ask = (path) => new Promise((resolve, reject) => http.get(base + path, (res) => read(res, resolve)).on('error', reject)); \
            Promise.all([ask('/slow'), ask('/x')]).then(([a, b]) => done({a, b: JSON.parse(b).token}))",
            json!({"a": "slow", "b": "é"}),
        ),
        (
            "http.get(base + '/moved', ({statusCode, headers}) => done({statusCode, location: headers.location}))",
            json!({"statusCode": 302, "location": "/slow"}),
        ),
        (
            "http.get(base + '/slow', async (res) => { let text = ''; for await (const part of res) text += part; done({text}) })",
            json!({"text": "slow"}),
        ),
        (
            "const req = http.get(base + '/never', {timeout: 50}); req.on('timeout', () => req.destroy()); \
            req.on('error', ({code}) => done({code}))",
            json!({"code": "ECONNRESET"}),
        ),
        (
            "http.get('http://127.0.0.1:1/').on('error', ({code, message}) => done({code, said: message.includes('connect')}))",
            json!({"code": "ECONNREFUSED", "said": true}),
        ),
        ("http.get(base + '/never'); done({a: 1})", json!({"a": 1})),
    ] {
        assert_eq!(outcome_on(&pool, &format!("{prelude}{body}")).await, wanted, "{body}");
    }
    let posted = seen.lock().expect("unpoisoned").iter().find(|request| request.starts_with("POST")).cloned();
    let posted = posted.expect("a POST").to_lowercase();
    for line in ["authorization: basic dtpw", "x-own: 1\r\nx-own: 2", "content-length: 6", "content-type: text/plain"] {
        assert!(posted.contains(line), "{line}: {posted}");
    }
    assert!(posted.ends_with("\r\n\r\nnéxyz"), "{posted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_called() {
    let (port, seen) = server().await;
    for (hosts, allow_private, body, wanted) in [
        (
            &["api.test"][..],
            true,
            "require('http').get(`http://127.0.0.1:${PORT}/`)",
            "Error: network access to 127.0.0.1 is not available",
        ),
        (
            &["api.test"],
            true,
            "require('http').get('http://api.test.evil.test/')",
            "Error: network access to api.test.evil.test",
        ),
        (
            &["127.0.0.1"],
            false,
            "require('http').get(`http://127.0.0.1:${PORT}/`)",
            "Error: The vendor address is not allowed",
        ),
        (
            &["localhost"],
            false,
            "require('https').get(`https://localhost:${PORT}/`)",
            "Error: The vendor address is not allowed",
        ),
        (
            &["127.0.0.1"],
            true,
            "require('https').get('http://127.0.0.1/')",
            "TypeError: Protocol \"http:\" not supported",
        ),
        (&["127.0.0.1"], true, "require('axios')", "Error: The module axios is not available"),
        (
            &["127.0.0.1"],
            true,
            "require('http').get(`http://127.0.0.1:${PORT}/x`, (res) => { res.on('end', () => missing.x); res.resume() })",
            "ReferenceError: missing is not defined",
        ),
        (&[], true, "require('http')", "Error: network access is not available"),
    ] {
        let body = body.replace("${PORT}", &port.to_string());
        let got = outcome_on(&reaching(hosts, allow_private), &body).await.to_string().replace("\\\"", "\"");
        assert!(got.contains(wanted), "{body}: {got}");
    }
    assert_eq!(seen.lock().expect("unpoisoned").len(), 1);
}

/// A script that waits for an answer lets others run, and ends when its time is up or no caller waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn waits_end() {
    let (port, _) = server().await;
    let limits = ScriptLimits { time: Duration::from_millis(400), ..ScriptLimits::default() };
    let clients = Network::new(&HttpOptions::default(), true).expect("clients");
    let pool = Pool::with_network(limits, ScriptNetwork::new(&clients, &["127.0.0.1".to_owned()]));
    let body = format!("require('http').get('http://127.0.0.1:{port}/never', () => done())");
    let failure = run_on(&pool, &script(&body)).await.expect_err("no answer");
    assert!(
        failure.to_string().contains("0.4 seconds") || failure.message.contains("no response in time"),
        "{failure}"
    );
    let (elements, patient) = (pool.of_elements(7), names());
    let endless = script(&body);
    let mut call = elements.begin(Urgency::Live);
    let run = call.run(&endless, &patient);
    assert!(tokio::time::timeout(Duration::from_millis(50), run).await.is_err());
    assert_eq!(outcome_on(&pool, "done({a: 1})").await, json!({"a": 1}));
}
