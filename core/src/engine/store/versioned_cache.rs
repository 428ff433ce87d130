//! Cache of results that every call needs, invalidated by any change of the file in this or another process.
//!
//! SQLite counts the changes of a file (`PRAGMA data_version`). Reading the count takes a few microseconds in the
//! calling thread, while a query through the pool takes two thread switches. No cached result outlives a change, so a
//! revoked token is rejected wherever it was revoked.

use std::any::Any;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::Result;

/// Kind and subject of a query. Secrets are represented by their keyed hashes.
pub(super) type CacheKey = (&'static str, Vec<u8>);

/// Results at one version of the file.
pub(super) struct VersionedCache {
    /// Reads only the version of the file. `None` once it is closed, or if the file cannot be opened.
    watch: Mutex<Option<Connection>>,
    answers: Mutex<Answers>,
}

#[derive(Default)]
struct Answers {
    version: i64,
    found: HashMap<CacheKey, Arc<dyn Any + Send + Sync>>,
}

impl VersionedCache {
    /// Number of results beyond which the cache is cleared; more than one engine uses at a time.
    const MOST: usize = 4096;

    /// Creates a cache for an existing file. If the file cannot be watched, nothing is cached.
    pub fn of(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let watch = Connection::open_with_flags(path, flags).ok();
        // The query runs in an async task, so it never waits: a failed query counts as a change.
        let watch = watch.filter(|watch| watch.busy_timeout(Duration::ZERO).is_ok());
        Self { watch: Mutex::new(watch), answers: Mutex::default() }
    }

    /// Returns the cached result if nothing was changed since, or else the result of `ask`. Missing values are not
    /// cached.
    pub async fn get_or_load<T, F>(&self, asked: CacheKey, ask: F) -> Result<Option<T>>
    where
        T: Clone + Send + Sync + 'static,
        F: AsyncFnOnce() -> Result<Option<T>>,
    {
        // The version is read before the query, so that a later change makes another version.
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

    /// Closes the connection; from then on nothing is cached.
    pub fn close(&self) {
        if let Ok(mut watch) = self.watch.lock() {
            watch.take();
        }
        if let Ok(mut answers) = self.answers.lock() {
            *answers = Answers::default();
        }
    }

    /// Returns a number that differs from the last one if the file was changed since.
    fn version(&self) -> Option<i64> {
        let watch = self.watch.lock().ok()?;
        let mut question = watch.as_ref()?.prepare_cached("PRAGMA data_version").ok()?;
        question.query_row([], |row| row.get(0)).ok()
    }

    fn known<T: Clone + 'static>(&self, version: i64, asked: &CacheKey) -> Option<T> {
        let mut answers = self.answers.lock().ok()?;
        if answers.version != version || answers.found.len() >= Self::MOST {
            // Keys of deleted values must not stay in memory either.
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
    async fn a_value_is_cached_until_the_file_changes() -> rusqlite::Result<()> {
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
