//! Custom objects: object definitions and common resources (spec P 9.2, 9.10).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Other;
use super::lenient::{or_default, or_none, whole};

/// The definition of a custom object (spec P 9.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "Definition", extend("required" = ["fields"]))]
pub struct ObjectDefinition {
    /// The name; in requests that of the path applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_name: Option<String>,
    /// `organization`, `account`, `instance` or `system`; in requests that of the path applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// When it was created.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub created_date: Option<String>,
    /// Its fields; may be empty.
    #[serde(deserialize_with = "or_default")]
    pub fields: Vec<FieldDefinition>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// A field of a definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "DefinitionField", extend("required" = ["path"]))]
pub struct FieldDefinition {
    /// The path: `person.email`, `answers[*].text`.
    pub path: String,
    /// `string`, `number`, `boolean`, `date`, `int`, `object`, `array` or another type; `string` if unset.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// A name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
    /// Level at which a common resource stores the field: `organization`, `account` or `instance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub associated_level: Option<String>,
    /// The account or instance at which it is stored.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "whole")]
    pub associated_id: Option<i64>,
    /// Its previous path, in `changed_fields` of a common resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_path: Option<String>,
}

/// An object definition, merged from all levels that the caller sees (spec P 9.10).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["name", "fields"]))]
pub struct CommonResource {
    /// Its name.
    pub name: String,
    /// The fields of all levels.
    #[serde(deserialize_with = "or_default")]
    pub fields: Vec<FieldDefinition>,
    /// Fields to rename, in the definition and in its transformations; only in requests.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub changed_fields: Vec<FieldDefinition>,
    /// The instances it is mapped for; only in responses.
    #[serde(deserialize_with = "whole")]
    pub element_instance_ids: Vec<i64>,
    /// The elements it is mapped to; only in responses.
    #[serde(deserialize_with = "whole")]
    pub mapped_element_ids: Vec<i64>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// The definitions or transformations of a level, by object name; `T{}` in the descriptions of calls.
#[cfg(feature = "embedded")]
pub(crate) struct ByName<T> {
    /// The items in order.
    pub items: Vec<(String, T)>,
}

#[cfg(feature = "embedded")]
impl<T: Serialize> Serialize for ByName<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut members = serializer.serialize_map(None)?;
        for (name, item) in &self.items {
            members.serialize_entry(name, item)?;
        }
        members.end()
    }
}

/// An element that an object definition is mapped to at a level.
#[cfg(feature = "embedded")]
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MappedElement<'a> {
    /// The id of the element.
    pub id: i64,
    /// The key of the element.
    pub key: &'a str,
    /// The name of the element.
    pub name: &'a str,
    /// The element's object.
    pub vendor_name: &'a str,
    /// The level of the mapping.
    pub level: &'a str,
    /// The element, as a member of its own.
    pub element: NamedElement<'a>,
    /// The account that has the mapping, or whose instance has it; that of the caller for the organization's.
    pub account: NamedAccount<'a>,
}

/// Short form of an element.
#[cfg(feature = "embedded")]
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedElement<'a> {
    /// Its id.
    pub id: i64,
    /// Its key.
    pub key: &'a str,
    /// Its name.
    pub name: &'a str,
}

/// Short form of an account.
#[cfg(feature = "embedded")]
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedAccount<'a> {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: &'a str,
}

impl ObjectDefinition {
    /// Returns a definition of these paths and types.
    pub fn of<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let fields = fields.into_iter().map(|(path, kind)| FieldDefinition::new(path, kind)).collect();
        Self { fields, ..Self::default() }
    }
}

impl FieldDefinition {
    /// Returns a field with its type.
    pub fn new(path: impl Into<String>, kind: impl Into<String>) -> Self {
        Self { path: path.into(), kind: Some(kind.into()), ..Self::default() }
    }
}
