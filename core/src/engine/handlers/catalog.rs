//! The catalogue: elements and hubs (spec P 5).

use std::sync::Arc;

use http::header::CONTENT_DISPOSITION;
use serde::Serialize;
use serde_json::{Value, json};

use super::elements::documented;
use super::elements::view::{self, Hidden, Shown};
use super::instances::known_element;
use super::native_export;
use crate::element::{self, ConfigurationInfo, ElementInfo, HubInfo, ObjectId, ObjectInfo};
use crate::elements::definition::describe::capabilities;
use crate::elements::definition::document::Definition;
use crate::elements::registry::hubs_of;
use crate::engine::EngineInner;
use crate::engine::bulk::Format;
use crate::engine::call::Call;
use crate::engine::failure::Failure;
use crate::engine::matching::matching;
use crate::engine::options::EngineOptions;
use crate::engine::paging::page;
use crate::engine::reply::Reply;
use crate::engine::store::ElementHead;
use crate::model::{ConfigurationDefinition, Element, ElementMetadata, ElementObject, Events, Hub, Other, Resource};
use crate::record::Kind;
use crate::vendor::is_oauth;

/// Columns of elements that conditions may name (spec E 2.9).
const COLUMNS: [(&str, Kind); 6] = [
    ("key", Kind::Text),
    ("name", Kind::Text),
    ("hub", Kind::Text),
    ("private", Kind::Bool),
    ("extended", Kind::Bool),
    ("active", Kind::Bool),
];

/// `GET /elements`: those of the program, then those of the organization; `hydrate` adds their parts.
pub(crate) async fn elements(call: &Call) -> Result<Reply, Failure> {
    let native = call.engine.elements.all().iter().map(|element| shown(call, &**element));
    let mut views = values(native.collect());
    views.extend(own(call, |_| true).await?);
    page(call, &matching(call, views, &COLUMNS)?)
}

/// Returns the elements of the caller's organization as lists show them.
async fn own(call: &Call, wanted: impl Fn(&ElementInfo) -> bool) -> Result<Vec<Value>, Failure> {
    let user = call.caller.user.as_ref();
    let shown = if call.query.flag("hydrate") { Shown::Whole } else { Shown::Short };
    let mut views = Vec::new();
    for head in call.engine.heads(user).await? {
        if wanted(call.engine.newest(&head).await?.element.info()) {
            let (head, document) = call.engine.document(head).await?;
            views.push(view::object(&head, &document, Hidden::for_user(user), shown).into());
        }
    }
    Ok(views)
}

/// `GET /elements/keys`
pub(crate) async fn element_keys(call: &Call) -> Result<Reply, Failure> {
    let native = call.engine.elements.all().iter().map(|element| element.info().key.to_string());
    let own = call.engine.heads(call.caller.user.as_ref()).await?.into_iter().map(|head| head.key);
    page(call, &native.chain(own).collect::<Vec<_>>())
}

/// `GET /elements/{keyOrId}`
pub(crate) async fn element(call: &Call) -> Result<Reply, Failure> {
    match documented(call).await? {
        Some((head, document)) => {
            let hidden = Hidden::for_user(call.caller.user.as_ref());
            Reply::json(&view::object(&head, &document.into(), hidden, Shown::Whole))
        }
        None => Reply::json(&shown(call, &*named(call).await?)),
    }
}

/// Returns the element in the path.
async fn named(call: &Call) -> Result<Arc<dyn element::Element>, Failure> {
    known_element(call, call.param("keyOrId")).await
}

fn shown(call: &Call, element: &dyn element::Element) -> Element {
    let view = element_view(element.info());
    if call.query.flag("hydrate") { hydrated(view, element, &call.engine.options) } else { view }
}

/// Fills the members that the short form of an element leaves empty.
fn hydrated(mut view: Element, element: &dyn element::Element, options: &EngineOptions) -> Element {
    view.objects = Some(values(object_list(element, options)));
    view.resources = Some(values(resources(element, options)));
    view
}

/// Items as the types that clients read keep them.
fn values(items: Vec<impl Serialize>) -> Vec<Value> {
    items.iter().map(|item| serde_json::to_value(item).unwrap_or_default()).collect()
}

