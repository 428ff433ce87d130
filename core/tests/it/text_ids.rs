//! Elements with what BrightTALK lacks: ids that are any text, in paths, conditions, page tokens, partitions and results;
//! records with members of their own; one list for all records; a vendor that filters inclusively.

use brighttalk_sim::testbed_sim::{Config, Simulator};
use elementkit::engine::EngineOptions;
use elementkit::query::field;
use elementkit::record::strip_nulls;
use serde_json::{Value, json};

use crate::support;
use crate::support::raw::World;
use crate::support::subject::Subject;

async fn world(accounts: u64) -> (World, Simulator, tempfile::TempDir) {
    let simulator = Simulator::start(Config { accounts, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options =
        EngineOptions { bootstrap: support::bootstrap(), ..EngineOptions::new(folder.path().join("test.db")) };
    (World::over(Subject::Testbed, options, &simulator.url()).await, simulator, folder)
}

fn escaped(id: &str) -> String {
    percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn ids(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["id"].as_str().unwrap()).collect()
}

async fn list(world: &World, path: &str) -> Vec<Value> {
    let answer = world.get(&format!("/hubs/crm/{path}"), &[]).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json().as_array().unwrap().clone()
}

async fn rows(world: &World, object: &str, statement: &str) -> (Vec<Value>, Value) {
    let job = world.query(statement).await;
    let ended = world.ended(&job).await;
    assert_eq!(ended["status"], "COMPLETED", "{ended}");
    let text = world.result(&job, object, "application/jsonl").await.text();
    let report = world.get(&format!("/bulk/{job}/report"), &[]).await.json();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), report)
}

#[tokio::test(flavor = "multi_thread")]
async fn any_text_is_an_id_in_paths_and_conditions() {
    let (world, simulator, _folder) = world(24).await;
    let notes = simulator.records("notes");
    for account in simulator.records("accounts") {
        let id = account["id"].as_str().unwrap();
        let one = world.get(&format!("/hubs/crm/accounts/{}", escaped(id)), &[]).await;
        assert_eq!((one.status, &one.json()["id"], &one.json()["name"]), (200, &account["id"], &account["name"]));
        let own: Vec<Value> = notes.iter().filter(|note| note["accountId"] == id).cloned().collect();
        let condition = escaped(&field("accountId").eq(id).to_string());
        for path in [
            format!("accounts/{}/notes", escaped(id)),
            format!("notes?where={condition}"),
            format!("account-notes?where={condition}"),
        ] {
            assert_eq!(ids(&list(&world, &path).await), ids(&own), "{path}");
        }
        let by_id = escaped(&field("id").eq(id).to_string());
        assert_eq!(ids(&list(&world, &format!("accounts?where={by_id}")).await), [id]);
    }
    let before = simulator.requests().len();
    for (id, calls) in [("acc_9999", 1), ("acc_0001", 1), (".", 0), ("..", 0), ("../notes", 1), ("acc_0003?x=1", 1)] {
        let calls_before = simulator.requests().len();
        for path in [format!("accounts/{}", escaped(id)), format!("accounts/{}/notes", escaped(id))] {
            let answer = world.get(&format!("/hubs/crm/{path}"), &[]).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        }
        let missing = escaped(&format!("accountId = '{id}'"));
        assert!(list(&world, &format!("notes?where={missing}")).await.is_empty(), "{id}");
        assert_eq!(simulator.requests().len() - calls_before, 3 * calls, "{id}");
    }
    let paths: Vec<String> = simulator.requests()[before..].iter().map(|entry| entry.path.clone()).collect();
    assert!(paths.iter().all(|path| path.starts_with("/v2/accounts/")), "{paths:?}");
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_below_texts_are_in_the_order_of_their_keys() {
    let (world, simulator, _folder) = world(60).await;
    let mut expected = simulator.records("notes");
    expected.sort_by_key(|note| note["accountId"].as_str().unwrap().to_owned());
    let (found, report) = rows(&world, "accountNotes", "select * from accountNotes").await;
    assert_eq!(ids(&found), ids(&expected));
    assert_eq!((&report["rowsRead"], &report["duplicatesDropped"]), (&json!(90), &json!(0)), "{report}");
    let live = list(&world, "account-notes?pageSize=500").await;
    assert_eq!(ids(&live), ids(&expected), "the same order live");
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_vanish_are_skipped_and_reported() {
    let (world, simulator, _folder) = world(30).await;
    let before = simulator.records("notes");
    let deleted = json!({"deletes": 6, "during": {"path": "/v2/accounts", "page": 1}});
    simulator.advance(&deleted).unwrap();
    let (found, report) = rows(&world, "accountNotes", "select * from accountNotes").await;
    let left = simulator.records("notes");
    assert!(left.len() < before.len());
    assert_eq!(found.len(), left.len());
    assert_eq!(report["warnings"]["skipped-list"], 6, "{report}");
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_those_of_the_vendor() {
    let (world, simulator, _folder) = world(100).await;
    let (found, _) = rows(&world, "accounts", "select * from accounts").await;
    let live = list(&world, "accounts?pageSize=500").await;
    assert_eq!(live.len(), 100);
    for ((vendor, bulk), live) in simulator.records("accounts").iter().zip(&found).zip(&live) {
        assert_eq!(bulk, live);
        for (name, value) in vendor.as_object().unwrap() {
            let own = match name.strip_prefix("x_") {
                Some(_) => &bulk["custom"][name],
                None => &bulk[name],
            };
            let mut expected = match name.as_str() {
                "customerSince" if value.is_string() => json!(format!("{}T00:00:00Z", value.as_str().unwrap())),
                _ => value.clone(),
            };
            // The platform leaves nulls out.
            strip_nulls(&mut expected);
            assert_eq!(own, &expected, "{name} of {vendor}");
        }
    }
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_may_have_changed_is_requested() {
    let (world, simulator, _folder) = world(100).await;
    let all = simulator.records("accounts");
    let at = |number: usize| all[number]["updatedAt"].as_str().unwrap().to_owned();
    let sent = || simulator.requests().last().unwrap().query.clone();
    for (path, since, count) in [
        (format!("accounts?where={}", escaped(&format!("updatedAt >= '{}'", at(90)))), Some(at(90)), 10),
        (format!("accounts?where={}", escaped(&format!("updatedAt = '{}'", at(99)))), Some(at(99)), 1),
        (format!("accounts?updatedSince={}", escaped(&at(80))), Some(at(80)), 20),
        (format!("accounts?where={}", escaped(&format!("NOT updatedAt < '{}'", at(90)))), None, 10),
        (format!("accounts?where={}", escaped(&format!("updatedAt < '{}'", at(10)))), None, 10),
    ] {
        assert_eq!(list(&world, &path).await.len(), count, "{path}");
        let expected = since.map(|since| format!("updated_since={}", since.replace(':', "%3A")));
        match expected {
            Some(expected) => assert!(sent().contains(&expected), "{path}: {}", sent()),
            None => assert!(!sent().contains("updated_since"), "{path}: {}", sent()),
        }
    }
    let later = escaped(&format!("updatedAt > '{}'", at(98)));
    assert_eq!(ids(&list(&world, &format!("accounts?where={later}")).await), ids(&all[99..]));
    assert!(!sent().contains(&at(98).replace(':', "%3A")), "the vendor's limit is inclusive");
    let wrong = world.get("/hubs/crm/accounts?updatedSince=yesterday", &[]).await;
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    world.engine.close().await;
}
