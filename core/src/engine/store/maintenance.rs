//! Maintenance of the file: key rotation, copies, checks and erasure of deleted content.

use std::path::Path;
use std::time::Duration;

use sqlx::{AssertSqlSafe, SqliteConnection};

use super::connections::Columns;
use super::database::{CHECK_PLACE, KEY_CHECK, LOOKUP_PLACE, create_private};
use super::identities::{ORGANIZATION_SECRET, USER_SECRET};
use super::instances::Places;
use super::{Store, elements, failed, formulas, traces};
use crate::engine::vault::{KeySource, MasterKey, open_failed};
use crate::error::{Error, ErrorKind, Result};
use crate::vault_key::SharedVaultKeyProvider;

/// Number of attempts to empty the log while other connections read from it, and the pause between them.
const TRIES: usize = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// A value sealed with the master key: table, column, id and the context it is sealed for.
struct Sealed {
    table: &'static str,
    column: &'static str,
    id: String,
    place: String,
    value: Vec<u8>,
}

impl Store {
    /// Fails if the master key of this process is no longer that of the file, so that nothing is sealed with an old
    /// key. The result holds for the duration of the transaction.
    pub(super) async fn is_current(&self, transaction: &mut SqliteConnection) -> Result<()> {
        if generation(transaction).await? == self.inner.generation { Ok(()) } else { Err(rotated()) }
    }

    /// Fails if the file is not sealed with the key of this store.
    pub(super) async fn has_this_key(&self) -> Result<()> {
        self.is_current(&mut *self.readers().acquire().await.map_err(failed)?).await
    }

    /// Seals all values of the master key with a new one. The new key is stored beside the old one before anything is
    /// changed and replaces it afterwards, so after an interruption one of the two opens the file, and opening it
    /// determines which. With a provider the new key moves there.
    pub async fn rotate_key(&self, into: Option<&SharedVaultKeyProvider>) -> Result<()> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        self.is_current(&mut transaction).await?;
        let new = match into {
            Some(provider) => self.inner.master.successor_in(provider).await?,
            None => self.inner.master.successor().await?,
        };
        for sealed in sealed_values(&mut transaction).await? {
            let opened = self.master().open(&sealed.place, &sealed.value).ok_or_else(|| open_failed(&sealed.place))?;
            let value = new.key.seal(&sealed.place, &opened)?;
            let Sealed { table, column, id, .. } = sealed;
            let sql = format!("UPDATE {table} SET {column} = ? WHERE id = ?");
            let query = sqlx::query(AssertSqlSafe(sql)).bind(value).bind(id);
            query.execute(&mut *transaction).await.map_err(failed)?;
        }
        sqlx::query("UPDATE vault SET key_check = ?, key_source = ?, generation = generation + 1")
            .bind(new.key.seal(CHECK_PLACE, KEY_CHECK.as_bytes())?)
            .bind(new.place().describe())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        self.take_over(new).await?;
        self.leave_no_trace().await
    }

    /// Replaces the old key by the new one, unless the next rotation is in progress already and its own new key is
    /// stored in that location.
    async fn take_over(&self, new: MasterKey) -> Result<()> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        if generation(&mut transaction).await? == self.inner.generation + 1 {
            new.take_over()?;
            if matches!(new.source, KeySource::Provider(..)) {
                // A remaining key file would be mistaken for the key of this database.
                if let Err(error) = self.inner.master.discard() {
                    tracing::warn!(%error, "the old key file could not be removed");
                }
            }
        }
        transaction.commit().await.map_err(failed)
    }

    /// Empties the write-ahead log into the file, where deleted content is overwritten, so that no copy of it
    /// remains.
    pub async fn leave_no_trace(&self) -> Result<()> {
        for _ in 0..TRIES {
            let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(self.writer()).await.map_err(failed)?;
            if row.column::<i64>("busy")? == 0 {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        // A reader is active all the time. The next checkpoint empties the log, at the latest when the last
        // connection closes.
        tracing::warn!("the database's log could not be emptied yet");
        Ok(())
    }

    /// Writes a copy of the database at this moment to a new private file.
    pub async fn copy_into(&self, path: &Path) -> Result<()> {
        create_private(path)?;
        let name = path.to_str().ok_or_else(|| Error::new(ErrorKind::Config, "the path is not UTF-8"))?;
        sqlx::query("VACUUM INTO ?").bind(name).execute(self.readers()).await.map_err(failed)?;
        Ok(())
    }

    /// Returns the damage that SQLite finds: damaged pages and dangling references.
    pub async fn damage(&self) -> Result<Vec<String>> {
        let found: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_all(self.readers()).await.map_err(failed)?;
        let mut found: Vec<String> = found.into_iter().filter(|line| line != "ok").collect();
        let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(self.readers()).await.map_err(failed)?;
        for row in &orphans {
            let (table, parent): (&str, &str) = (row.column("table")?, row.column("parent")?);
            found.push(format!("a row of {table} refers to a row of {parent} that does not exist"));
        }
        Ok(found)
    }

    /// Opens every value that is sealed with the master key. Returns the contexts of those that do not open.
    pub async fn unreadable(&self) -> Result<Vec<String>> {
        let mut connection = self.readers().acquire().await.map_err(failed)?;
        let all = sealed_values(&mut connection).await?;
        let broken = |sealed: &Sealed| self.master().open(&sealed.place, &sealed.value).is_none();
        Ok(all.into_iter().filter(broken).map(|sealed| format!("{} {}", sealed.place, sealed.id)).collect())
    }

    /// Returns the ids of all instances.
    pub async fn instance_ids(&self) -> Result<Vec<i64>> {
        sqlx::query_scalar("SELECT id FROM instances ORDER BY id").fetch_all(self.readers()).await.map_err(failed)
    }

    /// Deletes a job and everything that depends on it.
    pub async fn delete_job(&self, id: i64) -> Result<()> {
        sqlx::query("DELETE FROM jobs WHERE id = ?").bind(id).execute(self.writer()).await.map_err(failed)?;
        Ok(())
    }

    /// Deletes all records and traces of calls.
    pub async fn delete_records_of_calls(&self) -> Result<()> {
        for sql in ["DELETE FROM usage", "DELETE FROM traces"] {
            sqlx::query(sql).execute(self.writer()).await.map_err(failed)?;
        }
        Ok(())
    }
}

/// Returns all values that are sealed with the master key. Values sealed with an instance's key need not be sealed
/// again.
async fn sealed_values(database: &mut SqliteConnection) -> Result<Vec<Sealed>> {
    let mut all = Vec::new();
    let fixed = [
        ("vault", "lookup_key", LOOKUP_PLACE),
        ("organizations", "secret", ORGANIZATION_SECRET),
        ("users", "secret", USER_SECRET),
        ("instances", "data_key", ""),
        ("elements", "data_key", ""),
        ("formulas", "document", ""),
        ("traces", "detail", ""),
    ];
    for (table, column, place) in fixed {
        let sql = format!("SELECT CAST(id AS TEXT), {column} FROM {table}");
        let rows: Vec<(String, Vec<u8>)> =
            sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *database).await.map_err(failed)?;
        all.extend(rows.into_iter().map(|(id, value)| {
            let place = match table {
                "instances" => Places::of(id.parse().unwrap_or_default()).data_key,
                "elements" => elements::key_place(&id),
                "formulas" => formulas::place(&id),
                "traces" => traces::place(&id),
                _ => place.to_owned(),
            };
            Sealed { table, column, id, place, value }
        }));
    }
    Ok(all)
}

