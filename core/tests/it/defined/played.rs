//! An engine with a defined element and its vendor.

use std::path::Path;
use std::time::Duration;

use elementkit::engine::{Engine, EngineOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use vendor_sim::{Document, Options, Simulator};

use crate::support;
use crate::support::raw::{self, Answer};

/// An engine that has an element of the vendor that is played, and an instance of it.
pub struct World {
    pub simulator: Simulator,
    pub document: Document,
    pub raw: raw::World,
    _folder: TempDir,
}

pub fn options(folder: &Path) -> EngineOptions {
    let mut options = EngineOptions {
        bootstrap: support::bootstrap(),
        allow_vendor_override: true,
        ..EngineOptions::new(folder.join("test.db"))
    };
    options.vendor_retry.base = Duration::from_millis(1);
    options.vendor_retry.cap = Duration::from_millis(5);
    options
}

/// Opens an engine and imports a definition into it.
///
/// # Errors
/// The answer to the import, if it is refused.
pub async fn imported(folder: &Path, document: &Value) -> Result<Engine, String> {
    let engine = Engine::open(options(folder)).await.unwrap();
    let answer = raw::call(&engine, "POST /elements", &owner(), &[], document.to_string()).await;
    if answer.status == 200 { Ok(engine) } else { Err(format!("the import: {}", answer.text())) }
}

/// Returns the credentials of the first user.
pub fn owner() -> String {
    format!("User {}, Organization {}", support::USER, support::ORGANIZATION)
}

impl World {
    /// Plays the vendor of a definition, imports it and makes an instance.
    ///
    /// # Errors
    /// The answer to the import or to the instance, if one is refused.
    pub async fn new(definition: &Value, options: Options) -> Result<Self, String> {
        let simulator = Simulator::start(definition, options).await.unwrap();
        let document = simulator.document();
        let folder = tempfile::tempdir().unwrap();
        let engine = imported(folder.path(), &document.value).await?;
        let mut new =
            json!({"element": {"key": document.key}, "name": "x", "configuration": simulator.configuration()});
        if matches!(document.authentication.as_str(), "oauth1" | "oauth2" | "oauth2Pkce") {
            new["providerData"] = granted(&engine, &simulator, &document).await?;
        }
        let raw = instance(engine, &new).await?;
        Ok(Self { simulator, document, raw, _folder: folder })
    }

    /// Calls the instance.
    pub async fn call(&self, line: &str, headers: &[(&str, &str)], body: String) -> Answer {
        self.raw.call(line, headers, body).await
    }

    /// Deletes the instance.
    pub async fn delete(&self) -> Answer {
        raw::call(
            &self.raw.engine,
            &format!("DELETE /instances/{}", self.raw.instance_id),
            &owner(),
            &[],
            String::new(),
        )
        .await
    }
}

/// Makes an instance.
///
/// # Errors
/// The answer, if it is refused.
pub async fn instance(engine: Engine, new: &Value) -> Result<raw::World, String> {
    let answer = raw::call(&engine, "POST /instances", &owner(), &[], new.to_string()).await;
    if answer.status != 200 {
        return Err(format!("the instance: {}", answer.text()));
    }
    let made = answer.json();
    let token = made["token"].as_str().unwrap().to_owned();
    Ok(raw::World { engine, token, instance_id: made["id"].as_i64().unwrap() })
}

/// Returns what the user brings back from the vendor.
async fn granted(engine: &Engine, simulator: &Simulator, document: &Document) -> Result<Value, String> {
    let configuration = simulator.configuration();
    let given = |key: &str| configuration.get(key).cloned().unwrap_or_default();
    if document.authentication == "oauth2" {
        return Ok(json!({"code": simulator.code()}));
    }
    if document.authentication == "oauth1" {
        return three_legs(engine, simulator, document).await;
    }
    let line = format!("POST /elements/{}/oauth/url", document.key);
    let mut body = json!({
        "apiKey": given("oauth.api.key"),
        "apiSecret": given("oauth.api.secret"),
        "callbackUrl": given("oauth.callback.url"),
    });
    for (key, value) in configuration.iter().filter(|(key, _)| !key.starts_with("oauth.")) {
        body[key] = json!(value);
    }
    let answer = raw::call(engine, &line, &owner(), &[], body.to_string()).await;
    let address = answer.json()["oauthUrl"].as_str().map(str::to_owned).ok_or_else(|| answer.text())?;
    let (code, state) = simulator.grant(&address)?;
    Ok(json!({"code": code, "state": state}))
}

/// Returns what the user brings back from a vendor of OAuth 1 (spec E 4.51 to 4.53).
async fn three_legs(engine: &Engine, simulator: &Simulator, document: &Document) -> Result<Value, String> {
    let configuration = simulator.configuration();
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let given = |key: &str| encode(configuration.get(key).map(String::as_str).unwrap_or_default());
    let [key, secret, callback] = ["oauth.api.key", "oauth.api.secret", "oauth.callback.url"].map(given);
    let mut query = format!("apiKey={key}&apiSecret={secret}&callbackUrl={callback}");
    for (key, value) in configuration.iter().filter(|(key, _)| !key.starts_with("oauth.")) {
        query.push_str(&format!("&{key}={}", encode(value)));
    }
    let get = async |path: &str| {
        let line = format!("GET /elements/{}/oauth/{path}", document.key);
        let answer = raw::call(engine, &line, &owner(), &[], String::new()).await;
        if answer.status == 200 { Ok(answer.json()) } else { Err(format!("{line}: {}", answer.text())) }
    };
    let first = get(&format!("token?{query}")).await?;
    let token = first["token"].as_str().unwrap_or_default();
    let second = get(&format!("url?{query}&requestToken={}", encode(token))).await?;
    let (token, verifier) = simulator.agree(second["oauthUrl"].as_str().unwrap_or_default())?;
    Ok(json!({"oauth_token": token, "oauth_verifier": verifier, "secret": first["secret"]}))
}
