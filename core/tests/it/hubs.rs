//! The typed calls of the client work with any element and any hub of a platform, in both forms of paths and in either
//! alone (spec P 7.1).

use elementkit::model::NewInstance;
use elementkit::{BulkDownload, ErrorKind, Format, HostedOptions, InstanceHandle, Platform, RetryPolicy};
use futures::TryStreamExt;
use serde_json::{Value, json};

use crate::support::stub::{Reply, Stub};

/// The forms of paths that a platform has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Has {
    Both,
    HubOnly,
    PlainOnly,
}

/// A platform with one element `acme`.
#[derive(Clone, Copy)]
struct Crm {
    has: Has,
    hub: &'static str,
    /// The hub as it is written in paths.
    in_paths: &'static str,
    /// Whether the hub is part of instances, and of elements.
    told_in: (bool, bool),
    /// Whether calls about instances work.
    knows_instances: bool,
}

const CRM: Crm = Crm { has: Has::Both, hub: "crm", in_paths: "crm", told_in: (true, true), knows_instances: true };

fn found(body: &Value) -> Reply {
    (200, "Content-Type: application/json\r\nElements-Element-Instance-Id: 7\r\n", body.to_string())
}

fn missing(message: &str) -> Reply {
    (404, "Content-Type: application/json\r\n", json!({ "message": message }).to_string())
}

const NO_PATH: &str = "no such path";

impl Crm {
    async fn start(self) -> Stub {
        Stub::start(move |method, path| self.reply(method, path)).await
    }

    fn reply(self, method: &str, path: &str) -> Reply {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        if let Some(reply) = self.platform_call(method, path) {
            return reply;
        }
        let in_hub = path.strip_prefix("/hubs/").and_then(|rest| rest.split_once('/'));
        match (self.has, in_hub) {
            // Documented platforms ignore the hub.
            (Has::Both, Some((_, rest))) => resource(method, rest, query),
            (Has::HubOnly, Some((hub, rest))) if hub == self.in_paths => resource(method, rest, query),
            (Has::Both | Has::PlainOnly, None) => resource(method, path.trim_start_matches('/'), query),
            _ => missing(NO_PATH),
        }
    }

    fn platform_call(self, method: &str, path: &str) -> Option<Reply> {
        let (in_instance, in_element) = self.told_in;
        let mut element = json!({"id": 9001, "key": "acme", "name": "Acme"});
        let told = if path.starts_with("/elements") { in_element } else { in_instance };
        if told {
            element["hub"] = json!(self.hub);
        }
        let instance = json!({"id": 7, "name": "Acme", "token": "t", "valid": true, "tags": [], "element": element});
        Some(match (method, path) {
            ("GET", "/instances/7" | "/instances" | "/instances/configuration") if !self.knows_instances => {
                missing("no instances here")
            }
            ("GET" | "PATCH", "/instances/7") => found(&instance),
            ("GET", "/instances") => found(&json!([instance])),
            ("GET", "/instances/configuration") => found(&json!([])),
            ("GET", "/elements/acme" | "/elements/acme/metadata") => found(&element),
            // Calls of the platform that share their names with objects of the element.
            ("GET", "/accounts") => found(&json!([{"id": 1, "name": "the platform's own"}])),
            _ => return None,
        })
    }
}

fn resource(method: &str, path: &str, query: &str) -> Reply {
    match (method, path) {
        ("GET", "contacts") if query.contains("nextPage=two") => found(&json!([{"id": "003-ü/b"}])),
        ("GET", "contacts") => {
            let headers = "Content-Type: application/json\r\nElements-Next-Page-Token: two\r\n";
            (200, headers, json!([{"id": "003-a"}]).to_string())
        }
        ("GET", "contacts/003-a/notes") => found(&json!([{"id": "n-1"}])),
        ("GET", "contacts/gone/notes") => {
            let body = json!({"message": "Not Found", "providerMessage": "no contact gone"});
            (404, "Content-Type: application/json\r\n", body.to_string())
        }
        ("GET", "accounts") => found(&json!([{"id": "001-x"}])),
        ("GET", "objects") => found(&json!(["contacts", "accounts"])),
        ("GET", "objects/contacts/metadata") => found(&json!({"fields": [{"vendorPath": "id", "type": "string"}]})),
        ("GET", "ping") => found(&json!({"valid": true})),
        ("POST", "bulk/query" | "bulk/download") => found(&json!({"id": "b-1", "status": "CREATED"})),
        ("GET", "bulk/jobs") => found(&json!([{"id": "b-1", "status": "COMPLETED"}])),
        ("GET", "bulk/b-1/status") => {
            found(&json!({"id": "b-1", "status": "COMPLETED", "objectName": "contacts", "recordsCount": 2}))
        }
        ("GET", "bulk/b-1/contacts") => {
            (200, "Content-Type: application/jsonl\r\n", "{\"id\":\"003-a\"}\n{\"id\":\"003-ü/b\"}\n".to_owned())
        }
        ("GET", "bulk/b-1/errors") => found(&json!([])),
        _ => missing(NO_PATH),
    }
}

