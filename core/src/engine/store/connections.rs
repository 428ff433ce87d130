//! Access to the database in which a crashed connection and a value of another type are errors.

use async_stream::try_stream;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqlitePool, SqliteQueryResult, SqliteRow, SqliteStatement, SqliteTypeInfo};
use sqlx::{Decode, Either, Execute, Executor, SqlStr, Sqlite, Transaction, Type};

use super::failed;
use crate::error::Result;

/// The connections of a pool. If the thread of a connection dies while it returns rows, sqlx ends the stream as if it
/// were complete; here that is an error.
#[derive(Clone, Debug)]
pub(crate) struct Connections(SqlitePool);

impl Connections {
    pub fn of(pool: SqlitePool) -> Self {
        Self(pool)
    }

    pub async fn close(&self) {
        self.0.close().await;
    }

    pub async fn acquire(&self) -> sqlx::Result<PoolConnection<Sqlite>> {
        self.0.acquire().await
    }

    pub async fn begin(&self) -> sqlx::Result<Transaction<'static, Sqlite>> {
        self.0.begin().await
    }

    pub async fn begin_with(&self, statement: &'static str) -> sqlx::Result<Transaction<'static, Sqlite>> {
        self.0.begin_with(statement).await
    }
}

type Step = sqlx::Result<Either<SqliteQueryResult, SqliteRow>>;

impl<'p> Executor<'p> for &'_ Connections {
    type Database = Sqlite;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        whole(self.0.fetch_many(query))
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<SqliteRow>>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let mut steps = self.fetch_many(query);
        Box::pin(async move {
            while let Some(step) = steps.try_next().await? {
                if let Either::Right(row) = step {
                    return Ok(Some(row));
                }
            }
            Ok(None)
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [SqliteTypeInfo],
    ) -> BoxFuture<'e, sqlx::Result<SqliteStatement>>
    where
        'p: 'e,
    {
        self.0.prepare_with(sql, parameters)
    }
}

/// Passes the steps of a result through and fails if the last one is a row, because a complete result ends with a
/// summary.
fn whole<'e>(mut steps: BoxStream<'e, Step>) -> BoxStream<'e, Step> {
    Box::pin(try_stream! {
        let mut is_whole = false;
        while let Some(step) = steps.try_next().await? {
            is_whole = step.is_left();
            yield step;
        }
        if !is_whole {
            Err(sqlx::Error::WorkerCrashed)?;
        }
    })
}

/// Reads columns of a row.
pub(super) trait Columns {
    /// Returns the value of a column. Fails if the value is of another type.
    fn column<'r, T>(&'r self, name: &str) -> Result<T>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>;
}

impl Columns for SqliteRow {
    fn column<'r, T>(&'r self, name: &str) -> Result<T>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite>,
    {
        sqlx::Row::try_get(self, name).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::SqliteConnectOptions;

    use super::*;
    use crate::error::ErrorKind;

    async fn memory() -> sqlx::Result<SqlitePool> {
        SqlitePool::connect_with(SqliteConnectOptions::new().in_memory(true)).await
    }

    #[tokio::test]
    async fn a_value_of_another_type_is_an_error() -> sqlx::Result<()> {
        let pool = memory().await?;
        let row = sqlx::query("SELECT 'x' AS text, x'FF' AS bytes").fetch_one(&pool).await?;
        for error in
            [row.column::<i64>("text").err(), row.column::<&str>("bytes").err(), row.column::<i64>("missing").err()]
        {
            let error = error.unwrap_or_else(|| panic!("no error"));
            assert_eq!(error.kind(), ErrorKind::Storage);
            assert!(error.info().hint.as_deref().is_some_and(|hint| hint.contains("backup")), "{error}");
        }
        Ok(())
    }

    #[tokio::test]
    async fn a_broken_connection_is_an_error_and_not_the_end_of_rows() -> sqlx::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("test.db");
        let options = SqliteConnectOptions::new().filename(&path);
        let pool = SqlitePool::connect_with(options.clone().create_if_missing(true)).await?;
        sqlx::query("CREATE TABLE t (damaged); INSERT INTO t VALUES (1)").execute(&pool).await?;
        pool.close().await;
        // sqlx panics in the thread of the connection if the name of a column is not valid UTF-8.
        let mut bytes = std::fs::read(&path)?;
        let at = bytes.windows(7).position(|name| name == b"damaged").unwrap_or_else(|| panic!("no schema"));
        bytes[at] = 0xff;
        std::fs::write(&path, bytes)?;
        let pool = SqlitePool::connect_with(options).await?;
        let all = sqlx::query("SELECT * FROM t").fetch_all(&Connections::of(pool)).await;
        assert!(matches!(all, Err(sqlx::Error::WorkerCrashed)), "{all:?}");
        let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path)).await?;
        let one = sqlx::query("SELECT * FROM t").fetch_optional(&Connections::of(pool)).await;
        assert!(matches!(one, Err(sqlx::Error::WorkerCrashed)), "{:?}", one.is_ok());
        Ok(())
    }
}
