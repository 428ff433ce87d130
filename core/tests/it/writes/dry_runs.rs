//! Dry runs: the requests that a write would make, of which none is sent (spec P 16.17).

use elementkit::ErrorKind;
use elementkit::model::DryRun;
use http::Method;
use serde_json::{Value, json};

use super::{World, clients};

#[tokio::test]
async fn a_dry_run_shows_the_mapped_request_and_sends_none() {
    let world = World::new(|_| {}).await;
    world
        .map(
            "deals",
            json!({"fields": [{"path": "title", "type": "string"}]}),
            json!({"vendorName": "accounts", "fields": [{"path": "title", "vendorPath": "name"}]}),
        )
        .await;
    for (method, path, body, sent) in [
        ("POST", "/hubs/finance/accounts", r#"{"name":"x"}"#, "POST /accounts"),
        ("POST", "/hubs/finance/deals", r#"{"title":"x"}"#, "POST /accounts"),
        ("DELETE", "/hubs/finance/accounts/a%2F1", "", "DELETE /accounts/a%2F1"),
        ("LOCK", "/hubs/finance/accounts/a%2F1", r#"{"by":"me"}"#, "LOCK /accounts/a%2F1"),
    ] {
        let request = world.request(method, path).header("elements-dry-run", "true");
        let answer = world.raw(request.header("content-type", "application/json"), body).await;
        assert_eq!((answer.status, answer.header("elements-dry-run")), (200, Some("true")), "{}", answer.text);
        let DryRun { vendor_requests } = serde_json::from_value(answer.body).unwrap();
        let [shown] = vendor_requests.as_slice() else { panic!("{vendor_requests:?}") };
        let line = format!("{} {}", shown.method, shown.url.strip_prefix(&world.vendor.origin).unwrap());
        assert_eq!(line, sent);
        if method == "POST" {
            assert_eq!(serde_json::from_str::<Value>(&shown.request_body).unwrap(), json!({"name": "x"}));
        }
        assert!(!shown.request_headers.keys().any(|name| name.eq_ignore_ascii_case("authorization")), "{shown:?}");
    }
    assert!(world.vendor.asked().is_empty(), "nothing was sent");
    let wrong = world.request("POST", "/hubs/finance/accounts").header("elements-dry-run", "true");
    let wrong = world.raw(wrong.header("content-type", "application/json"), "{").await;
    assert_eq!(wrong.status, 400, "a call that would be refused is");
}

#[tokio::test]
async fn other_calls_have_no_dry_run_and_do_nothing() {
    let world = World::new(|_| {}).await;
    for (method, path) in [
        ("DELETE", "/instances"),
        ("DELETE", "/instances/enabled"),
        ("GET", "/hubs/finance/accounts"),
        ("POST", "/hubs/finance/bulk/query?q=select%20*%20from%20accounts"),
    ] {
        let answer = world.raw(world.request(method, path).header("elements-dry-run", "true"), "").await;
        assert_eq!(answer.status, 400, "{method} {path}: {}", answer.text);
    }
    let unclear = world.request("DELETE", "/hubs/finance/accounts/a%2F1").header("elements-dry-run", "yes");
    assert_eq!(world.raw(unclear, "").await.status, 400);
    assert!(world.vendor.asked().is_empty());
    assert_eq!(world.call("GET", "/instances/configuration", None).await.status, 200, "the instance is still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_ask_for_dry_runs_in_both_modes() {
    let world = World::new(|_| {}).await;
    for instance in clients(&world).await {
        let create = || instance.call(Method::POST, "accounts").json(&json!({"name": "x"}));
        let shown = create().dry_run().await.unwrap();
        assert_eq!(shown.vendor_requests[0].request_body, r#"{"name":"x"}"#);
        let read = instance.call(Method::GET, "accounts").dry_run().await.unwrap_err();
        assert_eq!(read.kind(), ErrorKind::InvalidRequest);
        assert!(world.vendor.asked().is_empty());
        create().send().await.unwrap();
        assert_eq!(world.lines(), ["POST /accounts"]);
    }
}
