//! The simulator as a program: prints its address and serves until it is stopped.

use brighttalk_sim::{Config, Simulator};
use clap::Parser;

#[tokio::main]
#[allow(clippy::print_stdout)] // The caller waits for the address.
async fn main() -> std::io::Result<()> {
    let simulator = Simulator::start(Config::parse()).await?;
    println!("{}", simulator.url());
    simulator.run().await;
    Ok(())
}
