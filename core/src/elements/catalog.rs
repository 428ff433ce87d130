//! What the catalogue says of each element (spec P 5).

use super::brighttalk;

/// An element as the catalogue lists it.
#[derive(Debug)]
pub struct ElementInfo {
    /// The catalogue id.
    pub id: i64,
    /// The key, for instance `brighttalk`.
    pub key: &'static str,
    /// The name people read.
    pub name: &'static str,
    /// One line about it.
    pub description: &'static str,
    /// A picture of it.
    pub image: &'static str,
    /// Where to sign up with the vendor.
    pub signup_url: &'static str,
    /// The hub it belongs to.
    pub hub: &'static HubInfo,
    /// The environment variable that names another host to call instead of the vendor's.
    pub url_variable: &'static str,
    /// The configuration an instance of it takes.
    pub configuration: &'static [ConfigurationInfo],
}

/// A family of elements sharing a URL namespace.
#[derive(Debug)]
pub struct HubInfo {
    /// The catalogue id.
    pub id: i64,
    /// The key, which stands in URLs.
    pub key: &'static str,
    /// The name people read.
    pub name: &'static str,
    /// One line about it.
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
    /// The id of the definition.
    pub id: i64,
    /// The key.
    pub key: &'static str,
    /// The name people read.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// The type of its values.
    pub kind: ConfigurationType,
    /// Whether an instance cannot be without it.
    pub required: bool,
    /// The value of an instance that gives none.
    pub default: Option<&'static str>,
    /// Whether answers show the mask instead of the value (spec P 6.4).
    pub masked: bool,
    /// The environment variable that `connect` reads the value from when none is given.
    pub variable: Option<&'static str>,
}

/// Every element there is.
pub static ELEMENTS: [&ElementInfo; 1] = [&brighttalk::INFO];

/// Every hub there is.
pub static HUBS: [&HubInfo; 1] = [&MARKETING];

/// The hub of webinars, campaigns and their audiences.
pub static MARKETING: HubInfo = HubInfo {
    id: 12,
    key: "marketing",
    name: "Marketing",
    description: "Campaigns, webinars and the people they reach.",
};

/// Finds an element: all digits are an id, anything else is a key, matched exactly (spec P 5.2).
pub fn find(key_or_id: &str) -> Option<&'static ElementInfo> {
    let by_id = !key_or_id.is_empty() && key_or_id.bytes().all(|byte| byte.is_ascii_digit());
    let matches = |info: &ElementInfo| {
        if by_id { key_or_id.parse() == Ok(info.id) } else { info.key == key_or_id }
    };
    ELEMENTS.iter().copied().find(|info| matches(info))
}

impl ConfigurationType {
    /// The name of the type on the wire.
    pub fn name(self) -> String {
        match self {
            Self::Text(length) => format!("TEXTFIELD_{length}"),
            Self::Boolean => "BOOLEAN".to_owned(),
            Self::Password => "PASSWORD".to_owned(),
        }
    }
}

impl ElementInfo {
    /// The definition of a configuration key, when the element has one.
    pub fn configuration(&self, key: &str) -> Option<&'static ConfigurationInfo> {
        self.configuration.iter().find(|info| info.key == key)
    }
}
