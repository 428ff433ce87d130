//! Data on disk: key rotation, damage, copies, checks, erasure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use elementkit::engine::EngineOptions;
use elementkit::engine::maintenance::{self, PurgeScope};
use elementkit::{EmbeddedOptions, Error, ErrorKind, Format, InstanceHandle, Job, Platform};
use futures::TryStreamExt;
use serde_json::json;

use crate::support;

async fn open(options: &EngineOptions) -> Result<Platform, Error> {
    let mut embedded = EmbeddedOptions::new(&options.database);
    *embedded.engine_mut() = options.clone();
    Platform::embedded(embedded).await
}

async fn rows(job: &Job) -> Result<String, Error> {
    let chunks: Vec<_> = job.stream(Format::JsonLines).await?.try_collect().await?;
    Ok(String::from_utf8(chunks.concat()).unwrap())
}

/// Returns the rows of a job, through a platform opened for it.
async fn reread(options: &EngineOptions, instance_id: i64, job_id: &str) -> Result<String, Error> {
    let platform = open(options).await?;
    let outcome = async {
        let job = platform.instances().get(instance_id).await?.bulk().job(job_id).await?;
        rows(&job).await
    };
    let outcome = outcome.await;
    platform.close().await;
    outcome
}

/// A database with one instance and one finished job over contacts.
struct World {
    _simulator: brighttalk_sim::Simulator,
    folder: tempfile::TempDir,
    options: EngineOptions,
    instance_id: i64,
    job_id: String,
    rows: String,
}

async fn world() -> World {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 700, "channels": 2}})).await;
    let folder = tempfile::tempdir().unwrap();
    // More than one frame in a segment.
    let options = EngineOptions { commit_bytes: 0, ..support::engine_options(folder.path(), &simulator) };
    let platform = open(&options).await.unwrap();
    let instance: InstanceHandle = support::instance(&platform).await;
    let job = instance.bulk().query("select * from contacts").await.unwrap();
    job.wait().await.unwrap();
    let rows = rows(&job).await.unwrap();
    assert_eq!(rows.lines().count(), 700);
    let (instance_id, job_id) = (instance.id().unwrap(), job.id().to_owned());
    platform.close().await;
    World { _simulator: simulator, folder, options, instance_id, job_id, rows }
}

/// Returns all files below a folder, with their bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    found
}

