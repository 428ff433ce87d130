//! Writes and other calls of defined elements.

use serde_json::{Value, json};

use super::world::{Asked, Reply, Vendor, World};

fn parameter(kind: &str, name: &str) -> Value {
    json!({"name": name, "type": kind, "vendorName": name, "vendorType": kind})
}

fn document() -> Value {
    let id = parameter("path", "id");
    let body = json!({"name": "body", "type": "body", "vendorName": "body", "vendorType": "body", "required": true});
    json!({"hub": "helpdesk", "authentication": {"type": "none"}, "resources": [
        {"method": "GET", "path": "/tickets", "vendorPath": "/tickets"},
        {"method": "POST", "path": "/tickets", "vendorPath": "/tickets", "rootKey": "ticket|ticket", "parameters": [body]},
        {"method": "PATCH", "path": "/tickets/{id}", "vendorPath": "/tickets/{id}", "vendorMethod": "PUT",
            "rootKey": "ticket|ticket", "parameters": [id, body]},
        {"method": "DELETE", "path": "/tickets/{id}", "vendorPath": "/tickets/{id}", "parameters": [id]},
        {"method": "DELETE", "path": "/tickets", "vendorPath": "/tickets", "parameters": [body]},
        {"method": "POST", "path": "/forms", "vendorPath": "/forms", "parameters": [parameter("form", "a"), parameter("form", "b")]},
        {"method": "POST", "path": "/files", "vendorPath": "/files", "parameters": [parameter("multipart", "file")]},
        {"method": "POST", "path": "/lists", "vendorPath": "/lists", "parameters": [body]},
        {"method": "POST", "path": "/search/{id}", "vendorPath": "/search/{id}", "parameters": [id,
            {"name": "q.text", "type": "bodyField", "vendorName": "query.words", "vendorType": "bodyField"}]}]})
}

fn echo(asked: &Asked) -> Reply {
    match serde_json::from_slice::<Value>(&asked.body) {
        Ok(body) => Reply::json(body),
        Err(_) => Reply { status: 204, headers: Vec::new(), body: "".into() },
    }
}

#[tokio::test]
async fn records_are_wrapped_sent_once_and_unwrapped() {
    let world = World::new(Vendor::start(echo).await, document(), json!({})).await;
    // Spec E 11.4.
    let changed = world.call("PATCH", "/tickets/4", Some(json!({"subject": "x", "none": null}))).await;
    assert_eq!((changed.status, &changed.body), (200, &json!({"subject": "x"})), "{}", changed.text);
    let asked = world.vendor.asked();
    assert_eq!(
        (asked[0].line(), &asked[0].body[..]),
        ("PUT /tickets/4".to_owned(), &br#"{"ticket":{"subject":"x","none":null}}"#[..])
    );
    let missing = world.call("PATCH", "/tickets/4", None).await;
    assert_eq!((missing.status, &missing.body["message"]), (400, &json!("required parameter 'body' not found")));
    let created = world.call("POST", "/hubs/helpdesk/tickets", Some(json!({"n": 1.50}))).await;
    assert_eq!(created.body, json!({"n": 1.5}));
    let deleted = world.call("DELETE", "/tickets/4", None).await;
    assert_eq!((deleted.status, &*deleted.text), (200, ""));
    let with_body = world.call("DELETE", "/tickets", Some(json!({"ids": [1]}))).await;
    assert_eq!((with_body.status, with_body.body), (200, json!({"ids": [1]})));
    let other = world.call("PUT", "/tickets/4", Some(json!({}))).await;
    assert_eq!(other.status, 405);
    world.vendor.asked();
    world.vendor.play(|_| Reply::status(503, json!({"message": "later"})));
    let failed = world.call("POST", "/tickets", Some(json!({}))).await;
    assert_eq!((failed.status, world.vendor.asked().len()), (502, 1), "a change is not repeated");
    assert!(failed.body["hint"].as_str().is_some_and(|hint| hint.contains("may have made the change")));
}

#[tokio::test]
async fn bodies_may_be_anything_that_the_definition_takes() {
    let world = World::new(Vendor::start(echo).await, document(), json!({})).await;
    let list = world.call("POST", "/lists", Some(json!([1, {"a": null}]))).await;
    assert_eq!((list.status, list.body), (200, json!([1, {}])), "{}", list.text);
    let searched = world.call("POST", "/search/7", Some(json!({"q": {"text": "w"}, "other": 1}))).await;
    assert_eq!(searched.body, json!({"query": {"words": "w"}}));
    world.vendor.asked();
    let form = [("authorization", &*world.token), ("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(world.send("POST", "/forms", &form, Some("a=1&b=x+y&c=3".into())).await.status, 200);
    let asked = world.vendor.asked();
    assert_eq!(asked[0].form(), [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "x y".to_owned())].into());
    assert_eq!(asked[0].header("content-type"), Some("application/x-www-form-urlencoded"));
    let multipart = [("authorization", &*world.token), ("content-type", "multipart/form-data; boundary=zz")];
    let part = "--zz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhello\r\n--zz--\r\n";
    assert_eq!(world.send("POST", "/files", &multipart, Some(part.into())).await.status, 200);
    let sent = String::from_utf8_lossy(&world.vendor.asked()[0].body).into_owned();
    assert!(sent.contains("filename=\"a.txt\"") && sent.contains("hello"), "{sent}");
    let broken = world.send("POST", "/files", &multipart, Some("--zz\r\n".into())).await;
    assert_eq!(broken.status, 400);
    let wrong = world.send("POST", "/lists", &[("authorization", &world.token)], Some("{".into())).await;
    assert_eq!(wrong.status, 400);
    assert!(world.vendor.asked().is_empty());
}

#[tokio::test]
async fn values_of_answers_are_kept_for_the_next_call() {
    let mut document = document();
    document["resources"][1]["parameters"].as_array_mut().unwrap().push(
        json!({"name": "last.id", "type": "configuration", "vendorName": "ticket.id", "vendorType": "bodyField", "source": "response"}),
    );
    document["parameters"] =
        json!([{"name": "last.id", "type": "configuration", "vendorName": "X-Last", "vendorType": "header"}]);
    let world = World::new(Vendor::start(echo).await, document, json!({})).await;
    world.call("POST", "/tickets", Some(json!({"id": 17}))).await;
    assert_eq!(world.vendor.asked()[0].header("x-last"), None);
    world.get("/tickets").await;
    assert_eq!(world.vendor.asked()[0].header("x-last"), Some("17"));
}
