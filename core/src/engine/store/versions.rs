//! Tests that every earlier version of the file can be opened.

use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use super::database::{CHECK_PLACE, KEY_CHECK, LOOKUP_PLACE, MIGRATIONS, migrate};
use super::identities::{ORGANIZATION_SECRET, USER_SECRET};
use super::instances::Places;
use super::{Store, failed};
use crate::auth::Secret;
use crate::engine::options::EngineOptions;
use crate::engine::vault::{Key, MasterKey};
use crate::error::{Error, ErrorKind, Result};

/// Creates a file as that version of ElementKit left it, with an organization, a user and an instance.
async fn old_file(path: &std::path::Path, versions: usize) -> Result<SqlitePool> {
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
    .bind(data_key.seal("instances.400001.configuration", br#"{"brighttalk.api.key":"1"}"#)?)
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
        assert_eq!(found.configuration.get("brighttalk.api.key").map(String::as_str), Some("1"));
        assert_eq!((store.damage().await?, store.unreadable().await?), (vec![], vec![]));
        let row = sqlx::query("SELECT max(version) AS version, count(*) AS count FROM _sqlx_migrations");
        let row = row.fetch_one(store.readers()).await.map_err(failed)?;
        let newest = MIGRATIONS.last().map_or(0, |(version, _, _)| *version);
        assert_eq!((row.get("version"), row.get("count")), (newest, MIGRATIONS.len() as i64));
        store.close().await;
    }
    Ok(())
}
