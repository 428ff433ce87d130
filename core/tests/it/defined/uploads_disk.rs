//! Uploads on a disk that is full: while the file arrives, and while its records are sent.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::uploads::{accept, arrivals, document, errors, many};
use super::world::{Asked, Vendor, World};
use crate::support::disk::SmallDisk;

async fn on(disk: &SmallDisk, play: impl FnMut(&Asked) -> super::world::Reply + Send + 'static) -> World {
    let mut world = World::on(disk.path(), Vendor::start(play).await, document()).await;
    assert_eq!(world.create(json!({})).await.status, 200);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_fit_is_refused_and_leaves_nothing() {
    let Some(disk) = SmallDisk::new(24) else { return };
    let world = on(&disk, accept).await;
    disk.fill(700 << 10);
    let refused = world.upload("contacts", &many(100_000), json!({})).await;
    assert_eq!(refused.status, 507, "{}", refused.text);
    assert!(refused.text.contains("No space left on device"), "{}", refused.text);
    let folder = world.folder.path().join("test.db.bulk");
    let left: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| name == "reserve"), "{left:?}");
    assert_eq!(world.get("/bulk/jobs").await.body, json!([]));
    assert!(world.vendor.asked().is_empty());
    disk.free();
    let (_, status) = world.uploaded("contacts", &many(10), json!({})).await;
    assert_eq!((&status["status"], &status["recordsCount"]), (&json!("COMPLETED"), &json!(10)), "{status}");
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_while_records_are_sent_ends_the_job_which_resumes_with_free_space() {
    let Some(disk) = SmallDisk::new(24) else { return };
    let disk = Arc::new(disk);
    for (leave, limit) in [(0, 30), (64 << 10, 200), (200 << 10, 400)] {
        let accepted = Arc::new(Mutex::new(Vec::new()));
        let (done, full, filler) = (Arc::clone(&accepted), Arc::new(Mutex::new(true)), Arc::clone(&disk));
        let is_full = Arc::clone(&full);
        let world = on(&disk, move |asked: &Asked| {
            let mut done = done.lock().unwrap();
            done.push(asked.clone());
            if done.len() == limit && *is_full.lock().unwrap() {
                filler.fill(leave);
            }
            // Answers take space.
            let mut reply = accept(asked);
            let more = format!("{{\"id\":\"new\",\"more\":\"{}\"}}", "x".repeat(2000));
            reply.body = more.into();
            reply
        })
        .await;
        let (id, status) = world.uploaded("contacts", &many(1000), json!({})).await;
        assert_eq!(status["status"], "ABORTED", "{leave}: {status}");
        assert!(status["error"].as_str().unwrap().contains("Free some space"), "{leave}: {status}");
        // Still no space: the same failure again, and nothing is worse than before.
        let before = accepted.lock().unwrap().len();
        world.call("PUT", &format!("/bulk/{id}/resume"), None).await;
        assert_eq!(world.ended(&id, "contacts", "application/jsonl").await.0["status"], "ABORTED", "{leave}");
        let more = accepted.lock().unwrap().len() - before;
        assert!(more <= 4, "{leave}: {more} were sent without a place for the answers");
        *full.lock().unwrap() = false;
        disk.free();
        assert_eq!(world.call("PUT", &format!("/bulk/{id}/resume"), None).await.status, 200);
        let (status, file) = world.ended(&id, "contacts", "application/jsonl").await;
        let counts = (&status["status"], &status["recordsCount"]);
        assert_eq!(counts, (&json!("COMPLETED"), &json!(1000)), "{leave}: {status}");
        let unknown = errors(&world, &id).await;
        assert!(unknown.is_empty(), "{leave}: {unknown:?}");
        let accepted = accepted.lock().unwrap().clone();
        assert!(arrivals(&accepted).values().all(|times| *times == 1), "{leave}: some were sent twice");
        assert_eq!((file.text.lines().count(), accepted.len()), (1000, 1000), "{leave}");
        world.engine.close().await;
    }
}
