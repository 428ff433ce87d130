//! The document of a response, and the changes that faults make to it.

use crate::fault::{Fault, NextBroken};
use crate::handler::{Asked, PageAsked};
use crate::hash::Kind;
use crate::population::Population;
use crate::records::Writer;

/// Start of the next page, written as `<id>-<unixtime>` of the last record of this one.
///
/// Leading zeros do not change the numbers, and encode what faults need: the number of zeros of the id counts the empty
/// pages that are still to come, zeros of the time give a cursor that was never used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub id: u64,
    pub time: i64,
    /// 1: the page itself; n: n - 1 empty pages before it.
    pub pending: usize,
    pub fresh: usize,
}

impl Cursor {
    /// Before the first record: no record has the id 0.
    pub const START: u64 = 0;

    pub fn parse(text: &str) -> Option<Self> {
        let (id, time) = text.split_once('-')?;
        let zeros = |text: &str| text.len() - text.trim_start_matches('0').len().max(1);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = digits(id) && digits(time);
        let (id_value, time_value) = (id.parse().ok()?, time.parse().ok()?);
        whole.then(|| Self { id: id_value, time: time_value, pending: zeros(id), fresh: zeros(time) })
    }

    fn write(self) -> String {
        format!("{}{}-{}{}", "0".repeat(self.pending), self.id, "0".repeat(self.fresh), self.time)
    }
}

/// Returns the document for a request.
pub(crate) fn document(mut writer: Writer<'_>, asked: &Asked, fault: Option<&Fault>) -> String {
    match *asked {
        Asked::Page(ref page) => page_document(writer, page, fault),
        Asked::Webcast { channel, webcast } => {
            one(&mut writer, fault, 0, |writer| writer.webcast(channel, webcast));
            writer.document(None, webcast)
        }
        Asked::Channel(channel) => {
            one(&mut writer, fault, 0, |writer| writer.channel(channel));
            writer.document(None, channel)
        }
        Asked::Subscriber { channel, index } => {
            one(&mut writer, fault, 0, |writer| writer.subscriber(channel, index));
            writer.document(None, index)
        }
        Asked::Survey { channel, id, active } => {
            one(&mut writer, fault, 0, |writer| writer.survey(channel, id, active));
            writer.document(None, id)
        }
        Asked::Surveys(channel) => {
            let world = writer.world;
            one(&mut writer, fault, 0, |writer| writer.survey(channel, world.survey_id(channel), true));
            if let Some(id) = world.inactive_survey_id(channel) {
                one(&mut writer, fault, 1, |writer| writer.survey(channel, id, false));
            }
            writer.document(Some("surveys"), channel)
        }
    }
}

/// Writes one record; a fault may change its fields.
fn one(writer: &mut Writer<'_>, fault: Option<&Fault>, position: usize, write: impl FnOnce(&mut Writer<'_>)) {
    let start = writer.out.0.len();
    write(writer);
    if let Some(Fault::Field { record, set, remove, duplicate }) = fault
        && record.falls_on(position)
    {
        let written = writer.out.0.split_off(start);
        writer.out.0.push_str(&crate::edit::edit(&written, set, remove, duplicate));
    }
}

fn page_document(mut writer: Writer<'_>, page: &PageAsked, fault: Option<&Fault>) -> String {
    let (world, list) = (writer.world, page.list);
    writer.expand = page.expand;
    let last = page.behind.map_or(world.length(list), |behind| behind - 1);
    let here = Cursor { pending: 0, ..page.cursor };
    match fault {
        // The hit serves the first of the empty pages itself; cursors count the rest.
        Some(Fault::EmptyPages { count }) if *count > 0 => {
            let pending = usize::try_from(*count).unwrap_or(usize::MAX);
            next_links(&mut writer, page, Cursor { pending, ..here }, fault);
            return writer.document(Some(list.elements().0), last);
        }
        None if page.cursor.pending > 1 => {
            next_links(&mut writer, page, Cursor { pending: page.cursor.pending - 1, ..here }, fault);
            return writer.document(Some(list.elements().0), last);
        }
        Some(Fault::DuplicatePage {}) if page.behind.is_some() => {
            for (number, position) in before(world, page, page.size).into_iter().enumerate() {
                one(&mut writer, fault, number, |writer| writer.record(list, position));
            }
            next_links(&mut writer, page, Cursor { fresh: here.fresh + 1, ..here }, fault);
            return writer.document(Some(list.elements().0), last);
        }
        _ => {}
    }
    let repeated = match fault {
        Some(Fault::Overlap { records }) => before(world, page, *records),
        _ => Vec::new(),
    };
    let size = match fault {
        Some(Fault::ShortPage { records }) => page.size.min((*records).max(1)),
        _ => page.size.saturating_sub(repeated.len() as u64).max(1),
    };
    let first = world.first_after(list, &page.filters);
    let mut positions =
        (first..=last).rev().filter(|at| world.contains(list, *at) && world.matches(list, *at, &page.filters));
    let mut shown = repeated;
    shown.extend(positions.by_ref().take(usize::try_from(size).unwrap_or(usize::MAX)));
    let end = shown.last().copied();
    if let Some(Fault::Reorder {}) = fault {
        shown.sort_by_key(|position| world.hash(Kind::Fault, &[world.id_of(list, *position)]));
    }
    for (number, position) in shown.into_iter().enumerate() {
        one(&mut writer, fault, number, |writer| writer.record(list, position));
    }
    if let (Some(end), Some(_)) = (end, positions.next()) {
        let to = match fault {
            Some(Fault::Loop { to_page }) => page_end(world, page, *to_page).unwrap_or(end),
            _ => end,
        };
        let next = Cursor { id: world.id_of(list, to), time: world.time_of(list, to), pending: 0, fresh: 0 };
        next_links(&mut writer, page, next, fault);
    }
    writer.document(Some(list.elements().0), last)
}

