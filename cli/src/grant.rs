//! Connecting an element that is known to the platform only: values come from arguments, the environment or a prompt,
//! and access with OAuth is granted in a browser on this machine (spec E 4.60).

use std::io::{self, IsTerminal};
use std::process::{Command, Stdio};

use elementkit::model::{ConfigurationDefinition, NewInstance, OauthOptions};
use elementkit::{Error, ErrorKind, InstanceHandle, LoopbackCallback, Platform};

use crate::args::Connect;
use crate::connect::{typed, with_values};
use crate::exit::Outcome;
use crate::output;

const API_KEY: &str = "oauth.api.key";
const API_SECRET: &str = "oauth.api.secret";
const CALLBACK_URL: &str = "oauth.callback.url";
/// Prefix of the values that a login acquires.
const ACQUIRED: &str = "oauth.user.";

/// Creates the instance, or gives it new credentials.
pub async fn connect(platform: &Platform, options: &Connect) -> Outcome<InstanceHandle> {
    let elements = platform.elements();
    let metadata = elements.metadata(&options.element).await?;
    let authentication = metadata.authentication_type.unwrap_or_default();
    let has_request_token = authentication == "oauth1";
    let needs_user = has_request_token || matches!(authentication.as_str(), "oauth2" | "oauth2Pkce");
    let name = options.name.clone().unwrap_or(metadata.name);
    let mut new = with_values(NewInstance::of(&options.element).named(name), options)?;
    if authentication.starts_with("oauth") {
        new = new.with_oauth_env();
    }
    let is_set = |definition: &ConfigurationDefinition| {
        definition.default_value.as_deref().is_some_and(|value| !value.trim().is_empty())
    };
    for definition in elements.configuration(&options.element).await? {
        let key = definition.key.as_str();
        let comes_from_login = key.starts_with(ACQUIRED) || key == CALLBACK_URL;
        let is_given = new.configuration.contains_key(key) || comes_from_login || is_set(&definition);
        let is_needed = needs_user && key == API_KEY || has_request_token && key == API_SECRET;
        if !is_given && (definition.required || is_needed) {
            new = new.set(key, prompted(&definition)?);
        }
    }
    let new = if needs_user { granted(platform, options, new, has_request_token).await? } else { new };
    Ok(platform.instances().connect(&new).await?)
}

/// Lets the user grant access, and returns the instance with the code that the vendor issued. OAuth 1 needs the client
/// secret for it (spec E 4.51).
async fn granted(
    platform: &Platform,
    options: &Connect,
    new: NewInstance,
    has_request_token: bool,
) -> Outcome<NewInstance> {
    let callback = LoopbackCallback::bind(options.port).await?;
    let new = new.set(CALLBACK_URL, callback.url());
    let parameters = new.configuration.iter().filter(|(key, _)| *key != API_SECRET);
    let wanted = OauthOptions {
        api_key: new.configuration.get(API_KEY).cloned(),
        api_secret: new.configuration.get(API_SECRET).filter(|_| has_request_token).cloned(),
        callback_url: Some(callback.url().to_owned()),
        parameters: parameters.map(|(key, value)| (key.clone(), value.clone())).collect(),
        ..OauthOptions::default()
    };
    let wanted = wanted.with_random_state()?;
    let address = platform.elements().oauth_url(&options.element, &wanted).await?;
    output::note(&format!("Open this address to grant access:\n{}", address.oauth_url));
    if io::stderr().is_terminal() {
        open_browser(&address.oauth_url);
    }
    let missing = || Error::new(ErrorKind::Decode, "the platform returned no state for the callback");
    let state = address.state.ok_or_else(missing)?;
    let code = callback.code(&state).await?;
    Ok(new.granted(code.expose(), state))
}

/// Opens the address in the browser, if there is one; the user can open it elsewhere on this machine.
fn open_browser(address: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(program);
    let _ = command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}

/// Prompts for a required value.
fn prompted(definition: &ConfigurationDefinition) -> Outcome<String> {
    let is_secret = definition.kind == "PASSWORD" || definition.key == API_SECRET;
    if !io::stdin().is_terminal() {
        let missing = format!("the configuration {} is missing", definition.key);
        let hint = match definition.key.as_str() {
            API_KEY | API_SECRET => "Set ELEMENTKIT_OAUTH_API_KEY and ELEMENTKIT_OAUTH_API_SECRET.".to_owned(),
            key if is_secret => format!("Give it as --set-env {key}=VARIABLE, or run the command on a terminal."),
            key => format!("Give it as --set {key}=VALUE, or run the command on a terminal."),
        };
        return Err(Error::new(ErrorKind::Config, missing).with_hint(hint).into());
    }
    typed(&definition.name, is_secret)
}
