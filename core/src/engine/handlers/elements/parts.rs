//! Parts of a definition that are entries of a list: resources, parameters, hooks, models and objects (spec E 2.15 to
//! 2.22). The path names the list.

use http::StatusCode;
use serde_json::Value;

use super::editing::{Edited, conflict, edit, require_writer};
use super::{documented, hooks};
use crate::elements::definition::parts::{Members, adopt_part, collection, entries, position};
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::handlers::catalog;
use crate::engine::reply::Reply;

const RESOURCES: &str = "resources";

/// Position of a part in a document.
pub(super) struct Place<'a> {
    /// Id of the resource whose part it is. `None` for parts of the element.
    resource: Option<&'a str>,
    /// Name of the list.
    list: &'a str,
    /// Id of the part. Empty for the whole list.
    id: &'a str,
}

impl<'a> Place<'a> {
    /// Returns the place in the path of a call, which is below `/elements/{keyOrId}`.
    pub fn of(call: &'a Call) -> Self {
        let mut parts = call.route.path.split('/').skip(3);
        let list = parts.next().unwrap_or_default();
        match (parts.next(), parts.next()) {
            (Some(_), Some(below)) => {
                let id = parts.next().map_or("", |name| value(call, name));
                Self { resource: Some(call.param("rid")), list: word(below), id }
            }
            (id, _) => Self { resource: None, list: word(list), id: id.map_or("", |name| value(call, name)) },
        }
    }

    /// Returns the list that the place is in, if it exists.
    fn list<'d>(&self, document: &'d Members) -> Result<&'d [Value], Failure> {
        match self.resource {
            None => Ok(entries(document, self.list)),
            Some(id) => {
                let resources = entries(document, RESOURCES);
                let resource = resources[found(resources, id)?].as_object();
                Ok(resource.map_or(&[], |resource| entries(resource, self.list)))
            }
        }
    }

    /// Returns the list that the place is in, for a change.
    fn list_mut<'d>(&self, document: &'d mut Members) -> Result<&'d mut Vec<Value>, Failure> {
        let owner = match self.resource {
            None => document,
            Some(id) => {
                let resources = collection(document, RESOURCES).ok_or_else(no_part)?;
                let position = found(resources, id)?;
                resources[position].as_object_mut().ok_or_else(no_part)?
            }
        };
        collection(owner, self.list).ok_or_else(no_part)
    }

    /// Returns the member that identifies the entries of the list besides their ids, and the beginning of a message about it.
    fn identity(&self) -> Option<(&'static str, &'static str)> {
        match self.list {
            "models" => Some(("name", "A model with the name")),
            "objects" => Some(("name", "An object with the name")),
            _ => None,
        }
    }
}

/// Returns the name of a list as the route table keeps it, without a lifetime.
fn word(name: &str) -> &'static str {
    ["resources", "parameters", "hooks", "models", "objects"].into_iter().find(|known| *known == name).unwrap_or("")
}

/// Returns the value of a variable of the path.
fn value<'a>(call: &'a Call, template: &str) -> &'a str {
    call.param(template.trim_matches(['{', '}']))
}

/// `GET` of a list
pub(crate) async fn list(call: &Call) -> Result<Reply, Failure> {
    let place = Place::of(call);
    match documented(call).await? {
        Some((_, document)) => Reply::json(&place.list(&document)?),
        // Resources of elements of the program have no parts.
        None if place.resource.is_some() => Err(no_part()),
        None if place.list == "objects" => catalog::objects(call).await,
        None if place.list == RESOURCES => catalog::element_resources(call).await,
        None => Reply::json(&Vec::<Value>::new()),
    }
}

/// `GET` of a part
pub(crate) async fn get(call: &Call) -> Result<Reply, Failure> {
    let place = Place::of(call);
    let Some((_, document)) = documented(call).await? else { return Err(no_part()) };
    let list = place.list(&document)?;
    Reply::json(&list[found(list, place.id)?])
}

/// `POST` of a part: adds it at the end of its list.
pub(crate) async fn add(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let place = Place::of(call);
    refuse_extension(call, &place)?;
    let mut part = call.json_object().await?;
    adopt_part(&mut part);
    let edited = edit(call, |_, document| {
        if place.list == "hooks" {
            hooks::check(&mut part, None)?;
        }
        let list = place.list_mut(document)?;
        refuse_taken(&place, list, &part, None)?;
        list.push(part.into());
        Ok(list.len() - 1)
    });
    answer(&place, &edited.await?)
}

/// `PUT` of a part: replaces it, and keeps its id and its place.
pub(crate) async fn replace(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let place = Place::of(call);
    let mut part = call.json_object().await?;
    adopt_part(&mut part);
    let edited = edit(call, |_, document| {
        let list = place.list_mut(document)?;
        let position = found(list, place.id)?;
        if place.list == "hooks" {
            hooks::check(&mut part, list[position].as_object())?;
        }
        refuse_taken(&place, list, &part, Some(position))?;
        part.shift_insert(0, "id".to_owned(), list[position]["id"].clone());
        list[position] = part.into();
        Ok(position)
    });
    answer(&place, &edited.await?)
}

/// `DELETE` of a part
pub(crate) async fn delete(call: &Call) -> Result<Reply, Failure> {
    require_writer(call)?;
    let place = Place::of(call);
    edit(call, |_, document| {
        let list = place.list_mut(document)?;
        let position = found(list, place.id)?;
        list.remove(position);
        Ok(())
    })
    .await?;
    Ok(Reply::empty())
}

/// Returns the part as stored (spec E 2.26).
fn answer(place: &Place<'_>, edited: &Edited<usize>) -> Result<Reply, Failure> {
    Reply::json(&place.list(&edited.document)?[edited.made])
}

/// Rejects resources for an element of the program (spec E 2.28).
fn refuse_extension(call: &Call, place: &Place<'_>) -> Result<(), Failure> {
    let is_native = call.engine.elements.find(call.param("keyOrId")).is_some();
    if is_native && place.resource.is_none() && place.list == RESOURCES {
        return Err(Failure::new(StatusCode::FORBIDDEN, "Elements of the catalogue cannot be changed"));
    }
    Ok(())
}

/// Rejects a second entry of the same name.
fn refuse_taken(place: &Place<'_>, list: &[Value], part: &Members, own: Option<usize>) -> Result<(), Failure> {
    let Some((member, text)) = place.identity() else { return Ok(()) };
    let Some(name) = part.get(member).and_then(Value::as_str) else {
        return Err(Failure::bad_request(format!("{member} is required")));
    };
    let taken = list.iter().enumerate().any(|(position, entry)| Some(position) != own && entry[member] == name);
    if taken { Err(conflict(format!("{text} {name} already exists"))) } else { Ok(()) }
}

/// Returns the position of the entry with the id in the path.
fn found(entries: &[Value], id: &str) -> Result<usize, Failure> {
    id.parse().ok().and_then(|id| position(entries, id)).ok_or_else(no_part)
}

pub(super) fn no_part() -> Failure {
    Failure::not_found("No such part of the element found")
}
