//! Values at paths, found in one pass.

use std::ops::Range;

use super::path::{Path, Step};
use super::scan::{Fault, Scanner};
use super::text::unquote;
use crate::record::outline::Outlines;
use crate::record::outlined::Outlined;

/// The value at a path, with the members of all objects on the way to it, so that other paths need no second pass.
#[derive(Clone, Debug)]
pub struct Found {
    /// The value. `None` if the path leads nowhere.
    pub target: Option<Target>,
    /// Range of the whole value.
    pub whole: Range<usize>,
    /// Whether the text has no white space between tokens.
    pub is_compact: bool,
    /// Values of the items of a list.
    pub(crate) outlined: Outlined,
    /// Objects on the way, from the outermost on.
    levels: Vec<Level>,
}

/// A value or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One value that is no array.
    One(Range<usize>),
    /// The items of an array.
    List(Vec<Range<usize>>),
}

/// An object on the way.
#[derive(Clone, Debug)]
struct Level {
    members: Vec<Member>,
    /// Index of the member through which the way goes.
    way: Option<usize>,
}

#[derive(Clone, Debug)]
struct Member {
    name: Range<usize>,
    value: Range<usize>,
}

/// Checks a text and finds the value at a path.
///
/// # Errors
/// Returns a fault if the text is no JSON or nested too deeply.
pub fn find(text: &str, path: &Path) -> Result<Found, Fault> {
    find_alike(text, path, &mut Outlines::default())
}

/// Does the same as [`find`] with outlines that items of lists are likely to have, and adds theirs.
pub(crate) fn find_alike(text: &str, path: &Path, outlines: &mut Outlines<()>) -> Result<Found, Fault> {
    let (scanner, outlined) = (Scanner::new(text), Outlined::default());
    let mut search = Search { text, scanner, levels: Vec::new(), first: true, outlines, outlined };
    search.scanner.begin();
    let start = search.scanner.at();
    let target = search.walk(&path.steps)?;
    let whole = start..search.scanner.at();
    let is_compact = !search.scanner.is_spaced();
    search.scanner.end()?;
    Ok(Found { target, whole, is_compact, levels: search.levels, outlined: search.outlined })
}

/// Returns the text of the value at a path, arrays included. `None` if the path leads nowhere or the text is no JSON.
pub fn find_all<'t>(text: &'t str, path: &Path) -> Option<&'t str> {
    let mut scanner = Scanner::new(text);
    let mut range = None;
    seek(text, &mut scanner, &path.steps, &mut range).ok()?;
    range.map(|range| &text[range])
}

/// Reads one value, and notes the range of the one at the path. Of names that occur twice, the last counts.
fn seek(text: &str, scanner: &mut Scanner<'_>, steps: &[Step], range: &mut Option<Range<usize>>) -> Result<(), Fault> {
    let Some((step, rest)) = steps.split_first() else {
        *range = Some(scanner.value()?);
        return Ok(());
    };
    match (step, scanner.peek()) {
        (Step::Member(wanted), Some(b'{')) => scanner.each_member(|scanner, name| {
            if is_name(text, name, wanted) {
                *range = None;
                return seek(text, scanner, rest, range);
            }
            scanner.value().map(drop)
        }),
        (Step::Index(wanted), Some(b'[')) => scanner.each_item(|scanner, index| match index == *wanted {
            true => seek(text, scanner, rest, range),
            false => scanner.value().map(drop),
        }),
        (Step::Every, Some(b'[')) if rest.is_empty() => {
            *range = Some(scanner.value()?);
            Ok(())
        }
        _ => scanner.value().map(drop),
    }
}

fn is_name(text: &str, name: Range<usize>, wanted: &str) -> bool {
    let raw = &text[name];
    raw == wanted || raw.contains('\\') && unquote(raw) == wanted
}

struct Search<'t, 'o> {
    text: &'t str,
    scanner: Scanner<'t>,
    levels: Vec<Level>,
    /// Whether the way so far has only members of objects, so that levels are noted.
    first: bool,
    outlines: &'o mut Outlines<()>,
    outlined: Outlined,
}

