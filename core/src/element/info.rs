//! Catalogue entries of elements (spec P 5).

use std::borrow::Cow;

use super::Text;

/// An element in the catalogue.
#[derive(Clone, Debug)]
pub struct ElementInfo {
    /// Id in the catalogue.
    pub id: i64,
    /// Key, for instance `acme`.
    pub key: Text,
    /// Display name.
    pub name: Text,
    /// Description in one line.
    pub description: Text,
    /// URL of an image.
    pub image: Text,
    /// URL for signing up with the vendor.
    pub signup_url: Text,
    /// Media type of the vendor's responses, for instance `application/xml`.
    pub content_type: Text,
    /// Kind of authentication, for instance `custom`.
    pub authentication: Text,
    /// Hub of the element.
    pub hub: HubInfo,
    /// Environment variable with a host that is called instead of the vendor's.
    pub url_variable: Option<Text>,
    /// Configuration keys of an instance.
    pub configuration: Vec<ConfigurationInfo>,
}

/// A group of elements that share a URL namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubInfo {
    /// Id in the catalogue.
    pub id: i64,
    /// Key, which is part of URLs.
    pub key: Text,
    /// Display name.
    pub name: Text,
    /// Description in one line.
    pub description: Text,
}

/// Types of configuration values (spec P 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigurationType {
    /// Text of up to this many characters.
    Text(u16),
    /// `true` or `false`.
    Boolean,
    /// A secret.
    Password,
    /// Text of a type by its name, whose rules the element checks itself, for instance `COMBO`.
    Named(&'static str),
}

/// Treatment of a configuration value by the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigurationRole {
    /// Stores it.
    Plain,
    /// Verifies a change of it with the vendor.
    Access,
    /// Verifies a change of it with the vendor, and requires it anew when the host changes, so that a stored secret is
    /// never sent to a new host.
    Secret,
    /// Replaces the vendor's host. Requires the engine option `allow_vendor_override`, and is not listed in the
    /// catalogue.
    Host,
    /// Leaves records without an email address out of bulk files, unless it is `false`.
    IgnoreBlankEmail,
}

/// The definition of one configuration key (spec P 5.3).
#[derive(Clone, Debug)]
pub struct ConfigurationInfo {
    /// Id of the definition.
    pub id: i64,
    /// The key.
    pub key: Text,
    /// Display name.
    pub name: Text,
    /// Description.
    pub description: Text,
    /// Type of the values.
    pub kind: ConfigurationType,
    /// Treatment of a value by the platform.
    pub role: ConfigurationRole,
    /// Whether an instance requires a value.
    pub required: bool,
    /// Default value.
    pub default: Option<Text>,
    /// Whether responses show the mask instead of the value (spec P 6.4).
    pub masked: bool,
    /// Environment variable from which `connect` reads a missing value.
    pub variable: Option<Text>,
}

impl ConfigurationType {
    /// Returns the name of the type on the wire.
    pub fn name(self) -> String {
        match self {
            Self::Text(length) => format!("TEXTFIELD_{length}"),
            Self::Boolean => "BOOLEAN".to_owned(),
            Self::Password => "PASSWORD".to_owned(),
            Self::Named(name) => name.to_owned(),
        }
    }
}

impl ConfigurationRole {
    /// Returns whether a change of the value is verified with the vendor.
    pub fn is_access(self) -> bool {
        matches!(self, Self::Access | Self::Secret | Self::Host)
    }
}

impl ConfigurationInfo {
    /// Creates the definition of a plain, optional text.
    pub fn text(id: i64, key: impl Into<Text>, name: impl Into<Text>, length: u16) -> Self {
        Self {
            id,
            key: key.into(),
            name: name.into(),
            description: Cow::Borrowed(""),
            kind: ConfigurationType::Text(length),
            role: ConfigurationRole::Plain,
            required: false,
            default: None,
            masked: false,
            variable: None,
        }
    }

    /// Creates the definition of a secret, which responses mask.
    pub fn password(id: i64, key: impl Into<Text>, name: impl Into<Text>) -> Self {
        Self { kind: ConfigurationType::Password, masked: true, ..Self::text(id, key, name, 0) }
    }

    /// Creates the definition of `true` or `false`.
    pub fn boolean(id: i64, key: impl Into<Text>, name: impl Into<Text>, default: bool) -> Self {
        let default = Some(Cow::Borrowed(if default { "true" } else { "false" }));
        Self { kind: ConfigurationType::Boolean, default, ..Self::text(id, key, name, 0) }
    }

    /// Sets the description.
    #[must_use]
    pub fn describe(self, description: impl Into<Text>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// Sets the role.
    #[must_use]
    pub fn role(self, role: ConfigurationRole) -> Self {
        Self { role, ..self }
    }

    /// Makes the value required.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Makes responses show the mask instead of the value.
    #[must_use]
    pub fn masked(self) -> Self {
        Self { masked: true, ..self }
    }

    /// Sets the environment variable from which `connect` reads a missing value.
    #[must_use]
    pub fn variable(self, variable: impl Into<Text>) -> Self {
        Self { variable: Some(variable.into()), ..self }
    }
}

impl ElementInfo {
    /// Returns whether this is the key of the element or, if it has digits only, its id (spec P 5.2).
    pub fn is_named(&self, key_or_id: &str) -> bool {
        let by_id = !key_or_id.is_empty() && key_or_id.bytes().all(|byte| byte.is_ascii_digit());
        if by_id { key_or_id.parse() == Ok(self.id) } else { self.key == key_or_id }
    }

    /// Returns the definition of a configuration key, if the element has it.
    pub fn configuration(&self, key: &str) -> Option<&ConfigurationInfo> {
        self.configuration.iter().find(|info| info.key == key)
    }

    /// Returns the definitions that the catalogue lists.
    pub fn listed(&self) -> impl Iterator<Item = &ConfigurationInfo> {
        self.configuration.iter().filter(|info| info.role != ConfigurationRole::Host)
    }

    /// Returns the key of the first definition with a role.
    pub fn key_of(&self, role: ConfigurationRole) -> Option<&str> {
        self.configuration.iter().find(|info| info.role == role).map(|info| &*info.key)
    }
}

/// Returns whether responses mask the value of a configuration key by its name alone (spec P 6.4). Addresses of a login
/// are no secrets (spec E 3.16).
pub fn is_secret_name(key: &str) -> bool {
    const WORDS: [&str; 5] = ["secret", "password", "pwd", "token", "authorization"];
    let lower = key.to_ascii_lowercase();
    let is_url = lower.ends_with(".url") || lower.ends_with("_url");
    lower == "oauth.api.key" || !is_url && WORDS.iter().any(|word| lower.contains(word))
}