fn platform(stub: &Stub) -> Platform {
    let options = HostedOptions::new().base_url(&stub.origin).user("u").organization("o").retry(RetryPolicy::NONE);
    Platform::hosted(options).unwrap()
}

async fn ids(instance: &InstanceHandle, resource: &str) -> Vec<String> {
    let records: Vec<_> = instance.records(resource).stream().try_collect().await.unwrap();
    records.iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
}

/// Makes every typed call that has two forms.
async fn use_all(instance: &InstanceHandle) {
    assert_eq!(ids(instance, "contacts").await, ["003-a", "003-ü/b"]);
    assert_eq!(ids(instance, "contacts/003-a/notes").await, ["n-1"]);
    assert_eq!(ids(instance, "/accounts").await, ["001-x"]);
    instance.ping().await.unwrap();
    assert_eq!(instance.objects().await.unwrap(), ["contacts", "accounts"]);
    assert_eq!(instance.metadata("contacts").await.unwrap()["fields"][0]["vendorPath"], "id");
    let bulk = instance.bulk();
    let job = bulk.query("select * from contacts").await.unwrap();
    assert!(job.status().await.unwrap().status.is_success());
    let chunks: Vec<_> = job.stream(Format::JsonLines).await.unwrap().try_collect().await.unwrap();
    assert_eq!(String::from_utf8(chunks.concat()).unwrap().lines().count(), 2);
    assert!(job.errors(None).await.unwrap().0.is_empty());
    assert_eq!(bulk.list().await.unwrap().len(), 1);
    assert_eq!(bulk.job("b-1").await.unwrap().id(), "b-1");
    assert_eq!(bulk.start_download(BulkDownload::new("contacts")).await.unwrap().id(), "b-1");
}

