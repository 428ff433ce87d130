//! Real services in other languages: programs that print their address first, and end with their standard input.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A running service.
pub struct Served {
    pub url: String,
    process: Child,
}

impl Served {
    /// Starts the SOAP service of `tests/soap`, on Node. Without its installed packages the caller skips, visibly.
    pub fn soap(environment: &[(&str, &str)]) -> Option<Self> {
        let folder = folder("soap");
        if !folder.join("node_modules/soap").is_dir() {
            eprintln!("SKIPPED: run `npm ci` in tests/soap to test with a real SOAP service");
            return None;
        }
        Some(Self::start(Command::new("node").arg("server.mjs").current_dir(folder), environment))
    }

    /// Starts the OData service of `tests/odata`, on Python. Without the interpreter that `ELEMENTKIT_ODATA` names, which
    /// has the package `odata-query`, the caller skips, visibly.
    pub fn odata(environment: &[(&str, &str)]) -> Option<Self> {
        let Some(python) = std::env::var_os("ELEMENTKIT_ODATA") else {
            eprintln!("SKIPPED: set ELEMENTKIT_ODATA to a Python with the package odata-query");
            return None;
        };
        Some(Self::start(Command::new(python).arg("server.py").current_dir(folder("odata")), environment))
    }

    /// Returns the JSON at a path.
    pub async fn get(&self, path: &str) -> Value {
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {answer}"))
    }

    fn start(command: &mut Command, environment: &[(&str, &str)]) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).envs(environment.iter().copied());
        let mut process = command.spawn().expect("the service is installed, but does not start");
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "the service starts: {url:?}");
        Self { url, process }
    }
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests").join(name)
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