impl Search<'_, '_> {
    fn walk(&mut self, steps: &[Step]) -> Result<Option<Target>, Fault> {
        let next = self.scanner.peek();
        let Some((step, rest)) = steps.split_first() else { return self.target(next).map(Some) };
        match (step, next) {
            (Step::Member(wanted), Some(b'{')) => self.member(wanted, rest),
            (Step::Index(wanted), Some(b'[')) => self.item(*wanted, rest),
            (Step::Every, Some(b'[')) => self.every(rest),
            // A single value becomes an array (spec E 5.73).
            (Step::Every, Some(_)) => Ok(self.walk(rest)?.map(|target| match target {
                Target::One(range) => Target::List(vec![range]),
                list => list,
            })),
            _ => {
                self.scanner.value()?;
                Ok(None)
            }
        }
    }

    fn target(&mut self, next: Option<u8>) -> Result<Target, Fault> {
        if next != Some(b'[') {
            return self.scanner.value().map(Target::One);
        }
        let Self { text, scanner, outlines, outlined, .. } = self;
        let mut items = Vec::new();
        scanner.each_item(|scanner, _| {
            items.push(scanner.one_of(text, outlines, outlined)?);
            Ok(())
        })?;
        Ok(Target::List(items))
    }

    fn member(&mut self, wanted: &str, rest: &[Step]) -> Result<Option<Target>, Fault> {
        let (text, noted, depth) = (self.text, self.first, self.levels.len());
        if noted {
            self.levels.push(Level { members: Vec::new(), way: None });
        }
        let mut target = None;
        let mut scanner = self.scanner;
        scanner.each_member(|scanner, name| {
            let value = if is_name(text, name.clone(), wanted) {
                self.levels.truncate(depth + usize::from(noted));
                self.scanner = *scanner;
                let start = self.scanner.at();
                self.first = noted;
                if noted {
                    let level = &mut self.levels[depth];
                    level.way = Some(level.members.len());
                }
                target = self.walk(rest)?;
                *scanner = self.scanner;
                start..scanner.at()
            } else {
                scanner.value()?
            };
            if noted {
                let members = &mut self.levels[depth].members;
                members.push(Member { name, value });
            }
            Ok(())
        })?;
        self.scanner = scanner;
        Ok(target)
    }

    fn item(&mut self, wanted: usize, rest: &[Step]) -> Result<Option<Target>, Fault> {
        let mut target = None;
        let mut scanner = self.scanner;
        self.first = false;
        scanner.each_item(|scanner, index| {
            if index != wanted {
                return scanner.value().map(drop);
            }
            self.scanner = *scanner;
            target = self.walk(rest)?;
            *scanner = self.scanner;
            Ok(())
        })?;
        self.scanner = scanner;
        Ok(target)
    }

    /// Takes what the rest of the path finds in each item, as one list.
    fn every(&mut self, rest: &[Step]) -> Result<Option<Target>, Fault> {
        let (mut all, mut scanner) = (Vec::new(), self.scanner);
        self.first = false;
        scanner.each_item(|scanner, _| {
            if rest.is_empty() {
                all.push(scanner.one_of(self.text, self.outlines, &mut self.outlined)?);
                return Ok(());
            }
            self.scanner = *scanner;
            match self.walk(rest)? {
                Some(Target::One(range)) => all.push(range),
                Some(Target::List(ranges)) => all.extend(ranges),
                None => {}
            }
            *scanner = self.scanner;
            Ok(())
        })?;
        self.scanner = scanner;
        Ok(Some(Target::List(all)))
    }
}

impl Found {
    /// Returns the value at another path of the same text. Members beside the way to the found value are not searched
    /// again.
    pub fn other<'t>(&self, text: &'t str, path: &Path) -> Option<&'t str> {
        let mut steps = path.steps.as_slice();
        let mut range = self.whole.clone();
        for level in &self.levels {
            let Some((Step::Member(wanted), rest)) = steps.split_first() else { break };
            let known = level.members.iter().rposition(|member| is_name(text, member.name.clone(), wanted))?;
            (range, steps) = (level.members[known].value.clone(), rest);
            if level.way != Some(known) {
                break;
            }
        }
        let rest = Path { steps: steps.to_vec() };
        find_all(&text[range], &rest)
    }
}
