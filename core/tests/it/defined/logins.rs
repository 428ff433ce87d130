//! Logins of defined elements: Basic, tokens of system resources, OAuth 2 in its variants, creation and deletion.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::world::{Asked, Reply, Vendor, World};

fn things(authentication: &str, more: Value) -> Value {
    let mut document = json!({"authentication": {"type": authentication}, "resources": [
        {"method": "GET", "path": "/things", "vendorPath": "/things"}]});
    for (key, value) in more.as_object().unwrap() {
        match (document[key].as_array_mut(), value.as_array()) {
            (Some(known), Some(more)) => known.extend(more.clone()),
            _ => document[key] = value.clone(),
        }
    }
    document
}

#[tokio::test]
async fn basic_gives_way_to_a_parameter() {
    let vendor = Vendor::start(|_| Reply::json(json!([]))).await;
    let credentials = json!({"username": "ü", "password": "p:q"});
    let world = World::new(vendor.clone(), things("basic", json!({})), credentials.clone()).await;
    world.get("/things").await;
    assert_eq!(world.vendor.asked()[0].header("authorization"), Some("Basic w7w6cDpx"));
    let own = json!({"parameters": [{"name": "Own", "type": "value", "vendorName": "authorization", "vendorType": "header"}]});
    let world = World::new(vendor, things("basic", own), credentials).await;
    world.get("/things").await;
    assert_eq!(world.vendor.asked()[0].header("authorization"), Some("Own"));
}

/// A vendor whose tokens are numbered; it accepts the newest one.
fn tokens(logins: &Arc<AtomicUsize>) -> impl FnMut(&Asked) -> Reply + Send + 'static {
    let logins = Arc::clone(logins);
    move |asked| match asked.path.as_str() {
        "/login" => {
            let number = logins.fetch_add(1, Ordering::SeqCst) + 1;
            Reply::json(json!({"data": {"token": format!("t{number}")}}))
        }
        _ => match asked.header("x-token") == Some(&*format!("t{}", logins.load(Ordering::SeqCst))) {
            true => Reply::json(json!([{"id": 1}])),
            false => Reply::status(401, json!({"message": "who?"})),
        },
    }
}

fn token_login(kind: &str) -> Value {
    things(
        "custom",
        json!({"configuration": [{"key": "expires_in"}],
        "parameters": [{"name": "session.token", "type": "configuration", "vendorName": "X-Token", "vendorType": "header"}],
        "resources": [{"method": "POST", "path": "/login", "vendorPath": "/login", "type": kind, "parameters": [
            {"name": "session.token", "type": "configuration", "vendorName": "data.token", "vendorType": "bodyField", "source": "response"}]}]}),
    )
}

#[tokio::test]
async fn system_resources_log_in_and_again() {
    let logins = Arc::new(AtomicUsize::new(0));
    let vendor = Vendor::start(tokens(&logins)).await;
    let world = World::new(vendor, token_login("onProvision"), json!({})).await;
    assert_eq!(logins.load(Ordering::SeqCst), 1);
    assert_eq!(world.get("/things").await.status, 200);
    // Spec E 4.22: the vendor forgot the token.
    logins.fetch_add(1, Ordering::SeqCst);
    let answer = world.get("/things").await;
    assert_eq!((answer.status, logins.load(Ordering::SeqCst)), (200, 3), "{}", answer.text);
    world.vendor.asked();
    assert_eq!(world.get("/things").await.status, 200);
    assert_eq!(world.vendor.lines(), ["GET /things"], "the new token was kept");
    let shown = world.own("GET", &format!("/instances/{}", world.id), None).await;
    assert!(!shown.text.contains("t3"), "{}", shown.text);
}

