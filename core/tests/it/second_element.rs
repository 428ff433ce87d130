//! A second element beside BrightTALK, registered by an application: catalogue, documents, discovery, configuration and
//! routing take everything from the element of the call.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use brighttalk_sim::{Config, Simulator};
use elementkit::element::{
    ConfigurationInfo, ConfigurationRole, Connector, Demand, Element, ElementInfo, FieldInfo, Host, HubInfo, ObjectId,
    ObjectInfo, Page, PageRequest, ParameterInfo, PartitionKey, Partitions, PlanError, ReadPlan, Resource,
};
use elementkit::engine::{Engine, EngineOptions};
use elementkit::record::{Batch, Kind, Value as RecordValue};
use elementkit::vendor::{Context, VendorError, VendorLimits};
use futures::future::BoxFuture;
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support;

const PREFIX: &str = "/elements/api-v2";
const DEALS: ObjectId = ObjectId(0);
const PEOPLE: ObjectId = ObjectId(1);
const NOTES: ObjectId = ObjectId(2);

/// A customer database with text ids.
struct MiniCrm {
    info: ElementInfo,
    objects: Vec<ObjectInfo>,
    resources: Vec<Resource>,
    /// Number of verifications of credentials.
    verified: Arc<AtomicUsize>,
    /// Limits of the client that it got.
    limits: Arc<Mutex<Option<VendorLimits>>>,
}

impl MiniCrm {
    fn new(id: i64, key: &'static str) -> Self {
        Self {
            info: info(id, key),
            objects: objects(),
            resources: resources(),
            verified: Arc::default(),
            limits: Arc::default(),
        }
    }
}

fn info(id: i64, key: &'static str) -> ElementInfo {
    ElementInfo {
        id,
        key: key.into(),
        name: "Mini CRM".into(),
        description: "Deals and people.".into(),
        image: "".into(),
        signup_url: "".into(),
        content_type: "application/json".into(),
        authentication: "custom".into(),
        hub: HubInfo { id: 77, key: "crm".into(), name: "CRM".into(), description: "Customers.".into() },
        url_variable: None,
        configuration: vec![
            ConfigurationInfo::password(1, "minicrm.token", "Token").role(ConfigurationRole::Secret).required(),
            ConfigurationInfo::text(2, "minicrm.region", "Region", 2).role(ConfigurationRole::Access),
            ConfigurationInfo::text(3, "minicrm.host", "Host", 100).role(ConfigurationRole::Host),
            ConfigurationInfo::boolean(4, "minicrm.archived", "Archived deals too", false),
        ],
    }
}

fn objects() -> Vec<ObjectInfo> {
    let field = |name, kind| FieldInfo::new(name, kind, "A field.");
    let id = || field("id", Kind::Text);
    let deals = vec![id(), field("amount", Kind::Float).native("money"), field("closed", Kind::Date)];
    let people = vec![id(), field("email", Kind::Text), field("address", Kind::Json).native("object")];
    vec![
        ObjectInfo {
            long_name: "crmDeals".into(),
            filters: vec!["search".into()],
            last_modified: vec!["closed".into()],
            ..ObjectInfo::new("deals", "Deals that are won or lost.", deals)
        },
        ObjectInfo {
            long_name: "channelsContacts".into(),
            email: Some("email".into()),
            ..ObjectInfo::new("people", "People.", people)
        },
        ObjectInfo { published: false, ..ObjectInfo::new("notes", "Notes on deals.", vec![id()]) },
    ]
}

fn resources() -> Vec<Resource> {
    let search = ParameterInfo { name: "search".into(), doc: "Words to find.".into() };
    vec![
        Resource { parameters: vec![search], ..Resource::list("/deals", DEALS) },
        Resource::create("/deals", DEALS),
        Resource::one("/deals/{dealId}", DEALS),
        Resource { published: false, ..Resource::list("/deals/{dealId}/notes", NOTES) },
        Resource::list("/contacts", PEOPLE),
        Resource::list("/channels/{name}/contacts", PEOPLE),
        Resource::list("/channels/contacts", PEOPLE),
        Resource::list("/users", PEOPLE),
        Resource { hub_only: true, ..Resource::list("/users/{owner}/deals", DEALS) },
    ]
}

