//! OAuth 1 (spec E 4.51 to 4.55) with a real provider, made with `oauthlib`, which checks every signature.

use elementkit::engine::Engine;
use elementkit::model::OauthUrl;
use serde_json::{Value, json};

use super::folders::example;
use super::played::{imported, instance, owner};
use crate::support::oauth1::{CALLBACK, CLIENT, Provider, SECRET};
use crate::support::raw;

const KEY: &str = "oauth1-user";

/// Calls with organization credentials and returns the answer, which must have this status.
async fn own(engine: &Engine, line: &str, body: &Value, status: u16) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = raw::call(engine, line, &owner(), &[], body).await;
    assert_eq!(answer.status, status, "{line}: {}", answer.text());
    answer.json()
}

fn client(provider: &Provider) -> Value {
    json!({"apiKey": CLIENT, "apiSecret": SECRET, "callbackUrl": CALLBACK, "host": provider.url})
}

fn new_instance(provider: &Provider, place: &str, data: &Value) -> Value {
    let configuration = json!({
        "host": provider.url, "oauth.api.key": CLIENT, "oauth.api.secret": SECRET, "oauth.callback.url": CALLBACK,
        "oauth.request.authorization.type": place,
    });
    json!({"element": {"key": KEY}, "name": "x", "configuration": configuration, "providerData": data})
}

fn query(address: &str, name: &str) -> String {
    let url = url::Url::parse(address).unwrap();
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("{address} has no {name}")).1.into_owned()
}

