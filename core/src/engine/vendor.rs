//! The vendor of an instance: host, credentials and the mapping of its failures.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use http::StatusCode;

use super::call::Call;
use super::failure::Failure;
use super::options::EngineOptions;
use super::store::InstanceRow;
use crate::auth::Secret;
use crate::elements::brighttalk::info::{INFO, keys};
use crate::elements::brighttalk::vendor::{PRODUCTION, STAGING, Vendor};
use crate::error::Result;
use crate::http_client::HttpClient;
use crate::moment;
use crate::vendor::counts::CallCounts;
use crate::vendor::{Context, Reached, VendorClient, VendorError, VendorErrorKind, VendorLimits, read_base_url};

/// The vendors in use, one per instance, so that all callers of an instance share its limits.
pub(crate) struct Vendors {
    http: HttpClient,
    /// Outcomes of the calls of all instances.
    pub counts: Arc<CallCounts>,
    known: Mutex<HashMap<i64, Known>>,
}

/// The vendor of an instance.
struct Known {
    /// Has the limits, which outlive a changed configuration.
    client: VendorClient,
    /// Configuration that the vendor was created with.
    configuration: BTreeMap<String, String>,
    vendor: Vendor,
}

impl Vendors {
    pub fn new(http: HttpClient) -> Self {
        Self { http, counts: Arc::default(), known: Mutex::new(HashMap::new()) }
    }

    /// Returns the vendor of an instance, with its current credentials.
    pub fn of(&self, options: &EngineOptions, instance: &InstanceRow) -> Result<Vendor> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match known.get(&instance.id) {
            Some(known) if known.configuration == instance.configuration => return Ok(known.vendor.clone()),
            Some(known) => known.client.clone(),
            None => self.client(options),
        };
        let vendor = vendor(options, &client, &instance.configuration)?;
        let configuration = instance.configuration.clone();
        known.insert(instance.id, Known { client, configuration, vendor: vendor.clone() });
        Ok(vendor)
    }

    /// Removes a deleted instance.
    pub fn forget(&self, instance_id: i64) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&instance_id);
    }

    /// Returns a client with limits that nothing has used yet.
    fn client(&self, options: &EngineOptions) -> VendorClient {
        let (retry, timeout) = (options.vendor_retry, options.vendor_timeouts.whole);
        let limits = VendorLimits { retry, timeout, ..VendorLimits::default() };
        VendorClient::new(self.http.clone(), limits, Arc::clone(&self.counts))
    }
}

/// Returns the vendor that a configuration describes.
fn vendor(options: &EngineOptions, client: &VendorClient, configuration: &BTreeMap<String, String>) -> Result<Vendor> {
    let secret = |key: &str| Secret::new(configuration.get(key).cloned().unwrap_or_default());
    let base_url = read_base_url(base_url(options, configuration))?;
    Vendor::new(client, base_url, &secret(keys::API_KEY), &secret(keys::API_SECRET))
}

/// Returns the base URL: the instance's override, else the engine's, else that of the environment (spec BT 2.1).
fn base_url<'a>(options: &'a EngineOptions, configuration: &'a BTreeMap<String, String>) -> &'a str {
    let own = configuration.get(keys::BASE_URL).filter(|_| options.allow_vendor_override);
    let staging = configuration.get(keys::IS_STAGING).is_some_and(|value| value == "true");
    let default = if staging { STAGING } else { PRODUCTION };
    own.or(options.vendor_urls.get(&*INFO.key)).map_or(default, String::as_str)
}

/// Verifies credentials before an instance is created or changed (spec P 6.2, step 9).
pub(crate) async fn verify(call: &Call, configuration: &BTreeMap<String, String>) -> Result<(), Failure> {
    let engine = &call.engine;
    let vendor = vendor(&engine.options, &engine.vendors.client(&engine.options), configuration)?;
    in_time(call, async |cx| vendor.verify(&cx).await).await?.map_err(|error| {
        let mut failure = Failure::from(&error);
        if matches!(error.kind, VendorErrorKind::Unauthorized | VendorErrorKind::Forbidden) {
            "Failed to authenticate with the provider".clone_into(&mut failure.message);
        }
        failure
    })
}

/// Calls the vendor within the time limit of a call. Fails with 504 afterwards (spec P 3.2).
pub(crate) async fn in_time<T>(call: &Call, ask: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
    let limit = call.engine.options.call_time_limit;
    let answer = ask(call.trace.context().until(moment::after(Instant::now(), limit)));
    tokio::time::timeout(limit, answer).await.map_err(|_| Failure::plain(StatusCode::GATEWAY_TIMEOUT))
}

/// Converts a vendor failure to the failure of the call (spec BT 2.5, P 3.4).
impl From<&VendorError> for Failure {
    fn from(error: &VendorError) -> Self {
        let status = match error.kind {
            VendorErrorKind::Unauthorized => StatusCode::UNAUTHORIZED,
            VendorErrorKind::Forbidden => StatusCode::FORBIDDEN,
            VendorErrorKind::NotFound | VendorErrorKind::InvalidId => StatusCode::NOT_FOUND,
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
        let failure = Self { vendor_unreachable: error.reached == Reached::No, ..failure };
        failure.retry_after(error.retry_after.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
    }
}

impl From<VendorError> for Failure {
    fn from(error: VendorError) -> Self {
        Self::from(&error)
    }
}
