//! Accounts and users as read by their own calls (spec P 11.2, 11.3).

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteRow;

use super::connections::Columns;
use super::identities::{USER_SECRET, open_text};
use super::{Store, failed};
use crate::auth::Secret;
use crate::error::Result;

/// An account.
#[derive(Clone, Debug)]
pub(crate) struct AccountRow {
    pub id: i64,
    pub organization_id: i64,
    pub name: String,
    pub is_default: bool,
    pub active: bool,
    pub created_s: i64,
}

/// A user without secrets.
#[derive(Clone)]
pub(crate) struct Person {
    pub id: i64,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub active: bool,
    pub created_s: i64,
    pub last_login_s: Option<i64>,
}

const PERSON: &str = "SELECT id, email, first_name, last_name, active, created_s, last_login_s FROM users";

impl Store {
    /// Returns the accounts of an organization by ascending id.
    pub async fn accounts(&self, organization_id: i64) -> Result<Vec<AccountRow>> {
        let rows = sqlx::query(
            "SELECT id, organization_id, name, is_default, active, created_s FROM accounts
             WHERE organization_id = ? ORDER BY id",
        )
        .bind(organization_id)
        .fetch_all(self.readers())
        .await
        .map_err(failed)?;
        rows.iter().map(account).collect()
    }

    /// Returns the users of an account by ascending id.
    pub async fn people(&self, account_id: i64) -> Result<Vec<Person>> {
        let sql = format!("{PERSON}{}", " WHERE account_id = ? ORDER BY id");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(account_id).fetch_all(self.readers()).await;
        rows.map_err(failed)?.iter().map(person).collect()
    }

    /// Returns the secret of a user.
    pub async fn secret_of(&self, user_id: i64) -> Result<Option<Secret>> {
        let sealed: Option<Vec<u8>> = sqlx::query_scalar("SELECT secret FROM users WHERE id = ?")
            .bind(user_id)
            .fetch_optional(self.readers())
            .await
            .map_err(failed)?;
        sealed.map(|sealed| open_text(self.master(), USER_SECRET, &sealed).map(Secret::new)).transpose()
    }
}

fn account(row: &SqliteRow) -> Result<AccountRow> {
    Ok(AccountRow {
        id: row.column("id")?,
        organization_id: row.column("organization_id")?,
        name: row.column("name")?,
        is_default: row.column("is_default")?,
        active: row.column("active")?,
        created_s: row.column("created_s")?,
    })
}

fn person(row: &SqliteRow) -> Result<Person> {
    Ok(Person {
        id: row.column("id")?,
        email: row.column("email")?,
        first_name: row.column("first_name")?,
        last_name: row.column("last_name")?,
        active: row.column("active")?,
        created_s: row.column("created_s")?,
        last_login_s: row.column("last_login_s")?,
    })
}
