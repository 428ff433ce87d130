//! Logins of instances: when they are due, and what replaces them (spec E 4.4 to 4.8).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt;

use super::answer::Read;
use super::authorize::authentication;
use super::document::{DefinedResource, Definition, ResourceType, Source};
use super::request::{Input, InputBody};
use super::run::{self, Run};
use super::session::{Session, Wanted};
use super::settings::Settings;
use crate::element::Urgency;
use crate::moment;
use crate::vendor::oauth2::{self, keys, now_ms};
use crate::vendor::{
    Changes, Configuration, Context, LiveConfiguration, Login, LoginError, LoginGrant, LoginKind, Repeat, VendorError,
    VendorErrorKind,
};

/// Key with the lifetime of a token login in seconds (spec E 3.29).
const EXPIRES_IN: &str = "expires_in";
/// Time before the end of a login at which it is due; half the lifetime of short ones (spec E 4.20).
const MARGIN_MS: f64 = 60_000.0;
/// Lifetime below which the margin is half of it.
const SHORT_S: f64 = 120.0;
/// Time limit of the calls of a login.
const LOGIN_LIMIT: Duration = Duration::from_secs(60);

/// The logins of one instance.
pub(super) struct Logins {
    /// With a client for logins.
    pub session: Session,
    pub configuration: Arc<dyn LiveConfiguration>,
}

impl Logins {
    /// Stores values, unless the instance has them already. Returns the values after the change.
    pub async fn keep(&self, changes: Changes) -> Result<Arc<Configuration>, VendorError> {
        let current = self.configuration.current();
        if changes.is_empty() {
            return Ok(current);
        }
        let mut values = current.values().clone();
        changes.apply(&mut values);
        if values == *current.values() {
            return Ok(current);
        }
        let unavailable = |error: crate::Error| VendorError::new(VendorErrorKind::Unavailable, error.to_string());
        self.configuration.write(changes).await.map_err(unavailable)
    }

