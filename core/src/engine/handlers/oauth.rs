//! The steps before an instance of an element with OAuth: the request token of OAuth 1, and the address at which a user
//! grants access (spec E 4.24–4.31, E 4.51, E 4.52).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::instances::known_element;
use crate::auth::Secret;
use crate::element::{Connector, Element, ElementInfo};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::live::Draft;
use crate::engine::reply::Reply;
use crate::engine::vendor;
use crate::model::{OauthToken, OauthUrl};
use crate::vendor::oauth1::{self, RequestToken};
use crate::vendor::oauth2::{AuthorizationRequest, Kind, PlainHttp, keys};
use crate::vendor::{Configuration, Generation, LiveConfiguration, LoginError, LoginKind};

/// Parameters of a call that are values of the configuration.
const CONFIGURED: [(&str, &str); 4] = [
    ("apiKey", keys::API_KEY),
    ("apiSecret", keys::API_SECRET),
    ("callbackUrl", keys::CALLBACK_URL),
    ("scope", keys::SCOPE),
];

/// `GET /elements/{keyOrId}/oauth/url`
pub(crate) async fn url(call: &Call) -> Result<Reply, Failure> {
    address(call, of_query(call)).await
}

/// `POST /elements/{keyOrId}/oauth/url`: keeps the client secret out of addresses (spec E 4.62).
pub(crate) async fn url_of_body(call: &Call) -> Result<Reply, Failure> {
    address(call, of_body(call).await?).await
}

/// `GET /elements/{keyOrId}/oauth/token`: the first step of OAuth 1.
pub(crate) async fn token(call: &Call) -> Result<Reply, Failure> {
    request_token(call, of_query(call)).await
}

/// `POST /elements/{keyOrId}/oauth/token`: keeps the client secret out of addresses.
pub(crate) async fn token_of_body(call: &Call) -> Result<Reply, Failure> {
    request_token(call, of_body(call).await?).await
}

type Parameters = BTreeMap<String, String>;

fn of_query(call: &Call) -> Parameters {
    call.query.pairs().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn of_body(call: &Call) -> Result<Parameters, Failure> {
    let mut parameters = Parameters::new();
    for (name, value) in call.json_object().await? {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return Err(Failure::bad_request(format!("{name} must be a text")));
            }
        };
        parameters.insert(name, text);
    }
    Ok(parameters)
}

async fn request_token(call: &Call, parameters: Parameters) -> Result<Reply, Failure> {
    let wanted = Wanted::of(call, parameters).await?;
    if wanted.kind != Some(LoginKind::OAuth1) {
        return Err(Failure::bad_request(format!("{} does not use OAuth 1", wanted.element.info().name)));
    }
    let RequestToken { token, secret } = wanted.request_token().await?;
    Reply::json(&OauthToken {
        token: token.expose().to_owned(),
        secret: secret.expose().to_owned(),
        ..OauthToken::default()
    })
}

async fn address(call: &Call, parameters: Parameters) -> Result<Reply, Failure> {
    let wanted = Wanted::of(call, parameters).await?;
    let (url, state) = match wanted.kind.filter(|kind| kind.needs_user()) {
        Some(LoginKind::OAuth1) => wanted.oauth1_address().await?,
        Some(LoginKind::OAuth2(kind)) => wanted.oauth2_address(kind).await?,
        None => return Err(Failure::bad_request(format!("{} does not use OAuth", wanted.element.info().name))),
    };
    Reply::json(&OauthUrl {
        oauth_url: url.into(),
        element: wanted.element.info().key.to_string(),
        state: Some(state),
        ..OauthUrl::default()
    })
}

/// A step that is wanted for an instance to come.
struct Wanted<'c> {
    call: &'c Call,
    element: Arc<dyn Element>,
    kind: Option<LoginKind>,
    parameters: Parameters,
    defaults: BTreeMap<String, String>,
    /// Values of the instance to come: those of the call, and the defaults.
    values: BTreeMap<String, String>,
}

impl<'c> Wanted<'c> {
    async fn of(call: &'c Call, parameters: Parameters) -> Result<Self, Failure> {
        let element = known_element(call, call.param("keyOrId")).await?;
        let defaults = defaults_of(element.info());
        let values = values_of(&defaults, &parameters);
        let kind = LoginKind::named(&element.authentication(&values));
        Ok(Self { call, element, kind, parameters, defaults, values })
    }

    /// Returns whether the address may be one of plain HTTP (spec E 4.61).
    fn plain(&self) -> PlainHttp {
        match (self.element.checks_addresses(), self.call.engine.options.allow_private_vendors) {
            (false, _) => PlainHttp::Loopback,
            (true, true) => PlainHttp::Allowed,
            (true, false) => PlainHttp::Refused,
        }
    }

