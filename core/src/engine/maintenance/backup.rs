//! Online backup and restore.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{CheckReport, existing, failed};
use crate::engine::bulk;
use crate::engine::options::EngineOptions;
use crate::engine::store::{SegmentRow, Store, bulk_folder};
use crate::engine::vault::{KeySource, key_path, with_suffix};
use crate::error::{Error, ErrorKind, Result};
use crate::private;

const MANIFEST: &str = "backup.json";
const DATABASE: &str = "elementkit.db";
const KEY: &str = "elementkit.key";
const VERSION: u32 = 1;
/// Maximum number of attempts if bulk files are replaced while they are copied.
const COPIES: usize = 5;

/// Content of a backup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupReport {
    /// Number of bulk files.
    pub files: u64,
    /// Size of the database and the bulk files in bytes.
    pub bytes: u64,
    /// Whether the backup contains the vault key.
    pub with_key: bool,
}

/// Result of a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreReport {
    /// Number of bulk files.
    pub files: u64,
    /// Whether the vault key was restored too.
    pub with_key: bool,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    version: u32,
    #[serde(rename = "createdAt")]
    created_at: String,
}

/// Copies database and bulk files, as of one moment, into a new folder. The engine may run meanwhile.
///
/// Without `with_key` the sealed content of the copy is unreadable; keep the key elsewhere. With `with_key` the
/// folder is sufficient for a restore, and as confidential as the key.
///
/// # Errors
/// Returns a `storage` error if the folder is not empty, a file cannot be read or written, or a bulk file is missing,
/// and `config` if the key is to be copied and is not in a file.
pub async fn backup(options: &EngineOptions, folder: &Path, with_key: bool) -> Result<BackupReport> {
    let store = existing(options).await?;
    let outcome = copy_what_stands_still(&store, options, folder, with_key).await;
    store.close().await;
    outcome
}

/// Retries the copy if a job is sorted meanwhile, because sorting replaces its files. A failed copy leaves no files.
async fn copy_what_stands_still(
    store: &Store,
    options: &EngineOptions,
    folder: &Path,
    with_key: bool,
) -> Result<BackupReport> {
    make_empty(folder)?;
    for _ in 0..COPIES {
        match copy(store, options, folder, with_key).await {
            Ok(Some(report)) => return Ok(report),
            Ok(None) => empty(folder)?,
            Err(error) => {
                let _ = empty(folder);
                return Err(error);
            }
        }
    }
    let message = "bulk jobs replaced their files faster than these could be copied";
    Err(Error::new(ErrorKind::Storage, message).with_hint("Create the backup when fewer jobs are ending."))
}

/// Makes one copy. Returns `None` if the files of a job were replaced while they were copied.
async fn copy(store: &Store, options: &EngineOptions, folder: &Path, with_key: bool) -> Result<Option<BackupReport>> {
    let key = if with_key { Some(key_text(store)?) } else { None };
    let target = folder.join(DATABASE);
    store.copy_into(&target).await?;
    // The copied database determines which files belong to it and their length; files only grow or are replaced.
    let copied = Store::open_copy(&target, store).await?;
    let files = copy_files(store, &copied, options, &target).await;
    copied.close().await;
    let Some((files, bytes)) = files? else { return Ok(None) };
    if let Some(key) = key {
        write_private(&folder.join(KEY), &mut key.as_bytes(), None)?;
    }
    let bytes = bytes + fs::metadata(&target).map_err(|error| failed(&target, "read", &error))?.len();
    let manifest = Manifest { version: VERSION, created_at: jiff::Timestamp::now().to_string() };
    let text = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
    write_private(&folder.join(MANIFEST), &mut text.as_slice(), None)?;
    Ok(Some(BackupReport { files, bytes, with_key }))
}

