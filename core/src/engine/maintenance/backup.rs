//! Copies that can be taken while the engine works, and putting them back.

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
/// How often a copy is begun that others change before it is made.
const COPIES: usize = 5;

/// What a backup holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackupReport {
    /// Bulk files.
    pub files: u64,
    /// Bytes of the database and the bulk files.
    pub bytes: u64,
    /// Whether the vault key is in it.
    pub with_key: bool,
}

/// What was put back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreReport {
    /// Bulk files.
    pub files: u64,
    /// Whether the vault key was put back too.
    pub with_key: bool,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    version: u32,
    #[serde(rename = "createdAt")]
    created_at: String,
}

/// Copies database and bulk files into a new folder, as they are at one moment; the engine may work on meanwhile.
///
/// Without `with_key` whoever gets the copy cannot read what is sealed in it; keep the key elsewhere. With it the
/// folder is all that is needed, and as secret as the key.
///
/// # Errors
/// `storage` when the folder is not empty, something cannot be read or written, or a bulk file is missing; `config`
/// when the key is to be copied and is not in a file.
pub async fn backup(options: &EngineOptions, folder: &Path, with_key: bool) -> Result<BackupReport> {
    let store = existing(options).await?;
    let outcome = copy_what_stands_still(&store, options, folder, with_key).await;
    store.close().await;
    outcome
}

/// A job that is sorted meanwhile loses the files it was copied with; the copy is then made anew. One that cannot be made
/// leaves nothing behind.
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
    Err(Error::new(ErrorKind::Storage, message).with_hint("Make the backup when fewer jobs end."))
}

/// One copy; none when a job's files were replaced while they were copied.
async fn copy(store: &Store, options: &EngineOptions, folder: &Path, with_key: bool) -> Result<Option<BackupReport>> {
    let key = if with_key { Some(key_text(store)?) } else { None };
    let target = folder.join(DATABASE);
    store.copy_into(&target).await?;
    // The copy says which files belong to it, and how much of each; they only grow, or are replaced.
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

/// Copies the files of the jobs that the copied database knows; answers their number and bytes, none when some were
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
            // It was deleted or expired while the copy was made, so it does not belong into it either.
            Err(_) if is_gone(store, job_id).await? => copied.delete_job(job_id).await?,
            Err(_) if is_replaced(store, job_id, &known).await? => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    // What was changed in the copy must be in the one file that is put back, not in a log beside it.
    copied.leave_no_trace().await?;
    Ok(Some((files, bytes)))
}

/// Whether a file of these is no longer one of the job's.
async fn is_replaced(store: &Store, job_id: i64, segments: &[SegmentRow]) -> Result<bool> {
    let now = store.segments(job_id, None).await?;
    let same = |known: &SegmentRow, other: &SegmentRow| {
        (known.parent, known.sequence, known.epoch) == (other.parent, other.sequence, other.epoch)
    };
    Ok(segments.iter().any(|known| !now.iter().any(|other| same(known, other))))
}

async fn is_gone(store: &Store, job_id: i64) -> Result<bool> {
    Ok(store.segments(job_id, None).await?.is_empty())
}

/// Puts a backup back where no database is yet, and checks it.
///
/// # Errors
/// `storage` when the folder holds no backup, a database is there already, a file cannot be written, the key is
/// missing, or the check finds damage; the message says which. Nothing is left at the place then, but for a damaged
/// backup, which stays to be looked at.
pub async fn restore(folder: &Path, options: &EngineOptions) -> Result<RestoreReport> {
    read_manifest(folder)?;
    // What SQLite left beside a database belongs to that one: it would be read into the one that is put back.
    let places = ["", "-wal", "-shm"].map(|ending| with_suffix(&options.database, ending));
    if let Some(taken) = places.iter().chain([&bulk_folder(&options.database)]).find(|place| place.exists()) {
        return Err(Error::new(ErrorKind::Storage, format!("there is something at {} already", taken.display()))
            .with_hint("Move the database away first, with what has its name and -wal, -shm or .bulk behind it."));
    }
    let key_was_there = key_path(options).exists();
    let (report, checked) = match put_back_and_check(folder, options).await {
        Ok(done) => done,
        Err(error) => {
            // Else the next try, with the right key or a larger disk, would find something at its place.
            take_away(options, key_was_there);
            return Err(error);
        }
    };
    if let Some(problem) = checked.problems.first() {
        return Err(Error::new(ErrorKind::Storage, format!("the backup was put back, but it is damaged: {problem}"))
            .with_hint("Use another backup."));
    }
    Ok(report)
}

async fn put_back_and_check(folder: &Path, options: &EngineOptions) -> Result<(RestoreReport, CheckReport)> {
    let (source, to) = (folder.to_owned(), options.clone());
    let report = bulk::blocking(move || put_back(&source, &to)).await?;
    Ok((report, super::check(options).await?))
}

/// Removes what a restore has put where nothing was.
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
            return Err(Error::new(ErrorKind::Storage, format!("there is a key at {} already", place.display()))
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
    // The database comes last: without it there is nothing that could be half there.
    let arriving = with_suffix(&options.database, ".restoring");
    copy_private(&source, &arriving, None)?;
    fs::rename(&arriving, &options.database).map_err(|error| failed(&options.database, "written", &error))?;
    Ok(report)
}

fn read_manifest(folder: &Path) -> Result<Manifest> {
    let none = |why: &str| {
        Error::new(ErrorKind::Storage, format!("{} holds no backup: {why}", folder.display()))
            .with_hint("Name the folder a backup was made into.")
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

/// Removes what lies in a folder.
fn empty(folder: &Path) -> Result<()> {
    for path in entries(folder)? {
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|error| failed(&path, "removed", &error))?;
    }
    Ok(())
}

/// What lies in a folder; nothing when there is none.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => Ok(entries.flatten().map(|entry| entry.path()).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(folder, "read", &error)),
    }
}

/// The key that the copied database is sealed with, whatever becomes of the file it is in meanwhile.
fn key_text(store: &Store) -> Result<Zeroizing<String>> {
    let master = store.master_key();
    match &master.source {
        KeySource::File(_) => Ok(master.file_text()),
        other => {
            Err(Error::new(ErrorKind::Config, format!("the vault key is not in a file: it is {}", other.describe()))
                .with_hint("Make the backup without the key, and keep the key yourself."))
        }
    }
}

/// Copies the parts of segment files that count; answers their number and bytes.
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

/// Copies a file, or its first bytes, into a new one for the owner alone.
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
