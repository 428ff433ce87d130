//! Tools for bulk jobs, which read whole objects in the background.

use std::sync::Arc;
use std::time::{Duration, Instant};

use elementkit::model::BulkJob;
use elementkit::{BulkQuery, Job, query};
use futures::{FutureExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::records::{Found, page_schema, wrong_cursor};
use super::{Definition, Needs};
use crate::agent::Shared;
use crate::answer::{Answer, plain, warned};
use crate::arguments::{self, Id, within};
use crate::catalogue::{Instance, Object};
use crate::conditions::Selection;
use crate::failure::{Failure, Outcome};
use crate::schema::{View, flag, list, number, object, text, warnings};
use crate::task::Task;

/// Longest wait for a job in one call, in seconds.
const WAIT: u64 = 60;
/// Records that are read at once from a result.
const PAGE: usize = 500;

/// Starts a job.
pub const START: Definition = Definition {
    name: "start_job",
    title: "Start a bulk job",
    description: "Starts a bulk job that reads all records of an object in the background, and returns its id. For large objects of \
                  which the rows are needed; watch it with job_status, then read it with job_rows or save it with save_table.",
    needs: Needs::Reading,
    input: |view| {
        let (instance, required) = view.instance();
        object([
            ("instance", instance, required),
            ("object", view.object(), true),
            ("where", view.condition(), false),
            ("fields", view.fields(), false),
        ])
    },
    output: status_schema,
    run: |shared, arguments, _| start(shared, arguments::read(arguments)).boxed(),
};

/// Watches a job.
pub const STATUS: Definition = Definition {
    name: "job_status",
    title: "Watch a bulk job",
    description: "Returns the state of a bulk job and how many records it has read. With wait_seconds it waits for the end of the job \
                  and reports progress.",
    needs: Needs::Reading,
    input: |view| {
        let wait = number("Wait for the end of the job for at most this time.", 1, WAIT);
        let [instance, job] = of_job(view);
        object([instance, job, ("wait_seconds", wait, false)])
    },
    output: status_schema,
    run: |shared, arguments, task| status(shared, arguments::read(arguments), task).boxed(),
};

/// Returns rows of a result.
pub const ROWS: Definition = Definition {
    name: "job_rows",
    title: "Read the result of a bulk job",
    description: "Returns rows of the result of a bulk job that has ended, a page at a time.",
    needs: Needs::Reading,
    input: |view| {
        let [instance, job] = of_job(view);
        object([instance, job, ("limit", view.limit(), false), ("cursor", view.cursor(), false)])
    },
    output: page_schema,
    run: |shared, arguments, _| rows(shared, arguments::read(arguments)).boxed(),
};

/// Lists jobs.
pub const LIST: Definition = Definition {
    name: "list_jobs",
    title: "List bulk jobs",
    description: "Lists the bulk jobs of an instance with their states.",
    needs: Needs::Reading,
    input: |view| {
        let (instance, required) = view.instance();
        object([("instance", instance, required)])
    },
    output: || {
        let more = flag("Whether there are older jobs that are not listed.");
        object([("jobs", list(&status_schema().into(), "The jobs, the latest first."), true), ("more", more, true)])
    },
    run: |shared, arguments, _| list_jobs(shared, arguments::read(arguments)).boxed(),
};

/// Cancels a job.
pub const CANCEL: Definition = Definition {
    name: "cancel_job",
    title: "Cancel a bulk job",
    description: "Cancels a bulk job that is still running.",
    needs: Needs::Reading,
    input: |view| object(of_job(view)),
    output: status_schema,
    run: |shared, arguments, _| cancel(shared, arguments::read(arguments)).boxed(),
};

fn of_job(view: &View<'_>) -> [(&'static str, Value, bool); 2] {
    let (instance, required) = view.instance();
    [
        ("instance", instance, required),
        ("job", json!({"type": ["string", "integer"], "description": "Id of the job."}), true),
    ]
}

