//! Entries of the configuration as parts, addressed by their keys (spec E 2.12 to 2.14).

use serde_json::Value;

use super::documented;
use super::editing::{Edited, conflict, edit, require_writer};
use super::parts::no_part;
use super::view::{Hidden, Shown, object};
use crate::elements::definition::masks::{mask_default, mask_defaults, restore_default};
use crate::elements::definition::parts::{Members, adopt_part, collection, entries};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::handlers::catalog;
use crate::engine::reply::Reply;

const CONFIGURATION: &str = "configuration";

/// `GET /elements/{keyOrId}/configuration` (spec P 5.3, E 3.2)
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let Some((_, mut document)) = documented(call).await? else { return catalog::configuration(call).await };
    let mut configuration =
        document.shift_remove(CONFIGURATION).filter(Value::is_array).unwrap_or_else(|| Vec::<Value>::new().into());
    if Hidden::for_user(call.caller.user.as_ref()) == Hidden::Secrets {
        mask_defaults(&mut configuration);
    }
    Reply::json(&configuration)
}

/// `POST /elements/{keyOrId}/configuration`
pub(crate) async fn add(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let entry = entry_of(call.json_object().await?)?;
    let edited = edit(call, |_, document| {
        let configuration = collection(document, CONFIGURATION).ok_or_else(no_part)?;
        if place(configuration, &entry["key"]).is_some() {
            let key = entry["key"].as_str().unwrap_or_default();
            return Err(conflict(format!("A configuration with the key {key} already exists")));
        }
        put(configuration, entry);
        Ok(configuration.len() - 1)
    });
    answer(call, &edited.await?)
}

/// `PUT /elements/{keyOrId}/configuration/{configKey}`
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let key = Value::from(call.param("configKey"));
    let mut entry = call.json_object().await?;
    if entry.get("key").is_some_and(|given| !given.is_null() && *given != key) {
        return Err(Failure::bad_request("The key of a configuration cannot be changed"));
    }
    entry.insert("key".to_owned(), key.clone());
    let entry = entry_of(entry)?;
    let edited = edit(call, |_, document| {
        let configuration = collection(document, CONFIGURATION).ok_or_else(no_part)?;
        place(configuration, &key).ok_or_else(no_part)?;
        Ok(put(configuration, entry))
    });
    answer(call, &edited.await?)
}

/// `DELETE /elements/{keyOrId}/configuration/{configKey}`
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let key = Value::from(call.param("configKey"));
    edit(call, |_, document| {
        let configuration = collection(document, CONFIGURATION).ok_or_else(no_part)?;
        let position = place(configuration, &key).ok_or_else(no_part)?;
        configuration.remove(position);
        Ok(())
    })
    .await?;
    Ok(Reply::empty())
}

/// `PUT /elements/{keyOrId}/configurations`: inserts entries and replaces those with the same keys.
pub(crate) async fn put_all(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let mut body = call.json_object().await?;
    let Some(Value::Array(given)) = body.shift_remove(CONFIGURATION) else {
        return Err(Failure::bad_request("configuration is required"));
    };
    let given = given.into_iter().map(|entry| match entry {
        Value::Object(entry) => entry_of(entry),
        _ => Err(Failure::bad_request("An entry of the configuration must be an object")),
    });
    let given: Vec<Members> = given.collect::<Result<_, _>>()?;
    let Edited { head, document, .. } = edit(call, |_, document| {
        let configuration = collection(document, CONFIGURATION).ok_or_else(no_part)?;
        for entry in given {
            put(configuration, entry);
        }
        Ok(())
    })
    .await?;
    let hidden = Hidden::for_user(call.caller.user.as_ref());
    Reply::json(&object(&head, &document.into(), hidden, Shown::Whole))
}

/// Completes an entry: it has at least a key, a name and a description.
fn entry_of(mut entry: Members) -> Result<Members, Failure> {
    adopt_part(&mut entry);
    let Some(key) = entry.get("key").and_then(Value::as_str).filter(|key| !key.trim().is_empty()) else {
        return Err(Failure::bad_request("key is required"));
    };
    let key = key.to_owned();
    entry.entry("name").or_insert_with(|| key.into());
    entry.entry("description").or_insert_with(|| "".into());
    Ok(entry)
}

/// Inserts an entry or replaces that of the same key. Returns its position.
fn put(configuration: &mut Vec<Value>, mut entry: Members) -> usize {
    restore_default(&mut entry, configuration);
    match place(configuration, &entry["key"]) {
        Some(position) => {
            entry.shift_insert(0, "id".to_owned(), configuration[position]["id"].clone());
            configuration[position] = entry.into();
            position
        }
        None => {
            configuration.push(entry.into());
            configuration.len() - 1
        }
    }
}

fn place(configuration: &[Value], key: &Value) -> Option<usize> {
    configuration.iter().position(|entry| entry["key"] == *key)
}

fn answer(call: &Call, edited: &Edited<usize>) -> Result<Reply, Failure> {
    let mut entry = entries(&edited.document, CONFIGURATION)[edited.made].clone();
    if Hidden::for_user(call.caller.user.as_ref()) == Hidden::Secrets {
        entry.as_object_mut().map(mask_default);
    }
    Reply::json(&entry)
}
