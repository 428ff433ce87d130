//! The store: one SQLite file, one writer and a pool of readers. All SQL of the engine is in this folder.

mod callbacks;
mod checkpoints;
mod connections;
mod database;
mod definition_tx;
mod definitions;
mod elements;
#[cfg(unix)]
mod forks;
mod formulas;
mod identities;
mod inspect;
mod instance_changes;
mod instances;
mod jobs;
mod listing;
mod logins;
mod maintenance;
mod organizations;
mod partitions;
mod people;
mod schema;
mod secrets;
mod sessions;
mod traces;
mod transformations;
mod usage;
mod vdrs;
mod versioned_cache;
#[cfg(test)]
pub(crate) mod versions;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use callbacks::CallbackRow;
pub(crate) use checkpoints::{
    Checkpoint, PartitionCheckpoint, PartitionState, Problem, Repeats, SegmentRow, Totals, UPLOADED,
};
pub(crate) use database::failed;
pub(crate) use definition_tx::{DefinitionTx, Instances, Owner, Scope, micros_text};
pub(crate) use definitions::DefinitionRow;
pub(crate) use elements::{ElementHead, ElementTx};
pub(crate) use formulas::{FormulaRow, FormulaTx};
pub(crate) use identities::{OrganizationRow, UserRow};
pub(crate) use instances::{Creation, InstanceFilter, InstanceOwner, InstanceRow, InstanceSearch, NewInstance, now_s};
pub(crate) use jobs::{JobFigures, JobRow, Lease, NewJob, NewUpload, now_ms};
pub(crate) use listing::{ListedPartition, Listing};
pub(crate) use logins::{LoginAttempt, LoginTurn};
pub(crate) use partitions::{PartitionRow, Start, WrittenPartition};
pub(crate) use people::{AccountRow, Person};
pub(crate) use secrets::SecretOwner;
pub(crate) use traces::NewTrace;
pub(crate) use transformations::TransformationRow;
pub(crate) use usage::{UsageFilter, UsageRow};
pub(crate) use vdrs::{SnippetRow, VdrRow};

use connections::Connections;
use versioned_cache::VersionedCache;

use super::options::EngineOptions;
use super::vault::{Key, MasterKey};
use crate::error::Result;

/// Time limit for closing to wait for running statements.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// The database with the keys of its sealed values. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    /// The only connection that writes, so that writers of this process queue instead of failing.
    writer: Connections,
    readers: Connections,
    cache: VersionedCache,
    master: MasterKey,
    /// Number of rotations of the master key when the key was read.
    generation: i64,
    /// Hashes secrets for lookup.
    lookup: Key,
}

impl Store {
    /// Opens or creates the database, migrates it to this version and finds its key.
    pub async fn open(options: &EngineOptions) -> Result<Self> {
        let opened = database::open(&options.database).await?;
        let database::Keys { master, lookup, generation } = database::keys(&opened, options).await?;
        let cache = VersionedCache::of(&options.database);
        let inner = Inner { writer: opened.writer, readers: opened.readers, cache, master, generation, lookup };
        let store = Self { inner: Arc::new(inner) };
        store.bootstrap(&options.bootstrap).await?;
        Ok(store)
    }

    /// Opens a copy of this store's file, with the same keys.
    ///
    /// # Errors
    /// Returns a `storage` error if the keys were rotated before the copy was made.
    pub async fn open_copy(path: &Path, original: &Self) -> Result<Self> {
        let opened = database::open(path).await?;
        let Inner { master, generation, lookup, .. } = &*original.inner;
        let (master, generation, lookup) = (master.clone(), *generation, lookup.clone());
        let cache = VersionedCache::of(path);
        let inner = Inner { writer: opened.writer, readers: opened.readers, cache, master, generation, lookup };
        let copy = Self { inner: Arc::new(inner) };
        if let Err(error) = copy.has_this_key().await {
            copy.close().await;
            return Err(error);
        }
        Ok(copy)
    }

    /// Closes the connections; running statements then fail.
    pub async fn close(&self) {
        self.inner.cache.close();
        let closed = async {
            self.inner.readers.close().await;
            self.inner.writer.close().await;
        };
        // A lost connection is never returned to the pool.
        if tokio::time::timeout(CLOSE_LIMIT, closed).await.is_err() {
            tracing::warn!("the connections of the database did not end in time");
        }
    }

    fn writer(&self) -> &Connections {
        &self.inner.writer
    }

    fn readers(&self) -> &Connections {
        &self.inner.readers
    }

    /// Returns the master key with its source.
    pub fn master_key(&self) -> &MasterKey {
        &self.inner.master
    }

    fn generation(&self) -> i64 {
        self.inner.generation
    }

    fn cache(&self) -> &VersionedCache {
        &self.inner.cache
    }

    fn master(&self) -> &Key {
        &self.inner.master.key
    }

    fn lookup(&self) -> &Key {
        &self.inner.lookup
    }
}

/// Returns the folder of bulk files beside a database.
pub(crate) fn bulk_folder(database: &Path) -> std::path::PathBuf {
    super::vault::with_suffix(database, ".bulk")
}
