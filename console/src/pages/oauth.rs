//! Logins at a service: the reader grants access there, and the service leads back to a page of the console (spec E 4.24,
//! 4.51).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use askama::Template;
use elementkit::model::{InstanceChange, NewInstance, OauthOptions};
use elementkit::{Error, ErrorKind};

use crate::PATH;
use crate::browser;
use crate::failure::{Failure, Outcome};
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::session;
use crate::texts::{EN, Texts};

const API_KEY: &str = "oauth.api.key";
const API_SECRET: &str = "oauth.api.secret";
const CALLBACK_URL: &str = "oauth.callback.url";
/// Prefix of the values that a login acquires.
const ACQUIRED: &str = "oauth.user.";
/// Time in which access must be granted.
const PATIENCE: Duration = Duration::from_secs(900);
/// Maximum number of logins that a session waits for.
const MOST: usize = 20;

/// A login that was begun, until the service leads back.
pub(crate) struct Grant {
    state: String,
    begun: Instant,
    new: NewInstance,
    /// The instance that gets new credentials; `None` for a new one.
    instance: Option<i64>,
    /// Request token of OAuth 1 with its secret.
    token: Option<(String, String)>,
}

/// Returns whether access to an element with this kind of authentication is granted by its user at the service.
pub(crate) fn needs_user(authentication: &str) -> bool {
    matches!(authentication, "oauth1" | "oauth2" | "oauth2Pkce")
}

/// Returns whether a login fills a configuration key in, so that forms leave it out.
pub(crate) fn is_acquired(key: &str) -> bool {
    key.starts_with(ACQUIRED) || key == CALLBACK_URL
}

/// Returns whether a login needs a value that an element does not declare as required.
pub(crate) fn is_needed(authentication: &str, key: &str) -> bool {
    needs_user(authentication) && (key == API_KEY || key == API_SECRET && authentication == "oauth1")
}

#[derive(Template)]
#[template(path = "grant.html")]
struct GrantPage<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    name: String,
    address: String,
    host: String,
}

/// Begins a login, and shows the link to the service. A redirect would be refused: the policy of the pages lets forms lead
/// to own pages only.
pub(crate) async fn begin(request: &Request, authentication: &str, new: NewInstance, instance: Option<i64>) -> Outcome {
    let callback = callback_url(request)?;
    let new = new.set(CALLBACK_URL, &callback);
    let elements = request.platform()?.elements();
    let state = session::key()?.expose().to_owned();
    let value = |key: &str| new.configuration.get(key).cloned();
    let parameters: BTreeMap<String, String> =
        new.configuration.iter().filter(|(key, _)| *key != API_SECRET).map(|(k, v)| (k.clone(), v.clone())).collect();
    let mut options = OauthOptions {
        api_key: value(API_KEY),
        callback_url: Some(callback),
        state: Some(state.clone()),
        parameters,
        ..OauthOptions::default()
    };
    let mut token = None;
    if authentication == "oauth1" {
        options.api_secret = value(API_SECRET);
        let issued = elements.oauth_token(&new.element, &options).await?;
        options.request_token = Some(issued.token.clone());
        token = Some((issued.token, issued.secret));
    }
    let found = elements.oauth_url(&new.element, &options).await?;
    let host = url::Url::parse(&found.oauth_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let is_web = found.oauth_url.starts_with("https://") || found.oauth_url.starts_with("http://");
    let (Some(host), true) = (host, is_web) else {
        return Err(Failure::Platform(Error::new(ErrorKind::Decode, EN.grant_no_address)));
    };
    let (name, state) = (new.name.clone(), found.state.unwrap_or(state));
    remember(request, Grant { state, begun: Instant::now(), new, instance, token })?;
    let shell = Shell::new(request, Section::Instances, EN.grant_title);
    page::html(&GrantPage { shell, t: &EN, name, address: found.oauth_url, host })
}

fn remember(request: &Request, grant: Grant) -> Result<(), Failure> {
    let mut grants = request.session()?.grants();
    grants.retain(|known| known.begun.elapsed() < PATIENCE);
    if grants.len() >= MOST {
        grants.remove(0);
    }
    grants.push(grant);
    Ok(())
}

/// Returns the address to which the service leads back: the host is one that the console accepts.
fn callback_url(request: &Request) -> Result<String, Failure> {
    let host = browser::text(&request.headers, "host").ok_or(Failure::UnknownHost)?;
    let scheme = if request.is_https { "https" } else { "http" };
    Ok(format!("{scheme}://{host}{PATH}/granted"))
}

/// `GET /granted`: the service led back.
pub(crate) async fn granted(request: &Request) -> Outcome {
    let query = &request.query;
    let (state, token) = (query.filled("state"), query.filled("oauth_token"));
    let grant = {
        let mut grants = request.session()?.grants();
        grants.retain(|known| known.begun.elapsed() < PATIENCE);
        let is_it = |known: &Grant| match &known.token {
            Some((issued, _)) => token == Some(issued),
            None => state == Some(&known.state),
        };
        let position = grants.iter().position(is_it);
        position.map(|position| grants.remove(position))
    };
    let Some(Grant { state, new, instance, token, .. }) = grant else { return Err(Failure::UnknownGrant) };
    let verifier = query.filled("oauth_verifier").or(query.filled("code"));
    let Some(code) = verifier else {
        let reason = query.filled("error_description").or(query.filled("error")).unwrap_or(EN.grant_denied);
        return Err(Failure::Platform(Error::new(ErrorKind::PermissionDenied, reason).with_hint(EN.grant_denied_hint)));
    };
    let new = match token {
        Some((token, secret)) => new.verified(token, secret, code),
        None => new.granted(code, state),
    };
    let instances = request.platform()?.instances();
    let id = match instance {
        None => instances.create(&new).await?.id(),
        Some(id) => {
            let configuration = new.configuration.into_iter().map(|(key, value)| (key, Some(value))).collect();
            let change = InstanceChange {
                configuration: Some(configuration),
                provider_data: new.provider_data,
                ..InstanceChange::default()
            };
            Some(instances.patch(id, &change).await?.id)
        }
    };
    page::redirect(&format!("{PATH}/instances/{}?done=connected", id.ok_or(Failure::NotFound)?))
}
