//! Configuration of the tap: a JSON file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use elementkit::model::NewInstance;
use elementkit::{Error, ErrorKind, HostedOptions, InstanceHandle, Platform};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::args::{Target, Which};
use crate::exit::Outcome;
use crate::output;

/// Name of the instance that the tap connects if the configuration has credentials.
const NAME: &str = "singer";

/// The members of the configuration. All are optional.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Config {
    database: Option<PathBuf>,
    base_url: Option<String>,
    user_secret: Option<String>,
    organization_secret: Option<String>,
    instance: Option<i64>,
    element: Option<String>,
    name: Option<String>,
    configuration: BTreeMap<String, String>,
    /// Objects that are streams; all by default.
    pub objects: Option<Vec<String>>,
    /// Conditions by object.
    #[serde(rename = "where")]
    pub conditions: BTreeMap<String, String>,
    /// Whether partitions that cannot be read are named and then skipped.
    pub skip_pending: bool,
    #[serde(flatten)]
    other: BTreeMap<String, serde_json::Value>,
}

impl Config {
    /// Reads the file; without one, everything has its default.
    pub fn read(path: Option<&Path>) -> Outcome<Self> {
        let config: Self = path.map(read_json).transpose()?.unwrap_or_default();
        for name in config.other.keys() {
            output::note(&format!("Warning: the configuration has an unknown member `{name}`, which is ignored"));
        }
        Ok(config)
    }

    /// Opens the platform of the configuration, or else that of the command.
    pub async fn platform(&self, mut target: Target) -> Outcome<Platform> {
        if let Some(database) = &self.database {
            target.database.clone_from(database);
            target.base_url = None;
        }
        if self.base_url.is_some() {
            target.base_url.clone_from(&self.base_url);
        }
        if let (Some(url), true) = (&target.base_url, self.user_secret.is_some() || self.organization_secret.is_some())
        {
            let mut options = HostedOptions::new().base_url(url).warnings(target.warnings);
            if let Some(secret) = &self.user_secret {
                options = options.user(secret.clone());
            }
            if let Some(secret) = &self.organization_secret {
                options = options.organization(secret.clone());
            }
            return Ok(Platform::hosted(options.on_warning(crate::platform::warn))?);
        }
        // Only a tap that connects its own instance can begin with an empty database.
        if self.element.is_some() { target.platform().await } else { target.with_instances().await }
    }

    /// Returns the instance of the configuration, or else that of the command.
    pub async fn instance(&self, platform: &Platform) -> Outcome<InstanceHandle> {
        if let Some(element) = &self.element {
            let name = self.name.clone().unwrap_or_else(|| NAME.to_owned());
            let configuration = self.configuration.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            let new = NewInstance { element: element.clone(), name, configuration, ..NewInstance::default() };
            return Ok(platform.instances().connect_from_env(new).await?);
        }
        Which { instance: self.instance }.find(platform).await
    }
}

/// Reads a JSON file of the tap.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Outcome<T> {
    let wrong = |kind, error: &dyn std::fmt::Display| Error::new(kind, format!("{}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| wrong(ErrorKind::Storage, &error))?;
    Ok(serde_json::from_slice(&bytes).map_err(|error| wrong(ErrorKind::Config, &error))?)
}
