//! A real OpenID provider, `oidc-provider` on Node, with a resource server behind it (`tests/oidc`).

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub const CLIENT: &str = "client";
pub const SECRET: &str = "client-secret-7c31a9";
pub const CALLBACK: &str = "http://127.0.0.1:9/callback";

/// A running provider; it ends with its standard input.
pub struct Provider {
    pub url: String,
    process: Child,
}

/// Options of the provider.
#[derive(Default)]
pub struct Options {
    pub records: usize,
    /// Number of calls that a token serves.
    pub token_calls: Option<usize>,
    /// Seconds for which a token is valid.
    pub token_seconds: Option<u64>,
    /// Public key of a client that authenticates itself with its private key, and of assertions.
    pub public_key: Option<&'static str>,
}

impl Provider {
    /// Starts it. Without its installed packages the caller skips, visibly.
    pub fn start(options: &Options) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/oidc");
        if !folder.join("node_modules/oidc-provider").is_dir() {
            eprintln!("SKIPPED: run `npm ci` in tests/oidc to test with a real OpenID provider");
            return None;
        }
        let mut command = Command::new("node");
        command.arg("provider.mjs").current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::null()).env("RECORDS", options.records.to_string()).env("CALLBACK", CALLBACK);
        if let Some(calls) = options.token_calls {
            command.env("TOKEN_CALLS", calls.to_string());
        }
        if let Some(seconds) = options.token_seconds {
            command.env("TOKEN_SECONDS", seconds.to_string());
        }
        if let Some(key) = options.public_key {
            command.env("PUBLIC_KEY", key);
        }
        let mut process = command.spawn().expect("tests/oidc is installed, but node does not start");
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "the provider starts: {url:?}");
        Some(Self { url, process })
    }

    /// Follows the address for the user as a browser does, until the callback. Returns code and state.
    pub async fn grant(&self, address: &str) -> (String, String) {
        let (mut at, mut cookies) = (address.to_owned(), BTreeMap::new());
        for _ in 0..10 {
            let (headers, _) = get(&at, &cookies).await;
            for (name, value) in &headers {
                let cookie = value.split(';').next().and_then(|cookie| cookie.split_once('='));
                if let (true, Some((key, text))) = (name == "set-cookie", cookie) {
                    cookies.insert(key.to_owned(), text.to_owned());
                }
            }
            let next = headers.iter().find(|(name, _)| name == "location");
            let next = &next.unwrap_or_else(|| panic!("{at} leads nowhere: {headers:?}")).1;
            if next.starts_with(CALLBACK) {
                let url = url::Url::parse(next).unwrap();
                let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
                let get = |name: &str| query.get(name).unwrap_or_else(|| panic!("{next}")).clone();
                return (get("code"), get("state"));
            }
            at = url::Url::parse(&at).unwrap().join(next).unwrap().into();
        }
        panic!("the provider does not return to the callback");
    }

    /// Returns its counts of tokens and calls.
    pub async fn counts(&self) -> Value {
        let (_, body) = get(&format!("{}/test/counts", self.url), &BTreeMap::new()).await;
        serde_json::from_str(&body).unwrap()
    }

    /// Returns the number of granted tokens.
    pub async fn tokens(&self) -> u64 {
        let counts = self.counts().await;
        counts["grants"].as_object().unwrap().values().filter_map(Value::as_u64).sum()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub type Headers = Vec<(String, String)>;

/// Returns headers, names in lower case, and the body.
pub async fn get(address: &str, cookies: &BTreeMap<String, String>) -> (Headers, String) {
    let url = url::Url::parse(address).unwrap();
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let target = &url[url::Position::BeforePath..];
    let cookies: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = format!(
        "GET {target} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nCookie: {}\r\nConnection: close\r\n\r\n",
        cookies.join("; ")
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let pairs = head.lines().filter_map(|line| line.split_once(": "));
    (pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(), body.to_owned())
}
