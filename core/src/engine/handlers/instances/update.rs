//! Changes of an instance (spec P 6.7): the vendor is asked first, then everything is stored in one statement, so that
//! a change that fails half-way leaves nothing behind.

use http::StatusCode;
use serde_json::{Map, Value};

use super::body::{Naming, configuration_of};
use super::configuration::{self, Manner};
use super::{addressed, known_element, no_instance, show};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::InstanceRow;
use crate::engine::vendor;

/// A change that others overtake is made again on what they left; this often.
const ATTEMPTS: usize = 20;

/// When the vendor is asked whether it takes the credentials.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verify {
    Always,
    /// When they change, unless the call says `reAuthenticate=false`.
    Changed,
}

/// What a call changes; what is `None` stays.
pub(super) struct Change {
    pub naming: Naming,
    pub configuration: Option<Map<String, Value>>,
    pub manner: Manner,
    /// The id of another element.
    pub element: Option<Value>,
}

/// `PUT` of an instance: the configuration given replaces the stored one.
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let change = Change {
        naming: Naming::of(&body)?,
        configuration: configuration_of(&body)?,
        manner: Manner::Replace,
        element: None,
    };
    show(call, &change.make(call).await?).await
}

/// `PATCH` of an instance: only what is given changes.
pub(crate) async fn patch(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let change = Change {
        naming: Naming::of(&body)?,
        configuration: configuration_of(&body)?,
        manner: Manner::Merge,
        element: body.get("element").and_then(|element| element.get("id")).filter(|id| !id.is_null()).cloned(),
    };
    show(call, &change.make(call).await?).await
}

impl Change {
    /// Makes the change; answers the instance as it is then.
    pub async fn make(&self, call: &Call) -> Result<InstanceRow, Failure> {
        self.make_on(call, addressed(call).await?, Verify::Changed).await
    }

    /// Makes the change on an instance that was read before; returns the instance as it is then.
    pub async fn make_on(&self, call: &Call, mut row: InstanceRow, when: Verify) -> Result<InstanceRow, Failure> {
        let store = &call.engine.store;
        let mut turn = None;
        for _ in 0..ATTEMPTS {
            let new = self.applied(call, &row)?;
            let changed = differs(&row, &new) && !is_false(call.query.get("reAuthenticate"));
            let verify = changed || when == Verify::Always;
            if verify {
                vendor::verify(&call.engine, &new.configuration).await?;
            }
            if is_same(&row, &new) && (row.valid || !verify) {
                return Ok(row);
            }
            if store.update_instance(&new, verify).await? {
                return store.instance(row.account_id, row.id).await?.ok_or_else(no_instance);
            }
            // Those that were overtaken queue, so that many changes at once do not overtake each other for ever.
            if turn.is_none() {
                turn = Some(call.engine.turns.take(row.id).await);
            }
            row = store.instance(row.account_id, row.id).await?.ok_or_else(no_instance)?;
        }
        Err(Failure::new(StatusCode::CONFLICT, "The instance is being changed by others; try again"))
    }

    fn applied(&self, call: &Call, row: &InstanceRow) -> Result<InstanceRow, Failure> {
        let mut new = row.clone();
        let element = known_element(&row.element_id.to_string())?;
        if let Some(id) = &self.element {
            // A clone of the same element would be another legal value; there is none.
            new.element_id = id.as_i64().filter(|id| *id == element.id).ok_or_else(|| {
                Failure::bad_request(format!("The instance can only belong to the element {}", element.id))
            })?;
        }
        if let Some(name) = &self.naming.name {
            new.name.clone_from(name);
        }
        if let Some(tags) = &self.naming.tags {
            new.tags.clone_from(tags);
        }
        if let Some(given) = &self.configuration {
            let overrides = call.engine.options.allow_vendor_override;
            new.configuration = configuration::changed(element, &row.configuration, given, self.manner, overrides)?;
        }
        Ok(new)
    }
}

/// Whether the vendor has to be asked again.
fn differs(old: &InstanceRow, new: &InstanceRow) -> bool {
    configuration::CREDENTIALS.iter().any(|key| old.configuration.get(*key) != new.configuration.get(*key))
}

/// Whether there is nothing to store.
fn is_same(old: &InstanceRow, new: &InstanceRow) -> bool {
    let facts = |row: &InstanceRow| (row.name.clone(), row.tags.clone(), row.element_id, row.configuration.clone());
    facts(old) == facts(new)
}

fn is_false(value: Option<&str>) -> bool {
    value.is_some_and(|value| value.eq_ignore_ascii_case("false"))
}
