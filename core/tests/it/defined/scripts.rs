//! Scripts of definitions around calls (spec E 5.1, 7).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::world::{Reply, Vendor, World, encoded};

fn pre(body: &str) -> Value {
    json!({"type": "preRequest", "mimeType": "application/javascript", "body": body})
}

fn post(body: &str) -> Value {
    json!({"type": "postRequest", "mimeType": "application/javascript", "body": body})
}

async fn echo() -> Vendor {
    Vendor::start(|asked| Reply::json(json!({"line": asked.line()}))).await
}

#[tokio::test]
async fn scripts_run_in_their_order() {
    // Spec E 7.1, 7.35, 7.43, 7.69.
    let vendor = Vendor::start(|asked| Reply::json(json!({"data": {"trail": asked.get("trail")}}))).await;
    let add = |word: &str| {
        pre(&format!(
            "done({{request_vendor_parameters: {{trail: (request_vendor_parameters.trail || '') + '{word} '}},
                    request_parameters: {{seen: '{word}'}}}})"
        ))
    };
    let note = |word: &str| {
        post(&format!(
            "const path = response_body.data ? response_body.data.trail : response_body.trail;
             done({{response_body: {{trail: path + '{word} ', sent: request_vendor_parameters.trail,
                    seen: request_parameters.seen}}}})"
        ))
    };
    let document = json!({
        "authentication": {"type": "none"}, "hooks": [note("global-post"), add("global-pre")],
        "resources": [{"method": "GET", "path": "/things/{id}", "vendorPath": "/t", "rootKey": "|data",
            "hooks": [note("own-post"), add("own-pre"), {"type": "event", "body": "throw 1"}]}],
    });
    let world = World::new(vendor, document, json!({})).await;
    let answer = world.get("/things/1").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let trail = "global-pre own-pre own-post global-post ";
    assert_eq!(answer.body, json!({"trail": trail, "sent": "global-pre own-pre ", "seen": "own-pre"}));
    assert_eq!(world.vendor.lines(), ["GET /t?trail=global-pre own-pre "]);
}

