//! A platform whose responses a function decides, on a bare socket, which records its requests.

use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::faulty::{Asked, answer, read};

/// A response: status, headers that end their lines, body.
pub type Reply = (u16, &'static str, String);

pub struct Stub {
    pub origin: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Stub {
    /// Starts a server. The function gets the method and the path below the prefix of the contract, with its query.
    pub async fn start(decide: impl Fn(&str, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, decide) = (Arc::clone(&asked), Arc::new(decide));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (log, decide) = (Arc::clone(&log), Arc::clone(&decide));
                tokio::spawn(async move {
                    let Some(request) = read(&mut stream).await else { return };
                    let (method, path) = request.line.split_once(' ').unwrap();
                    let (status, headers, body) = decide(method, path.trim_start_matches("/elements/api-v2"));
                    log.lock().unwrap().push(request);
                    // A client may disconnect at any time.
                    let _ = stream.write_all(answer(status, headers, &body).as_bytes()).await;
                });
            }
        });
        Self { origin, asked }
    }

    /// Returns the request lines since the last call, without the prefix of the contract.
    pub fn lines(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.into_iter().map(|asked| asked.line.replace("/elements/api-v2", "")).collect()
    }
}
