//! Syncs: everything of a list once, and then what changed since. A sync is a chain of bulk jobs with one statement; each
//! begins where the report of the one before says.

use std::collections::BTreeSet;

use askama::Template;
use elementkit::model::{BulkJob, BulkReport};
use elementkit::{BulkQuery, Job};
use http::StatusCode;

use super::bulk::{Choice, choices};
use super::instance::Head;
use super::job::JobRow;
use crate::PATH;
use crate::failure::{self, Explanation, Failure, Outcome};
use crate::form;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::shown;
use crate::texts::{EN, Texts, with};

/// Number of the newest jobs among which the last one of each sync is looked for.
const NEWEST: usize = 50;
/// Member of the metadata of a job that belongs to a sync: its statement.
const MARK: &str = "sync";
/// Parts that could not be read, of which so many are named.
const NAMED: usize = 3;

/// A sync by its last job.
struct Row {
    job: JobRow,
    /// Whether the job has ended well, so that the next one can begin.
    is_complete: bool,
    is_running: bool,
    since: String,
    pending: Option<String>,
}

#[derive(Template)]
#[template(path = "sync.html")]
struct Syncs<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    head: Head,
    choices: Vec<Choice>,
    rows: Vec<Row>,
    error: Option<Explanation>,
}

/// Returns the statement of a job that belongs to a sync.
pub(crate) fn statement(status: &BulkJob) -> Option<&str> {
    status.meta_data.as_ref()?.get(MARK)?.as_str()
}

fn query(statement: &str) -> BulkQuery {
    BulkQuery::new(statement).metadata(MARK, statement)
}

/// `GET /instances/{id}/sync`
pub(crate) async fn list(request: &Request) -> Outcome {
    page_of(request, StatusCode::OK, None).await
}

async fn page_of(request: &Request, status: StatusCode, error: Option<Explanation>) -> Outcome {
    let instance = request.instance().await?;
    let (head, lists) = Head::of(request, &instance, "sync").await?;
    let (mut rows, mut known) = (Vec::new(), BTreeSet::new());
    for listed in instance.bulk().page(None).await?.0.iter().take(NEWEST) {
        let job = instance.bulk().job(&listed.id).await?;
        let status = job.status().await?;
        let statement = statement(&status).map(str::to_owned);
        if statement.is_some_and(|statement| known.insert(statement)) {
            rows.push(row(&job, &status, JobRow::of(listed, head.id, None)).await?);
        }
    }
    let shell = Shell::new(request, Section::Instances, head.name.clone());
    let choices = choices(&lists, request.form.filled("path").or(request.query.filled("path")));
    page::html_with(status, &Syncs { shell, t: &EN, head, choices, rows, error })
}

async fn row(job: &Job, status: &BulkJob, shown: JobRow) -> Result<Row, Failure> {
    let is_complete = status.status.is_success();
    let report = if is_complete { Some(job.report().await?) } else { None };
    let since = report.as_ref().map(|report| match &report.watermark {
        Some(time) => shown::iso_time(time),
        None => EN.sync_beginning.to_owned(),
    });
    Ok(Row {
        job: shown,
        is_complete,
        is_running: !status.status.is_terminal(),
        since: since.unwrap_or_default(),
        pending: report.as_ref().and_then(pending),
    })
}

/// Returns what could not be read, in words.
fn pending(report: &BulkReport) -> Option<String> {
    let all = &report.pending;
    let named = all.iter().take(NAMED).map(|entry| format!("{} ({})", entry.partition, entry.reason));
    let named: Vec<String> = named.collect();
    let more = if all.len() > NAMED { ", …" } else { "" };
    let count = shown::number(all.len() as u64);
    (!all.is_empty()).then(|| with(EN.sync_pending, &[&count, &(named.join(", ") + more)]))
}

/// `POST /instances/{id}/sync`: reads a list for the first time, or what changed since a job.
pub(crate) async fn start(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let id = instance.id().ok_or(Failure::NotFound)?;
    let query = match request.form.filled("job") {
        Some(job) => next(&instance.bulk().job(job).await?).await?,
        None => {
            let (_, lists) = Head::of(request, &instance, "sync").await?;
            let place = request.form.filled("path").and_then(|path| lists.find(path)).ok_or(Failure::BadForm)?;
            query(&super::bulk::statement_of(&instance, &place, None).await)
        }
    };
    match instance.bulk().query(query).await.map_err(Failure::from) {
        Ok(job) => page::redirect(&format!("{PATH}/instances/{id}/bulk/{}", form::segment(job.id()))),
        Err(Failure::Platform(error)) => page_of(request, failure::status(&error), Some(Explanation::of(&error))).await,
        Err(failure) => Err(failure),
    }
}

/// Returns the job that follows one of a sync.
async fn next(job: &Job) -> Result<BulkQuery, Failure> {
    let status = job.status().await?;
    let statement = statement(&status).filter(|_| status.status.is_success());
    let query = query(statement.ok_or(Failure::BadForm)?);
    let report = job.watermarks().await?;
    Ok(match (report.watermarks, report.watermark) {
        (Some(watermarks), _) => query.watermarks(watermarks),
        (None, Some(watermark)) => query.from(watermark),
        (None, None) => query,
    })
}
