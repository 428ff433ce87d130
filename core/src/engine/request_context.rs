//! Facts about a call that are found during dispatch and remain after a failure.

use http::{Extensions, HeaderMap};

use super::EngineInner;
use super::login::PeerAddress;
use super::store::{UsageRow, UserRow, now_ms};
use super::trace::RequestInfo;
use crate::element::Text;

/// The route of a response, stored as its extension. `None` if the path is unknown.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "server"), allow(dead_code))]
pub(crate) struct Served(pub Option<Text>);

/// Scheme of the address that a call was sent to; the server adds it to the extensions of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "server"), allow(dead_code))]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// Returns the scheme that the caller used: that before a proxy, if the proxy says it. `None` in the process.
    pub fn of(headers: &HeaderMap, extensions: &Extensions) -> Option<Self> {
        let forwarded = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
        match forwarded.and_then(|value| value.split(',').next()).map(str::trim) {
            Some(scheme) if scheme.eq_ignore_ascii_case("http") => Some(Self::Http),
            Some(scheme) if scheme.eq_ignore_ascii_case("https") => Some(Self::Https),
            _ => extensions.get::<Self>().copied(),
        }
    }
}

/// Maximum recorded length of a method and of a path, in bytes; callers control the actual length.
const METHOD: usize = 32;
const PATH: usize = 512;

/// Returns the beginning of a string, up to the recorded length.
fn bounded(text: &str, bytes: usize) -> String {
    match text.len() {
        length if length <= bytes => text.to_owned(),
        _ => format!("{}…", &text[..text.floor_char_boundary(bytes)]),
    }
}

#[derive(Default)]
pub(super) struct RequestContext {
    /// Template of the path.
    pub route: Option<Text>,
    pub user: Option<UserRow>,
    /// Id and element of the instance of the Element token.
    pub instance: Option<(i64, i64)>,
}

impl RequestContext {
    /// Returns the record of the call without its status, if recording is on and the caller is known.
    pub fn usage(&self, engine: &EngineInner, asked: &RequestInfo, peer: Option<PeerAddress>) -> Option<UsageRow> {
        let user = self.user.as_ref().filter(|_| engine.usage.is_on())?;
        Some(UsageRow {
            id: 0,
            request_id: asked.request_id.clone(),
            at_ms: now_ms(),
            method: bounded(asked.method.as_str(), METHOD),
            path: bounded(asked.uri.path(), PATH),
            route: self.route.clone().unwrap_or_default().into_owned(),
            address: peer.map(|peer| peer.0.to_string()),
            status: 0,
            elapsed_ms: i64::try_from(asked.started.elapsed().as_millis()).unwrap_or(i64::MAX),
            user_id: user.id,
            account_id: user.account_id,
            instance_id: self.instance.map(|(id, _)| id),
            element_id: self.instance.map(|(_, element)| element),
        })
    }
}
