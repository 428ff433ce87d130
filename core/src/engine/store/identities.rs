//! Organizations, accounts and users (spec P 11), and their secrets.

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use super::connections::Columns;
use super::{Store, failed};
use crate::auth::Secret;
use crate::engine::login::hash;
use crate::engine::options::Bootstrap;
use crate::engine::organization::NewOrganization;
use crate::engine::vault::{Key, open_failed};
use crate::error::Result;

/// A customer.
#[derive(Clone, Debug)]
pub(crate) struct OrganizationRow {
    pub id: i64,
    pub name: String,
    pub secret: Secret,
}

/// A user with its account and organization.
#[derive(Clone, Debug)]
pub(crate) struct UserRow {
    pub id: i64,
    pub account_id: i64,
    pub organization_id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// Role keys (spec P 11.3).
    pub roles: Vec<String>,
}

/// Role that may administer the organization and everything below it (spec P 11.3).
const ORGANIZATION_ADMINISTRATOR: &str = "org-admin";
/// Role that may administer the account.
const ACCOUNT_ADMINISTRATOR: &str = "admin";

impl UserRow {
    /// Returns whether the user administers the organization.
    pub fn is_organization_administrator(&self) -> bool {
        self.roles.iter().any(|role| role == ORGANIZATION_ADMINISTRATOR)
    }

    /// Returns whether the user may change elements of the organization (spec E 2.32).
    pub fn writes_elements(&self) -> bool {
        self.is_administrator_of(self.account_id)
    }

    /// Returns whether the user administers this account.
    pub fn is_administrator_of(&self, account_id: i64) -> bool {
        let own = account_id == self.account_id && self.roles.iter().any(|role| role == ACCOUNT_ADMINISTRATOR);
        own || self.is_organization_administrator()
    }
}

const USER: &str = "SELECT users.id, account_id, organization_id, email, first_name, last_name,
    (SELECT json_group_array(role) FROM user_roles WHERE user_id = users.id) AS roles
    FROM users JOIN accounts ON accounts.id = account_id";

pub(super) const USER_SECRET: &str = "users.secret";
pub(super) const ORGANIZATION_SECRET: &str = "organizations.secret";

