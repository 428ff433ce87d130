//! `connect`: the instance of a name, created if it is missing, verified with the vendor every time.

use elementkit::model::{InstanceChange, NewInstance};
use elementkit::{EmbeddedOptions, ErrorKind, HostedOptions, Platform};
use serde_json::json;

use crate::support;
use crate::support::faulty::{Act, Faulty, json as answer};

async fn embedded(folder: &tempfile::TempDir, simulator: &brighttalk_sim::Simulator) -> Platform {
    let options = EmbeddedOptions::new(folder.path().join("test.db")).brighttalk_url(simulator.url());
    Platform::embedded(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn connects_at_once_make_one_instance() {
    let simulator = support::simulator(&json!({"simulator": {"channels": 1}})).await;
    // All callers find no instance before any of them has created one.
    let slow = json!({"match": {"path": "/v1/my/channels"}, "fault": {"type": "slow_headers", "ms": 300}});
    simulator.add_faults(&slow).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let platform = embedded(&folder, &simulator).await;
    let connects = (0..6).map(|_| {
        let platform = platform.clone();
        tokio::spawn(async move { platform.instances().connect(&support::brighttalk("x")).await })
    });
    let mut ids = Vec::new();
    for connect in connects.collect::<Vec<_>>() {
        ids.push(connect.await.unwrap().unwrap().id().unwrap());
    }
    assert_eq!((platform.instances().list().await.unwrap().len(), ids.iter().max()), (1, ids.iter().min()), "{ids:?}");
    assert!(simulator.requests().iter().filter(|asked| asked.path.ends_with("/my/channels")).count() >= 6);
    platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_verified_although_the_instance_has_them() {
    let simulator = support::simulator(&json!({"simulator": {"channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    let platform = embedded(&folder, &simulator).await;
    let new = support::brighttalk("x");
    let first = platform.instances().connect(&new).await.unwrap();
    let again = platform.instances().connect(&new).await.unwrap();
    assert_eq!(again.id(), first.id());
    for (status, kind) in [(401, ErrorKind::Authentication), (403, ErrorKind::PermissionDenied)] {
        let refuse = json!({"match": {"path": "/v1/my/channels"}, "fault": {"type": "status", "status": status}});
        simulator.add_faults(&refuse).unwrap();
        assert_eq!(platform.instances().connect(&new).await.unwrap_err().kind(), kind);
        simulator.clear_faults();
    }
    // Nothing of the rejected call is stored.
    let changed = new.clone().set("mine", "1");
    simulator
        .add_faults(&json!({"match": {"path": "/v1/my/channels"}, "fault": {"type": "status", "status": 401}}))
        .unwrap();
    platform.instances().connect(&changed).await.unwrap_err();
    simulator.clear_faults();
    let found = platform.instances().get(first.id().unwrap()).await.unwrap();
    assert!(!found.details().unwrap().configuration.clone().unwrap().contains_key("mine"));
    let settled = platform.instances().connect(&changed).await.unwrap();
    assert_eq!(settled.details().unwrap().configuration.clone().unwrap()["mine"], "1");
    platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_belongs_to_the_oldest_instance_until_it_is_renamed() {
    let simulator = support::simulator(&json!({"simulator": {"channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    let platform = embedded(&folder, &simulator).await;
    let instances = platform.instances();
    let new = support::brighttalk("x");
    // Created twice by separate calls, which is allowed.
    let oldest = instances.create(&new).await.unwrap();
    instances.create(&new).await.unwrap();
    assert_eq!(instances.connect(&new).await.unwrap().id(), oldest.id());

    let connected = instances.connect(&support::brighttalk("y")).await.unwrap();
    let renamed = instances.patch(connected.id().unwrap(), &InstanceChange::name("z")).await.unwrap();
    let other = instances.connect(&support::brighttalk("y")).await.unwrap();
    assert_ne!(other.id(), Some(renamed.id));
    // Renaming may give two instances the same name; the older one is then found.
    instances.patch(renamed.id, &InstanceChange::name("y")).await.unwrap();
    instances.patch(other.id().unwrap(), &InstanceChange::name("y").tags(["t"])).await.unwrap();
    assert_eq!(instances.connect(&support::brighttalk("y")).await.unwrap().id(), connected.id());
    platform.close().await;
}

#[test]
fn credentials_that_are_missing_are_named_with_their_variable() {
    let new = NewInstance::of("brighttalk").set("brighttalk.api.key", "1");
    assert_eq!(new.name, "BrightTALK");
    let error = new.check().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("BRIGHTTALK_API_SECRET is not set"), "{error}");
    assert!(new.set("brighttalk.api.secret", "s").check().is_ok());
}

fn instance(id: i64) -> String {
    format!(r#"{{"id":{id},"name":"x","token":"t{id}","element":{{"id":184,"key":"brighttalk"}}}}"#)
}

fn list(ids: &[i64]) -> Act {
    answer(200, "", &format!("[{}]", ids.iter().map(|id| instance(*id)).collect::<Vec<_>>().join(",")))
}

fn hosted(server: &Faulty) -> Platform {
    Platform::hosted(HostedOptions::new().base_url(&server.origin).user("u").organization("o")).unwrap()
}

const NO_EXTENSIONS: &str = r#"{"id":184,"key":"brighttalk","name":"BrightTALK"}"#;

#[tokio::test]
async fn on_other_platforms_the_first_instance_is_kept() {
    let one = |id| answer(200, "", &instance(id));
    let acts = [answer(200, "", NO_EXTENSIONS), list(&[]), one(9), list(&[7, 9]), answer(200, "", ""), one(7)];
    let server = Faulty::start(acts.into_iter().chain([answer(200, "", "{}")])).await;
    let connected = hosted(&server).instances().connect(&support::brighttalk("x")).await.unwrap();
    assert_eq!(connected.id(), Some(7));
    let lines: Vec<String> =
        server.lines().iter().map(|line| line.split('?').next().unwrap_or_default().to_owned()).collect();
    let expected = [
        "GET /elements/brighttalk/metadata",
        "GET /instances",
        "POST /instances",
        "GET /instances",
        "DELETE /instances/9",
        "PATCH /instances/7",
        "GET /ping",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn on_other_platforms_too_credentials_are_verified() {
    let refused = answer(401, "", r#"{"message":"Unauthorized","providerMessage":"HTTP 401"}"#);
    let acts = [answer(200, "", NO_EXTENSIONS), list(&[7]), answer(200, "", &instance(7)), refused];
    let server = Faulty::start(acts).await;
    let error = hosted(&server).instances().connect(&support::brighttalk("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
}
