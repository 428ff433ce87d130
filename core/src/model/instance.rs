use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Other;
use super::lenient::{or_none, texts, whole};
use crate::auth::MASK;
use crate::element::ConfigurationInfo;
use crate::elements::registry;
use crate::environment::{self, OAUTH_API_KEY, OAUTH_API_SECRET};
use crate::error::{Error, ErrorKind, Result};

/// A connection of an element for one user (spec P 6.1).
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-sometimes" = ["configuration", "objects"]))]
pub struct Instance {
    /// The id of the instance.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Time of creation, `YYYY-MM-DDTHH:MM:SSZ`.
    #[serde(default)]
    #[schemars(required)]
    pub created_date: Option<String>,
    /// The Element token, a secret.
    #[serde(default)]
    #[schemars(required)]
    pub token: Option<String>,
    /// The element that it connects.
    #[serde(default)]
    pub element: ElementSummary,
    /// The catalogue id of the element.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub element_id: Option<i64>,
    /// Its tags.
    #[serde(default, deserialize_with = "tags")]
    pub tags: Vec<String>,
    /// Steps that are left before it can be used.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub provision_interactions: Option<Vec<Value>>,
    /// Whether the stored credentials worked the last time they were used.
    #[serde(default = "yes")]
    pub valid: bool,
    /// Whether it is disabled.
    #[serde(default)]
    pub disabled: bool,
    /// Number of cached responses; 0 here.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub max_cache_size: Option<i64>,
    /// Lifetime of cached responses; 0 here.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub cache_time_to_live: Option<i64>,
    /// Whether answers are cached; not here.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub caching_enabled: Option<bool>,
    /// The configuration; secrets are masked. Absent in lists that are not hydrated.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "texts")]
    pub configuration: Option<BTreeMap<String, String>>,
    /// Whether events are received.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub events_enabled: Option<bool>,
    /// Whether its calls are logged.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub trace_logging_enabled: Option<bool>,
    /// `none`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub external_authentication: Option<String>,
    /// Its owner.
    #[serde(default)]
    pub user: User,
    /// The mappings that apply to it: `objectName` and `vendorName`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub transformation_data: Option<Vec<Value>>,
    /// Its objects, where a new instance is asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    #[schemars(with = "Vec<ObjectItem>")]
    pub objects: Option<Vec<Value>>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// An object of an instance, and its kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectItem {
    /// Its name.
    pub name: String,
    /// The vendor's object.
    pub vendor_name: String,
    /// `ceCanonical` for objects of the element, `vdr` for common resources.
    #[serde(rename = "type")]
    pub kind: String,
}

/// The short form of an element inside an instance (spec P 5.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-sometimes" = []))]
pub struct ElementSummary {
    /// The catalogue id.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// The name.
    pub name: String,
    /// Its name in hooks.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub hook_name: Option<String>,
    /// The key.
    pub key: String,
    /// Description of what it connects.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub description: Option<String>,
    /// A picture of it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub image: Option<String>,
    /// Whether it can be used.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub active: Option<bool>,
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
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "or_none")]
    pub hub: Option<String>,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}

/// The user an instance belongs to (spec P 6.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "InstanceUser")]
pub struct User {
    /// The id of the user.
    #[serde(deserialize_with = "whole")]
    pub id: i64,
    /// E-mail address.
    pub email_address: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
}

/// Configuration keys and values of a new or changed instance (spec P 5.3). Values are sent as text; `true` and
/// `false` for booleans.
pub type Configuration = BTreeMap<String, String>;

/// The properties of a new instance (spec P 6.2).
#[derive(Clone, Default)]
pub struct NewInstance {
    /// The element's key, for instance `acme`.
    pub element: String,
    /// A name, 1 to 255 characters.
    pub name: String,
    /// Tags; `None` gives it its name as the only tag.
    pub tags: Option<Vec<String>>,
    /// Its configuration.
    pub configuration: Configuration,
    /// Members of `providerData`: what the vendor sent to the callback of an application, and the caller's own.
    pub provider_data: BTreeMap<String, String>,
}

/// Changes of an instance. What is not given is unchanged, except with `update`, which resets optional configuration
/// that is not given to its default (spec P 6.7).
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InstanceChange {
    /// A new name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// All its new tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Values to set; `None` resets an optional one to its default. A masked secret is unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration: Option<BTreeMap<String, Option<String>>>,
    /// Code and state that the vendor sent to the callback of an application, if the user granted access again.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub provider_data: BTreeMap<String, String>,
    /// Whether changed credentials are stored without verifying them with the vendor.
    #[serde(skip_serializing)]
    pub skip_verification: bool,
}

/// Numbers of instances (spec P 6.6).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "InstanceCount")]
pub struct InstanceCounts {
    /// Number of all instances.
    #[serde(deserialize_with = "whole")]
    pub total_instances: u64,
    /// Numbers by element.
    pub element_instances: Vec<ElementCount>,
}

/// Number of instances of one element.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ElementCount {
    /// The catalogue id.
    #[serde(deserialize_with = "whole")]
    pub element_id: i64,
    /// The key.
    pub element_key: String,
    /// The number.
    #[serde(deserialize_with = "whole")]
    pub count: u64,
}