/// `GET /elements/{keyOrId}/export`: the element as a download.
pub(crate) async fn export(call: &Call) -> Result<Reply, Failure> {
    let (key, reply) = match documented(call).await? {
        Some((head, document)) => {
            let hidden = Hidden::for_user(call.caller.user.as_ref());
            let reply = Reply::json(&view::export(&head, &document.into(), hidden))?;
            (head.key, reply)
        }
        None => {
            let element = named(call).await?;
            let members = members_of(&element_view(element.info()));
            let view = native_export::definition(members, &*element, &call.engine.options);
            (element.info().key.to_string(), Reply::json(&view)?)
        }
    };
    Ok(reply.text_header(CONTENT_DISPOSITION, &format!("attachment; filename=\"{key}.json\"")))
}

/// Returns the members of an element object.
fn members_of(view: &Element) -> Other {
    match serde_json::to_value(view) {
        Ok(Value::Object(members)) => members,
        _ => Other::new(),
    }
}

/// `GET /elements/metadata`
pub(crate) async fn all_metadata(call: &Call) -> Result<Reply, Failure> {
    let native = call.engine.elements.all().iter().map(|element| metadata_view(&**element, &call.engine));
    let mut views = values(native.collect());
    for head in call.engine.heads(call.caller.user.as_ref()).await? {
        let (head, document) = call.engine.document(head).await?;
        views.push(own_metadata(call, &head, &document, false).await?);
    }
    Reply::json(&views)
}

/// `GET /elements/{keyOrId}/metadata` (spec P 5.4). Always returns the large form, as the spec allows.
pub(crate) async fn metadata(call: &Call) -> Result<Reply, Failure> {
    if let Some((head, document)) = documented(call).await? {
        return Reply::json(&own_metadata(call, &head, &document.into(), call.query.flag("expand")).await?);
    }
    let element = named(call).await?;
    let mut view = metadata_view(&*element, &call.engine);
    if call.query.flag("expand") {
        expand(&mut view, &*element, &call.engine.options);
    }
    Reply::json(&view)
}

/// Returns the metadata of an element of the organization (spec E 10.2).
async fn own_metadata(call: &Call, head: &ElementHead, document: &Value, expand: bool) -> Result<Value, Failure> {
    let routes = call.engine.newest(head).await?;
    let mut view = serde_json::to_value(metadata_view(&*routes.element, &call.engine)).unwrap_or_default();
    let instances = call.engine.store.instances_of_element(head.organization_id, head.id).await?;
    if let (Some(members), Ok(definition)) = (view.as_object_mut(), Definition::read(document)) {
        members.insert("active".to_owned(), head.active.into());
        members.extend(capabilities(&definition, instances));
        if expand {
            members.insert("churros".to_owned(), false.into());
            members.insert("hub".to_owned(), definition.hub.into());
        }
    }
    Ok(view)
}

/// Adds the members that only the large form of the metadata has (spec P 5.4).
fn expand(view: &mut ElementMetadata, element: &dyn element::Element, options: &EngineOptions) {
    let resources = resources(element, options).into_iter().map(|resource| Resource {
        bulk: Some(bulk_abilities()),
        custom_field: Some(false),
        events: Events { event_types: Some(Vec::new()), ..resource.events },
        ..resource
    });
    view.resources = Some(values(resources.collect()));
    view.churros = Some(false);
    view.hub = Some(element.info().hub.key.to_string());
}

/// `GET /elements/{keyOrId}/configuration` (spec P 5.3)
pub(crate) async fn configuration(call: &Call) -> Result<Reply, Failure> {
    Reply::json(&configuration_view(named(call).await?.info()))
}

/// `GET /elements/{keyOrId}/objects`
pub(crate) async fn objects(call: &Call) -> Result<Reply, Failure> {
    Reply::json(&object_list(&*named(call).await?, &call.engine.options))
}

/// `GET /elements/{keyOrId}/resources`
pub(crate) async fn element_resources(call: &Call) -> Result<Reply, Failure> {
    Reply::json(&resources(&*named(call).await?, &call.engine.options))
}

/// `GET /elements/{keyOrId}/transformations`: default transformations; always empty.
pub(crate) async fn default_transformations(call: &Call) -> Result<Reply, Failure> {
    named(call).await?;
    Reply::json(&json!({}))
}

