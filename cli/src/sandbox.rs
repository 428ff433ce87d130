//! The simulated vendor as a command.

use std::fmt::Display;
use std::path::Path;

use brighttalk_sim::{Config, Simulator};
use elementkit::{Error, ErrorKind};
use serde_json::Value;

use crate::exit::Outcome;
use crate::output;

pub async fn run(mut config: Config) -> Outcome {
    config.fault_rules = config.faults.take().map(|path| fault_rules(&path)).transpose()?;
    let key = config.api_key.clone();
    // Registered before the address is printed, since its reader may interrupt at once.
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let _ = futures::poll!(&mut interrupted);
    let simulator = Simulator::start(config).await?;
    output::line(&simulator.url())?;
    output::note(&format!(
        "A simulated BrightTALK is listening. API key: {key}; the secret is the default one unless you set it."
    ));
    output::note(&format!("Use it with: elementkit --brighttalk-url {} connect brighttalk", simulator.url()));
    interrupted.await?;
    Ok(())
}

/// The rules in a file, whatever its encoding.
fn fault_rules(path: &Path) -> Outcome<Value> {
    let wrong =
        |error: &dyn Display| Error::new(ErrorKind::Storage, format!("the faults in {}: {error}", path.display()));
    let text = elementkit::text::decode(std::fs::read(path).map_err(|error| wrong(&error))?);
    let text = text.map_err(|error| wrong(&error.message()))?;
    Ok(serde_json::from_str(&text).map_err(|error| wrong(&error))?)
}
