//! Signed calls and the steps of OAuth that a definition replaces, with a vendor that is played (spec E 4.30, 4.39, 4.51 to
//! 4.56).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::world::{Asked, Reply, Vendor, World};

const CALLBACK: &str = "https://app.example/back";

/// Returns the parameters of OAuth 1 of a request.
fn oauth(asked: &Asked) -> Vec<(String, String)> {
    let header = asked.header("authorization").unwrap_or_default();
    let pairs = header.strip_prefix("OAuth ").unwrap_or_default().split(", ").filter_map(|pair| pair.split_once('='));
    let decoded =
        |text: &str| percent_encoding::percent_decode_str(text.trim_matches('"')).decode_utf8_lossy().into_owned();
    pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect()
}

fn parameter(asked: &Asked, name: &str) -> Option<String> {
    oauth(asked).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

fn document(kind: &str, entries: &[(&str, &str)], resources: Value) -> Value {
    let entries: Vec<Value> = entries.iter().map(|(key, value)| json!({"key": key, "defaultValue": value})).collect();
    let mut all = vec![json!({"method": "GET", "path": "/things", "vendorPath": "/things"})];
    all.extend(resources.as_array().unwrap().iter().cloned());
    json!({"authentication": {"type": kind}, "configuration": entries, "resources": all})
}

fn from_query(name: &str, place: &str, vendor: &str) -> Value {
    json!({"type": "query", "name": name, "vendorType": place, "vendorName": vendor})
}

/// A vendor that fails twice, so that calls are repeated.
fn flaky() -> impl FnMut(&Asked) -> Reply + Send + 'static {
    let mut failures = 2;
    move |_| {
        failures -= 1;
        if failures >= 0 { Reply::status(503, json!({})) } else { Reply::json(json!([])) }
    }
}

/// Each attempt has a nonce of its own, and a trace shows neither signature nor secret (spec E 4.54, 4.62).
#[tokio::test]
async fn each_attempt_is_signed_anew_and_traces_show_no_signature() {
    let token = json!({
        "oauth.api.key": "the-key", "oauth.api.secret": "hush-client", "oauth.user.token": "hush-token",
        "oauth.user.token.secret": "hush-token-secret",
    });
    let access = json!({"aws.api.key": "AKIAHUSH", "aws.api.secret": "hush-aws", "aws.region": "eu-west-1", "aws.service.name": "s3"});
    for (kind, place, values) in [("oauth1", "header", &token), ("oauth1", "query", &token), ("awsv4", "", &access)] {
        let vendor = Vendor::start(|_| Reply::json(json!([]))).await;
        let definition = document(kind, &[("oauth.request.authorization.type", place)], json!([]));
        let world = World::new(vendor, definition, values.clone()).await;
        world.own("PUT", &format!("/instances/{}/trace-logging", world.id), None).await;
        world.vendor.play(flaky());
        world.vendor.asked();
        let answer = world.get("/things").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let asked = world.vendor.asked();
        assert_eq!(asked.len(), 3);
        if kind == "oauth1" {
            let nonce = |asked: &Asked| match place {
                "query" => asked.get("oauth_nonce").unwrap().to_owned(),
                _ => parameter(asked, "oauth_nonce").unwrap(),
            };
            let nonces: BTreeSet<String> = asked.iter().map(nonce).collect();
            assert_eq!(nonces.len(), 3, "{nonces:?}");
            assert!(asked.iter().all(|one| one.header("authorization").is_some() == (place == "header")));
        } else {
            assert!(
                asked.iter().all(|one| one.header("authorization").unwrap().contains("/eu-west-1/s3/aws4_request"))
            );
        }
        let id = answer.header("elements-trace-id").unwrap();
        let trace = world.own("GET", &format!("/elements/acme/trace/{id}"), None).await;
        assert_eq!(trace.body["vendorRequests"].as_array().unwrap().len(), 3, "{}", trace.text);
        for secret in ["hush", "oauth_signature", "Signature=", "oauth_nonce"] {
            assert!(!trace.text.contains(secret), "{kind} {place}: {secret}: {}", trace.text);
        }
    }
}