#[tokio::test]
async fn a_login_that_is_due_is_replaced_once_for_all_calls() {
    let logins = Arc::new(AtomicUsize::new(0));
    let vendor = Vendor::start(tokens(&logins)).await;
    let world = World::new(vendor, token_login("provisionAuthValidation"), json!({"expires_in": "1"})).await;
    assert_eq!(world.get("/things").await.status, 200);
    assert_eq!(logins.load(Ordering::SeqCst), 1);
    // Spec E 4.20: half of the lifetime.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let world = Arc::new(world);
    let calls = (0..8).map(|_| {
        let world = Arc::clone(&world);
        async move { world.get("/things").await.status }
    });
    assert_eq!(futures::future::join_all(calls).await, [200; 8]);
    assert_eq!(logins.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_failing_creation_stores_nothing() {
    let vendor = Vendor::start(|_| Reply::status(401, json!({"error": "bad token"}))).await;
    let check = json!({"resources": [
        {"method": "GET", "path": "/me", "vendorPath": "/me.json", "type": "provisionAuthValidation"},
        {"method": "POST", "path": "/setup", "vendorPath": "/setup", "type": "onProvision"}]});
    let mut world = World::bare(vendor, things("custom", check)).await;
    // Spec E 11.1.
    let refused = world.create(json!({})).await;
    assert_eq!((refused.status, &refused.body["message"]), (401, &json!("Failed to authenticate with the provider")));
    assert_eq!(refused.body["providerMessage"], "bad token");
    assert_eq!(world.vendor.lines(), ["GET /me.json"], "the second step is not taken");
    assert_eq!(world.own("GET", "/instances", None).await.status, 404);
    world.vendor.play(|asked| match asked.path.as_str() {
        "/setup" => Reply::status(422, json!({"message": "no"})),
        _ => Reply::json(json!({})),
    });
    let refused = world.create(json!({})).await;
    assert_eq!((refused.status, &refused.body["providerMessage"]), (400, &json!("no")), "{}", refused.text);
    world.vendor.play(|_| Reply::json(json!({})));
    assert_eq!(world.create(json!({})).await.status, 200);
    let pinged = world.get("/ping").await;
    assert_eq!((pinged.status, &pinged.body["endpoint"]), (200, &json!("acme")));
    assert_eq!(world.vendor.lines().last().map(String::as_str), Some("GET /me.json"));
}

#[tokio::test]
async fn what_does_not_exist_yet_is_refused() {
    let vendor = Vendor::start(|_| Reply::json(json!({}))).await;
    // Spec E 4.5, E 4.6, E 12.3.
    for kind in ["googleServiceAccount", "rsaCertificate", "awsv2", "firstPartyService", "fpsRobotAccess", "oauth3"] {
        let mut world = World::bare(vendor.clone(), things(kind, json!({}))).await;
        let refused = world.create(json!({})).await;
        let message = format!("The authentication type {kind} is not available");
        assert_eq!((refused.status, &refused.body["message"]), (400, &json!(message)));
    }
    let mut world = World::bare(vendor.clone(), things("none", json!({"protocolType": "jdbc"}))).await;
    assert_eq!(world.create(json!({})).await.status, 400);
    assert!(world.vendor.asked().is_empty());
}

fn oauth(authentication: &str, vendor: &Vendor, more: Value) -> Value {
    let mut document = things(authentication, more);
    let entries = json!([{"key": "oauth.api.key", "required": true}, {"key": "oauth.api.secret", "type": "PASSWORD"},
        {"key": "oauth.callback.url", "defaultValue": "https://app.example/cb"},
        {"key": "oauth.token.url", "defaultValue": format!("{}/{{site}}/token", vendor.origin)},
        {"key": "oauth.token.revoke_url", "defaultValue": format!("{}/revoke", vendor.origin)},
        {"key": "site", "defaultValue": "eu"}, {"key": "oauth.user.token", "required": true}]);
    document["configuration"] = entries;
    document
}

/// A vendor of OAuth 2 whose tokens are numbered; it accepts the newest one.
fn issuer(lifetime: Option<u64>, issued: &Arc<AtomicUsize>) -> impl FnMut(&Asked) -> Reply + Send + 'static {
    let issued = Arc::clone(issued);
    move |asked| match asked.path.as_str() {
        "/eu/token" | "/own/token" => {
            let issued = issued.fetch_add(1, Ordering::SeqCst) + 1;
            let (access, refresh) = (format!("a{issued}"), format!("r{issued}"));
            Reply::json(json!({"access_token": access, "refresh_token": refresh, "expires_in": lifetime}))
        }
        "/revoke" => Reply::json(json!({})),
        _ => {
            let issued = issued.load(Ordering::SeqCst);
            match asked.header("authorization") == Some(&*format!("Bearer a{issued}")) {
                true => Reply::json(json!([{"id": issued}])),
                false => Reply::status(401, json!({"message": "expired"})),
            }
        }
    }
}

fn client() -> Value {
    json!({"oauth.api.key": "k", "oauth.api.secret": "s"})
}

#[tokio::test]
async fn codes_are_exchanged_refreshed_and_revoked() {
    let issued = Arc::default();
    let vendor = Vendor::start(issuer(None, &issued)).await;
    let again =
        json!({"resources": [{"method": "GET", "path": "/after", "vendorPath": "/after", "type": "onRefresh"}]});
    let mut world = World::bare(vendor.clone(), oauth("oauth2", &vendor, again)).await;
    let missing = world.create(json!({"configuration": client()})).await;
    assert_eq!((missing.status, &missing.body["message"]), (400, &json!("providerData.code is required")));
    let created = world.create(json!({"configuration": client(), "providerData": {"code": "c1"}})).await;
    assert_eq!(created.status, 200, "{}", created.text);
    let asked = vendor.asked();
    assert_eq!((asked[0].line(), &*asked[0].form()["code"]), ("POST /eu/token".to_owned(), "c1"), "spec E 3.18");
    assert_eq!(world.get("/things").await.each("id"), [1]);
    // The vendor forgets the token: one refresh, and the call again (spec E 4.43).
    issued.fetch_add(1, Ordering::SeqCst);
    vendor.asked();
    let answer = world.get("/things").await;
    assert_eq!(answer.each("id"), [3], "{}", answer.text);
    let asked = vendor.asked();
    assert_eq!(
        asked.iter().map(|asked| &*asked.path).collect::<Vec<_>>(),
        ["/things", "/eu/token", "/after", "/things"]
    );
    assert_eq!(asked[1].form()["refresh_token"], "r1");
    let deleted = world.own("DELETE", &format!("/instances/{}", world.id), None).await;
    assert_eq!(deleted.status, 200);
    let asked = vendor.asked();
    assert_eq!((asked[0].path.as_str(), &*asked[0].form()["token"]), ("/revoke", "a3"));
}

#[tokio::test]
async fn tokens_of_the_client_are_replaced_when_they_are_due() {
    let vendor = Vendor::start(issuer(Some(1), &Arc::default())).await;
    let mut world = World::bare(vendor.clone(), oauth("oauth2ClientCredentials", &vendor, json!({}))).await;
    assert_eq!(world.create(json!({"configuration": client()})).await.status, 200);
    assert_eq!(world.get("/things").await.each("id"), [1]);
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert_eq!(world.get("/things").await.each("id"), [2]);
    let grants: Vec<String> = vendor
        .asked()
        .iter()
        .filter(|asked| asked.path == "/eu/token")
        .map(|asked| asked.form()["grant_type"].clone())
        .collect();
    assert_eq!(grants, ["client_credentials", "client_credentials"]);
}

#[tokio::test]
async fn a_definition_may_replace_the_steps() {
    let step = |kind: &str, path: &str, query: &[&str]| {
        let parameters: Vec<Value> = query
            .iter()
            .map(|name| json!({"name": name, "type": "query", "vendorName": name, "vendorType": "form"}))
            .collect();
        json!({"method": "POST", "path": format!("/{kind}"), "vendorPath": path, "type": kind, "parameters": parameters})
    };
    let issued = Arc::default();
    let vendor = Vendor::start(issuer(None, &issued)).await;
    let own = json!({"resources": [
        step("oauthOnTokenExchange", "/own/token", &["code", "callbackUrl", "apiKey"]),
        step("oauthOnTokenRefresh", "/own/token", &["refreshToken", "apiSecret"]),
        step("oauthOnTokenRevoke", "/own/revoke", &[])]});
    let mut world = World::bare(vendor.clone(), oauth("oauth2", &vendor, own)).await;
    let created = world.create(json!({"configuration": client(), "providerData": {"code": "c1"}})).await;
    assert_eq!(created.status, 200, "{}", created.text);
    let asked = vendor.asked();
    assert_eq!((asked.len(), asked[0].header("authorization")), (1, None));
    let sent = [("apiKey", "k"), ("callbackUrl", "https://app.example/cb"), ("code", "c1")];
    assert_eq!(asked[0].form(), sent.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    issued.fetch_add(1, Ordering::SeqCst);
    assert_eq!(world.get("/things").await.each("id"), [3]);
    let refreshed = vendor.asked().into_iter().find(|asked| asked.path == "/own/token").unwrap();
    assert_eq!(refreshed.form()["refreshToken"], "r1");
    world.own("DELETE", &format!("/instances/{}", world.id), None).await;
    assert_eq!(vendor.lines(), ["POST /own/revoke"]);
}

#[tokio::test]
async fn a_token_elsewhere_replaces_the_header() {
    let issued = Arc::default();
    let vendor = Vendor::start(issuer(None, &issued)).await;
    let own = json!({"parameters": [{"name": "oauth.user.token", "type": "configuration", "vendorName": "access", "vendorType": "query"}]});
    let mut world = World::bare(vendor.clone(), oauth("oauth2", &vendor, own)).await;
    let mut configuration = client();
    configuration["oauth.user.token"] = json!("given");
    assert_eq!(world.create(json!({"configuration": configuration})).await.status, 200);
    vendor.play(|_| Reply::json(json!([])));
    vendor.asked();
    assert_eq!(world.get("/things").await.status, 200);
    let asked = vendor.asked();
    assert_eq!((asked[0].get("access"), asked[0].header("authorization")), (Some("given"), None), "spec E 4.38");
}

#[tokio::test]
async fn five_refused_logins_disable_the_instance() {
    let logins = Arc::new(AtomicUsize::new(0));
    let vendor = Vendor::start(tokens(&logins)).await;
    let world = World::new(vendor, token_login("onProvision"), json!({})).await;
    world.vendor.play(|_| Reply::status(401, json!({"message": "locked"})));
    for _ in 0..5 {
        let answer = world.get("/things").await;
        assert_eq!(
            (answer.status, &answer.body["message"]),
            (401, &json!("The authentication of the instance could not be refreshed"))
        );
    }
    let shown = world.own("GET", &format!("/instances/{}", world.id), None).await;
    assert_eq!(shown.body["disabled"], true, "{}", shown.text);
}

#[tokio::test]
async fn a_deleted_instance_ends_what_it_has_at_the_vendor() {
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/hooks" => Reply::json(json!({"id": 77})),
        "/broken" => Reply::status(500, json!({})),
        _ => Reply::json(json!({})),
    })
    .await;
    let lifecycle = json!({"resources": [
        {"method": "POST", "path": "/hooks", "vendorPath": "/hooks", "type": "onProvision", "parameters": [
            {"name": "hook.id", "type": "configuration", "vendorName": "id", "vendorType": "bodyField", "source": "response"}]},
        {"method": "DELETE", "path": "/broken", "vendorPath": "/broken", "type": "onDelete"},
        {"method": "DELETE", "path": "/hooks", "vendorPath": "/hooks/{hook}", "type": "onDelete", "parameters": [
            {"name": "hook.id", "type": "configuration", "vendorName": "hook", "vendorType": "path"}]}]});
    let world = World::new(vendor, things("custom", lifecycle), json!({})).await;
    world.vendor.asked();
    let deleted = world.own("DELETE", &format!("/instances/{}", world.id), None).await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);
    assert_eq!(world.vendor.lines(), ["DELETE /broken", "DELETE /hooks/77"]);
}

#[tokio::test]
async fn the_author_secret_stays_with_the_author_host() {
    let vendor = Vendor::start(|_| Reply::json(json!([]))).await;
    let secret = json!({"configuration": [{"key": "shared.key", "type": "PASSWORD", "defaultValue": "author"}]});
    let mut world = World::bare(vendor, things("none", secret)).await;
    let refused = world.create(json!({"configuration": {"base.url": "http://127.0.0.1:9"}})).await;
    assert_eq!((refused.status, &refused.body["message"]), (400, &json!("Invalid value for configuration: base.url")));
    let own = json!({"configuration": {"base.url": "http://127.0.0.1:9", "shared.key": "mine"}});
    assert_eq!(world.create(own).await.status, 200);
}
