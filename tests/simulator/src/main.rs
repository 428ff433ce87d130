//! The simulator on its own: prints where it listens and serves until it is stopped.

use brighttalk_sim::{Config, Simulator};
use clap::Parser;

#[tokio::main]
#[allow(clippy::print_stdout)] // The address is what the caller waits for.
async fn main() -> std::io::Result<()> {
    let simulator = Simulator::start(Config::parse()).await?;
    println!("{}", simulator.url());
    simulator.run().await;
    Ok(())
}