/// Spec E 1.63: the steps that a definition replaces are signed as the standard ones.
#[tokio::test]
async fn own_steps_of_oauth1_are_signed() {
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/own/request" => {
            Reply::of("text/plain", "oauth_token=rt&oauth_token_secret=hush-rs&oauth_callback_confirmed=true")
        }
        "/own/exchange" => Reply::of("text/plain", "oauth_token=at&oauth_token_secret=hush-as"),
        _ => Reply::json(json!([])),
    })
    .await;
    let resources = json!([
        {"method": "POST", "path": "/request", "vendorPath": "/own/request", "type": "oauth1OnTokenRequest", "parameters": [
            from_query("callbackUrl", "query", "back")]},
        {"method": "POST", "path": "/exchange", "vendorPath": "/own/exchange", "type": "oauthOnTokenExchange", "parameters": [
            from_query("oauth_verifier", "query", "verifier")]}]);
    let definition =
        document("oauth1", &[("oauth.authorization.url", "https://vendor.example/authorize?a=1")], resources);
    let mut world = World::bare(vendor, definition).await;
    let client = json!({"apiKey": "the-key", "apiSecret": "hush-client", "callbackUrl": CALLBACK});
    let token = world.own("POST", "/elements/acme/oauth/token", Some(client.clone())).await;
    assert_eq!((token.status, &token.body), (200, &json!({"token": "rt", "secret": "hush-rs"})), "{}", token.text);
    let asked = world.vendor.asked().remove(0);
    assert_eq!(asked.get("back"), Some(CALLBACK));
    assert_eq!(parameter(&asked, "oauth_callback").as_deref(), Some(CALLBACK));
    assert_eq!(parameter(&asked, "oauth_token"), None);

    let mut wanted = client;
    wanted["requestToken"] = json!("rt");
    let address = world.own("POST", "/elements/acme/oauth/url", Some(wanted)).await;
    assert_eq!(address.body["oauthUrl"], "https://vendor.example/authorize?a=1&oauth_token=rt", "{}", address.text);

    let configuration = json!({"oauth.api.key": "the-key", "oauth.api.secret": "hush-client"});
    let data = json!({"oauth_token": "rt", "oauth_verifier": "v", "secret": "hush-rs"});
    let made = world.create(json!({"configuration": configuration, "providerData": data})).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let asked = world.vendor.asked().remove(0);
    assert_eq!(asked.line(), "POST /own/exchange?verifier=v");
    assert_eq!(parameter(&asked, "oauth_token").as_deref(), Some("rt"));
    assert_eq!(parameter(&asked, "oauth_verifier").as_deref(), Some("v"));
    assert_eq!(world.get("/things").await.status, 200);
    assert_eq!(parameter(&world.vendor.asked()[0], "oauth_token").as_deref(), Some("at"));
    let shown = world.own("GET", &format!("/instances/{}", world.id), None).await;
    assert!(!shown.text.contains("hush") && !shown.text.contains("token.verifier"), "{}", shown.text);
}

/// Spec E 3.30, 4.39: the inputs of a replaced exchange.
#[tokio::test]
async fn a_replaced_exchange_has_its_inputs() {
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/own/token" => Reply::json(json!({"access_token": "at"})),
        _ => Reply::json(json!([])),
    })
    .await;
    let names = ["code", "callbackUrl", "state", "apiKey", "apiSecret", "scope"];
    let parameters: Vec<Value> = names.iter().map(|name| from_query(name, "form", name)).collect();
    let resources = json!([{"method": "POST", "path": "/exchange", "vendorPath": "/own/token", "type": "oauthOnTokenExchange",
        "parameters": parameters}]);
    for (decode, code) in [("false", "a%2Fb%253D"), ("true", "a/b%3D")] {
        let entries = [("oauth.scope", "read"), ("oauth.decode.authorization.code", decode)];
        let mut world = World::bare(vendor.clone(), document("oauth2", &entries, resources.clone())).await;
        let configuration = json!({"oauth.api.key": "k", "oauth.api.secret": "s", "oauth.callback.url": CALLBACK});
        let data = json!({"code": "a%2Fb%253D", "state": "st"});
        let made = world.create(json!({"configuration": configuration, "providerData": data})).await;
        assert_eq!(made.status, 200, "{}", made.text);
        let asked = world.vendor.asked().remove(0);
        let form = asked.form();
        let sent = names.map(|name| form.get(name).map(String::as_str).unwrap_or_default());
        assert_eq!(sent, [code, CALLBACK, "st", "k", "s", "read"]);
        assert_eq!(asked.header("authorization"), None);
    }
}

