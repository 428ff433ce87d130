//! TLS with a private certificate authority: the hosted client, also with HTTP/2, and the engine's calls to the vendor.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use elementkit::{EmbeddedOptions, ErrorKind, HostedOptions, Platform, RetryPolicy};
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::support;

/// Returns a TLS acceptor for `localhost` with this protocol, and the PEM of its authority.
fn certified(protocol: &[u8]) -> (TlsAcceptor, String) {
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let mut config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    config.alpn_protocols = vec![protocol.to_vec()];
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    (listener, url)
}

/// Runs a server of this protocol that returns the version of each request. Returns its URL and its authority.
async fn serve(protocol: &[u8]) -> (String, String) {
    let ((acceptor, authority), (listener, url)) = (certified(protocol), listen().await);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = tower::service_fn(|request: Request<_>| async move {
                    let version = format!("\"{:?}\"", request.version());
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(version))))
                });
                let service = TowerToHyperService::new(service);
                let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (url, authority)
}

/// Runs TLS in front of a plain server. Returns its URL and its authority.
async fn in_front_of(address: std::net::SocketAddr) -> (String, String) {
    let ((acceptor, authority), (listener, url)) = (certified(b"http/1.1"), listen().await);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut behind = tokio::net::TcpStream::connect(address).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
            });
        }
    });
    (url, authority)
}

fn options(url: &str) -> HostedOptions {
    let retry = RetryPolicy { base: Duration::from_millis(1), ..RetryPolicy::HOSTED };
    HostedOptions::new().base_url(url).user("u").organization("o").retry(retry)
}

async fn version(options: HostedOptions) -> Result<String, elementkit::Error> {
    Platform::hosted(options)?.request(http::Method::GET, "elements").send().await?.json().await
}

#[tokio::test(flavor = "multi_thread")]
async fn http_2_is_spoken_where_the_platform_can_and_the_authority_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    for (protocol, expected) in [(&b"h2"[..], "HTTP/2.0"), (b"http/1.1", "HTTP/1.1")] {
        let (url, pem) = serve(protocol).await;
        let file = folder.path().join("authority.pem");
        std::fs::write(&file, pem).unwrap();
        assert_eq!(version(options(&url).ca_file(&file)).await.unwrap(), expected);

        let error = version(options(&url)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(error.message().contains("UnknownIssuer"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_trusts_a_configured_authority_of_a_vendor() {
    let simulator = support::simulator(&serde_json::json!({})).await;
    let (url, pem) = in_front_of(simulator.url().trim_start_matches("http://").parse().unwrap()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, pem).unwrap();
    let options = |name: &str| EmbeddedOptions::new(folder.path().join(name)).brighttalk_url(&url);

    let platform = Platform::embedded(options("trusting.db").ca_file(&file)).await.unwrap();
    let instance = support::instance(&platform).await;
    assert!(!instance.records("channels").to_vec(1).await.unwrap().is_empty());
    platform.close().await;

    let mut options = options("wary.db");
    support::set_options(options.engine_mut(), &serde_json::json!({}));
    let platform = Platform::embedded(options).await.unwrap();
    let error = platform.instances().create(&support::brighttalk("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Vendor, "{error}");
    platform.close().await;
}

#[test]
fn a_file_without_certificates_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty.pem");
    std::fs::write(&file, "nothing").unwrap();
    let error = Platform::hosted(options("https://x.example").ca_file(file)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}
