//! The steps of OAuth, which a definition may replace by calls of its own (spec E 1.63, 1.64, 4.5 to 4.9).

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::FutureExt;
use url::Url;

use super::document::{DefinedResource, ResourceType};
use super::login::{of_type, sorted};
use super::request::login_address;
use super::run::Run;
use super::session::Session;
use super::settings::Settings;
use crate::auth::{MASK, Secret};
use crate::element::Urgency;
use crate::vendor::oauth1::{self, RequestToken, Verified};
use crate::vendor::oauth2::{self, Grant, keys};
use crate::vendor::{
    Changes, Configuration, Context, Login, LoginError, LoginGrant, Repeat, VendorError, VendorErrorKind,
};

impl Session {
    /// Returns the login for a grant: the definition's own step, else the standard one. With the context of the call that
    /// needs a refresh, what follows a refresh runs too.
    pub fn login(&self, grant: LoginGrant, refreshes: Option<Context>) -> Login {
        let session = self.clone();
        Box::new(move |newest: Arc<Configuration>| {
            async move {
                let changes = session.exchange(grant, &newest).await?;
                match refreshes {
                    Some(cx) => Ok(session.refreshed(&cx, changes, &newest).await),
                    None => Ok(changes),
                }
            }
            .boxed()
        })
    }

    /// Runs what follows a refresh. A failure neither fails the refresh nor the call that needed it, but their trace has it
    /// (spec E 4.58).
    async fn refreshed(&self, cx: &Context, changes: Changes, newest: &Configuration) -> Changes {
        let mut values = newest.values().clone();
        changes.apply(&mut values);
        let resources = of_type(&self.definition, ResourceType::OnRefresh);
        let renewed = Configuration::new(values, newest.generation());
        // What was written before the failure is kept (spec E 7.55).
        let (more, outcome) = self.run(&resources, &renewed).await;
        if let Err(error) = outcome {
            tracing::debug!(kind = ?error.kind, "a call after a refresh failed");
            cx.record_failure("onRefresh", &error, &self.shown_reason(&error, &renewed));
        }
        changes.and(more)
    }

    /// Returns the reason of a failed step of a login: that of a script without secrets. What the vendor answers to a login
    /// is not shown (spec E 4.62).
    fn shown_reason(&self, error: &VendorError, values: &Configuration) -> String {
        let own = error.message.clone().filter(|_| error.kind == VendorErrorKind::Script);
        let reason = own.unwrap_or_else(|| match error.status {
            Some(status) => format!("HTTP {status}"),
            None => format!("{:?}", error.kind),
        });
        let secrets = values.values().iter().filter(|(key, value)| !value.is_empty() && self.definition.masks(key));
        secrets.fold(reason, |text, (_, secret)| text.replace(secret.as_str(), MASK))
    }

    /// Returns the resource that replaces the standard step for a grant (spec E 4.39, 4.42, 4.47, 4.48).
    fn own_step(&self, grant: &LoginGrant) -> Option<&DefinedResource> {
        let kind = match grant {
            LoginGrant::OAuth1(_) | LoginGrant::OAuth2(Grant::Code { .. }) => ResourceType::OauthTokenExchange,
            LoginGrant::OAuth2(Grant::Refresh) => ResourceType::OauthTokenRefresh,
            LoginGrant::OAuth2(Grant::ClientCredentials | Grant::PrivateKeyJwt) => {
                ResourceType::Oauth2ClientCredentials
            }
            LoginGrant::OAuth2(Grant::Password) => ResourceType::Oauth2Password,
            // No type of resource stands for it.
            LoginGrant::OAuth2(Grant::JwtBearer) => return None,
        };
        self.step(kind)
    }

    fn step(&self, kind: ResourceType) -> Option<&DefinedResource> {
        of_type(&self.definition, kind).into_iter().next()
    }

    async fn exchange(&self, grant: LoginGrant, newest: &Arc<Configuration>) -> Result<Changes, LoginError> {
        let complete = self.complete(newest).map_err(LoginError::Failed)?;
        let Some(resource) = self.own_step(&grant) else {
            let login = match grant {
                LoginGrant::OAuth1(verified) => oauth1::login(&self.client, verified),
                LoginGrant::OAuth2(grant) => oauth2::login(&self.client, grant),
            };
            return login(complete).await;
        };
        let query = inputs(&grant, &complete);
        let changes = match grant {
            LoginGrant::OAuth1(verified) => {
                let mut values = complete.values().clone();
                verified.into_changes().apply(&mut values);
                let values = Arc::new(Configuration::new(values, complete.generation()));
                let (read, changes) = self.ask_system(resource, values, &query).await.map_err(sorted)?;
                let own = oauth1::acquired(&read.raw).map(RequestToken::into_changes);
                own.unwrap_or_default().and(changes)
            }
            LoginGrant::OAuth2(grant) => {
                let values = with_verifier(&grant, complete);
                let (read, changes) = self.ask_system(resource, values, &query).await.map_err(sorted)?;
                oauth2::acquired(&read.raw).unwrap_or_default().and(changes)
            }
        };
        if changes.has(keys::USER_TOKEN) {
            Ok(changes)
        } else {
            Err(without_token("the vendor issued no access token"))
        }
    }

