//! Catalogue entries of the elements (spec P 5).

use super::brighttalk;

/// An element in the catalogue.
#[derive(Debug)]
pub struct ElementInfo {
    /// Id in the catalogue.
    pub id: i64,
    /// Key, for instance `brighttalk`.
    pub key: &'static str,
    /// Display name.
    pub name: &'static str,
    /// Description in one line.
    pub description: &'static str,
    /// URL of an image.
    pub image: &'static str,
    /// URL for signing up with the vendor.
    pub signup_url: &'static str,
    /// Hub of the element.
    pub hub: &'static HubInfo,
    /// Environment variable with a host that is called instead of the vendor's.
    pub url_variable: &'static str,
    /// Configuration keys of an instance.
    pub configuration: &'static [ConfigurationInfo],
}

/// A family of elements that share a URL namespace.
#[derive(Debug)]
pub struct HubInfo {
    /// Id in the catalogue.
    pub id: i64,
    /// Key, which is part of URLs.
    pub key: &'static str,
    /// Display name.
    pub name: &'static str,
    /// Description in one line.
    pub description: &'static str,
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
}

/// The definition of one configuration key (spec P 5.3).
#[derive(Debug)]
pub struct ConfigurationInfo {
    /// Id of the definition.
    pub id: i64,
    /// The key.
    pub key: &'static str,
    /// Display name.
    pub name: &'static str,
    /// Description.
    pub description: &'static str,
    /// Type of the values.
    pub kind: ConfigurationType,
    /// Whether an instance requires a value.
    pub required: bool,
    /// Default value.
    pub default: Option<&'static str>,
    /// Whether responses show the mask instead of the value (spec P 6.4).
    pub masked: bool,
    /// Environment variable from which `connect` reads a missing value.
    pub variable: Option<&'static str>,
}

/// All elements.
pub static ELEMENTS: [&ElementInfo; 1] = [&brighttalk::INFO];

/// All hubs.
pub static HUBS: [&HubInfo; 1] = [&MARKETING];

/// The hub of webinars, campaigns and their audiences.
pub static MARKETING: HubInfo = HubInfo {
    id: 12,
    key: "marketing",
    name: "Marketing",
    description: "Campaigns, webinars and the people they reach.",
};

/// Finds an element by id (all digits) or by exact key (spec P 5.2).
pub fn find(key_or_id: &str) -> Option<&'static ElementInfo> {
    let by_id = !key_or_id.is_empty() && key_or_id.bytes().all(|byte| byte.is_ascii_digit());
    let matches = |info: &ElementInfo| {
        if by_id { key_or_id.parse() == Ok(info.id) } else { info.key == key_or_id }
    };
    ELEMENTS.iter().copied().find(|info| matches(info))
}

impl ConfigurationType {
    /// Returns the name of the type on the wire.
    pub fn name(self) -> String {
        match self {
            Self::Text(length) => format!("TEXTFIELD_{length}"),
            Self::Boolean => "BOOLEAN".to_owned(),
            Self::Password => "PASSWORD".to_owned(),
        }
    }
}

impl ElementInfo {
    /// Returns the definition of a configuration key, if the element has it.
    pub fn configuration(&self, key: &str) -> Option<&'static ConfigurationInfo> {
        self.configuration.iter().find(|info| info.key == key)
    }
}
