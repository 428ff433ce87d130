//! Examples with scripts and chains, run against vendors that are played from definitions without scripts.

use serde_json::{Value, json};
use vendor_sim::{Entry, Options, Simulator, localized};

use crate::defined::folders::example;
use crate::defined::played::{imported, instance};
use crate::support::raw::{self, Answer};

/// An example with its vendor.
struct Played {
    simulator: Simulator,
    world: raw::World,
    _folder: tempfile::TempDir,
}

impl Played {
    /// Plays a vendor from `resources`, imports the definition and makes an instance.
    async fn new(name: &str, resources: Value, options: Options, configuration: Value) -> Self {
        Self::of(&example(name), resources, options, configuration).await
    }

    async fn of(definition: &Value, resources: Value, options: Options, configuration: Value) -> Self {
        let mut vendor = definition.clone();
        vendor["resources"] = resources;
        vendor["hooks"] = json!([]);
        let simulator = Simulator::start(&vendor, options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let engine = imported(folder.path(), &localized(definition, simulator.url())).await.unwrap();
        let new = json!({"element": {"key": definition["key"]}, "name": "x", "configuration": configuration});
        let world = instance(engine, &new).await.unwrap();
        Self { simulator, world, _folder: folder }
    }

    /// Makes a call that succeeds.
    async fn ok(&self, line: &str, body: Value) -> Value {
        let answer = self.call(line, body).await;
        assert_eq!(answer.status, 200, "{line}: {}", answer.text());
        answer.json()
    }

    async fn call(&self, line: &str, body: Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.world.call(line, &[], body).await
    }

    /// Returns the requests since the last call.
    fn requests(&self) -> Vec<Entry> {
        let requests = self.simulator.requests();
        self.simulator.clear_requests();
        requests
    }

    /// Reads a list to its end.
    async fn walk(&self, path: &str) -> Vec<Value> {
        let (mut rows, mut next) = (Vec::new(), String::new());
        for _ in 0..20 {
            let answer = self.call(&format!("GET {path}{next}"), Value::Null).await;
            let Value::Array(part) = answer.json() else { panic!("{path}{next}: {}", answer.text()) };
            rows.extend(part);
            let Some(token) = answer.header("elements-next-page-token") else { return rows };
            let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
            next = format!("&nextPage={token}");
        }
        panic!("{path} does not end");
    }
}

fn resource(method: &str, path: &str, more: Value) -> Value {
    let mut resource = json!({"method": method, "path": path, "vendorPath": path});
    resource.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    resource
}

fn to(name: &str, kind: &str, vendor_name: &str) -> Value {
    json!({"type": kind, "name": name, "vendorType": kind, "vendorName": vendor_name})
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

async fn support_desk() -> Played {
    let pages = json!([to("page", "query", "page"), to("pageSize", "query", "limit")]);
    let cursors = json!([to("nextPage", "query", "cursor"), to("pageSize", "query", "limit")]);
    let vendor = json!([
        resource("GET", "/tickets", json!({"rootKey": "|data.items", "parameters": pages})),
        resource("GET", "/tickets/{id}", json!({"parameters": [to("id", "path", "id")]})),
        resource("POST", "/tickets", json!({"rootKey": "ticket|", "parameters": [to("body", "body", "body")]})),
        resource(
            "GET",
            "/activities",
            json!({"rootKey": "|items", "nextPageKey": "paging.next", "parameters": cursors})
        ),
    ]);
    let values = json!({"tenant": "t-1", "signing.secret": "s3cret-signing"});
    Played::new("support-desk", vendor, Options::default(), values).await
}

#[tokio::test(flavor = "multi_thread")]
async fn global_and_resource_scripts() {
    let desk = support_desk().await;
    let rows = desk.walk("/tickets?where=open%3D'true'%20AND%20amount%3E20&pageSize=10").await;
    assert_eq!(rows.len(), 23, "the search is the vendor's affair (spec E 6.30)");
    assert_eq!(rows[22]["label"], format!("r-0023: {}", rows[22]["name"].as_str().unwrap()));
    let requests = desk.requests();
    assert_eq!(requests.len(), 3);
    // HMAC-SHA256 of `GET /tickets` with the secret of the instance.
    let signature = "8fc0875ca464a876236cddffd7b362742d8b070b3e2787604a0fdd0c25727031";
    for request in &requests {
        assert!(request.parameters().contains(&("filter".to_owned(), "open:true amount:>20".to_owned())));
        assert_eq!((request.header("x-tenant"), request.header("x-signature")), (Some("t-1"), Some(signature)));
    }
    let made = desk.ok("POST /tickets", json!({"name": "new"})).await;
    assert_eq!((&made["name"], &made["open"]), (&json!("new"), &json!(true)));
    let refused = desk.call("POST /tickets", json!({"amount": 1})).await;
    assert_eq!((refused.status, &refused.json()["message"]), (400, &json!("name is required")));
    assert_eq!(desk.requests().len(), 1, "the vendor is not asked for what a script refuses");
    let missing = desk.call("GET /tickets/none", Value::Null).await;
    assert_eq!((missing.status, &missing.json()["message"]), (404, &json!("Support Desk: there is no none")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_by_script_live_and_in_bulk() {
    let desk = support_desk().await;
    let rows = desk.walk("/activities?pageSize=10").await;
    assert_eq!((rows.len(), ids(&rows)[22]), (23, "r-0023"));
    let job = desk.world.query("select id from activities").await;
    assert_eq!(desk.world.ended(&job).await["status"], "COMPLETED");
    let result = desk.world.result(&job, "activities", "text/csv").await.text();
    assert_eq!(result.lines().count(), 24, "{result}");
    // A script that fails on a page makes an error row, and the job goes on (spec E 9.20).
    let job = desk.world.query("select id, label from tickets").await;
    let ended = desk.world.ended(&job).await;
    let result = desk.world.result(&job, "tickets", "text/csv").await.text();
    assert_eq!((result.lines().count(), &ended["status"]), (24, &json!("COMPLETED")), "{ended} {result}");
    assert!(result.lines().nth(1).unwrap().contains("r-0001: "), "{result}");
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_by_body_and_header_with_scripts() {
    let cursors = json!([to("nextPage", "query", "after"), to("pageSize", "query", "limit")]);
    let post = json!([{"type": "postRequest", "body": "done({response_body: response_body.map(r => ({id: r.id}))});"}]);
    let vendor = json!([
        resource("GET", "/bodies", json!({"rootKey": "|rows", "nextPageKey": "body.meta.next", "parameters": cursors})),
        resource("GET", "/headers", json!({"nextPageKey": "header.X-Next", "parameters": cursors})),
        resource("GET", "/links", json!({"parameters": cursors})),
    ]);
    let mut definition = json!({"key": "cursed", "name": "Cursors", "hub": "general", "authentication": {"type": "none"},
        "configuration": [
            {"key": "base.url", "defaultValue": "https://api.cursed.example"},
            {"key": "pagination.type", "defaultValue": "cursor"}],
        "resources": vendor});
    for resource in definition["resources"].as_array_mut().unwrap() {
        resource["hooks"] = post.clone();
    }
    let played = Played::of(&definition, vendor, Options::default(), json!({})).await;
    for path in ["/bodies", "/headers", "/links"] {
        let rows = played.walk(&format!("{path}?pageSize=9")).await;
        assert_eq!((rows.len(), &rows[22]), (23, &json!({"id": "r-0023"})), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_five() {
    let records = |path: &str| {
        let id = format!("{path}/{{id}}");
        let names: Vec<Value> =
            path.contains("{orderId}").then(|| to("orderId", "path", "orderId")).into_iter().collect();
        let by_id: Vec<Value> = names.iter().cloned().chain([to("id", "path", "id")]).collect();
        [
            resource("GET", path, json!({"parameters": names})),
            resource("POST", path, json!({"parameters": names})),
            resource("GET", &id, json!({"parameters": by_id})),
            resource("PATCH", &id, json!({"parameters": by_id})),
        ]
    };
    let vendor: Vec<Value> =
        ["/orders", "/orders/{orderId}/lines", "/invoices"].into_iter().flat_map(records).collect();
    let played = Played::new("checkout", vendor.into(), Options::default(), json!({"api.key": "k-checkout"})).await;
    let order = json!({"customer": "ann", "lines": [{"sku": "a", "count": 2}]});
    let made = played.ok("POST /checkouts", order).await;
    let requests = played.requests();
    let lines: Vec<String> = requests.iter().map(|entry| format!("{} {}", entry.method, entry.path)).collect();
    let (id, invoice) = (made["orderId"].as_str().unwrap(), made["invoiceId"].as_str().unwrap());
    let expected = [
        "POST /api.checkout.example/orders".to_owned(),
        format!("POST /api.checkout.example/orders/{id}/lines"),
        format!("PATCH /api.checkout.example/orders/{id}"),
        "POST /api.checkout.example/invoices".to_owned(),
        format!("GET /api.checkout.example/invoices/{invoice}"),
    ];
    assert_eq!(lines, expected);
    assert_eq!((&made["state"], requests.len()), (&json!("confirmed"), 5));
    let body = |index: usize| serde_json::from_str::<Value>(&requests[index].body).unwrap();
    assert_eq!((body(0), body(1)), (json!({"customer": "ann"}), json!({"lines": [{"sku": "a", "count": 2}]})));
    assert!(requests.iter().all(|request| request.header("x-api-key") == Some("k-checkout")));

    // A step that fails is the answer, and what was done stays done (spec E 7.67).
    played
        .simulator
        .add_faults(&json!({"match": {"path": "*/invoices"}, "fault": {"type": "status", "status": 403}}))
        .unwrap();
    let failed = played.call("POST /checkouts", json!({"customer": "bob"})).await;
    assert_eq!((failed.status, played.requests().len()), (403, 4), "{}", failed.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_by_script_and_its_refresh() {
    let token = |name: &str| json!({"type": "configuration", "name": "session.token", "vendorType": "bodyField", "vendorName": name, "source": "response"});
    let pages = json!([to("page", "query", "page"), to("pageSize", "query", "size")]);
    let vendor = json!([
        resource(
            "POST",
            "/sessions",
            json!({"type": "provisionAuthValidation", "parameters": [token("session.token")]})
        ),
        resource("PUT", "/sessions/current", json!({"type": "onRefresh", "parameters": [token("session.token")]})),
        resource("GET", "/things", json!({"parameters": pages})),
    ]);
    let values = json!({"username": "ann", "password": "pa\"ss"});
    let played = Played::new("session-login", vendor, Options::default(), values).await;
    let login = played.requests().remove(0);
    assert_eq!(
        serde_json::from_str::<Value>(&login.body).unwrap(),
        json!({"user": {"name": "ann", "password": "pa\"ss"}})
    );
    assert_eq!(login.header("authorization"), None);
    assert_eq!(played.walk("/things?pageSize=10").await.len(), 23);
    let first = played.requests().remove(0).header("authorization").map(str::to_owned);
    assert!(first.as_ref().unwrap().starts_with("Session session-"), "{first:?}");
    // The vendor forgets its sessions: the refused call is made again with a new one (spec E 4.22, 4.57).
    played.simulator.expire_tokens();
    assert_eq!(played.ok("GET /things?pageSize=3", Value::Null).await.as_array().unwrap().len(), 3);
    let requests = played.requests();
    let lines: Vec<String> = requests.iter().map(|entry| format!("{} {}", entry.method, entry.status)).collect();
    assert_eq!(lines, ["GET 401", "PUT 200", "GET 200"]);
    assert_ne!(requests[2].header("authorization"), first.as_deref());
}

/// Spec E 12.11: event scripts are stored, come back, and are remarked.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_script_is_stored_and_remarked() {
    let hook = json!({"type": "event", "mimeType": "application/javascript", "body": "done({events: []});"});
    let mut definition = example("support-desk");
    definition["hooks"].as_array_mut().unwrap().push(hook.clone());
    let vendor = json!([resource("GET", "/tickets", json!({"rootKey": "|data.items"}))]);
    let values = json!({"tenant": "t-1", "signing.secret": "s3cret-signing"});
    let played = Played::of(&definition, vendor, Options::default(), values).await;
    assert_eq!(played.ok("GET /tickets?pageSize=5", Value::Null).await.as_array().unwrap().len(), 5);
    let owner = crate::defined::played::owner();
    let exported =
        raw::call(&played.world.engine, "GET /elements/support-desk/export", &owner, &[], String::new()).await.json();
    let stored = &exported["hooks"][2];
    assert_eq!((&stored["type"], &stored["body"]), (&hook["type"], &hook["body"]), "{exported}");
    let report = elementkit::elements::definition::check::check(&definition);
    let remarks: Vec<_> = report.remarks.iter().map(|remark| (remark.pointer.as_str(), remark.code)).collect();
    assert_eq!(remarks, [("/hooks/2", "event")]);
}

/// Spec E 4.51 to 4.55: three legs, and signatures that the vendor checks.
#[tokio::test(flavor = "multi_thread")]
async fn oauth_1_in_three_legs() {
    let definition = example("oauth1-user");
    let world = crate::defined::played::World::new(&definition, Options::default()).await.unwrap();
    let page = world.call("GET /items?pageSize=2", &[], String::new()).await;
    assert_eq!((page.status, page.json().as_array().map(Vec::len)), (200, Some(2)), "{}", page.text());
    let made = world.call("POST /items", &[], json!({"title": "x"}).to_string()).await;
    assert_eq!((made.status, &made.json()["title"]), (200, &json!("x")), "{}", made.text());
    let form = world.call("POST /items/form?title=a%20b%26%C3%A9", &[], String::new()).await;
    assert_eq!(form.status, 200, "a form is signed: {}", form.text());
    let last = world.simulator.requests().pop().unwrap();
    assert!(last.body.starts_with("title=a") && last.body.ends_with("b%26%C3%A9"), "{}", last.body);
    let line = format!("GET /instances/{}", world.raw.instance_id);
    let owner = crate::defined::played::owner();
    let shown = raw::call(&world.raw.engine, &line, &owner, &[], String::new()).await.text();
    assert!(!shown.contains("s3cret+access") && shown.contains("oauth.user.token.secret"), "{shown}");
}
