//! Verification that the schema of a database equals the result of its migrations.
//!
//! SQLite does not detect a changed byte in the text of the schema: a column then has another name or type, and
//! results are wrong or empty.

use std::collections::BTreeMap;

use ring::digest::{Context, SHA256};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, SqliteConnection};
use tokio::sync::OnceCell;

use super::database::{MIGRATIONS, migrator};
use super::failed;
use crate::auth::hex;
use crate::error::{Error, ErrorKind, Result};

/// Created by sqlx, whose versions may write its text differently.
const MIGRATIONS_TABLE: &[u8] = b"_sqlx_migrations";

/// Type, name and table of each object, with its text without whitespace.
type Schema = BTreeMap<(Vec<u8>, Vec<u8>, Vec<u8>), Vec<u8>>;

/// Digest of the schema of the newest version. Running all migrations in memory takes about 10 ms of every start, so
/// that is done only for files whose schema has another digest, to name the difference.
const NEWEST_DIGEST: &str = "031f33f7f1f185391bb84f92753155609aed2173d54b85cb86e86d6ab78d8f53";

/// Schema of the newest version.
static NEWEST: OnceCell<Schema> = OnceCell::const_new();

/// Verifies that every table and index of the file's version exists unchanged.
///
/// # Errors
/// Returns a `storage` error if something is missing or was changed.
pub(super) async fn verify(connection: &mut SqliteConnection) -> Result<()> {
    // Schema and version are read in one transaction, because another process may be migrating.
    let mut moment = connection.begin().await.map_err(failed)?;
    let found = read(&mut moment).await?;
    let Some((_, text)) = found.iter().find(|((_, name, _), _)| name == MIGRATIONS_TABLE) else { return Ok(()) };
    if std::str::from_utf8(text).is_err() {
        return Err(damaged(MIGRATIONS_TABLE));
    }
    let version: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(&mut *moment)
        .await
        .map_err(failed)?;
    moment.rollback().await.map_err(failed)?;
    let newest = MIGRATIONS.last().map_or(0, |(version, ..)| *version);
    match version.unwrap_or_default() {
        version if version == newest && digest_of(&found) == NEWEST_DIGEST => Ok(()),
        version if version == newest => compare(NEWEST.get_or_try_init(|| made(newest)).await?, &found),
        version if version < newest => compare(&made(version).await?, &found),
        // Created by a newer ElementKit; the migration reports that.
        _ => Ok(()),
    }
}

/// Returns the digest of a schema, without the tables that SQLite and sqlx add.
fn digest_of(schema: &Schema) -> String {
    let mut context = Context::new(&SHA256);
    let own = |name: &[u8]| name != MIGRATIONS_TABLE && !name.starts_with(b"sqlite_stat");
    for ((kind, name, table), text) in schema.iter().filter(|((_, name, _), _)| own(name)) {
        for part in [kind, name, table, text] {
            context.update(&u64::try_from(part.len()).unwrap_or_default().to_le_bytes());
            context.update(part);
        }
    }
    hex(context.finish().as_ref())
}

fn compare(expected: &Schema, found: &Schema) -> Result<()> {
    let differs = |(object, text): &(&(_, Vec<u8>, _), &Vec<u8>)| {
        object.1 != MIGRATIONS_TABLE && found.get(*object).is_none_or(|found| found != *text)
    };
    match expected.iter().find(differs) {
        Some(((_, name, _), _)) => Err(damaged(name)),
        None => Ok(()),
    }
}

fn damaged(name: &[u8]) -> Error {
    let message = format!("the database is damaged: its schema of {} was changed", String::from_utf8_lossy(name));
    Error::new(ErrorKind::Storage, message).with_hint("Restore the database from a backup.")
}

/// Returns the schema that the migrations up to a version produce.
async fn made(version: i64) -> Result<Schema> {
    let options = SqliteConnectOptions::new().in_memory(true);
    // A pool of one, since each in-memory connection has a separate database.
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(failed)?;
    let count = MIGRATIONS.partition_point(|(known, ..)| *known <= version);
    let run = migrator(&MIGRATIONS[..count]).run(&pool).await;
    run.map_err(|error| Error::new(ErrorKind::Internal, format!("the migrations cannot be run: {error}")))?;
    let schema = read(&mut *pool.acquire().await.map_err(failed)?).await;
    pool.close().await;
    schema
}

/// Reads the schema as bytes, since damaged text may not be valid UTF-8.
async fn read(connection: &mut SqliteConnection) -> Result<Schema> {
    const OBJECTS: &str = "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB),
        CAST(coalesce(sql, '') AS BLOB) FROM sqlite_schema";
    type Object = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);
    let objects: Vec<Object> = sqlx::query_as(OBJECTS).fetch_all(connection).await.map_err(failed)?;
    let object = |(kind, name, table, mut text): Object| {
        text.retain(|byte| !byte.is_ascii_whitespace());
        ((kind, name, table), text)
    };
    Ok(objects.into_iter().map(object).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::engine::options::EngineOptions;
    use crate::engine::store::Store;

    async fn opened(path: &Path) -> Result<()> {
        let store = Store::open(&EngineOptions::new(path)).await?;
        store.close().await;
        Ok(())
    }

    fn failed(error: std::io::Error) -> Error {
        Error::new(ErrorKind::Storage, error.to_string())
    }

    #[tokio::test]
    async fn the_digest_is_that_of_the_newest_version() -> Result<()> {
        let newest = MIGRATIONS.last().map_or(0, |(version, ..)| *version);
        assert_eq!(digest_of(&made(newest).await?), NEWEST_DIGEST, "set NEWEST_DIGEST to the left value");
        // That of a file which was used is the same.
        let folder = tempfile::tempdir().map_err(failed)?;
        let path = folder.path().join("test.db");
        opened(&path).await?;
        opened(&path).await?;
        let options = SqliteConnectOptions::new().filename(&path);
        let mut file = SqliteConnection::connect_with(&options).await.map_err(super::failed)?;
        assert_eq!(digest_of(&read(&mut file).await?), NEWEST_DIGEST);
        file.close().await.map_err(super::failed)
    }

    #[tokio::test]
    async fn a_changed_byte_in_the_schema_is_damage_wherever_it_is() -> Result<()> {
        let folder = tempfile::tempdir().map_err(failed)?;
        let path = folder.path().join("test.db");
        opened(&path).await?;
        let whole = std::fs::read(&path).map_err(failed)?;
        // A name, a type, the first letter of a constraint; invalid UTF-8 and another letter.
        for (text, offset) in [
            ("watermark_s INTEGER", 14),
            ("completed_ms INTEGER NOT NULL", 3),
            ("job_key BLOB NOT NULL", 13),
            ("UNIQUE", 0),
        ] {
            let places = whole.windows(text.len()).enumerate().filter(|(_, bytes)| *bytes == text.as_bytes());
            let places: Vec<usize> = places.map(|(at, _)| at + offset).collect();
            assert!(!places.is_empty(), "{text}");
            for (place, byte) in places.into_iter().flat_map(|place| [(place, 0xa2), (place, b'x')]) {
                let mut bytes = whole.clone();
                bytes[place] = byte;
                std::fs::write(&path, bytes).map_err(failed)?;
                let error = opened(&path).await.err().unwrap_or_else(|| panic!("{text} at {place} is {byte}"));
                assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
                assert!(error.info().hint.as_deref().is_some_and(|hint| hint.contains("backup")), "{error}");
            }
        }
        std::fs::write(&path, whole).map_err(failed)?;
        opened(&path).await
    }
}
