//! The caller's own calls (spec P 12.1). Analytics are stage 2.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::instances::view::date_text;
use crate::element::Element;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::paging::page_size;
use crate::engine::reply::{Reply, names};
use crate::engine::store::{OrganizationRow, UsageFilter, UsageRow, now_ms};
use crate::engine::usage::KEPT_MS;
use crate::model::account::Usage;
use crate::record::parse_iso;

const NONE: &str = "No usage found";
const DEFAULT_PAGE_SIZE: usize = 100;

/// `GET /usage`
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let (page_size, capped) = page_size(call, DEFAULT_PAGE_SIZE)?;
    let mut rows = call.engine.store.usage_records(&filter(call, page_size).await?).await?;
    if rows.is_empty() {
        return Err(Failure::not_found(NONE));
    }
    let more = rows.len() > page_size;
    rows.truncate(page_size);
    let organization = organization(call)?;
    let elements = elements_in(call, &rows).await?;
    let views: Vec<Usage<'_>> = rows.iter().map(|row| view(&elements, row, organization)).collect();
    let reply = Reply::json(&views)?.header(names::RETURNED_COUNT, views.len()).warn(capped);
    Ok(match rows.last() {
        Some(last) if more => reply.header(names::NEXT_PAGE_TOKEN, last.id),
        _ => reply,
    })
}

/// `GET /usage/{id}`: a record by request id or traffic id.
pub(crate) async fn one(call: &Call) -> Result<Reply, Failure> {
    let account = call.caller.user()?.account_id;
    let found = call.engine.store.usage_record(account, call.param("id"), now_ms() - KEPT_MS).await?;
    let found = found.ok_or_else(|| Failure::not_found(NONE))?;
    let elements = elements_in(call, std::slice::from_ref(&found)).await?;
    Reply::json(&view(&elements, &found, organization(call)?))
}

fn organization(call: &Call) -> Result<&OrganizationRow, Failure> {
    call.caller.organization.as_ref().ok_or_else(Failure::unauthorized)
}

async fn filter(call: &Call, page_size: usize) -> Result<UsageFilter, Failure> {
    let element_ids = elements(call).await?;
    let own = call.caller.user()?.account_id;
    let asked: Vec<&str> = call.query.all("accountIds[]").collect();
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let pages = match call.query.filled("pageOffset").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(pages)) => pages,
        Some(Err(_)) => return Err(Failure::bad_request("pageOffset must be a whole number of at least 0")),
    };
    let below_id = match call.query.filled("nextPage") {
        Some(token) => Some(token.parse().map_err(|_| Failure::bad_request("Malformed nextPage token"))?),
        None => None,
    };
    Ok(UsageFilter {
        // The calls of other accounts are never visible.
        account_ids: if asked.is_empty() || asked.contains(&own.to_string().as_str()) { vec![own] } else { Vec::new() },
        element_ids,
        tags: call.query.all("tags[]").map(str::to_owned).collect(),
        succeeded: succeeded(call)?,
        from_ms: instant_ms(call, "from")?.unwrap_or(i64::MIN).max(now_ms() - KEPT_MS),
        to_ms: instant_ms(call, "to")?.unwrap_or(i64::MAX),
        search: call.query.filled("searchText").map(str::to_owned),
        below_id,
        skip: if below_id.is_some() { 0 } else { whole(pages.saturating_mul(page_size)) },
        // One more item shows whether there is a next page.
        limit: whole(page_size + 1),
    })
}

/// Returns the elements that `hub` and `keys[]` name, or `None` if neither is given.
async fn elements(call: &Call) -> Result<Option<Vec<i64>>, Failure> {
    let (hub, keys) = (call.query.filled("hub"), call.query.all("keys[]").collect::<Vec<_>>());
    if hub.is_none() && keys.is_empty() {
        return Ok(None);
    }
    let all = call.elements().await?;
    let wanted = all.iter().map(|element| element.info()).filter(|info| hub.is_none_or(|hub| info.hub.key == hub));
    Ok(Some(wanted.filter(|info| keys.is_empty() || keys.contains(&&*info.key)).map(|info| info.id).collect()))
}

/// Returns the elements of these calls.
async fn elements_in(call: &Call, rows: &[UsageRow]) -> Result<Vec<Arc<dyn Element>>, Failure> {
    let ids: BTreeSet<i64> = rows.iter().filter_map(|row| row.element_id).collect();
    let mut elements = Vec::with_capacity(ids.len());
    for id in ids {
        elements.extend(call.element_by_id(id).await?);
    }
    Ok(elements)
}

fn succeeded(call: &Call) -> Result<Option<bool>, Failure> {
    match call.query.filled("status").map(str::to_ascii_uppercase).as_deref() {
        None => Ok(None),
        Some("SUCCESS") => Ok(Some(true)),
        Some("FAILED") => Ok(Some(false)),
        Some(_) => Err(Failure::bad_request("status must be SUCCESS or FAILED")),
    }
}

fn instant_ms(call: &Call, name: &str) -> Result<Option<i64>, Failure> {
    let Some(text) = call.query.filled(name) else { return Ok(None) };
    let seconds = parse_iso(text).ok_or_else(|| Failure::bad_request(format!("{name} must be an ISO-8601 date")))?;
    Ok(Some(seconds.saturating_mul(1000)))
}

fn view<'a>(elements: &'a [Arc<dyn Element>], row: &'a UsageRow, organization: &'a OrganizationRow) -> Usage<'a> {
    let mut infos = elements.iter().map(|element| element.info());
    let element = infos.find(|info| row.element_id == Some(info.id));
    Usage {
        traffic_id: row.id.to_string(),
        traffic_date: date_text(row.at_ms.div_euclid(1000)),
        request_id: &row.request_id,
        request_uri: &row.path,
        request_method: &row.method,
        request_ip: row.address.as_deref().unwrap_or_default(),
        request_status: if row.status < 400 { "SUCCESS" } else { "FAILED" },
        response_code: row.status,
        process_time: row.elapsed_ms,
        element_api: format!("{} {}", row.method, row.route),
        user_id: row.user_id,
        account_id: row.account_id,
        company_id: organization.id,
        company_external_id: organization.id.to_string(),
        company_external_name: &organization.name,
        element_key: element.map(|info| &*info.key),
        element_name: element.map(|info| &*info.name),
        element_instance_id: row.instance_id,
    }
}
