//! Common resources: live reads and bulk agree, the columns of typed formats, and access control (spec P 9).

#[cfg(feature = "scripts")]
use elementkit::engine::EngineOptions;
use elementkit::engine::maintenance;
use serde_json::{Value, json};

use crate::support;
use crate::support::raw::World;
#[cfg(feature = "scripts")]
use crate::support::subject::{Simulated, Subject, skip};
use crate::support::{ORGANIZATION, USER};

/// Makes a call of the user.
async fn user(world: &World, line: &str, body: Value) -> support::raw::Answer {
    let authorization = format!("User {USER}, Organization {ORGANIZATION}");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    support::raw::call(&world.engine, line, &authorization, &[], body).await
}

async fn put(world: &World, transformation: Value) {
    let mut body = json!({"level": "organization", "elementKey": "brighttalk"});
    body.as_object_mut().unwrap().extend(transformation.as_object().unwrap().clone());
    let answer = user(world, "PUT /transformations", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Returns all records of a resource, as sorted strings.
async fn live(world: &World, resource: &str, condition: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let path = format!("/{resource}?pageSize=37&where={}&nextPage={}", encoded(condition), encoded(&token));
        let answer = world.get(&path, &[]).await;
        assert_eq!(answer.status, 200, "{resource} {condition}: {}", answer.text());
        found.extend(answer.json().as_array().unwrap().iter().map(sorted));
        match answer.header("elements-next-page-token") {
            Some(next) => next.clone_into(&mut token),
            None => break,
        }
    }
    found.sort();
    found
}

async fn bulk(world: &World, resource: &str, condition: &str) -> Vec<String> {
    let filter = if condition.is_empty() { String::new() } else { format!(" where {condition}") };
    let job = world.query(&format!("select * from {resource}{filter}")).await;
    let status = world.ended(&job).await;
    assert_eq!(status["status"], "COMPLETED", "{status}");
    let lines = world.result(&job, resource, "application/jsonl").await.text();
    let mut found: Vec<String> = lines.lines().map(|line| sorted(&serde_json::from_str(line).unwrap())).collect();
    found.sort();
    found
}

/// Returns the record with its members in one order.
fn sorted(record: &Value) -> String {
    fn order(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let mut names: Vec<&String> = members.keys().collect();
                names.sort();
                names.into_iter().map(|name| (name.clone(), order(&members[name]))).collect()
            }
            Value::Array(items) => items.iter().map(order).collect(),
            other => other.clone(),
        }
    }
    order(record).to_string()
}

/// Returns one of three mappings of all fields of an object: column by column, nested with a script, and into arrays.
fn mapping(way: usize, fields: &[String]) -> Value {
    let path = |name: &String| match way {
        0 => format!("x_{name}"),
        1 => format!("all.{name}"),
        _ => format!("list[*].{name}"),
    };
    let mapped: Vec<Value> = fields.iter().map(|name| json!({"path": path(name), "vendorPath": name})).collect();
    let off = json!([{"type": "passThrough", "properties": {"fromVendor": false}}]);
    match way {
        0 => json!({"fields": mapped, "configuration": off}),
        1 => json!({"fields": mapped, "script": {"body": "transformedObject.seen = true; done(transformedObject);"}}),
        _ => json!({"fields": mapped, "configuration": off}),
    }
}

fn name(way: usize, field: &str) -> String {
    match way {
        0 => format!("x_{field}"),
        1 => format!("all.{field}"),
        _ => format!("list.{field}"),
    }
}

/// Returns conditions that the vendor can evaluate, cannot, and can in part, with values of a record.
#[cfg(feature = "scripts")]
fn conditions(subject: Subject, way: usize, record: &Value) -> Vec<String> {
    let field = |name_of: &str| name(way, name_of);
    let value =
        |name: &str| record[name].as_str().map_or_else(|| record[name].to_string(), |text| text.replace('\'', "''"));
    let (parent, another) = subject.choose(("channelId", "1002"), ("accountId", "'acc_0002 b'"));
    let mut found = vec![
        String::new(),
        format!("{} = '{}'", field("id"), value("id")),
        format!("NOT {} = '{}'", field("id"), value("id")),
        format!("{} IS NULL OR {} LIKE '%1%'", field(parent), field("id")),
    ];
    for date in ["lastUpdated", "created", "lastSubscribed", "updatedAt", "createdAt", "customerSince"] {
        if record[date].is_string() {
            found.push(format!("{} > '{}'", field(date), value(date)));
            found.push(format!("{} >= '{}' AND {} != 'x'", field(date), value(date), field("id")));
        }
    }
    if !record[parent].is_null() {
        found.push(format!("{} IN ('{}', {another}) AND {} IS NOT NULL", field(parent), value(parent), field("id")));
        found.push(format!("{} = '{}'", field(parent), value(parent)));
    }
    for more in ["email", "name", "rating", "active"] {
        if !record[more].is_null() {
            found.push(format!("{} = '{}'", field(more), value(more)));
        }
    }
    found
}

