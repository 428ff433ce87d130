//! Parts of JSON texts for the columns of tables: all of a record are found in one pass.

mod placed;

use placed::Placed;
use serde::{Deserialize, Serialize};

use super::order::{Order, Way, place};
use super::outline::{Outlines, Span, SpanKind};
use super::reader::{JsonReader, RawName};

/// Compiled set of paths of members, numbered from 0.
#[derive(Clone, Debug)]
pub(crate) struct Slices {
    root: Node,
    count: usize,
    /// Number of nodes.
    nodes: usize,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// Number of the node.
    id: usize,
    ends: Vec<End>,
    members: Vec<(String, Node)>,
    /// Paths that end below.
    below: Vec<usize>,
    /// Those of them that go through arrays.
    through: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
struct End {
    path: usize,
    reach: Reach,
}

/// The values that a path leads to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Reach {
    /// Also those in every element of arrays on the way (spec P 7.5).
    #[default]
    Through,
    /// Not those in arrays, which belong to paths that end at them.
    Whole,
    /// Neither those in arrays nor objects with members, which belong to longer paths.
    Leaf,
}

/// The part of a text at a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Slice<'a> {
    #[default]
    Missing,
    /// Text of a value, which may be null.
    Text(&'a str),
    /// Array of the values in each element of an array, with null for missing ones, so that the elements of two such
    /// columns still correspond.
    Gathered(&'a str),
}

/// The parts of one text after the other, in memory that is used again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// Order of the members at each node.
    orders: Vec<Order>,
    outlines: Outlines<Placed>,
    found: Found,
}

/// The parts of a text.
#[derive(Clone, Debug, Default)]
struct Found {
    parts: Vec<Part>,
    /// Texts of the gathered parts.
    gathered: Vec<String>,
    /// Whether there may be values to which no path leads, or that do not fit.
    leftover: bool,
}

/// A part by its range, which is that of a page and thus far below 4 GiB.
#[derive(Clone, Copy, Debug, Default)]
enum Part {
    #[default]
    Missing,
    Null,
    /// A string without escapes and commas.
    Plain(u32, u32),
    /// Any other value.
    Text(u32, u32),
    Gathered(u32),
}

impl Default for Slices {
    fn default() -> Self {
        Self { root: Node::default(), count: 0, nodes: 1 }
    }
}

impl Slices {
    /// Adds a path. Returns its number.
    pub fn add<'n>(&mut self, path: impl IntoIterator<Item = &'n str>, reach: Reach) -> usize {
        let number = self.count;
        self.count += 1;
        let mut node = &mut self.root;
        for name in path {
            node.below.push(number);
            if reach == Reach::Through {
                node.through.push(number);
            }
            let known = node.members.iter().position(|(known, _)| known == name);
            let position = known.unwrap_or_else(|| {
                node.members.push((name.to_owned(), Node { id: self.nodes, ..Node::default() }));
                self.nodes += 1;
                node.members.len() - 1
            });
            node = &mut node.members[position].1;
        }
        node.ends.push(End { path: number, reach });
        number
    }

    /// Finds the parts of a text at all paths. The last of several members with the same name counts. `fits` tells
    /// whether a path takes a value, as in [`write_rest`](Self::write_rest).
    pub fn read(&self, text: &str, reading: &mut Reading, fits: impl Fn(usize, &str) -> bool) {
        let Reading { orders, outlines, found } = reading;
        found.parts.clear();
        found.parts.resize(self.count, Part::Missing);
        found.gathered.clear();
        if let Some((end, Placed { paths, leaves_objects, .. }, spans)) = outlines.read(text.as_bytes(), 0, 0)
            && end == text.len()
        {
            found.leftover = *leaves_objects;
            let values = paths.iter().zip(spans);
            values.for_each(|(path, span)| found.take(text, *path, *span, &fits));
            return;
        }
        outlines.learn(text, |outline| self.placed(outline));
        orders.resize_with(self.nodes, Order::default);
        found.leftover = self.root.members.is_empty() || !self.root.ends.is_empty();
        let mut reader = JsonReader::new(text);
        let leaf = |end: &End| end.reach == Reach::Leaf;
        let mut search = Search { text, orders, fits };
        // A record without members is not the value of a column.
        match reader.peek() == b'{' && self.root.ends.iter().all(leaf) {
            true => search.members(&self.root, &mut reader, found),
            false => search.value(&self.root, true, &mut reader, found),
        }
    }

    /// Appends, as a JSON object, the members of a record to which no path leads; nothing if there are none. A record
    /// that is no object is appended as it is if no path leads to it. `fits` tells whether a path takes a value.
    pub fn write_rest(&self, text: &str, fits: &dyn Fn(usize, &str) -> bool, out: &mut Vec<u8>) {
        let mut reader = JsonReader::new(text);
        match reader.peek() {
            b'{' => rest(&self.root, &mut reader, fits, out),
            b'n' => {}
            _ if self.root.ends.iter().any(|end| fits(end.path, text)) => {}
            _ => out.extend_from_slice(text.as_bytes()),
        }
    }
}

