//! The columns of a result and the cells of its rows. Columns need not be those of the model: a column is a name, a
//! type and the path of its values.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Kind, Row, Schema, Value, format_seconds, parse_iso};

/// Column of the model for fields that the model does not have.
const ADDITIONAL: &str = "additional";

/// Type of a column of a table (spec P 16.5), ignored by formats without types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellKind {
    Int,
    Float,
    Bool,
    Date,
    Text,
    /// The compact JSON text of any value.
    Json,
    /// Unspecified: strings unchanged, everything else as JSON.
    Any,
}

impl From<Kind> for CellKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Id | Kind::Int => Self::Int,
            Kind::Float => Self::Float,
            Kind::Bool => Self::Bool,
            Kind::Date => Self::Date,
            Kind::Text => Self::Text,
            Kind::Json => Self::Json,
        }
    }
}

/// One column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableColumn {
    pub name: String,
    pub kind: CellKind,
    /// Column of the stored rows; `None` if they do not have the name.
    pub column: Option<usize>,
    /// Path inside the column if it contains an object.
    pub path: Vec<String>,
}

/// The columns of a result in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub columns: Vec<TableColumn>,
}

impl Table {
    /// Creates the columns of a SELECT list in its order, or all of the model in table order, including `additional`.
    pub fn new(schema: &Schema, fields: Option<&[String]>) -> Self {
        let columns = match fields {
            Some(fields) => fields.iter().map(|field| TableColumn::of(field, schema)).collect(),
            None => schema.columns().iter().map(|column| TableColumn::of(&column.name, schema)).collect(),
        };
        Self { columns }
    }

    /// Creates columns like [`new`](Self::new), but replaces `additional` by its members at the end (spec P 10.6).
    pub fn spread(schema: &Schema, fields: Option<&[String]>, additional: &BTreeSet<String>) -> Self {
        let mut table = Self::new(schema, fields);
        if fields.is_none() {
            table.columns.retain(|column| column.name != ADDITIONAL);
            table.columns.extend(additional.iter().map(|member| TableColumn {
                name: format!("{ADDITIONAL}.{member}"),
                kind: CellKind::Any,
                column: schema.position(ADDITIONAL),
                path: vec![member.clone()],
            }));
        }
        table
    }

    /// Returns the number of values of a row that do not fit the types of their columns.
    pub fn unfit(&self, row: Row<'_>) -> u64 {
        let mut cells = Cells::new(row);
        self.columns.iter().filter(|column| !cells.get(column).fits(column.kind)).count() as u64
    }
}

impl TableColumn {
    fn of(field: &str, schema: &Schema) -> Self {
        // Column names of a common resource may contain dots.
        if let Some(column) = schema.position(field) {
            let kind = schema.columns()[column].kind.into();
            return Self { name: field.to_owned(), kind, column: Some(column), path: Vec::new() };
        }
        // Below arrays a path applies to every element, with or without `[*]` (spec P 7.5).
        let bare = field.replace("[*]", "");
        let mut parts = bare.split('.');
        let column = schema.position(parts.next().unwrap_or_default());
        let path: Vec<String> = parts.map(str::to_owned).collect();
        let kind = match column {
            Some(column) if path.is_empty() => schema.columns()[column].kind.into(),
            _ => CellKind::Any,
        };
        Self { name: field.to_owned(), kind, column, path }
    }
}

/// The cells of one row. JSON with several of them is parsed once.
pub(crate) struct Cells<'a> {
    row: Row<'a>,
    parsed: Vec<(usize, Json)>,
    /// Values gathered from the elements of an array, kept while the cell is in use.
    gathered: Json,
}

/// Content of a row in a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Value(Value<'a>),
    /// A value inside JSON; never null.
    Inner(&'a Json),
}

impl<'a> Cells<'a> {
    pub fn new(row: Row<'a>) -> Self {
        Self { row, parsed: Vec::new(), gathered: Json::Null }
    }

    pub fn get(&mut self, column: &TableColumn) -> Cell<'_> {
        let Some(stored) = column.column else { return Cell::Value(Value::Null) };
        let value = self.row.get(stored);
        if column.path.is_empty() {
            return Cell::Value(value);
        }
        let Value::Json(text) = value else { return Cell::Value(Value::Null) };
        let at = match self.parsed.iter().position(|(known, _)| *known == stored) {
            Some(at) => at,
            None => {
                self.parsed.push((stored, serde_json::from_str(text).unwrap_or_default()));
                self.parsed.len() - 1
            }
        };
        match found_at(&self.parsed[at].1, &column.path) {
            None => Cell::Value(Value::Null),
            Some(Cow::Borrowed(Json::Null)) => Cell::Value(Value::Null),
            Some(Cow::Borrowed(inner)) => Cell::Inner(inner),
            Some(Cow::Owned(gathered)) => {
                self.gathered = gathered;
                Cell::Inner(&self.gathered)
            }
        }
    }
}

