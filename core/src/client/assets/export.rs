//! Export of assets, in the export form of version 2 (spec P 9.10).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::super::{Level, Platform};
use super::{Assets, FileLevel, Object};
use crate::atomic_file::{self, Readers};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Script, Transformation};

impl Platform {
    /// Exports everything defined and mapped for the organization and an account, by default its default account. With
    /// an instance, also exports what is defined and mapped for that instance alone.
    pub async fn export_assets(&self, account: Option<i64>, instance: Option<i64>) -> Result<Assets> {
        let account = match account {
            Some(account) => account,
            None => self.default_account().await?,
        };
        let mut levels =
            vec![(FileLevel::Organization, Level::Organization), (FileLevel::Account, Level::Account(Some(account)))];
        levels.extend(instance.map(|instance| (FileLevel::Instance, Level::Instance(instance))));
        let mut elements = Vec::new();
        let resources = self.common_resources().list().await?;
        for id in resources.iter().flat_map(|resource| &resource.mapped_element_ids) {
            let key = self.elements().get(&id.to_string()).await?.key;
            if !elements.contains(&key) {
                elements.push(key);
            }
        }
        let mut assets = Assets::default();
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
                    let object: &mut Object = assets.objects.entry(name).or_default();
                    object.mappings.insert((element.clone(), place), mapping);
                }
            }
        }
        Ok(assets)
    }

    async fn element_of(&self, instance: i64) -> Result<String> {
        let instance = self.instances().get(instance).await?;
        Ok(instance.details().map(|details| details.element.key.clone()).unwrap_or_default())
    }
}

impl Assets {
    /// Writes one file for each object, named after it, into a folder, which is created if it is missing. Returns the
    /// files.
    ///
    /// # Errors
    /// `storage` if a file cannot be written; `config` if the name of an object is not a valid file name, in which case
    /// nothing was written.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
        let folder = folder.as_ref();
        let documents = self.documents().into_iter();
        let documents: Vec<_> =
            documents.map(|(name, document)| Ok((file_name(&name)?, document))).collect::<Result<_>>()?;
        std::fs::create_dir_all(folder).map_err(|error| atomic_file::failed(folder, &error))?;
        let mut files = Vec::new();
        for (name, document) in documents {
            let file = folder.join(name);
            let text = format!("{document:#}\n");
            atomic_file::write(&file, text.as_bytes(), Readers::Umask)?;
            files.push(file);
        }
        Ok(files)
    }

    /// Returns the objects as documents of the export form, by name.
    pub fn documents(&self) -> Vec<(String, Value)> {
        self.objects.iter().map(|(name, object)| (name.clone(), document(name, object))).collect()
    }
}

/// Returns the file name of an object. A platform may send any name, but none may point outside the folder.
fn file_name(object: &str) -> Result<String> {
    let leads_away = |next: char| matches!(next, '/' | '\\' | ':') || next.is_control();
    if object.contains(leads_away) || object.starts_with('.') {
        return Err(Error::new(ErrorKind::Config, format!("the object name {object:?} cannot be the name of a file")));
    }
    Ok(format!("{object}.json"))
}

fn document(name: &str, object: &Object) -> Value {
    let fields = object.definitions.iter().flat_map(|(place, fields)| {
        fields.iter().map(|field| {
            let mut view = json!(field);
            view["level"] = place.word().into();
            view
        })
    });
    let mut definition = json!({
        "objectName": name,
        "fields": fields.collect::<Vec<_>>(),
        "levels": object.definitions.keys().map(|place| place.word()).collect::<Vec<_>>(),
    });
    if let Some(created) = &object.created {
        definition["createdDate"] = created.as_str().into();
    }
    let mut by_element: BTreeMap<&str, Vec<(FileLevel, &Transformation)>> = BTreeMap::new();
    for ((element, place), mapping) in &object.mappings {
        by_element.entry(element).or_default().push((*place, mapping));
    }
    let mappings =
        by_element.into_iter().map(|(element, levels)| (element.to_owned(), mapping(name, element, &levels)));
    let mappings: Map<String, Value> = mappings.collect();
    json!({"vdrName": name, "vdrVersion": "v2", "definition": definition, "transformation": mappings})
}

/// Returns the mapping of an element, which combines the parts of all levels, the highest first.
fn mapping(name: &str, element: &str, levels: &[(FileLevel, &Transformation)]) -> Value {
    let at = |value: Value, place: FileLevel| {
        let mut value = value;
        value["level"] = place.word().into();
        value
    };
    let fields = levels.iter().flat_map(|(place, part)| part.fields.iter().map(|field| at(json!(field), *place)));
    let settings =
        levels.iter().flat_map(|(place, part)| part.configuration.iter().map(|entry| at(json!(entry), *place)));
    let script = |(place, part): &(FileLevel, &Transformation)| {
        let script: &Script = part.script.as_ref()?;
        Some(at(json!(script), *place))
    };
    let scripts: Vec<Value> = levels.iter().filter_map(script).collect();
    let parts = levels.iter().map(|(place, part)| {
        json!({"level": place.word(), "vendorName": part.vendor_name, "isLegacy": part.is_legacy.unwrap_or_default()})
    });
    let last = levels.last().map(|(_, part)| *part);
    let mut view = json!({
        "elementKey": element,
        "objectName": name,
        "vendorName": last.and_then(|part| part.vendor_name.clone()),
        "isLegacy": last.and_then(|part| part.is_legacy).unwrap_or_default(),
        "fields": fields.collect::<Vec<_>>(),
        "configuration": settings.collect::<Vec<_>>(),
        "scripts": scripts,
        "levels": parts.collect::<Vec<_>>(),
    });
    if let Some(script) = view["scripts"].as_array().and_then(|scripts| scripts.last()).cloned() {
        view["script"] = script;
    }
    view
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_the_folder() -> Result<()> {
        assert_eq!(file_name("my contacts.v2")?, "my contacts.v2.json");
        for away in ["../../evil", "/etc/evil", r"..\evil", "c:evil", "..", ".hidden", "a\nb"] {
            assert!(file_name(away).is_err_and(|error| error.kind() == ErrorKind::Config), "{away}");
        }
        Ok(())
    }
}
