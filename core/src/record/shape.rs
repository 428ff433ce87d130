//! Columns of documents: those that are declared, then the ones found in the records (spec E 9.13).

use serde::{Deserialize, Serialize};

use super::order::{NONE, Order, Way, place};
use super::outline::{Outline, Outlines, SpanKind};
use super::outlined::Values;
use super::reader::JsonReader;
use super::slices::Reach;
use super::table::{CellKind, Table, TableColumn};
use super::{Batch, Value};

/// Maximum number of columns that are found. Members beyond them share one column.
pub(super) const MAX_FOUND: usize = 2_000;
/// Maximum number of members of an object below a record that become columns; a larger one is a map and stays JSON.
pub(super) const MAX_MEMBERS: usize = 256;
/// Maximum number of names in a path; deeper objects stay JSON.
pub(super) const MAX_LEVELS: usize = 20;
/// Name of the column of records that are no objects.
pub(super) const VALUE: &str = "value";
/// Name of the column of members beyond all columns.
const REST: &str = "additional";

/// A declared leaf of documents: its name, with dots between members, and its type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeclaredLeaf {
    pub name: String,
    /// `None` if the type is not known.
    pub kind: Option<CellKind>,
}

/// A column of documents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DocumentColumn {
    pub name: String,
    pub path: Vec<String>,
    pub kind: CellKind,
    /// The values that the path leads to.
    pub reach: Reach,
}

/// The columns of documents in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DocumentColumns {
    pub columns: Vec<DocumentColumn>,
    /// Name of a last column with everything for which no other has a place.
    pub rest: Option<String>,
}

/// Knowledge about the members of documents: starts with declared leaves and learns from records.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    root: Node,
    /// Declared leaves in order.
    declared: Vec<(String, Vec<String>)>,
    /// Number of leaves besides.
    found: usize,
    /// Whether only declared leaves are columns.
    closed: bool,
    /// Whether a record has members beyond the columns.
    overflows: bool,
    /// Outlines with the types of the values that records with them have had. They teach nothing more.
    outlines: Outlines<Vec<Seen>>,
}

#[derive(Debug, Default)]
struct Node {
    seen: Seen,
    members: Vec<(String, Node)>,
    /// Order of the members in records.
    order: Order,
    declared: Option<Option<CellKind>>,
    /// Whether its objects are not divided into columns.
    whole: bool,
}

/// Types of the values of a leaf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    bool: bool,
    int: bool,
    /// A whole number that a decimal number does not hold exactly.
    long: bool,
    float: bool,
    /// A number that no type holds.
    huge: bool,
    text: bool,
    json: bool,
}

impl Shape {
    /// Begins with declared leaves. A part of a name after `[*]` belongs to the array. If `closed`, there are no other
    /// columns.
    pub fn new(declared: &[DeclaredLeaf], closed: bool) -> Self {
        let mut shape = Self { closed, ..Self::default() };
        for leaf in declared {
            shape.declare(leaf);
        }
        shape
    }

    /// Begins with all declared leaves of an object, or with the fields of a SELECT list and nothing else.
    pub fn selecting(declared: &[DeclaredLeaf], fields: Option<&[String]>) -> Self {
        let Some(fields) = fields else { return Self::new(declared, false) };
        let kind = |name: &str| declared.iter().find(|leaf| leaf.name == name).and_then(|leaf| leaf.kind);
        let leaf = |name: &String| DeclaredLeaf { name: name.clone(), kind: kind(name) };
        Self::new(&fields.iter().map(leaf).collect::<Vec<_>>(), true)
    }

    fn declare(&mut self, leaf: &DeclaredLeaf) {
        let (name, kind) = match leaf.name.split_once("[*]") {
            // A selected path goes through arrays.
            Some(_) if self.closed => (leaf.name.replace("[*]", ""), Some(CellKind::Json)),
            Some((array, _)) => (array.to_owned(), Some(CellKind::Json)),
            None => (leaf.name.clone(), leaf.kind),
        };
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        let mut node = &mut self.root;
        for part in &path {
            // What is below a declared leaf is part of it.
            if node.declared.is_some() && !self.closed {
                return;
            }
            let at = node.child(part);
            node = &mut node.members[at].1;
        }
        if node.declared.is_none() {
            node.declared = Some(kind);
            node.whole = !self.closed;
            let name = if self.closed { leaf.name.clone() } else { name };
            self.declared.push((name, path));
        }
    }

