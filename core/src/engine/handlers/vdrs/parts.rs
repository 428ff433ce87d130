//! Levels of the parts of a VDR (spec P 9.10): those that a caller may not write are ignored, not refused.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::super::instances::NO_INSTANCE;
use super::super::level::require;
use super::super::put_transformation::owner_of;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{Instances, Owner, Scope, UserRow};
use crate::engine::transform::{DefinitionField, Transformation};
use crate::model::FieldDefinition;
use crate::model::vdr::PartLevel;
use crate::warning::{Warning, WarningCode};

/// Parts of a request that were not stored, for the header `Elements-Error`.
#[derive(Default)]
pub(super) struct Ignored(BTreeSet<String>);

impl Ignored {
    /// Notes that the parts of a level were ignored.
    pub fn level(&mut self, level: &str) {
        let why = if level == "system" { "templates cannot be changed" } else { "they need an administrator of it" };
        self.0.insert(format!("Parts of the level {level} were ignored: {why}"));
    }

    /// Notes a part that was ignored, with the reason.
    pub fn part(&mut self, part: &str, why: &str) {
        self.0.insert(format!("{part} was ignored: {why}"));
    }

    /// Keeps the owners that the caller may write.
    pub fn permitted<T>(&mut self, user: &UserRow, parts: BTreeMap<Owner, T>) -> BTreeMap<Owner, T> {
        let (allowed, refused): (BTreeMap<_, _>, BTreeMap<_, _>) =
            parts.into_iter().partition(|(owner, _)| require(user, *owner).is_ok());
        refused.keys().for_each(|owner| self.level(owner.level()));
        allowed
    }

    /// Adds the warnings to a response.
    pub fn tell(self, reply: Reply) -> Reply {
        reply.warn(self.0.into_iter().map(|text| Warning::new(WarningCode::IgnoredParameter, text)))
    }
}

/// Returns the owner of a part, by default of the highest level that the caller may write. `None` for a level that no
/// caller may write, and for a part of an instance that is not named.
pub(super) async fn place(
    call: &Call,
    level: Option<&str>,
    id: Option<&Value>,
    instance: Option<i64>,
) -> Result<Option<Owner>, Failure> {
    let id = id.filter(|id| !id.is_null());
    let user = call.caller.user()?;
    let level = match level.filter(|level| !level.is_empty()) {
        Some("system") => return Ok(None),
        Some(level) => level,
        None => default_level(user),
    };
    if level == "instance" && id.is_none() && instance.is_none() {
        return Ok(None);
    }
    owner_of(call, level, id, instance).await.map(Some)
}

/// Returns the highest level that a user may write.
fn default_level(user: &UserRow) -> &'static str {
    if user.is_organization_administrator() {
        "organization"
    } else if user.is_administrator_of(user.account_id) {
        "account"
    } else {
        "instance"
    }
}

/// Returns the owner that belongs to the caller at the default level.
pub(super) fn default_owner(user: &UserRow) -> Option<Owner> {
    match default_level(user) {
        "organization" => Some(Owner::Organization(user.organization_id)),
        "account" => Some(Owner::Account(user.account_id)),
        _ => None,
    }
}

/// Returns the level of an owner in documents.
pub(super) fn level_of(owner: Owner) -> PartLevel {
    PartLevel::of(Some(owner.level()))
}

/// Returns the instance that the query names.
pub(super) async fn instance_of(call: &Call) -> Result<Option<i64>, Failure> {
    let Some(id) = call.query.filled("instanceId") else { return Ok(None) };
    known_instance(call, id.parse().ok()).await.map(Some)
}

/// Returns an instance of the caller's account.
pub(super) async fn known_instance(call: &Call, id: Option<i64>) -> Result<i64, Failure> {
    let missing = || Failure::not_found(NO_INSTANCE);
    let row = call.engine.store.instance(call.caller.user()?.account_id, id.ok_or_else(missing)?).await?;
    row.map(|row| row.id).ok_or_else(missing)
}

/// Returns the levels that all users of an account share, and those of one instance.
pub(super) fn shared_scope(user: &UserRow, instance: Option<i64>) -> Scope {
    let instances = instance.map_or(Instances::None, Instances::One);
    Scope { organization: user.organization_id, account: Some(user.account_id), instances }
}

/// Returns the levels that are visible at the level of an owner.
pub(super) fn scope_at(user: &UserRow, owner: Owner) -> Scope {
    let scope = shared_scope(user, None);
    match owner {
        Owner::Organization(_) => Scope { account: None, ..scope },
        Owner::Account(account) => Scope { account: Some(account), ..scope },
        Owner::Instance(instance) => Scope { instances: Instances::One(instance), ..scope },
    }
}

/// Converts fields of a document to those that are stored.
pub(super) fn stored_fields(fields: &[FieldDefinition]) -> Result<Vec<DefinitionField>, Failure> {
    let fields = serde_json::to_value(fields).unwrap_or_default();
    DefinitionField::read_all(Some(&fields)).map_err(Failure::bad_request)
}

/// Converts a mapping of a document to one that is stored.
pub(super) fn stored_mapping(name: &str, mapping: &crate::model::Transformation) -> Result<Transformation, Failure> {
    let members = match serde_json::to_value(mapping) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    Transformation::read(name, &members).map_err(Failure::bad_request)
}
