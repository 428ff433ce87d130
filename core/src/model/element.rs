//! The catalogue of elements (spec P 5).

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Other;
use super::lenient::{or_default, or_none, whole};
use crate::auth::{hex, random_bytes};
use crate::error::Result;

/// An entry of the catalogue (spec P 5.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-sometimes" = []))]
pub struct Element {
    /// The catalogue id.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its key, for instance `acme`.
    pub key: String,
    /// Its name in hooks.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub hook_name: Option<String>,
    /// Description of what it connects.
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    /// A picture of it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub image: Option<String>,
    /// Whether it can be used.
    pub active: bool,
    /// Whether it was deleted.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub deleted: Option<bool>,
    /// Whether its instances are authorized with OAuth.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub type_oauth: Option<bool>,
    /// Whether the vendor has trial accounts.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub trial_account: Option<bool>,
    /// URL to sign up with the vendor.
    #[serde(rename = "signupURL")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub signup_url: Option<String>,
    /// Transformations that every instance begins with.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub default_transformations: Option<Vec<Value>>,
    /// The hub it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// Whether its objects can be transformed.
    pub transformations_enabled: bool,
    /// Whether results can be read in bulk.
    pub bulk_download_enabled: bool,
    /// Whether records can be sent in bulk.
    pub bulk_upload_enabled: bool,
    /// Whether it can be copied.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub cloneable: Option<bool>,
    /// Whether it can be extended.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub extendable: Option<bool>,
    /// Whether it is not finished.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub beta: Option<bool>,
    /// Whether it extends another element.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub extended: Option<bool>,
    /// Whether it belongs to one organization.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub private: Option<bool>,
    /// The protocol of the vendor.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub protocol_type: Option<String>,
    /// Authentication of the vendor's calls, as `type`.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub authentication: Option<Other>,
    /// Parameters of all its calls.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub parameters: Option<Vec<Value>>,
    /// Its hooks.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub hooks: Option<Vec<Value>>,
    /// Its resources, where they are asked for.
    #[schemars(with = "Vec<Resource>")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub resources: Option<Vec<Value>>,
    /// Its objects, where they are asked for.
    #[schemars(with = "Vec<ElementObject>")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub objects: Option<Vec<Value>>,
    /// Configuration items that its instances accept.
    #[schemars(with = "Vec<ConfigurationDefinition>")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub configuration: Option<Vec<Value>>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// The capabilities of an element (spec P 5.4).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-sometimes" = ["churros", "hub"]))]
pub struct ElementMetadata {
    /// The catalogue id.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Description of what it connects.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub description: Option<String>,
    /// A picture of it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub image: Option<String>,
    /// Whether it can be used.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub active: Option<bool>,
    /// Whether it is not finished.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub beta: Option<bool>,
    /// Its position in lists.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub display_order: Option<i64>,
    /// Whether its objects can be transformed.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub transformations: Option<bool>,
    /// `element`.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub element_type: Option<String>,
    /// Whether the vendor's pages are made one kind of page.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub normalized_paging: Option<bool>,
    /// Whether its Swagger document was checked.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub swagger_validated: Option<bool>,
    /// Whether it can be copied.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub cloneable: Option<bool>,
    /// Authentication of its instances.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub authentication_type: Option<String>,
    /// Events that it supports.
    #[schemars(with = "Events")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub events: Option<Value>,
    /// Whether it reads and sends in bulk.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub bulk: Option<Other>,
    /// Kinds of metadata that it discovers in the vendor's account.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub discovery: Option<Other>,
    /// The vendor's API.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub api: Option<Other>,
    /// Usage figures.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub usage: Option<Other>,
    /// Its resources.
    #[schemars(with = "Vec<Resource>")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub resources: Option<Vec<Value>>,
    /// The active extensions of the contract (spec P 16.8); absent on the hosted platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Vec<String>>,
    /// Whether it has tests of its own, in the large form.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub churros: Option<bool>,
    /// The hub it belongs to, in the large form.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub hub: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// A family of elements.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Hub {
    /// The catalogue id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: String,
    /// Description of its elements.
    pub description: String,
    /// Whether it can be used.
    pub active: bool,
    /// The resources of its elements, where they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<Resource>>,
}

/// The address at which a user grants an application access to an element (spec E 4.24).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct OauthUrl {
    /// The address.
    pub oauth_url: String,
    /// The element's key.
    pub element: String,
    /// State that the vendor sends to the callback with the code.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub state: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// A request token of OAuth 1 (spec E 4.51).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct OauthToken {
    /// The token, for which a user grants access.
    pub token: String,
    /// Its secret, which the creation of the instance needs.
    pub secret: String,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

impl fmt::Debug for OauthToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OauthToken").finish_non_exhaustive()
    }
}

