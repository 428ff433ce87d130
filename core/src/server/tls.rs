//! TLS with a certificate from files.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::options::TlsFiles;
use crate::error::{Error, ErrorKind, Result};

/// The protocol name of HTTP/2.
pub(super) const H2: &[u8] = b"h2";

pub(super) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor> {
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unusable("certificate", &files.certificate, &error))?;
    if certificates.is_empty() {
        return Err(wrong(format!("there is no certificate in {}", files.certificate.display())));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unusable("key", &files.key, &error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key))
        .map_err(|error| wrong(format!("the certificate and the key cannot be used together: {error}")))?;
    config.alpn_protocols = vec![H2.to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Returns the error of a file without its content.
fn unusable(what: &str, path: &Path, error: &PemError) -> Error {
    let why = match error {
        PemError::Io(error) => error.to_string(),
        PemError::NoItemsFound => "it contains none".to_owned(),
        _ => "it is not valid PEM".to_owned(),
    };
    wrong(format!("the TLS {what} {} cannot be read: {why}", path.display()))
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Config, message).with_hint("Give a PEM certificate chain and its private key in PEM.")
}
