//! Live reads against the simulator: complete, the same at any page size, bounded, and with clear errors if the vendor
//! fails (spec P 7.4, BT 1.9, 2.5).

use std::collections::HashSet;
use std::time::{Duration, Instant};

use brighttalk_sim::{Config, PageOver, Quirks, Simulator, testbed_sim};
use elementkit::engine::EngineOptions;
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use serde_json::{Value, json};

use crate::support;
use crate::support::raw::{Answer, World};
use crate::support::subject::{Simulated, Subject};

/// Returns the records of a page, and the token of the next one.
fn page(answer: &Answer) -> (Vec<Value>, Option<String>) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let records = answer.json().as_array().unwrap().clone();
    assert_eq!(answer.header("elements-returned-count"), Some(records.len().to_string().as_str()));
    (records, answer.header("elements-next-page-token").map(str::to_owned))
}

/// Reads a whole list by tokens; the page size changes from page to page.
async fn pull(world: &World, path: &str, sizes: &[usize]) -> Vec<Value> {
    let (mut all, mut token) = (Vec::new(), String::new());
    let join = if path.contains('?') { '&' } else { '?' };
    for size in sizes.iter().cycle() {
        let (records, next) = page(&world.get(&format!("{path}{join}pageSize={size}&nextPage={token}"), &[]).await);
        assert!(records.len() <= *size, "{} records on a page of {size}", records.len());
        // Only a token that may lead to nothing is followed by an empty page, which is the last.
        assert!(next.is_none() || !records.is_empty(), "an empty page with a token");
        all.extend(records);
        match next {
            Some(next) => token = next,
            None => return all,
        }
    }
    all
}

async fn world(config: Config, change: impl FnOnce(&mut EngineOptions)) -> (World, Simulator, tempfile::TempDir) {
    let simulator = Simulator::start(config).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut options = support::engine_options(folder.path(), &simulator);
    options.vendor_retry.base = Duration::from_millis(1);
    options.vendor_retry.cap = Duration::from_millis(2);
    change(&mut options);
    (World::new(options).await, simulator, folder)
}

/// Lists of every kind: one parent, fan-out, nested children, two scans, conditions checked in the engine, lists that
/// the vendor does not page.
const LISTS: [&str; 10] = [
    "/channels/1001/contacts",
    "/contacts",
    "/channels",
    "/webcasts",
    "/registrations",
    "/surveys",
    "/responses",
    "/contacts?where=lastUpdated%3E'2029-06-01'",
    "/activities?where=totalViewings%3E1",
    "/viewings?where=webcastStatus='live'",
];

/// Lists of the other element: one list, one below each of many texts, one below a text, and conditions.
const TESTBED_LISTS: [&str; 7] = [
    "/hubs/crm/accounts",
    "/notes",
    "/account-notes",
    "/hubs/crm/accounts/acc_0007%22%27%5C/notes",
    "/hubs/crm/accounts?where=updatedAt%3E'2029-06-01'",
    "/hubs/crm/accounts?where=rating%3E2",
    "/account-notes?where=pinned=true",
];

/// Lists of the definition: conditions are evaluated here, also on nested members.
const DEFINED_LISTS: [&str; 6] = [
    "/hubs/crm/accounts",
    "/notes",
    "/hubs/crm/accounts/acc_0007%22%27%5C/notes",
    "/hubs/crm/accounts?where=updatedAt%3E'2029-06-01'",
    "/hubs/crm/accounts?where=rating%3E2",
    "/hubs/crm/accounts?where=owner.id='usr_3'",
];

fn tiny() -> Config {
    Config { subscribers: 60, channels: 3, webcasts_per_channel: 4, ..Config::default() }
}

