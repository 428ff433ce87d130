//! The vendor of an instance: host, credentials and the mapping of its failures.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use http::StatusCode;

use super::EngineInner;
use super::failure::Failure;
use super::options::EngineOptions;
use super::store::InstanceRow;
use crate::auth::Secret;
use crate::elements::brighttalk::counts::CallCounts;
use crate::elements::brighttalk::error::{VendorError, VendorErrorKind};
use crate::elements::brighttalk::info::keys;
use crate::elements::brighttalk::vendor::{PRODUCTION, STAGING, Vendor, VendorConfig};
use crate::error::Result;
use crate::http_client::HttpClient;
use crate::moment;

/// The vendors in use, one per instance, so that all callers of an instance share its limits.
pub(crate) struct Vendors {
    client: HttpClient,
    /// Outcomes of the calls of all instances.
    pub counts: Arc<CallCounts>,
    known: Mutex<HashMap<i64, Known>>,
}

/// A vendor and the configuration it was created with.
type Known = (BTreeMap<String, String>, Vendor);

impl Vendors {
    pub fn new(client: HttpClient) -> Self {
        Self { client, counts: Arc::default(), known: Mutex::new(HashMap::new()) }
    }

    /// Returns the vendor of an instance, with its current credentials.
    pub fn of(&self, options: &EngineOptions, instance: &InstanceRow) -> Result<Vendor> {
        let known = self.known.lock().ok().and_then(|known| known.get(&instance.id).cloned());
        if let Some((configuration, vendor)) = known
            && configuration == instance.configuration
        {
            return Ok(vendor);
        }
        let vendor = self.with(options, &instance.configuration)?;
        if let Ok(mut known) = self.known.lock() {
            known.insert(instance.id, (instance.configuration.clone(), vendor.clone()));
        }
        Ok(vendor)
    }

    /// Removes a deleted instance.
    pub fn forget(&self, instance_id: i64) {
        if let Ok(mut known) = self.known.lock() {
            known.remove(&instance_id);
        }
    }

    fn with(&self, options: &EngineOptions, configuration: &BTreeMap<String, String>) -> Result<Vendor> {
        let secret = |key: &str| Secret::new(configuration.get(key).cloned().unwrap_or_default());
        let base_url = base_url(options, configuration);
        let mut config = VendorConfig::new(base_url, secret(keys::API_KEY), secret(keys::API_SECRET))?;
        config.retry = options.vendor_retry;
        config.timeout = options.vendor_timeouts.whole;
        Vendor::new(config, self.client.clone(), Arc::clone(&self.counts))
    }
}

/// Returns the base URL: the instance's override, else the engine's, else that of the environment (spec BT 2.1).
fn base_url<'a>(options: &'a EngineOptions, configuration: &'a BTreeMap<String, String>) -> &'a str {
    let own = configuration.get(keys::BASE_URL).filter(|_| options.allow_vendor_override);
    let staging = configuration.get(keys::IS_STAGING).is_some_and(|value| value == "true");
    let default = if staging { STAGING } else { PRODUCTION };
    own.or(options.brighttalk_url.as_ref()).map_or(default, String::as_str)
}

/// Verifies credentials before an instance is created or changed (spec P 6.2, step 9).
pub(crate) async fn verify(engine: &EngineInner, configuration: &BTreeMap<String, String>) -> Result<(), Failure> {
    let vendor = engine.vendors.with(&engine.options, configuration)?;
    in_time(engine, &vendor, async |vendor| vendor.verify().await).await?.map_err(|error| {
        let mut failure = Failure::from(&error);
        if matches!(error.kind, VendorErrorKind::Unauthorized | VendorErrorKind::Forbidden) {
            "Failed to authenticate with the provider".clone_into(&mut failure.message);
        }
        failure
    })
}

/// Calls the vendor within the time limit of a call. Fails with 504 afterwards (spec P 3.2).
pub(crate) async fn in_time<T>(
    engine: &EngineInner,
    vendor: &Vendor,
    ask: impl AsyncFnOnce(Vendor) -> T,
) -> Result<T, Failure> {
    let limit = engine.options.call_time_limit;
    let answer = ask(vendor.until(moment::after(Instant::now(), limit)));
    tokio::time::timeout(limit, answer).await.map_err(|_| Failure::plain(StatusCode::GATEWAY_TIMEOUT))
}

/// Converts a vendor failure to the failure of the call (spec BT 2.5, P 3.4).
impl From<&VendorError> for Failure {
    fn from(error: &VendorError) -> Self {
        let status = match error.kind {
            VendorErrorKind::Unauthorized => StatusCode::UNAUTHORIZED,
            VendorErrorKind::Forbidden => StatusCode::FORBIDDEN,
            VendorErrorKind::NotFound => StatusCode::NOT_FOUND,
            VendorErrorKind::BadRequest if error.is_invalid_id() => StatusCode::NOT_FOUND,
            VendorErrorKind::BadRequest => StatusCode::BAD_REQUEST,
            VendorErrorKind::Throttled => StatusCode::TOO_MANY_REQUESTS,
            VendorErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
            VendorErrorKind::Unavailable
            | VendorErrorKind::MalformedResponse
            | VendorErrorKind::PagingLoop
            // A cursor that the vendor itself returned; rejected cursors of page tokens are handled with the tokens.
            | VendorErrorKind::CursorRejected
            | VendorErrorKind::Network => StatusCode::BAD_GATEWAY,
        };
        let failure = Self::plain(status);
        let failure = match error.provider_message() {
            Some(text) => failure.with_provider_message(&text),
            // Without a response from the vendor, the message is that of this process.
            None => Self { message: error.message.clone().unwrap_or(failure.message), ..failure },
        };
        let failure = Self { vendor_unreachable: error.unreachable, ..failure };
        failure.retry_after(error.retry_after.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
    }
}

impl From<VendorError> for Failure {
    fn from(error: VendorError) -> Self {
        Self::from(&error)
    }
}
