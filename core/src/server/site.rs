//! Pages that a server offers to browsers beside the contract.

use std::fmt;
use std::net::IpAddr;

use futures::future::BoxFuture;
use http::{Request, Response};

use crate::body::Body;
use crate::engine::Engine;

/// Pages below a path of their own, such as a console. They call the engine as every other caller does.
pub trait Site: Send + Sync + fmt::Debug {
    /// Returns the path of all its pages, for instance `/console`.
    fn path(&self) -> &str;

    /// Responds to one request for that path or a path below it.
    fn respond(&self, engine: Engine, visit: Visit) -> BoxFuture<'_, Response<Body>>;
}

/// A request for a page of a [`Site`].
#[derive(Debug)]
pub struct Visit {
    /// The request, whose body arrives within the time limit of the server.
    pub request: Request<Body>,
    /// Address that the connection comes from.
    pub peer: IpAddr,
    /// Whether the browser uses TLS, to this server or to a proxy in front of it.
    pub is_https: bool,
}

/// Returns whether a path is that of a site or below it.
pub(super) fn is_within(path: &str, site: &str) -> bool {
    path.strip_prefix(site).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn a_site_has_whole_segments_of_a_path() {
        assert!(is_within("/console", "/console") && is_within("/console/x", "/console"));
        assert!(!is_within("/consoles", "/console") && !is_within("/", "/console"));
    }
}
