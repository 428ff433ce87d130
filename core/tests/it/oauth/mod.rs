//! OAuth 2: logins, tokens that last for a few calls, several processes, and rejections
//! (spec E 4.24–4.48).

mod element;
mod oidc;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use brighttalk_sim::testbed_sim::{Config, Simulator};
use elementkit::engine::{EngineOptions, Workers};
use elementkit::model::{InstanceChange, NewInstance, OauthOptions};
use elementkit::{EmbeddedOptions, Error, ErrorKind, InstanceHandle, Platform};
use futures::TryStreamExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use testbed_element::{Access, Testbed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support;
use crate::support::subject::Subject;
use element::Items;

/// Set for a process that reads a list once and ends, or waits to be killed.
const CHILD: &str = "ELEMENTKIT_TEST_OAUTH_CHILD";
const CALLBACK: &str = "http://127.0.0.1:9/callback";
/// Key of the element whose user grants access, and of the one whose client has access itself.
const USER: &str = "testbedUser";
const CLIENT: &str = "testbedClient";
/// Configuration key of the vendor's address.
const HOST: &str = testbed_element::keys::BASE_URL;
/// Number of records on a page of the vendor.
const PAGE: u64 = 50;

fn options(folder: &Path) -> EngineOptions {
    let mut options = EngineOptions {
        elements: vec![
            Arc::new(Testbed::new(Access::User)),
            Arc::new(Testbed::new(Access::Client)),
            Items::element(9101, oidc::USER, "oauth2Pkce"),
            Items::element(9102, oidc::CLIENT, "oauth2ClientCredentials"),
        ],
        allow_vendor_override: true,
        bootstrap: support::bootstrap(),
        ..EngineOptions::new(folder.join("test.db"))
    };
    options.vendor_retry.base = Duration::from_millis(5);
    options.vendor_retry.cap = Duration::from_millis(20);
    options
}

async fn open(options: EngineOptions) -> Platform {
    let mut embedded = EmbeddedOptions::new(&options.database);
    *embedded.engine_mut() = options;
    Platform::embedded(embedded).await.unwrap()
}

struct World {
    vendor: Simulator,
    client_id: String,
    client_secret: String,
    platform: Platform,
    folder: TempDir,
}

impl World {
    /// Creates a world with so many records, whose tokens serve any number of calls.
    async fn new(records: u64) -> Self {
        Self::with_tokens_of(records, None).await
    }

    async fn with_tokens_of(records: u64, token_calls: Option<u64>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = open(options(folder.path())).await;
        let config = Config {
            accounts: records,
            page_max: PAGE,
            page_over: brighttalk_sim::PageOver::Clamp,
            token_calls,
            ..Config::default()
        };
        let (client_id, client_secret) = (config.client_ids[0].clone(), config.client_secret.clone());
        let vendor = Simulator::start(config).await.unwrap();
        Self { vendor, client_id, client_secret, platform, folder }
    }

    fn new_instance(&self, element: &str) -> NewInstance {
        let new = NewInstance::of(element).named("x").set("oauth.api.key", &self.client_id);
        let new = new.set("oauth.api.secret", &self.client_secret).set(HOST, self.vendor.url());
        if element == USER { new.set("oauth.callback.url", CALLBACK) } else { new }
    }

    /// Sets whether the vendor rejects all requests for tokens.
    fn reject_logins(&self, rejects: bool) {
        self.vendor.clear_faults();
        if rejects {
            let fault = json!({"type": "status", "status": 400, "code": "invalid_grant"});
            self.vendor.add_faults(&json!({"match": {"path": "/oauth/token"}, "fault": fault})).unwrap();
        }
    }

    /// Returns code and state that the vendor sends to the callback when the user grants access.
    async fn grant(&self) -> (String, String) {
        let options = OauthOptions {
            api_key: Some(self.client_id.clone()),
            callback_url: Some(CALLBACK.to_owned()),
            parameters: [(HOST.to_owned(), self.vendor.url())].into(),
            ..OauthOptions::default()
        };
        let address = self.platform.elements().oauth_url(USER, &options).await.unwrap();
        let redirect = location(&address.oauth_url).await;
        let query = parameters(&redirect);
        assert!(redirect.starts_with(CALLBACK), "{redirect}");
        assert_eq!(query.get("state"), address.state.as_ref());
        (query["code"].clone(), query["state"].clone())
    }

    async fn connect(&self, element: &str) -> InstanceHandle {
        let mut new = self.new_instance(element);
        if element == USER {
            let (code, state) = self.grant().await;
            new = new.granted(code, state);
        }
        self.platform.instances().connect(&new).await.unwrap()
    }
}

fn parameters(url: &str) -> BTreeMap<String, String> {
    url::Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

/// Requests a page and returns the address that it leads to.
async fn location(address: &str) -> String {
    let url = url::Url::parse(address).unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let target = &url[url::Position::BeforePath..];
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let line =
        answer.lines().find_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("location")));
    line.unwrap_or_else(|| panic!("{answer}")).1.to_owned()
}

