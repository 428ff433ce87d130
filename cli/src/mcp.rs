//! The connected services as tools of an assistant.

use std::path::{Path, PathBuf};

use elementkit::atomic_file::{self, Readers};
use elementkit::auth::Secret;
use elementkit::engine::Workers;
use elementkit::privacy::PrivacyRules;
use elementkit_mcp::{Agent, Options, PATH};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::args::{Mcp, McpCommand, ServeMcp, Target};
use crate::exit::{Failure, Outcome};
use crate::{output, serve};

pub async fn run(target: &Target, options: Mcp) -> Outcome {
    match options.command {
        Some(McpCommand::Serve(options)) => run_server(target, options).await,
        Some(McpCommand::Install(options)) => install(target, &options),
        None => run_server(target, options.serve).await,
    }
}

async fn run_server(target: &Target, options: ServeMcp) -> Outcome {
    let listen = options.listen;
    if let Some(address) = listen {
        elementkit_mcp::check_address(address)?;
    }
    let platform = target.with_instances_for(Workers::Auto).await?;
    let agent = Agent::new(platform.clone(), agent_options(target, options))?;
    let outcome = match listen {
        None => serve_stdio(agent).await,
        Some(address) => serve_http(target, agent, address).await,
    };
    platform.close().await;
    outcome
}

/// Serves on standard input and output, which belong to the protocol.
async fn serve_stdio(agent: Agent) -> Outcome {
    tokio::select! {
        outcome = elementkit_mcp::serve_stdio(agent) => Ok(outcome?),
        () = serve::stopped() => Ok(()),
    }
}

async fn serve_http(target: &Target, agent: Agent, address: std::net::SocketAddr) -> Outcome {
    let wrong = |error| Failure::new(format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(wrong)?;
    let place = beside(target, ".mcp-token");
    let token = token(&place)?;
    let url = format!("http://{}{PATH}", listener.local_addr()?);
    output::json(&json!({"url": url, "tokenFile": place.display().to_string()}))?;
    Ok(elementkit_mcp::serve_http(agent, listener, token, serve::stopped()).await?)
}

/// Returns the token of a file that only its owner can read; creates it if it is missing.
fn token(place: &Path) -> Outcome<Secret> {
    if let Ok(text) = std::fs::read_to_string(place) {
        return match text.trim() {
            text if text.len() >= 32 => Ok(Secret::new(text)),
            _ => Err(Failure::new(format!("{} has no token; delete it", place.display()))),
        };
    }
    let token = Secret::mint_token()?;
    atomic_file::write(place, format!("{}\n", token.expose()).as_bytes(), Readers::Owner)?;
    Ok(token)
}

/// Returns a file beside the database.
fn beside(target: &Target, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", target.database.display()))
}

fn agent_options(target: &Target, options: ServeMcp) -> Options {
    Options {
        instances: options.instance,
        privacy: PrivacyRules { revealed: options.reveal, masked: options.mask },
        allow_writes: options.allow_writes,
        folders: options.allow_folder,
        reveal_in_files: options.reveal_in_files,
        max_rows: usize::from(options.max_rows),
        max_bytes: usize::try_from(options.max_bytes).unwrap_or(usize::MAX),
        ..Options::new(options.audit.unwrap_or_else(|| beside(target, ".audit.jsonl")))
    }
}

/// Prints the configuration of clients. It has no secrets.
fn install(target: &Target, options: &ServeMcp) -> Outcome {
    let server = match options.listen {
        Some(address) => json!({"type": "http", "url": format!("http://{address}{PATH}")}),
        None => json!({"command": std::env::current_exe()?.display().to_string(), "args": arguments(target, options)?}),
    };
    output::line("Most clients (mcpServers in claude_desktop_config.json, .cursor/mcp.json, .mcp.json and others):\n")?;
    output::line(&pretty(&json!({"mcpServers": {"elementkit": server}})))?;
    output::line("\nVisual Studio Code (.vscode/mcp.json):\n")?;
    output::line(&pretty(&json!({"servers": {"elementkit": server}})))?;
    if options.listen.is_some() {
        let file = absolute(&beside(target, ".mcp-token"))?;
        output::line(&format!("\nThe header Authorization is \"Bearer \" and the content of {file}."))?;
    }
    Ok(())
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Returns the arguments that start the server with these options, in any folder.
fn arguments(target: &Target, options: &ServeMcp) -> Outcome<Vec<String>> {
    let mut all = vec!["mcp".to_owned(), "serve".to_owned()];
    let mut add = |name: &str, value: String| all.extend([name.to_owned(), value]);
    match &target.base_url {
        Some(url) => add("--base-url", url.clone()),
        None => add("--database", absolute(&target.database)?),
    }
    target.brighttalk_url.iter().for_each(|url| add("--brighttalk-url", url.clone()));
    options.instance.iter().for_each(|id| add("--instance", id.to_string()));
    options.reveal.iter().for_each(|field| add("--reveal", field.clone()));
    options.mask.iter().for_each(|field| add("--mask", field.clone()));
    for folder in &options.allow_folder {
        add("--allow-folder", absolute(folder)?);
    }
    add("--max-rows", options.max_rows.to_string());
    add("--max-bytes", options.max_bytes.to_string());
    if let Some(audit) = &options.audit {
        add("--audit", absolute(audit)?);
    }
    let flags = [("--reveal-in-files", options.reveal_in_files), ("--allow-writes", options.allow_writes)];
    all.extend(flags.into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| name.to_owned()));
    Ok(all)
}

fn absolute(path: &Path) -> Outcome<String> {
    Ok(std::path::absolute(path)?.display().to_string())
}
