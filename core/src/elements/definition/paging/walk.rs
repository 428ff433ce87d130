//! Positions in a list, and the way to the next one (spec E 6.18, 6.19, 6.26, 6.33).

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use super::super::answer::{Content, Read};
use super::super::document::DefinedResource;
use super::super::request::PageValues;
use super::super::settings::Settings;
use super::cursor::{self, Next};
use super::{Mode, Sizes};
use crate::vendor::{VendorError, VendorErrorKind};

/// Maximum number of pages of a list (spec E 6.33).
pub const MAX_PAGES: u64 = 100_000;
/// Number of pages in a row with the same records under new cursors at which a walk fails. The vendor ignores the
/// cursor; a list of that many equal records has no use.
const SAME_PAGES: u32 = 10;
/// Number of cursors that a position remembers, so that loops up to this length are found before a page is read twice.
const RECENT: usize = 8;

/// A position in a list. Its text is the cursor that the engine keeps; it holds the vendor's cursor, so the engine seals
/// it before a caller sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// Number of the page, from 1.
    #[serde(rename = "n")]
    number: u64,
    /// Number of records in a page. It stays the same, since numbers and offsets count in it.
    #[serde(rename = "s")]
    size: u32,
    /// The vendor's cursor.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// Address of the page, which the vendor gave.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Hash of the page before.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    before: Option<u64>,
    /// Hash of an earlier cursor, and the number of the page after which it is replaced. The distance doubles, so that
    /// a loop of any length is found (Brent).
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    mark: Option<(u64, u64)>,
    /// Hashes of the last cursors, newest last.
    #[serde(rename = "k", default, skip_serializing_if = "Vec::is_empty")]
    recent: Vec<u64>,
    /// Hash of the records of the page before, and the number of pages in a row that had them.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    same: Option<(u64, u32)>,
}

/// Loop that a walk is in (spec E 6.33).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// The page equals the one before, so its records were read already.
    Page,
    /// The cursor of the next page was used before. The records of this page are new.
    Cursor,
}

/// The way on from a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// Position of the next page. `None` after the last one.
    pub next: Option<Walk>,
    /// Loop that was found. Then there is no next page.
    pub repeated: Option<Repeat>,
    /// Whether the vendor ignored the paging: the page has more records than were asked for, so it is the whole list,
    /// from which pages are cut here (spec E 6.17). Then there is no next page.
    pub whole: bool,
}

impl Walk {
    /// Creates the position of the first page.
    pub fn first(size: u32) -> Self {
        Self::at(1, size)
    }

    /// Creates the position of a page, from 1. Lists with cursors can only begin with the first one.
    pub fn at(page: u64, size: u32) -> Self {
        let number = page.max(1);
        Self { number, size, cursor: None, address: None, before: None, mark: None, recent: Vec::new(), same: None }
    }

    /// Creates the position of a cursor that the caller brings. It goes only into the cursor's parameter, never anywhere
    /// as an address (spec E 6.34).
    pub fn of_caller(cursor: impl Into<String>, size: u32) -> Self {
        Self { cursor: Some(cursor.into()), ..Self::at(2, size) }
    }

    /// Parses the text of a position. `None` if it is not one.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Returns the number of the page, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Returns the position of the page with the next number. `None` after too many.
    pub fn next_number(&self) -> Option<Self> {
        let number = self.number.saturating_add(1);
        (number <= MAX_PAGES).then(|| Self { number, before: None, ..self.clone() })
    }

    /// Returns the number of records in a page.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Returns what a request for the page carries (spec E 6.4 to 6.10, 6.15).
    pub fn values(&self, mode: Mode, sizes: Sizes) -> PageValues {
        let (before, size) = (self.number.saturating_sub(1), u64::from(self.size));
        let offset = before.saturating_mul(size);
        let mut values = PageValues { number: self.number, size: Some(size), ..PageValues::default() };
        match mode {
            Mode::Page { first } => values.page = Some(before.saturating_add(first)),
            Mode::Offset { first } => values.page = Some(offset.saturating_add(first)),
            Mode::PageOnly { first, by_offset } => {
                let skipped = if by_offset { offset } else { before };
                values.page = Some(skipped.saturating_add(first));
            }
            Mode::Cursor { as_page, .. } => {
                values.cursor.clone_from(&self.cursor);
                values.address = self.address.as_deref().and_then(|address| Url::parse(address).ok());
                values.cursor_as_page = as_page;
            }
            Mode::SizeOnly => values.size = Some(self.number.saturating_mul(size).min(u64::from(sizes.max))),
            Mode::Whole { first } => {
                values.page = Some(first);
                values.size = Some(u64::from(sizes.max));
            }
            Mode::Plain { first } => values.page = Some(first),
        }
        values
    }
}

