//! Connects, lists channels, and pulls all contacts into a file.

pub async fn run() -> Result<(), Box<dyn std::error::Error>> {
    // show
    use elementkit::model::NewInstance;
    use elementkit::{EmbeddedOptions, Format, Platform};
    use futures::TryStreamExt;

    // A local file; no account needed.
    let platform = Platform::embedded(EmbeddedOptions::new("elementkit.db")).await?;
    // BRIGHTTALK_API_KEY, BRIGHTTALK_API_SECRET
    let new = NewInstance { element: "brighttalk".into(), name: "marketing".into(), ..Default::default() };
    let bt = platform.instances().connect_from_env(new).await?;

    let mut channels = std::pin::pin!(bt.records("channels").stream());
    while let Some(channel) = channels.try_next().await? {
        println!("{} {}", channel["id"], channel["name"]);
    }

    let job = bt.bulk().query("select * from contacts").await?;
    job.wait().await?;
    job.download("contacts.csv", Format::Csv).await?;
    platform.close().await;
    // end
    Ok(())
}
