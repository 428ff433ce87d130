//! Chains of resources (spec E 7.63 to 7.68, 7.73).

use serde_json::{Value, json};

use super::world::{Reply, Vendor, World, encoded};

fn to(from: &str, name: &str, target: &str, vendor: &str) -> Value {
    json!({"type": from, "name": name, "vendorType": target, "vendorName": vendor})
}

fn post(body: &str) -> Value {
    json!({"type": "postRequest", "body": body})
}

#[tokio::test]
async fn each_step_sees_the_one_before() {
    // Spec E 5.17, 7.22, 7.63, 7.65, 7.66, 7.71.
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/carts" => Reply::json(json!({"data": {"id": 42, "items": [{"sku": "a"}]}})).header("x-step", "one"),
        "/carts/42/order" => Reply::json(json!({"echo": String::from_utf8_lossy(&asked.body), "q": asked.get("q")})),
        _ => Reply::json(json!({"path": asked.path, "body": String::from_utf8_lossy(&asked.body)})),
    })
    .await;
    let document = json!({
        "authentication": {"type": "none"},
        "resources": [
            {"method": "POST", "path": "/hubs/shop/orders", "vendorPath": "/carts", "rootKey": "|data",
                "nextResource": "POST:/hubs/other/order-step", "parameters": [to("body", "body", "body", "body")]},
            {"method": "POST", "path": "/order-step", "vendorPath": "/carts/{cart}/order", "type": "onRefresh",
                "nextResource": "PUT:/last", "parameters": [
                    to("prevBodyField", "id", "path", "cart"), to("prevBodyField", "items[0].sku", "bodyField", "order.sku"),
                    {"type": "query", "name": "q", "vendorType": "query", "required": true},
                    {"type": "query", "name": "never", "vendorType": "query", "required": true}],
                "hooks": [post("done({response_body: {before: request_previous_response.id, step: request_previous_response_headers['x-step'],
                    text: '[1]', echo: response_body.echo, caller: request_body}})")]},
            {"method": "PUT", "path": "/last", "vendorPath": "/last", "parameters": [to("prevBody", "body", "body", "body")]},
        ],
    });
    let world = World::new(vendor, document, json!({})).await;
    let answer = world.call("POST", "/orders?q=7", Some(json!({"note": "n"}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["path"], "/last");
    let seen: Value = serde_json::from_str(answer.body["body"].as_str().unwrap()).unwrap();
    let expected = json!({"before": 42, "step": "one", "text": "[1]", "echo": r#"{"order":{"sku":"a"}}"#, "caller": r#"{"note":"n"}"#});
    assert_eq!(seen, expected);
    assert_eq!(world.vendor.lines(), ["POST /carts", "POST /carts/42/order?q=7", "PUT /last"]);
}

#[tokio::test]
async fn a_chain_is_checked_before_it_begins() {
    // Spec E 7.64, 7.65.
    let vendor = Vendor::start(|_| Reply::json(json!({}))).await;
    let step =
        |path: &str, next: &str| json!({"method": "GET", "path": path, "vendorPath": path, "nextResource": next});
    let document = json!({
        "authentication": {"type": "none"},
        "resources": [step("/a", "GET:/b"), step("/b", "GET:/c"), step("/c", "GET:/d"), step("/d", "GET:/e"),
            step("/e", "GET:/f"), step("/f", ""), step("/lost", "GET:/nowhere")],
    });
    let world = World::new(vendor, document, json!({})).await;
    let long = world.get("/a").await;
    assert_eq!((long.status, &long.body["message"]), (400, &json!("A chain may have at most 5 resources")));
    assert_eq!(world.get("/lost").await.status, 400);
    assert!(world.vendor.asked().is_empty());
    assert_eq!(world.get("/b").await.status, 200);
    assert_eq!(world.vendor.asked().len(), 5);
}

#[tokio::test]
async fn errors_end_a_chain_and_left_out_calls_do_not() {
    // Spec E 7.67, 7.55.
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/b" => Reply::status(404, json!({"message": "no b"})),
        _ => Reply::json(json!({"from": asked.path})),
    })
    .await;
    let skip = json!({"type": "preRequest", "body": "done({continue: false, response_body: {from: 'script'}})"});
    let document = json!({
        "authentication": {"type": "none"},
        "resources": [
            {"method": "GET", "path": "/a", "vendorPath": "/a", "nextResource": "GET:/b",
                "hooks": [post("done({configuration: {done: 'a'}})")]},
            {"method": "GET", "path": "/b", "vendorPath": "/b", "nextResource": "GET:/c"},
            {"method": "GET", "path": "/s", "vendorPath": "/s", "nextResource": "GET:/c", "hooks": [skip]},
            {"method": "GET", "path": "/c", "vendorPath": "/c", "hooks": [
                post("done({response_body: [request_previous_response, response_body]})")]},
        ],
    });
    let world = World::new(vendor, document, json!({})).await;
    let failed = world.get("/a").await;
    assert_eq!((failed.status, &failed.body["providerMessage"]), (404, &json!("no b")), "{}", failed.text);
    assert_eq!(world.vendor.lines(), ["GET /a", "GET /b"]);
    let stored = world.own("GET", &format!("/instances/{}", world.id), None).await;
    assert_eq!(stored.body["configuration"]["done"], "a", "what earlier steps did stays done");
    assert_eq!(world.get("/s").await.body, json!([{"from": "script"}, {"from": "/c"}]));
    assert_eq!(world.vendor.lines(), ["GET /c"]);
}

#[tokio::test]
async fn pages_of_a_chain_are_cut_here() {
    // Spec E 7.68, 6.14.
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/ids" => Reply::json(json!([1, 2, 3, 4, 5])),
        _ => {
            let ids: Vec<Value> = serde_json::from_slice(&asked.body).unwrap();
            Reply::json(ids.into_iter().map(|id| json!({"id": id})).collect())
        }
    })
    .await;
    let document = json!({
        "authentication": {"type": "none"}, "bulkDownloadEnabled": true,
        "resources": [
            {"method": "GET", "path": "/things", "vendorPath": "/ids", "nextResource": "GET:/details", "parameters": [
                to("query", "page", "query", "page"), to("query", "pageSize", "query", "size")]},
            {"method": "GET", "path": "/details", "vendorPath": "/details", "vendorMethod": "POST", "type": "apiNoDocumentation",
                "parameters": [to("prevBody", "ids", "body", "ids"), to("query", "page", "query", "page")]},
        ],
    });
    let world = World::new(vendor, document, json!({})).await;
    let first = world.get("/things?pageSize=2").await;
    assert_eq!(first.each("id"), [json!(1), json!(2)], "{}", first.text);
    let second = world.get(&format!("/things?pageSize=2&nextPage={}", encoded(first.next().unwrap()))).await;
    assert_eq!(second.each("id"), [json!(3), json!(4)]);
    let third = world.get("/things?pageSize=2&page=3").await;
    assert_eq!((third.each("id"), third.next()), (vec![json!(5)], None));
    let lines = world.vendor.lines();
    assert_eq!(lines[..2], ["GET /ids?page=1&size=1000", "POST /details"], "paging belongs to the first step");
    let (status, file) = world.bulk("select * from things", "", "application/json").await;
    assert_eq!((&status["status"], file.text.lines().count()), (&json!("COMPLETED"), 5), "{status}");
}

