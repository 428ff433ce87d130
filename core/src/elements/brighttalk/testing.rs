//! The simulated vendor, for tests of the engine that need one and not this one.

use std::collections::BTreeMap;

pub(crate) use brighttalk_sim::{Config, Simulator};
use serde_json::json;

use super::INFO;
use super::info::keys;

/// Returns the option with which an engine calls the simulator.
pub(crate) fn vendor_urls(simulator: &Simulator) -> BTreeMap<String, String> {
    [(INFO.key.to_string(), simulator.url())].into()
}

/// Returns the body that creates an instance with the simulator's credentials.
pub(crate) fn new_instance() -> String {
    let configuration = json!({keys::API_KEY: "1", keys::API_SECRET: "0123456789ABCDEF0123456789ABCDEF"});
    json!({"element": {"key": INFO.key}, "name": "x", "configuration": configuration}).to_string()
}
