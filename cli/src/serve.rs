//! The engine on a port.

use std::sync::Arc;
use std::time::Duration;

use elementkit::engine::{Engine, EngineOptions, Workers};
use elementkit::server::{ServerOptions, Site, TlsFiles};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::args::{Health, Serve, Target};
use crate::exit::{Failure, Outcome};
use crate::output;

pub async fn run(target: &Target, options: Serve) -> Outcome {
    let server = server_options(&options);
    let engine_options = engine_options(target, &options)?;
    server.check(options.listen)?;
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|error| Failure::new(format!("cannot listen on {}: {error}", options.listen)))?;
    let address = listener.local_addr()?;
    let scheme = if server.tls.is_some() { "https" } else { "http" };
    let line = json!({"address": address.to_string(), "baseUrl": format!("{scheme}://{address}/elements/api-v2")});
    // The address is printed only once calls are served.
    let (opened, engine) = oneshot::channel();
    let open = async {
        let engine = Engine::open(engine_options).await?;
        let _ = opened.send(engine.clone());
        Ok(engine)
    };
    let ready = Arc::clone(&server.ready);
    tokio::spawn(async move {
        ready.notified().await;
        let _ = output::json(&line);
    });
    let outcome = elementkit::server::serve_with(server, listener, open, stopped()).await;
    if let Ok(engine) = engine.await {
        engine.close().await;
    }
    Ok(outcome?)
}

/// Fails if the server is not ready.
pub async fn health(options: Health) -> Outcome {
    elementkit::server::check_health(&options.url, Duration::from_secs(3)).await?;
    output::line("ready")?;
    Ok(())
}

/// Returns the pages that are served beside the contract.
#[cfg(feature = "console")]
fn sites(options: &Serve) -> Vec<Arc<dyn Site>> {
    use elementkit_console::{Console, ConsoleOptions};
    let is_open = options.console_host.is_empty() && !options.listen.ip().is_loopback();
    let hosts = if is_open { None } else { Some(options.console_host.clone()) };
    match options.no_console {
        true => Vec::new(),
        false => vec![Arc::new(Console::new(ConsoleOptions { hosts, ..ConsoleOptions::default() }))],
    }
}

#[cfg(not(feature = "console"))]
fn sites(_: &Serve) -> Vec<Arc<dyn Site>> {
    Vec::new()
}

fn server_options(options: &Serve) -> ServerOptions {
    let files = options.tls_cert.clone().zip(options.tls_key.clone());
    ServerOptions {
        sites: sites(options),
        tls: files.map(|(certificate, key)| TlsFiles { certificate, key }),
        allow_insecure_http: options.allow_insecure_http,
        max_connections: options.max_connections,
        ..ServerOptions::default()
    }
}

fn engine_options(target: &Target, options: &Serve) -> Outcome<EngineOptions> {
    Ok(EngineOptions {
        vendor_urls: target.vendor_urls(),
        allow_vendor_override: options.allow_vendor_override,
        published_only: options.published_only,
        derived_activity_fields: options.derived_activity_fields,
        expose_script_secrets: options.expose_script_secrets,
        script_network: options.script_network.clone(),
        max_outage: Duration::from_secs(options.max_outage),
        allow_private_callbacks: options.allow_private_callbacks,
        allow_private_vendors: options.allow_private_vendors,
        record_usage: !options.no_usage,
        workers: Workers::Auto,
        ..target.local_options()?
    })
}

/// Waits until the process is asked to end. A second request ends it without waiting for running calls.
pub async fn stopped() {
    asked_to_end().await;
    tokio::spawn(async {
        asked_to_end().await;
        std::process::exit(130);
    });
}

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