/// Values for the address at which a user grants access; those that are absent have the defaults of the element.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OauthOptions {
    /// Client id of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    /// Client secret of the application, which only OAuth 1 needs before access is granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_secret: Option<String>,
    /// Address of the application to which the vendor sends the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// Requested scopes, separated as the vendor expects it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// State that the vendor sends to the callback. An application gives a random one and compares it there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Request token of OAuth 1. Absent: the platform asks the vendor for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_token: Option<String>,
    /// Values for placeholders of the address.
    #[serde(flatten)]
    pub parameters: BTreeMap<String, String>,
}

impl OauthOptions {
    /// Sets a random state, by which the application recognizes the redirect of its own user.
    ///
    /// # Errors
    /// `internal` if the operating system gives no random bytes.
    pub fn with_random_state(self) -> Result<Self> {
        Ok(Self { state: Some(hex(&random_bytes::<16>()?)), ..self })
    }
}

impl fmt::Debug for OauthOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OauthOptions").field("callback_url", &self.callback_url).finish_non_exhaustive()
    }
}

/// An object of an element.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ElementObject {
    /// Its name.
    pub name: String,
    /// Description of its records.
    pub description: String,
}

/// Supported events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Events {
    /// Whether there are any.
    pub supported: bool,
    /// Methods of delivery.
    pub methods: Vec<String>,
    /// Their types, in the large form of the metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_types: Option<Vec<String>>,
}

/// A resource of an element.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Resource {
    /// Its name.
    pub canonical_name: String,
    /// The verbs it has.
    pub operations: Vec<String>,
    /// Its events.
    pub events: Events,
    /// Whether it may still change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub experimental: Option<bool>,
    /// Whether it is read and sent in bulk, in the large form of the metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bulk: Option<Other>,
    /// Whether it has custom fields, in the large form of the metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_field: Option<bool>,
}

/// A configuration item that instances of an element accept (spec P 5.3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "Configuration", extend("x-sometimes" = []))]
pub struct ConfigurationDefinition {
    /// The id of the definition.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The key, for instance `acme.api.key`.
    pub key: String,
    /// Its purpose.
    #[serde(deserialize_with = "or_default")]
    pub description: String,
    /// The value if none is given.
    pub default_value: Option<String>,
    /// Whether resellers set it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub reseller_config: Option<bool>,
    /// Whether organizations set it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub company_config: Option<bool>,
    /// Whether it can be used.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub active: Option<bool>,
    /// Whether only the platform sets it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub internal: Option<bool>,
    /// Whether it shows or hides others.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub group_control: Option<bool>,
    /// Its position in lists.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub display_order: Option<i64>,
    /// `TEXTFIELD_128`, `BOOLEAN`, `PASSWORD` and others.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// Whether consoles leave it out.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub hide_from_console: Option<bool>,
    /// Whether an instance needs it.
    pub required: bool,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// A value of the configuration of an instance (spec P 6.11).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-sometimes" = []))]
pub struct ConfigurationItem {
    /// The id of this item in this instance.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// The key.
    pub key: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The value, masked if it is a secret; null if it is not set.
    pub property_value: Option<String>,
    /// `TEXTFIELD_128`, `BOOLEAN`, `PASSWORD` and others.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether an instance needs it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub required: Option<bool>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}
