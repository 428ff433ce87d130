//! Arguments of tools.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::failure::{Failure, Outcome};

/// Reads the arguments of a tool. Unknown ones are refused, so that none is ignored.
pub fn read<T: DeserializeOwned>(arguments: Map<String, Value>) -> Outcome<T> {
    serde_json::from_value(Value::Object(arguments)).map_err(|error| {
        let hint = "Send the arguments that the schema of the tool describes, and no others.";
        Failure::wrong(format!("the arguments cannot be read: {error}"), hint)
    })
}

/// Returns a number within its limits.
pub fn within(name: &str, value: Option<u64>, default: u64, most: u64) -> Outcome<usize> {
    let value = value.unwrap_or(default);
    if !(1..=most).contains(&value) {
        let hint = format!("Give a number from 1 to {most}.");
        return Err(Failure::wrong(format!("`{name}` is {value}"), hint));
    }
    usize::try_from(value).map_err(|_| Failure::wrong(format!("`{name}` is too large"), "Give a smaller number."))
}

/// An id of the platform. Some clients send an id of digits as a number.
#[derive(Debug)]
pub struct Id(pub String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            _ => Err(serde::de::Error::custom("an id is a text or a number")),
        }
    }
}
