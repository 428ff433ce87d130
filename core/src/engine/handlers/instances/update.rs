//! Changes of an instance (spec P 6.7): the vendor is called first, then everything is stored in one statement, so
//! that a failed change has no effect.

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value};

use super::body::{Naming, configuration_of};
use super::configuration::{self, Manner};
use super::login::{ProviderData, Provision, take_acquired};
use super::{addressed, element_by_id, no_instance, show};
use crate::element::{Element, ElementInfo};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::InstanceRow;

/// Maximum number of attempts when other callers change the instance concurrently.
const ATTEMPTS: usize = 20;

/// When to verify the credentials with the vendor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verify {
    Always,
    /// If they change, unless the call has `reAuthenticate=false`.
    Changed,
}

/// The changes of a call; members that are `None` stay unchanged.
pub(super) struct Change {
    pub naming: Naming,
    pub configuration: Option<Map<String, Value>>,
    pub manner: Manner,
    /// Id of another element.
    pub element: Option<Value>,
    /// Answer of the vendor that an application received at its callback.
    pub data: ProviderData,
}

/// `PUT` of an instance: the given configuration replaces the stored one.
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let change = Change {
        naming: Naming::of(&body)?,
        configuration: configuration_of(&body)?,
        manner: Manner::Replace,
        element: None,
        data: ProviderData::of(&body),
    };
    show(call, &change.make(call).await?).await
}

/// `PATCH` of an instance: changes only the given members.
pub(crate) async fn patch(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let change = Change {
        naming: Naming::of(&body)?,
        configuration: configuration_of(&body)?,
        manner: Manner::Merge,
        element: body.get("element").and_then(|element| element.get("id")).filter(|id| !id.is_null()).cloned(),
        data: ProviderData::of(&body),
    };
    show(call, &change.make(call).await?).await
}

impl Change {
    /// Applies the change. Returns the changed instance.
    pub async fn make(&self, call: &Call) -> Result<InstanceRow, Failure> {
        self.make_on(call, addressed(call).await?, Verify::Changed).await
    }

    /// Applies the change to an instance that was read before. Returns the changed instance.
    pub async fn make_on(&self, call: &Call, mut row: InstanceRow, when: Verify) -> Result<InstanceRow, Failure> {
        let store = &call.engine.store;
        let element = &element_by_id(call, row.element_id).await?;
        let mut given = self.configuration.clone();
        let moved = given.as_mut().and_then(|given| take_acquired(&**element, given));
        let provision = Provision { call, element, data: &self.data };
        let (mut turn, mut acquired) = (None, None);
        for _ in 0..ATTEMPTS {
            let new = self.applied(call, element, &row, given.as_ref())?;
            let has_login = moved.is_some() || self.data.is_answer();
            let changed = differs(element.info(), &row, &new) || has_login;
            let verify = changed && !is_false(call.query.get("reAuthenticate")) || when == Verify::Always;
            // A code serves once, so the login is not repeated with the change.
            if acquired.is_none() {
                acquired = if verify { provision.change(&row, &new, moved.as_ref()).await? } else { moved.clone() };
            }
            if is_same(&row, &new) && acquired.is_none() && (row.valid || !verify) {
                return Ok(row);
            }
            if store.update_instance(&new, verify, acquired.as_ref()).await? {
                return store.instance(row.account_id, row.id).await?.ok_or_else(no_instance);
            }
            // Calls that lost a race queue, so that concurrent changes do not make each other retry forever.
            if turn.is_none() {
                turn = Some(call.engine.turns.take(row.id).await);
            }
            row = store.instance(row.account_id, row.id).await?.ok_or_else(no_instance)?;
        }
        Err(Failure::new(StatusCode::CONFLICT, "The instance is being changed by others; try again"))
    }

    fn applied(
        &self,
        call: &Call,
        element: &Arc<dyn Element>,
        row: &InstanceRow,
        given: Option<&Map<String, Value>>,
    ) -> Result<InstanceRow, Failure> {
        let mut new = row.clone();
        let element_id = element.info().id;
        if let Some(id) = &self.element {
            // A clone of the same element would be valid too, but clones do not exist.
            new.element_id = id.as_i64().filter(|id| *id == element_id).ok_or_else(|| {
                Failure::bad_request(format!("The instance can only belong to the element {element_id}"))
            })?;
        }
        if let Some(name) = &self.naming.name {
            new.name.clone_from(name);
        }
        if let Some(tags) = &self.naming.tags {
            new.tags.clone_from(tags);
        }
        if let Some(given) = given {
            let overrides = call.engine.options.allow_vendor_override;
            new.configuration = configuration::changed(&**element, &row.configuration, given, self.manner, overrides)?;
        }
        Ok(new)
    }
}

/// Returns whether the vendor must verify the credentials again.
fn differs(element: &ElementInfo, old: &InstanceRow, new: &InstanceRow) -> bool {
    let mut access = element.configuration.iter().filter(|info| info.role.is_access());
    access.any(|info| old.configuration.get(&*info.key) != new.configuration.get(&*info.key))
}

/// Returns whether there is nothing to store.
fn is_same(old: &InstanceRow, new: &InstanceRow) -> bool {
    let facts = |row: &InstanceRow| (row.name.clone(), row.tags.clone(), row.element_id, row.configuration.clone());
    facts(old) == facts(new)
}

fn is_false(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case("false"))
}
