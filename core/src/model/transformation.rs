//! Mappings of a custom object to an object of an element (spec P 9.4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Other;
use super::lenient::or_default;

/// A mapping of a custom object to an object of an element.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Transformation {
    /// `organization`, `account` or `instance`; in requests with a level in the path, that of the path applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The custom object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_name: Option<String>,
    /// The element's object, for instance `contacts`; the name of the custom object if unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_name: Option<String>,
    /// Time since which it exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<String>,
    /// Whether the script is one of the first engine, which ends with `return`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_legacy: Option<bool>,
    /// The mapped fields in order.
    #[serde(deserialize_with = "or_default")]
    pub fields: Vec<FieldMapping>,
    /// `passThrough`, `inherit`, `addToDocumentation`, `applyJSOnQueryFieldValue` and others.
    #[serde(deserialize_with = "or_default")]
    pub configuration: Vec<Setting>,
    /// A script that completes the mapping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// A mapped field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "MappedField", extend("required" = ["path"]))]
pub struct FieldMapping {
    /// The path in the custom object.
    pub path: String,
    /// The path in the element's object (spec P 9.11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_path: Option<String>,
    /// The type to convert to.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The type to convert to on the way to the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_type: Option<String>,
    /// The level at which the field is mapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// `remove`, `passThrough`, `transformDate`, `defaultValue` and others.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub configuration: Vec<Setting>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

/// An entry of a `configuration`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("required" = ["type"]))]
pub struct Setting {
    /// The name of the setting.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its parameters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub properties: Option<Other>,
    /// The level at which it is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// A script (spec P 9.12).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Script {
    /// The body of a function that ends with `done(value)`.
    pub body: String,
    /// `application/javascript`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Whether an empty result drops the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_empty_response: Option<bool>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

impl Transformation {
    /// Returns a mapping to an object of the element: pairs of a path in the custom object and one in the element's
    /// object.
    pub fn of<'a>(vendor_name: impl Into<String>, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mapping = |(path, vendor_path): (&str, &str)| FieldMapping {
            path: path.to_owned(),
            vendor_path: Some(vendor_path.to_owned()),
            ..FieldMapping::default()
        };
        let fields = fields.into_iter().map(mapping).collect();
        Self { vendor_name: Some(vendor_name.into()), fields, ..Self::default() }
    }

    /// Adds a setting without properties, for instance `inherit`.
    #[must_use]
    pub fn with(mut self, setting: impl Into<String>) -> Self {
        self.configuration.push(Setting { kind: setting.into(), ..Setting::default() });
        self
    }

    /// Omits what is not mapped, in both directions.
    #[must_use]
    pub fn only_mapped(mut self) -> Self {
        let off = ["fromVendor", "toVendor"].map(|name| (name.to_owned(), false.into()));
        let properties = Some(off.into_iter().collect());
        self.configuration.push(Setting { kind: "passThrough".to_owned(), properties, ..Setting::default() });
        self
    }

    /// Adds a script, which ends with `done(value)`.
    #[must_use]
    pub fn script(mut self, body: impl Into<String>) -> Self {
        self.script = Some(Script {
            body: body.into(),
            mime_type: Some("application/javascript".to_owned()),
            ..Script::default()
        });
        self
    }
}
