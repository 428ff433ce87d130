//! Discovery of elements, objects and their fields.

use elementkit::{Platform, Record};
use http::Method;
use serde_json::Value;

use crate::args::{Json, Objects, Target};
use crate::exit::Outcome;
use crate::output;
use crate::table::{self, Extent};

pub async fn elements(target: &Target, options: &Json) -> Outcome {
    let platform = target.platform().await?;
    let outcome = async { platform.request(Method::GET, "elements").send().await?.json::<Vec<Record>>().await }.await;
    platform.close().await;
    let elements = outcome?;
    if options.json {
        return output::json(&elements);
    }
    let columns = ["id", "key", "name", "hub"];
    let row = |element: Record| columns.iter().map(|name| output::cell(element.get(*name))).collect();
    table::print(&columns, elements.into_iter().map(row), Extent::fitting("--json has all"))
}

pub async fn objects(target: &Target, options: &Objects) -> Outcome {
    let platform = target.with_instances().await?;
    let outcome = show_objects(&platform, options).await;
    platform.close().await;
    outcome
}

async fn show_objects(platform: &Platform, options: &Objects) -> Outcome {
    let instance = options.which.find(platform).await?;
    let Some(object) = &options.object else {
        let names = instance.objects().await?;
        if options.json {
            return output::json(&names);
        }
        return names.iter().try_for_each(|name| output::line(name));
    };
    let metadata = instance.metadata(object).await?;
    if options.json {
        return output::json(&metadata);
    }
    let fields = metadata.get("fields").and_then(Value::as_array).cloned().unwrap_or_default();
    if fields.is_empty() {
        output::note("No fields are declared. Lists and bulk jobs find their columns in the records.");
        return Ok(());
    }
    let row = |field: Value| {
        let key = if field.get("primaryKey") == Some(&Value::Bool(true)) { "yes" } else { "" };
        vec![output::cell(field.get("vendorPath")), output::cell(field.get("type")), key.to_owned()]
    };
    table::print(&["field", "type", "primary key"], fields.into_iter().map(row), Extent::fitting("--json has all"))
}