impl ElementSummary {
    /// Returns the key or else the id, for paths.
    pub(crate) fn key_or_id(&self) -> Cow<'_, str> {
        if self.key.is_empty() { self.id.to_string().into() } else { self.key.as_str().into() }
    }

    /// Returns the key of the hub, as the platform or else the catalogue of this version has it.
    pub(crate) fn hub_key(&self) -> Option<&str> {
        let told = self.hub.as_deref().filter(|hub| !hub.is_empty());
        told.or_else(|| registry::find(&self.key_or_id()).map(|info| &*info.hub.key))
    }
}

impl NewInstance {
    /// Returns an instance of an element without configuration, named after the element.
    pub fn of(element: &str) -> Self {
        let name = registry::find(element).map_or(element, |info| &*info.name);
        Self { element: element.to_owned(), name: name.to_owned(), ..Self::default() }
    }

    /// Sets the name. Use a distinct name for each vendor account.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets one configuration value.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.configuration.insert(key.into(), value.into());
        self
    }

    /// Sets the code and the state that the vendor sent to the callback after the user granted access.
    #[must_use]
    pub fn granted(mut self, code: impl Into<String>, state: impl Into<String>) -> Self {
        self.provider_data.insert("code".to_owned(), code.into());
        self.provider_data.insert("state".to_owned(), state.into());
        self
    }

    /// Sets a request token of OAuth 1 with its secret, and the verifier that the vendor sent to the callback after the
    /// user granted access.
    #[must_use]
    pub fn verified(
        mut self,
        token: impl Into<String>,
        secret: impl Into<String>,
        verifier: impl Into<String>,
    ) -> Self {
        self.provider_data.insert("oauth_token".to_owned(), token.into());
        self.provider_data.insert("secret".to_owned(), secret.into());
        self.provider_data.insert("oauth_verifier".to_owned(), verifier.into());
        self
    }

    /// Fills the configuration that is not given from the environment variables of the element, for instance
    /// `ACME_API_KEY` and `ACME_API_SECRET`.
    #[must_use]
    pub fn with_env(mut self) -> Self {
        for info in self.absent() {
            if let Some(value) = info.variable.as_deref().and_then(environment::read) {
                self.configuration.insert(info.key.to_string(), value);
            }
        }
        self
    }

    /// Fills the client of OAuth 2 that is not given from `ELEMENTKIT_OAUTH_API_KEY` and `ELEMENTKIT_OAUTH_API_SECRET`.
    #[must_use]
    pub fn with_oauth_env(mut self) -> Self {
        for (key, variable) in [("oauth.api.key", OAUTH_API_KEY), ("oauth.api.secret", OAUTH_API_SECRET)] {
            let given = self.configuration.get(key).is_some_and(|value| !value.trim().is_empty());
            if let Some(value) = environment::read(variable).filter(|_| !given) {
                self.configuration.insert(key.to_owned(), value);
            }
        }
        self
    }

    /// Returns the required configuration that is not given, of elements this version knows.
    pub fn missing(&self) -> Vec<&'static ConfigurationInfo> {
        self.absent().filter(|info| info.required).collect()
    }

    /// Fails if required configuration is missing, and names the variable that can hold it.
    ///
    /// # Errors
    /// `config` with the first missing key.
    pub fn check(&self) -> Result<()> {
        let Some(info) = self.missing().into_iter().next() else { return Ok(()) };
        let Some(variable) = &info.variable else {
            return Err(Error::new(ErrorKind::Config, format!("the configuration {} is missing", info.key)));
        };
        let message = format!("the credentials are missing: {variable} is not set and no {} was given", info.name);
        Err(Error::new(ErrorKind::Config, message).with_hint(format!("Give it as {}, or set {variable}.", info.key)))
    }

    fn absent(&self) -> impl Iterator<Item = &'static ConfigurationInfo> + use<> {
        let known = registry::find(&self.element).into_iter().flat_map(|info| info.listed());
        let given: Vec<&str> =
            self.configuration.iter().filter(|(_, value)| !value.trim().is_empty()).map(|(key, _)| &**key).collect();
        known.filter(|info| !given.contains(&&*info.key)).collect::<Vec<_>>().into_iter()
    }
}

impl InstanceChange {
    /// Returns a change of the name.
    pub fn name(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// Sets all its new tags.
    #[must_use]
    pub fn tags(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// Sets one configuration value.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.configuration.get_or_insert_default().insert(key.into(), Some(value.into()));
        self
    }
}

impl fmt::Debug for InstanceChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.configuration.as_ref().map(|values| values.keys().collect::<Vec<_>>());
        f.debug_struct("InstanceChange")
            .field("name", &self.name)
            .field("tags", &self.tags)
            .field("configuration", &keys)
            .finish()
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("token", &self.token.as_ref().map(|_| MASK))
            .field("element", &self.element.key)
            .field("tags", &self.tags)
            .field("valid", &self.valid)
            .field("disabled", &self.disabled)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NewInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewInstance")
            .field("element", &self.element)
            .field("name", &self.name)
            .field("tags", &self.tags)
            .field("configuration", &self.configuration.keys().collect::<Vec<_>>())
            .finish()
    }
}

fn yes() -> bool {
    true
}

/// Parses tags. Very old documentation shows them as objects; the client reads both (spec P 6.1).
fn tags<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Tag {
        Text(String),
        Object { name: String },
    }
    let tags: Option<Vec<Tag>> = Option::deserialize(source)?;
    let text = |tag| match tag {
        Tag::Text(name) | Tag::Object { name } => name,
    };
    Ok(tags.unwrap_or_default().into_iter().map(text).collect())
}
