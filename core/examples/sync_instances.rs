//! Keeps an object of one instance like that of another: reads what changed in the source since the last run, and writes it
//! to the target by bulk upload: `cargo run -p elementkit --example sync_instances -- DATABASE FOLDER SOURCE TARGET OBJECT
//! FIELDS MATCH`.
//!
//! SOURCE and TARGET are names of instances. FIELDS are copied; MATCH is the one of them by which a record is found whose
//! upload had no answer. The program may be killed at any time and continues where it was: each step is stored in FOLDER
//! before the next begins.
#![allow(clippy::print_stdout, clippy::print_stderr)] // The example reports what it does.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use elementkit::model::JobStatus;
use elementkit::query;
use elementkit::{
    BulkUpload, EmbeddedOptions, ErrorKind, InstanceHandle, Job, Platform, Record, SyncState, UploadMode,
};
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Number of records in memory together.
const PAGE: usize = 1000;

/// State of the sync, in a file that is replaced as a whole.
#[derive(Default, Serialize, Deserialize)]
struct Progress {
    /// Start of the next pull.
    state: Option<String>,
    /// Ids of records in the target, by those in the source.
    ids: BTreeMap<String, String>,
    /// Records of the source that the target refused.
    again: Vec<Record>,
    /// The changes under way.
    batch: Option<Batch>,
}

/// Changes, and the state behind them.
#[derive(Clone, Serialize, Deserialize)]
struct Batch {
    id: String,
    rows: Vec<Record>,
    state: String,
}

struct Sync {
    source: InstanceHandle,
    target: InstanceHandle,
    object: String,
    fields: Vec<String>,
    matched: String,
    path: PathBuf,
}

impl Sync {
    fn save(&self, progress: &Progress) -> Result<()> {
        let new = self.path.with_extension("new");
        let file = std::fs::File::create(&new)?;
        serde_json::to_writer(&file, progress)?;
        file.sync_all()?;
        Ok(std::fs::rename(new, &self.path)?)
    }

    /// Stores what changed as the next batch. Killed before that, the next run reads the same changes.
    async fn read_changes(&self, progress: &mut Progress) -> Result<Batch> {
        let previous: Option<SyncState> = progress.state.as_deref().map(str::parse).transpose()?;
        let pull = self.source.sync(self.object.as_str(), previous.as_ref()).await?;
        let mut rows: BTreeMap<String, Record> = progress.again.iter().map(|row| (id(row), row.clone())).collect();
        let pages: Vec<_> = pull.pages(PAGE).await?.try_collect().await?;
        for page in pages {
            rows.extend(page.records::<Record>()?.into_iter().map(|row| (id(&row), row)));
        }
        let number = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos().to_string();
        let batch = Batch { id: number, rows: rows.into_values().collect(), state: pull.state().await?.to_string() };
        progress.batch = Some(batch.clone());
        self.save(progress)?;
        Ok(batch)
    }

    /// Returns the upload of a batch that an earlier run has started.
    async fn started(&self, batch: &Batch) -> Result<Option<Job>> {
        for listed in self.target.bulk().list().await? {
            let job = self.target.bulk().job(&listed.id).await?;
            let status = job.status().await?;
            if status.meta_data.unwrap_or_default()["callback-payload"]["batch"] == batch.id.as_str() {
                if matches!(status.status, JobStatus::Aborted | JobStatus::Cancelled) {
                    job.resume().await?;
                }
                return Ok(Some(job));
            }
        }
        Ok(None)
    }

    /// Starts the upload of a batch.
    async fn start(&self, batch: &Batch, rows: &[Record], progress: &Progress) -> Result<Job> {
        let mut records = Vec::with_capacity(rows.len());
        for row in rows {
            let own = self.fields.iter().filter_map(|name| Some((name.clone(), row.get(name)?.clone())));
            let mut record: Record = own.filter(|(_, value)| !value.is_null()).collect();
            // A record without a key is created.
            if let Some(known) = progress.ids.get(&id(row)) {
                record.insert("id".to_owned(), json!(known));
            }
            records.push(record);
        }
        let upload = BulkUpload::records(&self.object, records).mode(UploadMode::Upsert).key("id");
        // By its name the upload is found when this program is killed before the next line.
        Ok(self.target.bulk().upload(upload.callback_payload(json!({"batch": batch.id}))).await?)
    }

