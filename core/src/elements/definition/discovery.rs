//! Discovery by the element's own resources (spec E 5.5, 8.3, 8.13, 8.50).

use serde_json::Value;

use super::answer::Content;
use super::connector::{DefinedConnector, pairs};
use super::describe;
use super::document::{DefinedResource, Definition};
use super::element::obstacle;
use super::request::InputBody;
use super::session::Wanted;
use crate::element::{DiscoveryCall, Element, FoundObject, PathValues, Urgency};
use crate::vendor::{Context, Repeat, VendorError, VendorErrorKind};

/// Message of an answer that lists no objects or fields.
const UNREADABLE: &str = "The vendor's answer could not be read";

/// Finds a resource of the element on one of the platform's own paths, which have variables of any name.
fn own<'d>(definition: &'d Definition, path: &[&str]) -> Option<&'d DefinedResource> {
    let is_same = |(known, wanted): (&str, &&str)| known == *wanted || *wanted == "{}" && known.starts_with('{');
    definition.resources.iter().find(|resource| {
        let parts = resource.path.split('/').skip(1);
        let is_own = resource.method == http::Method::GET && resource.kind.is_callable() && !resource.java;
        is_own && parts.clone().count() == path.len() && parts.zip(path).all(is_same)
    })
}

/// Returns the element's own `GET /ping`.
pub(super) fn own_ping(definition: &Definition) -> Option<&DefinedResource> {
    own(definition, &["ping"])
}

/// Returns the element's own `GET /objects`.
pub(super) fn own_objects(definition: &Definition) -> Option<&DefinedResource> {
    own(definition, &["objects"])
}

/// Returns the element's own `GET /objects/{objectName}/metadata`.
pub(super) fn own_metadata(definition: &Definition) -> Option<&DefinedResource> {
    own(definition, &["objects", "{}", "metadata"])
}

impl DefinedConnector {
    /// Asks the vendor for its objects (spec E 8.3).
    pub(super) async fn ask_objects(
        &self,
        cx: &Context,
        resource: &DefinedResource,
        call: DiscoveryCall<'_>,
    ) -> Result<Vec<FoundObject>, VendorError> {
        let found_own = self.ask_own(cx, resource, PathValues::default(), call).await?;
        let Discovered { answer, objects, has_body, .. } = found_own;
        let adds = !objects.is_empty() && !has_body;
        let are_named = |items: &[Value]| items.iter().all(|item| found(self.definition(), item).is_some());
        let items = match answer {
            Some(Value::Array(items)) if !adds || are_named(&items) => items,
            // What a script adds joins the objects of the definition, where the answer itself lists none.
            _ if adds => self.listed(),
            _ => return Err(unreadable()),
        };
        items.iter().chain(&objects).map(|item| found(self.definition(), item).ok_or_else(unreadable)).collect()
    }

    /// Returns the names of the objects that discovery lists without asking (spec E 8.2).
    fn listed(&self) -> Vec<Value> {
        let infos = self.element().objects().iter().filter(|info| info.listed);
        infos.map(|info| Value::from(&*info.name)).collect()
    }

    /// Asks the vendor for the fields of an object, and adds them to those of the model (spec E 8.13). `None` if neither
    /// has any (spec E 8.50).
    pub(super) async fn ask_fields(
        &self,
        cx: &Context,
        resource: &DefinedResource,
        object: &str,
        call: DiscoveryCall<'_>,
    ) -> Result<Option<Vec<Value>>, VendorError> {
        let variable = resource.path.split('/').find_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let path = variable.map(|name| (name.to_owned(), object.to_owned())).into_iter().collect();
        let Discovered { answer, metadata, .. } = self.ask_own(cx, resource, path, call).await?;
        let mut own = match answer {
            None | Some(Value::Null) if !metadata.is_empty() => Vec::new(),
            None | Some(Value::Null) => {
                let model = describe::metadata(self.definition(), object);
                return Ok((!model.is_empty()).then(|| describe::shown(&model)));
            }
            Some(Value::Array(fields)) => fields,
            Some(mut answer) => match answer.get_mut("fields").map(Value::take) {
                Some(Value::Array(fields)) => fields,
                None if !metadata.is_empty() => Vec::new(),
                _ => return Err(unreadable()),
            },
        };
        own.extend(metadata);
        if !own.iter().all(Value::is_object) {
            return Err(unreadable());
        }
        Ok(Some(describe::with_own_fields(self.definition(), object, own)))
    }

