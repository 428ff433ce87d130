//! Traces of calls of defined elements: what was asked and answered, and no secrets (spec P 6.10, E 4.62).

use serde_json::{Value, json};

use super::world::{Reply, Vendor, World};

const SECRETS: [&str; 4] = ["s3cret key/+", "pass\"word", "v3ry-hidden", "typed-text-key"];

fn document() -> Value {
    let to = |from: &str, name: &str, target: &str, vendor: &str| json!({"type": from, "name": name, "vendorType": target, "vendorName": vendor});
    json!({"authentication": {"type": "basic"},
        "configuration": [
            {"key": "api.secret", "type": "PASSWORD"}, {"key": "username"}, {"key": "password", "type": "PASSWORD"},
            {"key": "session.id"}, {"key": "apikey", "type": "TEXTFIELD_64"}],
        "parameters": [
            to("configuration", "api.secret", "query", "k"),
            to("value", "Token ${configuration.api.secret}", "header", "X-Token"),
            to("configuration", "apikey", "query", "apikey")],
        "resources": [
            {"method": "GET", "path": "/things/{id}", "vendorPath": "/t/{session.id}/{id}", "rootKey": "data", "parameters": [
                to("path", "id", "path", "id")]},
            {"method": "POST", "path": "/things", "vendorPath": "/t", "parameters": [
                to("value", "{\"p\":\"${configuration.password}\",\"u\":\"${configuration.username}\",\"b\":\"CE.b64(${configuration.password})\"}", "body", "body"),
                {"type": "configuration", "name": "session.id", "vendorType": "bodyField", "vendorName": "sid", "source": "response"}]}]})
}

#[tokio::test]
async fn traces_show_the_vendor_calls_without_secrets() {
    let vendor = Vendor::start(|asked| match asked.method.as_str() {
        "POST" => Reply::json(json!({"sid": "v3ry-hidden"})),
        _ => Reply::json(json!({"data": {"id": 7, "echo": asked.query, "header": asked.header("x-token")}})),
    })
    .await;
    let [api, password, session, key] = SECRETS;
    let values =
        json!({"api.secret": api, "username": "ann", "password": password, "session.id": session, "apikey": key});
    let world = World::new(vendor, document(), values).await;
    world.own("PUT", &format!("/instances/{}/trace-logging", world.id), None).await;
    let trace = async |answer: super::world::Answer| {
        let id = answer.header("elements-trace-id").unwrap().to_owned();
        let trace = world.own("GET", &format!("/elements/acme/trace/{id}"), None).await;
        assert_eq!(answer.header("elements-request-id"), Some(&*id), "the request id finds the trace");
        for secret in
            SECRETS.iter().chain(&["pass\\\"word", "s3cret%20key", "s3cret+key", "cGFzcyJ3b3Jk", "YW5uOnBhc3M"])
        {
            assert!(!trace.text.contains(secret), "{secret}: {}", trace.text);
        }
        trace.body["vendorRequests"][0].clone()
    };
    let read = trace(world.get("/things/7").await).await;
    assert_eq!((&read["method"], &read["status"]), (&json!("GET"), &json!(200)));
    let url = read["url"].as_str().unwrap();
    assert!(url.ends_with("/t/********/7?k=********&apikey=********"), "{url}");
    assert_eq!(read["path"], json!("/t/********/7?k=********&apikey=********"));
    assert_eq!(read["requestHeaders"]["x-token"], json!("Token ********"));
    assert_eq!(read["requestHeaders"]["authorization"], json!("Basic ********"));
    assert!(read["responseBody"].as_str().unwrap().contains(r#""id":7"#), "{read}");
    let written = trace(world.call("POST", "/things", None).await).await;
    assert!(written["requestBody"].as_str().unwrap().starts_with(r#"{"p":"********","u":"ann","b":""#), "{written}");
    assert_eq!(written["responseBody"], json!("********"), "an answer that gives a secret is not shown");
}

#[tokio::test]
async fn errors_in_traces_have_no_secrets() {
    let vendor =
        Vendor::start(|asked| Reply::status(422, json!({"message": format!("wrong {:?}", asked.get("k"))}))).await;
    let values =
        json!({"api.secret": "s3cret-key", "username": "ann", "password": "password", "session.id": "v3ry-hidden"});
    let world = World::new(vendor, document(), values).await;
    world.own("PUT", &format!("/instances/{}/trace-logging", world.id), None).await;
    let failed = world.get("/things/7").await;
    let path = format!("/elements/acme/trace/{}", failed.header("elements-trace-id").unwrap());
    let trace = world.own("GET", &path, None).await;
    assert!(!trace.text.contains("s3cret-key") && trace.text.contains("wrong"), "{}", trace.text);
}