fn status_schema() -> Map<String, Value> {
    object([
        ("instance", json!({"type": "integer"}), true),
        ("job", text("Id of the job."), true),
        ("object", text("The object that it reads."), false),
        ("status", text("State of the job, for instance RUNNING or COMPLETED."), true),
        ("ended", json!({"type": "boolean"}), true),
        (
            "records",
            json!({"type": "integer", "description": "Number of records; absent if a condition chose them (count_records counts those)."}),
            false,
        ),
        warnings(),
    ])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    instance: Option<i64>,
    object: String,
    r#where: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Watch {
    instance: Option<i64>,
    job: Id,
    wait_seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    instance: Option<i64>,
    job: Id,
    limit: Option<u64>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfInstance {
    instance: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfJob {
    instance: Option<i64>,
    job: Id,
}

/// Member of the metadata of a job that an assistant has started: its selection. Jobs of others were not chosen by one.
const MARK: &str = "assistant";

/// Returns the selection of a job; that of all records for jobs of others.
pub fn selection_of(status: &BulkJob) -> Selection {
    let mark = status.meta_data.as_ref().and_then(|members| members.get(MARK));
    mark.and_then(|mark| serde_json::from_value(mark.clone()).ok()).unwrap_or_default()
}

/// Number of rows that were returned already.
#[derive(Deserialize, Serialize)]
struct Place {
    skip: usize,
}

async fn start(shared: &Shared, arguments: Outcome<Start>) -> Outcome<Answer> {
    let arguments = arguments?;
    let instance = shared.catalogue.instance(arguments.instance).await?;
    let object = shared.catalogue.object(&instance, &arguments.object).await?;
    let selection = Selection::read(&object.privacy, arguments.r#where.as_deref(), &arguments.fields, None)?;
    let mark = serde_json::to_value(&selection).unwrap_or_default();
    let query = BulkQuery::new(statement(&object, &selection)?).metadata(MARK, mark);
    let job = instance.handle.bulk().query(query).await?;
    Ok(Answer::new(shown(&instance, &job.status().await?)))
}

/// Returns the statement of a selection.
fn statement(object: &Object, selection: &Selection) -> Outcome<String> {
    let mut select = query::select(&object.name);
    if let Some(fields) = selection.read_fields() {
        select = select.fields(query::parse_fields(&fields).map_err(|error| Failure::unreadable("fields", &error))?);
    }
    if let Some(condition) = &selection.condition {
        let parsed = query::parse_where(condition).map_err(|error| Failure::unreadable("where", &error))?;
        select = parsed.into_iter().fold(select, |select, parsed| select.filter(parsed));
    }
    Ok(select.to_string())
}

/// Returns a job with its instance.
pub async fn find(shared: &Shared, instance: Option<i64>, job: &str) -> Outcome<(Instance, Job)> {
    let instance = shared.catalogue.instance(instance).await?;
    if job.is_empty() || !job.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(Failure::wrong("`job` is not the id of a job", "list_jobs shows them."));
    }
    let job = instance.handle.bulk().job(job).await?;
    Ok((instance, job))
}

async fn status(shared: &Shared, arguments: Outcome<Watch>, task: &mut Task) -> Outcome<Answer> {
    let arguments = arguments?;
    let (instance, job) = find(shared, arguments.instance, &arguments.job.0).await?;
    let mut status = job.status().await?;
    if arguments.wait_seconds.is_some() {
        let wait = within("wait_seconds", arguments.wait_seconds, WAIT, WAIT)?;
        let end = Instant::now() + Duration::from_secs(wait as u64);
        let mut statuses = std::pin::pin!(job.statuses());
        while !status.status.is_terminal() && Instant::now() < end {
            let next = tokio::time::timeout_at(end.into(), statuses.try_next()).await;
            match next {
                Ok(Ok(Some(next))) => status = next,
                // The end of a failed job is a state here.
                Ok(_) => status = job.status().await?,
                Err(_) => break,
            }
            task.progress(shown_count(&status).unwrap_or_default(), None, "reading").await;
        }
    }
    Ok(Answer::new(shown(&instance, &status)))
}

/// Returns the number of records, unless a condition decided about them: it may have been true of a value that is masked.
fn shown_count(status: &BulkJob) -> Option<u64> {
    records(status).filter(|_| selection_of(status).deciding.is_empty())
}

fn records(status: &BulkJob) -> Option<u64> {
    let progress = status.progress.as_ref().map(|progress| progress.rows_written);
    status.records_count.filter(|count| *count > 0).or(progress)
}

/// Returns a job of a list, which does not tell how its records were chosen.
fn listed(instance: &Instance, status: &BulkJob) -> Value {
    let mut value = json!({
        "instance": instance.id, "job": status.id, "status": status.status.to_string(),
        "ended": status.status.is_terminal(), "warnings": warned(&status.warnings),
    });
    if let Some(object) = &status.object_name {
        value["object"] = plain(object).into();
    }
    value
}

fn shown(instance: &Instance, status: &BulkJob) -> Value {
    let mut value = listed(instance, status);
    if let Some(records) = shown_count(status) {
        value["records"] = records.into();
    }
    value
}

/// Returns the first rows of the result of a job.
pub async fn first_rows(shared: &Shared, instance: i64, job: &str) -> Outcome<Answer> {
    rows(shared, Ok(Rows { instance: Some(instance), job: Id(job.to_owned()), limit: None, cursor: None })).await
}

async fn rows(shared: &Shared, arguments: Outcome<Rows>) -> Outcome<Answer> {
    let arguments = arguments?;
    let (instance, job) = find(shared, arguments.instance, &arguments.job.0).await?;
    let most = shared.options.max_rows as u64;
    let limit = within("limit", arguments.limit, most, most)?;
    let purpose = json!(["job_rows", instance.id, job.id()]).to_string();
    let mut place = match &arguments.cursor {
        None => Place { skip: 0 },
        Some(cursor) => shared.sealer.open(&purpose, cursor).ok_or_else(wrong_cursor)?,
    };
    let (object, selection) = read_by(shared, &instance, &job).await?;
    let mut found = Found::new(shared, limit);
    let mut pages = std::pin::pin!(job.pages(PAGE).await?);
    let mut passed = 0;
    let mut has_more = false;
    'pages: while let Some(page) = pages.try_next().await? {
        for record in page.records()? {
            passed += 1;
            if passed <= place.skip {
                continue;
            }
            if !found.push(&object, &selection, record) {
                has_more = true;
                break 'pages;
            }
            place.skip += 1;
        }
    }
    let cursor = has_more.then(|| shared.sealer.seal(&purpose, &place)).transpose()?;
    Ok(found.answer(instance.id, &object.name, cursor))
}

/// Returns the object whose records a job read, and its selection of them.
pub async fn read_by(shared: &Shared, instance: &Instance, job: &Job) -> Outcome<(Arc<Object>, Selection)> {
    let status = job.status().await?;
    let selection = selection_of(&status);
    let name = status.object_name.unwrap_or_default();
    Ok((shared.catalogue.object_of_job(instance, &name).await?, selection))
}

async fn list_jobs(shared: &Shared, arguments: Outcome<OfInstance>) -> Outcome<Answer> {
    let instance = shared.catalogue.instance(arguments?.instance).await?;
    let (jobs, next) = instance.handle.bulk().page(None).await?;
    let more = next.is_some() || jobs.len() > shared.options.max_rows;
    let jobs: Vec<Value> = jobs.iter().take(shared.options.max_rows).map(|job| listed(&instance, job)).collect();
    Ok(Answer::new(json!({"jobs": jobs, "more": more})))
}

async fn cancel(shared: &Shared, arguments: Outcome<OfJob>) -> Outcome<Answer> {
    let arguments = arguments?;
    let (instance, job) = find(shared, arguments.instance, &arguments.job.0).await?;
    job.cancel().await?;
    Ok(Answer::new(shown(&instance, &job.status().await?)))
}
