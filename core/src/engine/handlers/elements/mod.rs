//! Elements of organizations: documents and their parts (spec E 2). The catalogue lists them beside those of the
//! program.

pub(crate) mod accounts;
pub(crate) mod configuration;
mod editing;
pub(crate) mod hooks;
pub(crate) mod models;
pub(crate) mod parts;
pub(crate) mod view;

use http::StatusCode;
use http::header::IF_MATCH;
use serde_json::Value;

use super::instances::unknown_element;
use crate::elements::definition::check;
use crate::elements::definition::document::Finding;
use crate::elements::definition::masks::restore_defaults;
use crate::elements::definition::parts::{Members, entries};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;
use crate::engine::store::{ElementHead, ElementTx};
use editing::{Edited, conflict, edit, invalid, read, require_writer, stored_import};
use view::{Hidden, Shown};

/// `POST /elements` (spec E 2.1)
pub(crate) async fn create(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let document = call.definition().await?;
    let definition = read(&document)?;
    let organization = call.caller.user()?.organization_id;
    let mut transaction = call.engine.store.change_elements().await?;
    require_free_key(call, &mut transaction, &definition.key).await?;
    let mut head = transaction.insert(organization, &definition.key).await?;
    head.active = definition.active;
    let mut stored = stored_import(&mut transaction, &document, head.id).await?;
    restore_masks(&mut stored, &[]);
    transaction.revise(&mut head, &stored).await?;
    transaction.commit().await?;
    answer(call, &head, &stored, Some(&check::remarks(&document)))
}

/// `PUT /elements/{keyOrId}` (spec E 2.3): the key stays, and the parts get new ids.
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    refuse_native(call)?;
    let mut document = call.definition().await?;
    let organization = call.caller.user()?.organization_id;
    let mut transaction = call.engine.store.change_elements().await?;
    let mut head = editing::find(&mut transaction, organization, call.param("keyOrId")).await?;
    require_revision(call, &head)?;
    if let Some(members) = document.as_object_mut() {
        let given = members.entry("key").or_insert_with(|| head.key.clone().into());
        if given.is_null() {
            *given = head.key.clone().into();
        }
    }
    let definition = read(&document)?;
    if definition.key != head.key {
        return Err(Failure::bad_request(format!("The key of the element is {} and cannot be changed", head.key)));
    }
    let old = transaction.document(&head).await?;
    let mut stored = stored_import(&mut transaction, &document, head.id).await?;
    restore_masks(&mut stored, old.as_object().map_or(&[], |old| entries(old, "configuration")));
    head.active = definition.active;
    transaction.revise(&mut head, &stored).await?;
    transaction.commit().await?;
    answer(call, &head, &stored, Some(&check::remarks(&document)))
}

/// `DELETE /elements/{keyOrId}` (spec E 2.4)
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    refuse_native(call)?;
    let organization = call.caller.user()?.organization_id;
    let mut transaction = call.engine.store.change_elements().await?;
    let head = editing::find(&mut transaction, organization, call.param("keyOrId")).await?;
    require_revision(call, &head)?;
    let instances = transaction.instances(head.id).await?;
    if instances > 0 {
        return Err(conflict(format!("The element has {instances} instances")));
    }
    transaction.delete(head.id).await?;
    transaction.commit().await?;
    // Its documents may have had secrets.
    call.engine.store.leave_no_trace().await?;
    Ok(Reply::empty())
}

/// `PUT /elements/{keyOrId}/active` (spec E 2.5)
pub(crate) async fn activate(call: &Call) -> Result<Reply, Failure> {
    set_active(call, true).await
}

/// `DELETE /elements/{keyOrId}/active`
pub(crate) async fn deactivate(call: &Call) -> Result<Reply, Failure> {
    set_active(call, false).await
}

async fn set_active(call: &Call, active: bool) -> Result<Reply, Failure> {
    require_writer(call)?;
    refuse_native(call)?;
    let Edited { head, document, .. } = edit(call, |head, document| {
        head.active = active;
        document.insert("active".to_owned(), active.into());
        Ok(())
    })
    .await?;
    answer(call, &head, &document.into(), None)
}

