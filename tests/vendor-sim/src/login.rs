//! Tokens: of OAuth 2, and of logins by system resources.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::setting::{CLIENT_ID, CLIENT_SECRET, PASSWORD, USERNAME};

/// Tokens that were issued.
#[derive(Default)]
pub(crate) struct Tokens {
    issued: Vec<String>,
    /// Valid tokens, with their end and the number of calls left.
    valid: HashMap<String, (Instant, u64)>,
    /// Refresh tokens that were not used.
    refresh: HashSet<String>,
    /// Challenges of PKCE by code.
    codes: HashMap<String, Option<String>>,
    /// Number of tokens given out.
    pub logins: usize,
}

/// Lifetime of tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetime {
    pub seconds: u64,
    pub calls: u64,
}

impl Tokens {
    /// Issues a token.
    pub fn issue(&mut self, kind: &str, lifetime: Lifetime) -> String {
        let token = self.text(kind);
        let end = Instant::now() + Duration::from_secs(lifetime.seconds);
        self.valid.insert(token.clone(), (end, lifetime.calls));
        self.logins += 1;
        token
    }

    /// Issues a code, as the vendor does when the user agrees.
    pub fn code(&mut self, challenge: Option<String>) -> String {
        let code = self.text("code");
        self.codes.insert(code.clone(), challenge);
        code
    }

    fn text(&mut self, kind: &str) -> String {
        let token = format!("{kind}-{}-5f0c9d", self.issued.len());
        self.issued.push(token.clone());
        token
    }

    /// Returns all codes and tokens so far.
    pub fn issued(&self) -> &[String] {
        &self.issued
    }

    /// Makes all tokens invalid; refresh tokens stay valid.
    pub fn expire(&mut self) {
        self.valid.clear();
    }

    /// Returns whether a token is valid, and uses up one of its calls.
    pub fn accepts(&mut self, token: &str) -> bool {
        match self.valid.get_mut(token) {
            Some((end, calls)) if *end > Instant::now() && *calls > 0 => {
                *calls -= 1;
                true
            }
            _ => false,
        }
    }

    /// Returns the issued tokens that occur in texts of a request.
    pub fn found_in(&self, texts: &[&str]) -> Vec<String> {
        let occurs = |token: &&String| texts.iter().any(|text| text.contains(token.as_str()));
        self.issued.iter().filter(occurs).cloned().collect()
    }

    /// Answers a request of tokens. Returns the status and the body.
    pub fn grant(
        &mut self,
        form: &BTreeMap<String, String>,
        authorization: Option<&str>,
        lifetime: Lifetime,
    ) -> (u16, Value) {
        let get = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")));
        let knows_client = (get("client_id"), get("client_secret")) == (CLIENT_ID, CLIENT_SECRET);
        if authorization.is_some_and(|given| given != basic) || !knows_client && authorization.is_none() {
            return (401, json!({"error": "invalid_client", "error_description": "the client is unknown"}));
        }
        let refused = |why: &str| (400, json!({"error": "invalid_grant", "error_description": why}));
        let can_refresh = match get("grant_type") {
            "client_credentials" => false,
            "password" if (get("username"), get("password")) == (USERNAME, PASSWORD) => true,
            "authorization_code" => match self.codes.remove(get("code")) {
                Some(None) => true,
                Some(Some(challenge)) if challenge == challenge_of(get("code_verifier")) => true,
                _ => return refused("the code is unknown"),
            },
            "refresh_token" if self.refresh.remove(get("refresh_token")) => true,
            other => return refused(&format!("no grant {other}")),
        };
        let token = self.issue("access", lifetime);
        let mut body = json!({"access_token": token, "token_type": "Bearer", "expires_in": lifetime.seconds});
        if can_refresh {
            let refresh = self.text("refresh");
            self.refresh.insert(refresh.clone());
            body["refresh_token"] = json!(refresh);
        }
        (200, body)
    }
}

fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}
