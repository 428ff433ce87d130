//! Parts of JSON texts for the columns of tables: all of a record are found in one pass.

use serde::{Deserialize, Serialize};

use super::reader::JsonReader;

/// Compiled set of paths of members, numbered from 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slices {
    root: Node,
    count: usize,
}

#[derive(Clone, Debug, Default)]
struct Node {
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Slice<'a> {
    #[default]
    Missing,
    /// Text of a value, which may be null.
    Text(&'a str),
    /// Array of the values in each element of an array, with null for missing ones, so that the elements of two such
    /// columns still correspond.
    Gathered(String),
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
                node.members.push((name.to_owned(), Node::default()));
                node.members.len() - 1
            });
            node = &mut node.members[position].1;
        }
        node.ends.push(End { path: number, reach });
        number
    }

    /// Returns the parts of a text at all paths. The last of several members with the same name counts.
    pub fn of<'a>(&self, text: &'a str) -> Vec<Slice<'a>> {
        let mut slices = vec![Slice::Missing; self.count];
        let mut reader = JsonReader::new(text);
        let leaf = |end: &End| end.reach == Reach::Leaf;
        // A record without members is not the value of a column.
        match reader.peek() == b'{' && self.root.ends.iter().all(leaf) {
            true => visit_members(&self.root, &mut reader, &mut slices),
            false => visit(&self.root, true, &mut reader, &mut slices),
        }
        slices
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

/// Visits a value. Without `ends` it is an element of an array, which belongs to the array at the end of a path.
fn visit<'a>(node: &Node, ends: bool, reader: &mut JsonReader<'a>, slices: &mut [Slice<'a>]) {
    let first = reader.peek();
    let inside = !node.members.is_empty();
    match first {
        b'{' | b'[' if inside => {
            if ends && !node.ends.is_empty() {
                let text = { *reader }.value();
                put(node, first == b'{' && text.len() > 2, text, slices);
            }
            if first == b'{' { visit_members(node, reader, slices) } else { gather(node, reader, slices) }
        }
        _ => {
            let text = reader.value();
            if ends {
                put(node, first == b'{' && text.len() > 2, text, slices);
            }
        }
    }
}

fn put<'a>(node: &Node, object: bool, text: &'a str, slices: &mut [Slice<'a>]) {
    for end in node.ends.iter().filter(|end| !(end.reach == Reach::Leaf && object)) {
        slices[end.path] = Slice::Text(text);
    }
}

fn visit_members<'a>(node: &Node, reader: &mut JsonReader<'a>, slices: &mut [Slice<'a>]) {
    let mut next = 0;
    reader.enter();
    while let Some(name) = reader.member() {
        // Members usually come in the same order.
        let count = node.members.len();
        let found = (next..count).chain(0..next).find(|at| name.is(&node.members[*at].0));
        let Some(at) = found else {
            reader.value();
            continue;
        };
        next = at + 1;
        let below = &node.members[at].1;
        let paths = below.ends.iter().map(|end| end.path).chain(below.below.iter().copied());
        paths.for_each(|path| slices[path] = Slice::Missing);
        visit(below, true, reader, slices);
    }
}

fn gather<'a>(node: &Node, reader: &mut JsonReader<'a>, slices: &mut [Slice<'a>]) {
    if node.through.is_empty() {
        reader.value();
        return;
    }
    let mut gathered = vec![String::from("["); node.through.len()];
    let mut inner = vec![Slice::Missing; slices.len()];
    let mut first = true;
    reader.enter();
    while reader.element() {
        inner.iter_mut().for_each(|slice| *slice = Slice::Missing);
        visit(node, false, reader, &mut inner);
        for (path, out) in node.through.iter().zip(&mut gathered) {
            if !first {
                out.push(',');
            }
            out.push_str(match &inner[*path] {
                Slice::Missing => "null",
                Slice::Text(text) => text,
                Slice::Gathered(text) => text,
            });
        }
        first = false;
    }
    for (path, mut text) in node.through.iter().zip(gathered) {
        text.push(']');
        slices[*path] = Slice::Gathered(text);
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
            record in json(),
        ) {
            let mut slices = Slices::default();
            for path in &paths {
                slices.add(path.iter().map(String::as_str), Reach::Through);
            }
            for text in [record.to_string(), serde_json::to_string_pretty(&record).unwrap()] {
                for (path, slice) in paths.iter().zip(slices.of(&text)) {
                    let found: Option<Json> = match &slice {
                        Slice::Missing => None,
                        Slice::Text(text) => serde_json::from_str(text).ok(),
                        Slice::Gathered(text) => serde_json::from_str(text).ok(),
                    };
                    prop_assert_eq!(found, found_at(&record, path), "{:?} {}", path, text);
                }
            }
        }
    }

    #[test]
    fn leaves_leave_objects_to_the_paths_below() {
        let mut slices = Slices::default();
        slices.add(["a"], Reach::Leaf);
        slices.add(["a", "b"], Reach::Leaf);
        assert_eq!(slices.of(r#"{"a":{"b":1}}"#), [Slice::Missing, Slice::Text("1")]);
        assert_eq!(slices.of(r#"{"a":5}"#), [Slice::Text("5"), Slice::Missing]);
        assert_eq!(slices.of(r#"{"a":[{"b":1}]}"#), [Slice::Text(r#"[{"b":1}]"#), Slice::Missing]);
        assert_eq!(slices.of(r#"{"a":{}}"#), [Slice::Text("{}"), Slice::Missing]);
        assert_eq!(slices.of(r#"{"a":{"b":1},"a":{"c":1}}"#), [Slice::Missing, Slice::Missing]);
    }

    #[test]
    fn the_rest_is_what_no_path_takes() {
        let mut slices = Slices::default();
        slices.add(["a", "b"], Reach::Leaf);
        slices.add(["id"], Reach::Leaf);
        slices.add(["tags"], Reach::Whole);
        let rest = |text: &str| {
            let mut out = Vec::new();
            slices.write_rest(text, &|path, text| path != 1 || !text.starts_with('"'), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(rest(r#"{"id":1,"a":{"b":2,"c":{"d":3}},"n":null,"x":[1]}"#), r#"{"a":{"c":{"d":3}},"x":[1]}"#);
        assert_eq!(rest(r#"{"id":"text","a":7,"tags":{"t":1}}"#), r#"{"id":"text","a":7}"#);
        assert_eq!((rest(r#"{"id":1,"a":{"b":2}}"#), rest("[1]")), (String::new(), "[1]".to_owned()));
    }
}
