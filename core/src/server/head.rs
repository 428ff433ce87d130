//! Checks of a request's head, before anything else is read.

use http::header::HOST;
use http::uri::Authority;
use http::{Request, Version};

/// Maximum size of request line and headers together, in bytes (spec P 3.2, 431).
const LIMIT: usize = 64 << 10;

/// Problem of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    /// It is larger than this server accepts.
    TooLarge,
    /// `Host` is missing, repeated or invalid (RFC 9112 3.2).
    Host,
}

pub(super) fn complaint<B>(request: &Request<B>) -> Option<Complaint> {
    let uri = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    // As in `name: value` and the end of the line.
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    if uri + headers.sum::<usize>() > LIMIT {
        return Some(Complaint::TooLarge);
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    let is_right = match (hosts.next(), hosts.next()) {
        // HTTP/2 has it in the request line; versions before HTTP/1.1 had none.
        (None, _) => request.version() != Version::HTTP_11,
        (Some(host), None) => host.is_empty() || host.to_str().is_ok_and(is_host),
        (Some(_), Some(_)) => false,
    };
    (!is_right).then_some(Complaint::Host)
}

fn is_host(text: &str) -> bool {
    text.parse::<Authority>().is_ok_and(|authority| !authority.as_str().contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(version: Version, hosts: &[&str]) -> Option<Complaint> {
        let request = Request::builder().version(version).uri("/x");
        let request = hosts.iter().fold(request, |request, host| request.header(HOST, *host));
        request.body(()).ok().and_then(|request| complaint(&request))
    }

    #[test]
    fn a_request_names_one_host() {
        for hosts in [&["x.example:8080"][..], &["[::1]:1"], &[""], &["127.0.0.1"]] {
            assert_eq!(of(Version::HTTP_11, hosts), None, "{hosts:?}");
        }
        for hosts in [&[][..], &["a", "b"], &["a", "a"], &["u@a"], &["a b"], &["a/b"]] {
            assert_eq!(of(Version::HTTP_11, hosts), Some(Complaint::Host), "{hosts:?}");
        }
        assert_eq!((of(Version::HTTP_2, &[]), of(Version::HTTP_10, &[])), (None, None));
    }
}
