//! Values at dotted paths of JSON texts: a set of paths is compiled once, and one pass over a text finds them all.

use super::reader::JsonReader;

/// Part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Member(String),
    Index(usize),
    /// `[*]`, which is implied for arrays.
    Every,
}

/// Content of a text at the end of a path. Below arrays a path leads to every element, so it may have several ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf<'a> {
    /// Null, or missing.
    Null,
    /// Text of a string, a number or a boolean. The elements of an array at the end of the path follow the array.
    Scalar(&'a str),
    /// Array or object.
    Container(&'a str),
}

/// Ends of the paths of a set in one text: the number of the path, and the content, in the order of the text.
pub(crate) type Leaves<'a> = Vec<(usize, Leaf<'a>)>;

/// Compiled set of paths, numbered from 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paths {
    root: Node,
    count: usize,
}

#[derive(Clone, Debug, Default)]
struct Node {
    /// Paths that end here.
    ends: Vec<usize>,
    members: Vec<(String, Node)>,
    indexes: Vec<(usize, Node)>,
    every: Option<Box<Node>>,
    /// Paths that end here or below.
    below: Vec<usize>,
}

impl Paths {
    /// Adds a path. Returns its number.
    pub fn add(&mut self, path: &[Step]) -> usize {
        let number = self.count;
        self.count += 1;
        self.root.insert(path, number);
        number
    }

    /// Returns the number of paths.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns the ends of all paths in a text. The last of several members with the same name counts.
    pub fn leaves<'a>(&self, text: &'a str) -> Leaves<'a> {
        let mut leaves = Vec::with_capacity(self.count);
        visit(&self.root, false, &mut JsonReader::new(text), &mut leaves);
        leaves
    }
}

impl Node {
    fn insert(&mut self, path: &[Step], number: usize) {
        self.below.push(number);
        let Some((first, rest)) = path.split_first() else { return self.ends.push(number) };
        let node = match first {
            Step::Member(name) => child(&mut self.members, name),
            Step::Index(index) => child(&mut self.indexes, index),
            Step::Every => self.every.get_or_insert_default(),
        };
        node.insert(rest, number);
    }

    /// Adds a null for each path below the members.
    fn missing_members(&self, leaves: &mut Leaves<'_>) {
        self.members.iter().for_each(|(_, node)| node.missing(leaves));
    }

    fn missing_elements(&self, leaves: &mut Leaves<'_>) {
        self.indexes.iter().for_each(|(_, node)| node.missing(leaves));
        self.every.iter().for_each(|node| node.missing(leaves));
    }

    fn missing(&self, leaves: &mut Leaves<'_>) {
        leaves.extend(self.below.iter().map(|path| (*path, Leaf::Null)));
    }
}

fn child<'n, Key: Clone + PartialEq>(nodes: &'n mut Vec<(Key, Node)>, key: &Key) -> &'n mut Node {
    let known = nodes.iter().position(|(known, _)| known == key);
    let position = known.unwrap_or_else(|| {
        nodes.push((key.clone(), Node::default()));
        nodes.len() - 1
    });
    &mut nodes[position].1
}

/// Visits a value. `inside` tells that it is an element of an array at which the node has been reached: paths go
/// through arrays by members, and the elements of an array at the end of a path count if they are scalars.
fn visit<'a>(node: &Node, inside: bool, reader: &mut JsonReader<'a>, leaves: &mut Leaves<'a>) {
    match reader.peek() {
        b'{' if node.members.is_empty() => {
            end(node, inside, Leaf::Container(reader.value()), leaves);
            if !inside {
                node.missing_elements(leaves);
            }
        }
        b'{' => {
            let whole = *reader;
            visit_members(node, reader, leaves);
            if !node.ends.is_empty() {
                end(node, inside, Leaf::Container({ whole }.value()), leaves);
            }
            if !inside {
                node.missing_elements(leaves);
            }
        }
        b'[' => {
            if !node.ends.is_empty() {
                end(node, inside, Leaf::Container({ *reader }.value()), leaves);
            }
            visit_elements(node, inside, reader, leaves);
        }
        b'n' => {
            reader.value();
            end(node, inside, Leaf::Null, leaves);
            missing_below(node, inside, leaves);
        }
        _ => {
            let text = reader.value();
            leaves.extend(node.ends.iter().map(|path| (*path, Leaf::Scalar(text))));
            missing_below(node, inside, leaves);
        }
    }
}

