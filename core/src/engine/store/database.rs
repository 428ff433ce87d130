//! Opening of the database file: durability, versions, keys and actionable errors.

use std::borrow::Cow;
use std::path::Path;
use std::time::{Duration, Instant};

use backon::{ConstantBuilder, Retryable};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Connection, SqlSafeStr, SqliteConnection};

use super::connections::{Columns, Connections};
use super::inspect::inspect;
use crate::engine::options::EngineOptions;
use crate::engine::vault::{Key, MasterKey, open_failed};
use crate::error::{Error, ErrorKind, Result};
use crate::private;

pub(super) struct Opened {
    pub writer: Connections,
    pub readers: Connections,
}

/// All migrations in order; there are no down migrations.
pub(super) const MIGRATIONS: [(i64, &str, &str); 16] = [
    (1, "initial", include_str!("../../../migrations/0001_initial.sql")),
    (2, "definitions", include_str!("../../../migrations/0002_definitions.sql")),
    (3, "sessions and usage", include_str!("../../../migrations/0003_sessions_and_usage.sql")),
    (4, "callbacks", include_str!("../../../migrations/0004_callbacks.sql")),
    (5, "instances", include_str!("../../../migrations/0005_instances.sql")),
    (6, "key generations", include_str!("../../../migrations/0006_key_generations.sql")),
    (7, "sorted jobs", include_str!("../../../migrations/0007_sorted_jobs.sql")),
    (8, "connected instances", include_str!("../../../migrations/0008_connected_instances.sql")),
    (9, "job failures", include_str!("../../../migrations/0009_job_failures.sql")),
    (10, "partitions", include_str!("../../../migrations/0010_partitions.sql")),
    (11, "partition keys", include_str!("../../../migrations/0011_partition_keys.sql")),
    (12, "logins", include_str!("../../../migrations/0012_logins.sql")),
    (13, "elements", include_str!("../../../migrations/0013_elements.sql")),
    (14, "formulas", include_str!("../../../migrations/0014_formulas.sql")),
    (15, "vdrs", include_str!("../../../migrations/0015_vdrs.sql")),
    (16, "secrets", include_str!("../../../migrations/0016_secrets.sql")),
];

const READERS: u32 = 4;

/// Number of retries, and the pause between them, while another process creates the same file.
const RETRIES: usize = 20;
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// Time limit for a change to wait for another process that has locked the database.
const BUSY_LIMIT: Duration = Duration::from_secs(5);

/// Time limit for a call to wait for earlier changes of this process. A call that cannot be run fails within the sum
/// of both limits.
const QUEUE_LIMIT: Duration = Duration::from_secs(15);

/// Time limit for a returned connection to respond; it may still be finishing an abandoned statement.
const LIFE_SIGN: Duration = Duration::from_secs(5);

pub(super) async fn open(path: &Path) -> Result<Opened> {
    #[cfg(unix)]
    super::forks::prepare();
    create_private(path)?;
    inspect(path).await?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // A confirmed commit survives a power failure.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_LIMIT)
        .pragma("secure_delete", "ON")
        .optimize_on_close(true, None);
    // Connections are local, so they need neither be tested before use nor replaced regularly. A connection whose
    // thread has died may never respond, so its end is not awaited either.
    let pool = || {
        let options = SqlitePoolOptions::new().test_before_acquire(false).acquire_timeout(QUEUE_LIMIT);
        options.idle_timeout(None).max_lifetime(None).after_release(|connection, _| Box::pin(is_alive(connection)))
    };
    // On a full disk SQLite rolls a transaction back by itself, and sqlx considers the connection in it permanently.
    let writer = pool()
        .max_connections(1)
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }));
    let writer = (|| writer.clone().connect_with(options.clone()))
        .retry(patience())
        .when(briefly_busy())
        .await
        .map_err(failed)?;
    migrate(&writer, &MIGRATIONS).await?;
    let readers = pool().max_connections(READERS).connect_lazy_with(options.read_only(true));
    Ok(Opened { writer: Connections::of(writer), readers: Connections::of(readers) })
}

/// Returns whether a returned connection can be reused. An error drops it without notifying its thread.
async fn is_alive(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    match tokio::time::timeout(LIFE_SIGN, connection.ping()).await {
        Ok(answer) => answer.map(|()| true),
        Err(_) => Err(sqlx::Error::WorkerCrashed),
    }
}

/// Returns the retry policy for a file that two processes create at once: SQLite does not wait while one of them
/// turns on the write-ahead log.
pub(super) fn patience() -> ConstantBuilder {
    ConstantBuilder::default().with_delay(RETRY_PAUSE).with_max_times(RETRIES)
}

