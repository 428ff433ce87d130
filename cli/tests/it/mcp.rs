//! The server for assistants as the command starts it.

use std::io::Write;
use std::process::Stdio;

use brighttalk_sim::{Config, Simulator};
use serde_json::{Value, json};

use crate::support::World;

/// Runs a test beside a simulated vendor, with a database that is connected to it.
async fn connected(test: impl FnOnce(&World) + Send + 'static) {
    let vendor = Simulator::start(Config { subscribers: 20, channels: 1, ..Config::default() }).await.unwrap();
    let ran = tokio::task::spawn_blocking(move || {
        let world = World::new(vendor.url());
        world.text(&["connect", "brighttalk"]);
        test(&world);
    });
    ran.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_output_has_nothing_but_the_protocol() {
    connected(|world| {
        let mut server = world.command(&["mcp", "-vv"]);
        server.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = server.spawn().unwrap();
        let mut input = server.stdin.take().unwrap();
        let client = json!({"name": "test", "version": "1"});
        let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
        for message in [
            json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}),
            json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
            json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
                "params": {"name": "count_records", "arguments": {"object": "channelsContacts", "where": "nmae = 1"}}}),
        ] {
            writeln!(input, "{message}").unwrap();
        }
        // The answers are awaited before the client leaves.
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(server.stdout.take().unwrap()));
        let mut answer = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer()["result"]["serverInfo"]["name"], "elementkit");
        assert_eq!(answer()["result"]["structuredContent"]["count"], 0);
        drop(input);
        assert!(lines.next().is_none() && server.wait().unwrap().success());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_configuration_starts_the_server() {
    connected(|world| {
        let sandbox = ["--brighttalk-url", "http://127.0.0.1:9"];
        let printed = world.text(&[&["mcp", "install", "--reveal", "email", "--max-rows", "7"], &sandbox[..]].concat());
        let (_, after) = printed.split_once("\n\n").unwrap();
        let mut documents = serde_json::Deserializer::from_str(after).into_iter::<Value>();
        let server = &documents.next().unwrap().unwrap()["mcpServers"]["elementkit"];
        let arguments: Vec<&str> = server["args"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        for given in [["--reveal", "email"], sandbox] {
            assert!(arguments.windows(2).any(|pair| pair == given), "{arguments:?}");
        }
        let started = std::process::Command::new(server["command"].as_str().unwrap())
            .args(&arguments)
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(started.status.success() && started.stdout.is_empty(), "{started:?}");
        let over_http = world.text(&["mcp", "install", "--listen", "127.0.0.1:8090"]);
        assert!(over_http.contains("http://127.0.0.1:8090/mcp") && over_http.contains(".mcp-token"), "{over_http}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_names_options_and_tools_that_there_are() {
    connected(|world| {
        let guide = include_str!("../../../docs/guides/agents.md");
        let help = world.text(&["mcp", "serve", "--help"]);
        for word in guide
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .filter(|word| word.starts_with("--") && !word.starts_with("---"))
        {
            assert!(help.contains(word), "{word} is no option");
        }
        let block = guide.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
        let install = block.lines().find(|line| line.contains("install")).unwrap();
        let arguments: Vec<&str> = install.split('#').next().unwrap().split_whitespace().skip(1).collect();
        assert!(world.text(&arguments).contains("mcpServers"));
    })
    .await;
}
