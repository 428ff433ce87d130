//! Documents as nested columns: objects as structs and arrays as lists, where every value has the same form.

use std::io;
use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray, RecordBatch, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use serde::{Deserialize, Serialize};

use super::columnar::{Builder, ROWS, TEXT, data_type};
use super::reader::JsonReader;
use super::shape::{DeclaredLeaf, MAX_FOUND, MAX_LEVELS, MAX_MEMBERS, Seen, VALUE, free_name};
use super::table::{Cell, CellKind};
use super::{Batch, Value};

/// Type of a nested column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum NestedKind {
    /// One value, or JSON as text where values have no common form.
    Leaf(CellKind),
    Struct(Vec<NestedColumn>),
    List(Box<NestedKind>),
}

/// A nested column, or a member of a struct.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NestedColumn {
    /// Name of the member.
    member: String,
    /// Name of the column, which differs if another one has the name of the member.
    name: String,
    kind: NestedKind,
}

/// The nested columns of documents, and that of records that are no objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NestedColumns {
    columns: Vec<NestedColumn>,
    value: Option<NestedColumn>,
}

/// Knowledge about the nested members of documents.
#[derive(Debug, Default)]
pub(crate) struct NestedShape {
    root: Node,
    declared: Vec<String>,
    found: usize,
}

#[derive(Debug, Default)]
struct Node {
    seen: Seen,
    object: bool,
    array: bool,
    /// Whether it stays JSON whatever its form.
    whole: bool,
    members: Vec<(String, Node)>,
    element: Option<Box<Node>>,
}

impl NestedShape {
    /// Begins with the members of declared leaves or, if there is one, of a SELECT list, which come first.
    pub fn new(declared: &[DeclaredLeaf], fields: Option<&[String]>) -> Self {
        let first = |name: &str| name.split(['.', '[']).next().unwrap_or_default().to_owned();
        let mut names: Vec<String> = Vec::new();
        let declared = declared.iter().map(|leaf| leaf.name.as_str());
        let all: Vec<&str> =
            fields.map_or_else(|| declared.collect(), |fields| fields.iter().map(String::as_str).collect());
        for name in all.into_iter().map(first) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Self { declared: names, ..Self::default() }
    }

    /// Learns the form of a record.
    pub fn add(&mut self, record: &str) {
        let mut left = MAX_FOUND - self.found.min(MAX_FOUND);
        let before = left;
        visit(&mut self.root, 0, &mut JsonReader::new(record), &mut left);
        self.found += before - left;
    }

    /// Returns the columns: declared members first, then the others, sorted.
    pub fn columns(&self) -> NestedColumns {
        let place = |name: &str| self.declared.iter().position(|known| known == name).unwrap_or(usize::MAX);
        let mut members: Vec<&(String, Node)> = self.root.members.iter().collect();
        members.sort_by_key(|(name, _)| (place(name), name));
        let mut columns: Vec<NestedColumn> = Vec::new();
        for (member, node) in members {
            if let Some(kind) = node.kind() {
                let name = free_name(columns.iter().map(|column| column.name.as_str()), member.clone());
                columns.push(NestedColumn { member: member.clone(), name, kind });
            }
        }
        // Rows need a column, also those of objects without a value.
        let is_empty = columns.is_empty() && self.root.object;
        let is_value = is_empty || self.root.array || self.root.seen != Seen::default();
        let name = free_name(columns.iter().map(|column| column.name.as_str()), VALUE.to_owned());
        let kind = match (self.root.array, is_empty) {
            (true, _) => CellKind::Any,
            (false, true) if self.root.seen == Seen::default() => CellKind::Json,
            (false, _) => self.root.seen.kind(None),
        };
        let kind = NestedKind::Leaf(kind);
        let value = is_value.then(|| NestedColumn { member: String::new(), name, kind });
        NestedColumns { columns, value }
    }
}

fn visit(node: &mut Node, level: usize, reader: &mut JsonReader<'_>, left: &mut usize) {
    match reader.peek() {
        b'{' if level < MAX_LEVELS && !node.whole => {
            node.object = true;
            visit_members(node, level, reader, left);
        }
        b'[' if level < MAX_LEVELS && level > 0 && !node.whole => {
            node.array = true;
            let element = node.element.get_or_insert_default();
            reader.enter();
            while reader.element() {
                visit(element, level + 1, reader, left);
            }
        }
        b'{' | b'[' => {
            reader.value();
            (node.whole, node.array) = (true, true);
        }
        b'n' => drop(reader.value().len()),
        _ => node.seen.add(reader.value()),
    }
}

