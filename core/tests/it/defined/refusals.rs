//! Statuses with which vendors refuse a call.

use serde_json::{Value, json};

use super::world::{Asked, Reply, Vendor, World};

/// A vendor that answers each path with the status that it ends in.
fn refusing(asked: &Asked) -> Reply {
    let status = asked.path.rsplit('/').next().and_then(|last| last.parse().ok()).unwrap_or(200);
    Reply::status(status, json!({"message": "because"}))
}

#[tokio::test]
async fn reads_keep_the_statuses_about_the_call_itself() {
    let vendor = Vendor::start(refusing).await;
    let id = json!([{"name": "id", "type": "path"}]);
    let document = json!({"authentication": {"type": "none"}, "resources": [
        {"method": "GET", "path": "/one/{id}", "vendorPath": "/one/{id}", "parameters": id},
        {"method": "GET", "path": "/many", "vendorPath": "/many/409"}]});
    let world = World::new(vendor, document, json!({})).await;
    // Spec P 3.4.
    for (vendor, status, message) in [
        (402, 400, "Bad Request"),
        (405, 405, "Method Not Allowed"),
        (406, 406, "Not Acceptable"),
        (409, 409, "Conflict"),
        (412, 400, "Bad Request"),
        (415, 415, "Unsupported Media Type"),
        (422, 400, "Bad Request"),
    ] {
        let answer = world.get(&format!("/one/{vendor}")).await;
        let texts = (&answer.body["message"], &answer.body["providerMessage"]);
        assert_eq!((answer.status, texts), (status, (&json!(message), &json!("because"))), "{vendor}");
    }
    assert_eq!(world.get("/many").await.status, 409);
    let vendor = Vendor::start(refusing).await;
    let document = json!({"authentication": {"type": "none"}, "resources": [
        {"method": "GET", "path": "/me", "vendorPath": "/me/409", "type": "provisionAuthValidation"}]});
    // Spec E 4.9.
    let refused = World::bare(vendor, document).await.create(json!({"configuration": {}})).await;
    assert_eq!((refused.status, &refused.body["providerMessage"]), (409, &Value::from("because")));
}
