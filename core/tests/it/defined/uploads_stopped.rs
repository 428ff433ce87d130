//! Uploads that are stopped while records are under way: cancelled, parked, or deleted with their instance.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{delete, post};
use elementkit::engine::Workers;
use serde_json::{Value, json};

use super::uploads::{document, errors, many};
use super::world::{Vendor, World, json_answer};

/// A vendor that takes its time to answer what it has accepted.
#[derive(Clone, Default)]
struct Slow {
    accepted: Arc<Mutex<BTreeMap<String, usize>>>,
    /// Time for each answer, in milliseconds.
    pause: Arc<AtomicU64>,
}

impl Slow {
    async fn start(&self, pause: u64) -> Vendor {
        self.answer_after(pause);
        let router = axum::Router::new();
        let router = router.route("/contacts", post(Self::create)).route("/contacts/{id}", delete(Self::delete));
        Vendor::over(router.with_state(self.clone())).await
    }

    fn answer_after(&self, milliseconds: u64) {
        self.pause.store(milliseconds, Ordering::Relaxed);
    }

    fn accept(&self, name: String) -> usize {
        let mut accepted = self.accepted.lock().unwrap();
        let times = accepted.entry(name).or_default();
        *times += 1;
        *times
    }

    async fn wait(&self) {
        tokio::time::sleep(Duration::from_millis(self.pause.load(Ordering::Relaxed))).await;
    }

    async fn create(State(slow): State<Self>, body: String) -> Response {
        let record: Value = serde_json::from_str(&body).unwrap();
        slow.accept(record["email"].as_str().unwrap().to_owned());
        slow.wait().await;
        json_answer(&record)
    }

    async fn delete(State(slow): State<Self>, path: axum::extract::Path<String>) -> axum::http::StatusCode {
        let times = slow.accept(path.0);
        slow.wait().await;
        if times > 1 { axum::http::StatusCode::NOT_FOUND } else { axum::http::StatusCode::NO_CONTENT }
    }

    fn number(&self) -> usize {
        self.accepted.lock().unwrap().len()
    }

    /// Waits until that many records were accepted.
    async fn until(&self, number: usize) {
        while self.number() < number {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn assert_each_once(&self, number: usize) {
        let accepted = self.accepted.lock().unwrap();
        let twice: Vec<_> = accepted.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
        assert_eq!(accepted.len(), number);
    }
}

async fn world(vendor: Vendor) -> World {
    let mut world = World::with(vendor, document(), Workers::Auto).await;
    assert_eq!(world.create(json!({})).await.status, 200);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn creations_that_a_stop_does_not_wait_for_are_unknown() {
    let slow = Slow::default();
    let world = world(slow.start(1).await).await;
    // Cancelled while four creations take longer than a stop waits for.
    let id = world.uploading("contacts", &many(100), json!({})).await;
    slow.until(20).await;
    slow.answer_after(20_000);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let before = slow.number();
    assert_eq!(world.call("PUT", &format!("/bulk/{id}/cancel"), None).await.status, 200);
    let (status, _) = world.ended(&id, "contacts", "application/jsonl").await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("CANCELLED"), &json!(4)), "{status}");
    assert_eq!(slow.number(), before, "nothing is sent after a stop");
    let found = errors(&world, &id).await;
    assert!(found.iter().all(|row| row["status"] == "unknown: the job was stopped before the answer"), "{found:?}");
    // Parked in the same way by the end of the engine.
    assert_eq!(world.call("PUT", &format!("/bulk/{id}/resume"), None).await.status, 200);
    slow.until(before + 4).await;
    world.engine.close().await;
    slow.answer_after(1);
    let world = world.again().await;
    let (status, file) = world.ended(&id, "contacts", "application/jsonl").await;
    let counts = (&status["status"], &status["recordsCount"], &status["recordsFailedCount"]);
    assert_eq!(counts, (&json!("COMPLETED"), &json!(100), &json!(8)), "{status}");
    assert_eq!(file.text.lines().count(), 92);
    slow.assert_each_once(100);
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_within_the_grace_of_a_stop_count() {
    let slow = Slow::default();
    let world = world(slow.start(300).await).await;
    let id = world.uploading("contacts", &many(40), json!({})).await;
    slow.until(10).await;
    assert_eq!(world.call("PUT", &format!("/bulk/{id}/cancel"), None).await.status, 200);
    let (status, _) = world.ended(&id, "contacts", "application/jsonl").await;
    assert_eq!(status["recordsCount"], slow.number(), "{status}");
    assert_eq!(status["recordsFailedCount"], 0, "{status}");
    slow.answer_after(1);
    assert_eq!(world.call("PUT", &format!("/bulk/{id}/resume"), None).await.status, 200);
    let (status, _) = world.ended(&id, "contacts", "application/jsonl").await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("COMPLETED"), &json!(0)), "{status}");
    slow.assert_each_once(40);
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_under_way_at_a_stop_are_done_when_they_are_repeated() {
    let slow = Slow::default();
    let world = world(slow.start(1).await).await;
    let rows: String = (0..60).map(|number| format!("{number}\n")).collect();
    let id = world.uploading("contacts", format!("id\n{rows}").as_bytes(), json!({"action": "delete"})).await;
    slow.until(20).await;
    slow.answer_after(20_000);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(world.call("PUT", &format!("/bulk/{id}/cancel"), None).await.status, 200);
    world.ended(&id, "contacts", "application/jsonl").await;
    slow.answer_after(1);
    assert_eq!(world.call("PUT", &format!("/bulk/{id}/resume"), None).await.status, 200);
    let (status, _) = world.ended(&id, "contacts", "application/jsonl").await;
    let counts = (&status["status"], &status["recordsCount"], &status["recordsFailedCount"]);
    assert_eq!(counts, (&json!("COMPLETED"), &json!(60), &json!(0)), "{status}");
    assert_eq!(slow.number(), 60);
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_after_the_instance_is_deleted() {
    let slow = Slow::default();
    let world = world(slow.start(5).await).await;
    let id = world.uploading("contacts", &many(2000), json!({})).await;
    slow.until(50).await;
    let folder = world.folder.path().join(format!("test.db.bulk/{id}"));
    assert!(folder.is_dir());
    let deleted = world.own("DELETE", &format!("/instances/{}", world.id), None).await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);
    let at_deletion = slow.number();
    assert_eq!(world.get(&format!("/bulk/{id}/status")).await.status, 401);
    tokio::time::sleep(Duration::from_millis(300)).await;
    // The calls under way may still arrive.
    assert!(slow.number() <= at_deletion + 4, "{at_deletion}, then {}", slow.number());
    assert!(slow.number() < 2000);
    for _ in 0..200 {
        if !folder.exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!folder.exists(), "its file is gone with it");
    world.engine.close().await;
}