/// Makes an instance by the three legs as spec E 4.51 to 4.53 tell them, with the client in addresses or in bodies.
async fn in_three_legs(engine: Engine, provider: &Provider, place: &str, by_post: bool) -> raw::World {
    let mut values = client(provider);
    values["oauth.request.authorization.type"] = json!(place);
    let encoded = |values: &Value| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        values.as_object().unwrap().iter().for_each(|(name, value)| {
            query.append_pair(name, value.as_str().unwrap());
        });
        query.finish()
    };
    let line = |what: &str, values: &Value| match by_post {
        true => (format!("POST /elements/{KEY}/oauth/{what}"), values.clone()),
        false => (format!("GET /elements/{KEY}/oauth/{what}?{}", encoded(values)), Value::Null),
    };
    let (first, body) = line("token", &values);
    let token = own(&engine, &first, &body, 200).await;
    values["requestToken"] = token["token"].clone();
    let (second, body) = line("url", &values);
    let address = own(&engine, &second, &body, 200).await;
    assert_eq!(address["element"], KEY);
    let callback = provider.grant(address["oauthUrl"].as_str().unwrap()).await;
    let data = json!({
        "oauth_token": query(&callback, "oauth_token"), "oauth_verifier": query(&callback, "oauth_verifier"),
        "secret": token["secret"],
    });
    instance(engine, &new_instance(provider, place, &data)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn three_legs_and_signed_calls() {
    for (place, by_post) in [("header", true), ("query", false)] {
        let Some(provider) = Provider::start() else { return };
        let folder = tempfile::tempdir().unwrap();
        let engine = imported(folder.path(), &example(KEY)).await.unwrap();
        let world = in_three_legs(engine, &provider, place, by_post).await;
        let shown = own(&world.engine, &format!("GET /instances/{}", world.instance_id), &Value::Null, 200).await;
        let configuration = &shown["configuration"];
        assert_eq!(
            (&configuration["oauth.user.token"], &configuration["oauth.user.token.secret"]),
            (&json!("********"), &json!("********")),
            "{shown}"
        );
        // Spec E 4.54: form bodies are part of the signature, others are not.
        let formed = world.call("POST /items/form?title=a%20b%2Bc%26d%C3%A9", &[], "").await;
        assert_eq!(formed.json()["title"], "a b+c&dé", "{}", formed.text());
        let made = world.call("POST /items", &[], json!({"title": "j=1&k"}).to_string()).await;
        assert_eq!(made.status, 200, "{}", made.text());
        assert_eq!(
            world.get(&format!("/items/{}", made.json()["id"].as_str().unwrap()), &[]).await.json()["title"],
            "j=1&k"
        );
        let job = world.query("select id from items").await;
        assert_eq!(world.ended(&job).await["status"], "COMPLETED");
        let rows = world.result(&job, "items", "application/jsonl").await.text();
        assert_eq!(rows.lines().count(), 7, "{rows}");
        let calls = provider.calls().await;
        assert!(calls.len() >= 6 && calls.iter().all(|call| call["place"] == place), "{calls:?}");
    }
}

/// An application that treats all kinds of OAuth alike, as the packages do: the platform asks for the request token itself
/// and keeps its secret, which serves once.
#[tokio::test(flavor = "multi_thread")]
async fn the_platform_can_ask_for_the_request_token() {
    let Some(provider) = Provider::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = imported(folder.path(), &example(KEY)).await.unwrap();
    let line = format!("POST /elements/{KEY}/oauth/url");
    let login: OauthUrl = serde_json::from_value(own(&engine, &line, &client(&provider), 200).await).unwrap();
    let callback = provider.grant(&login.oauth_url).await;
    let code = login.code(&callback).unwrap();
    let data = json!({"code": code.expose(), "state": login.state});
    let world = instance(engine, &new_instance(&provider, "header", &data)).await.unwrap();
    assert_eq!(world.get("/items", &[]).await.status, 200);
    let again = own(&world.engine, "POST /instances", &new_instance(&provider, "header", &data), 400).await;
    assert_eq!(again["message"], "providerData.secret is required");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_the_vendors_and_tell_no_secret() {
    let Some(provider) = Provider::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = imported(folder.path(), &example(KEY)).await.unwrap();
    let token = format!("POST /elements/{KEY}/oauth/token");
    let mut wrong = client(&provider);
    wrong["apiSecret"] = json!("wrong-secret-11");
    let refused = own(&engine, &token, &wrong, 401).await;
    assert_eq!(refused["message"], "Failed to authenticate with the provider");
    assert!(!refused.to_string().contains("wrong-secret-11"), "{refused}");
    for name in ["apiKey", "apiSecret", "callbackUrl"] {
        let mut without = client(&provider);
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(own(&engine, &token, &without, 400).await["message"], format!("{name} is required"));
    }
    let made = own(&engine, &token, &client(&provider), 200).await;
    let mut data =
        json!({"oauth_token": made["token"], "oauth_verifier": "made-up-verifier-0000000", "secret": made["secret"]});
    let refused = own(&engine, "POST /instances", &new_instance(&provider, "header", &data), 401).await;
    let (secret, verifier) = (made["secret"].as_str().unwrap(), "made-up-verifier-0000000");
    assert!(!refused.to_string().contains(secret) && !refused.to_string().contains(verifier), "{refused}");
    let list = own(&engine, "GET /instances", &Value::Null, 404).await;
    assert_eq!(list["message"], "No element instances found", "nothing was stored");
    for (missing, message) in [
        ("oauth_verifier", "providerData.oauth_verifier is required"),
        ("secret", "providerData.secret is required"),
        ("oauth_token", "providerData.oauth_token is required"),
    ] {
        let mut without = data.clone();
        without.as_object_mut().unwrap().remove(missing);
        let refused = own(&engine, "POST /instances", &new_instance(&provider, "header", &without), 400).await;
        assert_eq!(refused["message"], message);
    }
    data = json!({"error": "access_denied"});
    let denied = own(&engine, "POST /instances", &new_instance(&provider, "header", &data), 401).await;
    assert_eq!(denied["providerMessage"], "access_denied");
}

/// Spec E 4.55: nothing renews a token of OAuth 1.
#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_token_is_passed_on() {
    let Some(provider) = Provider::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = imported(folder.path(), &example(KEY)).await.unwrap();
    let mut new = new_instance(&provider, "header", &json!({}));
    new["configuration"]["oauth.user.token"] = json!("abcdefghijklmnopqrstuv");
    new["configuration"]["oauth.user.token.secret"] = json!("other");
    // Spec E 4.33: the tokens of another platform.
    let world = instance(engine, &new).await.unwrap();
    let refused = world.get("/items", &[]).await;
    assert_eq!(refused.status, 401, "{}", refused.text());
    assert!(refused.text().contains("invalid_signature"), "{}", refused.text());
}