/// Creates the file so that only its owner may read it, because it contains personal data; SQLite gives its side
/// files the same mode. An existing file is not opened, since closing it would release SQLite's locks on it in this
/// process.
pub(super) fn create_private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    private::for_owner(options.write(true).create_new(true));
    let unusable = |error: std::io::Error| {
        Error::new(ErrorKind::Storage, format!("the database {} cannot be opened: {error}", path.display()))
            .with_hint("Choose a path that exists and is writable.")
    };
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(unusable(error)),
        _ => Ok(()),
    }
}

/// Returns a migrator that runs these migrations.
pub(super) fn migrator(migrations: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
        let sql = AssertSqlSafe(*sql).into_sql_str();
        Migration::new(*version, Cow::Borrowed(*name), MigrationType::Simple, sql, false)
    };
    let migrations: Vec<Migration> = migrations.iter().map(migration).collect();
    Migrator { migrations: Cow::Owned(migrations), ..Migrator::DEFAULT }
}

pub(super) async fn migrate(pool: &SqlitePool, migrations: &[(i64, &'static str, &'static str)]) -> Result<()> {
    let migrator = migrator(migrations);
    // If two processes open a new file at the same time, one of them fails halfway because the other was first.
    let mut outcome = migrator.run(pool).await;
    for _ in 0..RETRIES {
        if !matches!(outcome, Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..))) {
            break;
        }
        tokio::time::sleep(RETRY_PAUSE).await;
        outcome = migrator.run(pool).await;
    }
    outcome.map_err(|error| match error {
        MigrateError::VersionMissing(version) => Error::new(
            ErrorKind::Storage,
            format!(
                "the database is of a newer version ({version}) than this ElementKit knows ({})",
                MIGRATIONS.map(|known| known.0).iter().max().copied().unwrap_or_default()
            ),
        )
        .with_hint("Update ElementKit; nothing in the database was changed."),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => failed(error),
        other => Error::new(ErrorKind::Storage, format!("the database cannot be brought up to date: {other}")),
    })
}

pub(super) const KEY_CHECK: &str = "elementkit vault";
pub(super) const CHECK_PLACE: &str = "vault.key_check";
pub(super) const LOOKUP_PLACE: &str = "vault.lookup_key";

/// The keys of a database.
pub(super) struct Keys {
    pub master: MasterKey,
    /// Hashes secrets for lookup.
    pub lookup: Key,
    /// Number of rotations of the master key when this key was read.
    pub generation: i64,
}

/// Returns the keys of the database, which are created for a new database.
pub(super) async fn keys(opened: &Opened, options: &EngineOptions) -> Result<Keys> {
    let mut connection = opened.writer.acquire().await.map_err(failed)?;
    if vault_row(&mut connection).await?.is_none() {
        make_keys(&mut connection, options).await?;
    }
    let row = vault_row(&mut connection).await?.ok_or_else(|| open_failed("the vault"))?;
    let master = recorded_master(&row, options).await?;
    if opens(&master, &row)? && matches!(master.left_over(), Ok(None)) {
        return keys_of(master, &row);
    }
    // Another process may be rotating the key, which it does in one transaction. The write lock excludes that, and
    // then a key left beside the master key shows how the last rotation ended.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let row = vault_row(&mut transaction).await?.ok_or_else(|| open_failed("the vault"))?;
    let master = settled(recorded_master(&row, options).await?, &row)?;
    transaction.commit().await.map_err(failed)?;
    keys_of(master, &row)
}