#[cfg(feature = "scripts")]
#[tokio::test(flavor = "multi_thread")]
async fn live_reads_and_bulk_give_the_same_records_of_every_object() {
    let sizes = json!({"simulator": {"subscribers": 60, "channels": 2, "webcasts_per_channel": 3}});
    let simulator = Simulated::Brighttalk(support::simulator(&sizes).await);
    live_is_bulk(Subject::Brighttalk, &simulator, 10).await;
}

#[cfg(feature = "scripts")]
#[tokio::test(flavor = "multi_thread")]
async fn live_reads_and_bulk_give_the_same_records_of_another_element() {
    live_is_bulk(Subject::Testbed, &Subject::Testbed.start(60).await, 3).await;
}

#[cfg(feature = "scripts")]
#[tokio::test(flavor = "multi_thread")]
async fn live_reads_and_bulk_give_the_same_records_of_a_definition() {
    live_is_bulk(Subject::Defined, &Subject::Defined.start(60).await, 3).await;
}

/// Compares live reads and bulk jobs of each of so many objects, under conditions and mappings.
#[cfg(feature = "scripts")]
async fn live_is_bulk(subject: Subject, simulator: &Simulated, count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let options =
        EngineOptions { bootstrap: support::bootstrap(), ..EngineOptions::new(folder.path().join("test.db")) };
    let world = World::over(subject, options, &simulator.url()).await;
    let objects = world.get("/objects", &[]).await.json();
    assert_eq!(objects.as_array().unwrap().len(), count);
    let mut compared = 0;
    for (number, object) in objects.as_array().unwrap().iter().map(|object| object.as_str().unwrap()).enumerate() {
        if subject == Subject::Defined && object == "accountNotes" {
            skip(subject, object, "a list of a definition below another one is read live with its parent in the path");
            continue;
        }
        let metadata = world.get(&format!("/objects/{object}/metadata"), &[]).await.json();
        let fields: Vec<String> = metadata["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["vendorPath"].as_str().unwrap().to_owned())
            .collect();
        let common = |name: &str| json!({"elementKey": subject.key(), "objectName": name, "vendorName": object});
        put(&world, common("plain")).await;
        let sample = world.get("/plain?pageSize=5", &[]).await.json();
        let sample = sample.as_array().unwrap().last().unwrap_or_else(|| panic!("no {object}")).clone();
        for way in 0..3 {
            let resource = format!("mine_{object}_{way}");
            let mut body = mapping(way, &fields);
            body.as_object_mut().unwrap().extend(common(&resource).as_object().unwrap().clone());
            put(&world, body).await;
            // Not every condition with every mapping: that would repeat the same checks.
            let conditions = conditions(subject, way, &sample);
            for condition in conditions.iter().enumerate().filter(|(at, _)| *at < 2 || (at + number) % 3 == way) {
                let (from_live, from_bulk) =
                    tokio::join!(live(&world, &resource, condition.1), bulk(&world, &resource, condition.1));
                assert_eq!(from_live, from_bulk, "{resource}: {}", condition.1);
                compared += from_live.len();
            }
        }
    }
    assert!(compared > 1000, "{compared} records were compared");
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_reads_the_rows_of_transformed_jobs() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 60, "channels": 2}})).await;
    let folder = tempfile::tempdir().unwrap();
    let options = support::engine_options(folder.path(), &simulator);
    let world = World::new(options.clone()).await;
    let fields = json!([{"path": "who.mail", "vendorPath": "email"}]);
    put(&world, json!({"objectName": "people", "vendorName": "contacts", "fields": fields})).await;
    let job = world.query("select * from people").await;
    assert_eq!(world.ended(&job).await["recordsCount"], 60);
    world.engine.close().await;
    let sound = maintenance::check(&options).await.unwrap();
    assert_eq!((sound.problems.as_slice(), sound.jobs, sound.rows), (&[][..], 1, 60));

    let segments = std::fs::read_dir(folder.path().join("test.db.bulk").join(&job)).unwrap();
    let segment = segments.map(|entry| entry.unwrap().path()).next().unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let damaged = maintenance::check(&options).await.unwrap().problems;
    assert!(damaged.len() == 1 && damaged[0].contains(&format!("bulk job {job}")), "{damaged:?}");
}

