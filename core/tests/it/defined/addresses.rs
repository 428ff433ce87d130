//! Addresses that a shared server does not call (spec E 3.20, E 3.38).

use serde_json::{Value, json};

use super::world::{Reply, Vendor, World};

const NOT_ALLOWED: &str = "The vendor address is not allowed";

fn desk(more: Value) -> Value {
    let mut document = json!({
        "authentication": {"type": "none"},
        "resources": [
            {"method": "GET", "path": "/things", "vendorPath": "/things", "vendorMethod": "GET"},
            {"method": "POST", "path": "/things", "vendorPath": "/things", "vendorMethod": "POST"},
        ],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        document[name] = value.clone();
    }
    document
}

async fn shared(vendor: &Vendor, document: Value) -> World {
    World::bare_with(vendor.clone(), document, |options| options.allow_private_vendors = false).await
}

#[tokio::test]
async fn resources_at_private_addresses_are_not_called() {
    let vendor = Vendor::start(|_| Reply::json(json!([]))).await;
    let mut world = shared(&vendor, desk(json!({}))).await;
    let created = world.create(json!({})).await;
    assert_eq!(created.status, 200, "{}", created.text);
    for address in
        ["", "http://169.254.169.254", "https://localhost:1", "https://[::ffff:10.0.0.1]", "https://127.0.0.1:1"]
    {
        if !address.is_empty() {
            let moved = json!({"configuration": {"base.url": address}});
            let moved = world.own("PATCH", &format!("/instances/{}", world.id), Some(moved)).await;
            assert_eq!(moved.status, 200, "{}", moved.text);
        }
        for (method, body) in [("GET", None), ("POST", Some(json!({"name": "x"})))] {
            let refused = world.call(method, "/things", body).await;
            let seen = (refused.status, &refused.body["message"], refused.body.get("hint"));
            assert_eq!(seen, (400, &json!(NOT_ALLOWED), None), "{method} {address}: {}", refused.text);
            assert_eq!(refused.header("elements-vendor-unreachable"), None);
        }
    }
    assert!(vendor.asked().is_empty());
}

#[tokio::test]
async fn logins_at_private_addresses_are_not_called() {
    let vendor = Vendor::start(|_| Reply::json(json!({"access_token": "a"}))).await;
    let entries = json!([{"key": "oauth.api.key", "required": true}, {"key": "oauth.api.secret", "type": "PASSWORD"},
        {"key": "oauth.token.url", "defaultValue": format!("{}/token", vendor.origin)},
        {"key": "oauth.user.token", "required": true}]);
    let more = json!({"configuration": entries, "authentication": {"type": "oauth2ClientCredentials"}});
    let mut world = shared(&vendor, desk(more)).await;
    let new = json!({"configuration": {"oauth.api.key": "k", "oauth.api.secret": "s"}});
    let refused = world.create(new).await;
    assert_eq!((refused.status, &refused.body["message"]), (400, &json!(NOT_ALLOWED)), "{}", refused.text);
    assert!(vendor.asked().is_empty());
}