    /// Learns the names and types of a record.
    pub fn add(&mut self, record: &str) {
        self.add_known(record, None);
    }

    /// Does the same with values of the record that are known.
    pub fn add_known(&mut self, record: &str, values: Option<Values<'_>>) {
        if !self.teaches(record, values) {
            return;
        }
        let mut found = Found { left: MAX_FOUND - self.found.min(MAX_FOUND), closed: self.closed, overflows: false };
        let before = found.left;
        found.visit(&mut self.root, 0, &mut JsonReader::new(record));
        self.found += before - found.left;
        self.overflows |= found.overflows;
    }

    /// Returns whether a record has another outline than those before it, or values of other types.
    fn teaches(&mut self, record: &str, values: Option<Values<'_>>) -> bool {
        let nothing = |outline: &Outline| Some(vec![Seen::default(); outline.paths().count()]);
        let known = match values {
            Some((outline, spans)) => self.outlines.known(outline, nothing).map(|known| (record.len(), known, spans)),
            None => self.outlines.read(record.as_bytes(), 0, 0),
        };
        let Some((end, known, spans)) = known else {
            self.outlines.learn(record, nothing);
            return true;
        };
        let mut teaches = end != record.len();
        for (known, span) in known.iter_mut().zip(spans) {
            let text = || record.get(span.start as usize..span.end as usize).unwrap_or_default();
            let before = *known;
            match span.kind {
                SpanKind::Null => {}
                SpanKind::Plain | SpanKind::Text => known.text = true,
                SpanKind::Array => known.json = true,
                SpanKind::Scalar => known.add(text()),
            }
            teaches |= before != *known;
        }
        teaches
    }

    /// Returns the columns.
    pub fn columns(&self) -> DocumentColumns {
        let mut columns: Vec<DocumentColumn> = Vec::new();
        let reach = if self.closed { Reach::Through } else { Reach::Whole };
        for (name, path) in &self.declared {
            let node = path.iter().try_fold(&self.root, |node, part| node.get(part));
            let kind = node.map_or(CellKind::Any, |node| node.seen.kind(node.declared.flatten()));
            columns.push(DocumentColumn { name: name.clone(), path: path.clone(), kind, reach });
        }
        if self.closed {
            return DocumentColumns { columns, rest: None };
        }
        let mut found = Vec::new();
        self.root.collect(&mut Vec::new(), &mut found);
        found.sort_by(|left, right| left.name.cmp(&right.name).then_with(|| left.path.cmp(&right.path)));
        for column in found {
            let name = free(&columns, column.name);
            columns.push(DocumentColumn { name, ..column });
        }
        let rest = self.overflows.then(|| free(&columns, REST.to_owned()));
        DocumentColumns { columns, rest }
    }
}

impl DocumentColumns {
    /// Returns the columns of a stream of documents, which are known before the first record: the declared leaves or,
    /// if there are any, the fields of a SELECT list. Without such a list, a last column has everything else. `typed`
    /// tells whether values have the declared types; a value of another type is part of the last column.
    pub fn of_stream(declared: &[DeclaredLeaf], fields: Option<&[String]>, typed: bool) -> Self {
        let columns = Shape::selecting(declared, fields).columns();
        let rest = fields.is_none().then(|| free(&columns.columns, REST.to_owned()));
        Self { rest, ..columns }.typed(typed)
    }

    /// Returns the columns of a stream of documents without declared leaves: those that the records of its first page
    /// have, and a last one with everything else.
    pub fn of_first_page(page: &Batch) -> Self {
        let mut shape = Shape::default();
        for row in page.rows() {
            if let Value::Json(record) = row.get(0) {
                shape.add(record);
            }
        }
        shape.columns().open()
    }

    /// Returns the first columns, as many as this number, and a last one with everything else.
    pub fn cut(mut self, most: usize) -> Self {
        self.columns.truncate(most);
        self.open()
    }

