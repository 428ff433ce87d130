//! Sessions of users who logged in with a password (spec P 2.5). Tokens are stored as keyed hashes.

use super::connections::Columns;
use super::{Store, UserRow, failed, now_s};
use crate::auth::Secret;
use crate::error::Result;

const TOKEN_HASH: &str = "sessions.token";

/// Lifetime of a session.
pub(crate) const SESSION_S: i64 = 24 * 3600;

/// Maximum number of users with the same name whose passwords are tried; names repeat only across organizations.
const CANDIDATES: i64 = 5;

impl Store {
    /// Returns id and password hash of the active users with this e-mail address who have a password.
    pub async fn passwords_of(&self, email: &str) -> Result<Vec<(i64, String)>> {
        let rows = sqlx::query(
            "SELECT users.id, password FROM users JOIN accounts ON accounts.id = account_id
             WHERE lower(email) = lower(?) AND password IS NOT NULL AND users.active AND accounts.active
             ORDER BY users.id LIMIT ?",
        )
        .bind(email)
        .bind(CANDIDATES)
        .fetch_all(self.readers())
        .await
        .map_err(failed)?;
        rows.iter().map(|row| Ok((row.column("id")?, row.column("password")?))).collect()
    }

    /// Starts a session of a user. Returns its token and its end in seconds since the epoch.
    pub async fn open_session(&self, user_id: i64) -> Result<(Secret, i64)> {
        let (token, now) = (Secret::mint_token()?, now_s());
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        sqlx::query("DELETE FROM sessions WHERE expires_s <= ?")
            .bind(now)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        sqlx::query("INSERT INTO sessions (token_hash, user_id, expires_s) VALUES (?, ?, ?)")
            .bind(self.lookup().hash(TOKEN_HASH, token.expose()))
            .bind(user_id)
            .bind(now + SESSION_S)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        sqlx::query("UPDATE users SET last_login_s = ? WHERE id = ?")
            .bind(now)
            .bind(user_id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok((token, now + SESSION_S))
    }

    /// Returns the active user of a session that has not ended.
    pub async fn user_of_session(&self, token: &Secret) -> Result<Option<UserRow>> {
        let user_id: Option<i64> =
            sqlx::query_scalar("SELECT user_id FROM sessions WHERE token_hash = ? AND expires_s > ?")
                .bind(self.lookup().hash(TOKEN_HASH, token.expose()))
                .bind(now_s())
                .fetch_optional(self.readers())
                .await
                .map_err(failed)?;
        match user_id {
            Some(user_id) => self.active_user(user_id).await,
            None => Ok(None),
        }
    }

    /// Sets the password of a user and ends all sessions but this one.
    pub async fn set_password(&self, user_id: i64, hash: &str, session: &Secret) -> Result<()> {
        let mut transaction = self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        sqlx::query("UPDATE users SET password = ? WHERE id = ?")
            .bind(hash)
            .bind(user_id)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        sqlx::query("DELETE FROM sessions WHERE user_id = ? AND token_hash <> ?")
            .bind(user_id)
            .bind(self.lookup().hash(TOKEN_HASH, session.expose()))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}
