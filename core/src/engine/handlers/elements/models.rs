//! Models: the one of a resource, and those that resources share (spec E 2.20, E 2.21).

use serde_json::Value;

use super::documented;
use super::editing::{Edited, edit, require_writer};
use super::parts::no_part;
use crate::elements::definition::parts::{Members, adopt_part, collection, entries, position};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::reply::Reply;

/// `GET /elements/{keyOrId}/resources/{rid}/models`
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    let Some((_, document)) = documented(call).await? else { return Err(no_part()) };
    Reply::json(model_of(call, &document)?)
}

fn model_of<'d>(call: &Call, document: &'d Members) -> Result<&'d Value, Failure> {
    let resources = entries(document, "resources");
    let position = call.param("rid").parse().ok().and_then(|id| position(resources, id)).ok_or_else(no_part)?;
    resources[position].get("model").filter(|model| model.is_object()).ok_or_else(no_part)
}

/// `POST` and `PUT /elements/{keyOrId}/resources/{rid}/models`
pub(crate) async fn set(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let mut model = call.json_object().await?;
    adopt_part(&mut model);
    if !model.get("name").is_some_and(Value::is_string) {
        return Err(Failure::bad_request("name is required"));
    }
    let Edited { document, .. } = edit(call, |_, document| {
        resource(call, document)?.insert("model".to_owned(), model.into());
        Ok(())
    })
    .await?;
    Reply::json(model_of(call, &document)?)
}

/// `DELETE /elements/{keyOrId}/resources/{rid}/models`
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    edit(call, |_, document| {
        model_of(call, document)?;
        resource(call, document)?.shift_remove("model");
        Ok(())
    })
    .await?;
    Ok(Reply::empty())
}

/// Returns the resource in the path.
fn resource<'d>(call: &Call, document: &'d mut Members) -> Result<&'d mut Members, Failure> {
    let resources = collection(document, "resources").ok_or_else(no_part)?;
    let position = call.param("rid").parse().ok().and_then(|id| position(resources, id)).ok_or_else(no_part)?;
    resources[position].as_object_mut().ok_or_else(no_part)
}

/// `PUT /elements/{keyOrId}/models`: inserts models, and replaces those with the same id or else the same name.
pub(crate) async fn put_all(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let body = call.json().await?;
    let is_list = body.is_array();
    let given = match body {
        Value::Array(given) => given,
        one => vec![one],
    };
    let edited = edit(call, |_, document| {
        let models = collection(document, "models").ok_or_else(no_part)?;
        given.into_iter().map(|model| put(models, model)).collect::<Result<Vec<usize>, Failure>>()
    });
    let Edited { document, made, .. } = edited.await?;
    let models = entries(&document, "models");
    match (is_list, made.first()) {
        (false, Some(only)) => Reply::json(&models[*only]),
        _ => Reply::json(&made.iter().map(|position| &models[*position]).collect::<Vec<_>>()),
    }
}

/// Inserts a model or replaces an earlier one. Returns its position.
fn put(models: &mut Vec<Value>, model: Value) -> Result<usize, Failure> {
    let Value::Object(mut model) = model else {
        return Err(Failure::bad_request("The request body must be a model or an array of models"));
    };
    let Some(name) = model.get("name").and_then(Value::as_str).map(str::to_owned) else {
        return Err(Failure::bad_request("name is required"));
    };
    let by_id = model.get("id").and_then(Value::as_i64).and_then(|id| position(models, id));
    let known = by_id.or_else(|| models.iter().position(|known| known["name"] == *name));
    adopt_part(&mut model);
    match known {
        Some(position) => {
            model.shift_insert(0, "id".to_owned(), models[position]["id"].clone());
            models[position] = model.into();
            Ok(position)
        }
        None => {
            models.push(model.into());
            Ok(models.len() - 1)
        }
    }
}
