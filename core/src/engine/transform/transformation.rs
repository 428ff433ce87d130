//! Transformations in the forms of requests, the store and responses (spec P 9.4).

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::definition::{Shape, Types, check_length, check_paths};
use crate::engine::store::{Owner, TransformationRow, micros_text};
use crate::model::{self, Other};

/// Mapping of an object to an object of an element, defined on one level.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transformation {
    pub vendor_name: String,
    /// Whether it uses the older script engine, whose scripts return their result.
    #[serde(default)]
    pub is_legacy: bool,
    #[serde(default)]
    pub fields: Vec<MappedField>,
    #[serde(default)]
    pub configuration: Vec<Setting>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
}

/// Field of a transformation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MappedField {
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_path: Option<String>,
    /// Type declared here; `None` means the definition's type.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor_type: Option<String>,
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub configuration: Vec<Setting>,
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Entry of a `configuration`; unknown types are kept and have no effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Setting {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, deserialize_with = "null_is_default", skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
}

/// Script of a level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Script {
    pub body: String,
    #[serde(default = "javascript")]
    pub mime_type: String,
    /// Whether records are dropped for which the script returns an empty result.
    #[serde(default, deserialize_with = "null_is_default")]
    pub filter_empty_response: bool,
}

fn javascript() -> String {
    "application/javascript".to_owned()
}

fn null_is_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl Transformation {
    /// Parses the transformation of a request on an object of this name.
    pub fn read(name: &str, body: &Map<String, Value>) -> Result<Self, String> {
        let fields: Vec<MappedField> = part(body, "fields")?;
        check_paths(fields.iter().map(|field| field.path.as_str()))?;
        fields.iter().filter_map(|field| field.vendor_path.as_deref()).try_for_each(check_length)?;
        let fields = fields.into_iter().map(MappedField::without_level).collect();
        let vendor_name: Option<String> = part(body, "vendorName")?;
        Ok(Self {
            vendor_name: vendor_name.filter(|name| !name.is_empty()).unwrap_or_else(|| name.to_owned()),
            is_legacy: part::<Option<bool>>(body, "isLegacy")?.unwrap_or_default(),
            fields,
            configuration: part(body, "configuration")?,
            script: if has_script(body) { part(body, "script")? } else { None },
        })
    }

    /// Returns the first field that the object does not have.
    pub fn undefined_field(&self, shape: &Shape) -> Option<&str> {
        self.fields.iter().map(|field| field.path.as_str()).find(|path| !shape.has(path))
    }

    /// Returns whether higher levels are merged in (spec P 9.7).
    pub fn inherits(&self) -> bool {
        self.setting("inherit").is_some()
    }

    /// Returns the top-level configuration of a type.
    pub fn setting(&self, kind: &str) -> Option<&Setting> {
        self.configuration.iter().find(|setting| setting.kind == kind)
    }

    /// Returns the script, unless its body is blank, as it may be in what an earlier version stored.
    pub fn filled_script(&self) -> Option<&Script> {
        self.script.as_ref().filter(|script| !script.body.trim().is_empty())
    }
}

/// Returns whether a request has a script: one without a body is none (spec P 9.4).
fn has_script(body: &Map<String, Value>) -> bool {
    match body.get("script") {
        Some(Value::Object(script)) => match script.get("body") {
            None | Some(Value::Null) => false,
            Some(Value::String(text)) => !text.trim().is_empty(),
            Some(_) => true,
        },
        _ => true,
    }
}

/// Parses a member of a request; absent and null give the default.
fn part<T: DeserializeOwned + Default>(body: &Map<String, Value>, name: &str) -> Result<T, String> {
    match body.get(name) {
        None | Some(Value::Null) => Ok(T::default()),
        Some(value) => serde_json::from_value(value.clone()).map_err(|error| format!("{name}: {error}")),
    }
}

impl MappedField {
    /// Removes the level, which the URL determines.
    fn without_level(mut self) -> Self {
        self.other.retain(|name, value| name != "level" && !value.is_null());
        self
    }

    /// Returns the configuration of a type.
    pub fn setting(&self, kind: &str) -> Option<&Setting> {
        self.configuration.iter().find(|setting| setting.kind == kind)
    }

    /// Returns the value for records that have none.
    pub fn default_value(&self) -> Option<&Value> {
        let setting = self.setting("defaultValue").or_else(|| self.setting("default"))?;
        setting.properties.get("value").filter(|value| !value.is_null())
    }

    /// Returns whether the field is omitted in a direction, `fromVendor` or `toVendor`.
    pub fn is_suppressed(&self, direction: &str) -> bool {
        let removed = self.setting("remove").is_some_and(|setting| setting.flag(direction, false));
        removed || self.setting("passThrough").is_some_and(|setting| !setting.flag(direction, true))
    }

    fn view(&self, level: &str, shape: &Shape, types: Types) -> model::FieldMapping {
        model::FieldMapping {
            path: self.path.clone(),
            vendor_path: self.vendor_path.clone(),
            kind: types.shown(self.kind.as_deref(), shape.kind(&self.path)).map(str::to_owned),
            vendor_type: self.vendor_type.clone(),
            level: Some(level.to_owned()),
            configuration: self.configuration.iter().map(Setting::view).collect(),
            other: self.other.clone(),
        }
    }
}

impl Setting {
    /// Returns a boolean property, given as a boolean or a string.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        match self.properties.get(name) {
            Some(Value::Bool(value)) => *value,
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => true,
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => false,
            _ => default,
        }
    }

    /// Returns a string property.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.properties.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    fn view(&self) -> model::Setting {
        model::Setting {
            kind: self.kind.clone(),
            properties: Some(self.properties.clone()).filter(|properties| !properties.is_empty()),
            level: self.level.clone(),
            other: Other::new(),
        }
    }
}

impl Script {
    fn view(&self) -> model::Script {
        model::Script {
            body: self.body.clone(),
            mime_type: Some(self.mime_type.clone()),
            filter_empty_response: Some(self.filter_empty_response),
            other: Other::new(),
        }
    }
}

/// Returns a transformation with these fields, as responses show it.
pub(crate) fn transformation_view<'a>(
    row: &TransformationRow,
    fields: impl IntoIterator<Item = (Owner, &'a MappedField)>,
    shape: &Shape,
    types: Types,
) -> model::Transformation {
    let fields = fields.into_iter().map(|(owner, field)| field.view(owner.level(), shape, types));
    model::Transformation {
        level: Some(row.owner.level().to_owned()),
        object_name: Some(row.name.clone()),
        vendor_name: Some(row.body.vendor_name.clone()),
        start_date: Some(micros_text(row.created_us)),
        is_legacy: Some(row.body.is_legacy),
        fields: fields.collect(),
        configuration: row.body.configuration.iter().map(Setting::view).collect(),
        script: row.body.script.as_ref().map(Script::view),
        other: Other::new(),
    }
}
