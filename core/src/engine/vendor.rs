//! The connection of an instance to its vendor, and the mapping of the vendor's failures.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http::StatusCode;

use super::EngineInner;
use super::call::Call;
use super::failure::Failure;
use super::live::StoredConfiguration;
use super::options::EngineOptions;
use super::store::{InstanceRow, Store};
use crate::element::{ConfigurationRole, Connector, Element, ElementInfo, Host};
use crate::error::{ErrorKind, Result};
use crate::moment;
use crate::vendor::counts::CallCounts;
use crate::vendor::network::Network;
use crate::vendor::{
    Context, IncomingBody, LiveConfiguration, Reached, ScriptedFailure, VendorClient, VendorError, VendorErrorKind,
    VendorLimits,
};

/// The connections to vendors in use, one per instance, so that all callers of an instance share its limits.
pub(crate) struct Vendors {
    network: Network,
    /// Outcomes of the calls of all instances.
    pub counts: Arc<CallCounts>,
    kept: Arc<Kept>,
}

/// State of instances, by their ids.
#[derive(Default)]
struct Kept {
    known: Mutex<HashMap<i64, Known>>,
    /// Configurations of the instances, which outlive their connections.
    live: Mutex<HashMap<i64, Arc<StoredConfiguration>>>,
    /// Number of configurations at which those of instances that other processes deleted are looked for.
    most: AtomicUsize,
}

/// Number of instances whose state is kept without looking whether they still exist.
const FEW: usize = 64;

/// The connection of an instance.
struct Known {
    /// Has the limits, which outlive a changed configuration.
    client: VendorClient,
    /// Configuration that the connector was created with.
    configuration: BTreeMap<String, String>,
    /// Revision of the element that it was created by.
    revision: String,
    connector: Arc<dyn Connector>,
}

impl Known {
    fn is_for(&self, element: &Arc<dyn Element>, instance: &InstanceRow) -> bool {
        self.revision == element.revision() && self.configuration == instance.configuration
    }
}

impl Vendors {
    pub fn new(network: Network) -> Self {
        Self { network, counts: Arc::default(), kept: Arc::default() }
    }

    /// Returns the connection of an instance of an element, with its current credentials. The organization is charged
    /// for the scripts of the element.
    pub fn of(
        &self,
        engine: &EngineInner,
        organization: i64,
        element: &Arc<dyn Element>,
        instance: &InstanceRow,
    ) -> Result<Arc<dyn Connector>> {
        let live = self.live(engine, instance);
        let mut known = self.kept.known();
        let client = match known.get(&instance.id) {
            Some(known) if known.is_for(element, instance) => return Ok(Arc::clone(&known.connector)),
            Some(known) => known.client.clone(),
            None => self.client(&engine.options, element),
        };
        let connector = connect(element, engine, organization, client.clone(), (live, Some(instance.id)))?;
        let (configuration, revision) = (instance.configuration.clone(), element.revision().to_owned());
        known.insert(instance.id, Known { client, configuration, revision, connector: Arc::clone(&connector) });
        Ok(connector)
    }

    /// Returns the configuration of an instance, with the values that a call has read.
    pub fn live(&self, engine: &EngineInner, instance: &InstanceRow) -> Arc<StoredConfiguration> {
        let mut all = self.kept.live();
        let new = || StoredConfiguration::new(engine.store.clone(), engine.tasks.clone(), instance);
        let live = Arc::clone(all.entry(instance.id).or_insert_with(new));
        live.observe(instance);
        if self.kept.are_many(all.len()) {
            let (kept, store) = (Arc::clone(&self.kept), engine.store.clone());
            engine.tasks.spawn(async move { kept.forget_deleted(&store).await });
        }
        live
    }

    /// Removes a deleted instance.
    pub fn forget(&self, instance_id: i64) {
        self.kept.live().remove(&instance_id);
        self.kept.known().remove(&instance_id);
    }

    /// Returns a client for an instance of an element, with limits that nothing has used yet.
    pub fn client(&self, options: &EngineOptions, element: &Arc<dyn Element>) -> VendorClient {
        let (retry, timeout) = (options.vendor_retry, options.vendor_timeouts.whole);
        let limits = element.limits(VendorLimits { retry, timeout, ..VendorLimits::default() });
        let client = VendorClient::new(self.network.clone(), limits, Arc::clone(&self.counts));
        if element.checks_addresses() { client.guarded() } else { client }
    }
}

