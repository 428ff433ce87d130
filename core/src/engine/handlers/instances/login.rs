//! Logins of new and changed instances of elements with OAuth (spec E 4.7, E 4.9, E 4.12, E 4.32–4.37, E 4.53).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::{Map, Value};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

use super::configuration::is_masked;
use crate::auth::{MASK, Secret};
use crate::element::{Connector, Element};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::live::Draft;
use crate::engine::store::InstanceRow;
use crate::engine::vendor;
use crate::moment;
use crate::vendor::oauth1::{self, RequestToken, Verified};
use crate::vendor::oauth2::{self, Grant, Kind, keys};
use crate::vendor::{Context, LiveConfiguration, LoginGrant, LoginKind, VendorError};

/// Time limit of each call for a deleted instance (spec E 4.13).
const RELEASE_LIMIT: Duration = Duration::from_secs(30);

/// Members of `providerData` that concern a login: what the vendor sent to the callback.
#[derive(Default)]
pub(super) struct ProviderData {
    code: Option<Secret>,
    state: Option<String>,
    verifier: Option<Secret>,
    error: Option<String>,
    /// Request token of OAuth 1, its secret, and the verifier of the user.
    request_token: Option<Secret>,
    token_secret: Option<Secret>,
    token_verifier: Option<Secret>,
}

impl ProviderData {
    pub fn of(body: &Map<String, Value>) -> Self {
        let data = body.get("providerData");
        let text = |name: &str| {
            let text = data?.get(name)?.as_str()?;
            (!text.trim().is_empty()).then(|| text.to_owned())
        };
        let secret = |name: &str| text(name).map(Secret::new);
        Self {
            code: secret("code"),
            state: text("state"),
            verifier: secret("codeVerifier"),
            error: text("error"),
            request_token: secret("oauth_token"),
            token_secret: secret("secret"),
            token_verifier: secret("oauth_verifier"),
        }
    }

    /// Returns whether the user granted or denied access, which a change of an instance acts upon.
    pub fn is_answer(&self) -> bool {
        self.code.is_some() || self.error.is_some() || self.token_verifier.is_some()
    }
}

/// Removes the values that a login fills from given configuration. Returns them if there is an access token among them:
/// that of another platform (spec E 4.33). Without it they are those of an earlier response.
pub(super) fn take_acquired(element: &dyn Element, given: &mut Map<String, Value>) -> Option<BTreeMap<String, String>> {
    LoginKind::named(&element.info().authentication)?;
    let mut acquired = BTreeMap::new();
    for key in keys::ACQUIRED {
        let text = match given.remove(key) {
            Some(Value::String(text)) if text == MASK && is_masked(element, key) => continue,
            Some(Value::String(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            _ => continue,
        };
        if !text.trim().is_empty() {
            acquired.insert(key.to_owned(), text);
        }
    }
    Some(acquired).filter(|acquired| acquired.contains_key(keys::USER_TOKEN))
}

/// The values of a new instance.
pub(super) struct Provision<'a> {
    pub call: &'a Call,
    pub element: &'a Arc<dyn Element>,
    pub data: &'a ProviderData,
}

impl Provision<'_> {
    /// Logs in for a new instance and verifies the credentials. Returns acquired values.
    pub async fn create(
        &self,
        configured: &BTreeMap<String, String>,
        given: Option<BTreeMap<String, String>>,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let has_token = given.is_some();
        let draft = Arc::new(Draft::of_new(configured.clone(), given.unwrap_or_default()));
        if let Some(kind) = self.kind(configured) {
            let grant = self.grant(kind, configured).await?;
            match grant.or_else(|| first_grant(kind).filter(|_| !has_token)) {
                Some(grant) => self.log_in(&draft, grant).await?,
                None if has_token => {}
                None => return Err(Failure::bad_request(missing(kind))),
            }
        }
        self.provision(&draft).await?;
        Ok(draft.acquired().unwrap_or_default())
    }

    /// Logs in for a changed instance, if that is necessary, and verifies the credentials. Returns acquired values to
    /// store with the change.
    pub async fn change(
        &self,
        old: &InstanceRow,
        changed: &InstanceRow,
        given: Option<&BTreeMap<String, String>>,
    ) -> Result<Option<BTreeMap<String, String>>, Failure> {
        let configured = &changed.configuration;
        let grant = match self.kind(configured) {
            Some(kind) => self.grant(kind, configured).await?.or_else(|| first_grant(kind).filter(|_| given.is_none())),
            None => None,
        };
        let draft = match (&grant, given) {
            (None, None) => {
                let stored = self.call.engine.vendors.live(&self.call.engine, old);
                Draft::of_changed(changed, stored)
            }
            _ => Draft::of_new(configured.clone(), given.cloned().unwrap_or_default()),
        };
        let draft = Arc::new(draft);
        if let Some(grant) = grant {
            self.log_in(&draft, grant).await?;
        }
        self.provision(&draft).await?;
        Ok(draft.acquired())
    }

    fn kind(&self, configured: &BTreeMap<String, String>) -> Option<LoginKind> {
        LoginKind::named(&self.element.authentication(configured))
    }

    /// Returns the grant of the user.
    async fn grant(
        &self,
        kind: LoginKind,
        configured: &BTreeMap<String, String>,
    ) -> Result<Option<LoginGrant>, Failure> {
        if !kind.needs_user() {
            return Ok(None);
        }
        if let Some(error) = &self.data.error {
            return Err(vendor::not_authenticated(
                Failure::plain(StatusCode::UNAUTHORIZED).with_provider_message(error),
            ));
        }
        if kind == LoginKind::OAuth1 {
            return self.verified().await.map(|verified| verified.map(LoginGrant::OAuth1));
        }
        let Some(code) = self.data.code.clone() else { return Ok(None) };
        let method = configured.get(keys::CHALLENGE_METHOD).is_some_and(|method| !method.trim().is_empty());
        let verifier = match kind == LoginKind::OAuth2(Kind::Pkce) || method {
            true => Some(self.verifier().await?),
            false => self.data.verifier.clone(),
        };
        Ok(Some(LoginGrant::OAuth2(Grant::Code { code, verifier, state: self.data.state.clone() })))
    }

    /// Returns the request token that the user verified (spec E 4.53). An application that treats all kinds of OAuth alike
    /// sends the verifier as code and the token as state; the engine kept the secret of a token that it asked for itself.
    async fn verified(&self) -> Result<Option<Verified>, Failure> {
        let data = self.data;
        let Some(verifier) = data.token_verifier.clone().or_else(|| data.code.clone()) else { return Ok(None) };
        let token = data.request_token.clone().or_else(|| data.state.as_ref().map(Secret::new));
        let token = token.ok_or_else(|| Failure::bad_request("providerData.oauth_token is required"))?;
        let secret = match &data.token_secret {
            Some(secret) => secret.clone(),
            None => {
                let kept = self.kept(token.expose()).await?;
                kept.ok_or_else(|| Failure::bad_request("providerData.secret is required"))?
            }
        };
        Ok(Some(Verified { request: RequestToken { token, secret }, verifier }))
    }

    /// Removes and returns the secret that was kept for a state.
    async fn kept(&self, state: &str) -> Result<Option<Secret>, Failure> {
        let organization = self.call.caller.user()?.organization_id;
        Ok(self.call.engine.store.take_verifier(organization, self.element.info().id, state).await?)
    }

    /// Returns the verifier of the challenge: the caller's own, or that of the address which was made for this state.
    async fn verifier(&self) -> Result<Secret, Failure> {
        if let Some(verifier) = &self.data.verifier {
            return Ok(verifier.clone());
        }
        let required = || Failure::bad_request("providerData.state is required");
        let state = self.data.state.as_deref().ok_or_else(required)?;
        self.kept(state)
            .await?
            .ok_or_else(|| Failure::bad_request("providerData.state is unknown, was used already or is too old"))
    }

    async fn log_in(&self, draft: &Arc<Draft>, grant: LoginGrant) -> Result<(), Failure> {
        let engine = &self.call.engine;
        let own = self.connector(draft)?.login(&grant);
        let client = || engine.vendors.client(&engine.options, self.element);
        let login = own.unwrap_or_else(|| match grant {
            LoginGrant::OAuth1(verified) => oauth1::login(&client(), verified),
            LoginGrant::OAuth2(grant) => oauth2::login(&client(), grant),
        });
        let renewed = draft.renew(draft.current().generation(), login);
        match vendor::in_time(self.call, async |_| renewed.await).await? {
            Ok(_) => Ok(()),
            Err(error) => Err(vendor::not_verified(&error)),
        }
    }

    async fn provision(&self, draft: &Arc<Draft>) -> Result<(), Failure> {
        vendor::provision(self.call, &*self.connector(draft)?).await
    }

    fn connector(&self, draft: &Arc<Draft>) -> Result<Arc<dyn Connector>, Failure> {
        vendor::connect_apart(self.call, self.element, Arc::clone(draft) as Arc<dyn LiveConfiguration>, None)
    }
}

