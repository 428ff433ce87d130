//! Line ends of HTTP/1 heads. The parser also accepts a bare line feed as the end of a line, but not every proxy before
//! this server does: the two could disagree about where a request ends.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection in which bare line feeds in heads become a byte that is invalid there, so that the parser rejects them.
pub(super) struct Strict<T> {
    inner: T,
    tracker: Tracker,
}

impl<T> Strict<T> {
    pub fn new(inner: T) -> Self {
        Self { inner, tracker: Tracker::default() }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Strict<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        self.tracker.pass(&mut buf.filled_mut()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Strict<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
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

/// Longer header lines cannot declare the length of a body.
const LINE: usize = 256;

/// Position of a connection: in a head, or in the body after it.
#[derive(Debug)]
enum Position {
    Head,
    /// This many bytes of the body remain.
    Body(u64),
    /// In a chunked body, at the line with the length of a chunk.
    ChunkLength,
    /// In the lines after the last chunk.
    Trailers,
    /// The rest cannot be parsed; the parser rejects it too.
    Lost,
}

/// Follows the framing of the requests on a connection (RFC 9112 6.3).
#[derive(Debug)]
struct Tracker {
    position: Position,
    /// The beginning of the current line, without its end.
    line: Vec<u8>,
    /// Length of the current line, without its end.
    length: usize,
    /// Whether a line of the head has been read.
    in_head: bool,
    after_return: bool,
    content_length: Option<u64>,
    chunked: Option<bool>,
    /// Whether the body is chunked: the data of a chunk ends with a line end, too.
    in_chunks: bool,
}

impl Default for Tracker {
    fn default() -> Self {
        Self {
            position: Position::Head,
            line: Vec::new(),
            length: 0,
            in_head: false,
            after_return: false,
            content_length: None,
            chunked: None,
            in_chunks: false,
        }
    }
}

impl Tracker {
    /// Follows these bytes, and replaces bare line feeds in a head.
    fn pass(&mut self, bytes: &mut [u8]) {
        let mut at = 0;
        while at < bytes.len() {
            match self.position {
                Position::Lost => return,
                Position::Body(left) => {
                    let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - at);
                    at += skipped;
                    let left = left - skipped as u64;
                    self.position = match left {
                        0 if self.in_chunks => Position::ChunkLength,
                        0 => Position::Head,
                        left => Position::Body(left),
                    };
                }
                _ => {
                    let is_bare = bytes[at] == b'\n' && !self.after_return;
                    if is_bare {
                        bytes[at] = 0;
                        self.position = Position::Lost;
                        return;
                    }
                    self.byte(bytes[at]);
                    at += 1;
                }
            }
        }
    }

    fn byte(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.end_of_line();
                (self.length, self.after_return) = (0, false);
                self.line.clear();
            }
            b'\r' => self.after_return = true,
            _ => {
                self.after_return = false;
                self.length += 1;
                if self.line.len() < LINE {
                    self.line.push(byte);
                }
            }
        }
    }

    fn end_of_line(&mut self) {
        let is_empty = self.length == 0;
        match self.position {
            // Empty lines before a request are skipped.
            Position::Head if is_empty && !self.in_head => {}
            Position::Head if is_empty => self.end_of_head(),
            Position::Head => {
                self.in_head = true;
                self.header();
            }
            Position::ChunkLength => self.chunk(),
            Position::Trailers if is_empty => {
                self.in_chunks = false;
                self.position = Position::Head;
            }
            _ => {}
        }
    }

    /// Records what a line of the head declares about the body.
    fn header(&mut self) {
        let Some(colon) = self.line.iter().position(|byte| *byte == b':') else { return };
        let (name, value) = (&self.line[..colon], self.line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            match length {
                Some(length) => self.content_length = Some(length),
                None => self.position = Position::Lost,
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let last = value.rsplit(|byte| *byte == b',').next().unwrap_or_default();
            self.chunked = Some(last.trim_ascii().eq_ignore_ascii_case(b"chunked"));
        }
    }

    fn end_of_head(&mut self) {
        self.in_head = false;
        let (chunked, length) = (self.chunked.take(), self.content_length.take());
        self.in_chunks = chunked == Some(true);
        self.position = match (chunked, length) {
            (Some(true), _) => Position::ChunkLength,
            (Some(false), _) => Position::Lost,
            (None, None | Some(0)) => Position::Head,
            (None, Some(length)) => Position::Body(length),
        };
    }

    fn chunk(&mut self) {
        let digits = self.line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let length = std::str::from_utf8(digits).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
        self.position = match length {
            Some(0) => Position::Trailers,
            // Including the line end after it.
            Some(length) => Position::Body(length.saturating_add(2)),
            None => Position::Lost,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what arrives of some bytes, given in pieces of this size.
    fn passed(text: &str, size: usize) -> String {
        let mut tracker = Tracker::default();
        let mut bytes = text.as_bytes().to_vec();
        bytes.chunks_mut(size).for_each(|piece| tracker.pass(piece));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn line_feeds_in_bodies_stay() {
        let requests = [
            "\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\na\nb\n\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: gzip, Chunked\r\n\r\n5;x=y\r\na\nb\n\n\r\n0\r\nt: u\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
        ];
        let text = requests.concat();
        for size in [1, 2, 7, 1000] {
            assert_eq!(passed(&text, size), text);
        }
    }

    #[test]
    fn bare_line_feeds_in_heads_are_replaced() {
        let before = "POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n\n\n";
        // `¶` marks the bare line feed.
        for head in ["GET / HTTP/1.1¶host: x\r\n\r\n", "GET / HTTP/1.1\r\nhost: x¶\r\n", "¶GET / HTTP/1.1\r\n\r\n"] {
            let (sent, arrives) = (head.replace('¶', "\n"), head.replace('¶', "\0"));
            for size in [1, 5, 1000] {
                assert_eq!(passed(&format!("{before}{sent}"), size), format!("{before}{arrives}"));
            }
        }
    }
}