impl Reading {
    /// Returns the part at a path of the text that was read last.
    #[inline]
    pub fn part<'a>(&'a self, text: &'a str, path: usize) -> Slice<'a> {
        self.found.part(text, path)
    }

    /// Returns the part at a path of the text that was read last as it is in a line of CSV; nothing for null. `None` if it
    /// needs another form there.
    #[inline]
    pub fn plain<'a>(&self, text: &'a str, path: usize) -> Option<&'a str> {
        match self.found.parts.get(path)? {
            Part::Missing | Part::Null => Some(""),
            Part::Plain(start, end) => text.get(*start as usize + 1..*end as usize - 1),
            Part::Text(..) | Part::Gathered(_) => None,
        }
    }

    /// Returns whether there may be values to which no path leads, or that do not fit.
    pub fn has_leftover(&self) -> bool {
        self.found.leftover
    }
}

impl Found {
    #[inline]
    fn part<'a>(&'a self, text: &'a str, path: usize) -> Slice<'a> {
        match self.parts.get(path) {
            Some(Part::Plain(start, end) | Part::Text(start, end)) => {
                text.get(*start as usize..*end as usize).map_or(Slice::Missing, Slice::Text)
            }
            Some(Part::Null) => Slice::Text("null"),
            Some(Part::Gathered(at)) => Slice::Gathered(&self.gathered[*at as usize]),
            Some(Part::Missing) | None => Slice::Missing,
        }
    }
}

impl Found {
    /// Takes a value of an outline.
    #[inline]
    fn take(&mut self, text: &str, path: Option<usize>, span: Span, fits: &impl Fn(usize, &str) -> bool) {
        let Span { start, end, kind } = span;
        let Some(path) = path else {
            self.leftover |= kind != SpanKind::Null;
            return;
        };
        self.parts[path] = match kind {
            SpanKind::Null => Part::Null,
            SpanKind::Plain => Part::Plain(start, end),
            SpanKind::Text | SpanKind::Scalar | SpanKind::Array => Part::Text(start, end),
        };
        self.leftover |= kind != SpanKind::Null && !fits(path, span.of(text));
    }
}

/// A search in one text.
struct Search<'s, F> {
    text: &'s str,
    orders: &'s mut [Order],
    fits: F,
}