    /// Writes the batch, and stores what became of each record.
    async fn write(&self, batch: Batch, progress: &mut Progress) -> Result<()> {
        let is_deleted = |row: &Record| row.get("deleted") == Some(&json!(true));
        let (deleted, rows): (Vec<Record>, Vec<Record>) = batch.rows.iter().cloned().partition(is_deleted);
        let job = match self.started(&batch).await? {
            Some(job) => job,
            None => self.start(&batch, &rows, progress).await?,
        };
        let ended = job.wait().await?;
        let row = |number: &Value| rows.get(usize::try_from(number.as_u64()?).ok()?.checked_sub(1)?);
        // The answers of the vendor have the new ids, and the number of the record in the upload.
        let answers: Vec<_> = job.pages(PAGE).await?.try_collect().await?;
        for page in answers {
            for answer in page.records::<Record>()? {
                if let Some(row) = answer.get("_row").and_then(row) {
                    progress.ids.insert(id(row), id(&answer));
                }
            }
        }
        progress.again.clear();
        let mut failures = std::pin::pin!(job.error_rows());
        while let Some(failure) = failures.next().await.transpose()? {
            let Some(row) = row(&failure["id"]) else { continue };
            if failure["unknown"] == true
                && let Some(found) = self.lookup(row).await?
            {
                progress.ids.insert(id(row), found);
            }
            // The next run writes it again, by its id if it has been found.
            progress.again.push(row.clone());
            eprintln!("{}: {}", id(row), failure["status"]);
        }
        for row in &deleted {
            let Some(known) = progress.ids.remove(&id(row)) else { continue };
            match self.target.records(&self.object).delete(&known).await {
                // Gone already, if an earlier run was killed behind this line.
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        // Stored together: a state must never be ahead of what was written.
        (progress.state, progress.batch) = (Some(batch.state), None);
        self.save(progress)?;
        let (written, again) = (ended.records_count.unwrap_or_default(), progress.again.len());
        println!("{written} written, {again} to be written again, {} deleted", deleted.len());
        Ok(())
    }

    /// Returns the id of a record whose upload had no answer, if it arrived.
    async fn lookup(&self, row: &Record) -> Result<Option<String>> {
        let Some(value) = row.get(&self.matched).and_then(Value::as_str) else { return Ok(None) };
        let condition = query::field(&self.matched).eq(value).to_string();
        let found: Vec<Record> = self.target.records(&self.object).filter(condition).to_vec(1).await?;
        Ok(found.first().map(id))
    }
}

fn id(record: &Record) -> String {
    match record.get("id") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    run(&std::env::args().skip(1).collect::<Vec<_>>()).await
}

/// Syncs once.
pub async fn run(given: &[String]) -> Result<()> {
    let [database, folder, source, target, object, fields, matched] = given else {
        return Err("usage: sync_instances DATABASE FOLDER SOURCE TARGET OBJECT FIELDS MATCH".into());
    };
    let platform = Platform::embedded(EmbeddedOptions::new(database)).await?;
    let all = platform.instances().list().await?;
    let named = async |name: &str| {
        let found = all.iter().find(|instance| instance.name == *name).ok_or(format!("there is no instance {name}"))?;
        Ok::<_, Box<dyn Error>>(platform.instances().get(found.id).await?)
    };
    let sync = Sync {
        source: named(source).await?,
        target: named(target).await?,
        object: object.clone(),
        fields: fields.split(',').map(str::to_owned).collect(),
        matched: matched.clone(),
        path: Path::new(folder).join(format!("{source}-{target}-{object}.json")),
    };
    let mut progress = match std::fs::read(&sync.path) {
        Ok(kept) => serde_json::from_slice(&kept)?,
        Err(_) => Progress::default(),
    };
    let batch = match progress.batch.take() {
        Some(batch) => batch,
        None => sync.read_changes(&mut progress).await?,
    };
    sync.write(batch, &mut progress).await?;
    platform.close().await;
    Ok(())
}
