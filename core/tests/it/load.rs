//! Many connections with mixed calls and faults of the vendor: no error that is not the vendor's, and constant memory.
//!
//! The short form is a test. The long form is `ELEMENTKIT_LOAD_CONNECTIONS=1000 ELEMENTKIT_LOAD_SECONDS=300 cargo test
//! --release -p elementkit --test it load:: -- --nocapture`, and a soak is the same for 3600 seconds. It uses only
//! loopback.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use elementkit::engine::VendorRetry;
use elementkit::engine::{Engine, EngineOptions};
use elementkit::server::ServerOptions;
use elementkit::{HostedOptions, Platform};
use serde_json::{Value, json};

use crate::support;
use crate::support::process::{ran_alone, resident_mb};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Calls by name and status, and the time of each call.
#[derive(Default)]
struct Figures {
    outcomes: BTreeMap<(&'static str, u16), u64>,
    /// In microseconds, by call; sampled, so that the memory does not grow.
    times: BTreeMap<&'static str, Vec<u32>>,
    slowest: Duration,
    calls: u64,
    wrong: Vec<String>,
}

impl Figures {
    /// Returns the median and the 99 % and 99.9 % quantiles of these calls.
    fn parts(mut times: Vec<u32>) -> String {
        times.sort_unstable();
        let part = |part: f64| {
            let at = (times.len() as f64 * part) as usize;
            Duration::from_micros(times[at.min(times.len() - 1)].into())
        };
        format!("half within {:.1?}, 99 % within {:.1?}, 99.9 % within {:.1?}", part(0.5), part(0.99), part(0.999))
    }
}

/// The calls: name, path, by token or by id, correct statuses.
const CALLS: [(&str, &str, bool, &[u16]); 8] = [
    ("channels", "/channels", true, &[200]),
    ("contacts", "/channels/1001/contacts?pageSize=50", true, &[200]),
    ("filtered", "/channels/1002/contacts?pageSize=20&where=subscribed%3Dtrue", true, &[200]),
    ("metadata", "/objects/channels/metadata", true, &[200]),
    ("instances", "/instances", false, &[200]),
    ("wrong query", "/channels?where=%3D%3D", true, &[400]),
    ("nothing there", "/instances/7", false, &[404]),
    ("not let in", "/channels", false, &[401]),
];

#[tokio::test(flavor = "multi_thread")]
async fn many_connections_see_only_errors_of_the_vendor() {
    if ran_alone("load::many_connections_see_only_errors_of_the_vendor") {
        return;
    }
    let (connections, seconds) = (number("ELEMENTKIT_LOAD_CONNECTIONS", 100), number("ELEMENTKIT_LOAD_SECONDS", 5));
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 10_000, "channels": 3}})).await;
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(EngineOptions {
        vendor_retry: VendorRetry { attempts: 2, base: Duration::from_millis(5), ..VendorRetry::default() },
        ..support::engine_options(folder.path(), &simulator)
    })
    .await
    .unwrap();
    let url = support::serve(engine.clone()).await;
    let platform = HostedOptions::new().base_url(&url).user(support::USER).organization(support::ORGANIZATION);
    let platform = Platform::hosted(platform).unwrap();
    // Several instances, each with its own limit towards the vendor.
    let mut tokens = Vec::new();
    for _ in 0..8 {
        tokens.push(support::instance(&platform).await.token().expose().to_owned());
    }
    simulator
        .add_faults(&json!([
            {"match": {"path": "*/subscribers"}, "probability": 0.02, "fault": {"type": "status", "status": 503, "body": "html"}},
            {"match": {"path": "*/subscribers"}, "probability": 0.01, "fault": {"type": "truncate", "at": 0.5, "how": "close"}},
            {"match": {"path": "*/subscribers"}, "probability": 0.01, "fault": {"type": "malformed", "kind": "mismatched_tag"}},
            {"match": {"path": "/v1/my/channels"}, "probability": 0.02, "fault": {"type": "status", "status": 500}},
        ]))
        .unwrap();

    let figures = Arc::new(Mutex::new(Figures::default()));
    let (started, end) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
    let _ = rustls::crypto::ring::default_provider().install_default();
    // As ElementKit's clients do, it closes an idle connection before the server does: a call that is sent while the
    // server closes the connection is lost.
    let client = reqwest::Client::builder()
        .pool_max_idle_per_host(connections as usize)
        .pool_idle_timeout(ServerOptions::default().head_timeout * 2 / 3)
        .build()
        .unwrap();
    let workers = (0..connections).map(|worker| {
        let (client, url, figures) = (client.clone(), url.clone(), Arc::clone(&figures));
        let token = tokens[worker as usize % tokens.len()].clone();
        tokio::spawn(async move {
            let mut turn = worker as usize;
            while Instant::now() < end {
                let call = CALLS[turn % CALLS.len()];
                turn += 1;
                one(&client, &url, &token, call, turn, &figures).await;
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    // Memory after warming up, and at the end.
    tokio::time::sleep(Duration::from_secs(seconds) / 3).await;
    let warm = resident_mb();
    for worker in workers {
        worker.await.unwrap();
    }
    let (took, last) = (started.elapsed(), resident_mb());
    let mut figures = std::mem::take(&mut *figures.lock().unwrap());
    eprintln!(
        "{connections} connections, {:.0} s: {} calls, {:.0} a second; {}, all within {:.1?}; {warm} MB when warm, {last} MB at \
         the end",
        took.as_secs_f64(),
        figures.calls,
        figures.calls as f64 / took.as_secs_f64(),
        Figures::parts(figures.times.values().flatten().copied().collect()),
        figures.slowest,
    );
    for (name, times) in std::mem::take(&mut figures.times) {
        eprintln!("  {name}: {}", Figures::parts(times));
    }
    for ((name, status), count) in &figures.outcomes {
        eprintln!("  {name}: {status} {count} times");
    }
    assert!(figures.wrong.is_empty(), "{} answers are wrong: {:#?}", figures.wrong.len(), figures.wrong);
    assert!(figures.calls > connections, "every connection gets its turn");
    let vendors =
        figures.outcomes.iter().filter(|((_, status), _)| *status == 502).map(|(_, count)| count).sum::<u64>();
    eprintln!("  {vendors} faults of the vendor came through as such");
    assert!(last < warm + warm / 2 + 50, "memory grows: {warm} MB, then {last} MB");
    platform.close().await;
    engine.close().await;
}

async fn one(
    client: &reqwest::Client,
    url: &str,
    token: &str,
    (name, path, by_token, right): (&'static str, &str, bool, &[u16]),
    turn: usize,
    figures: &Mutex<Figures>,
) {
    let header = match (name, by_token) {
        ("not let in", _) => "User nobody, Element nothing".to_owned(),
        (_, true) => format!("User {}, Element {token}", support::USER),
        (_, false) => format!("User {}, Organization {}", support::USER, support::ORGANIZATION),
    };
    let started = Instant::now();
    let answer = client.get(format!("{url}/elements/api-v2{path}")).header("authorization", header).send().await;
    let outcome = match answer {
        Ok(answer) => {
            let status = answer.status().as_u16();
            answer.bytes().await.map(|bytes| (status, bytes))
        }
        Err(error) => Err(error),
    };
    let took = started.elapsed();
    let Ok(mut figures) = figures.lock() else { return };
    figures.calls += 1;
    figures.slowest = figures.slowest.max(took);
    let times = figures.times.entry(name).or_default();
    if turn.is_multiple_of(7) && times.len() < 100_000 {
        times.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }
    let (status, bytes) = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return figures.wrong.push(format!("{name}, after {took:?}: {error:?}")),
    };
    *figures.outcomes.entry((name, status)).or_default() += 1;
    let json: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let is_the_vendors = status == 502 && json["message"].is_string();
    if !right.contains(&status) && !is_the_vendors {
        figures.wrong.push(format!("{name}: {status} {}", String::from_utf8_lossy(&bytes)));
    }
}
