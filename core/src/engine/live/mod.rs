//! Configurations through which elements acquire and keep credentials: of a stored instance, and of one that is being
//! created or changed.

mod draft;
mod stored;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(crate) use draft::Draft;
pub(crate) use stored::StoredConfiguration;

use super::store::InstanceRow;
use crate::vendor::{Configuration, Generation};

/// Returns all values of an instance: acquired ones take precedence over configured ones.
pub(crate) fn merged(row: &InstanceRow) -> BTreeMap<String, String> {
    overlaid(&row.configuration, &row.acquired)
}

fn overlaid(configured: &BTreeMap<String, String>, acquired: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut values = configured.clone();
    values.extend(acquired.iter().map(|(key, value)| (key.clone(), value.clone())));
    values
}

/// Returns the values of an instance at the time it was read.
fn configuration(row: &InstanceRow) -> Configuration {
    Configuration::new(merged(row), generation(row))
}

fn generation(row: &InstanceRow) -> Generation {
    Generation(u64::try_from(row.login_generation).unwrap_or_default())
}
