//! Inspection of a file before it is used: rejects foreign and damaged databases.

use std::path::Path;

use backon::Retryable;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use super::database::{briefly_busy, failed, patience};
use super::schema;
use crate::error::{Error, ErrorKind, Result};

/// SQLite's code for a change that a writing connection must roll back first.
const READONLY_ROLLBACK: &str = "776";

/// Rejects a foreign database, whose journal mode it keeps, and a database whose schema was changed.
pub(super) async fn inspect(path: &Path) -> Result<()> {
    let mut connection = match connect(path).await {
        Err(error)
            if error.as_database_error().and_then(|error| error.code()).as_deref() == Some(READONLY_ROLLBACK) =>
        {
            roll_back(path).await.map_err(failed)?;
            connect(path).await
        }
        outcome => outcome,
    }
    .map_err(failed)?;
    if is_foreign(&mut connection).await.map_err(failed)? {
        let message = format!("{} is a database of another program; nothing in it was changed", path.display());
        return Err(Error::new(ErrorKind::Storage, message).with_hint("Give ElementKit a file of its own."));
    }
    schema::verify(&mut connection).await?;
    connection.close().await.map_err(failed)
}

/// Opens a read-only connection and reads once, because SQLite does not examine the file before.
async fn connect(path: &Path) -> sqlx::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    let attempt = || {
        let options = options.clone();
        async move {
            let mut connection = SqliteConnection::connect_with(&options).await?;
            is_foreign(&mut connection).await?;
            Ok(connection)
        }
    };
    attempt.retry(patience()).when(briefly_busy()).await
}

/// Returns whether the file has tables but not the one that a new database creates first.
async fn is_foreign(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    const FOREIGN: &str =
        "SELECT count(*) > 0 AND sum(name = '_sqlx_migrations') = 0 FROM sqlite_schema WHERE type = 'table'";
    sqlx::query_scalar(FOREIGN).fetch_one(connection).await
}

/// Makes SQLite roll back the incomplete write of a process that was killed, as any process that opens the file next
/// does. A process that is killed while it creates the file leaves it in that state.
async fn roll_back(path: &Path) -> sqlx::Result<()> {
    let options = SqliteConnectOptions::new().filename(path);
    let attempt = || {
        let options = options.clone();
        async move {
            let mut connection = SqliteConnection::connect_with(&options).await?;
            is_foreign(&mut connection).await?;
            connection.close().await
        }
    };
    attempt.retry(patience()).when(briefly_busy()).await
}