#[tokio::test]
async fn the_vendor_can_be_left_out() {
    // Spec E 7.36, 5.94.
    let body = "if (request_path_variables.id === 'x') done({continue: false, response_body: {id: 'x', by: 'script'}});
        if (request_path_variables.id === 'no') done({response_error_message: 'not here', response_status_code: 404});
        if (request_path_variables.id === 'throw') { const nothing = null;
            nothing.member; }";
    let document = json!({
        "authentication": {"type": "none"},
        "resources": [{"method": "GET", "path": "/things/{id}", "vendorPath": "/t/{missing}", "hooks": [pre(body),
            post("if (request_vendor_path !== '/t/{missing}') throw request_vendor_path;
                  if (!response_iserror) done({response_body: Object.assign({status: response_status_code}, response_body)})")]}],
    });
    let world = World::new(echo().await, document, json!({})).await;
    assert_eq!(world.get("/things/x").await.body, json!({"id": "x", "by": "script", "status": 200}));
    let refused = world.get("/things/no").await;
    assert_eq!((refused.status, &refused.body["message"]), (404, &json!("not here")));
    let failed = world.get("/things/throw").await;
    assert_eq!(failed.status, 500);
    let message = failed.body["message"].as_str().unwrap();
    assert!(message.starts_with("GET /things/{id}/preRequest:4:"), "spec E 7.61: {message}");
    let unfilled = world.get("/things/7").await;
    assert_eq!((unfilled.status, &unfilled.body["message"]), (400, &json!("value for 'missing' not passed")));
    assert!(world.vendor.asked().is_empty(), "no call of the vendor");
}

#[tokio::test]
async fn errors_are_made_and_mended() {
    // Spec E 5.81, 7.54, 7.72, 11.9.
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/missing" => Reply::status(404, json!({"fault": {"text": "gone"}})),
        "/taken" => Reply::status(422, json!({"fault": {"text": "title taken"}})),
        _ => Reply::json(json!({"ok": true})),
    })
    .await;
    let global = "if (response_iserror && response_body.fault && response_body.fault.text !== 'gone')
        done({response_error_message: response_body.fault.text, response_status_code: response_status_code});";
    let own = "if (response_status_code === 404) response_body.items.length;
        if (request_parameters.mend) done({response_status_code: 200, response_body: {mended: true}});
        if (request_parameters.break) done({response_status_code: 409, response_body_raw: 'broken'});";
    let resource = |path: &str| json!({"method": "GET", "path": path, "vendorPath": path, "hooks": [post(own)]});
    let document = json!({
        "authentication": {"type": "none"}, "hooks": [post(global)],
        "resources": [resource("/missing"), resource("/taken"), resource("/fine")],
    });
    let world = World::new(vendor, document, json!({})).await;
    let missing = world.get("/missing").await;
    assert_eq!(missing.status, 404, "a script that throws hides no error: {}", missing.text);
    assert_eq!(missing.body["providerMessage"], r#"{"fault":{"text":"gone"}}"#);
    let taken = world.get("/taken").await;
    assert_eq!((taken.status, &taken.body["message"]), (422, &json!("title taken")));
    assert_eq!(taken.body["providerMessage"], r#"{"fault":{"text":"title taken"}}"#);
    assert_eq!(world.get("/taken?mend=1").await.body, json!({"mended": true}));
    let broken = world.get("/fine?break=1").await;
    assert_eq!((broken.status, &broken.body["message"]), (409, &json!("Conflict")));
    assert_eq!(broken.body["providerMessage"], "broken");
    assert_eq!(world.get("/fine").await.body, json!({"ok": true}));
}

#[tokio::test]
async fn configuration_is_kept_also_when_the_call_fails() {
    // Spec E 4.11, 7.49, 7.55.
    let vendor = Vendor::start(|asked| match asked.header("x-counter") {
        Some("2") => Reply::status(404, json!({})),
        _ => Reply::json(json!({})),
    })
    .await;
    let count = "configuration.counter = Number(configuration.counter || 0) + 1;
        done({configuration: configuration, connection_identity: {id: 7}})";
    let document = json!({
        "authentication": {"type": "none"},
        "configuration": [{"key": "secret.word", "type": "PASSWORD", "defaultValue": "hush-hush"}],
        "resources": [{"method": "GET", "path": "/things/{id}", "hooks": [
            pre("done({request_vendor_headers: {'X-Counter': configuration.counter === undefined ? 'none' : configuration.counter}})"),
            post(count), post("if (configuration.counter === '4') throw new Error('no ' + configuration['secret.word'])")]}],
    });
    let world = World::new(vendor, document, json!({})).await;
    let mut seen = Vec::new();
    for expected in [200, 200, 404, 500] {
        let answer = world.get("/things/1").await;
        assert_eq!(answer.status, expected, "{}", answer.text);
        assert!(!answer.text.contains("hush-hush"), "{}", answer.text);
        seen.extend(world.vendor.asked().iter().map(|asked| asked.header("x-counter").unwrap().to_owned()));
    }
    assert_eq!(seen, ["none", "1", "2", "3"]);
    let stored = world.own("GET", &format!("/instances/{}", world.id), None).await;
    assert_eq!(stored.body["configuration"]["counter"], "4");
    assert_eq!(stored.body["configuration"]["connection.identity"], r#"{"id":7}"#);
}

#[tokio::test]
async fn a_new_login_runs_the_scripts_again() {
    // Spec E 4.22, 4.57, 4.18, 4.19.
    let logins = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&logins);
    let vendor = Vendor::start(move |asked| match asked.path.as_str() {
        "/login" => Reply::json(json!({"token": format!("t{}", counted.fetch_add(1, Ordering::Relaxed) + 1)})),
        _ if asked.header("x-token") == Some("t1") && asked.path == "/things/2" => Reply::status(401, json!({})),
        _ => Reply::json(json!({"token": asked.header("x-token")})),
    })
    .await;
    let document = json!({
        "authentication": {"type": "custom"},
        "configuration": [{"key": "expires_in", "defaultValue": "3600"}],
        "resources": [
            {"method": "POST", "path": "/login", "vendorPath": "/login", "type": "provisionAuthValidation",
                "hooks": [post("done({configuration: {'session.token': response_body.token}})")]},
            {"method": "GET", "path": "/things/{id}", "vendorPath": "/things/{id}",
                "parameters": [{"name": "id", "type": "path", "vendorType": "path"}],
                "hooks": [pre("done({request_vendor_headers: {'X-Token': configuration['session.token']}})"),
                    post("if (response_iserror) throw new Error('the first answer reaches no script')")]}],
    });
    let world = World::new(vendor, document, json!({})).await;
    let login = world.vendor.lines();
    assert_eq!(login, ["POST /login"]);
    assert_eq!(world.get("/things/1").await.body["token"], "t1");
    let renewed = world.get("/things/2").await;
    assert_eq!((renewed.status, &renewed.body["token"]), (200, &json!("t2")), "{}", renewed.text);
    assert_eq!(world.vendor.lines(), ["GET /things/1", "GET /things/2", "POST /login", "GET /things/2"]);
    let shown = world.own("GET", &format!("/instances/{}", world.id), None).await;
    assert!(shown.body["configuration"]["authentication.time"].is_string(), "{}", shown.text);
}

/// A list of numbers from 1 to 7, by pages with a cursor that is a number.
async fn numbers() -> Vendor {
    Vendor::start(|asked| {
        let size = asked.number("limit").unwrap_or(3);
        let start = asked.number("from").or_else(|| asked.number("page").map(|page| (page - 1) * size)).unwrap_or(0);
        let records: Vec<Value> = (start..7).take(size).map(|id| json!({"id": id + 1, "odd": id % 2 == 0})).collect();
        Reply::json(json!({"items": records, "next": if start + size < 7 { json!(start + size) } else { Value::Null }}))
    })
    .await
}

/// A definition with a list of numbers.
fn list(kind: &str, resource: Value) -> Value {
    let mut list = json!({"method": "GET", "path": "/numbers", "vendorPath": "/n", "rootKey": "|items"});
    for (key, value) in resource.as_object().unwrap() {
        list[key] = value.clone();
    }
    json!({
        "authentication": {"type": "none"}, "bulkDownloadEnabled": true,
        "configuration": [{"key": "pagination.type", "defaultValue": kind}, {"key": "pagination.max", "defaultValue": "4"}],
        "resources": [list],
    })
}

async fn ids(world: &World, path: &str) -> Vec<Vec<Value>> {
    let (mut pages, mut token) = (Vec::new(), String::new());
    loop {
        let page = world
            .get(&format!("{path}{}nextPage={}", if path.contains('?') { '&' } else { '?' }, encoded(&token)))
            .await;
        assert_eq!(page.status, 200, "{}", page.text);
        pages.push(page.each("id"));
        match page.next() {
            Some(next) => token = next.to_owned(),
            None => return pages,
        }
        assert!(pages.len() < 9, "{pages:?}");
    }
}

#[tokio::test]
async fn scripts_page_lists() {
    // Spec E 6.23, 6.26, 6.35, 6.37.
    let size = json!({"name": "pageSize", "type": "query", "vendorName": "limit", "vendorType": "query"});
    let by_header = json!({
        "parameters": [size, {"name": "nextPage", "type": "query", "vendorName": "nextPage", "vendorType": "no-op"}],
        "hooks": [pre("if (request_parameters.nextPage) done({request_vendor_parameters: {from: request_parameters.nextPage}})"),
            post("done({response_headers: {'elements-next-page-token': response_body_raw_map.next,
                'Elements-Total-Count': 7}})")],
    });
    let world = World::new(numbers().await, list("page", by_header), json!({})).await;
    let expected = [vec![json!(1), json!(2), json!(3)], vec![json!(4), json!(5), json!(6)], vec![json!(7)]];
    assert_eq!(ids(&world, "/numbers?pageSize=3").await, expected);
    assert_eq!(world.vendor.lines(), ["GET /n?limit=3", "GET /n?limit=3&from=3", "GET /n?limit=3&from=6"]);
    assert_eq!(world.get("/numbers?pageSize=3").await.header("elements-total-count"), Some("7"), "spec E 5.84");

    let by_key = json!({
        "nextPageKey": "data.nextId",
        "parameters": [size, {"name": "nextPage", "type": "query", "vendorName": "from", "vendorType": "query"}],
        "hooks": [post("done({response_body: {list: response_body.items, nextId: response_body.next}})")],
        "rootKey": "|list",
    });
    let world = World::new(numbers().await, list("cursor", by_key), json!({})).await;
    assert_eq!(
        ids(&world, "/numbers?pageSize=3").await,
        expected,
        "the root key is applied to what the script returned"
    );
    assert_eq!(world.vendor.lines(), ["GET /n?limit=3", "GET /n?limit=3&from=3", "GET /n?limit=3&from=6"]);
    let passed = json!({
        "parameters": [size, {"name": "marker", "type": "query", "vendorName": "from", "vendorType": "query"}],
        "hooks": [post("done({response_headers: {'elements-next-page-token': response_body_raw_map.next}})")],
    });
    let world = World::new(numbers().await, list("page", passed), json!({})).await;
    let first = world.get("/numbers?pageSize=3").await;
    assert_eq!((first.each("id"), first.next()), (vec![json!(1), json!(2), json!(3)], Some("3")), "as it is");
    let second = world.get("/numbers?pageSize=3&marker=3").await;
    assert_eq!((second.each("id"), second.next()), (vec![json!(4), json!(5), json!(6)], Some("6")));
}

#[tokio::test]
async fn scripts_send_page_and_size() {
    // Spec E 6.11: a script adds them.
    let nowhere = |name: &str| json!({"name": name, "type": "query", "vendorName": name, "vendorType": "no-op"});
    let resource = json!({
        "parameters": [nowhere("page"), nowhere("pageSize")],
        "hooks": [pre("const {page, pageSize} = request_parameters;
            done({request_vendor_parameters: {limit: pageSize, from: (page - 1) * pageSize}})")],
    });
    let world = World::new(numbers().await, list("page", resource), json!({})).await;
    let expected = [vec![json!(1), json!(2), json!(3)], vec![json!(4), json!(5), json!(6)], vec![json!(7)]];
    assert_eq!(ids(&world, "/numbers?pageSize=3").await, expected);
    assert_eq!(world.vendor.lines(), ["GET /n?limit=3&from=0", "GET /n?limit=3&from=3", "GET /n?limit=3&from=6"]);
    let (status, file) = world.bulk("select * from numbers", "", "application/json").await;
    assert_eq!((&status["status"], file.text.lines().count()), (&json!("COMPLETED"), 7), "{status}");
}

#[tokio::test]
async fn a_script_that_reads_the_condition_answers_for_it() {
    // Spec E 6.30, 6.31, 5.44, 7.15, 7.74.
    let both = json!([{"name": "page", "type": "query", "vendorType": "query"},
        {"name": "pageSize", "type": "query", "vendorName": "limit", "vendorType": "query"},
        {"name": "where", "type": "query", "vendorName": "converter:toWiql", "vendorType": "query"}]);
    let resource = json!({
        "parameters": both,
        "hooks": [pre("done({request_vendor_parameters: {q: request_expression.map(e => e.attribute + e.operator + e.value).join(),
            text: request_parameters.where}})")],
    });
    let world = World::new(numbers().await, list("page", resource), json!({})).await;
    let answer = world.get(&format!("/numbers?pageSize=2&where={}", encoded("odd=true and id >'3'"))).await;
    assert_eq!(answer.each("id"), [json!(1), json!(2)], "nothing is filtered here: {}", answer.text);
    assert_eq!(world.vendor.lines(), ["GET /n?page=1&limit=2&q=odd=true,id>3&text=odd = true AND id > '3'"]);
    let (status, file) = world.bulk("select * from numbers where odd=true", "", "application/json").await;
    assert_eq!(status["status"], "COMPLETED", "{status}");
    assert_eq!(file.text.lines().count(), 7, "{}", file.text);
}

#[tokio::test]
async fn records_of_scripts_are_filtered_and_ordered() {
    // Spec E 6.29: on the records after the scripts.
    let resource = json!({
        "paginationType": "VENDOR_NOT_SUPPORTED",
        "hooks": [post("done({response_body: response_body.map(one => ({id: one.id, even: !one.odd, date: new Date(0)}))})")],
    });
    let world = World::new(numbers().await, list("page", resource), json!({})).await;
    world.vendor.play(|_| {
        let all: Vec<Value> = (1..8).map(|id| json!({"id": id, "odd": id % 2 == 1})).collect();
        Reply::json(json!({"items": all}))
    });
    let path = format!("/numbers?pageSize=2&orderBy={}&where={}", encoded("id desc"), encoded("even = true"));
    assert_eq!(ids(&world, &path).await, [vec![json!(6), json!(4)], vec![json!(2)]]);
    let answer = world.get("/numbers?pageSize=1&fields=id,date").await;
    assert_eq!(answer.body, json!([{"id": 1, "date": "1970-01-01T00:00:00.000Z"}]), "spec E 7.53");
}

#[tokio::test]
async fn pages_whose_script_fails_are_left_out_of_bulk_jobs() {
    // Spec E 9.20.
    let parameters = json!([{"name": "page", "type": "query", "vendorType": "query"},
        {"name": "pageSize", "type": "query", "vendorName": "limit", "vendorType": "query"}]);
    let fails = |condition: &str| json!({"parameters": parameters, "hooks": [post(&format!("if ({condition}) throw new Error('odd page')"))]});
    let world = World::new(numbers().await, list("page", fails("request_parameters.page === 1")), json!({})).await;
    let (status, file) = world.bulk("select * from numbers", "", "application/json").await;
    assert_eq!((&status["status"], &status["recordsFailedCount"]), (&json!("COMPLETED"), &json!(1)), "{status}");
    let ids: Vec<Value> =
        file.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!(ids, [json!(5), json!(6), json!(7)]);
    let errors = world.get(&format!("/bulk/{}/errors", status["id"].as_str().unwrap())).await;
    assert_eq!(errors.body[0]["response"], json!({"page": 1}), "{}", errors.text);
    assert!(errors.body[0]["status"].as_str().unwrap().starts_with("GET /numbers/postRequest:1:"), "{}", errors.text);

    let world = World::new(numbers().await, list("page", fails("true")), json!({})).await;
    world.vendor.play(|asked| {
        let page = asked.number("page").unwrap();
        Reply::json(json!({"items": [{"id": page}, {"id": 0}, {"id": 0}, {"id": 0}]}))
    });
    let (status, _) = world.bulk("select * from numbers", "", "application/json").await;
    assert_eq!(status["status"], "ABORTED", "{status}");
    assert!(status["error"].as_str().unwrap().contains("10 pages in a row"), "{status}");
}

#[tokio::test]
async fn system_resources_run_their_scripts() {
    // Spec E 4.8, 4.9, 4.13, 4.14, 4.39.
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/token" => Reply::json(json!({"wrapped": {"value": "at-1"}})),
        "/check" if asked.header("authorization").is_none() => Reply::status(401, json!({"message": "no"})),
        _ => Reply::json(json!({"account": 7})),
    })
    .await;
    let resource = |kind: &str, path: &str, hooks: Value| json!({"method": "GET", "path": path, "vendorPath": path, "type": kind, "hooks": hooks});
    let document = json!({
        "authentication": {"type": "oauth2"},
        "hooks": [pre("done({request_vendor_parameters: {global: 1}})")],
        "resources": [
            resource("oauthOnTokenExchange", "/token", json!([
                pre("done({request_vendor_parameters: {c: request_parameters.code, k: request_parameters.apiKey}})"),
                post("done({configuration: {'oauth.user.token': response_body.wrapped.value, refused: configuration.refuse}})")])),
            resource("provisionAuthValidation", "/check", json!([
                post("if (configuration.refuse) done({response_status_code: 403, response_error_message: 'not you'})")])),
            resource("onProvision", "/account", json!([post("done({configuration: {account: response_body.account}})")])),
            resource("onDelete", "/end", json!([pre("done({request_vendor_parameters: {account: configuration.account}})")])),
        ],
    });
    let mut world = World::bare(vendor, document).await;
    let configuration =
        json!({"oauth.api.key": "cid", "oauth.api.secret": "hush", "oauth.callback.url": "https://a.example/cb"});
    let mut refused = configuration.clone();
    refused["refuse"] = json!("yes");
    let answer = world.create(json!({"configuration": refused, "providerData": {"code": "c0de"}})).await;
    assert_eq!((answer.status, &answer.body["message"]), (403, &json!("not you")), "{}", answer.text);
    assert_eq!(world.vendor.lines(), ["GET /token?c=c0de&k=cid", "GET /check?global=1"]);
    let answer = world.create(json!({"configuration": configuration, "providerData": {"code": "c0de"}})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["configuration"]["account"], "7");
    assert_eq!(world.vendor.lines(), ["GET /token?c=c0de&k=cid", "GET /check?global=1", "GET /account?global=1"]);
    let deleted = world.own("DELETE", &format!("/instances/{}", world.id), None).await;
    assert_eq!(deleted.status, 200, "{}", deleted.text);
    assert_eq!(world.vendor.lines(), ["GET /end?account=7"], "without global scripts");
}

#[tokio::test]
async fn traces_show_the_scripts_without_secrets() {
    // Spec E 4.62.
    let document = json!({
        "authentication": {"type": "basic"},
        "configuration": [{"key": "username"}, {"key": "password", "type": "PASSWORD"}],
        "parameters": [{"name": "CE.b64(${configuration.password})", "type": "value", "vendorName": "X-Sign", "vendorType": "header"}],
        "resources": [{"method": "GET", "path": "/things/{id}", "hooks": [
            pre("console.log('the word is ' + configuration.password);
                done({request_vendor_parameters: {p: configuration.password, q: 'plain'}})"),
            post("const all = [configuration, request_vendor_headers, request_vendor_url];")]}],
    });
    let world = World::new(echo().await, document, json!({"username": "ann", "password": "hush-hush"})).await;
    world.own("PUT", &format!("/instances/{}/trace-logging", world.id), None).await;
    let answer = world.get("/things/1").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let id = answer.header("elements-trace-id").unwrap_or_default();
    let trace = world.own("GET", &format!("/elements/acme/trace/{id}"), None).await;
    let call = &trace.body["vendorRequests"][0];
    assert_eq!(call["steps"][0]["script"], "GET /things/{id}/preRequest", "{}", trace.text);
    assert_eq!(call["steps"][0]["step"], "preRequest");
    assert_eq!(call["steps"][0]["changes"]["request_vendor_parameters"]["q"], "plain");
    assert_eq!(call["steps"][1]["step"], "postRequest");
    assert!(call["steps"][1]["remark"].as_str().unwrap().contains("done"), "{}", trace.text);
    for secret in ["hush-hush", "aHVzaC1odXNo"] {
        assert!(!trace.text.contains(secret), "{}", trace.text);
    }
}

#[tokio::test]
async fn a_failed_login_keeps_what_its_script_wrote() {
    // Spec E 4.21, 4.45, 7.55.
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/login" => Reply::json(json!({"token": "t1"})),
        "/refresh" => Reply::status(403, json!({"message": "no more"})),
        _ => Reply::status(401, json!({})),
    })
    .await;
    let resource = |kind: &str, path: &str, script: &str| json!({"method": "POST", "path": path, "vendorPath": path, "type": kind, "hooks": [post(script)]});
    let document = json!({
        "authentication": {"type": "custom"},
        "resources": [
            resource("provisionAuthValidation", "/login", "done({configuration: {'session.token': response_body.token}})"),
            resource("onRefresh", "/refresh", "done({configuration: {refusal: response_error}})"),
            {"method": "GET", "path": "/things", "vendorPath": "/things"}],
    });
    let world = World::new(vendor, document, json!({})).await;
    assert_eq!(world.get("/things").await.status, 401);
    let shown = world.own("GET", &format!("/instances/{}", world.id), None).await;
    assert_eq!(shown.body["configuration"]["refusal"], "no more", "{}", shown.text);
}

#[tokio::test]
async fn scripts_discover_objects_and_fields() {
    // Spec E 7.50, 8.3, 8.13, 8.50.
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/objects" => Reply::json(json!(["deals"])),
        _ => Reply::json(json!({"fields": [{"vendorPath": "custom", "type": "string"}]})),
    })
    .await;
    let skips = "if (request_path_variables.objectName === 'deals') done({continue: false}); else done();";
    let document = json!({
        "authentication": {"type": "none"},
        "resources": [
            {"method": "GET", "path": "/contacts/{id}", "vendorPath": "/contacts", "model": {"name": "contact",
                "swagger": {"contact": {"properties": {"id": {"type": "integer"}}}}}},
            {"method": "GET", "path": "/deals/{id}", "vendorPath": "/deals", "model": {"name": "deal",
                "swagger": {"deal": {"properties": {"sum": {"type": "number"}}}}}},
            {"method": "GET", "path": "/objects", "vendorPath": "/objects", "hooks": [
                post("done({merge_objects: ['contacts', {name: 'notes', vendorName: 'Note__c'}]})")]},
            {"method": "GET", "path": "/objects/{objectName}/metadata", "vendorPath": "/fields", "hooks": [pre(skips),
                post("done({metadata_merge: {fields: [{vendorPath: 'added', type: response_body.fields.length + 'x'}]}})")]},
        ],
    });
    let world = World::new(vendor, document, json!({})).await;
    assert_eq!(world.get("/objects").await.body, json!(["deals", "contacts", "notes"]));
    let paths = async |object: &str| {
        let answer = world.get(&format!("/objects/{object}/metadata")).await;
        let fields = answer.body["fields"].as_array().cloned().unwrap_or_else(|| panic!("{}", answer.text));
        fields.iter().map(|field| field["vendorPath"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let mut contacts = paths("contacts").await;
    contacts.sort();
    assert_eq!(contacts, ["added", "custom", "id"]);
    assert_eq!(paths("deals").await, ["sum"], "the script after the call reads what is not there");
}

#[tokio::test]
async fn a_script_makes_the_address_for_the_user() {
    // Spec E 4.30.
    let script = "done({request_vendor_path: 'https://login.example/' + request_parameters.apiKey,
        request_vendor_parameters: {back: request_parameters.callbackUrl, region: configuration.region}})";
    let document = json!({
        "authentication": {"type": "oauth2"}, "configuration": [{"key": "region", "defaultValue": "eu"}],
        "resources": [{"method": "GET", "path": "/authorize", "type": "oauthOnAuthroizeUrl", "hooks": [pre(script)]}],
    });
    let world = World::bare(echo().await, document).await;
    let query = format!("apiKey=cid&apiSecret=sec&callbackUrl={}", encoded("https://app.example/cb"));
    let answer = world.own("GET", &format!("/elements/acme/oauth/url?{query}"), None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let expected = "https://login.example/cid?back=https%3A%2F%2Fapp.example%2Fcb&region=eu";
    assert_eq!(answer.body["oauthUrl"], expected, "{}", answer.text);
    assert!(world.vendor.asked().is_empty(), "the vendor is not called");
}
