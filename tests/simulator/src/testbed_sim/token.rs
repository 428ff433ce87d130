//! Tokens and authorization codes.

use std::collections::HashMap;
use std::time::Instant;

use super::Config;
use crate::hash::{Kind, hash};

/// Scopes that a client may request. Without `crm.write` a token only reads, and only `offline_access` gives a refresh
/// token.
pub(super) const SCOPES: [&str; 3] = ["crm.read", "crm.write", "offline_access"];

/// All tokens that were issued.
#[derive(Default)]
pub(super) struct Tokens {
    issued: Vec<String>,
    access: HashMap<String, Access>,
    refresh: HashMap<String, Refresh>,
    codes: HashMap<String, Code>,
}

/// Permission that a token stands for.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub tenant: usize,
    pub scopes: Vec<String>,
    /// Number of the login. Its tokens become invalid together.
    pub login: u64,
}

struct Access {
    grant: Grant,
    until: Instant,
    calls_left: Option<u64>,
}

struct Refresh {
    grant: Grant,
    used: bool,
}

/// An authorization code that was not used yet.
pub(super) struct Code {
    pub grant: Grant,
    pub redirect_uri: String,
    /// The S256 challenge of PKCE.
    pub challenge: String,
}

/// Tokens of a response.
pub(super) struct Issued {
    pub access: String,
    pub refresh: Option<String>,
    pub grant: Grant,
}

impl Grant {
    pub fn writes(&self) -> bool {
        self.scopes.iter().any(|scope| scope == "crm.write")
    }
}

impl Tokens {
    /// Returns all codes and tokens so far.
    pub fn issued(&self) -> &[String] {
        &self.issued
    }

    /// Creates a text that was not issued before.
    fn text(&mut self, config: &Config, kind: &str) -> String {
        let number = self.issued.len() as u64 + 1;
        let text = format!("{kind}-{number}-{:016x}", hash(config.seed, Kind::Token, &[number]));
        self.issued.push(text.clone());
        text
    }

    /// Returns the number of a new login.
    pub fn login(&self) -> u64 {
        self.issued.len() as u64 + 1
    }

    pub fn code(&mut self, config: &Config, code: Code) -> String {
        let text = self.text(config, "code");
        self.codes.insert(text.clone(), code);
        text
    }

    /// Returns the content of a code, which becomes invalid.
    pub fn take_code(&mut self, text: &str) -> Option<Code> {
        self.codes.remove(text)
    }

    /// Issues tokens for a grant.
    pub fn issue(&mut self, config: &Config, grant: Grant) -> Issued {
        let access = self.text(config, "access");
        let (until, calls_left) = (Instant::now() + config.token_ttl, config.token_calls);
        self.access.insert(access.clone(), Access { grant: grant.clone(), until, calls_left });
        let refresh = grant.scopes.iter().any(|scope| scope == "offline_access").then(|| {
            let refresh = self.text(config, "refresh");
            self.refresh.insert(refresh.clone(), Refresh { grant: grant.clone(), used: false });
            refresh
        });
        Issued { access, refresh, grant }
    }

    /// Returns the grant of a refresh token of a tenant, which becomes invalid. A token that is used twice ends the
    /// whole login, because one of the two callers stole it.
    pub fn take_refresh(&mut self, text: &str, tenant: usize) -> Option<Grant> {
        let token = self.refresh.get_mut(text).filter(|token| token.grant.tenant == tenant)?;
        let (grant, stolen) = (token.grant.clone(), std::mem::replace(&mut token.used, true));
        if stolen {
            self.end(grant.login);
            return None;
        }
        Some(grant)
    }

    /// Makes a token and all others of its login invalid.
    pub fn revoke(&mut self, text: &str, tenant: usize) {
        let access = self.access.get(text).map(|token| &token.grant);
        let grant = access.or_else(|| self.refresh.get(text).map(|token| &token.grant));
        if let Some(login) = grant.filter(|grant| grant.tenant == tenant).map(|grant| grant.login) {
            self.end(login);
        }
    }

    fn end(&mut self, login: u64) {
        self.access.retain(|_, token| token.grant.login != login);
        self.refresh.retain(|_, token| token.grant.login != login);
    }

    /// Makes all access tokens invalid; refresh tokens stay.
    pub fn expire(&mut self) {
        self.access.clear();
    }

    /// Returns the grant of an access token, and counts a call with it.
    pub fn check(&mut self, config: &Config, text: &str) -> Option<Grant> {
        if let Some(tenant) = config.tokens.iter().position(|token| token == text) {
            let scopes = SCOPES.map(str::to_owned).to_vec();
            return Some(Grant { tenant, scopes, login: 0 });
        }
        let token = self.access.get_mut(text).filter(|token| token.until > Instant::now())?;
        if let Some(left) = &mut token.calls_left {
            *left = left.checked_sub(1)?;
        }
        Some(token.grant.clone())
    }
}
