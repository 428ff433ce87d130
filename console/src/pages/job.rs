//! A bulk job: its progress, its result in every format, and the rows that failed.

use askama::Template;
use elementkit::model::{BulkJob, JobStatus};
use elementkit::{Extension, Format, Job, body};
use serde_json::Value;

use super::instance::Head;
use super::sync;
use crate::PATH;
use crate::failure::{Explanation, Failure, Outcome};
use crate::form;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::shown::{self, Badge};
use crate::texts::{EN, Texts, with};

/// A job in a list.
pub(crate) struct JobRow {
    pub address: String,
    pub id: String,
    pub badge: Badge,
    pub object: String,
    pub instance: Option<String>,
    pub records: String,
    pub created: String,
    pub query: String,
}

impl JobRow {
    /// Returns a job of an instance, with the name of the instance if the list is of several.
    pub fn of(job: &BulkJob, instance_id: i64, instance: Option<&str>) -> Self {
        let other = |name: &str| job.other.get(name).and_then(Value::as_str).unwrap_or_default();
        let object = job.object_name.as_deref().unwrap_or_default();
        let count = job.other.get("record_count").and_then(Value::as_u64);
        let count = job.records_count.or(count).unwrap_or_default();
        Self {
            address: format!("{PATH}/instances/{instance_id}/bulk/{}", form::segment(&job.id)),
            id: job.id.clone(),
            badge: shown::job_badge(&job.status),
            object: shown::words(object),
            instance: instance.map(str::to_owned),
            records: shown::number(count),
            created: job.created_date.map(shown::time).unwrap_or_default(),
            query: shown::shortened(other("job_query"), 160),
        }
    }
}

/// A format of the result.
struct FormatLink {
    ending: &'static str,
    name: &'static str,
}

/// State of a job, which a script fetches again while it runs.
#[derive(Template)]
#[template(path = "progress.html")]
struct Progress {
    t: &'static Texts,
    csrf: String,
    address: String,
    badge: Badge,
    is_running: bool,
    is_complete: bool,
    can_resume: bool,
    records: String,
    ignored: Option<String>,
    failed: Option<String>,
    calls: String,
    size: String,
    done: u64,
    total: Option<u64>,
    parts: Option<String>,
    messages: Vec<String>,
    error: Option<Explanation>,
    formats: Vec<FormatLink>,
    /// Address of the syncs, if the job is the beginning of a next one.
    sync: Option<String>,
    id: String,
}

#[derive(Template)]
#[template(path = "job.html")]
struct JobPage<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    head: Head,
    id: String,
    object: String,
    created: String,
    statement: Option<String>,
    progress: Progress,
}

#[derive(Template)]
#[template(path = "job_errors.html")]
struct Errors<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    head: Head,
    id: String,
    back: String,
    rows: Vec<String>,
    next: Option<String>,
}

async fn find(request: &Request) -> Result<Job, Failure> {
    Ok(request.instance().await?.bulk().job(request.param("job")).await?)
}

fn address(request: &Request) -> String {
    format!("{PATH}/instances/{}/bulk/{}", form::segment(request.param("id")), form::segment(request.param("job")))
}

/// `GET /instances/{id}/bulk/{job}`
pub(crate) async fn show(request: &Request) -> Outcome {
    let job = find(request).await?;
    let (head, _) = Head::of(request, job.instance(), "bulk").await?;
    let status = job.status().await?;
    let object = shown::words(status.object_name.as_deref().unwrap_or_default());
    let shell = Shell::new(request, Section::Instances, with(EN.job_title, &[&object]));
    let progress = progress_of(request, &job, &status).await?;
    let created = status.created_date.map(shown::time).unwrap_or_default();
    let statement = status.job_criteria.clone();
    page::html(&JobPage { shell, t: &EN, head, id: status.id.clone(), object, created, statement, progress })
}

/// `GET /instances/{id}/bulk/{job}/progress`
pub(crate) async fn progress(request: &Request) -> Outcome {
    let job = find(request).await?;
    let status = job.status().await?;
    page::html(&progress_of(request, &job, &status).await?)
}

