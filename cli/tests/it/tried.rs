//! `elements try`: a call with what goes on between the platform and the vendor.

use brighttalk_sim::{Config, Simulator};
use serde_json::Value;

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
