//! Several organizations in one database, for users who can open the database.

use elementkit::engine::{Bootstrap, Engine, EngineOptions, Workers};
use serde_json::json;

use crate::args::{Organizations, Target};
use crate::exit::Outcome;
use crate::output;
use crate::table::{self, Extent};

pub async fn run(target: &Target, command: Organizations) -> Outcome {
    let engine = Engine::open(EngineOptions {
        vendor_urls: target.vendor_urls(),
        workers: Workers::Manual,
        ..target.local_options()?
    })
    .await?;
    let outcome = match command {
        Organizations::Create { name, email, json } => create(&engine, &name, email, json).await,
        Organizations::List(options) => list(&engine, options.json).await,
    };
    engine.close().await;
    outcome
}

async fn create(engine: &Engine, name: &str, email: Option<String>, json: bool) -> Outcome {
    let made = engine.create_organization(name, &Bootstrap { email, ..Bootstrap::default() }).await?;
    if json {
        return output::json(&json!({
            "id": made.id,
            "name": made.name,
            "userSecret": made.user_secret.expose(),
            "organizationSecret": made.organization_secret.expose(),
        }));
    }
    output::line(&format!("organization         {} ({})", made.name, made.id))?;
    output::line(&format!("user secret          {}", made.user_secret.expose()))?;
    output::line(&format!("organization secret  {}", made.organization_secret.expose()))
}

async fn list(engine: &Engine, json: bool) -> Outcome {
    let all = engine.organizations().await?;
    if json {
        let view = all.iter().map(|each| json!({"id": each.id, "name": each.name}));
        return output::json(&view.collect::<Vec<_>>());
    }
    let rows = all.iter().map(|each| vec![each.id.to_string(), each.name.clone()]);
    table::print(&["id", "name"], rows, Extent::fitting("--json has all"))
}
