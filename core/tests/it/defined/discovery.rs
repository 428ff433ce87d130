//! Discovery by an element's own resources (spec E 5.5, 8.3, 8.13, 8.15, 8.49, 8.50).

use serde_json::{Value, json};

use super::world::{Reply, Vendor, World};

/// A definition with own resources on the platform's paths, and a model of contacts.
fn document(more: &Value) -> Value {
    let path = json!([{"name": "objectName", "type": "path", "vendorName": "objectName", "vendorType": "path"}]);
    let model = json!({"name": "contact", "swagger": {"contact": {"properties": {
        "id": {"type": "integer"}, "name": {"type": "string"}, "owner": {"$ref": "person"}}},
        "person": {"properties": {"mail": {"type": "string"}}}}});
    let mut document = json!({"authentication": {"type": "none"},
        "objects": [{"name": "contacts", "vendorName": "Contact__c"}, {"name": "deals", "vendorName": "Deal"}],
        "resources": [
            {"method": "GET", "path": "/contacts/{id}", "vendorPath": "/contacts/{id}", "model": model,
                "parameters": [{"name": "id", "type": "path", "vendorName": "id", "vendorType": "path"}]},
            {"method": "GET", "path": "/deals", "vendorPath": "/deals"},
            {"method": "GET", "path": "/objects", "vendorPath": "/sobjects", "rootKey": "|sobjects",
                "parameters": [{"name": "kind", "type": "query", "vendorName": "kind", "vendorType": "query"}]},
            {"method": "GET", "path": "/objects/{objectName}/metadata", "vendorPath": "/describe/{objectName}",
                "rootKey": "|describe", "parameters": path},
            {"method": "GET", "path": "/ping", "vendorPath": "/alive"}]});
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

async fn world(more: &Value, answer: Value) -> World {
    let vendor = Vendor::start(move |_| Reply::json(answer.clone())).await;
    World::new(vendor, document(more), json!({})).await
}

#[tokio::test]
async fn objects_are_those_of_the_vendor() {
    // Spec E 8.3.
    let world =
        world(&json!({}), json!({"sobjects": [{"name": "contacts"}, "Account", {"name": "x", "vendorName": "X"}]}))
            .await;
    let names = world.get("/objects?kind=all").await;
    assert_eq!((names.status, &names.body), (200, &json!(["contacts", "Account", "x"])), "{}", names.text);
    assert_eq!(names.header("elements-error"), None, "the parameter is the vendor's");
    assert_eq!(world.vendor.lines(), ["GET /sobjects?kind=all"]);
    let helium = [("authorization", &*world.token), ("elements-version", "Helium")];
    let described = world.send("GET", "/objects", &helium, None).await;
    let item = |name: &str, vendor: &str| json!({"name": name, "vendorName": vendor, "type": "ceCanonical"});
    let expected = json!([item("contacts", "Contact__c"), item("Account", "Account"), item("x", "X")]);
    assert_eq!(described.body, expected);
    for (answer, problem) in
        [(json!({"sobjects": {"a": 1}}), "an object"), (json!({"sobjects": [{"id": 1}]}), "no name")]
    {
        world.vendor.play(move |_| Reply::json(answer.clone()));
        let refused = world.get("/objects").await;
        let message = (refused.status, refused.body["providerMessage"].as_str());
        assert_eq!(message, (502, Some("The vendor's answer could not be read")), "{problem}: {}", refused.text);
    }
    world.vendor.play(|_| Reply::status(403, json!({"message": "no"})));
    assert_eq!(world.get("/objects").await.status, 403);
}

#[tokio::test]
async fn objects_of_the_definition_have_the_names_of_the_vendor() {
    // Spec E 8.3, without a resource of the element.
    let vendor = Vendor::start(|_| Reply::json(json!([]))).await;
    let mut document = document(&json!({}));
    document["resources"].as_array_mut().unwrap().retain(|one| !one["path"].as_str().unwrap().starts_with("/objects"));
    let world = World::new(vendor, document, json!({})).await;
    let helium = [("authorization", &*world.token), ("elements-version", "Helium")];
    let described = world.send("GET", "/objects", &helium, None).await;
    let item = |name: &str, vendor: &str| json!({"name": name, "vendorName": vendor, "type": "ceCanonical"});
    assert_eq!(described.body, json!([item("contacts", "Contact__c"), item("deals", "Deal")]));
    assert!(world.vendor.asked().is_empty());
}

/// Returns path and type of each field.
fn fields(of: &Value) -> Vec<(&str, &str)> {
    let fields = of["fields"].as_array().into_iter().flatten();
    fields.map(|field| (field["vendorPath"].as_str().unwrap(), field["type"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn own_fields_are_added_to_those_of_the_model() {
    // Spec E 8.13.
    let own = json!({"describe": {"fields": [{"vendorPath": "name", "type": "date", "custom": true},
        {"vendorPath": "age", "type": "number", "custom": true}, {"vendorPath": "id", "type": "string"}]}});
    let world = world(&json!({}), own.clone()).await;
    let merged = world.get("/objects/contacts/metadata").await;
    assert_eq!(merged.status, 200, "{}", merged.text);
    assert_eq!(world.vendor.lines(), ["GET /describe/contacts"]);
    let expected = [("id", "string"), ("name", "date"), ("owner.mail", "string"), ("age", "number")];
    assert_eq!(fields(&merged.body), expected);
    assert_eq!(
        merged.body["fields"][1],
        json!({"vendorPath": "name", "type": "date", "custom": true}),
        "the own one wins"
    );
    assert_eq!(merged.body["fields"][0]["primaryKey"], true, "spec E 8.14");
    // Without a model they stand alone, also those of an object that only the vendor knows.
    for name in ["deals", "Account"] {
        let alone = world.get(&format!("/objects/{name}/metadata")).await;
        assert_eq!(fields(&alone.body), [("name", "date"), ("age", "number"), ("id", "string")], "{name}");
    }
    assert_eq!(world.vendor.lines(), ["GET /describe/deals", "GET /describe/Account"]);
    let without = self::world(&json!({"useModelsForMetadata": false}), own).await;
    assert_eq!(fields(&without.get("/objects/contacts/metadata").await.body).len(), 3);
}

#[tokio::test]
async fn without_own_fields_the_model_stands_alone() {
    // Spec E 8.50.
    let world = world(&json!({}), json!([])).await;
    world.vendor.play(|_| Reply { status: 204, headers: Vec::new(), body: "".into() });
    let model = world.get("/objects/contacts/metadata").await;
    assert_eq!(fields(&model.body), [("id", "number"), ("name", "string"), ("owner.mail", "string")]);
    for name in ["deals", "Account"] {
        let none = world.get(&format!("/objects/{name}/metadata")).await;
        assert_eq!((none.status, &none.body["message"]), (404, &json!("No object found")), "{name}");
    }
    // Other failures are the answer.
    world.vendor.play(|_| Reply::status(404, json!({"message": "no such object"})));
    let unknown = world.get("/objects/contacts/metadata").await;
    assert_eq!((unknown.status, &unknown.body["providerMessage"]), (404, &json!("no such object")));
    world.vendor.play(|_| Reply::json(json!({"describe": "nothing"})));
    assert_eq!(world.get("/objects/contacts/metadata").await.status, 502);
}

#[tokio::test]
async fn documents_show_custom_fields() {
    // Spec E 8.49.
    let own = json!({"fields": [{"vendorPath": "age", "type": "number", "custom": true},
        {"vendorPath": "owner.phone", "type": "string", "custom": true}, {"vendorPath": "plain", "type": "string"},
        {"vendorPath": "tags[*].at", "type": "date", "custom": true}]});
    let world = world(&json!({}), own).await;
    let plain = world.get("/objects/contacts/docs").await.body;
    assert!(world.vendor.asked().is_empty());
    let with = world.get("/objects/contacts/docs?discovery=true").await;
    assert_eq!(world.vendor.lines(), ["GET /describe/contacts"]);
    let names = |of: &Value| of["definitions"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&plain), ["contact", "person"]);
    assert_eq!(names(&with.body), ["contact", "person", "contacts", "owner", "tags"], "{}", with.text);
    let reference = |name: &str| json!({ "$ref": format!("#/definitions/{name}") });
    let expected = json!({"type": "object", "properties": {"age": {"type": "number"}, "owner": reference("owner"),
        "tags": {"type": "array", "items": reference("tags")}}});
    assert_eq!(with.body["definitions"]["contacts"], expected);
    assert_eq!(with.body["definitions"]["owner"]["properties"], json!({"phone": {"type": "string"}}));
    let date = json!({"at": {"type": "string", "format": "date-time"}});
    assert_eq!(with.body["definitions"]["tags"]["properties"], date);
    // A failure is only in the trace.
    world.vendor.play(|_| Reply::status(500, json!({})));
    let failed = world.get("/objects/contacts/docs?discovery=true").await;
    assert_eq!((failed.status, names(&failed.body)), (200, names(&plain)));
}

#[tokio::test]
async fn the_own_ping_is_asked() {
    // Spec E 8.15.
    let world = world(&json!({}), json!({"ok": true})).await;
    world.vendor.asked();
    let ping = world.get("/ping").await;
    assert_eq!((ping.status, &ping.body["endpoint"]), (200, &json!("acme")));
    assert_eq!(world.vendor.lines(), ["GET /alive"]);
    world.vendor.play(|_| Reply::status(401, json!({})));
    assert_eq!(world.get("/ping").await.status, 401);
}
