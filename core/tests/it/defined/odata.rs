//! OData conditions and paging against a real parser: `odata-query` over SQLite (`tests/odata`).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::played::{imported, instance};
use crate::support::raw;
use crate::support::served::Served;

const PEOPLE: usize = 100;

async fn world(service: &Served, folder: &std::path::Path) -> raw::World {
    let document: Value = serde_json::from_str(include_str!("../../../../tests/odata/element.json")).unwrap();
    let engine = imported(folder, &document).await.unwrap();
    let configuration = json!({"base.url": service.url});
    let new = json!({"element": {"key": "odata-people"}, "name": "x", "configuration": configuration});
    instance(engine, &new).await.unwrap()
}

/// Reads a list to its end. Returns the ids.
async fn ids(world: &raw::World, list: &str, condition: &str, size: usize) -> BTreeSet<u64> {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let (mut ids, mut next, mut pages) = (BTreeSet::new(), String::new(), 0);
    loop {
        let path = format!("/hubs/crm/{list}?pageSize={size}&where={}{next}", encoded(condition));
        let answer = world.get(&path, &[]).await;
        assert_eq!(answer.status, 200, "{condition}: {}", answer.text());
        for person in answer.json().as_array().unwrap() {
            assert!(ids.insert(person["id"].as_u64().unwrap()), "{condition}: {person} comes twice");
        }
        pages += 1;
        assert!(pages <= PEOPLE, "{condition} does not end");
        let Some(token) = answer.header("elements-next-page-token") else { return ids };
        next = format!("&nextPage={}", encoded(token));
    }
}

/// Returns the filters that the service received since the last call.
async fn filters(service: &Served) -> BTreeSet<String> {
    let queries = service.get("/test/queries").await;
    let filter = |query: &Value| query["$filter"].as_str().map(str::to_owned);
    queries.as_array().unwrap().iter().filter_map(filter).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_down_means_the_same_to_the_vendor() {
    let Some(service) = Served::odata(&[("PEOPLE", &PEOPLE.to_string())]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let world = world(&service, folder.path()).await;
    // Spec E 5.41 to 5.43. The last column: what the vendor is not asked.
    let conditions = [
        ("age = 3", true),
        ("age = 3.5", true),
        ("age != 3 AND age < 6", true),
        ("age > 65 OR age <= 1", true),
        ("age >= 10 AND (active = true OR address.city = 'Rome')", true),
        ("NOT (active = true OR address.city = 'Rome')", true),
        ("NOT (NOT age = 4)", true),
        ("age IS NULL", true),
        ("age IS NOT NULL AND age < 3", true),
        ("age IN (1, 2, 99)", true),
        ("address.city IN ('Oslo') AND age > 60", true),
        ("name = 'O''Brien 6'", true),
        ("name = 'Lee+Co & more 5'", true),
        ("name = 'Zoë Löwe 3'", true),
        ("name LIKE 'Ann%'", true),
        ("name LIKE '% 17'", true),
        ("name LIKE '%(x)%'", true),
        ("since >= '2024-06-01T00:00:00Z' AND since < '2024-07-01T00:00:00Z'", true),
        ("since >= '2024-06-01T02:00:00.000+02:00' AND age < 40", true),
        // The rest is evaluated here: alone, joined by AND, and all of it where OR joins it.
        ("name LIKE 'A%1' AND age < 30", true),
        ("name LIKE 'A%1'", false),
        ("name LIKE 'A%1' OR age = 2", false),
        ("age NOT IN (1, 2) AND age < 5", true),
    ];
    for (condition, is_sent) in conditions {
        let expected = ids(&world, "unfiltered-people", condition, 20).await;
        assert!(filters(&service).await.is_empty(), "{condition}");
        for (list, size) in [("people", 7), ("followed-people", 7), ("linked-people", 20)] {
            assert_eq!(ids(&world, list, condition, size).await, expected, "{list}: {condition}");
            let sent = filters(&service).await;
            assert_eq!(sent.len(), usize::from(is_sent), "{list}: {condition}: {sent:?}");
        }
        assert!(condition.contains("99") || condition.contains("3.5") || !expected.is_empty(), "{condition}");
    }
    for list in ["people", "followed-people", "linked-people"] {
        assert_eq!(ids(&world, list, "", 20).await.len(), PEOPLE, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_push_conditions_down() {
    let Some(service) = Served::odata(&[("PEOPLE", &PEOPLE.to_string())]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let world = world(&service, folder.path()).await;
    for object in ["people", "followed-people", "linked-people"] {
        let job = world.query(&format!("select id from {object} where active = false or age is null")).await;
        let status = world.ended(&job).await;
        assert_eq!(status["status"], "COMPLETED", "{object}: {status}");
        let rows = world.result(&job, object, "application/x-ndjson").await.text();
        assert_eq!(rows.lines().count(), 70, "{object}");
        assert_eq!(filters(&service).await, ["active eq false or age eq null".to_owned()].into(), "{object}");
    }
}
