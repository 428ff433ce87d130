//! Bulk jobs.

mod upload;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use elementkit::model::BulkJob;
use elementkit::{BulkQuery, Error, ErrorKind, Format, InstanceHandle, Job, Platform};
use serde_json::Value;

use crate::args::{self, Bulk, FileArgs, FormatArg, JobArgs, Target};
use crate::exit::{Failure, Outcome};
use crate::table::{self, Extent};
use crate::{output, progress};

/// Longer than the lease of an engine that died.
const CANCEL_PATIENCE: Duration = Duration::from_secs(60);

/// The job that a command waits for, once it has started.
type Waited = OnceLock<Job>;

pub async fn run(target: &Target, command: Bulk) -> Outcome {
    let platform = target.with_instances().await?;
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

/// Parks a job at its next page and prints how to continue it. A second interrupt ends the wait.
async fn park(target: &Target, platform: &Platform, waited: &Waited) {
    let Some(job) = waited.get() else { return platform.close().await };
    let id = job.id();
    let status = job.status().await.ok();
    if status.as_ref().is_some_and(|status| status.status.is_success()) {
        platform.close().await;
        let next = format!("elementkit bulk download {id} --output FILE");
        return output::note(&format!("Job {id} is complete. Write its result with: {next}"));
    }
    if target.base_url.is_some() {
        let next = format!("elementkit bulk resume {id}");
        return output::note(&format!("Job {id} continues on the platform. Wait for it with: {next}"));
    }
    output::note(&format!("Parking job {id} …"));
    let records = status.and_then(|status| status.records_count).unwrap_or_default();
    tokio::select! {
        () = platform.close() => {}
        () = crate::interrupted() => {}
    }
    let next = format!("elementkit bulk resume {id}");
    output::note(&format!("Job {id} is parked; {records} records are saved. Continue with: {next}"));
}

async fn act(platform: &Platform, command: Bulk, waited: &Waited) -> Outcome {
    match command {
        Bulk::Query(options) => query(&options.which.find(platform).await?, options, waited).await,
        Bulk::Upload(options) => upload::run(&options.which.find(platform).await?, options, waited).await,
        Bulk::List { which, json, wide } => list(&which.find(platform).await?, json, wide).await,
        Bulk::Status(job) => show(&find(platform, &job).await?.status().await?, job.json),
        Bulk::Cancel(job) => show(&cancelled(&find(platform, &job).await?).await?, job.json),
        Bulk::Resume { job, file } => {
            let file = ResultFile::of(file)?;
            let found = find(platform, &job).await?;
            // For a complete job, only the result must be written.
            if !found.status().await?.status.is_success() {
                found.resume().await?;
            }
            finish(&found, file.as_ref(), job.json, waited).await
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
            table::print(&["figure", "value"], rows, Extent::Wide)
        }
        Bulk::Errors(job) => errors(&find(platform, &job).await?).await,
        Bulk::Download { job, output, format, structs } => {
            let found = find(platform, &job).await?;
            download(&found, &output, format, structs).await
        }
    }
}

async fn find(platform: &Platform, job: &JobArgs) -> Outcome<Job> {
    Ok(job.which.find(platform).await?.bulk().job(&job.id).await?)
}

async fn query(instance: &InstanceHandle, options: args::BulkQuery, waited: &Waited) -> Outcome {
    let file = ResultFile::of(options.file)?;
    let mut query = BulkQuery::new(options.statement);
    if let Some(from) = options.from {
        query = query.from(from);
    }
    if let Some(to) = options.to {
        query = query.to(to);
    }
    let job = instance.bulk().query(query).await?;
    output::note(&format!("Job {} has started.", job.id()));
    finish(&job, file.as_ref(), options.json, waited).await
}

/// Waits for the end of a job and writes its result.
async fn finish(job: &Job, file: Option<&ResultFile>, json: bool, waited: &Waited) -> Outcome {
    let _ = waited.set(job.clone());
    let ended = progress::wait(job, None).await?;
    if let Some(ResultFile { path, format, structs }) = file {
        let bytes = shaped(job, *format, *structs)?.download(path, *format).await?;
        output::note(&format!("Wrote {} ({bytes} bytes).", path.display()));
        if !json {
            return output::written(path, &summary(&ended));
        }
    }
    show(&ended, json)
}

/// Output file of a result, checked before hours are spent on its content.
struct ResultFile {
    path: PathBuf,
    format: Format,
    /// Whether nested values are structs and lists.
    structs: bool,
}

/// Returns the job with the form of nested values in its files.
fn shaped(job: &Job, format: Format, structs: bool) -> Outcome<Job> {
    check_structs(format, structs)?;
    Ok(if structs { job.clone().structs() } else { job.clone() })
}

fn check_structs(format: Format, structs: bool) -> Outcome {
    if structs && !matches!(format, Format::Arrow | Format::Parquet) {
        return Err(Failure::usage("--structs applies to Arrow and Parquet files"));
    }
    Ok(())
}

impl ResultFile {
    fn of(file: FileArgs) -> Outcome<Option<Self>> {
        let Some(path) = file.output else { return Ok(None) };
        let format = format_of(&path, file.format)?;
        check_structs(format, file.structs)?;
        output::check_place(&path)?;
        Ok(Some(Self { path, format, structs: file.structs }))
    }
}

/// Cancels a job and waits until it has ended, which takes long only if its worker is gone.
async fn cancelled(job: &Job) -> Outcome<BulkJob> {
    let mut status = job.cancel().await?;
    let asked = Instant::now();
    while !status.status.is_terminal() && asked.elapsed() < CANCEL_PATIENCE {
        tokio::time::sleep(Duration::from_millis(500)).await;
        status = job.status().await?;
    }
    Ok(status)
}

async fn download(job: &Job, path: &Path, format: Option<FormatArg>, structs: bool) -> Outcome {
    let format = format_of(path, format)?;
    let bytes = shaped(job, format, structs)?.download(path, format).await?;
    output::written(path, &format!("Wrote {} ({bytes} bytes).", path.display()))
}

async fn list(instance: &InstanceHandle, json: bool, wide: bool) -> Outcome {
    let bulk = instance.bulk();
    let (mut jobs, mut next) = bulk.page(None).await?;
    while let Some(token) = next {
        let (more, behind) = bulk.page(Some(&token)).await?;
        jobs.extend(more);
        next = behind;
    }
    if json {
        return output::json(&jobs);
    }
    let row = |job: BulkJob| {
        let text = |name: &str| output::cell(job.other.get(name));
        let (count, query) = (text("record_count"), text("job_query"));
        vec![job.id, job.status.to_string(), job.object_name.unwrap_or_default(), count, query]
    };
    let extent = if wide { Extent::Wide } else { Extent::fitting("use --wide for all") };
    table::print(&["id", "status", "object", "records", "query"], jobs.into_iter().map(row), extent)
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
    if let Some(progress) = job.progress.as_ref().filter(|progress| progress.rows_ignored > 0) {
        text.push_str(&format!(", {} ignored because they have no email", progress.rows_ignored));
    }
    let failed = job.records_failed_count.unwrap_or_default();
    text.push_str(&format!(", {failed} failed."));
    if failed > 0 {
        text.push_str(&format!(" Show them with: elementkit bulk errors {}", job.id));
    }
    if let Some(error) = &job.error {
        text.push_str(&format!(" {error}"));
    }
    if let Some(message) = job.message.as_ref().filter(|message| !message.is_empty()) {
        text.push_str(&format!(" {message}"));
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
        let unknown =
            Error::new(ErrorKind::Config, format!("cannot infer the format from the file name {}", path.display()));
        unknown.with_hint("Use .csv, .json, .jsonl, .parquet or .arrows, or give --format.").into()
    })
}
