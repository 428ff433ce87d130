//! The snippets of the documentation in Rust, which `core/tests/it/snippets.rs` runs.

mod bulk;
mod document;
mod errors;
mod hosted;
mod incremental;
mod mapping;
mod start;
mod upload;
mod vault;
mod write;

use elementkit::model::NewInstance;
use elementkit::{EmbeddedOptions, InstanceHandle, Platform};

/// Runs the snippet of a topic.
pub async fn run(topic: &str) -> Result<(), Box<dyn std::error::Error>> {
    match topic {
        "start" => start::run().await,
        "incremental" => incremental::run(&brighttalk().await?).await,
        "bulk" => bulk::run(&brighttalk().await?).await,
        "mapping" => {
            let platform = Platform::embedded(EmbeddedOptions::new("elementkit.db")).await?;
            mapping::run(&platform, &connected(&platform).await?).await
        }
        "document" => document::run(&Platform::embedded(EmbeddedOptions::new("elementkit.db")).await?).await,
        "write" => write::run(&crm().await?).await,
        "upload" => upload::run(&crm().await?).await,
        "errors" => errors::run(&brighttalk().await?).await,
        "hosted" => hosted::run().await,
        "vault" => vault::run().await,
        topic => Err(format!("there is no snippet {topic}").into()),
    }
}

async fn connected(platform: &Platform) -> elementkit::Result<InstanceHandle> {
    let new = NewInstance { element: "brighttalk".into(), name: "marketing".into(), ..Default::default() };
    platform.instances().connect_from_env(new).await
}

async fn brighttalk() -> elementkit::Result<InstanceHandle> {
    connected(&Platform::embedded(EmbeddedOptions::new("elementkit.db")).await?).await
}

async fn crm() -> Result<InstanceHandle, Box<dyn std::error::Error>> {
    let platform = Platform::embedded(EmbeddedOptions::new("elementkit.db")).await?;
    let definition: serde_json::Value = serde_json::from_slice(&std::fs::read("crm.json")?)?;
    platform.elements().import(&definition).await?;
    let value = |name: &str| std::env::var(name).unwrap_or_default();
    let new = NewInstance { element: "tinycrm".into(), name: "crm".into(), ..Default::default() };
    let new = new.set("base.url", value("CRM_URL")).set("access.token", value("CRM_TOKEN"));
    Ok(platform.instances().connect(&new).await?)
}
