//! Export of assets from a platform.

use std::collections::BTreeMap;

use http::Method;
use serde_json::Value;

use super::{Assets, FormulaKey};
use crate::client::{Level, Platform};
use crate::error::{ErrorKind, Result};
use crate::model::vdr::{PartLevel, Vdr};

impl Platform {
    /// Exports everything defined and mapped for the organization and an account, by default its default account, and the
    /// organization's own elements and formulas. With an instance, also exports what is defined and mapped for that
    /// instance alone.
    pub async fn export_assets(&self, account: Option<i64>, instance: Option<i64>) -> Result<Assets> {
        let account = match account {
            Some(account) => account,
            None => self.default_account().await?,
        };
        let mut levels =
            vec![(PartLevel::Organization, Level::Organization), (PartLevel::Account, Level::Account(Some(account)))];
        levels.extend(instance.map(|instance| (PartLevel::Instance, Level::Instance(instance))));
        let mut elements = Vec::new();
        let resources = self.common_resources().list().await?;
        for id in resources.iter().flat_map(|resource| &resource.mapped_element_ids) {
            let key = self.elements().get(&id.to_string()).await?.key;
            if !elements.contains(&key) {
                elements.push(key);
            }
        }
        let mut assets = Assets { elements: self.own_elements().await?, ..Assets::default() };
        assets.formulas = self.formulas_by_name().await?;
        for (place, level) in levels {
            for (name, definition) in self.definitions(level).declared().await? {
                let object = assets.objects.entry(name).or_default();
                object.created = object.created.take().or(definition.created_date);
                object.definitions.insert(place, definition.fields);
            }
            // An instance has one element only.
            let mapped = match level {
                Level::Instance(id) => vec![self.element_of(id).await?],
                _ => elements.clone(),
            };
            for element in mapped {
                for (name, mut mapping) in self.transformations(level).element(&element).declared().await? {
                    // Inherited fields belong to the level that they come from.
                    mapping.fields.retain(|field| field.level.as_deref().is_none_or(|level| level == place.word()));
                    let object: &mut Vdr = assets.objects.entry(name).or_default();
                    object.mappings.insert((element.clone(), place), mapping);
                }
            }
        }
        self.describe(&mut assets).await?;
        Ok(assets)
    }

    /// Adds the descriptions of VDRs, if the platform has any.
    async fn describe(&self, assets: &mut Assets) -> Result<()> {
        for vdr in self.listed("vdrs").await? {
            let text = |name: &str| vdr.get(name).and_then(Value::as_str);
            if let (Some(name), Some(text)) = (text("objectName"), text("description"))
                && let Some(object) = assets.objects.get_mut(name)
            {
                object.description = Some(text.to_owned());
            }
        }
        Ok(())
    }

    async fn element_of(&self, instance: i64) -> Result<String> {
        let instance = self.instances().get(instance).await?;
        Ok(instance.details().map(|details| details.element.key.clone()).unwrap_or_default())
    }

    /// Returns the definitions of the organization's own elements by key.
    pub(super) async fn own_elements(&self) -> Result<BTreeMap<String, Value>> {
        let mut own = BTreeMap::new();
        for element in self.elements().list().await? {
            if element.private == Some(true) {
                own.insert(element.key.clone(), self.elements().export(&element.key).await?);
            }
        }
        Ok(own)
    }

    /// Returns the formulas by name.
    pub(super) async fn formulas_by_name(&self) -> Result<BTreeMap<FormulaKey, Value>> {
        let mut assets = Assets::default();
        self.listed("formulas").await?.iter().try_for_each(|formula| assets.add_formula(formula))?;
        Ok(assets.formulas)
    }

    /// Returns a list of the platform; empty if it has none, or does not have the call.
    async fn listed(&self, path: &str) -> Result<Vec<Value>> {
        let (mut items, mut token): (Vec<Value>, Option<String>) = (Vec::new(), None);
        loop {
            let mut call = self.request(Method::GET, path);
            if let Some(token) = token {
                call = call.query("nextPage", token);
            }
            let answer = match call.send().await {
                Ok(answer) => answer,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidRequest) => {
                    return Ok(items);
                }
                Err(error) => return Err(error),
            };
            token = answer.next_page_token().map(str::to_owned);
            items.extend(answer.json::<Value>().await?.as_array().cloned().unwrap_or_default());
            if token.is_none() {
                return Ok(items);
            }
        }
    }
}
