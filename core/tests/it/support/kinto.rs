//! A real vendor: Kinto, a server of JSON documents, with its records in memory.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const USER: &str = "ann";
pub const PASSWORD: &str = "kinto-password-7d31";
pub const BUCKET: &str = "elementkit";

/// A running server with an empty bucket.
pub struct Kinto {
    /// Address with the version of the API.
    pub url: String,
    host: String,
    process: Child,
    _folder: TempDir,
}

// With `explicit_permissions` the server keeps a permission of each record, and looks through all of them at each write.
const SETTINGS: &str = "[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = %(http_port)s

[app:main]
use = egg:kinto
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.userid_hmac_secret = only for tests
kinto.bucket_create_principals = system.Authenticated
kinto.paginate_by = 5000
kinto.explicit_permissions = false
multiauth.policies = basicauth
";

impl Kinto {
    /// Starts it. Without the program that `ELEMENTKIT_KINTO` names the caller skips, visibly.
    pub async fn start() -> Option<Self> {
        let Some(program) = std::env::var_os("ELEMENTKIT_KINTO") else {
            eprintln!("SKIPPED: set ELEMENTKIT_KINTO to the program `kinto` of the Python package of that name");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("kinto.ini"), SETTINGS).unwrap();
        // Another process may take a free port first.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
            let mut process = begun(Path::new(&program), folder.path(), port);
            let host = format!("127.0.0.1:{port}");
            if answers(&mut process, &host).await {
                let kinto = Self { url: format!("http://{host}/v1"), host, process, _folder: folder };
                kinto.create_bucket().await;
                return Some(kinto);
            }
            let _ = process.kill();
        }
        panic!("Kinto does not start");
    }

    /// Returns the number of records of a collection.
    pub async fn number(&self, collection: &str) -> usize {
        let path = format!("/v1/buckets/{BUCKET}/collections/{collection}/records?_limit=1");
        let answer = self.call("HEAD", &path, "").await.to_ascii_lowercase();
        let number = answer.lines().find_map(|line| line.strip_prefix("total-objects:"));
        number.unwrap_or_else(|| panic!("no number: {answer}")).trim().parse().unwrap()
    }

    /// Creates the bucket, which only the user may write to.
    async fn create_bucket(&self) {
        let greeting = self.call("GET", "/v1/", "").await;
        let (_, body) = greeting.split_once("\r\n\r\n").unwrap();
        let user = serde_json::from_str::<Value>(body).unwrap()["user"]["id"].clone();
        assert!(user.is_string(), "{body}");
        let access = json!({"permissions": {"write": [user]}});
        let made = self.call("PUT", &format!("/v1/buckets/{BUCKET}"), &access.to_string()).await;
        assert!(made.contains(" 201 "), "the bucket: {made}");
    }

    async fn call(&self, method: &str, path: &str, body: &str) -> String {
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Basic {basic}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.host,
            body.len()
        );
        let mut stream = TcpStream::connect(&self.host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

fn begun(program: &Path, folder: &Path, port: u16) -> Child {
    let mut command = Command::new(program);
    command.args(["start", "--ini", "kinto.ini", "--port", &port.to_string()]).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("ELEMENTKIT_KINTO is a program")
}

async fn answers(process: &mut Child, host: &str) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        if TcpStream::connect(host).await.is_ok() {
            return true;
        }
        if process.try_wait().unwrap().is_some() {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

impl Drop for Kinto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
