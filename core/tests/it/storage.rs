//! Failures of the database: a clear error, and nothing half-written.

use std::path::Path;
use std::time::{Duration, Instant};

use elementkit::engine::{Engine, EngineOptions, Workers};
use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, Error, ErrorKind, InstanceHandle, Platform};
use serde_json::json;

use crate::support;
use crate::support::raw::World;

async fn platform(folder: &Path, simulator: &brighttalk_sim::Simulator) -> Platform {
    let engine = support::engine_options(folder, simulator);
    let mut options = EmbeddedOptions::new(&engine.database);
    *options.engine_mut() = engine;
    Platform::embedded(options).await.unwrap()
}

async fn instance(platform: &Platform) -> InstanceHandle {
    let configuration = [
        ("brighttalk.api.key".to_owned(), "1".to_owned()),
        ("brighttalk.api.secret".to_owned(), "0123456789ABCDEF0123456789ABCDEF".to_owned()),
        ("brighttalk.bulkignore.emailnotpresent".to_owned(), "false".to_owned()),
    ];
    let new = NewInstance {
        element: "brighttalk".to_owned(),
        name: "x".to_owned(),
        configuration: configuration.into(),
        ..NewInstance::default()
    };
    platform.instances().create(&new).await.unwrap()
}

async fn refused(options: EngineOptions) -> Error {
    Engine::open(options).await.err().expect("it must not open")
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    Engine::open(EngineOptions::new(&path)).await.unwrap().close().await;
    let connect = || sqlx::SqlitePool::connect_with(sqlx::sqlite::SqliteConnectOptions::new().filename(&path));
    let pool = connect().await.unwrap();
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 1)";
    sqlx::query(newer).execute(&pool).await.unwrap();
    pool.close().await;
    let error = refused(EngineOptions::new(&path)).await;
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.message().contains("newer version"), "{error}");
    assert!(error.info().hint.as_deref().unwrap().contains("Update ElementKit"));
    let pool = connect().await.unwrap();
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 9999").execute(&pool).await.unwrap();
    pool.close().await;
    Engine::open(EngineOptions::new(&path)).await.unwrap().close().await;
}

#[tokio::test]
async fn a_missing_or_wrong_key_is_an_error_and_never_a_new_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    Engine::open(EngineOptions::new(&path)).await.unwrap().close().await;
    let key = folder.path().join("test.db.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let error = refused(EngineOptions::new(&path)).await;
    assert!(error.message().contains("vault key of this database is missing"), "{error}");
    assert!(!key.exists(), "no new key is made");
    std::fs::write(&key, "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=").unwrap();
    let error = refused(EngineOptions::new(&path)).await;
    assert!(error.message().contains("is not the one of this database"), "{error}");
    std::fs::write(&key, "no key").unwrap();
    let error = refused(EngineOptions::new(&path)).await;
    assert!(error.info().hint.as_deref().unwrap().contains("the key that the database was created with"), "{error:?}");
    std::fs::write(&key, kept).unwrap();
    Engine::open(EngineOptions::new(&path)).await.unwrap().close().await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    std::fs::write(&path, "this is a text, not a database, and long enough to be looked at by anyone").unwrap();
    let error = refused(EngineOptions::new(&path)).await;
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.info().hint.as_deref().unwrap().contains("not a database of ElementKit"), "{error:?}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("this is a text"));
}

#[tokio::test]
async fn a_database_of_another_program_is_left_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("CREATE TABLE invoices (id INTEGER PRIMARY KEY)").execute(&pool).await.unwrap();
    pool.close().await;
    let before = std::fs::read(&path).unwrap();
    let error = refused(EngineOptions::new(&path)).await;
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.message().contains("of another program"), "{error}");
    assert!(error.info().hint.as_deref().unwrap().contains("a file of its own"));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no key, no folder beside it");
}

