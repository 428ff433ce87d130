//! The vendor and an engine that has its elements, as a program: for tests of packages, whose engine in the process has
//! the built-in elements only.
//!
//! Prints one line of JSON when calls are served, and ends at an interrupt or a request to terminate.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use brighttalk_sim::testbed_sim::{Config, Simulator};
use clap::Parser;
use elementkit::element::Element;
use elementkit::engine::{Bootstrap, Engine, EngineOptions};
use elementkit::{Error, ErrorKind, Result};
use serde_json::json;
use testbed_element::{Access, Testbed};
use tokio::net::TcpListener;

/// Serves the testbed vendor and an engine with its elements.
#[derive(Parser)]
struct Arguments {
    /// Address of the engine
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Database file; a new one in a temporary folder by default
    #[arg(long)]
    database: Option<PathBuf>,
    /// Number of accounts of the vendor
    #[arg(long, default_value_t = 100)]
    accounts: u64,
    /// Number of records in the vendor's pages at most
    #[arg(long, default_value_t = 200)]
    page_max: u64,
    /// Seconds for which an access token is accepted
    #[arg(long, default_value_t = 3600)]
    token_ttl: u64,
    /// Number of calls for which an access token is accepted; any number by default
    #[arg(long)]
    token_calls: Option<u64>,
    /// Secret of the first user
    #[arg(long, default_value = "test-user-secret")]
    user: String,
    /// Secret of the first organization
    #[arg(long, default_value = "test-organization-secret")]
    organization: String,
}

#[tokio::main]
#[allow(clippy::print_stdout)] // The caller waits for the address.
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let config = Config {
        accounts: arguments.accounts,
        page_max: arguments.page_max,
        page_over: brighttalk_sim::PageOver::Clamp,
        token_ttl: Duration::from_secs(arguments.token_ttl),
        token_calls: arguments.token_calls,
        ..Config::default()
    };
    let vendor = Simulator::start(config.clone()).await.map_err(|error| not_served(&error))?;
    let folder = tempfile::tempdir().map_err(|error| not_served(&error))?;
    let database = arguments.database.clone().unwrap_or_else(|| folder.path().join("testbed.db"));
    let engine = Engine::open(engine_options(database, &arguments, &vendor.url())).await?;
    let listener = TcpListener::bind(arguments.listen).await.map_err(|error| not_served(&error))?;
    let address = listener.local_addr().map_err(|error| not_served(&error))?;
    let line = json!({
        "baseUrl": format!("http://{address}/elements/api-v2"),
        "vendorUrl": vendor.url(),
        "user": arguments.user,
        "organization": arguments.organization,
        "token": config.tokens[0],
        "clientId": config.client_ids[0],
        "clientSecret": config.client_secret,
    });
    println!("{line}");
    elementkit::server::serve(engine.clone(), listener, asked_to_end()).await?;
    engine.close().await;
    Ok(())
}

fn engine_options(database: PathBuf, arguments: &Arguments, vendor: &str) -> EngineOptions {
    let elements = [Access::Token, Access::User, Access::Client]
        .map(|access| Arc::new(Testbed::at(access, vendor)) as Arc<dyn Element>);
    let vendor_urls = elements.iter().map(|element| (element.info().key.to_string(), vendor.to_owned())).collect();
    let mut options = EngineOptions {
        elements: elements.into(),
        vendor_urls,
        bootstrap: Bootstrap {
            user_secret: Some(arguments.user.clone().into()),
            organization_secret: Some(arguments.organization.clone().into()),
            ..Bootstrap::default()
        },
        ..EngineOptions::new(database)
    };
    // Faults are retried at once.
    options.vendor_retry.base = Duration::from_millis(1);
    options.vendor_retry.cap = Duration::from_millis(5);
    options
}

fn not_served(error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Config, format!("the testbed cannot be served: {error}"))
}

/// Waits for a signal to end.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