impl Element for MiniCrm {
    fn info(&self) -> &ElementInfo {
        &self.info
    }

    fn objects(&self) -> &[ObjectInfo] {
        &self.objects
    }

    fn resources(&self) -> &[Resource] {
        &self.resources
    }

    fn check_configuration(&self, key: &str, value: &str) -> Result<(), String> {
        if key == "minicrm.token" && value.contains(' ') {
            return Err(format!("{key} must not contain a space"));
        }
        Ok(())
    }

    fn plan(&self, demand: &Demand<'_>) -> Result<ReadPlan, PlanError> {
        let schema = Arc::clone(&self.objects[usize::from(demand.object.0)].schema);
        let only = demand.path.get("dealId").map(str::to_owned);
        if only.as_deref() == Some("none") {
            return Err(PlanError::NotFound);
        }
        let partitions = Partitions::Known(vec![PartitionKey::root()]);
        let plan = ReadPlan::new(schema, partitions, format!("{:?} {only:?}", demand.object), only);
        Ok(ReadPlan { residual: demand.condition.cloned(), page_size: 2, ..plan })
    }

    fn limits(&self, of_engine: VendorLimits) -> VendorLimits {
        VendorLimits { concurrency: 1, body_bytes: 1 << 20, ..of_engine }
    }

    fn connect(self: Arc<Self>, host: Host) -> elementkit::Result<Arc<dyn Connector>> {
        *self.limits.lock().unwrap() = Some(host.client.limits());
        Ok(Arc::new(Rows { verified: Arc::clone(&self.verified) }))
    }
}

/// A vendor in memory, with five records of every object.
struct Rows {
    verified: Arc<AtomicUsize>,
}

impl Connector for Rows {
    fn verify<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<(), VendorError>> {
        self.verified.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }

    fn page<'a>(&'a self, _: &'a Context, request: PageRequest<'a>) -> BoxFuture<'a, Result<Page, VendorError>> {
        Box::pin(async move {
            let only = request.plan.own.downcast_ref::<Option<String>>().cloned().flatten();
            let first: usize = request.cursor.map_or(0, |cursor| cursor.parse().unwrap());
            let is_list = only.is_none();
            let ids: Vec<String> = match only {
                Some(id) => vec![id],
                None => (first..5).take(request.size.unwrap_or(5) as usize).map(|n| format!("a/{n}")).collect(),
            };
            let mut batch = Batch::new(Arc::clone(&request.plan.schema));
            for id in &ids {
                batch.push_null_row();
                batch.set_last(0, RecordValue::Text(id));
            }
            let next = first + ids.len();
            let next = (is_list && next < 5).then(|| next.to_string());
            Ok(Page { next, warnings: Vec::new(), ..Page::last(batch) })
        })
    }
}

struct Answer {
    status: u16,
    allow: Option<String>,
    body: Value,
    text: String,
}

impl Answer {
    /// Returns the string values of a list.
    fn texts(&self) -> Vec<&str> {
        self.body.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
    }
}

struct World {
    engine: Engine,
    simulator: Simulator,
    folder: TempDir,
}