/// Returns the value at a path. For an array it is the array of the values in each element, with null for missing
/// ones, so that the elements of two such columns still correspond.
fn found_at<'j>(json: &'j Json, path: &[String]) -> Option<Cow<'j, Json>> {
    let Some((name, rest)) = path.split_first() else { return Some(Cow::Borrowed(json)) };
    match json {
        Json::Array(items) => {
            let parts = items.iter().map(|item| found_at(item, path).map_or(Json::Null, Cow::into_owned));
            Some(Cow::Owned(Json::Array(parts.collect())))
        }
        json => found_at(json.get(name)?, rest),
    }
}

impl Cell<'_> {
    #[cfg(feature = "arrow")]
    pub fn is_null(self) -> bool {
        self == Self::Value(Value::Null)
    }

    pub fn is_text(self) -> bool {
        match self {
            Self::Value(value) => matches!(value, Value::Text(_)),
            Self::Inner(json) => json.is_string(),
        }
    }

    /// Returns whether the cell fits a column of this type; one that does not fit becomes null (spec P 16.5).
    pub fn fits(self, kind: CellKind) -> bool {
        match (kind, self) {
            (CellKind::Any | CellKind::Json, _) | (_, Self::Value(Value::Null)) => true,
            (CellKind::Int, cell) => cell.int().is_some(),
            (CellKind::Float, cell) => cell.float().is_some(),
            (CellKind::Bool, cell) => cell.bool().is_some(),
            (CellKind::Date, cell) => cell.date().is_some(),
            (CellKind::Text, Self::Value(value)) => matches!(value, Value::Text(_) | Value::Date(_)),
            (CellKind::Text, Self::Inner(json)) => json.is_string(),
        }
    }

    pub fn int(self) -> Option<i64> {
        match self {
            Self::Value(Value::Int(number)) => Some(number),
            Self::Inner(json) => json.as_i64(),
            Self::Value(_) => None,
        }
    }

    #[allow(clippy::cast_precision_loss)] // a count of a column declared as a decimal number
    pub fn float(self) -> Option<f64> {
        match self {
            Self::Value(Value::Float(number)) => Some(number),
            Self::Value(Value::Int(number)) => Some(number as f64),
            Self::Inner(json) => json.as_f64(),
            Self::Value(_) => None,
        }
    }

    pub fn bool(self) -> Option<bool> {
        match self {
            Self::Value(Value::Bool(truth)) => Some(truth),
            Self::Inner(json) => json.as_bool(),
            Self::Value(_) => None,
        }
    }

    /// Returns seconds since the epoch.
    pub fn date(self) -> Option<i64> {
        match self {
            Self::Value(Value::Date(seconds)) => Some(seconds),
            Self::Value(Value::Text(text)) => parse_iso(text),
            Self::Inner(json) => json.as_str().and_then(parse_iso),
            Self::Value(_) => None,
        }
    }

    /// Appends the cell as text: strings and dates unchanged, everything else as compact JSON. Null appends nothing.
    pub fn write_text(self, nulls: bool, out: &mut Vec<u8>) {
        match self {
            Self::Value(Value::Null) => {}
            Self::Value(Value::Text(text)) => out.extend_from_slice(text.as_bytes()),
            Self::Value(Value::Date(seconds)) => format_seconds(seconds, out),
            Self::Value(other) => other.write_json(nulls, out),
            Self::Inner(Json::String(text)) => out.extend_from_slice(text.as_bytes()),
            Self::Inner(other) => Value::Json(&other.to_string()).write_json(nulls, out),
        }
    }

    /// Appends the cell as JSON including nulls. A null cell appends nothing.
    #[cfg(feature = "arrow")]
    pub fn write_json(self, out: &mut Vec<u8>) {
        match self {
            Self::Value(Value::Null) => {}
            Self::Value(other) => other.write_json(true, out),
            Self::Inner(json) => out.extend_from_slice(json.to_string().as_bytes()),
        }
    }
}
