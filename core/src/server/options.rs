use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::site::Site;
use crate::error::{Error, ErrorKind, Result};

/// Options of the server and its limits.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Certificate for TLS; plain HTTP if unset.
    pub tls: Option<TlsFiles>,
    /// Whether plain HTTP is served to other machines, with secrets unencrypted. Default: off.
    pub allow_insecure_http: bool,
    /// Notified once the engine is open and calls are served.
    pub ready: Arc<Notify>,
    /// Maximum number of connections, or fewer if the process may not open that many files besides its others. Further
    /// ones wait to be accepted: HTTP/1 connections then end with their next response, and the one that has sent no
    /// request for longest is closed at once. Default: 1024.
    pub max_connections: usize,
    /// Time limit for the head of a request, and for an idle connection. Default: 30 seconds.
    pub head_timeout: Duration,
    /// Time limit of silence while a request body arrives. Default: 30 seconds.
    pub body_timeout: Duration,
    /// Time for which a client may leave a response unread. Default: 60 seconds.
    pub write_timeout: Duration,
    /// Time limit for running calls when the server stops. Default: 30 seconds.
    pub stop_timeout: Duration,
    /// Pages that are served beside the contract, each below a path of its own. Default: none.
    pub sites: Vec<Arc<dyn Site>>,
}

/// A certificate and its key, in PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate, followed by its chain to a known authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            tls: None,
            allow_insecure_http: false,
            ready: Arc::default(),
            max_connections: 1024,
            head_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(60),
            stop_timeout: Duration::from_secs(30),
            sites: Vec::new(),
        }
    }
}

impl ServerOptions {
    /// Refuses to send secrets unencrypted to other machines, unless that is allowed.
    ///
    /// # Errors
    /// `config` if it is not allowed.
    pub fn check(&self, address: SocketAddr) -> Result<()> {
        if self.tls.is_some() || self.allow_insecure_http || address.ip().is_loopback() {
            return Ok(());
        }
        let message = format!("plain HTTP on {address} would send secrets in the clear");
        Err(Error::new(ErrorKind::Config, message)
            .with_hint("Give a certificate and key, listen on 127.0.0.1, or allow insecure HTTP explicitly."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_close_idle_connections_before_the_server() {
        assert!(crate::http_client::IDLE + Duration::from_secs(5) < ServerOptions::default().head_timeout);
    }
}
