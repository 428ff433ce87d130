//! The commands of docs/guides/element.md, as they are printed there.

use std::path::Path;
use std::process::Command;

use axum::Router;
use axum::extract::Path as UrlPath;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

/// Address of the vendor in the guide.
const VENDOR: &str = "https://desk.example";
const TICKETS: u64 = 120;

fn ticket(id: u64) -> Value {
    json!({"id": id, "subject": format!("Ticket {id}"), "priority": id % 3})
}

fn checked(headers: &HeaderMap, answer: impl FnOnce() -> Value) -> Response {
    let (status, body) = match headers.get("x-api-key").map(|key| key.as_bytes()) {
        Some(b"desk-key-1") => (StatusCode::OK, answer()),
        _ => (StatusCode::UNAUTHORIZED, json!({"message": "unknown key"})),
    };
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// Returns a number of the query.
fn number(uri: &Uri, name: &str) -> Option<u64> {
    let query = uri.query().unwrap_or_default().as_bytes();
    url::form_urlencoded::parse(query).find(|(key, _)| key == name)?.1.parse().ok()
}

/// Acme Desk: 120 tickets, at most 50 in a page.
fn desk() -> Router {
    let list = |headers: HeaderMap, uri: Uri| async move {
        let size = number(&uri, "per_page").unwrap_or(20).min(50);
        let first = (number(&uri, "page").unwrap_or(1) - 1) * size + 1;
        let page: Vec<Value> = (first..first + size).take_while(|id| *id <= TICKETS).map(ticket).collect();
        checked(&headers, || json!({"tickets": page, "total": TICKETS}))
    };
    let one = |headers: HeaderMap, UrlPath(id): UrlPath<u64>| async move { checked(&headers, || ticket(id)) };
    Router::new()
        .route("/me", get(|headers: HeaderMap| async move { checked(&headers, || json!({"name": "Ann"})) }))
        .route("/tickets", get(list))
        .route("/tickets/{id}", get(one))
}

/// A fenced block of a guide.
pub struct Block<'g> {
    pub language: &'g str,
    pub text: &'g str,
}

pub fn blocks(guide: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = guide;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (language, after) = after.split_once('\n').unwrap();
        let (text, after) = after.split_once("```").unwrap();
        blocks.push(Block { language: language.trim(), text });
        rest = after;
    }
    blocks
}

/// Returns the commands of a block; lines without `$` are the output of the command before.
pub fn commands(block: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((command.to_owned(), String::new())),
            None => {
                let output = &mut commands.last_mut().unwrap().1;
                output.push_str(line);
                output.push('\n');
            }
        }
    }
    commands
}

/// Returns the lines of an output. Trailing blanks of a table are no part of a document.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// Runs the commands of a block.
fn run(block: &str, folder: &Path, vendor: &str) {
    let bin = Path::new(env!("CARGO_BIN_EXE_elementkit")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for (command, expected) in commands(block) {
        let mut shell = Command::new("sh");
        shell.current_dir(folder).env("PATH", &path).args(["-c", &command.replace(VENDOR, vendor)]);
        shell.env_remove("ELEMENTKIT_BASE_URL").env_remove("ELEMENTKIT_DATABASE");
        let output = shell.output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{command}\n{out}{err}");
        let out = out.replace(vendor, VENDOR);
        assert!(
            expected.is_empty() || lines(&out) == lines(&expected),
            "{command}\nexpected:\n{expected}\nfound:\n{out}{err}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guide_runs_as_it_is_printed() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let vendor = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, desk()).await.unwrap() });
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides/element.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let ran = tokio::task::spawn_blocking(move || {
        let mut ran = 0;
        for block in blocks(&guide) {
            match block.language {
                "yaml" => {
                    let name = block.text.lines().next().unwrap().strip_prefix("# ").unwrap();
                    std::fs::write(path.join(name), block.text.replace(VENDOR, &vendor)).unwrap();
                }
                "console" => {
                    run(block.text, &path, &vendor);
                    ran += 1;
                }
                _ => {}
            }
        }
        ran
    });
    assert!(ran.await.unwrap() >= 8);
}
