//! The catalogue: elements and hubs (spec P 5).

use http::header::CONTENT_DISPOSITION;
use serde_json::{Value, json};

use super::instances::known_element;
use crate::elements::brighttalk::table::{OBJECTS, ObjectInfo};
use crate::elements::catalog::{ConfigurationInfo, ELEMENTS, ElementInfo, HUBS, HubInfo};
use crate::engine::bulk::Format;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::options::EngineOptions;
use crate::engine::paging::page;
use crate::engine::reply::Reply;
use crate::engine::routes;

/// `GET /elements`; `hydrate` adds objects and resources.
pub(crate) async fn elements(call: &Call) -> Result<Reply, Failure> {
    page(call, &ELEMENTS.map(|info| shown(call, info)))
}

/// `GET /elements/keys`
pub(crate) async fn element_keys(call: &Call) -> Result<Reply, Failure> {
    page(call, &ELEMENTS.map(|info| info.key))
}

/// `GET /elements/{keyOrId}`
pub(crate) async fn element(call: &Call) -> Result<Reply, Failure> {
    Reply::json(&shown(call, known_element(call.param("keyOrId"))?))
}

fn shown(call: &Call, info: &ElementInfo) -> Value {
    let view = element_view(info);
    if call.query.flag("hydrate") { hydrated(view, &call.engine.options) } else { view }
}

/// Fills the members that the short form of an element leaves empty.
fn hydrated(mut view: Value, options: &EngineOptions) -> Value {
    view["objects"] = object_list(options);
    view["resources"] = resources(options);
    view
}

/// `GET /elements/{keyOrId}/export`: the element as a download.
pub(crate) async fn export(call: &Call) -> Result<Reply, Failure> {
    let info = known_element(call.param("keyOrId"))?;
    let view = hydrated(element_view(info), &call.engine.options);
    let name = format!("attachment; filename=\"{}.json\"", info.key);
    Ok(Reply::json(&view)?.text_header(CONTENT_DISPOSITION, &name))
}

/// `GET /elements/metadata`
pub(crate) async fn all_metadata(call: &Call) -> Result<Reply, Failure> {
    Reply::json(&ELEMENTS.map(|info| metadata_view(info, &call.engine.options)))
}

/// `GET /elements/{keyOrId}/metadata` (spec P 5.4). Always returns the large form, as the spec allows.
pub(crate) async fn metadata(call: &Call) -> Result<Reply, Failure> {
    let info = known_element(call.param("keyOrId"))?;
    let mut view = metadata_view(info, &call.engine.options);
    if call.query.flag("expand") {
        expand(&mut view, info);
    }
    Reply::json(&view)
}

/// Adds the members that only the large form of the metadata has (spec P 5.4).
fn expand(view: &mut Value, info: &ElementInfo) {
    view["churros"] = json!(false);
    view["hub"] = json!(info.hub.key);
    for resource in view["resources"].as_array_mut().into_iter().flatten() {
        resource["bulk"] = json!({"upload": false, "download": true});
        resource["customField"] = json!(false);
        resource["events"]["eventTypes"] = json!([]);
    }
}

/// `GET /elements/{keyOrId}/configuration` (spec P 5.3)
pub(crate) async fn configuration(call: &Call) -> Result<Reply, Failure> {
    Reply::json(&configuration_view(known_element(call.param("keyOrId"))?))
}

/// `GET /elements/{keyOrId}/objects`
pub(crate) async fn objects(call: &Call) -> Result<Reply, Failure> {
    known_element(call.param("keyOrId"))?;
    Reply::json(&object_list(&call.engine.options))
}

/// `GET /elements/{keyOrId}/resources`
pub(crate) async fn element_resources(call: &Call) -> Result<Reply, Failure> {
    known_element(call.param("keyOrId"))?;
    Reply::json(&resources(&call.engine.options))
}

/// `GET /elements/{keyOrId}/parameters`, `/hooks`: empty for this element.
pub(crate) async fn nothing(call: &Call) -> Result<Reply, Failure> {
    known_element(call.param("keyOrId"))?;
    Reply::json(&Vec::<Value>::new())
}

/// `GET /elements/{keyOrId}/transformations`: default transformations; always empty.
pub(crate) async fn default_transformations(call: &Call) -> Result<Reply, Failure> {
    known_element(call.param("keyOrId"))?;
    Reply::json(&json!({}))
}

/// `GET /elements/{keyOrId}/oauth/url`, `/oauth/token`
pub(crate) async fn no_oauth(call: &Call) -> Result<Reply, Failure> {
    let info = known_element(call.param("keyOrId"))?;
    Err(Failure::bad_request(format!("{} does not use OAuth", info.name)))
}

/// `GET /elements/{keyOrId}/trace/{traceId}`: a traced call of the caller's account (spec P 4.1).
pub(crate) async fn trace(call: &Call) -> Result<Reply, Failure> {
    let element = known_element(call.param("keyOrId"))?;
    let account = call.caller.user()?.account_id;
    let found = call.engine.store.trace(account, element.id, call.param("traceId")).await?;
    found.map(Reply::json_bytes).ok_or_else(|| Failure::not_found("No trace found"))
}

/// `GET /hubs`
pub(crate) async fn hubs(call: &Call) -> Result<Reply, Failure> {
    let hydrate = call.query.flag("hydrate");
    let resources = hydrate.then(|| resources(&call.engine.options));
    page(
        call,
        &HUBS.map(|info| {
            let mut view = hub_view(info);
            if let Some(resources) = &resources {
                view["resources"] = resources.clone();
            }
            view
        }),
    )
}

