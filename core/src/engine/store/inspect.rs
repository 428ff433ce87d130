//! The look into a file before it is used: a database of something else is left alone, and a damaged one is refused.

use std::path::Path;

use backon::Retryable;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};

use super::database::{briefly_busy, failed, patience};
use super::schema;
use crate::error::{Error, ErrorKind, Result};

/// SQLite's code for a change that must be rolled back by a connection that may write.
const READONLY_ROLLBACK: &str = "776";

/// Refuses a database of something else, with its journal mode as it was, and one whose schema was changed.
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
        let message = format!("{} is a database of something else; nothing in it was changed", path.display());
        return Err(Error::new(ErrorKind::Storage, message).with_hint("Give ElementKit a file of its own."));
    }
    schema::verify(&mut connection).await?;
    connection.close().await.map_err(failed)
}

/// Connects for reading and reads once, which is when SQLite finds out about the file.
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

/// Whether there are tables, but not the one that is made first in a new file.
async fn is_foreign(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    const FOREIGN: &str =
        "SELECT count(*) > 0 AND sum(name = '_sqlx_migrations') = 0 FROM sqlite_schema WHERE type = 'table'";
    sqlx::query_scalar(FOREIGN).fetch_one(connection).await
}

/// Has SQLite roll back what a process had begun to write when it was killed, as whatever opens the file next does. A
/// process that is killed while it makes the file leaves it like that.
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
