//! `connect` as deployment scripts call it: at every start, in several processes at once, with secrets from files.

use brighttalk_sim::{Config, Simulator};
use serde_json::{Value, json};

use crate::support::{Ended, World};

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_at_once_connect_one_instance() {
    let simulator = Simulator::start(Config { channels: 1, ..Config::default() }).await.unwrap();
    let world = World::new(simulator.url());
    let (world, ids) = blocking(move || {
        let start = || world.command(&["connect", "brighttalk", "--json"]).stdout(std::process::Stdio::piped()).spawn();
        let running: Vec<_> = (0..4).map(|_| start().unwrap()).collect();
        let ended = running.into_iter().map(|child| Ended::from(child.wait_with_output().unwrap()));
        let ids: Vec<Value> =
            ended.map(|ended| serde_json::from_str::<Value>(&ended.out).unwrap()["id"].clone()).collect();
        (world, ids)
    })
    .await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let listed: Value =
        serde_json::from_str(&blocking(move || world.text(&["instances", "list", "--json"])).await).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_was_revoked_is_refused_although_it_is_stored() {
    let simulator = Simulator::start(Config { channels: 1, ..Config::default() }).await.unwrap();
    let world = World::new(simulator.url());
    let world = blocking(move || {
        world.text(&["connect", "brighttalk"]);
        world
    })
    .await;
    let refuse = json!({"match": {"path": "/v1/my/channels"}, "fault": {"type": "status", "status": 401}});
    simulator.add_faults(&refuse).unwrap();
    let ended = blocking(move || world.run(&["connect", "brighttalk"])).await;
    assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{}", ended.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn trailing_line_ends_of_secrets_are_removed() {
    let simulator = Simulator::start(Config { channels: 1, ..Config::default() }).await.unwrap();
    let world = World::new(simulator.url());
    let ended = blocking(move || {
        let mut command = world.command(&["connect", "brighttalk"]);
        command.env("BRIGHTTALK_API_KEY", "1\n").env("BRIGHTTALK_API_SECRET", "0123456789ABCDEF0123456789ABCDEF\r\n");
        Ended::from(command.output().unwrap())
    })
    .await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_credentials_are_named_without_a_terminal() {
    let world = World::new("http://127.0.0.1:1");
    let ended = blocking(move || {
        Ended::from(world.command(&["connect", "brighttalk"]).env("BRIGHTTALK_API_SECRET", " ").output().unwrap())
    })
    .await;
    assert_eq!(ended.code, Some(5));
    assert!(ended.err.contains("BRIGHTTALK_API_SECRET is not set"), "{}", ended.err);
}