fn visit_members(node: &mut Node, level: usize, reader: &mut JsonReader<'_>, left: &mut usize) {
    let mut next = 0;
    reader.enter();
    while let Some(name) = reader.member() {
        let count = node.members.len();
        let known = (next..count).chain(0..next).find(|at| name.is(&node.members[*at].0));
        let at = match known {
            Some(at) => at,
            None if reader.peek() == b'n' || (level == 0 && *left == 0) => {
                reader.value();
                continue;
            }
            None if level > 0 && (count >= MAX_MEMBERS || *left == 0) => {
                (node.whole, node.array) = (true, true);
                node.members.clear();
                reader.value();
                continue;
            }
            None => {
                *left -= 1;
                node.members.push((name.decoded().into_owned(), Node::default()));
                count
            }
        };
        next = at + 1;
        visit(&mut node.members[at].1, level + 1, reader, left);
    }
}

impl Node {
    /// Returns the type of a column for all values. `None` if all are null.
    fn kind(&self) -> Option<NestedKind> {
        let scalar = self.seen != Seen::default();
        match (scalar, self.object, self.array) {
            (false, false, false) => None,
            (true, false, false) => Some(NestedKind::Leaf(self.seen.kind(None))),
            (false, true, false) if !self.whole => {
                let members = self.members.iter().filter_map(|(name, node)| {
                    Some(NestedColumn { member: name.clone(), name: name.clone(), kind: node.kind()? })
                });
                let members: Vec<NestedColumn> = members.collect();
                // No format has a struct without members.
                Some(if members.is_empty() { NestedKind::Leaf(CellKind::Json) } else { NestedKind::Struct(members) })
            }
            (false, false, true) if !self.whole => {
                let element = self.element.as_ref().and_then(|element| element.kind());
                Some(element.map_or(NestedKind::Leaf(CellKind::Json), |kind| NestedKind::List(Box::new(kind))))
            }
            (false, ..) => Some(NestedKind::Leaf(CellKind::Json)),
            (true, ..) => Some(NestedKind::Leaf(CellKind::Any)),
        }
    }
}

impl NestedKind {
    fn data_type(&self, unit: TimeUnit) -> DataType {
        match self {
            Self::Leaf(kind) => data_type(*kind, unit),
            Self::Struct(members) => DataType::Struct(fields(members, unit)),
            Self::List(element) => DataType::List(Arc::new(item(element, unit))),
        }
    }
}

fn fields(columns: &[NestedColumn], unit: TimeUnit) -> Fields {
    columns.iter().map(|column| Field::new(&column.name, column.kind.data_type(unit), true)).collect()
}

fn item(kind: &NestedKind, unit: TimeUnit) -> Field {
    Field::new("item", kind.data_type(unit), true)
}

/// Collects documents into record batches with nested columns.
pub(crate) struct NestedBuilder<'a> {
    columns: &'a NestedColumns,
    schema: SchemaRef,
    nodes: Vec<NodeBuilder>,
    rows: usize,
    text: usize,
    scratch: Vec<u8>,
}

enum NodeBuilder {
    Leaf(CellKind, Builder),
    Struct { columns: Vec<NestedColumn>, fields: Fields, nodes: Vec<NodeBuilder>, valid: Vec<bool> },
    List { item: Arc<Field>, element: Box<NodeBuilder>, lengths: Vec<usize>, valid: Vec<bool> },
}