/// `POST /elements/{keyOrId}/clone` (spec E 2.6)
pub(crate) async fn clone(call: &Call) -> Result<Reply, Failure> {
    const REFUSED: &str = "The element cannot be cloned";
    require_writer(call)?;
    if call.engine.elements.find(call.param("keyOrId")).is_some() {
        return Err(Failure::bad_request(REFUSED));
    }
    let organization = call.caller.user()?.organization_id;
    let mut transaction = call.engine.store.change_elements().await?;
    let original = editing::find(&mut transaction, organization, call.param("keyOrId")).await?;
    let mut document = transaction.document(&original).await?;
    let definition = read(&document)?;
    if !definition.cloneable {
        return Err(Failure::bad_request(REFUSED));
    }
    let mut number = 2;
    while is_taken(call, &mut transaction, &format!("{}_{number}", original.key)).await? {
        number += 1;
    }
    let key = format!("{}_{number}", original.key);
    if let Some(members) = document.as_object_mut() {
        members.insert("key".to_owned(), key.clone().into());
        members.insert("name".to_owned(), format!("{}_{number}", definition.name).into());
        forget_client(members);
    }
    read(&document)?;
    let mut head = transaction.insert(organization, &key).await?;
    head.active = definition.active;
    let stored = stored_import(&mut transaction, &document, head.id).await?;
    transaction.revise(&mut head, &stored).await?;
    transaction.commit().await?;
    answer(call, &head, &stored, None)
}

/// Empties the credentials of the author's client, which belong to the original.
fn forget_client(document: &mut Members) {
    let entries = document.get_mut("configuration").and_then(Value::as_array_mut).into_iter().flatten();
    for entry in entries.filter(|entry| entry["key"] == "oauth.api.key" || entry["key"] == "oauth.api.secret") {
        if let Some(default) = entry.get_mut("defaultValue").filter(|default| !default.is_null()) {
            *default = "".into();
        }
    }
}

/// `POST /elements/convert` (spec E 2.37)
pub(crate) async fn convert(_: &Call) -> Result<Reply, Failure> {
    Err(Failure::bad_request("Converting to elements is not available"))
}

/// `/elements/oauthProxies…` (spec E 2.37)
pub(crate) async fn oauth_proxies(_: &Call) -> Result<Reply, Failure> {
    Err(Failure::bad_request("OAuth proxies are not available"))
}

/// Returns the element, with the remarks of an import (spec E 1.10).
fn answer(call: &Call, head: &ElementHead, document: &Value, remarks: Option<&[Finding]>) -> Result<Reply, Failure> {
    let mut view = view::object(head, document, Hidden::for_user(call.caller.user.as_ref()), Shown::Whole);
    if let Some(remarks) = remarks {
        view.insert("warnings".to_owned(), serde_json::to_value(remarks).unwrap_or_default());
    }
    Reply::json(&view)
}

/// Rejects changes of the elements of the program (spec P 5.2).
fn refuse_native(call: &Call) -> Result<(), Failure> {
    match call.engine.elements.find(call.param("keyOrId")) {
        Some(_) => Err(Failure::new(StatusCode::FORBIDDEN, "Elements of the catalogue cannot be changed")),
        None => Ok(()),
    }
}

/// Compares the revision with that of `If-Match` (spec E 2.36).
fn require_revision(call: &Call, head: &ElementHead) -> Result<(), Failure> {
    let Some(given) = call.text_header(IF_MATCH.as_str())? else { return Ok(()) };
    let same = |tag: &str| matches!(tag.trim(), "*") || tag.trim().trim_matches('"') == head.revision.to_string();
    if given.split(',').any(same) {
        return Ok(());
    }
    Err(conflict(format!("The element has the revision {}", head.revision)))
}

async fn require_free_key(call: &Call, transaction: &mut ElementTx<'_>, key: &str) -> Result<(), Failure> {
    match is_taken(call, transaction, key).await? {
        true => Err(conflict(format!("An element with the key {key} already exists"))),
        false => Ok(()),
    }
}

async fn is_taken(call: &Call, transaction: &mut ElementTx<'_>, key: &str) -> Result<bool, Failure> {
    let organization = call.caller.user()?.organization_id;
    Ok(call.engine.elements.by_key(key).is_some() || transaction.named(organization, key).await?.is_some())
}

/// Replaces the masks of an earlier response by what is stored.
fn restore_masks(document: &mut Value, stored: &[Value]) {
    if let Some(configuration) = document.get_mut("configuration") {
        restore_defaults(configuration, stored);
    }
}

/// Returns an element of the caller's organization with its document. `None` for one of the program.
pub(crate) async fn documented(call: &Call) -> Result<Option<(ElementHead, Members)>, Failure> {
    if call.engine.elements.find(call.param("keyOrId")).is_some() {
        return Ok(None);
    }
    let head = call.engine.head_named(call.caller.user.as_ref(), call.param("keyOrId")).await?;
    let Some(head) = head else { return Err(unknown_element(call).await) };
    let (head, document) = call.engine.document(head).await?;
    match document {
        Value::Object(document) => Ok(Some((head, document))),
        _ => Err(invalid(&[])),
    }
}
