//! Instances, each with its secrets sealed by its own key.

use std::collections::BTreeMap;
use std::fmt;

use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, QueryBuilder, Sqlite, SqliteConnection, SqliteExecutor};

use super::connections::Columns;
use super::identities::open_text;
use super::logins::{open_acquired, seal_acquired};
use super::{Store, elements, failed};
use crate::auth::Secret;
use crate::engine::vault::{Key, open_failed};
use crate::error::Result;

/// An instance with its secrets opened.
#[derive(Clone)]
pub(crate) struct InstanceRow {
    pub id: i64,
    pub account_id: i64,
    pub user_id: i64,
    pub element_id: i64,
    pub name: String,
    pub tags: Vec<String>,
    /// Plain text; never printed.
    pub configuration: BTreeMap<String, String>,
    /// Values that logins and scripts acquired, which take precedence. Plain text; never printed.
    pub acquired: BTreeMap<String, String>,
    /// Number of changes of the acquired values.
    pub acquired_version: i64,
    /// Number of logins that stored acquired values.
    pub login_generation: i64,
    pub token: Secret,
    pub valid: bool,
    pub disabled: bool,
    pub created_s: i64,
    /// Time until which calls are traced.
    pub trace_until_s: i64,
    /// Number of changes, by which concurrent changes are detected.
    pub version: i64,
    /// Seals what belongs to the instance: page tokens and the keys of its jobs.
    pub key: Key,
}

/// Values of a new instance; its token is created when it is stored.
pub(crate) struct NewInstance {
    pub account_id: i64,
    pub user_id: i64,
    pub element_id: i64,
    /// Whether the element is a document, which may have been deleted meanwhile.
    pub defined: bool,
    pub name: String,
    pub tags: Vec<String>,
    pub configuration: BTreeMap<String, String>,
    /// Values that its login acquired.
    pub acquired: BTreeMap<String, String>,
}

/// Outcome of a creation.
pub(crate) enum Creation {
    Created(Box<InstanceRow>),
    /// The account has an instance of this name, with this id.
    Exists(i64),
}

/// Owner of the instances to list.
#[derive(Clone, Copy)]
pub(crate) enum InstanceOwner {
    User(i64),
    Account(i64),
}

/// Filter of instances, which are listed by ascending id.
pub(crate) struct InstanceFilter {
    pub owner: InstanceOwner,
    pub element_id: Option<i64>,
    /// Tags, all of which must match exactly.
    pub tags: Vec<String>,
    /// Whether the stored credentials worked the last time they were used.
    pub valid: Option<bool>,
    pub search: Option<InstanceSearch>,
    pub after_id: i64,
    pub limit: usize,
}

/// Search for instances by a text in their name, case-insensitive, or by their element.
pub(crate) struct InstanceSearch {
    pub text: String,
    pub element_ids: Vec<i64>,
}

impl InstanceSearch {
    fn matches(&self, element_id: i64, name: &str) -> bool {
        self.element_ids.contains(&element_id) || contains(name, &self.text)
    }
}

impl InstanceRow {
    /// Returns the value of a key: the acquired one, else the configured one.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.acquired.get(key).or_else(|| self.configuration.get(key)).map(String::as_str)
    }
}

impl fmt::Debug for InstanceRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstanceRow").field("id", &self.id).finish_non_exhaustive()
    }
}

const COLUMNS: &str = "SELECT id, account_id, user_id, element_id, name, tags, data_key, configuration, token, valid,
    disabled, created_s, trace_until_s, version, acquired, acquired_version, login_generation FROM instances";

pub(super) const TOKEN_HASH: &str = "instances.token";

/// Seal contexts of an instance's values. The token's context is its hash, because the id is unknown before the row
/// exists.
pub(super) struct Places {
    pub data_key: String,
    pub configuration: String,
    pub acquired: String,
    pub token: String,
}

impl Places {
    pub fn of(id: i64) -> Self {
        let place = |column: &str| format!("instances.{id}.{column}");
        Self {
            data_key: place("data_key"),
            configuration: place("configuration"),
            acquired: place("acquired"),
            token: place("token"),
        }
    }
}