/// Adds what is found at the end of paths; within an array only scalars count.
fn end<'a>(node: &Node, inside: bool, leaf: Leaf<'a>, leaves: &mut Leaves<'a>) {
    if !inside {
        leaves.extend(node.ends.iter().map(|path| (*path, leaf)));
    }
}

fn missing_below(node: &Node, inside: bool, leaves: &mut Leaves<'_>) {
    node.missing_members(leaves);
    if !inside {
        node.missing_elements(leaves);
    }
}

fn visit_members<'a>(node: &Node, reader: &mut JsonReader<'a>, leaves: &mut Leaves<'a>) {
    let start = leaves.len();
    let mut seen = vec![false; node.members.len()];
    let mut next = 0;
    reader.enter();
    while let Some(name) = reader.member() {
        // Members usually come in the same order, and most of them are not asked for.
        let count = node.members.len();
        let found = (next..count).chain(0..next).find(|at| name.is(&node.members[*at].0));
        let Some(at) = found else {
            reader.value();
            continue;
        };
        next = at + 1;
        let below = &node.members[at].1;
        if std::mem::replace(&mut seen[at], true) {
            let mut kept = leaves.split_off(start);
            kept.retain(|(path, _)| !below.below.contains(path));
            leaves.append(&mut kept);
        }
        visit(below, false, reader, leaves);
    }
    for ((_, below), _) in node.members.iter().zip(seen).filter(|(_, seen)| !seen) {
        below.missing(leaves);
    }
}

fn visit_elements<'a>(node: &Node, inside: bool, reader: &mut JsonReader<'a>, leaves: &mut Leaves<'a>) {
    let through = !node.ends.is_empty() || !node.members.is_empty();
    let by_element = !inside && (node.every.is_some() || !node.indexes.is_empty());
    let mut count = 0;
    reader.enter();
    while reader.element() {
        match (through, by_element) {
            (true, false) => visit(node, true, reader, leaves),
            (false, false) => drop(reader.value()),
            (_, true) => {
                let element = *reader;
                reader.value();
                node.every.iter().for_each(|below| visit(below, false, &mut { element }, leaves));
                let own = node.indexes.iter().filter(|(index, _)| *index == count);
                own.for_each(|(_, below)| visit(below, false, &mut { element }, leaves));
                if through {
                    visit(node, true, &mut { element }, leaves);
                }
            }
        }
        count += 1;
    }
    if !inside {
        let beyond = node.indexes.iter().filter(|(index, _)| *index >= count);
        beyond.for_each(|(_, below)| below.missing(leaves));
    }
}

/// Splits a path such as `a.b[0].c[*]` into steps.
pub(crate) fn steps_of(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (name, indexes) = part.find('[').map_or((part, ""), |at| part.split_at(at));
        match indexes_of(indexes) {
            Some(indexes) if !name.is_empty() => {
                steps.push(Step::Member(name.to_owned()));
                steps.extend(indexes);
            }
            // A quoted name may contain brackets that are not an index.
            _ => steps.push(Step::Member(part.to_owned())),
        }
    }
    steps
}

