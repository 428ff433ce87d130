//! The secrets of the database's first user, for users who can open the database.

use std::time::Duration;

use elementkit::auth::Secret;
use elementkit::engine::{Engine, EngineOptions, Workers};
use elementkit::{Platform, Result};
use serde_json::json;

use crate::args::{RotateSecrets, Secrets, SecretsCommand, ShowSecrets, Target, WhichSecret};
use crate::exit::Outcome;
use crate::output;

pub async fn run(target: &Target, options: Secrets) -> Outcome {
    let engine = Engine::open(EngineOptions { workers: Workers::Manual, ..target.local_options()? }).await?;
    let (outcome, show) = match options.command {
        None => (engine.local_credentials().await, options.show),
        Some(SecretsCommand::Show(show)) => (engine.local_credentials().await, show),
        Some(SecretsCommand::Rotate(rotate)) => (rotated(&engine, &rotate).await, rotate.show),
    };
    engine.close().await;
    print(outcome?, &show)
}

/// Replaces secrets, and returns those that are valid then.
async fn rotated(engine: &Engine, options: &RotateSecrets) -> Result<(Secret, Secret)> {
    let (mut user, mut organization) = engine.local_credentials().await?;
    let grace = Duration::from_secs(options.grace);
    if options.which != WhichSecret::User {
        let platform = Platform::of_engine(engine, user.clone(), organization);
        organization = platform.secrets().rotate_organization(grace).await?.secret;
    }
    if options.which != WhichSecret::Organization {
        let platform = Platform::of_engine(engine, user, organization.clone());
        user = platform.secrets().rotate_user(grace).await?.secret;
    }
    Ok((user, organization))
}

fn print((user, organization): (Secret, Secret), options: &ShowSecrets) -> Outcome {
    if options.json {
        return output::json(&json!({"userSecret": user.expose(), "organizationSecret": organization.expose()}));
    }
    output::line(&format!("user secret          {}", user.expose()))?;
    output::line(&format!("organization secret  {}", organization.expose()))
}