/// Returns the files that contain rows.
fn segments(world: &World) -> Vec<PathBuf> {
    let all = files(&world.folder.path().join("test.db.bulk")).into_keys();
    all.filter(|path| path.extension().is_some_and(|ending| ending == "segment")).collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Changes the database directly.
async fn set(options: &EngineOptions, sql: &'static str, value: i64) {
    let connect = sqlx::sqlite::SqliteConnectOptions::new().filename(&options.database);
    let pool = sqlx::SqlitePool::connect_with(connect).await.unwrap();
    sqlx::query(sql).bind(value).execute(&pool).await.unwrap();
    pool.close().await;
}

/// Reads one value of the database directly.
async fn value(options: &EngineOptions, sql: &'static str) -> Vec<u8> {
    let connect = sqlx::sqlite::SqliteConnectOptions::new().filename(&options.database).read_only(true);
    let pool = sqlx::SqlitePool::connect_with(connect).await.unwrap();
    let value = sqlx::query_scalar(sql).fetch_one(&pool).await.unwrap();
    pool.close().await;
    value
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_rotation_only_the_new_key_opens_the_database() {
    let world = world().await;
    let key = world.folder.path().join("test.db.key");
    let old = std::fs::read(&key).unwrap();
    let wrapped = value(&world.options, "SELECT data_key FROM instances").await;
    maintenance::rotate_key(&world.options).await.unwrap();
    assert_ne!(std::fs::read(&key).unwrap(), old);
    assert_eq!(reread(&world.options, world.instance_id, &world.job_id).await.unwrap(), world.rows);
    assert_eq!(maintenance::check(&world.options).await.unwrap().problems, Vec::<String>::new());
    for (path, bytes) in files(world.folder.path()) {
        assert!(!holds(&bytes, &wrapped), "{} still holds what the old key opens", path.display());
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&path.metadata().unwrap().permissions()) & 0o077, 0);
    }
    std::fs::write(&key, old).unwrap();
    let error = open(&world.options).await.err().unwrap();
    assert!(error.message().contains("is not the one of this database"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_byte_is_an_error_and_never_wrong_data() {
    let world = world().await;
    let segments = segments(&world);
    assert_eq!(segments.len(), 2);
    for path in segments {
        let whole = std::fs::read(&path).unwrap();
        for at in [0, 3, 4, 20, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x20;
            std::fs::write(&path, &bytes).unwrap();
            let error = reread(&world.options, world.instance_id, &world.job_id).await.unwrap_err();
            assert!(!error.message().is_empty(), "byte {at}");
            let report = maintenance::check(&world.options).await.unwrap();
            assert_eq!(report.problems.len(), 1, "byte {at}: {:?}", report.problems);
        }
        // A segment that ends between two frames is no shorter result either.
        let first = 4 + u32::from_le_bytes(whole[..4].try_into().unwrap()) as usize;
        std::fs::write(&path, &whole[..first]).unwrap();
        assert!(reread(&world.options, world.instance_id, &world.job_id).await.is_err());
        std::fs::write(&path, &whole).unwrap();
    }
    assert_eq!(reread(&world.options, world.instance_id, &world.job_id).await.unwrap(), world.rows);

    // Damage anywhere in the database gives the same rows, or an error. A segment missing from the list is noticed too.
    let path = &world.options.database;
    let whole = std::fs::read(path).unwrap();
    let (mut errors, mut same) = (0, 0);
    for at in (100..whole.len()).step_by(whole.len() / 80) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x01;
        std::fs::write(path, &bytes).unwrap();
        match reread(&world.options, world.instance_id, &world.job_id).await {
            Ok(rows) => {
                assert!(rows == world.rows, "byte {at} gives other rows");
                same += 1;
            }
            Err(_) => errors += 1,
        }
        for file in ["test.db-wal", "test.db-shm"] {
            let _ = std::fs::remove_file(world.folder.path().join(file));
        }
    }
    eprintln!("{errors} changed bytes were noticed, {same} were in places that do not matter");
    std::fs::write(path, &whole).unwrap();
    let pool = sqlx::SqlitePool::connect_with(sqlx::sqlite::SqliteConnectOptions::new().filename(path)).await.unwrap();
    let delete = "DELETE FROM segments WHERE ordinal = (SELECT ordinal FROM partitions WHERE key = '1002')";
    assert_eq!(sqlx::query(delete).execute(&pool).await.unwrap().rows_affected(), 1);
    pool.close().await;
    let error = reread(&world.options, world.instance_id, &world.job_id).await.unwrap_err();
    assert!(maintenance::check(&world.options).await.unwrap().problems[0].contains("only 350 were found"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_under_load_is_one_moment_and_can_be_put_back() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 20_000, "channels": 4}})).await;
    let folder = tempfile::tempdir().unwrap();
    let options = support::engine_options(folder.path(), &simulator);
    let platform = open(&options).await.unwrap();
    let instance = support::instance(&platform).await;
    let done = instance.bulk().query("select id, email from contacts where channelId = 1001").await.unwrap();
    done.wait().await.unwrap();
    let expected = rows(&done).await.unwrap();
    // One job is in progress, others start and end, while copies are made.
    let running = instance.bulk().query("select * from contacts").await.unwrap();
    let churn = {
        let platform = platform.clone();
        tokio::spawn(async move {
            loop {
                let other = support::instance(&platform).await;
                let job = other.bulk().query("select id from webcasts order by title").await.unwrap();
                job.wait().await.unwrap();
                platform.instances().delete(other.id().unwrap()).await.unwrap();
            }
        })
    };
    let mut copies = Vec::new();
    for number in 0..4 {
        let copy = folder.path().join(format!("copy{number}"));
        maintenance::backup(&options, &copy, true).await.unwrap();
        copies.push(copy);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    churn.abort();
    let _ = churn.await;
    running.wait().await.unwrap();
    platform.close().await;

    let not_empty = maintenance::backup(&options, &copies[0], true).await.unwrap_err();
    assert!(not_empty.message().contains("is not empty"), "{not_empty}");
    for (number, copy) in copies.iter().enumerate() {
        let place = folder.path().join(format!("restored{number}/test.db"));
        std::fs::create_dir(place.parent().unwrap()).unwrap();
        let restored = EngineOptions { database: place.clone(), ..options.clone() };
        maintenance::restore(copy, &restored).await.unwrap();
        let again = maintenance::restore(copy, &restored).await.unwrap_err();
        assert!(again.message().contains("already"), "{again}");
        let platform = open(&restored).await.unwrap();
        let instance = platform.instances().get(instance.id().unwrap()).await.unwrap();
        assert_eq!(rows(&instance.bulk().job(done.id()).await.unwrap()).await.unwrap(), expected);
        // The job in progress continues, and is as complete as the uninterrupted one.
        let job = instance.bulk().job(running.id()).await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(120), job.wait()).await.unwrap().unwrap();
        assert_eq!(ended.records_count, Some(20_000));
        let report = job.report().await.unwrap();
        assert_eq!((report.rows_written, report.duplicates_dropped), (20_000, 0));
        platform.close().await;
    }
    // Without the key a copy is useless.
    let bare = folder.path().join("bare");
    maintenance::backup(&options, &bare, false).await.unwrap();
    let place = folder.path().join("elsewhere.db");
    let error = maintenance::restore(&bare, &EngineOptions::new(&place)).await.unwrap_err();
    assert!(error.message().contains("vault key of this database is missing"), "{error}");
    // What SQLite left next to a database that was moved away would be read into the restored one.
    let log = folder.path().join("elsewhere.db-wal");
    std::fs::write(&log, "of another").unwrap();
    let error = maintenance::restore(&bare, &EngineOptions::new(&place)).await.unwrap_err();
    assert!(error.message().contains("elsewhere.db-wal exists already"), "{error}");
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "of another");
    std::fs::remove_file(&log).unwrap();
    // Nothing blocks the next attempt, which names the key.
    let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().starts_with("elsewhere")));
    let key_file = Some(folder.path().join("test.db.key"));
    maintenance::restore(&bare, &EngineOptions { key_file, ..EngineOptions::new(&place) }).await.unwrap();
    for (path, bytes) in files(&bare) {
        for secret in ["0123456789ABCDEF0123456789ABCDEF", support::USER, "@example."] {
            assert!(!holds(&bytes, secret.as_bytes()), "{secret} in {}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_has_the_key_it_is_sealed_with_whatever_becomes_of_the_key_meanwhile() {
    let world = world().await;
    let options = world.options.clone();
    let changes = Arc::new(AtomicU64::new(0));
    let changing = tokio::spawn({
        let changes = Arc::clone(&changes);
        async move {
            loop {
                maintenance::rotate_key(&options).await.unwrap();
                changes.fetch_add(1, Ordering::SeqCst);
                // Rare enough for a backup to complete between two changes.
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        }
    });
    let (mut whole, mut overtaken) = (0, 0);
    for number in 0..400 {
        if whole >= 4 && overtaken > 0 {
            break;
        }
        let copy = world.folder.path().join(format!("copy{number}"));
        let before = changes.load(Ordering::SeqCst);
        if let Err(error) = maintenance::backup(&world.options, &copy, true).await {
            assert!(error.message().contains("was changed meanwhile"), "{error}");
            // An incomplete backup is removed.
            assert_eq!(std::fs::read_dir(&copy).map_or(0, Iterator::count), 0, "{error}");
            continue;
        }
        whole += 1;
        overtaken += u64::from(changes.load(Ordering::SeqCst) > before);
        let place = world.folder.path().join(format!("restored{number}/test.db"));
        std::fs::create_dir(place.parent().unwrap()).unwrap();
        let restored = EngineOptions { database: place, ..world.options.clone() };
        maintenance::restore(&copy, &restored).await.unwrap();
        assert_eq!(reread(&restored, world.instance_id, &world.job_id).await.unwrap(), world.rows);
    }
    changing.abort();
    let _ = changing.await;
    assert!(whole >= 4 && overtaken > 0, "{whole} whole backups, {overtaken} with a change of keys meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_expired_are_expired_even_when_the_clock_goes_back() {
    let world = world().await;
    const DAY_MS: i64 = 24 * 3600 * 1000;
    // A clock four days ahead removes them. When it is correct again, all times are that much further away.
    set(&world.options, "UPDATE jobs SET expires_ms = expires_ms - ?", 4 * DAY_MS).await;
    open(&world.options).await.unwrap().close().await;
    while !segments(&world).is_empty() {
        open(&world.options).await.unwrap().close().await;
    }
    set(&world.options, "UPDATE jobs SET expires_ms = expires_ms + ? WHERE expires_ms > 0", 4 * DAY_MS).await;
    let report = maintenance::check(&world.options).await.unwrap();
    assert_eq!((report.problems, report.jobs, report.expired), (Vec::<String>::new(), 1, 1));
    let error = reread(&world.options, world.instance_id, &world.job_id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_data_cannot_be_recovered() {
    let world = world().await;
    let keys = [
        value(&world.options, "SELECT data_key FROM instances").await,
        value(&world.options, "SELECT job_key FROM jobs").await,
        value(&world.options, "SELECT configuration FROM instances").await,
        value(&world.options, "SELECT token FROM instances").await,
    ];
    let remains = |folder: &Path| {
        let all = files(folder);
        keys.iter().filter(|key| all.values().any(|bytes| holds(bytes, key))).count()
    };
    assert_eq!(remains(world.folder.path()), keys.len());
    // While the engine runs, so that its log is searched too.
    let platform = open(&world.options).await.unwrap();
    let other = support::instance(&platform).await;
    platform.instances().delete(world.instance_id).await.unwrap();
    assert_eq!(remains(world.folder.path()), 0, "keys of a deleted instance are left");
    assert!(segments(&world).is_empty());
    assert_eq!(platform.instances().get(world.instance_id).await.unwrap_err().kind(), ErrorKind::NotFound);
    other.ping().await.unwrap();
    platform.close().await;
    assert_eq!(remains(world.folder.path()), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn purge_deletes_exactly_its_scope() {
    let world = world().await;
    let job_key = value(&world.options, "SELECT job_key FROM jobs").await;
    let error = maintenance::purge(&world.options, &PurgeScope::Instance(7)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let report = maintenance::purge(&world.options, &PurgeScope::Results).await.unwrap();
    assert_eq!((report.instances, report.jobs), (0, 1));
    assert!(files(world.folder.path()).values().all(|bytes| !holds(bytes, &job_key)));
    assert!(segments(&world).is_empty());
    let data_key = value(&world.options, "SELECT data_key FROM instances").await;
    let report = maintenance::purge(&world.options, &PurgeScope::Everything).await.unwrap();
    assert_eq!((report.instances, report.jobs), (1, 0));
    assert!(files(world.folder.path()).values().all(|bytes| !holds(bytes, &data_key)));
    let report = maintenance::check(&world.options).await.unwrap();
    assert_eq!((report.problems.len(), report.instances), (0, 0));
    let missing = EngineOptions::new(world.folder.path().join("no.db"));
    assert!(maintenance::check(&missing).await.unwrap_err().message().contains("there is no database"));
    assert!(!missing.database.exists());
}

/// Follows a database whose key is in the keyring, here one in memory, through its whole life.
#[cfg(feature = "keyring")]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_keyring_opens_its_database_and_copies_of_it() {
    keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions { keyring: true, ..EngineOptions::new(folder.path().join("test.db")) };
    let database = options.database.clone();
    let secrets = async |options: &EngineOptions| {
        let engine = elementkit::engine::Engine::open(options.clone()).await?;
        let secrets = engine.local_credentials().await;
        engine.close().await;
        secrets.map(|(user, organization)| (user.expose().to_owned(), organization.expose().to_owned()))
    };
    let source =
        async || String::from_utf8(value(&options, "SELECT CAST(key_source AS BLOB) FROM vault").await).unwrap();
    let known = secrets(&options).await.unwrap();
    let key_file = folder.path().join("test.db.key");
    assert!(!key_file.exists(), "the key is in no file");
    let first = source().await;
    let entry = |source: &str| source.strip_prefix("the keyring of the operating system, entry ").unwrap().to_owned();
    let key = |source: &str| keyring_core::Entry::new("elementkit", &entry(source)).unwrap().get_password().unwrap();
    let first_key = key(&first);
    // The database records where its key is.
    let unsaid = EngineOptions::new(&database);
    assert_eq!(secrets(&unsaid).await.unwrap(), known);

    // A copy contains no key, reports that, and opens where the keyring is available.
    let refused = maintenance::backup(&options, &folder.path().join("with"), true).await.unwrap_err();
    assert!(refused.message().contains("not in a file") && refused.message().contains(&first), "{refused}");
    maintenance::backup(&options, &folder.path().join("copy"), false).await.unwrap();

    // A new key has its own entry; the old one opens the copy, and nothing of the database.
    maintenance::rotate_key(&unsaid).await.unwrap();
    let second = source().await;
    assert_ne!(first, second);
    assert_ne!(first_key, key(&second));
    assert_eq!(secrets(&unsaid).await.unwrap(), known);
    assert_eq!(maintenance::check(&unsaid).await.unwrap().problems, Vec::<String>::new());
    let restored = EngineOptions::new(folder.path().join("restored.db"));
    maintenance::restore(&folder.path().join("copy"), &restored).await.unwrap();
    assert_eq!(secrets(&restored).await.unwrap(), known);

    // A keyring with another key or none is an error, and no new key is created.
    let named = keyring_core::Entry::new("elementkit", &entry(&second)).unwrap();
    named.set_password(&first_key).unwrap();
    let wrong = secrets(&options).await.unwrap_err();
    assert!(wrong.message().contains("is not the one of this database"), "{wrong}");
    named.set_password("no key").unwrap();
    assert!(secrets(&options).await.unwrap_err().message().contains("does not hold 32 bytes"));
    keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
    let gone = secrets(&options).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::Storage);
    assert!(
        gone.message().contains("vault key of this database is missing") && gone.message().contains(&second),
        "{gone}"
    );
    assert!(!key_file.exists() && source().await == second);
    // The key that was stored elsewhere still opens it, here from a configured file.
    let kept = EngineOptions { key_file: Some(folder.path().join("kept")), ..EngineOptions::new(&restored.database) };
    std::fs::write(folder.path().join("kept"), first_key).unwrap();
    assert_eq!(secrets(&kept).await.unwrap(), known);
}

#[cfg(not(feature = "keyring"))]
#[tokio::test]
async fn a_build_without_keyrings_says_so_and_makes_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let options = EngineOptions { keyring: true, ..EngineOptions::new(folder.path().join("test.db")) };
    let error = open(&options).await.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.info().hint.as_deref().unwrap().contains("ELEMENTKIT_VAULT_KEY"), "{error:?}");
    assert!(!folder.path().join("test.db.key").exists());
}
