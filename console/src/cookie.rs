//! The two cookies: the session, and the colours that the reader chose.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::PATH;
use crate::browser;

/// Colours of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Theme {
    /// Those that the system of the reader prefers.
    #[default]
    System,
    Light,
    Dark,
}

const THEME: &str = "elementkit-theme";

impl Theme {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn named(word: &str) -> Self {
        Self::ALL.into_iter().find(|theme| theme.word() == word).unwrap_or_default()
    }

    pub fn of(headers: &HeaderMap) -> Self {
        value(headers, THEME).map(Self::named).unwrap_or_default()
    }

    pub fn cookie(self) -> Option<HeaderValue> {
        let text = format!("{THEME}={}; Path={PATH}; Max-Age=31536000; SameSite=Lax; HttpOnly", self.word());
        HeaderValue::try_from(text).ok()
    }
}

/// Returns the name of the session cookie. Over TLS browsers accept it from this host alone. Without TLS it has the port
/// in its name, since the servers of a computer share their cookies.
fn session_name(headers: &HeaderMap, is_https: bool) -> String {
    match (is_https, browser::port(headers)) {
        (true, _) => "__Host-elementkit".to_owned(),
        (false, Some(port)) => format!("elementkit-console-{port}"),
        (false, None) => "elementkit-console".to_owned(),
    }
}

/// Returns the session key of a request.
pub(crate) fn session(headers: &HeaderMap, is_https: bool) -> Option<&str> {
    value(headers, &session_name(headers, is_https)).filter(|key| !key.is_empty())
}

/// Returns the header that sets the session key, or ends it if the key is empty.
pub(crate) fn set_session(headers: &HeaderMap, is_https: bool, key: &str) -> Option<HeaderValue> {
    let (name, secure) = (session_name(headers, is_https), if is_https { "; Secure" } else { "" });
    let ended = if key.is_empty() { "; Max-Age=0" } else { "" };
    HeaderValue::try_from(format!("{name}={key}; Path=/; HttpOnly; SameSite=Lax{secure}{ended}")).ok()
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_of_tls_belong_to_the_host() {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("127.0.0.1:8088"));
        let set =
            |is_https| set_session(&headers, is_https, "k").and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let (secure, plain) = (set(true), set(false));
        assert_eq!(secure.as_deref(), Some("__Host-elementkit=k; Path=/; HttpOnly; SameSite=Lax; Secure"));
        assert_eq!(plain.as_deref(), Some("elementkit-console-8088=k; Path=/; HttpOnly; SameSite=Lax"));
        headers.insert("cookie", HeaderValue::from_static("a=b; elementkit-console-8088=x; elementkit-theme=dark"));
        assert_eq!((session(&headers, false), session(&headers, true)), (Some("x"), None));
        assert_eq!(Theme::of(&headers), Theme::Dark);
    }
}