async fn ids(instance: &InstanceHandle) -> Result<Vec<Value>, Error> {
    ids_of(instance, Subject::Testbed.list()).await
}

async fn ids_of(instance: &InstanceHandle, list: &str) -> Result<Vec<Value>, Error> {
    let rows: Vec<_> = instance.records(list).stream().try_collect().await?;
    Ok(rows.into_iter().map(|mut row| row.remove("id").unwrap()).collect())
}

fn id_of(instance: &InstanceHandle) -> i64 {
    instance.details().unwrap().id
}

async fn shown(world: &World, instance: &InstanceHandle) -> Value {
    let id = id_of(instance);
    json!(world.platform.instances().get(id).await.unwrap().details().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_grants_access_becomes_an_instance() {
    let world = World::new(120).await;
    let error = world.platform.instances().connect(&world.new_instance(USER)).await.unwrap_err();
    assert!(error.message().contains("providerData.code is required"), "{error}");
    let (code, state) = world.grant().await;
    let error =
        world.platform.instances().connect(&world.new_instance(USER).granted(&code, "other")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");

    let new = world.new_instance(USER).granted(&code, &state);
    let instance = world.platform.instances().connect(&new).await.unwrap();
    assert_eq!(ids(&instance).await.unwrap().len(), 120);
    // A code and its verifier serve once.
    let error = world.platform.instances().connect(&new).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");

    let shown = shown(&world, &instance).await;
    assert_eq!(shown["configuration"]["oauth.user.token"], "********");
    let text = shown.to_string();
    for secret in world.vendor.issued_tokens() {
        assert!(!text.contains(&secret), "{secret} in {text}");
    }
    world.platform.close().await;
    // Nothing in the files either.
    for entry in std::fs::read_dir(world.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        for secret in world.vendor.issued_tokens() {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_rejects_the_grant_makes_no_instance() {
    let world = World::new(40).await;
    let mut new = world.new_instance(USER);
    new.provider_data.insert("error".to_owned(), "access_denied".to_owned());
    let error = world.platform.instances().connect(&new).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.info().provider_message.as_deref()),
        (ErrorKind::Authentication, Some("access_denied"))
    );
    let (_, state) = world.grant().await;
    let error =
        world.platform.instances().connect(&world.new_instance(USER).granted("made-up", &state)).await.unwrap_err();
    let message = error.info().provider_message.clone().unwrap_or_default();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert!(message.starts_with("invalid_grant") && !message.contains("made-up"), "{message}");
    assert!(world.platform.instances().list().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_outlives_forty_tokens_loses_nothing() {
    for element in [USER, CLIENT] {
        let world = World::with_tokens_of(2100, Some(1)).await;
        let instance = world.connect(element).await;
        let before = world.vendor.token_requests();
        let job = instance.bulk().query("select id from accounts").await.unwrap();
        tokio::time::timeout(Duration::from_secs(60), job.wait()).await.expect("the job ends").unwrap();
        let rows: Vec<_> = job.records().await.unwrap().try_collect().await.unwrap();
        let got: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        let expected = world.vendor.records("accounts");
        let expected: Vec<&str> = expected.iter().map(|record| record["id"].as_str().unwrap()).collect();
        assert_eq!(got, expected, "{element}");
        let logins = world.vendor.token_requests() - before;
        assert!(logins >= 40, "{logins} tokens for {element}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_refresh_once() {
    let world = World::new(40).await;
    let instance = world.connect(USER).await;
    world.vendor.expire_tokens();
    let before = world.vendor.token_requests();
    let calls = (0..12).map(|_| ids(&instance));
    for outcome in futures::future::join_all(calls).await {
        assert_eq!(outcome.unwrap().len(), 40);
    }
    assert_eq!(world.vendor.token_requests() - before, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_token_has_ended_is_made_once() {
    for element in [USER, CLIENT] {
        let world = World::new(3).await;
        let instance = world.connect(element).await;
        world.vendor.expire_tokens();
        let made = instance.records("accounts").create(&json!({"name": "Once"})).await.unwrap();
        let made = made.record::<Value>().unwrap().unwrap();
        let writes: Vec<u16> = world
            .vendor
            .requests()
            .iter()
            .filter(|request| request.method == "POST")
            .filter(|request| request.path == "/v2/accounts")
            .map(|request| request.status)
            .collect();
        assert_eq!(writes, [401, 201], "{element}");
        let records = world.vendor.records("accounts");
        assert_eq!(records.iter().filter(|record| record["name"] == "Once").count(), 1);
        let id = made["id"].as_str().unwrap();
        instance.records("accounts").delete(id).await.unwrap();
        assert_eq!(world.vendor.records("accounts").len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_may_only_read_writes_nothing() {
    let world = World::new(3).await;
    let new = world.new_instance(CLIENT).set("oauth.scope", "crm.read");
    let instance = world.platform.instances().connect(&new).await.unwrap();
    let error = instance.records("accounts").create(&json!({"name": "x"})).await.unwrap_err();
    let message = error.info().provider_message.clone().unwrap_or_default();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert!(message.contains("insufficient_scope") && !error.to_string().contains("may have made"), "{error}");
    assert_eq!(ids(&instance).await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_during_a_refresh_conflicts_with_nothing() {
    let world = World::new(40).await;
    let instance = world.connect(USER).await;
    let id = id_of(&instance);
    world.vendor.delay_tokens(Duration::from_millis(600));
    world.vendor.expire_tokens();
    let change = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let change = InstanceChange::name("renamed").set("mine", "1");
        world.platform.instances().patch(id, &change).await
    };
    let (read, changed) = futures::join!(ids(&instance), change);
    assert_eq!(read.unwrap().len(), 40);
    changed.unwrap();
    let shown = shown(&world, &instance).await;
    assert_eq!((&shown["name"], &shown["configuration"]["mine"]), (&json!("renamed"), &json!("1")));
    // The refreshed token was stored: nothing logs in again.
    let before = world.vendor.token_requests();
    assert_eq!(ids(&instance).await.unwrap().len(), 40);
    assert_eq!(world.vendor.token_requests(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_refreshes_disable_the_instance_until_the_user_grants_access_again() {
    let world = World::new(40).await;
    let instance = world.connect(USER).await;
    let id = id_of(&instance);
    world.vendor.expire_tokens();
    world.reject_logins(true);
    for _ in 0..5 {
        let error = ids(&instance).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert!(error.message().contains("The authentication of the instance could not be refreshed"), "{error}");
    }
    assert_eq!(shown(&world, &instance).await["disabled"], true);
    assert_eq!(ids(&instance).await.unwrap_err().kind(), ErrorKind::PermissionDenied);
    world.reject_logins(false);
    world.platform.instances().enable(id).await.unwrap();
    let again = world.connect(USER).await;
    assert_eq!(id_of(&again), id);
    assert_eq!(ids(&instance).await.unwrap().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_a_deleted_instance_is_revoked() {
    let world = World::new(40).await;
    let instance = world.connect(USER).await;
    world.platform.instances().delete(id_of(&instance)).await.unwrap();
    let requests = world.vendor.requests();
    let revocations = requests.iter().filter(|request| request.path == "/oauth/revoke" && request.status == 200);
    assert_eq!(revocations.count(), 1);
}

/// A process that ends with its test.
struct Process(Child);

impl Process {
    fn start(world: &World, id: i64) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "oauth::child", "--nocapture"])
            .env(CHILD, format!("{}|{id}", world.folder.path().display()))
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    async fn success(mut self) -> bool {
        tokio::task::spawn_blocking(move || self.0.wait().unwrap().success()).await.unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn child() {
    let Ok(arguments) = std::env::var(CHILD) else { return };
    let (folder, id) = arguments.split_once('|').unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let platform = open(EngineOptions { workers: Workers::Manual, ..options(Path::new(folder)) }).await;
        let instance = platform.instances().get(id.parse().unwrap()).await.unwrap();
        assert_eq!(ids(&instance).await.unwrap().len(), 40);
        platform.close().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_refresh_once_together() {
    let world = World::new(40).await;
    let instance = world.connect(USER).await;
    let id = id_of(&instance);
    world.vendor.delay_tokens(Duration::from_millis(1500));
    world.vendor.expire_tokens();
    let before = world.vendor.token_requests();
    let processes = [Process::start(&world, id), Process::start(&world, id), Process::start(&world, id)];
    let ended = futures::future::join_all(processes.into_iter().map(Process::success)).await;
    assert_eq!(ended, [true; 3]);
    assert_eq!(ids(&instance).await.unwrap().len(), 40);
    assert_eq!(world.vendor.token_requests() - before, 1, "the refresh token serves once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_during_a_login_blocks_others_briefly() {
    let world = World::new(40).await;
    let instance = world.connect(USER).await;
    let id = id_of(&instance);
    world.vendor.delay_tokens(Duration::from_millis(60_000));
    world.vendor.expire_tokens();
    let before = world.vendor.token_requests();
    let process = Process::start(&world, id);
    let begun = Instant::now();
    while world.vendor.token_requests() == before {
        assert!(begun.elapsed() < Duration::from_secs(30), "the process does not log in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(process);
    world.vendor.delay_tokens(Duration::ZERO);
    let killed = Instant::now();
    assert_eq!(ids(&instance).await.unwrap().len(), 40);
    assert!(killed.elapsed() < Duration::from_secs(20), "{:?}", killed.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_waits_for_a_login_whose_refresh_token_was_replaced() {
    let mut world = World::new(40).await;
    let instance = world.connect(USER).await;
    let id = id_of(&instance);
    world.vendor.expire_tokens();
    // Longer than closing waits for anything else.
    let fault = json!({"type": "slow_headers", "ms": 4000});
    world.vendor.add_faults(&json!({"match": {"path": "/oauth/token"}, "fault": fault})).unwrap();
    let before = world.vendor.token_requests();
    let reading = tokio::spawn(async move { ids(&instance).await });
    while world.vendor.token_requests() == before {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let closing = Instant::now();
    world.platform.close().await;
    assert!(closing.elapsed() > Duration::from_secs(3), "{:?}", closing.elapsed());
    let _ = reading.await.unwrap();
    world.vendor.clear_faults();
    world.platform = open(options(world.folder.path())).await;
    let instance = world.platform.instances().get(id).await.unwrap();
    assert_eq!(ids(&instance).await.unwrap().len(), 40);
    assert_eq!(world.vendor.token_requests() - before, 1, "the tokens of the login were stored");
    // A refresh token that is used twice ends the login.
    world.vendor.expire_tokens();
    assert_eq!(ids(&instance).await.unwrap().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_go_to_the_addresses_of_the_element_only() {
    let folder = tempfile::tempdir().unwrap();
    let platform = open(EngineOptions { allow_vendor_override: false, ..options(folder.path()) }).await;
    for key in ["oauth.token.url", "oauth.token.refresh_url", "oauth.token.revoke_url"] {
        let new = NewInstance::of(CLIENT).named("x").set("oauth.api.key", "client").set("oauth.api.secret", "hush");
        let error = platform.instances().create(&new.set(key, "http://127.0.0.1:1/token")).await.unwrap_err();
        assert!(error.message().contains("allow_vendor_override"), "{error}");
    }
}