impl Kept {
    fn known(&self) -> MutexGuard<'_, HashMap<i64, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self) -> MutexGuard<'_, HashMap<i64, Arc<StoredConfiguration>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether so many instances are to be looked at. Returns that once, until they have been.
    fn are_many(&self, instances: usize) -> bool {
        let many = instances > self.most.load(Ordering::Relaxed).max(FEW);
        many && self.most.swap(usize::MAX, Ordering::Relaxed) != usize::MAX
    }

    /// Removes the instances that do not exist any more, because another process deleted them. The next look is at
    /// twice as many.
    async fn forget_deleted(&self, store: &Store) {
        let before: HashSet<i64> = self.live().keys().copied().collect();
        match store.instance_ids().await {
            Ok(ids) => {
                let exists: HashSet<i64> = ids.into_iter().collect();
                let gone = |id: &i64| before.contains(id) && !exists.contains(id);
                self.live().retain(|id, _| !gone(id));
                self.known().retain(|id, _| !gone(id));
            }
            Err(error) => tracing::debug!(%error, "deleted instances were not looked for"),
        }
        self.most.store(2 * self.live().len(), Ordering::Relaxed);
    }
}

/// Connects an element with a configuration.
fn connect(
    element: &Arc<dyn Element>,
    engine: &EngineInner,
    organization: i64,
    client: VendorClient,
    (configuration, instance_id): (Arc<dyn LiveConfiguration>, Option<i64>),
) -> Result<Arc<dyn Connector>> {
    let url = url(element.info(), &engine.options, configuration.current().values());
    let scripts = engine.scripts.of_elements(organization);
    Arc::clone(element).connect(Host { client, configuration, scripts, instance_id, url })
}

/// Returns the address that replaces the vendor's: the instance's, else the engine's (spec BT 2.1).
fn url(element: &ElementInfo, options: &EngineOptions, configuration: &BTreeMap<String, String>) -> Option<String> {
    let key = element.key_of(ConfigurationRole::Host).filter(|_| options.allow_vendor_override);
    let own = key.and_then(|key| configuration.get(key));
    own.or_else(|| options.vendor_urls.get(&*element.key)).cloned()
}

/// Connects an instance that is being created, changed or deleted, with limits of its own. A new one has no id.
pub(crate) fn connect_apart(
    call: &Call,
    element: &Arc<dyn Element>,
    configuration: Arc<dyn LiveConfiguration>,
    instance_id: Option<i64>,
) -> Result<Arc<dyn Connector>, Failure> {
    let engine = &call.engine;
    let organization = call.caller.user()?.organization_id;
    let client = engine.vendors.client(&engine.options, element);
    Ok(connect(element, engine, organization, client, (configuration, instance_id))?)
}

/// Verifies the credentials of an instance before it is created or changed, and collects what it needs (spec P 6.2,
/// step 9).
pub(crate) async fn provision(call: &Call, connector: &dyn Connector) -> Result<(), Failure> {
    in_time(call, async |cx| connector.provision(&cx).await).await?.map_err(|error| not_verified(&error))
}

/// Returns the failure of a call whose credentials the vendor did not accept (spec E 4.9).
pub(crate) fn not_verified(error: &VendorError) -> Failure {
    let failure = Failure::from(error);
    match error.kind {
        // Spec E 4.9: a status set by a script keeps its texts.
        _ if error.by_script.is_some() => failure,
        VendorErrorKind::Unauthorized | VendorErrorKind::Forbidden => not_authenticated(failure),
        _ if error.refuses_login => not_authenticated(failure),
        _ => failure,
    }
}

/// Sets the message of a failed login.
pub(crate) fn not_authenticated(failure: Failure) -> Failure {
    Failure { message: "Failed to authenticate with the provider".to_owned(), ..failure }
}

/// Calls the vendor within the time limit of a call. Fails with 504 afterwards (spec P 3.2).
pub(crate) async fn in_time<T>(call: &Call, ask: impl AsyncFnOnce(Context) -> T) -> Result<T, Failure> {
    in_time_of(call, None, ask).await
}

