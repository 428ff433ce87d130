//! Lists of the jobs of an instance and of the failed rows of a job (spec P 10.7, 10.10).

use serde_json::Value;

use super::{NO_FILE, job_of, view};
use crate::engine::bulk;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::matching::matching;
use crate::engine::paging::{DEFAULT_PAGE_SIZE, page_size};
use crate::engine::reply::{Reply, names};
use crate::engine::vault::open_failed;
use crate::query::parse_fields;
use crate::record::Kind;

/// Maximum number of jobs read at a time.
const LOOKED_AT: i64 = 200;

/// Columns that `where` may use.
const COLUMNS: [(&str, Kind); 8] = [
    ("object_name", Kind::Text),
    ("job_status", Kind::Text),
    ("job_direction", Kind::Text),
    ("record_count", Kind::Int),
    ("error_count", Kind::Int),
    ("id", Kind::Id),
    ("job_id", Kind::Id),
    ("status", Kind::Text),
];

/// `GET /bulk/jobs`, newest first (spec P 10.10).
pub(crate) async fn jobs(call: &Call) -> Result<Reply, Failure> {
    let (page_size, capped) = page_size(call, DEFAULT_PAGE_SIZE)?;
    let mut below = behind(call, i64::MAX)?;
    // An invalid condition is rejected even if there are no jobs.
    matching(call, Vec::new(), &COLUMNS)?;
    let looked_at = i64::try_from(page_size + 1).unwrap_or(LOOKED_AT).min(LOOKED_AT);
    let mut items: Vec<Value> = Vec::new();
    while items.len() <= page_size {
        let jobs = call.engine.store.jobs(call.instance()?, below, looked_at).await?;
        let Some(last) = jobs.last() else { break };
        below = last.id;
        let mut found = Vec::with_capacity(jobs.len());
        for job in &jobs {
            let item = view::list_item(job, &call.engine.store.totals(job.id).await?);
            found.push(serde_json::to_value(item).unwrap_or_default());
        }
        items.extend(matching(call, found, &COLUMNS)?);
    }
    let more = items.len() > page_size;
    items.truncate(page_size);
    let next = items.last().filter(|_| more).and_then(|item| item["id"].as_i64());
    Ok(paged(call, items, next)?.warn(capped))
}

/// `GET /instances/bulk/jobs`, newest first (spec P 16.16).
pub(crate) async fn jobs_of_user(call: &Call) -> Result<Reply, Failure> {
    let (page_size, capped) = page_size(call, DEFAULT_PAGE_SIZE)?;
    let (below, limit) = (behind(call, i64::MAX)?, i64::try_from(page_size + 1).unwrap_or(i64::MAX));
    let store = &call.engine.store;
    let mut jobs = store.jobs_of_user(call.caller.user()?, call.query.flag("active"), below, limit).await?;
    let more = jobs.len() > page_size;
    jobs.truncate(page_size);
    let mut items = Vec::with_capacity(jobs.len());
    for job in &jobs {
        items.push(serde_json::to_value(view::list_item(job, &store.totals(job.id).await?)).unwrap_or_default());
    }
    let next = jobs.last().filter(|_| more).map(|job| job.id);
    Ok(paged(call, items, next)?.warn(capped))
}

/// `GET /bulk/{id}/errors` (spec P 10.7).
pub(crate) async fn errors(call: &Call) -> Result<Reply, Failure> {
    let (page_size, capped) = page_size(call, DEFAULT_PAGE_SIZE)?;
    let behind = behind(call, 0)?;
    let job = job_of(call).await?;
    if bulk::is_expired(&job) {
        return Err(Failure::not_found(NO_FILE));
    }
    let limit = i64::try_from(page_size + 1).unwrap_or(i64::MAX);
    let mut rows = call.engine.store.row_errors(job.id, behind, limit).await?;
    let more = rows.len() > page_size;
    rows.truncate(page_size);
    let mut items = Vec::with_capacity(rows.len());
    for (_, sealed) in &rows {
        let plain = job.key.open(bulk::ROW_ERROR, sealed).ok_or_else(|| open_failed("a failed row"))?;
        items.push(bulk::error_shown(&plain));
    }
    let next = rows.last().filter(|_| more).map(|(id, _)| *id);
    Ok(paged(call, items, next)?.warn(capped))
}

/// Returns the id after which a page begins.
fn behind(call: &Call, first: i64) -> Result<i64, Failure> {
    match call.query.filled("nextPage") {
        Some(token) => token.parse().map_err(|_| Failure::bad_request("Malformed nextPage token")),
        None => Ok(first),
    }
}

/// Returns a page of items with the requested members.
fn paged(call: &Call, mut items: Vec<Value>, next: Option<i64>) -> Result<Reply, Failure> {
    let fields = parse_fields(call.query.get("fields").unwrap_or_default());
    let fields = fields.map_err(|error| Failure::bad_request(error.to_string()))?;
    if !fields.is_empty() {
        for members in items.iter_mut().filter_map(Value::as_object_mut) {
            members.retain(|name, _| fields.iter().any(|field| field == name));
        }
    }
    let reply = Reply::json(&items)?.header(names::RETURNED_COUNT, items.len());
    Ok(match next {
        Some(id) => reply.text_header(names::NEXT_PAGE_TOKEN, &id.to_string()),
        None => reply,
    })
}
