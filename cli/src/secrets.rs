//! The secrets of the database's first user, for users who can open the database.

use elementkit::engine::{Engine, EngineOptions, Workers};
use serde_json::json;

use crate::args::{Secrets, Target};
use crate::exit::Outcome;
use crate::output;

pub async fn run(target: &Target, options: &Secrets) -> Outcome {
    let engine = Engine::open(EngineOptions { workers: Workers::Manual, ..target.local_options()? }).await?;
    let outcome = engine.local_credentials().await;
    engine.close().await;
    let (user, organization) = outcome?;
    if options.json {
        return output::json(&json!({"userSecret": user.expose(), "organizationSecret": organization.expose()}));
    }
    output::line(&format!("user secret          {}", user.expose()))?;
    output::line(&format!("organization secret  {}", organization.expose()))
}
