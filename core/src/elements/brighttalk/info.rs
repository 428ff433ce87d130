//! The element's entry in the catalogue (spec P 5.1, 5.3).

use crate::elements::catalog::{ConfigurationInfo, ConfigurationType, ElementInfo, MARKETING};

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
    /// `true` removes nulls from responses.
    pub const FILTER_NULLS: &str = "filter.response.nulls";
    /// Host of one instance that replaces the vendor's; requires the engine option `allow_vendor_override`.
    pub const BASE_URL: &str = "brighttalk.base.url";
    /// The key that signs callbacks.
    pub const SIGNATURE_KEY: &str = "event.notification.signature.key";
}

const fn text(
    id: i64,
    key: &'static str,
    name: &'static str,
    description: &'static str,
    length: u16,
) -> ConfigurationInfo {
    let kind = ConfigurationType::Text(length);
    ConfigurationInfo {
        id,
        key,
        name,
        description,
        kind,
        required: false,
        default: None,
        masked: false,
        variable: None,
    }
}

const fn boolean(
    id: i64,
    key: &'static str,
    name: &'static str,
    description: &'static str,
    default: &'static str,
) -> ConfigurationInfo {
    let kind = ConfigurationType::Boolean;
    ConfigurationInfo {
        id,
        key,
        name,
        description,
        kind,
        required: false,
        default: Some(default),
        masked: false,
        variable: None,
    }
}

const fn masked(info: ConfigurationInfo) -> ConfigurationInfo {
    ConfigurationInfo { masked: true, ..info }
}

const fn password(info: ConfigurationInfo) -> ConfigurationInfo {
    ConfigurationInfo { kind: ConfigurationType::Password, masked: true, ..info }
}

const fn from_variable(variable: &'static str, info: ConfigurationInfo) -> ConfigurationInfo {
    ConfigurationInfo { variable: Some(variable), ..info }
}

const fn required(info: ConfigurationInfo) -> ConfigurationInfo {
    ConfigurationInfo { required: true, ..info }
}

static CONFIGURATION: [ConfigurationInfo; 12] = [
    from_variable(
        "BRIGHTTALK_API_KEY",
        required(masked(text(90_210, keys::API_KEY, "API Key", "Key of a BrightTALK API user", 128))),
    ),
    from_variable(
        "BRIGHTTALK_API_SECRET",
        required(password(text(90_211, keys::API_SECRET, "API Secret", "Secret belonging to the API key", 128))),
    ),
    boolean(90_212, keys::IS_STAGING, "Staging", "Connect to the vendor's staging environment", "false"),
    boolean(
        90_213,
        keys::IGNORE_WITHOUT_EMAIL,
        "Bulk ignore if email not present",
        "Leave records without an e-mail address out of bulk files",
        "true",
    ),
    boolean(
        90_214,
        keys::FILTER_NULLS,
        "Filter null values from the response",
        "Remove null values from responses",
        "true",
    ),
    boolean(
        90_215,
        "event.notification.enabled",
        "Enable event notifications",
        "Not supported by this element",
        "false",
    ),
    text(90_216, "event.vendor.type", "Vendor event type", "Not supported by this element", 32),
    text(90_217, "event.notification.type", "Event notification type", "Only webhook", 32),
    text(90_218, "event.notification.callback.url", "Callback URL", "Where notifications are sent", 1000),
    masked(text(
        90_219,
        keys::SIGNATURE_KEY,
        "Callback Notification Signature Key",
        "Signs the callbacks of bulk jobs",
        128,
    )),
    text(90_220, "event.notification.basic.username", "Callback user name", "Basic user name for callbacks", 128),
    password(text(
        90_221,
        "event.notification.basic.password",
        "Callback password",
        "Basic password for callbacks",
        128,
    )),
];

/// The element.
pub static INFO: ElementInfo = ElementInfo {
    id: 184,
    key: "brighttalk",
    name: "BrightTALK",
    description: "Connects an existing BrightTALK account to the Marketing Hub (channels, subscribers, activities).",
    image: "https://www.brighttalk.com/favicon.ico",
    signup_url: "http://www.brighttalk.com",
    hub: &MARKETING,
    url_variable: "ELEMENTKIT_BRIGHTTALK_URL",
    configuration: &CONFIGURATION,
};