async fn progress_of(request: &Request, job: &Job, status: &BulkJob) -> Result<Progress, Failure> {
    let progress = status.progress.clone().unwrap_or_default();
    let some = |number: u64| (number > 0).then(|| shown::number(number));
    let state = &status.status;
    let (done, total) = (progress.parents_done, progress.parents_total.filter(|total| *total > 0));
    let of = |total: u64| with(EN.job_parts, &[&shown::number(done), &shown::number(total)]);
    let mut messages: Vec<String> = status.warnings.iter().map(|warning| warning.message.clone()).collect();
    messages.extend(status.message.clone().filter(|message| !message.is_empty()));
    Ok(Progress {
        t: &EN,
        csrf: request.session()?.csrf.expose().to_owned(),
        address: address(request),
        badge: shown::job_badge(state),
        is_running: !state.is_terminal(),
        is_complete: state.is_success(),
        can_resume: matches!(state, JobStatus::Error | JobStatus::Aborted | JobStatus::Cancelled),
        records: shown::number(status.records_count.unwrap_or(progress.rows_written)),
        ignored: some(progress.rows_ignored),
        failed: some(status.records_failed_count.unwrap_or(progress.rows_failed)),
        calls: shown::number(progress.vendor_calls),
        size: shown::bytes(progress.bytes),
        done,
        total,
        parts: total.map(of),
        messages,
        error: explanation(status),
        formats: formats(job).await,
        sync: sync::statement(status).map(|_| format!("{PATH}/instances/{}/sync", form::segment(request.param("id")))),
        id: status.id.clone(),
    })
}

/// Returns why a job ended without success.
fn explanation(status: &BulkJob) -> Option<Explanation> {
    if status.status.is_success() || !status.status.is_terminal() || status.status == JobStatus::Cancelled {
        return None;
    }
    let failure = status.failure.as_ref();
    Some(Explanation {
        title: EN.job_failed_title,
        message: failure.map(|failure| failure.message.clone()).or(status.error.clone()).unwrap_or_default(),
        provider: failure.and_then(|failure| failure.provider_message.clone()),
        hint: failure.and_then(|failure| failure.hint.clone()).or_else(|| Some(EN.job_failed_hint.to_owned())),
        request_id: failure.and_then(|failure| failure.request_id.clone()),
    })
}

/// Returns the formats that the platform prepares.
async fn formats(job: &Job) -> Vec<FormatLink> {
    let known = job.instance().capabilities().await.ok();
    let has = |extension| known.as_ref().is_some_and(|known| known.has(extension));
    let offered = |format: &Format| match format {
        Format::Parquet => has(Extension::FormatParquet),
        Format::Arrow => has(Extension::FormatArrow),
        _ => true,
    };
    Format::ALL.iter().filter(|format| offered(format)).map(|format| link(*format)).collect()
}

fn link(format: Format) -> FormatLink {
    let name = match format {
        Format::Csv => EN.format_csv,
        Format::Json => EN.format_json,
        Format::JsonLines => EN.format_lines,
        Format::Parquet => EN.format_parquet,
        _ => EN.format_arrow,
    };
    FormatLink { ending: format.ending(), name }
}

/// `GET /instances/{id}/bulk/{job}/file?format=csv`
pub(crate) async fn file(request: &Request) -> Outcome {
    let format = Format::named(request.query.get("format").unwrap_or("csv")).map_err(Failure::Platform)?;
    let job = find(request).await?;
    let object = job.status().await?.object_name.unwrap_or_default();
    let chunks = job.stream(format).await?;
    let content_type = match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Json => "application/json",
        Format::JsonLines => "application/jsonl",
        _ => "application/octet-stream",
    };
    let name = format!("{object}-{}.{}", job.id(), format.ending());
    page::download(body::stream(chunks), content_type, &name)
}

/// `GET /instances/{id}/bulk/{job}/errors`
pub(crate) async fn errors(request: &Request) -> Outcome {
    let job = find(request).await?;
    let (head, _) = Head::of(request, job.instance(), "bulk").await?;
    let (rows, next) = job.errors(request.query.filled("page")).await?;
    let rows = rows.iter().map(Value::to_string).collect();
    let next = next.map(|token| form::address("", [("page", token.as_str())]));
    let shell = Shell::new(request, Section::Instances, EN.errors_title);
    page::html(&Errors { shell, t: &EN, head, id: job.id().to_owned(), back: address(request), rows, next })
}

/// `POST /instances/{id}/bulk/{job}/cancel`
pub(crate) async fn cancel(request: &Request) -> Outcome {
    find(request).await?.cancel().await?;
    page::redirect(&format!("{}?done=cancelled", address(request)))
}

/// `POST /instances/{id}/bulk/{job}/resume`
pub(crate) async fn resume(request: &Request) -> Outcome {
    find(request).await?.resume().await?;
    page::redirect(&format!("{}?done=resumed", address(request)))
}
