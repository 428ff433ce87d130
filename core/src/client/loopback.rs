//! The redirect of a vendor to a program on this machine (RFC 8252, spec E 4.60).

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::redirect::Redirect;
use crate::auth::Secret;
use crate::error::{Error, ErrorKind, Result};

/// Time limit for the user to grant access.
const PATIENCE: Duration = Duration::from_secs(300);
/// Time limit of one connection. Browsers open some in advance, without a request.
const CONNECTION_LIMIT: Duration = Duration::from_secs(30);
/// Maximum size of the head of a request.
const HEAD_LIMIT: usize = 16 << 10;
const PATH: &str = "/callback";

/// Receives the code that a vendor issues after a user granted access in a browser on this machine.
#[derive(Debug)]
pub struct LoopbackCallback {
    listener: TcpListener,
    url: String,
}

impl LoopbackCallback {
    /// Listens on 127.0.0.1. Port 0 selects a free port; a vendor that compares the whole address needs the one that is
    /// registered there.
    ///
    /// # Errors
    /// `config` if the port cannot be used.
    pub async fn bind(port: u16) -> Result<Self> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Config, format!("cannot listen on port {port} of 127.0.0.1: {error}"))
                .with_hint("Use another port.")
        };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(failed)?;
        let url = format!("http://127.0.0.1:{}{PATH}", listener.local_addr().map_err(failed)?.port());
        Ok(Self { listener, url })
    }

    /// Returns the address for `oauth.callback.url`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Waits for a redirect with this state, at most 5 minutes, and returns its code. Others are ignored.
    ///
    /// # Errors
    /// `authentication` with the vendor's reason if the user or the vendor denied access, and `timeout`.
    pub async fn code(self, state: &str) -> Result<Secret> {
        let late = |_| Error::new(ErrorKind::Timeout, format!("access was not granted within {PATIENCE:?}"));
        tokio::time::timeout(PATIENCE, self.first(&Secret::new(state))).await.map_err(late)?
    }

    async fn first(&self, state: &Secret) -> Result<Secret> {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                Ok((stream, _)) = self.listener.accept() => {
                    let state = state.clone();
                    connections.spawn(tokio::time::timeout(CONNECTION_LIMIT, serve(stream, state)));
                }
                Some(served) = connections.join_next() => {
                    if let Ok(Ok(Some(outcome))) = served {
                        return outcome;
                    }
                }
            }
        }
    }
}

/// Responds to one request. Returns the outcome if it is the awaited redirect.
async fn serve(mut stream: TcpStream, state: Secret) -> Option<Result<Secret>> {
    let head = head(&mut stream).await?;
    let redirect = redirect(&head).filter(|redirect| redirect.is_of(&state));
    let outcome = redirect.and_then(Redirect::outcome);
    let (status, text) = match &outcome {
        Some(Ok(_)) => ("200 OK", "Access is granted. You can close this window."),
        Some(Err(_)) => ("200 OK", "Access was denied. You can close this window."),
        None => ("404 Not Found", "Nothing is expected here."),
    };
    let length = text.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{text}"
    );
    // The browser may have gone; the code is what counts.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    outcome
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        if head.len() > HEAD_LIMIT || stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    String::from_utf8(head).ok()
}

fn redirect(head: &str) -> Option<Redirect> {
    let target = head.strip_prefix("GET ")?.split(' ').next()?;
    Some(Redirect::of_query(target.strip_prefix(PATH)?.strip_prefix('?')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(url: &str, target: &str) -> std::io::Result<String> {
        let address = url.trim_start_matches("http://").trim_end_matches(PATH);
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    #[tokio::test]
    async fn only_the_awaited_redirect_counts() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let callback = LoopbackCallback::bind(0).await?;
        let url = callback.url().to_owned();
        let idle = TcpStream::connect(url.trim_start_matches("http://").trim_end_matches(PATH)).await?;
        let waiting = tokio::spawn(callback.code("right"));
        for target in ["/", "/callback", "/callback?code=a", "/callback?code=a&state=wrong", "/callback?state=right"] {
            assert!(get(&url, target).await?.starts_with("HTTP/1.1 404"), "{target}");
        }
        let answer = get(&url, "/callback?code=a%2Fb&state=right").await?;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("is granted"), "{answer}");
        assert_eq!(waiting.await??, Secret::new("a/b"));
        drop(idle);
        Ok(())
    }

    #[tokio::test]
    async fn a_denial_is_an_error() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let callback = LoopbackCallback::bind(0).await?;
        let url = callback.url().to_owned();
        let waiting = tokio::spawn(callback.code("right"));
        get(&url, "/callback?error=access_denied&state=right").await?;
        let error = waiting.await?.err().ok_or("no error")?;
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.message().ends_with("access_denied"), "{error}");
        Ok(())
    }
}