    fn open(self) -> Self {
        Self { rest: Some(free(&self.columns, REST.to_owned())), ..self }
    }

    /// Returns the columns with their types, or without if the format has none.
    pub fn typed(mut self, typed: bool) -> Self {
        for column in &mut self.columns {
            if !typed || column.kind == CellKind::Text {
                column.kind = CellKind::Any;
            }
        }
        self
    }
}

fn free(columns: &[DocumentColumn], name: String) -> String {
    free_name(columns.iter().map(|column| column.name.as_str()), name)
}

/// Returns a name that no column has.
pub(super) fn free_name<'n>(taken: impl Iterator<Item = &'n str> + Clone, mut name: String) -> String {
    while taken.clone().any(|known| known == name) {
        name.push('_');
    }
    name
}

/// One record on its way through a shape.
struct Found {
    /// Number of leaves that may still be added.
    left: usize,
    closed: bool,
    overflows: bool,
}

impl Found {
    fn visit(&mut self, node: &mut Node, level: usize, reader: &mut JsonReader<'_>) {
        match reader.peek() {
            b'{' if !node.whole && level < MAX_LEVELS => self.visit_members(node, level, reader),
            b'{' => {
                reader.value();
                node.seen.json = true;
            }
            b'[' => {
                reader.value();
                node.seen.json = true;
                if self.closed {
                    node.members.iter_mut().for_each(|(_, below)| below.gathered());
                }
            }
            b'n' => drop(reader.value()),
            _ => node.seen.add(reader.value()),
        }
    }

    fn visit_members(&mut self, node: &mut Node, level: usize, reader: &mut JsonReader<'_>) {
        let (mut way, mut empty) = (Way::default(), true);
        reader.enter();
        loop {
            let Node { members, order, .. } = &mut *node;
            let mut name = None;
            let known = order.next(&mut way, reader, |raw, likely| {
                name = Some(raw.decoded());
                place(members.len(), likely, |at| raw.is(&members[at].0))
            });
            let Some(known) = known else { break };
            empty = false;
            let count = node.members.len();
            let at = match known {
                NONE if self.closed || reader.peek() == b'n' => {
                    reader.span();
                    continue;
                }
                NONE if level > 0 && count >= MAX_MEMBERS && !node.has_declared() => {
                    // It is a map with names of its own in each record.
                    self.left += count;
                    node.members.clear();
                    node.order.clear();
                    (node.whole, node.seen.json) = (true, true);
                    reader.span();
                    while reader.member().is_some() {
                        reader.span();
                    }
                    return;
                }
                NONE if self.left == 0 => {
                    self.overflows = true;
                    reader.span();
                    continue;
                }
                NONE => {
                    self.left -= 1;
                    let name = name.as_deref().or_else(|| node.order.name(way)).unwrap_or_default().to_owned();
                    node.members.push((name, Node::default()));
                    node.order.renumber(way, u32::try_from(count).unwrap_or(NONE));
                    count
                }
                known => known as usize,
            };
            self.visit(&mut node.members[at].1, level + 1, reader);
        }
        node.seen.json |= (empty && level > 0) || node.declared.is_some();
    }
}

impl Node {
    fn get(&self, name: &str) -> Option<&Self> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, node)| node)
    }

    fn child(&mut self, name: &str) -> usize {
        self.members.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.members.push((name.to_owned(), Self::default()));
            self.members.len() - 1
        })
    }

    fn has_declared(&self) -> bool {
        self.declared.is_some() || self.members.iter().any(|(_, node)| node.has_declared())
    }

    /// Notes that values are gathered from the elements of an array.
    fn gathered(&mut self) {
        self.seen.json = true;
        self.members.iter_mut().for_each(|(_, below)| below.gathered());
    }

    /// Adds the leaves that are not declared.
    fn collect(&self, path: &mut Vec<String>, out: &mut Vec<DocumentColumn>) {
        if self.declared.is_none() && self.seen != Seen::default() {
            let name = if path.is_empty() { VALUE.to_owned() } else { path.join(".") };
            let kind = self.seen.kind(None);
            let reach = if self.whole { Reach::Whole } else { Reach::Leaf };
            out.push(DocumentColumn { name, path: path.clone(), kind, reach });
        }
        for (name, node) in &self.members {
            path.push(name.clone());
            node.collect(path, out);
            path.pop();
        }
    }
}

