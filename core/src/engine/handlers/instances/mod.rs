//! Instances (spec P 6): create, read and delete. Lists, changes and configuration are in submodules.

pub(crate) mod body;
pub(crate) mod configuration;
pub(crate) mod connect;
pub(crate) mod items;
pub(crate) mod list;
mod login;
pub(crate) mod mapped;
pub(crate) mod switches;
pub(crate) mod update;
pub(crate) mod view;

use std::sync::Arc;

use http::StatusCode;
use serde_json::{Map, Value};

use body::{Naming, configuration_of};
use login::{ProviderData, Provision, take_acquired};
use view::views;

use super::objects;
use crate::element::Element;
use crate::engine::bulk;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{InstanceRow, NewInstance};
use crate::model::Instance;

/// Maximum number of elements in a hint.
const MOST_KEYS: usize = 20;
pub(super) const NO_INSTANCE: &str = "No element instance found";

/// `POST /instances` and `POST /elements/{keyOrId}/instances` (spec P 6.2).
pub(crate) async fn create(call: &Call) -> Result<Reply, Failure> {
    let body = call.json_object().await?;
    let Naming { name, tags } = Naming::of(&body)?;
    let name = name.ok_or_else(body::name_required)?;
    let mut given = configuration_of(&body)?.unwrap_or_default();
    let element = element_of(call, &body).await?;
    let defined = require_usable(call, &*element).await?;
    let acquired = take_acquired(&*element, &mut given);
    let configuration = configuration::for_new(&*element, &given, call.engine.options.allow_vendor_override)?;
    if wants_trace(&body) {
        call.trace.begin(element.info().id, &call.request_id);
    }
    let provision = Provision { call, element: &element, data: &ProviderData::of(&body) };
    let acquired = provision.create(&configuration, acquired).await?;
    let user = call.caller.user()?;
    let new = NewInstance {
        account_id: user.account_id,
        user_id: user.id,
        element_id: element.info().id,
        defined,
        // Without tags, the name becomes the only tag (spec P 6.3).
        tags: tags.unwrap_or_else(|| vec![name.clone()]),
        name,
        configuration,
        acquired,
    };
    let row = call.engine.store.create_instance(new).await?;
    let mut view = view_of(call, &row).await?;
    if body.get("retrieveObjectsAfterInstantiation").is_some_and(is_true) {
        view.objects = Some(objects::described(call, &row).await?);
    }
    Reply::json(&view)
}

/// `GET /instances/{id}`, `GET /elements/{keyOrId}/instances/{id}` (spec P 6.6).
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    show(call, &addressed(call).await?).await
}

/// `DELETE` of an instance by id or by token (spec P 6.8).
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    let row = addressed(call).await?;
    let jobs = bulk::stop_instance(&call.engine, row.id).await?;
    login::release(call, &row).await;
    if !call.engine.store.delete_instance(row.id).await? {
        return Err(no_instance());
    }
    call.engine.vendors.forget(row.id);
    bulk::remove_files(&call.engine, &jobs).await;
    Ok(Reply::empty())
}

/// Returns the addressed instance: by the id and element in the path, or else by the token.
pub(crate) async fn addressed(call: &Call) -> Result<InstanceRow, Failure> {
    let element = match call.param("keyOrId") {
        "" => None,
        key_or_id => Some(known_element(call, key_or_id).await?.info().id),
    };
    if call.param("id").is_empty() {
        return Ok(call.instance()?.clone());
    }
    let id = call.id_param("id", NO_INSTANCE)?;
    let found = call.engine.store.instance(call.caller.user()?.account_id, id).await?;
    found.filter(|row| element.is_none_or(|element| element == row.element_id)).ok_or_else(no_instance)
}

/// Responds with an instance as stored.
async fn show(call: &Call, row: &InstanceRow) -> Result<Reply, Failure> {
    Reply::json(&view_of(call, row).await?)
}

async fn view_of(call: &Call, row: &InstanceRow) -> Result<Instance, Failure> {
    let mut views = views(call, std::slice::from_ref(row), true).await?;
    views.pop().ok_or_else(no_instance)
}

fn no_instance() -> Failure {
    Failure::not_found(NO_INSTANCE)
}

/// Returns the element of a new instance: that of the path, or else that of the body (spec P 6.2, step 2).
async fn element_of(call: &Call, body: &Map<String, Value>) -> Result<Arc<dyn Element>, Failure> {
    let in_path = call.param("keyOrId");
    if !in_path.is_empty() {
        return known_element(call, in_path).await;
    }
    let element = body.get("element").and_then(Value::as_object);
    let key = element.and_then(|element| element.get("key")).and_then(Value::as_str);
    let id = element.and_then(|element| element.get("id")).and_then(Value::as_i64);
    match (key, id) {
        // Only the exact key matches; a key of digits is not an id here.
        (Some(key), _) if is_id(key) => Err(no_element()),
        (Some(key), _) => known_element(call, key).await,
        (None, Some(id)) => known_element(call, &id.to_string()).await,
        (None, None) => Err(Failure::bad_request("element.key or element.id is required")),
    }
}

/// Rejects an element that is not active, or not for the caller's account (spec E 2.23, E 2.31). Returns whether it is a
/// document.
async fn require_usable(call: &Call, element: &dyn Element) -> Result<bool, Failure> {
    let id = element.info().id;
    if call.engine.elements.by_id(id).is_some() {
        return Ok(false);
    }
    let head = call.engine.store.element_head(id).await?.ok_or_else(no_element)?;
    if !head.is_for(call.caller.user()?.account_id) {
        return Err(Failure::new(StatusCode::FORBIDDEN, "The account may not use the element"));
    }
    if head.active { Ok(true) } else { Err(Failure::bad_request("The element is not active")) }
}

fn is_id(key: &str) -> bool {
    key.bytes().all(|byte| byte.is_ascii_digit())
}

/// Finds an element that the caller sees by its key or id.
pub(crate) async fn known_element(call: &Call, key_or_id: &str) -> Result<Arc<dyn Element>, Failure> {
    let user = call.caller.user.as_ref();
    match call.engine.element_named(user, key_or_id).await? {
        Some(element) => Ok(element),
        None => Err(unknown_element(call).await),
    }
}

/// Returns the failure of a call that names an element that the caller does not see, with a hint to those that it sees.
pub(crate) async fn unknown_element(call: &Call) -> Failure {
    match call.engine.element_keys(call.caller.user.as_ref()).await {
        Ok(keys) => no_element().with_hint(keys_hint(keys)),
        Err(error) => error.into(),
    }
}

/// Returns the hint that lists the first elements.
fn keys_hint(mut keys: Vec<String>) -> String {
    let more = keys.len().saturating_sub(MOST_KEYS);
    keys.truncate(MOST_KEYS);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("The elements are {}{more}.", keys.join(", "))
}

/// Finds the element of an instance.
pub(crate) async fn element_by_id(call: &Call, id: i64) -> Result<Arc<dyn Element>, Failure> {
    call.element_by_id(id).await?.ok_or_else(no_element)
}

pub(crate) fn no_element() -> Failure {
    Failure::not_found("No element found")
}

/// Returns whether `providerData.debug` requests a trace of the creation (spec P 6.2, step 12).
fn wants_trace(body: &Map<String, Value>) -> bool {
    body.get("providerData").and_then(|data| data.get("debug")).is_some_and(is_true)
}

/// Returns whether the value is `true` as a JSON boolean or as a string.
fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true")))
}