/// Spec E 4.30: the address is that of the vendor's request, which is not sent. Both spellings of the type are known.
#[tokio::test]
async fn a_definition_makes_the_address_for_the_user() {
    for (kind, login) in
        [("oauthOnAuthroizeUrl", "oauth2"), ("oauthOnAuthorizeUrl", "oauth2Pkce"), ("oauthOnAuthroizeUrl", "oauth1")]
    {
        let vendor = Vendor::start(|_| Reply::json(json!([]))).await;
        let script = "request_vendor_parameters.scripted = request_parameters.siteAddress + '-' + request_parameters.callbackUrl.length; \
            request_vendor_parameters.own = configuration['oauth.pkce.code.challenge'] || 'none'; \
            done({request_vendor_parameters: request_vendor_parameters})";
        let resources = json!([{"method": "GET", "path": "/authorize", "vendorPath": "https://login.example/{tenant}/grant", "type": kind,
            "hooks": [{"type": "preRequest", "body": script}],
            "parameters": [from_query("apiKey", "query", "client"), from_query("state", "query", "state"),
                from_query("requestToken", "query", "token"), from_query("codeChallenge", "query", "challenge")]}]);
        let entries = [("oauth.api.key", "default-key"), ("tenant", "acme")];
        let world = World::bare(vendor, document(login, &entries, resources)).await;
        let call = json!({"callbackUrl": CALLBACK, "siteAddress": "desk", "state": "st", "requestToken": "rt"});
        let answer = world.own("POST", "/elements/acme/oauth/url", Some(call)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let url = url::Url::parse(answer.body["oauthUrl"].as_str().unwrap()).unwrap();
        assert_eq!(&url[..url::Position::AfterPath], "https://login.example/acme/grant");
        let get = |name: &str| url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        assert_eq!(get("scripted").as_deref(), Some("desk-24"));
        assert_eq!(get("challenge").is_some(), login == "oauth2Pkce");
        assert_eq!(get("own"), get("challenge").or(Some("none".to_owned())));
        match login {
            "oauth1" => assert_eq!((get("token").as_deref(), &answer.body["state"]), (Some("rt"), &json!("rt"))),
            _ => assert_eq!(
                (get("client").as_deref(), get("state").as_deref(), &answer.body["state"]),
                (Some("default-key"), Some("st"), &json!("st"))
            ),
        }
        assert!(world.vendor.asked().is_empty(), "the vendor is not called");
    }
}

/// Spec E 4.58: what follows a refresh may fail. The call and the refresh succeed, and the trace tells it.
#[tokio::test]
async fn what_follows_a_refresh_may_fail() {
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/token" => Reply::json(json!({"access_token": "hush-a2", "refresh_token": "hush-r2"})),
        "/after" => Reply::status(404, json!({"message": "no such thing for hush-a2"})),
        _ if asked.header("authorization") == Some("Bearer hush-a2") => Reply::json(json!([{"id": 1}])),
        _ => Reply::status(401, json!({})),
    })
    .await;
    let script = "var token = configuration['oauth.user.token']; throw new Error('nobody knows ' + token)";
    for (hooks, reason) in [
        (json!([{"type": "preRequest", "body": script}]), "nobody knows ********"),
        (json!([{"type": "preRequest", "body": "done({continue: unknownName.member})"}]), "unknownName is not defined"),
        (json!([]), "HTTP 404"),
    ] {
        let resources =
            json!([{"method": "GET", "path": "/after", "vendorPath": "/after", "type": "onRefresh", "hooks": hooks}]);
        let address = format!("{}/token", vendor.origin);
        let mut world =
            World::bare(vendor.clone(), document("oauth2", &[("oauth.token.url", &address)], resources)).await;
        let configuration = json!({"oauth.api.key": "the-key", "oauth.api.secret": "hush-s", "oauth.user.token": "hush-a1",
            "oauth.user.refresh_token": "hush-r1"});
        assert_eq!(world.create(json!({"configuration": configuration})).await.status, 200);
        world.own("PUT", &format!("/instances/{}/trace-logging", world.id), None).await;
        let answer = world.get("/things").await;
        assert_eq!((answer.status, answer.each("id")), (200, vec![json!(1)]), "{}", answer.text);
        let id = answer.header("elements-trace-id").unwrap();
        let trace = world.own("GET", &format!("/elements/acme/trace/{id}"), None).await;
        let requests = trace.body["vendorRequests"].as_array().unwrap();
        let failed = requests.iter().find(|request| request["path"] == "onRefresh");
        let failed = failed.unwrap_or_else(|| panic!("{}", trace.text));
        assert!(failed["error"].as_str().unwrap().contains(reason), "{failed}");
        assert!(!trace.text.contains("hush"), "{}", trace.text);
        world.vendor.asked();
        assert_eq!(world.get("/things").await.status, 200, "the new token was kept");
        assert_eq!(world.vendor.lines(), ["GET /things"]);
    }
}

