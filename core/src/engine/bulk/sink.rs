//! Destinations of the bytes of a result.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::error::Error;

/// Number of chunks buffered for a slow reader, and the size of a chunk.
const CHUNKS_AHEAD: usize = 4;
const CHUNK: usize = 256 << 10;

pub(super) type Chunks = mpsc::Receiver<Result<Bytes, Error>>;

/// Sends what is written to a reader on another thread, and waits while the reader is slow. Blocks.
pub(super) struct Sink {
    sender: mpsc::Sender<Result<Bytes, Error>>,
    buffer: Vec<u8>,
}

impl Sink {
    pub fn new() -> (Self, Chunks) {
        let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD);
        (Self { sender, buffer: Vec::new() }, chunks)
    }

    /// Returns whether the reader has stopped reading.
    pub fn is_gone(&self) -> bool {
        self.sender.is_closed()
    }

    /// Sends an error to the reader, in place of the remaining bytes.
    pub fn fail(&mut self, error: Error) {
        let _ = self.sender.blocking_send(Err(error));
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        // A chunk that grows from nothing is copied as often as its size doubles.
        let next = Vec::with_capacity(if self.buffer.len() < CHUNK { 0 } else { CHUNK + CHUNK / 8 });
        let chunk = Bytes::from(std::mem::replace(&mut self.buffer, next));
        self.sender.blocking_send(Ok(chunk)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// Forwards only a range of bytes, and sets a flag once the range is written.
pub(super) struct ByteRange<'a, W> {
    out: W,
    skip: u64,
    left: u64,
    done: &'a AtomicBool,
}

impl<'a, W: Write> ByteRange<'a, W> {
    pub fn new(out: W, range: Range<u64>, done: &'a AtomicBool) -> Self {
        Self { out, skip: range.start, left: range.end - range.start, done }
    }
}

impl<W: Write> Write for ByteRange<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let within = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX).min(bytes.len());
        let start = within(self.skip);
        let end = within(self.skip.saturating_add(self.left));
        self.out.write_all(&bytes[start..end])?;
        self.skip -= start as u64;
        self.left -= (end - start) as u64;
        if self.left == 0 {
            self.done.store(true, Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Counts the bytes written to it.
pub(super) struct Counter<'a>(pub &'a AtomicU64);

impl Write for Counter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