/// Copies the files of the jobs in the copied database. Returns their number and size, or `None` if some were
/// replaced.
async fn copy_files(
    store: &Store,
    copied: &Store,
    options: &EngineOptions,
    target: &Path,
) -> Result<Option<(u64, u64)>> {
    let (mut files, mut bytes) = (0, 0);
    for job_id in copied.job_ids(None).await? {
        let segments = copied.segments(job_id, None).await?;
        let name = job_id.to_string();
        let (from, to) = (bulk_folder(&options.database).join(&name), bulk_folder(target).join(&name));
        let known = segments.clone();
        match bulk::blocking(move || copy_segments(&from, &to, &segments)).await {
            Ok((number, size)) => (files, bytes) = (files + number, bytes + size),
            // The job was deleted or expired during the copy, so it does not belong in the copy either.
            Err(_) if is_gone(store, job_id).await? => copied.delete_job(job_id).await?,
            Err(_) if is_replaced(store, job_id, &known).await? => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    // Changes of the copy must be in the database file that is restored, not in its write-ahead log.
    copied.leave_no_trace().await?;
    Ok(Some((files, bytes)))
}

/// Returns whether one of these segments no longer belongs to the job.
async fn is_replaced(store: &Store, job_id: i64, segments: &[SegmentRow]) -> Result<bool> {
    let now = store.segments(job_id, None).await?;
    let same = |known: &SegmentRow, other: &SegmentRow| {
        (known.ordinal, known.sequence, known.epoch) == (other.ordinal, other.sequence, other.epoch)
    };
    Ok(segments.iter().any(|known| !now.iter().any(|other| same(known, other))))
}

async fn is_gone(store: &Store, job_id: i64) -> Result<bool> {
    Ok(store.segments(job_id, None).await?.is_empty())
}

/// Restores a backup to a location without a database, and checks it.
///
/// # Errors
/// Returns a `storage` error if the folder contains no backup, a database exists already, a file cannot be written,
/// the key is missing, or the check finds damage; the message states the reason. A failed restore leaves no files,
/// except that a damaged backup stays restored for inspection.
pub async fn restore(folder: &Path, options: &EngineOptions) -> Result<RestoreReport> {
    read_manifest(folder)?;
    // Side files of SQLite belong to an earlier database and would be read into the restored one.
    let places = ["", "-wal", "-shm"].map(|ending| with_suffix(&options.database, ending));
    if let Some(taken) = places.iter().chain([&bulk_folder(&options.database)]).find(|place| place.exists()) {
        return Err(Error::new(ErrorKind::Storage, format!("{} exists already", taken.display()))
            .with_hint("Move the database away first, with the files of its name that end in -wal, -shm or .bulk."));
    }
    let key_was_there = key_path(options).exists();
    let (report, checked) = match put_back_and_check(folder, options).await {
        Ok(done) => done,
        Err(error) => {
            // Otherwise the next attempt, with the right key or a larger disk, would find files at its location.
            take_away(options, key_was_there);
            return Err(error);
        }
    };
    if let Some(problem) = checked.problems.first() {
        return Err(Error::new(ErrorKind::Storage, format!("the backup was restored, but it is damaged: {problem}"))
            .with_hint("Use another backup."));
    }
    Ok(report)
}

async fn put_back_and_check(folder: &Path, options: &EngineOptions) -> Result<(RestoreReport, CheckReport)> {
    let (source, to) = (folder.to_owned(), options.clone());
    let report = bulk::blocking(move || put_back(&source, &to)).await?;
    Ok((report, super::check(options).await?))
}

/// Removes the files of a failed restore.
fn take_away(options: &EngineOptions, key_was_there: bool) {
    let _ = fs::remove_dir_all(bulk_folder(&options.database));
    for ending in ["", "-wal", "-shm", ".restoring"] {
        let _ = fs::remove_file(with_suffix(&options.database, ending));
    }
    if !key_was_there {
        let _ = fs::remove_file(key_path(options));
    }
}

fn put_back(folder: &Path, options: &EngineOptions) -> Result<RestoreReport> {
    let mut report = RestoreReport::default();
    let (source, key) = (folder.join(DATABASE), folder.join(KEY));
    if key.is_file() {
        let place = key_path(options);
        if place.exists() {
            return Err(Error::new(ErrorKind::Storage, format!("there is already a key at {}", place.display()))
                .with_hint("Move it away first, or name another key file."));
        }
        copy_private(&key, &place, None)?;
        report.with_key = true;
    }
    let (from, to) = (bulk_folder(&source), bulk_folder(&options.database));
    for job in entries(&from)? {
        for file in entries(&job)? {
            let target = to.join(job.file_name().unwrap_or_default()).join(file.file_name().unwrap_or_default());
            copy_private(&file, &target, None)?;
            report.files += 1;
        }
    }
    // The database is renamed last, so that a partial restore never has one.
    let arriving = with_suffix(&options.database, ".restoring");
    copy_private(&source, &arriving, None)?;
    fs::rename(&arriving, &options.database).map_err(|error| failed(&options.database, "written", &error))?;
    Ok(report)
}

fn read_manifest(folder: &Path) -> Result<Manifest> {
    let none = |why: &str| {
        Error::new(ErrorKind::Storage, format!("{} contains no backup: {why}", folder.display()))
            .with_hint("Name the folder of a backup.")
    };
    let text = fs::read(folder.join(MANIFEST)).map_err(|error| none(&error.to_string()))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| none(&error.to_string()))?;
    if manifest.version != VERSION {
        return Err(none("it is of a newer version").with_hint("Update ElementKit."));
    }
    Ok(manifest)
}

fn make_empty(folder: &Path) -> Result<()> {
    private::own_folder(folder).map_err(|error| failed(folder, "made private", &error))?;
    if entries(folder)?.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Storage, format!("{} is not empty", folder.display())).with_hint("Name a new folder."))
}

