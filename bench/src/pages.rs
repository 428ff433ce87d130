//! All records of a run in memory, so that any page is a slice: serving a page neither creates nor copies data.

use std::io::Write as _;
use std::ops::Range;

use bytes::Bytes;

use crate::generator::{Form, Population};

/// Number of records in a page unless the request has another size.
pub const PAGE_SIZE: u64 = 200;

/// The records in one format, one after the other.
pub struct Pages {
    text: Bytes,
    /// Start of each record, and end of the last one.
    starts: Vec<usize>,
}

impl Pages {
    /// Writes all records of a population.
    pub fn new(population: &Population, form: Form) -> Self {
        let mut text = Vec::new();
        let mut starts = Vec::with_capacity(population.records as usize + 1);
        for record in 0..population.records {
            starts.push(text.len());
            population.write(form, record, &mut text);
            if form != Form::Xml {
                text.push(b',');
            }
        }
        starts.push(text.len());
        Self { text: text.into(), starts }
    }

    /// Returns records as they are written, without the separator after the last one.
    pub fn records(&self, form: Form, range: Range<u64>) -> Bytes {
        let (first, behind) = (self.starts[range.start as usize], self.starts[range.end as usize]);
        let separator = usize::from(form != Form::Xml && first < behind);
        self.text.slice(first..behind - separator)
    }
}

/// Compresses a page as a web server would.
pub fn compress(parts: &[Bytes]) -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for part in parts {
        let _ = encoder.write_all(part);
    }
    encoder.finish().unwrap_or_default().into()
}

/// A body of several slices that are sent from memory.
pub struct Pieces {
    pieces: std::vec::IntoIter<Bytes>,
    left: u64,
}

impl From<Vec<Bytes>> for Pieces {
    fn from(pieces: Vec<Bytes>) -> Self {
        let left = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self { pieces: pieces.into_iter(), left }
    }
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        let piece = self.pieces.next();
        if let Some(piece) = &piece {
            self.left -= piece.len() as u64;
        }
        std::task::Poll::Ready(piece.map(|piece| Ok(http_body::Frame::data(piece))))
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.left)
    }
}
