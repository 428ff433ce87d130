//! Uses a platform on the network.

pub async fn run() -> Result<(), Box<dyn std::error::Error>> {
    // show
    use elementkit::{HostedOptions, Platform};

    // ELEMENTKIT_BASE_URL, ELEMENTKIT_USER_SECRET, ELEMENTKIT_ORGANIZATION_SECRET
    let platform = Platform::hosted(HostedOptions::new())?;
    for instance in platform.instances().list().await? {
        println!("{} {}", instance.id, instance.name);
    }
    // end
    Ok(())
}