#[cfg(unix)]
#[tokio::test]
async fn key_and_database_are_for_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    Engine::open(EngineOptions::new(folder.path().join("test.db"))).await.unwrap().close().await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.path());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_is_one_engine_in_a_process() {
    let simulator = support::simulator(&json!({})).await;
    let folder = tempfile::tempdir().unwrap();
    let first = platform(folder.path(), &simulator).await;
    let second = platform(folder.path(), &simulator).await;
    let created = instance(&first).await;
    first.close().await;
    first.close().await;
    // The second handle is still open.
    assert_eq!(second.instances().list().await.unwrap().len(), 1);
    let other = EngineOptions { published_only: true, ..support::engine_options(folder.path(), &simulator) };
    assert_eq!(refused(other).await.kind(), ErrorKind::Config);
    second.close().await;
    let error = created.ping().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed, "{error:?}");
    let third = platform(folder.path(), &simulator).await;
    assert_eq!(third.instances().list().await.unwrap().len(), 1);
    third.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_continues_where_the_engine_was_closed() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 3000, "channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    let first = platform(folder.path(), &simulator).await;
    let id = instance(&first).await.id().unwrap();
    let stall = json!({"match": {"path": "*/subscribers", "page": 8}, "fault": {"type": "slow_body", "stall_after": 5, "ms": 60_000}});
    simulator.add_faults(&stall).unwrap();
    let job = first.instances().get(id).await.unwrap().bulk().query("select id from contacts").await.unwrap();
    loop {
        if job.status().await.unwrap().records_count == Some(1400) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let closing = std::time::Instant::now();
    first.close().await;
    assert!(closing.elapsed() < std::time::Duration::from_secs(20), "closing parks what waits for the vendor");
    simulator.clear_faults();

    // Manual workers leave it parked; automatic ones continue it.
    let mut manual = EmbeddedOptions::new(folder.path().join("test.db")).brighttalk_url(simulator.url());
    manual = manual.workers(Workers::Manual);
    let second = Platform::embedded(manual).await.unwrap();
    let found = second.instances().get(id).await.unwrap().bulk().job(job.id()).await.unwrap();
    let status = found.status().await.unwrap();
    assert_eq!((status.status.as_str(), status.progress.unwrap().phase.as_str()), ("RUNNING", "parked"));
    second.close().await;

    let third = platform(folder.path(), &simulator).await;
    let found = third.instances().get(id).await.unwrap().bulk().job(job.id()).await.unwrap();
    assert_eq!(found.wait().await.unwrap().records_count, Some(3000));
    let report = found.report().await.unwrap();
    assert_eq!((report.rows_read, report.duplicates_dropped), (3000, 0));
    third.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_folder_that_cannot_be_written_aborts_the_job_with_a_hint() {
    let simulator = support::simulator(&json!({})).await;
    let folder = tempfile::tempdir().unwrap();
    let platform = platform(folder.path(), &simulator).await;
    let instance = instance(&platform).await;
    // A file in place of the folder fails for every user, including root.
    let bulk = folder.path().join("test.db.bulk");
    while !bulk.join("reserve").exists() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    std::fs::remove_dir_all(&bulk).unwrap();
    std::fs::write(&bulk, "in the way").unwrap();
    let job = instance.bulk().query("select id from contacts").await.unwrap();
    let error = job.wait().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::JobFailed);
    assert!(error.message().contains("a bulk file failed"), "{error}");
    std::fs::remove_file(folder.path().join("test.db.bulk")).unwrap();
    job.resume().await.unwrap();
    assert_eq!(job.wait().await.unwrap().records_count, Some(1000));
    // A download to a path that cannot be written leaves nothing behind.
    let error = job.download(folder.path().join("no/such/folder.csv"), elementkit::Format::Csv).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    platform.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_or_personal_data_is_stored_unencrypted() {
    let simulator = support::simulator(&json!({})).await;
    let folder = tempfile::tempdir().unwrap();
    let platform = platform(folder.path(), &simulator).await;
    let instance = instance(&platform).await;
    let job = instance.bulk().query("select * from contacts where email <> 'somebody@example.org'").await.unwrap();
    job.wait().await.unwrap();
    let token = instance.token().expose().to_owned();
    platform.close().await;
    let mut looked_at = 0;
    let mut folders = vec![folder.path().to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            looked_at += 1;
            let bytes = std::fs::read(&entry).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            for secret in ["0123456789ABCDEF0123456789ABCDEF", token.as_str(), support::USER, "@example.", "Lovelace"] {
                assert!(!text.contains(secret), "{secret} in {}", entry.display());
            }
        }
    }
    assert!(looked_at > 3);
}

