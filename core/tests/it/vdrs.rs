//! Levels of VDRs: what a caller may not write is ignored, not refused (spec P 9.10).

use serde_json::{Value, json};

use crate::support;
use crate::support::raw::{Answer, World};
use crate::support::{ORGANIZATION, USER};

async fn user(world: &World, line: &str, body: Value) -> Answer {
    let authorization = format!("User {USER}, Organization {ORGANIZATION}");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = support::raw::call(&world.engine, line, &authorization, &[], body).await;
    assert_eq!(answer.status, 200, "{line}: {}", answer.text());
    answer
}

/// Returns the paths of the fields of a VDR with their levels.
fn paths(answer: &Answer) -> Vec<String> {
    let fields = answer.json()["fields"].as_array().cloned().unwrap_or_default();
    let text = |field: &Value, name: &str| field[name].as_str().unwrap_or_default().to_owned();
    fields.iter().map(|field| format!("{} {}", text(field, "level"), text(field, "path"))).collect()
}

/// Returns whether the response says that something was ignored.
fn ignored(answer: &Answer) -> bool {
    answer.headers.get("elements-error").is_some_and(|text| text.to_str().unwrap().contains("ignored"))
}

/// Statements O-210 to O-213. Here a VDR of the organization takes the place of one of the vendor: for a user
/// without a role it is the same, a part of a higher level.
#[tokio::test(flavor = "multi_thread")]
async fn parts_that_a_caller_may_not_write_are_ignored() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 10}})).await;
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::on(folder.path(), &simulator).await;
    let instance = world.instance_id;
    let fields = json!([
        {"path": "s", "level": "system"}, {"path": "o", "level": "organization"}, {"path": "a", "level": "account"},
        {"path": "i", "level": "instance", "associatedId": instance}]);
    let all = ["organization o", "account a", "instance i"];
    for (role, writes) in [("org-admin", &all[..]), ("admin", &all[1..]), ("default-user", &all[2..])] {
        world.engine.close().await;
        support::set_role(folder.path(), role).await;
        world = world.again(support::engine_options(folder.path(), &simulator)).await;
        let made = user(&world, "POST /vdrs", json!({"objectName": role, "fields": fields})).await;
        assert_eq!(paths(&made), writes, "{role}");
        assert!(ignored(&made), "{role}: templates are nobody's to write");
        let id = made.json()["id"].clone();
        let again = user(&world, &format!("PUT /vdrs/{id}"), made.json()).await;
        assert!(!ignored(&again) && paths(&again) == writes, "{role}: {}", again.text());
        let own = user(&world, &format!("DELETE /vdrs/{id}"), Value::Null).await;
        assert!(!ignored(&own), "{role}");
    }
    // The organization's administrator makes one of all levels.
    world.engine.close().await;
    support::set_role(folder.path(), "org-admin").await;
    world = world.again(support::engine_options(folder.path(), &simulator)).await;
    let made = user(&world, "POST /vdrs", json!({"objectName": "shared", "fields": fields})).await;
    let vdr = format!("/vdrs/{}", made.json()["id"]);
    let mapping = json!({"elementKey": "brighttalk", "vendorName": "channels", "instanceId": instance,
        "fields": [{"path": "o", "vendorPath": "id", "level": "organization"}, {"path": "i", "vendorPath": "id", "level": "instance"}],
        "configuration": [{"type": "inherit", "level": "instance"}]});
    let mapped = user(&world, &format!("POST {vdr}/transformations"), mapping).await;
    let mapped_at = format!("{vdr}/transformations/{}", mapped.json()["id"]);
    world.engine.close().await;
    support::set_role(folder.path(), "default-user").await;
    world = world.again(support::engine_options(folder.path(), &simulator)).await;

    let read = user(&world, &format!("GET {vdr}"), Value::Null).await;
    assert_eq!(paths(&read), all);
    let back = user(&world, &format!("PUT {vdr}"), read.json()).await;
    assert!(!ignored(&back), "nothing was changed: {}", back.text());
    let mut changed = read.json();
    changed["objectName"] = "renamed".into();
    changed["fields"][0]["path"] = "mine".into();
    changed["fields"][2]["path"] = "i2".into();
    let changed = user(&world, &format!("PUT {vdr}"), changed).await;
    assert!(ignored(&changed));
    assert_eq!(changed.json()["objectName"], "shared");
    assert_eq!(paths(&changed), ["organization o", "account a", "instance i2"]);
    let at_instance = format!("{mapped_at}?instanceId={instance}");
    let mapping = user(&world, &format!("GET {at_instance}"), Value::Null).await;
    assert_eq!(mapping.json()["fields"][1]["path"], "i2", "{}", mapping.text());
    let mut changed = mapping.json();
    changed["fields"][0]["vendorPath"] = "name".into();
    changed["fields"][1]["vendorPath"] = "name".into();
    let changed = user(&world, &format!("PUT {at_instance}"), changed).await;
    assert!(ignored(&changed));
    assert_eq!(changed.json()["fields"][0]["vendorPath"], "id");
    assert_eq!(changed.json()["fields"][1]["vendorPath"], "name");

    let unmapped = user(&world, &format!("DELETE {mapped_at}"), Value::Null).await;
    assert!(ignored(&unmapped), "the part of the organization stays");
    let left = user(&world, &format!("GET {at_instance}"), Value::Null).await;
    assert_eq!(left.json()["fields"].as_array().unwrap().len(), 1);
    let deleted = user(&world, &format!("DELETE {vdr}"), Value::Null).await;
    assert!(ignored(&deleted));
    let left = user(&world, &format!("GET {vdr}"), Value::Null).await;
    assert_eq!(paths(&left), ["organization o", "account a"]);

    let copied = user(&world, &format!("POST {vdr}/clone"), json!({"objectName": "copy"})).await;
    assert!(ignored(&copied) && copied.json()["id"].is_null(), "{}", copied.text());
    let empty = user(&world, "POST /vdrs", json!({"objectName": "empty", "fields": []})).await;
    assert!(ignored(&empty) && empty.json()["id"].is_null(), "{}", empty.text());
    let templates = user(&world, "POST /vdrs?systemOnly=true", json!({"objectName": "t", "fields": fields})).await;
    assert!(ignored(&templates) && templates.json()["id"].is_null(), "{}", templates.text());
    world.engine.close().await;
}
