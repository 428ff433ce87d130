//! Answers that every call needs, cache until anybody changes the file: this process or another one.
//!
//! SQLite counts the changes of a file (`PRAGMA data_version`), and to ask for the count costs a few microseconds in
//! the thread that asks; a query through the pool costs two changes of thread. So nothing cache outlives a change:
//! a token that was revoked opens nothing, wherever it was revoked.

use std::any::Any;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::Result;

/// What was asked: of which kind, and for whom. Secrets come as their keyed hashes.
pub(super) type CacheKey = (&'static str, Vec<u8>);

/// Answers at one version of the file.
pub(super) struct VersionedCache {
    /// Only asked whether the file was changed; none once it is closed, or where it cannot be opened.
    watch: Mutex<Option<Connection>>,
    answers: Mutex<Answers>,
}

#[derive(Default)]
struct Answers {
    version: i64,
    found: HashMap<CacheKey, Arc<dyn Any + Send + Sync>>,
}

impl VersionedCache {
    /// More than one engine is busy with at a time; beyond it everything is asked again.
    const MOST: usize = 4096;

    /// For a file that is there. Where it cannot be watched, nothing is cache.
    pub fn of(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let watch = Connection::open_with_flags(path, flags).ok();
        // It runs between others' work, so it never waits: what cannot be asked now counts as changed.
        let watch = watch.filter(|watch| watch.busy_timeout(Duration::ZERO).is_ok());
        Self { watch: Mutex::new(watch), answers: Mutex::default() }
    }

    /// The answer that was found before, when nothing was changed since, or else the one that `ask` finds. What is not
    /// there is not cache.
    pub async fn get_or_load<T, F>(&self, asked: CacheKey, ask: F) -> Result<Option<T>>
    where
        T: Clone + Send + Sync + 'static,
        F: AsyncFnOnce() -> Result<Option<T>>,
    {
        // Before the question: a change after this moment makes another version.
        let Some(version) = self.version() else { return ask().await };
        if let Some(known) = self.known(version, &asked) {
            return Ok(Some(known));
        }
        let found = ask().await?;
        if let Some(found) = &found {
            self.keep(version, asked, Arc::new(found.clone()));
        }
        Ok(found)
    }

    /// Ends the connection; from now on everything is asked.
    pub fn close(&self) {
        if let Ok(mut watch) = self.watch.lock() {
            watch.take();
        }
        if let Ok(mut answers) = self.answers.lock() {
            *answers = Answers::default();
        }
    }

    /// Another number than the last time when the file was changed since.
    fn version(&self) -> Option<i64> {
        let watch = self.watch.lock().ok()?;
        let mut question = watch.as_ref()?.prepare_cached("PRAGMA data_version").ok()?;
        question.query_row([], |row| row.get(0)).ok()
    }

    fn known<T: Clone + 'static>(&self, version: i64, asked: &CacheKey) -> Option<T> {
        let mut answers = self.answers.lock().ok()?;
        if answers.version != version || answers.found.len() >= Self::MOST {
            // Keys of what was deleted do not stay in memory either.
            *answers = Answers { version, found: HashMap::new() };
        }
        answers.found.get(asked)?.downcast_ref::<T>().cloned()
    }

    fn keep(&self, version: i64, asked: CacheKey, found: Arc<dyn Any + Send + Sync>) {
        if let Ok(mut answers) = self.answers.lock()
            && answers.version == version
        {
            answers.found.insert(asked, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn an_answer_is_remembered_until_somebody_changes_the_file() -> rusqlite::Result<()> {
        let file = tempfile::NamedTempFile::new().unwrap_or_else(|error| panic!("{error}"));
        let other = Connection::open(file.path())?;
        other.pragma_update(None, "journal_mode", "WAL")?;
        other.execute_batch("CREATE TABLE t (n)")?;
        let (cache, questions) = (VersionedCache::of(file.path()), AtomicU32::new(0));
        let ask = async |found: Option<u32>| {
            let question = async || {
                questions.fetch_add(1, Ordering::Relaxed);
                Ok(found)
            };
            cache.get_or_load(("t", b"key".to_vec()), question).await.ok().flatten()
        };
        assert_eq!((ask(None).await, ask(Some(1)).await, ask(Some(2)).await), (None, Some(1), Some(1)));
        assert_eq!(questions.load(Ordering::Relaxed), 2, "what is not there is asked for again");
        other.execute_batch("INSERT INTO t VALUES (1)")?;
        assert_eq!((ask(Some(3)).await, ask(Some(4)).await), (Some(3), Some(3)));
        cache.close();
        assert_eq!((ask(Some(5)).await, ask(None).await), (Some(5), None));
        Ok(())
    }
}
