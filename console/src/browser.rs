//! Checks of what a browser sends: the host that it believes to talk to, and the page that caused the request.

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Method};

/// Returns whether the `Host` header names this computer or one of these hosts. Protects against names of foreign pages
/// that resolve to this server (DNS rebinding).
pub(crate) fn is_known_host(headers: &HeaderMap, hosts: Option<&[String]>) -> bool {
    let Some(hosts) = hosts else { return true };
    let Some(host) = text(headers, HOST.as_str()) else { return false };
    let name = without_port(host);
    ["localhost", "127.0.0.1", "[::1]"].contains(&name) || hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Returns whether a page of this server caused the request. Browsers say so with every request that changes something.
pub(crate) fn is_own_page(headers: &HeaderMap, is_https: bool) -> bool {
    if let Some(site) = text(headers, "sec-fetch-site") {
        return site == "same-origin";
    }
    let scheme = if is_https { "https" } else { "http" };
    match (text(headers, ORIGIN.as_str()), text(headers, HOST.as_str())) {
        (Some(origin), Some(host)) => origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")),
        _ => false,
    }
}

/// Returns whether a method may change something.
pub(crate) fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// Returns the port of the `Host` header, which is a part of the name of cookies that ports would share otherwise.
pub(crate) fn port(headers: &HeaderMap) -> Option<&str> {
    let host = text(headers, HOST.as_str())?;
    let port = host.strip_prefix(without_port(host))?.strip_prefix(':')?;
    port.bytes().all(|byte| byte.is_ascii_digit()).then_some(port)
}

pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn without_port(host: &str) -> &str {
    match (host.rfind(':'), host.rfind(']')) {
        (Some(colon), bracket) if bracket.is_none_or(|bracket| bracket < colon) => &host[..colon],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn hosts_are_this_computer_or_named() {
        let names = ["console.example".to_owned()];
        for (host, known) in [
            ("127.0.0.1:8088", true),
            ("localhost", true),
            ("[::1]:1", true),
            ("Console.example:443", true),
            ("evil.example:8088", false),
            ("127.0.0.1.evil.example", false),
            ("localhost.evil.example:8088", false),
            ("", false),
        ] {
            assert_eq!(is_known_host(&headers(&[("host", host)]), Some(&names)), known, "{host}");
        }
        assert!(!is_known_host(&headers(&[]), Some(&names)) && is_known_host(&headers(&[]), None));
    }

    #[test]
    fn only_own_pages_change_something() {
        let own = |pairs: &[(&'static str, &'static str)]| is_own_page(&headers(pairs), false);
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[("origin", "http://127.0.0.1:1"), ("host", "127.0.0.1:1")]));
        for pairs in [
            &[][..],
            &[("host", "127.0.0.1:1")],
            &[("origin", "null"), ("host", "127.0.0.1:1")],
            &[("origin", "http://127.0.0.1:2"), ("host", "127.0.0.1:1")],
            &[("origin", "https://127.0.0.1:1"), ("host", "127.0.0.1:1")],
            &[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:1"), ("host", "127.0.0.1:1")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(!own(pairs), "{pairs:?}");
        }
    }

    #[test]
    fn ports_are_digits() {
        assert_eq!(port(&headers(&[("host", "[::1]:80")])), Some("80"));
        assert_eq!((port(&headers(&[("host", "[::1]")])), port(&headers(&[("host", "x:y")]))), (None, None));
    }
}
