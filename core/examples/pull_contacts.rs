//! Pulls the contacts that have changed since the last run into a file: `cargo run -p elementkit --example pull_contacts`.
//!
//! Credentials come from `BRIGHTTALK_API_KEY` and `BRIGHTTALK_API_SECRET`. The state of the pull is stored next to the rows.
#![allow(clippy::print_stdout)] // The example reports what it does.

use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, Format, Platform, SyncState};

const STATE: &str = "contacts.state";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let platform = Platform::embedded(EmbeddedOptions::new("elementkit.db")).await?;
    let new = NewInstance { element: "brighttalk".into(), name: "example".into(), ..Default::default() };
    let brighttalk = platform.instances().connect_from_env(new).await?;

    let previous = match std::fs::read_to_string(STATE) {
        Ok(text) => Some(text.parse::<SyncState>()?),
        Err(_) => None,
    };
    let pull = brighttalk.sync("contacts", previous.as_ref()).await?;
    let bytes = pull.download("contacts.csv", Format::Csv).await?;
    // Only once the rows are safe: the next pull starts where this one ended.
    std::fs::write(STATE, pull.state().await?.to_string())?;
    println!("{bytes} bytes in contacts.csv");
    for missing in pull.pending().await? {
        println!("not read, comes again with the next pull: {missing:?}");
    }
    platform.close().await;
    Ok(())
}
