//! Transactions on definitions and transformations of all levels (spec P 9).

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, Transaction};

use super::connections::Columns;
use super::{Store, failed};
use crate::error::Result;

/// Owner of a definition or transformation; determines its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Owner {
    Organization(i64),
    Account(i64),
    Instance(i64),
}

impl Owner {
    /// Returns the name of the level on the wire.
    pub fn level(self) -> &'static str {
        match self {
            Self::Organization(_) => "organization",
            Self::Account(_) => "account",
            Self::Instance(_) => "instance",
        }
    }

    pub fn id(self) -> i64 {
        match self {
            Self::Organization(id) | Self::Account(id) | Self::Instance(id) => id,
        }
    }

    /// Returns the rank of the level, from the highest to the most specific one.
    pub fn rank(self) -> u8 {
        match self {
            Self::Organization(_) => 0,
            Self::Account(_) => 1,
            Self::Instance(_) => 2,
        }
    }

    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Organization(_) => "organization_id",
            Self::Account(_) => "account_id",
            Self::Instance(_) => "instance_id",
        }
    }

    pub(super) fn of(row: &SqliteRow) -> Result<Self> {
        let organization = row.column::<Option<i64>>("organization_id")?.map(Self::Organization);
        let account = row.column::<Option<i64>>("account_id")?.map(Self::Account);
        match organization.or(account) {
            Some(owner) => Ok(owner),
            None => row.column("instance_id").map(Self::Instance),
        }
    }
}

/// The owners that are visible: a level with those above it, or all that a user sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope {
    pub organization: i64,
    pub account: Option<i64>,
    pub instances: Instances,
}

/// The instances that belong to a [`Scope`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instances {
    None,
    One(i64),
    /// All instances of the account.
    OfAccount,
    /// All accounts of the organization with all their instances.
    OfOrganization,
}

impl Scope {
    /// Restricts a query to the scope.
    pub(super) fn push(self, query: &mut QueryBuilder<Sqlite>) {
        query.push(" WHERE (organization_id = ").push_bind(self.organization);
        if let Some(account) = self.account {
            query.push(" OR account_id = ").push_bind(account);
        }
        match self.instances {
            Instances::None => {}
            Instances::One(instance) => {
                query.push(" OR instance_id = ").push_bind(instance);
            }
            Instances::OfAccount => {
                // The correlated form looks up the instance of each of few rows; the reverse would list all
                // instances.
                query.push(" OR EXISTS (SELECT 1 FROM instances WHERE id = instance_id AND account_id = ");
                query.push_bind(self.account).push(")");
            }
            Instances::OfOrganization => {
                let accounts = "account_id IN (SELECT id FROM accounts WHERE organization_id = ";
                query.push(format!(" OR {accounts}")).push_bind(self.organization);
                query.push(format!(") OR EXISTS (SELECT 1 FROM instances WHERE id = instance_id AND {accounts}"));
                query.push_bind(self.organization).push("))");
            }
        }
        query.push(")");
    }
}

/// A transaction on definitions and transformations. Dropping it without [`commit`](DefinitionTx::commit) rolls back.
pub(crate) struct DefinitionTx {
    pub(super) transaction: Transaction<'static, Sqlite>,
}

impl Store {
    /// Starts a read transaction on one snapshot of all of them.
    pub async fn definition_tx(&self) -> Result<DefinitionTx> {
        Ok(DefinitionTx { transaction: self.readers().begin().await.map_err(failed)? })
    }

    /// Starts a write transaction, which excludes all other writers.
    pub async fn change_definitions(&self) -> Result<DefinitionTx> {
        Ok(DefinitionTx { transaction: self.writer().begin_with("BEGIN IMMEDIATE").await.map_err(failed)? })
    }
}

impl DefinitionTx {
    pub async fn commit(self) -> Result<()> {
        self.transaction.commit().await.map_err(failed)
    }

    /// Returns whether an account belongs to an organization.
    pub async fn has_account(&mut self, organization: i64, account: i64) -> Result<bool> {
        let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ? AND organization_id = ?)");
        query.bind(account).bind(organization).fetch_one(&mut *self.transaction).await.map_err(failed)
    }
}

/// Formats microseconds since the epoch as `YYYY-MM-DD HH:MM:SS.ffffff` (spec P 1.4).
pub(crate) fn micros_text(micros: i64) -> String {
    let moment = jiff::Timestamp::from_microsecond(micros).unwrap_or_default();
    moment.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}

pub(super) fn now_us() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
