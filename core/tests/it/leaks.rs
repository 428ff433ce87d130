//! Canaries: secrets, tokens and personal data are planted, every operation is run, and then all output is searched for
//! them: logs at the finest level, errors in every form, responses, files.

use base64::Engine as _;
use brighttalk_sim::{Config, Simulator, testbed_sim};
use elementkit::engine::{Bootstrap, Engine, EngineOptions};
use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, Error, Format, HostedOptions, Platform, RetryPolicy};
use futures::TryStreamExt;
use http::Request;
use http_body_util::BodyExt;
use serde_json::{Value, json};

use crate::support;
use crate::support::canaries::Canaries;
use crate::support::log::Log;
use crate::support::process::ran_alone;
use crate::support::subject::{Simulated, Subject, skip, with_elements};

const API_KEY: &str = "4711canarykey";
const API_SECRET: &str = "CANARYCANARYCANARYCANARYCANARY00";
const TOKEN: &str = "canary-access-token-of-the-testbed";
const USER: &str = "canary-user-secret+/=";
const ORGANIZATION: &str = "canary-organization-secret";
const PASSWORD: &str = "Canary!Passw0rd-of-the-first-user";

fn canaries(folder: &std::path::Path, tokens: &[String]) -> Canaries {
    let mut all = Canaries::default();
    all.add("the API secret", API_SECRET);
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{API_KEY}:{API_SECRET}"));
    all.add("the API credentials in Base64", basic);
    all.add("the access token", TOKEN);
    all.add("the user secret", USER);
    all.add("the organization secret", ORGANIZATION);
    all.add("the password", PASSWORD);
    tokens.iter().for_each(|token| all.add("a token", token));
    for name in ["embedded.db.key", "served.db.key"] {
        all.add("a vault key", std::fs::read_to_string(folder.join(name)).unwrap().trim());
    }
    all
}

fn options(folder: &std::path::Path, name: &str) -> EngineOptions {
    with_elements(EngineOptions {
        record_usage: true,
        bootstrap: Bootstrap {
            user_secret: Some(USER.into()),
            organization_secret: Some(ORGANIZATION.into()),
            password: Some(PASSWORD.into()),
            email: Some("admin@canary.example.net".to_owned()),
        },
        ..EngineOptions::new(folder.join(name))
    })
}

/// Starts the vendor with credentials that are canaries.
async fn vendor_of(subject: Subject) -> Simulated {
    let foreign_listen = Some(([127, 0, 0, 1], 0).into());
    match subject {
        Subject::Brighttalk => {
            let config = Config {
                subscribers: 200,
                channels: 2,
                api_key: API_KEY.to_owned(),
                api_secret: API_SECRET.to_owned(),
                foreign_listen,
                ..Config::default()
            };
            Simulated::Brighttalk(Simulator::start(config).await.unwrap())
        }
        Subject::Testbed | Subject::Defined => {
            let tokens = [TOKEN.to_owned(), "another".to_owned()];
            let config = testbed_sim::Config { tokens, foreign_listen, ..Default::default() };
            Simulated::Testbed(testbed_sim::Simulator::start(config).await.unwrap())
        }
    }
}

/// Returns an error in every printed form.
fn every_form(error: &Error) -> Vec<String> {
    let info = error.info();
    let json = json!({
        "kind": info.kind.code(), "message": info.message, "providerMessage": info.provider_message,
        "hint": info.hint, "requestId": info.request_id,
    });
    let mut forms = vec![format!("{error}"), format!("{error:#}"), format!("{error:?}"), format!("{error:#?}")];
    forms.extend([format!("{info:?}"), format!("{info:#?}"), json.to_string()]);
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        forms.extend([format!("{cause}"), format!("{cause:?}")]);
        source = cause.source();
    }
    forms
}

