//! Bulk uploads of defined elements (spec P 10.9, E 9.21 to 9.27).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use elementkit::engine::Workers;
use serde_json::{Value, json};

use super::world::{Asked, Reply, Vendor, World};

pub(super) fn document() -> Value {
    let path = |name: &str| json!({"name": name, "type": "path", "vendorName": name, "vendorType": "path"});
    let body = || json!({"name": "body", "type": "body", "vendorName": "body", "vendorType": "body"});
    let resource = |method: &str, path: &str, parameters: Value| json!({"method": method, "path": path, "vendorPath": path, "parameters": parameters});
    let mut create = resource("POST", "/contacts", json!([body()]));
    create["model"] = json!({"name": "contact", "swagger": {"contact": {"properties": {
        "id": {"type": "string", "x-primary-key": true}, "email": {"type": "string"}, "age": {"type": "integer"},
        "active": {"type": "boolean"}, "address": {"type": "address"}, "tags": {"type": "array", "items": {"type": "string"}}}},
        "address": {"properties": {"city": {"type": "string"}}}}});
    json!({"hub": "crm", "authentication": {"type": "none"}, "bulkUploadEnabled": true,
        "objects": [{"name": "secrets", "bulkUploadEnabled": false}],
        "resources": [
            create,
            resource("GET", "/contacts", json!([])),
            resource("PATCH", "/contacts/{id}", json!([path("id"), body()])),
            resource("DELETE", "/contacts/{id}", json!([path("id")])),
            resource("POST", "/secrets", json!([body()])),
            resource("POST", "/lists/{listId}/members", json!([path("listId"), body()])),
            {"method": "POST", "path": "/orders", "vendorPath": "/orders", "parameters": [body(),
                {"name": "Idempotency-Key", "type": "header", "vendorName": "Idempotency-Key", "vendorType": "header"}]}]})
}

/// Accepts every record, under a new id.
pub(super) fn accept(asked: &Asked) -> Reply {
    let record: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
    match asked.method.as_str() {
        "DELETE" => Reply { status: 204, headers: Vec::new(), body: "".into() },
        _ => Reply::json(json!({"id": "new", "got": record})),
    }
}

pub(super) async fn world(play: impl FnMut(&Asked) -> Reply + Send + 'static) -> World {
    World::new(Vendor::start(play).await, document(), json!({})).await
}

pub(super) fn bodies(asked: &[Asked]) -> Vec<Value> {
    asked.iter().map(|asked| serde_json::from_slice(&asked.body).unwrap_or_default()).collect()
}

