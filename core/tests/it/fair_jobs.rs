//! Jobs whose vendor does not respond do not delay others: the jobs of other organizations, and those of the same
//! organization with another vendor (spec P 10.5).

use std::time::Duration;

use brighttalk_sim::Simulator;
use elementkit::engine::{Bootstrap, Engine, EngineOptions};
use serde_json::{Value, json};

use crate::support;
use crate::support::raw::call;

/// The user and organization part of an authorization header.
struct Customer(String);

/// Credentials of calls of an instance.
struct Caller {
    engine: Engine,
    authorization: String,
}

async fn options(folder: &std::path::Path) -> EngineOptions {
    let calm = support::simulator(&json!({})).await;
    let mut options = support::engine_options(folder, &calm);
    options.allow_vendor_override = true;
    options.vendor_retry.base = Duration::from_millis(1);
    options.vendor_retry.cap = Duration::from_millis(5);
    options
}

async fn customer(engine: &Engine, name: &str) -> Customer {
    let first = Bootstrap { email: Some(format!("{name}@example.test")), ..Bootstrap::default() };
    let made = engine.create_organization(name, &first).await.unwrap();
    Customer(format!("User {}, Organization {}", made.user_secret.expose(), made.organization_secret.expose()))
}

impl Customer {
    /// Creates an instance that reads from this vendor.
    async fn instance(&self, engine: &Engine, vendor: &Simulator) -> Caller {
        let configuration = json!({
            "brighttalk.api.key": "1",
            "brighttalk.api.secret": "0123456789ABCDEF0123456789ABCDEF",
            "brighttalk.base.url": vendor.url(),
        });
        let new = json!({"element": {"key": "brighttalk"}, "name": "x", "configuration": configuration});
        let answer = call(engine, "POST /instances", &self.0, &[], new.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let token = answer.json()["token"].as_str().unwrap().to_owned();
        let user = self.0.split(", ").next().unwrap();
        Caller { engine: engine.clone(), authorization: format!("{user}, Element {token}") }
    }
}

impl Caller {
    async fn start(&self) -> String {
        let line = "POST /bulk/query?q=select%20id%20from%20webcasts";
        let answer = call(&self.engine, line, &self.authorization, &[], String::new()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    async fn start_many(&self, number: usize) -> Vec<String> {
        let mut jobs = Vec::new();
        for _ in 0..number {
            jobs.push(self.start().await);
        }
        jobs
    }

    async fn status(&self, job: &str) -> Value {
        let line = format!("GET /bulk/{job}/status");
        call(&self.engine, &line, &self.authorization, &[], String::new()).await.json()
    }

    /// Waits until the status of a job matches `wanted`.
    async fn until(&self, job: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..3000 {
            let status = self.status(job).await;
            if wanted(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("it did not happen within a minute: {}", self.status(job).await);
    }
}

fn is_waiting(status: &Value) -> bool {
    status["progress"]["phase"] == "waiting"
}

fn is_completed(status: &Value) -> bool {
    status["status"] == "COMPLETED"
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_wait_for_their_vendor_hold_no_slot() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(options(folder.path()).await).await.unwrap();
    let (first, second) = (customer(&engine, "first").await, customer(&engine, "second").await);
    for fault in [
        json!({"type": "status", "status": 503}),
        json!({"type": "rate_limit", "retry_after": 3600}),
        json!({"type": "slow_body", "stall_after": 10, "ms": 600_000}),
    ] {
        let (down, up) = (support::simulator(&json!({})).await, support::simulator(&json!({})).await);
        let stopped = first.instance(&engine, &down).await;
        down.add_faults(&json!({"match": {"path": "*"}, "fault": fault})).unwrap();
        // More than there are worker slots.
        for job in stopped.start_many(8).await {
            stopped.until(&job, is_waiting).await;
        }
        for other in [first.instance(&engine, &up).await, second.instance(&engine, &up).await] {
            let job = other.start().await;
            other.until(&job, is_completed).await;
        }
    }
    engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_slow_jobs_of_one_organization_leave_a_slot_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(options(folder.path()).await).await.unwrap();
    let (first, second) = (customer(&engine, "first").await, customer(&engine, "second").await);
    let (slow, fast) = (support::simulator(&json!({})).await, support::simulator(&json!({})).await);
    let slowed = first.instance(&engine, &slow).await;
    // Not slow enough to count as waiting.
    slow.add_faults(&json!({"match": {"path": "*"}, "fault": {"type": "slow_headers", "ms": 700}})).unwrap();
    let jobs = slowed.start_many(24).await;
    let other = second.instance(&engine, &fast).await;
    let job = other.start().await;
    other.until(&job, is_completed).await;
    let last = slowed.status(jobs.last().unwrap()).await;
    assert_eq!(last["progress"]["phase"], "queued", "it was to wait for the others of its organization");
    engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn max_outage_ends_a_pause_that_the_vendor_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let vendor = support::simulator(&json!({})).await;
    let options = EngineOptions { max_outage: Duration::from_secs(2), ..options(folder.path()).await };
    let engine = Engine::open(options).await.unwrap();
    let caller = customer(&engine, "first").await.instance(&engine, &vendor).await;
    let limit = json!({"type": "rate_limit", "retry_after": 200});
    vendor.add_faults(&json!({"match": {"path": "*"}, "fault": limit})).unwrap();
    // The second job is subject to the pause that the first one received.
    for _ in 0..2 {
        let job = caller.start().await;
        caller.until(&job, is_waiting).await;
        let ended = caller.until(&job, |status| status["status"] == "ABORTED").await;
        let failure = &ended["failure"];
        assert_eq!((&failure["kind"], &failure["phase"]), (&json!("rate_limited"), &json!("waiting")), "{ended}");
        assert!(failure["retryAfter"].as_u64().is_some_and(|wait| wait > 100), "{ended}");
    }
    engine.close().await;
}
