//! Configuration values of an instance as separate items (spec P 6.11).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Map;

use super::body::Naming;
use super::configuration::{Manner, is_masked};
use super::login::ProviderData;
use super::update::Change;
use super::{addressed, element_by_id};
use crate::auth::MASK;
use crate::element::{ConfigurationType, Element};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::InstanceRow;
use crate::model::{ConfigurationItem, Other};

const NO_CONFIGURATION: &str = "No configuration found";

/// `GET …/configuration`: the keys of the element, including unset ones, then the instance's other keys.
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    let items = Items::of(call, &row).await?;
    Reply::json(&items.keys().iter().filter_map(|key| items.view(key)).collect::<Vec<_>>())
}

/// `GET …/configuration/{configId}`
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    let items = Items::of(call, &row).await?;
    let key = items.wanted(call)?;
    Reply::json(&items.view(key))
}

/// `PATCH …/configuration/{configId}`: changes only the value; null restores the default.
pub(crate) async fn patch(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let value = body.get("propertyValue").ok_or_else(|| Failure::bad_request("propertyValue is required"))?;
    let row = addressed(call).await?;
    let items = Items::of(call, &row).await?;
    let key = items.wanted(call)?.to_owned();
    let change = Change {
        naming: Naming { name: None, tags: None },
        configuration: Some(Map::from_iter([(key.clone(), value.clone())])),
        manner: Manner::Merge,
        element: None,
        data: ProviderData::default(),
    };
    let changed = change.make(call).await?;
    Reply::json(&Items { row: &changed, element: items.element, ids: items.ids }.view(&key))
}

struct Items<'a> {
    row: &'a InstanceRow,
    element: Arc<dyn Element>,
    ids: BTreeMap<String, i64>,
}

impl<'a> Items<'a> {
    async fn of(call: &Call, row: &'a InstanceRow) -> Result<Self, Failure> {
        let element = element_by_id(call, row.element_id).await?;
        let mut items = Self { row, element, ids: BTreeMap::new() };
        items.ids = call.engine.store.configuration_ids(row.id, &items.keys()).await?;
        Ok(items)
    }

    fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.element.info().listed().map(|info| &*info.key).collect();
        let own = self.row.configuration.keys().chain(self.row.acquired.keys()).map(String::as_str);
        let own: Vec<&str> = own.filter(|key| !keys.contains(key)).collect();
        keys.extend(own);
        keys
    }

    /// Returns the key whose id is in the path.
    fn wanted(&self, call: &Call) -> Result<&str, Failure> {
        let id = call.id_param("configId", NO_CONFIGURATION)?;
        let found = self.keys().into_iter().find(|key| self.ids.get(*key) == Some(&id));
        found.ok_or_else(|| Failure::not_found(NO_CONFIGURATION))
    }

    fn view(&self, key: &str) -> Option<ConfigurationItem> {
        let info = self.element.info().configuration(key);
        let masked = is_masked(&*self.element, key);
        let value = self.row.value(key).map(|value| if masked { MASK } else { value });
        // Keys that the element does not define are text.
        let kind = info.map_or(ConfigurationType::Text(1000), |info| info.kind);
        Some(ConfigurationItem {
            id: *self.ids.get(key)?,
            key: key.to_owned(),
            name: Some(info.map_or(key, |info| &*info.name).to_owned()),
            property_value: value.map(str::to_owned),
            kind: Some(kind.name()),
            required: Some(info.is_some_and(|info| info.required)),
            other: Other::new(),
        })
    }
}
