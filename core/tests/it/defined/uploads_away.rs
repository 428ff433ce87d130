//! Uploads to a vendor that goes away: longer than the limit of an outage ends the job, and it is resumed.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

use super::uploads::{document, many};
use super::world::{Vendor, World, json_answer};

/// A vendor that goes away, and comes back at the same address.
struct Remote {
    address: SocketAddr,
    /// Keeps the port from others while the vendor is away.
    _reserved: TcpSocket,
    running: Option<Runtime>,
    accepted: Arc<Mutex<Vec<String>>>,
    /// Number of records after which it goes away on its own.
    limit: Arc<Mutex<Option<usize>>>,
}

fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    #[cfg(unix)]
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

impl Remote {
    fn new() -> Self {
        let reserved = socket(SocketAddr::from(([127, 0, 0, 1], 0)));
        let address = reserved.local_addr().unwrap();
        let (accepted, limit) = Default::default();
        Self { address, _reserved: reserved, running: None, accepted, limit }
    }

    fn come_back(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (accepted, limit, address) = (Arc::clone(&self.accepted), Arc::clone(&self.limit), self.address);
        let accept = move |body: String| {
            let (accepted, limit) = (Arc::clone(&accepted), Arc::clone(&limit));
            async move {
                if limit.lock().unwrap().is_some_and(|limit| accepted.lock().unwrap().len() >= limit) {
                    // The process has stopped before it read this one.
                    std::future::pending::<()>().await;
                }
                let record: Value = serde_json::from_str(&body).unwrap();
                accepted.lock().unwrap().push(record["email"].as_str().unwrap().to_owned());
                json_answer(&record)
            }
        };
        let router = axum::Router::new().route("/contacts", post(accept));
        runtime.spawn(async move {
            let listener = socket(address).listen(64).unwrap();
            axum::serve(listener, router).await
        });
        self.running = Some(runtime);
    }

    fn go_away(&mut self) {
        self.running.take().unwrap().shutdown_background();
    }

    fn number(&self) -> usize {
        self.accepted.lock().unwrap().len()
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown_background();
        }
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_beyond_the_limit_ends_the_job_and_a_resumed_one_goes_on() {
    let mut remote = Remote::new();
    remote.come_back();
    let mut vendor = Vendor::over(axum::Router::new()).await;
    vendor.origin = format!("http://{}", remote.address);
    let mut world = World::bare_with(vendor, document(), |options| options.max_outage = Duration::from_secs(2)).await;
    assert_eq!(world.create(json!({})).await.status, 200);
    *remote.limit.lock().unwrap() = Some(60);
    let id = world.uploading("contacts", &many(200), json!({})).await;
    while remote.number() < 60 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    remote.go_away();
    let (status, _) = world.ended(&id, "contacts", "application/jsonl").await;
    let failure = &status["failure"];
    assert_eq!((&status["status"], &failure["unreachable"]), (&json!("ABORTED"), &json!(true)), "{status}");
    assert!(failure["message"].as_str().unwrap().contains("Connection refused"), "{status}");
    let (before, unknown) = (remote.number(), status["recordsFailedCount"].as_u64().unwrap());
    assert!(before >= 60 && unknown <= 4, "{before} {status}");
    // It is still away: the same answer, and nothing is worse.
    assert_eq!(world.call("PUT", &format!("/bulk/{id}/resume"), None).await.status, 200);
    let (status, _) = world.ended(&id, "contacts", "application/jsonl").await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("ABORTED"), &json!(unknown)), "{status}");
    *remote.limit.lock().unwrap() = None;
    remote.come_back();
    assert_eq!(world.call("PUT", &format!("/bulk/{id}/resume"), None).await.status, 200);
    let (status, file) = world.ended(&id, "contacts", "application/jsonl").await;
    let counts = (&status["status"], &status["recordsCount"], &status["recordsFailedCount"]);
    assert_eq!(counts, (&json!("COMPLETED"), &json!(200), &json!(unknown)), "{status}");
    assert_eq!(file.text.lines().count() as u64, 200 - unknown);
    let mut accepted = remote.accepted.lock().unwrap().clone();
    accepted.sort_unstable();
    accepted.dedup();
    assert_eq!(accepted.len(), remote.number(), "some arrived twice");
    assert!(accepted.len() as u64 >= 200 - unknown, "{}", accepted.len());
    world.engine.close().await;
}
