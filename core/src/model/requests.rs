//! The bodies that calls take. Handlers read them member by member, so that an error can name what is wrong; these types
//! are their description.
#![allow(dead_code)] // described, never made

use schemars::JsonSchema;
use serde_json::Value;

use super::{FieldDefinition, Other, PartitionWatermark, Transformation};

/// A user name and a password.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Login {
    /// The user's e-mail address.
    pub username: String,
    /// The user's password.
    pub password: String,
}

/// A new password.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewPassword {
    /// The password.
    pub password: String,
}

/// An element, by key or id.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ElementChoice {
    /// Its key.
    pub key: Option<String>,
    /// Its catalogue id.
    pub id: Option<i64>,
}

/// A new instance. The element is that of the path, where it names one.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewInstance {
    /// The element.
    pub element: Option<ElementChoice>,
    /// Its name.
    pub name: String,
    /// Its tags; without them it gets its name as the only one.
    pub tags: Option<Vec<String>>,
    /// Its configuration.
    pub configuration: Option<Other>,
    /// `code` and `state` that the vendor sent to the callback, and details for the caller's own use.
    pub provider_data: Option<Other>,
    /// Whether the answer lists the objects.
    pub retrieve_objects_after_instantiation: Option<bool>,
}

/// Changes of an instance.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InstanceUpdate {
    /// The new name.
    pub name: Option<String>,
    /// All its tags from now on.
    pub tags: Option<Vec<String>>,
    /// Values to set; null takes an optional one back to its default.
    pub configuration: Option<Other>,
    /// The element, which cannot be changed.
    pub element: Option<ElementChoice>,
    /// `code` and `state`, or `oauth_token` and `oauth_verifier`, that the vendor sent to the callback, if the user granted
    /// access again.
    pub provider_data: Option<Other>,
}

/// Values for the address at which a user grants access. Others fill placeholders of the address.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OauthRequest {
    /// The client id; that of the element by default.
    pub api_key: Option<String>,
    /// The client secret, which only OAuth 1 needs.
    pub api_secret: Option<String>,
    /// The address to which the vendor sends the user; that of the element by default.
    pub callback_url: Option<String>,
    /// The requested scopes; those of the element by default.
    pub scope: Option<String>,
    /// A text that the vendor sends to the callback.
    pub state: Option<String>,
    /// The PKCE challenge of a caller that keeps the verifier itself.
    pub code_challenge: Option<String>,
    /// The request token of OAuth 1; the platform asks for one by default.
    pub request_token: Option<String>,
}

/// A new value.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PropertyValue {
    /// The value; null takes an optional one back to its default.
    pub property_value: Option<Value>,
}

/// A new name.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rename {
    /// The name.
    pub object_name: String,
}

/// A new name.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewName {
    /// The name.
    pub name: String,
}

/// The time for which a secret that is replaced is still accepted.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Grace {
    /// Seconds, at most a week.
    pub grace_seconds: Option<u64>,
}

/// A record to transform, and the owner of the transformation.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Execution {
    /// The record, or several.
    pub payload: Value,
    /// The element.
    pub element_id: Option<i64>,
    /// The instance.
    pub instance_id: Option<i64>,
    /// The verb, which tells the direction.
    pub method: Option<String>,
    /// A transformation to try in place of that of the instance.
    pub transformation: Option<Transformation>,
}

/// A statement, when there is no parameter q.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkQuery {
    /// The statement.
    pub q: Option<String>,
    /// The statement, by its second name.
    pub query: Option<String>,
    /// Details for the caller's own use.
    pub meta_data: Option<Value>,
    /// Starting points of partitions.
    pub watermarks: Option<Vec<PartitionWatermark>>,
}

/// The records to read.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BulkDownload {
    /// The object.
    pub object_name: String,
    /// The format of the result.
    pub format: String,
    /// A CEQL condition.
    #[serde(rename = "where")]
    pub where_clause: Option<String>,
    /// The fields to keep, comma-separated.
    pub select_fields: Option<String>,
    /// Maximum number of records.
    pub limit: Option<i64>,
    /// Records a page of the vendor.
    pub page_size: Option<i64>,
    /// Only records changed from this date on.
    pub from: Option<String>,
    /// Only records changed up to this date.
    pub to: Option<String>,
    /// The date that `from` and `to` are about.
    pub filter_date_field: Option<String>,
    /// Whether members that are null are left out.
    pub filter_nulls: Option<bool>,
    /// Maximum number of calls to the vendor.
    pub api_limit: Option<i64>,
    /// The job to go on behind.
    pub continue_from_job_id: Option<String>,
    /// The URL to which the end of the job is reported.
    pub notification_url: Option<String>,
    /// Further parameters of the vendor's list call.
    pub query: Option<Value>,
}

/// A VDR. Fields may have a `level` and the `associatedId` of its account or instance; in changes also the `id` of the
/// field.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewVdr {
    /// The name of the object.
    pub object_name: Option<String>,
    /// A description for people.
    pub description: Option<String>,
    /// The fields of all levels.
    pub fields: Option<Vec<FieldDefinition>>,
}

/// A piece of a script.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewSnippet {
    /// Its name.
    pub name: String,
    /// The text of the script.
    pub body: String,
    /// A description for people.
    pub description: Option<String>,
    /// `transformation`.
    pub snippet_type: Option<String>,
}
