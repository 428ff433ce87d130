//! Uploads under faults of the vendor and of the file: nothing is lost, nothing is sent twice, and each has its answer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{patch, post};
use serde_json::{Value, json};

use super::uploads::{accept, arrivals, bodies, document, errors, many, world};
use super::world::{Asked, Reply, Vendor, World, json_answer};

#[tokio::test]
async fn files_of_no_use_are_refused_before_anything_is_sent() {
    let world = world(accept).await;
    let csv = json!({});
    let json = json!({"format": "json"});
    let long = "x".repeat(5 << 20);
    let utf16: Vec<u8> = "email\na@x.example\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let too_long = "The record in line 1 is longer than 4 MiB";
    for (file, meta_data, problem) in [
        (long.clone().into_bytes(), &csv, format!("{too_long}; a quote may be missing")),
        (format!("email\n\"{long}").into_bytes(), &csv, "The record in line 2 is longer than 4 MiB".to_owned()),
        (format!("{{\"email\":\"{long}\"}}\n").into_bytes(), &json, too_long.to_owned()),
        (format!("[{{\"email\":\"{long}\"}}]").into_bytes(), &json, too_long.to_owned()),
        (b"em\xe4il\na\n".to_vec(), &csv, "The header is not UTF-8".to_owned()),
        (utf16, &csv, "The header has NUL characters; the file must be UTF-8".to_owned()),
        (b"email;age\na;1\n".to_vec(), &csv, "contacts has no field email;age".to_owned()),
        (b"\n\n".to_vec(), &csv, "The file has no header line".to_owned()),
    ] {
        let (_, status) = world.uploaded("contacts", &file, meta_data.clone()).await;
        let error = status["error"].as_str().unwrap_or_default();
        assert_eq!(status["status"], "ABORTED", "{problem}: {status}");
        assert!(error.contains(&problem), "{problem}: {error}");
        assert!(world.vendor.asked().is_empty(), "{problem}");
    }
    // A file without records has nothing wrong with it.
    for (file, meta_data) in [(&b"email\r\n"[..], &csv), (b"", &json), (b"[]", &json), (b"\xef\xbb\xbf", &json)] {
        let (_, status) = world.uploaded("contacts", file, meta_data.clone()).await;
        assert_eq!((&status["status"], &status["recordsCount"]), (&json!("COMPLETED"), &json!(0)), "{status}");
    }
    assert!(world.vendor.asked().is_empty());
}

/// A vendor whose callers choose the ids of their contacts.
#[derive(Clone, Default)]
struct Book {
    contacts: Arc<Mutex<BTreeMap<String, Value>>>,
    /// Number of times that a contact was created that existed.
    doubled: Arc<AtomicUsize>,
    /// Whether answers to some creations come too late.
    late: Arc<std::sync::atomic::AtomicBool>,
}

impl Book {
    async fn start(&self) -> Vendor {
        let router = axum::Router::new();
        let router = router.route("/contacts", post(Self::create)).route("/contacts/{id}", patch(Self::change));
        Vendor::over(router.with_state(self.clone())).await
    }