fn indexes_of(mut text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    while !text.is_empty() {
        let (index, rest) = text.strip_prefix('[')?.split_once(']')?;
        let digits = !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit());
        steps.push(match index {
            "*" => Step::Every,
            _ if digits => Step::Index(index.parse().unwrap_or(usize::MAX)),
            _ => return None,
        });
        text = rest;
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value as Json;

    use super::super::samples::json;
    use super::*;

    /// Returns the ends of a path in a tree; containers and scalars as their texts.
    fn ends(json: Option<&Json>, path: &[Step], inside: bool, out: &mut Vec<Option<String>>) {
        match (json, path) {
            (None | Some(Json::Null), []) if inside => {}
            (None | Some(Json::Null), _) => out.push(None),
            (Some(Json::Array(items)), []) => {
                if !inside {
                    out.push(json.map(ToString::to_string));
                }
                items.iter().for_each(|item| ends(Some(item), path, true, out));
            }
            (Some(Json::Array(items)), [Step::Index(index), rest @ ..]) => ends(items.get(*index), rest, false, out),
            (Some(Json::Array(items)), [Step::Every, rest @ ..]) => {
                items.iter().for_each(|item| ends(Some(item), rest, false, out));
            }
            (Some(Json::Array(items)), path) => items.iter().for_each(|item| ends(Some(item), path, true, out)),
            (Some(Json::Object(members)), [Step::Member(name), rest @ ..]) => {
                ends(members.get(name), rest, false, out);
            }
            (Some(Json::Object(_)), []) if inside => {}
            (Some(value), []) => out.push(Some(value.to_string())),
            _ => out.push(None),
        }
    }

    fn path() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => "[a-d]".prop_map(Step::Member),
            1 => (0..3_usize).prop_map(Step::Index),
            1 => Just(Step::Every),
            1 => Just(Step::Member("\"".to_owned())),
        ];
        prop::collection::vec(step, 0..4)
    }

    /// Returns records in which the paths often lead somewhere.
    fn record() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![json(), Just(Json::Null), Just(Json::from(1)), Just(Json::from("a"))];
        leaf.prop_recursive(4, 60, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::vec(("[a-d\"]", inner), 0..5)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn one_pass_finds_what_walks_through_a_tree_find(paths in prop::collection::vec(path(), 1..6), record in record()) {
            let mut compiled = Paths::default();
            for path in &paths {
                compiled.add(path);
            }
            prop_assert_eq!(compiled.len(), paths.len());
            for text in [record.to_string(), serde_json::to_string_pretty(&record).unwrap()] {
                let leaves = compiled.leaves(&text);
                for (number, path) in paths.iter().enumerate() {
                    let text = |text: &str| serde_json::from_str::<Json>(text).unwrap().to_string();
                    let found = leaves.iter().filter(|(path, _)| *path == number).map(|(_, leaf)| match leaf {
                        Leaf::Null => None,
                        Leaf::Scalar(value) | Leaf::Container(value) => Some(text(value)),
                    });
                    let mut expected = Vec::new();
                    ends(Some(&record), path, false, &mut expected);
                    prop_assert_eq!(found.collect::<Vec<_>>(), expected, "{:?} in {}", path, text(&record.to_string()));
                }
            }
        }

        #[test]
        fn no_text_breaks_it(text in "[\\[\\]{}\":,0-2ab \\\\é]{0,30}", paths in prop::collection::vec(path(), 1..4)) {
            let mut compiled = Paths::default();
            for path in &paths {
                compiled.add(path);
            }
            let _ = compiled.leaves(&text);
        }
    }

    #[test]
    fn of_equal_names_the_last_counts() {
        let mut paths = Paths::default();
        paths.add(&steps_of("a.b"));
        paths.add(&steps_of("a"));
        paths.add(&steps_of("c"));
        let leaves = paths.leaves(r#"{"a":{"b":1},"c":3,"\u0061":{"b":2}}"#);
        let expected = [(2, Leaf::Scalar("3")), (0, Leaf::Scalar("2")), (1, Leaf::Container("{\"b\":2}"))];
        assert_eq!(leaves, expected);
    }

    #[test]
    fn paths_have_members_and_indexes() {
        let member = |name: &str| Step::Member(name.to_owned());
        assert_eq!(steps_of("a.b[0][*].c"), [member("a"), member("b"), Step::Index(0), Step::Every, member("c")]);
        assert_eq!(steps_of("a[x]"), [member("a[x]")]);
        assert_eq!(steps_of("[0].a"), [member("[0]"), member("a")]);
    }
}
