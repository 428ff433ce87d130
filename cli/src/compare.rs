//! Comparison of the same reads of two platforms.

use elementkit::compare::{CompareOptions, Comparison, Difference, DifferenceKind, FieldCounts, compare};
use elementkit::{EmbeddedOptions, HostedOptions, InstanceHandle, Platform, Records, environment};
use serde_json::json;

use crate::args::{Compare, Target};
use crate::exit::{Failure, Outcome};
use crate::output;

pub async fn run(target: &Target, options: Compare) -> Outcome {
    let first = target.with_instances().await?;
    let outcome = with_other(target, &first, &options).await;
    first.close().await;
    outcome
}

async fn with_other(target: &Target, first: &Platform, options: &Compare) -> Outcome {
    let other = other(target, options).await?;
    let outcome = both(first, &other, options).await;
    other.close().await;
    outcome
}

/// Opens the platform to compare with.
async fn other(target: &Target, options: &Compare) -> Outcome<Platform> {
    if let Some(database) = &options.with_database {
        if !database.exists() {
            return Err(Failure::usage(format!("there is no database {}", database.display())));
        }
        let mut embedded = EmbeddedOptions::new(database).workers(elementkit::engine::Workers::Manual);
        embedded.engine_mut().keyring = target.keyring;
        embedded.engine_mut().vendor_urls = target.vendor_urls();
        return Ok(Platform::embedded(embedded).await?);
    }
    let Some(url) = &options.with_base_url else {
        return Err(Failure::usage("name the other platform with --with-base-url or --with-database"));
    };
    let mut hosted = HostedOptions::new().base_url(url);
    let (user, organization) = environment::other_secrets();
    if let Some(secret) = user {
        hosted = hosted.user(secret);
    }
    if let Some(secret) = organization {
        hosted = hosted.organization(secret);
    }
    Ok(Platform::hosted(hosted)?)
}

async fn both(first: &Platform, other: &Platform, options: &Compare) -> Outcome {
    let first = options.which.find(first).await?;
    let other = match options.with_instance {
        Some(id) => other.instances().get(id).await?,
        None => other.instances().only().await.map_err(|error| {
            Failure::usage(format!("the other platform: {}; choose one with --with-instance", error.message()))
        })?,
    };
    let mut different = Vec::new();
    for resource in &options.resources {
        let result =
            compare(list(&first, resource, options).stream(), list(&other, resource, options).stream(), rules(options))
                .await?;
        show(resource, &result, options)?;
        if !result.is_equal() {
            different.push(resource.as_str());
        }
    }
    if different.is_empty() {
        return Ok(());
    }
    Err(Failure::different(format!("the platforms differ in {}", different.join(", "))))
}

fn list(instance: &InstanceHandle, resource: &str, options: &Compare) -> Records {
    let mut list = instance.records(resource);
    if let Some(condition) = &options.condition {
        list = list.filter(condition);
    }
    if let Some(since) = &options.since {
        list = list.param("since", since);
    }
    if let Some(fields) = &options.fields {
        list = list.fields(fields);
    }
    list
}

fn rules(options: &Compare) -> CompareOptions {
    let mut rules = CompareOptions::default();
    rules.key.clone_from(&options.key);
    rules.ignored = options.ignore.iter().cloned().collect();
    rules.listed = options.limit;
    rules.values = options.values;
    rules
}

fn show(resource: &str, result: &Comparison, options: &Compare) -> Outcome {
    if options.json {
        return output::json(&json!({"resource": resource, "isEqual": result.is_equal(), "result": result}));
    }
    let Comparison { first, other, equal, missing, extra, changed, .. } = result;
    output::line(&format!(
        "{resource}: {first} records, {other} in the other platform; {equal} equal, {missing} missing, {extra} extra, {changed} changed"
    ))?;
    for (path, FieldCounts { missing, extra, changed, .. }) in &result.fields {
        output::line(&format!("  field {path}: {missing} missing, {extra} extra, {changed} changed"))?;
    }
    for difference in &result.differences {
        output::line(&format!("  {}", line(difference)))?;
    }
    let listed = result.differences.len() as u64;
    let all = missing + extra + changed;
    if all > listed {
        output::line(&format!("  … and {} more; --limit shows more of them", all - listed))?;
    }
    Ok(())
}

fn line(difference: &Difference) -> String {
    let key = &difference.key;
    match difference.kind {
        DifferenceKind::Missing => format!("missing {key}"),
        DifferenceKind::Extra => format!("extra {key}"),
        DifferenceKind::Changed => {
            let field = |field: &elementkit::compare::FieldDifference| {
                let word = match field.kind {
                    DifferenceKind::Missing => "missing ",
                    DifferenceKind::Extra => "extra ",
                    DifferenceKind::Changed => "",
                };
                let values = match (&field.first, &field.other) {
                    (None, None) => String::new(),
                    (first, other) => format!(" ({} → {})", shown(first.as_ref()), shown(other.as_ref())),
                };
                format!("{word}{}{values}", field.path)
            };
            let fields: Vec<String> = difference.fields.iter().map(field).collect();
            format!("changed {key}: {}", fields.join(", "))
        }
    }
}

fn shown(value: Option<&serde_json::Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}
