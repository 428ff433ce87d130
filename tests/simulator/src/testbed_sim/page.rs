//! Pages of lists, and the changes that faults make to them.

use super::cursor::Cursor;
use super::damage;
use super::record;
use super::request::PageAsked;
use super::world::World;
use crate::fault::{Fault, NextBroken};
use crate::hash::Kind;

/// Returns the document of a page.
pub(super) fn document(world: &World, page: &PageAsked, fault: Option<&Fault>) -> String {
    let here = page.cursor;
    match fault {
        // The hit serves the first of the empty pages itself; cursors count the rest.
        Some(Fault::EmptyPages { count: pending @ 1.. }) => {
            return write(world, page, &[], Some(Cursor { pending: *pending, ..here }), fault);
        }
        None if here.pending > 1 => {
            return write(world, page, &[], Some(Cursor { pending: here.pending - 1, ..here }), fault);
        }
        Some(Fault::DuplicatePage {}) if here.behind > 0 => {
            let again = before(world, page, page.size);
            return write(world, page, &again, Some(Cursor { fresh: here.fresh + 1, ..here }), fault);
        }
        _ => {}
    }
    let mut shown = match fault {
        Some(Fault::Overlap { records }) => before(world, page, *records),
        _ => Vec::new(),
    };
    let size = match fault {
        Some(Fault::ShortPage { records }) => page.size.min((*records).max(1)),
        _ => page.size.saturating_sub(shown.len() as u64).max(1),
    };
    let mut rest = matching(world, page, here.behind);
    shown.extend(rest.by_ref().take(usize::try_from(size).unwrap_or(usize::MAX)));
    let next = shown.last().copied().filter(|_| rest.next().is_some()).map(|end| {
        let behind = match fault {
            Some(Fault::Loop { to_page }) => page_start(world, page, *to_page),
            _ => end,
        };
        Cursor { behind, ..Cursor::default() }
    });
    if let Some(Fault::Reorder {}) = fault {
        shown.sort_by_key(|number| world.hash(Kind::Fault, &[*number]));
    }
    write(world, page, &shown, next, fault)
}

fn write(world: &World, page: &PageAsked, records: &[u64], next: Option<Cursor>, fault: Option<&Fault>) -> String {
    let mut out = "{\"items\": [".to_owned();
    for (position, number) in records.iter().enumerate() {
        out.push_str(if position > 0 { ",\n" } else { "\n" });
        let text = record::text(world, page.list, *number);
        out.push_str(&damage::edited(text, position, fault));
    }
    let cursor = next.map(|next| next.write(page.list, page.since));
    let shown = match fault {
        Some(Fault::NextBroken { kind: NextBroken::NoCursor }) => None,
        _ => cursor.as_deref(),
    };
    let shown = shown.map_or_else(|| "null".to_owned(), |cursor| format!("\"{cursor}\""));
    out.push_str(&format!("\n], \"hasMore\": {}, \"nextCursor\": {shown}}}", cursor.is_some()));
    out
}

/// Returns the numbers of the records after one, in the order of the list.
fn matching<'a>(world: &'a World, page: &'a PageAsked, behind: u64) -> impl Iterator<Item = u64> + 'a {
    (behind + 1..=world.length(page.list)).filter(move |number| is_match(world, page, *number))
}

fn is_match(world: &World, page: &PageAsked, number: u64) -> bool {
    world.contains(page.list, number) && page.since.is_none_or(|since| world.updated_s(page.list, number) >= since)
}

/// Returns the last records before a page, in the order of the list.
fn before(world: &World, page: &PageAsked, count: u64) -> Vec<u64> {
    let all = (1..=page.cursor.behind).rev().filter(|number| is_match(world, page, *number));
    let mut found: Vec<u64> = all.take(usize::try_from(count).unwrap_or(usize::MAX)).collect();
    found.reverse();
    found
}

/// Returns the record before a page, for a cursor that leads back to it.
fn page_start(world: &World, page: &PageAsked, number: u64) -> u64 {
    let before = number.saturating_sub(1) * page.size;
    let position = before.checked_sub(1).and_then(|position| usize::try_from(position).ok());
    position.and_then(|position| matching(world, page, 0).nth(position)).unwrap_or(0)
}

impl PageAsked {
    /// Returns the number of this page in its scan, from 1.
    pub fn number(&self, world: &World) -> u64 {
        let before = (1..=self.cursor.behind).filter(|number| is_match(world, self, *number)).count() as u64;
        before / self.size + 1
    }
}
