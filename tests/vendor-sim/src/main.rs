//! The vendor of a definition as a program: prints its address and values for an instance, and serves until it is stopped.

use std::path::PathBuf;

use clap::Parser;
use vendor_sim::{Options, Simulator};

/// Plays the vendor of an element definition.
#[derive(Parser)]
struct Arguments {
    /// File with the definition.
    definition: PathBuf,
    /// Port; 0 for a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Number of records of each list.
    #[arg(long, default_value_t = 23)]
    records: usize,
    /// File with fault rules.
    #[arg(long)]
    faults: Option<PathBuf>,
    /// File into which the definition is written with addresses that lead here.
    #[arg(long)]
    write: Option<PathBuf>,
}

#[tokio::main]
#[allow(clippy::print_stdout)] // The caller waits for the address.
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let definition = serde_json::from_slice(&std::fs::read(&arguments.definition)?)?;
    let options = Options { port: arguments.port, records: arguments.records, ..Options::default() };
    let simulator = Simulator::start(&definition, options).await?;
    if let Some(path) = &arguments.faults {
        simulator.add_faults(&serde_json::from_slice(&std::fs::read(path)?)?)?;
    }
    if let Some(path) = &arguments.write {
        std::fs::write(path, serde_json::to_vec_pretty(&simulator.document().value)?)?;
    }
    println!("{}", simulator.url());
    println!("{}", serde_json::to_string(&simulator.configuration())?);
    simulator.run().await;
    Ok(())
}
