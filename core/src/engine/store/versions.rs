//! Tests that every earlier version of the file can be opened.

use std::path::Path;

use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use super::database::{CHECK_PLACE, KEY_CHECK, LOOKUP_PLACE, MIGRATIONS, migrate};
use super::identities::{ORGANIZATION_SECRET, USER_SECRET};
use super::instances::Places;
use super::{Store, failed};
use crate::auth::Secret;
use crate::engine::bulk::segment_path;
use crate::engine::options::EngineOptions;
use crate::engine::vault::{Key, MasterKey};
use crate::error::{Error, ErrorKind, Result};

/// Creates a file as that version of ElementKit left it, with an organization, a user and an instance.
async fn old_file(path: &Path, versions: usize) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(true);
    let pool = SqlitePool::connect_with(options).await.map_err(failed)?;
    migrate(&pool, &MIGRATIONS[..versions]).await?;
    let master = MasterKey::find_or_create(&EngineOptions::new(path)).await?.key;
    let (lookup, data_key) = (Key::random()?, Key::random()?);
    let places = Places::of(400_001);
    sqlx::query("INSERT INTO vault (id, key_source, key_check, lookup_key) VALUES (1, 'a file', ?, ?)")
        .bind(master.seal(CHECK_PLACE, KEY_CHECK.as_bytes())?)
        .bind(master.wrap(LOOKUP_PLACE, &lookup)?)
        .execute(&pool)
        .await
        .map_err(failed)?;
    sqlx::query("INSERT INTO organizations (id, name, secret_hash, secret) VALUES (1, 'O', ?, ?)")
        .bind(lookup.hash(ORGANIZATION_SECRET, "organization"))
        .bind(master.seal(ORGANIZATION_SECRET, b"organization")?)
        .execute(&pool)
        .await
        .map_err(failed)?;
    sqlx::query("INSERT INTO accounts (id, organization_id, name, is_default, created_s) VALUES (1, 1, 'A', 1, 1)")
        .execute(&pool)
        .await
        .map_err(failed)?;
    sqlx::query(
        "INSERT INTO users (id, account_id, email, first_name, last_name, secret_hash, secret, created_s)
         VALUES (1, 1, 'a@b', 'A', 'B', ?, ?, 1)",
    )
    .bind(lookup.hash(USER_SECRET, "user"))
    .bind(master.seal(USER_SECRET, b"user")?)
    .execute(&pool)
    .await
    .map_err(failed)?;
    sqlx::query(
        "INSERT INTO instances (id, account_id, user_id, element_id, name, tags, data_key, configuration, token_hash,
         token, created_s) VALUES (400001, 1, 1, 184, 'old', '[]', ?, ?, ?, ?, 1)",
    )
    .bind(master.wrap(&places.data_key, &data_key)?)
    .bind(data_key.seal("instances.400001.configuration", br#"{"acme.api.key":"1"}"#)?)
    .bind(lookup.hash("instances.token", "token"))
    .bind(data_key.seal("instances.400001.token", b"token")?)
    .execute(&pool)
    .await
    .map_err(failed)?;
    Ok(pool)
}

#[tokio::test]
async fn every_version_is_brought_up_to_date_and_keeps_its_content() -> Result<()> {
    for versions in 1..=MIGRATIONS.len() {
        let folder = tempfile::tempdir().map_err(|error| Error::new(ErrorKind::Storage, error.to_string()))?;
        let path = folder.path().join("old.db");
        old_file(&path, versions).await?.close().await;
        let store = Store::open(&EngineOptions::new(&path)).await?;
        let (user, organization) =
            store.first_credentials().await?.ok_or_else(|| Error::new(ErrorKind::Internal, "no user"))?;
        assert_eq!((user.expose(), organization.expose()), ("user", "organization"), "version {versions}");
        assert!(store.user_by_secret(&Secret::new("user")).await?.is_some());
        let found = store.instance_by_token(&Secret::new("token")).await?;
        let found = found.ok_or_else(|| Error::new(ErrorKind::Internal, "no instance"))?;
        assert_eq!((found.id, found.name.as_str()), (400_001, "old"));
        assert_eq!(found.configuration.get("acme.api.key").map(String::as_str), Some("1"));
        assert_eq!((store.damage().await?, store.unreadable().await?), (vec![], vec![]));
        let row = sqlx::query("SELECT max(version) AS version, count(*) AS count FROM _sqlx_migrations");
        let row = row.fetch_one(store.readers()).await.map_err(failed)?;
        let newest = MIGRATIONS.last().map_or(0, |(version, _, _)| *version);
        assert_eq!((row.get("version"), row.get("count")), (newest, MIGRATIONS.len() as i64));
        store.close().await;
    }
    Ok(())
}

/// Returns the statement that copies a table of the current version, which may have more columns.
async fn copy_of(connection: &mut sqlx::SqliteConnection, table: &str) -> Result<String> {
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info(?, 'main')")
        .bind(table)
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    let columns = columns.join(", ");
    Ok(format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM current.{table}"))
}

/// Number of the versions before partitions had keys of text.
const BEFORE_KEYS: usize = 10;

/// Writes a file of that version with the content of a current one, whose partitions have one id or two.
pub(crate) async fn before_keys(current: &Path, old: &Path) -> Result<()> {
    let options = SqliteConnectOptions::new().filename(old).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await.map_err(failed)?;
    migrate(&pool, &MIGRATIONS[..BEFORE_KEYS]).await?;
    let mut connection = pool.acquire().await.map_err(failed)?;
    let run = async |connection: &mut sqlx::SqliteConnection, sql: String| {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(connection).await.map(drop).map_err(failed)
    };
    run(&mut connection, format!("ATTACH DATABASE '{}' AS current", current.display())).await?;
    run(&mut connection, "PRAGMA foreign_keys = OFF".to_owned()).await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name <> '_sqlx_migrations'
         AND (name NOT LIKE 'sqlite_%' OR name = 'sqlite_sequence')
         AND name NOT IN ('parents', 'segments', 'row_errors') ORDER BY name = 'sqlite_sequence'",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed)?;
    for table in tables {
        run(&mut connection, format!("DELETE FROM main.{table}")).await?;
        let copy = copy_of(&mut connection, &table).await?;
        run(&mut connection, copy).await?;
    }
    // The two ids in a key, 0 if absent. A sorted result has none; a list of an earlier job has the ordinal that it had.
    let ids = "(CASE WHEN ordinal < 0 THEN -1 ELSE CAST(key AS INTEGER) END) AS channel_id,
        (CASE WHEN instr(key, '/') > 0 THEN CAST(substr(key, instr(key, '/') + 1) AS INTEGER) ELSE 0 END) AS child_id";
    let key_of = "(SELECT key FROM current.partitions AS list WHERE list.ordinal = part.ordinal
        AND list.job_id <= part.job_id ORDER BY list.job_id DESC LIMIT 1)";
    run(
        &mut connection,
        format!(
            "INSERT INTO main.parents SELECT job_id, channel_id, child_id, state, scan, cursor, restarted, rows_read,
             rows_written, rows_ignored, rows_failed, duplicates, bytes, additional, since, failed_from_s, problem,
             message FROM (SELECT *, {ids} FROM current.partitions)"
        ),
    )
    .await?;
    run(
        &mut connection,
        format!(
            "INSERT INTO main.segments SELECT job_id, channel_id, child_id, sequence, epoch, frames, length
             FROM (SELECT *, {ids} FROM (SELECT *, coalesce({key_of}, '') AS key FROM current.segments AS part))"
        ),
    )
    .await?;
    run(
        &mut connection,
        format!(
            "INSERT INTO main.row_errors (job_id, id, channel_id, child_id, detail)
             SELECT job_id, id, channel_id, child_id, detail
             FROM (SELECT *, {ids} FROM (SELECT *, {key_of} AS key FROM current.row_errors AS part))"
        ),
    )
    .await?;
    drop(connection);
    pool.close().await;
    Ok(())
}

/// Returns all rows of a query as text, with its columns separated by spaces.
async fn lines(pool: &SqlitePool, table: &str, columns: &[&str], order: &str) -> Result<Vec<String>> {
    let columns: Vec<String> = columns.iter().map(|column| format!("coalesce({column}, '-')")).collect();
    let sql = format!("SELECT {} FROM {table} ORDER BY {order}", columns.join(" || ' ' || "));
    sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(pool).await.map_err(failed)
}

// long: rows in every state, and those that become of them.
#[tokio::test]
async fn partitions_keep_their_order_progress_and_files() -> Result<()> {
    let folder = tempfile::tempdir().map_err(|error| Error::new(ErrorKind::Storage, error.to_string()))?;
    let path = folder.path().join("old.db");
    let pool = old_file(&path, BEFORE_KEYS).await?;
    let old = "
        INSERT INTO jobs (id, instance_id, object, spec, job_key, status, phase, created_ms, updated_ms) VALUES
            (1, 400001, 'x', '', '', 'ABORTED', 'finished', 0, 0), (2, 400001, 'x', '', '', 'COMPLETED', 'finished', 0, 0),
            (3, 400001, 'x', '', '', 'RUNNING', 'reading', 0, 0);
        INSERT INTO parents VALUES
            (1, 8, 1000, 'pending', 1, 'cursor', 1, 9, 8, 7, 6, 5, 4, '[\"x\"]', '', -3, NULL, NULL),
            (1, 8, 300, 'done', 2, NULL, 0, 1, 2, 3, 4, 5, 6, '[]', '2030-01-01', NULL, NULL, NULL),
            (1, 7, 0, 'unlisted', 0, NULL, 0, 0, 0, 0, 0, 0, 0, '[]', NULL, NULL, 'forbidden', 'refused'),
            (1, 9, 0, 'relisting', 0, NULL, 0, 0, 0, 0, 0, 0, 0, '[]', NULL, NULL, NULL, NULL),
            (1, 10, 5, 'skipped', 0, NULL, 0, 0, 0, 0, 0, 0, 0, '[]', NULL, NULL, 'not-found', NULL),
            (1, 10, 40, 'absent', 0, NULL, 0, 0, 0, 0, 0, 0, 0, '[]', NULL, NULL, NULL, NULL),
            (1, 9, 77, 'expected', 0, NULL, 0, 0, 0, 0, 0, 0, 0, '[]', '', NULL, NULL, NULL),
            (2, 0, 0, 'done', 1, NULL, 0, 1, 1, 0, 0, 0, 0, '[]', NULL, NULL, NULL, NULL),
            (3, 0, 5, 'pending', 0, NULL, 0, 1, 1, 0, 0, 0, 0, '[]', NULL, NULL, NULL, NULL);
        INSERT INTO segments VALUES (1, 8, 1000, 1, 4, 5, 6), (1, 8, 300, 1, 1, 2, 3), (1, 8, 300, 2, 2, 3, 4),
            (1, 6, 1, 1, 1, 1, 1), (2, -1, 0, 7, 1, 8, 9), (3, 0, 5, 1, 1, 1, 1);
        INSERT INTO row_errors (id, job_id, channel_id, child_id, detail) VALUES
            (3, 1, 8, 1000, 'a'), (5, 1, 8, 300, 'b'), (9, 1, 8, 300, 'c');
        DELETE FROM row_errors WHERE id = 9;";
    sqlx::raw_sql(old).execute(&pool).await.map_err(failed)?;
    pool.close().await;

    let store = Store::open(&EngineOptions::new(&path)).await?;
    assert_eq!(store.damage().await?, Vec::<String>::new());
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&path)).await.map_err(failed)?;
    let columns = [
        "job_id",
        "key",
        "ordinal >> 32",
        "state",
        "scan",
        "cursor",
        "restarted",
        "rows_read",
        "rows_written",
        "rows_ignored",
        "rows_failed",
        "duplicates",
        "bytes",
        "additional",
        "since",
        "failed_from_s",
        "problem",
        "message",
    ];
    assert_eq!(
        lines(&pool, "partitions", &columns, "job_id, ordinal").await?,
        [
            "1 9/77 - expected 0 - 0 0 0 0 0 0 0 []  - - -",
            "1 7 2 unlisted 0 - 0 0 0 0 0 0 0 [] - - forbidden refused",
            "1 8/300 3 done 2 - 0 1 2 3 4 5 6 [] 2030-01-01 - - -",
            "1 8/1000 4 pending 1 cursor 1 9 8 7 6 5 4 [\"x\"]  -3 - -",
            "1 9 5 relisting 0 - 0 0 0 0 0 0 0 [] - - - -",
            "1 10/5 6 skipped 0 - 0 0 0 0 0 0 0 [] - - not-found -",
            "1 10/40 7 absent 0 - 0 0 0 0 0 0 0 [] - - - -",
            "2  2 done 1 - 0 1 1 0 0 0 0 [] - - - -",
            "3 0/5 1 pending 0 - 0 1 1 0 0 0 0 [] - - - -",
        ]
    );
    assert_eq!(
        lines(&pool, "row_errors", &["id", "job_id", "ordinal >> 32", "detail"], "id").await?,
        ["3 1 4 a", "5 1 3 b"]
    );
    let next = "INSERT INTO row_errors (job_id, ordinal, detail) VALUES (1, 1, '') RETURNING id";
    let next: i64 = sqlx::query_scalar(next).fetch_one(&pool).await.map_err(failed)?;
    assert_eq!(next, 10, "no id is used twice");
    pool.close().await;

    let mut files = Vec::new();
    for job in 1..=3 {
        for row in store.segments(job, None).await? {
            let path = segment_path(Path::new(""), &row);
            files.push(format!(
                "{job} {} {} {} {} {}",
                path.display(),
                row.name(),
                row.ordinal >> 32,
                row.frames,
                row.length
            ));
        }
    }
    assert_eq!(
        files,
        [
            "1 6-1-1-1.segment 6/1 1 1 1",
            "1 8-300-1-1.segment 8/300 3 2 3",
            "1 8-300-2-2.segment 8/300 3 3 4",
            "1 8-1000-1-4.segment 8/1000 4 5 6",
            "2 -1-0-7-1.segment -1/0 -1 8 9",
            "3 0-5-1-1.segment 0/5 1 1 1",
        ]
    );
    let keys = store.partitions(1).await?.into_iter().map(|row| row.key.to_string());
    assert_eq!(keys.collect::<Vec<_>>(), ["7", "8/300", "8/1000", "9", "9/77", "10/5", "10/40"]);
    store.close().await;
    Ok(())
}
