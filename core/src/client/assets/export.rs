//! Export of assets, in the export form of version 2 (spec P 9.10).

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::{Level, Platform};
use super::Assets;
use crate::atomic_file::{self, Readers};
use crate::error::{Error, ErrorKind, Result};
use crate::model::vdr::{PartLevel, Vdr};

impl Platform {
    /// Exports everything defined and mapped for the organization and an account, by default its default account. With
    /// an instance, also exports what is defined and mapped for that instance alone.
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
                    let object: &mut Vdr = assets.objects.entry(name).or_default();
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
        self.objects.iter().map(|(name, object)| (name.clone(), object.document(name))).collect()
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