/// Returns the instance in the ways in which a program gets it.
async fn instances(platform: &Platform) -> [(&'static str, InstanceHandle); 3] {
    let instances = platform.instances();
    [
        ("by id", instances.get(7).await.unwrap()),
        ("connected", instances.connect(&NewInstance::of("acme").named("Acme")).await.unwrap()),
        ("by token", instances.with_token("t")),
    ]
}

#[tokio::test]
async fn every_call_works_in_either_form_of_paths() {
    for has in [Has::Both, Has::HubOnly, Has::PlainOnly] {
        for told_in in [(true, true), (false, true)] {
            let stub = Crm { has, told_in, ..CRM }.start().await;
            // The platform has calls named `accounts` itself, so that without hubs there is no way to the object.
            let without = has == Has::PlainOnly;
            for (way, instance) in instances(&platform(&stub)).await {
                eprintln!("{has:?}, hub told in {told_in:?}, instance {way}");
                if without {
                    let error = instance.records("accounts").page(None).await.unwrap_err();
                    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, NO_PATH));
                    assert_eq!(ids(&instance, "contacts").await.len(), 2);
                    instance.ping().await.unwrap();
                    let job = instance.bulk().query("select * from contacts").await.unwrap();
                    assert!(job.status().await.unwrap().status.is_success());
                } else {
                    use_all(&instance).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_platform_with_both_forms_gets_no_request_too_many() {
    let stub = CRM.start().await;
    let found = platform(&stub).instances().get(7).await.unwrap();
    use_all(&found).await;
    let query = "/bulk/query?q=select+*+from+contacts";
    let expected = [
        "GET /instances/7",
        "GET /hubs/crm/contacts",
        "GET /hubs/crm/contacts?nextPage=two",
        "GET /hubs/crm/contacts/003-a/notes",
        "GET /hubs/crm/accounts",
        "GET /ping",
        "GET /objects",
        "GET /objects/contacts/metadata",
        &format!("POST {query}"),
        "GET /bulk/b-1/status",
        "GET /elements/acme/metadata",
        "GET /bulk/b-1/contacts",
        "GET /bulk/b-1/errors",
        "GET /bulk/jobs",
        "GET /bulk/b-1/status",
        "POST /bulk/download",
    ];
    assert_eq!(stub.lines(), expected);

    // Of a token nothing is known, and nothing needs to be.
    let by_token = platform(&stub).instances().with_token("t");
    assert_eq!(ids(&by_token, "contacts").await.len(), 2);
    assert_eq!(stub.lines(), ["GET /contacts", "GET /contacts?nextPage=two"]);
    // Its hub is requested once, where a name needs it; lists that have begun keep their form.
    assert_eq!(ids(&by_token, "accounts").await, ["001-x"]);
    assert_eq!(ids(&by_token, "accounts").await, ["001-x"]);
    assert_eq!(by_token.records("contacts").page(Some("two")).await.unwrap().next_page_token(), None);
    let expected =
        ["GET /instances/7", "GET /hubs/crm/accounts", "GET /hubs/crm/accounts", "GET /contacts?nextPage=two"];
    assert_eq!(stub.lines(), expected);
}

#[tokio::test]
async fn the_form_of_a_platform_is_found_once() {
    let stub = Crm { has: Has::HubOnly, ..CRM }.start().await;
    let all = platform(&stub);
    let by_token = all.instances().with_token("t");
    by_token.bulk().query("select * from contacts").await.unwrap();
    let query = "bulk/query?q=select+*+from+contacts";
    let expected = [
        format!("POST /{query}"),
        "GET /instances/configuration".to_owned(),
        "GET /instances/7".to_owned(),
        format!("POST /hubs/crm/{query}"),
    ];
    assert_eq!(stub.lines(), expected);
    // Known for all instances of the platform.
    let other = all.instances().get(7).await.unwrap();
    other.ping().await.unwrap();
    other.objects().await.unwrap();
    assert_eq!(other.records("nonsense").page(None).await.unwrap_err().kind(), ErrorKind::NotFound);
    let expected = ["GET /instances/7", "GET /hubs/crm/ping", "GET /hubs/crm/objects", "GET /hubs/crm/nonsense"];
    assert_eq!(stub.lines(), expected);

    let stub = Crm { has: Has::PlainOnly, ..CRM }.start().await;
    let found = platform(&stub).instances().get(7).await.unwrap();
    assert_eq!(ids(&found, "contacts").await.len(), 2);
    let expected = ["GET /instances/7", "GET /hubs/crm/contacts", "GET /contacts", "GET /contacts?nextPage=two"];
    assert_eq!(stub.lines(), expected);
}

#[tokio::test]
async fn what_does_not_exist_is_not_asked_for_twice() {
    let stub = CRM.start().await;
    let found = platform(&stub).instances().get(7).await.unwrap();
    // The vendor's 404 shows that the platform has the path.
    let error = found.records("contacts/gone/notes").page(None).await.unwrap_err();
    assert_eq!(error.info().provider_message.as_deref(), Some("no contact gone"));
    let error = found.records("nonsense").page(None).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, NO_PATH));
    assert_eq!(stub.lines(), ["GET /instances/7", "GET /hubs/crm/contacts/gone/notes", "GET /hubs/crm/nonsense"]);
}

#[tokio::test]
async fn a_failed_search_for_the_hub_hides_no_error() {
    let stub = Crm { has: Has::HubOnly, knows_instances: false, ..CRM }.start().await;
    let by_token = platform(&stub).instances().with_token("t");
    let error = by_token.objects().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, NO_PATH));
    assert_eq!(stub.lines(), ["GET /objects", "GET /instances/configuration"]);

    // Documented platforms ignore the hub, so that the object is reached without it.
    let stub = Crm { knows_instances: false, ..CRM }.start().await;
    let by_token = platform(&stub).instances().with_token("t");
    assert_eq!(ids(&by_token, "accounts").await, ["001-x"]);
    assert_eq!(stub.lines(), ["GET /instances/configuration", "GET /hubs/any/accounts"]);

    // Neither instances nor elements name the hub.
    let stub = Crm { has: Has::PlainOnly, told_in: (false, false), ..CRM }.start().await;
    let found = platform(&stub).instances().get(7).await.unwrap();
    assert_eq!(ids(&found, "contacts").await.len(), 2);
    let error = found.records("nonsense").page(None).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, NO_PATH));
    let expected = ["GET /instances/7", "GET /contacts", "GET /contacts?nextPage=two", "GET /nonsense"];
    assert_eq!(stub.lines(), expected);
}

#[tokio::test]
async fn the_key_of_a_hub_stays_one_segment() {
    let stub =
        Crm { has: Has::HubOnly, hub: "crm & co/ü?", in_paths: "crm%20%26%20co%2F%C3%BC%3F", ..CRM }.start().await;
    for (_, instance) in instances(&platform(&stub)).await {
        use_all(&instance).await;
    }
}

#[tokio::test]
async fn the_catalogue_of_this_version_knows_the_hubs_of_its_elements() {
    let instance = |element: Value| json!({"id": 7, "name": "x", "token": "t", "element": element});
    for element in
        [json!({"id": 184, "key": "brighttalk"}), json!({"id": 184}), json!({"key": "brighttalk", "hub": ""})]
    {
        let instance = instance(element);
        let stub = Stub::start(move |_, path| match path {
            "/instances/7" => found(&instance),
            _ => found(&json!([{"id": "1"}])),
        })
        .await;
        let found = platform(&stub).instances().get(7).await.unwrap();
        assert_eq!(ids(&found, "channels").await, ["1"]);
        assert_eq!(stub.lines(), ["GET /instances/7", "GET /hubs/marketing/channels"]);
    }
}
