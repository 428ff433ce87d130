//! Values found at a path.

use serde_json::Value;

use crate::engine::script::{MEMBER_BYTES, weight};

/// Values found at a path. `[*]` yields many, which are paired with the members of a target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    Missing,
    One(Value),
    Many(Vec<Found>),
}

impl Found {
    /// Maps each value through a function; missing values too, so that they can get a default.
    pub fn map(self, change: &impl Fn(Option<Value>) -> Option<Value>) -> Self {
        match self {
            Self::Many(items) => Self::Many(items.into_iter().map(|item| item.map(change)).collect()),
            Self::One(value) => change(Some(value)).map_or(Self::Missing, Self::One),
            Self::Missing => change(None).map_or(Self::Missing, Self::One),
        }
    }

    /// Returns the number of bytes charged for it.
    pub fn weight(&self) -> usize {
        match self {
            Self::Missing => MEMBER_BYTES,
            Self::One(value) => weight(value),
            Self::Many(items) => items.iter().map(Self::weight).sum(),
        }
    }

    /// Returns a single value: many become an array, unless there is only one and `as_array` is false. `None` if all
    /// are missing.
    pub fn collapsed(self, as_array: bool) -> Option<Value> {
        match self {
            Self::Missing => None,
            Self::One(value) => Some(value),
            Self::Many(items) => {
                let mut values: Vec<Value> = items.into_iter().filter_map(|item| item.collapsed(as_array)).collect();
                match values.len() {
                    1 if !as_array => values.pop(),
                    0 if !as_array => None,
                    _ => Some(Value::Array(values)),
                }
            }
        }
    }
}
