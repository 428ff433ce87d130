//! Mapping whole batches: for transformations that only name, convert and leave out, which is most of them. A record
//! never becomes a tree here; its values go from column to column.

use std::sync::Arc;

use serde_json::Value as Json;

use super::convert::{self, Masks, Type, boolean_of, number_of};
use super::mapping::{Field, Mapping};
use super::recipe::Recipe;
use crate::record::{Batch, Column, Kind, Row, Schema, Value, format_seconds};

/// A mapping from the columns of one schema to those of another.
///
/// The columns of the result are named by their paths: first the mapped fields in stored order, then the model's columns
/// that pass through (spec P 10.6).
#[derive(Clone, Debug)]
pub(crate) struct Flat {
    schema: Arc<Schema>,
    sources: Vec<Source>,
}

/// Where a column of the result comes from.
#[derive(Clone, Debug)]
struct Source {
    /// None: the vendor has no such field.
    column: Option<usize>,
    /// The names of its path.
    path: Vec<String>,
    kind: Option<Type>,
    masks: Masks,
    default: Option<Json>,
}

impl Flat {
    /// The mapping, when it is as simple as that.
    pub fn compile(recipe: &Recipe, mapping: &Mapping, model: &Schema) -> Option<Self> {
        if !recipe.scripts.is_empty() {
            return None;
        }
        let mut mapped: Vec<(Source, Column)> = Vec::new();
        let mut passing = vec![mapping.passes_from_vendor(); model.width()];
        for (field, stored) in mapping.fields().iter().zip(&recipe.fields) {
            let path: Vec<String> = field.path.as_ref()?.members()?.into_iter().map(str::to_owned).collect();
            let vendor = match &field.vendor {
                Some(vendor) => Some(vendor.members().filter(|members| members.len() == 1)?.concat()),
                // A malformed path is a path to nothing.
                None => None,
            };
            let column = vendor.as_ref().and_then(|name| model.position(name));
            hide(&mut passing, model, field, &path, column)?;
            if field.suppressed_from_vendor {
                continue;
            }
            let source =
                Source { column, path, kind: field.kind, masks: field.masks.clone(), default: field.default.clone() };
            let column = Column { name: stored.path.clone().into(), kind: source.column_kind(model) };
            mapped.push((source, column));
        }
        // A field without a value does not hide the property of its name that passes through.
        let passes = |path: &[String]| model.position(&path.concat()).is_some_and(|at| path.len() == 1 && passing[at]);
        mapped.retain(|(source, _)| source.is_present() || !passes(&source.path));
        let paths: Vec<&[String]> = mapped.iter().map(|(source, _)| source.path.as_slice()).collect();
        if overlap(&paths) {
            return None;
        }
        let model = model.columns().iter().enumerate().filter(|(position, _)| passing[*position]);
        mapped.extend(model.map(|(position, column)| (Source::passing(position, column), column.clone())));
        let (sources, columns): (Vec<Source>, Vec<Column>) = mapped.into_iter().unzip();
        Some(Self { schema: Arc::new(Schema::new(columns)), sources })
    }

    /// The columns of the result.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The path of each column, and whether records have it at all: what the vendor does not know stays away.
    pub fn columns(&self) -> impl Iterator<Item = (&[String], bool)> {
        self.sources.iter().map(|source| (source.path.as_slice(), source.is_present()))
    }

    /// The rows of a batch, mapped.
    pub fn map(&self, batch: &Batch) -> Batch {
        let mut out = Batch::new(Arc::clone(&self.schema));
        let mut scratch = Vec::new();
        for row in batch.rows() {
            self.push(row, &mut scratch, &mut out);
        }
        out
    }

    /// Adds a row, mapped, to a batch of the result's schema.
    pub fn push(&self, row: Row<'_>, scratch: &mut Vec<u8>, out: &mut Batch) {
        out.push_null_row();
        for (position, source) in self.sources.iter().enumerate() {
            scratch.clear();
            out.set_last(position, source.value(row, scratch));
        }
    }
}

/// Takes columns out of those that pass through: what is moved, and what a field writes over. None when a field reaches
/// into a column that is JSON.
fn hide(passing: &mut [bool], model: &Schema, field: &Field, path: &[String], column: Option<usize>) -> Option<()> {
    // The place of a field that keeps its name is taken by the field itself.
    if let Some(column) = column {
        passing[column] = false;
    }
    let Some(root) = path.first().and_then(|root| model.position(root)) else { return Some(()) };
    let nested = path.len() > 1;
    if nested && passing[root] && (model.columns()[root].kind == Kind::Json || field.suppressed_from_vendor) {
        // Suppressing below something that has no members changes nothing, but only then.
        return (field.suppressed_from_vendor && model.columns()[root].kind != Kind::Json).then_some(());
    }
    let writes = field.suppressed_from_vendor || column.is_some() || field.default.is_some();
    if writes {
        passing[root] = false;
    }
    Some(())
}