/// Returns a new instance with these credentials in place of the right ones.
fn new_instance(subject: Subject, url: &str, credentials: &[(&str, &str)]) -> NewInstance {
    let mut new = subject.new_instance(url);
    new.configuration.extend(credentials.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    new
}

/// Configuration with credentials.
type Credentials = Vec<(&'static str, &'static str)>;

/// Returns credentials that the vendor accepts, and some that are wrong.
fn credentials(subject: Subject) -> (Credentials, Vec<Credentials>) {
    let pair = |key, secret| vec![("brighttalk.api.key", key), ("brighttalk.api.secret", secret)];
    let token = |token| vec![("testbed.access.token", token)];
    let access = |token| vec![("access.token", token)];
    match subject {
        Subject::Brighttalk => (
            pair(API_KEY, API_SECRET),
            vec![pair(API_KEY, "CANARYCANARYCANARYCANARYCANARY0"), pair("", API_SECRET), pair("a:b", API_SECRET)],
        ),
        Subject::Testbed => (token(TOKEN), vec![token("x"), token(""), token("a\nb")]),
        Subject::Defined => (access(TOKEN), vec![access("x"), access(""), access("a\nb")]),
    }
}

/// Runs every operation. Returns the texts of all errors and debug forms, and the tokens.
async fn exercise(subject: Subject, platform: &Platform, simulator: &Simulated) -> (Vec<String>, Vec<String>) {
    let mut said = Vec::new();
    let mut tokens = Vec::new();
    let (right, wrong) = credentials(subject);
    let url = simulator.url();
    let new = new_instance(subject, &url, &right);
    said.push(format!("{platform:?} {new:?} {new:#?}"));
    let instance = platform.instances().create(&new).await.unwrap();
    said.push(format!("{instance:?} {instance:#?} {:?}", instance.details()));
    tokens.push(instance.token().expose().to_owned());
    let mut fail = |error: Error| said.extend(every_form(&error));
    for credentials in wrong {
        fail(platform.instances().create(&new_instance(subject, &url, &credentials)).await.unwrap_err());
    }
    let list = subject.list();
    let person = subject.choose("email = 'user20000001@example.org'", "name = 'Lovelace'");
    let (unknown, whole) = subject.choose(("channels/9/contacts", "webcasts"), ("accounts/9/notes", "accounts"));
    fail(instance.records(unknown).to_vec(1).await.unwrap_err());
    fail(instance.records(list).filter("email = = 1").to_vec(1).await.unwrap_err());
    assert!(instance.records(list).filter(person).to_vec(5).await.unwrap().len() <= 5);
    let rule = |path: &str, fault: &Value| json!({"match": {"path": path}, "fault": fault});
    for fault in [
        json!({"type": "status", "status": 401, "body": "empty"}),
        json!({"type": "status", "status": 403, "code": "NotAuthorisedForChannel"}),
        json!({"type": "status", "status": 503, "body": "html"}),
        json!({"type": "malformed", "kind": "mismatched_tag"}),
        json!({"type": "malformed", "kind": "html_200"}),
        json!({"type": "truncate", "at": 0.5, "how": "close"}),
        json!({"type": "redirect", "to": format!("http://{}/v1", simulator.foreign_host()), "status": 302}),
    ] {
        if let Err(reason) = simulator.add_faults(&rule(subject.vendor_list(), &fault)) {
            skip(subject, &fault.to_string(), &reason);
            continue;
        }
        fail(instance.records(list).to_vec(1).await.unwrap_err());
        simulator.clear_faults();
    }
    let path = subject.choose("*/webcasts", subject.vendor_list());
    simulator.add_faults(&rule(path, &json!({"type": "status", "status": 401}))).unwrap();
    let refused = instance.bulk().query(format!("select * from {whole}")).await.unwrap();
    fail(refused.wait().await.unwrap_err());
    simulator.clear_faults();
    let (object, person) = (subject.object(), person.replace('=', "<>"));
    let job = instance.bulk().query(format!("select * from {object} where {person}")).await.unwrap();
    job.wait().await.unwrap();
    for format in [Format::Csv, Format::Json, Format::JsonLines] {
        let chunks: Vec<_> = job.stream(format).await.unwrap().try_collect().await.unwrap();
        assert!(String::from_utf8(chunks.concat()).unwrap().contains("@example."), "the contract returns people here");
    }
    fail(instance.bulk().query("select nonsense").await.unwrap_err());
    fail(platform.instances().get(7).await.unwrap_err());
    (said, tokens)
}

/// Calls every route with all credentials and meaningless arguments, and checks every response.
async fn call_everything(subject: Subject, engine: &Engine, token: &str, canaries: &Canaries) -> usize {
    let document = Engine::openapi();
    let mut calls = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            // These end what the others need; `/authentication/secrets` returns secrets on purpose.
            if path.ends_with("/authentication/secrets") || method == "delete" || path.ends_with("/token") {
                continue;
            }
            let path = path.replace("{hub}", subject.hub()).replace("{keyOrId}", subject.key()).replace(['{', '}'], "");
            let secret = match subject {
                Subject::Brighttalk => ("brighttalk.api.secret", API_SECRET),
                Subject::Testbed => ("testbed.access.token", TOKEN),
                Subject::Defined => ("access.token", TOKEN),
            };
            for body in [json!({}), json!({"configuration": {secret.0: secret.1}}), json!([1])] {
                let header = format!("User {USER}, Organization {ORGANIZATION}, Element {token}");
                let request = Request::builder().method(method.to_uppercase().as_str()).uri(&path);
                let request = request.header("authorization", header).header("content-type", "application/json");
                let answer = engine.answer(request.body(elementkit::body::full(body.to_string())).unwrap()).await;
                let (parts, body) = answer.into_parts();
                let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                assert_ne!(parts.status.as_u16(), 500, "{method} {path}: {}", String::from_utf8_lossy(&bytes));
                canaries.search(&format!("the answer of {method} {path}"), &bytes);
                canaries.search(&format!("the headers of {method} {path}"), format!("{:?}", parts.headers).as_bytes());
                calls += 1;
                if method == "get" {
                    break;
                }
            }
        }
    }
    calls
}