    async fn create(State(book): State<Self>, body: String) -> Response {
        let record: Value = serde_json::from_str(&body).unwrap();
        let id = record["id"].as_str().unwrap().to_owned();
        let is_late = book.late.load(Ordering::Relaxed) && id.ends_with('7');
        if book.contacts.lock().unwrap().insert(id, record.clone()).is_some() {
            book.doubled.fetch_add(1, Ordering::Relaxed);
        }
        if is_late {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        json_answer(&record)
    }

    async fn change(State(book): State<Self>, Path(id): Path<String>, body: String) -> Response {
        let mut contacts = book.contacts.lock().unwrap();
        let Some(known) = contacts.get_mut(&id) else { return StatusCode::NOT_FOUND.into_response() };
        let record: Value = serde_json::from_str(&body).unwrap();
        known.as_object_mut().unwrap().extend(record.as_object().unwrap().clone());
        json_answer(known)
    }
}

#[tokio::test]
async fn records_that_were_accepted_without_an_answer_are_found_by_their_key() {
    let book = Book::default();
    let vendor = book.start().await;
    let mut world = World::bare_with(vendor, document(), |options| {
        options.vendor_timeouts.idle = Duration::from_millis(700);
    })
    .await;
    assert_eq!(world.create(json!({})).await.status, 200);
    book.late.store(true, Ordering::Relaxed);
    let rows: String = (0..30).map(|number| format!("c{number},u{number}@x.example\n")).collect();
    let (id, status) = world.uploaded("contacts", format!("id,email\n{rows}").as_bytes(), json!({})).await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("COMPLETED"), &json!(3)), "{status}");
    let found = errors(&world, &id).await;
    assert!(found.iter().all(|row| row["unknown"] == true), "{found:?}");
    let sent: Vec<&Value> = found.iter().map(|row| &row["sent"]["record"]["id"]).collect();
    assert_eq!(sent, ["c7", "c17", "c27"]);
    assert!(found[0]["status"].as_str().unwrap().starts_with("unknown: Timeout"), "{}", found[0]);
    // The unknown ones are sent again by their key: found, or created.
    let lost = book.contacts.lock().unwrap().remove("c17");
    assert!(lost.is_some());
    book.late.store(false, Ordering::Relaxed);
    let unknown = world.get(&format!("/bulk/{id}/failed?unknown=true")).await.text;
    assert_eq!(unknown, "id,email\nc7,u7@x.example\nc17,u17@x.example\nc27,u27@x.example\n");
    let by_key = json!({"action": "upsert", "identifierFieldName": "id"});
    let (_, status) = world.uploaded("contacts", unknown.as_bytes(), by_key).await;
    assert_eq!((&status["recordsCount"], &status["recordsFailedCount"]), (&json!(3), &json!(0)), "{status}");
    let contacts = book.contacts.lock().unwrap();
    assert_eq!((contacts.len(), book.doubled.load(Ordering::Relaxed)), (30, 0));
    assert!((0..30).all(|number| contacts[&format!("c{number}")]["email"] == format!("u{number}@x.example")));
}

/// Plays a vendor that fails on each record a few times, in a way that says that it has not accepted the record.
fn reluctant(accepted: &Arc<Mutex<Vec<Asked>>>) -> impl FnMut(&Asked) -> Reply + Send + 'static {
    let (accepted, mut refused) = (Arc::clone(accepted), BTreeMap::<Vec<u8>, usize>::new());
    move |asked| {
        let times = refused.entry(asked.body.to_vec()).or_default();
        *times += 1;
        match *times {
            1 => Reply::status(429, json!({"message": "slow down"})).header("retry-after", "0"),
            2 => Reply::status(503, json!({"message": "busy"})).header("retry-after", "1"),
            _ => {
                accepted.lock().unwrap().push(asked.clone());
                accept(asked)
            }
        }
    }
}

#[tokio::test]
async fn storms_of_429_and_503_delay_every_record_and_lose_none() {
    let accepted = Arc::default();
    let world = world(reluctant(&accepted)).await;
    let (_, status) = world.uploaded("contacts", &many(8), json!({})).await;
    let counts = (&status["status"], &status["recordsCount"], &status["recordsFailedCount"]);
    assert_eq!(counts, (&json!("COMPLETED"), &json!(8), &json!(0)), "{status}");
    let accepted = accepted.lock().unwrap();
    assert!(accepted.len() == 8 && arrivals(&accepted).len() == 8, "{}", accepted.len());
}

#[tokio::test]
async fn failures_of_the_service_are_repeated_for_changes_and_unknown_for_creations() {
    let failing = |asked: &Asked, times: usize| match (&bodies(std::slice::from_ref(asked))[0]["email"], times) {
        (Value::String(email), 1) => match &**email {
            "u1@x.example" => Some(Reply::status(500, json!({"message": "oops"}))),
            "u2@x.example" => Some(Reply::of("text/html", "<html>").with_status(502)),
            "u3@x.example" => Some(Reply::of("text/plain", "").with_status(504)),
            "u4@x.example" => Some(Reply::none()),
            _ => None,
        },
        _ => None,
    };
    let play = move || {
        let mut times = BTreeMap::<Vec<u8>, usize>::new();
        move |asked: &Asked| {
            let times = times.entry(asked.body.to_vec()).or_default();
            *times += 1;
            failing(asked, *times).unwrap_or_else(|| accept(asked))
        }
    };
    let world = world(play()).await;
    let (id, status) = world.uploaded("contacts", &many(6), json!({})).await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("COMPLETED"), &json!(4)), "{status}");
    let found = errors(&world, &id).await;
    let shown: Vec<String> = found.iter().map(|row| row["status"].as_str().unwrap().to_owned()).collect();
    assert!(found.iter().all(|row| row["unknown"] == true), "{shown:?}");
    assert!(shown[0] == "unknown: 500 oops" && shown[1].starts_with("unknown: 502"), "{shown:?}");
    assert!(shown[2].starts_with("unknown: 504") && shown[3].starts_with("unknown: Network"), "{shown:?}");
    assert!(arrivals(&world.vendor.asked()).values().all(|times| *times == 1));
    world.vendor.play(play());
    let rows: String = (0..6).map(|number| format!("{number},u{number}@x.example\n")).collect();
    let changes = json!({"action": "update", "identifierFieldName": "id"});
    let (_, status) = world.uploaded("contacts", format!("id,email\n{rows}").as_bytes(), changes).await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("COMPLETED"), &json!(0)), "{status}");
    assert_eq!(world.vendor.asked().len(), 10, "the four were sent again");
}

