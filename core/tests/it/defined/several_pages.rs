//! Answers with several pages of a list.

use std::time::Duration;

use serde_json::json;

use super::world::{Answer, Asked, Reply, Vendor, World};

/// A vendor with seven records in pages of at most two, of which a page fails or is slow.
async fn world(fails_from: usize, delay: Duration) -> World {
    let vendor = Vendor::start(move |asked: &Asked| {
        std::thread::sleep(delay);
        let page = asked.number("page").unwrap_or(1);
        if page >= fails_from {
            return Reply::status(403, json!({"message": "no further"}));
        }
        let records: Vec<_> =
            (1..=7).skip((page - 1) * 2).take(2).map(|id| json!({"id": id, "name": format!("n, {id}")})).collect();
        Reply::status(200, json!(records))
    })
    .await;
    let document = json!({"authentication": {"type": "none"}, "resources": [
        {"method": "GET", "path": "/hubs/general/things", "vendorPath": "/things", "parameters": [
            {"name": "page", "type": "query"}, {"name": "pageSize", "type": "query", "vendorName": "limit"}]}]});
    World::new(vendor, document, json!({})).await
}

async fn list(world: &World, query: &str, accept: &str) -> Answer {
    let headers = [("authorization", &*world.token), ("accept", accept)];
    world.send("GET", &format!("/things?pageSize=2{query}"), &headers, None).await
}

#[tokio::test]
async fn an_answer_has_as_many_pages_as_the_caller_accepts() {
    let world = world(usize::MAX, Duration::ZERO).await;
    let first = list(&world, "", "application/json;pages=2").await;
    assert_eq!(first.each("id"), [1, 2, 3, 4].map(|id| json!(id)), "{}", first.text);
    assert_eq!(first.header("elements-returned-count"), Some("4"));
    let token = format!("&nextPage={}", first.next().unwrap());
    let rest = list(&world, &token, "text/csv;header=absent;pages=9").await;
    assert_eq!((rest.text.lines().count(), rest.next()), (3, None), "{}", rest.text);
    assert_eq!(rest.header("elements-returned-count"), Some("3"));
    let whole = list(&world, "", "text/csv;pages=100").await;
    let lines: String = (1..=7).map(|id| format!("{id},\"n, {id}\",\n")).collect();
    assert_eq!(whole.text, format!("id,name,additional\n{lines}"), "one header line");
    let lines = list(&world, "&fields=id", "application/jsonl;pages=3").await;
    assert_eq!(lines.text, (1..=6).map(|id| format!("{{\"id\":{id}}}\n")).collect::<String>());
    let columns = list(&world, "&fields=id,name", "application/vnd.apache.arrow.stream;pages=3").await;
    assert_eq!(columns.header("elements-returned-count"), Some("6"));
    for one in ["application/json", "application/json;pages=0", "application/json;pages=many"] {
        assert_eq!(list(&world, "", one).await.each("id").len(), 2, "{one}");
    }
    assert_eq!(list(&world, "&returnCount=true", "application/json;pages=9").await.each("id").len(), 2);
}

#[tokio::test]
async fn an_answer_ends_before_a_page_that_fails() {
    let world = world(3, Duration::ZERO).await;
    for accept in ["application/json;pages=9", "text/csv;header=absent;pages=9"] {
        let first = list(&world, "", accept).await;
        assert_eq!((first.status, first.header("elements-returned-count")), (200, Some("4")), "{}", first.text);
        let failed = list(&world, &format!("&nextPage={}", first.next().unwrap()), accept).await;
        assert_eq!(failed.status, 403, "{}", failed.text);
        assert!(failed.text.contains("no further"), "{}", failed.text);
    }
}

#[tokio::test]
async fn records_of_a_slow_vendor_arrive_as_they_come() {
    let world = world(usize::MAX, Duration::from_millis(300)).await;
    let first = list(&world, "", "application/json;pages=9").await;
    assert_eq!(first.each("id"), [json!(1), json!(2)]);
    assert!(first.next().is_some());
}
