//! Pulls what changed since the last pull.

use elementkit::InstanceHandle;

pub async fn run(bt: &InstanceHandle) -> Result<(), Box<dyn std::error::Error>> {
    // show
    use elementkit::{Format, SyncState};

    let state = match std::fs::read_to_string("contacts.state") {
        Ok(text) => Some(text.parse::<SyncState>()?),
        Err(_) => None,
    };
    let pull = bt.sync("contacts", state.as_ref()).await?;
    pull.download("changed.csv", Format::Csv).await?; // upsert these rows by their id
    for partition in pull.pending().await? {
        println!("could not be read, comes with the next pull: {partition:?}");
    }
    // Only now: a state is never ahead of the rows.
    std::fs::write("contacts.state", pull.state().await?.to_string())?;
    // end
    Ok(())
}