    fn filled(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn connector(&self, more: &[(&str, &str)]) -> Result<Arc<dyn Connector>, Failure> {
        let mut values = self.values.clone();
        values.extend(more.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let draft = Arc::new(Draft::of_new(values, BTreeMap::new()));
        vendor::connect_apart(self.call, &self.element, draft as Arc<dyn LiveConfiguration>, None)
    }

    /// Keeps a secret that belongs to a state for the creation of the instance (spec E 4.29).
    async fn keep(&self, state: &str, secret: &Secret) -> Result<(), Failure> {
        let organization = self.call.caller.user()?.organization_id;
        Ok(self.call.engine.store.keep_verifier(organization, self.element.info().id, state, secret).await?)
    }

    /// Returns the values with the login address in which the placeholders are filled.
    fn with_address(&self, key: &str) -> Result<BTreeMap<String, String>, Failure> {
        let mut values = self.values.clone();
        if let Some(filled) = self.element.login_address(key, &values) {
            values.insert(key.to_owned(), filled.map_err(Failure::bad_request)?);
        }
        Ok(values)
    }

    /// Asks the vendor for a request token (spec E 4.51).
    async fn request_token(&self) -> Result<RequestToken, Failure> {
        for (name, key) in &CONFIGURED[..3] {
            if self.filled(key).is_none() {
                return Err(Failure::bad_request(format!("{name} is required")));
            }
        }
        self.element.check_values(&self.values).map_err(Failure::bad_request)?;
        let connector = self.connector(&[])?;
        let values = self.with_address(oauth1::keys::REQUEST_URL)?;
        let configuration = Configuration::new(values, Generation::default());
        let client = self.call.engine.vendors.client(&self.call.engine.options, &self.element);
        let asked = vendor::in_time(self.call, async |_| match connector.request_token() {
            Some(own) => own.await,
            None => oauth1::request_token(&client, &configuration).await,
        });
        asked.await?.map_err(LoginError::into_error).map_err(|error| vendor::not_verified(&error))
    }

    /// Returns the address for a request token, and the token. Without a token of the caller the engine asks for one, and
    /// keeps its secret for the creation of the instance.
    async fn oauth1_address(&self) -> Result<(Url, String), Failure> {
        let token = match self.parameters.get("requestToken").filter(|token| !token.trim().is_empty()) {
            Some(token) => token.clone(),
            None => {
                let RequestToken { token, secret } = self.request_token().await?;
                self.keep(token.expose(), &secret).await?;
                token.expose().to_owned()
            }
        };
        let more = [("requestToken", token.clone())];
        let url = match self.own_address(more.to_vec()).await? {
            Some(own) => own,
            None => {
                let configuration =
                    Configuration::new(self.with_address(keys::AUTHORIZATION_URL)?, Generation::default());
                oauth1::authorization_url(&configuration, &token, self.plain()).map_err(Failure::bad_request)?
            }
        };
        Ok((url, token))
    }

    fn authorization<'a>(&'a self, kind: Kind, parameters: &'a Parameters) -> AuthorizationRequest<'a> {
        let (element, defaults, plain) = (&*self.element.info().key, &self.defaults, self.plain());
        AuthorizationRequest { element, kind, defaults, parameters, plain }
    }

    async fn oauth2_address(&self, kind: Kind) -> Result<(Url, String), Failure> {
        let mut parameters = self.parameters.clone();
        let own = self.authorization(kind, &parameters).parameters().map_err(Failure::bad_request)?;
        let more = vec![
            ("apiKey", own.client_id),
            ("callbackUrl", own.callback),
            ("scope", own.scope.unwrap_or_default()),
            ("state", own.state.clone()),
            ("codeChallenge", own.challenge.unwrap_or_default()),
        ];
        if let Some(url) = self.own_address(more).await? {
            if let Some(verifier) = &own.verifier {
                self.keep(&own.state, verifier).await?;
            }
            return Ok((url, own.state));
        }
        if let Some(address) = self.with_address(keys::AUTHORIZATION_URL)?.remove(keys::AUTHORIZATION_URL) {
            parameters.insert(keys::AUTHORIZATION_URL.to_owned(), address);
        }
        let address = self.authorization(kind, &parameters).build().map_err(Failure::bad_request)?;
        if let Some(verifier) = &address.verifier {
            self.keep(&address.state, verifier).await?;
        }
        Ok((address.url, address.state))
    }

    /// Returns the address that the element makes itself, from the parameters of the call and these (spec E 4.30).
    async fn own_address(&self, more: Vec<(&str, String)>) -> Result<Option<Url>, Failure> {
        let mut parameters = self.parameters.clone();
        let filled = more.into_iter().filter(|(_, value)| !value.is_empty());
        parameters.extend(filled.map(|(name, value)| (name.to_owned(), value)));
        let challenge = parameters.get("codeChallenge").map(|challenge| (keys::CHALLENGE, challenge.as_str()));
        let connector = self.connector(challenge.as_slice())?;
        let parameters: Vec<(String, String)> = parameters.clone().into_iter().collect();
        let made = vendor::in_time(self.call, async |_| match connector.authorization(&parameters) {
            Some(own) => own.await.map(Some),
            None => Ok(None),
        });
        let Some(url) = made.await?? else { return Ok(None) };
        let not_allowed = || Failure::bad_request("The vendor address is not allowed");
        Some(url).filter(|url| self.plain().accepts(url)).ok_or_else(not_allowed).map(Some)
    }
}

fn defaults_of(info: &ElementInfo) -> BTreeMap<String, String> {
    let default = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let infos = info.configuration.iter();
    infos.filter_map(|info| info.default.as_deref().map(|value| default(&info.key, value))).collect()
}

/// Returns the values of an instance to come. A parameter of the call fills a placeholder where the configuration has no
/// value (spec E 3.18); it can give the addresses themselves (spec E 4.26).
fn values_of(defaults: &BTreeMap<String, String>, parameters: &Parameters) -> BTreeMap<String, String> {
    let mut values = defaults.clone();
    for (name, value) in parameters.iter().filter(|(_, value)| !value.trim().is_empty()) {
        let configured = CONFIGURED.iter().find(|(known, _)| known == name).map(|(_, key)| *key);
        let is_address = keys::ADDRESSES.contains(&name.as_str()) || name == keys::AUTHORIZATION_URL;
        match configured {
            // Spec E 4.27.
            Some(keys::SCOPE) if value == "false" => {}
            Some(key) => drop(values.insert(key.to_owned(), value.clone())),
            None if is_address => drop(values.insert(name.clone(), value.clone())),
            None if values.get(name).is_some_and(|own| !own.trim().is_empty()) => {}
            None => drop(values.insert(name.clone(), value.clone())),
        }
    }
    values
}
