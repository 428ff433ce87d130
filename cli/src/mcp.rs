//! The connected services as tools of an assistant.

use std::path::PathBuf;

use elementkit::engine::Workers;
use elementkit::privacy::PrivacyRules;
use elementkit_mcp::{Agent, Options};

use crate::args::{Mcp, McpCommand, ServeMcp, Target};
use crate::exit::Outcome;

pub async fn run(target: &Target, options: Mcp) -> Outcome {
    match options.command {
        Some(McpCommand::Serve(options)) => serve(target, options).await,
        None => serve(target, options.serve).await,
    }
}

async fn serve(target: &Target, options: ServeMcp) -> Outcome {
    let platform = target.with_instances_for(Workers::Auto).await?;
    let agent = Agent::new(platform.clone(), agent_options(target, options))?;
    // Standard output belongs to the protocol.
    let outcome = tokio::select! {
        outcome = elementkit_mcp::serve_stdio(agent) => outcome,
        () = crate::serve::stopped() => Ok(()),
    };
    platform.close().await;
    Ok(outcome?)
}

fn agent_options(target: &Target, options: ServeMcp) -> Options {
    let beside = || PathBuf::from(format!("{}.audit.jsonl", target.database.display()));
    Options {
        instances: options.instance,
        privacy: PrivacyRules { revealed: options.reveal, masked: options.mask },
        max_rows: usize::from(options.max_rows),
        max_bytes: usize::try_from(options.max_bytes).unwrap_or(usize::MAX),
        ..Options::new(options.audit.unwrap_or_else(beside))
    }
}
