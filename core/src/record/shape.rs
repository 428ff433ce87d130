//! Columns of documents: those that are declared, then the ones found in the records (spec E 9.13).

use serde::{Deserialize, Serialize};

use super::reader::JsonReader;
use super::table::{CellKind, Table, TableColumn};

/// Maximum number of columns that are found. Members beyond them share one column.
const MAX_FOUND: usize = 2_000;
/// Maximum number of members of an object below a record that become columns; a larger one is a map and stays JSON.
const MAX_MEMBERS: usize = 256;
/// Maximum number of names in a path; deeper objects stay JSON.
const MAX_LEVELS: usize = 20;
/// Name of the column of records that are no objects.
const VALUE: &str = "value";
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
    /// Whether objects with members are left to other columns.
    pub leaf: bool,
}

/// The columns of documents in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DocumentColumns {
    pub columns: Vec<DocumentColumn>,
    /// Name of a last column with everything for which no other has a place.
    pub rest: Option<String>,
}

/// What is known about the members of documents: starts with declared leaves and learns from records.
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
}

#[derive(Debug, Default)]
struct Node {
    seen: Seen,
    members: Vec<(String, Node)>,
    declared: Option<Option<CellKind>>,
    /// Whether its objects are not divided into columns.
    whole: bool,
}

/// Types of the values of a leaf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
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
        let mut found = Found { left: MAX_FOUND - self.found.min(MAX_FOUND), closed: self.closed, overflows: false };
        let before = found.left;
        found.visit(&mut self.root, 0, &mut JsonReader::new(record));
        self.found += before - found.left;
        self.overflows |= found.overflows;
    }

    /// Returns the columns.
    pub fn columns(&self) -> DocumentColumns {
        let mut columns: Vec<DocumentColumn> = Vec::new();
        for (name, path) in &self.declared {
            let node = path.iter().try_fold(&self.root, |node, part| node.get(part));
            let kind = node.map_or(CellKind::Any, |node| node.seen.kind(node.declared.flatten()));
            columns.push(DocumentColumn { name: name.clone(), path: path.clone(), kind, leaf: false });
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

/// Returns a name that no column has.
fn free(columns: &[DocumentColumn], mut name: String) -> String {
    while columns.iter().any(|column| column.name == name) {
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
                node.members.iter_mut().for_each(|(_, below)| below.gathered());
            }
            b'n' => drop(reader.value()),
            _ => node.seen.add(reader.value()),
        }
    }

    fn visit_members(&mut self, node: &mut Node, level: usize, reader: &mut JsonReader<'_>) {
        let mut next = 0;
        let mut empty = true;
        reader.enter();
        while let Some(name) = reader.member() {
            empty = false;
            let count = node.members.len();
            let known = (next..count).chain(0..next).find(|at| name.is(&node.members[*at].0));
            let at = match known {
                Some(at) => at,
                None if self.closed || reader.peek() == b'n' => {
                    reader.value();
                    continue;
                }
                None if level > 0 && count >= MAX_MEMBERS && !node.has_declared() => {
                    // It is a map with names of its own in each record.
                    self.left += node.members.len();
                    node.members.clear();
                    (node.whole, node.seen.json) = (true, true);
                    reader.value();
                    while reader.member().is_some() {
                        reader.value();
                    }
                    return;
                }
                None if self.left == 0 => {
                    self.overflows = true;
                    reader.value();
                    continue;
                }
                None => {
                    self.left -= 1;
                    node.members.push((name.decoded().into_owned(), Node::default()));
                    count
                }
            };
            next = at + 1;
            self.visit(&mut node.members[at].1, level + 1, reader);
        }
        node.seen.json |= empty || node.declared.is_some();
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
            out.push(DocumentColumn { name, path: path.clone(), kind, leaf: !self.whole });
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

    fn add(&mut self, text: &str) {
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
    fn kind(self, declared: Option<CellKind>) -> CellKind {
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
        let known = columns.columns.iter().map(|DocumentColumn { name, path, kind, leaf }| TableColumn {
            name: name.clone(),
            kind: *kind,
            column: Some(0),
            path: path.clone(),
            leaf: *leaf,
            rest: false,
        });
        let rest = columns.rest.iter().map(|name| TableColumn {
            name: name.clone(),
            kind: CellKind::Json,
            column: Some(0),
            path: Vec::new(),
            leaf: false,
            rest: true,
        });
        Self { columns: known.chain(rest).collect() }
    }
}