impl<F: Fn(usize, &str) -> bool> Search<'_, F> {
    /// Reads a value. Without `ends` it is an element of an array, which belongs to the array at the end of a path.
    fn value(&mut self, node: &Node, ends: bool, reader: &mut JsonReader<'_>, found: &mut Found) {
        let first = reader.peek();
        if node.members.is_empty() || !matches!(first, b'{' | b'[') {
            return self.leaf(node, ends, reader, found);
        }
        if ends && !node.ends.is_empty() {
            self.leaf(node, true, &mut { *reader }, found);
        }
        if first == b'{' {
            found.leftover |= node.ends.is_empty() && reader.rest().starts_with(b"{}");
            self.members(node, reader, found);
        } else {
            found.leftover |= node.ends.is_empty();
            self.gather(node, reader, found);
        }
    }

    /// Reads a value below which no path leads.
    #[inline]
    #[allow(clippy::cast_possible_truncation)] // see `Part`
    fn leaf(&mut self, node: &Node, ends: bool, reader: &mut JsonReader<'_>, found: &mut Found) {
        let (first, range) = reader.span();
        if !ends {
            return;
        }
        let is_filled_object = first == b'{' && range.len() > 2;
        let part = Part::Text(range.start as u32, range.end as u32);
        let mut is_taken = first == b'n';
        for end in node.ends.iter().filter(|end| !(end.reach == Reach::Leaf && is_filled_object)) {
            found.parts[end.path] = part;
            is_taken = is_taken || (self.fits)(end.path, self.text.get(range.clone()).unwrap_or_default());
        }
        // The members of an object that no path takes are looked at one by one.
        let only_leaves = || node.ends.iter().all(|end| end.reach == Reach::Leaf);
        let is_entered = is_filled_object && !node.members.is_empty() && only_leaves();
        found.leftover |= !is_taken && !is_entered;
    }

    fn members(&mut self, node: &Node, reader: &mut JsonReader<'_>, found: &mut Found) {
        let mut way = Way::default();
        reader.enter();
        loop {
            let find = |name: RawName<'_>, likely| place(node.members.len(), likely, |at| name.is(&node.members[at].0));
            let Some(member) = self.orders[node.id].next(&mut way, reader, find) else { return };
            let Some((_, below)) = node.members.get(member as usize) else {
                found.leftover |= reader.peek() != b'n';
                reader.span();
                continue;
            };
            if way.is_mixed() {
                let paths = below.ends.iter().map(|end| end.path).chain(below.below.iter().copied());
                paths.for_each(|path| found.parts[path] = Part::Missing);
            }
            match below.members.is_empty() {
                true => self.leaf(below, true, reader, found),
                false => self.value(below, true, reader, found),
            }
        }
    }

    fn gather(&mut self, node: &Node, reader: &mut JsonReader<'_>, found: &mut Found) {
        if node.through.is_empty() {
            reader.span();
            return;
        }
        let mut gathered = vec![String::from("["); node.through.len()];
        let mut inner = Found { parts: vec![Part::Missing; found.parts.len()], ..Found::default() };
        let mut first = true;
        reader.enter();
        while reader.element() {
            inner.parts.fill(Part::Missing);
            inner.gathered.clear();
            self.value(node, false, reader, &mut inner);
            for (path, out) in node.through.iter().zip(&mut gathered) {
                if !first {
                    out.push(',');
                }
                out.push_str(match inner.part(self.text, *path) {
                    Slice::Missing => "null",
                    Slice::Text(text) | Slice::Gathered(text) => text,
                });
            }
            first = false;
        }
        for (path, mut text) in node.through.iter().zip(gathered) {
            text.push(']');
            found.parts[*path] = Part::Gathered(u32::try_from(found.gathered.len()).unwrap_or(u32::MAX));
            found.gathered.push(text);
        }
    }
}