#[tokio::test]
async fn chains_of_system_resources_run() {
    // Spec E 4.8, 4.9.
    let vendor = Vendor::start(|asked| match asked.path.as_str() {
        "/session" => Reply::json(json!({"ticket": "t-1"})),
        "/accounts" if asked.header("x-ticket") == Some("t-1") => Reply::json(json!({"accounts": [{"id": 9}]})),
        _ => Reply::status(500, json!({})),
    })
    .await;
    let document = json!({
        "authentication": {"type": "custom"},
        "resources": [
            {"method": "POST", "path": "/session", "vendorPath": "/session", "type": "provisionAuthValidation",
                "nextResource": "GET:/accounts", "parameters": [
                    {"type": "configuration", "name": "ticket", "vendorType": "bodyField", "vendorName": "ticket", "source": "response"}]},
            {"method": "GET", "path": "/accounts", "vendorPath": "/accounts", "type": "onRefresh", "parameters": [
                    to("configuration", "ticket", "header", "X-Ticket")],
                "hooks": [post("done({configuration: {account: response_body.accounts[0].id}})")]},
        ],
    });
    let world = World::new(vendor, document, json!({})).await;
    assert_eq!(world.vendor.lines(), ["POST /session", "GET /accounts"]);
    let shown = world.own("GET", &format!("/instances/{}", world.id), None).await;
    assert_eq!(shown.body["configuration"]["account"], "9", "{}", shown.text);
}
