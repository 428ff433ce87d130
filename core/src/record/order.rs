//! The order of the members of objects. Objects at the same place of the records of a list nearly always have the same
//! members in the same order, so the next name is compared before it is read. `./bench/run micro` measures it: "a document
//! to CSV" and "the columns of a document".

use super::reader::{JsonReader, RawName};

/// Number that stands for a member without one.
pub(super) const NONE: u32 = u32::MAX;

/// Maximum number of members whose order is remembered, which bounds the search for a name that is not among them.
const MOST: usize = 256;

/// The members of the objects at one place in the order in which they appeared, with the number that each has there.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    known: Vec<Known>,
}

#[derive(Clone, Debug)]
struct Known {
    /// The beginning of the name with its quotes and the colon, and the bits of it that count.
    head: u128,
    mask: u128,
    /// All of it.
    whole: Box<[u8]>,
    number: u32,
}

/// Position in an object.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Way {
    /// Index of the member that is expected next.
    next: usize,
    /// Index of the last member, if it is remembered.
    last: Option<usize>,
    /// Number after that of the last member that has one.
    number: u32,
    /// Whether members came in another order, so that one may occur twice.
    mixed: bool,
}

impl Known {
    fn new(raw: &str, number: u32) -> Self {
        let whole: Box<[u8]> = [b"\"", raw.as_bytes(), b"\":"].concat().into();
        let (mut head, mut mask) = ([0; 16], [0; 16]);
        for (at, byte) in whole.iter().enumerate().take(16) {
            (head[at], mask[at]) = (*byte, 0xff);
        }
        Self { head: u128::from_le_bytes(head), mask: u128::from_le_bytes(mask), whole, number }
    }

    /// Returns whether a text begins with the name. A text that is shorter than sixteen bytes may do so unnoticed.
    #[inline]
    fn begins(&self, text: &[u8]) -> bool {
        let Some(chunk) = text.first_chunk::<16>() else { return false };
        (u128::from_le_bytes(*chunk) ^ self.head) & self.mask == 0
            && (self.whole.len() <= 16 || text.get(16..).is_some_and(|rest| rest.starts_with(&self.whole[16..])))
    }

    fn raw(&self) -> &[u8] {
        &self.whole[1..self.whole.len() - 2]
    }
}

impl Order {
    /// Moves to the value of the next member of an object. Returns its number, or `None` after the end of the object.
    /// `find` returns the number of a member that is not known yet; it may look from a number on that is likely.
    #[inline]
    pub fn next<'a>(
        &mut self,
        way: &mut Way,
        reader: &mut JsonReader<'a>,
        find: impl FnOnce(RawName<'a>, u32) -> u32,
    ) -> Option<u32> {
        if let Some(known) = self.known.get(way.next)
            && let Some(length) = expected(known, reader.rest())
        {
            reader.skip(length);
            way.step(way.next, known.number);
            return Some(known.number);
        }
        self.search(way, reader, find)
    }

    fn search<'a>(
        &mut self,
        way: &mut Way,
        reader: &mut JsonReader<'a>,
        find: impl FnOnce(RawName<'a>, u32) -> u32,
    ) -> Option<u32> {
        let name = reader.member()?;
        let is_it = |known: &Known| known.raw() == name.raw().as_bytes();
        let (before, behind) = self.known.split_at(way.next);
        let found = behind.iter().position(is_it).map(|at| before.len() + at);
        let number = match found.or_else(|| before.iter().position(is_it)) {
            Some(at) => {
                way.mixed |= at < way.next;
                way.step(at, self.known[at].number);
                self.known[at].number
            }
            // A name has several spellings only with escapes.
            None if name.raw().contains('\\') || self.known.len() == MOST => {
                way.mixed = true;
                let number = find(name, way.number);
                way.step(way.next, number);
                (way.next, way.last) = (way.next - 1, None);
                number
            }
            None => {
                let number = find(name, way.number);
                self.known.insert(way.next, Known::new(name.raw(), number));
                way.step(way.next, number);
                number
            }
        };
        Some(number)
    }

