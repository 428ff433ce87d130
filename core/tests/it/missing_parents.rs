//! A missing parent that a condition names has no records; one that the path names must exist (spec BT 2.4, 2.6).

use elementkit::engine::EngineOptions;
use serde_json::{Value, json};

use crate::support;
use crate::support::raw::World;
use crate::support::vendor::Vendor;

const AT: &str = "2027-01-15T06:00:00Z";

async fn world(folder: &std::path::Path) -> (World, Vendor) {
    let vendor = Vendor::start().await;
    vendor.change(|lists| {
        lists.channels = [7].into();
        lists.set("channel/7/subscribers", AT, [71]);
        lists.set("channel/7/webcasts", AT, [500]);
        lists.set("channel/7/webcast_viewings", AT, [301]);
        lists.set("channel/7/webcast/500/viewings", AT, [301]);
        lists.set("channel/7/webcast/500/registrations", AT, [302]);
        lists.set("channel/7/surveys", AT, [60]);
        lists.set("survey/60/responses", AT, [61]);
        lists.channels.insert(8);
        lists.refused.insert("channel/8/subscribers".to_owned(), (403, "NotAuthorisedForChannel"));
    });
    let options =
        EngineOptions { vendor_urls: support::vendor_urls(&vendor.url), ..EngineOptions::new(folder.join("test.db")) };
    (World::new(EngineOptions { bootstrap: support::bootstrap(), ..options }).await, vendor)
}

/// Object, condition, and the expected ids.
const CONDITIONS: &[(&str, &str, &[u64])] = &[
    ("contacts", "channelId = 999", &[]),
    ("contacts", "channelId in (999)", &[]),
    ("contacts", "channelId in (7, 999)", &[71]),
    ("contacts", "channelId = 999 or channelId = 7", &[71]),
    ("contacts", "channelId = 999 and email != 'x'", &[]),
    ("viewings", "channelId = 7 and webcastId = 999", &[]),
    ("viewings", "channelId = 7 and webcastId in (999)", &[]),
    ("viewings", "channelId = 7 and webcastId in (500, 999)", &[301]),
    ("viewings", "channelId = 999 and webcastId = 500", &[]),
    ("viewings", "webcastId = 999", &[]),
    ("webcasts", "channelId = 7 and id = 999", &[]),
    ("webcasts", "channelId = 999 and id = 500", &[]),
    ("webcasts", "id = 999", &[]),
    ("registrations", "channelId = 999", &[]),
    ("registrations", "channelId in (7, 999)", &[302]),
    ("registrations", "channelId = 7 and webcastId = 999", &[]),
    ("responses", "surveyId = 999", &[]),
    ("responses", "surveyId in (999)", &[]),
    ("responses", "channelId = 7 and surveyId = 999", &[]),
    ("responses", "channelId = 999 and surveyId = 60", &[]),
];

fn ids(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_condition_names_may_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (world, _vendor) = world(folder.path()).await;
    let mut jobs = Vec::new();
    for (object, condition, wanted) in CONDITIONS {
        let encoded: String = url::form_urlencoded::byte_serialize(condition.as_bytes()).collect();
        for more in ["", "&orderBy=id", "&returnCount=true"] {
            let answer = world.get(&format!("/hubs/marketing/{object}?where={encoded}{more}"), &[]).await;
            assert_eq!(answer.status, 200, "{object} {condition}{more}: {}", answer.text());
            assert_eq!(ids(answer.json().as_array().unwrap()), *wanted, "{object} {condition}{more}");
        }
        jobs.push((
            world.query(&format!("select id from {object} where {condition}")).await,
            object,
            condition,
            wanted,
        ));
    }
    for (job, object, condition, wanted) in jobs {
        let ended = world.ended(&job).await;
        assert_eq!(ended["status"], "COMPLETED", "{object} {condition}: {ended}");
        let text = world.result(&job, object, "application/jsonl").await.text();
        let found: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(ids(&found), *wanted, "{object} {condition}");
    }
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_path_names_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let (world, _vendor) = world(folder.path()).await;
    for (path, wanted) in [
        ("channels/999/contacts", 404),
        ("channels/999/webcasts?where=id%3D3", 404),
        ("channels/999/viewings?where=webcastId%3D3", 404),
        ("channels/999/registrations", 404),
        ("channels/999/responses?where=surveyId%3D60", 404),
        ("channels/7/webcasts/999/viewings", 404),
        ("channels/7/webcasts/999/registrations", 404),
        ("channels/7/webcasts/999", 404),
        ("surveys/999/responses", 404),
        ("channels/7/webcasts?where=id%3D999", 200),
        ("channels/7/viewings?where=webcastId%3D999", 200),
        ("channels/7/registrations?where=webcastId%3D999", 200),
        ("channels/7/responses?where=surveyId%3D999", 200),
        // A parent that exists but is forbidden never counts as missing.
        ("channels/8/contacts", 403),
        ("contacts?where=channelId%3D8", 403),
        ("contacts?where=channelId%20in%20(7%2C8)", 403),
    ] {
        let answer = world.get(&format!("/hubs/marketing/{path}"), &[]).await;
        assert_eq!(answer.status, wanted, "{path}: {}", answer.text());
        assert!(wanted != 200 || answer.json() == json!([]), "{path}: {}", answer.text());
    }
    let job = world.query("select id from contacts where channelId = 8").await;
    assert_eq!(world.ended(&job).await["status"], "ABORTED");
    world.engine.close().await;
}
