//! `elements try`: a call with what goes on between the platform and the vendor.

use axum::Router;
use axum::routing::get;
use brighttalk_sim::{Config, Simulator};
use serde_json::{Value, json};

use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_tried_call_shows_the_vendor_requests() {
    let simulator = Simulator::start(Config { channels: 2, ..Config::default() }).await.unwrap();
    let world = World::new(simulator.url());
    tokio::task::spawn_blocking(move || {
        world.text(&["connect", "brighttalk"]);
        let shown = world.text(&["elements", "try", "brighttalk", "GET /channels?pageSize=1"]);
        assert!(shown.contains("GET /v1/my/channels") && shown.contains("→ 200"), "{shown}");
        assert!(shown.contains("Answer of the platform:") && shown.contains("\"id\""), "{shown}");
        assert!(!shown.contains("0123456789ABCDEF"), "{shown}");
        let json: Value =
            serde_json::from_str(&world.text(&["elements", "try", "brighttalk", "/channels", "--json"])).unwrap();
        assert_eq!(json["vendorRequests"][0]["status"], 200);
        assert_eq!(json["answer"].as_array().map(Vec::len), Some(2));
        // A failed call shows what the vendor was asked, and fails.
        let failed = world.run(&["elements", "try", "brighttalk", "GET /channels/9999"]);
        assert_eq!(failed.code, Some(4), "{}", failed.err);
        assert!(failed.out.contains("GET /v1/") || failed.out.contains("was not called"), "{}", failed.out);
        // Tracing is off again.
        let id = listed(&world)[0]["id"].to_string();
        let shown: Value = serde_json::from_str(&world.text(&["instances", "get", &id, "--json"])).unwrap();
        assert_eq!(shown["traceLoggingEnabled"], false);
        let wrong = world.run(&["elements", "try", "brighttalk", "GET"]);
        assert!(wrong.code.is_some_and(|code| code != 0));
        assert!(world.text(&["elements"]).contains("brighttalk"));
    })
    .await
    .unwrap();
}

fn listed(world: &World) -> Value {
    serde_json::from_str(&world.text(&["instances", "list", "--json"])).unwrap()
}

const PRE: &str = "// Asks for what is open.
console.log('the key is', configuration['api.key']);
done({request_vendor_parameters: {state: 'open'}, request_vendor_headers: {'X-Key': configuration['api.key']}});";
const POST: &str = "const rows = response_body.rows;
if (request_parameters.fail) {
\tthrow new Error('no rows of ' + configuration['api.key']);
}
done({response_body: rows.map(id => ({id}))});";

/// Starts a vendor with one list, and connects an element with scripts to it.
async fn scripted() -> World {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let vendor = format!("http://{}", listener.local_addr().unwrap());
    let rows = || async { ([("content-type", "application/json")], r#"{"rows": [1, 2]}"#) };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/things", get(rows))).await.unwrap() });
    let world = World::new(&vendor);
    let hooks = json!([{"type": "preRequest", "body": PRE}, {"type": "postRequest", "body": POST}]);
    let stop = json!([{"type": "preRequest", "body": "done({continue: false, response_body: {made: 'here'}});"}]);
    let definition = json!({
        "key": "desk", "name": "Desk", "authentication": {"type": "none"},
        "configuration": [{"key": "base.url", "defaultValue": vendor}, {"key": "api.key", "type": "PASSWORD", "required": true}],
        "resources": [
            {"method": "GET", "path": "/things", "vendorPath": "/things", "hooks": hooks},
            {"method": "GET", "path": "/made", "vendorPath": "/made", "hooks": stop}]});
    std::fs::write(world.path("desk.json"), definition.to_string()).unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_traced_call_shows_each_step() {
    let world = scripted().await;
    tokio::task::spawn_blocking(move || {
        world.text(&["elements", "import", "desk.json"]);
        let connect =
            world.command(&["connect", "desk", "--set-env", "api.key=DESK_KEY"]).env("DESK_KEY", "s3cret-key").status();
        assert!(connect.unwrap().success());
        let shown = world.text(&["elements", "try", "desk", "GET /things", "--trace"]);
        let at = |part: &str| shown.find(part).unwrap_or_else(|| panic!("{part} is not in\n{shown}"));
        let order = [
            at("· preRequest GET /things/preRequest"),
            at("  changed request_vendor_parameters: {\"state\":\"open\"}"),
            at("  console: the key is"),
            at("GET http://"),
            at("→ 200"),
            at("· postRequest GET /things/postRequest"),
            at("  changed response_body: [{\"id\":1},{\"id\":2}]"),
            at("Answer of the platform:"),
        ];
        assert!(order.is_sorted(), "{order:?}\n{shown}");
        assert!(shown.contains("  given request_vendor_parameters: {}"), "{shown}");
        assert!(shown.contains("things?state=open"), "the request is the one that was sent: {shown}");
        assert!(!shown.contains("s3cret-key"), "{shown}");
        let short = world.text(&["elements", "try", "desk", "GET /things"]);
        assert!(!short.contains("preRequest") && short.contains("→ 200"), "{short}");
        let json: Value =
            serde_json::from_str(&world.text(&["elements", "try", "desk", "/things", "--trace", "--json"])).unwrap();
        assert_eq!(json["vendorRequests"][0]["steps"][0]["step"], "preRequest");
        let json: Value = serde_json::from_str(&world.text(&["elements", "try", "desk", "/things", "--json"])).unwrap();
        assert!(json["vendorRequests"][0]["steps"].is_null());

        let made = world.text(&["elements", "try", "desk", "GET /made", "--trace"]);
        assert!(made.contains("  changed continue: false") && made.contains("The vendor was not called."), "{made}");
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_script_is_shown_with_its_line() {
    let world = scripted().await;
    tokio::task::spawn_blocking(move || {
        world.text(&["elements", "import", "desk.json"]);
        let connect =
            world.command(&["connect", "desk", "--set-env", "api.key=DESK_KEY"]).env("DESK_KEY", "s3cret-key").status();
        assert!(connect.unwrap().success());
        for arguments in [&["--trace"][..], &[]] {
            let failed = world.run(&[&["elements", "try", "desk", "GET /things?fail=1"], arguments].concat());
            assert_eq!(failed.code, Some(5), "{}", failed.err);
            assert!(failed.err.contains("error: GET /things/postRequest:3:"), "{}", failed.err);
            let (_, excerpt) = failed.out.split_once("desk, GET /things, postRequest, line 3, column ").unwrap();
            let mut lines = excerpt.lines().skip(1);
            let (line, caret) = (lines.next().unwrap(), lines.next().unwrap());
            assert_eq!(line, "   throw new Error('no rows of ' + configuration['api.key']);");
            // The engine names the last operand that was evaluated.
            let at = caret.find('^').unwrap();
            assert!(line[at..].starts_with("configuration"), "{excerpt}");
            assert!(
                !failed.out.contains("s3cret-key") && !failed.err.contains("s3cret-key"),
                "{}{}",
                failed.out,
                failed.err
            );
        }
    })
    .await
    .unwrap();
}