/// Returns the grant for an instance whose user granted nothing.
fn first_grant(kind: LoginKind) -> Option<LoginGrant> {
    match kind {
        LoginKind::OAuth1 => None,
        LoginKind::OAuth2(kind) => kind.first_grant().map(LoginGrant::OAuth2),
    }
}

/// Returns the message for an instance that needs the grant of a user.
fn missing(kind: LoginKind) -> &'static str {
    match kind {
        LoginKind::OAuth1 => "providerData.oauth_verifier is required",
        LoginKind::OAuth2(_) => "providerData.code is required",
    }
}

/// Ends what an instance that is being deleted has at the vendor, and revokes its token. A failure does not keep the
/// instance (spec E 4.13).
pub(super) async fn release(call: &Call, row: &InstanceRow) {
    let engine = &call.engine;
    let Ok(Some(element)) = call.element_by_id(row.element_id).await else { return };
    let live = engine.vendors.live(engine, row);
    let configuration = Arc::clone(&live) as Arc<dyn LiveConfiguration>;
    let connector = match vendor::connect_apart(call, &element, configuration, Some(row.id)) {
        Ok(connector) => connector,
        Err(failure) => {
            tracing::warn!(message = failure.message, instance_id = row.id, "a deleted instance was not released");
            return;
        }
    };
    let context = Context::default().until(moment::after(Instant::now(), RELEASE_LIMIT));
    note(row, "was not released", timeout(RELEASE_LIMIT, connector.release(&context)).await);
    let context = Context::default().until(moment::after(Instant::now(), RELEASE_LIMIT));
    let outcome = match connector.revoke(&context) {
        Some(revoked) => timeout(RELEASE_LIMIT, revoked).await,
        None if Kind::named(&element.authentication(live.current().values())).is_none() => return,
        None => {
            let (client, configuration) = (engine.vendors.client(&engine.options, &element), live.current());
            Ok(oauth2::revoke(&client, &configuration).await)
        }
    };
    note(row, "keeps its token", outcome);
}

/// Logs a failure of the vendor.
fn note(row: &InstanceRow, what: &str, outcome: Result<Result<(), VendorError>, Elapsed>) {
    let problem = match outcome {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(elapsed) => elapsed.to_string(),
    };
    tracing::warn!(problem, instance_id = row.id, "a deleted instance {what} at the vendor");
}