    /// Returns the values of an instance with those defaults that it lacks, and with the placeholders of login addresses
    /// filled (spec E 3.18).
    pub fn complete(&self, configuration: &Configuration) -> Result<Arc<Configuration>, VendorError> {
        let settings = Settings::new(&self.definition, configuration.values());
        let mut values = configuration.values().clone();
        for entry in &self.definition.configuration {
            if let Some(value) = settings.get(&entry.key) {
                values.insert(entry.key.clone(), value.into_owned());
            }
        }
        for key in keys::ADDRESSES {
            if let Some(address) = settings.get(key) {
                values.insert(key.to_owned(), login_address(&address, settings, &[])?);
            }
        }
        Ok(Arc::new(Configuration::new(values, configuration.generation())))
    }

    /// Returns whether the definition asks for request tokens itself.
    pub fn has_own_request_token(&self) -> bool {
        self.step(ResourceType::Oauth1TokenRequest).is_some()
    }

    /// Asks for a request token by the definition's own step, which has the inputs of the standard one (spec E 1.63).
    pub async fn request_token(&self, values: &Configuration) -> Result<RequestToken, LoginError> {
        let complete = self.complete(values).map_err(LoginError::Failed)?;
        let unknown = || VendorError::new(VendorErrorKind::BadRequest, "the definition has no such step");
        let resource = self.step(ResourceType::Oauth1TokenRequest).ok_or_else(unknown).map_err(LoginError::Failed)?;
        let query = common(&complete);
        let (read, changes) = self.ask_system(resource, complete, &query).await.map_err(sorted)?;
        let issued = oauth1::acquired(&read.raw);
        // What a response parameter or script writes goes before the answer, as in E 4.39.
        let mut written = BTreeMap::new();
        changes.apply(&mut written);
        let own = |key: &str| written.get(key).map(Secret::new);
        let token = own(keys::USER_TOKEN).or_else(|| issued.as_ref().map(|issued| issued.token.clone()));
        let secret = own(oauth1::keys::TOKEN_SECRET).or_else(|| issued.map(|issued| issued.secret));
        let token = token.ok_or_else(|| without_token("the vendor issued no request token"))?;
        Ok(RequestToken { token, secret: secret.unwrap_or_else(|| Secret::new("")) })
    }

    /// Returns whether the definition makes the address at which a user grants access itself.
    pub fn has_own_authorization(&self) -> bool {
        self.step(ResourceType::OauthAuthorizeUrl).is_some()
    }

    /// Returns the address that the definition makes itself: that of the vendor's request after its scripts, which is not
    /// sent (spec E 4.30).
    pub async fn authorization(
        &self,
        values: Arc<Configuration>,
        parameters: &[(String, String)],
    ) -> Result<Url, VendorError> {
        let unknown = || VendorError::new(VendorErrorKind::BadRequest, "the definition has no such step");
        let resource = self.step(ResourceType::OauthAuthorizeUrl).ok_or_else(unknown)?;
        let cx = Context::default();
        let mut run = Run::new(self, &cx, (Repeat::IfNotSent, Urgency::Live), (None, values));
        run.address(resource, parameters).await
    }
}

fn without_token(message: &str) -> LoginError {
    LoginError::Refused(VendorError::answered(VendorErrorKind::Unauthorized, 200, message))
}

/// Returns the values of a step with the verifier of a challenge, which scripts read there (spec E 3.30).
fn with_verifier(grant: &Grant, values: Arc<Configuration>) -> Arc<Configuration> {
    let Grant::Code { verifier: Some(verifier), .. } = grant else { return values };
    let mut all = values.values().clone();
    all.insert(keys::CHALLENGE_VERIFIER.to_owned(), verifier.expose().to_owned());
    Arc::new(Configuration::new(all, values.generation()))
}

/// Returns the query inputs of a step that a definition replaces (spec E 4.39, 4.42).
fn inputs(grant: &LoginGrant, values: &Configuration) -> Vec<(String, String)> {
    let mut inputs = Vec::new();
    let mut add = |name: &str, value: Option<&str>| {
        inputs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    };
    match grant {
        LoginGrant::OAuth1(Verified { request, verifier }) => {
            add("oauth_token", Some(request.token.expose()));
            add("oauth_verifier", Some(verifier.expose()));
            add("secret", Some(request.secret.expose()));
        }
        LoginGrant::OAuth2(Grant::Code { code, verifier, state }) => {
            add("code", Some(&oauth2::sent_code(code, values)));
            add("codeVerifier", verifier.as_ref().map(Secret::expose));
            add("state", state.as_deref());
        }
        LoginGrant::OAuth2(Grant::Refresh) => add("refreshToken", values.get(keys::REFRESH_TOKEN)),
        LoginGrant::OAuth2(_) => {}
    }
    inputs.extend(common(values));
    inputs
}

fn common(values: &Configuration) -> Vec<(String, String)> {
    let common = [
        ("callbackUrl", keys::CALLBACK_URL),
        ("apiKey", keys::API_KEY),
        ("apiSecret", keys::API_SECRET),
        ("scope", keys::SCOPE),
    ];
    let found = common.iter().filter_map(|(name, key)| Some(((*name).to_owned(), values.get(key)?.to_owned())));
    found.collect()
}