/// Stops a process in the middle of a change, as a frozen container does.
#[tokio::test(flavor = "multi_thread")]
async fn while_another_process_holds_the_database_calls_are_refused_in_time_and_jobs_wait() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 3000, "channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::on(folder.path(), &simulator).await;
    let slow = json!({"match": {"path": "*/subscribers"}, "fault": {"type": "slow_headers", "ms": 200}});
    simulator.add_faults(&slow).unwrap();
    let job = world.query("select id from contacts").await;
    world.until(&job, |status| status["recordsCount"].as_i64() > Some(0)).await;

    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("test.db"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let held = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let (started, change) = (Instant::now(), json!({"tags": ["new"]}).to_string());
    let refused = world.call("PATCH /instances", &[], change.clone()).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{}", refused.text());
    // The documented twenty seconds, with slack for a slow machine.
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    // By now every commit of the job failed, too.
    let status = world.status(&job).await;
    assert_eq!(status["status"], "RUNNING", "{status}");
    held.rollback().await.unwrap();
    pool.close().await;

    assert_eq!(world.call("PATCH /instances", &[], change).await.status, 200);
    let ended = world.ended(&job).await;
    assert_eq!((&ended["status"], &ended["recordsCount"]), (&json!("COMPLETED"), &json!(3000)), "{ended}");
    let report = world.get(&format!("/bulk/{job}/report"), &[]).await.json();
    assert_eq!((&report["rowsWritten"], &report["duplicatesDropped"]), (&json!(3000), &json!(0)));
    world.engine.close().await;
}

/// Creates a database with a change that its process was writing when it was killed, in the file and not in the
/// write-ahead log: the state of a file whose creation was killed.
async fn half_written(folder: &Path, database: &Path) -> std::path::PathBuf {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database).create_if_missing(true);
    let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Delete).pragma("cache_size", "1");
    let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let mut change = pool.begin().await.unwrap();
    let rows = "CREATE TABLE half AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
                SELECT i, hex(randomblob(200)) AS text FROM n";
    sqlx::query(rows).execute(&mut *change).await.unwrap();
    let left = folder.join("left.db");
    std::fs::copy(database, &left).unwrap();
    std::fs::copy(database.with_extension("db-journal"), folder.join("left.db-journal")).unwrap();
    change.rollback().await.unwrap();
    pool.close().await;
    left
}

#[tokio::test]
async fn unfinished_writes_of_a_killed_process_are_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    Engine::open(EngineOptions::new(&path)).await.unwrap().close().await;
    let left = half_written(folder.path(), &path).await;
    std::fs::copy(folder.path().join("test.db.key"), folder.path().join("left.db.key")).unwrap();
    Engine::open(EngineOptions::new(&left)).await.unwrap().close().await;
    assert!(!left.with_extension("db-journal").exists());

    // A foreign database is still recognised as such.
    let other = tempfile::tempdir().unwrap();
    let foreign = other.path().join("foreign.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&foreign).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query("CREATE TABLE theirs (id)").execute(&pool).await.unwrap();
    pool.close().await;
    let left = half_written(other.path(), &foreign).await;
    let error = refused(EngineOptions::new(left)).await;
    assert!(error.message().contains("is a database of another program"), "{error}");
}
