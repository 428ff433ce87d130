//! Files of the release before partitions had keys of text: its jobs are downloaded, go on, are resumed and continued
//! with the rows that they would have had.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use super::power_cut::{call, options, send};
use super::segment::SegmentReader;
use crate::elements::testing::{self, Config, Simulator};
use crate::engine::Engine;
use crate::engine::maintenance::check;
use crate::engine::options::EngineOptions;
use crate::engine::store::versions::before_keys;
use crate::engine::store::{Store, bulk_folder, failed};
use crate::error::{Error, ErrorKind, Result};

fn io(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, error.to_string())
}

/// Writes database, key and segments of a closed engine as the earlier release left them, with its own file names and
/// seals.
async fn as_earlier_release(current: &EngineOptions, old: &EngineOptions) -> Result<u64> {
    before_keys(&current.database, &old.database).await?;
    let key = |options: &EngineOptions| options.database.with_extension("db.key");
    fs::copy(key(current), key(old)).map_err(io)?;
    let rows = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&old.database)).await.map_err(failed)?;
    let store = Store::open(current).await?;
    let mut written = 0;
    for instance in store.instance_ids().await? {
        let Some(instance) = store.any_instance(instance).await? else { continue };
        for id in store.job_ids(Some(instance.id)).await? {
            let Some(job) = store.job(&instance, id).await? else { continue };
            let folders = [current, old].map(|options| bulk_folder(&options.database).join(id.to_string()));
            let old_rows: Vec<(i64, i64, i64, i64, i64)> = sqlx::query_as(
                "SELECT channel_id, child_id, sequence, epoch, length FROM segments WHERE job_id = ?
                 ORDER BY channel_id, child_id, sequence",
            )
            .bind(id)
            .fetch_all(&rows)
            .await
            .map_err(failed)?;
            let segments = store.segments(id, None).await?;
            assert_eq!(segments.len(), old_rows.len());
            fs::create_dir_all(&folders[1]).map_err(io)?;
            for (segment, (channel, child, sequence, epoch, length)) in segments.into_iter().zip(old_rows) {
                assert_eq!((segment.sequence, segment.epoch), (sequence, epoch));
                let (mut reader, mut bytes) = (SegmentReader::open(&folders[0], &job.key, segment)?, Vec::new());
                for frame in 0.. {
                    let Some(plain) = reader.next()? else { break };
                    let place = format!("segment {channel}/{child}/{sequence}/{epoch}/{frame}");
                    let sealed = job.key.seal(&place, &plain)?;
                    bytes.extend(u32::try_from(sealed.len()).unwrap_or(u32::MAX).to_le_bytes());
                    bytes.extend(sealed);
                }
                assert_eq!(i64::try_from(bytes.len()), Ok(length));
                let name = format!("{channel}-{child}-{sequence}-{epoch}.segment");
                fs::write(folders[1].join(name), bytes).map_err(io)?;
                written += 1;
            }
        }
    }
    store.close().await;
    rows.close().await;
    Ok(written)
}

/// Engine with one instance.
struct World {
    engine: Engine,
    authorization: String,
}

impl World {
    async fn start(&self, query: &str) -> String {
        let (_, job) = call(&self.engine, &format!("POST /bulk/query?{query}"), &self.authorization, "").await;
        job["id"].as_str().unwrap_or_default().to_owned()
    }