pub(super) async fn generation(database: &mut SqliteConnection) -> Result<i64> {
    sqlx::query_scalar("SELECT generation FROM vault").fetch_one(database).await.map_err(failed)
}

fn rotated() -> Error {
    Error::new(ErrorKind::Storage, "the vault key of this database was changed meanwhile")
        .with_hint("Close the engine and open it again; it then uses the new key.")
}

/// Tests of processes that still have the old key, and of opening the file after an interrupted rotation.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::options::{Bootstrap, EngineOptions};
    use crate::engine::store::NewInstance;

    fn instance() -> NewInstance {
        NewInstance {
            account_id: 1,
            user_id: 1,
            element_id: 184,
            defined: false,
            name: "x".to_owned(),
            tags: Vec::new(),
            configuration: [("acme.api.secret".to_owned(), "canary".to_owned())].into(),
            acquired: std::collections::BTreeMap::new(),
        }
    }

    #[tokio::test]
    async fn a_rotation_that_ends_early_is_finished_or_undone_by_opening() -> Result<()> {
        let folder = tempfile::tempdir().map_err(|error| Error::new(ErrorKind::Storage, error.to_string()))?;
        let options = EngineOptions::new(folder.path().join("test.db"));
        let (key, next) = (folder.path().join("test.db.key"), folder.path().join("test.db.key.new"));
        let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
        let store = Store::open(&options).await?;
        let made = store.create_instance(instance()).await?;
        let first = read(&key);

        // Interrupted before anything was changed: the new key opens nothing and is removed.
        store.inner.master.successor().await?;
        assert!(next.exists());
        store.close().await;
        let store = Store::open(&options).await?;
        assert!(store.any_instance(made.id).await?.is_some());
        assert_eq!((read(&key), next.exists()), (first.clone(), false));

        // Interrupted between the change and the replacement of the key.
        store.rotate_key(None).await?;
        let second = read(&key);
        assert_ne!(first, second);
        std::fs::rename(&key, &next)
            .and_then(|()| std::fs::write(&key, &first))
            .map_err(|error| Error::new(ErrorKind::Storage, error.to_string()))?;
        store.close().await;
        let store = Store::open(&options).await?;
        assert_eq!((read(&key), next.exists()), (second, false));
        let found = store.any_instance(made.id).await?.map(|row| row.configuration);
        assert_eq!(found.as_ref().and_then(|known| known.get("acme.api.secret")).map(String::as_str), Some("canary"));
        assert_eq!(store.unreadable().await?, Vec::<String>::new());

        // During a rotation, opening keeps the new key, which may be the only one that opens the file a moment later.
        let changing = store.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        store.inner.master.successor().await?;
        let opening = tokio::spawn({
            let options = options.clone();
            async move { Store::open(&options).await.map(drop) }
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(next.exists() && !opening.is_finished());
        changing.rollback().await.map_err(failed)?;
        opening.await.map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))??;
        assert!(!next.exists());

        // A process that missed the rotation seals nothing with the old key.
        let stale = Store::open(&options).await?;
        store.rotate_key(None).await?;
        let refused = stale.create_instance(instance()).await.err();
        assert!(refused.is_some_and(|error| error.message().contains("was changed meanwhile")));
        let refused = stale.create_organization("other", &Bootstrap::default()).await.err();
        assert!(refused.is_some_and(|error| error.message().contains("was changed meanwhile")));
        assert_eq!(store.organizations().await?.len(), 1);
        Ok(())
    }
}