impl Seen {
    /// Largest whole number up to which all have a decimal number of their own.
    const EXACT: u64 = 1 << 53;

    pub fn add(&mut self, text: &str) {
        match text.as_bytes().first() {
            Some(b'"') => self.text = true,
            Some(b't' | b'f') => self.bool = true,
            _ if text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) => {
                self.float = true;
                let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
                let digits = mantissa.bytes().filter(u8::is_ascii_digit).skip_while(|digit| *digit == b'0').count();
                self.huge |= digits > 17 || !text.parse().is_ok_and(f64::is_finite);
            }
            _ => match text.parse::<i64>() {
                Ok(number) => {
                    self.int = true;
                    self.long |= number.unsigned_abs() > Self::EXACT;
                }
                Err(_) => self.huge = true,
            },
        }
    }

    /// Returns the type of a column that holds every value, which is the declared one if possible.
    pub fn kind(self, declared: Option<CellKind>) -> CellKind {
        let Self { bool, int, long, float, huge, text, json } = self;
        match declared {
            Some(CellKind::Json) => return CellKind::Json,
            Some(kind) if self == Self::default() => return kind,
            Some(CellKind::Text | CellKind::Date | CellKind::Any) => return CellKind::Any,
            _ => {}
        }
        let decimal = float || (declared == Some(CellKind::Float) && !long);
        match (bool, int || float || huge, text, json) {
            (false, false, false, true) => CellKind::Json,
            (true, false, false, false) if declared.is_none_or(|kind| kind == CellKind::Bool) => CellKind::Bool,
            (false, true, false, false) if declared == Some(CellKind::Bool) => CellKind::Any,
            (false, true, false, false) if huge || (decimal && long) => CellKind::Any,
            (false, true, false, false) if decimal => CellKind::Float,
            (false, true, false, false) => CellKind::Int,
            _ => CellKind::Any,
        }
    }
}

