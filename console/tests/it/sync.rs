//! Syncs: a list once, and then what changed since.

use std::time::Duration;

use serde_json::json;

use crate::support::{Browser, Page, World};

/// Waits until a job has ended, and returns its state.
async fn ended(world: &World, browser: &Browser, address: &str) -> Page {
    loop {
        let page = world.get(browser, format!("{address}/progress")).await;
        if !page.text.contains("hx-get") {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_reads_what_changed_since_the_last_one() {
    let world = World::new().await;
    let id = world.connect("demo").await;
    let browser = world.enter().await;
    let own = format!("/console/instances/{id}/sync");
    assert!(world.get(&browser, &own).await.text.contains("No syncs yet"));
    for wrong in ["", "path=none", "path=../secrets", "path=channels/{channelId}/viewings"] {
        assert_eq!(world.post(&browser, &own, wrong).await.status, 400, "{wrong}");
    }
    assert_eq!(world.post(&browser, &own, "job=1").await.status, 404);
    // Other bulk jobs may be restricted, and are continued by nothing.
    let other = world.post(&browser, format!("/console/instances/{id}/bulk"), "path=contacts&to=2026-01-01").await;
    let other = other.header("location").to_owned();
    assert!(!ended(&world, &browser, &other).await.text.contains("Get the changes"));
    let other = other.rsplit('/').next().unwrap();
    assert_eq!(world.post(&browser, &own, &format!("job={other}")).await.status, 400);

    let first = world.post(&browser, &own, "path=contacts").await;
    assert_eq!(first.status, 303, "{}", first.text);
    let first = first.header("location").to_owned();
    assert!(ended(&world, &browser, &first).await.text.contains("Get the changes"));
    let rows = world.get(&browser, format!("{first}/file?format=csv")).await.text.lines().count();
    let page = world.get(&browser, &own).await;
    assert!(
        page.text.contains("SELECT * FROM channelsContacts") && !page.text.contains("the beginning"),
        "{}",
        page.text
    );
    assert_eq!(page.text.matches("Get the changes").count(), 1);

    let job = page.between("name=\"job\" value=\"", "\"");
    let next = world.post(&browser, &own, &format!("job={job}")).await;
    let next = next.header("location").to_owned();
    assert_ne!(first, next);
    ended(&world, &browser, &next).await;
    let changed = world.get(&browser, format!("{next}/file?format=csv")).await.text.lines().count();
    assert!(rows > 10 && changed < rows / 2, "{changed} of {rows}");
    // The last run alone is shown, and the next one follows it.
    let page = world.get(&browser, &own).await;
    assert!(page.text.contains(&next) && !page.text.contains(&first) && page.text.contains("Get the changes"));

    // Where a list was refused, the run says so, and the next one reads it again.
    let faults = json!([{"match": {"path": "*/channel/1001/subscribers*"}, "times": null, "fault": {"type": "status", "status": 403}}]);
    world.simulator.add_faults(&faults).unwrap();
    let job = next.rsplit('/').next().unwrap();
    let refused = world.post(&browser, &own, &format!("job={job}")).await;
    let refused = refused.header("location").to_owned();
    ended(&world, &browser, &refused).await;
    let page = world.get(&browser, &own).await;
    assert!(page.text.contains("1001 (forbidden)"), "{}", page.text);
}
