//! Scripts that would take all there is (spec P 9.12): each is stopped within its limits, live and in bulk, while other
//! requests go on and later scripts still work.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::{Duration, Instant};

use brighttalk_sim::{Config, Simulator};
use elementkit::engine::{EngineOptions, ScriptLimits};
use serde_json::{Value, json};
use support::raw::{Answer, World, call};

/// A script and what is said of it.
const BOMBS: [(&str, &str); 6] = [
    ("while (true) {}", "line 1, column 1: stopped after 1 seconds"),
    ("const a = []; while (true) a.push(new Array(1000).fill({}));", "more than 16 MiB of memory would be needed"),
    ("const f = () => f() + 1; f();", "RangeError: Maximum call stack size exceeded"),
    ("/^(a|aa)+$/.test('a'.repeat(60) + 'b'); done();", "stopped after 1 seconds"),
    ("done('x'.repeat(1 << 28));", "more than 16 MiB of memory would be needed"),
    ("throw new Error('on purpose');", "line 1, column 11: Error: on purpose"),
];

async fn world(folder: &std::path::Path, simulator: &Simulator) -> World {
    let limits = ScriptLimits { time: Duration::from_secs(1), memory_bytes: 16 << 20, ..ScriptLimits::default() };
    World::new(EngineOptions { script_limits: limits, ..support::engine_options(folder, simulator) }).await
}

async fn authored(world: &World, line: &str, body: &Value) -> Answer {
    let authorization = format!("User {}, Organization {}", support::USER, support::ORGANIZATION);
    call(&world.engine, line, &authorization, &[], body.to_string()).await
}

/// Maps `people` to contacts with this script.
async fn map(world: &World, body: &str) {
    let transformation = json!({
        "objectName": "people", "level": "organization", "vendorName": "channelsContacts", "elementKey": "brighttalk",
        "fields": [{"path": "id", "vendorPath": "id"}], "script": {"body": body},
    });
    let answer = authored(world, "PUT /transformations", &transformation).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_call_ends_and_others_go_on() {
    let simulator = Simulator::start(Config { subscribers: 20, channels: 1, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), &simulator).await;
    for (body, wanted) in BOMBS {
        map(&world, body).await;
        let people = async { (world.get("/hubs/marketing/people?pageSize=5", &[]).await, Instant::now()) };
        let others = async {
            for _ in 0..5 {
                assert_eq!(world.get("/hubs/marketing/channels", &[]).await.status, 200);
            }
            Instant::now()
        };
        let ((answer, stopped), others_done) = tokio::join!(people, others);
        assert_eq!(answer.status, 500, "{body}: {}", answer.text());
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains("people/organization") && message.contains(wanted), "{body}: {message}");
        // Only of a script that runs until its limit is it certain that it was still running.
        assert!(!wanted.contains("1 seconds") || others_done < stopped, "{body}: other calls had to wait");
    }
    map(&world, "done({id: originalObject.id, ok: true})").await;
    let people = world.get("/hubs/marketing/people?pageSize=2", &[]).await.json();
    assert_eq!(people.as_array().unwrap().len(), 2);
    assert_eq!(people[0]["ok"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_job_goes_on_after_each() {
    let simulator = Simulator::start(Config { subscribers: 20, channels: 1, ..Config::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path(), &simulator).await;
    let cases = BOMBS.iter().enumerate();
    let cases: String =
        cases.map(|(id, (body, _))| format!("if (originalObject.id % 7 === {id}) {{ {body} }}\n")).collect();
    map(&world, &format!("{cases} done({{id: originalObject.id}});")).await;
    let job = world.query("select * from people").await;
    let status = world.ended(&job).await;
    assert_eq!(status["status"], "COMPLETED", "{status}");
    let contacts = world.get("/hubs/marketing/contacts?fields=id&pageSize=100", &[]).await.json();
    let (mut kept, mut lost) = (0, 0);
    for contact in contacts.as_array().unwrap() {
        if contact["id"].as_i64().unwrap() % 7 == 6 { kept += 1 } else { lost += 1 }
    }
    assert!(kept > 0 && lost > 6, "{kept} {lost}");
    assert_eq!(world.result(&job, "people", "application/jsonl").await.text().lines().count(), kept);
    let errors = world.get(&format!("/bulk/{job}/errors"), &[]).await.json();
    assert_eq!(errors.as_array().unwrap().len(), lost, "{errors}");
    for (_, wanted) in BOMBS {
        let reason = wanted.rsplit(": ").next().unwrap();
        assert!(errors.to_string().contains(reason), "{reason} is not in {errors}");
    }
}
