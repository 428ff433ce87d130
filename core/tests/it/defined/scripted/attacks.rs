//! Untrusted definitions: their scripts end within their limits, and reach neither private addresses nor
//! anything of another organization (spec E 3.20, 3.38, 5.88, 5.93, 7.7, 7.12, 7.60).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use elementkit::engine::{Bootstrap, Engine, EngineOptions, ScriptLimits};
use elementkit::{HostedOptions, Platform};
use futures::StreamExt;
use http::Method;
use serde_json::{Value, json};

use crate::defined::world::{Reply, Vendor};
use crate::support::raw::{Answer, call};
use crate::support::{self, ORGANIZATION, USER};

/// Bodies that try to run for ever, to take all memory, or to nest without end.
const BOMBS: &str = include_str!("bombs.json");
const LIMIT: Duration = Duration::from_millis(300);
const NOT_ALLOWED: &str = "The vendor address is not allowed";

/// An organization of an engine.
struct Tenant {
    engine: Engine,
    user: String,
    /// Credentials of the organization.
    authorization: String,
    /// Credentials of its instance.
    token: String,
}

async fn engine(folder: &std::path::Path, change: impl FnOnce(&mut EngineOptions)) -> Engine {
    let mut options = EngineOptions::new(folder.join("test.db"));
    options.bootstrap = support::bootstrap();
    options.vendor_retry.base = Duration::from_millis(1);
    options.vendor_retry.cap = Duration::from_millis(5);
    change(&mut options);
    Engine::open(options).await.unwrap()
}

fn document(key: &str, base: &str, hooks: &Value) -> Value {
    json!({"key": key, "name": key, "authentication": {"type": "none"},
        "configuration": [{"key": "base.url", "defaultValue": base}, {"key": "api.key", "type": "PASSWORD"}],
        "resources": [{"method": "GET", "path": "/things", "vendorPath": "/things", "hooks": hooks}]})
}

fn pre(body: &str) -> Value {
    json!([{"type": "preRequest", "body": body}])
}

impl Tenant {
    async fn new(engine: &Engine, name: &str) -> Self {
        let first = Bootstrap { email: Some(format!("{name}@example.test")), ..Bootstrap::default() };
        let made = engine.create_organization(name, &first).await.unwrap();
        let user = made.user_secret.expose().to_owned();
        let authorization = format!("User {user}, Organization {}", made.organization_secret.expose());
        Self { engine: engine.clone(), user, authorization, token: String::new() }
    }

    async fn own(&self, line: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        call(&self.engine, line, &self.authorization, &[], body).await
    }

    /// Imports a definition and makes an instance, whose credentials are returned.
    async fn connect(&self, document: &Value, key: &str) -> String {
        let imported = self.own("POST /elements", document).await;
        assert_eq!(imported.status, 200, "{}", imported.text());
        let new = json!({"element": {"key": document["key"]}, "name": "x", "configuration": {"api.key": key}});
        let made = self.own("POST /instances", &new).await;
        assert_eq!(made.status, 200, "{}", made.text());
        format!("User {}, Element {}", self.user, made.json()["token"].as_str().unwrap())
    }

