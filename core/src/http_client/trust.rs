//! Trusted certificates of all clients: the public authorities, and those that options or the environment name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};

use crate::environment;
use crate::error::{Error, ErrorKind, Result};

/// Hint for a certificate of an untrusted authority.
pub(crate) const REMEDY: &str =
    "name the PEM file of its authority in ELEMENTKIT_CA_FILE or SSL_CERT_FILE if you trust it";

/// Certificates to trust in addition to the public ones.
pub(crate) type Extra = Vec<CertificateDer<'static>>;

/// Returns the certificates in these PEM files; without files, those that `ELEMENTKIT_CA_FILE`, `SSL_CERT_FILE` and
/// `SSL_CERT_DIR` name.
///
/// # Errors
/// `config` if a file cannot be read or contains no certificate. `SSL_CERT_FILE` and `SSL_CERT_DIR` are meant for all
/// programs of the machine, so unusable certificates that they name are skipped.
pub(crate) fn extra(files: &[PathBuf]) -> Result<Extra> {
    if !files.is_empty() {
        return files.iter().map(|path| strict(path)).collect::<Result<Vec<_>>>().map(|all| all.concat());
    }
    let mut found = match environment::read(environment::CA_FILE) {
        Some(path) => strict(Path::new(&path))?,
        None => Extra::new(),
    };
    if let Some(path) = environment::read(environment::SSL_CERT_FILE) {
        found.extend(lenient(Path::new(&path)));
    }
    let folders = environment::read(environment::SSL_CERT_DIR).unwrap_or_default();
    for folder in std::env::split_paths(&folders).filter(|folder| !folder.as_os_str().is_empty()) {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.is_file()).for_each(|path| found.extend(lenient(&path)));
    }
    Ok(found)
}

fn strict(path: &Path) -> Result<Extra> {
    let wrong = |why: &str| Error::new(ErrorKind::Config, format!("the CA file {} {why}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    let found: std::result::Result<Extra, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let found = found.map_err(|_| wrong("contains a certificate that cannot be read"))?;
    if found.is_empty() {
        return Err(wrong("contains no PEM certificate"));
    }
    let mut store = RootCertStore::empty();
    let added = found.iter().all(|certificate| store.add(certificate.clone()).is_ok());
    if added { Ok(found) } else { Err(wrong("contains a certificate that cannot be read")) }
}

fn lenient(path: &Path) -> Extra {
    let Ok(bytes) = std::fs::read(path) else {
        tracing::warn!(path = %path.display(), "a file of certificates cannot be read");
        return Extra::new();
    };
    CertificateDer::pem_slice_iter(&bytes).flatten().collect()
}

/// Returns the TLS configuration that trusts the public authorities and these certificates.
pub(crate) fn config(extra: &Extra) -> Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(extra.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| Error::new(ErrorKind::Internal, format!("TLS cannot be set up: {error}")))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    // A custom configuration must offer HTTP/2 itself.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Returns whether a connection failed because the certificate is of an untrusted authority.
pub(crate) fn is_unknown_authority(cause: &(dyn std::error::Error + 'static)) -> bool {
    let unknown =
        |error: &rustls::Error| matches!(error, rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer));
    match cause.downcast_ref::<rustls::Error>() {
        Some(error) => unknown(error),
        // rustls wraps its errors in those of the connection, whose `source` skips them.
        None => {
            let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
            inner.is_some_and(|inner| is_unknown_authority(inner))
        }
    }
}
