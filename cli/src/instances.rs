//! Listing, showing and deleting instances.

use elementkit::Platform;

use crate::args::{Instances, Target};
use crate::exit::Outcome;
use crate::output;
use crate::table::{self, Extent};

pub async fn run(target: &Target, command: Instances) -> Outcome {
    let platform = target.with_instances().await?;
    let outcome = act(&platform, command).await;
    platform.close().await;
    outcome
}

async fn act(platform: &Platform, command: Instances) -> Outcome {
    match command {
        Instances::List(options) => {
            let all = platform.instances().list().await?;
            if options.json {
                return output::json(&all);
            }
            let rows = all.into_iter().map(|each| {
                let state = if each.disabled {
                    "disabled"
                } else if each.valid {
                    "valid"
                } else {
                    "credentials refused"
                };
                vec![
                    each.id.to_string(),
                    each.name,
                    each.element.key,
                    state.to_owned(),
                    each.created_date.unwrap_or_default(),
                ]
            });
            table::print(&["id", "name", "element", "state", "created"], rows, Extent::fitting("--json has all"))
        }
        Instances::Get { id, json } => {
            let instance = platform.instances().get(id).await?;
            let Some(details) = instance.details() else { return Ok(()) };
            if json {
                return output::json(details);
            }
            let mut rows = vec![
                vec!["id".to_owned(), details.id.to_string()],
                vec!["name".to_owned(), details.name.clone()],
                vec!["element".to_owned(), details.element.key.clone()],
                vec!["tags".to_owned(), details.tags.join(", ")],
            ];
            rows.extend(details.configuration.iter().flatten().map(|(name, value)| vec![name.clone(), value.clone()]));
            table::print(&["property", "value"], rows, Extent::Wide)
        }
        Instances::Delete { id } => {
            platform.instances().delete(id).await?;
            output::line(&format!("Deleted instance {id}."))
        }
    }
}