    async fn until(&self, job: &str, reached: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..3000 {
            let line = format!("GET /bulk/{job}/status");
            let (_, status) = call(&self.engine, &line, &self.authorization, "").await;
            if reached(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the job {job} does not get there")
    }

    async fn ended(&self, job: &str) -> Value {
        self.until(job, |status| status["completionTime"].is_number()).await["status"].clone()
    }

    async fn result(&self, job: &str, object: &str) -> Vec<u8> {
        let line = format!("GET /bulk/{job}/{object}");
        send(&self.engine, &line, &self.authorization, "application/jsonl", "").await
    }
}

const CONTACTS: &str = "q=select%20*%20from%20contacts";
const REGISTRATIONS: &str = "q=select%20*%20from%20registrations";

// long: one world, whose jobs end in every way.
#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_the_earlier_release_keep_and_get_their_rows() -> Result<()> {
    let config = Config { subscribers: 3000, channels: 4, webcasts_per_channel: 3, ..Config::default() };
    let simulator = Simulator::start(config).await.map_err(io)?;
    let folder = tempfile::tempdir().map_err(io)?;
    let (home, old) = (folder.path().join("home"), folder.path().join("old"));
    fs::create_dir(&home).and_then(|()| fs::create_dir(&old)).map_err(io)?;
    let engine = Engine::open(options(&home, &simulator)).await?;
    let (_, made) =
        call(&engine, "POST /instances", "User user, Organization organization", &testing::new_instance()).await;
    let authorization = format!("User user, Element {}", made["token"].as_str().unwrap_or_default());
    let world = World { engine, authorization: authorization.clone() };

    // The only list, lists of channels and of webcasts, sorted rows, and lists that share records.
    let mut complete = Vec::new();
    for (object, query) in [
        ("contacts", CONTACTS),
        ("registrations", REGISTRATIONS),
        ("channels", "q=select%20*%20from%20channels"),
        ("webcasts", "q=select%20*%20from%20webcasts%20order%20by%20title"),
        ("viewings", "q=select%20*%20from%20viewings"),
    ] {
        let job = world.start(query).await;
        assert_eq!(world.ended(&job).await, "COMPLETED");
        complete.push((object, job.clone(), world.result(&job, object).await));
    }
    let (contacts, registrations) = (complete[0].2.clone(), complete[1].2.clone());

    // Ended by an error in the middle of the second list.
    let fault = |path: &str, page: Option<u64>, status: u64| {
        let page = page.map_or(json!({"path": path}), |page| json!({"path": path, "page": page}));
        simulator.add_faults(&json!({"match": page, "fault": {"type": "status", "status": status}}))
    };
    let fail = |message: String| Error::new(ErrorKind::Internal, message);
    fault("*/1002/subscribers", Some(3), 401).map_err(fail)?;
    let aborted = world.start(CONTACTS).await;
    assert_eq!(world.ended(&aborted).await, "ABORTED");
    simulator.clear_faults();
    // The webcasts of the second channel cannot be listed.
    fault("*/1002/webcasts", None, 403).map_err(fail)?;
    let unlisted = world.start(REGISTRATIONS).await;
    assert_eq!(world.ended(&unlisted).await, "COMPLETED");
    let without = world.result(&unlisted, "registrations").await;
    assert!(without.len() < registrations.len());
    simulator.clear_faults();
    // Ended by its limit in the middle of a list.
    let limited = world.start(&format!("{CONTACTS}%20limit%20900")).await;
    assert_eq!(world.ended(&limited).await, "COMPLETED");
    let first = world.result(&limited, "contacts").await;
    // Still running.
    let slow = json!({"match": {"path": "*/1003/subscribers"}, "fault": {"type": "slow_body", "stall_after": 50, "ms": 60_000}});
    simulator.add_faults(&slow).map_err(fail)?;
    let running = world.start(CONTACTS).await;
    world.until(&running, |status| status["progress"]["parentsDone"] == 3).await;
    world.engine.close().await;
    simulator.clear_faults();

    let (current, earlier) = (options(&home, &simulator), options(&old, &simulator));
    assert!(as_earlier_release(&current, &earlier).await? > 20);
    let pool =
        SqlitePool::connect_with(SqliteConnectOptions::new().filename(&earlier.database)).await.map_err(failed)?;
    let update = sqlx::query("UPDATE jobs SET status = 'CANCELLED' WHERE id = ?").bind(&unlisted);
    assert_eq!(update.execute(&pool).await.map_err(failed)?.rows_affected(), 1);
    pool.close().await;

    let world = World { engine: Engine::open(earlier.clone()).await?, authorization };
    for (object, job, rows) in &complete {
        assert!(world.result(job, object).await == *rows, "{object}");
    }
    assert!(world.result(&unlisted, "registrations").await == without);
    assert!(world.result(&limited, "contacts").await == first);
    assert_eq!(world.ended(&running).await, "COMPLETED");
    assert!(world.result(&running, "contacts").await == contacts);
    let more = world.start(&format!("{CONTACTS}&continueFromJobId={limited}")).await;
    assert_eq!(world.ended(&more).await, "COMPLETED");
    let more = world.result(&more, "contacts").await;
    assert!([first, more].concat() == contacts, "the rest comes after the first rows");
    let rest = world.start(&format!("{REGISTRATIONS}&continueFromJobId={unlisted}")).await;
    assert_eq!(world.ended(&rest).await, "COMPLETED");
    let rest = world.result(&rest, "registrations").await;
    for (job, object, rows) in [(&aborted, "contacts", &contacts), (&unlisted, "registrations", &registrations)] {
        call(&world.engine, &format!("PUT /bulk/{job}/resume"), &world.authorization, "").await;
        assert_eq!(world.ended(job).await, "COMPLETED");
        assert!(world.result(job, object).await == *rows, "{object} of the resumed job");
    }
    assert_eq!(rest.len(), registrations.len() - without.len(), "what could not be listed");
    world.engine.close().await;
    assert_eq!(check(&earlier).await?.problems, Vec::<String>::new());
    assert!(files(&bulk_folder(&earlier.database)) > 20);
    Ok(())
}

/// Returns the number of files that have names of the earlier release.
fn files(folder: &Path) -> usize {
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let files = names(folder).iter().flat_map(|job| names(job)).collect::<Vec<_>>();
    let is_old = |name: &str| name.ends_with(".segment") && !name.starts_with('p');
    files.iter().filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_old)).count()
}
