//! The values of the records of a text that have known outlines.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::outline::{Outline, Outlines, Span, SpanKind};

/// Maximum number of values of a page that are noted.
const MOST_NOTED: usize = 256 << 10;

/// Outlines that the pages of a list have in common: they are taken for a page and returned after it.
#[derive(Debug, Default)]
pub(crate) struct PageOutlines(Mutex<Outlines<()>>);

impl Clone for PageOutlines {
    /// Returns an empty one: outlines are learned again in a moment.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PageOutlines {
    /// Takes the outlines; other pages that are read meanwhile begin without.
    pub fn take(&self) -> Outlines<()> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the outlines after a page.
    pub fn put(&self, outlines: Outlines<()>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = outlines;
    }
}

/// The values of those records of a page that have known outlines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outlined {
    outlines: Vec<Arc<Outline>>,
    /// In the order of the page.
    records: Vec<OutlinedRecord>,
    spans: Vec<Span>,
}

#[derive(Clone, Copy, Debug)]
struct OutlinedRecord {
    /// Position in the page.
    start: u32,
    outline: u32,
    /// Number of the first value.
    first: u32,
}

/// The values of a record with their outline.
pub(crate) type Values<'a> = (&'a Arc<Outline>, &'a [Span]);

impl Outlined {
    pub fn clear(&mut self) {
        self.outlines.clear();
        self.records.clear();
        self.spans.clear();
    }

    /// Appends a record with an outline to a text: the texts of its values, and their lengths with whether they are strings
    /// without escapes and commas. Returns its range in the text; `None` if it has other values.
    #[allow(clippy::cast_possible_truncation)] // see `Span`
    pub fn append(
        &mut self,
        outline: &Arc<Outline>,
        mut values: &str,
        lengths: &[(u32, bool)],
        text: &mut String,
    ) -> Option<Range<usize>> {
        let start = text.len();
        if lengths.len() != outline.len() {
            return None;
        }
        let first = self.spans.len();
        text.reserve(values.len() + outline.literals_len());
        let mut literals = outline.literals();
        for (length, is_plain) in lengths {
            let (value, rest) = values.split_at_checked(*length as usize)?;
            let kind = match value.as_bytes().first()? {
                b'"' if *is_plain => SpanKind::Plain,
                b'"' => SpanKind::Text,
                b'[' => SpanKind::Array,
                b'n' => SpanKind::Null,
                _ => SpanKind::Scalar,
            };
            text.push_str(literals.next()?);
            let from = (text.len() - start) as u32;
            text.push_str(value);
            self.spans.push(Span { start: from, end: from + length, kind });
            values = rest;
        }
        text.push_str(literals.next()?);
        let outline = self.number_of(outline);
        self.records.push(OutlinedRecord { start: start as u32, outline, first: first as u32 });
        values.is_empty().then_some(start..text.len())
    }

    /// Returns the number of an outline among those of the page.
    #[allow(clippy::cast_possible_truncation)] // there are less
    fn number_of(&mut self, outline: &Arc<Outline>) -> u32 {
        let known = self.outlines.iter().rposition(|known| Arc::ptr_eq(known, outline)).unwrap_or_else(|| {
            self.outlines.push(Arc::clone(outline));
            self.outlines.len() - 1
        });
        known as u32
    }

    #[allow(clippy::cast_possible_truncation)] // see `Span`; there are less outlines and values
    /// Adds the values of the record at a position behind all others.
    pub fn push(&mut self, start: usize, outline: &Arc<Outline>, spans: &[Span]) {
        if self.spans.len() + spans.len() > MOST_NOTED
            || self.records.last().is_some_and(|last| last.start >= start as u32)
        {
            return;
        }
        let (first, outline) = (self.spans.len() as u32, self.number_of(outline));
        self.records.push(OutlinedRecord { start: start as u32, outline, first });
        self.spans.extend_from_slice(spans);
    }

    /// Returns the values of the record that begins at a position of the page, if it has a known outline. `likely` is its
    /// number if all records before it have one.
    #[inline]
    pub fn at(&self, start: usize, likely: usize) -> Option<Values<'_>> {
        let begins_here = |record: &&OutlinedRecord| record.start as usize == start;
        let record = self.records.get(likely).filter(begins_here).or_else(|| {
            let at = self.records.binary_search_by_key(&start, |record| record.start as usize).ok()?;
            self.records.get(at)
        })?;
        let OutlinedRecord { outline, first, .. } = *record;
        let outline = self.outlines.get(outline as usize)?;
        Some((outline, self.spans.get(first as usize..first as usize + outline.len())?))
    }
}
