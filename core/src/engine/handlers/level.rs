//! The level that a call on definitions or transformations addresses, and its permissions (spec P 9.1).

use http::StatusCode;

use super::instances::{addressed, known_element};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::store::{Instances, Owner, Scope, UserRow};
use crate::engine::transform::Types;

/// A level with the scope that is visible from it.
pub(crate) struct Level {
    pub owner: Owner,
    pub scope: Scope,
    /// The element of the instance, or the one in the path.
    element_id: Option<i64>,
}

impl Level {
    /// Returns the level in the path of a call.
    pub async fn of(call: &Call) -> Result<Self, Failure> {
        check_role(call)?;
        let user = call.caller.user()?;
        let element = call.param("keyOrId");
        let element_id = if element.is_empty() { None } else { Some(known_element(call, element).await?.info().id) };
        let scope = Scope { organization: user.organization_id, account: None, instances: Instances::None };
        match family(call) {
            "organizations" => Ok(Self { owner: Owner::Organization(user.organization_id), scope, element_id }),
            "accounts" => {
                let account = account(call, user).await?;
                let scope = Scope { account: Some(account), ..scope };
                Ok(Self { owner: Owner::Account(account), scope, element_id })
            }
            _ => {
                let instance = addressed(call).await?;
                let scope =
                    Scope { account: Some(instance.account_id), instances: Instances::One(instance.id), ..scope };
                Ok(Self { owner: Owner::Instance(instance.id), scope, element_id: Some(instance.element_id) })
            }
        }
    }

    /// Returns the element whose transformations are addressed.
    pub fn element_id(&self) -> Result<i64, Failure> {
        self.element_id.ok_or_else(|| Failure::not_found("No element found"))
    }
}

/// Rejects a caller without the required role; runs before the body is read.
pub(crate) fn check_role(call: &Call) -> Result<(), Failure> {
    let user = call.caller.user()?;
    match family(call) {
        "organizations" => require(user, Owner::Organization(user.organization_id)),
        "accounts" => require(user, Owner::Account(call.param("accountId").parse().unwrap_or(user.account_id))),
        _ => Ok(()),
    }
}

/// Rejects a user who may not change what belongs to this owner.
pub(crate) fn require(user: &UserRow, owner: Owner) -> Result<(), Failure> {
    let allowed = match owner {
        Owner::Organization(_) => user.is_organization_administrator(),
        Owner::Account(account) => user.is_administrator_of(account),
        // Instances of other accounts are not found in the first place.
        Owner::Instance(_) => true,
    };
    let message = format!("The {} level needs an administrator of the {0}", owner.level());
    if allowed { Ok(()) } else { Err(Failure::new(StatusCode::FORBIDDEN, message)) }
}

/// Returns the types that a response shows: with the query parameter `declared` [X] only declared ones.
pub(crate) fn types(call: &Call) -> Types {
    if call.query.flag("declared") { Types::Declared } else { Types::All }
}

fn family(call: &Call) -> &str {
    call.route.path.split('/').nth(1).unwrap_or_default()
}

/// Returns the account in the path, or that of the calling user if the path has none.
async fn account(call: &Call, user: &UserRow) -> Result<i64, Failure> {
    const NONE: &str = "No account found";
    if call.param("accountId").is_empty() {
        return Ok(user.account_id);
    }
    let id = call.id_param("accountId", NONE)?;
    let known = call.engine.store.definition_tx().await?.has_account(user.organization_id, id).await?;
    if known { Ok(id) } else { Err(Failure::not_found(NONE)) }
}