/// `GET /elements/{keyOrId}/trace/{traceId}`: a traced call of the caller's account (spec P 4.1).
pub(crate) async fn trace(call: &Call) -> Result<Reply, Failure> {
    let element = named(call).await?;
    let account = call.caller.user()?.account_id;
    let found = call.engine.store.trace(account, element.info().id, call.param("traceId")).await?;
    found.map(Reply::json_bytes).ok_or_else(|| Failure::not_found("No trace found"))
}

/// `GET /hubs`
pub(crate) async fn hubs(call: &Call) -> Result<Reply, Failure> {
    let hydrate = call.query.flag("hydrate");
    let elements = call.elements().await?;
    let hubs = hubs_of(&elements).into_iter().map(|info| {
        let of_hub = elements.iter().filter(|element| element.info().hub.key == info.key);
        let resources = || of_hub.flat_map(|element| resources(&**element, &call.engine.options)).collect();
        Hub { resources: hydrate.then(resources), ..hub_view(info) }
    });
    page(call, &hubs.collect::<Vec<_>>())
}

/// `GET /hubs/keys`
pub(crate) async fn hub_keys(call: &Call) -> Result<Reply, Failure> {
    let elements = call.elements().await?;
    page(call, &hubs_of(&elements).into_iter().map(|info| &info.key).collect::<Vec<_>>())
}

/// `GET /hubs/{key}`
pub(crate) async fn hub(call: &Call) -> Result<Reply, Failure> {
    let elements = of_hub(call, call.param("key")).await?;
    Reply::json(&hub_view(&elements[0].info().hub))
}

/// `GET /hubs/{key}/elements`
pub(crate) async fn hub_elements(call: &Call) -> Result<Reply, Failure> {
    let key = call.param("key");
    of_hub(call, key).await?;
    let native = call.engine.elements.all().iter().filter(|element| element.info().hub.key == key);
    let mut views = values(native.map(|element| shown(call, &**element)).collect());
    views.extend(own(call, |info| info.hub.key == key).await?);
    page(call, &views)
}

/// Returns the elements of a hub, of which there is at least one (spec E 10.7).
pub(crate) async fn of_hub(call: &Call, key: &str) -> Result<Vec<Arc<dyn element::Element>>, Failure> {
    let mut elements = call.elements().await?;
    elements.retain(|element| element.info().hub.key == key);
    if elements.is_empty() { Err(Failure::not_found("No hub found")) } else { Ok(elements) }
}

fn hub_view(info: &HubInfo) -> Hub {
    Hub {
        id: info.id,
        name: info.name.to_string(),
        key: info.key.to_string(),
        description: info.description.to_string(),
        active: true,
        resources: None,
    }
}

/// Returns the element object of spec P 5.1.
fn element_view(info: &ElementInfo) -> Element {
    Element {
        id: info.id,
        name: info.name.to_string(),
        key: info.key.to_string(),
        hook_name: Some(info.name.to_string()),
        description: info.description.to_string(),
        image: Some(info.image.to_string()),
        active: true,
        deleted: Some(false),
        type_oauth: Some(is_oauth(&info.authentication)),
        trial_account: Some(false),
        signup_url: Some(info.signup_url.to_string()),
        default_transformations: Some(Vec::new()),
        hub: Some(info.hub.key.to_string()),
        transformations_enabled: true,
        bulk_download_enabled: true,
        bulk_upload_enabled: false,
        cloneable: Some(true),
        extendable: Some(true),
        beta: Some(false),
        extended: Some(false),
        private: Some(false),
        protocol_type: Some("http".to_owned()),
        authentication: Some(members([("type", json!(info.authentication))])),
        parameters: Some(Vec::new()),
        hooks: Some(Vec::new()),
        resources: Some(Vec::new()),
        objects: Some(Vec::new()),
        configuration: Some(values(configuration_view(info))),
        other: Other::new(),
    }
}

