//! Imports an element that is a document, and reads with it.

use elementkit::Platform;

pub async fn run(platform: &Platform) -> Result<(), Box<dyn std::error::Error>> {
    // show
    use elementkit::elements::definition::check::check;
    use elementkit::model::NewInstance;
    use futures::TryStreamExt;

    let definition = serde_json::from_slice(&std::fs::read("crm.json")?)?;
    for problem in check(&definition).problems {
        println!("{problem}");
    }

    platform.elements().import(&definition).await?;
    let new = NewInstance { element: "tinycrm".into(), name: "crm".into(), ..Default::default() };
    let new = new.set("base.url", std::env::var("CRM_URL")?).set("access.token", std::env::var("CRM_TOKEN")?);
    let crm = platform.instances().connect(&new).await?;
    let mut clients = std::pin::pin!(crm.records("clients").stream());
    while let Some(client) = clients.try_next().await? {
        println!("{} {}", client["id"], client["name"]);
    }
    // end
    Ok(())
}
