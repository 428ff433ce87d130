//! Bulk jobs.

use std::path::Path;
use std::sync::OnceLock;

use elementkit::model::BulkJob;
use elementkit::{BulkQuery, Error, ErrorKind, Format, InstanceHandle, Job, Platform};
use http::Method;
use serde_json::Value;

use crate::args::{self, Bulk, FormatArg, JobArgs, Target};
use crate::exit::{Failure, Outcome};
use crate::{output, progress};

/// The job a command waits for, once there is one.
type Waited = OnceLock<Job>;

pub async fn run(target: &Target, command: Bulk) -> Outcome {
    let platform = target.platform().await?;
    let (waits, waited) = (command.waits(), Waited::new());
    let outcome = tokio::select! {
        outcome = act(&platform, command, &waited) => outcome,
        () = crate::interrupted(), if waits => {
            park(target, &platform, &waited).await;
            return Err(Failure::interrupted());
        }
    };
    platform.close().await;
    outcome
}

/// Ends the work on a job at its next page and says how it goes on. A second interruption waits for nothing.
async fn park(target: &Target, platform: &Platform, waited: &Waited) {
    let Some(job) = waited.get() else { return platform.close().await };
    let id = job.id();
    if target.base_url.is_some() {
        return eprintln!("Job {id} goes on at the platform. Wait for it with: elementkit bulk resume {id}");
    }
    eprintln!("Parking job {id} …");
    let records = job.status().await.ok().and_then(|status| status.records_count).unwrap_or_default();
    tokio::select! {
        () = platform.close() => {}
        () = crate::interrupted() => {}
    }
    eprintln!("Job {id} is parked; {records} records are safe. Go on with: elementkit bulk resume {id}");
}

async fn act(platform: &Platform, command: Bulk, waited: &Waited) -> Outcome {
    match command {
        Bulk::Query(options) => query(&options.which.find(platform).await?, options, waited).await,
        Bulk::List { which, json } => list(platform, &which.find(platform).await?, json).await,
        Bulk::Status(job) => show(&find(platform, &job).await?.status().await?, job.json),
        Bulk::Cancel(job) => show(&find(platform, &job).await?.cancel().await?, job.json),
        Bulk::Resume(job) => {
            let found = find(platform, &job).await?;
            found.resume().await?;
            let _ = waited.set(found.clone());
            show(&progress::wait(&found, None).await?, job.json)
        }
        Bulk::Report(job) => {
            let report = find(platform, &job).await?.report().await?;
            if job.json {
                return output::json(&report);
            }
            let value = serde_json::to_value(&report).unwrap_or_default();
            let rows = value
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| vec![name.clone(), output::cell(Some(value))]);
            output::table(&["figure", "value"], rows)
        }
        Bulk::Errors(job) => errors(&find(platform, &job).await?).await,
        Bulk::Download { job, output, format } => {
            let found = find(platform, &job).await?;
            download(&found, &output, format).await
        }
    }
}

async fn find(platform: &Platform, job: &JobArgs) -> Outcome<Job> {
    Ok(job.which.find(platform).await?.bulk().job(&job.id).await?)
}

async fn query(instance: &InstanceHandle, options: args::BulkQuery, waited: &Waited) -> Outcome {
    let format = options.output.as_deref().map(|path| format_of(path, options.format)).transpose()?;
    options.output.as_deref().map_or(Ok(()), output::check_place)?;
    let mut query = BulkQuery::new(options.statement);
    if let Some(from) = options.from {
        query = query.from(from);
    }
    if let Some(to) = options.to {
        query = query.to(to);
    }
    let job = instance.bulk().query(query).await?;
    let _ = waited.set(job.clone());
    eprintln!("Job {} has started.", job.id());
    let ended = progress::wait(&job, None).await?;
    if let (Some(path), Some(format)) = (&options.output, format) {
        let bytes = job.download(path, format).await?;
        eprintln!("Wrote {} ({bytes} bytes).", path.display());
        if !options.json {
            return output::written(path, &summary(&ended));
        }
    }
    show(&ended, options.json)
}

async fn download(job: &Job, path: &Path, format: Option<FormatArg>) -> Outcome {
    let bytes = job.download(path, format_of(path, format)?).await?;
    output::written(path, &format!("Wrote {} ({bytes} bytes).", path.display()))
}

async fn list(platform: &Platform, instance: &InstanceHandle, json: bool) -> Outcome {
    let (mut jobs, mut next) = (Vec::new(), Some(String::new()));
    while let Some(token) = next {
        let call = platform.request(Method::GET, "bulk/jobs").element(instance.token());
        let answer = if token.is_empty() { call } else { call.query("nextPage", token) }.send().await?;
        next = answer.next_page_token().map(str::to_owned);
        jobs.extend(answer.json::<Vec<BulkJob>>().await?);
    }
    if json {
        return output::json(&jobs);
    }
    let row = |job: BulkJob| {
        let text = |name: &str| output::cell(job.other.get(name));
        vec![job.id.clone(), job.status.to_string(), text("object_name"), text("record_count"), text("job_query")]
    };
    output::table(&["id", "status", "object", "records", "query"], jobs.into_iter().map(row))
}

async fn errors(job: &Job) -> Outcome {
    let mut token: Option<String> = None;
    loop {
        let (rows, next): (Vec<Value>, _) = job.errors(token.as_deref()).await?;
        rows.iter().try_for_each(output::json)?;
        if next.is_none() {
            return Ok(());
        }
        token = next;
    }
}

fn show(job: &BulkJob, json: bool) -> Outcome {
    if json { output::json(job) } else { output::line(&summary(job)) }
}

fn summary(job: &BulkJob) -> String {
    let mut text = format!("Job {} is {}: {} records", job.id, job.status, job.records_count.unwrap_or_default());
    if let Some(progress) = &job.progress {
        text.push_str(&format!(", {} ignored for want of an email", progress.rows_ignored));
    }
    text.push_str(&format!(", {} failed.", job.records_failed_count.unwrap_or_default()));
    if let Some(error) = &job.error {
        text.push_str(&format!(" {error}"));
    }
    text
}

pub fn format_of(path: &Path, given: Option<FormatArg>) -> Outcome<Format> {
    let given = given.map(|format| match format {
        FormatArg::Csv => Format::Csv,
        FormatArg::Json => Format::Json,
        FormatArg::Jsonl => Format::JsonLines,
        FormatArg::Parquet => Format::Parquet,
        FormatArg::Arrow => Format::Arrow,
    });
    given.or_else(|| Format::of_file(path)).ok_or_else(|| {
        let unknown = Error::new(ErrorKind::Config, format!("the ending of {} tells no format", path.display()));
        unknown.with_hint("Use .csv, .json, .jsonl, .parquet or .arrows, or give --format.").into()
    })
}
