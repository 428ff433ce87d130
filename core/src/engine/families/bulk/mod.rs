//! Bulk calls (spec P 10, 16.1 to 16.3).

mod download;
mod view;

use http::StatusCode;
use serde_json::{Value, json};

pub(crate) use download::download;

use super::instances::view::date_text;
use crate::elements::brighttalk::info::keys;
use crate::elements::brighttalk::table::Object;
use crate::engine::bulk::{self, JobSpec};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::options::Workers;
use crate::engine::reply::{Reply, names};
use crate::engine::store::JobRow;
use crate::engine::vault::open_failed;
use crate::model::JobStatus;

const NO_JOB: &str = "No bulk job found";
const NO_FILE: &str = "No bulk file found";
const DEFAULT_PAGE_SIZE: usize = 200;
const MAX_PAGE_SIZE: usize = 5000;

/// `POST /bulk/query` (spec P 10.2).
pub(crate) async fn query(call: &Call) -> Result<Reply, Failure> {
    let instance = call.instance()?;
    let statement = match call.query.filled("q") {
        Some(statement) => statement.to_owned(),
        None => statement_of_body(call).await?,
    };
    let date = |names: [&str; 2]| names.iter().find_map(|name| call.query.filled(name)).map(str::to_owned);
    let spec = JobSpec {
        version: JobSpec::VERSION,
        statement,
        from: date(["from", "lastRunDate"]),
        to: date(["to", "to"]),
        derived_activity_fields: call.engine.options.derived_activity_fields,
        skip_without_email: instance.configuration.get(keys::IGNORE_WITHOUT_EMAIL).is_none_or(|value| value != "false"),
    };
    let reading = spec.read(|object| is_visible(call, object))?;
    let spec = serde_json::to_vec(&spec).map_err(|_| Failure::plain(StatusCode::INTERNAL_SERVER_ERROR))?;
    let job = call.engine.store.create_job(instance, &reading.select.object, &spec).await?;
    bulk::start(&call.engine, instance.id, job.id);
    Reply::json(&json!({"id": job.id.to_string(), "instanceId": instance.id, "status": "CREATED"}))
}

/// The statement in a body `{"q": …}` or `{"query": …}`.
async fn statement_of_body(call: &Call) -> Result<String, Failure> {
    let missing = || Failure::bad_request("The query parameter q is required");
    if call.content_type().is_some_and(|kind| kind != "application/json") {
        return Err(missing());
    }
    let body = call.json().await?;
    let text = ["q", "query"].iter().find_map(|name| body.get(name)).and_then(Value::as_str);
    text.filter(|text| !text.trim().is_empty()).map(str::to_owned).ok_or_else(missing)
}

/// `GET /bulk/jobs` (spec P 10.10).
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let instance = call.instance()?;
    let (page_size, below) = paging(call, i64::MAX)?;
    let limit = i64::try_from(page_size + 1).unwrap_or(i64::MAX);
    let mut jobs = call.engine.store.jobs(instance, below, limit).await?;
    let more = jobs.len() > page_size;
    jobs.truncate(page_size);
    let mut items = Vec::with_capacity(jobs.len());
    for job in &jobs {
        items.push(view::list_item(job, &call.engine.store.totals(job.id).await?));
    }
    let next = jobs.last().filter(|_| more).map(|job| job.id);
    Ok(paged(Reply::json(&items)?, items.len(), next))
}

/// `GET /bulk/{id}/status` (spec P 10.5).
pub(crate) async fn status(call: &Call) -> Result<Reply, Failure> {
    let job = job_of(call).await?;
    show(call, &job).await
}

/// `GET /bulk/{id}/report` (spec P 16.2).
pub(crate) async fn report(call: &Call) -> Result<Reply, Failure> {
    let job = job_of(call).await?;
    let counts = call.engine.store.totals(job.id).await?.counts;
    Reply::json(&json!({
        "id": job.id.to_string(),
        "objectName": job.object,
        "status": job.status,
        "rowsRead": counts.read,
        "rowsWritten": counts.written,
        "rowsIgnored": counts.ignored,
        "rowsFailed": counts.failed,
        "duplicatesDropped": counts.duplicates,
        "vendorCalls": job.figures.vendor_calls,
        "warnings": job.figures.warnings,
        "watermark": job.figures.watermark_s.map(date_text),
    }))
}