#[cfg(all(feature = "arrow", feature = "scripts"))]
#[tokio::test(flavor = "multi_thread")]
async fn typed_columns_come_from_the_definition_and_the_model() {
    use arrow_array::cast::AsArray;

    let simulator = support::simulator(&json!({"simulator": {"subscribers": 20, "channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::on(folder.path(), &simulator).await;
    let fields = json!([
        {"path": "key", "vendorPath": "id", "type": "string"},
        {"path": "who.mail", "vendorPath": "email"},
        {"path": "count", "vendorPath": "userId", "type": "int"},
        {"path": "share", "vendorPath": "channelId", "type": "number"},
        {"path": "in", "vendorPath": "subscribed", "type": "boolean"},
        {"path": "odd", "vendorPath": "email", "type": "int"}]);
    put(&world, json!({"objectName": "flat", "vendorName": "contacts", "fields": fields})).await;
    let script = "transformedObject.more = {a: 1}; transformedObject.key = 5; done(transformedObject);";
    put(
        &world,
        json!({"objectName": "scripted", "vendorName": "contacts", "fields": fields, "script": {"body": script}}),
    )
    .await;
    let schema = async |resource: &str| {
        let job = world.query(&format!("select * from {resource}")).await;
        assert_eq!(world.ended(&job).await["recordsCount"], 20);
        let stream = world.result(&job, resource, "application/vnd.apache.arrow.stream").await.body;
        let reader = arrow_ipc::reader::StreamReader::try_new(stream.as_slice(), None).unwrap();
        let schema = reader.schema();
        let columns: Vec<String> =
            schema.fields().iter().map(|field| format!("{} {}", field.name(), field.data_type())).collect();
        let batch = reader.map(Result::unwrap).next().unwrap();
        let report = world.get(&format!("/bulk/{job}/report"), &[]).await.json();
        (columns, batch, report)
    };
    let (flat, batch, report) = schema("flat").await;
    assert_eq!(flat[..6], ["key Utf8", "who.mail Utf8", "count Int64", "share Int64", "in Boolean", "odd Int64"]);
    assert_eq!(flat[6..8], ["realmId Int64", "realmUserId Utf8"]);
    assert!(flat.contains(&"lastUpdated Timestamp(s, \"UTC\")".to_owned()), "{flat:?}");
    assert_eq!(flat.last().unwrap(), "additional Utf8");
    assert!(!batch.column(0).as_string::<i32>().value(0).is_empty());
    assert_eq!(batch.column(5).null_count(), 20, "an address is no number");
    assert!(report["warnings"]["unfit-value"].as_u64().unwrap() > 0);

    let (scripted, batch, _) = schema("scripted").await;
    let mut declared = flat.clone();
    // A script may change the value of the vendor's column.
    declared[3] = "share Float64".to_owned();
    assert_eq!(scripted, declared);
    assert_eq!(batch.column(0).null_count(), 20, "the script made a number of it");
    let additional = batch.column(batch.num_columns() - 1).as_string::<i32>().value(0).to_owned();
    assert_eq!(additional, r#"{"more":{"a":1}}"#);
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_level_needs_its_role() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 10}})).await;
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::on(folder.path(), &simulator).await;
    let instance = world.instance_id;
    let shape = || json!({"fields": []});
    let calls = [
        "POST /organizations/objects/o/definitions".to_owned(),
        "POST /accounts/objects/a/definitions".to_owned(),
        format!("POST /instances/{instance}/objects/i/definitions"),
    ];
    for (role, wanted) in
        [("default-user", [403, 403, 200]), ("admin", [403, 200, 409]), ("org-admin", [200, 409, 409])]
    {
        world.engine.close().await;
        support::set_role(folder.path(), role).await;
        world = world.again(support::engine_options(folder.path(), &simulator)).await;
        for (call, wanted) in calls.iter().zip(wanted) {
            assert_eq!(user(&world, call, shape()).await.status, wanted, "{role}: {call}");
        }
        let put = json!({"objectName": "o", "level": "organization", "elementKey": "brighttalk"});
        let put = user(&world, "PUT /transformations", put).await.status;
        assert_eq!(put, if role == "org-admin" { 200 } else { 403 }, "{role}");
    }
    world.engine.close().await;
}

/// Spec P 2.4: a caller who administers no account gets the response of a stranger.
#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_shown_to_their_administrators() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 10}})).await;
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::on(folder.path(), &simulator).await;
    support::change(
        folder.path(),
        "INSERT INTO accounts (id, organization_id, name, is_default, created_s) VALUES (77, 1, 'Team', 0, 0)",
    )
    .await;
    for (role, seen, own, others) in [
        ("default-user", json!(null), 401, 401),
        ("admin", json!(["Default"]), 200, 404),
        ("org-admin", json!(["Default", "Team"]), 200, 200),
    ] {
        world.engine.close().await;
        support::set_role(folder.path(), role).await;
        world = world.again(support::engine_options(folder.path(), &simulator)).await;
        let listed = user(&world, "GET /accounts", Value::Null).await;
        let names = listed.json().as_array().map(|all| all.iter().map(|one| one["name"].clone()).collect::<Value>());
        assert_eq!((listed.status, names.unwrap_or_default()), (own, seen), "{role}");
        assert_eq!(user(&world, "GET /accounts/1", Value::Null).await.status, own, "{role}");
        assert_eq!(user(&world, "GET /accounts/77", Value::Null).await.status, others, "{role}");
    }
    world.engine.close().await;
}
