//! Common resources made from objects of definitions, in both directions.

use serde_json::{Value, json};

use super::world::{Asked, Reply, Vendor, World, encoded};

fn document() -> Value {
    let query =
        |name: &str, vendor: &str| json!({"name": name, "type": "query", "vendorName": vendor, "vendorType": "query"});
    let id = json!({"name": "id", "type": "path", "vendorName": "id", "vendorType": "path"});
    let body = json!({"name": "body", "type": "body", "vendorName": "body", "vendorType": "body"});
    json!({"hub": "helpdesk", "authentication": {"type": "none"}, "bulkDownloadEnabled": true, "resources": [
        {"method": "GET", "path": "/tickets", "vendorPath": "/tickets", "rootKey": "|all",
            "parameters": [query("where", "converter:toQueryParameters"), query("page", "p"), query("pageSize", "s")]},
        {"method": "GET", "path": "/tickets/{id}", "vendorPath": "/tickets/{id}", "parameters": [id]},
        {"method": "POST", "path": "/tickets", "vendorPath": "/tickets", "parameters": [body]},
        {"method": "PATCH", "path": "/tickets/{id}", "vendorPath": "/tickets/{id}", "parameters": [id, body]}]})
}

fn vendor(asked: &Asked) -> Reply {
    let record = json!({"id": 7, "subject": "a", "more": {"size": 1.5, "none": null}, "other": true});
    match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/tickets") => Reply::json(json!({ "all": [record] })),
        ("GET", _) => Reply::json(record),
        _ => {
            let mut written: Value = serde_json::from_slice(&asked.body).unwrap();
            written["id"] = json!(8);
            Reply::json(written)
        }
    }
}

async fn world() -> World {
    let world = World::new(Vendor::start(vendor).await, document(), json!({})).await;
    let field = |path: &str, vendor: &str| json!({"path": path, "vendorPath": vendor});
    let definition = json!({"fields": [{"path": "key"}, {"path": "title"}, {"path": "size"}]});
    let transformation = json!({"vendorName": "tickets", "fields": [field("key", "id"), field("title", "subject"), field("size", "more.size")]});
    for (path, body) in [
        ("/organizations/objects/cases/definitions", definition),
        ("/organizations/elements/acme/transformations/cases", transformation),
    ] {
        let answer = world.own("POST", path, Some(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    world
}

/// Returns key, title and size as texts; fields that are not mapped are passed on.
fn texts(value: &Value) -> [Option<String>; 3] {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    ["key", "title", "size"].map(|name| value.get(name).map(text))
}

fn case(key: &str, title: &str, size: &str) -> [Option<String>; 3] {
    [key, title, size].map(|text| Some(text.to_owned()))
}

#[tokio::test]
async fn lists_and_records_are_mapped_from_the_vendor() {
    let world = world().await;
    let list = world.get(&format!("/hubs/helpdesk/cases?where={}", encoded("title = 'a'"))).await;
    assert_eq!(list.status, 200, "{}", list.text);
    assert_eq!(list.body.as_array().map(Vec::len), Some(1), "{}", list.text);
    assert_eq!(texts(&list.body[0]), case("7", "a", "1.5"));
    assert_eq!(world.vendor.asked()[0].get("subject"), Some("a"), "the condition has the names of the vendor");
    let one = world.get("/cases/7").await;
    assert_eq!((one.status, texts(&one.body)), (200, case("7", "a", "1.5")));
    let (status, file) = world.bulk("select * from cases", "", "application/jsonl").await;
    assert_eq!(status["status"], "COMPLETED", "{status}");
    assert_eq!(texts(&serde_json::from_str(&file.text).unwrap()), case("7", "a", "1.5"));
    let (_, csv) = world.bulk("select title, size from cases", "", "text/csv").await;
    assert_eq!(csv.text.lines().collect::<Vec<_>>(), ["title,size", "a,1.5"]);
}

#[tokio::test]
async fn records_are_mapped_towards_the_vendor() {
    let world = world().await;
    let created = world.call("POST", "/cases", Some(json!({"title": "b", "size": 2}))).await;
    assert_eq!((created.status, texts(&created.body)), (200, case("8", "b", "2")), "{}", created.text);
    let changed = world.call("PATCH", "/cases/8", Some(json!({"title": "c"}))).await;
    assert_eq!((changed.status, texts(&changed.body)[1].as_deref()), (200, Some("c")), "{}", changed.text);
    let asked = world.vendor.asked();
    let sent: Vec<Value> = asked.iter().map(|asked| serde_json::from_slice(&asked.body).unwrap()).collect();
    assert_eq!((&sent[0]["subject"], &sent[1]), (&json!("b"), &json!({"subject": "c"})));
    assert!(["2", "\"2\""].contains(&&*sent[0]["more"]["size"].to_string()), "{}", sent[0]);
    assert_eq!(world.call("POST", "/cases", Some(json!([1]))).await.status, 400, "a mapping needs an object");
}