#[tokio::test(flavor = "multi_thread")]
async fn no_canary_is_anywhere_but_where_the_contract_returns_it() {
    if !ran_alone("leaks::no_canary_is_anywhere_but_where_the_contract_returns_it") {
        search_everything(Subject::Brighttalk).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_canary_of_another_element_is_anywhere() {
    if !ran_alone("leaks::no_canary_of_another_element_is_anywhere") {
        search_everything(Subject::Testbed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_canary_of_a_definition_is_anywhere() {
    if !ran_alone("leaks::no_canary_of_a_definition_is_anywhere") {
        search_everything(Subject::Defined).await;
    }
}

async fn search_everything(subject: Subject) {
    let log = Log::of_process();
    let simulator = vendor_of(subject).await;
    let folder = tempfile::tempdir().unwrap();
    let mut said = vec![format!("{:?}", options(folder.path(), "embedded.db"))];

    let mut embedded = EmbeddedOptions::new("");
    *embedded.engine_mut() = options(folder.path(), "embedded.db");
    said.push(format!("{embedded:?}"));
    let embedded = Platform::embedded(embedded).await.unwrap();
    let (errors, mut tokens) = exercise(subject, &embedded, &simulator).await;
    said.extend(errors);

    let engine = Engine::open(options(folder.path(), "served.db")).await.unwrap();
    let url = support::serve(engine.clone()).await;
    let hosted = HostedOptions::new().base_url(&url).user(USER).organization(ORGANIZATION).retry(RetryPolicy::NONE);
    said.push(format!("{hosted:?} {hosted:#?}"));
    let served = Platform::hosted(hosted).unwrap();
    let (errors, more) = exercise(subject, &served, &simulator).await;
    said.extend(errors);
    let wrong = HostedOptions::new().base_url(&url).user(format!("{USER}x")).organization(ORGANIZATION);
    said.extend(every_form(&Platform::hosted(wrong).unwrap().instances().list().await.unwrap_err()));
    // A login, too.
    let login = json!({"username": "admin@canary.example.net", "password": PASSWORD}).to_string();
    let request = Request::post("/elements/api-v2/authentication").header("content-type", "application/json");
    let answer = engine.answer(request.body(elementkit::body::full(login)).unwrap()).await;
    if answer.status() == 200 {
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let session = serde_json::from_slice::<Value>(&bytes).unwrap()["token"].as_str().unwrap().to_owned();
        tokens.push(session);
    }
    tokens.extend(more.iter().cloned());

    let mut canaries = canaries(folder.path(), &tokens);
    // Responses may contain the instance's own token, and the user's secret if it is requested; nothing else.
    let unsaid = ["the API secret", "the API credentials in Base64", "the access token", "the password", "a vault key"];
    let calls = call_everything(subject, &engine, &more[0], &canaries.only(&unsaid)).await;
    served.close().await;
    embedded.close().await;
    engine.close().await;

    // Personal data from the vendor is never stored unencrypted.
    canaries.add("an email address", "@example.");
    canaries.add("a name", "Lovelace");
    for text in &said {
        canaries.search("an error or a debug form", text.as_bytes());
    }
    let log = log.bytes();
    assert!(log.len() > 100_000 && memchr::memmem::find(&log, b"TRACE").is_some(), "{} bytes of log", log.len());
    canaries.search("the log", &log);
    let (mut files, mut bytes) = (0, 0);
    let mut folders = vec![folder.path().to_owned()];
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|ending| ending != "key") {
                let content = std::fs::read(&path).unwrap();
                (files, bytes) = (files + 1, bytes + content.len());
                canaries.search(&path.display().to_string(), &content);
            }
        }
    }
    eprintln!(
        "{calls} answers, {} texts, {} bytes of log, {bytes} bytes in {files} files: no canary",
        said.len(),
        log.len()
    );
    assert!(simulator.requests().iter().all(|entry| !entry.foreign), "the foreign host stays silent");
}
