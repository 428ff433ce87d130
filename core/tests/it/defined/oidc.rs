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
