//! A platform that fails as it is told, on a bare socket, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What happens to one request.
#[derive(Clone, Debug)]
pub enum Act {
    /// The connection is reset before anything is read.
    ResetAtOnce,
    /// The connection is reset when the request has been read.
    ResetWhenRead,
    /// No answer begins.
    Silence,
    /// These bytes of an answer, one at a time with a pause between.
    Trickle(&'static str, Duration),
    /// These bytes of an answer, then silence.
    Stall(String),
    /// These bytes of an answer, then a reset.
    BreakOff(String),
    /// A whole answer.
    Answer(String),
}

/// An answer with a body of JSON.
pub fn json(status: u16, headers: &str, body: &str) -> Act {
    let headers = format!("Content-Type: application/json\r\n{headers}");
    Act::Answer(answer(status, &headers, body))
}

/// An answer as it goes over the wire; every header ends its line.
pub fn answer(status: u16, headers: &str, body: &str) -> String {
    format!("{}{body}", head(status, headers, body.len()))
}

/// The head of an answer whose body has a length.
pub fn head(status: u16, headers: &str, length: usize) -> String {
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n")
}

/// What it was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET /elements/api-v2/…`.
    pub line: String,
    /// The whole head.
    pub head: String,
    /// The body, as far as it has a length.
    pub body: String,
}

impl Asked {
    /// A header, by its name in any letter case.
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

/// A server that does its acts in turn, one a request; the last one again and again.
pub struct Faulty {
    pub origin: String,
    seen: Arc<Mutex<Seen>>,
}

impl Faulty {
    pub async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap(), acts.into_iter().collect())
    }

    /// On a port that is bound already.
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

    /// The request lines, without the prefix of the contract.
    pub fn lines(&self) -> Vec<String> {
        self.requests().into_iter().map(|asked| asked.line.replace("/elements/api-v2", "")).collect()
    }
}

async fn perform(mut stream: TcpStream, act: Act, log: Arc<Mutex<Seen>>) {
    if !matches!(act, Act::ResetAtOnce) {
        let Some(asked) = read(&mut stream).await else { return };
        log.lock().unwrap().requests.push(asked);
    }
    // A client may go away at any time; that is its part of the test.
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
            // What was sent is to arrive before the reset, which would overtake it.
            tokio::time::sleep(Duration::from_millis(50)).await;
            sent.and_then(|()| stream.set_zero_linger())
        }
        Act::Answer(bytes) => {
            let sent = stream.write_all(bytes.as_bytes()).await;
            sent.and(stream.shutdown().await)
        }
    };
}

/// Until the client goes.
async fn stay(stream: &mut TcpStream) {
    let mut byte = [0];
    let _ = stream.read(&mut byte).await;
}

/// A request with its body, as far as its length says.
async fn read(stream: &mut TcpStream) -> Option<Asked> {
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
