//! Opening the file: durability, versions, keys, and errors people can act on.

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

/// Every migration, forward only, in order.
pub(super) const MIGRATIONS: [(i64, &str, &str); 10] = [
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
];

const READERS: u32 = 4;

/// How often a new file is tried again that another process is just making, and how long that waits in between.
const RETRIES: usize = 20;
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// How long a change waits for another process that holds the database.
const BUSY_LIMIT: Duration = Duration::from_secs(5);

/// How long a call waits for the changes of this process that are ahead of it. A call that cannot be made is refused
/// within the sum of both.
const QUEUE_LIMIT: Duration = Duration::from_secs(15);

/// How long a connection may take to answer when it is returned: it may still be ending a statement that was given up.
const LIFE_SIGN: Duration = Duration::from_secs(5);

pub(super) async fn open(path: &Path) -> Result<Opened> {
    #[cfg(unix)]
    super::forks::prepare();
    create_private(path)?;
    inspect(path).await?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit that was answered survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_LIMIT)
        .pragma("secure_delete", "ON")
        .optimize_on_close(true, None);
    // There is no network between, so a connection need not be asked whether it is still there, nor made anew from time to
    // time. What was asked of one whose thread has died may never be answered, so its end is not waited for either.
    let pool = || {
        let options = SqlitePoolOptions::new().test_before_acquire(false).acquire_timeout(QUEUE_LIMIT);
        options.idle_timeout(None).max_lifetime(None).after_release(|connection, _| Box::pin(is_alive(connection)))
    };
    // On a full disk SQLite ends a transaction by itself and the connection still believes to be in it, for good.
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

/// Whether a connection that is returned can be used again; an error drops it without a word to its thread.
async fn is_alive(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    match tokio::time::timeout(LIFE_SIGN, connection.ping()).await {
        Ok(answer) => answer.map(|()| true),
        Err(_) => Err(sqlx::Error::WorkerCrashed),
    }
}

/// SQLite does not wait by itself where two processes find a new file at once, and one turns on its write-ahead log.
pub(super) fn patience() -> ConstantBuilder {
    ConstantBuilder::default().with_delay(RETRY_PAUSE).with_max_times(RETRIES)
}

/// Personal data lies in it, so only the owner may read it; SQLite gives its side files the same mode. A file that is
/// there is not opened: closing it again would end the locks that SQLite holds on it in this process.
pub(super) fn create_private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    private::for_owner(options.write(true).create_new(true));
    let unusable = |error: std::io::Error| {
        Error::new(ErrorKind::Storage, format!("the database {} cannot be opened: {error}", path.display()))
            .with_hint("Choose a place that exists and can be written.")
    };
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(unusable(error)),
        _ => Ok(()),
    }
}

/// Runs these migrations.
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
    // Two processes may open a new file at the same time; then one finds half-way that the other was first.
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
    /// Hashes secrets for look-up.
    pub lookup: Key,
    /// How often the master key had been changed when it was found.
    pub generation: i64,
}

/// The keys of the database; a new database gets new ones.
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
    // Another process may be changing the key, which it does in one transaction. Once that has ended, so that none can be
    // under way, what lies beside the key tells how it ended.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let row = vault_row(&mut transaction).await?.ok_or_else(|| open_failed("the vault"))?;
    let master = settled(recorded_master(&row, options).await?, &row)?;
    transaction.commit().await.map_err(failed)?;
    keys_of(master, &row)
}

/// The keys of a new database. Another process may be first; then its keys stay.
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

const RIGHT_KEY: &str = "Give the key the database was made with.";

/// The key that is where the row says, or where the caller says.
async fn recorded_master(row: &SqliteRow, options: &EngineOptions) -> Result<MasterKey> {
    let recorded: String = row.column("key_source")?;
    MasterKey::find(options, &recorded).await.map_err(|error| match error.kind() {
        ErrorKind::Storage => {
            Error::new(ErrorKind::Storage, format!("{} (the database was made with {recorded})", error.message()))
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

/// The key that opens the file, after a change of keys that ended early is finished or undone. Only for who holds the
/// lock for writing: the successor of a change that is under way must not be touched.
fn settled(master: MasterKey, row: &SqliteRow) -> Result<MasterKey> {
    let left_over = master.left_over().ok().flatten();
    if opens(&master, row)? {
        // It stays where it cannot be removed; the next change of keys needs its place and says so.
        let _ = left_over.map(|successor| successor.discard());
        return Ok(master);
    }
    match left_over {
        Some(successor) if opens(&successor, row)? => successor.take_over(),
        _ => {
            let (given, recorded): (String, String) = (master.source.describe(), row.column("key_source")?);
            let message =
                format!("the vault key of {given} is not the one of this database, which was made with {recorded}");
            Err(Error::new(ErrorKind::Storage, message).with_hint(RIGHT_KEY))
        }
    }
}

/// What the database did, with what to do about it.
pub(crate) fn failed(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::PoolTimedOut => return Error::new(ErrorKind::Server, "the engine is overloaded"),
        sqlx::Error::PoolClosed => return Error::new(ErrorKind::Closed, "the engine was closed"),
        _ => {}
    }
    // A process that is stopped in the middle of a change, or that takes its time.
    if matches!(primary_code(&error), BUSY | LOCKED) {
        return Error::new(ErrorKind::Server, "another process holds the database")
            .with_hint("Try again; if it stays, look for a process that is stopped while it has the database open.");
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
        14 => "Choose a place that exists and can be written.",
        _ => "Try again; if it stays, report it.",
    };
    Error::new(ErrorKind::Storage, format!("the database failed: {error}")).with_hint(hint)
}

const DAMAGED: &str = "The file is damaged or no database of ElementKit; restore it from a backup.";

const BUSY: u32 = 5;
const LOCKED: u32 = 6;

pub(super) fn briefly_busy() -> impl FnMut(&sqlx::Error) -> bool {
    let until = Instant::now() + BUSY_LIMIT;
    move |error| primary_code(error) == BUSY && Instant::now() < until
}

/// The low byte of SQLite's result code (sqlite.org/rescode.html); 0 where it is not SQLite that failed.
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