/// Starts a vendor with a maximum of records per page, and an engine.
async fn world_over(subject: Subject, page_max: u64) -> (World, Simulated, tempfile::TempDir) {
    let simulator = match subject {
        Subject::Brighttalk => Simulated::Brighttalk(Simulator::start(Config { page_max, ..tiny() }).await.unwrap()),
        Subject::Testbed | Subject::Defined => {
            let config =
                testbed_sim::Config { accounts: 40, page_max, page_over: PageOver::Clamp, ..Default::default() };
            Simulated::Testbed(testbed_sim::Simulator::start(config).await.unwrap())
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let mut options =
        EngineOptions { bootstrap: support::bootstrap(), ..EngineOptions::new(folder.path().join("test.db")) };
    options.vendor_retry.base = Duration::from_millis(1);
    options.vendor_retry.cap = Duration::from_millis(2);
    (World::over(subject, options, &simulator.url()).await, simulator, folder)
}

#[test]
fn any_page_size_of_the_vendor_and_of_the_hub_gives_the_same_list() {
    any_page_size(Subject::Brighttalk, &LISTS);
}

#[test]
fn any_page_size_gives_the_same_list_of_another_element() {
    any_page_size(Subject::Testbed, &TESTBED_LISTS);
}

#[test]
fn any_page_size_gives_the_same_list_of_a_definition() {
    any_page_size(Subject::Defined, &DEFINED_LISTS);
}

fn any_page_size(subject: Subject, lists: &'static [&'static str]) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let wanted: Vec<Vec<Value>> = runtime.block_on(async {
        let (world, _simulator, _folder) = world_over(subject, 1000).await;
        let mut wanted = Vec::new();
        for path in lists {
            let list = pull(&world, path, &[5000]).await;
            assert!(list.len() > 2, "{path} has only {} records", list.len());
            wanted.push(list);
        }
        world.engine.close().await;
        wanted
    });
    let cases = Cases { cases: 24, failure_persistence: None, ..Cases::default() };
    let strategy = (1_u64..90, proptest::collection::vec(1_usize..90, 1..5), 0..lists.len(), 1_usize..12);
    let outcome = TestRunner::new(cases).run(&strategy, |(page_max, sizes, list, number)| {
        runtime.block_on(async {
            let (world, _simulator, _folder) = world_over(subject, page_max).await;
            prop_assert_eq!(&pull(&world, lists[list], &sizes).await, &wanted[list], "{}", lists[list]);
            // A page of a definition is one of the vendor, which may have fewer records than were asked for (spec E 6.32).
            if subject == Subject::Defined && sizes[0] as u64 > page_max {
                world.engine.close().await;
                return Ok(());
            }
            // By page number: the same slices of the whole.
            let join = if lists[list].contains('?') { '&' } else { '?' };
            let by_number = format!("{}{join}pageSize={}&page={number}", lists[list], sizes[0]);
            let (records, next) = page(&world.get(&by_number, &[]).await);
            let start = ((number - 1) * sizes[0]).min(wanted[list].len());
            let end = (start + sizes[0]).min(wanted[list].len());
            prop_assert_eq!(&records, &wanted[list][start..end]);
            prop_assert!(next.is_some() || end == wanted[list].len());
            world.engine.close().await;
            Ok(())
        })
    });
    outcome.unwrap();
}

/// `ELEMENTKIT_PULL_SUBSCRIBERS` makes it larger.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_pull_of_every_object_is_what_the_vendor_has() {
    let asked = std::env::var("ELEMENTKIT_PULL_SUBSCRIBERS").ok();
    let subscribers = asked.map_or(600, |number| number.parse().unwrap());
    for quirks in [Quirks::None, Quirks::Recorded] {
        let config = Config { subscribers, channels: 3, webcasts_per_channel: 5, quirks, ..Config::default() };
        let (world, simulator, _folder) = world(config, |_| {}).await;
        let stats = simulator.stats();
        for (object, list) in support::OBJECTS {
            let records = pull(&world, &format!("/{object}?fields=id,channelId"), &[777]).await;
            assert_eq!(records.len() as u64, stats.total(list), "{object}");
            let ids: HashSet<String> = records.iter().map(ToString::to_string).collect();
            assert_eq!(ids.len(), records.len(), "{object} has duplicates");
            assert!(records.iter().all(|record| !record["id"].is_null()), "{object} has a record without id");
        }
        world.engine.close().await;
    }
}

const CONTACTS: &str = "/channels/1001/contacts";

fn rule(fault: &Value) -> Value {
    json!({"match": {"path": "*/subscribers"}, "fault": fault})
}

