//! Resolution of fields (spec P 8.3, 8.5): a column and a path inside its JSON, or a path inside a document.

use super::Field;
use super::literal::Number;
use super::predicate::{Predicate, Scalar};
use crate::record::extract::{Leaf, Leaves, Paths, Step, steps_of};
use crate::record::reader::string_of;
use crate::record::{Row, Schema, Value};

/// Fields resolved for the rows of one schema.
#[derive(Clone, Debug)]
pub(super) struct FieldPaths {
    fields: Vec<FieldPath>,
    /// Paths of documents; `None` for rows with columns.
    documents: Option<Paths>,
    /// Path to the JSON of a column as a whole.
    whole: Paths,
}

/// Location of a field.
#[derive(Clone, Debug)]
enum FieldPath {
    /// The schema has no such field.
    Absent,
    Column(usize),
    /// Path inside the JSON of a column.
    Inside(usize, Paths),
    /// Number of a path of documents.
    Document(usize),
    /// Numbers of two paths of documents: the field as a single name, which takes precedence, and as a path.
    Quoted(usize, usize),
}

/// The values of fields in one row.
pub(super) struct FieldValues<'a> {
    row: Row<'a>,
    leaves: Option<Leaves<'a>>,
}

impl FieldPaths {
    /// Creates an empty set for a schema.
    pub fn new(schema: &Schema) -> Self {
        let mut whole = Paths::default();
        whole.add(&[]);
        Self { fields: Vec::new(), documents: schema.is_documents().then(Paths::default), whole }
    }

    /// Adds a field; a quoted one is first tried as a single name (spec P 8.3). Returns its number.
    pub fn add(&mut self, field: &Field, schema: &Schema) -> usize {
        let place = match &mut self.documents {
            Some(paths) => FieldPath::in_documents(field, paths),
            None => FieldPath::in_columns(field, schema),
        };
        self.fields.push(place);
        self.fields.len() - 1
    }

    /// Reads what a row has at the paths.
    pub fn values<'a>(&self, row: Row<'a>) -> FieldValues<'a> {
        let leaves = self.documents.as_ref().map(|paths| match row.get(0) {
            Value::Json(text) => paths.leaves(text),
            _ => Leaves::new(),
        });
        FieldValues { row, leaves }
    }

    /// Tests the value of a field. In an array, one matching element suffices; a negative predicate requires that no
    /// element matches the positive one and that there is at least one value.
    pub fn ask(&self, field: usize, values: &FieldValues<'_>, question: &Predicate) -> bool {
        match &self.fields[field] {
            FieldPath::Absent => matches!(question, Predicate::Null),
            FieldPath::Column(column) => match values.row.get(*column) {
                Value::Null => matches!(question, Predicate::Null),
                Value::Json(text) => ask_leaves(&self.whole.leaves(text), 0, question),
                Value::Bool(value) => question.answer(Scalar::Bool(value)),
                Value::Int(value) => question.answer(Scalar::Number(Number::Int(value))),
                Value::Float(value) => question.answer(Scalar::Number(Number::Float(value))),
                Value::Date(seconds) => question.answer(Scalar::Date(seconds)),
                Value::Text(text) => question.answer(Scalar::Text(text)),
            },
            FieldPath::Inside(column, paths) => match values.row.get(*column) {
                Value::Json(text) => ask_leaves(&paths.leaves(text), 0, question),
                // A path into a value without members does not exist.
                _ => matches!(question, Predicate::Null),
            },
            FieldPath::Document(path) => ask_leaves(values.document(), *path, question),
            FieldPath::Quoted(name, path) => {
                let leaves = values.document();
                ask_leaves(leaves, if exists(leaves, *name) { *name } else { *path }, question)
            }
        }
    }

    /// Returns the first comparable value of a field. Values inside JSON are texts of strings, numbers or booleans.
    pub fn first<'a>(&self, field: usize, values: &FieldValues<'a>) -> First<'a> {
        match &self.fields[field] {
            FieldPath::Absent => First::Value(Value::Null),
            FieldPath::Column(column) => match values.row.get(*column) {
                Value::Json(text) => First::of(&self.whole.leaves(text), 0),
                value => First::Value(value),
            },
            FieldPath::Inside(column, paths) => match values.row.get(*column) {
                Value::Json(text) => First::of(&paths.leaves(text), 0),
                _ => First::Value(Value::Null),
            },
            FieldPath::Document(path) => First::of(values.document(), *path),
            FieldPath::Quoted(name, path) => {
                let leaves = values.document();
                First::of(leaves, if exists(leaves, *name) { *name } else { *path })
            }
        }
    }
}

