//! kill -9 at random points, repeatedly, while the vendor fails in every transient way: the result is byte-identical
//! to that of an undisturbed run.
//!
//! The short form runs with the other tests; the long one with `ELEMENTKIT_CHAOS_KILLS=200 cargo test -p elementkit
//! --test it chaos` (`tests/long/chaos.sh`). `ELEMENTKIT_CHAOS_SEED` repeats a run.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use brighttalk_sim::Simulator;
use elementkit::engine::VendorRetry;
use elementkit::engine::{Engine, EngineOptions, Workers};
use serde_json::{Value, json};

use crate::support;
use crate::support::raw::World;
use crate::support::subject::{Simulated, Subject, skip, with_elements};

/// Set for a process that works on existing jobs until it is killed.
const CHILD: &str = "ELEMENTKIT_TEST_CHAOS_CHILD";

/// Short, so that the next process need not wait long for the job of a dead one.
const LEASE: Duration = Duration::from_millis(400);

#[test]
fn child() {
    let Ok(arguments) = std::env::var(CHILD) else { return };
    let [folder, url, lease] = arguments.splitn(3, '|').collect::<Vec<_>>()[..] else { panic!("{arguments}") };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let lease = Duration::from_millis(lease.parse().unwrap());
        let options = EngineOptions { lease, ..options(Path::new(folder), url, Workers::Auto) };
        let _engine = Engine::open(options).await.unwrap();
        std::future::pending::<()>().await;
    });
}

fn spawn(folder: &Path, url: &str) -> Worker {
    spawn_with(folder, url, LEASE)
}

fn spawn_with(folder: &Path, url: &str, lease: Duration) -> Worker {
    let spawned = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "chaos::child", "--nocapture"])
        .env(CHILD, format!("{}|{url}|{}", folder.display(), lease.as_millis()))
        .stdout(Stdio::null())
        .spawn();
    Worker(spawned.unwrap())
}

/// A process that ends with its test.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn options(folder: &Path, url: &str, workers: Workers) -> EngineOptions {
    with_elements(EngineOptions {
        vendor_urls: support::vendor_urls(url),
        workers,
        lease: LEASE,
        // Sorted rows go through many runs, so that kills hit them.
        sort_memory: 2 << 10,
        // Enough attempts that no fault below outlasts them, without the pauses that a real vendor gets.
        vendor_retry: VendorRetry {
            attempts: 4,
            base: Duration::from_millis(5),
            cap: Duration::from_millis(20),
            ..VendorRetry::default()
        },
        bootstrap: support::bootstrap(),
        ..EngineOptions::new(folder.join("test.db"))
    })
}

/// Pseudo-random numbers that are reproducible by seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Returns the transient faults of the core set, each frequent enough to occur between two kills.
fn faults(subject: Subject) -> Vec<(&'static str, Value)> {
    let list = subject.choose("*/subscribers*", subject.vendor_list());
    let every = |every: u64, fault: Value| json!({"match": {"every": every}, "fault": fault});
    let lists = |fault: Value| json!({"match": {"path": list, "page": 4}, "times": 1, "fault": fault});
    vec![
        ("500", every(4, json!({"type": "status", "status": 500, "body": "empty"}))),
        ("502", every(5, json!({"type": "status", "status": 502, "body": "html"}))),
        ("503", every(3, json!({"type": "status", "status": 503, "body": "other-xml"}))),
        ("504", every(4, json!({"type": "status", "status": 504}))),
        (
            "rate limit",
            json!({"match": {"every": 9}, "times": 2, "fault": {"type": "rate_limit", "retry_after": 1, "form": "seconds"}}),
        ),
        ("connection cut", every(4, json!({"type": "truncate", "at": 0.6, "how": "close"}))),
        ("body cut", every(5, json!({"type": "truncate", "at": 0.7, "how": "clean"}))),
        ("reset", every(4, json!({"type": "reset", "at": 900}))),
        ("cursor expired", lists(json!({"type": "status", "status": 410, "code": "CursorExpired"}))),
        ("stalled body", every(3, json!({"type": "slow_body", "stall_after": 300, "ms": 120}))),
        ("foreign next", every(2, json!({"type": "next_host", "host": "evil.example"}))),
    ]
}

/// A job, with the number of records of the vendor's list: small enough for a short run, and long enough for kills.
#[derive(Clone, Copy)]
struct Statement {
    text: &'static str,
    object: &'static str,
    records: u64,
}

