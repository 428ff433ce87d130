use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::error::{Error, ErrorKind, Result};

/// How the server listens, and what it bears with.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Speaks TLS with this certificate. None: plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Speaks plain HTTP to other machines too; secrets then travel in the clear. Off.
    pub allow_insecure_http: bool,
    /// Told once, when the engine is there and calls are answered.
    pub ready: Arc<Notify>,
    /// Connections at a time, or as many as the process may have files open, less some for everything else. More wait to
    /// be accepted: HTTP/1 connections then end with their next answer, and one that has sent no request for longest is
    /// closed at once. 1024.
    pub max_connections: usize,
    /// How long a client may take for the head of a request, and a connection may stay idle. 30 seconds.
    pub head_timeout: Duration,
    /// The longest silence while a request body arrives. 30 seconds.
    pub body_timeout: Duration,
    /// How long a client may leave an answer unread. 60 seconds.
    pub write_timeout: Duration,
    /// How long calls that run may take when the server is stopped. 30 seconds.
    pub stop_timeout: Duration,
}

/// A certificate and its key, in PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate, followed by those that lead to a known authority.
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
        }
    }
}

impl ServerOptions {
    /// Refuses to send secrets in the clear to other machines, unless that is allowed.
    ///
    /// # Errors
    /// `config` when it is not.
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
    fn our_clients_let_go_of_a_connection_before_the_server_does() {
        assert!(crate::http_client::IDLE + Duration::from_secs(5) < ServerOptions::default().head_timeout);
    }
}
