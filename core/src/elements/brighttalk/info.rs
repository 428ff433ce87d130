//! The element's entry in the catalogue (spec P 5.1, 5.3).

use std::sync::LazyLock;

use crate::element::{ConfigurationInfo, ConfigurationRole, ElementInfo, HubInfo};

/// Configuration keys of the element.
pub mod keys {
    /// User name of Basic authentication for the vendor's API.
    pub const API_KEY: &str = "brighttalk.api.key";
    /// Password of Basic authentication for the vendor's API.
    pub const API_SECRET: &str = "brighttalk.api.secret";
    /// `true` connects to the vendor's staging environment.
    pub const IS_STAGING: &str = "brighttalk.isstaging";
    /// `true` omits records without an e-mail address from bulk files.
    pub const IGNORE_WITHOUT_EMAIL: &str = "brighttalk.bulkignore.emailnotpresent";
    /// Host of one instance that replaces the vendor's; requires the engine option `allow_vendor_override`.
    pub const BASE_URL: &str = "brighttalk.base.url";
}

/// The element.
pub static INFO: LazyLock<ElementInfo> = LazyLock::new(|| ElementInfo {
    id: 184,
    key: "brighttalk".into(),
    name: "BrightTALK".into(),
    description: "Connects an existing BrightTALK account to the Marketing Hub (channels, subscribers, activities)."
        .into(),
    image: "https://www.brighttalk.com/favicon.ico".into(),
    signup_url: "http://www.brighttalk.com".into(),
    content_type: "application/xml".into(),
    authentication: "custom".into(),
    hub: HubInfo {
        id: 12,
        key: "marketing".into(),
        name: "Marketing".into(),
        description: "Campaigns, webinars and the people they reach.".into(),
    },
    url_variable: Some("ELEMENTKIT_BRIGHTTALK_URL".into()),
    configuration: access().into_iter().chain(responses()).chain(events()).collect(),
});

/// Returns the keys that determine access to the vendor.
fn access() -> [ConfigurationInfo; 4] {
    [
        ConfigurationInfo::text(90_210, keys::API_KEY, "API Key", 128)
            .describe("Key of a BrightTALK API user")
            .role(ConfigurationRole::Access)
            .required()
            .masked()
            .variable("BRIGHTTALK_API_KEY"),
        ConfigurationInfo::password(90_211, keys::API_SECRET, "API Secret")
            .describe("Secret belonging to the API key")
            .role(ConfigurationRole::Secret)
            .required()
            .variable("BRIGHTTALK_API_SECRET"),
        ConfigurationInfo::boolean(90_212, keys::IS_STAGING, "Staging", false)
            .describe("Connect to the vendor's staging environment")
            .role(ConfigurationRole::Access),
        ConfigurationInfo::text(0, keys::BASE_URL, keys::BASE_URL, 1000)
            .describe("Host that replaces the vendor's")
            .role(ConfigurationRole::Host),
    ]
}

/// Returns the keys that determine what responses and files contain.
fn responses() -> [ConfigurationInfo; 2] {
    [
        ConfigurationInfo::boolean(90_213, keys::IGNORE_WITHOUT_EMAIL, "Bulk ignore if email not present", true)
            .describe("Leave records without an e-mail address out of bulk files")
            .role(ConfigurationRole::IgnoreBlankEmail),
        ConfigurationInfo::boolean(90_214, "filter.response.nulls", "Filter null values from the response", true)
            .describe("Remove null values from responses"),
    ]
}

/// Returns the keys of notifications.
fn events() -> [ConfigurationInfo; 7] {
    const UNSUPPORTED: &str = "Not supported by this element";
    let key = |name: &str| format!("event.notification.{name}");
    [
        ConfigurationInfo::boolean(90_215, key("enabled"), "Enable event notifications", false).describe(UNSUPPORTED),
        ConfigurationInfo::text(90_216, "event.vendor.type", "Vendor event type", 32).describe(UNSUPPORTED),
        ConfigurationInfo::text(90_217, key("type"), "Event notification type", 32).describe("Only webhook"),
        ConfigurationInfo::text(90_218, key("callback.url"), "Callback URL", 1000)
            .describe("Where notifications are sent"),
        ConfigurationInfo::text(90_219, key("signature.key"), "Callback Notification Signature Key", 128)
            .describe("Signs the callbacks of bulk jobs")
            .masked(),
        ConfigurationInfo::text(90_220, key("basic.username"), "Callback user name", 128)
            .describe("Basic user name for callbacks"),
        ConfigurationInfo::password(90_221, key("basic.password"), "Callback password")
            .describe("Basic password for callbacks"),
    ]
}
