//! A platform with scripted failures, on a bare socket, which records its requests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Reaction to one request.
#[derive(Clone, Debug)]
pub enum Act {
    /// The connection is reset before anything is read.
    ResetAtOnce,
    /// The connection is reset after the request has been read.
    ResetWhenRead,
    /// No response begins.
    Silence,
    /// These bytes of a response, one at a time with a pause between.
    Trickle(&'static str, Duration),
    /// These bytes of a response, then silence.
    Stall(String),
    /// These bytes of a response, then a reset.
    BreakOff(String),
    /// A complete response.
    Answer(String),
}

/// Returns a response with a body of JSON.
pub fn json(status: u16, headers: &str, body: &str) -> Act {
    let headers = format!("Content-Type: application/json\r\n{headers}");
    Act::Answer(answer(status, &headers, body))
}

/// Returns a response as it is sent; every header ends its line.
pub fn answer(status: u16, headers: &str, body: &str) -> String {
    format!("{}{body}", head(status, headers, body.len()))
}

/// Returns the head of a response whose body has a length.
pub fn head(status: u16, headers: &str, length: usize) -> String {
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n")
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET /elements/api-v2/…`.
    pub line: String,
    /// The whole head.
    pub head: String,
    /// The body, if it has a length.
    pub body: String,
}

impl Asked {
    /// Returns a header by its name in any letter case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&str| line.split(':').next().is_some_and(|found| found.eq_ignore_ascii_case(name));
        self.head.lines().find(named).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim())
    }
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<Asked>,
}

/// A server that performs its acts in turn, one for each request; the last one is repeated.
pub struct Faulty {
    pub origin: String,
    seen: Arc<Mutex<Seen>>,
}

impl Faulty {
    pub async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), acts.into_iter().collect())
    }

    /// Starts the server on a port that is bound already.
    pub fn on(listener: TcpListener, acts: Vec<Act>) -> Self {
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Seen::default()));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            for number in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                log.lock().unwrap().connections += 1;
                let act = acts[number.min(acts.len() - 1)].clone();
                tokio::spawn(perform(stream, act, Arc::clone(&log)));
            }
        });
        Self { origin, seen }
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    pub fn requests(&self) -> Vec<Asked> {
        self.seen.lock().unwrap().requests.clone()
    }

    /// Returns the request lines, without the prefix of the contract.
    pub fn lines(&self) -> Vec<String> {
        self.requests().into_iter().map(|asked| asked.line.replace("/elements/api-v2", "")).collect()
    }
}

async fn perform(mut stream: TcpStream, act: Act, log: Arc<Mutex<Seen>>) {
    if !matches!(act, Act::ResetAtOnce) {
        let Some(asked) = read(&mut stream).await else { return };
        log.lock().unwrap().requests.push(asked);
    }
    // A client may disconnect at any time, as some tests do.
    let _ = match act {
        Act::ResetAtOnce | Act::ResetWhenRead => stream.set_zero_linger(),
        Act::Silence => {
            stay(&mut stream).await;
            Ok(())
        }
        Act::Trickle(bytes, pause) => {
            for byte in bytes.bytes() {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(pause).await;
            }
            Ok(())
        }
        Act::Stall(bytes) => {
            let sent = stream.write_all(bytes.as_bytes()).await;
            stay(&mut stream).await;
            sent
        }
        Act::BreakOff(bytes) => {
            let sent = stream.write_all(bytes.as_bytes()).await;
            // The sent bytes must arrive before the reset, which would overtake them.
            tokio::time::sleep(Duration::from_millis(50)).await;
            sent.and_then(|()| stream.set_zero_linger())
        }
        Act::Answer(bytes) => {
            let sent = stream.write_all(bytes.as_bytes()).await;
            sent.and(stream.shutdown().await)
        }
    };
}

/// Waits until the client disconnects.
async fn stay(stream: &mut TcpStream) {
    let mut byte = [0];
    let _ = stream.read(&mut byte).await;
}

/// Reads a request with its body, up to its length.
pub(super) async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let mut asked = Asked { line, head, body: String::new() };
    let length: usize = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    asked.body = String::from_utf8_lossy(&bytes[end..]).into_owned();
    Some(asked)
}