/// Calls the vendor as [`in_time`] does, with a body that may take any time as long as it moves.
pub(crate) async fn in_time_of<T>(
    call: &Call,
    body: Option<&IncomingBody>,
    ask: impl AsyncFnOnce(Context) -> T,
) -> Result<T, Failure> {
    let limit = call.engine.options.call_time_limit;
    let answer = ask(call.trace.context().until(moment::after(Instant::now(), limit)));
    let late = async {
        match body {
            None => tokio::time::sleep(limit).await,
            Some(body) => body.progress().quiet(limit).await,
        }
    };
    tokio::select! {
        biased;
        answer = answer => Ok(answer),
        () = late => Err(Failure::plain(StatusCode::GATEWAY_TIMEOUT)),
    }
}

/// Converts a vendor failure to the failure of the call (spec BT 2.5, P 3.4).
impl From<&VendorError> for Failure {
    fn from(error: &VendorError) -> Self {
        if let Some(failure) = error.by_script.as_deref().and_then(scripted) {
            return failure;
        }
        let status = match error.kind {
            VendorErrorKind::Unauthorized => StatusCode::UNAUTHORIZED,
            VendorErrorKind::Forbidden => StatusCode::FORBIDDEN,
            VendorErrorKind::NotFound | VendorErrorKind::InvalidId => StatusCode::NOT_FOUND,
            VendorErrorKind::BadRequest => StatusCode::BAD_REQUEST,
            VendorErrorKind::Refused => refusal(error.status),
            VendorErrorKind::Throttled => StatusCode::TOO_MANY_REQUESTS,
            VendorErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
            VendorErrorKind::Script => StatusCode::INTERNAL_SERVER_ERROR,
            VendorErrorKind::BodySpent => StatusCode::SERVICE_UNAVAILABLE,
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
        // A call that this process refused is no outage.
        let is_refused = matches!(error.kind, VendorErrorKind::BadRequest | VendorErrorKind::Script);
        let vendor_unreachable = error.reached == Reached::No && !is_refused;
        let failure = Self { vendor_unreachable, ..failure };
        if error.kind == VendorErrorKind::BodySpent {
            return failure.retry_after(Some(1));
        }
        if error.kind == VendorErrorKind::Script {
            // The platform worked as the definition says, so a retry would not help.
            return failure.of_kind(ErrorKind::InvalidRequest).with_hint("Correct the script that the message names.");
        }
        failure.retry_after(error.retry_after.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
    }
}

/// Returns the status of a call that the vendor refused with a status for the caller.
fn refusal(status: Option<u16>) -> StatusCode {
    status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::BAD_REQUEST)
}

/// Returns the failure that a script of the element made (spec E 7.54).
fn scripted(by_script: &ScriptedFailure) -> Option<Failure> {
    let failure = Failure::plain(StatusCode::from_u16(by_script.status).ok()?);
    let failure = Failure { message: by_script.message.clone().unwrap_or(failure.message), ..failure };
    Some(match &by_script.provider_message {
        Some(text) => failure.with_provider_message(text),
        None => failure,
    })
}

impl From<VendorError> for Failure {
    fn from(error: VendorError) -> Self {
        Self::from(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::store::NewInstance;
    use crate::engine::tasks::Tasks;

    #[tokio::test]
    async fn instances_that_others_deleted_are_forgotten() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let mut options = EngineOptions::new(folder.path().join("test.db"));
        options.bootstrap.email = Some("a@b.example".to_owned());
        let store = Store::open(&options).await?;
        let (user, _) = store.first_credentials().await?.ok_or("no user")?;
        let user = store.user_by_secret(&user).await?.ok_or("no user")?;
        let new = NewInstance {
            account_id: user.account_id,
            user_id: user.id,
            element_id: 184,
            defined: false,
            name: "one".to_owned(),
            tags: Vec::new(),
            configuration: BTreeMap::new(),
            acquired: BTreeMap::new(),
        };
        let row = store.create_instance(new).await?;
        let kept = Kept::default();
        for id in [row.id, row.id + 1, row.id + 2] {
            let live = StoredConfiguration::new(store.clone(), Tasks::default(), &row);
            kept.live().insert(id, live);
        }
        assert!(!kept.are_many(FEW) && kept.are_many(FEW + 1));
        assert!(!kept.are_many(FEW + 2), "one look at a time");
        kept.forget_deleted(&store).await;
        assert_eq!(kept.live().keys().copied().collect::<Vec<_>>(), [row.id]);
        assert!(kept.are_many(FEW + 1), "few instances are no reason to look");
        Ok(())
    }
}