fn statements(subject: Subject) -> Vec<Statement> {
    let of = |statements: &[(&'static str, &'static str, u64)]| {
        statements.iter().map(|&(text, object, records)| Statement { text, object, records }).collect()
    };
    match subject {
        Subject::Brighttalk => of(&[
            ("select * from contacts", "contacts", 0),
            ("select * from activities order by lastUpdated desc, id limit 3000", "activities", 0),
            ("select * from activities", "activities", 0),
            ("select id,channelId,email from viewings", "viewings", 0),
            ("select * from registrations", "registrations", 0),
            ("select * from responses", "responses", 0),
        ]),
        // One list; one list below each of many texts; sorted.
        Subject::Testbed => of(&[
            ("select * from accounts", "accounts", 3000),
            ("select * from accountNotes", "accountNotes", 120),
            ("select * from notes order by updatedAt desc, id limit 2000", "notes", 2000),
            ("select id,custom,owner from accounts where active = true", "accounts", 3000),
        ]),
        // The same as a document; a nested member is a column.
        Subject::Defined => of(&[
            ("select * from accounts", "accounts", 3000),
            ("select * from accountNotes", "accountNotes", 120),
            ("select * from notes order by updatedAt desc, id limit 2000", "notes", 2000),
            ("select id,owner.email,tags from accounts where active = true", "accounts", 3000),
        ]),
    }
}

async fn vendor_of(subject: Subject, statement: Statement) -> Simulated {
    match subject {
        Subject::Brighttalk => Simulated::Brighttalk(new_simulator().await),
        Subject::Testbed | Subject::Defined => subject.start(statement.records).await,
    }
}

async fn new_simulator() -> Simulator {
    support::simulator(&json!({"simulator": {"subscribers": 4000, "channels": 3, "webcasts_per_channel": 5}})).await
}

/// Returns every byte of a result, in two formats.
async fn result(world: &World, job: &str, object: &str) -> Vec<u8> {
    let mut bytes = world.result(job, object, "text/csv").await.body;
    bytes.extend(world.result(job, object, "application/jsonl").await.body);
    bytes
}

/// Creates a database with a job of BrightTALK that has not been started.
async fn prepare(folder: &Path, simulator: &Simulator, statement: &str) -> (World, String) {
    prepare_over(Subject::Brighttalk, folder, &simulator.url(), statement).await
}

async fn prepare_over(subject: Subject, folder: &Path, url: &str, statement: &str) -> (World, String) {
    let world = World::over(subject, options(folder, url, Workers::Manual), url).await;
    // Created and parked at once: closing does not wait for a page.
    let job = world.query(statement).await;
    world.engine.close().await;
    (world, job)
}

struct Run {
    /// Kills in the middle of the job; those after its end are not counted.
    kills: u64,
    /// Kills of two processes at once.
    pairs: u64,
}

/// Runs one job to its end through kills.
async fn torment(subject: Subject, fault: &Value, statement: Statement, kills: u64, dice: &mut Dice) -> (Vec<u8>, Run) {
    let simulator = vendor_of(subject, statement).await;
    let folder = tempfile::tempdir().unwrap();
    let (world, job) = prepare_over(subject, folder.path(), &simulator.url(), statement.text).await;
    // Slow enough that several kills hit one job; after the fault itself, which takes precedence.
    let slow = json!({"fault": {"type": "slow_body", "stall_after": 50, "ms": 80}});
    simulator.add_faults(&json!([fault, slow])).unwrap();
    let mut run = Run { kills: 0, pairs: 0 };
    for _ in 0..kills {
        let mut children = vec![spawn(folder.path(), &simulator.url())];
        if dice.below(4) == 0 {
            children.push(spawn(folder.path(), &simulator.url()));
        }
        tokio::time::sleep(Duration::from_millis(60 + dice.below(700))).await;
        let two = children.len() > 1;
        drop(children);
        if is_over(folder.path(), &job).await {
            break;
        }
        run.kills += 1;
        run.pairs += u64::from(two);
    }
    let world = world.again(options(folder.path(), &simulator.url(), Workers::Auto)).await;
    let ended = world.ended(&job).await;
    assert_eq!(ended["status"], "COMPLETED", "{ended}");
    let bytes = result(&world, &job, statement.object).await;
    world.engine.close().await;
    (bytes, run)
}