impl Store {
    /// Returns the active user of an active account with this secret.
    pub async fn user_by_secret(&self, secret: &Secret) -> Result<Option<UserRow>> {
        let hash = self.lookup().hash(USER_SECRET, secret.expose());
        let ask = async || {
            let sql = format!("{USER}{}", " WHERE secret_hash = ? AND users.active AND accounts.active");
            let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&hash).fetch_optional(self.readers()).await;
            row.map_err(failed)?.map(|row| user(&row)).transpose()
        };
        match self.cache().get_or_load((USER_SECRET, hash.clone()), ask).await? {
            Some(user) => Ok(Some(user)),
            None => self.user_by_former_secret(&hash).await,
        }
    }

    /// Returns the active user of an active account whose replaced secret this is, while it is accepted. It is not
    /// cached, because it ends without a change of the file.
    async fn user_by_former_secret(&self, hash: &[u8]) -> Result<Option<UserRow>> {
        let condition = " WHERE former_hash = ? AND former_until_s > ? AND users.active AND accounts.active";
        let query = sqlx::query(sqlx::AssertSqlSafe(format!("{USER}{condition}"))).bind(hash);
        let row = query.bind(super::instances::now_s()).fetch_optional(self.readers()).await;
        row.map_err(failed)?.map(|row| user(&row)).transpose()
    }

    /// Returns a user by id.
    pub async fn user(&self, id: i64) -> Result<Option<UserRow>> {
        let sql = format!("{USER}{}", " WHERE users.id = ?");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(self.readers()).await;
        row.map_err(failed)?.map(|row| user(&row)).transpose()
    }

    /// Returns an active user of an active account by id.
    pub async fn active_user(&self, id: i64) -> Result<Option<UserRow>> {
        let sql = format!("{USER}{}", " WHERE users.id = ? AND users.active AND accounts.active");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(self.readers()).await;
        row.map_err(failed)?.map(|row| user(&row)).transpose()
    }

    /// Returns the organization with this secret.
    pub async fn organization_by_secret(&self, secret: &Secret) -> Result<Option<OrganizationRow>> {
        let hash = self.lookup().hash(ORGANIZATION_SECRET, secret.expose());
        let ask = async || {
            let row = sqlx::query("SELECT id, name FROM organizations WHERE secret_hash = ?")
                .bind(&hash)
                .fetch_optional(self.readers())
                .await
                .map_err(failed)?;
            let Some(row) = row else { return Ok(None) };
            let (id, name) = (row.column("id")?, row.column("name")?);
            Ok(Some(OrganizationRow { id, name, secret: secret.clone() }))
        };
        match self.cache().get_or_load((ORGANIZATION_SECRET, hash.clone()), ask).await? {
            Some(organization) => Ok(Some(organization)),
            None => self.organization_by_former_secret(&hash).await,
        }
    }

    /// Returns the organization whose replaced secret this is, while it is accepted, with its present secret.
    async fn organization_by_former_secret(&self, hash: &[u8]) -> Result<Option<OrganizationRow>> {
        let row =
            sqlx::query("SELECT id, name, secret FROM organizations WHERE former_hash = ? AND former_until_s > ?")
                .bind(hash)
                .bind(super::instances::now_s())
                .fetch_optional(self.readers())
                .await
                .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let secret = self.open_secret(ORGANIZATION_SECRET, row.column("secret")?)?;
        Ok(Some(OrganizationRow { id: row.column("id")?, name: row.column("name")?, secret }))
    }

    /// Returns the secret of an organization.
    pub async fn organization_secret(&self, id: i64) -> Result<Option<Secret>> {
        let sealed: Option<Vec<u8>> = sqlx::query_scalar("SELECT secret FROM organizations WHERE id = ?")
            .bind(id)
            .fetch_optional(self.readers())
            .await
            .map_err(failed)?;
        sealed.map(|sealed| self.open_secret(ORGANIZATION_SECRET, &sealed)).transpose()
    }

    /// Returns the user and organization secrets of the first user, who was created with the database.
    pub async fn first_credentials(&self) -> Result<Option<(Secret, Secret)>> {
        self.credentials(None).await
    }

    /// Returns the user and organization secrets of a user.
    pub async fn credentials_of(&self, user_id: i64) -> Result<Option<(Secret, Secret)>> {
        self.credentials(Some(user_id)).await
    }

    async fn credentials(&self, user_id: Option<i64>) -> Result<Option<(Secret, Secret)>> {
        let row = sqlx::query(
            "SELECT users.secret AS user_secret, organizations.secret AS organization_secret
             FROM users JOIN accounts ON accounts.id = account_id
             JOIN organizations ON organizations.id = organization_id
             WHERE users.active AND accounts.active AND (?1 IS NULL OR users.id = ?1) ORDER BY users.id LIMIT 1",
        )
        .bind(user_id)
        .fetch_optional(self.readers())
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let user = self.open_secret(USER_SECRET, row.column("user_secret")?)?;
        let organization = self.open_secret(ORGANIZATION_SECRET, row.column("organization_secret")?)?;
        Ok(Some((user, organization)))
    }

    /// Creates the first organization, account and user of a new database.
    pub(super) async fn bootstrap(&self, first: &Bootstrap) -> Result<()> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let users: i64 =
            sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(&mut *transaction).await.map_err(failed)?;
        if users == 0 {
            let password = match &first.password {
                Some(password) => Some(hash(password).await?),
                None => None,
            };
            self.insert_organization(&mut transaction, "Default", first, password).await?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Inserts an organization with its default account and first user. Ignores the password of `first`, since only
    /// its hash is stored.
    pub(super) async fn insert_organization(
        &self,
        database: &mut SqliteConnection,
        name: &str,
        first: &Bootstrap,
        password: Option<String>,
    ) -> Result<NewOrganization> {
        self.is_current(database).await?;
        let organization_secret = given_or(first.organization_secret.as_ref(), Secret::mint_hex)?;
        let user_secret = given_or(first.user_secret.as_ref(), Secret::mint_token)?;
        let now = super::instances::now_s();
        let organization: i64 =
            sqlx::query_scalar("INSERT INTO organizations (name, secret_hash, secret) VALUES (?, ?, ?) RETURNING id")
                .bind(name)
                .bind(self.lookup().hash(ORGANIZATION_SECRET, organization_secret.expose()))
                .bind(self.master().seal(ORGANIZATION_SECRET, organization_secret.expose().as_bytes())?)
                .fetch_one(&mut *database)
                .await
                .map_err(failed)?;
        let account: i64 = sqlx::query_scalar(
            "INSERT INTO accounts (organization_id, name, is_default, created_s) VALUES (?, 'Default', 1, ?) RETURNING id",
        )
        .bind(organization)
        .bind(now)
        .fetch_one(&mut *database)
        .await
        .map_err(failed)?;
        let user: i64 = sqlx::query_scalar(
            "INSERT INTO users (account_id, email, first_name, last_name, secret_hash, secret, password, created_s)
             VALUES (?, ?, 'Default', 'User', ?, ?, ?, ?) RETURNING id",
        )
        .bind(account)
        .bind(first.email.as_deref().unwrap_or("admin@localhost"))
        .bind(self.lookup().hash(USER_SECRET, user_secret.expose()))
        .bind(self.master().seal(USER_SECRET, user_secret.expose().as_bytes())?)
        .bind(password)
        .bind(now)
        .fetch_one(&mut *database)
        .await
        .map_err(failed)?;
        let role = sqlx::query("INSERT INTO user_roles (user_id, role) VALUES (?, ?)");
        role.bind(user).bind(ORGANIZATION_ADMINISTRATOR).execute(&mut *database).await.map_err(failed)?;
        Ok(NewOrganization { id: organization, name: name.to_owned(), user_secret, organization_secret })
    }

    fn open_secret(&self, place: &str, sealed: &[u8]) -> Result<Secret> {
        open_text(self.master(), place, sealed).map(Secret::new)
    }
}

/// Opens a sealed string.
pub(super) fn open_text(key: &Key, place: &str, sealed: &[u8]) -> Result<String> {
    let plain = key.open(place, sealed).ok_or_else(|| open_failed(place))?;
    String::from_utf8(plain.to_vec()).map_err(|_| open_failed(place))
}

fn given_or(given: Option<&Secret>, mint: impl FnOnce() -> Result<Secret>) -> Result<Secret> {
    given.cloned().map_or_else(mint, Ok)
}

fn user(row: &SqliteRow) -> Result<UserRow> {
    Ok(UserRow {
        id: row.column("id")?,
        account_id: row.column("account_id")?,
        organization_id: row.column("organization_id")?,
        email: row.column("email")?,
        first_name: row.column("first_name")?,
        last_name: row.column("last_name")?,
        roles: serde_json::from_str(row.column("roles")?).unwrap_or_default(),
    })
}
