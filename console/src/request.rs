//! A request for a page, as handlers see it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use elementkit::engine::Engine;
use elementkit::{InstanceHandle, Platform};
use http::HeaderMap;

use crate::browser;
use crate::cookie::{self, Theme};
use crate::failure::Failure;
use crate::form::Pairs;
use crate::session::Session;
use crate::site::State;

pub(crate) struct Request {
    pub state: Arc<State>,
    pub engine: Engine,
    pub session: Option<Arc<Session>>,
    /// Path without the query.
    pub path: String,
    /// Variables of the path.
    pub params: HashMap<String, String>,
    pub query: Pairs,
    pub form: Pairs,
    pub headers: HeaderMap,
    pub peer: IpAddr,
    pub is_https: bool,
}

impl Request {
    /// Returns a variable of the path, or an empty string.
    pub fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// Returns the session. Only for routes that require one.
    pub fn session(&self) -> Result<&Session, Failure> {
        self.session.as_deref().ok_or(Failure::Expired)
    }

    /// Returns the platform as the signed-in person sees it.
    pub fn platform(&self) -> Result<&Platform, Failure> {
        Ok(&self.session()?.platform)
    }

    /// Returns the instance that the path names.
    pub async fn instance(&self) -> Result<InstanceHandle, Failure> {
        let id = self.param("id").parse().map_err(|_| Failure::NotFound)?;
        Ok(self.platform()?.instances().get(id).await?)
    }

    /// Returns whether a script of the page asked for a part of it.
    pub fn is_partial(&self) -> bool {
        browser::text(&self.headers, "hx-request").is_some()
    }

    /// Returns the base URL of the contract at the address that the browser uses.
    pub fn base_url(&self) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        let host = browser::text(&self.headers, "host").unwrap_or_default();
        format!("{scheme}://{host}/elements/api-v2")
    }

    pub fn theme(&self) -> Theme {
        Theme::of(&self.headers)
    }

    /// Returns the key of the session that the browser sent.
    pub fn session_key(&self) -> Option<&str> {
        cookie::session(&self.headers, self.is_https)
    }
}
