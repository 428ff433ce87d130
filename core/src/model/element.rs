//! The catalogue of elements (spec P 5).

use serde::{Deserialize, Serialize};

use super::Other;
use super::lenient::{or_default, whole};

/// An entry of the catalogue (spec P 5.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Element {
    /// The catalogue id.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// Its key, for instance `brighttalk`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Description of what it connects.
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    /// The hub it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// Whether it can be used.
    pub active: bool,
    /// Whether results can be read in bulk.
    pub bulk_download_enabled: bool,
    /// Whether records can be sent in bulk.
    pub bulk_upload_enabled: bool,
    /// Whether its objects can be transformed.
    pub transformations_enabled: bool,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

/// The capabilities of an element (spec P 5.4).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ElementMetadata {
    /// The catalogue id.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The active extensions of the contract (spec P 16.8); absent on the hosted platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Vec<String>>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

/// A configuration item that instances of an element accept (spec P 5.3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigurationDefinition {
    /// The id of the definition.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// The key, for instance `brighttalk.api.key`.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its purpose.
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    /// The value if none is given.
    pub default_value: Option<String>,
    /// `TEXTFIELD_128`, `BOOLEAN`, `PASSWORD` and others.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// Whether an instance needs it.
    pub required: bool,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

/// A value of the configuration of an instance (spec P 6.11).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigurationItem {
    /// The id of this item in this instance.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// The key.
    pub key: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The value, masked if it is a secret; `None` if it is not set.
    pub property_value: Option<String>,
    /// `TEXTFIELD_128`, `BOOLEAN`, `PASSWORD` and others.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}
