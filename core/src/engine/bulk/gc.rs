//! Garbage collection of expired files and of files without a record (architecture, rule 9).

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{remove_files, segment, upload};
use crate::engine::EngineInner;
use crate::error::Result;

/// Minimum age of an unrecorded file before it is removed. Another process may be about to commit it; an hour is
/// plenty.
const YOUNG: Duration = Duration::from_secs(3600);

pub(super) async fn sweep(engine: &EngineInner) -> Result<()> {
    for job_id in engine.store.expired_jobs().await? {
        engine.store.forget_rows(job_id).await?;
        remove_files(engine, &[job_id]).await;
    }
    let known: HashSet<String> = engine.store.job_ids(None).await?.iter().map(i64::to_string).collect();
    for name in old_entries(&engine.bulk.folder) {
        let folder = engine.bulk.folder.join(&name);
        if !known.contains(&name) {
            if upload::is_arriving(&folder) {
                continue;
            }
            // The folder belongs to the engine, so an unknown entry is removed as a whole.
            let _ = fs::remove_dir_all(&folder);
            continue;
        }
        let Ok(job_id) = name.parse() else { continue };
        let segments = engine.store.segments(job_id, None).await?;
        let kept: HashSet<_> = segments.iter().map(|row| segment::path(&folder, row)).collect();
        // Journals of uploads go with their job.
        let is_kept = |file: &PathBuf| kept.contains(file) || upload::is_journal(file);
        for file in old_entries(&folder).into_iter().map(|name| folder.join(name)).filter(|file| !is_kept(file)) {
            let _ = fs::remove_file(file);
        }
    }
    Ok(())
}

/// Returns the names in a folder that have not changed for [`YOUNG`].
fn old_entries(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let now = SystemTime::now();
    let old = |entry: &fs::DirEntry| {
        let changed = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        changed.and_then(|at| now.duration_since(at).ok()).is_some_and(|age| age > YOUNG)
    };
    entries.flatten().filter(old).filter_map(|entry| entry.file_name().into_string().ok()).collect()
}