impl Store {
    /// Stores a new instance.
    pub async fn create_instance(&self, new: NewInstance) -> Result<InstanceRow> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let row = self.insert_instance(&mut transaction, new, false).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(row)
    }

    /// Stores a new instance unless the account has one of this element and name. The check and the insertion are one
    /// transaction, so of several concurrent callers in any process only one creates the instance.
    pub async fn create_unless_named(&self, new: NewInstance) -> Result<Creation> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let (account_id, element_id) = (new.account_id, new.element_id);
        if let Some(id) = named(&mut *transaction, account_id, element_id, &new.name).await? {
            return Ok(Creation::Exists(id));
        }
        let row = self.insert_instance(&mut transaction, new, true).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(Creation::Created(Box::new(row)))
    }

    /// Returns the oldest instance of this name and element in an account.
    pub async fn instance_named(&self, account_id: i64, element_id: i64, name: &str) -> Result<Option<i64>> {
        named(self.readers(), account_id, element_id, name).await
    }

    async fn insert_instance(
        &self,
        transaction: &mut SqliteConnection,
        new: NewInstance,
        connected: bool,
    ) -> Result<InstanceRow> {
        let (key, token) = (Key::random()?, Secret::mint_token()?);
        let created_s = now_s();
        self.is_current(transaction).await?;
        if new.defined {
            elements::require(transaction, new.element_id).await?;
        }
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO instances (account_id, user_id, element_id, name, tags, data_key, configuration, token_hash,
             token, created_s, connected) VALUES (?, ?, ?, ?, ?, '', '', ?, '', ?, ?) RETURNING id",
        )
        .bind(new.account_id)
        .bind(new.user_id)
        .bind(new.element_id)
        .bind(&new.name)
        .bind(tags_text(&new.tags))
        .bind(self.lookup().hash(TOKEN_HASH, token.expose()))
        .bind(created_s)
        .bind(connected)
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
        // The seal is bound to the id, which is known only now.
        let places = Places::of(id);
        sqlx::query("UPDATE instances SET data_key = ?, configuration = ?, acquired = ?, token = ? WHERE id = ?")
            .bind(self.master().wrap(&places.data_key, &key)?)
            .bind(seal_configuration(&key, &places, &new.configuration)?)
            .bind(seal_acquired(&key, id, &new.acquired)?)
            .bind(key.seal(&places.token, token.expose().as_bytes())?)
            .bind(id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        Ok(InstanceRow {
            id,
            account_id: new.account_id,
            user_id: new.user_id,
            element_id: new.element_id,
            name: new.name,
            tags: new.tags,
            configuration: new.configuration,
            acquired: new.acquired,
            acquired_version: 0,
            login_generation: 0,
            token,
            valid: true,
            disabled: false,
            created_s,
            trace_until_s: 0,
            version: 0,
            key,
        })
    }

    /// Returns an instance of an account.
    pub async fn instance(&self, account_id: i64, id: i64) -> Result<Option<InstanceRow>> {
        let ask = async || {
            let sql = format!("{COLUMNS} WHERE id = ? AND account_id = ?");
            let query = sqlx::query(AssertSqlSafe(sql)).bind(id).bind(account_id);
            let row = query.fetch_optional(self.readers()).await.map_err(failed)?;
            row.map(|row| self.instance_of(&row)).transpose()
        };
        self.cache().get_or_load(("instances.id", format!("{account_id} {id}").into_bytes()), ask).await
    }

    /// Returns the instance of a token.
    pub async fn instance_by_token(&self, token: &Secret) -> Result<Option<InstanceRow>> {
        let hash = self.lookup().hash(TOKEN_HASH, token.expose());
        let ask = async || {
            let sql = format!("{COLUMNS} WHERE token_hash = ?");
            let query = sqlx::query(AssertSqlSafe(sql)).bind(&hash);
            let row = query.fetch_optional(self.readers()).await.map_err(failed)?;
            row.map(|row| self.instance_of(&row)).transpose()
        };
        self.cache().get_or_load((TOKEN_HASH, hash.clone()), ask).await
    }

    /// Returns an instance of any account, for the workers.
    pub async fn any_instance(&self, id: i64) -> Result<Option<InstanceRow>> {
        let sql = format!("{COLUMNS} WHERE id = ?");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id).fetch_optional(self.readers()).await.map_err(failed)?;
        row.map(|row| self.instance_of(&row)).transpose()
    }

    /// Returns the organization an instance belongs to.
    pub async fn organization_of(&self, instance_id: i64) -> Result<Option<i64>> {
        let query = sqlx::query_scalar(
            "SELECT organization_id FROM accounts WHERE id = (SELECT account_id FROM instances WHERE id = ?)",
        );
        query.bind(instance_id).fetch_optional(self.readers()).await.map_err(failed)
    }

    /// Returns the instances of a user or an account.
    pub async fn instances(&self, filter: InstanceFilter) -> Result<Vec<InstanceRow>> {
        let mut query: QueryBuilder<Sqlite> = QueryBuilder::new(COLUMNS);
        match filter.owner {
            InstanceOwner::User(id) => query.push(" WHERE user_id = ").push_bind(id),
            InstanceOwner::Account(id) => query.push(" WHERE account_id = ").push_bind(id),
        };
        query.push(" AND id > ").push_bind(filter.after_id);
        if let Some(element_id) = filter.element_id {
            query.push(" AND element_id = ").push_bind(element_id);
        }
        if let Some(valid) = filter.valid {
            query.push(" AND valid = ").push_bind(valid);
        }
        for tag in filter.tags {
            query.push(" AND EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ").push_bind(tag).push(")");
        }
        query.push(" ORDER BY id");
        // The search is applied below, so rows that it skips must be read too.
        if filter.search.is_none() {
            query.push(" LIMIT ").push_bind(i64::try_from(filter.limit).unwrap_or(i64::MAX));
        }
        let rows = query.build().fetch_all(self.readers()).await.map_err(failed)?;
        let mut found = Vec::new();
        for row in rows {
            if found.len() == filter.limit {
                break;
            }
            // SQLite ignores case only in ASCII, so the search is applied here.
            let (element_id, name) = (row.column("element_id")?, row.column("name")?);
            if filter.search.as_ref().is_none_or(|search| search.matches(element_id, name)) {
                found.push(self.instance_of(&row)?);
            }
        }
        Ok(found)
    }

    /// Returns the number of a user's instances per element, by ascending element.
    pub async fn instance_counts(&self, user_id: i64) -> Result<Vec<(i64, i64)>> {
        sqlx::query_as("SELECT element_id, count(*) FROM instances WHERE user_id = ? GROUP BY element_id ORDER BY 1")
            .bind(user_id)
            .fetch_all(self.readers())
            .await
            .map_err(failed)
    }

    /// Deletes an instance with its key, its jobs and everything that depends on them. Returns `false` if it did not
    /// exist.
    pub async fn delete_instance(&self, id: i64) -> Result<bool> {
        let deleted = sqlx::query("DELETE FROM instances WHERE id = ?").bind(id).execute(self.writer()).await;
        let was_there = deleted.map_err(failed)?.rows_affected() > 0;
        if was_there {
            self.leave_no_trace().await?;
        }
        Ok(was_there)
    }

    /// Records whether the vendor accepted the credentials when they were last used.
    pub async fn set_valid(&self, id: i64, valid: bool) -> Result<()> {
        let query = sqlx::query("UPDATE instances SET valid = ? WHERE id = ? AND valid <> ?");
        query.bind(valid).bind(id).bind(valid).execute(self.writer()).await.map_err(failed)?;
        Ok(())
    }

    fn instance_of(&self, row: &SqliteRow) -> Result<InstanceRow> {
        let id: i64 = row.column("id")?;
        let places = Places::of(id);
        let key = self.master().unwrap_key(&places.data_key, row.column("data_key")?)?;
        let configuration = open_text(&key, &places.configuration, row.column("configuration")?)?;
        let token = open_text(&key, &places.token, row.column("token")?)?;
        Ok(InstanceRow {
            id,
            account_id: row.column("account_id")?,
            user_id: row.column("user_id")?,
            element_id: row.column("element_id")?,
            name: row.column("name")?,
            tags: serde_json::from_str(row.column("tags")?).unwrap_or_default(),
            configuration: serde_json::from_str(&configuration).map_err(|_| open_failed(&places.configuration))?,
            acquired: open_acquired(&key, id, row.column("acquired")?)?,
            acquired_version: row.column("acquired_version")?,
            login_generation: row.column("login_generation")?,
            token: Secret::new(token),
            valid: row.column("valid")?,
            disabled: row.column("disabled")?,
            created_s: row.column("created_s")?,
            trace_until_s: row.column("trace_until_s")?,
            version: row.column("version")?,
            key,
        })
    }
}

async fn named(source: impl SqliteExecutor<'_>, account_id: i64, element_id: i64, name: &str) -> Result<Option<i64>> {
    sqlx::query_scalar(
        "SELECT id FROM instances WHERE account_id = ? AND element_id = ? AND name = ? ORDER BY id LIMIT 1",
    )
    .bind(account_id)
    .bind(element_id)
    .bind(name)
    .fetch_optional(source)
    .await
    .map_err(failed)
}

pub(super) fn seal_configuration(
    key: &Key,
    places: &Places,
    configuration: &BTreeMap<String, String>,
) -> Result<Vec<u8>> {
    let text = zeroize::Zeroizing::new(serde_json::to_vec(configuration).unwrap_or_default());
    key.seal(&places.configuration, &text)
}

pub(super) fn tags_text(tags: &[String]) -> String {
    serde_json::to_string(tags).unwrap_or_default()
}

fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}

/// Returns the current time in seconds since the epoch.
pub(crate) fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}
