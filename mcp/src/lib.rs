//! The elements as tools of assistants: a server of the Model Context Protocol on the official SDK.
//!
//! [`Agent`] is a client of the contract, as every other: it calls [`elementkit::Platform`] and holds back what assistants
//! must not see. `docs/decisions/0015-agents.md` says why it is built this way, `docs/guides/agents.md` how it is used.

mod agent;
mod answer;
mod arguments;
mod audit;
mod catalogue;
mod conditions;
mod failure;
mod files;
mod http_server;
mod options;
mod paths;
mod prompts;
mod resources;
mod schema;
mod seal;
mod task;
mod tools;

pub use agent::Agent;
pub use http_server::{PATH, check_address, serve_http};
pub use options::Options;

use elementkit::{Error, ErrorKind, Result};
use rmcp::ServiceExt;

/// Serves an agent on standard input and output until the client leaves. Nothing else may write to standard output.
///
/// # Errors
/// `transport` if the connection fails.
pub async fn serve_stdio(agent: Agent) -> Result<()> {
    let failed = |error: String| Error::new(ErrorKind::Transport, error);
    let running = match agent.serve(rmcp::transport::stdio()).await {
        Ok(running) => running,
        // A client that leaves before it has begun.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => return Err(failed(error.to_string())),
    };
    running.waiting().await.map(drop).map_err(|error| failed(error.to_string()))
}
