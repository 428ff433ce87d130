//! Metadata of an instance's objects, and the result of a ping (spec P 7.2, 7.6).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The fields of an object.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectMetadata<'a> {
    /// The fields.
    pub fields: Vec<FieldMetadata<'a>>,
    /// Whether the object may still change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub experimental: Option<bool>,
    /// Whether records may have other fields too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
    #[serde(flatten)]
    pub keys: ObjectKeys,
}

/// Names of an object, and the fields by which copies of its records are kept up to date (spec P 7.7).
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ObjectKeys {
    /// Fields that together identify a record; absent if none is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub primary_key: Vec<String>,
    /// Times of the last change, of which the first with a value applies; absent if the object has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub last_modified: Vec<String>,
    /// All names of the object that calls accept; absent if it has one only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

/// A field.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldMetadata<'a> {
    /// Its type, in the platform's words.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// Its path in the vendor's records.
    pub vendor_path: &'a str,
    /// Its name for people.
    pub vendor_display_name: &'a str,
    /// Its type, in the vendor's words.
    pub vendor_native_type: &'a str,
    /// Whether new records need it.
    pub vendor_required: bool,
    /// Whether it cannot be sent.
    pub vendor_read_only: bool,
    /// Whether consoles leave it out.
    pub hidden: bool,
    /// Whether it is the key of the object, or a part of it.
    pub primary_key: bool,
    /// The verbs that have it.
    pub method: Vec<Value>,
    /// Whether the values identify people; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal: Option<bool>,
    /// The pattern of a date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<&'a str>,
}

/// The vendor answered.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ping<'a> {
    /// Time of the answer.
    pub date_time: String,
    /// The element.
    pub endpoint: &'a str,
    /// Always true.
    pub valid: bool,
}

/// Uses of a common resource.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Usages {
    /// Always empty.
    pub formula_usages: Vec<Value>,
}