#[tokio::test]
async fn a_deletion_that_is_repeated_and_finds_nothing_is_done() {
    let world = world({
        let mut calls = 0;
        move |_: &Asked| {
            calls += 1;
            if calls == 1 { Reply::none() } else { Reply::status(404, json!({"message": "no such contact"})) }
        }
    })
    .await;
    let (id, status) =
        world.uploaded("contacts", b"id\n1\n2\n", json!({"action": "delete", "bulkUploadRecordSize": 1})).await;
    assert_eq!((&status["recordsCount"], &status["recordsFailedCount"]), (&json!(2), &json!(1)), "{status}");
    let found = errors(&world, &id).await;
    assert_eq!((found.len(), &found[0]["id"]), (1, &json!(3)), "only the second was never sent before: {found:?}");
    assert_eq!(world.vendor.lines(), ["DELETE /contacts/1", "DELETE /contacts/1", "DELETE /contacts/2"]);
}

/// Returns a vendor whose token expires after every fiftieth record, and whose login fails at first.
fn forgetful(accepted: &Arc<Mutex<Vec<Asked>>>, failures: Vec<u16>) -> impl FnMut(&Asked) -> Reply + Send + 'static {
    let (accepted, mut token, mut failures) = (Arc::clone(accepted), 0, failures.into_iter());
    move |asked| {
        if asked.path == "/login" {
            return match if token > 0 { failures.next() } else { None } {
                Some(0) => Reply::none(),
                Some(status) => Reply::status(status, json!({"message": "not now"})),
                None => {
                    token += 1;
                    Reply::json(json!({"token": format!("t{token}")}))
                }
            };
        }
        if asked.header("x-token") != Some(&*format!("t{token}")) {
            return Reply::status(401, json!({"message": "expired"}));
        }
        let mut accepted = accepted.lock().unwrap();
        accepted.push(asked.clone());
        if accepted.len() % 50 == 0 {
            token += 1;
        }
        accept(asked)
    }
}

/// Returns the element of that vendor.
fn with_login() -> Value {
    let mut document = document();
    let token =
        json!({"name": "session.token", "type": "configuration", "vendorName": "X-Token", "vendorType": "header"});
    let mut taken = token.clone();
    (taken["vendorName"], taken["vendorType"], taken["source"]) =
        (json!("token"), json!("bodyField"), json!("response"));
    document["authentication"] = json!({"type": "custom"});
    document["parameters"] = json!([token]);
    let login = json!({"method": "POST", "path": "/login", "vendorPath": "/login", "type": "onProvision", "parameters": [taken]});
    document["resources"].as_array_mut().unwrap().push(login);
    document
}

#[tokio::test]
async fn a_token_that_expires_is_replaced_and_no_record_is_lost() {
    let accepted = Arc::default();
    // The service of the logins fails now and then, too.
    let vendor = Vendor::start(forgetful(&accepted, vec![503, 0])).await;
    let world = World::new(vendor, with_login(), json!({})).await;
    let (id, status) = world.uploaded("contacts", &many(120), json!({})).await;
    let counts = (&status["status"], &status["recordsCount"], &status["recordsFailedCount"]);
    let found = errors(&world, &id).await;
    assert_eq!(counts, (&json!("COMPLETED"), &json!(120), &json!(0)), "{status} {found:?}");
    let accepted = accepted.lock().unwrap();
    assert!(accepted.len() == 120 && arrivals(&accepted).len() == 120, "{}", accepted.len());
}
