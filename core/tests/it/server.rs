//! The server on a port: limits, time limits, start and stop, TLS, its own endpoints (spec P 3.2, 16.9).

use std::net::SocketAddr;
use std::time::Duration;

use brighttalk_sim::{Config, Simulator};
use elementkit::ErrorKind;
use elementkit::engine::Engine;
use elementkit::server::{ServerOptions, TlsFiles, serve_with};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support;

/// A bound on liveness only: far longer than anything here takes.
const SOON: Duration = Duration::from_secs(20);

struct World {
    address: SocketAddr,
    engine: Engine,
    simulator: Simulator,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<elementkit::Result<()>>,
    /// Keeps the database until the world is dropped.
    _folder: tempfile::TempDir,
}

impl World {
    async fn new(options: ServerOptions) -> Self {
        let simulator = Simulator::start(Config { subscribers: 20, ..Config::default() }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(support::engine_options(folder.path(), &simulator)).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let opened = engine.clone();
        let served = tokio::spawn(serve_with(options, listener, async { Ok(opened) }, async {
            let _ = stopped.await;
        }));
        Self { address, engine, simulator, stop: Some(stop), served, _folder: folder }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the Element token of a new instance.
    async fn token(&self, client: &reqwest::Client) -> String {
        let new = json!({"element": {"key": "brighttalk"}, "name": "one", "configuration":
            {"brighttalk.api.key": "1", "brighttalk.api.secret": "0123456789ABCDEF0123456789ABCDEF"}});
        let call = client.post(self.url("/elements/api-v2/instances")).header("authorization", organization());
        let made: Value = json_of(call.body(new.to_string())).await;
        made["token"].as_str().unwrap().to_owned()
    }

    async fn end(mut self) {
        let _ = self.stop.take().unwrap().send(());
        tokio::time::timeout(SOON, &mut self.served).await.expect("the server ends").unwrap().unwrap();
        self.engine.close().await;
    }
}

fn organization() -> String {
    format!("User {}, Organization {}", support::USER, support::ORGANIZATION)
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

async fn json_of(call: reqwest::RequestBuilder) -> Value {
    let answer = call.header("content-type", "application/json").send().await.unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// Sends bytes and reads the response until the server closes.
async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may reject the request while this is still being written.
    let _ = stream.write_all(bytes).await;
    read_to_end(&mut stream).await
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    tokio::time::timeout(SOON, stream.read_to_end(&mut answer)).await.expect("the server answers").unwrap();
    String::from_utf8(answer).unwrap()
}

/// Returns the status and the body of a raw response that is an error of the contract.
fn refusal(answer: &str) -> (u16, Value) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {answer:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON in {answer:?}"));
    let id = body["requestId"].as_str().unwrap();
    assert_eq!(id.len(), 24, "{answer}");
    assert!(head.to_ascii_lowercase().contains(&format!("elements-request-id: {id}")), "{answer}");
    assert!(!body["message"].as_str().unwrap().is_empty());
    (status, body)
}

/// A process may tell its address before it serves, so that the first connection waits in the listener. It is served even
/// if the thread that serves is held up, as under load.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_open_engine_serves_the_first_connection() {
    let folder = tempfile::tempdir().unwrap();
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let engine = Engine::open(support::engine_options(folder.path(), &simulator)).await.unwrap();
    for held_up_ms in [100, 0, 0, 0, 0, 0, 0, 0] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let post =
            b"POST /elements/api-v2/nothing HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let (stop, stopped) = oneshot::channel::<()>();
        let calls = tokio::spawn(async move {
            let _stop = stop;
            futures::future::join_all((0..8).map(|_| raw(address, post))).await
        });
        let opened = engine.clone();
        let open = async move {
            std::thread::sleep(Duration::from_millis(held_up_ms));
            Ok(opened)
        };
        // On the thread of the test: a task would hand the connections to its own thread.
        let stop = async {
            let _ = stopped.await;
        };
        serve_with(ServerOptions::default(), listener, open, stop).await.unwrap();
        for answer in calls.await.unwrap() {
            assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        }
    }
    engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_that_are_too_large_or_wrong_are_refused_with_a_body() {
    let world = World::new(ServerOptions::default()).await;
    for (name, head) in [
        (
            "a header",
            format!("GET /elements/api-v2/elements HTTP/1.1\r\nhost: x\r\nx-big: {}\r\n\r\n", "a".repeat(70_000)),
        ),
        ("a huge header", format!("GET / HTTP/1.1\r\nhost: x\r\nx-big: {}\r\n\r\n", "a".repeat(3 << 20))),
        ("a path", format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(65_600))),
        ("a query", format!("GET /elements/api-v2/elements?where={} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200_000))),
        ("many headers", format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(2000))),
    ] {
        // The test would wait for a connection that stays open.
        let head = head.replacen("host: x", "host: x\r\nconnection: close", 1);
        assert_eq!(refusal(&raw(world.address, head.as_bytes()).await).0, 431, "{name}");
    }
    for wrong in ["nonsense\r\n\r\n", "GET /elements/api-v2/elements HTTP/1.1\r\nno colon here\r\n\r\n"] {
        assert_eq!(refusal(&raw(world.address, wrong.as_bytes()).await).0, 400, "{wrong}");
    }
    let fits = format!(
        "GET /elements/api-v2/elements?x={} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        "a".repeat(60_000)
    );
    assert!(raw(world.address, fits.as_bytes()).await.starts_with("HTTP/1.1 200 "));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_too_large_are_refused_whole_or_in_chunks() {
    let world = World::new(ServerOptions::default()).await;
    let big = vec![b' '; 20 << 20];
    for (path, authorization) in
        [("/elements/api-v2/instances", organization()), ("/elements/api-v2/nowhere/at/all", String::new())]
    {
        let call = client().post(world.url(path)).header("authorization", authorization);
        let answer = call.header("content-type", "application/json").body(big.clone()).send().await.unwrap();
        assert_eq!(answer.status(), 413, "{path}");
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(body["message"], "Payload Too Large");
    }
    let mut chunked = format!(
        "POST /elements/api-v2/instances HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        organization()
    )
    .into_bytes();
    for _ in 0..100 {
        chunked.extend_from_slice(b"10000\r\n");
        chunked.extend_from_slice(&[b' '; 0x10000]);
        chunked.extend_from_slice(b"\r\n");
    }
    assert_eq!(refusal(&raw(world.address, &chunked).await).0, 413);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_clients_are_disconnected() {
    let short = Duration::from_millis(300);
    let world =
        World::new(ServerOptions { head_timeout: short, body_timeout: short, ..ServerOptions::default() }).await;
    // First no bytes, then half a head.
    for start in ["", "GET /elements/api-v2/elements HTTP/1.1\r\nhost: x\r\n"] {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        assert_eq!(read_to_end(&mut stream).await, "", "{start}");
    }
    // A body that stops.
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let head = format!(
        "POST /elements/api-v2/instances HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{\"na",
        organization()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (status, body) = refusal(&read_to_end(&mut stream).await);
    assert_eq!((status, &body["message"]), (400, &json!("The request body could not be read")));
    world.end().await;
}

/// Returns a connection whose request has begun: its body is still to come.
async fn busy(world: &World) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let head = format!(
        "POST /elements/api-v2/instances HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n\
         content-type: application/json\r\ncontent-length: 2\r\n\r\n",
        organization()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Returns a connection after one ping.
async fn alive(world: &World) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_wait() {
    let world = World::new(ServerOptions { max_connections: 2, ..ServerOptions::default() }).await;
    let (mut one, _other) = (busy(&world).await, busy(&world).await);
    let mut third = alive(&world).await;
    let mut byte = [0];
    let early = tokio::time::timeout(Duration::from_millis(1000), third.read(&mut byte)).await;
    assert!(early.is_err(), "the third was answered while two requests were running");
    // A client that would keep its connection gets its response and makes room.
    one.write_all(b"{}").await.unwrap();
    let last = read_to_end(&mut one).await;
    assert!(last.starts_with("HTTP/1.1 400 ") && last.to_lowercase().contains("connection: close"), "{last}");
    assert!(read_to_end(&mut third).await.starts_with("HTTP/1.1 200 "));
    drop(_other);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_give_way_to_requests() {
    let world = World::new(ServerOptions { max_connections: 3, ..ServerOptions::default() }).await;
    let mut running = busy(&world).await;
    let mut slow = Vec::new();
    // More than there are permits: no bytes, half a head, and one that received a response.
    for start in ["", "GET / HTTP/1.1\r\nhost: x\r\n", "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", "", ""] {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    for _ in 0..2 {
        assert!(read_to_end(&mut alive(&world).await).await.starts_with("HTTP/1.1 200 "));
    }
    // The one that waited longest is closed, without a response; the running request is finished.
    assert_eq!(read_to_end(&mut slow[0]).await, "");
    running.write_all(b"{}").await.unwrap();
    let mut status = [0; 13];
    tokio::time::timeout(SOON, running.read_exact(&mut status)).await.unwrap().unwrap();
    assert_eq!(&status, b"HTTP/1.1 400 ");
    drop((running, slow));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_that_others_could_read_differently_are_refused() {
    let world = World::new(ServerOptions::default()).await;
    let line = "GET /elements/api-v2/elements HTTP/1.1\r\n";
    for (what, head) in [
        ("no host", format!("{line}connection: close\r\n\r\n")),
        ("two hosts", format!("{line}connection: close\r\nhost: a\r\nhost: b\r\n\r\n")),
        ("the same host twice", format!("{line}connection: close\r\nhost: a\r\nhost: a\r\n\r\n")),
        ("a line feed in the request line", "GET /elements/api-v2/elements HTTP/1.1\nhost: x\r\n\r\n".to_owned()),
        ("a line feed behind a header", format!("{line}connection: close\r\nhost: x\n\r\n")),
        ("a line feed as the end", format!("{line}connection: close\r\nhost: x\r\n\n")),
    ] {
        assert_eq!(refusal(&raw(world.address, head.as_bytes()).await).0, 400, "{what}");
    }
    // In a second request on the connection, too; bodies may contain any bytes.
    let body = "{\n\n\"name\":\n1}";
    let first = format!(
        "POST /elements/api-v2/instances HTTP/1.1\r\nhost: x\r\nauthorization: {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        organization(),
        body.len()
    );
    let answer = raw(world.address, format!("{first}GET /healthz HTTP/1.1\nhost: x\r\n\r\n").as_bytes()).await;
    assert!(answer.contains("name must be a text") && answer.contains("The request is not valid HTTP"), "{answer}");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_finishes_the_calls_that_run() {
    let mut world = World::new(ServerOptions::default()).await;
    let client = client();
    let token = world.token(&client).await;
    let slow = json!([{"match": {"path": "/v1/my/channels"}, "fault": {"type": "slow_headers", "ms": 1500}}]);
    world.simulator.add_faults(&slow).unwrap();
    let call = client.get(world.url("/elements/api-v2/channels"));
    let call = call.header("authorization", format!("User {}, Element {token}", support::USER)).send();
    let running = tokio::spawn(call);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let _ = world.stop.take().unwrap().send(());
    tokio::time::timeout(SOON, &mut world.served).await.expect("the server ends").unwrap().unwrap();
    assert!(TcpStream::connect(world.address).await.is_err(), "no more connections are taken");
    let answer = running.await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    let channels: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!(channels.as_array().unwrap().len(), 5);
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_engine_is_not_there_yet_says_so() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (open, opening) = oneshot::channel::<()>();
    let options = support::engine_options(folder.path(), &simulator);
    let engine = async move {
        let _ = opening.await;
        Engine::open(options).await
    };
    let server = tokio::spawn(serve_with(ServerOptions::default(), listener, engine, std::future::pending()));
    let client = client();
    let get = |path: &str| client.get(format!("http://{address}{path}")).send();
    assert_eq!(get("/healthz").await.unwrap().status(), 200);
    for path in ["/readyz", "/elements/api-v2/elements"] {
        let answer = get(path).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "1"), "{path}");
        let id = answer.headers()["elements-request-id"].to_str().unwrap().to_owned();
        let body: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(body, json!({"requestId": id, "message": "Service Unavailable"}));
    }
    open.send(()).unwrap();
    let ready = async {
        while get("/readyz").await.unwrap().status() != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, ready).await.expect("the server becomes ready");
    assert_eq!(get("/elements/api-v2/elements").await.unwrap().status(), 200);
    server.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_cannot_be_opened_ends_the_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let engine = Engine::open(elementkit::engine::EngineOptions::new("/nowhere/at/all.db"));
    let outcome = serve_with(ServerOptions::default(), listener, engine, std::future::pending());
    let error = tokio::time::timeout(SOON, outcome).await.expect("it ends").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
}

#[tokio::test(flavor = "multi_thread")]
async fn server_endpoints_need_no_credentials_and_reveal_no_tenant() {
    let world = World::new(ServerOptions::default()).await;
    let client = client();
    let token = world.token(&client).await;
    for path in ["/healthz", "/readyz", "/metrics", "/openapi.json"] {
        assert_eq!(client.get(world.url(path)).send().await.unwrap().status(), 200, "{path}");
        let refused = client.post(world.url(path)).send().await.unwrap();
        assert_eq!((refused.status().as_u16(), refused.headers()["allow"].to_str().unwrap()), (405, "GET"), "{path}");
    }
    let authorization = format!("User {}, Element {token}", support::USER);
    let page = client.get(world.url("/elements/api-v2/channels/1001/contacts?pageSize=5"));
    assert_eq!(page.header("authorization", &authorization).send().await.unwrap().status(), 200);
    assert_eq!(client.get(world.url("/no/such/path/at/all")).send().await.unwrap().status(), 404);
    let answer = client.get(world.url("/metrics")).send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let text = answer.text().await.unwrap();
    let route = "elementkit_requests_total{method=\"GET\",route=\"/channels/{channelId}/contacts\",status=\"200\"} 1";
    assert!(text.contains(route), "{text}");
    assert!(text.contains("route=\"other\",status=\"404\"} 1"), "{text}");
    assert!(text.contains("elementkit_request_seconds_bucket"), "{text}");
    assert!(text.contains("elementkit_vendor_calls_total{outcome=\"ok\"} 2"), "{text}");
    for private in [token.as_str(), support::USER, support::ORGANIZATION, "1001", "such", "400001"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_speaks_both_versions_of_http() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = TlsFiles { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    std::fs::write(&files.certificate, made.cert.pem()).unwrap();
    std::fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    let world = World::new(ServerOptions { tls: Some(files.clone()), ..ServerOptions::default() }).await;
    let url = format!("https://localhost:{}/elements/api-v2/elements/keys", world.address.port());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    for (protocols, version) in [(vec![b"h2".to_vec()], http::Version::HTTP_2), (vec![], http::Version::HTTP_11)] {
        let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
        let config =
            rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_root_certificates(roots.clone()).with_no_client_auth();
        config.alpn_protocols = protocols;
        let client = reqwest::Client::builder().tls_backend_preconfigured(config).build().unwrap();
        let answer = client.get(&url).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        let large = client.get(&url).header("x-big", "a".repeat(70_000)).send().await.unwrap();
        assert_eq!(large.status(), 431);
    }
    // Plain HTTP on that port is no TLS, and fails.
    assert!(client().get(world.url("/healthz")).send().await.is_err());
    world.end().await;

    let error = TlsFiles { key: files.certificate.clone(), ..files };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = ServerOptions { tls: Some(error), ..ServerOptions::default() };
    let outcome = serve_with(options, listener, std::future::pending(), std::future::pending()).await.unwrap_err();
    assert_eq!(outcome.kind(), ErrorKind::Config);
    assert!(outcome.message().contains("it contains none"), "{outcome}");
}

#[test]
fn secrets_do_not_travel_in_the_clear_by_accident() {
    let plain = ServerOptions::default();
    let (near, far) = ("127.0.0.1:80".parse().unwrap(), "0.0.0.0:80".parse().unwrap());
    assert!(plain.check(near).is_ok());
    assert_eq!(plain.check(far).unwrap_err().kind(), ErrorKind::Config);
    assert!(ServerOptions { allow_insecure_http: true, ..plain }.check(far).is_ok());
}
