//! Requests that cannot be parsed: hyper responds to them itself, with a bare head. Every error of the contract has a
//! body and a request id (spec P 3.1), so such a head is replaced on its way out.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::engine::refusal_body;

pub(super) struct Refusals<T> {
    inner: T,
    /// The replacement that is being written, and the number of bytes written.
    replacement: Option<(Vec<u8>, usize)>,
}

impl<T> Refusals<T> {
    pub fn new(inner: T) -> Self {
        Self { inner, replacement: None }
    }
}

/// Returns the replacement for bytes that are exactly one of hyper's own error responses.
fn replacement(bytes: &[u8]) -> Option<Vec<u8>> {
    let head = bytes.strip_prefix(b"HTTP/1.1 4")?.strip_suffix(b"\r\n\r\n")?;
    let bare = |name: &str| head.windows(name.len()).any(|part| part.eq_ignore_ascii_case(name.as_bytes()));
    if !bare("\r\ncontent-length: 0") || bare("\r\nelements-request-id:") {
        return None;
    }
    let (status, message) = match head.get(..2)? {
        b"00" => (StatusCode::BAD_REQUEST, "The request is not valid HTTP"),
        // The contract has one status for both.
        b"14" | b"31" => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large"),
        _ => return None,
    };
    let (id, body) = refusal_body(status, message);
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-type: application/json;charset=UTF-8\r\n\
         elements-request-id: {id}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Some([head.into_bytes(), body].concat())
}

impl<T: AsyncRead + Unpin> AsyncRead for Refusals<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Refusals<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.replacement.is_none() {
            this.replacement = replacement(buf).map(|bytes| (bytes, 0));
        }
        let Some((bytes, written)) = &mut this.replacement else {
            return Pin::new(&mut this.inner).poll_write(cx, buf);
        };
        while *written < bytes.len() {
            match ready!(Pin::new(&mut this.inner).poll_write(cx, &bytes[*written..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                more => *written += more,
            }
        }
        this.replacement = None;
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match bufs {
            // An error response is written in one piece.
            [only] => self.poll_write(cx, only),
            _ => Pin::new(&mut self.inner).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::replacement;

    #[test]
    fn bare_refusals_get_a_body_and_all_else_stays() {
        let bare = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let text = replacement(bare).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        assert!(text.starts_with("HTTP/1.1 431 ") && text.contains("\"requestId\":\""), "{text}");
        let uri = b"HTTP/1.1 414 URI Too Long\r\ncontent-length: 0\r\n\r\n";
        assert!(replacement(uri).is_some_and(|bytes| bytes.starts_with(b"HTTP/1.1 431 ")));
        for other in [
            &b"HTTP/1.1 404 Not Found\r\nelements-request-id: 1\r\ncontent-length: 0\r\n\r\n"[..],
            b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\r\nmore",
            b"HTTP/1.1 431 x\r\ncontent-length: 7\r\n\r\n",
            b"",
        ] {
            assert!(replacement(other).is_none());
        }
    }
}
