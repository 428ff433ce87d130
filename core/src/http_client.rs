//! The one place that makes HTTP clients, for platforms and for vendors alike.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};

/// How long a connection is kept for the next call. Servers close idle ones after some time too, `elementkit serve`
/// after 30 s, usual others after 60; a call that is sent at that moment is lost, and one that writes cannot be
/// repeated. So ours are closed first.
pub(crate) const IDLE: Duration = Duration::from_secs(20);

/// Which way calls leave this machine.
#[derive(Clone, Debug)]
pub(crate) enum Proxy {
    /// As the environment says.
    Environment,
    /// Straight.
    None,
    /// Through this one; its URL may hold credentials.
    Through(Secret),
}

/// What an HTTP client needs to know.
#[derive(Clone, Debug)]
pub(crate) struct HttpOptions {
    /// Time to connect.
    pub connect_timeout: Duration,
    /// Longest silence while an answer arrives.
    pub read_timeout: Duration,
    /// Certificates to trust besides the public ones, in PEM.
    pub extra_ca_pem: Vec<Vec<u8>>,
    /// Which way calls leave this machine.
    pub proxy: Proxy,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(130),
            extra_ca_pem: Vec::new(),
            proxy: Proxy::Environment,
        }
    }
}

/// What these PEM files hold, or that of `ELEMENTKIT_CA_FILE` when there are none: certificates to trust.
pub(crate) fn certificates(files: &[PathBuf]) -> Result<Vec<Vec<u8>>> {
    let variable = std::env::var_os("ELEMENTKIT_CA_FILE").filter(|path| files.is_empty() && !path.is_empty());
    let read = |path: &PathBuf| {
        std::fs::read(path).map_err(|error| {
            Error::new(ErrorKind::Config, format!("the CA file {} cannot be read: {error}", path.display()))
        })
    };
    files.iter().chain(&variable.map(PathBuf::from)).map(read).collect()
}

/// A client that follows no redirect by itself, so that credentials cannot leave the configured origin.
pub(crate) fn build(options: &HttpOptions) -> Result<reqwest::Client> {
    let builder = match &options.proxy {
        Proxy::Environment => reqwest::Client::builder(),
        Proxy::None => reqwest::Client::builder().no_proxy(),
        Proxy::Through(url) => {
            let wrong = |_| Error::new(ErrorKind::Config, "the URL of the proxy cannot be used");
            reqwest::Client::builder().proxy(reqwest::Proxy::all(url.expose()).map_err(wrong)?)
        }
    };
    builder
        .tls_backend_preconfigured(tls(options)?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        .pool_idle_timeout(IDLE)
        .user_agent(concat!("ElementKit/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| Error::new(ErrorKind::Config, format!("no HTTP client can be made: {}", reason(&error))))
}

fn tls(options: &HttpOptions) -> Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for pem in &options.extra_ca_pem {
        if CertificateDer::pem_slice_iter(pem).next().is_none() {
            return Err(Error::new(ErrorKind::Config, "a file of extra CA certificates has none in PEM"));
        }
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let added = certificate.ok().and_then(|certificate| roots.add(certificate).ok());
            added.ok_or_else(|| Error::new(ErrorKind::Config, "an extra CA certificate cannot be read"))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| Error::new(ErrorKind::Internal, format!("TLS cannot be set up: {error}")))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    // A configuration of our own has to say itself that HTTP/2 is spoken.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// What went wrong, down to the cause; of the URL only whose it is, and that where nobody was reached.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    if std::ptr::eq(cause, error as &dyn std::error::Error) {
        describe(error)
    } else {
        format!("{}: {cause}", describe(error))
    }
}

fn describe(error: &reqwest::Error) -> String {
    let text = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        let origin = error.url().map(|url| format!(" to {}", url.origin().ascii_serialization())).unwrap_or_default();
        return format!("no connection could be made{origin}");
    } else if error.is_body() || error.is_decode() {
        "the answer broke off or cannot be decoded"
    } else {
        "the call failed on the network"
    };
    text.to_owned()
}

/// A client for addresses that callers name: it follows no redirect, and with a resolver it goes straight to the
/// addresses that one allows, past no proxy.
#[cfg(feature = "embedded")]
pub(crate) fn build_for_strangers<R: reqwest::dns::Resolve + 'static>(
    timeout: Duration,
    resolver: Option<Arc<R>>,
) -> Result<reqwest::Client> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls(&HttpOptions::default())?)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(HttpOptions::default().connect_timeout)
        .timeout(timeout)
        .pool_idle_timeout(IDLE)
        .user_agent(concat!("ElementKit/", env!("CARGO_PKG_VERSION")));
    if let Some(resolver) = resolver {
        builder = builder.no_proxy().dns_resolver(resolver);
    }
    builder
        .build()
        .map_err(|error| Error::new(ErrorKind::Config, format!("no HTTP client can be made: {}", reason(&error))))
}
