//! The engine on a port.

use std::time::Duration;

use elementkit::engine::{Bootstrap, Engine, EngineOptions, Workers};
use serde_json::json;
use tokio::net::TcpListener;

use crate::args::{Serve, Target};
use crate::exit::Outcome;
use crate::output;

pub async fn run(target: &Target, options: Serve) -> Outcome {
    let engine = Engine::open(EngineOptions {
        brighttalk_url: target.brighttalk_url.clone(),
        allow_vendor_override: options.allow_vendor_override,
        published_only: options.published_only,
        derived_activity_fields: options.derived_activity_fields,
        expose_script_secrets: options.expose_script_secrets,
        max_outage: Duration::from_secs(options.max_outage),
        allow_private_callbacks: options.allow_private_callbacks,
        workers: Workers::Auto,
        bootstrap: Bootstrap::from_environment(),
        ..EngineOptions::new(&target.database)
    })
    .await?;
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        eprintln!("warning: secrets travel in the clear on {address}; put TLS before it");
    }
    output::json(&json!({"address": address.to_string(), "baseUrl": format!("http://{address}/elements/api-v2")}))?;
    let outcome = elementkit::server::serve(engine.clone(), listener, stopped()).await;
    engine.close().await;
    Ok(outcome?)
}

/// Until the process is asked to end.
async fn stopped() {
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