impl fmt::Display for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// Returns the way on from a page that was asked for at an address.
///
/// # Errors
/// Returns a failure if the vendor gives an address of another host (spec E 6.22), repeats its records under new cursors
/// without end, or if the list has too many pages.
pub fn advance(
    settings: Settings<'_>,
    resource: &DefinedResource,
    mode: Mode,
    walk: &Walk,
    read: &Read,
    asked: &Url,
) -> Result<Advance, VendorError> {
    let end = Advance { next: None, repeated: None, whole: false };
    let of_vendor = read.by_script.as_ref().and_then(|by_script| by_script.records);
    let received = of_vendor.unwrap_or(match &read.content {
        Content::List(records) => records.len() as u64,
        Content::Empty => 0,
        _ => 1,
    });
    if mode.is_one_answer() {
        return Ok(end);
    }
    let prints = Prints::of(read);
    if received > 0 && walk.before == Some(prints.body) {
        return Ok(Advance { repeated: Some(Repeat::Page), ..end });
    }
    let number = walk.number.saturating_add(1);
    let mut next = Walk { number, before: Some(prints.body), same: walk.counted(&prints), ..walk.clone() };
    match mode {
        Mode::Cursor { as_page, .. } => {
            let Some(found) = cursor::next(settings, resource, as_page, read, asked)? else { return Ok(end) };
            (next.cursor, next.address) = match found {
                Next::Cursor(text) => (Some(text), None),
                Next::Address(address) => (None, Some(address.into())),
            };
            if next.loops(walk) {
                return Ok(Advance { repeated: Some(Repeat::Cursor), ..end });
            }
            if next.same.is_some_and(|(_, pages)| pages >= SAME_PAGES) {
                let message = format!("{SAME_PAGES} pages in a row have the same records under different cursors");
                return Err(VendorError::new(VendorErrorKind::PagingLoop, message));
            }
        }
        Mode::PageOnly { .. } if received == 0 => return Ok(end),
        Mode::PageOnly { .. } => {}
        _ if received > u64::from(walk.size) => return Ok(Advance { whole: true, ..end }),
        _ if received < u64::from(walk.size) => return Ok(end),
        _ => {}
    }
    if next.number > MAX_PAGES {
        let message = format!("the list has more than {MAX_PAGES} pages");
        return Err(VendorError::new(VendorErrorKind::PagingLoop, message));
    }
    Ok(Advance { next: Some(next), ..end })
}

impl Walk {
    /// Returns whether the cursor of this position was used before, and remembers cursors.
    fn loops(&mut self, before: &Self) -> bool {
        let text = self.cursor.as_deref().or(self.address.as_deref()).unwrap_or_default();
        let own = hash(text.as_bytes());
        let is_same = self.cursor == before.cursor && self.address == before.address;
        let (mark, until) = self.mark.unwrap_or((own, 2));
        let is_known = self.recent.contains(&own) || self.mark.is_some() && mark == own;
        self.mark = Some(if self.number >= until { (own, until.saturating_mul(2)) } else { (mark, until) });
        if self.recent.len() >= RECENT {
            self.recent.remove(0);
        }
        self.recent.push(own);
        is_same || is_known
    }

    /// Returns the hash of the records of this page, and the number of pages in a row that have them.
    fn counted(&self, prints: &Prints) -> Option<(u64, u32)> {
        let records = prints.records?;
        let before = self.same.filter(|(hash, _)| *hash == records).map_or(0, |(_, pages)| pages);
        Some((records, before.saturating_add(1)))
    }
}

/// Hashes of a page.
struct Prints {
    /// That of the whole body.
    body: u64,
    /// That of the records. `None` if there are none.
    records: Option<u64>,
}

impl Prints {
    fn of(read: &Read) -> Self {
        let whole = || hash(&read.raw);
        let Content::List(records) = &read.content else { return Self { body: whole(), records: None } };
        let (page, raw) = (&records.page, &read.raw);
        let (first, last) = (records.items.first(), records.items.last());
        let range = first.zip(last).map(|(first, last)| first.start..last.end);
        let Some((range, text)) = range.and_then(|range| Some((range.clone(), page.get(range)?.as_bytes()))) else {
            return Self { body: whole(), records: None };
        };
        let own = hash(text);
        // The page usually is the body. Its parts are then hashed once.
        let body = match (page.as_ptr(), page.len()) == (raw.as_ptr(), raw.len()) {
            true => hash(&raw[..range.start]) ^ own.rotate_left(21) ^ hash(&raw[range.end..]).rotate_left(42),
            false => whole(),
        };
        Self { body, records: Some(own) }
    }
}

/// Returns a hash that is the same in every process. It tells pages apart, and is no protection against a vendor that
/// makes collisions.
fn hash(bytes: &[u8]) -> u64 {
    // Four hashes side by side do not wait for each other, and each takes two words with one product.
    let (blocks, rest) = bytes.as_chunks::<64>();
    let mut lanes = [1, 2, 3, 4].map(|lane| FACTOR.wrapping_mul(lane) ^ bytes.len() as u64);
    for block in blocks {
        take(&mut lanes, block);
    }
    let mut tail = [0; 64];
    tail[..rest.len()].copy_from_slice(rest);
    take(&mut lanes, &tail);
    lanes.into_iter().fold(FACTOR, |state, lane| fold(state ^ lane, FACTOR | 1))
}

/// Mixes a block into the lanes.
#[inline]
fn take(lanes: &mut [u64; 4], block: &[u8; 64]) {
    let (pairs, _) = block.as_chunks::<16>();
    for ((lane, pair), seed) in lanes.iter_mut().zip(pairs).zip(SEEDS) {
        let word = u128::from_le_bytes(*pair);
        #[allow(clippy::cast_possible_truncation)]
        let (low, high) = (word as u64, (word >> 64) as u64);
        *lane = fold(low ^ seed, high ^ *lane).wrapping_add(*lane).rotate_left(23);
    }
}

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Constants without pattern (the fraction of pi), so that words of zeros differ from each other by their place.
const SEEDS: [u64; 4] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89];

/// Returns the upper and the lower half of a product, mixed.
#[inline]
fn fold(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    #[allow(clippy::cast_possible_truncation)]
    let folded = (product as u64) ^ ((product >> 64) as u64);
    folded
}