impl Table {
    /// Creates the columns of documents.
    pub fn of_documents(columns: &DocumentColumns) -> Self {
        let known = columns.columns.iter().map(|DocumentColumn { name, path, kind, reach }| TableColumn {
            name: name.clone(),
            kind: *kind,
            column: Some(0),
            path: path.clone(),
            reach: *reach,
            rest: false,
        });
        let rest = columns.rest.iter().map(|name| TableColumn {
            name: name.clone(),
            kind: CellKind::Json,
            column: Some(0),
            path: Vec::new(),
            reach: Reach::Whole,
            rest: true,
        });
        Self { columns: known.chain(rest).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(declared: &[(&str, CellKind)], records: &[&str]) -> Vec<String> {
        let leaf = |(name, kind): &(&str, CellKind)| DeclaredLeaf { name: (*name).to_owned(), kind: Some(*kind) };
        let mut shape = Shape::new(&declared.iter().map(leaf).collect::<Vec<_>>(), false);
        records.iter().for_each(|record| shape.add(record));
        let DocumentColumns { columns, rest } = shape.columns();
        columns.iter().map(|column| format!("{} {:?}", column.name, column.kind)).chain(rest).collect()
    }

    #[test]
    fn declared_leaves_come_first_and_the_others_are_sorted() {
        let declared = [
            ("id", CellKind::Int),
            ("when", CellKind::Text),
            ("user.name", CellKind::Text),
            ("items[*].sku", CellKind::Text),
            ("items[*].n", CellKind::Int),
            ("score", CellKind::Float),
            ("never", CellKind::Bool),
        ];
        let records = [
            r#"{"z":true,"id":1,"user":{"name":"a","age":3},"items":[{"sku":"x"}],"score":2}"#,
            r#"{"a":{"b":{"c":[1]}},"z":false,"user":{"age":4.5},"n":null}"#,
        ];
        let expected = [
            "id Int",
            "when Text",
            "user.name Any",
            "items Json",
            "score Float",
            "never Bool",
            "a.b.c Json",
            "user.age Float",
            "z Bool",
        ];
        assert_eq!(columns(&declared, &records), expected);
    }

    #[test]
    fn types_widen_until_every_value_fits() {
        for (values, kind) in [
            (&["1", "2"][..], "Int"),
            (&["1", "2.5", "null"], "Float"),
            (&["9007199254740993"], "Int"),
            (&["9007199254740993", "0.5"], "Any"),
            (&["12345678901234567890"], "Any"),
            (&["1e999"], "Any"),
            (&["3.141592653589793238"], "Any"),
            (&["true"], "Bool"),
            (&["true", "1"], "Any"),
            (&["\"x\"", "1"], "Any"),
            (&["[1]", "{}"], "Json"),
            (&["[1]", "1"], "Any"),
        ] {
            let records: Vec<String> = values.iter().map(|value| format!("{{\"a\":{value}}}")).collect();
            let records: Vec<&str> = records.iter().map(String::as_str).collect();
            assert_eq!(columns(&[], &records), [format!("a {kind}")], "{values:?}");
        }
        let declared = |kind, value: &str| columns(&[("a", kind)], &[&format!("{{\"a\":{value}}}")]).concat();
        assert_eq!(declared(CellKind::Float, "1"), "a Float");
        assert_eq!(declared(CellKind::Float, "9007199254740993"), "a Int");
        assert_eq!(declared(CellKind::Int, "1.5"), "a Float");
        assert_eq!(declared(CellKind::Int, "\"x\""), "a Any");
        assert_eq!(declared(CellKind::Bool, "1"), "a Any");
        assert_eq!(declared(CellKind::Json, "\"x\""), "a Json");
    }

    #[test]
    fn ragged_records_lose_nothing() {
        // A member that is an object here and a number there has a column of its own besides those of its members.
        assert_eq!(columns(&[], &[r#"{"a":1}"#, r#"{"a":{"b":2}}"#, "7", "[1]"]), ["a Int", "a.b Int", "value Any"]);
        assert_eq!(columns(&[], &[r#"{"value":1}"#, "7"]), ["value Int", "value_ Int"]);
        assert_eq!(columns(&[], &[r#"{"a.b":1,"a":{"b":"x"},"":2}"#]), [" Int", "a.b Any", "a.b_ Int"]);
        let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
        assert_eq!(columns(&[], &[&deep]), [format!("{} Json", vec!["a"; MAX_LEVELS].join("."))]);
    }

    #[test]
    fn the_number_of_columns_is_bounded() {
        let members = |range: std::ops::Range<usize>| {
            let members: Vec<String> = range.map(|n| format!("\"m{n:05}\":{n}")).collect();
            format!("{{{}}}", members.join(","))
        };
        // An object with very many names is a map.
        let map = format!("{{\"prices\":{},\"id\":1}}", members(0..MAX_MEMBERS + 1));
        assert_eq!(columns(&[], &[&map, r#"{"prices":{"x":1}}"#]), ["id Int", "prices Json"]);
        let found = columns(&[], &[&members(0..MAX_FOUND), &members(MAX_FOUND..MAX_FOUND + 10)]);
        assert_eq!((found.len(), found.last().map(String::as_str)), (MAX_FOUND + 1, Some("additional")));
    }

    #[test]
    fn a_select_list_has_its_columns_only() {
        let declared = [DeclaredLeaf { name: "id".to_owned(), kind: Some(CellKind::Int) }];
        let fields = ["b".to_owned(), "id".to_owned(), "l[*].x".to_owned(), "u.n".to_owned()];
        let mut shape = Shape::selecting(&declared, Some(&fields));
        shape.add(r#"{"id":1,"b":{"c":1},"l":[{"x":1}],"u":{"n":2.5},"more":1}"#);
        let found = shape.columns();
        let shown: Vec<_> = found.columns.iter().map(|column| (&*column.name, column.kind)).collect();
        let expected =
            [("b", CellKind::Json), ("id", CellKind::Int), ("l[*].x", CellKind::Json), ("u.n", CellKind::Float)];
        assert_eq!((&shown[..], found.rest), (&expected[..], None));
    }
}