pub(super) async fn errors(world: &World, id: &str) -> Vec<Value> {
    world.get(&format!("/bulk/{id}/errors")).await.body.as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn records_of_every_format_are_created_in_the_order_of_the_file() {
    let world = world(accept).await;
    let one = json!({"email": "a@x.example", "age": 7, "active": true, "address": {"city": "Köln, \"NRW\""}, "tags": ["x", "y"]});
    let two = json!({"email": "b@x.example"});
    let csv = "\u{feff}email,age,active,address.city,tags[0],tags[1]\r\na@x.example,7,true,\"Köln, \"\"NRW\"\"\",x,y\r\n\
               b@x.example,,,,,\r\n";
    let lines = format!("{one}\n{two}\n");
    let array = format!("[{one},\n {two}]");
    for (file, format) in [(csv, "csv"), (&*lines, "json"), (&*array, "json"), (&*lines, "jsonl")] {
        let (id, status) =
            world.uploaded("contacts", file.as_bytes(), json!({"format": format, "bulkUploadRecordSize": 1})).await;
        assert_eq!(status["status"], "COMPLETED", "{status}");
        assert_eq!((&status["recordsCount"], &status["recordsFailedCount"]), (&json!(2), &json!(0)), "{status}");
        assert_eq!((&status["jobDirection"], &status["objectName"]), (&json!("UPLOAD"), &json!("contacts")));
        assert_eq!(status["statusMessage"], "Successfully uploaded 2 records");
        let asked = world.vendor.asked();
        assert_eq!(bodies(&asked), [one.clone(), two.clone()], "{format}");
        assert_eq!(asked[0].line(), "POST /contacts");
        // Spec E 9.26.
        let (_, file) = world.ended(&id, "contacts", "application/jsonl").await;
        let rows: Vec<Value> = file.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let numbers = if format == "csv" { [2, 3] } else { [1, 2] };
        assert_eq!(rows[1], json!({"id": "new", "got": two, "_row": numbers[1]}), "{}", file.text);
        assert_eq!(rows.len(), 2);
    }
    let listed = world.get("/bulk/jobs?where=job_direction%3D'UPLOAD'").await.body;
    assert_eq!(listed.as_array().map(Vec::len), Some(4), "{listed}");
    assert_eq!((&listed[0]["record_count"], &listed[0]["fileFormat"]), (&json!(2), &json!("json")));
}

#[tokio::test]
async fn refused_records_come_back_as_a_file_that_can_be_sent_again() {
    let world = world(|asked: &Asked| match bodies(std::slice::from_ref(asked))[0]["email"].as_str() {
        Some("bad") => Reply::status(400, json!({"message": "not an address"})),
        _ => accept(asked),
    })
    .await;
    let csv = b"email,age\na@x.example,1\nbad,2\nshort\nb@x.example,old\n\xff,3\nc@x.example,4\n";
    let (id, status) = world.uploaded("contacts", csv, json!({})).await;
    assert_eq!(status["status"], "COMPLETED", "{status}");
    assert_eq!((&status["recordsCount"], &status["recordsFailedCount"]), (&json!(6), &json!(4)), "{status}");
    let found = errors(&world, &id).await;
    let rows: Vec<(i64, &str)> =
        found.iter().map(|row| (row["id"].as_i64().unwrap(), row["status"].as_str().unwrap())).collect();
    assert_eq!(rows.len(), 4, "{found:?}");
    assert!(rows[0].0 == 3 && rows[0].1.starts_with("400 ") && rows[0].1.contains("not an address"), "{rows:?}");
    assert_eq!(found[0]["response"], json!({"message": "not an address"}));
    assert_eq!(rows[1], (4, "The line has 1 values, the header 2"));
    assert_eq!(rows[2], (5, "The value \"old\" of age is not a number"));
    assert_eq!(rows[3], (6, "The record is not UTF-8"));
    assert!(found[0].get("range").is_none() && found[0].get("shown").is_none());
    let failed = world.get(&format!("/bulk/{id}/failed")).await;
    assert_eq!(failed.header("content-type"), Some("text/csv"));
    let corrected = "email,age\nbad,2\nshort\nb@x.example,old\n\u{fffd},3\n";
    assert_eq!(failed.text, corrected);
    let sent = "email,age\nd@x.example,2\ne@x.example,\n";
    let (_, status) = world.uploaded("contacts", sent.as_bytes(), json!({})).await;
    assert_eq!(status["recordsFailedCount"], 0, "{status}");

    let array = br#"[{"email": "a"}, {"email": "bad", "n": 1.50}, 7, {"x}]"#;
    let (id, status) = world.uploaded("contacts", array, json!({"format": "json"})).await;
    assert_eq!(status["status"], "ABORTED", "{status}");
    assert_eq!(world.get(&format!("/bulk/{id}/failed")).await.text, "[\n]\n");
    let array = br#"[{"email": "a"}, {"email": "bad", "n": 1.50}, 7]"#;
    let (id, status) = world.uploaded("contacts", array, json!({"format": "json"})).await;
    assert_eq!(status["recordsFailedCount"], 2, "{status}");
    let failed = world.get(&format!("/bulk/{id}/failed")).await;
    assert_eq!(failed.text, "[\n{\"email\": \"bad\", \"n\": 1.50},\n7\n]\n");
    assert_eq!(world.get(&format!("/bulk/{id}/failed?unknown=true")).await.text, "[\n]\n");
}

#[tokio::test]
async fn nothing_is_sent_of_a_file_that_is_wrong_as_a_whole() {
    let world = world(accept).await;
    let csv = json!({});
    let json = json!({"format": "json"});
    for (file, meta_data, problem) in [
        (&b""[..], &csv, "The file has no header line"),
        (
            b"email,emial\na,b\n",
            &csv,
            "contacts has no field emial, which is a column of the file. Did you mean email?",
        ),
        (b"email,email\na,b\n", &csv, "The file has the column email twice"),
        (b"email\na\n\"b\nc\n", &csv, "The record in line 3 has a quote that does not end"),
        (b"\xff\xfee\0", &csv, "The file is UTF-16; it must be UTF-8"),
        (b"[{\"email\":1},{", &json, "The file is not a complete JSON array: it cannot be read from line 1 on"),
        (b"email\na\n", &json!({"action": "update"}), "The file has no column id"),
    ] {
        let (_, status) = world.uploaded("contacts", file, meta_data.clone()).await;
        assert_eq!(status["status"], "ABORTED", "{status}");
        assert!(status["error"].as_str().unwrap().contains(problem), "{problem}: {status}");
        assert!(world.vendor.asked().is_empty(), "{problem}");
    }
    let sent = world.uploaded("contacts", b"emial\na\n", json!({"unknownColumns": "send"})).await.1;
    assert_eq!(sent["status"], "COMPLETED", "{sent}");
}

#[tokio::test]
async fn an_upload_that_cannot_work_is_refused() {
    let world = world(accept).await;
    for (object, meta_data, status, message) in [
        ("secrets", json!({}), 400, "Bulk upload is not supported for secrets"),
        ("nothing", json!({}), 404, "No object found: nothing"),
        ("contacts", json!({"action": "merge"}), 400, "action must be create, update, replace, upsert or delete"),
        ("contacts", json!({"format": "xml"}), 400, "format must be csv, json or jsonl"),
        (
            "contacts",
            json!({"action": "replace"}),
            400,
            "Bulk upload is not supported for contacts with the action replace",
        ),
        (
            "contacts",
            json!({"bulkUploadRecordSize": 11}),
            400,
            "bulkUploadRecordSize must be a whole number from 1 to 10",
        ),
        ("contacts", json!({"path": "/lists/1/members"}), 400, "path: /lists/1/members is no list of contacts"),
        ("contacts", json!([]), 400, "metaData must be a JSON object"),
    ] {
        let answer = world.upload(object, b"email\na\n", meta_data).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(answer.body["message"].as_str().unwrap().contains(message), "{message}: {}", answer.text);
    }
    let headers = [("authorization", &*world.token), ("content-type", "multipart/form-data; boundary=x")];
    let answer = world.send("POST", "/bulk/contacts", &headers, Some("--x--\r\n".into())).await;
    assert_eq!((answer.status, &answer.body["message"]), (400, &json!("The part file is required")));
    let cut = "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nemail\n";
    assert_eq!(world.send("POST", "/bulk/contacts", &headers, Some(cut.into())).await.status, 400);
    let left = std::fs::read_dir(world.folder.path().join("test.db.bulk")).into_iter().flatten().flatten();
    let left: Vec<_> = left.map(|entry| entry.file_name()).filter(|name| name != "reserve").collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(world.get("/bulk/jobs").await.body, json!([]));
}

#[tokio::test]
async fn actions_call_the_resources_of_a_record() {
    let world = world(|asked: &Asked| match (asked.method.as_str(), &*asked.path) {
        ("PATCH" | "DELETE", "/contacts/gone") => Reply::status(404, json!({"message": "no such contact"})),
        _ => accept(asked),
    })
    .await;
    let csv = b"id,email\n1,a\ngone,b\n,c\n";
    let lines = |meta_data: Value| {
        let world = &world;
        async move {
            let (id, status) = world.uploaded("contacts", csv, meta_data).await;
            let failed: Vec<Value> = errors(world, &id).await.iter().map(|row| row["id"].clone()).collect();
            (world.vendor.lines(), failed, status["recordsCount"].clone())
        }
    };
    let with = |action: &str| json!({"action": action, "identifierFieldName": "id", "bulkUploadRecordSize": 1});
    let (sent, failed, count) = lines(with("update")).await;
    assert_eq!(
        (sent, failed),
        (vec!["PATCH /contacts/1".into(), "PATCH /contacts/gone".into()], vec![json!(3), json!(4)])
    );
    assert_eq!(count, 3);
    let (sent, failed, _) = lines(with("upsert")).await;
    let expected = ["PATCH /contacts/1", "PATCH /contacts/gone", "POST /contacts", "POST /contacts"];
    assert_eq!((sent, failed), (expected.map(str::to_owned).to_vec(), vec![]));
    let (sent, failed, _) = lines(with("delete")).await;
    assert_eq!(
        (sent, failed),
        (vec!["DELETE /contacts/1".into(), "DELETE /contacts/gone".into()], vec![json!(3), json!(4)])
    );
    // Variables of the path come from columns, which are not sent, or from `path`.
    let (_, status) = world.uploaded("lists_members", b"listId,name\n4/2,x\n", json!({})).await;
    assert_eq!(status["recordsFailedCount"], 0, "{status}");
    let asked = world.vendor.asked();
    assert_eq!((asked[0].line(), bodies(&asked)), ("POST /lists/4%2F2/members".to_owned(), vec![json!({"name": "x"})]));
    let (_, status) =
        world.uploaded("lists_members", b"name\nx\n", json!({"path": "/hubs/crm/lists/42/members"})).await;
    assert_eq!(
        (status["recordsFailedCount"].clone(), world.vendor.lines()),
        (json!(0), vec!["POST /lists/42/members".to_owned()])
    );
    let (_, status) = world.uploaded("lists_members", b"name\nx\n", json!({"listId": 43})).await;
    assert_eq!(
        (status["recordsFailedCount"].clone(), world.vendor.lines()),
        (json!(0), vec!["POST /lists/43/members".to_owned()])
    );
    let (_, status) = world.uploaded("lists_members", b"name\nx\n", json!({})).await;
    assert_eq!(status["status"], "ABORTED", "{status}");
}

pub(super) fn many(count: usize) -> Vec<u8> {
    let rows: String = (0..count).map(|number| format!("u{number}@x.example\n")).collect();
    format!("email\n{rows}").into_bytes()
}

/// Counts how often each record arrived.
pub(super) fn arrivals(asked: &[Asked]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for body in bodies(asked) {
        *found.entry(body["email"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    found
}

#[tokio::test]
async fn a_storm_of_429_delays_records_and_loses_none() {
    let calls = Arc::new(AtomicUsize::new(0));
    let (seen, accepted) = (Arc::clone(&calls), Arc::new(Mutex::new(Vec::new())));
    let done = Arc::clone(&accepted);
    let world = world(move |asked: &Asked| {
        if (20..26).contains(&seen.fetch_add(1, Ordering::Relaxed)) {
            return Reply::status(429, json!({"message": "slow down"})).header("retry-after", "1");
        }
        done.lock().unwrap().push(asked.clone());
        accept(asked)
    })
    .await;
    let (_, status) = world.uploaded("contacts", &many(100), json!({})).await;
    assert_eq!((&status["recordsCount"], &status["recordsFailedCount"]), (&json!(100), &json!(0)), "{status}");
    let accepted = accepted.lock().unwrap();
    assert!(arrivals(&accepted).values().all(|times| *times == 1) && accepted.len() == 100);
}

#[tokio::test]
async fn a_record_whose_answer_is_lost_is_listed_and_not_created_twice() {
    let world = world(|asked: &Asked| match bodies(std::slice::from_ref(asked))[0]["email"].as_str() {
        Some("u3@x.example") => Reply::none(),
        Some("u5@x.example") => Reply::status(500, json!({"message": "oops"})),
        _ => accept(asked),
    })
    .await;
    let (id, status) = world.uploaded("contacts", &many(8), json!({})).await;
    assert_eq!(status["status"], "COMPLETED", "{status}");
    assert_eq!((&status["recordsCount"], &status["recordsFailedCount"]), (&json!(8), &json!(2)), "{status}");
    let asked = world.vendor.asked();
    assert!(arrivals(&asked).values().all(|times| *times == 1) && asked.len() == 8, "{:?}", arrivals(&asked));
    let found = errors(&world, &id).await;
    for (row, number, reason) in [(&found[0], 5, "unknown: "), (&found[1], 7, "unknown: 500 oops")] {
        assert!(row["status"].as_str().unwrap().starts_with(reason), "{found:?}");
        let email = format!("u{}@x.example", number - 2);
        let sent = json!({"method": "POST", "path": "/contacts", "record": {"email": email}});
        assert_eq!((&row["id"], &row["unknown"], &row["sent"]), (&json!(number), &json!(true), &sent));
    }
    assert_eq!(world.get(&format!("/bulk/{id}/failed")).await.text, "email\n");
    let unknown = world.get(&format!("/bulk/{id}/failed?unknown=true")).await.text;
    assert_eq!(unknown, "email\nu3@x.example\nu5@x.example\n");
}

#[tokio::test]
async fn changes_by_key_and_recognized_requests_are_repeated() {
    let cuts = AtomicUsize::new(0);
    let world = world(move |asked: &Asked| match cuts.fetch_add(1, Ordering::Relaxed) {
        1 => Reply::none(),
        4 => Reply::status(502, json!({})),
        _ => accept(asked),
    })
    .await;
    let (_, status) = world.uploaded("contacts", b"id\n1\n2\n3\n4\n", json!({"action": "update"})).await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("COMPLETED"), &json!(0)), "{status}");
    assert_eq!(world.vendor.asked().len(), 6);
    world.vendor.play({
        let mut cut = false;
        move |asked: &Asked| if std::mem::replace(&mut cut, true) { accept(asked) } else { Reply::none() }
    });
    let (_, status) = world.uploaded("orders", b"n\n1\n2\n", json!({"bulkUploadRecordSize": 1})).await;
    assert_eq!(status["recordsFailedCount"], 0, "{status}");
    let asked = world.vendor.asked();
    let keys: Vec<&str> = asked.iter().map(|asked| asked.header("idempotency-key").unwrap()).collect();
    assert_eq!(keys.len(), 3);
    assert!(keys[0] == keys[1] && keys[1] != keys[2] && keys[0].len() == 32, "{keys:?}");
}

#[tokio::test]
async fn a_refused_login_ends_the_upload_and_a_resumed_one_goes_on() {
    let refused = Arc::new(AtomicUsize::new(0));
    let calls = Arc::clone(&refused);
    let accepted = Arc::new(Mutex::new(Vec::new()));
    let done = Arc::clone(&accepted);
    let world = world(move |asked: &Asked| {
        if calls.fetch_add(1, Ordering::Relaxed) >= 50 {
            return Reply::status(401, json!({"message": "who are you?"}));
        }
        done.lock().unwrap().push(asked.clone());
        accept(asked)
    })
    .await;
    let (id, status) = world.uploaded("contacts", &many(200), json!({})).await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("ABORTED"), &json!(0)), "{status}");
    // The last ones may have been answered out of order; they are in the journal.
    assert!((46..=50).contains(&status["recordsCount"].as_u64().unwrap()), "{status}");
    refused.store(usize::MAX / 2, Ordering::Relaxed);
    let all = Arc::clone(&accepted);
    world.vendor.play(move |asked: &Asked| {
        all.lock().unwrap().push(asked.clone());
        accept(asked)
    });
    assert_eq!(world.call("PUT", &format!("/bulk/{id}/resume"), None).await.status, 200);
    let (status, file) = world.ended(&id, "contacts", "application/jsonl").await;
    assert_eq!((&status["status"], &status["recordsCount"]), (&json!("COMPLETED"), &json!(200)), "{status}");
    assert_eq!(file.text.lines().count(), 200);
    let accepted = accepted.lock().unwrap();
    assert!(accepted.len() == 200 && arrivals(&accepted).len() == 200, "{}", accepted.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_cancelled_resumed_and_parked_without_doubles() {
    let slowly = |asked: &Asked| {
        std::thread::sleep(Duration::from_millis(3));
        accept(asked)
    };
    let mut world = World::with(Vendor::start(slowly).await, document(), Workers::Auto).await;
    assert_eq!(world.create(json!({})).await.status, 200);
    let id = world.uploading("contacts", &many(900), json!({})).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    let cancelled = world.call("PUT", &format!("/bulk/{id}/cancel"), None).await;
    assert_eq!(cancelled.status, 200);
    let (status, _) = world.ended(&id, "contacts", "application/jsonl").await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("CANCELLED"), &json!(0)), "{status}");
    let before = status["recordsCount"].as_u64().unwrap();
    assert!((1..900).contains(&before), "{status}");
    let mut asked = world.vendor.asked();
    assert_eq!(asked.len() as u64, before);
    assert_eq!(world.call("PUT", &format!("/bulk/{id}/resume"), None).await.status, 200);
    tokio::time::sleep(Duration::from_millis(400)).await;
    world.engine.close().await;
    let world = world.again().await;
    let (status, file) = world.ended(&id, "contacts", "application/jsonl").await;
    assert_eq!((&status["status"], &status["recordsCount"]), (&json!("COMPLETED"), &json!(900)), "{status}");
    asked.extend(world.vendor.asked());
    assert!(asked.len() == 900 && arrivals(&asked).len() == 900, "{} requests", asked.len());
    let rows: Vec<Value> = file.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<u64> = rows.iter().map(|row| row["_row"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (2..902).collect::<Vec<u64>>(), "in the order of the file");
    let unknown = world.get(&format!("/bulk/{id}/failed")).await;
    assert_eq!(unknown.text, "email\n");
}

#[tokio::test]
async fn records_of_a_common_resource_are_mapped_to_the_vendor() {
    let world = world(accept).await;
    let mapping = json!({"objectName": "people", "level": "organization", "vendorName": "contacts", "elementKey": "acme",
        "fields": [{"path": "mail", "vendorPath": "email", "type": "string"}, {"path": "years", "vendorPath": "age", "type": "number"}]});
    let made = world.own("PUT", "/transformations", Some(mapping)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let (id, status) = world.uploaded("people", b"mail,years\na@x.example,5\n", json!({})).await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("COMPLETED"), &json!(0)), "{status}");
    assert_eq!(bodies(&world.vendor.asked()), [json!({"email": "a@x.example", "age": 5})]);
    let (_, file) = world.ended(&id, "people", "application/jsonl").await;
    let row: Value = serde_json::from_str(file.text.trim()).unwrap();
    assert_eq!((&row["id"], &row["_row"]), (&json!("new"), &json!(2)), "{row}");
}