/// Returns the last records before a page, newest first.
fn before(world: &Population, page: &PageAsked, count: u64) -> Vec<u64> {
    let Some(behind) = page.behind else { return Vec::new() };
    let all = behind..=world.length(page.list);
    let matching = all.filter(|at| world.contains(page.list, *at) && world.matches(page.list, *at, &page.filters));
    let mut found: Vec<u64> = matching.take(usize::try_from(count).unwrap_or(usize::MAX)).collect();
    found.reverse();
    found
}

/// Returns the last record before a page, for a link that leads back to it.
fn page_end(world: &Population, page: &PageAsked, number: u64) -> Option<u64> {
    let first = world.first_after(page.list, &page.filters);
    let all = (first..=world.length(page.list)).rev();
    let mut matching = all.filter(|at| world.contains(page.list, *at) && world.matches(page.list, *at, &page.filters));
    matching.nth(usize::try_from((number.max(2) - 1) * page.size - 1).ok()?)
}

fn next_links(writer: &mut Writer<'_>, page: &PageAsked, next: Cursor, fault: Option<&Fault>) {
    let cursor = next.write();
    let origin = match fault {
        Some(Fault::NextHost { host, scheme }) => format!("{}://{host}", scheme.as_deref().unwrap_or("https")),
        _ => writer.origin.to_owned(),
    };
    let path = format!("{origin}{}", page.path);
    let (size, given) = (page.size, page.size_given);
    let plain =
        if given { format!("{path}?cursor={cursor}&pageSize={size}") } else { format!("{path}?cursor={cursor}") };
    let Some(Fault::NextBroken { kind }) = fault else { return writer.next_link(&plain) };
    let href = match kind {
        NextBroken::NoCursor => format!("{path}?pageSize={size}"),
        NextBroken::NotHttp => plain.replacen("http", "ftp", 1),
        NextBroken::Relative => format!("{}?cursor={cursor}&pageSize={size}", page.path),
        NextBroken::UpperCaseName => format!("{path}?CURSOR={cursor}&pageSize={size}"),
        NextBroken::CursorFirst => format!("{path}?cursor={cursor}&pageSize={size}&order=newest"),
        NextBroken::CursorLast => format!("{path}?order=newest&pageSize={size}&cursor={cursor}"),
        NextBroken::DoubleEscaped => format!("{path}?cursor={cursor}&amp;pageSize={size}"),
        NextBroken::TwoNext => {
            writer.next_link(&plain);
            plain.replacen(&origin, "https://api.brighttalk.com", 1)
        }
    };
    writer.next_link(&href);
}

impl PageAsked {
    /// Returns the number of this page in its scan, from 1.
    pub fn number(&self, world: &Population) -> u64 {
        let Some(behind) = self.behind else { return 1 };
        let positions = behind..=world.length(self.list);
        let before = if world.is_dense(self.list, &self.filters) {
            (world.length(self.list) + 1).saturating_sub(behind)
        } else {
            let served = |at: &u64| world.contains(self.list, *at) && world.matches(self.list, *at, &self.filters);
            positions.filter(served).count() as u64
        };
        before / self.size + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_in_a_cursor_are_counted_and_kept() {
        let cursor = Cursor { id: 12, time: 34, pending: 2, fresh: 1 };
        assert_eq!(cursor.write(), "0012-034");
        assert_eq!(Cursor::parse("0012-034"), Some(cursor));
        assert_eq!(Cursor::parse("0-7"), Some(Cursor { id: 0, time: 7, pending: 0, fresh: 0 }));
        for bad in ["", "-", "1", "1-", "-1", "+1-2", "1--2", "a-1", "1-2-3"] {
            assert_eq!(Cursor::parse(bad), None, "{bad}");
        }
    }
}
