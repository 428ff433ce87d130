//! Dry runs of writes (spec P 16.17).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::Other;

/// The requests that a call would make to the vendor. Nothing was sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DryRun {
    /// The requests in order. Further ones may depend on the answers, and are then missing.
    pub vendor_requests: Vec<DryRequest>,
}

/// A request that was not sent. Secrets are masked, and a long body is cut.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct DryRequest {
    /// Its method.
    pub method: String,
    /// Its address.
    pub url: String,
    /// Its headers, without those of the authorization.
    pub request_headers: Map<String, serde_json::Value>,
    /// Its body.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_body: String,
    /// Everything else.
    #[serde(flatten)]
    #[schemars(skip)]
    pub other: Other,
}