    /// Returns values whose login is not due. If a due one cannot be replaced for the moment, it is used as long as it
    /// lasts.
    pub async fn fresh(&self, cx: &Context) -> Result<Arc<Configuration>, VendorError> {
        let mut seen = self.configuration.current();
        // Another process may have stored a newer login that is due by now, too.
        for _ in 0..2 {
            let Due { is_due, has_ended } = self.due(&seen);
            let Some(replacement) = self.replacement(cx, &seen).filter(|_| is_due) else { break };
            match self.replace(&seen, replacement).await {
                Ok(newer) => seen = newer,
                Err(error) if error.is_transient() && !has_ended => {
                    tracing::debug!(%error, "the login was not renewed yet");
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(seen)
    }

    /// Replaces a login that the vendor rejected (spec E 4.22, 4.43). Returns `None` if nothing can replace it.
    pub async fn renew(
        &self,
        cx: &Context,
        refused: &Configuration,
    ) -> Result<Option<Arc<Configuration>>, VendorError> {
        let Some(replacement) = self.replacement(cx, refused) else { return Ok(None) };
        self.replace(refused, replacement).await.map(Some)
    }

    /// Makes a login. What its scripts wrote is kept, also if it fails (spec E 7.55). The failure says that it is that of a
    /// login.
    async fn replace(
        &self,
        seen: &Configuration,
        Replacement { login, written }: Replacement,
    ) -> Result<Arc<Configuration>, VendorError> {
        let outcome = self.configuration.renew(seen.generation(), login).await;
        let written = std::mem::take(&mut *written.lock().unwrap_or_else(PoisonError::into_inner));
        if outcome.is_err() && !written.is_empty() {
            // The failure of the login is the one that counts.
            let kept = self.keep(written).await.err();
            tracing::debug!(?kept, "a login that failed has stored values");
        }
        outcome.map_err(|error| VendorError { is_of_login: true, ..error })
    }

    fn due(&self, seen: &Configuration) -> Due {
        let now = now_ms();
        match self.session.kind(seen) {
            // Tokens of OAuth 1 are not renewed (spec E 4.55).
            Some(LoginKind::OAuth1) => Due { is_due: false, has_ended: false },
            Some(LoginKind::OAuth2(_)) => {
                let missing = seen.get(keys::USER_TOKEN).is_none();
                let has_ended = missing || oauth2::is_expired(seen, now);
                Due { is_due: missing || oauth2::is_due(seen, now), has_ended }
            }
            None => token_due(&self.session.definition, seen, now),
        }
    }

    /// Returns the login that replaces the one of these values.
    fn replacement(&self, cx: &Context, seen: &Configuration) -> Option<Replacement> {
        let session = self.session.clone();
        let written: Arc<Mutex<Changes>> = Arc::default();
        match session.kind(seen) {
            Some(LoginKind::OAuth1) => return None,
            Some(LoginKind::OAuth2(kind)) => {
                let grant = LoginGrant::OAuth2(kind.renewal(seen)?);
                return Some(Replacement { login: session.login(grant, Some(cx.clone())), written });
            }
            None => {}
        }
        let resources = refreshing(&session.definition);
        if resources.is_empty() {
            return None;
        }
        let slot = Arc::clone(&written);
        let login: Login = Box::new(move |newest: Arc<Configuration>| {
            async move {
                let resources = refreshing(&session.definition);
                let (changes, outcome) = session.run(&resources, &newest).await;
                match outcome {
                    Ok(()) => Ok(timed(changes)),
                    Err(error) => {
                        *slot.lock().unwrap_or_else(PoisonError::into_inner) = changes;
                        Err(sorted(error))
                    }
                }
            }
            .boxed()
        });
        Some(Replacement { login, written })
    }
}

/// A login in place of another.
struct Replacement {
    login: Login,
    /// Values that its scripts wrote before it failed.
    written: Arc<Mutex<Changes>>,
}

/// Whether a login has to be replaced.
struct Due {
    is_due: bool,
    has_ended: bool,
}

/// Returns whether a login by system resources is due (spec E 4.20).
fn token_due(definition: &Definition, seen: &Configuration, now_ms: u64) -> Due {
    let settings = Settings::new(definition, seen.values());
    let number = |key| settings.get(key).and_then(|text| text.trim().parse::<f64>().ok());
    let (Some(lifetime_s), Some(since_ms)) = (number(EXPIRES_IN), number(keys::AUTHENTICATION_TIME)) else {
        return Due { is_due: false, has_ended: false };
    };
    if !lifetime_s.is_finite() || lifetime_s <= 0.0 {
        return Due { is_due: false, has_ended: false };
    }
    let lifetime_ms = 1000.0 * lifetime_s;
    let margin_ms = if lifetime_s < SHORT_S { lifetime_ms / 2.0 } else { MARGIN_MS };
    #[allow(clippy::cast_precision_loss)]
    let age_ms = now_ms as f64 - since_ms;
    Due { is_due: age_ms >= lifetime_ms - margin_ms, has_ended: age_ms >= lifetime_ms }
}

/// Returns the resources of an occasion in document order (spec E 1.67).
pub(super) fn of_type(definition: &Definition, kind: ResourceType) -> Vec<&DefinedResource> {
    definition.resources.iter().filter(|resource| resource.kind == kind && !resource.java).collect()
}

/// Returns the resources that log in again: those for it, else those of the creation that store something (spec E 4.21).
fn refreshing(definition: &Definition) -> Vec<&DefinedResource> {
    let own = of_type(definition, ResourceType::OnRefresh);
    if !own.is_empty() {
        return own;
    }
    let storing = |kind| {
        let mut found = of_type(definition, kind);
        found.retain(|resource| stores(resource));
        found
    };
    let first = storing(ResourceType::ProvisionAuthValidation);
    if first.is_empty() { storing(ResourceType::OnProvision) } else { first }
}

/// Returns whether a resource stores a value of the answer, by a parameter or by its script (spec E 4.18).
fn stores(resource: &DefinedResource) -> bool {
    run::may_store(resource)
        || resource.parameters.iter().any(|parameter| parameter.response && parameter.from == Source::Configuration)
}

/// Adds the time of a login that was successful, unless the login stored one (spec E 4.19).
pub(super) fn timed(changes: Changes) -> Changes {
    match changes.has(keys::AUTHENTICATION_TIME) {
        true => changes,
        false => changes.set(keys::AUTHENTICATION_TIME, now_ms().to_string()),
    }
}

/// Returns whether a creation logs in by system resources (spec E 4.18).
pub(super) fn has_token_login(definition: &Definition) -> bool {
    !refreshing(definition).is_empty()
}

/// Sorts a failure: the vendor's rejections are counted (spec E 4.45).
pub(super) fn sorted(error: VendorError) -> LoginError {
    let status = error.by_script.as_ref().map(|failure| failure.status).or(error.status);
    let is_refusal = status.is_some_and(|status| (400..500).contains(&status)) && !error.is_transient();
    if is_refusal { LoginError::Refused(error) } else { LoginError::Failed(error) }
}

impl Session {
    /// Returns the kind of OAuth that an instance uses.
    pub fn kind(&self, values: &Configuration) -> Option<LoginKind> {
        let settings = Settings::new(&self.definition, values.values());
        LoginKind::named(&authentication(&self.definition, settings))
    }

    /// Makes the calls of system resources one after the other. Each sees what those before it stored (spec E 4.8). Returns
    /// what they stored, also those up to a failure (spec E 7.55).
    pub async fn run(
        &self,
        resources: &[&DefinedResource],
        configuration: &Configuration,
    ) -> (Changes, Result<(), VendorError>) {
        let mut values = configuration.values().clone();
        let mut all = Changes::default();
        for resource in resources {
            let seen = Arc::new(Configuration::new(values.clone(), configuration.generation()));
            let (changes, outcome) = self.system(resource, seen, &[]).await;
            changes.apply(&mut values);
            all = all.and(changes);
            if let Err(error) = outcome {
                return (all, Err(error));
            }
        }
        (all, Ok(()))
    }

    /// Makes the call of a system resource, with its scripts and its chain. Returns what it stores, which a script may
    /// have written although the call failed (spec E 7.55).
    async fn system(
        &self,
        resource: &DefinedResource,
        values: Arc<Configuration>,
        query: &[(String, String)],
    ) -> (Changes, Result<Read, VendorError>) {
        // Login calls are in no trace (spec E 4.62).
        let cx = Context::default().until(moment::after(Instant::now(), LOGIN_LIMIT));
        let repeat = Repeat::of(&resource.vendor_method);
        let empty = Input::empty(Settings::new(&self.definition, values.values()));
        let Input { path, headers, .. } = empty;
        let wanted = Wanted { path, query, headers, body: &InputBody::Empty, condition: None, page: None };
        let late = |_| VendorError::new(VendorErrorKind::Timeout, format!("no answer within {LOGIN_LIMIT:?}"));
        if run::has_steps(&self.definition, resource) {
            let mut run = Run::new(self, &cx, (repeat, Urgency::Live), (None, Arc::clone(&values)));
            let outcome = tokio::time::timeout(LOGIN_LIMIT, run.call(resource, &wanted)).await;
            let outcome = outcome.map_err(late).flatten();
            return (run.into_changes(), outcome.map(|asked| asked.read));
        }
        let input = wanted.with(empty.settings);
        let outcome = tokio::time::timeout(LOGIN_LIMIT, self.ask(&cx, resource, &input, repeat)).await;
        match outcome.map_err(late).flatten() {
            Ok(asked) => (asked.changes, Ok(asked.read)),
            Err(error) => (Changes::default(), Err(error)),
        }
    }

    /// Makes the call of a system resource with these inputs. Returns the answer and what it stores.
    pub async fn ask_system(
        &self,
        resource: &DefinedResource,
        values: Arc<Configuration>,
        query: &[(String, String)],
    ) -> Result<(Read, Changes), VendorError> {
        let (changes, outcome) = self.system(resource, values, query).await;
        outcome.map(|read| (read, changes))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::vendor::Generation;

    /// Spec E 4.20, and the times of E 11.10.
    #[test]
    fn a_login_is_due_a_minute_before_it_ends() {
        let document = json!({"name": "x", "authentication": {"type": "custom"}});
        let definition = Definition::read(&document).unwrap_or_else(|problems| panic!("{problems:?}"));
        let due = |lifetime: &str, since: &str, now_ms: u64| {
            let values = [(EXPIRES_IN, lifetime), (keys::AUTHENTICATION_TIME, since)];
            let values = values.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
            token_due(&definition, &Configuration::new(values, Generation::default()), now_ms).is_due
        };
        for (lifetime, first_due_ms) in [("1200", 1_140_000), ("120", 60_000), ("119", 59_500), ("4", 2_000)] {
            assert!(!due(lifetime, "1000000", 1_000_000 + first_due_ms - 1), "{lifetime}");
            assert!(due(lifetime, "1000000", 1_000_000 + first_due_ms), "{lifetime}");
        }
        for (lifetime, since) in [("", "1"), ("0", "1"), ("never", "1"), ("60", "never"), ("60", "")] {
            assert!(!due(lifetime, since, u64::MAX), "{lifetime} {since}");
        }
    }
}
