//! What lies at a path.

use serde_json::Value;

use crate::engine::script::{MEMBER_BYTES, weight};

/// What lies at a path. `[*]` gives many, so that members are paired with those of a target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    Missing,
    One(Value),
    Many(Vec<Found>),
}

impl Found {
    /// Each value through a function; what is missing too, when it is to have a default.
    pub fn map(self, change: &impl Fn(Option<Value>) -> Option<Value>) -> Self {
        match self {
            Self::Many(items) => Self::Many(items.into_iter().map(|item| item.map(change)).collect()),
            Self::One(value) => change(Some(value)).map_or(Self::Missing, Self::One),
            Self::Missing => change(None).map_or(Self::Missing, Self::One),
        }
    }

    /// What it takes.
    pub fn weight(&self) -> usize {
        match self {
            Self::Missing => MEMBER_BYTES,
            Self::One(value) => weight(value),
            Self::Many(items) => items.iter().map(Self::weight).sum(),
        }
    }

    /// One value: of many an array, a single one alone unless an array is wanted. Nothing when all are missing.
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