impl World {
    async fn new(change: impl FnOnce(&mut EngineOptions)) -> Self {
        let simulator = Simulator::start(Config::default()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut options = support::engine_options(folder.path(), &simulator);
        change(&mut options);
        Self { engine: Engine::open(options).await.unwrap(), simulator, folder }
    }

    async fn with_both() -> Self {
        Self::new(|options| options.elements.push(Arc::new(MiniCrm::new(900, "minicrm")))).await
    }

    async fn call(&self, method: &str, path: &str, authorization: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{PREFIX}{path}"));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(elementkit::body::empty, |body| elementkit::body::full(body.to_string()));
        let (parts, body) = self.engine.answer(request.body(body).unwrap()).await.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let allow = parts.headers.get("allow").map(|value| value.to_str().unwrap().to_owned());
        Answer { status: parts.status.as_u16(), allow, body: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    /// Calls with organization credentials.
    async fn own(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let authorization = format!("User {}, Organization {}", support::USER, support::ORGANIZATION);
        self.call(method, path, Some(&authorization), body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.own("GET", path, None).await
    }

    /// Creates an instance. Returns its id and the credentials with its token.
    async fn instance(&self, element: &str, configuration: Value) -> (i64, String) {
        let body = json!({"element": {"key": element}, "name": element, "configuration": configuration});
        let answer = self.own("POST", "/instances", Some(body)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let token = answer.body["token"].as_str().unwrap();
        (answer.body["id"].as_i64().unwrap(), format!("User {}, Element {token}", support::USER))
    }

    async fn brighttalk(&self) -> (i64, String) {
        self.instance("brighttalk", credentials()).await
    }

    async fn minicrm(&self) -> (i64, String) {
        let mut configuration = credentials();
        configuration["minicrm.token"] = json!("one");
        self.instance("minicrm", configuration).await
    }

    async fn openapi(&self) -> Value {
        let request = Request::builder().uri("/openapi.json").body(elementkit::body::empty()).unwrap();
        let bytes = self.engine.answer(request).await.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }
}

/// The credentials that the simulator accepts.
fn credentials() -> Value {
    json!({"brighttalk.api.key": "1", "brighttalk.api.secret": "0123456789ABCDEF0123456789ABCDEF"})
}

#[tokio::test]
async fn catalogue_and_hubs_list_every_element() {
    let world = World::with_both().await;
    assert_eq!(world.get("/elements/keys").await.texts(), ["brighttalk", "minicrm"]);
    assert_eq!(world.get("/hubs/keys").await.texts(), ["marketing", "crm"]);
    assert_eq!(world.get("/hubs/crm").await.body["name"], "CRM");
    let of_hub = world.get("/hubs/crm/elements").await.body;
    assert_eq!(
        (of_hub.as_array().unwrap().len(), &of_hub[0]["id"], &of_hub[0]["hub"]),
        (1, &json!(900), &json!("crm"))
    );
    assert_eq!(world.get("/elements/900").await.body["key"], "minicrm");
    let objects = world.get("/elements/minicrm/objects").await.body;
    let names = objects.as_array().unwrap().iter().map(|object| object["name"].as_str().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["crmDeals", "channelsContacts", "notes"]);
    let metadata = world.get("/elements/minicrm/metadata?expand=true").await.body;
    assert_eq!((&metadata["hub"], &metadata["api"]["contentType"]), (&json!("crm"), &json!("application/json")));
    assert_eq!(metadata["resources"][0]["operations"], json!(["GET", "POST"]));
    let configuration = world.get("/elements/minicrm/configuration").await.body;
    let keys = configuration.as_array().unwrap().iter().map(|info| info["key"].as_str().unwrap());
    assert_eq!(keys.collect::<Vec<_>>(), ["minicrm.token", "minicrm.region", "minicrm.archived"], "no host");
    let hub = &world.get("/hubs?hydrate=true").await.body[1];
    assert_eq!(hub["resources"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn documents_show_the_element_and_leave_others_as_they_are() {
    let (alone, both) = (World::new(|_| {}).await, World::with_both().await);
    for path in ["/elements/brighttalk/docs", "/docs/marketing", "/elements/brighttalk/metadata", "/elements/184"] {
        assert_eq!(alone.get(path).await.text, both.get(path).await.text, "{path}");
    }
    let docs = both.get("/elements/minicrm/docs").await.body;
    let paths = docs["paths"].as_object().unwrap();
    assert!(paths["/deals"].get("get").is_some() && paths["/deals"].get("post").is_some());
    assert!(paths.contains_key("/deals/{dealId}") && paths.contains_key("/bulk/query"));
    assert!(!paths.contains_key("/channels") && !paths.contains_key("/users/{owner}/deals"));
    let names = |path: &str| {
        let parameters = docs["paths"][path]["get"]["parameters"].as_array().unwrap().iter();
        parameters.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    assert!(names("/deals").contains("search") && !names("/deals").contains("since"));
    assert!(!names("/contacts").contains("search"));
    assert!(docs["definitions"]["crmDeals"]["properties"]["amount"].is_object());
    let hub = both.get("/docs/crm").await.body;
    assert!(hub["paths"].get("/users/{owner}/deals").is_some() && hub["paths"].get("/channels").is_none());
    assert_eq!(hub["basePath"], "/elements/api-v2/hubs/crm");
}

#[tokio::test]
async fn the_openapi_document_describes_the_calls_of_both() {
    let (alone, both) = (World::new(|_| {}).await.openapi().await, World::with_both().await.openapi().await);
    assert_eq!(alone, Engine::openapi());
    let (paths, schemas) = (&both["paths"], &both["components"]["schemas"]);
    assert!(paths["/elements/api-v2/deals/{dealId}/notes"]["get"].is_object());
    assert!(paths["/elements/api-v2/hubs/{hub}/deals"]["post"].is_object());
    assert!(paths["/elements/api-v2/deals/{dealId}/{commonResource}"]["get"].is_object());
    // Both elements have the path, and objects with the same long name.
    let answer =
        &paths["/elements/api-v2/contacts"]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    let items = answer["anyOf"].as_array().unwrap().iter().map(|one| one["items"]["$ref"].as_str().unwrap());
    let names = ["channelsContacts", "minicrm_channelsContacts"];
    assert_eq!(items.collect::<Vec<_>>(), names.map(|name| format!("#/components/schemas/{name}")));
    assert_eq!(schemas["channelsContacts"], alone["components"]["schemas"]["channelsContacts"]);
    // Names of variables do not make another path, but ids of operations lack them.
    assert!(paths.get("/elements/api-v2/channels/{name}/contacts").is_none());
    let id = |path: &str| paths[&format!("/elements/api-v2{path}")]["get"]["operationId"].clone();
    assert_eq!(id("/channels/{channelId}/contacts"), "getChannelsContacts");
    assert_eq!(id("/channels/contacts"), "getChannelsContactsOfMinicrm");
    assert_eq!(id("/channels/{commonResource}"), "getChannelsByCommonResource2");
    // The platform has the plain path.
    assert!(paths["/elements/api-v2/users"]["get"]["summary"].as_str().unwrap().contains("account"));
    assert_eq!(id("/hubs/{hub}/users"), "getUsersOfMinicrmInHub");
    assert!(schemas["minicrm_channelsContacts"]["properties"]["address"].is_object());
    let mut ids = BTreeSet::new();
    for operation in paths.as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values()) {
        assert!(ids.insert(operation["operationId"].to_string()), "{} occurs twice", operation["operationId"]);
    }
    for part in both.to_string().split("\"$ref\":\"#").skip(1) {
        assert!(both.pointer(part.split('"').next().unwrap()).is_some(), "{part:.60}");
    }
}

#[tokio::test]
async fn discovery_shows_the_objects_of_the_instance() {
    let world = World::with_both().await;
    let ((_, brighttalk), (_, minicrm)) = (world.brighttalk().await, world.minicrm().await);
    let objects = world.call("GET", "/objects", Some(&minicrm), None).await;
    assert_eq!(objects.texts(), ["crmDeals", "channelsContacts", "notes"]);
    assert_eq!(world.call("GET", "/objects", Some(&brighttalk), None).await.texts().len(), 10);
    let metadata = |token: String| {
        let world = &world;
        async move { world.call("GET", "/objects/channelsContacts/metadata", Some(&token), None).await.body }
    };
    let (own, other) = (metadata(minicrm.clone()).await, metadata(brighttalk.clone()).await);
    let field =
        |name: &str| own["fields"].as_array().unwrap().iter().find(|field| field["vendorPath"] == name).unwrap();
    assert_eq!((&field("id")["type"], &field("id")["primaryKey"]), (&json!("string"), &json!(true)));
    assert_eq!(
        (&field("address")["type"], &field("address")["vendorNativeType"]),
        (&json!("object"), &json!("object"))
    );
    assert!(own["fields"].as_array().unwrap().len() == 3 && other["fields"].as_array().unwrap().len() > 20);
    let deals = world.call("GET", "/objects/DEALS/metadata", Some(&minicrm), None).await.body;
    assert_eq!(deals["fields"][1]["vendorNativeType"], "money");
    assert_eq!(world.call("GET", "/objects/deals/metadata", Some(&brighttalk), None).await.status, 404);
    assert_eq!(world.call("GET", "/objects/deals/docs", Some(&minicrm), None).await.status, 200);
    assert_eq!(world.call("GET", "/objects/webcasts/docs", Some(&minicrm), None).await.status, 404);
}

#[tokio::test]
async fn paths_belong_to_the_instances_of_their_element() {
    let world = World::with_both().await;
    let ((_, brighttalk), (_, minicrm)) = (world.brighttalk().await, world.minicrm().await);
    let unsupported = world.call("GET", "/no/such/path", Some(&brighttalk), None).await.body["message"].clone();
    for (path, own, other) in [
        ("/channels", &brighttalk, &minicrm),
        ("/surveys", &brighttalk, &minicrm),
        ("/hubs/crm/users", &minicrm, &brighttalk),
        ("/deals/a-1", &minicrm, &brighttalk),
        ("/hubs/anything/deals", &minicrm, &brighttalk),
        ("/hubs/crm/users/me/deals", &minicrm, &brighttalk),
    ] {
        assert_ne!(world.call("GET", path, Some(own), None).await.status, 404, "{path}");
        let refused = world.call("GET", path, Some(other), None).await;
        assert_eq!((refused.status, &refused.body["message"]), (404, &unsupported), "{path}");
    }
    // The same path of both elements, but the ids of one are numbers.
    assert_eq!(world.call("GET", "/channels/news/contacts", Some(&minicrm), None).await.status, 200);
    let refused = world.call("GET", "/channels/news/contacts", Some(&brighttalk), None).await;
    assert_eq!((refused.status, &refused.body["message"]), (404, &json!("Not Found")));
    // The same path of both elements, with other methods.
    let wrong = world.call("DELETE", "/deals", Some(&minicrm), None).await;
    assert_eq!((wrong.status, wrong.allow.as_deref()), (405, Some("GET, POST")));
    let wrong = world.call("POST", "/contacts", Some(&brighttalk), None).await;
    assert_eq!((wrong.status, wrong.allow.as_deref()), (405, Some("GET")));
    let common = world.call("POST", "/deals", Some(&brighttalk), Some(json!({}))).await;
    assert_eq!((common.status, common.allow.as_deref()), (405, Some("GET")), "a common resource could have the name");
}

#[tokio::test]
async fn anonymous_callers_learn_only_which_paths_exist() {
    let world = World::with_both().await;
    let status = |method: &'static str, path: &'static str| {
        let world = &world;
        async move { world.call(method, path, None, None).await.status }
    };
    for path in
        ["/channels", "/deals", "/deals/1", "/contacts", "/anything", "/deals/1/anything", "/hubs/x/users/1/deals"]
    {
        assert_eq!(status("GET", path).await, 401, "{path}");
    }
    assert_eq!(status("DELETE", "/deals").await, 401);
    for path in ["/deals/1/2/3/4", "/users/1/deals", "/hubs/crm/deals/1/2/3/4"] {
        assert_eq!(status("GET", path).await, 404, "{path}");
    }
    // With organization credentials, an Element token would not help where nothing has the name.
    assert_eq!(world.get("/anything").await.status, 404);
    for path in ["/deals", "/notes", "/webcasts", "/deals/1/deals"] {
        assert_eq!(world.get(path).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn configuration_follows_the_roles_of_the_element() {
    let element = MiniCrm::new(900, "minicrm");
    let verified = Arc::clone(&element.verified);
    let world = World::new(|options| options.elements.push(Arc::new(element))).await;
    let create = async |configuration: Value| {
        let body = json!({"element": {"key": "minicrm"}, "name": "x", "configuration": configuration});
        world.own("POST", "/instances", Some(body)).await
    };
    assert_eq!(create(credentials()).await.body["message"], "Missing required configuration: minicrm.token");
    let spaced = create(json!({"minicrm.token": "a b"})).await;
    assert_eq!((spaced.status, &spaced.body["message"]), (400, &json!("minicrm.token must not contain a space")));
    let host = create(json!({"minicrm.token": "a", "minicrm.host": "http://x"})).await;
    assert!(host.body["message"].as_str().unwrap().contains("allow_vendor_override"), "{}", host.text);

    let (id, _) = world.minicrm().await;
    let shown = world.get(&format!("/instances/{id}")).await.body["configuration"].clone();
    assert_eq!((&shown["minicrm.token"], &shown["minicrm.archived"]), (&json!("********"), &json!("false")));
    let items = world.get(&format!("/instances/{id}/configuration")).await.body;
    assert_eq!(items[1]["name"], "Region");
    // Only a change of access is verified with the vendor.
    for (key, value, is_access) in [("minicrm.archived", "true", false), ("minicrm.region", "eu", true)] {
        let before = verified.load(Ordering::Relaxed);
        let body = json!({"configuration": {key: value}});
        let answer = world.own("PATCH", &format!("/instances/{id}"), Some(body)).await;
        assert_eq!((answer.status, &answer.body["configuration"][key]), (200, &json!(value)), "{}", answer.text);
        assert_eq!(verified.load(Ordering::Relaxed) > before, is_access, "{key}");
    }
}

#[tokio::test]
async fn an_element_has_limits_of_its_own() {
    let element = MiniCrm::new(9, "minicrm");
    let limits = Arc::clone(&element.limits);
    let world = World::new(|options| {
        options.elements.push(Arc::new(element));
        options.vendor_retry.attempts = 7;
    })
    .await;
    world.minicrm().await;
    let limits = limits.lock().unwrap().unwrap();
    assert_eq!((limits.concurrency, limits.body_bytes, limits.retry.attempts), (1, 1 << 20, 7));
}

#[tokio::test]
async fn a_new_host_needs_the_secret_of_the_element_anew() {
    let world = World::new(|options| {
        options.elements.push(Arc::new(MiniCrm::new(900, "minicrm")));
        options.allow_vendor_override = true;
    })
    .await;
    let (id, _) = world.minicrm().await;
    let change = async |configuration: Value| {
        world.own("PATCH", &format!("/instances/{id}"), Some(json!({"configuration": configuration}))).await
    };
    let refused = change(json!({"minicrm.host": "http://other"})).await;
    let message = "minicrm.token must be given anew when minicrm.host changes";
    assert_eq!((refused.status, &refused.body["message"]), (400, &json!(message)));
    let changed = change(json!({"minicrm.host": "http://other", "minicrm.token": "two"})).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
}

#[tokio::test]
async fn extensions_of_the_element_are_hidden_too() {
    let world = World::new(|options| {
        options.elements.push(Arc::new(MiniCrm::new(900, "minicrm")));
        options.published_only = true;
    })
    .await;
    let paths = world.get("/elements/minicrm/docs").await.body["paths"].clone();
    assert!(paths.get("/deals").is_some() && paths.get("/deals/{dealId}/notes").is_none());
    let (_, minicrm) = world.minicrm().await;
    let objects = world.call("GET", "/objects", Some(&minicrm), None).await;
    assert_eq!(objects.texts(), ["crmDeals", "channelsContacts"]);
    assert_eq!(world.call("GET", "/deals/1/notes", Some(&minicrm), None).await.status, 404);
}

#[tokio::test]
async fn instances_stay_when_their_element_is_not_registered() {
    let world = World::with_both().await;
    let ((id, minicrm), (_, brighttalk)) = (world.minicrm().await, world.brighttalk().await);
    world.engine.close().await;
    let options = support::engine_options(world.folder.path(), &world.simulator);
    let world = World { engine: Engine::open(options).await.unwrap(), ..world };
    let shown = world.get(&format!("/instances/{id}")).await.body;
    assert_eq!((&shown["name"], &shown["element"]["id"]), (&json!("minicrm"), &json!(900)));
    for path in ["/objects", "/deals", "/channels"] {
        assert_eq!(world.call("GET", path, Some(&minicrm), None).await.status, 404, "{path}");
    }
    assert_eq!(world.call("GET", "/channels", Some(&brighttalk), None).await.status, 200);
    assert_eq!(world.own("DELETE", &format!("/instances/{id}"), None).await.status, 200);
}

#[tokio::test]
async fn names_and_paths_that_clash_are_refused_at_open() {
    let refused = async |element: MiniCrm| {
        let folder = tempfile::tempdir().unwrap();
        let mut options = EngineOptions::new(folder.path().join("test.db"));
        options.elements.push(Arc::new(element));
        match Engine::open(options).await {
            Ok(_) => panic!("the element is accepted"),
            Err(error) => (error.kind(), error.to_string()),
        }
    };
    let config = elementkit::ErrorKind::Config;
    for (id, key) in [(184, "minicrm"), (900, "brighttalk")] {
        let (kind, message) = refused(MiniCrm::new(id, key)).await;
        assert!(kind == config && message.contains("brighttalk"), "{message}");
    }
    for extra in [
        Resource::list("/deals", DEALS),
        Resource::one("/deals/{other}", DEALS),
        Resource { method: Method::PUT, hub_only: true, ..Resource::list("/deals", DEALS) },
        Resource::list("deals", DEALS),
        Resource { method: Method::GET, ..Resource::create("/new", DEALS) },
        Resource::any(Method::HEAD, "/new", DEALS),
        Resource::list("/objects", DEALS),
        Resource::list("/elements", DEALS),
        Resource::list("/half{open", DEALS),
        Resource::list("/others", ObjectId(3)),
    ] {
        let mut element = MiniCrm::new(900, "minicrm");
        element.resources.push(extra.clone());
        let (kind, message) = refused(element).await;
        assert!(kind == config && message.contains("minicrm"), "{extra:?}: {message}");
    }
}

#[tokio::test]
async fn records_are_read_through_the_seam() {
    let world = World::with_both().await;
    let (_, minicrm) = world.minicrm().await;
    let get = |path: String| {
        let (world, minicrm) = (&world, &minicrm);
        async move { world.call("GET", &path, Some(minicrm), None).await }
    };
    let all = get("/hubs/crm/deals".to_owned()).await;
    let ids: Vec<_> = all.body.as_array().unwrap().iter().map(|deal| deal["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a/0", "a/1", "a/2", "a/3", "a/4"]);
    assert_eq!(get("/deals?where=id%3D'a/3'".to_owned()).await.body, json!([{"id": "a/3"}]));
    assert_eq!(get("/deals/x%20y".to_owned()).await.body, json!({"id": "x y"}));
    assert_eq!(get("/deals/none".to_owned()).await.status, 404);
    assert_eq!(get("/ping".to_owned()).await.body["endpoint"], "minicrm");
    let undone = world.call("POST", "/deals", Some(&minicrm), Some(json!({}))).await;
    assert_eq!((undone.status, undone.body.get("hint")), (400, None));
    assert_eq!(undone.body["message"], "the element declares this call but does not implement it");
    let started = world.call("POST", "/bulk/query?q=select%20*%20from%20deals", Some(&minicrm), None).await;
    let job = started.body["id"].as_str().unwrap().to_owned();
    let mut status = Value::Null;
    for _ in 0..100 {
        status = get(format!("/bulk/{job}/status")).await.body;
        if status["status"] == "COMPLETED" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!((&status["status"], &status["recordsCount"]), (&json!("COMPLETED"), &json!(5)), "{status}");
}