    /// Calls a resource, and returns the answer as JSON, with what its scripts add.
    async fn ask_own(
        &self,
        cx: &Context,
        resource: &DefinedResource,
        path: PathValues,
        call: DiscoveryCall<'_>,
    ) -> Result<Discovered, VendorError> {
        refuse_obstacle(self.definition(), resource)?;
        let query = pairs(call.parameters.iter());
        let wanted = Wanted {
            path: &path,
            query: &query,
            headers: call.headers,
            body: &InputBody::Empty,
            condition: None,
            page: None,
        };
        let asked = match self.ask(cx, resource, (Repeat::Always, Urgency::Live), &wanted).await {
            Ok(asked) => asked,
            // Spec E 8.50: the script knows nothing of the object, and the one after it reads what is not there.
            Err(failed) if failed.is_left_out => return Ok(Discovered::default()),
            Err(failed) => return Err(failed.error),
        };
        let mut read = asked.read;
        let by_script = read.by_script.take().unwrap_or_default();
        let (metadata, objects) = (values_of(&by_script.metadata)?, values_of(&by_script.objects)?);
        let answer = match read.into_content() {
            Content::Empty => None,
            Content::List(records) => {
                let items = records.texts().map(|text| serde_json::from_str(text).map_err(|_| unreadable()));
                Some(items.collect::<Result<Vec<Value>, _>>()?.into())
            }
            Content::One(json) => Some(serde_json::from_slice(&json).map_err(|_| unreadable())?),
            Content::Text(_) | Content::Bytes { .. } | Content::Stream { .. } => return Err(unreadable()),
        };
        Ok(Discovered { answer, metadata, objects, has_body: by_script.body.is_some() })
    }
}

/// Answer of a resource of discovery, with what its scripts add (spec E 7.50).
#[derive(Default)]
struct Discovered {
    answer: Option<Value>,
    metadata: Vec<Value>,
    objects: Vec<Value>,
    /// Whether a script returned the answer.
    has_body: bool,
}

/// Returns the entries that scripts add: arrays, objects with a member that is one, and single entries.
fn values_of(added: &[String]) -> Result<Vec<Value>, VendorError> {
    let mut all = Vec::new();
    for text in added {
        match serde_json::from_str(text).map_err(|_| unreadable())? {
            Value::Array(items) => all.extend(items),
            Value::Object(mut members) => match ["fields", "objects"].iter().find_map(|name| members.remove(*name)) {
                Some(Value::Array(items)) => all.extend(items),
                _ => all.push(Value::Object(members)),
            },
            other => all.push(other),
        }
    }
    Ok(all)
}

/// Refuses a resource that this program cannot call (spec E 7.62).
pub(super) fn refuse_obstacle(definition: &Definition, resource: &DefinedResource) -> Result<(), VendorError> {
    let Some(obstacle) = obstacle(definition, resource) else { return Ok(()) };
    let message = format!("{}: {}", obstacle.message, obstacle.hint);
    Err(VendorError::new(VendorErrorKind::BadRequest, message))
}

/// Returns the object that an item names: a text, or an object with a `name`.
fn found(definition: &Definition, item: &Value) -> Option<FoundObject> {
    let name = item.as_str().or_else(|| item["name"].as_str())?;
    let vendor_name = describe::vendor_name(definition, name);
    let vendor_name = vendor_name.or_else(|| item["vendorName"].as_str()).unwrap_or(name).to_owned();
    Some(FoundObject { name: name.to_owned(), vendor_name })
}

fn unreadable() -> VendorError {
    VendorError::answered(VendorErrorKind::MalformedResponse, 200, UNREADABLE)
}
