//! Connecting an instance of BrightTALK; the only module that knows the meaning of its configuration keys.

use serde::Deserialize;

use super::info::keys;
use crate::model::NewInstance;

/// Options to connect BrightTALK. The command and the packages make an instance from them.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConnectOptions {
    /// The name of the instance; that of the element when not given.
    pub name: Option<String>,
    /// Tags of the instance.
    pub tags: Option<Vec<String>>,
    /// The API key. A secret.
    pub api_key: Option<String>,
    /// The API secret. A secret.
    pub api_secret: Option<String>,
    /// Uses the vendor's staging environment instead of production.
    pub staging: bool,
    /// Keeps contacts without an email address in bulk results.
    pub keep_without_email: bool,
}

impl From<ConnectOptions> for NewInstance {
    fn from(options: ConnectOptions) -> Self {
        let ConnectOptions { name, tags, api_key, api_secret, staging, keep_without_email } = options;
        let mut new = Self::of(&super::INFO.key)
            .set(keys::IS_STAGING, staging.to_string())
            .set(keys::IGNORE_WITHOUT_EMAIL, (!keep_without_email).to_string());
        for (key, value) in [(keys::API_KEY, api_key), (keys::API_SECRET, api_secret)] {
            if let Some(value) = value {
                new = new.set(key, value);
            }
        }
        new.tags = tags;
        match name {
            Some(name) => new.named(name),
            None => new,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host;

    #[test]
    fn options_become_configuration() -> crate::Result<()> {
        let options: ConnectOptions = host::from_json(r#"{"api_key": "k", "keep_without_email": true}"#)?;
        let new = NewInstance::from(options);
        assert_eq!((new.element.as_str(), new.name.as_str()), ("brighttalk", "BrightTALK"));
        let configuration: Vec<_> =
            new.configuration.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let expected = [
            ("brighttalk.api.key", "k"),
            ("brighttalk.bulkignore.emailnotpresent", "false"),
            ("brighttalk.isstaging", "false"),
        ];
        assert_eq!(configuration, expected);
        assert!(host::from_json::<ConnectOptions>(r#"{"apikey": "k"}"#).is_err());
        Ok(())
    }
}