    /// Returns the name of the last member, if it is remembered.
    pub fn name(&self, way: Way) -> Option<&str> {
        let known = self.known.get(way.last?)?;
        std::str::from_utf8(known.raw()).ok()
    }

    /// Gives the last member another number.
    pub fn renumber(&mut self, way: Way, number: u32) {
        // Names that are not remembered are searched for every time.
        if let Some(known) = way.last.and_then(|last| self.known.get_mut(last)) {
            known.number = number;
        }
    }

    pub fn clear(&mut self) {
        self.known.clear();
    }
}

impl Way {
    #[inline]
    fn step(&mut self, at: usize, number: u32) {
        (self.next, self.last) = (at + 1, Some(at));
        if number != NONE {
            self.number = number + 1;
        }
    }

    /// Returns whether the last member may have occurred before in this object.
    pub fn is_mixed(self) -> bool {
        self.mixed
    }
}

/// Returns the length of a comma and a name if a text begins with them.
#[inline]
fn expected(known: &Known, text: &[u8]) -> Option<usize> {
    let comma = usize::from(text.first() == Some(&b','));
    known.begins(text.get(comma..)?).then_some(comma + known.whole.len())
}

/// Returns the number of a name among named members, from a number on that is likely.
pub(super) fn place(count: usize, likely: u32, mut is_it: impl FnMut(usize) -> bool) -> u32 {
    let likely = (likely as usize).min(count);
    let found = (likely..count).chain(0..likely).find(|at| is_it(*at));
    found.and_then(|at| u32::try_from(at).ok()).unwrap_or(NONE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The members of an object are those that are found without an order, whatever came before.
        #[test]
        fn members_are_found_in_any_order(
            objects in prop::collection::vec(
                prop::collection::vec(("[a-d\"]{0,3}|[a-c]{14,18}", "[a-z{\"]{0,20}"), 0..6), 1..6,
            ),
        ) {
            let (mut order, mut numbers) = (Order::default(), Vec::<String>::new());
            for members in &objects {
                let pairs: Vec<String> = members.iter().map(|(name, value)| {
                    format!("{}:{}", serde_json::Value::from(name.as_str()), serde_json::Value::from(value.as_str()))
                }).collect();
                let text = format!("{{{}}}", pairs.join(","));
                let (mut reader, mut way) = (JsonReader::new(&text), Way::default());
                reader.enter();
                let mut seen: Vec<&str> = Vec::new();
                for (name, value) in members {
                    let number = order.next(&mut way, &mut reader, |raw, _| {
                        let decoded = raw.decoded().into_owned();
                        let known = numbers.iter().position(|known| *known == decoded);
                        known.unwrap_or_else(|| { numbers.push(decoded); numbers.len() - 1 }) as u32
                    });
                    let number = number.unwrap_or(NONE);
                    prop_assert_eq!(numbers.get(number as usize), Some(name));
                    prop_assert!(way.is_mixed() || !seen.contains(&name.as_str()), "{} twice in {}", name, text);
                    seen.push(name);
                    prop_assert_eq!(reader.value(), serde_json::Value::from(value.as_str()).to_string());
                }
                prop_assert_eq!(order.next(&mut way, &mut reader, |_, _| NONE), None);
            }
        }
    }

    #[test]
    fn a_member_gets_another_number() {
        let mut order = Order::default();
        let mut read = |renumbered: Option<u32>, found: u32| {
            let mut reader = JsonReader::new("{\"name\":\"some text behind it\"}");
            let mut way = Way::default();
            reader.enter();
            let number = order.next(&mut way, &mut reader, |_, _| found);
            renumbered.into_iter().for_each(|number| order.renumber(way, number));
            number
        };
        assert_eq!((read(Some(7), NONE), read(None, 1), read(None, 2)), (Some(NONE), Some(7), Some(7)));
    }

    #[test]
    fn the_search_is_bounded() {
        let mut order = Order::default();
        for number in 0..3 * MOST {
            let text = format!("{{\"name {number}\":1}}");
            let (mut reader, mut way) = (JsonReader::new(&text), Way::default());
            reader.enter();
            assert_eq!(order.next(&mut way, &mut reader, |_, _| 5), Some(5));
        }
        assert_eq!(order.known.len(), MOST);
    }
}