/// Spec E 3.20, 4.61.
#[tokio::test]
async fn addresses_for_the_user_are_secure() {
    for (address, allowed, status) in [
        ("http://inside.example/grant", true, 200),
        ("http://inside.example/grant", false, 400),
        ("http://127.0.0.1:9/grant", false, 400),
        ("https://login.example/grant", false, 200),
        ("javascript:alert(1)", true, 400),
    ] {
        for login in ["oauth2", "oauth1"] {
            let vendor = Vendor::start(|_| Reply::json(json!([]))).await;
            let entries = [("oauth.authorization.url", address)];
            let definition = document(login, &entries, json!([]));
            let world = World::bare_with(vendor, definition, |options| options.allow_private_vendors = allowed).await;
            let call = json!({"apiKey": "k", "callbackUrl": CALLBACK, "requestToken": "rt"});
            let answer = world.own("POST", "/elements/acme/oauth/url", Some(call)).await;
            assert_eq!(answer.status, status, "{address} {allowed}: {}", answer.text);
        }
    }
}

/// Spec E 3.40: the author's secret signs nothing for a host that the caller chose.
#[tokio::test]
async fn the_secret_of_the_author_signs_nothing_for_another_host() {
    let vendor = Vendor::start(|_| Reply::of("text/plain", "oauth_token=rt&oauth_token_secret=rs")).await;
    let entries = [("oauth.request.url", "https://login.example/initiate"), ("oauth.api.secret", "hush")];
    let world = World::bare(vendor, document("oauth1", &entries, json!([]))).await;
    let mut call =
        json!({"apiKey": "k", "callbackUrl": CALLBACK, "oauth.request.url": format!("{}/steal", world.vendor.origin)});
    let refused = world.own("POST", "/elements/acme/oauth/token", Some(call.clone())).await;
    let message = json!("Invalid value for configuration: oauth.request.url");
    assert_eq!((refused.status, &refused.body["message"]), (400, &message), "{}", refused.text);
    assert!(world.vendor.asked().is_empty());
    call["apiSecret"] = json!("own");
    let asked = world.own("POST", "/elements/acme/oauth/token", Some(call)).await;
    assert_eq!(asked.status, 200, "{}", asked.text);
}