/// Appends what no path takes of an object.
fn rest(node: &Node, reader: &mut JsonReader<'_>, fits: &dyn Fn(usize, &str) -> bool, out: &mut Vec<u8>) {
    let start = out.len();
    reader.enter();
    while let Some(name) = reader.member() {
        let below = node.members.iter().find(|(known, _)| name.is(known)).map(|(_, below)| below);
        let before = out.len();
        out.extend_from_slice(if before == start { b"{\"" } else { b",\"" });
        out.extend_from_slice(name.raw().as_bytes());
        out.extend_from_slice(b"\":");
        let value = out.len();
        match (reader.peek(), below) {
            (b'n', _) => drop(reader.value()),
            (b'{', Some(below))
                if below.ends.iter().all(|end| end.reach == Reach::Leaf) && { *reader }.value() != "{}" =>
            {
                rest(below, reader, fits, out);
            }
            (_, Some(below)) => {
                let text = reader.value();
                if !below.ends.iter().any(|end| fits(end.path, text)) {
                    out.extend_from_slice(text.as_bytes());
                }
            }
            (_, None) => out.extend_from_slice(reader.value().as_bytes()),
        }
        if out.len() == value {
            out.truncate(before);
        }
    }
    if out.len() > start {
        out.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value as Json;

    use super::super::samples::json;
    use super::*;

    fn found_at(json: &Json, path: &[String]) -> Option<Json> {
        let Some((name, rest)) = path.split_first() else { return Some(json.clone()) };
        match json {
            Json::Array(items) => {
                let parts = items.iter().map(|item| found_at(item, path).unwrap_or_default());
                Some(Json::Array(parts.collect()))
            }
            json => found_at(json.get(name)?, rest),
        }
    }

    proptest! {
        #[test]
        fn one_pass_finds_what_walks_through_a_tree_find(
            paths in prop::collection::vec(prop::collection::vec("[a-d\"]", 0..4), 1..6),
            records in prop::collection::vec(json(), 1..5),
        ) {
            let (mut slices, mut reading) = (Slices::default(), Reading::default());
            for path in &paths {
                slices.add(path.iter().map(String::as_str), Reach::Through);
            }
            let texts = |record: &Json| [record.to_string(), serde_json::to_string_pretty(record).unwrap()];
            // The second time, the outlines of the records are known.
            let twice = records.iter().chain(&records);
            for (record, text) in twice.flat_map(|record| texts(record).map(|text| (record, text))) {
                slices.read(&text, &mut reading, |_, _| true);
                for (at, path) in paths.iter().enumerate() {
                    let found: Option<Json> = match reading.part(&text, at) {
                        Slice::Missing => None,
                        Slice::Text(text) | Slice::Gathered(text) => serde_json::from_str(text).ok(),
                    };
                    prop_assert_eq!(found, found_at(record, path), "{:?} {}", path, text);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_is_left_unless_it_is_noticed(
            paths in prop::collection::vec((prop::collection::vec("[a-d]", 0..4), prop::sample::select(vec![Reach::Whole, Reach::Leaf])), 0..6),
            records in prop::collection::vec(json(), 1..4),
            misfits in 0_usize..6,
        ) {
            let (mut slices, mut reading) = (Slices::default(), Reading::default());
            for (path, reach) in &paths {
                slices.add(path.iter().map(String::as_str), *reach);
            }
            let fits = |path: usize, _: &str| path != misfits;
            for text in records.iter().chain(&records).map(Json::to_string) {
                let mut rest = Vec::new();
                slices.write_rest(&text, &fits, &mut rest);
                slices.read(&text, &mut reading, fits);
                prop_assert!(reading.has_leftover() || rest.is_empty(), "{} leaves {}", text, String::from_utf8_lossy(&rest));
            }
        }
    }

    #[test]
    fn leaves_leave_objects_to_the_paths_below() {
        let mut slices = Slices::default();
        slices.add(["a"], Reach::Leaf);
        slices.add(["a", "b"], Reach::Leaf);
        let mut reading = Reading::default();
        let mut of = |text: &str| {
            slices.read(text, &mut reading, |_, _| true);
            [0, 1].map(|path| match reading.part(text, path) {
                Slice::Missing => String::new(),
                Slice::Text(text) | Slice::Gathered(text) => text.to_owned(),
            })
        };
        assert_eq!(of(r#"{"a":{"b":1}}"#), ["", "1"]);
        assert_eq!(of(r#"{"a":5}"#), ["5", ""]);
        assert_eq!(of(r#"{"a":[{"b":1}]}"#), [r#"[{"b":1}]"#, ""]);
        assert_eq!(of(r#"{"a":{}}"#), ["{}", ""]);
        assert_eq!(of(r#"{"a":{"b":1},"a":{"c":1}}"#), ["", ""]);
        assert_eq!(of(r#"{"\u0061":{"b":1},"a":{"c":1}}"#), ["", ""]);
        assert_eq!(of(r#"{"a":{"c":1},"\u0061":{"b":2}}"#), ["", "2"]);
    }

    #[test]
    fn the_rest_is_what_no_path_takes() {
        let mut slices = Slices::default();
        slices.add(["a", "b"], Reach::Leaf);
        slices.add(["id"], Reach::Leaf);
        slices.add(["tags"], Reach::Whole);
        let fits = |path: usize, text: &str| path != 1 || !text.starts_with('"');
        let mut reading = Reading::default();
        let mut rest = |text: &str| {
            let mut out = Vec::new();
            slices.write_rest(text, &fits, &mut out);
            slices.read(text, &mut reading, fits);
            assert_eq!(reading.has_leftover(), !out.is_empty(), "{text}");
            String::from_utf8(out).unwrap()
        };
        assert_eq!(rest(r#"{"id":1,"a":{"b":2,"c":{"d":3}},"n":null,"x":[1]}"#), r#"{"a":{"c":{"d":3}},"x":[1]}"#);
        assert_eq!(rest(r#"{"id":"text","a":7,"tags":{"t":1}}"#), r#"{"id":"text","a":7}"#);
        assert_eq!((rest(r#"{"id":1,"a":{"b":2}}"#), rest("[1]")), (String::new(), "[1]".to_owned()));
    }
}
