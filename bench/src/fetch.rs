//! Fetching pages with the HTTP client ElementKit uses, and nothing around it.

use std::path::PathBuf;

use bytes::Bytes;

/// Where the pages are.
#[derive(Clone, clap::Args)]
pub struct Source {
    /// The page server.
    #[arg(long)]
    pub url: String,
    /// The certificate to trust.
    #[arg(long)]
    pub ca: Option<PathBuf>,
}

pub struct Fetcher {
    client: reqwest::Client,
    url: String,
}

impl Fetcher {
    pub fn new(source: &Source) -> Result<Self, Box<dyn std::error::Error>> {
        // The same provider of TLS as in the library.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = reqwest::Client::builder().no_proxy();
        if let Some(file) = &source.ca {
            client = client.tls_certs_only([reqwest::Certificate::from_pem(&std::fs::read(file)?)?]);
        }
        Ok(Self { client: client.build()?, url: source.url.clone() })
    }

    pub async fn get(&self, path: &str) -> Result<Bytes, reqwest::Error> {
        let request = self.client.get(format!("{}{path}", self.url)).basic_auth("1", Some("secret"));
        request.send().await?.error_for_status()?.bytes().await
    }

    pub async fn subscribers(&self, channel: u64, cursor: Option<&str>) -> Result<Bytes, reqwest::Error> {
        let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        self.get(&format!("/v1/channel/{channel}/subscribers?pageSize=200{cursor}")).await
    }
}