/// An object that the contract leaves open.
fn members<const N: usize>(members: [(&str, Value); N]) -> Other {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn configuration_view(info: &ElementInfo) -> Vec<ConfigurationDefinition> {
    (1..).zip(info.listed()).map(|(order, info)| definition_view(order, info)).collect()
}

fn definition_view(order: i64, info: &ConfigurationInfo) -> ConfigurationDefinition {
    ConfigurationDefinition {
        id: info.id,
        name: info.name.to_string(),
        key: info.key.to_string(),
        description: info.description.to_string(),
        default_value: info.default.as_ref().map(ToString::to_string),
        reseller_config: Some(false),
        company_config: Some(false),
        active: Some(true),
        internal: Some(false),
        group_control: Some(false),
        display_order: Some(order),
        kind: info.kind.name(),
        hide_from_console: Some(false),
        required: info.required,
        other: Other::new(),
    }
}

/// Returns the enabled extensions in the order of spec P 16.8.
fn extensions(engine: &EngineInner) -> Vec<&'static str> {
    let route = |path: &str| engine.gateway.routes.platform().iter().any(|route| route.path == path);
    let format = |media_type: &str| Format::accepted(media_type).is_some();
    let all = [
        ("bulk-progress", true),
        ("bulk-report", route("/bulk/{id}/report")),
        ("bulk-partitions", true),
        ("bulk-resume", route("/bulk/{id}/resume")),
        ("token-rotation", route("/instances/{id}/token")),
        ("secret-rotation", route("/organizations/me/secret")),
        ("transformation-drafts", route("/transformations/{name}/execute")),
        ("format-arrow", format("application/vnd.apache.arrow.stream")),
        ("format-parquet", format("application/vnd.apache.parquet")),
        ("format-ndjson", format("application/x-ndjson")),
        ("download-range", true),
        ("extended-objects", !engine.options.published_only),
        ("openapi", true),
        ("instance-connect", true),
        ("long-queries", true),
        ("instance-jobs", true),
        ("dry-run", true),
        ("element-definitions", true),
    ];
    all.into_iter().filter(|(_, active)| *active).map(|(name, _)| name).collect()
}

fn metadata_view(element: &dyn element::Element, engine: &EngineInner) -> ElementMetadata {
    let info = element.info();
    let off = |names: [&str; 4]| members(names.map(|name| (name, json!(false))));
    ElementMetadata {
        id: info.id,
        key: info.key.to_string(),
        name: info.name.to_string(),
        description: Some(info.description.to_string()),
        image: Some(info.image.to_string()),
        active: Some(true),
        beta: Some(false),
        display_order: Some(1),
        transformations: Some(true),
        element_type: Some("element".to_owned()),
        normalized_paging: Some(true),
        swagger_validated: Some(true),
        cloneable: Some(true),
        authentication_type: Some(info.authentication.to_string()),
        events: serde_json::to_value(Events::default()).ok(),
        bulk: Some(bulk_abilities()),
        discovery: Some(off(["customFields", "customObjects", "endpointCustomFields", "endpointCustomObjects"])),
        api: Some(members([("type", json!("rest")), ("contentType", json!(info.content_type))])),
        usage: Some(members([("instanceCount", json!(0)), ("customerCount", json!(0)), ("traffic", json!(0))])),
        resources: Some(values(resources(element, &engine.options))),
        extensions: Some(extensions(engine).into_iter().map(str::to_owned).collect()),
        ..ElementMetadata::default()
    }
}

/// Results are read in bulk; no object takes uploads.
fn bulk_abilities() -> Other {
    members([("upload", json!(false)), ("download", json!(true))])
}

fn visible<'a>(
    element: &'a dyn element::Element,
    options: &EngineOptions,
) -> impl Iterator<Item = (ObjectId, &'a ObjectInfo)> {
    let objects = (0..).map(ObjectId).zip(element.objects());
    objects.filter(|(_, info)| info.published || !options.published_only)
}

fn object_list(element: &dyn element::Element, options: &EngineOptions) -> Vec<ElementObject> {
    let objects = visible(element, options).map(|(_, info)| info);
    objects.map(|info| ElementObject { name: info.long_name.to_string(), description: info.doc.to_string() }).collect()
}

/// Returns the objects as metadata lists them.
fn resources(element: &dyn element::Element, options: &EngineOptions) -> Vec<Resource> {
    let view = |(id, info): (ObjectId, &ObjectInfo)| Resource {
        canonical_name: info.long_name.to_string(),
        operations: verbs(element, id),
        experimental: info.experimental.then_some(true),
        ..Resource::default()
    };
    visible(element, options).map(view).collect()
}

/// Returns the verbs of the paths of an object.
fn verbs(element: &dyn element::Element, object: ObjectId) -> Vec<String> {
    let mut verbs: Vec<String> = Vec::new();
    for resource in element.resources().iter().filter(|resource| resource.object == object) {
        if !verbs.iter().any(|verb| *verb == resource.method.as_str()) {
            verbs.push(resource.method.to_string());
        }
    }
    verbs
}
