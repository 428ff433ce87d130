//! The examples behind a real OpenID provider: code with PKCE, client credentials, and jobs that outlive their tokens.

use serde_json::{Value, json};

use super::folders::example;
use super::played::{imported, instance, owner};
use crate::support::oidc::{CALLBACK, CLIENT, Options, Provider, SECRET};
use crate::support::raw;

/// Connects an example with a provider.
async fn connected(folder: &std::path::Path, key: &str, provider: &Provider) -> raw::World {
    let engine = imported(folder, &example(key)).await.unwrap();
    let configuration = json!({"host": provider.url, "oauth.api.key": CLIENT, "oauth.api.secret": SECRET});
    let mut new = json!({"element": {"key": key}, "name": "x", "configuration": configuration});
    if key == "oauth-user" {
        let asked = json!({"apiKey": CLIENT, "apiSecret": SECRET, "callbackUrl": CALLBACK, "host": provider.url});
        let line = format!("POST /elements/{key}/oauth/url");
        let answer = raw::call(&engine, &line, &owner(), &[], asked.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let (code, state) = provider.grant(answer.json()["oauthUrl"].as_str().unwrap()).await;
        new["providerData"] = json!({"code": code, "state": state});
        new["configuration"]["oauth.callback.url"] = json!(CALLBACK);
    }
    instance(engine, &new).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_outlive_forty_tokens_and_lose_nothing() {
    for key in ["oauth-user", "oauth-client"] {
        let options = Options { records: 2_100, token_calls: Some(1), ..Options::default() };
        let Some(provider) = Provider::start(&options) else { return };
        let folder = tempfile::tempdir().unwrap();
        let world = connected(folder.path(), key, &provider).await;
        let before = provider.tokens().await;
        let job = world.query("select id, size.width from items").await;
        let ended = world.ended(&job).await;
        assert_eq!(ended["status"], "COMPLETED", "{key}: {ended}");
        let text = world.result(&job, "items", "application/jsonl").await.text();
        let expected: Vec<Value> =
            (0..2_100).map(|number| json!({"id": format!("item-{number:05}"), "size": {"width": number}})).collect();
        let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(rows == expected, "{key}: {} rows", rows.len());
        let tokens = provider.tokens().await - before;
        eprintln!("{key}: {tokens} tokens; {}", provider.counts().await);
        assert!(tokens >= 40, "{tokens} tokens for {key}");
        assert_eq!(provider.counts().await["errors"], json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_are_written_with_tokens_that_serve_once() {
    let options = Options { records: 60, token_calls: Some(1), ..Options::default() };
    let Some(provider) = Provider::start(&options) else { return };
    let folder = tempfile::tempdir().unwrap();
    let world = connected(folder.path(), "oauth-user", &provider).await;
    let made = world.call("POST /items", &[], json!({"title": "made"}).to_string()).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let changed = world.call(&format!("PATCH /items/{id}"), &[], json!({"open": true}).to_string()).await.json();
    assert_eq!(changed, json!({"id": id, "title": "made", "open": true}));
    assert_eq!(world.get(&format!("/items/{id}"), &[]).await.json(), changed);
    assert_eq!(world.call(&format!("DELETE /items/{id}"), &[], "").await.status, 200);
    assert_eq!(world.get(&format!("/items/{id}"), &[]).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_is_refused_makes_no_instance() {
    let Some(provider) = Provider::start(&Options { records: 1, ..Options::default() }) else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = imported(folder.path(), &example("oauth-client")).await.unwrap();
    let configuration = json!({"host": provider.url, "oauth.api.key": CLIENT, "oauth.api.secret": "wrong-one"});
    let new = json!({"element": {"key": "oauth-client"}, "name": "x", "configuration": configuration});
    let Err(refusal) = instance(engine, &new).await else { panic!("a wrong secret is refused") };
    assert!(refusal.contains("Failed to authenticate with the provider"), "{refusal}");
    assert!(!refusal.contains("wrong-one"), "{refusal}");
}

const PRIVATE_KEY: &str = include_str!("../../../../tests/oidc/keys/private.pem");
const PUBLIC_KEY: &str = include_str!("../../../../tests/oidc/keys/public.pem");

/// Returns the example of a client with another type of authentication, whose key is configured instead of a secret.
fn with_key(kind: &str, key: &str) -> Value {
    let mut definition = example("oauth-client");
    definition["authentication"]["type"] = json!(kind);
    let entries = definition["configuration"].as_array_mut().unwrap();
    entries.retain(|entry| entry["key"] != "oauth.api.secret");
    entries.push(json!({"key": key, "name": "Private key", "type": "TEXTAREA", "required": true}));
    definition
}

/// Reads a list, and all of it in a job whose tokens serve one call each; deletes the instance, which revokes its token.
async fn reads_everything(world: &raw::World, provider: &Provider) {
    let job = world.query("select id from items").await;
    let ended = world.ended(&job).await;
    assert_eq!(ended["status"], "COMPLETED", "{ended}");
    let text = world.result(&job, "items", "application/jsonl").await.text();
    assert_eq!(text.lines().count(), 120, "{}", provider.counts().await);
    let shown =
        raw::call(&world.engine, &format!("GET /instances/{}", world.instance_id), &owner(), &[], String::new()).await;
    assert!(!shown.text().contains("BEGIN PRIVATE KEY"), "the key is masked: {}", shown.text());
    let deleted =
        raw::call(&world.engine, &format!("DELETE /instances/{}", world.instance_id), &owner(), &[], String::new())
            .await;
    assert_eq!(deleted.status, 200);
    assert_eq!(provider.counts().await["errors"], json!([]));
}

fn with_public_key() -> Options {
    Options { records: 120, token_calls: Some(1), public_key: Some(PUBLIC_KEY), ..Options::default() }
}

/// Spec E 4.50.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_authenticates_itself_with_its_key() {
    let Some(provider) = Provider::start(&with_public_key()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let definition = with_key("oauth2PrivateKeyJwt", "jwk.private.key");
    let engine = imported(folder.path(), &definition).await.unwrap();
    let mut configuration = json!({"host": provider.url, "oauth.api.key": "key-client", "jwk.kid": "key-1"});
    configuration["jwk.private.key"] = json!(PRIVATE_KEY);
    let mut new = json!({"element": {"key": "oauth-client"}, "name": "x", "configuration": configuration});
    let world = instance(engine, &new).await.unwrap();
    reads_everything(&world, &provider).await;
    new["configuration"]["jwk.private.key"] = json!("hush");
    let refused = raw::call(&world.engine, "POST /instances", &owner(), &[], new.to_string()).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("jwk.private.key") && !refused.text().contains("hush"), "{}", refused.text());
    new["configuration"]["jwk.private.key"] = json!(PRIVATE_KEY);
    new["configuration"]["oauth.api.key"] = json!("client");
    let refused = raw::call(&world.engine, "POST /instances", &owner(), &[], new.to_string()).await;
    assert_eq!(refused.status, 401, "{}", refused.text());
}

/// Spec E 4.49.
#[tokio::test(flavor = "multi_thread")]
async fn a_signed_assertion_becomes_a_token() {
    for kind in ["jwtOauth", "jwtOauth2"] {
        let Some(provider) = Provider::start(&with_public_key()) else { return };
        let folder = tempfile::tempdir().unwrap();
        let engine = imported(folder.path(), &with_key(kind, "jwt.base64.encoded.key")).await.unwrap();
        let configuration = json!({
            "host": provider.url, "oauth.api.key": CLIENT, "oauth.api.secret": SECRET,
            "jwt.base64.encoded.key": PRIVATE_KEY, "jwt.claim.iss": "assertion-issuer", "jwt.claim.aud": provider.url,
            "jwt.header.kid": "key-1",
        });
        let mut new = json!({"element": {"key": "oauth-client"}, "name": "x", "configuration": configuration});
        let world = instance(engine, &new).await.unwrap();
        reads_everything(&world, &provider).await;
        new["configuration"]["jwt.claim.iss"] = json!("somebody");
        let refused = raw::call(&world.engine, "POST /instances", &owner(), &[], new.to_string()).await;
        assert_eq!(refused.status, 401, "{}", refused.text());
        assert!(refused.text().contains("unexpected \\\"iss\\\" claim value"), "{}", refused.text());
    }
}