/// `GET /hubs/keys`
pub(crate) async fn hub_keys(call: &Call) -> Result<Reply, Failure> {
    page(call, &HUBS.map(|info| info.key))
}

/// `GET /hubs/{key}`
pub(crate) async fn hub(call: &Call) -> Result<Reply, Failure> {
    Reply::json(&hub_view(known_hub(call.param("key"))?))
}

/// `GET /hubs/{key}/elements`
pub(crate) async fn hub_elements(call: &Call) -> Result<Reply, Failure> {
    let hub = known_hub(call.param("key"))?;
    let elements = ELEMENTS.iter().filter(|info| info.hub.key == hub.key).map(|info| shown(call, info));
    page(call, &elements.collect::<Vec<_>>())
}

pub(crate) fn known_hub(key: &str) -> Result<&'static HubInfo, Failure> {
    let found = HUBS.iter().copied().find(|info| info.key == key);
    found.ok_or_else(|| Failure::not_found("No hub found"))
}

fn hub_view(info: &HubInfo) -> Value {
    json!({"id": info.id, "name": info.name, "key": info.key, "description": info.description, "active": true})
}

/// Returns the element object of spec P 5.1.
fn element_view(info: &ElementInfo) -> Value {
    json!({
        "id": info.id,
        "name": info.name,
        "key": info.key,
        "hookName": info.name,
        "description": info.description,
        "image": info.image,
        "active": true,
        "deleted": false,
        "typeOauth": false,
        "trialAccount": false,
        "signupURL": info.signup_url,
        "defaultTransformations": [],
        "hub": info.hub.key,
        "transformationsEnabled": true,
        "bulkDownloadEnabled": true,
        "bulkUploadEnabled": false,
        "cloneable": true,
        "extendable": true,
        "beta": false,
        "extended": false,
        "private": false,
        "protocolType": "http",
        "authentication": {"type": "custom"},
        "parameters": [],
        "hooks": [],
        "resources": [],
        "objects": [],
        "configuration": configuration_view(info),
    })
}

fn configuration_view(info: &ElementInfo) -> Vec<Value> {
    info.configuration.iter().enumerate().map(|(order, info)| definition_view(order, info)).collect()
}

fn definition_view(order: usize, info: &ConfigurationInfo) -> Value {
    json!({
        "id": info.id,
        "name": info.name,
        "key": info.key,
        "description": info.description,
        "defaultValue": info.default,
        "resellerConfig": false,
        "companyConfig": false,
        "active": true,
        "internal": false,
        "groupControl": false,
        "displayOrder": order + 1,
        "type": info.kind.name(),
        "hideFromConsole": false,
        "required": info.required,
    })
}

/// Returns the enabled extensions in the order of spec P 16.8.
fn extensions(options: &EngineOptions) -> Vec<&'static str> {
    let route = |path: &str| routes::all().iter().any(|route| route.path == path);
    let format = |media_type: &str| Format::accepted(media_type).is_some();
    let all = [
        ("bulk-progress", true),
        ("bulk-report", route("/bulk/{id}/report")),
        ("bulk-resume", route("/bulk/{id}/resume")),
        ("token-rotation", route("/instances/{id}/token")),
        ("format-arrow", format("application/vnd.apache.arrow.stream")),
        ("format-parquet", format("application/vnd.apache.parquet")),
        ("format-ndjson", format("application/x-ndjson")),
        ("download-range", true),
        ("extended-objects", !options.published_only),
        ("openapi", true),
        ("instance-connect", true),
        ("long-queries", true),
    ];
    all.into_iter().filter(|(_, active)| *active).map(|(name, _)| name).collect()
}

fn metadata_view(info: &ElementInfo, options: &EngineOptions) -> Value {
    json!({
        "id": info.id,
        "key": info.key,
        "name": info.name,
        "description": info.description,
        "image": info.image,
        "active": true,
        "beta": false,
        "displayOrder": 1,
        "transformations": true,
        "elementType": "element",
        "normalizedPaging": true,
        "swaggerValidated": true,
        "cloneable": true,
        "authenticationType": "custom",
        "events": {"supported": false, "methods": []},
        "bulk": {"upload": false, "download": true},
        "discovery": {
            "customFields": false,
            "customObjects": false,
            "endpointCustomFields": false,
            "endpointCustomObjects": false,
        },
        "api": {"type": "rest", "contentType": "application/xml"},
        "usage": {"instanceCount": 0, "customerCount": 0, "traffic": 0},
        "resources": resources(options),
        "extensions": extensions(options),
    })
}

fn visible(options: &EngineOptions) -> impl Iterator<Item = &'static ObjectInfo> {
    OBJECTS.iter().filter(|info| info.published || !options.published_only)
}

fn object_list(options: &EngineOptions) -> Value {
    visible(options).map(|info| json!({"name": info.long_name, "description": info.doc})).collect()
}

/// Returns the objects as metadata lists them.
fn resources(options: &EngineOptions) -> Value {
    let view = visible(options).map(|info| {
        let mut view = json!({
            "canonicalName": info.long_name,
            "operations": ["GET"],
            "events": {"supported": false, "methods": []},
        });
        if info.experimental {
            view["experimental"] = json!(true);
        }
        view
    });
    view.collect()
}