/// `GET /bulk/{id}/errors` (spec P 10.7).
pub(crate) async fn errors(call: &Call) -> Result<Reply, Failure> {
    let job = job_of(call).await?;
    if bulk::is_expired(&job) {
        return Err(Failure::not_found(NO_FILE));
    }
    let (page_size, behind) = paging(call, 0)?;
    let limit = i64::try_from(page_size + 1).unwrap_or(i64::MAX);
    let mut rows = call.engine.store.row_errors(job.id, behind, limit).await?;
    let more = rows.len() > page_size;
    rows.truncate(page_size);
    let mut items = Vec::with_capacity(rows.len());
    for (_, sealed) in &rows {
        let plain = job.key.open(bulk::ROW_ERROR, sealed).ok_or_else(|| open_failed("a failed row"))?;
        items.push(serde_json::from_slice::<Value>(&plain).unwrap_or_default());
    }
    let next = rows.last().filter(|_| more).map(|(id, _)| *id);
    Ok(paged(Reply::json(&items)?, items.len(), next))
}

/// `PUT /bulk/{id}/cancel` (spec P 10.8).
pub(crate) async fn cancel(call: &Call) -> Result<Reply, Failure> {
    let job = job_of(call).await?;
    bulk::cancel(&call.engine, job.id).await?;
    show(call, &job_of(call).await?).await
}

/// `PUT /bulk/{id}/resume` (spec P 16.3).
pub(crate) async fn resume(call: &Call) -> Result<Reply, Failure> {
    let job = job_of(call).await?;
    if bulk::is_expired(&job) {
        return Err(Failure::not_found(NO_FILE));
    }
    match job.status {
        JobStatus::Aborted | JobStatus::Cancelled => {
            bulk::resume(&call.engine, job.instance_id, job.id).await?;
        }
        // A job that was parked goes on where nothing takes it up by itself.
        JobStatus::Created | JobStatus::Running if call.engine.options.workers == Workers::Manual => {
            bulk::start(&call.engine, job.instance_id, job.id);
        }
        JobStatus::Created | JobStatus::Running => {}
        _ => return Err(Failure::bad_request("Only an aborted or cancelled job can be resumed")),
    }
    show(call, &job_of(call).await?).await
}

async fn job_of(call: &Call) -> Result<JobRow, Failure> {
    let id = call.id_param("id", NO_JOB)?;
    let job = call.engine.store.job(call.instance()?, id).await?;
    job.ok_or_else(|| Failure::not_found(NO_JOB))
}

async fn show(call: &Call, job: &JobRow) -> Result<Reply, Failure> {
    let totals = call.engine.store.totals(job.id).await?;
    Reply::json(&view::status(job, &totals))
}

/// Page size, and the id a page begins behind.
fn paging(call: &Call, first: i64) -> Result<(usize, i64), Failure> {
    let page_size = call.query.positive("pageSize")?.unwrap_or(DEFAULT_PAGE_SIZE).min(MAX_PAGE_SIZE);
    let behind = match call.query.filled("nextPage") {
        Some(token) => token.parse().map_err(|_| Failure::bad_request("Malformed nextPage token"))?,
        None => first,
    };
    Ok((page_size, behind))
}

fn paged(reply: Reply, count: usize, next: Option<i64>) -> Reply {
    let reply = reply.header(names::RETURNED_COUNT, count);
    match next {
        Some(id) => reply.text_header(names::NEXT_PAGE_TOKEN, &id.to_string()),
        None => reply,
    }
}

fn is_visible(call: &Call, object: Object) -> bool {
    object.info().published || !call.engine.options.published_only
}
