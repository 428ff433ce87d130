//! `serve` with a low limit of open files.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::World;

#[test]
fn clients_are_served_while_slow_ones_hold_every_handle() {
    let world = World::new("http://127.0.0.1:1");
    let command = world.command(&[]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 64; exec \"$0\" serve --listen 127.0.0.1:0"]).arg(command.get_program());
    shell.current_dir(world.folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let mut server = shell.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: serde_json::Value = serde_json::from_str(&line).unwrap();
    let address = told["address"].as_str().unwrap();

    let mut slow = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n").unwrap();
        slow.push(stream);
    }
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn the_faults_of_a_sandbox_are_read_in_any_encoding() {
    let rules = r#"[{"fault": {"type": "status", "status": 418}}]"#;
    let little = rules.encode_utf16().flat_map(u16::to_le_bytes);
    let encoded = [
        rules.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", rules.as_bytes()].concat(),
        [0xff, 0xfe].into_iter().chain(little).collect(),
    ];
    let world = World::new("http://127.0.0.1:1");
    for bytes in encoded {
        std::fs::write(world.path("faults.json"), bytes).unwrap();
        let mut command = world.command(&["sandbox", "--faults", "faults.json", "--listen", "127.0.0.1:0"]);
        command.env_remove("ELEMENTKIT_DATABASE");
        let mut sandbox = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(sandbox.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        stream.write_all(b"GET /v1/channels HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        sandbox.kill().unwrap();
        sandbox.wait().unwrap();
        assert!(answer.starts_with("HTTP/1.1 418 "), "{answer}");
    }
    std::fs::write(world.path("faults.json"), b"\xff").unwrap();
    let ended = world.run(&["sandbox", "--faults", "faults.json"]);
    assert_eq!(ended.code, Some(8), "{}", ended.err);
    assert!(ended.err.contains("faults.json") && ended.err.contains("neither UTF-8 nor UTF-16"), "{}", ended.err);
}