/// Whether one path is the beginning of another.
fn overlap(paths: &[&[String]]) -> bool {
    let below = |(at, path): (usize, &&[String])| {
        paths.iter().enumerate().any(|(other, whole)| at != other && whole.starts_with(path))
    };
    paths.iter().enumerate().any(below)
}

impl Source {
    /// A column of the model as it is.
    fn passing(position: usize, column: &Column) -> Self {
        Self {
            column: Some(position),
            path: vec![column.name.clone().into_owned()],
            kind: None,
            masks: Masks::default(),
            default: None,
        }
    }

    /// Whether records have the property at all.
    fn is_present(&self) -> bool {
        self.column.is_some() || self.default.is_some()
    }

    /// What the column of the result holds: the declared type, else that of the model.
    fn column_kind(&self, model: &Schema) -> Kind {
        let own = self.column.map(|column| model.columns()[column].kind);
        self.kind.map_or(own.unwrap_or(Kind::Text), Type::kind)
    }

    fn value<'a>(&'a self, row: Row<'a>, scratch: &'a mut Vec<u8>) -> Value<'a> {
        let value = self.column.map_or(Value::Null, |column| row.get(column));
        match (value, &self.default, self.kind) {
            (Value::Null, None, _) => Value::Null,
            (Value::Null, Some(default), _) => {
                json_value(convert::from_vendor(default.clone(), self.kind, &self.masks), scratch)
            }
            (value, _, None | Some(Type::Array | Type::Other)) => value,
            (value, _, Some(kind)) => self.convert(value, kind, scratch),
        }
    }

    /// The conversions of spec P 9.13 on a column's value; see [`convert`](mod@convert) for the same on JSON.
    fn convert<'a>(&self, value: Value<'a>, kind: Type, scratch: &'a mut Vec<u8>) -> Value<'a> {
        match (kind, value) {
            (Type::Text, Value::Text(_)) => value,
            (Type::Text, Value::Date(seconds)) => {
                format_seconds(seconds, scratch);
                text_in(scratch)
            }
            (Type::Text, Value::Float(number)) => {
                scratch.extend_from_slice(number.to_string().as_bytes());
                text_in(scratch)
            }
            (Type::Text, value) => {
                value.write_json(true, scratch);
                text_in(scratch)
            }
            (Type::Number | Type::Int, Value::Bool(value)) => Value::Int(i64::from(value)),
            (Type::Int, Value::Float(_)) | (Type::Number | Type::Int, Value::Text(_)) => number(value, kind),
            (Type::Boolean, Value::Text(text)) => boolean_of(text).map_or(value, Value::Bool),
            (Type::Boolean, Value::Int(number @ (0 | 1))) => Value::Bool(number == 1),
            (Type::Boolean, Value::Float(number)) => boolean_of(&number.to_string()).map_or(value, Value::Bool),
            (Type::Date, Value::Date(seconds)) => match self.masks.from_seconds(seconds) {
                Some(text) => {
                    scratch.extend_from_slice(text.as_bytes());
                    text_in(scratch)
                }
                None => value,
            },
            (Type::Date, Value::Text(_) | Value::Int(_)) => {
                let json = match value {
                    Value::Text(text) => Json::from(text),
                    Value::Int(millis) => Json::from(millis),
                    _ => Json::Null,
                };
                match self.masks.from_vendor(&json) {
                    Some(text) => {
                        scratch.extend_from_slice(text.as_bytes());
                        text_in(scratch)
                    }
                    None => value,
                }
            }
            (_, value) => value,
        }
    }
}

fn text_in(scratch: &[u8]) -> Value<'_> {
    std::str::from_utf8(scratch).map_or(Value::Null, Value::Text)
}

#[allow(clippy::cast_possible_truncation)]
fn number(value: Value<'_>, kind: Type) -> Value<'_> {
    let read = match value {
        Value::Text(text) => number_of(text).and_then(|number| match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Some(Value::Int(whole)),
            (None, Some(float)) => Some(Value::Float(float)),
            _ => None,
        }),
        other => Some(other),
    };
    match read {
        Some(Value::Float(float)) if kind == Type::Int && float.abs() < 9.2e18 => Value::Int(float.trunc() as i64),
        Some(number) => number,
        None => value,
    }
}

/// A JSON value as a column's; its text lies in the buffer.
pub(super) fn json_value(json: Json, scratch: &mut Vec<u8>) -> Value<'_> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(float)) => Value::Float(float),
            _ => Value::Null,
        },
        Json::String(text) => {
            scratch.extend_from_slice(text.as_bytes());
            text_in(scratch)
        }
        nested => {
            scratch.extend_from_slice(nested.to_string().as_bytes());
            std::str::from_utf8(scratch).map_or(Value::Null, Value::Json)
        }
    }
}