/// Removes the content of a folder.
fn empty(folder: &Path) -> Result<()> {
    for path in entries(folder)? {
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|error| failed(&path, "removed", &error))?;
    }
    Ok(())
}

/// Returns the entries of a folder, or an empty list if it does not exist.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(folder, "read", &error)),
    }
}

/// Returns the key that the copied database is sealed with, even if its file changes meanwhile.
fn key_text(store: &Store) -> Result<Zeroizing<String>> {
    let master = store.master_key();
    match &master.source {
        KeySource::File(_) => Ok(master.file_text()),
        other => {
            Err(Error::new(ErrorKind::Config, format!("the vault key is not in a file: it is {}", other.describe()))
                .with_hint("Create the backup without the key, and store the key separately."))
        }
    }
}

/// Copies the valid parts of segment files. Returns their number and size in bytes.
fn copy_segments(from: &Path, to: &Path, segments: &[SegmentRow]) -> Result<(u64, u64)> {
    let mut done = BTreeSet::new();
    let mut bytes = 0;
    for segment in segments {
        let source = bulk::segment_path(from, segment);
        let name = source.file_name().unwrap_or_default().to_owned();
        copy_private(&source, &to.join(&name), Some(segment.length.unsigned_abs()))?;
        bytes += segment.length.unsigned_abs();
        done.insert(name);
    }
    Ok((done.len() as u64, bytes))
}

/// Copies a file, or its first bytes, to a new file that only the owner may read.
fn copy_private(from: &Path, to: &Path, length: Option<u64>) -> Result<()> {
    let mut source = File::open(from).map_err(|error| failed(from, "read", &error))?;
    write_private(to, &mut source, length)
}

fn write_private(to: &Path, source: &mut impl Read, length: Option<u64>) -> Result<()> {
    let mut write = || -> io::Result<()> {
        if let Some(folder) = to.parent() {
            private::folder(folder)?;
        }
        let mut options = fs::OpenOptions::new();
        private::for_owner(options.write(true).create_new(true));
        let mut file = options.open(to)?;
        let copied = io::copy(&mut source.take(length.unwrap_or(u64::MAX)), &mut file)?;
        if length.is_some_and(|length| copied < length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.flush()?;
        file.sync_all()
    };
    write().map_err(|error| failed(to, "written", &error))
}