impl FieldPath {
    fn in_columns(field: &Field, schema: &Schema) -> Self {
        let single = field.quoted || !field.name.contains(['.', '[']);
        if let Some(column) = schema.position(&field.name).filter(|_| single) {
            return Self::Column(column);
        }
        let steps = steps_of(&field.name);
        let Some((Step::Member(first), rest)) = steps.split_first() else { return Self::Absent };
        match schema.position(first) {
            Some(column) if rest.is_empty() => Self::Column(column),
            Some(column) => {
                let mut paths = Paths::default();
                paths.add(rest);
                Self::Inside(column, paths)
            }
            None => Self::Absent,
        }
    }

    fn in_documents(field: &Field, paths: &mut Paths) -> Self {
        let path = paths.add(&steps_of(&field.name));
        match field.quoted && field.name.contains(['.', '[']) {
            true => Self::Quoted(paths.add(&[Step::Member(field.name.clone())]), path),
            false => Self::Document(path),
        }
    }
}

impl<'a> FieldValues<'a> {
    fn document(&self) -> &[(usize, Leaf<'a>)] {
        self.leaves.as_deref().unwrap_or_default()
    }
}

/// First comparable value of a field.
pub(super) enum First<'a> {
    /// Value of a column.
    Value(Value<'a>),
    /// Text of a string, a number or a boolean in JSON.
    Json(&'a str),
}

impl<'a> First<'a> {
    fn of(leaves: &[(usize, Leaf<'a>)], path: usize) -> Self {
        let mut scalars = scalars(leaves, path);
        scalars.next().map_or(Self::Value(Value::Null), Self::Json)
    }
}

fn scalars<'a>(leaves: &[(usize, Leaf<'a>)], path: usize) -> impl Iterator<Item = &'a str> {
    leaves.iter().filter_map(move |(number, leaf)| match leaf {
        Leaf::Scalar(text) if *number == path => Some(*text),
        _ => None,
    })
}

/// Returns whether a path has any value but null.
fn exists(leaves: &[(usize, Leaf<'_>)], path: usize) -> bool {
    leaves.iter().any(|(number, leaf)| *number == path && *leaf != Leaf::Null)
}

fn ask_leaves(leaves: &[(usize, Leaf<'_>)], path: usize, question: &Predicate) -> bool {
    match question {
        Predicate::Null => leaves.contains(&(path, Leaf::Null)),
        // An array or object is not null, whatever it contains.
        Predicate::NotNull => exists(leaves, path),
        Predicate::Negative(positive) => scalars(leaves, path).next().is_some() && !ask_leaves(leaves, path, positive),
        question => scalars(leaves, path).any(|text| answer(text, question)),
    }
}

/// Tests the text of a string, a number or a boolean.
fn answer(text: &str, question: &Predicate) -> bool {
    if let Some(text) = string_of(text) {
        return question.answer(Scalar::Text(&text));
    }
    match (text, text.parse(), text.parse()) {
        ("true" | "false", _, _) => question.answer(Scalar::Bool(text == "true")),
        (_, Ok(whole), _) => question.answer(Scalar::Number(Number::Int(whole))),
        (_, _, Ok(float)) => question.answer(Scalar::Number(Number::Float(float))),
        _ => false,
    }
}
