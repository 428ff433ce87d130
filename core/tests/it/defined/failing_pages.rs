//! Scripts that fail on a page of a list with cursors, in bulk jobs (spec E 9.20).

use serde_json::{Value, json};

use super::world::{Reply, Vendor, World};

/// A list of numbers from 1 to 7 in pages of two, whose cursor is the number before the page.
async fn world(post: &str, key: &str) -> World {
    let vendor = Vendor::start(|asked| {
        let start = asked.number("from").unwrap_or(0);
        let records: Vec<Value> = (start..7).take(2).map(|id| json!({"id": id + 1})).collect();
        let next = if start + 2 < 7 { json!(start + 2) } else { Value::Null };
        Reply::json(json!({"items": records, "next": next}))
    })
    .await;
    let document = json!({"authentication": {"type": "none"}, "bulkDownloadEnabled": true,
        "configuration": [{"key": "pagination.type", "defaultValue": "cursor"}],
        "resources": [{"method": "GET", "path": "/numbers", "vendorPath": "/n", "rootKey": "|items", "nextPageKey": key,
            "parameters": [{"name": "nextPage", "type": "query", "vendorName": "from", "vendorType": "query"}],
            "hooks": [{"type": "postRequest", "body": post}]}]});
    World::new(vendor, document, json!({})).await
}

/// Returns the status of a job, and the ids of its records.
async fn pulled(world: &World) -> (Value, Vec<u64>) {
    let (status, file) = world.bulk("select * from numbers", "", "application/jsonl").await;
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap();
    (status, file.text.lines().map(id).collect())
}

#[tokio::test]
async fn a_page_is_left_out_and_its_cursor_is_followed() {
    let world = world("if (response_body[0].id === 3) throw new Error('odd page'); done();", "next").await;
    let (status, ids) = pulled(&world).await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("COMPLETED"), &json!(1)), "{status}");
    assert_eq!(ids, [1, 2, 5, 6, 7]);
    let errors = world.get(&format!("/bulk/{}/errors", status["id"].as_str().unwrap())).await;
    assert!(errors.body[0]["status"].as_str().unwrap().contains("odd page"), "{}", errors.text);
    assert_eq!(errors.body.as_array().unwrap().len(), 1, "{}", errors.text);
}

#[tokio::test]
async fn a_cursor_that_only_the_failed_script_knows_ends_the_job_without_success() {
    let script = "const next = response_body_raw_map.next;
        if (response_body[0].id === 3) throw new Error('odd page');
        done({response_headers: next ? {'elements-next-page-token': String(next)} : {}});";
    let world = world(script, "elements-next-page-token").await;
    let (status, ids) = pulled(&world).await;
    // The rest of the list is missing, however long it is.
    assert_eq!((&status["status"], ids), (&json!("ABORTED"), vec![1, 2]), "{status}");
    assert!(status["error"].as_str().unwrap().contains("odd page"), "{status}");
}
