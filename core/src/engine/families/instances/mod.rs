//! Instances: create, read, delete (spec P 6).

pub(crate) mod configuration;
pub(crate) mod mapped;
mod sanitize;
pub(crate) mod view;

use http::StatusCode;
use serde_json::{Map, Value};

use mapped::Mapped;
use sanitize::sanitize;
use view::InstanceView;

use crate::elements::catalog::{self, ElementInfo};
use crate::engine::bulk;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::{Reply, names};
use crate::engine::store::{InstanceFilter, InstanceRow, NewInstance};
use crate::engine::vendor;

pub(super) const NO_INSTANCE: &str = "No element instance found";
const NO_INSTANCES: &str = "No element instances found";
const DEFAULT_PAGE_SIZE: usize = 200;
const MAX_PAGE_SIZE: usize = 5000;
const MAX_NAME: usize = 255;

/// `POST /instances` and `POST /elements/{keyOrId}/instances` (spec P 6.2).
pub(crate) async fn create(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let element = element_of(call, &body)?;
    let name = name_of(&body)?;
    let tags = tags_of(&body)?.unwrap_or_else(|| vec![name.clone()]);
    let none = Map::new();
    let given = match body.get("configuration") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(given)) => given,
        Some(_) => return Err(Failure::bad_request("configuration must be an object")),
    };
    let overrides = call.engine.options.allow_vendor_override;
    let configuration = configuration::for_new(element, given, overrides)?;
    vendor::verify(&call.engine, &configuration).await?;
    let user = call.caller.user()?;
    let new = NewInstance {
        account_id: user.account_id,
        user_id: user.id,
        element_id: element.id,
        name,
        tags,
        configuration,
    };
    let row = call.engine.store.create_instance(new).await?;
    let mapped = Mapped::of(call).await?;
    Reply::json(&InstanceView::new(&row, user, true).with_transformations(mapped.data(&row)))
}

/// `GET /instances/{id}` (spec P 6.6).
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    show(call, &row).await
}

/// `GET /instances` (spec P 6.6).
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    list_where(call, None).await
}

/// `GET /elements/{keyOrId}/instances` (spec P 5.2).
pub(crate) async fn list_of_element(call: &Call) -> Result<Reply, Failure> {
    let element = known_element(call.param("keyOrId"))?;
    list_where(call, Some(element.id)).await
}

/// `DELETE /instances/{id}` and, by token, `DELETE /instances` (spec P 6.8).
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    let jobs = bulk::stop_instance(&call.engine, row.id).await?;
    if !call.engine.store.delete_instance(row.id).await? {
        return Err(Failure::not_found(NO_INSTANCE));
    }
    call.engine.vendors.forget(row.id);
    bulk::remove_files(&call.engine, &jobs).await;
    Ok(Reply::empty())
}

/// The instance a call addresses: by the id in its path, else by its token.
pub(super) async fn addressed(call: &Call) -> Result<InstanceRow, Failure> {
    if call.param("id").is_empty() {
        return Ok(call.instance()?.clone());
    }
    let id = call.id_param("id", NO_INSTANCE)?;
    let account = call.caller.user()?.account_id;
    let found = call.engine.store.instance(account, id).await?;
    found.ok_or_else(|| Failure::not_found(NO_INSTANCE))
}

async fn show(call: &Call, row: &InstanceRow) -> Result<Reply, Failure> {
    let owner = call.engine.store.user(row.user_id).await?.ok_or_else(|| Failure::not_found(NO_INSTANCE))?;
    let mapped = Mapped::of(call).await?;
    Reply::json(&InstanceView::new(row, &owner, true).with_transformations(mapped.data(row)))
}

async fn list_where(call: &Call, element_id: Option<i64>) -> Result<Reply, Failure> {
    let user = call.caller.user()?;
    let page_size = call.query.positive("pageSize")?.unwrap_or(DEFAULT_PAGE_SIZE).min(MAX_PAGE_SIZE);
    let after = match call.query.filled("nextPage") {
        Some(token) => token.parse().map_err(|_| Failure::bad_request("Malformed nextPage token"))?,
        None => 0,
    };
    let filter = InstanceFilter {
        user_id: user.id,
        element_id,
        tags: call.query.all("tags[]").chain(call.query.all("tags")).map(str::to_owned).collect(),
        search: call.query.filled("searchText").map(str::to_owned),
        after_id: after,
        // One more tells whether there is a next page.
        limit: page_size + 1,
    };
    let mut rows = call.engine.store.instances(filter).await?;
    if rows.is_empty() {
        return Err(Failure::not_found(NO_INSTANCES));
    }
    let more = rows.len() > page_size;
    rows.truncate(page_size);
    let hydrate = call.query.flag("hydrate");
    let mapped = Mapped::of(call).await?;
    let view = |row| InstanceView::new(row, user, hydrate).with_transformations(mapped.data(row));
    let views: Vec<_> = rows.iter().map(view).collect();
    let reply = Reply::json(&views)?.header(names::RETURNED_COUNT, rows.len());
    match rows.last() {
        Some(last) if more => Ok(reply.text_header(names::NEXT_PAGE_TOKEN, &last.id.to_string())),
        _ => Ok(reply),
    }
}

/// The element of a new instance: that of the path, else that of the body (spec P 6.2, step 2).
fn element_of(call: &Call, body: &Map<String, Value>) -> Result<&'static ElementInfo, Failure> {
    let in_path = call.param("keyOrId");
    if !in_path.is_empty() {
        return known_element(in_path);
    }
    let element = body.get("element").and_then(Value::as_object);
    let key = element.and_then(|element| element.get("key")).and_then(Value::as_str);
    let id = element.and_then(|element| element.get("id")).and_then(Value::as_i64);
    match (key, id) {
        // Only the exact key: a key of digits is no id here.
        (Some(key), _) => catalog::ELEMENTS.iter().copied().find(|info| info.key == key).ok_or_else(no_element),
        (None, Some(id)) => known_element(&id.to_string()),
        (None, None) => Err(Failure::bad_request("element.key or element.id is required")),
    }
}

pub(crate) fn known_element(key_or_id: &str) -> Result<&'static ElementInfo, Failure> {
    catalog::find(key_or_id).ok_or_else(no_element)
}

fn no_element() -> Failure {
    Failure::not_found("No element found")
}

fn name_of(body: &Map<String, Value>) -> Result<String, Failure> {
    let name = sanitize(body.get("name").and_then(Value::as_str).unwrap_or_default());
    match name.chars().count() {
        0 => Err(Failure::bad_request("name is required")),
        1..=MAX_NAME => Ok(name),
        _ => Err(Failure::bad_request(format!("name is longer than {MAX_NAME} characters"))),
    }
}

/// The tags of a body, sanitised, without duplicates, in order; `None` when it has none (spec P 6.3).
fn tags_of(body: &Map<String, Value>) -> Result<Option<Vec<String>>, Failure> {
    let Some(tags) = body.get("tags") else { return Ok(None) };
    let wrong = || Failure::bad_request("tags must be an array of texts");
    let mut found: Vec<String> = Vec::new();
    for tag in tags.as_array().ok_or_else(wrong)? {
        let tag = sanitize(tag.as_str().ok_or_else(wrong)?);
        if tag.chars().count() > MAX_NAME {
            return Err(Failure::new(StatusCode::BAD_REQUEST, format!("a tag is longer than {MAX_NAME} characters")));
        }
        if !found.contains(&tag) {
            found.push(tag);
        }
    }
    Ok(Some(found))
}