/// Creates the keys of a new database. If another process is first, its keys are kept.
async fn make_keys(connection: &mut SqliteConnection, options: &EngineOptions) -> Result<()> {
    let master = MasterKey::find_or_create(options).await?;
    let check = master.key.seal(CHECK_PLACE, KEY_CHECK.as_bytes())?;
    let lookup = master.key.wrap(LOOKUP_PLACE, &Key::random()?)?;
    sqlx::query("INSERT INTO vault (id, key_source, key_check, lookup_key) VALUES (1, ?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(master.source.describe())
        .bind(check)
        .bind(lookup)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    let row = vault_row(connection).await?.ok_or_else(|| open_failed("the vault"))?;
    master.forget_unless(row.column("key_source")?);
    Ok(())
}

async fn vault_row(connection: &mut SqliteConnection) -> Result<Option<SqliteRow>> {
    let query = sqlx::query("SELECT key_source, key_check, lookup_key, generation FROM vault");
    query.fetch_optional(connection).await.map_err(failed)
}

const RIGHT_KEY: &str = "Use the key that the database was created with.";

/// Returns the key at the location that the row records or the options name.
async fn recorded_master(row: &SqliteRow, options: &EngineOptions) -> Result<MasterKey> {
    let recorded: String = row.column("key_source")?;
    MasterKey::find(options, &recorded).await.map_err(|error| match error.kind() {
        ErrorKind::Storage => {
            Error::new(ErrorKind::Storage, format!("{} (the database was created with {recorded})", error.message()))
                .with_hint(error.info().hint.as_deref().unwrap_or(RIGHT_KEY))
        }
        _ => error,
    })
}

fn keys_of(master: MasterKey, row: &SqliteRow) -> Result<Keys> {
    let lookup = master.key.unwrap_key(LOOKUP_PLACE, row.column("lookup_key")?)?;
    Ok(Keys { master, lookup, generation: row.column("generation")? })
}

fn opens(master: &MasterKey, row: &SqliteRow) -> Result<bool> {
    Ok(master.key.open(CHECK_PLACE, row.column("key_check")?).is_some())
}

/// Returns the key that opens the file, after finishing or undoing an interrupted rotation. The caller must hold the
/// write lock, because the successor key of a rotation in progress must not be touched.
fn settled(master: MasterKey, row: &SqliteRow) -> Result<MasterKey> {
    let left_over = master.left_over().ok().flatten();
    if opens(&master, row)? {
        // If it cannot be removed, it stays; the next rotation needs the same location and reports it.
        let _ = left_over.map(|successor| successor.discard());
        return Ok(master);
    }
    match left_over {
        Some(successor) if opens(&successor, row)? => successor.take_over(),
        _ => {
            let (given, recorded): (String, String) = (master.source.describe(), row.column("key_source")?);
            let message =
                format!("the vault key of {given} is not the one of this database, which was created with {recorded}");
            Err(Error::new(ErrorKind::Storage, message).with_hint(RIGHT_KEY))
        }
    }
}

/// Converts a database error and adds a hint about what to do.
pub(crate) fn failed(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::PoolTimedOut => return Error::new(ErrorKind::Server, "the engine is overloaded"),
        sqlx::Error::PoolClosed => return Error::new(ErrorKind::Closed, "the engine was closed"),
        _ => {}
    }
    // Another process was suspended in the middle of a change, or is slow.
    if matches!(primary_code(&error), BUSY | LOCKED) {
        return Error::new(ErrorKind::Server, "another process has locked the database")
            .with_hint("Try again; if the problem persists, look for a stopped process that has the database open.");
    }
    if matches!(
        error,
        sqlx::Error::WorkerCrashed
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::Decode(_)
    ) {
        return Error::new(ErrorKind::Storage, format!("the database is damaged: {error}")).with_hint(DAMAGED);
    }
    let hint = match primary_code(&error) {
        8 => "The database or its folder cannot be written; change its permissions.",
        10 | 13 => "Free some space on the disk and try again; nothing was lost.",
        11 | 26 => DAMAGED,
        14 => "Choose a path that exists and is writable.",
        _ => "Try again; if the problem persists, report it.",
    };
    Error::new(ErrorKind::Storage, format!("the database failed: {error}")).with_hint(hint)
}

const DAMAGED: &str = "The file is damaged or not a database of ElementKit; restore it from a backup.";

const BUSY: u32 = 5;
const LOCKED: u32 = 6;

pub(super) fn briefly_busy() -> impl FnMut(&sqlx::Error) -> bool {
    let until = Instant::now() + BUSY_LIMIT;
    move |error| primary_code(error) == BUSY && Instant::now() < until
}

/// Returns the low byte of SQLite's result code (sqlite.org/rescode.html), or 0 if the error is not SQLite's.
fn primary_code(error: &sqlx::Error) -> u32 {
    let sqlx::Error::Database(error) = error else { return 0 };
    error.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or_default() & 0xff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::failure::Failure;

    #[test]
    fn an_engine_that_is_overloaded_or_closing_says_when_to_ask_again() {
        for (error, status, retry_after) in [
            (sqlx::Error::PoolTimedOut, 503, Some(1)),
            (sqlx::Error::PoolClosed, 503, Some(1)),
            (sqlx::Error::RowNotFound, 507, None),
        ] {
            let failure = Failure::from(failed(error));
            assert_eq!((failure.status.as_u16(), failure.retry_after_seconds), (status, retry_after));
        }
    }
}
