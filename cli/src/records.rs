//! Reading records.

use std::io::{self, IsTerminal};

use elementkit::{Platform, Record};
use futures::{StreamExt, TryStreamExt};
use serde_json::Value;

use crate::args::{Records, Target};
use crate::exit::Outcome;
use crate::output;

/// Number of records in a table on a terminal if no limit is given.
const ON_A_TERMINAL: usize = 100;

pub async fn run(target: &Target, options: Records) -> Outcome {
    let platform = target.with_instances().await?;
    let outcome = show(&platform, options).await;
    platform.close().await;
    outcome
}

async fn show(platform: &Platform, options: Records) -> Outcome {
    let instance = options.which.find(platform).await?;
    let mut list = instance.records(options.resource.as_str());
    if let Some(condition) = condition(options.channel, options.condition) {
        list = list.filter(condition);
    }
    if let Some(since) = &options.since {
        list = list.param("since", since);
    }
    if let Some(fields) = &options.fields {
        list = list.fields(fields);
    }
    let limit = options.limit.unwrap_or(usize::MAX);
    // Otherwise the platform chooses: the largest page that both it and the vendor allow.
    if let Some(few) = options.limit.and_then(|limit| u32::try_from(limit).ok()).filter(|limit| *limit < 200) {
        list = list.page_size(few.max(1));
    }
    if options.json {
        // Lines are printed as they arrive.
        let mut records = std::pin::pin!(list.stream().take(limit));
        while let Some(record) = records.try_next().await? {
            output::json(&record)?;
        }
        return Ok(());
    }
    if options.csv {
        return csv(list, options.limit).await;
    }
    table(list, options.limit, options.wide).await
}

/// Prints a table; on a terminal a limited one, with a note if there are more records.
async fn table(list: elementkit::Records, limit: Option<usize>, wide: bool) -> Outcome {
    let shown = match limit {
        Some(limit) => limit,
        None if io::stdout().is_terminal() => ON_A_TERMINAL,
        None => usize::MAX,
    };
    let asked = if limit.is_none() { shown.saturating_add(1) } else { shown };
    let mut records = list.to_vec(asked).await?;
    let is_cut = records.len() > shown;
    records.truncate(shown);
    output::records_table(&records, wide)?;
    if is_cut {
        output::note(&format!("These are the first {shown} records; use --limit for more, --csv or --json for all."));
    }
    Ok(())
}

/// Returns the condition as it was given, so that positions in errors refer to it.
fn condition(channel: Option<u64>, condition: Option<String>) -> Option<String> {
    match (channel, condition) {
        (None, condition) => condition,
        (Some(id), None) => Some(format!("channelId = {id}")),
        (Some(id), Some(condition)) => Some(format!("({condition}) AND channelId = {id}")),
    }
}

/// Prints pages of lines as they come. A limit may end within a page, so it counts records.
async fn csv(list: elementkit::Records, limit: Option<usize>) -> Outcome {
    let Some(limit) = limit else {
        let mut pages = std::pin::pin!(list.csv_table().await?);
        while let Some(lines) = pages.try_next().await? {
            output::content(&lines)?;
        }
        return Ok(());
    };
    let columns = list.columns().await?;
    output::csv_line(columns.iter().cloned())?;
    let mut records = std::pin::pin!(list.stream().take(limit));
    while let Some(record) = records.try_next().await? {
        output::csv_line(columns.iter().map(|column| output::cell(value_at(&record, column))))?;
    }
    Ok(())
}

/// Returns the value of a field, which may be nested: `a.b`.
fn value_at<'a>(record: &'a Record, path: &str) -> Option<&'a Value> {
    match path.split_once('.') {
        Some((outer, inner)) if !record.contains_key(path) => value_at(record.get(outer)?.as_object()?, inner),
        _ => record.get(path),
    }
}