/// Each fault of the core set that ends a call: status, part of the vendor's text, number of calls (0: not counted).
#[tokio::test(flavor = "multi_thread")]
async fn each_core_fault_has_its_response() {
    let (world, simulator, _folder) = world(tiny(), |options| options.call_time_limit = Duration::from_secs(3)).await;
    let status = |status: u16, body: &str| json!({"type": "status", "status": status, "body": body});
    let named = |status: u16, code: &str| json!({"type": "status", "status": status, "code": code, "message": "m"});
    let cases = [
        // A rejected first page is requested once more without a page size.
        (status(400, "empty"), 400, "HTTP 400", 2),
        (named(400, "InvalidDate"), 400, "InvalidDate: m", 1),
        (named(400, "InvalidChannelId"), 404, "InvalidChannelId: m", 1),
        (named(400, "ChannelNotFound"), 404, "ChannelNotFound: m", 1),
        (status(401, "empty"), 401, "HTTP 401", 1),
        (named(403, "NotAuthorisedForChannel"), 403, "NotAuthorisedForChannel: m", 1),
        (status(404, "html"), 404, "<", 1),
        (status(406, "empty"), 400, "HTTP 406", 1),
        (status(408, "empty"), 502, "HTTP 408", 4),
        (status(410, "empty"), 502, "HTTP 410", 2),
        (status(500, "empty"), 502, "HTTP 500", 4),
        (status(502, "html"), 502, "<", 4),
        (status(503, "other-xml"), 502, "<", 4),
        (status(504, "empty"), 502, "HTTP 504", 4),
        (json!({"type": "rate_limit", "form": "none"}), 429, "RateLimitExceeded", 4),
        (json!({"type": "truncate", "at": 0.5, "how": "clean"}), 502, "", 3),
        (json!({"type": "truncate", "at": 0.5, "how": "close"}), 502, "", 0),
        (json!({"type": "truncate", "at": 1, "how": "clean"}), 502, "", 3),
        (json!({"type": "reset", "at": 0.5}), 502, "", 0),
        (json!({"type": "slow_body", "stall_after": 20, "ms": 60_000}), 504, "", 1),
    ];
    for (fault, wanted, text, calls) in cases {
        simulator.clear_faults();
        simulator.add_faults(&rule(&fault)).unwrap();
        let before = simulator.requests().len();
        let answer = world.get(CONTACTS, &[]).await;
        assert_eq!(answer.status, wanted, "{fault}: {}", answer.text());
        let body = answer.json();
        assert!(body["message"].is_string() && body["requestId"].is_string(), "{fault}: {body}");
        assert!(body["providerMessage"].as_str().unwrap_or_default().contains(text), "{fault}: {body}");
        assert!(!answer.text().contains("0123456789ABCDEF"), "{fault}: {body}");
        if calls > 0 {
            assert_eq!(simulator.requests().len() - before, calls, "{fault}");
        }
    }
    simulator.clear_faults();
    assert_eq!(world.get(CONTACTS, &[]).await.status, 200);
    world.engine.close().await;
}

