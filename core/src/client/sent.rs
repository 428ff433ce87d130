//! Values together with the JSON that they were parsed from.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A parsed value with the JSON that the platform sent for it. Host languages show the JSON, which lacks the defaults
/// that the type has for absent members. It serializes to that JSON.
#[derive(Debug)]
pub struct Sent<T> {
    /// The value.
    pub value: T,
    json: Box<RawValue>,
}

impl<T> Sent<T> {
    /// Returns what the platform sent.
    pub fn json(&self) -> &str {
        self.json.get()
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Sent<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let json = Box::<RawValue>::deserialize(source)?;
        let value = serde_json::from_str(json.get()).map_err(D::Error::custom)?;
        Ok(Self { value, json })
    }
}

impl<T> Serialize for Sent<T> {
    fn serialize<S: Serializer>(&self, target: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Instance;

    #[test]
    fn what_was_sent_stays_as_it_was() -> Result<(), serde_json::Error> {
        let json = r#"{"id":7,"name":"a", "big":18446744073709551616}"#;
        let sent: Sent<Instance> = serde_json::from_str(json)?;
        assert_eq!((sent.value.id, sent.json()), (7, json));
        assert_eq!(serde_json::to_string(&sent)?, json);
        assert!(serde_json::from_str::<Sent<Instance>>("[]").is_err());
        Ok(())
    }
}
