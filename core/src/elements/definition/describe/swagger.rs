//! The Swagger document of an element that is a document (spec E 8.16 to 8.22, 8.49).

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use serde_json::{Map, Value, json};

use super::names::{Taken, object_of, operation_id, tag};
use super::operations::{Written, operation};
use super::platform::{self, BulkCalls, PlatformOperation};
use super::schemas::{definitions, documented, response};
use crate::elements::definition::document::{DefinedResource, Definition};

/// Returns the Swagger document, without host and schemes, which depend on the caller. `id` is that of the element.
pub fn swagger(definition: &Definition, id: i64) -> Value {
    let bulk = BulkCalls::of(definition);
    let own = definitions(documented(definition));
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let resources = sorted(definition);
    let has_own = |path: &str| resources.iter().any(|resource| resource.path == path);
    let platform: Vec<PlatformOperation> =
        platform::operations(bulk).filter(|operation| !operation.is_generic() || !has_own(operation.path)).collect();
    for operation in &platform {
        paths.entry(operation.path).or_default().insert(operation.method.to_owned(), operation.written());
    }
    let mut taken = Taken::default();
    platform.iter().for_each(|operation| drop(taken.take(operation.id.to_owned())));
    for resource in &resources {
        let replaced = platform.iter().find(|operation| replaces(resource, operation));
        let named = || resource.operation_id.clone().unwrap_or_else(|| operation_id(&resource.method, &resource.path));
        let written = Written {
            id: replaced.map_or_else(|| taken.take(named()), |operation| operation.id.to_owned()),
            response: response(resource, &own).or_else(|| replaced?.answer()),
        };
        let verb = resource.method.as_str().to_ascii_lowercase();
        paths.entry(&resource.path).or_default().insert(verb, operation(resource, written));
    }
    let tags: BTreeSet<&str> = paths.keys().map(|path| tag(path)).collect();
    let mut all = platform::definitions(bulk);
    all.extend(own);
    json!({
        "swagger": "2.0",
        "info": {
            "title": definition.key,
            "version": "api-v2",
            "x-element-id": id,
            "x-element-key": definition.key,
            "x-element-name": definition.name,
            "x-element-hub": definition.hub,
        },
        "basePath": "/elements/api-v2",
        "tags": tags.into_iter().map(|tag| json!({ "name": tag })).collect::<Vec<_>>(),
        "paths": paths,
        "definitions": all,
    })
}

/// Returns the Swagger document of one object, or `None` without such an object: the paths that begin as its path does,
/// and the definitions that they bring (spec E 8.49).
pub fn object_document(definition: &Definition, id: i64, object: &str) -> Option<Value> {
    let first = documented(definition).find(|resource| object_of(resource) == object)?;
    let part = tag(&first.path);
    let related = documented(definition).filter(|resource| tag(&resource.path) == part);
    let mut document = swagger(definition, id);
    let paths = document["paths"].as_object_mut()?;
    paths.retain(|path, _| related.clone().any(|resource| resource.path == *path));
    document["definitions"] = definitions(related).into();
    document["tags"] = json!([{ "name": part }]);
    Some(document)
}

/// Returns the resources that documents show, in the order of their paths.
fn sorted(definition: &Definition) -> Vec<&DefinedResource> {
    let mut resources: Vec<&DefinedResource> = documented(definition).collect();
    resources.sort_by(|one, other| one.path.cmp(&other.path));
    resources
}

/// Returns whether a resource of the element stands in for a platform call (spec E 8.20).
fn replaces(resource: &DefinedResource, operation: &PlatformOperation) -> bool {
    resource.method == Method::GET && operation.method == "get" && resource.path == operation.path
}
