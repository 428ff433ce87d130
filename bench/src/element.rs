//! ElementKit's own rows, written as a user would write them.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, InstanceHandle, Platform};
use futures::TryStreamExt;

use crate::Outcome;
use crate::fetch::Source;

async fn open(source: &Source, database: &Path) -> Result<Platform, Box<dyn std::error::Error>> {
    let options = EmbeddedOptions::new(database).brighttalk_url(&source.url);
    Ok(Platform::embedded(options).await?)
}

/// Makes the instance the others use.
pub async fn connect(source: &Source, database: &Path) -> Outcome {
    let platform = open(source, database).await?;
    let outcome = create(&platform).await;
    platform.close().await;
    outcome.map(drop)
}

async fn create(platform: &Platform) -> Result<InstanceHandle, Box<dyn std::error::Error>> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let new = NewInstance {
        element: "brighttalk".to_owned(),
        name: "Bench".to_owned(),
        configuration: [
            pair("brighttalk.api.key", "1"),
            pair("brighttalk.api.secret", "secret"),
            // Every row is compared, those without an email address too.
            pair("brighttalk.bulkignore.emailnotpresent", "false"),
        ]
        .into(),
        ..NewInstance::default()
    };
    Ok(platform.instances().create(&new).await?)
}

/// Live records to a CSV file.
pub async fn records(source: &Source, database: &Path, output: &Path) -> Outcome {
    let platform = open(source, database).await?;
    let outcome = write_records(&platform, output).await;
    platform.close().await;
    outcome
}

async fn write_records(platform: &Platform, output: &Path) -> Outcome {
    let instance = create(platform).await?;
    let mut file = File::create(output)?;
    let mut lines = std::pin::pin!(instance.records("contacts").csv(crate::generator::COMPARED));
    while let Some(page) = lines.try_next().await? {
        file.write_all(&page)?;
    }
    Ok(())
}