    async fn get(&self, token: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        call(&self.engine, &format!("GET {path}"), token, headers, String::new()).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_scripts_end_and_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let limits = ScriptLimits { time: LIMIT, memory_bytes: 16 << 20, ..ScriptLimits::default() };
    let engine = engine(folder.path(), |options| options.script_limits = limits).await;
    let vendor = Vendor::start(|_| Reply::json(json!({}))).await;
    let mut victim = Tenant::new(&engine, "victim").await;
    let harmless = "done({continue: false, response_body: {ok: 1}});";
    victim.token = victim.connect(&document("harmless", &vendor.origin, &pre(harmless)), "k").await;
    let (victim, stop) = (Arc::new(victim), Arc::new(AtomicBool::new(false)));
    let watch = tokio::spawn({
        let (victim, stop) = (Arc::clone(&victim), Arc::clone(&stop));
        async move {
            let (mut calls, mut slowest) = (0, Duration::ZERO);
            while !stop.load(Ordering::Relaxed) {
                let started = Instant::now();
                let answer = victim.get(&victim.token, "/things", &[]).await;
                assert_eq!(answer.status, 200, "{}", answer.text());
                (calls, slowest) = (calls + 1, slowest.max(started.elapsed()));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            (calls, slowest)
        }
    });
    let bombs: Vec<(String, String)> = serde_json::from_str(BOMBS).unwrap();
    let names = ["one", "two", "three", "four"];
    let attackers = futures::future::join_all(names.map(|name| Tenant::new(&engine, name))).await;
    let only = std::env::var("BOMB").ok();
    let bombs = bombs.iter().filter(|(name, _)| only.as_ref().is_none_or(|only| only == name)).enumerate();
    let runs = bombs.map(|(number, (name, body))| {
        let (attacker, origin) = (&attackers[number % names.len()], &vendor.origin);
        async move {
            let token = attacker.connect(&document(&format!("bomb{number}"), origin, &pre(body)), "k").await;
            let started = Instant::now();
            let answer = attacker.get(&token, "/things", &[]).await;
            (name, answer.status, started.elapsed(), answer.text().chars().take(160).collect::<String>())
        }
    });
    let ended: Vec<_> = futures::stream::iter(runs).buffer_unordered(4).collect().await;
    stop.store(true, Ordering::Relaxed);
    let (calls, slowest) = watch.await.unwrap();
    for (name, status, time, text) in &ended {
        eprintln!("{name:<24} {status} {:>6} ms {text}", time.as_millis());
        assert!([200, 400, 500, 502].contains(status), "{name}: {status} {text}");
        assert!(*time < Duration::from_secs(20), "{name}: {time:?}");
    }
    eprintln!("{calls} calls of the victim, the slowest took {slowest:?}");
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    assert_eq!(victim.get(&victim.token, "/things", &[]).await.json(), json!({"ok": 1}));
}

/// Serves an engine as the command does, without private addresses. Returns a client.
async fn served(engine: &Engine) -> Platform {
    let origin = support::serve(engine.clone()).await;
    Platform::hosted(HostedOptions::new().base_url(origin).user(USER).organization(ORGANIZATION)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_script_reaches_a_private_address() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path(), |options| options.allow_private_vendors = false).await;
    let vendor = Vendor::start(|_| Reply::json(json!({"reached": true}))).await;
    let port = vendor.origin.rsplit(':').next().unwrap().to_owned();
    let platform = served(&engine).await;
    let script = "done({request_vendor_path: request_parameters.to});";
    let public = document("wanderer", "https://vendor.invalid", &pre(script));
    platform.elements().import(&public).await.unwrap();
    let new = elementkit::model::NewInstance {
        element: "wanderer".to_owned(),
        name: "x".to_owned(),
        ..elementkit::model::NewInstance::default()
    };
    let instance = platform.instances().create(&new).await.unwrap();
    for address in [
        vendor.origin.clone(),
        format!("http://localhost:{port}/x"),
        format!("https://localhost:{port}/x"),
        format!("https://[::1]:{port}/x"),
        format!("https://[::ffff:127.0.0.1]:{port}/x"),
        format!("https://2130706433:{port}/"),
        format!("https://0x7f.1:{port}/"),
        format!("https://127.1:{port}/"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://10.0.0.1/".to_owned(),
        "https://100.64.0.1/".to_owned(),
        "https://0.0.0.0/".to_owned(),
        "https://[fd00::1]/".to_owned(),
        "http://93.184.216.34/".to_owned(),
    ] {
        let call = platform.request(Method::GET, "things").element(instance.token()).query("to", &address);
        let error = call.send().await.err().unwrap_or_else(|| panic!("{address} was called"));
        assert_eq!((error.info().status, &*error.info().message), (Some(400), NOT_ALLOWED), "{address}: {error}");
    }
    for address in
        [format!("https://user:secret@127.0.0.1:{port}/"), "file:///etc/passwd".to_owned(), "/../../etc".to_owned()]
    {
        let call = platform.request(Method::GET, "things").element(instance.token()).query("to", &address);
        assert!(call.send().await.is_err(), "{address}");
    }
    assert!(vendor.asked().is_empty());
}

const SECRET: &str = "s3cret-of-alpha";
/// Leaves what it can behind.
const LEAVE: &str = "
    const secret = configuration['api.key'];
    globalThis.left = secret; left2 = secret;
    for (const p of [Object, Array, String, Function, Number, Promise, RegExp, Date, Map])
        try { p.prototype.left = secret; p.left = secret; } catch (e) {}
    for (const o of [CE, console, JSON, Math, Reflect, Buffer, URL, require('lodash'), require('util'), require('crypto')])
        try { o.left = secret; } catch (e) {}
    try { JSON.parse = () => ({left: secret}); } catch (e) {}
    done({continue: false, response_body: {mine: secret}});";
/// Looks for texts in everything that it reaches.
const SEARCH: &str = "
    const seen = new Set(), found = [];
    const look = (value, path, depth) => {
        if (typeof value === 'string') { if (/s3cret|secret-|User |Organization /.test(value)) found.push(path + '=' + value); return; }
        if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value) || depth > 6) return;
        seen.add(value);
        let names = [];
        try { names = Reflect.ownKeys(value); } catch (e) {}
        for (const name of names) { try { look(value[name], path + '.' + String(name), depth + 1); } catch (e) {} }
        try { look(Object.getPrototypeOf(value), path + '.__proto__', depth + 1); } catch (e) {}
    };
    look(globalThis, 'globalThis', 0);
    const names = {request_headers, request_parameters, request_vendor_headers, configuration, meta_data, request_previous_response, CE, console, require, done, print};
    for (const name in names) look(names[name], name, 0);
    for (const name of ['lodash', 'util', 'crypto', 'url', 'querystring', 'buffer']) look(require(name), name, 0);
    done({continue: false, response_body: {found, left: typeof left, own: Object.keys(configuration).length}});";

#[tokio::test(flavor = "multi_thread")]
async fn a_script_finds_nothing_of_another_organization() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path(), |_| ()).await;
    let (alpha, beta) = (Tenant::new(&engine, "alpha").await, Tenant::new(&engine, "beta").await);
    let alphas = alpha.connect(&document("desk", "https://alpha.example", &pre(LEAVE)), SECRET).await;
    let betas = beta.connect(&document("desk", "https://beta.example", &pre(SEARCH)), "beta").await;
    for _ in 0..20 {
        let left = alpha.get(&alphas, "/things", &[]).await;
        assert_eq!(left.json(), json!({"mine": SECRET}), "{}", left.text());
        let found = beta
            .get(&betas, "/things", &[("cookie", "session=secret-cookie"), ("proxy-authorization", "secret-x")])
            .await;
        let found = found.json();
        assert_eq!((&found["found"], &found["left"]), (&json!([]), &json!("undefined")), "{found}");
    }
    // The keys are equal, and each has its own element; the other's token is of no use.
    let stolen = format!("User {}, {}", beta.user, alphas.split_once(", ").unwrap().1);
    let refused = beta.get(&stolen, "/things", &[]).await;
    assert!([401, 403].contains(&refused.status), "{}", refused.text());
    assert!(!beta.own("GET /elements/desk/export", &Value::Null).await.text().contains("alpha.example"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_scripts_make_of_secrets_is_not_in_traces_and_errors() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path(), |_| ()).await;
    let vendor = Vendor::start(|_| Reply::json(json!({"ok": 1}))).await;
    let tenant = Tenant::new(&engine, "alpha").await;
    let hooks = json!([
        {"type": "preRequest", "body": "
            const key = configuration['api.key'];
            console.log('the key is', key, {key}, encodeURIComponent(key));
            done({request_vendor_headers: {Authorization: 'Basic ' + CE.b64('ann:' + key), Cookie: 'k=' + CE.b64(key), 'X-Key': key},
                request_vendor_parameters: {k: key}});"},
        {"type": "postRequest", "body": "if (request_parameters.fail) throw new Error('with ' + configuration['api.key']);\ndone();"}]);
    let token = tenant.connect(&document("desk", &vendor.origin, &hooks), SECRET).await;
    let id = tenant.own("GET /instances", &Value::Null).await.json()[0]["id"].as_i64().unwrap();
    tenant.own(&format!("PUT /instances/{id}/trace-logging"), &Value::Null).await;
    for path in ["/things", "/things?fail=1"] {
        let answer = tenant.get(&token, path, &[]).await;
        assert_eq!(answer.status, if path.contains("fail") { 500 } else { 200 }, "{}", answer.text());
        let trace = answer.header("elements-trace-id").unwrap().to_owned();
        let trace = tenant.own(&format!("GET /elements/desk/trace/{trace}"), &Value::Null).await.text();
        assert!(trace.contains("preRequest") && trace.contains("the key is"), "{trace}");
        // Base64 of `ann:` and the key, and of the key.
        for secret in [SECRET, "YW5uOnMzY3JldC1vZi1hbHBoYQ", "czNjcmV0LW9mLWFscGhh"] {
            assert!(!trace.contains(secret), "{secret} in {trace}");
            assert!(!answer.text().contains(secret), "{secret} in {}", answer.text());
        }
    }
    assert_eq!(vendor.asked()[0].header("x-key"), Some(SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_of_vendors_do_not_reach_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path(), |_| ()).await;
    let vendor = Vendor::start(|_| Reply::json(json!({}))).await;
    let tenant = Tenant::new(&engine, "alpha").await;
    let post = json!([{"type": "postRequest", "body": "done({response_body: {length: JSON.stringify(response_body).length}});"}]);
    let token = tenant.connect(&document("desk", &vendor.origin, &post), "k").await;
    let entities: String =
        (1..20).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))).collect();
    let bombs = [
        ("application/xml", format!("<!DOCTYPE a [<!ENTITY e0 \"x\">{entities}]><a>&e19;</a>")),
        ("application/xml", format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000))),
        (
            "application/xml",
            format!("<a {}/>", (0..200).map(|n| format!("b{n}=\"&lt;\" ")).collect::<String>() + &"<".repeat(9)),
        ),
        ("application/json", "[".repeat(100_000)),
        ("application/json", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
    ];
    for (media, bomb) in bombs {
        vendor.play(move |_| Reply::of(media, bomb.clone()));
        let started = Instant::now();
        let answer = tenant.get(&token, "/things", &[]).await;
        assert_eq!(answer.status, 502, "{media}: {}", answer.text());
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }
    vendor.play(|_| Reply::of("application/xml", "<a><b>&lt;&#65;</b></a>"));
    assert_eq!(tenant.get(&token, "/things", &[]).await.json(), json!({"length": 16}));
}
