//! Defines an object and maps the contacts of BrightTALK to it.

use elementkit::{InstanceHandle, Platform};

pub async fn run(platform: &Platform, bt: &InstanceHandle) -> Result<(), Box<dyn std::error::Error>> {
    // show
    use elementkit::Level;

    let definition = serde_json::from_slice(&std::fs::read("people.json")?)?;
    platform.definitions(Level::Organization).create("people", &definition).await?;
    let mapping = serde_json::from_slice(&std::fs::read("people-brighttalk.json")?)?;
    platform.transformations(Level::Organization).element("brighttalk").create("people", &mapping).await?;

    for person in bt.records("people").to_vec(3).await? {
        println!("{} {}", person["id"], person["joined"]);
    }
    // end
    Ok(())
}
