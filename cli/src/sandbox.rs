//! The simulated vendor as a command.

use brighttalk_sim::{Config, Simulator};

use crate::exit::Outcome;
use crate::output;

pub async fn run(config: Config) -> Outcome {
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
