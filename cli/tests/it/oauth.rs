//! `connect` for an element with OAuth, which a platform on the network has: the user grants access in a browser.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use brighttalk_sim::testbed_sim::{Config, Simulator};
use elementkit::element::Element;
use elementkit::elements::definition::DefinedElement;
use elementkit::engine::{Bootstrap, Engine, EngineOptions};
use serde_json::Value;
use testbed_element::{Access, Testbed};

/// Configuration key of the vendor's address.
const HOST: &str = testbed_element::keys::BASE_URL;

/// Requests a page as a browser does. Returns the whole response.
fn get(address: &str) -> String {
    let url = url::Url::parse(address).unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&host).unwrap();
    let target = &url[url::Position::BeforePath..];
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn location(answer: &str) -> &str {
    let mut headers = answer.lines().filter_map(|line| line.split_once(": "));
    let found = headers.find(|(name, _)| name.eq_ignore_ascii_case("location"));
    found.unwrap_or_else(|| panic!("{answer}")).1
}

/// Starts a platform with an element that the command does not know. Returns its origin.
async fn platform(folder: &Path) -> String {
    platform_of(folder, Arc::new(Testbed::new(Access::User))).await
}

async fn platform_of(folder: &Path, element: Arc<dyn Element>) -> String {
    let secrets = |text: &str| Some(text.into());
    let options = EngineOptions {
        elements: vec![element],
        allow_vendor_override: true,
        bootstrap: Bootstrap {
            user_secret: secrets("user"),
            organization_secret: secrets("organization"),
            ..Bootstrap::default()
        },
        ..EngineOptions::new(folder.join("served.db"))
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let engine = Engine::open(options).await.unwrap();
    tokio::spawn(elementkit::server::serve(engine, listener, std::future::pending()));
    url
}

fn command(folder: &Path, url: &str, host: &str) -> Command {
    command_of(folder, url, host, ["testbedUser", HOST])
}

fn command_of(folder: &Path, url: &str, host: &str, [element, key]: [&str; 2]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elementkit"));
    command.args(["connect", element, "--json", "--set-env", &format!("{key}=VENDOR_HOST")]).current_dir(folder);
    command.env("VENDOR_HOST", host);
    command.env("ELEMENTKIT_BASE_URL", url).env("ELEMENTKIT_USER_SECRET", "user");
    command.env("ELEMENTKIT_ORGANIZATION_SECRET", "organization");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_grants_access_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::default();
    let (client, secret) = (config.client_ids[0].clone(), config.client_secret.clone());
    let vendor = Simulator::start(config).await.unwrap();
    let url = platform(folder.path()).await;
    let mut command = command(folder.path(), &url, &vendor.url());
    command.env("ELEMENTKIT_OAUTH_API_KEY", client).env("ELEMENTKIT_OAUTH_API_SECRET", &secret);
    let (instance, printed) = granted(command, "code=guessed&state=guessed").await;
    assert_eq!(
        (&instance["name"], &instance["configuration"]["oauth.user.token"]),
        (&"Testbed".into(), &"********".into())
    );
    assert!(!printed.contains(&secret), "{printed}");
}

/// Runs the command while a user grants access. Returns the instance, and everything that was printed.
async fn granted(mut command: Command, guessed: &'static str) -> (Value, String) {
    tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut printed = Vec::new();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("{printed:?}")).unwrap();
            if line.starts_with("http://") {
                break line;
            }
            printed.push(line);
        };
        let answer = get(&address);
        let callback = location(&answer);
        assert!(callback.starts_with("http://127.0.0.1:"), "{callback}");
        // Somebody who guesses the address of the callback does not know the state.
        let (path, _) = callback.split_once('?').unwrap();
        assert!(get(&format!("{path}?{guessed}")).starts_with("HTTP/1.1 404"));
        assert!(get(callback).contains("Access is granted"));
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        printed.extend([String::from_utf8(output.stdout).unwrap(), address]);
        (serde_json::from_str::<Value>(&printed[printed.len() - 2]).unwrap(), printed.join("\n"))
    })
    .await
    .unwrap()
}

/// Spec E 4.51 to 4.53, with a provider of OAuth 1 that is made with `oauthlib` (`tests/oauth1`).
#[tokio::test(flavor = "multi_thread")]
async fn a_user_grants_access_by_a_request_token() {
    let Some(program) = std::env::var_os("ELEMENTKIT_OAUTHLIB") else {
        eprintln!("SKIPPED: set ELEMENTKIT_OAUTHLIB to a Python interpreter that has the package oauthlib");
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut provider = Command::new(program);
    provider.arg(root.join("tests/oauth1/provider.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut provider = provider.spawn().unwrap();
    let mut vendor = String::new();
    BufReader::new(provider.stdout.take().unwrap()).read_line(&mut vendor).unwrap();
    let document = std::fs::read(root.join("examples/elements/oauth1-user.json")).unwrap();
    let element = DefinedElement::new(800, "", &serde_json::from_slice(&document).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = platform_of(folder.path(), element).await;
    let mut command = command_of(folder.path(), &url, vendor.trim(), ["oauth1-user", "host"]);
    let secret = "oauth1-secret-51c2&e";
    command.env("ELEMENTKIT_OAUTH_API_KEY", "client0123456789abcdef").env("ELEMENTKIT_OAUTH_API_SECRET", secret);
    let (instance, printed) = granted(command, "oauth_token=guessed&oauth_verifier=guessed").await;
    assert_eq!(instance["configuration"]["oauth.user.token.secret"], "********");
    assert!(!printed.contains(secret), "{printed}");
    provider.kill().unwrap();
    provider.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_values_are_named_without_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let url = platform(folder.path()).await;
    let mut command = command(folder.path(), &url, "http://127.0.0.1:9");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("oauth.api.key is missing") && error.contains("ELEMENTKIT_OAUTH_API_KEY"), "{error}");
    assert_eq!(output.status.code(), Some(5), "{error}");
}