/// Transient faults do not change the list.
#[tokio::test(flavor = "multi_thread")]
async fn transient_faults_change_no_record() {
    let foreign = "127.0.0.1:0".parse().ok();
    let config = Config { page_max: 7, foreign_listen: foreign, ..tiny() };
    let (world, simulator, _folder) = world(config, |_| {}).await;
    let wanted = pull(&world, CONTACTS, &[5000]).await;
    assert_eq!(wanted.len(), 20);
    let on_page = |page: u64, times: u64, fault: Value| json!({"match": {"path": "*/subscribers", "page": page}, "times": times, "fault": fault});
    let cases = [
        on_page(2, 3, json!({"type": "status", "status": 503, "body": "html"})),
        on_page(2, 1, json!({"type": "rate_limit", "retry_after": 1, "form": "seconds"})),
        on_page(3, 2, json!({"type": "truncate", "at": 0.7, "how": "clean"})),
        on_page(3, 3, json!({"type": "truncate", "at": 0.7, "how": "close"})),
        on_page(2, 3, json!({"type": "reset", "at": 0.2})),
        // The cursor of the second page is rejected once; the page is started again.
        on_page(2, 1, json!({"type": "cursor_expired", "after_pages": 0})),
        on_page(1, 9, json!({"type": "next_host", "host": "elsewhere.example"})),
        on_page(2, 1, json!({"type": "slow_body", "bytes_per_sec": 20_000})),
    ];
    for fault in cases {
        simulator.clear_faults();
        simulator.add_faults(&fault).unwrap();
        assert_eq!(pull(&world, CONTACTS, &[5000]).await, wanted, "{fault}");
    }
    let hits = simulator.requests().iter().filter(|request| request.fault.is_some()).count();
    assert!(hits >= 8, "only {hits} faults were met");
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn loops_and_refused_cursors_are_reported() {
    let (world, simulator, _folder) = world(Config { page_max: 5, ..tiny() }, |_| {}).await;
    simulator
        .add_faults(&json!({"match": {"path": "*/subscribers", "page": 3}, "fault": {"type": "loop", "to_page": 2}}))
        .unwrap();
    let looped = world.get(CONTACTS, &[]).await;
    assert_eq!(looped.status, 502, "{}", looped.text());
    simulator.clear_faults();
    let (_, token) = page(&world.get(&format!("{CONTACTS}?pageSize=5"), &[]).await);
    let refused = json!({"match": {"path": "*/subscribers"}, "fault": {"type": "cursor_expired", "after_pages": 0}});
    simulator.add_faults(&refused).unwrap();
    let expired = world.get(&format!("{CONTACTS}?pageSize=5&nextPage={}", token.unwrap()), &[]).await;
    assert_eq!((expired.status, &expired.json()["message"]), (400, &json!("token expired, restart")));
    let on_the_way = world.get(CONTACTS, &[]).await;
    assert_eq!(on_the_way.status, 502, "{}", on_the_way.text());
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_above_the_limit_fails_at_once() {
    let (world, simulator, _folder) = world(tiny(), |options| options.call_time_limit = Duration::from_secs(30)).await;
    simulator.add_faults(&rule(&json!({"type": "rate_limit", "retry_after": 100, "form": "seconds"}))).unwrap();
    let started = Instant::now();
    let answer = world.get(CONTACTS, &[]).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("100")), "{}", answer.text());
    // No call of the instance reaches the vendor before that.
    let before = simulator.requests().len();
    let other = world.get("/channels", &[]).await;
    assert_eq!(other.status, 429, "{}", other.text());
    let wait: u64 = other.header("retry-after").unwrap().parse().unwrap();
    assert!((90..=100).contains(&wait), "{wait}");
    assert_eq!(simulator.requests().len(), before);
    // Nor with other credentials: the limits of an instance outlive them.
    let change = json!({"configuration": {"brighttalk.api.key": "2"}}).to_string();
    let changed = world.call("PATCH /instances?reAuthenticate=false", &[], change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(world.get("/channels", &[]).await.status, 429);
    assert_eq!(simulator.requests().len(), before);
    assert!(started.elapsed() < Duration::from_secs(20));
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_ends_in_time_with_a_token() {
    let config = Config { page_max: 4, ..tiny() };
    let (world, simulator, _folder) = world(config, |options| options.call_time_limit = Duration::from_secs(4)).await;
    let path = "/contacts?where=email%20is%20not%20null%20and%20id%20%3C%205000003";
    let wanted = pull(&world, path, &[50]).await;
    assert_eq!(wanted.len(), 2);
    // Sixteen pages of a third of a second are more than fit into one call.
    simulator.add_faults(&rule(&json!({"type": "slow_headers", "ms": 330}))).unwrap();
    let (mut found, mut token, mut calls) = (Vec::new(), String::new(), 0);
    loop {
        let (records, next) = page(&world.get(&format!("{path}&pageSize=50&nextPage={token}"), &[]).await);
        found.extend(records);
        calls += 1;
        match next {
            Some(next) => token = next,
            None => break,
        }
    }
    assert_eq!(found, wanted);
    assert!(calls > 1, "all fitted into one call");
    simulator.clear_faults();
    simulator.add_faults(&rule(&json!({"type": "slow_headers", "ms": 1500}))).unwrap();
    let late = world.get(&format!("{CONTACTS}?orderBy=id"), &[]).await;
    assert_eq!((late.status, &late.json()["message"]), (504, &json!("Not read within 4 seconds; use a bulk query")));
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_of_too_many_rows_are_refused() {
    let config = Config { subscribers: 100_300, channels: 1, ..Config::default() };
    let (world, simulator, _folder) = world(config, |_| {}).await;
    let message = json!("More than 100000 rows would have to be read; use a bulk query");
    for query in ["orderBy=email", "returnCount=true&pageSize=1"] {
        let answer = world.get(&format!("{CONTACTS}?{query}"), &[]).await;
        assert_eq!((answer.status, &answer.json()["message"]), (400, &message), "{query}");
    }
    let before = simulator.requests().len();
    let far = world.get(&format!("{CONTACTS}?page=10&pageSize=100&fields=id"), &[]).await;
    assert_eq!(page(&far).0.len(), 100);
    assert!(simulator.requests().len() - before < 10, "no more is read than the page needs");
    world.engine.close().await;
}