async fn undisturbed(subject: Subject, statement: Statement) -> Vec<u8> {
    let simulator = vendor_of(subject, statement).await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::over(subject, options(folder.path(), &simulator.url(), Workers::Auto), &simulator.url()).await;
    let job = world.query(statement.text).await;
    assert_eq!(world.ended(&job).await["status"], "COMPLETED");
    let bytes = result(&world, &job, statement.object).await;
    world.engine.close().await;
    bytes
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_and_faults_change_no_byte() {
    kill(Subject::Brighttalk, number("ELEMENTKIT_CHAOS_KILLS").unwrap_or(20)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_and_faults_change_no_byte_of_another_element() {
    kill(Subject::Testbed, number("ELEMENTKIT_CHAOS_KILLS").unwrap_or(12)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_and_faults_change_no_byte_of_a_definition() {
    kill(Subject::Defined, number("ELEMENTKIT_CHAOS_KILLS").unwrap_or(8)).await;
}

/// Kills processes until so many of them were in the middle of a job.
async fn kill(subject: Subject, wanted: u64) {
    let seed = number("ELEMENTKIT_CHAOS_SEED").unwrap_or(1);
    let (mut dice, started) = (Dice(seed), Instant::now());
    let statements = statements(subject);
    let mut expected: Vec<Option<Vec<u8>>> = vec![None; statements.len()];
    let (possible, impossible) = possible(subject, faults(subject)).await;
    impossible.iter().for_each(|(name, reason)| skip(subject, name, reason));
    let (mut kills, mut pairs, mut round) = (0, 0, 0);
    while kills < wanted {
        let (name, fault) = &possible[round % possible.len()];
        // BrightTALK's first two statements in a short run, and all of the other element, which has few.
        let short = subject.choose(2, statements.len());
        let at = (round / possible.len() + round) % if wanted > 50 { statements.len() } else { short };
        if expected[at].is_none() {
            expected[at] = Some(undisturbed(subject, statements[at]).await);
        }
        let (bytes, run) = torment(subject, fault, statements[at], 3.max(wanted / 25), &mut dice).await;
        assert!(
            Some(&bytes) == expected[at].as_ref(),
            "seed {seed}, round {round}: {} under {name} after {} kills has {} bytes, not {}",
            statements[at].text,
            run.kills,
            bytes.len(),
            expected[at].as_ref().map_or(0, Vec::len)
        );
        kills += run.kills;
        pairs += run.pairs;
        round += 1;
    }
    let key = subject.key();
    eprintln!(
        "{key}: {kills} kills ({pairs} of two processes at once) in {round} jobs, seed {seed}, {:?}",
        started.elapsed()
    );
}

type NamedFaults = Vec<(&'static str, Value)>;

/// Divides faults into those that the vendor can have, and the others with the reason.
async fn possible(subject: Subject, faults: NamedFaults) -> (NamedFaults, Vec<(&'static str, String)>) {
    let vendor = subject.start(10).await;
    let (mut possible, mut impossible) = (Vec::new(), Vec::new());
    for (name, fault) in faults {
        match vendor.add_faults(&fault) {
            Ok(()) => possible.push((name, fault)),
            Err(reason) => impossible.push((name, reason)),
        }
    }
    assert!(possible.len() >= 9, "{impossible:?}");
    (possible, impossible)
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_while_rows_are_sorted_change_no_byte() {
    let statement = Statement { text: "select * from contacts order by email desc", object: "contacts", records: 0 };
    let expected = undisturbed(Subject::Brighttalk, statement).await;
    let simulator = new_simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let (mut world, job) = prepare(folder.path(), &simulator, statement.text).await;
    let (mut kills, mut dice) = (0, Dice(number("ELEMENTKIT_CHAOS_SEED").unwrap_or(1)));
    for _ in 0..4 {
        let child = spawn(folder.path(), &simulator.url());
        while phase(folder.path(), &job).await != "sorting" && !is_over(folder.path(), &job).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(dice.below(150))).await;
        drop(child);
        kills += u64::from(!is_over(folder.path(), &job).await);
    }
    assert!(kills > 0, "it was sorted before any kill");
    world = world.again(options(folder.path(), &simulator.url(), Workers::Auto)).await;
    assert_eq!(world.ended(&job).await["status"], "COMPLETED");
    assert!(result(&world, &job, statement.object).await == expected, "{kills} kills");
    // The files of killed processes are gone at the end.
    let files = std::fs::read_dir(folder.path().join("test.db.bulk").join(&job)).unwrap();
    assert_eq!(files.count(), 1);
    world.engine.close().await;
}

async fn phase(folder: &Path, job: &str) -> String {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("test.db"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let phase = sqlx::query_scalar("SELECT phase FROM jobs WHERE id = ?").bind(job).fetch_one(&pool).await.unwrap();
    pool.close().await;
    phase
}

/// Reads a job from the database: its epoch, its calls to the vendor, whether it has ended.
async fn look(folder: &Path, job: &str) -> (i64, i64, bool) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("test.db"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let row = sqlx::query_as("SELECT epoch, vendor_calls, completed_ms IS NOT NULL FROM jobs WHERE id = ?").bind(job);
    let row = row.fetch_one(&pool).await.unwrap();
    pool.close().await;
    row
}

async fn row(folder: &Path, job: &str) -> (i64, i64) {
    let (epoch, calls, _) = look(folder, job).await;
    (epoch, calls)
}

async fn is_over(folder: &Path, job: &str) -> bool {
    look(folder, job).await.2
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_never_work_on_one_job_at_once() {
    let simulator = new_simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let (world, job) = prepare(folder.path(), &simulator, "select id from contacts").await;
    let before = simulator.requests().len();
    let (epoch, calls) = row(folder.path(), &job).await;
    simulator.add_faults(&json!({"fault": {"type": "slow_body", "stall_after": 50, "ms": 50}})).unwrap();
    let children: Vec<Worker> = (0..3).map(|_| spawn(folder.path(), &simulator.url())).collect();
    // Reads only the database.
    let world =
        world.again(EngineOptions { lease: LEASE, ..options(folder.path(), &simulator.url(), Workers::Manual) }).await;
    assert_eq!(world.ended(&job).await["recordsCount"], 4000);
    assert_eq!(ids(&world, &job).await, 4000);
    drop(children);
    // It was leased once more, whatever was tried, and every call to the vendor was made under that lease.
    let (epoch_now, calls_now) = row(folder.path(), &job).await;
    assert_eq!(epoch_now, epoch + 1);
    assert_eq!((simulator.requests().len() - before) as i64, calls_now - calls);
    world.engine.close().await;
}

async fn ids(world: &World, job: &str) -> usize {
    let text = world.result(job, "contacts", "application/jsonl").await.text();
    let ids: std::collections::HashSet<String> = text.lines().map(str::to_owned).collect();
    assert_eq!(ids.len(), text.lines().count(), "no row twice");
    ids.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_lease_expired_commits_nothing() {
    let simulator = new_simulator().await;
    let folder: PathBuf = tempfile::tempdir().unwrap().keep();
    let (world, job) = prepare(&folder, &simulator, "select id from contacts").await;
    simulator.add_faults(&json!({"fault": {"type": "slow_body", "stall_after": 50, "ms": 60}})).unwrap();
    let sleeper = spawn(&folder, &simulator.url());
    let watcher = world.again(options(&folder, &simulator.url(), Workers::Manual)).await;
    watcher.until(&job, |status| status["recordsCount"].as_i64() >= Some(400)).await;
    stop_between_changes(&sleeper, &folder).await;
    // Another process finds the lease expired and takes over.
    let (epoch, _) = row(&folder, &job).await;
    let heir = spawn(&folder, &simulator.url());
    watcher.until(&job, |status| status["recordsCount"].as_i64() >= Some(1600)).await;
    assert!(row(&folder, &job).await.0 > epoch, "the job has changed hands");
    signal(&sleeper, "CONT");
    assert_eq!(watcher.ended(&job).await["recordsCount"], 4000);
    assert_eq!(ids(&watcher, &job).await, 4000);
    let report = watcher.get(&format!("/bulk/{job}/report"), &[]).await.json();
    assert_eq!((&report["rowsRead"], &report["duplicatesDropped"]), (&json!(4000), &json!(0)), "{report}");
    drop([sleeper, heir]);
    watcher.engine.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_crashes_the_process_twice_fails_its_job() {
    let simulator = new_simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(options(folder.path(), &simulator.url(), Workers::Manual)).await;
    // Simulates a script that takes all memory: the process is killed while it runs.
    let mapping = json!({"objectName": "people", "level": "organization", "vendorName": "channelsContacts",
        "elementKey": "brighttalk", "script": {"body": "while (true);"}});
    let authorization = format!("User {}, Organization {}", support::USER, support::ORGANIZATION);
    let made =
        support::raw::call(&world.engine, "PUT /transformations", &authorization, &[], mapping.to_string()).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let job = world.query("select * from people").await;
    world.engine.close().await;
    let files = folder.path().join("test.db.bulk").join(&job);
    let is_at_a_page = || {
        let mut names = std::fs::read_dir(&files).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.any(|name| name.to_string_lossy().ends_with(".attempt"))
    };
    for kills in 0..2 {
        assert!(!is_over(folder.path(), &job).await, "given up after {kills}");
        let (epoch, _) = row(folder.path(), &job).await;
        let child = spawn(folder.path(), &simulator.url());
        while !(row(folder.path(), &job).await.0 > epoch && is_at_a_page()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The file of the previous attempt is rewritten when the page has arrived.
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(child);
    }
    let world = world.again(options(folder.path(), &simulator.url(), Workers::Auto)).await;
    let ended = world.ended(&job).await;
    assert_eq!(ended["status"], "ABORTED", "{ended}");
    assert!(ended["error"].as_str().unwrap().contains("ended 2 times"), "{ended}");
    world.engine.close().await;
}

/// Stops a process while it does not lock the database, since other processes could not change it otherwise.
async fn stop_between_changes(worker: &Worker, folder: &Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("test.db"));
    let options = options.busy_timeout(Duration::from_millis(200));
    loop {
        signal(worker, "STOP");
        // On a busy machine its threads stop a moment later, and one of them could still lock the database.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let pool = sqlx::SqlitePool::connect_with(options.clone()).await.unwrap();
        let is_free = match pool.begin_with("BEGIN IMMEDIATE").await {
            Ok(change) => change.rollback().await.is_ok(),
            Err(_) => false,
        };
        pool.close().await;
        if is_free {
            return;
        }
        signal(worker, "CONT");
        tokio::time::sleep(Duration::from_millis(37)).await;
    }
}

fn signal(worker: &Worker, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), worker.0.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lease_of_a_killed_process_ends_with_it() {
    let simulator = new_simulator().await;
    let folder = tempfile::tempdir().unwrap();
    let lease = Duration::from_secs(24 * 3600);
    let (world, job) = prepare(folder.path(), &simulator, "select id from contacts").await;
    simulator.add_faults(&json!({"fault": {"type": "slow_body", "stall_after": 50, "ms": 60}})).unwrap();
    let worker = spawn_with(folder.path(), &simulator.url(), lease);
    let opened = async |workers| {
        let mut options = elementkit::EmbeddedOptions::new("");
        let open = options_with(folder.path(), &simulator.url(), workers, lease);
        *options.engine_mut() = open;
        elementkit::Platform::embedded(options).await.unwrap()
    };
    let platform = opened(Workers::Manual).await;
    let instance = platform.instances().get(world.instance_id).await.unwrap();
    let watched = instance.bulk().job(&job).await.unwrap();
    while watched.status().await.unwrap().records_count < Some(400) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(watched.status().await.unwrap().progress.unwrap().phase, "reading");
    drop(worker);
    // No worker here takes it up, but a wait for it does.
    let ended = tokio::time::timeout(Duration::from_secs(60), watched.wait()).await.unwrap().unwrap();
    assert_eq!(ended.records_count, Some(4000));
    platform.close().await;
}

fn options_with(folder: &Path, url: &str, workers: Workers, lease: Duration) -> EngineOptions {
    EngineOptions { lease, ..options(folder, url, workers) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_opens_after_its_creator_was_killed() {
    let kills = number("ELEMENTKIT_CREATION_KILLS").unwrap_or(4);
    let mut dice = Dice(number("ELEMENTKIT_CHAOS_SEED").unwrap_or(1));
    for kill in 0..kills {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("test.db");
        // No call is made, so no vendor is needed.
        let maker = spawn(folder.path(), "http://127.0.0.1:9");
        while !database.exists() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        tokio::time::sleep(Duration::from_micros(dice.below(200_000))).await;
        drop(maker);
        let opened = Engine::open(options(folder.path(), "http://127.0.0.1:9", Workers::Manual)).await;
        let engine = opened.unwrap_or_else(|error| panic!("kill {kill}: {error}"));
        engine.local_credentials().await.unwrap();
        engine.close().await;
    }
    eprintln!("{kills} kills");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_may_open_a_new_database_at_the_same_time() {
    let simulator = new_simulator().await;
    for _ in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let mut children: Vec<Worker> = (0..4).map(|_| spawn(folder.path(), &simulator.url())).collect();
        let engine = Engine::open(options(folder.path(), &simulator.url(), Workers::Manual)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(700)).await;
        for child in &mut children {
            assert!(child.0.try_wait().unwrap().is_none(), "it could not open the database");
        }
        engine.close().await;
    }
}
