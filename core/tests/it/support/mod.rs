//! Shared helpers of the tests of this crate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use brighttalk_sim::{Config, Simulator};
use elementkit::engine::{Bootstrap, Engine, EngineOptions};
use elementkit::model::NewInstance;
use serde_json::Value;

pub mod canaries;
pub mod described;
#[cfg(target_os = "linux")]
pub mod disk;
pub mod faulty;
pub mod kinto;
pub mod log;
pub mod oauth1;
pub mod oidc;
pub mod pattern;
pub mod process;
pub mod raw;
pub mod s3;
pub mod served;
pub mod stub;
pub mod subject;
pub mod vendor;

/// The secrets of the first user in tests.
pub const USER: &str = "test-user-secret";
pub const ORGANIZATION: &str = "test-organization-secret";

/// Returns the folder of recorded vendor responses that `ELEMENTKIT_RECORDED_DIR` names. Without it the caller skips,
/// visibly.
pub fn recorded_dir() -> Option<PathBuf> {
    let Some(dir) = std::env::var_os("ELEMENTKIT_RECORDED_DIR").map(PathBuf::from) else {
        eprintln!("SKIPPED: set ELEMENTKIT_RECORDED_DIR to the folder of recorded responses");
        return None;
    };
    assert!(dir.is_dir(), "ELEMENTKIT_RECORDED_DIR: no folder at {}", dir.display());
    Some(dir)
}

/// Returns the scenarios of a kind: file name and content.
pub fn scenarios(kind: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios").join(kind);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let only = std::env::var("SCENARIO").ok();
    let scenario = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    };
    files.into_iter().map(scenario).filter(|(name, _)| only.as_ref().is_none_or(|only| only == name)).collect()
}

/// Starts a simulator with the options of a scenario.
pub async fn simulator(scenario: &Value) -> Simulator {
    let mut config = Config::default();
    for (name, value) in scenario.get("simulator").and_then(Value::as_object).into_iter().flatten() {
        let number = value.as_u64().unwrap();
        match name.as_str() {
            "subscribers" => config.subscribers = number,
            "channels" => config.channels = number,
            "webcasts_per_channel" => config.webcasts_per_channel = number,
            other => panic!("no simulator option {other}"),
        }
    }
    Simulator::start(config).await.unwrap()
}

/// Sets the engine options of a scenario.
pub fn set_options(options: &mut EngineOptions, scenario: &Value) {
    for (name, value) in scenario.get("engine").and_then(Value::as_object).into_iter().flatten() {
        match name.as_str() {
            "password" => options.bootstrap.password = Some(value.as_str().unwrap().into()),
            "published_only" => options.published_only = value.as_bool().unwrap(),
            "allow_vendor_override" => options.allow_vendor_override = value.as_bool().unwrap(),
            "derived_activity_fields" => options.derived_activity_fields = value.as_bool().unwrap(),
            "record_usage" => options.record_usage = value.as_bool().unwrap(),
            other => panic!("no engine option {other}"),
        }
    }
    // Faults are retried at once.
    options.vendor_retry.base = std::time::Duration::from_millis(1);
    options.vendor_retry.cap = std::time::Duration::from_millis(5);
}

/// Returns a new BrightTALK instance with the simulator's credentials.
pub fn brighttalk(name: &str) -> NewInstance {
    let credentials = [("brighttalk.api.key", "1"), ("brighttalk.api.secret", "0123456789ABCDEF0123456789ABCDEF")];
    let configuration = credentials.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    NewInstance { element: "brighttalk".to_owned(), name: name.to_owned(), configuration, ..NewInstance::default() }
}

/// Returns the first user of tests.
pub fn bootstrap() -> Bootstrap {
    Bootstrap { user_secret: Some(USER.into()), organization_secret: Some(ORGANIZATION.into()), ..Bootstrap::default() }
}

/// Returns the option with which engines call this host instead of BrightTALK's.
pub fn vendor_urls(url: impl Into<String>) -> BTreeMap<String, String> {
    [("brighttalk".to_owned(), url.into())].into()
}

/// Returns options of an engine in a folder, against a simulator, with the secrets of the tests.
pub fn engine_options(folder: &Path, simulator: &Simulator) -> EngineOptions {
    EngineOptions {
        vendor_urls: vendor_urls(simulator.url()),
        bootstrap: bootstrap(),
        ..EngineOptions::new(folder.join("test.db"))
    }
}

/// Creates an instance with the simulator's credentials, which keeps people without an email address.
pub async fn instance(platform: &elementkit::Platform) -> elementkit::InstanceHandle {
    let configuration = [
        ("brighttalk.api.key", "1"),
        ("brighttalk.api.secret", "0123456789ABCDEF0123456789ABCDEF"),
        ("brighttalk.bulkignore.emailnotpresent", "false"),
    ];
    let new = elementkit::model::NewInstance {
        element: "brighttalk".to_owned(),
        name: "x".to_owned(),
        configuration: configuration.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        ..elementkit::model::NewInstance::default()
    };
    platform.instances().create(&new).await.unwrap()
}

/// Serves an engine on a port until the test's runtime ends. Returns its origin.
pub async fn serve(engine: Engine) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(elementkit::server::serve(engine, listener, std::future::pending()));
    url
}

/// Objects with the vendor's lists that they come from.
pub const OBJECTS: [(&str, &str); 10] = [
    ("channels", "channels"),
    ("webcasts", "webcasts"),
    ("contacts", "channelSubscribers"),
    ("activities", "subscribersWebcastActivity"),
    ("registrations", "webcastRegistrations"),
    ("viewings", "webcastViewings"),
    ("surveys", "surveys"),
    ("responses", "surveyResponses"),
    ("subscriberWebcastAttachmentAccessSummaries", "subscriberWebcastAttachmentAccessSummaries"),
    ("webcastAttachments", "webcastAttachments"),
];

/// Returns the secrets that every test uses, and the common part of all addresses of the simulator.
pub fn canaries() -> canaries::Canaries {
    use base64::Engine as _;
    let mut all = canaries::Canaries::default();
    let (key, secret) = ("1", "0123456789ABCDEF0123456789ABCDEF");
    all.add("the API secret", secret);
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{key}:{secret}"));
    all.add("the API credentials in Base64", basic);
    all.add("the user secret", USER);
    all.add("the organization secret", ORGANIZATION);
    all.add("an email address", "@example.");
    all
}

/// Checks that no value from scenarios is in the log of the process at its finest level.
pub fn search_log(log: &log::Log, canaries: &canaries::Canaries) {
    let bytes = log.bytes();
    assert!(bytes.len() > 10_000, "{} bytes of log", bytes.len());
    eprintln!("{} canaries are searched in {} bytes of log", canaries.len(), bytes.len());
    canaries.search("the log", &bytes);
}

/// Gives all users of a database that is not open a role.
pub async fn set_role(folder: &Path, role: &str) {
    change(folder, &format!("UPDATE user_roles SET role = '{role}'")).await;
}

/// Runs a statement on a database.
pub async fn change(folder: &Path, statement: &str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("test.db"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&pool).await.unwrap();
    pool.close().await;
}
