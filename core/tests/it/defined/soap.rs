//! A definition of a SOAP service, made with node-soap (`tests/soap`): envelopes, answers, faults and sessions.

use serde_json::{Value, json};

use super::played::{imported, instance};
use crate::support::raw;
use crate::support::served::Served;

const PASSWORD: &str = "a<b&\"c\"";

fn new_instance(service: &Served, password: &str) -> Value {
    let configuration = json!({"base.url": service.url, "username": "ann", "password": password});
    json!({"element": {"key": "soap-orders"}, "name": "x", "configuration": configuration})
}

async fn world(service: &Served, folder: &std::path::Path) -> raw::World {
    let document: Value = serde_json::from_str(include_str!("../../../../tests/soap/element.json")).unwrap();
    let engine = imported(folder, &document).await.unwrap();
    instance(engine, &new_instance(service, PASSWORD)).await.unwrap()
}

async fn call(world: &raw::World, line: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = world.call(line, &[], body).await;
    (answer.status, answer.json())
}

/// Reads a list to its end. Returns the ids on each page.
async fn pages(world: &raw::World, path: &str) -> Vec<Vec<u64>> {
    let (mut pages, mut next) = (Vec::new(), String::new());
    loop {
        let answer = world.get(&format!("{path}{next}"), &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let Value::Array(page) = answer.json() else { panic!("{path}: {}", answer.text()) };
        pages.push(page.iter().map(|order| order["Id"].as_u64().unwrap()).collect());
        assert!(pages.len() < 20, "{path} does not end");
        let Some(token) = answer.header("elements-next-page-token") else { return pages };
        next = format!("&nextPage={}", url::form_urlencoded::byte_serialize(token.as_bytes()).collect::<String>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_soap_service_is_read_and_written() {
    let Some(service) = Served::soap(&[("ORDERS", "7")]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let world = world(&service, folder.path()).await;
    // Spec E 11.10: the service understood what the template was filled with.
    let login = &service.get("/test/calls").await[0];
    assert_eq!(login["Body"], json!({"Login": {"User": "ann", "Password": PASSWORD}}));
    // Spec E 5.68, 5.69, 5.73: no layout, no prefixes, numbers and booleans.
    let order = json!({"Id": 1, "Customer": "Ann & Söhne", "Zip": "01067", "Paid": false, "Note": ""});
    assert_eq!(call(&world, "GET /orders/1", &Value::Null).await, (200, order));
    // Spec E 5.92: a page of one order is a list, and so is an empty one.
    assert_eq!(pages(&world, "/orders?pageSize=3").await, [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
    assert_eq!(pages(&world, "/customers/Bob%20%3Cb%3E/orders?pageSize=3").await, [vec![2, 4, 6], vec![]]);
    assert_eq!(pages(&world, "/customers/a%26b%3C%2Fo%3ACustomer%3E/orders?pageSize=3").await, [[0; 0]]);
    let seen = service.get("/test/calls").await;
    let last = seen.as_array().unwrap().last().unwrap();
    assert_eq!(last["Header"], json!({"Session": "S-1"}));
    // Spec E 5.48: the value stays text of its element.
    assert_eq!(last["Body"], json!({"ListOrders": {"Page": 1, "Size": 3, "Customer": "a&b</o:Customer>"}}));
    // Spec E 5.47, 5.48: a body as elements, and members of it as tokens.
    let lines = json!([{"@sku": "A-1", "$": 2}, {"@sku": "B-7", "$": 1}]);
    let new = json!({"o:Customer": "Zoë <x>", "o:Paid": true, "o:Line": lines});
    assert_eq!(call(&world, "POST /orders", &new).await, (200, json!({"Id": 8})));
    let (_, made) = call(&world, "GET /orders/8", &Value::Null).await;
    assert_eq!(made, json!({"Customer": "Zoë <x>", "Paid": true, "Line": lines, "Id": 8}));
    let simple = json!({"customer": {"name": "]]> {note}"}, "note": "<!-- &amp; -->"});
    assert_eq!(call(&world, "POST /simple-orders", &simple).await, (200, json!({"Id": 9})));
    let (_, made) = call(&world, "GET /orders/9", &Value::Null).await;
    assert_eq!((&made["Customer"], &made["Note"]), (&json!("]]> {note}"), &json!("<!-- &amp; -->")));
    // Spec E 5.65: JSON becomes XML, attributes and prefixes included.
    let envelope = |body: Value| {
        json!({"s:Envelope": {"@xmlns:s": "http://schemas.xmlsoap.org/soap/envelope/", "@xmlns:o": "urn:orders",
            "s:Header": {"o:Session": "S-1"}, "s:Body": body}})
    };
    let get = envelope(json!({"o:GetOrder": {"o:Id": 2}}));
    let (status, answer) = call(&world, "POST /envelopes?action=urn%3Aorders%2FGetOrder", &get).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["soap:Envelope"]["soap:Body"]["GetOrderResponse"]["Order"]["Customer"], "Bob <b>");
    let two = json!({"a": 1, "b": 2});
    let (status, answer) = call(&world, "POST /envelopes", &two).await;
    assert_eq!((status, &answer["message"]), (400, &json!("The body needs one root element")));
    let (status, _) = call(&world, "POST /envelopes", &envelope(json!({"no name": 1}))).await;
    assert_eq!(status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_errors() {
    let Some(service) = Served::soap(&[]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let world = world(&service, folder.path()).await;
    // Spec E 5.80, 11.12.
    for (id, status, message, fault) in [
        (99, 400, "Bad Request", "soap:Client: No order 99 < any"),
        (500, 502, "Bad Gateway", "soap:Server: The storage is broken"),
    ] {
        let (code, body) = call(&world, &format!("GET /orders/{id}"), &Value::Null).await;
        assert_eq!((code, &body["message"], &body["providerMessage"]), (status, &json!(message), &json!(fault)));
    }
    // Spec E 4.9: a login that fails makes no instance.
    let refused = instance(world.engine.clone(), &new_instance(&service, "wrong")).await.err().unwrap();
    assert!(refused.contains("soap:Client: No user ann"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_is_begun_anew() {
    let Some(service) = Served::soap(&[("ORDERS", "20"), ("SESSION_CALLS", "3")]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let world = world(&service, folder.path()).await;
    let ids: Vec<u64> = pages(&world, "/orders?pageSize=3").await.concat();
    assert_eq!(ids, (1..=20).collect::<Vec<_>>());
    let job = world.query("select Id from orders").await;
    assert_eq!(world.ended(&job).await["status"], "COMPLETED");
    let rows = world.result(&job, "orders", "application/x-ndjson").await.text();
    assert_eq!(rows.lines().count(), 20, "{rows}");
    let seen = service.get("/test/calls").await;
    let logins = seen.as_array().unwrap().iter().filter(|call| call["operation"] == "Login").count();
    assert!((4..=6).contains(&logins), "{logins} logins for 14 calls");
}