impl<'a> NestedBuilder<'a> {
    pub fn new(columns: &'a NestedColumns, unit: TimeUnit) -> Self {
        let all: Vec<NestedColumn> = columns.columns.iter().chain(&columns.value).cloned().collect();
        let nodes = all.iter().map(|column| NodeBuilder::new(&column.kind, unit)).collect();
        let schema = Arc::new(Schema::new(fields(&all, unit)));
        Self { columns, schema, nodes, rows: 0, text: 0, scratch: Vec::new() }
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Appends rows; passes every full record batch to `full`.
    pub fn push(&mut self, batch: &Batch, mut full: impl FnMut(&RecordBatch) -> io::Result<()>) -> io::Result<()> {
        for row in batch.rows() {
            let record = match row.get(0) {
                Value::Json(text) => text,
                _ => "null",
            };
            let members = self.columns.columns.len();
            let object = record.starts_with('{');
            let parts = if object { parts(&self.columns.columns, record) } else { vec![None; members] };
            for (node, part) in self.nodes.iter_mut().zip(parts) {
                self.text += node.append(part, &mut self.scratch);
            }
            if let Some(value) = self.nodes.get_mut(members) {
                self.text += value.append(Some(record).filter(|_| !object && record != "null"), &mut self.scratch);
            }
            self.rows += 1;
            if self.rows >= ROWS || self.text >= TEXT {
                full(&self.take()?)?;
            }
        }
        Ok(())
    }

    /// Returns the remaining rows, or `None` if there are none.
    pub fn rest(&mut self) -> io::Result<Option<RecordBatch>> {
        if self.rows == 0 { Ok(None) } else { self.take().map(Some) }
    }

    fn take(&mut self) -> io::Result<RecordBatch> {
        (self.rows, self.text) = (0, 0);
        let arrays = self.nodes.iter_mut().map(NodeBuilder::finish).collect::<io::Result<_>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(io::Error::other)
    }
}

/// Returns the texts of members of an object that are not null. The last of several with the same name counts.
fn parts<'t>(columns: &[NestedColumn], object: &'t str) -> Vec<Option<&'t str>> {
    let mut parts = vec![None; columns.len()];
    let (mut reader, mut next) = (JsonReader::new(object), 0);
    reader.enter();
    while let Some(name) = reader.member() {
        let value = reader.value();
        let count = columns.len();
        if let Some(at) = (next..count).chain(0..next).find(|at| name.is(&columns[*at].member)) {
            parts[at] = Some(value).filter(|value| *value != "null");
            next = at + 1;
        }
    }
    parts
}

impl NodeBuilder {
    fn new(kind: &NestedKind, unit: TimeUnit) -> Self {
        match kind {
            NestedKind::Leaf(kind) => Self::Leaf(*kind, Builder::new(*kind, unit)),
            NestedKind::Struct(columns) => Self::Struct {
                fields: fields(columns, unit),
                nodes: columns.iter().map(|column| Self::new(&column.kind, unit)).collect(),
                columns: columns.clone(),
                valid: Vec::new(),
            },
            NestedKind::List(element) => Self::List {
                item: Arc::new(item(element, unit)),
                element: Box::new(Self::new(element, unit)),
                lengths: Vec::new(),
                valid: Vec::new(),
            },
        }
    }

    /// Appends a value, or null. Returns the length of its text.
    fn append(&mut self, value: Option<&str>, scratch: &mut Vec<u8>) -> usize {
        match self {
            Self::Leaf(kind, builder) => {
                builder.append(*kind, value.map_or(Cell::Value(Value::Null), Cell::Inner), scratch)
            }
            Self::Struct { columns, nodes, valid, .. } => {
                valid.push(value.is_some());
                let parts = value.map_or_else(|| vec![None; columns.len()], |object| parts(columns, object));
                nodes.iter_mut().zip(parts).map(|(node, part)| node.append(part, scratch)).sum()
            }
            Self::List { element, lengths, valid, .. } => {
                valid.push(value.is_some());
                let (mut count, mut text) = (0, 0);
                if let Some(array) = value {
                    let mut reader = JsonReader::new(array);
                    reader.enter();
                    while reader.element() {
                        let item = reader.value();
                        text += element.append(Some(item).filter(|item| *item != "null"), scratch);
                        count += 1;
                    }
                }
                lengths.push(count);
                // An offset takes as much as a short text.
                text + count * 4
            }
        }
    }

    fn finish(&mut self) -> io::Result<ArrayRef> {
        match self {
            Self::Leaf(_, builder) => Ok(builder.finish()),
            Self::Struct { fields, nodes, valid, .. } => {
                let arrays = nodes.iter_mut().map(Self::finish).collect::<io::Result<Vec<_>>>()?;
                let nulls = NullBuffer::from(std::mem::take(valid));
                let array = StructArray::try_new(fields.clone(), arrays, Some(nulls));
                array.map(|array| Arc::new(array) as ArrayRef).map_err(io::Error::other)
            }
            Self::List { item, element, lengths, valid } => {
                let values = element.finish()?;
                let offsets = OffsetBuffer::<i32>::from_lengths(std::mem::take(lengths));
                let nulls = NullBuffer::from(std::mem::take(valid));
                let array = ListArray::try_new(Arc::clone(item), offsets, values, Some(nulls));
                array.map(|array| Arc::new(array) as ArrayRef).map_err(io::Error::other)
            }
        }
    }
}
