//! A provider of OAuth 1 that is made with `oauthlib` (`tests/oauth1`).

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::oidc::get;

pub const CLIENT: &str = "client0123456789abcdef";
pub const SECRET: &str = "oauth1-secret-51c2&e";
pub const CALLBACK: &str = "http://127.0.0.1:9/callback";

/// A running provider; it ends with its standard input.
pub struct Provider {
    pub url: String,
    process: Child,
}

impl Provider {
    /// Starts it. Without the program that `ELEMENTKIT_OAUTHLIB` names the caller skips, visibly.
    pub fn start() -> Option<Self> {
        let Some(program) = std::env::var_os("ELEMENTKIT_OAUTHLIB") else {
            eprintln!("SKIPPED: set ELEMENTKIT_OAUTHLIB to a Python interpreter that has the package oauthlib");
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/oauth1/provider.py");
        let mut command = Command::new(program);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("ELEMENTKIT_OAUTHLIB is a program");
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "the provider starts: {url:?}");
        Some(Self { url, process })
    }

    /// Follows the address for the user as a browser does. Returns the address of the callback.
    pub async fn grant(&self, address: &str) -> String {
        let (headers, body) = get(address, &Default::default()).await;
        let next = headers.into_iter().find(|(name, _)| name == "location");
        let next = next.unwrap_or_else(|| panic!("{address} leads nowhere: {body}")).1;
        assert!(next.starts_with(CALLBACK), "{next}");
        next
    }

    /// Returns the calls whose signature the provider accepted.
    pub async fn calls(&self) -> Vec<Value> {
        let (_, body) = get(&format!("{}/test/calls", self.url), &Default::default()).await;
        serde_json::from_str(&body).unwrap()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
