//! `console`: a link that signs in once, on this computer only.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

use crate::support::World;

/// Returns the response to a request for a path.
fn get(address: &str, host: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_console_prints_a_link_that_works_once() {
    let world = World::new("http://127.0.0.1:1");
    let mut command = world.command(&["console", "--no-browser"]);
    let mut console = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(console.stdout.take().unwrap()).lines();
    let link = lines.find_map(|line| line.ok().filter(|line| line.starts_with("http"))).unwrap();
    let rest = link.strip_prefix("http://").unwrap();
    let (address, path) = rest.split_at(rest.find('/').unwrap());
    assert!(address.starts_with("127.0.0.1:") && path.starts_with("/console/enter?key="), "{link}");
    assert!(get(address, "evil.example", path).starts_with("HTTP/1.1 403 "));
    let first = get(address, address, path);
    assert!(first.starts_with("HTTP/1.1 303 ") && first.contains("set-cookie: elementkit-console-"), "{first}");
    assert!(get(address, address, path).starts_with("HTTP/1.1 403 "));
    assert!(get(address, address, "/healthz").starts_with("HTTP/1.1 200 "));
    console.kill().unwrap();
    console.wait().unwrap();
    let refused = world.run(&["--base-url", "https://platform.example", "console", "--no-browser"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
}
